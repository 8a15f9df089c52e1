//! What the server says when it refuses, as plain data.

use std::fmt;

use tokio_postgres::error::{DbError, ErrorPosition, SqlState};

use crate::diagnosis::{Diagnose, Diagnosis};
use crate::migration::sql::secrets::{self, masked_message};

/// An error of the server, or the loss of the connection to it.
///
/// The fields are those of the protocol (PostgreSQL manual, "Error and Notice Message Fields"). Secrets in what is shown
/// are masked.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct SqlError {
    /// The primary message.
    pub message: String,
    /// Five characters; `None` when the connection was lost.
    pub sqlstate: Option<String>,
    /// More about it.
    pub detail: Option<String>,
    /// What the server suggests.
    #[serde(rename = "server_hint")]
    pub server_hint: Option<String>,
    /// Where in functions it happened.
    pub context: Option<String>,
    /// The place in the text that was sent, in characters from 1.
    #[serde(skip)]
    pub position: Option<usize>,
    /// The place in `internal_query`, in characters from 1.
    #[serde(skip)]
    pub internal_position: Option<usize>,
    /// The text that failed where it is not what was sent: a statement that a function has put together. Secrets in it are
    /// masked.
    #[serde(rename = "query", skip_serializing_if = "Option::is_none")]
    pub internal_query: Option<String>,
    /// The rows of the batch that a backfill was at: the table, and a condition for them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub batch: Option<String>,
    /// The schema of the object that it is about, where the server names one.
    #[serde(skip)]
    pub schema: Option<String>,
}

/// Why a statement was refused that may well succeed soon after. The server has undone its transaction as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transient {
    /// A lock was not free within the lock timeout.
    LockTimeout,
    /// Two sessions waited for each other.
    Deadlock,
    /// A transaction of a high isolation level came in the way of another.
    Serialization,
    /// Another session wrote the same row of the server's own catalogs, which all databases share in part.
    CatalogConflict,
    /// All connections of the server are taken.
    TooManyConnections,
}

impl Transient {
    /// What happened, in words.
    pub fn words(self) -> &'static str {
        match self {
            Transient::LockTimeout => "a lock was not free in time",
            Transient::Deadlock => "a deadlock with another session",
            Transient::Serialization => "a conflict with another transaction",
            Transient::CatalogConflict => "another session changed the same entry of the system catalogs",
            Transient::TooManyConnections => "the server has no free connection",
        }
    }
}

impl SqlError {
    /// The loss of the connection, or of what should have come over it.
    pub(super) fn lost(message: &str) -> SqlError {
        SqlError {
            message: message.to_owned(),
            sqlstate: None,
            detail: None,
            server_hint: None,
            context: None,
            position: None,
            internal_position: None,
            internal_query: None,
            batch: None,
            schema: None,
        }
    }

    /// What went wrong here, while the connection and its session are as they were.
    pub(super) fn of_client(message: &str) -> SqlError {
        SqlError { sqlstate: Some(SqlState::IO_ERROR.code().to_owned()), ..SqlError::lost(message) }
    }

    /// Whether the connection is gone, and with it the knowledge of what the server did last.
    pub fn is_connection_lost(&self) -> bool {
        match self.sqlstate.as_deref() {
            None => true,
            // The coordinator tells that it has lost a worker.
            Some(_) if self.worker().is_some() => false,
            // admin_shutdown, crash_shutdown, database_dropped, idle_session_timeout
            Some(code) => matches!(code, "57P01" | "57P02" | "57P04" | "57P05"),
        }
    }

    /// Whether the SQLSTATE is this one.
    pub fn is(&self, code: &SqlState) -> bool {
        self.sqlstate.as_deref() == Some(code.code())
    }

    /// Whether the SQLSTATE begins with these two characters.
    pub fn is_of_class(&self, class: &str) -> bool {
        self.sqlstate.as_deref().is_some_and(|code| code.starts_with(class))
    }

    /// Whether it is about an object that exists already: a table, an index, a type, a schema, a function or a column.
    pub fn is_about_what_exists(&self) -> bool {
        [
            SqlState::DUPLICATE_TABLE,
            SqlState::DUPLICATE_OBJECT,
            SqlState::DUPLICATE_SCHEMA,
            SqlState::DUPLICATE_FUNCTION,
            SqlState::DUPLICATE_COLUMN,
        ]
        .iter()
        .any(|code| self.is(code))
    }

