//! What an operation does on tables with rows, found out without pmdb.

use std::time::Duration;

use tokio::time::{sleep, timeout};
use tokio_postgres::Client;

use super::counters::{Counters, Done, empty_tables};
use super::operation::{Operation, Run};
use super::probe::{self, Met, Relation};
use super::truth::Truth;
use super::world::{keep, server, world};
use super::{OPERATIONS, check};
use crate::support::{Database, PATIENCE, side_by_side};

/// How long another session waits before it is held to be blocked.
const LOCK_TIMEOUT: &str = "SET lock_timeout = '50ms'";

/// So that the session itself reads and counts everything, and finds no shorter way through an index.
const COUNTED: &str = "SET max_parallel_workers_per_gather = 0; SET max_parallel_maintenance_workers = 0; \
                       SET enable_indexscan = off; SET enable_indexonlyscan = off; SET enable_bitmapscan = off";

#[test]
fn the_library_says_what_the_operations_do_on_tables_with_rows() {
    let wrong = side_by_side(&OPERATIONS, |operation| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(disagreement(operation))
    });
    check(wrong.into_iter().flatten());
}

/// What differs between the library and the server.
async fn disagreement(operation: &Operation) -> Option<String> {
    let database = world();
    let Operation { name, sql, .. } = operation;
    let truth = operation.truth(server().major());
    let seen = match watch(&database, operation).await {
        Ok(seen) => seen,
        Err(error) => return Some(format!("{name}\n{sql}  {error:?}")),
    };
    if operation.leaves_nothing() {
        keep(database);
    }
    let (found, blocked) = (seen.truth(&truth), seen.met.unlike(&truth, &seen.relations));
    (found != truth || !blocked.is_empty())
        .then(|| format!("{name}\n{sql}  the library says\n{truth}  the server does\n{found}{blocked}"))
}

/// What was seen of an operation.
struct Seen {
    relations: Vec<Relation>,
    met: Met,
    done: Done,
}

async fn watch(database: &Database, operation: &Operation) -> Result<Seen, tokio_postgres::Error> {
    let (runner, other) = (database.client().await, database.client().await);
    runner.batch_execute(&operation.given).await?;
    runner.batch_execute(COUNTED).await?;
    other.batch_execute(LOCK_TIMEOUT).await?;
    let relations = probe::relations(&other).await;
    let (met, done) = match &operation.run {
        Run::InTransaction => in_transaction(&runner, &other, &relations, operation).await?,
        Run::Outside { meanwhile } => {
            let holder = database.client().await;
            holder.batch_execute(&format!("BEGIN; {meanwhile}")).await?;
            outside(&runner, &other, &holder, &relations, operation).await?
        }
    };
    Ok(Seen { relations, met, done })
}

/// What others meet once the operation is done and its transaction still open.
async fn in_transaction(
    runner: &Client,
    other: &Client,
    relations: &[Relation],
    operation: &Operation,
) -> Result<(Met, Done), tokio_postgres::Error> {
    runner.batch_execute("BEGIN").await?;
    let before = Counters::read(runner).await;
    runner.batch_execute(&operation.sql).await?;
    let met = probe::meet(other, relations).await;
    let done = Counters::read(runner).await.since(&before, &empty_tables(runner).await);
    runner.batch_execute("ROLLBACK").await?;
    Ok((met, done))
}

/// What others meet while the operation waits for `holder`, and what it has done in the end.
async fn outside(
    runner: &Client,
    other: &Client,
    holder: &Client,
    relations: &[Relation],
    operation: &Operation,
) -> Result<(Met, Done), tokio_postgres::Error> {
    let before = Counters::read(runner).await;
    let of_holder = probe::meet(other, relations).await;
    let run = async {
        for statement in operation.sql.split(";\n").filter(|statement| !statement.trim().is_empty()) {
            runner.batch_execute(statement).await?;
        }
        Ok(())
    };
    let meet = async {
        wait_until_somebody_waits(other).await;
        let met = probe::meet(other, relations).await;
        holder.batch_execute("COMMIT").await?;
        Ok(met)
    };
    let ((), met) = tokio::try_join!(run, meet)?;
    let mut done = Counters::read(runner).await.since(&before, &empty_tables(runner).await);
    // These counters begin anew with each transaction.
    (done.scans, done.changes) = Default::default();
    Ok((met.without(&of_holder), done))
}

/// Waits until a session of this database waits for another.
async fn wait_until_somebody_waits(other: &Client) {
    let query = "SELECT FROM pg_stat_activity \
                 WHERE datname = current_database() AND wait_event_type IN ('Lock', 'BufferPin')";
    let wait = async {
        while other.query(query, &[]).await.unwrap().is_empty() {
            sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(PATIENCE, wait).await.unwrap();
}

impl Seen {
    /// What was seen, as the library would say it. Locks on others than tables are told by what they block.
    fn truth(&self, expected: &Truth) -> Truth {
        let Done { rewrites, scans, builds, changes } = &self.done;
        let others = expected.locks.iter().filter(|(name, _)| {
            !self.relations.iter().any(|relation| relation.name == **name && relation.is_table())
        });
        let others = others.map(|(name, mode)| (name.clone(), *mode));
        // The counters do not tell for what a table was read.
        let (reads, scans) = scans.iter().cloned().partition(|table| expected.reads.contains(table));
        Truth {
            locks: self.met.modes.clone().into_iter().chain(others).collect(),
            rewrites: rewrites.clone(),
            scans,
            reads,
            builds: builds.clone(),
            changes: changes.clone(),
        }
    }
}
