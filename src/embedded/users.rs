//! Who uses a server: the pmdb that has started it, and others that have joined it.
//!
//! Each of them holds a named pipe in the folder of the socket open for writing, and nobody ever writes. Reading from it
//! ends when the last of them has closed it or has died, however it died; a shell can wait for that, too, which is why
//! this is no lock on a file. A process that wants to stop the server
//! first makes the file `closing`, and then looks; one that joins first opens the pipe, and then looks for `closing`. So
//! one of the two always sees the other.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use rustix::fs::OFlags;

use super::EmbeddedError;
use super::account::Account;
use super::files::failed_to;

/// Who uses the server for longer than this is a user.
const MOMENT: Duration = Duration::from_millis(500);

/// Between two looks.
const PAUSE: Duration = Duration::from_millis(5);

/// The pipe.
pub(super) const PIPE: &str = "users";

/// Says that nobody may join any more.
pub(super) const CLOSING: &str = "closing";

/// Uses a server, until it is dropped.
#[derive(Debug)]
pub(super) struct ServerUser {
    _pipe: File,
}

/// Whether a server may be stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Closed {
    /// Nobody uses it, and nobody will.
    Yes,
    /// Somebody uses it.
    InUse,
}

/// Makes the pipe of a server, as the user that the folder belongs to, and uses it. By a program, since the system call is
/// not everywhere in reach of safe code.
pub(super) fn create(run_dir: &Path, account: &Account) -> Result<ServerUser, EmbeddedError> {
    let program = Path::new("mkfifo");
    let pipe = run_dir.join(PIPE);
    let made = account.command(program).args(["-m", "600"]).arg(&pipe).output();
    let made = made.map_err(|source| account.cannot_run(program, source))?;
    if !made.status.success() {
        let said = String::from_utf8_lossy(&made.stderr).trim().to_owned();
        return Err(failed_to("create", &pipe)(io::Error::other(said)));
    }
    open(run_dir).map_err(failed_to("open", &pipe))
}

/// Joins the users of a server that has some. `None`: it has none, or is about to be stopped.
pub(super) fn join(run_dir: &Path) -> Option<ServerUser> {
    if !is_in_use(run_dir) {
        return None;
    }
    let user = open(run_dir).ok()?;
    (!run_dir.join(CLOSING).exists()).then_some(user)
}

/// Lets nobody join any more, if nobody uses the server now. One's own use has to have ended.
pub(super) fn close(run_dir: &Path) -> Result<Closed, EmbeddedError> {
    let closing = run_dir.join(CLOSING);
    let made = match OpenOptions::new().write(true).create_new(true).open(&closing) {
        Ok(_) => true,
        // Somebody else is about to stop it, or its folder is gone, and so is it.
        Err(error) if matches!(error.kind(), ErrorKind::AlreadyExists | ErrorKind::NotFound) => false,
        Err(error) => return Err(failed_to("create", &closing)(error)),
    };
    if !is_in_use_for(run_dir, MOMENT) {
        return Ok(Closed::Yes);
    }
    if made {
        fs::remove_file(&closing).map_err(failed_to("remove", &closing))?;
    }
    Ok(Closed::InUse)
}

/// A process that another thread has just forked has all that this one had open, until it runs its program: no user.
fn is_in_use_for(run_dir: &Path, moment: Duration) -> bool {
    let start = Instant::now();
    while is_in_use(run_dir) {
        if start.elapsed() > moment {
            return true;
        }
        thread::sleep(PAUSE);
    }
    false
}

/// Reading, without waiting, finds the end where nobody has it open for writing.
fn is_in_use(run_dir: &Path) -> bool {
    let pipe = OpenOptions::new().read(true).custom_flags(flags()).open(run_dir.join(PIPE));
    let Ok(mut pipe) = pipe else { return false };
    matches!(pipe.read(&mut [0]), Err(error) if error.kind() == ErrorKind::WouldBlock)
}

/// For both, since a pipe that nobody reads cannot be opened for writing alone without waiting.
fn open(run_dir: &Path) -> io::Result<ServerUser> {
    let pipe = OpenOptions::new().read(true).write(true).custom_flags(flags()).open(run_dir.join(PIPE))?;
    Ok(ServerUser { _pipe: pipe })
}

fn flags() -> i32 {
    OFlags::NONBLOCK.bits().cast_signed()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_in_use_is_not_closed_and_one_that_is_closed_is_not_joined() {
        let run_dir = tempfile::tempdir().unwrap();
        let run_dir = run_dir.path();
        let first = create(run_dir, &Account::Own).unwrap();
        let second = join(run_dir).unwrap();
        drop(first);
        assert_eq!(close(run_dir).unwrap(), Closed::InUse);
        let third = join(run_dir).unwrap();
        drop((second, third));
        assert!(join(run_dir).is_none(), "nobody is there to be joined");
        assert_eq!(close(run_dir).unwrap(), Closed::Yes);
    }

    #[test]
    fn nobody_joins_while_somebody_is_about_to_stop_it() {
        let run_dir = tempfile::tempdir().unwrap();
        let _user = create(run_dir.path(), &Account::Own).unwrap();
        fs::write(run_dir.path().join(CLOSING), "").unwrap();
        assert!(join(run_dir.path()).is_none());
        assert_eq!(close(run_dir.path()).unwrap(), Closed::InUse);
        assert!(run_dir.path().join(CLOSING).exists(), "it is another's");
    }

    #[test]
    fn a_process_that_is_just_being_started_is_no_user() {
        let run_dir = tempfile::tempdir().unwrap();
        let run_dir = run_dir.path();
        let user = create(run_dir, &Account::Own).unwrap();
        let forked = thread::spawn(move || {
            thread::sleep(Duration::from_millis(20));
            drop(user);
        });
        assert_eq!(close(run_dir).unwrap(), Closed::Yes);
        forked.join().unwrap();
    }

    #[test]
    fn a_server_without_a_folder_has_no_users() {
        let gone = Path::new("/nowhere/pmdb-1");
        assert!(join(gone).is_none());
        assert_eq!(close(gone).unwrap(), Closed::Yes);
    }
}
