//! Runs halves, each together with its history row. The migrator decides which; this is how.

mod alone;
mod copy;
mod forget;
mod outside;
mod place;
mod retry;
mod transactions;

use std::future::Future;
use std::sync::OnceLock;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio_postgres::error::SqlState;

pub use retry::LockRetries;

use super::baseline::{Baseline, Sharing};
use super::blocker::Blocker;
use super::event::{Event, Listener, StepReport};
use super::failure::{Cause, FailedStep, Place, RunFailure, StepState};
use super::guard::Guard;
use super::history::HistoryTable;
use super::interrupt::Interrupt;
use super::lock::RunnerLock;
use super::message::{ErrorOrigin, Message, MessageError, Purpose};
use super::monitor::{ActivitySample, Monitor};
use super::sql_error::{SqlError, Transient};
use crate::connect::{Notice, Session};
use crate::migration::sql::secrets::{self, MASK, masked_message};
use crate::migration::{Direction, DownStep, Half, Objects, Step, TransactionMode, Version};
use crate::postgres::sync_cell::SyncCell;
use place::place;
pub(super) use retry::pause_after;

/// Runs halves on one session.
pub(super) struct Executor<'a> {
    pub session: &'a Session,
    pub table: &'a HistoryTable,
    /// What the run found at its beginning, and relies on.
    pub baseline: &'a Baseline,
    pub patience: &'a LockRetries,
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
    /// What is done and recorded.
    pub finished: SyncCell<Vec<StepReport>>,
    /// How long halves took that were not the first of their message: to be added to the history.
    pub times: SyncCell<Vec<(Version, u64)>>,
    /// Who was seen to be in the way of the half that is running.
    pub blockers: SyncCell<Vec<Blocker>>,
    /// What was said last of an entry in the server's catalogs that is there already.
    pub in_the_way: SyncCell<Option<SqlError>>,
    /// Set once a half has changed what the run relies on.
    pub is_outdated: SyncCell<bool>,
    /// What it runs.
    pub steps: &'a [Step],
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

/// Puts the session back as it was before a file set things in it, as far as that can be done inside the file's own
/// transaction. The history row is written after this, by the role that connected. How strings are read is never left
/// to a default of the database or the role.
const RESET: [&str; 4] =
    ["RESET SESSION AUTHORIZATION", "RESET ROLE", "RESET ALL", "SET standard_conforming_strings = on"];

/// What a transaction does not take back when it fails. It is let go before the COMMIT: should that fail, the next message
/// may reach another server behind a pooler.
const RELEASE_SESSION: [&str; 2] = ["DEALLOCATE ALL", "SELECT pg_catalog.pg_advisory_unlock_all()"];

/// The rest of it, after the COMMIT: temporary tables, the values that sequences gave last, LISTEN, cursors, prepared
/// statements, and advisory locks of the session. `DISCARD ALL` cannot stand in a message with others. It is a transaction of its own: without one the server
/// takes these statements and the next BEGIN of the message for one transaction, in which a file's `SET TRANSACTION`
/// comes too late (PostgreSQL manual, "Multiple Statements in a Simple Query").
const DISCARD_SESSION_STATE: [&str; 8] = [
    "BEGIN",
    "DISCARD TEMP",
    "DISCARD SEQUENCES",
    "UNLISTEN *",
    "CLOSE ALL",
    "DEALLOCATE ALL",
    "SELECT pg_catalog.pg_advisory_unlock_all()",
    "COMMIT",
];

/// How long it may take to note how long files took: there may be thousands.
const TIMES: Duration = Duration::from_secs(5);

