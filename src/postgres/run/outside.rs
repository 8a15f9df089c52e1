//! Halves outside a transaction: statement by statement, each with its progress in the history row.
//!
//! A part that can be in a transaction shares one with its progress. One that cannot is noted as in flight before it is
//! sent (`alone.rs` runs it): together with the progress of the part before it, so that the note costs no round trip.

use std::time::Instant;

use super::alone::{Recovered, Refusal};
use super::part_run::{PartRun, Row, settings_in};
use super::reset::RESET;
use super::{Executor, StepFailure};
use crate::migration::{
    AfterCrash, DownStep, Half, Position, Statement, StatementGroup, StatementKind, Step, TransactionMode,
    UpStep,
};
use crate::postgres::event::{Event, StepReport};
use crate::postgres::failure::{Cause, ServerAnswer, StepState};
use crate::postgres::history::NewRow;
use crate::postgres::message::{ErrorOrigin, Message, MessageError, Purpose};

impl Executor<'_> {
    /// Runs one half from where it stands to its end.
    pub(super) async fn run_outside(&self, step: &Step) -> Result<StepReport, StepFailure> {
        let start = Instant::now();
        let half = step.half();
        let total = half.statement_count();
        let at = self.settle(step).await?;
        let mut row = step.resume().map_or(Row::Absent, |_| Row::Earlier(at));
        let mut settings = Vec::new();
        let mut parts = half.parts().peekable();
        let mut position = 0;
        while let Some(part) = parts.next() {
            let done = position;
            position += part.statements.len();
            if position > at.done() {
                let next = position_before(parts.peek().copied(), position);
                let backfills = self.ready_backfills(step).await;
                let run =
                    PartRun { step, half, part, settings: &settings, done, next, backfills: &backfills };
                self.begin(&run, &mut row).await?;
                self.run_part(&run, row).await?;
                row = Row::Written(next);
                self.tell(Event::StatementDone { step, done: position, total });
            }
            settings.extend(settings_in(part));
        }
        if let Err(failed) = self.end_outside(step, start, row).await {
            return Err(self.break_off(step, failed, total).await);
        }
        Ok(StepReport::timed(step, start.elapsed()))
    }

    /// Gets the history ready for a part, where the part before it has not done that.
    async fn begin(&self, run: &PartRun<'_>, row: &mut Row) -> Result<(), StepFailure> {
        let before = position_before(Some(run.part), run.done);
        let (done, total) = (run.done, run.half.statement_count());
        if let Err(cause) = self.may_go_on() {
            // Where the lock is lost, another run may have written the same note for itself.
            let step_state = match (&row, &cause, run.part.statements) {
                (
                    Row::Written(Position::InFlight(_)),
                    Cause::LockLost,
                    [Statement { kind: StatementKind::MayCommit, .. }],
                ) => StepState::MayHaveCommitted { done, total, answer: ServerAnswer::None },
                (Row::Written(_), Cause::LockLost, _) | (Row::Absent | Row::Earlier(_), ..) => {
                    StepState::Stopped { done, total }
                }
                (Row::Written(_), ..) => {
                    self.take_back(run).await;
                    StepState::Stopped { done, total }
                }
            };
            return Err(StepFailure { cause, step_state });
        }
        let is_ready = match row {
            Row::Absent => run.part.carries_progress(),
            Row::Earlier(_) => false,
            Row::Written(_) => true,
        };
        if !is_ready {
            let begin = self.fresh_message().own(Purpose::History, &[self.record(run.step, *row, before)]);
            if let Err(failed) = self.send(&begin).await {
                return Err(self.break_off(run.step, failed, done).await);
            }
            *row = Row::Written(before);
        }
        Ok(())
    }

    /// The statement that writes where a half stands.
    pub(super) fn record(&self, step: &Step, row: Row, now: Position) -> String {
        match (row, step) {
            (Row::Absent, Step::Up(UpStep { migration, .. })) => {
                self.table.insert(migration, &self.starting_point.table_oid, NewRow::Begun(now))
            }
            (Row::Absent, Step::Down(DownStep { version, half, .. })) => {
                self.table.begin_down(version, half, None, now)
            }
            (Row::Earlier(before), Step::Up(up)) => {
                self.table.resume_up(step.version(), &up.migration, before, now)
            }
            (Row::Earlier(before), Step::Down(DownStep { version, half, .. })) => {
                self.table.begin_down(version, half, Some(before), now)
            }
            (Row::Written(before), _) => self.table.progress(step.version(), step.direction(), before, now),
        }
    }

    pub(super) async fn end_outside(
        &self,
        step: &Step,
        start: Instant,
        row: Row,
    ) -> Result<(), MessageError> {
        let total = step.half().statement_count();
        let finish = match step {
            Step::Up(_) => self.table.finish_up(step.version(), start.elapsed().as_millis()),
            Step::Down(down) => self.table.delete(&down.version),
        };
        let message = self.fresh_message().own(Purpose::Frame, &["BEGIN"]);
        let message = match row {
            Row::Absent | Row::Earlier(_) => {
                self.recording(message, step, &self.record(step, row, Position::Done(total)))
            }
            Row::Written(_) => message,
        };
        let message = message.own(Purpose::History, &[finish]).own(Purpose::Frame, &["COMMIT"]);
        let sent = self.send(&self.clean(message)).await;
        self.unless_outdated(sent).await
    }

    /// Runs one part, and records its progress.
    async fn run_part(&self, run: &PartRun<'_>, row: Row) -> Result<(), StepFailure> {
        let mut attempt = 1;
        loop {
            let result = match run.part.statements {
                [only] if run.part.carries_progress() => self.run_with_progress(run, only, row).await,
                [only] => self.run_alone(run, only).await.map(|()| None),
                block => self.run_block(run, block, row).await,
            };
            let failed = match result {
                Ok(None) => return self.note_done(run, row).await,
                Ok(Some(cause)) => {
                    self.end_transaction(TransactionMode::NonTransactional).await;
                    let (done, total) = (run.done, run.half.statement_count());
                    return Err(StepFailure { cause, step_state: StepState::Stopped { done, total } });
                }
                Err(failed) => failed,
            };
            self.roll_back(&failed, TransactionMode::NonTransactional).await;
            let refusal = Refusal::of(&failed);
            let step_state = step_state_after(&failed, run);
            let outcome = match step_state {
                StepState::MayHaveCommitted { .. } => {
                    Err(StepFailure { cause: self.cause(run.step, failed), step_state })
                }
                _ => self.retry_or_fail(run.step, failed, step_state, &mut attempt).await,
            };
            if let Err(failure) = outcome {
                self.after_failure(run, row, refusal).await;
                return Err(failure);
            }
            if self.recover_for_retry(run).await? == Recovered::Done {
                return self.note_done(run, row).await;
            }
        }
    }

    /// Notes that a part is done, where it could not do so in a transaction of its own. Should that fail, the history still
    /// says that it is in flight: nothing is done twice.
    async fn note_done(&self, run: &PartRun<'_>, row: Row) -> Result<(), StepFailure> {
        if run.part.carries_progress() {
            return Ok(());
        }
        let message = self.fresh_message().own(Purpose::Frame, &["BEGIN"]);
        let message = self.progress(message, run, row).own(Purpose::Frame, &["COMMIT"]);
        let Err(failed) = self.send(&message).await else {
            self.tell_what_was_taken(run.step, run.backfills).await;
            return Ok(());
        };
        self.roll_back(&failed, TransactionMode::NonTransactional).await;
        let (done, total) = (run.done, run.half.statement_count());
        let step_state = match run.part.statements {
            [Statement { kind: StatementKind::MayCommit, .. }] => {
                StepState::MayHaveCommitted { done, total, answer: ServerAnswer::Done }
            }
            _ => StepState::Stopped { done, total },
        };
        Err(StepFailure { cause: self.cause(run.step, failed), step_state })
    }

    /// Ends what a message has begun that failed beside the statements of the file: what comes next on this connection must
    /// not find a failed transaction.
    pub(super) async fn break_off(&self, step: &Step, failed: MessageError, done: usize) -> StepFailure {
        self.roll_back(&failed, TransactionMode::NonTransactional).await;
        self.stopped(step, failed, done)
    }

    pub(super) fn stopped(&self, step: &Step, failed: MessageError, done: usize) -> StepFailure {
        let total = step.half().statement_count();
        let step_state = match failed.error.is_connection_lost() {
            true => StepState::Lost { done, total },
            false => StepState::Stopped { done, total },
        };
        StepFailure { cause: self.cause(step, failed), step_state }
    }

    /// The settings of the file end before the progress is written, and come again with the next part: the next
    /// transaction may run on another server process, and this one may serve others.
    pub(super) fn progress(&self, message: Message, run: &PartRun<'_>, row: Row) -> Message {
        let record = self.record(run.step, row, run.next);
        self.recording(message.own(Purpose::Frame, &RESET), run.step, &record)
    }

    /// A statement that can share a transaction with its progress does. The answer may be why it must not be committed.
    async fn run_with_progress(
        &self,
        run: &PartRun<'_>,
        statement: &Statement,
        row: Row,
    ) -> Result<Option<Cause>, MessageError> {
        let message = self.fresh_message().own(Purpose::Frame, &["BEGIN"]);
        let message = message.own(Purpose::Frame, &self.lock_timeout());
        let message = self.send_statements(run.half, message, run.settings).await?;
        let message = self.send_statements(run.half, message, &[statement]).await?;
        let message = match self.checked(run.backfills, message).await? {
            Ok(message) => message,
            Err(cause) => return Ok(Some(cause)),
        };
        let sent = self.send(&self.progress(message, run, row).own(Purpose::Frame, &["COMMIT"])).await;
        sent.map(|()| None).map_err(|failed| of_statement(statement, failed))
    }

    /// A block that the file itself opens and closes. The progress goes in before a COMMIT; after a ROLLBACK it would
    /// be lost, and after a PREPARE TRANSACTION it would lock the row until somebody commits that.
    async fn run_block(
        &self,
        run: &PartRun<'_>,
        block: &[Statement],
        row: Row,
    ) -> Result<Option<Cause>, MessageError> {
        let half = run.half;
        let [begin, inner @ .., last] = block else { return Ok(None) };
        let message =
            self.fresh_message().file(half, begin.span.clone(), 1).own(Purpose::Frame, &self.lock_timeout());
        let message = self.send_statements(half, message, run.settings).await?;
        let message = self.send_statements(half, message, &inner.iter().collect::<Vec<_>>()).await?;
        if !run.part.carries_progress() {
            return self.send(&message.file(half, last.span.clone(), 1)).await.map(|()| None);
        }
        let message = match self.checked(run.backfills, message).await? {
            Ok(message) => message,
            Err(cause) => return Ok(Some(cause)),
        };
        let sent = self.send(&self.progress(message, run, row).file(half, last.span.clone(), 1)).await;
        sent.map(|()| None)
    }

    /// Sends statements, and gives back the message that is still to be sent: one is cut where the next statement
    /// has to be read differently, and around the data of a COPY.
    pub(super) async fn send_statements(
        &self,
        half: &Half,
        opening: Message,
        statements: &[&Statement],
    ) -> Result<Message, MessageError> {
        let mut message = opening;
        for statement in statements {
            if statement.kind.copies() {
                self.send(&message).await?;
                self.copy(half, statement).await?;
                message = self.message();
                continue;
            }
            message = message.file(half, statement.span.clone(), 1);
            if statement.kind == StatementKind::ChangesLexing {
                self.send(&message).await?;
                message = self.message();
            }
        }
        Ok(message)
    }
}

