//! The application that `pmdb dev --exec` runs.

use std::env;
use std::ffi::OsStr;
use std::fs;
use std::io::{self, IsTerminal};
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process, kill_process_group, test_kill_process_group};
use tokio::process::{Child, Command};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use crate::commands::error::Error;
use crate::embedded::Watcher;

/// What ends the application when pmdb is killed: a process group, which is a number below zero, or a process with all that
/// it has started, as far as the system tells.
const STOP: &str = r#"
read -r _ && exit
stop() {
    for child in $(cat "/proc/$1/task/$1/children"); do stop "$child"; done
    kill -s TERM -- "$1"
}
stop "$1"
"#;

/// How long what the command has started may take to end after it.
const PATIENCE: Duration = Duration::from_secs(10);

/// A command of the shell that runs.
pub(super) struct Application {
    child: Child,
    process: Option<Pid>,
    place: ProcessGroup,
    signals: UnboundedReceiver<Signal>,
    watcher: Watcher,
}

/// Where it runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ProcessGroup {
    /// In pmdb's own process group, which has the terminal: the application may read from it, and what is typed there
    /// (Ctrl-C) reaches both.
    Terminal,
    /// In a process group of its own, so that a signal reaches all that the command starts.
    Own,
}

impl Application {
    /// Starts it. What it says goes where pmdb's own output goes.
    pub(super) fn start(command: &str, url: &str) -> Result<Application, Error> {
        // Before it runs: a signal in between is for it already.
        let signals = listen();
        let place = if io::stdin().is_terminal() { ProcessGroup::Terminal } else { ProcessGroup::Own };
        let mut shell = Command::new("/bin/sh");
        shell.args(["-c", &as_program(command)]).env("DATABASE_URL", url);
        if place == ProcessGroup::Own {
            shell.process_group(0);
        }
        let child =
            shell.spawn().map_err(|source| Error::File { path: "/bin/sh".into(), doing: "run", source })?;
        let process = child.id().and_then(|pid| Pid::from_raw(pid.cast_signed()));
        let number = process.map_or(0, |process| process.as_raw_nonzero().get());
        let reach = if place == ProcessGroup::Own { -number } else { number };
        let watcher = Watcher::run(STOP, &[OsStr::new(&reach.to_string())])?;
        Ok(Application { child, process, place, signals, watcher })
    }

    /// Waits for its end, and passes signals on meanwhile.
    pub(super) async fn ended(&mut self) -> Result<ExitStatus, Error> {
        let status = loop {
            tokio::select! {
                status = self.child.wait() => break status,
                Some(signal) = self.signals.recv() => {
                    if self.place == ProcessGroup::Own || !comes_from_terminals(signal) {
                        self.send(signal);
                    }
                }
            }
        };
        self.end_the_rest().await;
        self.watcher.dismiss();
        status.map_err(|source| Error::File { path: "/bin/sh".into(), doing: "waited for", source })
    }

    /// Asks it to end, and waits.
    pub(super) async fn stop(&mut self) -> Result<ExitStatus, Error> {
        self.send(Signal::TERM);
        self.ended().await
    }

    /// What the command has left behind in its process group: nobody would end it.
    async fn end_the_rest(&self) {
        let Some(group) = self.process.filter(|_| self.place == ProcessGroup::Own) else { return };
        let deadline = Instant::now() + PATIENCE;
        self.send(Signal::TERM);
        while test_kill_process_group(group).is_ok() && Instant::now() < deadline {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        self.send(Signal::KILL);
    }

    fn send(&self, signal: Signal) {
        let Some(process) = self.process else { return };
        // They may have ended since.
        match self.place {
            ProcessGroup::Own => drop(kill_process_group(process, signal)),
            ProcessGroup::Terminal => {
                for process in family(process) {
                    let _ = kill_process(process, signal);
                }
            }
        }
    }
}

/// A process and those that it has started, as far as the system tells.
fn family(process: Pid) -> Vec<Pid> {
    let number = process.as_raw_nonzero();
    let children = fs::read_to_string(format!("/proc/{number}/task/{number}/children")).unwrap_or_default();
    let children = children.split_whitespace().filter_map(|child| Pid::from_raw(child.parse().ok()?));
    children.flat_map(family).chain([process]).collect()
}

/// A shell that waits for the one program that it has started would die of a signal before that. So the program takes its
/// place, where the command is nothing but a program with its arguments, and perhaps variables before it.
fn as_program(command: &str) -> String {
    let is_assignment = |word: &&str| word.split_once('=').is_some_and(|(name, _)| !name.is_empty());
    let is_list = command.contains([';', '&', '|', '(', ')', '`', '\n']);
    let program = command.split_whitespace().find(|word| !is_assignment(word));
    let variables = command.split_whitespace().take_while(is_assignment).collect::<String>();
    match program {
        Some(program) if !is_list && !variables.contains(['"', '\'', '\\', '$']) && is_program(program) => {
            let env = if variables.is_empty() { "" } else { "env " };
            format!("exec {env}{command}")
        }
        _ => command.to_owned(),
    }
}

/// Not a word of the shell, such as `cd`.
fn is_program(word: &str) -> bool {
    let path = env::var_os("PATH").unwrap_or_default();
    word.contains('/') || env::split_paths(&path).any(|folder| folder.join(word).is_file())
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
    fn a_program_takes_the_place_of_the_shell_and_anything_else_is_left_to_it() {
        let cases = [
            ("sleep 10", "exec sleep 10"),
            ("./serve --port \"$PORT\"", "exec ./serve --port \"$PORT\""),
            ("PORT=3000 sleep 10", "exec env PORT=3000 sleep 10"),
        ];
        for (command, started) in cases {
            assert_eq!(as_program(command), started);
        }
        let left = ["", "exit 7", "cd /tmp", "A='x y' sleep 1", "sleep 1; sleep 2", "sleep 1 && true", "X=1"];
        for command in left {
            assert_eq!(as_program(command), command);
        }
    }

    #[test]
    fn a_signal_shows_as_a_shell_shows_it() {
        assert_eq!(exit_code(ExitStatus::from_raw(7 << 8)), 7);
        assert_eq!(exit_code(ExitStatus::from_raw(15)), 143);
    }
}
