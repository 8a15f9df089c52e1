//! Reading the catalog of a database: every user object with what defines it, in one round trip.
//!
//! Each file in `sql/` holds queries of one subject. All of them give rows of one of two forms:
//!
//! - an object: `kind` (a word of [`Kind`](crate::catalog::Kind)), `of`, `name`, then `class`, `oid` and `sub`, by which
//!   the server knows it, then its attributes, each called as it is to be called; NULL is left out.
//! - facts about an object, wherever it came from: `class`, `oid`, `sub`, then attributes.
//!
//! Names that begin with a colon (`:view_option`) stand for patterns of options that users can set (`options.rs`), and for the tables
//! whose constraints and indexes are read with their definitions (`:of_all`, `:of_tables`).
//!
//! `-- reads …` before a query names the sorts of objects that it can find, in the words of `sql/dependents.sql`.
//!
//! Whatever is put together with `||` is cast to `text`: some databases have casts of their own that would make the
//! operator ambiguous.
//!
//! Objects below OID 16384 were made by initdb, not by a user (`FirstNormalObjectId`, in the server's source). Only what a
//! user has granted or written about them is read (`sql/built_in.sql`).
//!
//! The server locks a table (`ACCESS SHARE`, which no writer minds) to write down its indexes and whatever else names its
//! columns in an expression. So a table that is being altered is waited for, but not for long.

mod changes;
mod error;
mod options;
mod query;
mod reader;
mod rows;

pub use error::CatalogError;
pub(super) use query::statements as sql_for_version;
pub use reader::CatalogReader;
pub(super) use reader::{ChangedBy, Last};
pub use rows::ObjectNumbers;

use std::collections::BTreeSet;

use super::history::HistoryTable;
use super::rows::rows;
use super::sql_error::SqlError;
use crate::catalog::Catalog;
use crate::connect::Session;
use query::{DefinitionsOf, Within};
use rows::Snapshot;

/// How often a catalog is read before its changes under our hands are an error.
const MOST_ATTEMPTS: u32 = 10;

/// Reads the catalog of the session's database, except pmdb's own tables in `leave_out` and the members of extensions.
/// The session must not be in a transaction.
///
/// # Errors
/// See [`CatalogError`].
pub async fn read_catalog(session: &Session, leave_out: &[HistoryTable]) -> Result<Catalog, CatalogError> {
    let query = query::everything(session.server_version(), leave_out, Within::ItsOwn, DefinitionsOf::All);
    Ok(read_whole(session, &query).await?.catalog())
}

/// The same with the definitions of constraints and indexes only of tables with one of these names, in whatever schema, and of
/// foreign keys that refer to one: this takes half of the time where there are a thousand tables. The others have no attribute
/// `definition`, and all else.
///
/// # Errors
/// See [`CatalogError`].
pub async fn read_catalog_with_definitions_of(
    tables: &BTreeSet<String>,
    session: &Session,
    leave_out: &[HistoryTable],
) -> Result<Catalog, CatalogError> {
    let definitions = DefinitionsOf::Tables(tables);
    let query = query::everything(session.server_version(), leave_out, Within::ItsOwn, definitions);
    Ok(read_whole(session, &query).await?.catalog())
}

/// The same within the transaction that is open in the session, with what has been done in it.
///
/// # Errors
/// See [`CatalogError`].
pub(super) async fn read_catalog_in_transaction(
    session: &Session,
    leave_out: &[HistoryTable],
) -> Result<Catalog, CatalogError> {
    let within = Within::TheOpenOne;
    let query = query::everything(session.server_version(), leave_out, within, DefinitionsOf::All);
    Ok(read_once(session, &query, within).await?.catalog())
}

async fn read_whole(session: &Session, query: &str) -> Result<Snapshot, CatalogError> {
    let mut attempt = 1;
    loop {
        let result = read_once(session, query, Within::ItsOwn).await;
        let Err(error @ CatalogError::Sql { .. }) = result else { return result };
        // A failure to roll back shows in whatever the session is used for next.
        let _ = session.client().batch_execute("ROLLBACK").await;
        if attempt == MOST_ATTEMPTS || !error.is_change_under_our_hands() {
            return Err(error);
        }
        attempt += 1;
    }
}

async fn read_once(session: &Session, query: &str, within: Within) -> Result<Snapshot, CatalogError> {
    let database = || session.target().database().to_owned();
    let ask = async |query: &str| {
        let answer = rows(session.client(), query).await;
        answer.map_err(|error| CatalogError::Sql { database: database(), source: SqlError::from(error) })
    };
    let unreadable = || CatalogError::Unreadable { database: database() };
    let mut snapshot = Snapshot::in_rows(&ask(query).await?).ok_or_else(unreadable)?;
    if snapshot.has_citus() {
        let answer = ask(&query::distribution(session.server_version(), within)).await?;
        snapshot.learn(&answer).ok_or_else(unreadable)?;
    }
    match snapshot.unknown.first() {
        None => Ok(snapshot),
        Some(what) => Err(CatalogError::Unknown { database: database(), what: what.clone() }),
    }
}
