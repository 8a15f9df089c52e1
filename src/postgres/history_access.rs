//! The way to the history for all that happens outside of halves. Two things can make it wait: a lock on the table, and
//! a synchronous standby that does not confirm what was written. Both are reported, and an interrupt ends the wait.

use std::time::{Duration, Instant};

use tokio_postgres::error::SqlState;

use super::blocker::Blocker;
use super::citus::Citus;
use super::event::{Event, Listener};
use super::history::{Asking, History, HistoryError, HistoryScope, HistoryTable, LostSeed, TableState};
use super::interrupt::Interrupt;
use super::lock::LockError;
use super::migrator_error::MigratorError;
use super::monitor::{ActivitySample, Monitor};
use super::random_name;
use super::starting_point::StartingPoint;
use super::sync_cell::SyncCell;
use crate::connect::Session;
use crate::migration::{Migration, Version};

/// How long the first query of a second connection, as that under the runners' lock, may take to reach a server: longer only where a
/// pooler has none left for it.
pub(super) const POOLER_PATIENCE: Duration = Duration::from_secs(30);

/// A session's way to a history table.
#[derive(Debug)]
pub(crate) struct HistoryAccess<'a> {
    /// The session.
    pub session: &'a Session,
    /// The table.
    pub table: &'a HistoryTable,
    /// What asks the run to stop.
    pub interrupt: &'a Interrupt,
    /// How long to wait for a lock on the table.
    pub lock_timeout: Duration,
}

/// What was seen of a question while it waited.
#[derive(Default)]
struct HistoryAttempt {
    reached_a_server: SyncCell<bool>,
    blockers: SyncCell<Vec<Blocker>>,
}

