//! Why a run stopped, and what state things are in now.

use std::path::PathBuf;
use std::time::Duration;

use thiserror::Error;

use super::blocker::Blocker;
use super::event::StepReport;
use super::history::HistoryError;
use super::lock::LockError;
use super::sql_error::{SqlError, Transient};
use crate::connect::ConnectError;
use crate::migration::{
    Direction, Location, PlanError, RenumberError, SourceLine, Step, Version, in_flight_hint,
    invisible_in_word, stored_path,
};

/// Everything that can go wrong with a migrator.
#[derive(Debug, Error)]
pub enum MigratorError {
    /// The history table cannot be used.
    #[error(transparent)]
    History(#[from] HistoryError),
    /// There is no plan for the goal; nothing was touched.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// A migration does not get another number; nothing was touched.
    #[error("it cannot be renumbered: {0}")]
    Renumber(#[from] RenumberError),
    /// Another runner is at work; nothing was touched.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// A half failed, or the run was interrupted.
    #[error(transparent)]
    Run(Box<RunFailure>),
    /// A wish to stop came before anything was run.
    #[error("interrupted")]
    Interrupted,
    /// All that was wanted is committed on this server, but the wait for a synchronous standby to confirm it was broken
    /// off.
    #[error("{}", unconfirmed(finished.len()))]
    Unconfirmed {
        /// What was run and recorded; nothing, where it was the history table that was written.
        finished: Vec<StepReport>,
        /// Whether somebody wished it to stop.
        stopped: bool,
    },
    /// The database is protected, and the command would destroy something.
    #[error("the database {database} is protected")]
    Protected {
        /// The database.
        database: String,
    },
}

impl MigratorError {
    /// What a half has changed outside of its scratch database, or somebody else meanwhile, if another run can go on.
    #[cfg(feature = "inspect")]
    pub(super) fn changed_outside_and_undone(&self) -> Option<&str> {
        match self {
            MigratorError::Run(failure) => match (&failure.cause, &failure.aftermath) {
                (Cause::ChangedOutside { what }, Aftermath::RolledBack | Aftermath::Stopped { .. }) => {
                    Some(what)
                }
                _ => None,
            },
            _ => None,
        }
    }

    /// Whether somebody wished it to stop.
    pub fn is_interruption(&self) -> bool {
        match self {
            MigratorError::Interrupted | MigratorError::Lock(LockError::Interrupted) => true,
            MigratorError::Run(failure) => matches!(failure.cause, Cause::Interrupted),
            MigratorError::Unconfirmed { stopped, .. } => *stopped,
            _ => false,
        }
    }
}

/// A run that stopped in the middle.
#[derive(Debug, Error)]
#[error("{}", self.message())]
pub struct RunFailure {
    /// What was run and recorded before.
    pub finished: Vec<StepReport>,
    /// The half that failed, or that would have come next.
    pub step: FailedStep,
    /// Why.
    pub cause: Cause,
    /// What became of the half.
    pub aftermath: Aftermath,
}

/// The half that failed.
#[derive(Debug, Clone)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct FailedStep {
    /// Up or down.
    pub direction: Direction,
    /// The version.
    pub version: Version,
    /// The name.
    pub name: String,
    /// The file, or a word for the history when the half was kept there.
    #[cfg_attr(feature = "serde", serde(skip))]
    pub path: PathBuf,
}

impl FailedStep {
    pub(super) fn of(step: &Step) -> FailedStep {
        FailedStep {
            direction: step.direction(),
            version: step.version().clone(),
            name: step.name().to_owned(),
            path: step.path().map_or_else(|| stored_path(step.version()), PathBuf::from),
        }
    }
}

/// Why a half failed.
#[derive(Debug)]
pub enum Cause {
    /// The server refused a statement of the file.
    Sql {
        /// What it said.
        error: SqlError,
        /// Where in the file; `None` for an error at COMMIT, such as a deferred constraint's.
        place: Option<Place>,
    },
    /// A lock on a table was not to be had, however often it was tried.
    LockTimeout {
        /// What the server said last.
        error: SqlError,
        /// The waiting statement.
        place: Option<Place>,
        /// How often it was tried.
        attempts: u32,
        /// The lock timeout.
        timeout: Duration,
        /// Who held the lock at the last try, as far as that was seen.
        blockers: Vec<Blocker>,
    },
    /// What may pass, however often it was tried.
    Transient {
        /// What the server said last.
        error: SqlError,
        /// What kind of thing that is.
        reason: Transient,
        /// The statement.
        place: Option<Place>,
        /// How often it was tried.
        attempts: u32,
    },
    /// A statement was running when an earlier run broke off, and whether it took effect cannot be found out.
    InFlight {
        /// The number of the statement, from 1.
        statement: usize,
        /// Why it cannot.
        why: String,
    },
    /// A statement was running when an earlier run broke off, and has taken effect; the file says something else by now.
    SentOtherwise {
        /// The number of the statement, from 1.
        statement: usize,
    },
    /// A statement was running when an earlier run broke off, and has taken effect; its half was to be forgotten.
    TookEffect {
        /// The number of the statement, from 1.
        statement: usize,
    },
    /// The settings of the database or the role have changed, and there is no new session that has them.
    NoNewSession(ConnectError),
    /// The half has changed what lives outside of its scratch database.
    ChangedOutside {
        /// What: `role al, settings in database shop`.
        what: String,
    },
    /// The half dropped or replaced the history table.
    HistoryReplaced {
        /// The table.
        table: String,
    },
    /// The row of the migration is gone, or says something else than this run has written there.
    HistoryRowGone {
        /// The table.
        table: String,
    },
    /// The history table cannot be written.
    HistoryWrite {
        /// The table.
        table: String,
        /// What the server said.
        error: SqlError,
    },
    /// The connection that holds the lock is gone: another runner may be at work.
    LockLost,
    /// A wish to stop came.
    Interrupted,
}

impl Cause {
    /// The place in the file, where there is one.
    pub fn place(&self) -> Option<&Place> {
        match self {
            Cause::Sql { place, .. } | Cause::LockTimeout { place, .. } | Cause::Transient { place, .. } => {
                place.as_ref()
            }
            Cause::InFlight { .. }
            | Cause::SentOtherwise { .. }
            | Cause::TookEffect { .. }
            | Cause::NoNewSession(_)
            | Cause::ChangedOutside { .. }
            | Cause::HistoryReplaced { .. }
            | Cause::HistoryRowGone { .. }
            | Cause::HistoryWrite { .. }
            | Cause::LockLost
            | Cause::Interrupted => None,
        }
    }

