//! What a migrator tells while it works. It prints nothing itself.

use std::time::Duration;

use super::backfill::WaitReason;
use super::blocker::Blocker;
use super::history::HistoryTable;
use super::monitor::IndexProgress;
use super::sql_error::Transient;
use crate::connect::{ConnectError, Notice};
use crate::migration::{BackfillProgress, Direction, Migration, Plan, Step, Version};

/// Something that happened during a run.
#[derive(Debug)]
pub enum Event<'a> {
    /// The server has no connection left; it is tried again.
    NoConnectionLeft {
        /// What the server said.
        error: &'a ConnectError,
        /// Which try failed, from 1.
        attempt: u32,
        /// How long until the next one.
        pause: Duration,
    },
    /// Another runner is at work, and this one waits for it. Reported once.
    WaitingForLock(&'a Blocker),
    /// Somebody has named this table as the history, and it is not there yet.
    NoTableYet(&'a HistoryTable),
    /// Indexes or constraints are missing that a run that loaded rows has put off: this table keeps them.
    StillPutOff(&'a HistoryTable),
    /// The plan stands; nothing has been run.
    Planned(&'a Plan),
    /// Halves are about to run, one after the other: all that travel in one message.
    Started(&'a [Step]),
    /// The server was seen to be at the first of these; the others follow in the same message.
    Running(&'a [Step]),
    /// A statement of a half outside a transaction is done: how many, and of how many.
    StatementDone {
        /// The half.
        step: &'a Step,
        /// Statements done.
        done: usize,
        /// Statements in all.
        total: usize,
    },
    /// A batch of a backfill is done.
    BatchDone {
        /// The half.
        step: &'a Step,
        /// How far it has come.
        progress: &'a BackfillProgress,
        /// How fast this run is.
        rows_per_second: u64,
    },
    /// A backfill waits, since others need the server more.
    Waits {
        /// The half.
        step: &'a Step,
        /// Why.
        reasons: &'a [WaitReason],
    },
    /// A backfill that has waited goes on.
    GoesOn(&'a Step),
    /// How far replicas lag is hidden from this role: a backfill does not wait for them.
    ReplicasHidden(&'a Step),
    /// A replication slot that nothing reads keeps WAL: a backfill does not wait for it.
    SlotIdle {
        /// The half.
        step: &'a Step,
        /// The slot.
        slot: &'a str,
        /// How much it keeps, in bytes.
        bytes: u64,
    },
    /// A batch takes longer than it should, however few rows it has.
    SlowBatches {
        /// The half.
        step: &'a Step,
        /// How long it takes at least.
        least: Duration,
    },
    /// A deferred backfill that is not done cannot do its work any more, after a statement that could not be rolled back.
    TakenFromBackfill {
        /// The half of the statement.
        step: &'a Step,
        /// The backfill.
        backfill: &'a Migration,
        /// Why, in words.
        why: &'a str,
    },
    /// A statement that an interrupted run had begun was found to have taken effect.
    FoundDone {
        /// The half.
        step: &'a Step,
        /// What was found, in words.
        what: &'a str,
    },
    /// A statement failed, and has left something behind that the next run removes.
    LeftBehind {
        /// The half.
        step: &'a Step,
        /// What is there, in words.
        what: &'a str,
    },
    /// What an interrupted or failed statement had left behind was removed, or brought to its end.
    Repaired {
        /// The half.
        step: &'a Step,
        /// What was done, in words.
        what: &'a str,
    },
    /// A half was refused for a reason that passes; it was rolled back and will be tried again.
    Retrying {
        /// The half.
        step: &'a Step,
        /// Why.
        reason: Transient,
        /// Which try failed, from 1.
        attempt: u32,
        /// How long until the next one.
        pause: Duration,
        /// The worker of Citus that refused it, `host:port`.
        worker: Option<&'a str>,
        /// Who held the lock, as far as that was seen.
        blockers: &'a [Blocker],
    },
    /// A statement waits for a lock. Reported when other sessions hold it than before.
    Blocked {
        /// Whose it is: a half, one of several where it is not known which, or none where it is pmdb's own.
        steps: &'a [Step],
        /// The sessions that hold the lock.
        blockers: &'a [Blocker],
    },
    /// A COMMIT is done on this server, and waits for a synchronous standby to confirm it.
    AwaitsStandby,
    /// A run ended early, and the wait for a synchronous standby to confirm what it has committed was broken off.
    Unconfirmed,
    /// How far the index build that is running has come.
    IndexProgress(&'a IndexProgress),
    /// How many bytes of the data of a COPY are sent, where they are many.
    CopyProgress {
        /// Sent.
        done: u64,
        /// In all.
        total: u64,
    },
    /// The server said something that is no error.
    Notice(&'a Notice),
    /// A half is done and recorded.
    Finished(&'a StepReport),
}

/// Who listens, perhaps from another thread each time.
pub trait Listener: Send {
    /// Takes one event.
    fn event(&mut self, event: Event<'_>);
}

/// Listens to nothing.
#[derive(Debug, Default)]
pub struct NoopListener;

impl Listener for NoopListener {
    fn event(&mut self, _event: Event<'_>) {}
}

impl<F: FnMut(Event<'_>) + Send> Listener for F {
    fn event(&mut self, event: Event<'_>) {
        self(event);
    }
}

/// A half that was run and recorded.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct StepReport {
    /// Up or down.
    pub direction: Direction,
    /// The version.
    pub version: Version,
    /// The name.
    pub name: String,
    /// How long it took, in milliseconds. `None` for a down half that travelled with others in one message.
    pub execution_ms: Option<u64>,
    /// How many statements the half holds.
    pub statements: usize,
}

impl StepReport {
    pub(super) fn new(step: &Step, execution_ms: Option<u64>) -> StepReport {
        StepReport {
            direction: step.direction(),
            version: step.version().clone(),
            name: step.name().to_owned(),
            execution_ms,
            statements: step.half().statement_count(),
        }
    }

    /// With a time that was taken here.
    pub(super) fn timed(step: &Step, took: Duration) -> StepReport {
        StepReport::new(step, u64::try_from(took.as_millis()).ok())
    }
}