/// What is deferred fails at COMMIT, and can only be this statement's.
pub(super) fn of_statement(statement: &Statement, failed: MessageError) -> MessageError {
    match failed.origin {
        ErrorOrigin::Own(Purpose::Frame) if failed.error.may_be_deferred() => {
            let span = statement.span.clone();
            MessageError { origin: ErrorOrigin::File { offset: span.start, statement: span }, ..failed }
        }
        _ => failed,
    }
}

/// Where a half stands before a part is sent.
fn position_before(part: Option<StatementGroup<'_>>, done: usize) -> Position {
    match part {
        Some(part) if !part.carries_progress() && part.after_crash() != AfterCrash::RunAgain => {
            Position::InFlight(done)
        }
        _ => Position::Done(done),
    }
}

/// How a half is left by an error of one of its parts.
fn step_state_after(failed: &MessageError, run: &PartRun<'_>) -> StepState {
    let (done, total) = (run.done, run.step.half().statement_count());
    let lost = failed.error.is_connection_lost();
    if let [Statement { kind: StatementKind::MayCommit, .. }] = run.part.statements {
        let answer = if lost { ServerAnswer::None } else { ServerAnswer::Failed };
        return StepState::MayHaveCommitted { done, total, answer };
    }
    if lost { StepState::Lost { done, total } } else { StepState::Stopped { done, total } }
}
