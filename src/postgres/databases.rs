//! Databases as a whole: create and drop.

use postgres_protocol::escape::{escape_identifier, escape_literal};
use tokio_postgres::Client;
use tokio_postgres::error::SqlState;

use super::history::{Protection, protection_of};
use super::own_path::{Lasting, by_own_path};
use super::rows::rows;
use super::sql_error::SqlError;

/// Whether there was something to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// It was done.
    Made,
    /// It was so already.
    None,
}

/// Creates a database.
///
/// # Errors
/// What the server said.
pub async fn create(client: &Client, name: &str) -> Result<Change, SqlError> {
    change(client, &format!("CREATE DATABASE {}", escape_identifier(name)), &SqlState::DUPLICATE_DATABASE)
        .await
}

/// Drops a database.
///
/// # Errors
/// What the server said, for instance that others are connected to it.
pub async fn drop(client: &Client, name: &str) -> Result<Change, SqlError> {
    change(client, &format!("DROP DATABASE {}", escape_identifier(name)), &SqlState::UNDEFINED_DATABASE).await
}

async fn change(client: &Client, statement: &str, so_already: &SqlState) -> Result<Change, SqlError> {
    match client.batch_execute(statement).await.map_err(SqlError::from) {
        Ok(()) => Ok(Change::Made),
        Err(error) if error.is(so_already) => Ok(Change::None),
        Err(error) => Err(error),
    }
}

/// Whether a database is protected, read from outside of it.
///
/// # Errors
/// What the server said.
pub async fn protection(client: &Client, name: &str) -> Result<Protection, SqlError> {
    let query = format!(
        "SELECT pg_catalog.split_part(setting, '=', 2) FROM pg_catalog.pg_db_role_setting s \
         JOIN pg_catalog.pg_database d ON d.oid = s.setdatabase, pg_catalog.unnest(s.setconfig) AS setting \
         WHERE d.datname = {} AND s.setrole = 0 AND setting LIKE 'pmdb.protected=%'",
        escape_literal(name)
    );
    let rows = rows(client, &by_own_path(Lasting::ForTheTransaction, &query)).await?;
    Ok(protection_of(rows.first().and_then(|row| row.get(0))))
}
