//! Why a half failed, and what to do about it.

use std::time::Duration;

use thiserror::Error;

use super::{Place, StepState};
use crate::connect::ConnectError;
use crate::diagnosis::Diagnosis;
use crate::exit::Exit;
use crate::migration::{OUTSIDE_HINT, Version, in_flight_hint};
use crate::postgres::backfill::KeyError;
use crate::postgres::blocker::{Blocker, end_of_a_lock_on, held_by, on_worker};
use crate::postgres::sql_error::{SqlError, Transient};

/// Why a half failed.
#[derive(Debug, Error)]
pub enum Cause {
    /// The server refused a statement of the file.
    #[error("{}", refusal(error, place.as_ref()))]
    Sql {
        /// What it said.
        error: SqlError,
        /// Where in the file; `None` for an error at COMMIT, such as a deferred constraint's.
        place: Option<Place>,
    },
    /// No try got a lock on a table.
    #[error(
        "could not get a lock within {} s{}, tried {}{}",
        timeout.as_secs_f64(),
        on_worker(error.worker()),
        times(*attempts),
        held_by(blockers)
    )]
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
    #[error("{}, tried {}", error.message, times(*attempts))]
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
    #[error(
        "statement {statement} was running when an earlier run broke off, and how far it came is not known: {why}"
    )]
    InFlight {
        /// The number of the statement, from 1.
        statement: usize,
        /// Why it cannot.
        why: String,
    },
    /// A statement was running when an earlier run broke off, and has taken effect; the file says something else by now.
    #[error(
        "statement {statement} has taken effect in an earlier run, and the file now says something else there"
    )]
    SentOtherwise {
        /// The number of the statement, from 1.
        statement: usize,
    },
    /// A statement was running when an earlier run broke off, and has taken effect; its half was to be forgotten.
    #[error("statement {statement} has taken effect in an earlier run, and is recorded as done now")]
    TookEffect {
        /// The number of the statement, from 1.
        statement: usize,
    },
    /// The settings of the database or the role have changed, and there is no new session that has them.
    #[error("a new session, with the settings that the migration before it has made, cannot begin: {0}")]
    NoNewSession(ConnectError),
    /// The half has changed what lives outside of its scratch database.
    #[error("this file changes what is outside of the scratch database: {what}")]
    ChangedOutside {
        /// What: `role al, settings in database shop`.
        what: String,
    },
    /// The half dropped or replaced the history table.
    #[error(
        "this file drops or replaces {table}, where pmdb keeps its history, or a trigger keeps its row out"
    )]
    HistoryReplaced {
        /// The table.
        table: String,
    },
    /// The row of the migration is gone, or says something else than this run has written there.
    #[error("{table} no longer says what this run has written: another run is at work on this migration")]
    HistoryRowGone {
        /// The table.
        table: String,
    },
    /// The history table cannot be written.
    #[error("{table} cannot be written: {error}")]
    HistoryWrite {
        /// The table.
        table: String,
        /// What the server said.
        error: SqlError,
    },
    /// A backfill cannot go along the key that its file names.
    #[error("{0}")]
    BackfillKey(KeyError),
    /// After the file, a deferred backfill that is not done could no longer do its work.
    #[error("{backfill} {name}, a deferred backfill, could not do its work after this: {why}")]
    NeededByBackfill {
        /// The version of the backfill.
        backfill: Version,
        /// Its name.
        name: String,
        /// What the server says of it then.
        why: String,
    },
    /// The connection that holds the lock is gone: another runner may be at work.
    #[error("the connection that holds the migration lock was lost")]
    LockLost,
    /// The user asked to stop.
    #[error("interrupted")]
    Interrupted,
}

impl Cause {
    /// The place in the file, where there is one.
    pub fn place(&self) -> Option<&Place> {
        match self {
            Cause::Sql { place, .. } | Cause::LockTimeout { place, .. } | Cause::Transient { place, .. } => {
                place.as_ref()
            }
            _ => None,
        }
    }

