//! Halves inside a transaction: each one with its history row, as many as fit in one message.
//!
//! The server runs `BEGIN … COMMIT; BEGIN … COMMIT` block by block and stops at the first error: each half is a
//! transaction of its own all the same, and a run waits for the server once per message, not once per file
//! (PostgreSQL manual, "Multiple Statements in a Simple Query").

use std::ops::Range;
use std::time::{Duration, Instant};

use super::{Executor, RELEASE_SESSION, RESET};
use crate::migration::{Half, Segment, SessionImpact, Step, TransactionMode, UpStep};
use crate::postgres::baseline::Sharing;
use crate::postgres::event::{Event, StepReport};
use crate::postgres::history::{HistoryTable, NewRow};
use crate::postgres::message::{Message, MessageError, Purpose};

/// A message that has grown to this many bytes is sent: memory stays flat, however many files there are.
const FULL: usize = 256 * 1024;

/// Where halves take longer than this on average, the next one travels alone: the answers to a message come when all of
/// it is done, and the listener should hear of each.
const LONG: Duration = Duration::from_secs(1);

/// With how many workers the server may build an index. For the index of a table that is being made, and so is empty, it
/// takes longer to plan that than to build the index.
const PARALLEL_BUILD: &str = "max_parallel_maintenance_workers";

/// What is set while halves are recorded by a prepared statement.
const SHARED: [(&str, &str); 2] = [("synchronous_commit", "off"), (PARALLEL_BUILD, "0")];

/// Whether the server writes a commit to the disk before it answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Commit {
    /// It does.
    Flushed,
    /// It need not: a later commit of this run takes this one along, and a crash in between leaves a clean
    /// beginning of the run (PostgreSQL manual, "Asynchronous Commit").
    Deferred,
}

