//! What a database says about the rows that its tables may have.

mod allowed;
mod ask;
mod checks;
mod proof;
mod question;
mod read;
mod rows;

use tokio_postgres::SimpleQueryRow;

use super::history::{HistoryTable, Protection, protection_of};
use super::own_path::{Lasting, by_own_path};
use super::rows::rows as all_rows;
use super::sql_error::SqlError;
use crate::connect::{OFF_FOR_THE_TRANSACTION, Session};
use crate::fill::Table;

pub use allowed::find_allowed;
pub use ask::{count_rows, given_keys};
pub use checks::{AskError, meet_checks, try_other_checks};
pub use proof::{ProofError, prove};
pub use rows::FilledRows;

/// Reads the tables of the session's database, all but pmdb's own, in one round trip.
///
/// # Errors
/// What the server said.
pub async fn read_tables(session: &Session, own: &[HistoryTable]) -> Result<Vec<Table>, SqlError> {
    let one = |query: &str| query.trim_end().trim_end_matches(';').to_owned();
    let question = format!("{}; {}", one(include_str!("sql/types.sql")), one(include_str!("sql/tables.sql")));
    let answer = ask_once(session, &question).await?;
    Ok(read::tables(&answer, own))
}

/// Whether the database is protected from what destroys data, or mixes made-up ones in.
///
/// # Errors
/// What the server said.
pub async fn is_protected(session: &Session) -> Result<bool, SqlError> {
    let answer = ask_once(session, "SELECT pg_catalog.current_setting('pmdb.protected', true)").await?;
    let setting = answer.first().and_then(|row| row.get(0));
    Ok(protection_of(setting) == Protection::Protected)
}

/// Asks in a transaction that cannot write. What stands in a check is as the catalog has written it, so names without a schema are
/// the server's own: by another path, a function of somebody else's would run with the rights of the current role.
async fn ask_once(session: &Session, question: &str) -> Result<Vec<SimpleQueryRow>, SqlError> {
    let question = by_own_path(Lasting::ForTheTransaction, question);
    let message =
        format!("BEGIN READ ONLY; SELECT {OFF_FOR_THE_TRANSACTION}; SET LOCAL jit = off; {question}; COMMIT");
    match all_rows(session.client(), &message).await {
        // The first row is about the timeouts.
        Ok(rows) => Ok(rows.into_iter().skip(1).collect()),
        Err(error) => {
            // A failure shows in whatever the session is used for next.
            let _ = session.client().batch_execute("ROLLBACK").await;
            Err(error.into())
        }
    }
}
