//! The proof that a plan works: a few rows of each table, with all that they refer to, are written in a transaction that is
//! rolled back. So a trigger that refuses, a policy or a check that nobody has thought of is told before a row is there.

use bytes::{BufMut, Bytes, BytesMut};
use futures_util::SinkExt;
use std::pin::pin;
use std::time::Duration;
use thiserror::Error;

use crate::connect::{OFF_FOR_THE_TRANSACTION, Session};
use crate::diagnosis::{Diagnose, Diagnosis};
use crate::fill::{FillPlan, parents_first};
use crate::postgres::citus::Citus;
use crate::postgres::load::{InsertTrigger, foreign_keys_to_put_off, insert_triggers, tell_triggers};
use crate::postgres::message::{Message, Purpose};
use crate::postgres::settled::SETTLED;
use crate::postgres::sql_error::SqlError;

/// How many rows of each table are tried, beside those that these refer to.
const ROWS: u64 = 20;

/// How long the trial waits for a lock on a table.
const LOCK_TIMEOUT: Duration = Duration::from_secs(5);

/// Why a plan does not work.
#[derive(Debug, Error)]
#[error("{table} cannot be filled: {cause}")]
pub struct ProofError {
    /// The table.
    pub table: String,
    /// Why.
    pub cause: NotTaken,
    /// What ran for the rows.
    pub triggers: Vec<InsertTrigger>,
}

/// Why a table does not take its rows.
#[derive(Debug, Error)]
pub enum NotTaken {
    /// What the server said.
    #[error(transparent)]
    Sql(#[from] SqlError),
    /// The server has taken rows, and kept fewer.
    #[error("a trigger keeps rows out")]
    KeptOut,
}

impl Diagnose for ProofError {
    fn diagnosis(&self) -> Diagnosis {
        let diagnosis = match &self.cause {
            NotTaken::Sql(source) => source.diagnosis().told_as(self),
            NotTaken::KeptOut => Diagnosis::of(self, "fill"),
        };
        let tried = "A few rows were tried first, and taken back: no row was written.";
        tell_triggers(diagnosis.state(vec![tried.to_owned()]), &self.triggers)
    }
}

/// Tries a plan, and leaves nothing behind. `truncate` are tables that are to be emptied before.
///
/// # Errors
/// The first refusal.
pub async fn prove(
    session: &Session,
    plan: &FillPlan,
    truncate: &[String],
    citus: Citus,
) -> Result<(), ProofError> {
    let client = session.client();
    let failed = |source: SqlError| refused("the database", source.into());
    let circles = circles_to_break(session, plan).await.map_err(failed)?;
    let begun = opening(session, citus).send(client, |_, _| {}).await;
    begun.map_err(|message| failed(message.error))?;
    let mut tried = try_out(session, plan, truncate, &circles).await;
    let _ = client.batch_execute("ROLLBACK").await;
    if let Err(error) = &mut tried {
        let tables: Vec<String> = plan.filled().map(|(_, table, _)| table.sql.clone()).collect();
        error.triggers = insert_triggers(client, &tables).await;
    }
    tried
}

fn refused(table: &str, cause: NotTaken) -> ProofError {
    ProofError { table: table.to_owned(), cause, triggers: Vec::new() }
}

fn opening(session: &Session, citus: Citus) -> Message {
    Message::marked("", session.position_unit(), citus.delivery())
        .own(Purpose::Frame, &["BEGIN".to_owned(), format!("SELECT {OFF_FOR_THE_TRANSACTION}, {SETTLED}")])
        .own(Purpose::Frame, &citus.lock_timeout(LOCK_TIMEOUT.as_millis()))
        .own(Purpose::Frame, citus.sequential().as_slice())
}

async fn try_out(
    session: &Session,
    plan: &FillPlan,
    truncate: &[String],
    circles: &[String],
) -> Result<(), ProofError> {
    let client = session.client();
    let failed = |table: &str, error: tokio_postgres::Error| refused(table, SqlError::from(error).into());
    if !truncate.is_empty() {
        let empty = format!("TRUNCATE {}", truncate.join(", "));
        client.batch_execute(&empty).await.map_err(|error| failed(&truncate.join(", "), error))?;
    }
    let order = parents_first(&plan.tables);
    let deferred = "SET CONSTRAINTS ALL DEFERRED";
    for statement in [deferred].into_iter().chain(circles.iter().map(String::as_str)) {
        client.batch_execute(statement).await.map_err(|error| failed("a table", error))?;
    }
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
            let written = write(client, &copy, buffer.freeze()).await;
            let kept = written.map_err(|error| failed(&described.shown(), error))?;
            if kept < sample.get(table).map_or(0, |rows| rows.len() as u64) {
                return Err(refused(&described.shown(), NotTaken::KeptOut));
            }
        }
        let back = "ROLLBACK TO SAVEPOINT pmdb_proof";
        client.batch_execute(back).await.map_err(|error| failed("the database", error))?;
    }
    Ok(())
}

/// Statements that drop the foreign keys that close a circle among empty tables, where loading puts them off, too.
async fn circles_to_break(session: &Session, plan: &FillPlan) -> Result<Vec<String>, SqlError> {
    let order = parents_first(&plan.tables);
    let place_of = |table: usize| order.iter().position(|one| *one == table);
    let mut closing = Vec::new();
    for (place, table, _) in plan.filled().filter(|(_, table, _)| table.rows == Some(0)) {
        let keys = table.foreign_keys.iter().filter(|key| place_of(key.parent) > place_of(place));
        closing.extend(keys.map(|key| (table.sql.clone(), key.name.clone())));
    }
    match closing.is_empty() {
        true => Ok(Vec::new()),
        false => Ok(foreign_keys_to_put_off(session.client(), &closing).await?),
    }
}

async fn write(
    client: &tokio_postgres::Client,
    copy: &str,
    rows: Bytes,
) -> Result<u64, tokio_postgres::Error> {
    let mut sink = pin!(client.copy_in::<_, Bytes>(copy).await?);
    sink.send(rows).await?;
    sink.finish().await
}
