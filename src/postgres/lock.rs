//! One runner at a time.
//!
//! The lock is a session-level advisory lock (PostgreSQL manual, "Advisory Locks"). A second runner asks for it again
//! and again in short statements. It never waits inside `pg_advisory_lock`: such a waiter holds a snapshot, which a
//! `CREATE INDEX CONCURRENTLY` of the first runner would wait for, and so both would wait for ever.

use std::fmt;
use std::time::{Duration, Instant};

use serde::Serialize;
use thiserror::Error;
use tokio_postgres::{Client, SimpleQueryMessage, SimpleQueryRow};

use super::event::{Event, Listener};
use super::interrupt::Interrupt;
use super::sql_error::SqlError;

/// Who holds the lock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LockHolder {
    /// The server process.
    pub pid: i32,
    /// The role.
    pub user: Option<String>,
    /// The `application_name`.
    pub application: Option<String>,
    /// The client's address; `None` on a Unix socket.
    pub address: Option<String>,
    /// Since when it is connected, in UTC.
    pub since: Option<String>,
}

impl fmt::Display for LockHolder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "pid {}", self.pid)?;
        if let Some(user) = &self.user {
            write!(f, ", user {user}")?;
        }
        if let Some(application) = self.application.as_deref().filter(|name| !name.is_empty()) {
            write!(f, ", application {application}")?;
        }
        if let Some(address) = &self.address {
            write!(f, ", from {address}")?;
        }
        if let Some(since) = &self.since {
            write!(f, ", connected since {since}")?;
        }
        Ok(())
    }
}

/// Why the lock was not taken.
#[derive(Debug, Error)]
pub enum LockError {
    /// Another runner kept it for longer than this one was to wait.
    #[error("another pmdb is migrating this database{}", holder.as_ref().map_or_else(String::new, |holder| format!(" ({holder})")))]
    Held {
        /// Who, if the server told.
        holder: Option<LockHolder>,
        /// How long this runner waited.
        waited: Duration,
    },
    /// A wish to stop came while waiting.
    #[error("interrupted while waiting for another pmdb")]
    Interrupted,
    /// The server refused.
    #[error("the migration lock cannot be taken: {0}")]
    Sql(SqlError),
}

/// Between two tries. Short, since a lock that a runner has just let go of is free within a moment.
const PAUSE: Duration = Duration::from_millis(100);

/// A runner that has just ended may still be on its way out of the server; that is not worth a word.
const SILENT: Duration = Duration::from_millis(300);

/// Takes the lock, waiting for at most `patience`.
///
/// # Errors
/// See [`LockError`].
pub async fn acquire(
    client: &Client,
    key: i64,
    patience: Duration,
    interrupt: &Interrupt,
    listener: &mut dyn Listener,
) -> Result<(), LockError> {
    let start = Instant::now();
    let mut told = false;
    loop {
        if try_lock(client, key).await? {
            return Ok(());
        }
        let waited = start.elapsed();
        if waited >= patience {
            return Err(LockError::Held { holder: holder(client, key).await?, waited });
        }
        if waited >= SILENT
            && !told
            && let Some(holder) = holder(client, key).await?
        {
            listener.event(Event::WaitingForLock(&holder));
            told = true;
        }
        tokio::select! {
            () = tokio::time::sleep(PAUSE.min(patience.saturating_sub(waited))) => {}
            () = interrupt.requested() => return Err(LockError::Interrupted),
        }
    }
}

/// Lets the lock go. A failure does not matter: the end of the connection lets it go too.
pub async fn release(client: &Client, key: i64) {
    let _ = client.simple_query(&format!("SELECT pg_catalog.pg_advisory_unlock({key})")).await;
}

async fn try_lock(client: &Client, key: i64) -> Result<bool, LockError> {
    let row = first_row(client, &format!("SELECT pg_catalog.pg_try_advisory_lock({key})")).await?;
    Ok(row.is_some_and(|row| row.get(0) == Some("t")))
}

async fn holder(client: &Client, key: i64) -> Result<Option<LockHolder>, LockError> {
    // pg_locks shows a 64-bit key as two halves, and objsubid 1 (PostgreSQL manual, "pg_locks").
    let query = format!(
        "SELECT l.pid, a.usename, a.application_name, a.client_addr, \
         pg_catalog.to_char(a.backend_start AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') AS since \
         FROM pg_catalog.pg_locks l LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid \
         WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 \
         AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()) \
         AND l.classid = {}::pg_catalog.oid AND l.objid = {}::pg_catalog.oid",
        (key >> 32) & 0xffff_ffff,
        key & 0xffff_ffff
    );
    let Some(row) = first_row(client, &query).await? else { return Ok(None) };
    let text = |column: &str| row.get(column).map(str::to_owned);
    Ok(row.get("pid").and_then(|pid| pid.parse().ok()).map(|pid| LockHolder {
        pid,
        user: text("usename"),
        application: text("application_name"),
        address: text("client_addr"),
        since: text("since"),
    }))
}

async fn first_row(client: &Client, query: &str) -> Result<Option<SimpleQueryRow>, LockError> {
    let messages = client.simple_query(query).await.map_err(|error| LockError::Sql(error.into()))?;
    Ok(messages.into_iter().find_map(|message| match message {
        SimpleQueryMessage::Row(row) => Some(row),
        _ => None,
    }))
}
