//! What stops the server, or an application, when pmdb is killed.
//!
//! A shell waits for input on a pipe whose other end only pmdb has. It never gets any while the server
//! runs. When pmdb dies, however it dies, the system closes the pipe and the shell goes on. Both ends close
//! themselves when another program is started, so that no other child of pmdb keeps the pipe open.
//! (`PR_SET_PDEATHSIG` exists on Linux only and is tied to a thread, not to the process.)

use std::ffi::OsStr;
use std::io::Write;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use super::pid_file::PidFile;
use super::{Durability, EmbeddedError};

/// A line on the pipe means that pmdb has stopped the server itself. After the end of the pipe it waits until nobody else
/// uses the server (see [`super::users`]), lets nobody in, and looks again. Opening the pipe for both first keeps it from
/// waiting for a writer. The server's process is known by its name where the system tells it: by now its number may belong
/// to another. The last wait is for at most a minute.
const SCRIPT: &str = r#"
read -r _ && exit
pid=$1
pid_file=$2
run_dir=$3
shift 2
until_unused() (
    exec 3<>"$run_dir/users" 4<"$run_dir/users" 3>&-
    while read -r _ <&4; do :; done
)
until_unused
: >"$run_dir/closing"
until_unused
read -r name <"/proc/$pid/comm" || name=postgres
[ "$name" = postgres ] && kill -INT "$pid"
tenths=0
while [ -e "$pid_file" ] && [ "$tenths" -lt 600 ]; do sleep 0.1; tenths=$((tenths + 1)); done
rm -rf -- "$@"
"#;

/// A shell that watches pmdb. Dropped without [`Watcher::dismiss`], it does what it is there for.
#[derive(Debug)]
pub struct Watcher {
    shell: Child,
}

/// What the watcher looks after, besides the server's process.
#[derive(Debug)]
pub(super) struct WatchedServer<'a> {
    pub(super) home: &'a Path,
    pub(super) data: &'a Path,
    pub(super) run_dir: &'a Path,
    pub(super) durability: Durability,
}

impl Watcher {
    /// Starts to watch over a server. As root the shell runs as root: it removes what pmdb would remove.
    pub(super) fn start(pid: u32, watched: &WatchedServer<'_>) -> Result<Watcher, EmbeddedError> {
        let pid = pid.to_string();
        let pid_file = PidFile::path(watched.data);
        let mut arguments = vec![OsStr::new(&pid), pid_file.as_os_str(), watched.run_dir.as_os_str()];
        if watched.durability == Durability::ThrowAway {
            arguments.extend([watched.data.as_os_str(), watched.home.as_os_str()]);
        }
        Watcher::run(SCRIPT, &arguments)
    }

    /// Runs a script with these arguments. It has to begin by reading a line: there is one when pmdb needs it no more, and
    /// none when pmdb has died.
    ///
    /// # Errors
    /// [`EmbeddedError::Spawn`] when there is no shell.
    pub fn run(script: &str, arguments: &[&OsStr]) -> Result<Watcher, EmbeddedError> {
        let program = Path::new("/bin/sh");
        let mut command = Command::new(program);
        command.args(["-c", script, "pmdb-watcher"]).args(arguments);
        // Away from pmdb's terminal and its streams: Ctrl-C is not for it, and a program that reads pmdb's
        // output must see its end.
        command.current_dir("/").process_group(0);
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        let shell = command.spawn().map_err(|source| EmbeddedError::Spawn {
            program: program.to_owned(),
            user: "the current user".to_owned(),
            source,
        })?;
        Ok(Watcher { shell })
    }

    /// Whether it has been killed.
    pub(super) fn has_died(&mut self) -> bool {
        !matches!(self.shell.try_wait(), Ok(None))
    }

    /// Ends the watch, since what it watches over has ended. The pipe is closed by it.
    pub fn dismiss(&mut self) {
        if let Some(mut pipe) = self.shell.stdin.take() {
            // When the shell is gone already, so is the watch.
            let _ = pipe.write_all(b"done\n");
        }
        let _ = self.shell.wait();
    }
}