    /// Whether it may be what a deferred constraint or trigger has raised: nothing of the connection, the server's means, a
    /// conflict with others, or a cancellation (classes 08, 25, 40, 53, 55, 57, 58).
    pub(super) fn may_be_deferred(&self) -> bool {
        const OTHERS: [&str; 7] = ["08", "25", "40", "53", "55", "57", "58"];
        self.sqlstate.as_deref().is_some_and(|code| !OTHERS.iter().any(|class| code.starts_with(class)))
    }

    /// Whether the same may succeed soon after. The server's words for a row of its catalogs that another session has
    /// written in between have no SQLSTATE of their own; they are not translated.
    pub fn transient(&self) -> Option<Transient> {
        match self.sqlstate.as_deref()? {
            "55P03" => Some(Transient::LockTimeout),
            "40P01" => Some(Transient::Deadlock),
            "40001" => Some(Transient::Serialization),
            "53300" => Some(Transient::TooManyConnections),
            "XX000" if self.message.starts_with("tuple concurrently ") => Some(Transient::CatalogConflict),
            "23505" if self.schema.as_deref() == Some("pg_catalog") => Some(Transient::CatalogConflict),
            _ => None,
        }
    }

    /// The worker of Citus that refused it, `host:port`, as the context says.
    pub fn worker(&self) -> Option<&str> {
        let lines = self.context.as_deref()?.lines();
        lines.filter_map(|line| line.trim().strip_prefix("while executing command on ")).next()
    }

    /// An index that is there and invalid, where the server saw nothing to complain of.
    pub(super) fn invalid_index(name: &str) -> SqlError {
        SqlError {
            message: format!("the index {name} exists, but it is invalid"),
            sqlstate: Some(SqlState::OBJECT_NOT_IN_PREREQUISITE_STATE.code().to_owned()),
            detail: Some("An earlier CREATE INDEX CONCURRENTLY of that name has failed.".to_owned()),
            server_hint: Some("The next run drops it and builds it anew.".to_owned()),
            context: None,
            position: None,
            internal_position: None,
            internal_query: None,
            batch: None,
            schema: None,
        }
    }

    /// A statement of a backfill that has changed more rows than its batch has, where the server saw nothing to complain of.
    pub(super) fn beyond_batch(changed: u64, rows: u64) -> SqlError {
        let message = format!(
            "this changed {changed} rows, in a batch of {rows}: it does not keep to the rows of the batch"
        );
        SqlError {
            sqlstate: Some(SqlState::CARDINALITY_VIOLATION.code().to_owned()),
            server_hint: Some(
                "Put what stands beside :batch in parentheses, as in WHERE (a OR b) AND :batch.".to_owned(),
            ),
            ..SqlError::lost(&message)
        }
    }

    /// Rows of a batch that are no longer among those of the batch, where the server saw nothing to complain of.
    pub(super) fn moved_from_batch(moved: u64, changed: u64, trigger: &str) -> SqlError {
        let verb = if moved == 1 { "is" } else { "are" };
        let message = format!(
            "of the {changed} rows that this changed, {moved} {verb} no longer among those of the batch: the trigger {trigger} \
             may give them another key, and a row whose key moves up would come again"
        );
        SqlError {
            sqlstate: Some(SqlState::CARDINALITY_VIOLATION.code().to_owned()),
            server_hint: Some(
                "Disable the trigger while the backfill runs, or go along a key that it leaves as it is."
                    .to_owned(),
            ),
            ..SqlError::lost(&message)
        }
    }

    /// The same without the secrets that stand in this text, the one that was run: the server may repeat them anywhere, as
    /// in a row that breaks a constraint.
    pub(super) fn without_secrets_of(mut self, sql: &str) -> SqlError {
        let secrets = secrets::long_values(sql);
        let texts = [
            Some(&mut self.message),
            self.detail.as_mut(),
            self.server_hint.as_mut(),
            self.internal_query.as_mut(),
            self.context.as_mut(),
            self.batch.as_mut(),
        ];
        for text in texts.into_iter().flatten() {
            for secret in &secrets {
                *text = text.replace(secret, secrets::MASK);
            }
        }
        self
    }

    /// The line at which a DO block was, from 1, in what the server says of the functions that were running. It has no
    /// field for that; the name of a block and the number are the same in every language.
    pub(super) fn line_of_block(&self) -> Option<usize> {
        let (_, after) = self.context.as_deref()?.rsplit_once("inline_code_block")?;
        let digits = after.trim_start_matches(|c: char| !c.is_ascii_digit() && c != '\n');
        digits.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
    }

