//! What is sent to the server for halves inside a transaction: as many as fit in one message, each with its history row.
//!
//! The first message of a run holds one file, the next one two. So two small files that each create a table are two
//! messages, the second of which differs only in its last COMMIT, which is flushed to the disk:
//!
//! ```text
//! BEGIN; RESET …; COMMIT;                                  what another client of a pooler may have left
//! BEGIN; SET LOCAL lock_timeout = 5000;
//! CREATE TABLE a ();
//! INSERT INTO schema_migrations …;
//! SET LOCAL synchronous_commit = off; COMMIT;
//! ```
//!
//! A file that may leave something in the session is followed by resets as well, see `reset.rs`.

use std::ops::Range;

use super::Executor;
use super::reset::{RELEASE_SESSION, RESET};
use crate::migration::{Direction, Half, Segment, SessionImpact, Step, TransactionMode, UpStep};
use crate::postgres::citus::Citus;
use crate::postgres::history::{HistoryTable, NewRow};
use crate::postgres::message::{Message, Purpose};
use crate::postgres::starting_point::Sharing;

/// A message that has grown to this many bytes is sent: memory stays flat, however many files there are.
const FULL: usize = 256 * 1024;

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
pub(super) struct Batch<'s> {
    pub message: Message,
    /// Each half, with the number of statements that the server has completed once its COMMIT is done.
    pub members: Vec<(&'s Step, usize)>,
}

impl Executor<'_> {
    pub(super) fn batch<'s>(&self, steps: &'s [Step]) -> Batch<'s> {
        let mut batch = Batch { message: self.fresh_message(), members: Vec::new() };
        let mut shared_insert = SharedInsert::Missing;
        for (index, step) in steps.iter().take(self.batch_size()).enumerate() {
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
                    let message = self.with_shared_insert(batch.message, &mut shared_insert);
                    let message = message.own(Purpose::Frame, &self.shared_opening(step));
                    let message = with_file(message, step, segment);
                    let record = HistoryTable::execute_insert(&self.recorder, &up.migration);
                    self.recording(message, step, &record).own(Purpose::Frame, &["COMMIT"])
                }
                _ => {
                    // Where such a half fails at its COMMIT, nobody may be left to take it away: behind a pooler, the
                    // next message goes to any server.
                    let message = self.without_shared_insert(batch.message, &mut shared_insert);
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
        batch.message = self.without_shared_insert(batch.message, &mut shared_insert);
        batch
    }

    /// How many halves may travel in a message. Where statements travel one by one, a half could run after another that has
    /// failed.
    fn batch_size(&self) -> usize {
        match self.starting_point.citus {
            Citus::Absent => self.batch_size.get(),
            Citus::Present => 1,
        }
    }

    /// Makes what the halves after it share, which is cheaper than sending it with each of them.
    fn with_shared_insert(&self, message: Message, shared: &mut SharedInsert) -> Message {
        if std::mem::replace(shared, SharedInsert::Ready) == SharedInsert::Ready {
            return message;
        }
        let lock_timeout = format!("SET lock_timeout = {}", self.patience.timeout.as_millis());
        let settings = SHARED.map(|(name, value)| format!("SET {name} = {value}"));
        let prepare = self.table.prepare_insert(&self.recorder, &self.starting_point.table_oid);
        let message = message.own(Purpose::Frame, &["BEGIN", &lock_timeout]).own(Purpose::Frame, &settings);
        message.own(Purpose::History, &[prepare]).own(Purpose::Frame, &["COMMIT"])
    }

    /// Takes that away. A transaction of its own, like the one that discards the session state.
    fn without_shared_insert(&self, message: Message, shared: &mut SharedInsert) -> Message {
        if std::mem::replace(shared, SharedInsert::Missing) == SharedInsert::Missing {
            return message;
        }
        let deallocate = format!("DEALLOCATE {}", self.recorder);
        let settings = SHARED.map(|(name, _)| format!("RESET {name}"));
        let message = message.own(Purpose::Frame, &["BEGIN", "RESET lock_timeout"]);
        message.own(Purpose::Frame, &settings).own(Purpose::Frame, &[&deallocate, "COMMIT"])
    }

    pub(super) fn opening(&self, step: &Step) -> Vec<String> {
        let mut opening = self.short_opening(step);
        opening.splice(1..1, self.lock_timeout());
        if self.table.is_of_seeds() && step.direction() == Direction::Down {
            // Seeds are taken out of tables that others refer to.
            opening.extend(self.starting_point.citus.sequential().map(str::to_owned));
        }
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

    pub(super) fn closing(&self, message: Message, step: &Step, row: NewRow, commit: Commit) -> Message {
        let record = match step {
            Step::Up(up) => self.table.insert(&up.migration, &self.starting_point.table_oid, row),
            Step::Down(down) => self.table.delete(&down.version),
        };
        let message = self.recording(message, step, &record);
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
        match self.starting_point.sharing {
            Sharing::Allowed if !is_about_the_history => half.session_impact(),
            _ => SessionImpact::Anything,
        }
    }

    /// Only the last commit of a run has to be on the disk when the run ends. On Citus, each: its workers would keep what a
    /// coordinator that crashes has lost.
    pub(super) fn commit(&self, steps: &[Step]) -> Commit {
        let is_last = steps.len() <= 1;
        if is_last || self.starting_point.citus == Citus::Present {
            Commit::Flushed
        } else {
            Commit::Deferred
        }
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
