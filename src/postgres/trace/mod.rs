//! What pending halves do to a database: seen on a scratch database that is built as the target was.
//!
//! Each half runs there statement by statement, in its own transaction mode. After each statement the server is asked what
//! the session has locked (`pg_locks`), which relations have their rows in another file than before, and how often they were
//! read as a whole. Under `client_min_messages = debug1` it also says itself what it rewrites, checks and builds: the words
//! are the same in every language, and come on empty tables too.

mod alone;
mod backfills;
mod half;
mod observation;
mod relations;
mod server_message;
mod stages;
mod work;

use std::path::Path;
use std::sync::Arc;

use futures_util::FutureExt;

use half::{HalfRun, HalfTrace};
use relations::{Relations, TargetNames};
use stages::{SchemaReading, SchemaReadings};

use super::catalog::CatalogReader;
use super::event::NoopListener;
use super::history::{HistoryScope, NewRow};
use super::history_access::HistoryAccess;
use super::message::Delivery;
use super::rebuild::{Rebuild, RebuildError};
use super::run::LockRetries;
use crate::catalog::{Catalog, Difference};
use crate::connect::{Session, Target};
use crate::impact::{FileTrace, HalfStage, TraceFailure};
use crate::migration::{Objects, PendingBackfill, Step, stored_path};

/// What is to be watched, and where.
#[derive(Debug)]
pub struct Trace<'a> {
    /// What the target has already, built on a scratch server.
    pub rebuild: &'a Rebuild<'a>,
    /// What is pending there.
    pub steps: &'a [Step],
    /// Deferred backfills that are still to run afterwards.
    pub pending_backfills: &'a [PendingBackfill],
}

/// What was seen.
#[derive(Debug)]
pub struct Traced {
    /// The halves, up to the first that fails.
    pub files: Vec<FileTrace>,
    /// The schema before the first half, and after each.
    pub catalogs: Vec<Arc<Catalog>>,
}

/// A scratch database on which halves are watched.
struct Watched<'a> {
    trace: &'a Trace<'a>,
    database: Target,
    /// Has a session of its own: what a half sets in its session must not reach it.
    reader: CatalogReader,
    /// Which history table there is.
    table_oid: String,
    target_names: TargetNames,
    delivery: Delivery,
}

impl Trace<'_> {
    /// Builds the database and runs the halves there, up to the first that fails, or that a deferred backfill stops.
    ///
    /// # Errors
    /// See [`RebuildError`]. That a pending half fails is no error.
    pub async fn run(&self) -> Result<Traced, RebuildError> {
        let database = Box::pin(self.rebuild.build()).await?;
        let mut watched = Watched::open(self, database).boxed().await?;
        let mut files = Vec::new();
        let mut before = watched.reading(0, Objects::Any).await?;
        let mut catalogs = vec![Arc::clone(&before.catalog)];
        for step in self.steps {
            let ready = watched.ready_backfills(step).boxed().await?;
            let half = watched.half(step).boxed().await?;
            let after = watched.reading(half.statements.len(), step.half().objects()).await?;
            catalogs.push(Arc::clone(&after.catalog));
            let next = SchemaReading { statements: 0, ..after.clone() };
            let mut file = file_trace(step, half, before, after);
            before = next;
            if file.failure.is_none() {
                file.needed_by = watched.needy(&ready).boxed().await?;
            }
            let has_failed = file.failure.is_some() || file.needed_by.is_some();
            files.push(file);
            if has_failed {
                break;
            }
        }
        watched.reader.close().await;
        Ok(Traced { files, catalogs })
    }
}

