//! A look from outside at what a statement of pmdb's is waiting for: who blocks it, whether a synchronous standby has
//! still to confirm it, and how far an index build has come.
//!
//! It has a connection of its own, made when a statement takes long, since the one that sent it is busy and the one that
//! holds the lock must not run anything: a snapshot there would keep `CREATE INDEX CONCURRENTLY` waiting.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use postgres_protocol::escape::escape_literal;
use tokio::task::JoinHandle;
use tokio_postgres::SimpleQueryRow;

use super::blocker::Blocker;
use super::citus::Citus;
use super::own_path::{Lasting, by_own_path};
use super::rows::rows;
use super::sync_cell::SyncCell;
use crate::connect::{ConnectError, Session, Target};

/// How far an index build has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexProgress {
    /// The phase, in the server's words.
    pub phase: String,
    /// How much of the phase is done, where the server counts it.
    pub percent: Option<u8>,
}

/// What was seen.
#[derive(Debug, Default)]
pub(super) struct ActivitySample {
    /// Whether a server process is at work on the statement: behind a pooler it may not have reached any.
    pub is_running: bool,
    /// Whether all that it waits for is that a synchronous standby confirms its COMMIT. Seen once.
    pub awaits_standby: bool,
    pub blockers: Vec<Blocker>,
    pub index: Option<IndexProgress>,
    /// How many rows the query of [`Monitor::accompany`] has counted; `None` where it changed during the look.
    pub counted: Option<usize>,
}

/// Looks at the statement that carries a mark.
pub(super) struct Monitor<'a> {
    target: &'a Target,
    query: String,
    /// On Citus: who is in the way on a worker.
    on_workers: Option<String>,
    /// Both outlive a look that is given up: a statement that waits shorter than it takes to connect would never be seen.
    connecting: SyncCell<Option<JoinHandle<Result<Session, ConnectError>>>>,
    session: SyncCell<Option<Arc<Session>>>,
}

/// How long a statement may take before the monitor looks at it, and the time between two looks.
pub(super) const LOOK: Duration = Duration::from_secs(1);

/// A look that takes longer has failed.
const LOOK_LIMIT: Duration = Duration::from_secs(5);

