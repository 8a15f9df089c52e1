//! One runner at a time.
//!
//! The lock is a transaction-level advisory lock (PostgreSQL manual, "Advisory Locks"), held by a transaction that
//! stays open on a connection of its own. So it holds also behind a pooler that hands out a server per transaction,
//! where a session-level lock belongs to nobody in particular.
//!
//! The open transaction is READ COMMITTED and runs nothing: it holds no snapshot, and a `CREATE INDEX CONCURRENTLY`
//! of the runner does not wait for it. A second runner asks again and again in short transactions. It never waits
//! inside `pg_advisory_lock`: such a waiter does hold a snapshot, and both would wait for ever.
//!
//! A runner that was killed lets its lock go at once, while the server may still be busy with what it sent last. So
//! the holder of the lock also waits until no statement that carries this lock's [`mark`] is running.

use std::time::{Duration, Instant};

use thiserror::Error;
use tokio_postgres::SimpleQueryRow;

use super::blocker::Blocker;
use super::citus::Citus;
use super::event::{Event, Listener};
use super::interrupt::Interrupt;
use super::patient::connect_patiently;
use super::rows::rows;
use super::sql_error::SqlError;
use crate::connect::{ConnectError, OFF_FOR_THE_TRANSACTION, Session, Target};
use crate::diagnosis::{Diagnose, Diagnosis};
use crate::exit::Exit;

/// Why the lock was not taken.
#[derive(Debug, Error)]
pub enum LockError {
    /// Another runner kept it for longer than this one was to wait.
    #[error("another pmdb is migrating this database{}", holder.as_ref().map_or_else(String::new, |holder| format!(" ({holder})")))]
    Held {
        /// Who, if the server says so.
        holder: Option<Blocker>,
        /// How long this runner waited.
        waited: Duration,
    },
    /// The user asked to stop while it waited.
    #[error("interrupted while waiting for another pmdb")]
    Interrupted,
    /// The second connection could not be made.
    #[error("the migration lock needs a connection of its own: {0}")]
    Connect(ConnectError),
    /// With the lock held, a pooler gave no server to the other connection.
    #[error("no answer within {} s while the migration lock is held: the pooler has no second server connection to give", waited.as_secs())]
    PoolTooSmall {
        /// How long this runner waited.
        waited: Duration,
    },
    /// The server refused.
    #[error("the migration lock cannot be taken: {0}")]
    Sql(SqlError),
}

impl Diagnose for LockError {
    fn diagnosis(&self) -> Diagnosis {
        let lock = Diagnosis::of(self, "lock");
        match self {
            LockError::Held { .. } => lock
                .code("locked")
                .exit(Exit::Locked)
                .hint("try again when it is done, or wait longer with --lock-wait"),
            LockError::Interrupted => Diagnosis::interrupted(self),
            LockError::Connect(error) => error.diagnosis().told_as(self).code("lock"),
            LockError::PoolTooSmall { .. } => {
                lock.hint("give the pool at least two server connections, or connect past the pooler")
            }
            LockError::Sql(error) => lock.hint_if(error.hint()),
        }
    }
}

/// The lock, until it is released or dropped, or its connection is lost.
#[derive(Debug)]
pub(super) struct RunnerLock {
    session: Session,
    key: i64,
}

/// Between two tries. Short, since a lock that a runner has just let go of is free almost at once.
const PAUSE: Duration = Duration::from_millis(100);

/// A runner that has just ended may still be on its way out of the server; that is not worth a word.
const SILENT: Duration = Duration::from_millis(300);

/// How long the end of a run waits for the lock to be let go.
const RELEASE: Duration = Duration::from_secs(1);

/// What every message of a runner begins with, so that others can find it in `pg_stat_activity`.
pub(super) fn mark(key: i64) -> String {
    format!("/* pmdb {key:016x} */")
}

impl RunnerLock {
    /// Takes the lock, waiting for at most `patience`; the connection for it is tried for again as often as `retries` says.
    pub async fn acquire(
        target: &Target,
        key: i64,
        patience: Duration,
        retries: u32,
        citus: Citus,
        interrupt: &Interrupt,
        listener: &mut dyn Listener,
    ) -> Result<RunnerLock, LockError> {
        let session = tokio::select! {
            session = connect_patiently(target, retries, listener) => session.map_err(LockError::Connect)?,
            () = interrupt.requested() => return Err(LockError::Interrupted),
        };
        let lock = RunnerLock { session, key };
        if citus == Citus::Present {
            // The first query of a session locks what Citus knows of its servers, to the end of the transaction: the lock would
            // be in the way of a migration that changes the extension.
            lock.rows("SELECT 1").await?;
        }
        let start = Instant::now();
        let mut told = false;
        loop {
            let Some(holder) = lock.try_once(key).await? else { return Ok(lock) };
            let waited = start.elapsed();
            if waited >= patience {
                return Err(LockError::Held { holder: holder.known, waited });
            }
            if waited >= SILENT
                && !told
                && let Some(holder) = &holder.known
            {
                listener.event(Event::WaitingForLock(holder));
                told = true;
            }
            tokio::select! {
                () = tokio::time::sleep(PAUSE.min(patience.saturating_sub(waited))) => {}
                () = interrupt.requested() => return Err(LockError::Interrupted),
            }
        }
    }

