//! A scratch database with a migrator on it.

use std::mem;

use futures_util::FutureExt;
use tokio::sync::Mutex;
use tokio_postgres::SimpleQueryRow;

use super::kept::{self, Kept};
use super::{Jobs, Subject, VerifyError, must_run};
use crate::catalog::{Catalog, Kind};
use crate::connect::{Session, Target};
use crate::migration::{
    AppliedMigration, Direction, DownTarget, Goal, Migration, MigrationSet, Objects, Step, StoredHalves,
    UpTarget, Version, plan,
};
use crate::postgres::catalog::CatalogReader;
use crate::postgres::citus::Citus;
use crate::postgres::event::{NoopListener, StepReport};
use crate::postgres::failure::{Cause, RunFailure};
use crate::postgres::guard::Guard;
use crate::postgres::history::{HistoryTable, TableState};
use crate::postgres::lock::RunnerLock;
use crate::postgres::migrator::Migrator;
use crate::postgres::migrator_error::MigratorError;
use crate::postgres::own_path::{Lasting, by_own_path};
use crate::postgres::rows::rows;
use crate::postgres::run::LockRetries;
use crate::postgres::scratch::ScratchServer;
use crate::postgres::sql_error::SqlError;
use crate::postgres::starting_point::{Sharing, StartingPoint};

/// A database to try migrations in. The lock is held all the time: a run then takes a few round trips.
pub(super) struct Sandbox<'a> {
    pub target: Target,
    runner: Runner<'a>,
    /// Has a session of its own: what a migration sets in its session must not reach it.
    pub(super) reader: Mutex<CatalogReader>,
    /// What the reader's session began with.
    reader_began_with: StartingPoint,
    reading: Reading,
    around: Mutex<Around<'a>>,
    /// From which another one is made, once one was needed.
    kept: Option<Kept>,
}

/// How catalogs are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reading {
    /// Only what has changed since the last one.
    Changes,
    /// All of it.
    Whole,
}

/// What is around the database: the roles of the server, for one.
struct Around<'a> {
    scratch: &'a ScratchServer,
    /// What it was when it was read, while nothing can have changed it. Nothing, where others change it meanwhile.
    known: Option<Catalog>,
    is_shared: bool,
}

impl Around<'_> {
    async fn read(&mut self) -> Result<Catalog, VerifyError> {
        if self.is_shared {
            return Ok(Catalog::default());
        }
        if let Some(known) = &self.known {
            return Ok(known.clone());
        }
        Ok(self.known.insert(self.scratch.around().await?).clone())
    }
}

/// How often a half is tried again that the server has undone: others may work on the server, but not in the database.
const RETRIES: u32 = 2;

/// A migrator and its lock.
pub(super) struct Runner<'a> {
    lock: RunnerLock,
    scratch: &'a ScratchServer,
    state: Mutex<RunnerState>,
}

struct RunnerState {
    migrator: Migrator,
    starting_point: StartingPoint,
    /// The history, while it is known: nobody else writes it, and to read it again for each half would take a third as
    /// long as the half.
    history: Option<Vec<AppliedMigration>>,
    /// Which objects the halves may have changed that ran since the catalog was read.
    changed: Objects,
}

/// How a half ended that may fail.
pub(super) type Attempt = Result<(), Box<RunFailure>>;