/// Halves that travel in one message.
struct Batch<'s> {
    message: Message,
    /// Each half, with the number of statements that the server has completed once its COMMIT is done.
    members: Vec<(&'s Step, usize)>,
}

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

    fn batch<'s>(&self, steps: &'s [Step]) -> Batch<'s> {
        let mut batch = Batch { message: self.fresh_message(), members: Vec::new() };
        let mut recorder = SharedInsert::Missing;
        for (index, step) in steps.iter().take(self.batch_size.get()).enumerate() {
            let Some(segment) = whole(step.half()) else { break };
            let waits_for_its_turn = index > 0 && step.is_in_flight();
            let is_outside = step.half().mode() == TransactionMode::NonTransactional;
            if is_outside || waits_for_its_turn || batch.message.len() >= FULL {
                break;
            }
            let commit = self.commit(steps.get(index..).unwrap_or_default());
            let session_impact = self.session_impact(step.half());
            let message = match step {
                Step::Up(up)
                    if index > 0
                        && session_impact == SessionImpact::Nothing
                        && commit == Commit::Deferred =>
                {
                    let message = self.with_shared_insert(batch.message, &mut recorder);
                    let message = message.own(Purpose::Frame, &self.shared_opening(step));
                    let message = with_file(message, step, segment);
                    let record = HistoryTable::execute_insert(&self.recorder, &up.migration);
                    self.recording(message, step.half(), &record).own(Purpose::Frame, &["COMMIT"])
                }
                _ => {
                    // Where such a half fails at its COMMIT, nobody may be left to take it away: behind a pooler, the
                    // next message goes to any server.
                    let message = self.without_shared_insert(batch.message, &mut recorder);
                    let message = message.own(Purpose::Frame, &self.opening(step));
                    let message = with_file(message, step, segment);
                    let message = match session_impact {
                        SessionImpact::Nothing => message,
                        _ => message.own(Purpose::Frame, &RESET).own(Purpose::Frame, &RELEASE_SESSION),
                    };
                    let row = if index == 0 { NewRow::FinishedFirst } else { NewRow::FinishedLater };
                    self.closing(message, step, row, commit)
                }
            };
            batch.members.push((step, message.statements()));
            batch.message = match session_impact {
                SessionImpact::Nothing => message,
                _ => self.clean(message),
            };
            if step.half().names_custom_setting() {
                break;
            }
        }
        batch.message = self.without_shared_insert(batch.message, &mut recorder);
        batch
    }

    /// Makes what the halves after it share, which is cheaper than sending it with each of them.
    fn with_shared_insert(&self, message: Message, recorder: &mut SharedInsert) -> Message {
        if std::mem::replace(recorder, SharedInsert::Ready) == SharedInsert::Ready {
            return message;
        }
        let lock_timeout = format!("SET lock_timeout = {}", self.patience.timeout.as_millis());
        let settings = SHARED.map(|(name, value)| format!("SET {name} = {value}"));
        let prepare = self.table.prepare_insert(&self.recorder, &self.baseline.table_oid);
        let message = message.own(Purpose::Frame, &["BEGIN", &lock_timeout]).own(Purpose::Frame, &settings);
        message.own(Purpose::History, &[prepare]).own(Purpose::Frame, &["COMMIT"])
    }

    /// Takes that away. A transaction of its own, like [`DISCARD_SESSION_STATE`].
    fn without_shared_insert(&self, message: Message, recorder: &mut SharedInsert) -> Message {
        if std::mem::replace(recorder, SharedInsert::Missing) == SharedInsert::Missing {
            return message;
        }
        let deallocate = format!("DEALLOCATE {}", self.recorder);
        let settings = SHARED.map(|(name, _)| format!("RESET {name}"));
        let message = message.own(Purpose::Frame, &["BEGIN", "RESET lock_timeout"]);
        message.own(Purpose::Frame, &settings).own(Purpose::Frame, &[&deallocate, "COMMIT"])
    }

    async fn send_batch(&self, batch: Batch<'_>) -> Result<(), BatchError> {
        let start = Instant::now();
        let count = batch.members.len();
        let first = batch.members.first().map_or(0, |(_, end)| *end);
        let mut before = 0;
        let mut members = batch.members.into_iter().peekable();
        if let Some((step, _)) = members.peek() {
            self.tell(Event::Started(step));
        }
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
            if let Some((next, _)) = members.peek() {
                self.tell(Event::Started(next));
            }
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
        self.tell(Event::Started(step));
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
        self.send(&self.message().own(Purpose::Frame, &RESET).own(Purpose::Frame, &RELEASE_SESSION)).await?;
        let closing = self.closing(self.message(), step, NewRow::FinishedFirst, commit);
        let sent = self.send(&self.clean(closing)).await;
        self.unless_outdated(sent).await?;
        self.tell_finished(StepReport::timed(step, start.elapsed()));
        Ok(())
    }

    fn opening(&self, step: &Step) -> Vec<String> {
        let mut opening = self.short_opening(step);
        opening.insert(1, self.lock_timeout());
        opening
    }

    /// What stands before a half that shares its settings with others.
    fn shared_opening(&self, step: &Step) -> Vec<String> {
        let mut opening = self.short_opening(step);
        if step.half().may_index_rows() {
            opening.push(format!("SET LOCAL {PARALLEL_BUILD} = DEFAULT"));
        }
        opening
    }

    /// What stands before a half whose lock timeout is set already.
    fn short_opening(&self, step: &Step) -> Vec<String> {
        let mut opening = vec!["BEGIN".to_owned()];
        if let Step::Up(UpStep { resume: Some(resume), .. }) = step {
            opening.push(self.table.delete_begun(&resume.version));
        }
        opening
    }

    fn closing(&self, message: Message, step: &Step, row: NewRow, commit: Commit) -> Message {
        let record = match step {
            Step::Up(up) => self.table.insert(&up.migration, &self.baseline.table_oid, row),
            Step::Down(down) => self.table.delete(&down.version),
        };
        let message = self.recording(message, step.half(), &record);
        let message = match commit {
            Commit::Deferred => message.own(Purpose::Frame, &["SET LOCAL synchronous_commit = off"]),
            Commit::Flushed => message,
        };
        message.own(Purpose::Frame, &["COMMIT"])
    }

    /// What a half may leave in the session, here.
    fn session_impact(&self, half: &Half) -> SessionImpact {
        // What a half does to the history table may have its effect with the next row there.
        let is_about_the_history = half.body().contains(self.table.name());
        match self.baseline.sharing {
            Sharing::Allowed if !is_about_the_history => half.session_impact(),
            _ => SessionImpact::Anything,
        }
    }

    /// Only the last commit of a run has to be on the disk when the run ends.
    fn commit(&self, steps: &[Step]) -> Commit {
        if steps.len() > 1 { Commit::Deferred } else { Commit::Flushed }
    }
}

/// A prepared statement that records a half, and settings for the session instead of the same for each transaction. Only
/// halves that leave everything as it was can have them in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum SharedInsert {
    Missing,
    Ready,
}

fn with_file(message: Message, step: &Step, segment: Option<(Range<usize>, usize)>) -> Message {
    match segment {
        Some((span, statements)) => message.file(step.half(), span, statements),
        None => message,
    }
}

/// The one stretch of SQL that a half consists of (none, when it holds no statement), if it can go in one message.
fn whole(half: &Half) -> Option<Option<(Range<usize>, usize)>> {
    let mut segments = half.segments();
    match (segments.next(), segments.next()) {
        (None, _) => Some(None),
        (Some(Segment::Sql { span, statements }), None) => Some(Some((span, statements))),
        _ => None,
    }
}
