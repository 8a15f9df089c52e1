//! What a database says about the rows that its tables may have.

mod allowed;
mod ask;
mod checks;
mod other_relation;
mod proof;
mod question;
mod read;
mod rows;

use thiserror::Error;
use tokio_postgres::SimpleQueryRow;

use super::citus::{CITUS, Citus, OnWorker, on_worker};
use super::history::{HistoryTable, Protection, protection_of};
use super::own_path::{Lasting, by_own_path};
use super::rows::rows as all_rows;
use super::settled::SETTLED;
use super::sql_error::SqlError;
use crate::connect::{OFF_FOR_THE_TRANSACTION, Session};
use crate::diagnosis::{Diagnose, Diagnosis};
use crate::fill::FillTable;

pub use allowed::find_allowed;
pub use ask::{count_rows, given_keys};
pub use checks::{meet_checks, try_other_checks};
pub use other_relation::other_relation;
pub use proof::{ProofError, prove};
pub use question::AskError;
pub use rows::FilledRows;

/// What is to be known of a database before rows are written to it.
#[derive(Debug)]
pub struct FillTarget {
    /// Whether it is protected from what destroys data, or mixes made-up ones in.
    pub protection: Protection,
    /// Whether it is one of Citus.
    pub citus: Citus,
}

/// Why a database is not written to.
#[derive(Debug, Error)]
pub enum LookError {
    /// The server refused.
    #[error("the database cannot be looked at: {0}")]
    Sql(SqlError),
    /// It is on a worker of Citus.
    #[error(transparent)]
    OnWorker(#[from] OnWorker),
}

impl Diagnose for LookError {
    fn diagnosis(&self) -> Diagnosis {
        match self {
            LookError::Sql(source) => source.diagnosis().told_as(self),
            LookError::OnWorker(refused) => refused.diagnosis(),
        }
    }
}

/// Looks at the session's database, in one round trip, or two on Citus.
///
/// # Errors
/// See [`LookError`].
pub async fn look(session: &Session) -> Result<FillTarget, LookError> {
    let question = format!("SELECT pg_catalog.current_setting('pmdb.protected', true) AS protected, {CITUS}");
    let answer = ask_once(session, Citus::Absent, &question).await.map_err(LookError::Sql)?;
    let citus = answer.first().map(Citus::of).unwrap_or_default();
    if citus == Citus::Present {
        match on_worker(session.client(), "").await {
            Ok(None) => {}
            Ok(Some(refused)) => return Err(refused.into()),
            Err(error) => return Err(LookError::Sql(error.into())),
        }
    }
    Ok(FillTarget { protection: protection_of(answer.first().and_then(|row| row.get("protected"))), citus })
}

/// Reads the tables of the session's database, all but pmdb's own, in one round trip.
///
/// # Errors
/// What the server said.
pub async fn read_tables(
    session: &Session,
    own: &[HistoryTable],
    citus: Citus,
) -> Result<Vec<FillTable>, SqlError> {
    let mut questions = vec![include_str!("sql/types.sql"), include_str!("sql/tables.sql")];
    if citus == Citus::Present {
        questions.push(include_str!("sql/citus.sql"));
    }
    let questions: Vec<&str> =
        questions.into_iter().map(|file| file.trim_end().trim_end_matches(';')).collect();
    let answer = ask_once(session, citus, &questions.join("; ")).await?;
    Ok(read::tables(&answer, own))
}

/// Asks in a transaction that cannot write. What stands in a check is as the catalog has written it, so names without a schema are
/// the server's own: by another path, a function of somebody else's would run with the rights of the current role.
async fn ask_once(session: &Session, citus: Citus, question: &str) -> Result<Vec<SimpleQueryRow>, SqlError> {
    let question = by_own_path(Lasting::ForTheTransaction, question);
    let message = format!("{}; {question}; COMMIT", begin(citus));
    match all_rows(session.client(), &message).await {
        // The first row is about the settings.
        Ok(rows) => Ok(rows.into_iter().skip(1).collect()),
        Err(error) => {
            // A failure shows in whatever the session is used for next.
            let _ = session.client().batch_execute("ROLLBACK").await;
            Err(error.into())
        }
    }
}

/// Asks the same, for functions that name what they need without its schema: they look for it where they would if rows were written. The
/// names of the question are looked up before that, when it is planned.
async fn ask_as_for_rows(
    session: &Session,
    citus: Citus,
    question: &str,
) -> Result<Vec<SimpleQueryRow>, SqlError> {
    let planned = format!("DECLARE pmdb_rows NO SCROLL CURSOR FOR {question}");
    let message = format!("{planned}; SET LOCAL search_path TO DEFAULT; FETCH ALL FROM pmdb_rows");
    ask_once(session, citus, &message).await
}

/// A transaction that cannot write. Its first row is about the settings.
fn begin(citus: Citus) -> String {
    let keeps_settings = citus.keeps_settings();
    format!(
        "BEGIN READ ONLY; {keeps_settings}SELECT {OFF_FOR_THE_TRANSACTION}, {SETTLED}; SET LOCAL jit = off"
    )
}
