//! The proof that a plan works: a few rows of each table, with all that they refer to, are written in a transaction that is
//! rolled back. So a trigger that refuses, a policy or a check that nobody has thought of is told before a row is there.

use bytes::{BufMut, Bytes, BytesMut};
use futures_util::SinkExt;
use postgres_protocol::escape::escape_identifier;
use std::pin::pin;
use thiserror::Error;

use crate::connect::Session;
use crate::diagnosis::{Diagnose, Diagnosis};
use crate::fill::{FillPlan, parents_first};
use crate::postgres::sql_error::SqlError;

/// How many rows of each table are tried, beside those that these refer to.
const ROWS: u64 = 20;

/// Why a plan does not work.
#[derive(Debug, Error)]
#[error("{table} cannot be filled: {source}")]
pub struct ProofError {
    /// The table.
    pub table: String,
    /// What the server said.
    pub source: SqlError,
}

impl Diagnose for ProofError {
    fn diagnosis(&self) -> Diagnosis {
        self.source
            .diagnosis()
            .told_as(self)
            .state(vec!["A few rows were tried first, and taken back: no row was written.".to_owned()])
    }
}

/// Tries a plan, and leaves nothing behind. `truncate` are tables that are to be emptied before.
///
/// # Errors
/// The first refusal.
pub async fn prove(session: &Session, plan: &FillPlan, truncate: &[String]) -> Result<(), ProofError> {
    let client = session.client();
    let failed = |table: &str, error: tokio_postgres::Error| ProofError {
        table: table.to_owned(),
        source: error.into(),
    };
    let begin = "BEGIN; SET LOCAL lock_timeout = '5s'";
    client.batch_execute(begin).await.map_err(|error| failed("the database", error))?;
    let tried = try_out(session, plan, truncate).await;
    let _ = client.batch_execute("ROLLBACK").await;
    tried
}

async fn try_out(session: &Session, plan: &FillPlan, truncate: &[String]) -> Result<(), ProofError> {
    let client = session.client();
    let failed = |table: &str, error: tokio_postgres::Error| ProofError {
        table: table.to_owned(),
        source: error.into(),
    };
    if !truncate.is_empty() {
        let empty = format!("TRUNCATE {}", truncate.join(", "));
        client.batch_execute(&empty).await.map_err(|error| failed("a table", error))?;
    }
    let order = parents_first(&plan.tables);
    client.batch_execute(&without_circles(plan, &order)).await.map_err(|error| failed("a table", error))?;
    for (place, _, _) in plan.filled() {
        let sample = plan.sample(place, ROWS);
        let savepoint = "SAVEPOINT pmdb_proof";
        client.batch_execute(savepoint).await.map_err(|error| failed("the database", error))?;
        for table in order.iter().filter(|table| sample.contains_key(table)) {
            let Some(described) = plan.tables.get(*table) else { continue };
            let mut buffer = BytesMut::new();
            buffer.put_slice(b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0");
            for row in sample.get(table).into_iter().flatten() {
                plan.write(*table, *row..row + 1, &mut buffer);
            }
            buffer.put_i16(-1);
            let columns = plan.given_columns(*table).join(", ");
            let copy = format!("COPY {} ({columns}) FROM STDIN (FORMAT binary)", described.sql);
            write(client, &copy, buffer.freeze()).await.map_err(|error| failed(&described.shown(), error))?;
        }
        let back = "ROLLBACK TO SAVEPOINT pmdb_proof";
        client.batch_execute(back).await.map_err(|error| failed("the database", error))?;
    }
    Ok(())
}

/// Drops the foreign keys that close a circle among empty tables: loading puts them off, too.
fn without_circles(plan: &FillPlan, order: &[usize]) -> String {
    let place_of = |table: usize| order.iter().position(|one| *one == table);
    let mut statements = vec!["SET CONSTRAINTS ALL DEFERRED".to_owned()];
    for (place, table, _) in plan.filled().filter(|(_, table, _)| table.rows == Some(0)) {
        for key in table.foreign_keys.iter().filter(|key| place_of(key.parent) > place_of(place)) {
            statements.push(format!(
                "ALTER TABLE {} DROP CONSTRAINT {}",
                table.sql,
                escape_identifier(&key.name)
            ));
        }
    }
    statements.join("; ")
}

async fn write(
    client: &tokio_postgres::Client,
    copy: &str,
    rows: Bytes,
) -> Result<(), tokio_postgres::Error> {
    let mut sink = pin!(client.copy_in::<_, Bytes>(copy).await?);
    sink.send(rows).await?;
    sink.finish().await.map(|_| ())
}
