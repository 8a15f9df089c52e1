//! Databases as a whole: create and drop.

#[cfg(feature = "inspect")]
mod replacement;
#[cfg(feature = "inspect")]
mod turn;

#[cfg(feature = "inspect")]
pub use replacement::{Replacement, ReplacementError};
#[cfg(feature = "inspect")]
pub use turn::Turn;

use postgres_protocol::escape::{escape_identifier, escape_literal};
use sha2::{Digest, Sha256};
use tokio_postgres::Client;
use tokio_postgres::error::SqlState;

use super::citus::{CITUS, Citus};
use super::history::{Protection, protection_of};
use super::lock::mark;
use super::rows::rows;
use super::sql_error::SqlError;

/// Whether there was something to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DatabaseChange {
    /// It was done.
    Made,
    /// It was so already.
    None,
}

/// Creates a database.
///
/// # Errors
/// What the server said.
pub async fn create(client: &Client, name: &str) -> Result<DatabaseChange, SqlError> {
    change(client, &format!("CREATE DATABASE {}", escape_identifier(name)), &SqlState::DUPLICATE_DATABASE)
        .await
}

/// Drops a database.
///
/// # Errors
/// What the server said, for instance that others are connected to it.
pub async fn drop(client: &Client, name: &str, sessions: Sessions) -> Result<DatabaseChange, SqlError> {
    let options = match sessions {
        Sessions::Leave => "",
        Sessions::End => " WITH (FORCE)",
    };
    let statement = format!("{} DROP DATABASE {}{options}", mark_of(name), escape_identifier(name));
    change(client, &statement, &SqlState::UNDEFINED_DATABASE).await
}

/// What statements about a database begin with that a later [`Turn`] waits for, where pmdb was killed meanwhile.
fn mark_of(database: &str) -> String {
    mark(number_of(database).cast_signed())
}

/// A number for a database, by its name.
fn number_of(database: &str) -> u64 {
    let digest = Sha256::digest(database.as_bytes());
    digest.iter().take(8).fold(0_u64, |number, byte| number << 8 | u64::from(*byte))
}

/// What becomes of the sessions that use a database when it is to be dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sessions {
    /// They stay, and so does the database.
    Leave,
    /// They are ended.
    End,
}

/// How many sessions use a database.
///
/// # Errors
/// What the server said.
pub async fn count_sessions(client: &Client, name: &str) -> Result<u64, SqlError> {
    let query = format!(
        "SELECT pg_catalog.count(*) FROM pg_catalog.pg_stat_activity WHERE datname OPERATOR(pg_catalog.=) {} \
         AND backend_type OPERATOR(pg_catalog.=) 'client backend'::pg_catalog.text",
        escape_literal(name)
    );
    let rows = rows(client, &query).await?;
    Ok(rows.first().and_then(|row| row.get(0)?.parse().ok()).unwrap_or_default())
}

/// How much a database holds, as in `12 MB`; `None` if there is no such database, and an empty text if the role may not know.
///
/// # Errors
/// What the server said.
pub async fn size(client: &Client, name: &str) -> Result<Option<String>, SqlError> {
    let query = format!(
        "SELECT CASE WHEN pg_catalog.has_database_privilege(oid, 'CONNECT') \
         THEN pg_catalog.pg_size_pretty(pg_catalog.pg_database_size(oid)) ELSE '' END \
         FROM pg_catalog.pg_database WHERE datname OPERATOR(pg_catalog.=) {}",
        escape_literal(name)
    );
    let rows = rows(client, &query).await?;
    Ok(rows.first().and_then(|row| row.get(0)).map(str::to_owned))
}

async fn change(client: &Client, statement: &str, so_already: &SqlState) -> Result<DatabaseChange, SqlError> {
    match client.batch_execute(statement).await.map_err(SqlError::from) {
        Ok(()) => Ok(DatabaseChange::Made),
        Err(error) if error.is(so_already) => Ok(DatabaseChange::None),
        Err(error) => Err(error),
    }
}

/// What keeps a database from being dropped, read from outside of it.
#[derive(Debug, Clone, Copy)]
pub struct Obstacles {
    /// Whether it is protected.
    pub protection: Protection,
    /// Whether the server has loaded Citus: then the database may be one of several that belong together.
    pub citus: Citus,
}

/// Reads what keeps a database from being dropped.
///
/// # Errors
/// What the server said.
pub async fn obstacles(client: &Client, name: &str) -> Result<Obstacles, SqlError> {
    let query = format!(
        "SELECT (SELECT pg_catalog.split_part(setting, '=', 2) FROM pg_catalog.pg_db_role_setting s \
         JOIN pg_catalog.pg_database d ON d.oid OPERATOR(pg_catalog.=) s.setdatabase, \
         pg_catalog.unnest(s.setconfig) AS setting WHERE d.datname OPERATOR(pg_catalog.=) {} \
         AND s.setrole OPERATOR(pg_catalog.=) 0::pg_catalog.oid \
         AND pg_catalog.starts_with(setting, 'pmdb.protected=')) AS protected, \
         pg_catalog.current_setting('citus.shard_count', true) IS NOT NULL AS citus",
        escape_literal(name)
    );
    let rows = rows(client, &query).await?;
    Ok(Obstacles {
        protection: protection_of(rows.first().and_then(|row| row.get("protected"))),
        citus: rows.first().map(Citus::of).unwrap_or_default(),
    })
}

/// Whether the database of this session has Citus.
///
/// # Errors
/// What the server said.
pub async fn citus(client: &Client) -> Result<Citus, SqlError> {
    Ok(rows(client, &format!("SELECT {CITUS}")).await?.first().map(Citus::of).unwrap_or_default())
}
