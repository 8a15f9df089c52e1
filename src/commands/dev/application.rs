//! The application that `pmdb dev --exec` runs.

use std::ffi::OsStr;
use std::io::{self, IsTerminal};
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;

use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use tokio::process::{Child, Command};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use crate::commands::error::Error;
use crate::embedded::Watcher;

/// What ends the application when pmdb is killed: a number below zero stands for a process group.
const STOP: &str = r#"
read -r _ && exit
kill -TERM -- "$1"
"#;

/// A command of the shell that runs.
pub(super) struct Application {
    child: Child,
    process: Option<Pid>,
    place: Place,
    signals: UnboundedReceiver<Signal>,
    watcher: Watcher,
}

/// Where it runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// In pmdb's own process group, which has the terminal: the application may read from it, and what is typed there
    /// (Ctrl-C) reaches both.
    Terminal,
    /// In a process group of its own, so that a signal reaches all that the command starts.
    OwnGroup,
}

impl Application {
    /// Starts it. What it says goes where pmdb's own output goes.
    pub(super) fn start(command: &str, url: &str) -> Result<Application, Error> {
        // Before it runs: a signal in between is for it already.
        let signals = listen();
        let place = if io::stdin().is_terminal() { Place::Terminal } else { Place::OwnGroup };
        let mut shell = Command::new("/bin/sh");
        shell.args(["-c", command]).env("DATABASE_URL", url);
        if place == Place::OwnGroup {
            shell.process_group(0);
        }
        let child =
            shell.spawn().map_err(|source| Error::File { path: "/bin/sh".into(), doing: "run", source })?;
        let process = child.id().and_then(|pid| Pid::from_raw(pid.cast_signed()));
        let number = process.map_or(0, |process| process.as_raw_nonzero().get());
        let reach = if place == Place::OwnGroup { -number } else { number };
        let watcher = Watcher::run(STOP, &[OsStr::new(&reach.to_string())])?;
        Ok(Application { child, process, place, signals, watcher })
    }

    /// Waits for its end, and passes signals on meanwhile.
    pub(super) async fn ended(&mut self) -> Result<ExitStatus, Error> {
        let status = loop {
            tokio::select! {
                status = self.child.wait() => break status,
                Some(signal) = self.signals.recv() => {
                    if self.place == Place::OwnGroup || !comes_from_terminals(signal) {
                        self.send(signal);
                    }
                }
            }
        };
        self.watcher.dismiss();
        status.map_err(|source| Error::File { path: "/bin/sh".into(), doing: "waited for", source })
    }

    /// Asks it to end, and waits.
    pub(super) async fn stop(&mut self) -> Result<ExitStatus, Error> {
        self.send(Signal::TERM);
        self.ended().await
    }

    fn send(&self, signal: Signal) {
        let Some(process) = self.process else { return };
        // It may have ended since.
        let _ = match self.place {
            Place::Terminal => kill_process(process, signal),
            Place::OwnGroup => kill_process_group(process, signal),
        };
    }
}

/// What the shell shows for it: the exit code, or 128 and the number of the signal that ended it.
pub(super) fn exit_code(status: ExitStatus) -> u8 {
    let code = status.code().or_else(|| Some(128 + status.signal()?)).unwrap_or(1);
    u8::try_from(code).unwrap_or(1)
}

/// A terminal sends them to its whole process group.
fn comes_from_terminals(signal: Signal) -> bool {
    [Signal::INT, Signal::QUIT, Signal::HUP].contains(&signal)
}

/// The signals that come for pmdb from now on.
fn listen() -> UnboundedReceiver<Signal> {
    let (sender, receiver) = unbounded_channel();
    let kinds = [
        (SignalKind::terminate(), Signal::TERM),
        (SignalKind::interrupt(), Signal::INT),
        (SignalKind::quit(), Signal::QUIT),
        (SignalKind::hangup(), Signal::HUP),
        (SignalKind::user_defined1(), Signal::USR1),
        (SignalKind::user_defined2(), Signal::USR2),
    ];
    for (kind, number) in kinds {
        let Ok(mut coming) = signal(kind) else { continue };
        let sender = sender.clone();
        tokio::spawn(async move { while coming.recv().await.is_some() && sender.send(number).is_ok() {} });
    }
    receiver
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signal_shows_as_a_shell_shows_it() {
        assert_eq!(exit_code(ExitStatus::from_raw(7 << 8)), 7);
        assert_eq!(exit_code(ExitStatus::from_raw(15)), 143);
    }
}