impl<'a> Watched<'a> {
    async fn open(trace: &'a Trace<'a>, database: Target) -> Result<Watched<'a>, RebuildError> {
        let rebuild = trace.rebuild;
        let session = Session::connect(&database).await?;
        let access = HistoryAccess {
            session: &session,
            table: rebuild.table,
            interrupt: rebuild.interrupt,
            lock_timeout: LockRetries::default().timeout,
        };
        let history = access.read(HistoryScope::Plan, &mut NoopListener).await?;
        let table_oid = access.prepare(history.table, history.citus, &mut NoopListener).await?.table_oid;
        let delivery = history.citus.delivery();
        let target_names = Relations::read(&session, rebuild.left_out).await?.names();
        let reader = CatalogReader::new(session, rebuild.left_out);
        Ok(Watched { trace, database, reader, table_oid, target_names, delivery })
    }

    /// The schema, after this many statements of a half, which can have changed such objects. For any others it takes the server
    /// several times as long to look.
    async fn reading(&mut self, statements: usize, changed: Objects) -> Result<SchemaReading, RebuildError> {
        let (catalog, numbers) = self.reader.read_with_numbers(changed).boxed().await?;
        Ok(SchemaReading { statements, catalog: Arc::new(catalog), numbers: Arc::new(numbers) })
    }

    /// Runs a half in a session of its own, and once more where it may be somebody else who has changed what is outside of the
    /// database meanwhile.
    async fn half(&self, step: &Step) -> Result<HalfTrace, RebuildError> {
        let rebuild = self.trace.rebuild;
        let record = match step {
            Step::Up(up) => rebuild.table.insert(&up.migration, &self.table_oid, NewRow::FinishedFirst),
            Step::Down(down) => rebuild.table.delete(&down.version),
        };
        let (mut suspected, mut earlier) = (None, None);
        loop {
            let mut own = CatalogReader::new(Session::connect(&self.database).await?, rebuild.left_out);
            own.go_on_from(&self.reader);
            let guard = rebuild.scratch.guard();
            let mut run = HalfRun {
                own,
                delivery: self.delivery,
                reader: self.reader.session(),
                half: step.half(),
                other_roles: (!rebuild.scratch.is_own()).then_some(rebuild.environment),
                record: record.clone(),
                guard: guard.clone(),
                left_out: rebuild.left_out,
                target_names: &self.target_names,
                interrupt: rebuild.interrupt,
            };
            let half = run.run(earlier.take()).boxed().await?;
            run.own.close().await;
            if rebuild.interrupt.is_requested() {
                return Err(super::MigratorError::Interrupted.into());
            }
            match &half.changed_outside {
                Some(what) if rebuild.scratch.may_be_others(&guard, what, &mut suspected).await? => {
                    earlier = Some(half);
                }
                _ => return Ok(half),
            }
        }
    }
}

fn file_trace(step: &Step, half: HalfTrace, before: SchemaReading, after: SchemaReading) -> FileTrace {
    let changed_outside = half.changed_outside.map(|what| TraceFailure {
        location: step.half().locate(step.half().start()),
        statement: String::new(),
        message: format!(
            "it changes what is outside of the scratch database ({what}); without --scratch-url, that is tried as well"
        ),
        detail: None,
        code: None,
        points_to_word: false,
    });
    let (difference, lineage) =
        (Difference::between(&before.catalog, &after.catalog), before.numbers.lineage(&after.numbers));
    let failure = half.failure.or(changed_outside);
    // What has failed is as it was before.
    let readings = if failure.is_none() { half.readings } else { SchemaReadings::default() };
    FileTrace {
        version: step.version().clone(),
        path: step.path().map_or_else(|| stored_path(step.version()), Path::to_owned),
        direction: step.direction(),
        mode: step.half().mode(),
        // What an earlier run has done is not done again.
        statements: half.statements.into_iter().skip(step.done()).collect(),
        difference,
        lineage,
        stages: without_the_first(step.done(), readings.stages(before, after)),
        failure,
        needed_by: None,
    }
}

/// The stages that are left where an earlier run has come this far.
fn without_the_first(done: usize, stages: Vec<HalfStage>) -> Vec<HalfStage> {
    let count = |number: usize| number.saturating_sub(done);
    stages
        .into_iter()
        .map(|stage| HalfStage {
            statements: count(stage.statements.start)..count(stage.statements.end),
            ..stage
        })
        .filter(|stage| done == 0 || !stage.statements.is_empty())
        .collect()
}
