//! How large and how busy a database is: one question, which writes nothing and waits for nobody.

mod read;

use std::collections::BTreeSet;
use std::time::Duration;

use postgres_protocol::escape::escape_literal;
use tokio_postgres::SimpleQueryRow;

use super::citus::{self, CITUS, Citus};
use super::inquiry::{Inquiry, NoAnswer};
use super::own_path::{Lasting, by_own_path};
use super::rows::rows;
use super::sql_error::{SqlError, Transient};
use crate::connect::Session;
use crate::impact::{Gap, TargetStats};

/// From when on a transaction counts as one that has been open for a while.
const A_WHILE: &str = "1 second";

/// With whether there is Citus: the sizes of its tables are asked for in a message of their own.
fn server() -> String {
    format!(
        "SELECT pg_catalog.current_setting('server_version') AS server, pg_catalog.pg_is_in_recovery() AS standby, {CITUS}"
    )
}

/// All of it sees the database at one point in time. What is locked is left alone; that limits what somebody locks in the very
/// moment. Compiling takes longer than it saves, and the planner guesses a few rows where there are thousands.
const BEGIN: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL lock_timeout = '50ms'; \
     SET LOCAL statement_timeout = '5s'; SET LOCAL jit = off; SET LOCAL enable_nestloop = off; \
     SET LOCAL max_parallel_workers_per_gather = 0;";

/// How long all of it may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// Where sizes come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sizes {
    /// From the files, except those that are locked.
    Measured,
    /// From the catalog: as the last VACUUM or ANALYZE found them.
    Remembered,
}

/// Of which relations sizes are read: to open a thousand tables takes a server longer than all else here.
#[derive(Debug, Clone, Copy)]
pub enum SizesOf<'a> {
    /// Of all.
    All,
    /// Of those with one of these names, in whatever schema, with their partitions, children and indexes, the tables whose rows go
    /// along with theirs, and those that refer to them.
    Named(&'a BTreeSet<String>),
}

/// Reads what is known of the session's database, in one round trip, or two on Citus. What this role may not see is said in
/// [`TargetStats::gaps`]. The session must not be in a transaction.
///
/// # Errors
/// The connection is lost, even the catalog is locked, or the server does not answer in time.
pub async fn target_stats(inquiry: &Inquiry<'_>, of: SizesOf<'_>) -> Result<TargetStats, NoAnswer> {
    inquiry.answer(PATIENCE, read_all(inquiry.session(), of)).await
}

async fn read_all(session: &Session, of: SizesOf<'_>) -> Result<TargetStats, SqlError> {
    let everything = |sizes| [server(), relations(sizes, of), transactions(), replicas()].join("; ");
    let (mut rows, mut gaps) = match ask_patiently(session, everything).await {
        Ok(rows) => (rows, Vec::new()),
        Err(error) if error.is_connection_lost() || error.transient().is_some() => return Err(error),
        Err(_) => one_by_one(session, of).await?,
    };
    if rows.iter().any(|row| Citus::of(row) == Citus::Present) {
        match ask(session, without_end(citus::RELATIONS)).await {
            // What is known of a table by the coordinator alone gives way.
            Ok(shards) => rows.extend(shards),
            Err(error) if error.is_connection_lost() => return Err(error),
            Err(error) => gaps.push(Gap::Refused {
                what: "the sizes of distributed tables".to_owned(),
                message: error.to_string(),
            }),
        }
    }
    let mut stats = read::target_stats(&rows);
    stats.gaps.extend(gaps);
    Ok(stats)
}

/// The same where the server refuses a question: the others are asked alone.
async fn one_by_one(session: &Session, of: SizesOf<'_>) -> Result<(Vec<SimpleQueryRow>, Vec<Gap>), SqlError> {
    let question = |sizes| format!("{}; {}", server(), relations(sizes, of));
    let mut all = ask_patiently(session, question).await?;
    let mut refused = Vec::new();
    for (what, question) in [("open transactions", transactions()), ("replicas", replicas())] {
        match ask(session, &question).await {
            Ok(rows) => all.extend(rows),
            Err(error) if error.is_connection_lost() => return Err(error),
            Err(error) => refused.push(Gap::Refused { what: what.to_owned(), message: error.to_string() }),
        }
    }
    Ok((all, refused))
}

/// Another session may lock a relation between the look at the locks and the measuring. The next time it is seen.
async fn ask_patiently(
    session: &Session,
    questions: impl Fn(Sizes) -> String,
) -> Result<Vec<SimpleQueryRow>, SqlError> {
    for _ in 0..2 {
        match ask(session, &questions(Sizes::Measured)).await {
            Err(error) if error.transient() == Some(Transient::LockTimeout) => {}
            answer => return answer,
        }
    }
    ask(session, &questions(Sizes::Remembered)).await
}

async fn ask(session: &Session, questions: &str) -> Result<Vec<SimpleQueryRow>, SqlError> {
    let questions = by_own_path(Lasting::ForTheTransaction, questions);
    let answer = rows(session.client(), &format!("{BEGIN} {questions}; COMMIT")).await;
    if answer.is_err() {
        // A failure shows in whatever the session is used for next.
        let _ = session.client().batch_execute("ROLLBACK").await;
    }
    Ok(answer?)
}

fn relations(sizes: Sizes, of: SizesOf<'_>) -> String {
    let measure = if sizes == Sizes::Measured { "true" } else { "false" };
    let asked = match of {
        SizesOf::All => "true".to_owned(),
        SizesOf::Named(names) if names.is_empty() => "false".to_owned(),
        SizesOf::Named(names) => {
            let names: Vec<String> = names.iter().map(|name| escape_literal(name)).collect();
            format!("relname IN ({})", names.join(", "))
        }
    };
    without_end(include_str!("relations.sql")).replace(":measure", measure).replace(":asked", &asked)
}

fn transactions() -> String {
    without_end(include_str!("transactions.sql")).replace(":a_while", A_WHILE)
}

fn replicas() -> String {
    without_end(include_str!("replicas.sql")).to_owned()
}

fn without_end(file: &'static str) -> &'static str {
    file.trim_end().trim_end_matches(';')
}
