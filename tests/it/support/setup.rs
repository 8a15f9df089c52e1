//! A project with a database of its own: what most tests of commands begin with.

use std::thread;
use std::time::{Duration, Instant};

use super::wait::wait_until;
use super::{Database, Held, Outcome, Pmdb, Project};

/// A project and its database.
pub struct Setup {
    pub project: Project,
    pub database: Database,
}

impl Setup {
    /// An empty project and an empty database.
    pub fn new() -> Setup {
        Setup { project: Project::new(), database: Database::new() }
    }

    /// A project with these migrations: file names and contents.
    pub fn with(files: &[(&str, &str)]) -> Setup {
        let setup = Setup::new();
        for (name, content) in files {
            setup.project.migration(name, content);
        }
        setup
    }

    /// The command `pmdb`, to be run on the database.
    pub fn pmdb(&self, args: &[&str]) -> Pmdb {
        self.project.pmdb(args).database(&self.database)
    }

    /// Runs `pmdb` with these arguments to its end.
    pub fn run(&self, args: &[&str]) -> Outcome {
        self.pmdb(args).run()
    }

    /// Runs `pmdb up` to its end.
    pub fn up(&self) -> Outcome {
        self.run(&["up"])
    }

    /// Where each migration stands: `0001 applied, 0002 half applied (1 of 3)`.
    pub fn states(&self) -> String {
        let status = self.run(&["status", "--json"]).success().json();
        let rows = status["migrations"].as_array().unwrap().iter().map(|row| {
            let word = row["state"].as_str().unwrap().replace('_', " ");
            let version = row["version"].as_str().unwrap();
            match row["statements_done"].as_u64() {
                Some(done) => format!("{version} {word} ({done} of {})", row["statements_total"]),
                None => format!("{version} {word}"),
            }
        });
        rows.collect::<Vec<_>>().join(", ")
    }

    /// A session on the database that runs this and stays, until the value is dropped.
    pub fn hold(&self, sql: &str) -> Held {
        Held::new(self.database.url(), sql)
    }

    /// A session on the database that runs this, and may have to wait for others.
    pub fn begin(&self, sql: &str) -> Held {
        Held::running(self.database.url(), sql)
    }

    /// Waits until a condition, written in SQL, is true.
    #[track_caller]
    pub fn wait_until(&self, condition: &str) {
        let query = format!("SELECT ({condition})::text");
        wait_until(condition, || self.database.value(&query) == "true");
    }

    /// Waits until a session of pmdb's stands still, for a lock or asleep, in a message that holds this text. That alone
    /// tells nothing: the row of the history holds the text of the file, too.
    ///
    /// Asked from another database: where the lock is on a catalog, a session of this one might have to wait for it before
    /// it can ask anything.
    #[track_caller]
    pub fn wait_for_statement(&self, what: &str) {
        let query = format!(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = '{}' AND state = 'active' \
             AND application_name = 'pmdb' AND wait_event_type IN ('Lock', 'Timeout') AND query LIKE '%{what}%'",
            self.database.name()
        );
        wait_until(what, || self.database.beside(&query) != "0");
    }
}
