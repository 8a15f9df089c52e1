//! After a crash: did the statement that was running take effect?
//!
//! Only asked for statements that no transaction may hold. All others share one with their progress.

use postgres_protocol::escape::{escape_identifier, escape_literal};
use tokio_postgres::{Client, SimpleQueryMessage, SimpleQueryRow};

use super::sql_error::SqlError;
use crate::migration::sql::Name;
use crate::migration::{Effect, lasting_effect};

/// What was found.
pub(super) enum Found {
    /// It has to run.
    NotDone,
    /// It took effect; in words.
    Done(String),
    /// It left something behind that has to go before it runs again.
    Remnant {
        /// In words.
        what: String,
        /// The statement that removes it.
        remove: String,
    },
}

/// Looks for the effect of a statement.
pub(super) async fn look(client: &Client, sql: &str) -> Result<Found, SqlError> {
    let Some(effect) = lasting_effect(sql) else { return Ok(Found::NotDone) };
    let found = match effect {
        Effect::IndexExists { name, table } => {
            return look_for_index(client, table.schema.as_deref(), &name).await;
        }
        Effect::IndexGone(Name { schema, name }) => {
            let gone = index(client, schema.as_deref(), &name).await?.is_none();
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
        Effect::PreparedTransactionGone(gid) => (!exists(client, "pg_prepared_xacts", "gid", &gid).await?)
            .then(|| format!("prepared transaction {gid} is gone already")),
        Effect::PartitionDetached { table, partition } => {
            return look_for_partition(client, &table, &partition).await;
        }
    };
    Ok(found.map_or(Found::NotDone, Found::Done))
}

async fn look_for_index(client: &Client, schema: Option<&str>, name: &str) -> Result<Found, SqlError> {
    let Some(row) = index(client, schema, name).await? else { return Ok(Found::NotDone) };
    if row.get("indisvalid") == Some("t") {
        return Ok(Found::Done(format!("index {name} exists already and is valid")));
    }
    let qualified =
        format!("{}.{}", escape_identifier(row.get("nspname").unwrap_or_default()), escape_identifier(name));
    Ok(Found::Remnant {
        what: format!("invalid index {name}, which the failed try had left behind, was dropped"),
        remove: format!("DROP INDEX CONCURRENTLY IF EXISTS {qualified}"),
    })
}

async fn index(
    client: &Client,
    schema: Option<&str>,
    name: &str,
) -> Result<Option<SimpleQueryRow>, SqlError> {
    let place = match schema {
        Some(schema) => format!("n.nspname = {}", escape_literal(schema)),
        None => "pg_catalog.pg_table_is_visible(c.oid)".to_owned(),
    };
    let query = format!(
        "SELECT n.nspname, i.indisvalid FROM pg_catalog.pg_index i \
         JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid \
         JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
         WHERE c.relname = {} AND {place}",
        escape_literal(name)
    );
    first_row(client, &query).await
}

async fn look_for_partition(client: &Client, parent: &Name, partition: &Name) -> Result<Found, SqlError> {
    let query = format!(
        "SELECT 1 FROM pg_catalog.pg_inherits WHERE inhparent = {}::pg_catalog.regclass \
         AND inhrelid = {}::pg_catalog.regclass",
        regclass(parent),
        regclass(partition)
    );
    Ok(match first_row(client, &query).await? {
        Some(_) => Found::NotDone,
        None => Found::Done(format!("partition {} is detached already", partition.name)),
    })
}

fn regclass(name: &Name) -> String {
    let quoted = match &name.schema {
        Some(schema) => format!("{}.{}", escape_identifier(schema), escape_identifier(&name.name)),
        None => escape_identifier(&name.name),
    };
    escape_literal(&quoted)
}

async fn exists(client: &Client, catalog: &str, column: &str, name: &str) -> Result<bool, SqlError> {
    let query = format!("SELECT 1 FROM pg_catalog.{catalog} WHERE {column} = {}", escape_literal(name));
    Ok(first_row(client, &query).await?.is_some())
}

async fn first_row(client: &Client, query: &str) -> Result<Option<SimpleQueryRow>, SqlError> {
    let messages = client.simple_query(query).await?;
    Ok(messages.into_iter().find_map(|message| match message {
        SimpleQueryMessage::Row(row) => Some(row),
        _ => None,
    }))
}
