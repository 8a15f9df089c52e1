//! Running the `pmdb` command as a user would.

use std::env;
use std::ffi::OsStr;
use std::fs::File;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::LazyLock;

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

use super::filter::Filter;
use super::{Database, Running, binaries};

/// What every document has to be.
static SCHEMA: LazyLock<jsonschema::Validator> = LazyLock::new(|| {
    let text = include_str!("../../../docs/json.schema.json");
    jsonschema::validator_for(&serde_json::from_str(text).unwrap()).unwrap()
});

/// What a command sees of the environment of the tests; all else is taken away.
const KEPT: [&str; 2] = ["PATH", "TMPDIR"];

/// A command to be run.
pub struct Pmdb {
    command: Command,
    filter: Filter,
}

impl Pmdb {
    pub(super) fn new(project: &Path, home: &Path, args: &[&str]) -> Pmdb {
        let mut command = Command::new(env!("CARGO_BIN_EXE_pmdb"));
        command.args(args).current_dir(project).env_clear().env("HOME", home);
        command.envs(KEPT.iter().filter_map(|name| Some((name, env::var_os(name)?))));
        // With a home of its own it would fetch it anew each time.
        command.env("PMDB_PG_BIN", binaries().bin_dir);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        Pmdb { command, filter: Filter::new(project) }
    }

    /// Sets an environment variable.
    pub fn env(mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Pmdb {
        self.command.env(name, value);
        self
    }

    /// Unsets an environment variable.
    pub fn env_remove(mut self, name: &str) -> Pmdb {
        self.command.env_remove(name);
        self
    }

    /// Runs it in another folder.
    pub fn in_folder(mut self, folder: &Path) -> Pmdb {
        self.command.current_dir(folder);
        self
    }

    /// Has another program run the command: what stands here is put before it.
    pub fn within(mut self, program: &[&str]) -> Pmdb {
        let mut outer = Command::new(program[0]);
        outer.args(&program[1..]).arg(self.command.get_program()).args(self.command.get_args()).env_clear();
        outer.envs(self.command.get_envs().filter_map(|(name, value)| Some((name, value?))));
        outer.current_dir(self.command.get_current_dir().unwrap());
        outer.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        self.command = outer;
        self
    }

    /// Sets `DATABASE_URL` to this database.
    pub fn database(mut self, database: &Database) -> Pmdb {
        self.filter.hide(database.name(), "[DATABASE]");
        self.env("DATABASE_URL", database.url())
    }

    /// Starts the command.
    pub fn spawn(mut self) -> Running {
        Running::new(self.command.spawn().unwrap(), self.filter)
    }

    /// Starts the command with a terminal as its standard input and its standard error. What is written to the terminal is
    /// typed.
    pub fn on_a_terminal(mut self) -> (Running, File) {
        let terminal = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&terminal).unwrap();
        unlockpt(&terminal).unwrap();
        let name = ptsname(&terminal, Vec::new()).unwrap();
        let end = File::options().read(true).write(true).open(name.to_str().unwrap()).unwrap();
        self.command.stdin(end.try_clone().unwrap()).stderr(end);
        let child = self.command.spawn().unwrap();
        // It holds the end, too: what is read from the terminal would never end.
        drop(self.command);
        let terminal = File::from(terminal);
        (Running::on_a_terminal(child, terminal.try_clone().unwrap(), self.filter), terminal)
    }

    /// Runs the command to its end.
    pub fn run(self) -> Outcome {
        self.spawn().wait()
    }
}

/// Asserts that a JSON document is as the published schema says.
#[track_caller]
pub fn assert_as_published(document: &serde_json::Value) {
    if let Err(error) = SCHEMA.validate(document) {
        panic!("{error} at {} in\n{document:#}", error.instance_path());
    }
}

/// How a command ended.
pub struct Outcome {
    /// The exit code; none when a signal ended it.
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
    pub(super) filter: Filter,
}

impl Outcome {
    /// Asserts exit code 0.
    #[track_caller]
    pub fn success(self) -> Outcome {
        self.fails(0)
    }

    /// Asserts this exit code.
    #[track_caller]
    pub fn fails(self, code: i32) -> Outcome {
        assert_eq!(self.code, Some(code), "the exit code; the output:\n{}", self.text());
        self
    }

    /// Standard output as JSON, which is as the published schema says.
    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        let document = serde_json::from_str(&self.stdout);
        let document = document.unwrap_or_else(|error| panic!("{error} in\n{}", self.text()));
        assert_as_published(&document);
        document
    }

    /// All of it as one text for a snapshot, without what differs from run to run.
    pub fn filtered(&self) -> String {
        self.filter.apply(&self.text())
    }

    fn text(&self) -> String {
        let code = self.code.map_or("none (ended by a signal)".to_owned(), |code| code.to_string());
        format!("exit code: {code}\n----- stdout\n{}----- stderr\n{}", self.stdout, self.stderr)
    }
}