    /// Whether it lies with the file: not with the connection, the lock or a wish to stop.
    pub fn is_of_the_file(&self) -> bool {
        match self {
            Cause::Sql { error, .. } => !error.is_connection_lost(),
            Cause::ChangedOutside { .. } | Cause::HistoryReplaced { .. } | Cause::HistoryRowGone { .. } => {
                true
            }
            Cause::LockTimeout { .. }
            | Cause::Transient { .. }
            | Cause::InFlight { .. }
            | Cause::SentOtherwise { .. }
            | Cause::TookEffect { .. }
            | Cause::NoNewSession(_)
            | Cause::HistoryWrite { .. }
            | Cause::LockLost
            | Cause::Interrupted => false,
        }
    }

    /// What the server said, if it is the one that refused.
    pub fn server_error(&self) -> Option<&SqlError> {
        match self {
            Cause::Sql { error, .. }
            | Cause::LockTimeout { error, .. }
            | Cause::Transient { error, .. }
            | Cause::HistoryWrite { error, .. } => Some(error),
            Cause::InFlight { .. }
            | Cause::SentOtherwise { .. }
            | Cause::TookEffect { .. }
            | Cause::NoNewSession(_)
            | Cause::ChangedOutside { .. }
            | Cause::HistoryReplaced { .. }
            | Cause::HistoryRowGone { .. }
            | Cause::LockLost
            | Cause::Interrupted => None,
        }
    }
}

/// A place in a file, with the line that stands there.
#[derive(Debug, Clone)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Place {
    /// Line and column.
    pub location: Location,
    /// The line itself, with secrets masked.
    pub line: SourceLine,
}

impl Place {
    fn hint_of_invisible(&self) -> Option<String> {
        let (name, column) = invisible_in_word(&self.line.text, self.line.column)?;
        let column = self.location.column + column - self.line.column;
        Some(format!(
            "at column {column} stands {name}, which nobody sees and the server takes for a letter: remove it"
        ))
    }
}

