//! The shape of a database: one question to its catalog, which writes nothing and waits for nobody.

mod read;

use tokio_postgres::SimpleQueryRow;

use super::citus::{self, CITUS, Citus};
use super::own_path::{Lasting, by_own_path};
use super::rows::rows;
use super::sql_error::SqlError;
use crate::connect::Session;
use crate::fill::Shape;

/// The catalog alone is read; that limits what somebody locks there. Compiling takes longer than it saves, and the planner
/// guesses a few rows where there are thousands.
const BEGIN: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL lock_timeout = '1s'; \
     SET LOCAL statement_timeout = '30s'; SET LOCAL jit = off; SET LOCAL enable_nestloop = off; \
     SET LOCAL max_parallel_workers_per_gather = 0;";

/// Reads the shape of the session's database, in one round trip, or two on Citus. What this role may not see is said in [`Shape::gaps`]. The
/// session must not be in a transaction.
///
/// # Errors
/// What the server said: the connection is lost, or even its catalog is locked.
pub async fn read_shape(session: &Session) -> Result<Shape, SqlError> {
    let server = format!("SELECT pg_catalog.current_setting('server_version') AS server, {CITUS}");
    let answer = ask(session, &format!("{server}; {}", include_str!("shape.sql"))).await?;
    let mut shape = read::shape(&answer);
    if answer.first().map(Citus::of) == Some(Citus::Present) {
        read::count_on_citus(&mut shape, &ask(session, citus::RELATIONS).await?);
    }
    Ok(shape)
}

async fn ask(session: &Session, question: &str) -> Result<Vec<SimpleQueryRow>, SqlError> {
    let question = by_own_path(Lasting::ForTheTransaction, question.trim_end().trim_end_matches(';'));
    let answer = rows(session.client(), &format!("{BEGIN} {question}; COMMIT")).await;
    if answer.is_err() {
        // A failure shows in whatever the session is used for next.
        let _ = session.client().batch_execute("ROLLBACK").await;
    }
    Ok(answer?)
}
