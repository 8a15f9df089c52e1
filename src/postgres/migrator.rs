//! Brings a database from where it is to where it should be: the only executor of plans.

use std::mem;
use std::sync::{Mutex, OnceLock};
use std::time::{Duration, Instant};

use futures_util::FutureExt;

use super::backfill::BackfillPace;
use super::citus::Citus;
use super::event::{Event, Listener, NoopListener, StepReport};
use super::failure::{Cause, FailedStep, RunFailure, StepState};
use super::goal_needs::{excludes_backfills, history_scope, lock_key};
use super::guard::Guard;
use super::history::{History, HistoryScope, HistoryTable, Protection, PutOffNote, TableState};
use super::history_access::HistoryAccess;
use super::interrupt::Interrupt;
use super::lock::{LockError, RunnerLock};
use super::migrator_error::MigratorError;
use super::monitor::Monitor;
use super::patient::connect_patiently;
use super::prefetched::PrefetchedHistory;
use super::random_name;
use super::run::{Ended, Executor, LockRetries};
use super::starting_point::StartingPoint;
use super::sync_cell::SyncCell;
use crate::connect::Session;
use crate::migration::{Goal, Held, Migration, MigrationSet, NothingToDo, Passed, Plan, Step, Version, plan};

/// Runs migrations on a database.
///
/// ```no_run
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// use pmdb::{Goal, Migrator, NoopListener, Session, Target, load_folder};
///
/// let session = Session::connect(&Target::from_url("postgresql://app@localhost/app")?).await?;
/// let mut migrator = Migrator::new(session, load_folder("migrations".as_ref())?);
/// let outcome = migrator.run(&Goal::newest(), &mut NoopListener).await?;
/// println!("{} migrations applied", outcome.finished.len());
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Migrator {
    session: Session,
    set: MigrationSet,
    table: HistoryTable,
    lock_wait: Duration,
    patience: LockRetries,
    pace: BackfillPace,
    interrupt: Interrupt,
    force: Force,
    prefetched: Mutex<Option<PrefetchedHistory>>,
    guard: Option<Guard>,
    /// Whether there is Citus, as the last look said.
    citus: SyncCell<Citus>,
    /// Whether the last run began with a history without a row.
    began_empty: bool,
    /// What a session begins with has changed since this one began: the next file gets a new one.
    is_outdated: bool,
}

/// Whether a protected database may be touched all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Force {
    /// No.
    #[default]
    Obey,
    /// Yes.
    Override,
}

/// What a run did.
#[derive(Debug, Default)]
pub struct Outcome {
    /// The halves that ran, in order.
    pub finished: Vec<StepReport>,
    /// Applied versions without a file, with their names.
    pub missing: Vec<(Version, String)>,
    /// How long it took, from the lock to the last COMMIT.
    pub took: Duration,
    /// Why nothing was run, where that is so.
    pub nothing: Option<NothingToDo>,
    /// Backfills that were passed.
    pub deferred: Vec<Passed>,
    /// What comes next, and has to wait for another migration.
    pub held: Option<Held>,
}

impl Outcome {
    /// Of a plan, before anything of it has run.
    fn of(plan: &Plan) -> Outcome {
        let Plan { missing, nothing, deferred, held, .. } = plan.clone();
        Outcome { missing, nothing, deferred, held, ..Outcome::default() }
    }
}

impl Migrator {
    /// A migrator with the defaults: history in `public.schema_migrations`, a wait of 60 s for another runner.
    pub fn new(session: Session, set: MigrationSet) -> Migrator {
        let table = HistoryTable::migrations().written_by(session.target());
        Migrator {
            session,
            set,
            table,
            lock_wait: Duration::from_secs(60),
            patience: LockRetries::default(),
            pace: BackfillPace::default(),
            interrupt: Interrupt::never(),
            force: Force::Obey,
            prefetched: Mutex::default(),
            citus: SyncCell::default(),
            guard: None,
            began_empty: false,
            is_outdated: false,
        }
    }

