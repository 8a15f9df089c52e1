use thiserror::Error;
use tokio_postgres::error::SqlState;

use super::finding::VerifyFinding;
use crate::connect::ConnectError;
use crate::diagnosis::{Diagnose, Diagnosis};
use crate::exit::Exit;
use crate::migration::Version;
use crate::postgres::catalog::CatalogError;
use crate::postgres::failure::RunFailure;
use crate::postgres::migrator_error::MigratorError;
use crate::postgres::scratch::ScratchError;
use crate::postgres::sql_error::SqlError;

/// Why verifying came to no result.
#[derive(Debug, Error)]
pub enum VerifyError {
    /// There is no scratch database.
    #[error(transparent)]
    Scratch(#[from] ScratchError),
    /// There is no connection to it.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// An up half fails.
    #[error(transparent)]
    UpFails(Box<UpFails>),
    /// A run was interrupted, or something else went wrong.
    #[error(transparent)]
    Migrator(#[from] MigratorError),
    /// The catalog cannot be read.
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    /// What is in the tables cannot be seen.
    #[error("the scratch database cannot be looked at: {0}")]
    Look(SqlError),
    /// There is no such migration.
    #[error("there is no migration {0}")]
    UnknownVersion(Version),
}

/// An up half fails: nothing after it can be verified.
#[derive(Debug, Error)]
#[error("{failure}")]
pub struct UpFails {
    /// What was found before.
    pub findings: Vec<VerifyFinding>,
    /// Why it fails.
    pub failure: RunFailure,
}

impl Diagnose for VerifyError {
    fn diagnosis(&self) -> Diagnosis {
        match self {
            VerifyError::Scratch(error) => error.diagnosis(),
            VerifyError::Connect(error) => error.diagnosis(),
            VerifyError::UpFails(up_fails) => up_fails.diagnosis(),
            VerifyError::Migrator(error) => error.diagnosis(),
            VerifyError::Catalog(error) => error.diagnosis(),
            VerifyError::Look(source) => source.diagnosis().told_as(self),
            VerifyError::UnknownVersion(_) => Diagnosis::of(self, "usage")
                .exit(Exit::Usage)
                .without_database()
                .hint("`ls` shows the files; a version is the number that their names begin with"),
        }
    }
}

impl Diagnose for UpFails {
    fn diagnosis(&self) -> Diagnosis {
        let diagnosis = self.failure.diagnosis();
        let error = self.failure.cause.server_error();
        if !error.is_some_and(|error| NOT_THERE.iter().any(|code| error.is(code))) {
            return diagnosis;
        }
        diagnosis.hint(
            "what the migrations need and do not make themselves: roles are those of the target's server where one is \
             configured (DATABASE_URL); all else is made by SQL in the folder scratch/ or --before FILE; --scratch-url names \
             a server that has it",
        )
    }
}

/// What something is refused with that is not there.
const NOT_THERE: [SqlState; 6] = [
    SqlState::UNDEFINED_OBJECT,
    SqlState::UNDEFINED_TABLE,
    SqlState::UNDEFINED_FUNCTION,
    SqlState::INVALID_SCHEMA_NAME,
    SqlState::UNDEFINED_FILE,
    SqlState::FEATURE_NOT_SUPPORTED,
];