    /// What the server says beside its message, under the names that psql gives the fields, and the batch that it was about.
    pub(super) fn fields(&self) -> Vec<(&'static str, String)> {
        let fields = [
            ("SQLSTATE", &self.sqlstate),
            ("DETAIL", &self.detail),
            ("HINT", &self.server_hint),
            ("QUERY", &self.internal_query),
            ("CONTEXT", &self.context),
            ("BATCH", &self.batch),
        ];
        fields.into_iter().filter_map(|(name, value)| Some((name, value.clone()?))).collect()
    }

    /// What to do about it, where pmdb knows more than the server says.
    pub fn hint(&self) -> Option<String> {
        let hint = match self.sqlstate.as_deref()? {
            "42501" => "connect as a role that owns these objects, or grant it the right",
            "25006" => {
                "this is a read-only session: connect to the primary, with a role that may write \
                 (`default_transaction_read_only` off)"
            }
            // A statement that cannot be in a transaction, and a procedure that ends one.
            "25001" | "2D000" => {
                "add transaction:false to the marker of the half: `-- migrate:up transaction:false`"
            }
            "3D000" => "`pmdb create` makes the database",
            // Of a database, the server tells how many; of a slot, for which process.
            "55006" if self.detail.is_some() || self.message.contains("PID") => {
                "end the sessions that use it (`SELECT * FROM pg_stat_activity` shows them), then try again"
            }
            "55006" => {
                "what began before it in the same transaction still works on it: `SET CONSTRAINTS ALL IMMEDIATE;` before it \
                 runs what is deferred, CLOSE ends a cursor; or give it a file of its own"
            }
            "55P03" => {
                "another session holds a lock on it: wait until that has ended (pg_stat_activity shows it), or \
                 wait longer with --lock-timeout"
            }
            "08P01" if self.message.contains("query_wait_timeout") => {
                "the pooler had no free server connection for as long as its query_wait_timeout: run the command again when \
                 others are done, give the pool more connections, or connect past it"
            }
            "08P01" if self.message.contains("statement pooling") => {
                "the pooler hands out a server connection per statement, and pmdb needs transactions: connect past it, or \
                 through one with pool_mode = transaction or session"
            }
            "08P01" => {
                "a pooler on the way may answer so; pmdb needs one that keeps a transaction on one server connection \
                 (pool_mode = transaction or session), or a direct connection"
            }
            // Our own connection is lost without an answer.
            "08006" if self.message.contains("remote node") => {
                "the coordinator cannot connect to that worker as the current role, which has to be one that logs in there: \
                 `SELECT * FROM citus_check_cluster_node_health()` shows which workers answer; then run the command again"
            }
            "3F000" => "create the schema in an earlier migration",
            _ => return None,
        };
        Some(hint.to_owned())
    }
}

impl Diagnose for SqlError {
    fn diagnosis(&self) -> Diagnosis {
        // The SQLSTATE stands in the message.
        let fields = SqlError { sqlstate: None, ..self.clone() }.fields();
        Diagnosis::of(self, "sql").server(fields).detail("server", self).hint_if(self.hint())
    }
}

impl From<&DbError> for SqlError {
    fn from(error: &DbError) -> SqlError {
        let number = |position: &u32| usize::try_from(*position).ok();
        let (position, internal_position, internal_query) = match error.position() {
            Some(ErrorPosition::Original(position)) => (number(position), None, None),
            Some(ErrorPosition::Internal { position, query }) => {
                (None, number(position), Some(query.clone()))
            }
            None => (None, None, None),
        };
        let masked = |text| masked_message(text).into_owned();
        SqlError {
            message: masked(error.message()),
            sqlstate: Some(error.code().code().to_owned()),
            detail: error.detail().map(masked),
            server_hint: error.hint().map(masked),
            context: error.where_().map(masked),
            position,
            internal_position,
            internal_query,
            batch: None,
            schema: error.schema().map(str::to_owned),
        }
    }
}

impl From<tokio_postgres::Error> for SqlError {
    fn from(error: tokio_postgres::Error) -> SqlError {
        if let Some(error) = error.as_db_error() {
            return SqlError::from(error);
        }
        let cause = std::error::Error::source(&error).map_or_else(|| error.to_string(), ToString::to_string);
        SqlError::lost(&format!("the connection to the server was lost ({cause})"))
    }
}

impl fmt::Display for SqlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.message)?;
        match &self.sqlstate {
            Some(code) => write!(f, " (SQLSTATE {code})"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for SqlError {}
