//! The server's process: start, readiness, end.

use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ExitStatus};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use super::account::Account;
use super::files::{create_private, failed_to, tail};
use super::pid_file::PidFile;
use super::watcher::{WatchedServer, Watcher};
use super::{Binaries, Durability, EmbeddedError};

/// How long a server may take to start, a recovery after a crash included, or to stop.
const PATIENCE: Duration = Duration::from_secs(60);

/// How often a waiting pmdb looks again.
const PAUSE: Duration = Duration::from_millis(5);

/// How many lines of the log an error shows.
const TAIL: usize = 20;

/// What a server needs to run.
#[derive(Debug)]
pub(super) struct Launch<'a> {
    pub(super) binaries: &'a Binaries,
    pub(super) account: &'a Account,
    pub(super) home: &'a Path,
    pub(super) data: &'a Path,
    pub(super) socket_dir: &'a Path,
    pub(super) durability: Durability,
    /// The address to listen on over TCP; empty for none.
    pub(super) address: &'static str,
    /// The TCP port, and the number in the socket's name.
    pub(super) port: u16,
}

impl Launch<'_> {
    fn watched(&self) -> WatchedServer<'_> {
        let Launch { home, data, socket_dir, durability, .. } = *self;
        WatchedServer { home, data, run_dir: socket_dir, durability }
    }
}

/// A server that runs. It ends with this value.
#[derive(Debug)]
pub(super) struct Postmaster {
    child: Child,
    watcher: Option<Watcher>,
    log: PathBuf,
    ended: Option<ExitStatus>,
    is_left_running: bool,
}

impl Postmaster {
    /// Starts the server and waits until it takes connections.
    pub(super) fn start(launch: &Launch<'_>) -> Result<Postmaster, EmbeddedError> {
        let log = launch.home.join("server.log");
        let child = spawn(launch, &log)?;
        let mut postmaster = Postmaster { child, watcher: None, log, ended: None, is_left_running: false };
        postmaster.watch(&launch.watched())?;
        postmaster.wait_until_ready(launch.data)?;
        Ok(postmaster)
    }

    fn watch(&mut self, watched: &WatchedServer<'_>) -> Result<(), EmbeddedError> {
        self.watcher = Some(Watcher::start(self.child.id(), watched)?);
        Ok(())
    }

    /// Lets it run, for others who use it: when the last of them has ended, its watcher stops it.
    pub(super) fn leave_running(&mut self, watched: &WatchedServer<'_>) -> Result<(), EmbeddedError> {
        if self.watcher.as_mut().is_none_or(Watcher::has_died) {
            self.watch(watched)?;
        }
        self.is_left_running = true;
        Ok(())
    }

    /// Waits until `postmaster.pid` says so (PostgreSQL manual, "Database File Layout").
    fn wait_until_ready(&mut self, data: &Path) -> Result<(), EmbeddedError> {
        let deadline = Instant::now() + PATIENCE;
        let pid = Pid::from_child(&self.child);
        while !PidFile::read(data).is_some_and(|server| server.pid == pid && server.is_ready) {
            if let Some(status) = self.has_ended()? {
                return Err(self.failed(format!("it ended with {status}")));
            }
            if Instant::now() > deadline {
                return Err(self.failed(format!("it is not ready after {} s", PATIENCE.as_secs())));
            }
            thread::sleep(PAUSE);
        }
        Ok(())
    }

    fn failed(&self, reason: String) -> EmbeddedError {
        EmbeddedError::StartFailed { reason, log: self.log.clone(), tail: tail(&self.log, TAIL) }
    }

    /// Asks the server to end and waits for it. Clients are disconnected, their transactions
    /// rolled back (PostgreSQL manual, "Shutting Down the Server": SIGINT, then SIGQUIT).
    pub(super) fn stop(&mut self) -> Result<(), EmbeddedError> {
        if self.ended.is_some() || self.is_left_running {
            return Ok(());
        }
        let mut ended = self.signal_and_wait(Signal::INT, PATIENCE)?;
        if ended.is_none() {
            ended = self.signal_and_wait(Signal::QUIT, PATIENCE)?;
        }
        match ended {
            Some(status) if !status.success() => Err(self.ended_badly(status)),
            _ => Ok(()),
        }
    }

    /// The error of a server that has ended in another way than by being stopped.
    pub(super) fn ended_badly(&self, status: ExitStatus) -> EmbeddedError {
        EmbeddedError::StopFailed { status, log: self.log.clone(), tail: tail(&self.log, TAIL) }
    }

    fn signal_and_wait(
        &mut self,
        signal: Signal,
        patience: Duration,
    ) -> Result<Option<ExitStatus>, EmbeddedError> {
        let deadline = Instant::now() + patience;
        // Its number is its own until has_ended() has seen its end.
        let _ = kill_process(Pid::from_child(&self.child), signal);
        loop {
            if let Some(status) = self.has_ended()? {
                return Ok(Some(status));
            }
            if Instant::now() > deadline {
                return Ok(None);
            }
            thread::sleep(PAUSE);
        }
    }

    /// Looks whether the server has ended, and sends the watcher home if so.
    pub(super) fn has_ended(&mut self) -> Result<Option<ExitStatus>, EmbeddedError> {
        let status = self.child.try_wait().map_err(failed_to("wait for the server of", &self.log))?;
        if status.is_some() {
            self.ended = status;
            if let Some(mut watcher) = self.watcher.take() {
                watcher.dismiss();
            }
        }
        Ok(status)
    }
}

impl Drop for Postmaster {
    fn drop(&mut self) {
        // A caller that wants to know of a failure has called stop().
        let _ = self.stop();
    }
}

/// `postgres` itself, not `pg_ctl`, which would look for readiness only every 100 ms.
fn spawn(launch: &Launch<'_>, log: &Path) -> Result<Child, EmbeddedError> {
    let output = create_private(log).map_err(failed_to("create", log))?;
    launch.account.hand_over(log)?;
    let errors = output.try_clone().map_err(failed_to("open", log))?;
    let program = launch.binaries.bin_dir.join("postgres");
    let mut command = launch.account.command(&program);
    command.arg("-D").arg(launch.data).arg("-k").arg(launch.socket_dir);
    command.args(["-h", launch.address, "-p", &launch.port.to_string()]);
    if launch.durability == Durability::ThrowAway {
        // PostgreSQL manual, "Non-Durable Settings".
        for setting in ["fsync=off", "synchronous_commit=off", "full_page_writes=off"] {
            command.args(["-c", setting]);
        }
    }
    // A process group of its own: Ctrl-C in the terminal must not stop the server under pmdb's feet.
    command.stdout(output).stderr(errors).process_group(0);
    command.spawn().map_err(|source| launch.account.cannot_run(&program, source))
}