    /// Whether it is still there: its connection may have been ended from outside.
    pub fn is_held(&self) -> bool {
        !self.session.is_closed()
    }

    /// What messages under this lock begin with.
    pub fn mark(&self) -> String {
        mark(self.key)
    }

    /// Lets the lock go. A failure does not matter: the end of the connection lets it go too, also where the server or the
    /// way to it is silent.
    pub async fn release(self) {
        let _ = tokio::time::timeout(RELEASE, self.session.client().batch_execute("COMMIT")).await;
    }

    /// Takes the lock, or tells who is in the way.
    async fn try_once(&self, key: i64) -> Result<Option<InTheWay>, LockError> {
        // The timeouts that end idle or long transactions are not meant for this one.
        let begin = format!("BEGIN ISOLATION LEVEL READ COMMITTED; SELECT {OFF_FOR_THE_TRANSACTION}");
        let take = format!("SELECT pg_catalog.pg_try_advisory_xact_lock({key}) AS taken");
        let rows = self.rows(&format!("{begin}; {take}; {}", activity(&straggling(key)))).await?;
        let taken = rows.iter().any(|row| matches!(row.try_get("taken"), Ok(Some("t"))));
        let straggler = rows.iter().find(|row| row.try_get("pid").is_ok());
        let in_the_way = match (taken, straggler) {
            (true, None) => return Ok(None),
            (true, Some(straggler)) => in_the_way(straggler),
            (false, _) => {
                self.rows(&activity(&holding(key))).await?.first().map(in_the_way).unwrap_or_default()
            }
        };
        self.session
            .client()
            .batch_execute("ROLLBACK")
            .await
            .map_err(|error| LockError::Sql(error.into()))?;
        Ok(Some(in_the_way))
    }

    async fn rows(&self, query: &str) -> Result<Vec<SimpleQueryRow>, LockError> {
        rows(self.session.client(), query).await.map_err(|error| LockError::Sql(error.into()))
    }
}

const THIS_DATABASE: &str = "(SELECT oid FROM pg_catalog.pg_database \
     WHERE datname OPERATOR(pg_catalog.=) pg_catalog.current_database())";

/// Who holds the lock. `pg_locks` shows a 64-bit key as two halves, and objsubid 1 (PostgreSQL manual, "pg_locks").
fn holding(key: i64) -> String {
    format!(
        "pid OPERATOR(pg_catalog.=) (SELECT l.pid FROM pg_catalog.pg_locks l \
         WHERE l.locktype OPERATOR(pg_catalog.=) 'advisory' AND l.granted AND l.objsubid OPERATOR(pg_catalog.=) 1 \
         AND l.classid OPERATOR(pg_catalog.=) {}::pg_catalog.oid AND l.objid OPERATOR(pg_catalog.=) {}::pg_catalog.oid \
         AND l.database OPERATOR(pg_catalog.=) {THIS_DATABASE} LIMIT 1)",
        (key >> 32) & 0xffff_ffff,
        key & 0xffff_ffff
    )
}

/// Who still runs a statement of a runner that is gone.
fn straggling(key: i64) -> String {
    let mark = mark(key);
    format!(
        "state OPERATOR(pg_catalog.<>) 'idle' AND datid OPERATOR(pg_catalog.=) {THIS_DATABASE} \
         AND pid OPERATOR(pg_catalog.<>) pg_catalog.pg_backend_pid() \
         AND pg_catalog.left(query, {}) OPERATOR(pg_catalog.=) '{mark}'",
        mark.len()
    )
}

/// A session that is connected. What `pg_stat_activity` is made of: a connection that has just begun takes three times as
/// long to find its way through that view as to do all the rest.
fn activity(condition: &str) -> String {
    format!(
        "SELECT pid, pg_catalog.pg_get_userbyid(usesysid) AS usename, application_name, client_addr, 'connected' AS state, \
         pg_catalog.to_char(backend_start AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') AS since \
         FROM pg_catalog.pg_stat_get_activity(NULL) WHERE {condition} LIMIT 1"
    )
}

fn in_the_way(row: &SimpleQueryRow) -> InTheWay {
    InTheWay { known: Blocker::from_row(row) }
}

/// Somebody is in the way; who it is may be hidden from this role.
#[derive(Default)]
struct InTheWay {
    known: Option<Blocker>,
}
