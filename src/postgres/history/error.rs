use std::time::Duration;

use thiserror::Error;

use super::HistoryTable;
use super::elsewhere::{self, OtherHistory};
use super::owner::Stranger;
use crate::connect::IgnoredSetting;
use crate::diagnosis::{Diagnose, Diagnosis};
use crate::postgres::blocker::{Blocker, end_of_a_lock, held_by};
use crate::postgres::citus::OnWorker;
use crate::postgres::sql_error::SqlError;

/// Why the history could not be read or prepared.
#[derive(Debug, Error)]
pub enum HistoryError {
    /// A table of that name has another shape.
    #[error("{table} is not a history table that pmdb can use: {reason}")]
    Foreign {
        /// The table.
        table: String,
        /// Whose it looks like.
        reason: String,
    },
    /// The usual table is not there, but others are in which something was recorded.
    #[error("{}", elsewhere::message(table, others, *total))]
    Elsewhere {
        /// The usual table.
        table: String,
        /// Some of the others, those first that pmdb can go on with.
        others: Vec<OtherHistory>,
        /// How many there are in all.
        total: usize,
    },
    /// A row holds a version that is no number.
    #[error("{table} holds the version {version:?}, which is not a number")]
    BadVersion {
        /// The table.
        table: String,
        /// What stands there.
        version: String,
    },
    /// The session is not what the connection string asks for: what is done in it would go elsewhere.
    #[error("{0}")]
    IgnoredSetting(IgnoredSetting),
    /// Somebody holds a lock on it, for longer than was to be waited.
    #[error("could not get a lock on the history table {table} within {} s{}", timeout.as_secs_f64(), held_by(blockers))]
    Locked {
        /// The table.
        table: String,
        /// The lock timeout.
        timeout: Duration,
        /// Who held the lock, as far as that was seen.
        blockers: Vec<Blocker>,
    },
    /// A role has a hand in it whose triggers, defaults and the like must not run as the current one.
    #[error("{table} {stranger}")]
    Strangers {
        /// The table.
        table: String,
        /// Who.
        stranger: Stranger,
    },
    /// It lies in a schema that is the server's own, or ends with the session.
    #[error("{table} cannot be the history table: {} is a schema of the server's own", table.schema())]
    SystemSchema {
        /// The table.
        table: HistoryTable,
    },
    /// A row is not there any more, though this run holds the lock.
    #[error("{table} no longer says what it said before: another program has written to it")]
    Meddled {
        /// The table.
        table: String,
    },
    /// Row level security would hide rows of it.
    #[error("row level security hides rows of the history table {table} from this role")]
    RowSecurity {
        /// The table.
        table: String,
    },
    /// The database is one of Citus, on a server that only keeps shards.
    #[error(transparent)]
    OnWorker(#[from] OnWorker),
    /// The server refused.
    #[error("the history table {table} cannot be {doing}: {source}")]
    Sql {
        /// The table.
        table: String,
        /// "read", "prepared" or "written".
        doing: &'static str,
        /// What the server said.
        source: SqlError,
    },
}

impl Diagnose for HistoryError {
    fn diagnosis(&self) -> Diagnosis {
        let history = Diagnosis::of(self, "history");
        match self {
            HistoryError::Foreign { .. } => {
                history.hint(
                    "keep pmdb's history elsewhere with --table [SCHEMA.]NAME; with it, `pmdb baseline VERSION` records \
                     what the database has as applied, and runs nothing",
                )
            }
            HistoryError::Elsewhere { table, others, .. } => {
                history.code("other_history").hint(elsewhere::hint(table, others))
            }
            HistoryError::BadVersion { .. } => {
                history.hint("remove the row if no file of yours has that version, or use another --table")
            }
            HistoryError::IgnoredSetting(IgnoredSetting { name, wanted, .. }) => {
                history.code("ignored_setting").hint(format!(
                    "a pooler on the way drops `options`: connect past it, or give the setting to the role or the database \
                     (`ALTER ROLE … SET {name} = {wanted}`) and take it out of the connection string"
                ))
            }
            HistoryError::Locked { blockers, .. } => {
                history.code("lock_timeout").hint(end_of_a_lock(blockers)).detail("blockers", blockers)
            }
            HistoryError::Strangers { table, stranger } => history.hint(stranger.hint(table)),
            HistoryError::SystemSchema { .. } => {
                history.hint("name one of your own with --table [SCHEMA.]NAME")
            }
            HistoryError::Meddled { .. } => history.hint("nothing was changed: run the command again"),
            HistoryError::RowSecurity { table } => history.hint(format!(
                "take it off the table (`ALTER TABLE {table} DISABLE ROW LEVEL SECURITY`), or connect as a role that it does \
                 not hold for: the owner without FORCE, or one with BYPASSRLS"
            )),
            HistoryError::OnWorker(refused) => refused.diagnosis(),
            HistoryError::Sql { source, .. } => history.hint_if(source.hint()),
        }
    }
}
