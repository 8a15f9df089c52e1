//! The proof that a plan works: a few rows of each table, with all that they refer to, are written in a transaction that is
//! rolled back. So a trigger that refuses, a policy or a check that nobody has thought of is told before a row is there.

use bytes::{BufMut, Bytes, BytesMut};
use futures_util::SinkExt;
use std::pin::pin;
use std::time::Duration;
use thiserror::Error;

use crate::connect::{OFF_FOR_THE_TRANSACTION, Session};
use crate::diagnosis::{Diagnose, Diagnosis};
use crate::fill::{FillPlan, FillTable, ValueSource, parents_first};
use crate::postgres::citus::Citus;
use crate::postgres::load::{
    InsertTrigger, column_list, foreign_keys_to_put_off, insert_triggers, tell_triggers,
};
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
    /// A foreign key closes a circle, and has to hold all the time.
    #[error("{0} cannot be met: it closes a circle, and can neither be dropped meanwhile nor deferred")]
    Circle(String),
}

impl Diagnose for ProofError {
    fn diagnosis(&self) -> Diagnosis {
        let diagnosis = match &self.cause {
            NotTaken::Sql(source) => source.diagnosis().told_as(self),
            NotTaken::KeptOut => Diagnosis::of(self, "fill"),
            NotTaken::Circle(_) => Diagnosis::of(self, "fill").hint(
                "the owner of the table can put it off, where no event trigger looks at DDL; or make it DEFERRABLE",
            ),
        };
        let tried = match &self.cause {
            NotTaken::Circle(_) => "No row was written.",
            _ => "A few rows were tried first, and taken back: no row was written.",
        };
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
    let begun = opening(session, citus).send(client, |_, _| {}).await;
    begun.map_err(|message| failed(message.error))?;
    let mut tried = try_out(session, plan, truncate).await;
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

async fn try_out(session: &Session, plan: &FillPlan, truncate: &[String]) -> Result<(), ProofError> {
    let client = session.client();
    let circles = circles_to_break(session, plan).await?;
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
            let columns = column_list(&plan.given_columns(*table));
            let copy = format!("COPY {}{columns} FROM STDIN (FORMAT binary)", described.sql);
            let written = write(client, &copy, buffer.freeze()).await;
            let kept = written.map_err(|error| failed(&described.shown(), error))?;
            if kept < sample.get(table).map_or(0, |rows| rows.len() as u64) {
                return Err(refused(&described.shown(), NotTaken::KeptOut));
            }
        }
        let back = "SET CONSTRAINTS ALL IMMEDIATE; ROLLBACK TO SAVEPOINT pmdb_proof";
        let name = plan.tables.get(place).map(FillTable::shown).unwrap_or_default();
        client.batch_execute(back).await.map_err(|error| failed(&name, error))?;
    }
    Ok(())
}

/// Statements that drop the foreign keys that close a circle among empty tables, where loading puts them off, too. One that is neither
/// put off nor checked at the end of the transaction cannot hold at any time.
async fn circles_to_break(session: &Session, plan: &FillPlan) -> Result<Vec<String>, ProofError> {
    let order = parents_first(&plan.tables);
    let place_of = |table: usize| order.iter().position(|one| *one == table);
    let mut closing = Vec::new();
    for (place, table, fill) in plan.filled() {
        let is_made = |column: &usize| {
            !matches!(fill.sources.get(*column), Some(ValueSource::Null | ValueSource::LeftOut))
        };
        let keys = table.foreign_keys.iter().filter(|key| {
            place_of(key.parent) > place_of(place)
                && plan.fills.get(key.parent).is_some_and(Option::is_some)
                && key.columns.iter().all(is_made)
        });
        closing.extend(keys.map(|key| (table, key)));
    }
    if closing.is_empty() {
        return Ok(Vec::new());
    }
    let keys: Vec<(String, String)> =
        closing.iter().map(|(table, key)| (table.sql.clone(), key.name.clone())).collect();
    let drops = foreign_keys_to_put_off(session.client(), &keys).await;
    let drops = drops.map_err(|error| refused("the database", SqlError::from(error).into()))?;
    for ((table, key), drop) in closing.iter().zip(&drops) {
        let is_put_off = drop.is_some() && table.rows == Some(0);
        if !is_put_off && !key.is_deferrable {
            return Err(refused(&table.shown(), NotTaken::Circle(key.name.clone())));
        }
    }
    let both = closing.iter().zip(drops).filter(|((table, _), _)| table.rows == Some(0));
    Ok(both.filter_map(|(_, drop)| drop).collect())
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