    /// Keeps the history in another table.
    pub fn table(mut self, table: HistoryTable) -> Migrator {
        self.table = table.written_by(self.session.target());
        self
    }

    /// How long to wait for another runner.
    pub fn lock_wait(mut self, wait: Duration) -> Migrator {
        self.lock_wait = wait;
        self
    }

    /// How long, and how often, to wait for locks on tables.
    pub fn lock_patience(mut self, patience: LockRetries) -> Migrator {
        self.patience = patience;
        self
    }

    /// How backfills share the server with others.
    pub fn backfill_pace(mut self, pace: BackfillPace) -> Migrator {
        self.pace = pace;
        self
    }

    /// What asks the run to stop.
    pub fn interrupt(mut self, interrupt: Interrupt) -> Migrator {
        self.interrupt = interrupt;
        self
    }

    /// Whether to obey the protection of a database.
    pub fn force(mut self, force: Force) -> Migrator {
        self.force = force;
        self
    }

    /// Plans from what was seen of the history already, instead of reading it once more.
    #[cfg(feature = "cli")]
    pub(crate) fn prefetched(mut self, look: Option<PrefetchedHistory>) -> Migrator {
        self.prefetched = Mutex::new(look);
        self
    }

    /// Lets no half commit that fails this statement.
    #[cfg(feature = "inspect")]
    pub(super) fn set_guard(&mut self, guard: Guard) {
        self.guard = Some(guard);
    }

    /// The files.
    pub fn set(&self) -> &MigrationSet {
        &self.set
    }

    /// The session.
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// Gives the session back, for whatever comes after migrating.
    pub fn into_session(self) -> Session {
        self.session
    }

    /// Whether the last run began with a history without a row.
    pub fn began_empty(&self) -> bool {
        self.began_empty
    }

    /// The history table.
    pub fn history_table(&self) -> &HistoryTable {
        &self.table
    }

    /// Reads the history. Nothing is written, and no lock is taken.
    ///
    /// # Errors
    /// [`MigratorError::History`], [`MigratorError::Interrupted`].
    pub async fn history(&self) -> Result<History, MigratorError> {
        self.read(HistoryScope::Shown, &mut NoopListener).await
    }

    pub(super) async fn read(
        &self,
        wanted: HistoryScope<'_>,
        listener: &mut dyn Listener,
    ) -> Result<History, MigratorError> {
        let look = self.prefetched.lock().ok().and_then(|mut look| look.take());
        let history = match look.and_then(|look| look.answer(wanted)) {
            Some(history) => history?,
            None => self.history_access().read(wanted, listener).await?,
        };
        self.citus.set(history.citus);
        Ok(history)
    }

