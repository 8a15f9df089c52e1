//! The tools, and how a run of one is measured.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use wait4::Wait4;

/// Who is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tool {
    Pmdb,
    Psql,
    Dbmate,
}

/// What a tool is to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Task {
    /// Apply what is pending.
    Up,
    /// Undo all of it.
    DownAll,
    /// Show where things stand.
    Status,
    /// Try each file: up, down and up again. pmdb does so in a scratch database of the same server.
    Verify,
    /// The same where some down halves are wrong.
    VerifyWrong,
    /// Connect, and run `SELECT 1`.
    Least,
    /// Apply the bundled schema.
    UpBundled,
    /// Bring a million rows into the bundled schema: pmdb makes them, psql copies them from text, with all indexes there.
    CopyText,
    /// The same, but psql copies from binary files, and builds the indexes afterwards.
    CopyBinary,
    /// Look ahead, with the scratch database on the server of this URL.
    Plan(&'static str),
    /// Run a script.
    Script(&'static str),
}

/// How a run went.
#[derive(Debug, Clone, Copy)]
pub struct Measured {
    pub took: Duration,
    /// The most memory that the process had at a time, in bytes.
    pub peak: u64,
}

impl Tool {
    /// Whether it can be measured on this machine.
    pub fn is_here(&self) -> bool {
        match self {
            Tool::Pmdb => true,
            Tool::Psql | Tool::Dbmate => {
                let here = Command::new(self.program()).arg("--version").output().is_ok();
                assert!(here || *self == Tool::Dbmate, "psql is not on the PATH");
                here
            }
        }
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Tool::Pmdb => "pmdb",
            Tool::Psql => "psql",
            Tool::Dbmate => "dbmate",
        }
    }

    fn program(self) -> &'static str {
        match self {
            Tool::Pmdb => env!("CARGO_BIN_EXE_pmdb"),
            Tool::Psql | Tool::Dbmate => self.name(),
        }
    }

    /// The least that this tool needs for a task; `None` when it has no single command for it.
    fn arguments(self, task: Task) -> Option<Vec<&'static str>> {
        if let (Tool::Psql, Task::Script(script)) = (self, task) {
            return Some(vec!["-Xq", "-v", "ON_ERROR_STOP=1", "-f", script]);
        }
        if let (Tool::Pmdb, Task::Plan(scratch)) = (self, task) {
            return Some(vec!["plan", "--scratch-url", scratch]);
        }
        let arguments: &[&str] = match (self, task) {
            (Tool::Pmdb, Task::Up) => &["up"],
            (Tool::Pmdb, Task::DownAll) => &["down", "--all"],
            (Tool::Pmdb, Task::Status) => &["status"],
            (Tool::Pmdb, Task::Verify | Task::VerifyWrong) => &["verify", "--scratch-url", "dbname=postgres"],
            (Tool::Psql, Task::Up) => &["-Xq", "-v", "ON_ERROR_STOP=1", "-f", "up.sql"],
            (Tool::Psql, Task::DownAll) => &["-Xq", "-v", "ON_ERROR_STOP=1", "-f", "down.sql"],
            (Tool::Psql, Task::Verify | Task::VerifyWrong) => {
                &["-Xq", "-v", "ON_ERROR_STOP=1", "-f", "up_down_up.sql"]
            }
            (Tool::Psql, Task::Least) => &["-Xq", "-c", "SELECT 1"],
            (Tool::Dbmate, Task::Up) => &["-d", "migrations", "--no-dump-schema", "migrate"],
            (Tool::Dbmate, Task::Status) => &["-d", "migrations", "status"],
            (Tool::Pmdb, Task::UpBundled) => &["up", "--bundled"],
            (Tool::Pmdb, Task::CopyText | Task::CopyBinary) => &["fill", "--rows", "1000000"],
            (Tool::Psql, Task::CopyText) => &["-Xq", "-v", "ON_ERROR_STOP=1", "-f", "text.sql"],
            (Tool::Psql, Task::CopyBinary) => &["-Xq", "-v", "ON_ERROR_STOP=1", "-f", "binary.sql"],
            _ => return None,
        };
        Some(arguments.to_vec())
    }

    /// Runs a task in a project folder, on a database of the server that listens in this folder. The output is
    /// thrown away.
    pub fn run(self, task: Task, project: &Path, socket_dir: &Path, database: &str) -> Option<Measured> {
        let mut command = Command::new(self.program());
        command
            .args(self.arguments(task)?)
            .current_dir(project)
            .env_clear()
            .envs(std::env::var_os("PATH").map(|path| ("PATH", path)));
        command.env("PGHOST", socket_dir).env("PGUSER", "postgres").env("PGDATABASE", database);
        if self == Tool::Dbmate {
            let url =
                format!("postgres://postgres@/{database}?sslmode=disable&socket={}", socket_dir.display());
            command.env("DATABASE_URL", url);
        }
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let start = Instant::now();
        let ended = command.spawn().unwrap().wait4().unwrap();
        let took = start.elapsed();
        let expected = if (self, task) == (Tool::Pmdb, Task::VerifyWrong) { 1 } else { 0 };
        assert!(
            ended.status.code() == Some(expected),
            "{self:?} {task:?} in {}: {}",
            project.display(),
            ended.status
        );
        Some(Measured { took, peak: ended.rusage.maxrss })
    }
}
