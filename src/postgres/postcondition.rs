//! After a crash: did the statement that was running take effect?
//!
//! Only asked for statements that the history notes as in flight: those that no transaction may hold, and blocks that end
//! with PREPARE TRANSACTION. All others share a transaction with their progress. A statement that the server has refused
//! is not in flight any more, so that what was there before it is never taken for its work.
//!
//! All of it runs under the settings of the file, so no name is left to `search_path` but those of the file.

mod index;

use postgres_protocol::escape::{escape_identifier, escape_literal};
use tokio_postgres::{Client, SimpleQueryRow};

use super::rows::rows;
use super::sql_error::SqlError;
use crate::migration::Postcondition;
use crate::migration::sql::Name;
use index::{index_is_there, look_for_copies, look_for_index, look_for_unnamed_index};

pub(super) use index::invalid_index;

/// What was found.
pub(super) enum Found {
    /// It has to run.
    NotDone,
    /// It took effect; in words.
    Done(String),
    /// It cannot be found out; why, in words.
    Unclear(String),
    /// It was cut off where only another statement can bring it to its end.
    HalfDone {
        /// In words.
        what: String,
        /// That statement.
        finish: String,
    },
    /// It left something behind that has to go before it runs again.
    InvalidLeftover {
        /// What is there, in words.
        what: String,
        /// The statements that remove it.
        remove: Vec<String>,
    },
}

/// Looks for the effect of a statement that was in flight.
pub(super) async fn look(client: &Client, postcondition: &Postcondition) -> Result<Found, SqlError> {
    let exists = |catalog: &'static str, column: &'static str, name: &'_ str| {
        let query = format!(
            "SELECT 1 FROM pg_catalog.{catalog} WHERE {column}::pg_catalog.text OPERATOR(pg_catalog.=) {}",
            escape_literal(name)
        );
        async move { Ok::<bool, SqlError>(first_row(client, &query).await?.is_some()) }
    };
    let found = match postcondition {
        Postcondition::IndexExists { name, table, unique, definition } => {
            return look_for_index(client, table, name, *unique, definition).await;
        }
        Postcondition::UnnamedIndexExists { table, unique, definition } => {
            return look_for_unnamed_index(client, table, *unique, definition).await;
        }
        Postcondition::Reindexed(scope) => return look_for_copies(client, scope).await,
        Postcondition::PartitionDetached { table, partition } => {
            return look_for_partition(client, table, partition).await;
        }
        Postcondition::IndexGone(name) => {
            (!index_is_there(client, name).await?).then(|| format!("index {} is gone", name.name))
        }
        Postcondition::DatabaseExists(name) => {
            exists("pg_database", "datname", name).await?.then(|| format!("database {name} is made"))
        }
        Postcondition::DatabaseGone(name) => {
            (!exists("pg_database", "datname", name).await?).then(|| format!("database {name} is gone"))
        }
        Postcondition::TablespaceExists(name) => {
            exists("pg_tablespace", "spcname", name).await?.then(|| format!("tablespace {name} is made"))
        }
        Postcondition::TablespaceGone(name) => {
            (!exists("pg_tablespace", "spcname", name).await?).then(|| format!("tablespace {name} is gone"))
        }
        Postcondition::SubscriptionExists(name) => {
            exists("pg_subscription", "subname", name).await?.then(|| format!("subscription {name} is made"))
        }
        Postcondition::SubscriptionGone(name) => (!exists("pg_subscription", "subname", name).await?)
            .then(|| format!("subscription {name} is gone")),
        Postcondition::PreparedTransactionExists(gid) => {
            exists("pg_prepared_xacts", "gid", gid).await?.then(|| format!("transaction {gid} is prepared"))
        }
        Postcondition::PreparedTransactionGone(gid) => (!exists("pg_prepared_xacts", "gid", gid).await?)
            .then(|| format!("prepared transaction {gid} is gone")),
        // These share a transaction with their progress.
        Postcondition::RoleExists(_) | Postcondition::RowsCopied(_) => None,
    };
    Ok(found.map_or(Found::NotDone, Found::Done))
}

/// Whether a statement that failed may have left something behind: an invalid index, a partition half detached.
pub(super) fn may_leave_leftover(postcondition: &Postcondition) -> bool {
    matches!(
        postcondition,
        Postcondition::IndexExists { .. }
            | Postcondition::UnnamedIndexExists { .. }
            | Postcondition::IndexGone(_)
            | Postcondition::Reindexed(_)
            | Postcondition::PartitionDetached { .. }
    )
}

/// Detaching concurrently takes two transactions. After the first the partition is pending, and the server asks for
/// FINALIZE (PostgreSQL manual, ALTER TABLE, "DETACH PARTITION").
async fn look_for_partition(client: &Client, parent: &Name, partition: &Name) -> Result<Found, SqlError> {
    let query = format!(
        "SELECT inhdetachpending FROM pg_catalog.pg_inherits \
         WHERE inhparent OPERATOR(pg_catalog.=) {}::pg_catalog.regclass::pg_catalog.oid \
         AND inhrelid OPERATOR(pg_catalog.=) {}::pg_catalog.regclass::pg_catalog.oid",
        regclass(parent),
        regclass(partition)
    );
    Ok(match first_row(client, &query).await?.as_ref().map(|row| row.get(0)) {
        Some(Some("t")) => Found::HalfDone {
            what: format!("partition {} was detached to the end", partition.name),
            finish: format!("ALTER TABLE {} DETACH PARTITION {} FINALIZE", quoted(parent), quoted(partition)),
        },
        Some(_) => Found::NotDone,
        None => Found::Done(format!("partition {} is detached already", partition.name)),
    })
}

/// A name as it is written in SQL.
pub(super) fn quoted(name: &Name) -> String {
    match &name.schema {
        Some(schema) => format!("{}.{}", escape_identifier(schema), escape_identifier(&name.name)),
        None => escape_identifier(&name.name),
    }
}

fn regclass(name: &Name) -> String {
    escape_literal(&quoted(name))
}

async fn first_row(client: &Client, query: &str) -> Result<Option<SimpleQueryRow>, SqlError> {
    Ok(rows(client, query).await?.into_iter().next())
}
