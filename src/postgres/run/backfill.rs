//! Backfills: one statement, run batch by batch along a key. Each batch is a transaction together with the key that it has
//! come to, in the row of the history: so each row is done once, wherever a run breaks off. It goes up to the last row that there
//! was when it began, so that it comes to an end whatever is inserted meanwhile.
//!
//! A batch takes one message. It also asks where the next batch ends, after its COMMIT:
//!
//! ```text
//! BEGIN; SET LOCAL lock_timeout = …; SET LOCAL statement_timeout = …;
//! UPDATE tasks SET … WHERE (id) > (1000) AND (id) <= (2000);
//! RESET …; UPDATE schema_migrations SET backfill = … WHERE backfill = …; COMMIT;
//! BEGIN; SELECT id FROM tasks WHERE (id) > (2000) AND (id) <= (90000) ORDER BY id OFFSET 999 LIMIT 1; COMMIT;
//! ```

use std::mem;
use std::time::{Duration, Instant};

use tokio_postgres::error::SqlState;

use super::backfill_key::no_transaction_timeout;
use super::backfill_run::{BackfillRun, RowBatch, WaitNotes, state_of};
use super::outside::of_statement;
use super::part_run::Row;
use super::reset::RESET;
use super::{Executor, StepFailure};
use crate::migration::{Backfill, Position, Statement, Step, TransactionMode};
use crate::postgres::backfill::{
    Key, KeyError, Pace, PaceChange, RowSecurity, WAITING_SESSIONS, expected_rows_of, look_for_one_worker,
    row_security,
};
use crate::postgres::citus::Citus;
use crate::postgres::event::{Event, StepReport};
use crate::postgres::failure::Cause;
use crate::postgres::message::{ErrorOrigin, Message, MessageError, Purpose};
use crate::postgres::rows::rows;
use crate::postgres::sql_error::SqlError;

/// How a message with a batch ended.
enum RowBatchAnswer {
    /// The batch is committed.
    Done {
        /// The one after it, if it could be found.
        next: Result<RowBatch, MessageError>,
        /// How many sessions waited for its locks.
        waiting: u64,
    },
    /// Nothing of it is done.
    Failed(MessageError),
}

