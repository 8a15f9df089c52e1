//! After a crash: did the statement that was running take effect?
//!
//! Only asked for statements that the history notes as in flight: those that no transaction may hold, and blocks that end
//! with PREPARE TRANSACTION. All others share a transaction with their progress. A statement that the server has refused
//! is not in flight any more, so that what was there before it is never taken for its work.
//!
//! All of it runs under the settings of the file, so no name is left to `search_path` but those of the file.

mod index;

use postgres_protocol::escape::{escape_identifier, escape_literal};
use tokio_postgres::SimpleQueryRow;

use crate::migration::Postcondition;
use crate::migration::sql::Name;
use index::{copies_found, copies_query, index_found, index_is_there_query, index_query};

pub(super) use index::{found_by_definition, invalid_index, name_taken_query, twin_query};

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

/// What is asked of the server to find the effect of a statement that was in flight: one message. `None`: nothing, or only
/// [`twin_query`].
pub(super) fn query(postcondition: &Postcondition) -> Option<String> {
    let exists = |catalog: &str, column: &str, name: &str| {
        format!(
            "SELECT 1 FROM pg_catalog.{catalog} WHERE {column}::pg_catalog.text OPERATOR(pg_catalog.=) {}",
            escape_literal(name)
        )
    };
    Some(match postcondition {
        Postcondition::IndexExists { name, table, .. } => index_query(table, name),
        Postcondition::Reindexed(scope) => copies_query(scope),
        Postcondition::PartitionDetached { table, partition } => partition_query(table, partition),
        Postcondition::IndexGone(name) => index_is_there_query(name),
        Postcondition::DatabaseExists(name) | Postcondition::DatabaseGone(name) => {
            exists("pg_database", "datname", name)
        }
        Postcondition::TablespaceExists(name) | Postcondition::TablespaceGone(name) => {
            exists("pg_tablespace", "spcname", name)
        }
        Postcondition::SubscriptionExists(name) | Postcondition::SubscriptionGone(name) => {
            exists("pg_subscription", "subname", name)
        }
        Postcondition::PreparedTransactionExists(gid) | Postcondition::PreparedTransactionGone(gid) => {
            exists("pg_prepared_xacts", "gid", gid)
        }
        // The last two share a transaction with their progress.
        Postcondition::UnnamedIndexExists { .. }
        | Postcondition::RoleExists(_)
        | Postcondition::RowsCopied(_) => return None,
    })
}

/// What the answer to [`query`] says. `None`: that takes [`twin_query`], too.
pub(super) fn found(postcondition: &Postcondition, rows: &[SimpleQueryRow]) -> Option<Found> {
    let there = !rows.is_empty();
    let done = |is_done: bool, what: String| if is_done { Found::Done(what) } else { Found::NotDone };
    Some(match postcondition {
        Postcondition::IndexExists { name, .. } => return index_found(name, rows),
        Postcondition::UnnamedIndexExists { .. } => return None,
        Postcondition::Reindexed(_) => copies_found(rows),
        Postcondition::PartitionDetached { table, partition } => partition_found(table, partition, rows),
        Postcondition::IndexGone(name) => done(!there, format!("index {} is gone", name.name)),
        Postcondition::DatabaseExists(name) => done(there, format!("database {name} is made")),
        Postcondition::DatabaseGone(name) => done(!there, format!("database {name} is gone")),
        Postcondition::TablespaceExists(name) => done(there, format!("tablespace {name} is made")),
        Postcondition::TablespaceGone(name) => done(!there, format!("tablespace {name} is gone")),
        Postcondition::SubscriptionExists(name) => done(there, format!("subscription {name} is made")),
        Postcondition::SubscriptionGone(name) => done(!there, format!("subscription {name} is gone")),
        Postcondition::PreparedTransactionExists(gid) => {
            done(there, format!("transaction {gid} is prepared"))
        }
        Postcondition::PreparedTransactionGone(gid) => {
            done(!there, format!("prepared transaction {gid} is gone"))
        }
        Postcondition::RoleExists(_) | Postcondition::RowsCopied(_) => Found::NotDone,
    })
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
fn partition_query(parent: &Name, partition: &Name) -> String {
    format!(
        "SELECT inhdetachpending FROM pg_catalog.pg_inherits \
         WHERE inhparent OPERATOR(pg_catalog.=) {}::pg_catalog.regclass::pg_catalog.oid \
         AND inhrelid OPERATOR(pg_catalog.=) {}::pg_catalog.regclass::pg_catalog.oid",
        regclass(parent),
        regclass(partition)
    )
}

fn partition_found(parent: &Name, partition: &Name, rows: &[SimpleQueryRow]) -> Found {
    match rows.first().map(|row| row.get(0)) {
        Some(Some("t")) => Found::HalfDone {
            what: format!("partition {} was detached to the end", partition.name),
            finish: format!("ALTER TABLE {} DETACH PARTITION {} FINALIZE", quoted(parent), quoted(partition)),
        },
        Some(_) => Found::NotDone,
        None => Found::Done(format!("partition {} is detached already", partition.name)),
    }
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
