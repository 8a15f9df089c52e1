//! Who may use a home: the first pmdb that comes starts a server, and the next ones join it.

use std::fs;
use std::path::Path;
use std::thread;
use std::time::Instant;

use super::account::Account;
use super::joined::JoinedServer;
use super::lock::{self, Lock, PAUSE};
use super::options::ServerOptions;
use super::pid_file::PidFile;
use super::users::{self, Closed};
use super::{EmbeddedError, Holder};

/// What a caller hears, and says, while it waits for another pmdb.
pub trait Waiting {
    /// It has to wait for this one. Told once.
    fn begins(&mut self, holder: &Holder);

    /// Whether it wants to go on.
    fn goes_on(&mut self) -> bool {
        true
    }
}

impl<F: FnMut(&Holder)> Waiting for F {
    fn begins(&mut self, holder: &Holder) {
        self(holder);
    }
}

/// The right to a home.
pub(super) enum Claim {
    /// To start a server.
    Locked(Lock),
    /// To use the one that runs.
    Joined(JoinedServer),
}

/// Whether a server that runs will do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Joining {
    /// It will.
    Yes,
    /// It has to be an own one.
    No,
}

/// Waits until a server can be joined or started.
pub(super) fn claim(
    home: &Path,
    account: &Account,
    options: &ServerOptions,
    joining: Joining,
    waiting: &mut dyn Waiting,
) -> Result<Claim, EmbeddedError> {
    let deadline = Instant::now() + options.lock_wait;
    let mut told = false;
    let mut lock = None;
    loop {
        if let Some(server) = (joining == Joining::Yes).then(|| JoinedServer::find(home)).flatten() {
            return Ok(Claim::Joined(server));
        }
        if lock.is_none() {
            lock = Lock::try_take(home, account, options.program.as_deref())?;
        }
        let holder = match lock {
            Some(lock) if is_unused(home)? => return Ok(Claim::Locked(lock)),
            // Who has started it is gone, and others use it.
            Some(_) => Holder::default(),
            None => lock::holder(home),
        };
        if Instant::now() >= deadline {
            return Err(EmbeddedError::Busy { home: home.to_owned(), holder });
        }
        if !told {
            waiting.begins(&holder);
            told = true;
        }
        if !waiting.goes_on() {
            return Err(EmbeddedError::Interrupted);
        }
        thread::sleep(PAUSE);
    }
}

/// Whether nobody uses what runs on this home, if anything does; then nobody will.
fn is_unused(home: &Path) -> Result<bool, EmbeddedError> {
    let server = fs::canonicalize(home.join("data")).ok().and_then(|data| PidFile::read(&data));
    match server.and_then(|server| server.socket_dir) {
        Some(run_dir) => Ok(users::close(&run_dir)? == Closed::Yes),
        None => Ok(true),
    }
}
