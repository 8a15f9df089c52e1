//! What the server says when it refuses, as plain data.

use std::fmt;

use serde::Serialize;
use tokio_postgres::error::{DbError, ErrorPosition, SqlState};

/// An error of the server, or the loss of the connection to it.
///
/// The fields are those of the protocol (PostgreSQL manual, "Error and Notice Message Fields").
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
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
}

impl SqlError {
    /// Whether the connection is gone, and with it the knowledge of what the server did last.
    pub fn is_connection_lost(&self) -> bool {
        match self.sqlstate.as_deref() {
            None => true,
            // admin_shutdown, crash_shutdown, database_dropped, idle_session_timeout
            Some(code) => matches!(code, "57P01" | "57P02" | "57P04" | "57P05"),
        }
    }

    /// Whether the SQLSTATE is this one.
    pub fn is(&self, code: &SqlState) -> bool {
        self.sqlstate.as_deref() == Some(code.code())
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
        }
    }

    /// What to do about it, where pmdb knows more than the server says.
    pub fn hint(&self) -> Option<String> {
        let hint = match self.sqlstate.as_deref()? {
            "42501" => "connect as a role that owns these objects, or grant it the right",
            "25006" => {
                "this is a read-only session: connect to the primary, with a role that may write \
                 (`default_transaction_read_only` off)"
            }
            "3D000" => "`pmdb create` makes the database",
            "55006" => {
                "end the sessions that use it (`SELECT * FROM pg_stat_activity` shows them), then try again"
            }
            "55P03" => {
                "another session holds a lock on it: wait until that has ended (pg_stat_activity shows it), or \
                 wait longer with --lock-timeout"
            }
            "3F000" => "create the schema in an earlier migration",
            _ => return None,
        };
        Some(hint.to_owned())
    }
}

impl From<&DbError> for SqlError {
    fn from(error: &DbError) -> SqlError {
        let position = match error.position() {
            Some(ErrorPosition::Original(position)) => usize::try_from(*position).ok(),
            _ => None,
        };
        SqlError {
            message: error.message().to_owned(),
            sqlstate: Some(error.code().code().to_owned()),
            detail: error.detail().map(str::to_owned),
            server_hint: error.hint().map(str::to_owned),
            context: error.where_().map(str::to_owned),
            position,
        }
    }
}

impl From<tokio_postgres::Error> for SqlError {
    fn from(error: tokio_postgres::Error) -> SqlError {
        if let Some(error) = error.as_db_error() {
            return SqlError::from(error);
        }
        let cause = std::error::Error::source(&error).map_or_else(|| error.to_string(), ToString::to_string);
        SqlError {
            message: format!("the connection to the server was lost ({cause})"),
            sqlstate: None,
            detail: None,
            server_hint: None,
            context: None,
            position: None,
        }
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
