//! After a crash: did the statement that was running take effect?
//!
//! Only asked for statements that no transaction may hold, and for blocks that end with PREPARE TRANSACTION. All others
//! share one with their progress.

use postgres_protocol::escape::{escape_identifier, escape_literal};
use tokio_postgres::{Client, SimpleQueryRow};

use super::rows::rows;
use super::sql_error::SqlError;
use crate::migration::sql::Name;
use crate::migration::{Effect, lasting_effect};

/// What was found.
pub(super) enum Found {
    /// It has to run.
    NotDone,
    /// It took effect; in words.
    Done(String),
    /// It was cut off where only another statement can bring it to its end.
    Halfway {
        /// In words.
        what: String,
        /// That statement.
        finish: String,
    },
    /// It left something behind that has to go before it runs again.
    Remnant {
        /// What is there, in words.
        what: String,
        /// The statements that remove it.
        remove: Vec<String>,
    },
}

/// Looks for the effect of a statement.
pub(super) async fn look(client: &Client, sql: &str) -> Result<Found, SqlError> {
    let Some(effect) = lasting_effect(sql) else { return Ok(Found::NotDone) };
    let found = match effect {
        Effect::IndexExists { name, table } => {
            return look_for_index(client, &table, &name).await;
        }
        Effect::UnnamedIndexExists { table, unique, definition } => {
            return look_for_unnamed_index(client, &table, unique, &definition).await;
        }
        Effect::Reindexed { name } => return look_for_copies(client, &name).await,
        Effect::IndexGone(Name { schema, name }) => {
            let place = match schema {
                Some(schema) => format!("n.nspname = {}", escape_literal(&schema)),
                None => "pg_catalog.pg_table_is_visible(c.oid)".to_owned(),
            };
            let gone = index(client, &name, &place).await?.is_none();
            gone.then(|| format!("index {name} is gone already"))
        }
        Effect::DatabaseExists(name) => exists(client, "pg_database", "datname", &name)
            .await?
            .then(|| format!("database {name} exists already")),
        Effect::DatabaseGone(name) => (!exists(client, "pg_database", "datname", &name).await?)
            .then(|| format!("database {name} is gone already")),
        Effect::TablespaceExists(name) => exists(client, "pg_tablespace", "spcname", &name)
            .await?
            .then(|| format!("tablespace {name} exists already")),
        Effect::TablespaceGone(name) => (!exists(client, "pg_tablespace", "spcname", &name).await?)
            .then(|| format!("tablespace {name} is gone already")),
        Effect::SubscriptionExists(name) => exists(client, "pg_subscription", "subname", &name)
            .await?
            .then(|| format!("subscription {name} exists already")),
        Effect::SubscriptionGone(name) => (!exists(client, "pg_subscription", "subname", &name).await?)
            .then(|| format!("subscription {name} is gone already")),
        Effect::PreparedTransactionExists(gid) => exists(client, "pg_prepared_xacts", "gid", &gid)
            .await?
            .then(|| format!("transaction {gid} is prepared already")),
        Effect::PreparedTransactionGone(gid) => (!exists(client, "pg_prepared_xacts", "gid", &gid).await?)
            .then(|| format!("prepared transaction {gid} is gone already")),
        Effect::PartitionDetached { table, partition } => {
            return look_for_partition(client, &table, &partition).await;
        }
    };
    Ok(found.map_or(Found::NotDone, Found::Done))
}

async fn look_for_index(client: &Client, table: &Name, name: &str) -> Result<Found, SqlError> {
    Ok(index_of(client, table, name).await?.map_or(Found::NotDone, |row| index_found(&row, name)))
}

fn index_found(row: &SimpleQueryRow, name: &str) -> Found {
    if row.get("indisvalid") == Some("t") {
        return Found::Done(format!("index {name} exists already and is valid"));
    }
    let qualified =
        format!("{}.{}", escape_identifier(row.get("nspname").unwrap_or_default()), escape_identifier(name));
    Found::Remnant {
        what: format!("the invalid index {name}"),
        remove: vec![format!("DROP INDEX CONCURRENTLY IF EXISTS {qualified}")],
    }
}

