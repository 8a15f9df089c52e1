//! After a crash: did the statement that was running take effect?
//!
//! Only asked for statements that the history notes as in flight: those that no transaction may hold, and blocks that end
//! with PREPARE TRANSACTION. All others share a transaction with their progress. A statement that the server has refused
//! is not in flight any more, so that what was there before it is never taken for its work.
//!
//! All of it runs under the settings of the file, so no name is left to `search_path` but those of the file.

use postgres_protocol::escape::{escape_identifier, escape_literal};
use tokio_postgres::{Client, SimpleQueryRow};

use super::rows::rows;
use super::sql_error::SqlError;
use crate::migration::Postcondition;
use crate::migration::sql::{Name, ReindexScope};

/// What was found.
pub(super) enum Found {
    /// It has to run.
    NotDone,
    /// It took effect; in words.
    Done(String),
    /// It cannot be told; why, in words.
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
pub(super) fn may_leave_remnants(postcondition: &Postcondition) -> bool {
    matches!(
        postcondition,
        Postcondition::IndexExists { .. }
            | Postcondition::UnnamedIndexExists { .. }
            | Postcondition::IndexGone(_)
            | Postcondition::Reindexed(_)
            | Postcondition::PartitionDetached { .. }
    )
}

/// The index of this name on the table: an index lies in the schema of its table, where one of the same name in another
/// schema may hide it. An invalid one is what the statement left, whatever it was to be. A valid one is its work only if it
/// is defined as the statement says.
async fn look_for_index(
    client: &Client,
    table: &Name,
    name: &str,
    unique: bool,
    definition: &str,
) -> Result<Found, SqlError> {
    let Some(row) = index_of(client, table, name).await? else { return Ok(Found::NotDone) };
    if row.get("indisvalid") != Some("t") {
        return Ok(invalid_index_found(&row, name));
    }
    Ok(match indexes_defined_as(client, table, unique, definition).await? {
        Some(twins) if twins.iter().any(|twin| twin.get("relname") == Some(name)) => {
            Found::Done(format!("index {name} is built and valid"))
        }
        Some(_) => Found::NotDone,
        None => Found::Unclear(format!(
            "the index {name} is there, and whether it is defined as in the file cannot be found out without a temporary \
             table"
        )),
    })
}

fn invalid_index_found(row: &SimpleQueryRow, name: &str) -> Found {
    let qualified =
        format!("{}.{}", escape_identifier(row.get("nspname").unwrap_or_default()), escape_identifier(name));
    Found::InvalidLeftover {
        what: format!("the invalid index {name}"),
        remove: vec![format!("DROP INDEX CONCURRENTLY IF EXISTS {qualified}")],
    }
}

/// The server finds a name for such an index, and another one at each try. So it is known by its definition alone.
async fn look_for_unnamed_index(
    client: &Client,
    table: &Name,
    unique: bool,
    definition: &str,
) -> Result<Found, SqlError> {
    let twins = indexes_defined_as(client, table, unique, definition).await?.unwrap_or_default();
    Ok(twins.first().map_or(Found::NotDone, |row| {
        let name = row.get("relname").unwrap_or_default();
        match row.get("indisvalid") {
            Some("t") => Found::Done(format!("index {name} is built and valid")),
            _ => invalid_index_found(row, name),
        }
    }))
}

/// The indexes of a table that are defined so, valid ones first, as the server writes definitions: that of the statement is
/// learned from the same index on an empty twin of the table. All of it is one transaction, and the twin is gone at its
/// end. `None` where the server refuses (the statement is wrong, or the role may not make temporary tables). An index that
/// somebody is building at this moment does not count.
async fn indexes_defined_as(
    client: &Client,
    table: &Name,
    unique: bool,
    definition: &str,
) -> Result<Option<Vec<SimpleQueryRow>>, SqlError> {
    let query = format!(
        "CREATE TEMPORARY TABLE pmdb_twin (LIKE {}); CREATE {}INDEX ON pg_temp.pmdb_twin {definition}\n; \
         WITH written AS (SELECT i.indexrelid, i.indrelid, i.indisunique, i.indisvalid, \
         pg_catalog.substr(d, pg_catalog.strpos(d, ' USING ')) AS text \
         FROM pg_catalog.pg_index i, pg_catalog.pg_get_indexdef(i.indexrelid) d \
         WHERE i.indrelid OPERATOR(pg_catalog.=) pg_catalog.to_regclass({})::pg_catalog.oid \
         OR i.indrelid OPERATOR(pg_catalog.=) 'pg_temp.pmdb_twin'::pg_catalog.regclass::pg_catalog.oid) \
         SELECT n.nspname, c.relname, w.indisvalid FROM written w \
         JOIN written twin ON twin.indrelid OPERATOR(pg_catalog.=) 'pg_temp.pmdb_twin'::pg_catalog.regclass::pg_catalog.oid \
         AND twin.text OPERATOR(pg_catalog.=) w.text AND twin.indisunique OPERATOR(pg_catalog.=) w.indisunique \
         AND twin.indrelid OPERATOR(pg_catalog.<>) w.indrelid \
         JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) w.indexrelid \
         JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace \
         WHERE {} ORDER BY w.indisvalid DESC; \
         DROP TABLE pg_temp.pmdb_twin",
        quoted(table),
        if unique { "UNIQUE " } else { "" },
        regclass(table),
        nobody_builds("w.indexrelid"),
    );
    match rows(client, &query).await.map_err(SqlError::from) {
        Ok(rows) => Ok(Some(rows)),
        Err(error) if error.is_connection_lost() => Err(error),
        Err(_) => Ok(None),
    }
}

fn nobody_builds(index: &str) -> String {
    format!(
        "NOT EXISTS (SELECT FROM pg_catalog.pg_stat_progress_create_index building \
         WHERE building.index_relid OPERATOR(pg_catalog.=) {index})"
    )
}

/// A rebuild that failed leaves invalid copies behind, named after the index with `_ccnew` or `_ccold` and perhaps a number
/// (PostgreSQL manual, REINDEX, "Rebuilding Indexes Concurrently"). The TOAST table of a table has an index too. What
/// another session is rebuilding right now does not count.
async fn look_for_copies(client: &Client, scope: &ReindexScope) -> Result<Found, SqlError> {
    let tables = match scope {
        ReindexScope::Relation(name) => format!(
            "SELECT t.relid::pg_catalog.oid AS oid FROM pg_catalog.to_regclass({}) AS named, \
             LATERAL (SELECT p.relid FROM pg_catalog.pg_partition_tree(named) p \
             UNION ALL SELECT named) AS of_it, \
             LATERAL (SELECT i.indrelid::pg_catalog.regclass FROM pg_catalog.pg_index i \
             WHERE i.indexrelid OPERATOR(pg_catalog.=) of_it.relid::pg_catalog.oid UNION ALL SELECT of_it.relid) AS t (relid)",
            regclass(name)
        ),
        ReindexScope::Schema(name) => format!(
            "SELECT c.oid FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace s \
             ON s.oid OPERATOR(pg_catalog.=) c.relnamespace WHERE s.nspname::pg_catalog.text OPERATOR(pg_catalog.=) {}",
            escape_literal(name)
        ),
        ReindexScope::Database => "SELECT c.oid FROM pg_catalog.pg_class c".to_owned(),
    };
    let query = format!(
        "WITH rebuilt AS ({tables}) \
         SELECT DISTINCT pg_catalog.format('%I.%I', n.nspname, c.relname) AS copy FROM pg_catalog.pg_index i \
         JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) i.indexrelid \
         JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace \
         JOIN pg_catalog.pg_class t ON t.oid OPERATOR(pg_catalog.=) i.indrelid \
         LEFT JOIN pg_catalog.pg_class main ON main.reltoastrelid OPERATOR(pg_catalog.=) t.oid \
         WHERE NOT i.indisvalid \
         AND c.relname::pg_catalog.text OPERATOR(pg_catalog.~) '_cc(new|old)[0-9]*$' \
         AND EXISTS (SELECT FROM rebuilt r WHERE r.oid OPERATOR(pg_catalog.=) t.oid \
         OR r.oid OPERATOR(pg_catalog.=) main.oid) \
         AND EXISTS (SELECT FROM pg_catalog.pg_index o JOIN pg_catalog.pg_class original \
         ON original.oid OPERATOR(pg_catalog.=) o.indexrelid \
         WHERE o.indrelid OPERATOR(pg_catalog.=) i.indrelid AND o.indexrelid OPERATOR(pg_catalog.<>) i.indexrelid \
         AND pg_catalog.starts_with(original.relname::pg_catalog.text, \
         pg_catalog.regexp_replace(c.relname::pg_catalog.text, '_cc(new|old)[0-9]*$', ''))) \
         AND NOT EXISTS (SELECT FROM pg_catalog.pg_stat_progress_create_index building \
         WHERE building.relid OPERATOR(pg_catalog.=) t.oid) ORDER BY 1",
    );
    let found = rows(client, &query).await?;
    let copies: Vec<&str> = found.iter().filter_map(|row| row.get("copy")).collect();
    if copies.is_empty() {
        return Ok(Found::NotDone);
    }
    Ok(Found::InvalidLeftover {
        what: format!(
            "the invalid {} {}",
            if copies.len() == 1 { "index" } else { "indexes" },
            copies.join(", ")
        ),
        remove: copies.iter().map(|copy| format!("DROP INDEX CONCURRENTLY IF EXISTS {copy}")).collect(),
    })
}

/// The index that a statement should have made, if it is there and invalid: `IF NOT EXISTS` is content with one.
pub(super) async fn invalid_index(
    client: &Client,
    postcondition: &Postcondition,
) -> Result<Option<String>, SqlError> {
    let Postcondition::IndexExists { name, table, .. } = postcondition else { return Ok(None) };
    let row = index_of(client, table, name).await?;
    Ok(row.filter(|row| row.get("indisvalid") == Some("f")).map(|_| name.clone()))
}

async fn index_of(client: &Client, table: &Name, name: &str) -> Result<Option<SimpleQueryRow>, SqlError> {
    let query = format!(
        "SELECT n.nspname, i.indisvalid FROM pg_catalog.pg_index i \
         JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) i.indexrelid \
         JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace \
         WHERE c.relname::pg_catalog.text OPERATOR(pg_catalog.=) {} \
         AND i.indrelid OPERATOR(pg_catalog.=) pg_catalog.to_regclass({})::pg_catalog.oid AND {}",
        escape_literal(name),
        regclass(table),
        nobody_builds("i.indexrelid"),
    );
    first_row(client, &query).await
}

async fn index_is_there(client: &Client, name: &Name) -> Result<bool, SqlError> {
    let query = format!("SELECT pg_catalog.to_regclass({}) IS NOT NULL AS there", regclass(name));
    Ok(first_row(client, &query).await?.is_some_and(|row| row.get("there") == Some("t")))
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
