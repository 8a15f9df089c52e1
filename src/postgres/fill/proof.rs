//! The proof that a plan works: a few rows of each table, with all that they refer to, are written in a transaction that is
//! rolled back. So a trigger that refuses, a policy or a check that nobody has thought of is told before a row is there.

use bytes::{BufMut, Bytes, BytesMut};
use futures_util::SinkExt;
use std::collections::BTreeSet;
use std::fmt;
use std::pin::pin;
use std::time::Duration;
use tokio_postgres::{Client, Error};

use crate::connect::{OFF_FOR_THE_TRANSACTION, Session};
use crate::diagnosis::{Diagnose, Diagnosis};
use crate::fill::{FillPlan, FillTable, ValueSource, parents_first};
use crate::postgres::citus::Citus;
use crate::postgres::load::{
    InsertTrigger, column_list, foreign_keys_to_put_off, insert_triggers, rows_inserted, tell_triggers,
    truncate_triggers,
};
use crate::postgres::message::{Message, Purpose};
use crate::postgres::settled::SETTLED;
use crate::postgres::sql_error::SqlError;

/// How many rows of each table are tried, beside those that these refer to.
const ROWS: u64 = 20;

/// Why a plan does not work.
#[derive(Debug, thiserror::Error)]
#[error("{table} cannot be {step}: {cause}")]
pub struct ProofError {
    /// The table.
    pub table: String,
    /// What was tried.
    pub step: TriedStep,
    /// Why.
    pub cause: NotTaken,
    /// What ran for the rows.
    pub triggers: Vec<InsertTrigger>,
}

/// What is tried with a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TriedStep {
    /// To take its rows out.
    Empty,
    /// To put rows into it.
    Fill,
}

impl fmt::Display for TriedStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            TriedStep::Empty => "emptied",
            TriedStep::Fill => "filled",
        })
    }
}

/// Why a table does not take its rows.
#[derive(Debug, thiserror::Error)]
pub enum NotTaken {
    /// What the server said.
    #[error(transparent)]
    Sql(#[from] SqlError),
    /// A value that the server computes from others may be none.
    #[error("{source}, perhaps for {columns}, which the server computes")]
    Computed {
        /// The columns.
        columns: String,
        /// What the server said.
        source: SqlError,
    },
    /// The server has taken rows, and kept fewer.
    #[error("a trigger keeps rows out")]
    KeptOut,
    /// Rows come into it when others are filled.
    #[error("triggers write rows into it, too")]
    WrittenByTriggers,
    /// A foreign key closes a circle, and has to hold all the time.
    #[error("{0} cannot be met: it closes a circle, and can neither be dropped meanwhile nor deferred")]
    Circle(String),
}

impl ProofError {
    /// The table into which triggers write rows, where that is why.
    pub fn written_by_triggers(&self) -> Option<&str> {
        matches!(self.cause, NotTaken::WrittenByTriggers).then_some(self.table.as_str())
    }