/// How long each message may take with which a run leaves that has failed.
const LEAVE: Duration = Duration::from_secs(1);

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
            self.tell(Event::Started(step));
            let report = match step {
                Step::Down(DownStep { begun: Some(begun), .. }) => self.forget(step, begun).await,
                _ => self.run_outside(step).await,
            };
            self.tell_notices();
            self.tell_finished(report?);
            return Ok(());
        }
        if step.is_in_flight() {
            self.settle_for_transaction(step).await?;
        }
        let before = self.done();
        let result = self.run_transactions(steps).await;
        let done = self.done() - before;
        if done > 0 {
            *attempt = 1;
        }
        let Err(failed) = result else { return Ok(()) };
        let step_state = self.roll_back(&failed, TransactionMode::Transactional).await;
        if is_outdated_baseline(&failed) {
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
        Message::marked(&self.mark, self.session.position_unit())
    }

    /// What is sent after the COMMIT of a half that may have done anything.
    fn clean(&self, message: Message) -> Message {
        let message = message.own(Purpose::Frame, &DISCARD_SESSION_STATE).own(Purpose::Frame, &["BEGIN"]);
        // Where the row of the history runs code of the user's, it has done so after the resets.
        let message = match self.baseline.sharing {
            Sharing::Allowed => message,
            Sharing::Forbidden => message.own(Purpose::Frame, &RESET),
        };
        message.own(Purpose::Baseline, &[self.baseline.check()]).own(Purpose::Frame, &["COMMIT"])
    }

    /// A message that begins with a session as it was when it was made: behind a pooler, it may come to a server
    /// connection on which another client has left its settings.
    fn fresh_message(&self) -> Message {
        let message = self.message().own(Purpose::Frame, &["BEGIN"]);
        message.own(Purpose::Frame, &RESET).own(Purpose::Frame, &["COMMIT"])
    }

    /// Adds what records a half, or its progress. A half that changes common objects alone need not be guarded.
    fn recording(&self, message: Message, half: &Half, record: &str) -> Message {
        let keeps_to_itself =
            || self.baseline.sharing == Sharing::Allowed && half.objects() == Objects::Common;
        let message = match self.guard.filter(|_| !keeps_to_itself()) {
            Some(guard) => message.own(Purpose::Guard, &[guard.statement()]),
            None => message,
        };
        message.own(Purpose::History, &[record])
    }

    async fn send(&self, message: &Message) -> Result<(), MessageError> {
        self.watched(message.send(self.session.client(), |_, _| {})).await
    }

    fn tell(&self, event: Event<'_>) {
        self.listener.lock().event(event);
    }

    fn tell_finished(&self, report: StepReport) {
        self.tell_notices();
        self.tell(Event::Finished(&report));
        self.finished.lock().push(report);
    }

    fn tell_notices(&self) {
        for notice in self.session.take_notices() {
            self.tell(Event::Notice(&self.without_secrets(notice)));
        }
    }

    /// What a file raises may hold a secret of its text.
    fn without_secrets(&self, notice: Notice) -> Notice {
        let secrets = self.secrets.get_or_init(|| {
            let values = |step: &Step| secrets::long_values(step.half().source());
            self.steps.iter().flat_map(values).collect()
        });
        let masked = |text: String| {
            let text = masked_message(&text).into_owned();
            secrets.iter().fold(text, |text, secret| text.replace(secret, MASK))
        };
        Notice {
            message: masked(notice.message),
            detail: notice.detail.map(masked),
            hint: notice.hint.map(masked),
            ..notice
        }
    }

    /// Waits for the server. When that takes long, looks what it is waiting for; once interrupted, asks it to cancel.
    fn watched<'w, T: Send>(&'w self, work: impl Future<Output = T> + Send + 'w) -> BoxFuture<'w, T> {
        async move {
            self.blockers.lock().clear();
            let prefetched = self.patience.timeout / 2;
            let looked_at = self.monitor.accompany(work, prefetched, |sighting| self.tell_sighting(sighting));
            self.interrupt.cancels(self.session, looked_at).await
        }
        .boxed()
    }

    fn tell_sighting(&self, sighting: ActivitySample) {
        if sighting.awaits_standby {
            self.tell(Event::AwaitsStandby);
        }
        if let Some(progress) = &sighting.index {
            self.tell(Event::IndexProgress(progress));
        }
        let pids = |blockers: &[Blocker]| blockers.iter().map(|blocker| blocker.pid).collect::<Vec<_>>();
        let is_news = pids(&sighting.blockers) != pids(&self.blockers.lock());
        if is_news && !sighting.blockers.is_empty() {
            self.tell(Event::Blocked(&sighting.blockers));
        }
        if !sighting.blockers.is_empty() {
            self.blockers.replace(sighting.blockers);
        }
    }

    /// Ends the transaction, and what the file has set outside of it. Where no transaction is open the server only
    /// warns, which is nobody's news.
    ///
    /// It may fail: a COPY that the server refuses costs the connection (tokio-postgres sends it one message too many).
    /// But a transaction in which the server has refused a statement never commits; only where there was no answer,
    /// the COMMIT may have been on its way.
    async fn roll_back(&self, failed: &MessageError, mode: TransactionMode) -> StepState {
        self.tell_notices();
        let back = self.message().own(Purpose::Frame, &["ROLLBACK"]).own(Purpose::Frame, &RESET);
        // What does not end with a transaction goes in the same message: behind a pooler, the next one may be another
        // server's. A half outside a transaction may still need what it has made, when its statement is tried again.
        let back = match mode {
            TransactionMode::Transactional => back.own(Purpose::Frame, &DISCARD_SESSION_STATE),
            TransactionMode::NonTransactional => back,
        };
        let _ = back.send(self.session.client(), |_, _| {}).await;
        self.session.take_notices();
        if failed.error.is_connection_lost() { StepState::Unknown } else { StepState::RolledBack }
    }

    /// Leaves the session clean when a run ends early, and what is committed on the disk: only the last commit of the
    /// run would have brought it there.
    async fn leave(&self) {
        let flush = "SELECT pg_catalog.pg_logical_emit_message(true, 'pmdb', '')";
        // Without it the server does the same soon after.
        self.send_within(LEAVE, &self.message().own(Purpose::Frame, &[flush])).await;
        self.send_within(LEAVE, &self.message().own(Purpose::Frame, &DISCARD_SESSION_STATE)).await;
    }

    /// Sends what is of no consequence for the result of the run, which must not hang because of it: the server may be
    /// silent, or wait for a synchronous standby.
    async fn send_within(&self, limit: Duration, message: &Message) {
        let sending = message.send(self.session.client(), |_, _| {});
        if tokio::time::timeout(limit, sending).await.is_err() {
            self.session.cancel().await;
        }
    }

    fn run_failure(self, step: &Step, failure: StepFailure) -> RunFailure {
        RunFailure {
            finished: self.finished.into_inner(),
            step: FailedStep::of(step),
            cause: failure.cause,
            step_state: failure.step_state,
        }
    }

    /// What was sent last before the check of the baseline is committed all the same.
    async fn unless_outdated(&self, sent: Result<(), MessageError>) -> Result<(), MessageError> {
        match sent {
            Err(failed) if is_outdated_baseline(&failed) => {
                self.is_outdated.set(true);
                self.roll_back(&failed, TransactionMode::Transactional).await;
                Ok(())
            }
            sent => sent,
        }
    }

    /// Where it may help, pauses and lets the caller try again; everything else is final. The server must have undone all of
    /// what is tried again.
    async fn retry_or_fail(
        &self,
        step: &Step,
        failed: MessageError,
        step_state: StepState,
        attempt: &mut u32,
    ) -> Result<(), StepFailure> {
        let may_help = !self.session.is_closed() && !self.is_in_the_way_again(&failed.error);
        let reason = failed.error.transient().filter(|_| may_help);
        let Some(reason) = reason else {
            return Err(StepFailure { cause: self.cause(step, failed), step_state });
        };
        if *attempt > self.patience.retries {
            let place = place(step, &failed.origin);
            return Err(StepFailure {
                cause: self.gave_up(reason, shown(step, failed.error), place, *attempt),
                step_state,
            });
        }
        let pause = pause_after(*attempt);
        let blockers = &self.blockers.lock().clone();
        self.tell(Event::Retrying { step, reason, attempt: *attempt, pause, blockers });
        *attempt += 1;
        tokio::select! {
            () = tokio::time::sleep(pause) => Ok(()),
            () = self.interrupt.requested() => Err(StepFailure { cause: Cause::Interrupted, step_state }),
        }
    }

    /// Whether an entry in the server's catalogs that stood in the way of this half still does: it is no session's that has
    /// just made the same, but there to stay.
    fn is_in_the_way_again(&self, error: &SqlError) -> bool {
        error.is(&SqlState::UNIQUE_VIOLATION)
            && self.in_the_way.replace(Some(error.clone())).as_ref() == Some(error)
    }

    fn gave_up(&self, reason: Transient, error: SqlError, place: Option<Place>, attempts: u32) -> Cause {
        match reason {
            Transient::LockTimeout => Cause::LockTimeout {
                error,
                place,
                attempts,
                timeout: self.patience.timeout,
                blockers: self.blockers.take(),
            },
            _ => Cause::Transient { error, reason, place, attempts },
        }
    }

    fn cause(&self, step: &Step, failed: MessageError) -> Cause {
        let MessageError { error, origin } = failed;
        let error = shown(step, error);
        if self.interrupt.is_requested() && error.is(&SqlState::QUERY_CANCELED) {
            return Cause::Interrupted;
        }
        if let (ErrorOrigin::Own(Purpose::Guard), Some(what)) = (&origin, Guard::found_in(&error.message)) {
            return Cause::ChangedOutside { what: what.to_owned() };
        }
        let table = self.table.to_string();
        if error.is_connection_lost() || origin != ErrorOrigin::Own(Purpose::History) {
            return Cause::Sql { place: place(step, &origin), error };
        }
        // The statements that write the history divide by zero when they do not find what they should.
        let inserts =
            step.direction() == Direction::Up && step.half().mode() == TransactionMode::Transactional;
        if error.is(&SqlState::DIVISION_BY_ZERO) && !inserts {
            return Cause::HistoryRowGone { table };
        }
        let replaced = [
            SqlState::DIVISION_BY_ZERO,
            SqlState::UNDEFINED_TABLE,
            SqlState::UNDEFINED_COLUMN,
            SqlState::DATATYPE_MISMATCH,
            SqlState::WRONG_OBJECT_TYPE,
            SqlState::INVALID_SCHEMA_NAME,
        ]
        .iter()
        .any(|code| error.is(code));
        if replaced { Cause::HistoryReplaced { table } } else { Cause::HistoryWrite { table, error } }
    }

    fn lock_timeout(&self) -> String {
        format!("SET LOCAL lock_timeout = {}", self.patience.timeout.as_millis())
    }
}

/// The failure of a half in a transaction that was rolled back. `None` where the half is not to blame.
#[cfg(feature = "inspect")]
pub(super) fn failure_of_half(step: &Step, failed: MessageError) -> Option<RunFailure> {
    let MessageError { error, origin } = failed;
    let is_its_own = matches!(origin, ErrorOrigin::File { .. })
        && !error.is_connection_lost()
        && !error.is(&SqlState::QUERY_CANCELED)
        && error.transient().is_none();
    is_its_own.then(|| RunFailure {
        finished: Vec::new(),
        step: FailedStep::of(step),
        cause: Cause::Sql { place: place(step, &origin), error: shown(step, error) },
        step_state: StepState::RolledBack,
    })
}

/// What the server said, as it may be shown.
fn shown(step: &Step, error: SqlError) -> SqlError {
    error.without_secrets_of(step.half().body())
}

/// Whether all of the half is committed, and it has changed what the run relies on.
fn is_outdated_baseline(failed: &MessageError) -> bool {
    failed.origin == ErrorOrigin::Own(Purpose::Baseline) && failed.error.is(&SqlState::DIVISION_BY_ZERO)
}