impl HistoryAccess<'_> {
    /// Reads the history. An interrupt is obeyed at once: nothing can be half done.
    pub(crate) async fn read(
        &self,
        wanted: HistoryScope<'_>,
        listener: &mut dyn Listener,
    ) -> Result<History, MigratorError> {
        self.read_and_be_seen(&HistoryAttempt::default(), wanted, listener).await
    }

    /// Reads the history while this run holds the runners' lock: a pooler may have no second server connection to give.
    pub(super) async fn read_under_lock(
        &self,
        wanted: HistoryScope<'_>,
        listener: &mut dyn Listener,
    ) -> Result<History, MigratorError> {
        let seen = HistoryAttempt::default();
        let start = Instant::now();
        tokio::select! {
            biased;
            history = self.read_and_be_seen(&seen, wanted, listener) => match history {
                // PgBouncer ends a client that has waited for as long as its query_wait_timeout.
                Err(MigratorError::History(HistoryError::Sql { source, .. }))
                    if source.is(&SqlState::PROTOCOL_VIOLATION) && !seen.reached_a_server.get() =>
                {
                    Err(LockError::PoolTooSmall { waited: start.elapsed() }.into())
                }
                history => history,
            },
            () = never_reaches_a_server(&seen) => Err(LockError::PoolTooSmall { waited: POOLER_PATIENCE }.into()),
        }
    }

    async fn read_and_be_seen(
        &self,
        seen: &HistoryAttempt,
        wanted: HistoryScope<'_>,
        listener: &mut dyn Listener,
    ) -> Result<History, MigratorError> {
        let asking = self.asking();
        let reading = self.watched(&asking, seen, listener, self.table.read(&asking, wanted));
        tokio::select! {
            biased;
            history = reading => Ok(history?),
            () = self.interrupt.requested() => {
                self.session.cancel().await;
                Err(MigratorError::Interrupted)
            }
        }
    }

    /// The seeds that have lost tables.
    pub(super) async fn lost(&self, listener: &mut dyn Listener) -> Result<Vec<LostSeed>, MigratorError> {
        let asking = self.asking();
        self.ask(&asking, listener, self.table.lost(&asking)).await
    }

    /// Reads something. An interrupt is obeyed at once.
    pub(super) async fn ask<T>(
        &self,
        asking: &Asking<'_>,
        listener: &mut dyn Listener,
        reading: impl Future<Output = Result<T, HistoryError>>,
    ) -> Result<T, MigratorError> {
        let seen = HistoryAttempt::default();
        let reading = self.watched(asking, &seen, listener, reading);
        tokio::select! {
            biased;
            answer = reading => Ok(answer?),
            () = self.interrupt.requested() => {
                self.session.cancel().await;
                Err(MigratorError::Interrupted)
            }
        }
    }

    /// Makes or completes the table, and gives back what a run relies on.
    pub(super) async fn prepare(
        &self,
        state: TableState,
        citus: Citus,
        listener: &mut dyn Listener,
    ) -> Result<StartingPoint, MigratorError> {
        let asking = self.asking();
        self.write(&asking, listener, self.table.prepare(&asking, state, citus)).await
    }

    /// Takes a file as it is now for what was applied, and gives back the text that the history had.
    pub(super) async fn accept(
        &self,
        version: &Version,
        migration: &Migration,
        listener: &mut dyn Listener,
    ) -> Result<Option<String>, MigratorError> {
        let asking = self.asking();
        self.write(&asking, listener, self.table.accept(&asking, version, migration)).await
    }

    /// Writes. After an interrupt it still waits for the server's answer, which tells whether the write is done.
    pub(super) async fn write<T>(
        &self,
        asking: &Asking<'_>,
        listener: &mut dyn Listener,
        writing: impl Future<Output = Result<T, HistoryError>>,
    ) -> Result<T, MigratorError> {
        self.session.forget_unconfirmed();
        let seen = HistoryAttempt::default();
        let done = self.interrupt.cancels(self.session, self.watched(asking, &seen, listener, writing)).await;
        match done {
            Ok(_) if self.session.has_unconfirmed() => Err(MigratorError::Unconfirmed {
                finished: Vec::new(),
                stopped: self.interrupt.is_requested(),
            }),
            Err(HistoryError::Sql { source, .. })
                if self.interrupt.is_requested() && source.is(&SqlState::QUERY_CANCELED) =>
            {
                Err(MigratorError::Interrupted)
            }
            done => Ok(done?),
        }
    }

    /// How the table is asked once: the mark is of its own, so that what runs then can be found.
    pub(super) fn asking(&self) -> Asking<'_> {
        Asking {
            client: self.session.client(),
            mark: format!("/* pmdb {} */", random_name()),
            lock_timeout: self.lock_timeout,
            asked: self.session.target().asked(),
        }
    }

    /// Waits for the server; when that takes long, looks what the server waits for and reports it. The error about a
    /// lock that it did not get names who was seen to hold it.
    async fn watched<T>(
        &self,
        asking: &Asking<'_>,
        seen: &HistoryAttempt,
        listener: &mut dyn Listener,
        work: impl Future<Output = Result<T, HistoryError>>,
    ) -> Result<T, HistoryError> {
        let monitor = Monitor::new(self.session.target(), &asking.mark, Citus::Absent);
        let tell = |sample| seen.tell(sample, listener);
        let answer = monitor.accompany(work, self.lock_timeout / 2, None, tell).await;
        answer.map_err(|error| match error {
            HistoryError::Locked { table, timeout, .. } => {
                HistoryError::Locked { table, timeout, blockers: seen.blockers.take() }
            }
            error => error,
        })
    }
}

impl HistoryAttempt {
    fn tell(&self, sample: ActivitySample, listener: &mut dyn Listener) {
        if sample.is_running {
            self.reached_a_server.set(true);
        }
        if sample.awaits_standby {
            listener.event(Event::AwaitsStandby);
        }
        if sample.blockers.is_empty() {
            return;
        }
        let pids = |blockers: &[Blocker]| blockers.iter().map(|blocker| blocker.pid).collect::<Vec<_>>();
        if pids(&sample.blockers) != pids(&self.blockers.lock()) {
            listener.event(Event::Blocked { steps: &[], blockers: &sample.blockers });
        }
        self.blockers.replace(sample.blockers);
    }
}

/// Once a server is at work on the question, the lock timeout ends the wait.
async fn never_reaches_a_server(seen: &HistoryAttempt) {
    tokio::time::sleep(POOLER_PATIENCE).await;
    if seen.reached_a_server.get() {
        std::future::pending().await
    }
}
