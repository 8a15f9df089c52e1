use std::path::PathBuf;
use std::time::Duration;

use thiserror::Error;
use tokio_postgres::error::SqlState;

use crate::connect::ConnectError;
use crate::diagnosis::{Diagnose, Diagnosis};
use crate::embedded::EmbeddedError;
use crate::migration::OUTSIDE_HINT;
use crate::postgres::failure::Place;
use crate::postgres::sql_error::SqlError;

/// Why there is no scratch database.
#[derive(Debug, Error)]
pub enum ScratchError {
    /// The private server does not run.
    #[error(transparent)]
    Embedded(#[from] EmbeddedError),
    /// No connection could be made.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// The server refused.
    #[error("a scratch database cannot be {doing}: {source}")]
    Sql {
        /// "created" and the like.
        doing: &'static str,
        /// What the server said.
        source: SqlError,
    },
    /// A pooler gave no server to a second connection.
    #[error("no answer within {} s: the pooler has no second server connection to give", waited.as_secs())]
    PoolTooSmall {
        /// How long this run waited.
        waited: Duration,
    },
    /// The SQL that is to run first in each database fails.
    #[error("{}{}: {}", path.display(), place.as_ref().map_or_else(String::new, |place| format!(":{}", place.location)), source.message)]
    Before {
        /// The file.
        path: PathBuf,
        /// Where in it.
        place: Option<Place>,
        /// What the server said.
        source: SqlError,
    },
    /// The SQL that is to run first in each database changes what is outside of it.
    #[error("{} changes what is outside of the scratch database: {what}", path.display())]
    BeforeReachesOut {
        /// The file.
        path: PathBuf,
        /// What: `role al`.
        what: String,
    },
}

impl Diagnose for ScratchError {
    fn diagnosis(&self) -> Diagnosis {
        match self {
            ScratchError::Embedded(error) => error.diagnosis(),
            ScratchError::Connect(error) => error.diagnosis(),
            ScratchError::Sql { source, .. } if source.is(&SqlState::INSUFFICIENT_PRIVILEGE) => {
                source.diagnosis().told_as(self).hint(
                    "--scratch-url needs a role that may create databases: `ALTER ROLE … CREATEDB`; without --scratch-url \
                     pmdb uses a private server",
                )
            }
            ScratchError::Sql { source, .. } => source.diagnosis().told_as(self),
            ScratchError::PoolTooSmall { .. } => Diagnosis::of(self, "scratch")
                .hint("give the pool at least two server connections for each pmdb that uses it, or name the server past the pooler"),
            ScratchError::Before { place, source, .. } => Diagnosis::of(self, "scratch")
                .without_database()
                .excerpt(place.as_ref().map(Place::excerpt))
                .server(source.fields())
                .hint_if(source.hint()),
            ScratchError::BeforeReachesOut { .. } => {
                Diagnosis::of(self, "scratch").without_database().hint(OUTSIDE_HINT)
            }
        }
    }
}
