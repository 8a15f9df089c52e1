use thiserror::Error;

use crate::connect::ConnectError;
use crate::postgres::scratch::ScratchError;
use crate::postgres::{CatalogError, MigratorError, SqlError};

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