impl Executor<'_> {
    /// Runs a backfill from where it stands to its end.
    pub(super) async fn run_backfill(
        &self,
        step: &Step,
        backfill: &Backfill,
    ) -> Result<StepReport, StepFailure> {
        let start = Instant::now();
        let at = step.resume().map_or(Position::Done(0), |resume| resume.position);
        let mut row = step.resume().map_or(Row::Absent, |_| Row::Earlier(at));
        if at.done() == 0 {
            self.run_batches(step, backfill, row).await?;
            row = Row::Written(Position::Done(1));
        }
        match self.end_outside(step, start, row).await {
            Ok(()) => Ok(StepReport::timed(step, start.elapsed())),
            Err(failed) => Err(self.break_off(step, failed, 1).await),
        }
    }

    async fn run_batches(&self, step: &Step, backfill: &Backfill, row: Row) -> Result<(), StepFailure> {
        let recorded = step.resume().and_then(|resume| resume.backfill.clone());
        let state = state_of(row, recorded.as_ref());
        let key = match self.find_key(backfill).await {
            Ok(Ok(key)) => key,
            Ok(Err(error)) => {
                return Err(StepFailure { cause: Cause::BackfillKey(error), step_state: state });
            }
            Err(error) => {
                let failed = MessageError { error, origin: ErrorOrigin::Own(Purpose::Frame) };
                return Err(StepFailure { cause: self.cause(step, failed), step_state: state });
            }
        };
        let table = key.identity(&self.starting_point.table_oid);
        let done = recorded.clone().filter(|_| !step.resume().is_some_and(|resume| resume.begins_anew));
        if let Some(Err(error)) = done.as_ref().map(|done| key.check_place(done, &table)) {
            return Err(StepFailure { cause: Cause::BackfillKey(error), step_state: state });
        }
        let row_security = match self.row_security(step, backfill).await {
            Ok(RowSecurity::Hides(tables)) => {
                let hidden = KeyError::RowsHidden { tables };
                return Err(StepFailure { cause: Cause::BackfillKey(hidden), step_state: state });
            }
            Ok(row_security) => row_security,
            Err(error) => {
                let failed = MessageError { error, origin: ErrorOrigin::Own(Purpose::Frame) };
                return Err(StepFailure { cause: self.cause(step, failed), step_state: state });
            }
        };
        let of = done.as_ref().and_then(|done| done.of);
        let until = done.as_ref().and_then(|done| done.until.clone());
        let began = (Instant::now(), done.as_ref().map_or(0, |done| done.rows));
        let is_proven = !backfill.changes_its_table || key.has_rules();
        // What Citus calls a transaction is one on each worker.
        let may_look = !is_proven && self.starting_point.citus == Citus::Absent;
        let trigger = key.update_trigger().filter(|_| may_look).map(str::to_owned);
        let mut run = BackfillRun {
            step,
            backfill,
            key,
            table,
            row_security,
            pace: Pace::new(self.pace.batch_time),
            row,
            recorded,
            done,
            began,
            of,
            until,
            waiting: WaitNotes::default(),
            is_proven,
            trigger,
            has_told_slow: false,
        };
        if run.done.is_none() {
            run.of = self.expected_rows(&run).await;
        }
        let mut attempt = 1;
        if run.until.is_none() {
            self.wait_for_writers(&mut run).await?;
            run.until = self.find_last_row(&run, &mut attempt).await?;
        }
        let mut batch = self.find_batch(&run, &mut attempt).await?;
        while let Some(next) = self.advance_backfill(&mut run, batch, &mut attempt).await? {
            batch = next;
        }
        Ok(())
    }

    /// The key, if batches can go along it and are noted as surely as they are done.
    async fn find_key(&self, backfill: &Backfill) -> Result<Result<Key, KeyError>, SqlError> {
        let client = self.session.client();
        let key = match Key::look_up(client, &self.without_limit(), backfill).await? {
            Ok(key) => key,
            Err(error) => return Ok(Err(error)),
        };
        let one_worker = match self.starting_point.citus {
            Citus::Present => look_for_one_worker(client, &self.fresh(), &key, self.table).await?,
            Citus::Absent => None,
        };
        Ok(one_worker.map_or(Ok(key), Err))
    }

    /// Why a batch cannot go along the key of the one before.
    async fn why_replaced(&self, run: &BackfillRun<'_>) -> KeyError {
        let replaced = || KeyError::Replaced { table: run.key.table().to_owned() };
        let Ok(Ok(key)) = self.find_key(run.backfill).await else { return replaced() };
        let table = key.identity(&self.starting_point.table_oid);
        if run.table.is_replaced_by(&table) {
            return replaced();
        }
        let place = run.done.as_ref().and_then(|done| key.check_place(done, &table).err());
        // Its values and their order are the same: the next run goes on.
        place.unwrap_or_else(|| run.key.sorted_anew())
    }

    /// What comes before a look at the catalog: a limit of the database for its statements is not meant for that.
    fn without_limit(&self) -> String {
        format!("{} SET LOCAL statement_timeout = 0;", self.fresh())
    }

    async fn row_security(&self, step: &Step, backfill: &Backfill) -> Result<RowSecurity, SqlError> {
        let before = format!("{} {};", self.without_limit(), self.lock_timeout().join("; "));
        self.watched(row_security(self.session.client(), &before, step.half(), backfill)).await
    }

    /// Runs a batch, or gets ready to try again. Gives back what comes next; `None` at the end.
    async fn advance_backfill(
        &self,
        run: &mut BackfillRun<'_>,
        batch: RowBatch,
        attempt: &mut u32,
    ) -> Result<Option<RowBatch>, StepFailure> {
        self.may_go_on().map_err(|cause| StepFailure { cause, step_state: run.state() })?;
        self.wait_for_others(run).await?;
        let begin = Instant::now();
        match self.send_row_batch(run, &batch).await {
            RowBatchAnswer::Done { next, waiting } => {
                *attempt = 1;
                run.record(&batch);
                if let Some(progress) = &run.done {
                    let rows_per_second = run.rows_per_second();
                    self.tell(Event::BatchDone { step: run.step, progress, rows_per_second });
                }
                if batch.is_last {
                    return Ok(None);
                }
                let took = begin.elapsed();
                let mut is_slow = self.adapt_pace(run, batch.rows, took);
                if waiting > 0 {
                    run.pace.slow_down(batch.rows);
                    is_slow = true;
                    self.let_through(run, waiting, took).await?;
                }
                match next {
                    Ok(next) if !is_slow => Ok(Some(next)),
                    Ok(_) => self.find_batch(run, attempt).await.map(Some),
                    Err(failed) => {
                        self.give_way(run, failed, attempt).await?;
                        self.find_batch(run, attempt).await.map(Some)
                    }
                }
            }
            RowBatchAnswer::Failed(failed)
                if failed.origin == ErrorOrigin::Own(Purpose::BackfillTable)
                    && failed.error.is(&SqlState::DIVISION_BY_ZERO) =>
            {
                self.roll_back(&failed, TransactionMode::NonTransactional).await;
                let error = self.why_replaced(run).await;
                Err(StepFailure { cause: Cause::BackfillKey(error), step_state: run.state() })
            }
            RowBatchAnswer::Failed(mut failed) => {
                let limit = run.pace.limit(batch.rows);
                let took_too_long = failed.error.is(&SqlState::QUERY_CANCELED)
                    && limit.is_some_and(|limit| begin.elapsed() >= limit)
                    && !self.interrupt.is_requested();
                run.pace.slow_down(batch.rows);
                if took_too_long {
                    self.roll_back(&failed, TransactionMode::NonTransactional).await;
                } else {
                    if !failed.error.is_connection_lost() {
                        failed.error.batch = Some(run.shown_rows(&batch));
                    }
                    self.give_way(run, failed, attempt).await?;
                }
                self.find_batch(run, attempt).await.map(Some)
            }
        }
    }

    /// Gives the next batches as many rows as fit. Whether that is fewer than before.
    fn adapt_pace(&self, run: &mut BackfillRun<'_>, rows: u64, took: Duration) -> bool {
        match run.pace.done(rows, took) {
            PaceChange::Slower => true,
            PaceChange::None => false,
            PaceChange::SlowAnyway => {
                if !mem::replace(&mut run.has_told_slow, true) {
                    self.tell(Event::SlowBatches { step: run.step, least: took });
                }
                false
            }
        }
    }

    /// Sends a batch.
    async fn send_row_batch(&self, run: &BackfillRun<'_>, batch: &RowBatch) -> RowBatchAnswer {
        let half = run.step.half();
        let Some(statement) = half.statements().first() else {
            return RowBatchAnswer::Done { next: Ok(batch.clone()), waiting: 0 };
        };
        let conditions = run.conditions(batch);
        let with_statement = |opening: Message| opening.rewritten(half, statement.span.clone(), &conditions);
        let opening = self.batch_opening(run, batch);
        let message = match batch.end.as_ref().filter(|_| !run.is_proven) {
            None => with_statement(opening),
            Some(end) => {
                let count = [run.query_for_rows(end)];
                let message = with_statement(opening.own(Purpose::Frame, &count)).own(Purpose::Frame, &count);
                let message = message.own(Purpose::Frame, &[run.query_for_written_rows(end)]);
                match self.prove(message, statement, (run, end)).await {
                    Ok(rest) => rest,
                    Err(failed) => return RowBatchAnswer::Failed(of_statement(statement, failed)),
                }
            }
        };
        let message = match run.row_security {
            // A policy that was made meanwhile would have hidden rows from the statement. Its locks keep others from making one now.
            RowSecurity::Elsewhere => {
                let sees_all_rows = ["SET LOCAL row_security = off", &run.key.looks_at_rows()];
                message.own(Purpose::Frame, &sees_all_rows)
            }
            _ => message,
        };
        let message = message.own(Purpose::Frame, &RESET);
        let message = message.own(Purpose::BackfillTable, &[run.key.fails_where_replaced()]);
        let message = message.own(Purpose::Frame, &[WAITING_SESSIONS]);
        let waiting_at = message.statements();
        let message = self.batch_closing(message, run, batch);
        let committed_at = message.statements();
        let message = match &batch.end {
            Some(end) if !batch.is_last => self.asking_for_key(message, run, &run.query_for_batch(Some(end))),
            _ => message,
        };
        let found_at = message.statements().saturating_sub(1);
        let (mut is_committed, mut found, mut waiting) = (false, None, 0);
        let on_completed = |completed: usize, value: Option<String>| {
            is_committed |= completed == committed_at;
            if completed == waiting_at {
                waiting = value.and_then(|sessions| sessions.parse().ok()).unwrap_or_default();
            } else if completed == found_at && is_committed {
                found = value;
            }
        };
        let sent = self.watched(message.send(self.session.client(), on_completed)).await;
        match sent {
            Ok(()) => RowBatchAnswer::Done { next: Ok(run.batch_to(found.as_deref())), waiting },
            Err(failed) if is_committed => {
                RowBatchAnswer::Done { next: Err(of_statement(statement, failed)), waiting }
            }
            Err(failed) => RowBatchAnswer::Failed(of_statement(statement, failed)),
        }
    }

    /// Sends a batch without its COMMIT, and looks how many rows that has changed: more than the batch has, where the condition for it
    /// does not limit the statement. The message counts the rows of the batch before and afterwards, since others may add some while it
    /// waits for a lock. Gives back the message for the rest.
    async fn prove(
        &self,
        message: Message,
        statement: &Statement,
        (run, end): (&BackfillRun<'_>, &[String]),
    ) -> Result<Message, MessageError> {
        let counts = self.watched(message.send_and_count(self.session.client())).await?;
        let &[.., before, changed, after, written] = counts.as_slice() else { return Ok(self.message()) };
        let rows = before.max(after);
        // Rows that are deleted are there before only, and others may add some between the two statements.
        let error = if changed > rows + rows / 10 {
            Some(SqlError::beyond_batch(changed, rows))
        } else {
            self.moved_rows(run, end, (changed, written)).await?
        };
        let span = statement.span.clone();
        let origin = ErrorOrigin::File { offset: span.start, statement: span };
        error.map_or_else(|| Ok(self.message()), |error| Err(MessageError { error, origin }))
    }

    /// Whether a trigger has given rows another key, by which they come again: fewer than were changed are among the written ones of the
    /// batch, and some are among those that come later. What is above the last row of the backfill does not come again.
    async fn moved_rows(
        &self,
        run: &BackfillRun<'_>,
        end: &[String],
        (changed, written): (u64, u64),
    ) -> Result<Option<SqlError>, MessageError> {
        let Some(trigger) = run.trigger.as_deref().filter(|_| written < changed) else { return Ok(None) };
        // It may read all rows that are left.
        let look = ["SET LOCAL statement_timeout = 0", &run.query_for_written_rows_ahead(end)];
        let message = self.message().own(Purpose::Frame, &look);
        let counts = self.watched(message.send_and_count(self.session.client())).await?;
        // Others may have written some there since.
        let moved = counts.last().copied().unwrap_or(0).min(changed - written);
        Ok((moved > 0).then(|| SqlError::moved_from_batch(moved, changed, trigger)))
    }

    fn batch_opening(&self, run: &BackfillRun<'_>, batch: &RowBatch) -> Message {
        let lock_timeout = run.pace.lock_timeout(self.patience.timeout).as_millis();
        let message = self.fresh_message().own(Purpose::Frame, &["BEGIN"]);
        let message = message.own(Purpose::Frame, &[no_transaction_timeout()]);
        let citus = self.starting_point.citus;
        let message = message.own(Purpose::Frame, &citus.lock_timeout(lock_timeout));
        // Connections to all shards of a table, side by side, would take longer than a batch of rows.
        let message = message.own(Purpose::Frame, citus.sequential().as_slice());
        match run.pace.limit(batch.rows) {
            Some(limit) => {
                let limit = format!("SET LOCAL statement_timeout = {}", limit.as_millis());
                message.own(Purpose::Frame, &[limit])
            }
            None => message,
        }
    }

    /// What is recorded of a batch, and its COMMIT.
    fn batch_closing(&self, message: Message, run: &BackfillRun<'_>, batch: &RowBatch) -> Message {
        let message = match run.row {
            Row::Written(_) => message,
            row => message.own(Purpose::History, &[self.record(run.step, row, Position::Done(0))]),
        };
        let position = Position::Done(usize::from(batch.is_last));
        let record =
            self.table.batch_done(run.step.version(), run.recorded.as_ref(), &run.after(batch), position);
        self.recording(message, run.step, &record).own(Purpose::Frame, &["COMMIT"])
    }

    /// About how many rows there are; `None` where the server does not say.
    async fn expected_rows(&self, run: &BackfillRun<'_>) -> Option<u64> {
        let query = format!("{} {}", self.fresh(), run.key.expected_rows(None));
        let plan = self.watched(rows(self.session.client(), &query)).await.ok()?;
        expected_rows_of(plan.first()?.get(0)?)
    }
}