/// What became of the half that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case", tag = "state"))]
pub enum Aftermath {
    /// It had not begun.
    NotBegun,
    /// Its transaction was rolled back: the database is as before it.
    RolledBack,
    /// So many statements are done and recorded; the next run goes on after them.
    Stopped {
        /// Statements done.
        done: usize,
        /// Statements in all.
        total: usize,
    },
    /// The connection was lost: it is either wholly there or not at all.
    Unknown,
    /// The connection was lost in a half outside a transaction: so many statements are done and recorded, and the next
    /// run finds out about the one that was running.
    Lost {
        /// Statements done.
        done: usize,
        /// Statements in all.
        total: usize,
    },
    /// A statement that commits by itself failed, or was running when the connection was lost: so many before it are done
    /// and recorded, and what it has committed stays.
    MayHaveCommitted {
        /// Statements done before it.
        done: usize,
        /// Statements in all.
        total: usize,
        /// Whether the server has said that it failed.
        answer: Answer,
    },
    /// It was tried on a scratch database, which is gone.
    Scratch,
}

/// Whether the server has said what became of a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Answer {
    /// It failed.
    Failed,
    /// There was no answer.
    None,
    /// It is done, and the history could not be told.
    Done,
}

impl RunFailure {
    /// What happened, in one line.
    pub fn message(&self) -> String {
        match &self.cause {
            Cause::Sql { error, place: None } if error.may_be_deferred() => {
                format!("at COMMIT: {}", error.message)
            }
            Cause::Sql { error, .. } => error.message.clone(),
            Cause::LockTimeout { attempts, timeout, blockers, .. } => format!(
                "a lock could not be had within {} s, tried {attempts} {}{}",
                timeout.as_secs_f64(),
                if *attempts == 1 { "time" } else { "times" },
                held_by(blockers)
            ),
            Cause::Transient { error, attempts, .. } => {
                let times = if *attempts == 1 { "time" } else { "times" };
                format!("{}, tried {attempts} {times}", error.message)
            }
            Cause::InFlight { statement, why } => format!(
                "statement {statement} was running when an earlier run broke off, and how far it came is not known: {why}"
            ),
            Cause::SentOtherwise { statement } => format!(
                "statement {statement} has taken effect in an earlier run, and the file now says something else there"
            ),
            Cause::TookEffect { statement } => {
                format!(
                    "statement {statement} has taken effect in an earlier run, and is recorded as done now"
                )
            }
            Cause::NoNewSession(error) => {
                format!(
                    "a new session, with the settings that the migration before it has made, cannot begin: {error}"
                )
            }
            Cause::ChangedOutside { what } => {
                format!("this file changes what is outside of the scratch database: {what}")
            }
            Cause::HistoryReplaced { table } => {
                format!(
                    "this file drops or replaces {table}, where pmdb keeps its history, or a trigger keeps its row out"
                )
            }
            Cause::HistoryRowGone { table } => {
                format!(
                    "{table} no longer says what this run has written: another run is at work on this migration"
                )
            }
            Cause::HistoryWrite { table, error } => format!("{table} cannot be written: {error}"),
            Cause::LockLost => "the connection that holds the migration lock was lost".to_owned(),
            Cause::Interrupted => "interrupted".to_owned(),
        }
    }

