//! Rows that row security hides from the role: a backfill would leave them out, and nobody would know.

use tokio_postgres::Client;
use tokio_postgres::error::SqlState;

use super::explain::explain;
use crate::migration::sql::names;
use crate::migration::{Backfill, Half};
use crate::postgres::own_path::{Lasting, by_own_path};
use crate::postgres::rows::rows;
use crate::postgres::sql_error::SqlError;

/// What row security means for the statement of a backfill.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RowSecurity {
    /// It is about none of the tables: should it be, later on, that is an error.
    Elsewhere,
    /// It hides no row of them.
    HidesNothing,
    /// It hides rows of these tables.
    Hides(Vec<String>),
}

/// Asks the server, after these statements in the same message. What triggers do is not looked at. `Elsewhere` where the
/// statement cannot be planned: running it says why.
///
/// # Errors
/// When the server refuses the second question.
pub async fn row_security(
    client: &Client,
    before: &str,
    half: &Half,
    backfill: &Backfill,
) -> Result<RowSecurity, SqlError> {
    let explain = explain(half, backfill);
    match rows(client, &format!("{before} SET LOCAL row_security = off; {explain}"))
        .await
        .map_err(SqlError::from)
    {
        // It may also lack a right.
        Err(error) if error.is(&SqlState::INSUFFICIENT_PRIVILEGE) => {}
        Err(error) if error.is_connection_lost() => return Err(error),
        _ => return Ok(RowSecurity::Elsewhere),
    }
    let commands: Vec<&str> = [("update", "w"), ("delete", "d")]
        .into_iter()
        .filter_map(|(word, command)| names(half.body(), word).then_some(command))
        .collect();
    let query =
        include_str!("sql/hidden_rows.sql").replace("$COMMANDS", &format!("'{{{}}}'", commands.join(",")));
    let query = format!("{before} {explain}; {}", by_own_path(Lasting::ForTheTransaction, &query));
    let found = match rows(client, &query).await.map_err(SqlError::from) {
        Err(error) if error.is(&SqlState::INSUFFICIENT_PRIVILEGE) => return Ok(RowSecurity::Elsewhere),
        found => found?,
    };
    let tables: Vec<String> =
        found.iter().filter_map(|row| row.try_get("hidden").ok().flatten()).map(str::to_owned).collect();
    Ok(if tables.is_empty() { RowSecurity::HidesNothing } else { RowSecurity::Hides(tables) })
}
