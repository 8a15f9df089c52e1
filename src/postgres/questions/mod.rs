//! Asking the target about its rows: each question in a read-only transaction of its own, with a time limit.
//!
//! A condition or a cast may run code of the users', and a transaction that cannot write does not hold it back. So nothing is
//! asked where that could be the code of somebody with fewer rights (`safety.rs`). Names are looked up where the catalog has
//! written them: with their schema, or among the server's own.

mod estimate;
mod json_text;
mod safety;
mod statement;

use std::time::Duration;

use tokio_postgres::error::SqlState;

pub use estimate::{Estimate, Estimated, estimate_rows};

use self::safety::{Guarded, Safety, Use};
use super::inquiry::{Inquiry, NoAnswer};
use super::own_path::{Lasting, by_own_path};
use super::sql_error::SqlError;
use crate::connect::Session;
use crate::impact::{About, Consequence, Question, RowCount};

/// How long a lock is waited for. Reading a table waits for nobody but a session that has locked it against readers.
const LOCK_WAIT: Duration = Duration::from_millis(100);

/// How much longer than its limit a question may take in all: its safety is checked first, and a function in C may not notice that its
/// time is over.
const GRACE: Duration = Duration::from_secs(4);

/// Asks questions, one after another.
pub struct Questioner<'a> {
    inquiry: &'a Inquiry<'a>,
    limit: Duration,
}

/// What came of a question.
enum Counted {
    Found(u64),
    /// It was not asked: it could have run this.
    Unsafe(String),
}

impl<'a> Questioner<'a> {
    /// Asks with the session of an inquiry, which must not be in a transaction. Each question may take as long as `limit`.
    pub fn new(inquiry: &'a Inquiry<'a>, limit: Duration) -> Questioner<'a> {
        Questioner { inquiry, limit }
    }

    /// Asks. Whatever goes wrong is an answer, too.
    pub async fn ask(&self, question: &Question) -> RowCount {
        if let Some(version) = &question.made_by {
            return RowCount::NotThere { message: format!("{version} makes it") };
        }
        let asking = count(self.inquiry.session(), question, self.limit);
        match self.inquiry.answer(self.limit + GRACE, asking).await {
            Ok(Counted::Found(0)) => RowCount::None,
            Ok(Counted::Found(found)) if found >= statement::MOST => RowCount::AtLeast(statement::MOST),
            Ok(Counted::Found(found)) => RowCount::Rows(found),
            Ok(Counted::Unsafe(what)) => {
                let message = format!("it could run {what}, with the rights of the current role");
                RowCount::Unanswered { message }
            }
            Err(NoAnswer::Refused(error)) => no_count(&error, question),
            Err(NoAnswer::TooLate(_)) => RowCount::TimedOut,
            Err(silent) => RowCount::Unanswered { message: silent.to_string() },
        }
    }
}

/// The owner of a table may have put code of his own into an index, or a view into its place.
async fn count(session: &Session, question: &Question, limit: Duration) -> Result<Counted, SqlError> {
    let sql = statement::statement(question, session.server_version());
    let (begin, tables) = (begin(limit), question.tables());
    let guarded = Guarded { begin: &begin, tables: &tables, statement: &sql, to_be: Use::Asked };
    let counted = match guarded.begin(session).await {
        Ok(Safety::Safe) => found(session, &sql).await.map(Counted::Found),
        Ok(Safety::Unsafe(what)) => Ok(Counted::Unsafe(what)),
        Err(error) => Err(error),
    };
    session.client().batch_execute("ROLLBACK").await?;
    counted
}

/// A question is one statement, however odd its conditions are: the protocol takes no second one here.
async fn found(session: &Session, sql: &str) -> Result<u64, SqlError> {
    let answer = session.client().query_typed(sql, &[]).await?;
    let found = answer.first().and_then(|row| row.try_get::<_, i64>(0).ok());
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
fn no_count(error: &SqlError, question: &Question) -> RowCount {
    let is = |code: &SqlState| error.is(code);
    let class = error.sqlstate.as_deref().and_then(|code| code.get(..2)).unwrap_or_default();
    if is(&SqlState::QUERY_CANCELED) {
        return RowCount::TimedOut;
    }
    if is(&SqlState::LOCK_NOT_AVAILABLE) {
        return RowCount::Locked;
    }
    if is(&SqlState::INSUFFICIENT_PRIVILEGE) {
        return RowCount::NotAllowed;
    }
    // Where the new value itself cannot be computed, or an expression of a key, another question says so.
    let is_of_key = matches!(
        question.about,
        About::Duplicates { .. } | About::Conflicts { .. } | About::Refreshed { .. }
    );
    let may_be_the_files = question.new_values.is_empty() && !is_of_key;
    match (class, question.consequence) {
        // What a function raises, it raises for the file as well.
        ("22" | "23" | "P0", Consequence::Fails) if may_be_the_files => RowCount::AtLeast(1),
        ("42" | "3F", _) => RowCount::NotThere { message: error.to_string() },
        _ => RowCount::Unanswered { message: without_values(error) },
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