    /// The foreign key that closes a circle, with its table, where that is why.
    pub fn closes_circle(&self) -> Option<(&str, &str)> {
        match &self.cause {
            NotTaken::Circle(key) => Some((&self.table, key)),
            _ => None,
        }
    }
}

impl Diagnose for ProofError {
    fn diagnosis(&self) -> Diagnosis {
        let diagnosis = match &self.cause {
            NotTaken::Sql(source) | NotTaken::Computed { source, .. } => source.diagnosis().told_as(self),
            NotTaken::KeptOut | NotTaken::WrittenByTriggers => Diagnosis::of(self, "fill"),
            NotTaken::Circle(_) => Diagnosis::of(self, "fill").hint(
                "the owner of the table can put it off, where no event trigger looks at DDL; or make it DEFERRABLE",
            ),
        };
        let tried = match (&self.cause, self.step) {
            (NotTaken::Circle(_), _) | (_, TriedStep::Empty) => "No row was written.",
            _ => "A few rows were tried first, and taken back: no row was written.",
        };
        let when = match self.step {
            TriedStep::Empty => "when a table is emptied",
            TriedStep::Fill => "for new rows",
        };
        tell_triggers(diagnosis.state(vec![tried.to_owned()]), when, &self.triggers)
    }
}

/// Tries a plan, and leaves nothing behind but the numbers that triggers have drawn from sequences. `truncate` are tables that are to be
/// emptied before; `lock_timeout` is how long to wait for a lock on a table.
///
/// # Errors
/// The first refusal.
pub async fn prove(
    session: &Session,
    plan: &FillPlan,
    truncate: &[String],
    (citus, lock_timeout): (Citus, Duration),
) -> Result<(), ProofError> {
    let client = session.client();
    let failed = |source: SqlError| refused("the database", source.into());
    let tables: Vec<String> = plan.filled().map(|(_, table, _)| table.sql.clone()).collect();
    let triggers = insert_triggers(client, &tables).await;
    let begun = opening(session, citus, lock_timeout).send(client, |_, _| {}).await;
    begun.map_err(|message| failed(message.error))?;
    let trial = FillTrial { session, plan, has_triggers: !triggers.is_empty() };
    let tried = async {
        trial.empty(truncate).await?;
        trial.fill().await
    };
    let mut tried = tried.await;
    let _ = client.batch_execute("ROLLBACK").await;
    if let Err(error) = &mut tried {
        error.triggers = match error.step {
            TriedStep::Fill => triggers,
            TriedStep::Empty => truncate_triggers(client, &without_only(truncate)).await,
        };
    }
    tried
}

fn refused(table: &str, cause: NotTaken) -> ProofError {
    ProofError { table: table.to_owned(), step: TriedStep::Fill, cause, triggers: Vec::new() }
}

fn failed(table: &str, error: Error) -> ProofError {
    refused(table, SqlError::from(error).into())
}

fn not_taken(table: &FillTable, error: Error) -> ProofError {
    let source = SqlError::from(error);
    let computed = table.columns.iter().filter(|column| column.computed.is_some());
    let columns = computed.map(|column| column.name.as_str()).collect::<Vec<&str>>().join(", ");
    // Data that the server cannot read: those that pmdb makes, it can.
    let cause = match source.is_of_class("22") && !columns.is_empty() {
        true => NotTaken::Computed { columns, source },
        false => source.into(),
    };
    refused(&table.shown(), cause)
}

fn without_only(tables: &[String]) -> Vec<String> {
    tables.iter().map(|table| table.trim_start_matches("ONLY ").to_owned()).collect()
}

fn opening(session: &Session, citus: Citus, lock_timeout: Duration) -> Message {
    Message::marked("", session.position_unit(), citus.delivery())
        .own(Purpose::Frame, &["BEGIN".to_owned(), format!("SELECT {OFF_FOR_THE_TRANSACTION}, {SETTLED}")])
        .own(Purpose::Frame, &citus.lock_timeout(lock_timeout.as_millis()))
        .own(Purpose::Frame, citus.sequential().as_slice())
}

/// A plan that is tried within a transaction.
struct FillTrial<'a> {
    session: &'a Session,
    plan: &'a FillPlan,
    /// Whether anything of the user's runs for new rows.
    has_triggers: bool,
}

