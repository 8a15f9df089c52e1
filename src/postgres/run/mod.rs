//! Runs halves, each together with its history row. The migrator decides which; this is how.

mod alone;
mod backfill;
mod backfill_key;
mod backfill_run;
mod backfill_waits;
mod batch;
mod beside_backfills;
mod cause;
mod copy;
mod forget;
mod outside;
mod part_run;
mod place;
mod reset;
mod retry;
mod tell;
mod transactions;

use std::ops::Range;
use std::sync::OnceLock;
use std::time::Duration;

use tokio_postgres::error::SqlState;

pub use retry::LockRetries;

use super::backfill::BackfillPace;

use super::blocker::Blocker;
use super::event::{Listener, StepReport};
use super::failure::{Cause, FailedStep, RunFailure, StepState};
use super::guard::Guard;
use super::history::HistoryTable;
use super::interrupt::Interrupt;
use super::lock::RunnerLock;
use super::message::{ErrorOrigin, Message, MessageError, Purpose};
use super::monitor::Monitor;
use super::sql_error::SqlError;
use super::starting_point::{Sharing, StartingPoint};
use crate::connect::Session;
use crate::migration::{Direction, DownStep, Objects, PendingBackfill, Step, TransactionMode, Version};
use crate::postgres::sync_cell::SyncCell;
#[cfg(feature = "inspect")]
pub(super) use cause::failure_of_half;
#[cfg(feature = "inspect")]
pub(super) use copy::NAMES_TAKEN;
#[cfg(feature = "inspect")]
pub(super) use copy::send_copy;
#[cfg(feature = "inspect")]
pub(super) use place::line_of_data;
pub(super) use reset::RESET;
pub(super) use retry::pause_after;

/// Runs halves on one session.
pub(super) struct Executor<'a> {
    pub session: &'a Session,
    pub table: &'a HistoryTable,
    /// What the run found at its beginning, and relies on.
    pub starting_point: &'a StartingPoint,
    pub patience: &'a LockRetries,
    /// How backfills share the server with others.
    pub pace: &'a BackfillPace,
    pub interrupt: &'a Interrupt,
    pub listener: SyncCell<&'a mut dyn Listener>,
    pub monitor: Monitor<'a>,
    pub lock: &'a RunnerLock,
    /// What every message begins with.
    pub mark: String,
    /// What the statement is called that records halves, in messages with many of them. No other run has one of this
    /// name: behind a pooler, a lost connection may leave it to somebody else.
    pub recorder: String,
    /// How many halves may travel in the next message. It doubles with each, unless they take long: in a short run each
    /// half is reported by itself, since the answers to a message come when all of it is done, and a run of a thousand
    /// waits a dozen times.
    pub batch_size: SyncCell<usize>,
    /// Which of the steps are at the server.
    pub sent: SyncCell<Range<usize>>,
    /// What is done and recorded.
    pub finished: SyncCell<Vec<StepReport>>,
    /// How long halves took that were not the first of their message: to be added to the history.
    pub times: SyncCell<Vec<(Version, u64)>>,
    /// Who was seen to block the half that is running.
    pub blockers: SyncCell<Vec<Blocker>>,
    /// What was said last of an entry in the server's catalogs that is there already.
    pub in_the_way: SyncCell<Option<SqlError>>,
    /// Set once a half has changed what the run relies on.
    pub is_outdated: SyncCell<bool>,
    /// What it runs.
    pub steps: &'a [Step],
    /// Deferred backfills that are still to run afterwards.
    pub pending_backfills: &'a [PendingBackfill],
    /// The secrets that stand in the halves, once a notice may repeat one.
    pub secrets: OnceLock<Vec<String>>,
    /// What is asked in the transaction of each half before it is recorded.
    pub guard: Option<&'a Guard>,
}

/// How a run ended that did not fail.
pub(super) enum Ended {
    /// Every half is done.
    Complete(Vec<StepReport>),
    /// The last of these has changed what the run relies on: the others need a new session.
    Outdated(Vec<StepReport>),
}

/// Why a half stopped, and what became of it.
struct StepFailure {
    cause: Cause,
    step_state: StepState,
}

/// How long it may take to note how long files took: there may be thousands.
const TIMES: Duration = Duration::from_secs(5);