/// The server finds a name for such an index, and another one at each try. So the index is known by its definition, as
/// the server writes it; that of the statement is learned from the same index on an empty twin of the table. All of it
/// is one transaction, and the twin is gone at its end. Where the server refuses (the statement is wrong, or the role
/// may not make temporary tables), the statement itself will tell.
async fn look_for_unnamed_index(
    client: &Client,
    table: &Name,
    unique: bool,
    definition: &str,
) -> Result<Found, SqlError> {
    let query = format!(
        "CREATE TEMPORARY TABLE pmdb_twin (LIKE {}); CREATE {}INDEX ON pg_temp.pmdb_twin {definition}\n; \
         WITH written AS (SELECT i.indexrelid, i.indrelid, i.indisunique, i.indisvalid, \
         pg_catalog.substr(d, pg_catalog.strpos(d, ' USING ')) AS text \
         FROM pg_catalog.pg_index i, pg_catalog.pg_get_indexdef(i.indexrelid) d \
         WHERE i.indrelid IN (pg_catalog.to_regclass({}), 'pg_temp.pmdb_twin'::pg_catalog.regclass)) \
         SELECT n.nspname, c.relname, w.indisvalid FROM written w \
         JOIN written twin ON twin.indrelid = 'pg_temp.pmdb_twin'::pg_catalog.regclass \
         AND (twin.text, twin.indisunique) = (w.text, w.indisunique) AND twin.indrelid <> w.indrelid \
         JOIN pg_catalog.pg_class c ON c.oid = w.indexrelid \
         JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace ORDER BY w.indisvalid DESC LIMIT 1; \
         DROP TABLE pg_temp.pmdb_twin",
        quoted(table),
        if unique { "UNIQUE " } else { "" },
        regclass(table),
    );
    match first_row(client, &query).await {
        Ok(row) => Ok(row.map_or(Found::NotDone, |row| {
            let name = row.get("relname").unwrap_or_default().to_owned();
            index_found(&row, &name)
        })),
        Err(error) if error.is_connection_lost() => Err(error),
        Err(_) => Ok(Found::NotDone),
    }
}

/// A rebuild that failed leaves an invalid copy behind, named after the index with `_ccnew` or `_ccold` and perhaps a
/// number (PostgreSQL manual, REINDEX, "Rebuilding Indexes Concurrently").
async fn look_for_copies(client: &Client, name: &Name) -> Result<Found, SqlError> {
    let query = format!(
        "SELECT pg_catalog.format('%I.%I', n.nspname, c.relname) AS copy FROM pg_catalog.pg_index i \
         JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid \
         JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
         LEFT JOIN pg_catalog.pg_index given ON given.indexrelid = pg_catalog.to_regclass({0}) \
         WHERE NOT i.indisvalid AND c.relname ~ '_cc(new|old)[0-9]*$' \
         AND i.indrelid = coalesce(given.indrelid, pg_catalog.to_regclass({0}))",
        regclass(name)
    );
    let found = rows(client, &query).await?;
    let copies: Vec<&str> = found.iter().filter_map(|row| row.get("copy")).collect();
    if copies.is_empty() {
        return Ok(Found::NotDone);
    }
    Ok(Found::Remnant {
        what: format!(
            "the invalid {} {}",
            if copies.len() == 1 { "index" } else { "indexes" },
            copies.join(", ")
        ),
        remove: copies.iter().map(|copy| format!("DROP INDEX CONCURRENTLY IF EXISTS {copy}")).collect(),
    })
}

/// The index that a statement should have made, if it is there and invalid: `IF NOT EXISTS` is content with one.
pub(super) async fn invalid_index(client: &Client, sql: &str) -> Result<Option<String>, SqlError> {
    let Some(Effect::IndexExists { name, table }) = lasting_effect(sql) else { return Ok(None) };
    let row = index_of(client, &table, &name).await?;
    Ok(row.filter(|row| row.get("indisvalid") == Some("f")).map(|_| name))
}

/// The index of this name on a table. An index lies in the schema of its table, where one of the same name in another
/// schema may hide it.
async fn index_of(client: &Client, table: &Name, name: &str) -> Result<Option<SimpleQueryRow>, SqlError> {
    index(client, name, &format!("i.indrelid = pg_catalog.to_regclass({})", regclass(table))).await
}

async fn index(client: &Client, name: &str, place: &str) -> Result<Option<SimpleQueryRow>, SqlError> {
    let query = format!(
        "SELECT n.nspname, i.indisvalid FROM pg_catalog.pg_index i \
         JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid \
         JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
         WHERE c.relname = {} AND {place}",
        escape_literal(name)
    );
    first_row(client, &query).await
}

/// Detaching concurrently takes two transactions. After the first the partition is pending, and the server asks for
/// FINALIZE (PostgreSQL manual, ALTER TABLE, "DETACH PARTITION").
async fn look_for_partition(client: &Client, parent: &Name, partition: &Name) -> Result<Found, SqlError> {
    let query = format!(
        "SELECT inhdetachpending FROM pg_catalog.pg_inherits WHERE inhparent = {}::pg_catalog.regclass \
         AND inhrelid = {}::pg_catalog.regclass",
        regclass(parent),
        regclass(partition)
    );
    Ok(match first_row(client, &query).await?.as_ref().map(|row| row.get(0)) {
        Some(Some("t")) => Found::Halfway {
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

async fn exists(client: &Client, catalog: &str, column: &str, name: &str) -> Result<bool, SqlError> {
    let query = format!("SELECT 1 FROM pg_catalog.{catalog} WHERE {column} = {}", escape_literal(name));
    Ok(first_row(client, &query).await?.is_some())
}

async fn first_row(client: &Client, query: &str) -> Result<Option<SimpleQueryRow>, SqlError> {
    Ok(rows(client, query).await?.into_iter().next())
}
