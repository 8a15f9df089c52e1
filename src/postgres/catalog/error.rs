use thiserror::Error;
use tokio_postgres::error::SqlState;

use crate::diagnosis::{Diagnose, Diagnosis};
use crate::postgres::sql_error::SqlError;

/// Why a catalog could not be read.
#[derive(Debug, Error)]
pub enum CatalogError {
    /// The server refused.
    #[error("the catalog of {database} cannot be read: {source}")]
    Sql {
        /// The name of the database.
        database: String,
        /// What the server said.
        source: SqlError,
    },
    /// It holds an object of a kind that only newer servers have.
    #[error("the catalog of {database} cannot be read: it holds the {what}, which pmdb does not know")]
    Unknown {
        /// The name of the database.
        database: String,
        /// The object, with its kind.
        what: String,
    },
    /// pmdb cannot read the answer, such as names that are not UTF-8.
    #[error(
        "the catalog of {database} holds what cannot be read: text that is not UTF-8, or an object of no known kind"
    )]
    Unreadable {
        /// The name of the database.
        database: String,
    },
}

impl Diagnose for CatalogError {
    fn diagnosis(&self) -> Diagnosis {
        let catalog = Diagnosis::of(self, "catalog");
        let CatalogError::Sql { source, .. } = self else { return catalog };
        let catalog = catalog.detail("server", source);
        if source.is(&SqlState::LOCK_NOT_AVAILABLE) {
            return catalog.hint("another session is changing a table: try again when it has ended");
        }
        if let Some(hint) = &source.server_hint {
            return catalog.hint(hint.clone());
        }
        if self.is_change_under_our_hands() {
            return catalog.hint("another session keeps changing the schema: try again when it is done");
        }
        catalog.hint_if(source.hint())
    }
}

impl CatalogError {
    /// The server looks up names outside of our snapshot. Where another session drops an object meanwhile, it finds
    /// none and calls that an internal error.
    pub(super) fn is_change_under_our_hands(&self) -> bool {
        matches!(self, CatalogError::Sql { source, .. } if source.is(&SqlState::INTERNAL_ERROR)
            || source.is(&SqlState::UNDEFINED_TABLE) || source.is(&SqlState::UNDEFINED_OBJECT))
    }
}
