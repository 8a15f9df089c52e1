//! On Citus: whether a batch and what is noted of it commit together.
//!
//! What changes rows on several servers is committed in two phases. A transaction that has written on one worker alone is
//! committed there first, and then on the coordinator, whose own tables count only if Citus knows of them.

use postgres_protocol::escape::escape_literal;
use tokio_postgres::Client;

use super::super::history::HistoryTable;
use super::super::own_path::{Lasting, by_own_path};
use super::super::rows::rows;
use super::super::sql_error::SqlError;
use super::{Key, KeyError};

/// Whether the table of this key is on one worker of Citus, and the history is not one of its tables.
///
/// # Errors
/// When the server refuses.
pub async fn look_for_one_worker(
    client: &Client,
    mark: &str,
    key: &Key,
    history: &HistoryTable,
) -> Result<Option<KeyError>, SqlError> {
    let query = include_str!("sql/one_worker.sql")
        .replace("$TABLE", escape_literal(key.table()).trim_start())
        .replace("$HISTORY", history.literal().trim_start());
    let found = rows(client, &format!("{mark} {}", by_own_path(Lasting::ForTheTransaction, &query))).await?;
    let history = found.first().and_then(|row| row.get("history"));
    Ok(history
        .map(|history| KeyError::OnOneWorker { table: key.table().to_owned(), history: history.to_owned() }))
}