    pub(super) fn history_access(&self) -> HistoryAccess<'_> {
        HistoryAccess {
            session: &self.session,
            table: &self.table,
            interrupt: &self.interrupt,
            lock_timeout: self.patience.timeout,
        }
    }

    /// What [`Migrator::run`] would do now. Nothing is written, and no lock is taken.
    ///
    /// # Errors
    /// [`MigratorError::History`], [`MigratorError::Plan`], [`MigratorError::Protected`],
    /// [`MigratorError::Interrupted`].
    pub async fn plan(&self, goal: &Goal) -> Result<Plan, MigratorError> {
        self.plan_and_tell(goal, &mut NoopListener).await
    }

    /// The same, telling what is worth knowing meanwhile.
    ///
    /// # Errors
    /// See [`Migrator::plan`].
    pub async fn plan_and_tell(
        &self,
        goal: &Goal,
        listener: &mut dyn Listener,
    ) -> Result<Plan, MigratorError> {
        let with_files = self.versions();
        let history = self.read(history_scope(goal, &with_files), listener).await?;
        if history.table == TableState::Absent && self.table.is_named() {
            listener.event(Event::NoTableYet(&self.table));
        }
        if history.put_off == PutOffNote::Present {
            listener.event(Event::StillPutOff(&self.table.put_off()));
        }
        self.obey_protection_for(goal, &history)?;
        Ok(plan(&self.set, &history.rows, goal)?)
    }

    /// Carries out the plan for a goal. With nothing to do it takes no lock and writes nothing.
    ///
    /// # Errors
    /// See [`MigratorError`]; a [`RunFailure`](super::RunFailure) carries what was done before it.
    pub async fn run(&mut self, goal: &Goal, listener: &mut dyn Listener) -> Result<Outcome, MigratorError> {
        match self.plan_and_tell(goal, listener).await {
            Ok(plan) if plan.steps.is_empty() => {
                return Ok(Outcome::of(&plan));
            }
            // The server may still be running it: the holder of the lock waits for that.
            Err(MigratorError::Plan(error)) if error.is_in_flight() => {}
            plan => drop(plan?),
        }
        let lock = self.lock_by(lock_key(goal, &self.table), listener).await?;
        let result = self.run_locked(goal, &lock, listener).boxed().await;
        lock.release().await;
        result
    }

    /// Takes the lock that a run needs.
    pub(super) async fn lock(&self, listener: &mut dyn Listener) -> Result<RunnerLock, LockError> {
        self.lock_by(self.table.lock_key(), listener).await
    }

    async fn lock_by(&self, key: i64, listener: &mut dyn Listener) -> Result<RunnerLock, LockError> {
        let target = self.session.target().as_login();
        let (retries, citus) = (self.patience.retries, self.citus.get());
        RunnerLock::acquire(&target, key, self.lock_wait, retries, citus, &self.interrupt, listener).await
    }

    /// What was planned before the lock was taken may have been done by another runner since: so it is planned again.
    pub(super) async fn run_locked(
        &mut self,
        goal: &Goal,
        lock: &RunnerLock,
        listener: &mut dyn Listener,
    ) -> Result<Outcome, MigratorError> {
        let start = Instant::now();
        let mut history = self.history_under_lock(goal, listener).await?;
        self.began_empty = history.rows.is_empty();
        let mut backfills = None;
        if excludes_backfills(goal, &self.set, &history.rows) {
            backfills = Some(self.lock_by(self.table.backfills_lock_key(), listener).await?);
            history = self.history_under_lock(goal, listener).await?;
        }
        let plan = plan(&self.set, &history.rows, goal)?;
        let mut outcome = Outcome::of(&plan);
        if plan.steps.is_empty() {
            return Ok(outcome);
        }
        let preparing = self.history_access();
        let mut starting_point = preparing.prepare(history.table, history.citus, listener).await?;
        outcome.finished = self.carry_out(&plan, &mut starting_point, lock, listener).await?;
        outcome.took = start.elapsed();
        if let Some(backfills) = backfills {
            backfills.release().await;
        }
        Ok(outcome)
    }

    /// Reads what a plan for this goal is made from, where a pooler may have no second server to give.
    pub(super) async fn history_under_lock(
        &self,
        goal: &Goal,
        listener: &mut dyn Listener,
    ) -> Result<History, MigratorError> {
        let with_files = self.versions();
        let wanted = history_scope(goal, &with_files);
        let history = self.history_access().read_under_lock(wanted, listener).await?;
        self.obey_protection_for(goal, &history)?;
        Ok(history)
    }

    /// Runs a plan. After a half that changes what a session begins with, the next ones get a new session.
    pub(super) async fn carry_out(
        &mut self,
        plan: &Plan,
        starting_point: &mut StartingPoint,
        lock: &RunnerLock,
        listener: &mut dyn Listener,
    ) -> Result<Vec<StepReport>, MigratorError> {
        listener.event(Event::Planned(plan));
        let mut finished: Vec<StepReport> = Vec::new();
        while let Some(next) = plan.steps.get(finished.len()) {
            if mem::take(&mut self.is_outdated)
                && let Err(cause) = self.begin_new_session(starting_point, listener).await
            {
                let step = FailedStep::of(next);
                let failure = RunFailure { finished, step, cause, step_state: StepState::NotBegun };
                return Err(MigratorError::Run(Box::new(failure)));
            }
            let rest = plan.steps.get(finished.len()..).unwrap_or_default();
            self.session.forget_unconfirmed();
            // On the heap: an application, or `verify`, may call this deep inside its own futures, on a small stack.
            let ended = self.executor(starting_point, lock, listener, plan, rest).run().boxed().await;
            match ended {
                Ok(Ended::Complete(done)) => finished.extend(done),
                Ok(Ended::Outdated(done)) => {
                    finished.extend(done);
                    self.is_outdated = true;
                }
                Err(mut failure) => {
                    if self.session.has_unconfirmed() {
                        listener.event(Event::Unconfirmed);
                    }
                    finished.append(&mut failure.finished);
                    failure.finished = finished;
                    return Err(MigratorError::Run(Box::new(failure)));
                }
            }
        }
        if self.session.has_unconfirmed() {
            let stopped = self.interrupt.is_requested();
            return Err(MigratorError::Unconfirmed { finished, stopped });
        }
        Ok(finished)
    }

    /// Whether the next run begins with a new session.
    #[cfg(feature = "inspect")]
    pub(super) fn is_outdated(&self) -> bool {
        self.is_outdated
    }

    async fn begin_new_session(
        &mut self,
        starting_point: &mut StartingPoint,
        listener: &mut dyn Listener,
    ) -> Result<(), Cause> {
        let connecting = connect_patiently(self.session.target(), self.patience.retries, listener);
        let session = connecting.await.map_err(Cause::NoNewSession)?;
        *starting_point = match starting_point.renewed(session.client()).await {
            Ok(starting_point) => starting_point,
            Err(error) => return Err(Cause::Sql { error, place: None }),
        };
        mem::replace(&mut self.session, session).close().await;
        Ok(())
    }

    fn executor<'a>(
        &'a self,
        starting_point: &'a StartingPoint,
        lock: &'a RunnerLock,
        listener: &'a mut dyn Listener,
        plan: &'a Plan,
        steps: &'a [Step],
    ) -> Executor<'a> {
        let mark = lock.mark();
        Executor {
            session: &self.session,
            table: &self.table,
            starting_point,
            patience: &self.patience,
            pace: &self.pace,
            interrupt: &self.interrupt,
            listener: SyncCell::new(listener),
            monitor: Monitor::new(self.session.target(), &mark, starting_point.citus),
            lock,
            mark,
            recorder: format!("pmdb_record_{}", random_name()),
            batch_size: SyncCell::new(1),
            sent: SyncCell::default(),
            finished: SyncCell::default(),
            times: SyncCell::default(),
            blockers: SyncCell::default(),
            in_the_way: SyncCell::default(),
            is_outdated: SyncCell::new(false),
            steps,
            pending_backfills: &plan.pending_backfills,
            secrets: OnceLock::new(),
            guard: self.guard.as_ref(),
        }
    }

    fn versions(&self) -> Vec<&Version> {
        self.set.migrations().iter().map(|migration| &migration.version).collect()
    }

    fn obey_protection_for(&self, goal: &Goal, history: &History) -> Result<(), MigratorError> {
        match goal {
            Goal::Up { .. } => Ok(()),
            Goal::Down { .. } | Goal::Redo => self.obey_protection(history.protection),
        }
    }

    /// Takes a file as it is now for what was applied, and gives back the text that the history had.
    ///
    /// # Errors
    /// [`MigratorError::History`], [`MigratorError::Interrupted`], [`MigratorError::Unconfirmed`].
    pub async fn accept(
        &self,
        version: &Version,
        migration: &Migration,
        listener: &mut dyn Listener,
    ) -> Result<Option<String>, MigratorError> {
        self.history_access().accept(version, migration, listener).await
    }

    /// Refuses when the database is protected and nothing overrides it.
    ///
    /// # Errors
    /// [`MigratorError::Protected`].
    pub fn obey_protection(&self, protection: Protection) -> Result<(), MigratorError> {
        match (protection, self.force) {
            (Protection::Protected, Force::Obey) => {
                Err(MigratorError::Protected { database: self.session.target().database().to_owned() })
            }
            _ => Ok(()),
        }
    }
}