impl Executor<'_> {
    /// Runs halves in order, up to the first that fails.
    pub async fn run(self) -> Result<Ended, RunFailure> {
        let (steps, mut attempt) = (self.steps, 1);
        while let Some(step) = steps.get(self.done()).filter(|_| !self.is_outdated.get()) {
            let before = self.done();
            let rest = steps.get(before..).unwrap_or_default();
            if let Err(failure) = self.advance(rest, &mut attempt).await {
                // Some may have been finished in the same message.
                let step = steps.get(self.done()).unwrap_or(step);
                self.add_times().await;
                self.leave().await;
                return Err(self.run_failure(step, failure));
            }
            // A session never forgets the name of a setting of the project's own.
            let done = steps.get(before..self.done()).unwrap_or_default();
            if done.iter().any(|step| step.half().names_custom_setting()) {
                self.is_outdated.set(true);
            }
        }
        self.add_times().await;
        if self.done() < steps.len() {
            self.leave().await;
        }
        let finished = self.finished.into_inner();
        Ok(if self.is_outdated.get() { Ended::Outdated(finished) } else { Ended::Complete(finished) })
    }

    /// Times are good to know and nothing more: the run does not depend on them, and never waits for them.
    async fn add_times(&self) {
        let times = self.times.take();
        if !times.is_empty() {
            let hurry = "SELECT pg_catalog.set_config('synchronous_commit', 'off', true), \
                         pg_catalog.set_config('lock_timeout', '1s', true)";
            let message = self.message().own(Purpose::Frame, &[hurry]);
            self.send_within(TIMES, &message.own(Purpose::History, &[self.table.add_times(&times)])).await;
        }
    }

    /// How many halves are done and recorded.
    fn done(&self) -> usize {
        self.finished.lock().len()
    }

    /// Runs at least the first of these halves, or gets ready to try it again.
    async fn advance(&self, steps: &[Step], attempt: &mut u32) -> Result<(), StepFailure> {
        let Some(step) = steps.first() else { return Ok(()) };
        self.may_go_on().map_err(|cause| StepFailure { cause, step_state: StepState::NotBegun })?;
        if step.half().mode() == TransactionMode::NonTransactional {
            self.tell_started(1);
            let report = match (step, step.half().backfill()) {
                (Step::Down(DownStep { begun: Some(begun), .. }), _) => self.forget(step, begun).await,
                (_, Some(backfill)) => self.run_backfill(step, backfill).await,
                (_, None) => self.run_outside(step).await,
            };
            self.tell_notices();
            self.tell_finished(report?);
            return Ok(());
        }
        if step.is_in_flight() {
            self.settle_for_transaction(step).await?;
        }
        let before = self.done();
        let result = match self.ready_backfills(step).await.as_slice() {
            [] => self.run_transactions(steps).await,
            backfills => match self.run_beside(step, backfills, self.commit(steps)).await {
                Ok(Some(refusal)) => return Err(refusal),
                Ok(None) => Ok(()),
                Err(failed) => Err(failed),
            },
        };
        let done = self.done() - before;
        if done > 0 {
            *attempt = 1;
        }
        let Err(failed) = result else { return Ok(()) };
        let step_state = self.roll_back(&failed, TransactionMode::Transactional).await;
        if has_left_its_starting_point(&failed) {
            self.is_outdated.set(true);
            return Ok(());
        }
        // Nothing is left that could have failed when the last COMMIT was done.
        let Some(step) = steps.get(done) else { return Ok(()) };
        self.retry_or_fail(step, failed, step_state, attempt).await
    }

    /// Asked before each piece of work: nobody wishes this run to stop, and the lock is still its own.
    fn may_go_on(&self) -> Result<(), Cause> {
        if self.interrupt.is_requested() {
            return Err(Cause::Interrupted);
        }
        if self.lock.is_held() { Ok(()) } else { Err(Cause::LockLost) }
    }

    fn message(&self) -> Message {
        let delivery = self.starting_point.citus.delivery();
        Message::marked(&self.mark, self.session.position_unit(), delivery)
    }

    /// Adds what records a half, or its progress. A half that changes common objects alone need not be guarded.
    fn recording(&self, message: Message, step: &Step, record: &str) -> Message {
        let half = step.half();
        let keeps_to_itself =
            || self.starting_point.sharing == Sharing::Allowed && half.objects() == Objects::Common;
        let message = match self.guard.filter(|_| !keeps_to_itself()) {
            Some(guard) => message.own(Purpose::Guard, &[guard.statement()]),
            None => message,
        };
        let message = message.own(Purpose::History, &[record]);
        match self.table.note_filled(step.version()).filter(|_| step.direction() == Direction::Up) {
            Some(note) => message.own(Purpose::History, &[note]),
            None => message,
        }
    }

    async fn send(&self, message: &Message) -> Result<(), MessageError> {
        self.watched(message.send(self.session.client(), |_, _| {})).await
    }

    fn run_failure(self, step: &Step, failure: StepFailure) -> RunFailure {
        RunFailure {
            finished: self.finished.into_inner(),
            step: FailedStep::of(step),
            cause: failure.cause,
            step_state: failure.step_state,
        }
    }

    /// What was sent last before the check of the starting point is committed all the same.
    async fn unless_outdated(&self, sent: Result<(), MessageError>) -> Result<(), MessageError> {
        match sent {
            Err(failed) if has_left_its_starting_point(&failed) => {
                self.is_outdated.set(true);
                self.roll_back(&failed, TransactionMode::Transactional).await;
                Ok(())
            }
            sent => sent,
        }
    }
}

/// Whether all of the half is committed, and it has changed what the run relies on.
fn has_left_its_starting_point(failed: &MessageError) -> bool {
    failed.origin == ErrorOrigin::Own(Purpose::StartingPoint) && failed.error.is(&SqlState::DIVISION_BY_ZERO)
}