impl<'a> Runner<'a> {
    pub async fn open(
        target: &Target,
        set: &MigrationSet,
        table: &HistoryTable,
        subject: &Subject<'a>,
    ) -> Result<Runner<'a>, VerifyError> {
        let session = Session::connect(target).await?;
        let migrator = Migrator::new(session, set.clone())
            .table(table.clone())
            .interrupt(subject.interrupt.clone())
            .lock_patience(LockRetries { retries: RETRIES, ..LockRetries::default() });
        let access = migrator.history_access();
        let starting_point = access.prepare(TableState::Absent, Citus::Absent, &mut NoopListener).await?;
        let lock = migrator.lock(&mut NoopListener).await.map_err(MigratorError::from)?;
        let scratch = subject.scratch;
        Ok(Runner {
            lock,
            scratch,
            state: Mutex::new(RunnerState { migrator, starting_point, history: None, changed: Objects::Any }),
        })
    }

    /// A half of a migration that fails is an answer; all else that goes wrong is not.
    pub async fn run(&self, goal: &Goal) -> Result<Attempt, VerifyError> {
        let mut suspected = None;
        loop {
            let guard = self.scratch.guard();
            let error = match self.try_to_run(goal, guard.clone()).boxed().await {
                Ok(()) => return Ok(Ok(())),
                Err(error) => error,
            };
            if let Some(what) = error.changed_outside_and_undone()
                && self.scratch.may_be_others(&guard, what, &mut suspected).await?
            {
                continue;
            }
            return match error {
                MigratorError::Run(failure) if is_an_answer(&failure) => Ok(Err(failure)),
                error if error.is_interruption() => Err(MigratorError::Interrupted.into()),
                error => Err(error.into()),
            };
        }
    }

    async fn try_to_run(&self, goal: &Goal, guard: Guard) -> Result<(), MigratorError> {
        let mut state = self.state.lock().await;
        let RunnerState { migrator, starting_point, history, changed } = &mut *state;
        let rows = match history.take() {
            Some(rows) => rows,
            None => migrator.history_under_lock(goal, &mut NoopListener).await?.rows,
        };
        let plan = plan(migrator.set(), &rows, goal)?;
        migrator.set_guard(guard);
        let is_common = |step: &Step| step.half().objects() == Objects::Common;
        if starting_point.sharing == Sharing::Forbidden || !plan.steps.iter().all(is_common) {
            *changed = Objects::Any;
        }
        let finished = migrator.carry_out(&plan, starting_point, &self.lock, &mut NoopListener).await?;
        *history = Some(history_after(migrator.set(), rows, &finished));
        Ok(())
    }

    /// What a migration needs that is run by somebody else, in a session with this starting point: the history table's number.
    /// `None` where the next run of this one would begin with another session, or notice something.
    async fn lends_itself_to(&self, session_began_with: &StartingPoint) -> Option<String> {
        let state = self.state.lock().await;
        let is_the_same = state.starting_point.is_that_of(session_began_with)
            && state.starting_point.sharing == Sharing::Allowed
            && !state.migrator.is_outdated();
        (is_the_same && state.history.is_some()).then(|| state.starting_point.table_oid.clone())
    }

    /// Notes that a migration is applied: somebody else has run it, and recorded it in the history.
    async fn applied(&self, migration: &Migration) {
        if let Some(history) = &mut self.state.lock().await.history {
            history.push(AppliedMigration::of(migration));
        }
    }

    /// Notes that a migration stands in the history no more.
    async fn forgotten(&self, migration: &Migration) {
        if let Some(history) = &mut self.state.lock().await.history {
            history.retain(|row| row.version != migration.version);
        }
    }

    /// Which objects may have changed since this was asked last.
    async fn changed(&self) -> Objects {
        mem::replace(&mut self.state.lock().await.changed, Objects::Common)
    }

    async fn close(self) {
        self.lock.release().await;
        self.state.into_inner().migrator.into_session().close().await;
    }
}

/// Nobody else works in the database: what does not pass there is the half's own doing.
fn is_an_answer(failure: &RunFailure) -> bool {
    failure.cause.is_of_the_file() || matches!(failure.cause, Cause::Transient { .. })
}

fn history_after(
    set: &MigrationSet,
    mut rows: Vec<AppliedMigration>,
    finished: &[StepReport],
) -> Vec<AppliedMigration> {
    for step in finished {
        rows.retain(|row| row.version != step.version);
        if step.direction == Direction::Up {
            rows.extend(set.get(&step.version).map(AppliedMigration::of));
        }
    }
    rows
}

