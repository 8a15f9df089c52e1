//! A `pmdb` that has been started and may still run.

use std::fs::File;
use std::io::{self, Read, Write};
use std::process::Child;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread;

use rustix::process::{Pid, Signal, kill_process};

use super::Outcome;
use super::filter::Filter;
use super::wait::{PATIENCE, wait_until};

/// A started command. One that still runs when the value is dropped is killed.
pub struct Running {
    child: Child,
    stdout: Stream,
    stderr: Stream,
    filter: Filter,
}

impl Running {
    pub(super) fn new(mut child: Child, filter: Filter) -> Running {
        let stdout = Stream::read(child.stdout.take().unwrap());
        let stderr = Stream::read(child.stderr.take().unwrap());
        Running { child, stdout, stderr, filter }
    }

    /// One whose standard error is shown on a terminal.
    pub(super) fn on_a_terminal(mut child: Child, terminal: File, filter: Filter) -> Running {
        let stdout = Stream::read(child.stdout.take().unwrap());
        Running { child, stdout, stderr: Stream::read(terminal), filter }
    }

    /// The number of its process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// How many connections it has open now.
    pub fn connections(&self) -> usize {
        let files = std::fs::read_dir(format!("/proc/{}/fd", self.pid())).unwrap();
        let links = files.filter_map(|file| std::fs::read_link(file.ok()?.path()).ok());
        links.filter(|link| link.to_string_lossy().starts_with("socket:")).count()
    }

    /// Waits until it has noticed that one of its connections has ended.
    #[track_caller]
    pub fn wait_for_fewer_connections(&self, before: usize) {
        wait_until("one of the connections ends", || self.connections() < before);
    }

    /// Sends SIGINT, as Ctrl-C does.
    pub fn interrupt(&self) {
        kill_process(Pid::from_child(&self.child), Signal::INT).unwrap();
    }

    /// Sends SIGTERM, as a pipeline that is stopped does.
    pub fn terminate(&self) {
        kill_process(Pid::from_child(&self.child), Signal::TERM).unwrap();
    }

    /// Sends SIGKILL and waits for the end. Returns the exit code of a command that had ended before.
    pub fn kill(mut self) -> Option<i32> {
        self.child.kill().unwrap();
        let code = self.child.wait().unwrap().code();
        if code.is_some_and(|code| code != 0) {
            self.stderr.wait_until(|read| read.ended);
            let _ = writeln!(io::stderr(), "{}", self.text());
        }
        code
    }

    /// Waits until the text has appeared on standard error.
    #[track_caller]
    pub fn wait_for_stderr(&self, text: &str) {
        self.wait_for(&self.stderr, text);
    }

    /// Waits until the text has appeared on standard output.
    #[track_caller]
    pub fn wait_for_stdout(&self, text: &str) {
        self.wait_for(&self.stdout, text);
    }

    #[track_caller]
    fn wait_for(&self, stream: &Stream, text: &str) {
        let seen = stream.wait_until(|read| read.ended || read.text().contains(text));
        assert!(seen.contains(text), "no {text:?} in the output:\n{}", self.text());
    }

    /// Waits for the end of the command, which is when its output ends: a server left behind must not hold
    /// it.
    #[track_caller]
    pub fn wait(mut self) -> Outcome {
        for stream in [&self.stdout, &self.stderr] {
            stream.wait_until(|read| read.ended);
            assert!(stream.lock().ended, "still running after {PATIENCE:?}:\n{}", self.text());
        }
        let code = self.child.wait().unwrap().code();
        let (stdout, stderr) = (self.stdout.lock().text(), self.stderr.lock().text());
        Outcome { code, stdout, stderr, filter: self.filter.clone() }
    }

    fn text(&self) -> String {
        format!("----- stdout\n{}----- stderr\n{}", self.stdout.lock().text(), self.stderr.lock().text())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What has been read from a pipe so far.
#[derive(Default)]
struct Received {
    bytes: Vec<u8>,
    ended: bool,
}

impl Received {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }
}

/// A pipe that a thread reads, so that the command never waits for us.
struct Stream {
    shared: Arc<(Mutex<Received>, Condvar)>,
}

impl Stream {
    fn read(mut pipe: impl Read + Send + 'static) -> Stream {
        let shared = Arc::new((Mutex::new(Received::default()), Condvar::new()));
        let writer = Arc::clone(&shared);
        thread::spawn(move || {
            let mut buffer = [0; 4096];
            loop {
                let count = pipe.read(&mut buffer).unwrap_or(0);
                let mut read = writer.0.lock().unwrap();
                read.bytes.extend_from_slice(&buffer[..count]);
                read.ended = count == 0;
                writer.1.notify_all();
                if count == 0 {
                    return;
                }
            }
        });
        Stream { shared }
    }

    fn lock(&self) -> MutexGuard<'_, Received> {
        self.shared.0.lock().unwrap()
    }

    /// Waits for a condition, or until the patience ends; returns the text by then.
    fn wait_until(&self, done: impl Fn(&Received) -> bool) -> String {
        let read = self.lock();
        let (read, _) = self.shared.1.wait_timeout_while(read, PATIENCE, |read| !done(read)).unwrap();
        read.text()
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::process::{Command, Stdio};

    use super::*;

    fn shell(script: &str) -> Running {
        let mut command = Command::new("sh");
        command.args(["-c", script]).stdout(Stdio::piped()).stderr(Stdio::piped());
        Running::new(command.spawn().unwrap(), Filter::new(Path::new("/nowhere")))
    }

    #[test]
    fn a_running_command_can_be_followed_and_stopped() {
        // Not SIGINT: where the tests run in the background, it is ignored from the start, and a shell keeps to that.
        let running =
            shell("trap 'echo stopped; exit 130' TERM; echo ready >&2; while :; do sleep 0.05; done");
        running.wait_for_stderr("ready");
        running.terminate();
        let outcome = running.wait().fails(130);
        assert_eq!(outcome.filtered(), "exit code: 130\n----- stdout\nstopped\n----- stderr\nready\n");
    }

    #[test]
    #[should_panic(expected = "no \"never\" in the output:\n----- stdout\n----- stderr\nsomething")]
    fn waiting_for_what_a_finished_command_never_said_fails_at_once() {
        shell("echo something >&2").wait_for_stderr("never");
    }
}
