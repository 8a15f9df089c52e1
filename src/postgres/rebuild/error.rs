use thiserror::Error;

use crate::connect::ConnectError;
use crate::diagnosis::{Diagnose, Diagnosis};
use crate::migration::OUTSIDE_HINT;
use crate::postgres::catalog::CatalogError;
use crate::postgres::failure::{Cause, RunFailure};
use crate::postgres::migrator_error::MigratorError;
use crate::postgres::scratch::ScratchError;
use crate::postgres::sql_error::SqlError;

/// Why a schema could not be seen or built again.
#[derive(Debug, Error)]
pub enum RebuildError {
    /// There is no scratch database.
    #[error(transparent)]
    Scratch(#[from] ScratchError),
    /// There is no connection to it.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// The history of the target cannot be read.
    #[error(transparent)]
    History(MigratorError),
    /// A migration fails on the scratch database.
    #[error(transparent)]
    Migrator(#[from] MigratorError),
    /// What a migration ran is not there any more as a whole.
    #[error(
        "what {migration} builds cannot be built: its file is gone or has changed since, and the history keeps of its COPY data the \
         length and SHA-256 alone"
    )]
    DataGone {
        /// Its version and name.
        migration: String,
    },
    /// A catalog cannot be read.
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    /// A server refused a statement of pmdb's own.
    #[error("{doing}: {source}")]
    Sql {
        /// What cannot be done.
        doing: &'static str,
        /// What the server said.
        source: SqlError,
    },
}

impl Diagnose for RebuildError {
    fn diagnosis(&self) -> Diagnosis {
        match self {
            RebuildError::Scratch(error) => error.diagnosis(),
            RebuildError::Connect(error) => error.diagnosis(),
            RebuildError::Migrator(MigratorError::Run(failure)) if failure.cause.is_of_the_file() => {
                fails_on_scratch(failure)
            }
            RebuildError::Migrator(error) if error.is_interruption() => {
                Diagnosis::interrupted(&"interrupted")
            }
            RebuildError::Migrator(error) | RebuildError::History(error) => error.diagnosis(),
            RebuildError::DataGone { .. } => {
                Diagnosis::of(self, "data_gone").hint("bring back the file as it was when it was applied")
            }
            RebuildError::Catalog(error) => error.diagnosis(),
            RebuildError::Sql { source, .. } => source.diagnosis().told_as(self),
        }
    }
}

/// What was done on the scratch database before is no news: all of it is gone.
fn fails_on_scratch(failure: &RunFailure) -> Diagnosis {
    let mut diagnosis = failure.diagnosis().code("scratch");
    diagnosis.state = vec!["This is the scratch database: the target is untouched.".to_owned()];
    diagnosis.done.clear();
    diagnosis.details.remove("aftermath");
    diagnosis.hint(match failure.cause {
        Cause::ChangedOutside { .. } => OUTSIDE_HINT,
        _ => {
            "what the migrations need from outside of the database (extensions, tablespaces, roles) has to be on the \
             scratch server; --scratch-url names one that has it"
        }
    })
}