impl Monitor<'_> {
    pub fn new<'a>(target: &'a Target, mark: &str, citus: Citus) -> Monitor<'a> {
        // A run on another database of the server may bear the same mark.
        let ours = format!(
            "pg_catalog.left(a.query, {}) OPERATOR(pg_catalog.=) {} AND a.state OPERATOR(pg_catalog.=) 'active' \
             AND a.datname OPERATOR(pg_catalog.=) pg_catalog.current_database()",
            mark.len(),
            escape_literal(mark)
        );
        let since = "pg_catalog.to_char(pg_catalog.timezone('UTC', b.state_change), 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')";
        let query = format!(
            "SELECT DISTINCT a.wait_event AS running, b.pid, b.usename, b.application_name, b.client_addr, b.state, \
             {since} AS since FROM pg_catalog.pg_stat_activity a \
             LEFT JOIN pg_catalog.unnest(pg_catalog.pg_blocking_pids(a.pid)) AS blocking ON true \
             LEFT JOIN pg_catalog.pg_stat_activity b ON b.pid OPERATOR(pg_catalog.=) blocking WHERE {ours}; \
             SELECT p.phase, {PERCENT} AS percent FROM pg_catalog.pg_stat_progress_create_index p \
             JOIN pg_catalog.pg_stat_activity a ON a.pid OPERATOR(pg_catalog.=) p.pid WHERE {ours}"
        );
        let on_workers = citus.blockers_on_workers(mark);
        Monitor { target, query, on_workers, connecting: SyncCell::default(), session: SyncCell::default() }
    }

    /// Waits for the work that a statement with the mark is doing, and polls it when that takes longer than `first_poll`,
    /// and every second from then on. `tell` gets each sample. A `counting` query gives one number, called `counted`.
    pub async fn accompany<T>(
        &self,
        work: impl Future<Output = T>,
        first_poll: Duration,
        counting: Option<&str>,
        mut tell: impl FnMut(ActivitySample),
    ) -> T {
        let mut work = Box::pin(work);
        let (mut pause, mut awaits_standby) = (first_poll.min(LOOK), false);
        loop {
            let looking = async {
                tokio::time::sleep(pause).await;
                self.look(counting).await
            };
            tokio::select! {
                biased;
                result = &mut work => return result,
                mut sample = looking => {
                    sample.awaits_standby &= !std::mem::replace(&mut awaits_standby, sample.awaits_standby);
                    tell(sample);
                }
            }
            pause = LOOK;
        }
    }

    /// Looks once. Whatever goes wrong with that, there is nothing to be seen, and the next look connects anew.
    async fn look(&self, counting: Option<&str>) -> ActivitySample {
        let looking = async {
            let session = self.connected().await?;
            if let Some(counting) = counting {
                // The role may not be allowed to count, or somebody may have locked what is counted.
                let message = format!("{COUNT_ALL_AT_ONCE}; {counting}; {}; {counting}", self.query);
                if let Ok(rows) = rows(session.client(), &message).await {
                    return Some(rows);
                }
            }
            rows(session.client(), &self.query).await.ok()
        };
        match tokio::time::timeout(LOOK_LIMIT, looking).await {
            Ok(Some(rows)) => {
                let mut sample = sample(&rows);
                self.look_at_workers(&mut sample).await;
                sample
            }
            Ok(None) | Err(_) => {
                self.session.take();
                self.connecting.take();
                ActivitySample::default()
            }
        }
    }

    /// Where nobody here is in the way. A worker that does not answer has nothing to tell.
    async fn look_at_workers(&self, sample: &mut ActivitySample) {
        let Some(query) = &self.on_workers else { return };
        let session = self.session.lock().clone();
        if let Some(session) = session.filter(|_| sample.is_running && sample.blockers.is_empty()) {
            let query = by_own_path(Lasting::ForTheTransaction, query);
            let looking = tokio::time::timeout(LOOK_LIMIT, rows(session.client(), &query));
            if let Ok(Ok(rows)) = looking.await {
                sample.blockers.extend(rows.iter().filter_map(Blocker::from_row));
            }
        }
    }

    async fn connected(&self) -> Option<Arc<Session>> {
        if let Some(session) = self.session.lock().as_ref() {
            return Some(Arc::clone(session));
        }
        let session = std::future::poll_fn(|context| {
            let mut connecting = self.connecting.lock();
            let connecting = connecting.get_or_insert_with(|| {
                // What a session does is shown to the role that has logged in.
                let target = self.target.as_login();
                tokio::spawn(async move { Session::connect(&target).await })
            });
            Pin::new(connecting).poll(context)
        });
        let session = Arc::new(session.await.ok()?.ok()?);
        self.connecting.take();
        self.session.replace(Some(Arc::clone(&session)));
        Some(session)
    }
}

/// Rows that a policy would hide are an error, and a lock on their table is not waited for.
const COUNT_ALL_AT_ONCE: &str = "SELECT pg_catalog.set_config('row_security', 'off', true), \
     pg_catalog.set_config('lock_timeout', '100ms', true)";

/// How much is done of the blocks, or else of the rows, that an index build has to go through.
const PERCENT: &str = "CASE WHEN p.blocks_total OPERATOR(pg_catalog.>) 0::pg_catalog.int8 \
     THEN 100::pg_catalog.int8 OPERATOR(pg_catalog.*) p.blocks_done OPERATOR(pg_catalog./) p.blocks_total \
     WHEN p.tuples_total OPERATOR(pg_catalog.>) 0::pg_catalog.int8 \
     THEN 100::pg_catalog.int8 OPERATOR(pg_catalog.*) p.tuples_done OPERATOR(pg_catalog./) p.tuples_total END";

/// The columns show which of the two answers it is.
fn sample(rows: &[SimpleQueryRow]) -> ActivitySample {
    let mut sample = ActivitySample::default();
    let mut counts = Vec::new();
    for row in rows {
        if let Ok(count) = row.try_get("counted") {
            counts.push(count.and_then(|count| count.parse().ok()));
            continue;
        }
        let Ok(wait_event) = row.try_get("running") else {
            sample.index = sample.index.or_else(|| index_progress(row));
            continue;
        };
        sample.is_running = true;
        sample.awaits_standby |= wait_event == Some("SyncRep");
        sample.blockers.extend(Blocker::from_row(row));
    }
    if let [before, after] = counts.as_slice()
        && before == after
    {
        sample.counted = *before;
    }
    sample
}

fn index_progress(row: &SimpleQueryRow) -> Option<IndexProgress> {
    let percent = row.try_get("percent").ok().flatten().and_then(|percent| percent.parse().ok());
    Some(IndexProgress { phase: row.try_get("phase").ok().flatten()?.to_owned(), percent })
}