impl<'a> Sandbox<'a> {
    pub async fn open(
        target: Target,
        subject: &Subject<'a>,
        reading: Reading,
    ) -> Result<Sandbox<'a>, VerifyError> {
        let is_shared = subject.jobs != Jobs::ONE;
        let around = Mutex::new(Around { scratch: subject.scratch, known: None, is_shared });
        let runner = Runner::open(&target, subject.set, subject.table, subject).await?;
        let tables = [subject.table.clone(), subject.seeds_table.clone()];
        let reader = Mutex::new(CatalogReader::new(Session::connect(&target).await?, &tables));
        let reader_began_with = runner.state.lock().await.starting_point.clone();
        Ok(Sandbox { target, runner, reader, reader_began_with, reading, around, kept: None })
    }

    /// Reads its catalog so from now on.
    pub fn read(&mut self, reading: Reading) {
        self.reading = reading;
    }

    /// How its catalog is read.
    pub fn reading(&self) -> Reading {
        self.reading
    }

    /// Applies what is pending, up to and with a version.
    pub async fn up_to(&self, version: &Version) -> Result<Attempt, VerifyError> {
        let target = UpTarget::To(version.clone());
        self.runner.run(&Goal::up(target).with_backfills()).await
    }

    /// Applies a migration once more, to the database as it is.
    pub async fn again(&self, migration: &Migration, table: &HistoryTable) -> Result<Attempt, VerifyError> {
        let forget = table.delete(&migration.version);
        let client = self.reader.lock().await;
        let forgotten = client.session().client().batch_execute(&forget).await;
        drop(client);
        forgotten.map_err(|error| VerifyError::Look(SqlError::from(error)))?;
        self.runner.forgotten(migration).await;
        self.runner.run(&Goal::newest().with_backfills().out_of_order()).await
    }

    /// Whether the server can plan what this asks it to explain, as in a session that begins.
    pub async fn can_plan(&self, explain: &str) -> bool {
        let reader = self.reader.lock().await;
        let client = reader.session().client();
        let asked = client
            .batch_execute(&format!("BEGIN; SET LOCAL search_path TO DEFAULT; {explain}; ROLLBACK"))
            .await;
        asked.is_ok() || client.batch_execute("ROLLBACK").await.is_err()
    }

    /// Undoes the newest migration.
    pub async fn down(&self) -> Result<Attempt, VerifyError> {
        self.runner.run(&Goal::Down { target: DownTarget::Steps(1), stored: StoredHalves::Run }).await
    }

    /// Undoes all migrations that are newer than a version.
    pub async fn down_to(&self, version: Option<&Version>) -> Result<Attempt, VerifyError> {
        let target = version.map_or(DownTarget::All, |version| DownTarget::To(version.clone()));
        self.runner.run(&Goal::Down { target, stored: StoredHalves::Run }).await
    }

    pub async fn catalog(&self) -> Result<Catalog, VerifyError> {
        let mut reader = self.reader.lock().await;
        let changed = self.runner.changed().await;
        if changed == Objects::Any {
            self.around.lock().await.known = None;
        }
        let catalog = match self.reading {
            Reading::Changes => reader.read(changed).boxed().await?,
            Reading::Whole => reader.read_whole().boxed().await?,
        };
        self.with_around(catalog).await
    }

    /// How a migration is recorded that the reader's session runs. `None` where it would not run there as the runner runs it.
    pub async fn lends_its_reader(&self) -> Option<String> {
        self.runner.lends_itself_to(&self.reader_began_with).await
    }

    /// Notes that the reader's session has applied a migration, and read what that has changed.
    pub async fn applied(&self, migration: &Migration) {
        self.runner.applied(migration).await;
    }

    /// Others than its own migrations have run.
    pub async fn anything_may_have_changed(&self) {
        self.runner.state.lock().await.changed = Objects::Any;
    }

    /// The catalog, with what is around the database.
    pub async fn with_around(&self, mut catalog: Catalog) -> Result<Catalog, VerifyError> {
        catalog.objects.extend(self.around.lock().await.read().await?.objects);
        Ok(catalog)
    }

    /// Whether this is the catalog when all of it is read.
    pub async fn holds(&self, catalog: &Catalog) -> Result<bool, VerifyError> {
        let is_known = self.reading == Reading::Whole;
        if is_known {
            return Ok(true);
        }
        let whole = self.reader.lock().await.read_whole().await?;
        self.around.lock().await.known = None;
        Ok(*catalog == self.with_around(whole).await?)
    }

    /// How many rows each table holds. Those of partitions are counted with the partition.
    pub async fn row_counts(&self) -> Result<Vec<(String, u64)>, VerifyError> {
        let catalog = self.catalog().await?;
        let tables: Vec<&str> = catalog
            .objects
            .keys()
            .filter(|identity| identity.kind == Kind::Table)
            .map(|identity| identity.name.as_str())
            .collect();
        let queries: Vec<String> =
            tables.iter().map(|table| format!("SELECT pg_catalog.count(*) FROM ONLY {table}")).collect();
        let counts = self.rows(&queries.join("; ")).await?;
        let counts = counts.iter().map(|row| row.get(0).and_then(|count| count.parse().ok()).unwrap_or(0));
        Ok(tables.into_iter().map(str::to_owned).zip(counts).collect())
    }

    /// The rows of a query that only looks.
    pub async fn rows(&self, query: &str) -> Result<Vec<SimpleQueryRow>, VerifyError> {
        let reader = self.reader.lock().await;
        let rows = rows(reader.session().client(), &by_own_path(Lasting::ForTheTransaction, query)).await;
        rows.map_err(|error| VerifyError::Look(SqlError::from(error)))
    }

    /// Another database in the place of this one, with everything applied up to a version: what a down half or a seed
    /// has done wrong must not be blamed on the next one.
    pub async fn replaced(
        mut self,
        subject: &Subject<'a>,
        newest: Option<&Version>,
        reading: Reading,
    ) -> Result<Sandbox<'a>, VerifyError> {
        let kept = self.kept.take();
        let used = self.close().await;
        subject.scratch.drop(&used).await?;
        let (database, kept) = kept::database(subject, kept, newest).await?;
        let sandbox = Sandbox::open(database, subject, reading).await?;
        let Some(newest) = newest else { return Ok(sandbox) };
        must_run(sandbox.up_to(newest).await?)?;
        if kept.as_ref().is_some_and(|kept| !kept.is_far_from(newest, subject.set)) {
            return Ok(Sandbox { kept, ..sandbox });
        }
        let database = sandbox.close().await;
        let kept = kept::renewed(subject, kept, &database, newest).await?;
        Ok(Sandbox { kept, ..Sandbox::open(database, subject, reading).await? })
    }

    pub async fn close(self) -> Target {
        self.runner.close().await;
        self.reader.into_inner().close().await;
        self.target
    }
}