impl FillTrial<'_> {
    async fn empty(&self, tables: &[String]) -> Result<(), ProofError> {
        if tables.is_empty() {
            return Ok(());
        }
        let empty = format!("TRUNCATE {}", tables.join(", "));
        let emptied = self.session.client().batch_execute(&empty).await;
        let names = || without_only(tables).join(", ");
        emptied.map_err(|error| ProofError { step: TriedStep::Empty, ..failed(&names(), error) })
    }

    async fn fill(&self) -> Result<(), ProofError> {
        let (client, plan) = (self.session.client(), self.plan);
        let circles = circles_to_break(self.session, plan).await?;
        let deferred = client.batch_execute("SET CONSTRAINTS ALL DEFERRED").await;
        deferred.map_err(|error| failed("the database", error))?;
        for (table, drop) in circles {
            client.batch_execute(&drop).await.map_err(|error| failed(&table, error))?;
        }
        let order = parents_first(&plan.tables);
        for (place, described, _) in plan.filled() {
            let sample = plan.sample(place, ROWS);
            let savepoint = "SAVEPOINT pmdb_proof";
            client.batch_execute(savepoint).await.map_err(|error| failed("the database", error))?;
            for table in &order {
                if let Some(rows) = sample.get(table) {
                    self.write(*table, rows).await?;
                }
            }
            let back = "SET CONSTRAINTS ALL IMMEDIATE; ROLLBACK TO SAVEPOINT pmdb_proof";
            client.batch_execute(back).await.map_err(|error| failed(&described.shown(), error))?;
        }
        Ok(())
    }

    /// Writes some rows of a table, and looks whether these are all that have been written, and are there.
    async fn write(&self, place: usize, rows: &BTreeSet<u64>) -> Result<(), ProofError> {
        let (client, plan) = (self.session.client(), self.plan);
        let Some(described) = plan.tables.get(place) else { return Ok(()) };
        let mut buffer = BytesMut::new();
        buffer.put_slice(b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0");
        for row in rows {
            plan.write(place, *row..row + 1, &mut buffer);
        }
        buffer.put_i16(-1);
        let columns = column_list(&plan.given_columns(place));
        let copy = format!("COPY {}{columns} FROM STDIN (FORMAT binary)", described.sql);
        let before = self.inserted().await?;
        let written = copy_in(client, &copy, buffer.freeze()).await;
        let kept = written.map_err(|error| not_taken(described, error))?;
        if kept < rows.len() as u64 {
            return Err(refused(&described.shown(), NotTaken::KeptOut));
        }
        for ((at, table, _), (before, after)) in
            plan.filled().zip(before.into_iter().zip(self.inserted().await?))
        {
            let own = if at == place { kept } else { 0 };
            if after > before + own {
                return Err(refused(&table.shown(), NotTaken::WrittenByTriggers));
            }
        }
        Ok(())
    }

    /// How many rows this transaction has put into each of the tables that are filled; nothing where no trigger could write others.
    async fn inserted(&self) -> Result<Vec<u64>, ProofError> {
        if !self.has_triggers {
            return Ok(Vec::new());
        }
        let tables: Vec<String> = self.plan.filled().map(|(_, table, _)| table.sql.clone()).collect();
        let counted = rows_inserted(self.session.client(), &tables).await;
        counted.map_err(|error| failed("the database", error))
    }
}

/// Statements that drop the foreign keys that close a circle among empty tables, each with its table, where loading puts them off, too. One
/// that is neither put off nor checked at the end of the transaction cannot hold at any time.
async fn circles_to_break(session: &Session, plan: &FillPlan) -> Result<Vec<(String, String)>, ProofError> {
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
    let drops = asked_aside(session.client(), &keys).await.map_err(|error| failed("the database", error))?;
    for ((table, key), drop) in closing.iter().zip(&drops) {
        let is_put_off = drop.is_some() && table.rows == Some(0);
        if !is_put_off && !key.is_deferrable {
            return Err(refused(&table.shown(), NotTaken::Circle(key.name.clone())));
        }
    }
    let both = closing.iter().zip(drops).filter(|((table, _), _)| table.rows == Some(0));
    Ok(both.filter_map(|((table, _), drop)| Some((table.shown(), drop?))).collect())
}

/// What drops these foreign keys, asked so that the search path stays by which triggers find their tables.
async fn asked_aside(client: &Client, keys: &[(String, String)]) -> Result<Vec<Option<String>>, Error> {
    client.batch_execute("SAVEPOINT pmdb_proof").await?;
    let drops = foreign_keys_to_put_off(client, keys).await?;
    client.batch_execute("ROLLBACK TO SAVEPOINT pmdb_proof").await?;
    Ok(drops)
}

async fn copy_in(client: &Client, copy: &str, rows: Bytes) -> Result<u64, Error> {
    let mut sink = pin!(client.copy_in::<_, Bytes>(copy).await?);
    sink.send(rows).await?;
    sink.finish().await
}
