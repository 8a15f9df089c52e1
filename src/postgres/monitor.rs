//! A look from outside at what a runner is waiting for: who blocks it, and how far an index build has come.
//!
//! It has a connection of its own, made when a statement takes long, since the runner's is busy and the one that holds
//! the lock must not run anything: a snapshot there would keep `CREATE INDEX CONCURRENTLY` waiting.

use std::cell::RefCell;
use std::time::Duration;

use tokio_postgres::SimpleQueryRow;

use super::blocker::Blocker;
use super::connect::{Session, Target};
use super::rows::rows;

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
pub(super) struct Sighting {
    pub blockers: Vec<Blocker>,
    pub index: Option<IndexProgress>,
}

/// Looks at the statement that bears a mark.
pub(super) struct Monitor<'a> {
    target: &'a Target,
    query: String,
    session: RefCell<Option<Session>>,
}

/// How long a statement may take before it is looked at, and between two looks.
pub(super) const LOOK: Duration = Duration::from_secs(1);

impl Monitor<'_> {
    pub fn new<'a>(target: &'a Target, mark: &str) -> Monitor<'a> {
        // A run on another database of the server may bear the same mark.
        let ours = format!(
            "pg_catalog.left(a.query, {}) = '{mark}' AND a.state = 'active' AND a.datname = pg_catalog.current_database()",
            mark.len()
        );
        let since = "pg_catalog.to_char(b.state_change AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')";
        let query = format!(
            "SELECT DISTINCT b.pid, b.usename, b.application_name, b.client_addr, b.state, {since} AS since \
             FROM pg_catalog.pg_stat_activity a, pg_catalog.unnest(pg_catalog.pg_blocking_pids(a.pid)) AS blocking \
             JOIN pg_catalog.pg_stat_activity b ON b.pid = blocking WHERE {ours}; \
             SELECT p.phase, CASE WHEN p.blocks_total > 0 THEN 100 * p.blocks_done / p.blocks_total \
             WHEN p.tuples_total > 0 THEN 100 * p.tuples_done / p.tuples_total END AS percent \
             FROM pg_catalog.pg_stat_progress_create_index p JOIN pg_catalog.pg_stat_activity a ON a.pid = p.pid \
             WHERE {ours}"
        );
        Monitor { target, query, session: RefCell::new(None) }
    }

    /// Looks once. Whatever goes wrong with that, there is nothing to be seen.
    pub async fn look(&self) -> Sighting {
        // Taken out while it is used: a look that is given up takes the connection with it.
        let session = self.session.borrow_mut().take();
        let session = match session {
            Some(session) => session,
            None => match Session::connect(self.target).await {
                Ok(session) => session,
                Err(_) => return Sighting::default(),
            },
        };
        let Ok(rows) = rows(session.client(), &self.query).await else {
            return Sighting::default();
        };
        self.session.borrow_mut().replace(session);
        let mut sighting = Sighting::default();
        for row in rows {
            // The two answers are told apart by their columns.
            match Blocker::from_row(&row) {
                Some(blocker) => sighting.blockers.push(blocker),
                None => sighting.index = index_progress(&row),
            }
        }
        sighting
    }
}

fn index_progress(row: &SimpleQueryRow) -> Option<IndexProgress> {
    let percent = row.try_get("percent").ok().flatten().and_then(|percent| percent.parse().ok());
    Some(IndexProgress { phase: row.try_get("phase").ok().flatten()?.to_owned(), percent })
}
