//! Halves inside a transaction: each one with its history row, as many as fit in one message.
//!
//! The server runs `BEGIN … COMMIT; BEGIN … COMMIT` block by block and stops at the first error: each half is a
//! transaction of its own all the same, and a run waits for the server once per message, not once per file
//! (PostgreSQL manual, "Multiple Statements in a Simple Query").

use std::time::{Duration, Instant};

use super::Executor;
use super::batch::{Batch, Commit};
use super::reset::{RELEASE_SESSION, RESET};
use crate::migration::{Segment, Step};
use crate::postgres::event::StepReport;
use crate::postgres::history::NewRow;
use crate::postgres::message::{MessageError, Purpose};

/// Where halves take longer than this on average, the next one travels alone: the answers to a message come when all of
/// it is done, and the listener should hear of each.
const LONG: Duration = Duration::from_secs(1);

/// Why a batch was not run to its end.
enum BatchError {
    /// The server reads a whole message before it runs any of it, and could not read this one: a syntax error in one
    /// half keeps the halves before it from running. In a smaller message they do.
    Unread(MessageError),
    /// A statement failed, or the connection was lost.
    Failed(MessageError),
}

impl Executor<'_> {
    /// Runs the first of these halves, and with it those after it that can travel in the same message. What is finished
    /// is reported; the first half that is not is the one that an error is about.
    pub(super) async fn run_transactions(&self, steps: &[Step]) -> Result<(), MessageError> {
        let mut steps = steps;
        loop {
            let batch = self.batch(steps);
            let count = batch.members.len();
            if let (0, Some(step)) = (count, steps.first()) {
                return self.run_in_pieces(step, self.commit(steps)).await;
            }
            match self.send_batch(batch).await {
                Err(BatchError::Unread(_)) if count > 1 => steps = steps.get(..count / 2).unwrap_or_default(),
                Err(BatchError::Unread(failed) | BatchError::Failed(failed)) => return Err(failed),
                Ok(()) => return Ok(()),
            }
        }
    }

    async fn send_batch(&self, batch: Batch<'_>) -> Result<(), BatchError> {
        let start = Instant::now();
        let count = batch.members.len();
        let first = batch.members.first().map_or(0, |(_, end)| *end);
        let mut before = 0;
        let mut members = batch.members.into_iter().peekable();
        self.tell_started(count);
        let (mut recorded, mut nothing_completed) = (None, true);
        let on_completed = |completed: usize, value: Option<String>| {
            nothing_completed = false;
            recorded = value.or_else(|| recorded.take());
            let Some((step, _)) = members.next_if(|(_, end)| *end == completed) else { return };
            let took = match step {
                Step::Up(_) => recorded
                    .take()
                    .and_then(|since_message| since_message.parse::<u64>().ok())
                    .map(|since_message| {
                        since_message.saturating_sub(std::mem::replace(&mut before, since_message))
                    }),
                Step::Down(_) => {
                    (count == 1).then(|| start.elapsed().as_millis()).and_then(|took| took.try_into().ok())
                }
            };
            if let (Step::Up(up), Some(took), false) = (step, took, completed == first) {
                self.times.lock().push((up.migration.version.clone(), took));
            }
            self.tell_finished(StepReport::new(step, took));
        };
        let sent = self.watched(batch.message.send(self.session.client(), on_completed)).await;
        let is_long = start.elapsed() / u32::try_from(count).unwrap_or(u32::MAX).max(1) > LONG;
        self.batch_size.set(if is_long { 1 } else { self.batch_size.get().saturating_mul(2) });
        sent.map_err(|failed| {
            let unread =
                nothing_completed && !failed.error.is_connection_lost() && !self.interrupt.is_requested();
            if unread { BatchError::Unread(failed) } else { BatchError::Failed(failed) }
        })
    }

    /// One transaction over several messages: a half with a COPY in it, or with a statement that changes how the
    /// server reads what follows.
    async fn run_in_pieces(&self, step: &Step, commit: Commit) -> Result<(), MessageError> {
        let start = Instant::now();
        self.run_pieces(step).await?;
        self.record_pieces(step, commit, start).await
    }

    /// All but its end.
    pub(super) async fn run_pieces(&self, step: &Step) -> Result<(), MessageError> {
        self.tell_started(1);
        let half = step.half();
        self.send(&self.fresh_message().own(Purpose::Frame, &self.opening(step))).await?;
        for segment in half.segments() {
            match segment {
                Segment::Sql { span, statements } => {
                    self.send(&self.message().file(half, span, statements)).await?;
                }
                Segment::Copy { statement } => self.copy(half, &statement).await?,
            }
        }
        // By itself, since the server reads a whole message before it runs any of it: the row must not be read under
        // an encoding that the file has set.
        self.send(&self.message().own(Purpose::Frame, &RESET).own(Purpose::Frame, &RELEASE_SESSION)).await
    }

    /// Its end: the history row and COMMIT.
    pub(super) async fn record_pieces(
        &self,
        step: &Step,
        commit: Commit,
        start: Instant,
    ) -> Result<(), MessageError> {
        let closing = self.closing(self.message(), step, NewRow::FinishedFirst, commit);
        let sent = self.send(&self.clean(closing)).await;
        self.unless_outdated(sent).await?;
        self.tell_finished(StepReport::timed(step, start.elapsed()));
        Ok(())
    }
}