    /// Whether the file is to blame: not the connection, a lock or an interrupt.
    pub fn is_of_the_file(&self) -> bool {
        match self {
            Cause::Sql { error, .. } => !error.is_connection_lost(),
            Cause::ChangedOutside { .. }
            | Cause::HistoryReplaced { .. }
            | Cause::HistoryRowGone { .. }
            | Cause::BackfillKey(_)
            | Cause::NeededByBackfill { .. } => true,
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
            _ => None,
        }
    }

    /// A failure of a half of this version, that came to this end, with what this cause makes of it.
    pub(super) fn diagnosis(
        &self,
        failure: Diagnosis,
        version: &Version,
        step_state: StepState,
    ) -> Diagnosis {
        let may_have_committed = matches!(step_state, StepState::MayHaveCommitted { .. });
        match self {
            Cause::Sql { error, .. } if error.is_connection_lost() && may_have_committed => {
                failure.hint(in_flight_hint(version))
            }
            Cause::Sql { error, .. } if error.is_connection_lost() => {
                failure.hint("run the command again; it goes on where this one ended")
            }
            Cause::Sql { error, place: None } if error.may_be_deferred() => failure.hint(
                "what is deferred runs at COMMIT; `SET CONSTRAINTS ALL IMMEDIATE;` in the file runs it there, and \
                 the error names that line",
            ),
            Cause::Sql { error, place } => {
                let invisible = place.as_ref().and_then(Place::hint_of_invisible);
                failure.hint_if(invisible.or_else(|| error.hint()))
            }
            Cause::LockTimeout { error, blockers, .. } => failure
                .code("lock_timeout")
                .hint(end_of_a_lock_on(error.worker(), blockers) + "; --lock-timeout and --lock-retries give it more time")
                .detail("blockers", blockers),
            Cause::Transient { reason: Transient::TooManyConnections, .. } => {
                failure.hint("end sessions that are not needed, or raise max_connections")
            }
            Cause::Transient { .. } => failure.hint(
                "run the command again when the other session is done; --lock-retries tries it more often",
            ),
            Cause::InFlight { .. } => failure.code("in_flight").hint(in_flight_hint(version)),
            Cause::SentOtherwise { .. } => {
                failure.hint("put the statements that ran back as they were; those after them may change")
            }
            Cause::TookEffect { .. } => {
                failure.hint("run the command again: now there is something to go on with, or to undo")
            }
            Cause::NoNewSession(error) => failure.hint(error.hint()),
            Cause::ChangedOutside { .. } => failure.hint(OUTSIDE_HINT),
            Cause::HistoryReplaced { .. } => {
                failure.hint("keep pmdb's history in another table with --table [SCHEMA.]NAME")
            }
            Cause::HistoryRowGone { .. } => failure.hint("`pmdb status` shows where things stand"),
            Cause::HistoryWrite { error, .. } => failure.hint_if(error.hint()),
            Cause::BackfillKey(error) => failure.hint(error.hint()),
            Cause::NeededByBackfill { backfill, .. } => failure.code("needed_by_backfill").hint(format!(
                "run the backfill first with `pmdb up --backfills`, or let the file wait for it: \
                 `-- migrate:up requires:{backfill}`"
            )),
            Cause::LockLost if may_have_committed => failure.hint(in_flight_hint(version)),
            Cause::LockLost => failure.hint(GOES_ON),
            Cause::Interrupted => failure.code("interrupted").exit(Exit::Interrupted).hint(GOES_ON),
        }
    }
}

const GOES_ON: &str = "run the command again; it goes on from there";

fn refusal(error: &SqlError, place: Option<&Place>) -> String {
    match place {
        None if error.may_be_deferred() => format!("at COMMIT: {}", error.message),
        _ => error.message.clone(),
    }
}

fn times(attempts: u32) -> String {
    format!("{attempts} {}", if attempts == 1 { "time" } else { "times" })
}