    /// What to do next.
    pub fn hint(&self) -> Option<String> {
        if let Aftermath::MayHaveCommitted { answer: Answer::Done, .. } = self.aftermath {
            let version = &self.step.version;
            return Some(format!("`pmdb resolve {version} --done` says so, once the history can be written"));
        }
        match &self.cause {
            Cause::Sql { error, .. }
                if error.is_connection_lost()
                    && matches!(self.aftermath, Aftermath::MayHaveCommitted { .. }) =>
            {
                Some(in_flight_hint(&self.step.version))
            }
            Cause::Sql { error, .. } if error.is_connection_lost() => {
                Some("run the command again; it goes on where this one ended".to_owned())
            }
            Cause::Sql { error, place: None } if error.may_be_deferred() => Some(
                "what is deferred runs at COMMIT; `SET CONSTRAINTS ALL IMMEDIATE;` in the file runs it there, and \
                 the error names that line"
                    .to_owned(),
            ),
            Cause::Sql { error, place } => {
                place.as_ref().and_then(Place::hint_of_invisible).or_else(|| error.hint())
            }
            Cause::LockTimeout { blockers, .. } => {
                Some(end_of_a_lock(blockers) + "; --lock-timeout and --lock-retries give it more time")
            }
            Cause::Transient { reason: Transient::TooManyConnections, .. } => {
                Some("end sessions that are not needed, or raise max_connections".to_owned())
            }
            Cause::Transient { .. } => Some(
                "run the command again when the other session is done; --lock-retries tries it more often"
                    .to_owned(),
            ),
            Cause::InFlight { .. } => Some(in_flight_hint(&self.step.version)),
            Cause::SentOtherwise { .. } => {
                Some("put the statements that ran back as they were; those after them may change".to_owned())
            }
            Cause::TookEffect { .. } => {
                Some("run the command again: now there is something to go on with, or to undo".to_owned())
            }
            Cause::NoNewSession(error) => Some(error.hint()),
            Cause::ChangedOutside { .. } => Some(OUTSIDE_HINT.to_owned()),
            Cause::HistoryReplaced { .. } => {
                Some("keep pmdb's history in another table with --table [SCHEMA.]NAME".to_owned())
            }
            Cause::HistoryRowGone { .. } => Some("`pmdb status` shows where things stand".to_owned()),
            Cause::HistoryWrite { error, .. } => error.hint(),
            Cause::LockLost if matches!(self.aftermath, Aftermath::MayHaveCommitted { .. }) => {
                Some(in_flight_hint(&self.step.version))
            }
            Cause::LockLost => Some("run the command again; it goes on from there".to_owned()),
            Cause::Interrupted => Some("run the command again; it goes on from there".to_owned()),
        }
    }

    /// What became of the half, in one sentence.
    pub fn aftermath_text(&self) -> String {
        let FailedStep { direction, version, name, .. } = &self.step;
        match self.aftermath {
            Aftermath::NotBegun => format!("{version} {name} was not begun."),
            Aftermath::RolledBack => match direction {
                Direction::Up => {
                    format!("The transaction was rolled back: nothing of {version} {name} remains.")
                }
                Direction::Down => {
                    format!("The transaction was rolled back: {version} {name} is still applied.")
                }
            },
            Aftermath::Stopped { done, total } => format!(
                "{version} {name} runs outside a transaction: {done} of {total} statements are done and stay done; \
                 the next run goes on at statement {}.",
                done + 1
            ),
            Aftermath::Unknown => format!(
                "The connection is gone, so this run cannot tell: {version} {name} is either wholly done or not at \
                 all, and `pmdb status` knows."
            ),
            Aftermath::Lost { done, total } => format!(
                "{version} {name} runs outside a transaction: {done} of {total} statements are done and stay done; the \
                 connection is gone, and the next run finds out what became of the one behind them."
            ),
            Aftermath::MayHaveCommitted { done, total, answer } => format!(
                "{version} {name} runs outside a transaction: {done} of {total} statements are done and stay done; \
                 statement {} commits by itself, and what it has committed stays: {}",
                done + 1,
                match answer {
                    Answer::Failed => "the next run begins it anew.",
                    Answer::None => "the next run asks what became of it.",
                    Answer::Done => "it ran to its end, and the history does not say so yet.",
                }
            ),
            Aftermath::Scratch => "It was tried on a scratch database, which is gone.".to_owned(),
        }
    }
}

fn unconfirmed(finished: usize) -> String {
    let what = match finished {
        0 => "what was written to the history is".to_owned(),
        1 => "1 migration is run, recorded and".to_owned(),
        many => format!("{many} migrations are run, recorded and"),
    };
    format!(
        "the wait for a synchronous standby was broken off: {what} committed on this server, and not confirmed by the standby"
    )
}

/// What to do where a scratch server is somebody's.
pub(crate) const OUTSIDE_HINT: &str = "without --scratch-url pmdb uses a private server, where nobody is harmed; on a server on \
                                       which nothing else lives, --allow-shared lets it";

/// `; held by …`, or nothing where nobody was seen.
pub(crate) fn held_by(blockers: &[Blocker]) -> String {
    match blockers {
        [] => String::new(),
        list => format!("; held by {}", list.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")),
    }
}

/// What to do about sessions that hold a lock.
pub(super) fn end_of_a_lock(blockers: &[Blocker]) -> String {
    match blockers.first() {
        Some(Blocker { pid, .. }) => {
            format!("wait until that session has ended, or end it with `SELECT pg_terminate_backend({pid})`")
        }
        None => "find the session that holds the lock in pg_stat_activity".to_owned(),
    }
}
