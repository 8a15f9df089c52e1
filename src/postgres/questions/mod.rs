//! Asking the target about its rows: each question in a read-only transaction of its own, with a time limit.
//!
//! A condition or a cast may run code of the users', and a transaction that cannot write does not hold it back. So nothing is
//! asked where that could be the code of somebody with fewer rights (`safety.rs`). Names are looked up where the catalog has
//! written them: with their schema, or among the server's own.

mod estimate;
mod json_text;
mod safety;
mod statement;

use std::pin::pin;
use std::time::Duration;

use tokio::time::timeout;
use tokio_postgres::error::SqlState;

pub use estimate::{Estimate, estimate_rows};

use self::safety::{Safety, Use, safety};
use super::own_path::{Lasting, by_own_path};
use super::sql_error::SqlError;
use crate::connect::Session;
use crate::impact::{Consequence, Outcome, Question};

/// How long a lock is waited for. Reading a table waits for nobody but a session that has locked it against readers.
const LOCK_WAIT: Duration = Duration::from_millis(100);

/// How much longer than its limit a question may take before the server counts as one that does not answer: a function in C
/// may not notice that its time is over.
const GRACE: Duration = Duration::from_secs(2);

/// Asks questions, one after another.
pub struct Questioner<'a> {
    session: &'a Session,
    limit: Duration,
    /// Whether the server has not answered in spite of the limit: whatever is asked next would have to wait.
    is_stuck: bool,
}

impl Questioner<'_> {
    /// Asks with this session, which must not be in a transaction. Each question may take as long as `limit`.
    pub fn new(session: &Session, limit: Duration) -> Questioner<'_> {
        Questioner { session, limit, is_stuck: false }
    }

    /// Asks. Whatever goes wrong is an answer, too.
    pub async fn ask(&mut self, question: &Question) -> Outcome {
        if self.is_stuck {
            let message = "the server has not answered the question before this one".to_owned();
            return Outcome::Unanswered { message };
        }
        let sql = statement::statement(question, self.session.server_version());
        // The owner of a table may have put code of his own into an index, or a view into its place.
        match timeout(GRACE + LOCK_WAIT, safety(self.session, &sql, Use::Asked)).await {
            Ok(Ok(Safety::Safe)) => {}
            Ok(Ok(Safety::Unsafe(what))) => {
                let message = format!("it could run {what}, with the rights of the current role");
                return Outcome::Unanswered { message };
            }
            Ok(Err(error)) => return no_count(&error, Consequence::Loses),
            Err(_) => {
                self.session.cancel().await;
                self.is_stuck = true;
                return Outcome::TimedOut;
            }
        }
        let mut asking = pin!(count(self.session, &sql, self.limit));
        let answer = match timeout(self.limit + LOCK_WAIT + GRACE, &mut asking).await {
            Ok(answer) => answer,
            Err(_) => {
                self.session.cancel().await;
                match timeout(GRACE, asking).await {
                    Ok(answer) => answer,
                    Err(_) => {
                        self.is_stuck = true;
                        return Outcome::TimedOut;
                    }
                }
            }
        };
        match answer {
            Ok(0) => Outcome::None,
            Ok(found) if found >= statement::MOST => Outcome::AtLeast(statement::MOST),
            Ok(found) => Outcome::Rows(found),
            Err(error) => no_count(&error, question.consequence),
        }
    }
}

/// A question is one statement, however odd its conditions are: the protocol takes no second one here.
async fn count(session: &Session, sql: &str, limit: Duration) -> Result<u64, SqlError> {
    let client = session.client();
    client.batch_execute(&begin(limit)).await?;
    let answer = client.query_typed(sql, &[]).await;
    let end = client.batch_execute("ROLLBACK").await;
    let found = answer?.first().and_then(|row| row.try_get::<_, i64>(0).ok());
    end?;
    Ok(found.and_then(|found| u64::try_from(found).ok()).unwrap_or_default())
}

/// Rows that a policy would hide are an error. One process has to do: the others are for those who work there.
fn begin(limit: Duration) -> String {
    let settings = format!(
        "SET LOCAL lock_timeout = {}; SET LOCAL statement_timeout = {}; SET LOCAL row_security = off; \
         SET LOCAL max_parallel_workers_per_gather = 0; SET LOCAL jit = off; SET LOCAL work_mem = '64MB'",
        LOCK_WAIT.as_millis(),
        // Nought would be no limit at all.
        limit.as_millis().clamp(1, i32::MAX as u128)
    );
    format!(
        "BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY; {}",
        by_own_path(Lasting::ForTheTransaction, &settings)
    )
}

/// What it means that the server has not counted. Where a value makes the question fail, the file fails by it, too.
fn no_count(error: &SqlError, consequence: Consequence) -> Outcome {
    let is = |code: &SqlState| error.is(code);
    let class = error.sqlstate.as_deref().and_then(|code| code.get(..2)).unwrap_or_default();
    if is(&SqlState::QUERY_CANCELED) {
        return Outcome::TimedOut;
    }
    if is(&SqlState::LOCK_NOT_AVAILABLE) {
        return Outcome::Locked;
    }
    if is(&SqlState::INSUFFICIENT_PRIVILEGE) {
        return Outcome::NotAllowed;
    }
    match (class, consequence) {
        ("22" | "23", Consequence::Fails) => Outcome::AtLeast(1),
        ("42" | "3F", _) => Outcome::NotThere { message: error.to_string() },
        _ => Outcome::Unanswered { message: without_values(error) },
    }
}

/// What the server says of a value that it cannot take repeats the value.
fn without_values(error: &SqlError) -> String {
    match error.sqlstate.as_deref() {
        Some(code) if code.starts_with("22") || code.starts_with("23") || code.starts_with("P0") => {
            format!("a value makes the question fail (SQLSTATE {code})")
        }
        _ => error.to_string(),
    }
}
