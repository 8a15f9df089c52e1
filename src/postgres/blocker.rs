//! Who is in the way.

use std::fmt;

use tokio_postgres::SimpleQueryRow;

/// A session that holds a lock that a runner waits for: on a table, or the runners' own.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Blocker {
    /// The server process.
    pub pid: i32,
    /// The role.
    pub user: Option<String>,
    /// The `application_name`.
    pub application: Option<String>,
    /// The client's address; `None` on a Unix socket.
    pub address: Option<String>,
    /// What it is doing: `idle in transaction`, `active` and so on, as `pg_stat_activity` says; for the holder of the
    /// runners' lock `connected`.
    pub state: Option<String>,
    /// Since when it is doing that, in UTC.
    pub since: Option<String>,
    /// The worker of Citus where it is, `host:port`; absent where it is on the server that pmdb works on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub worker: Option<String>,
}

impl fmt::Display for Blocker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "pid {}", self.pid)?;
        if let Some(worker) = &self.worker {
            write!(f, " on {worker}")?;
        }
        if let Some(user) = &self.user {
            write!(f, ", user {user}")?;
        }
        if let Some(application) = self.application.as_deref().filter(|name| !name.is_empty()) {
            write!(f, ", application {application}")?;
        }
        if let Some(address) = &self.address {
            write!(f, ", from {address}")?;
        }
        if let Some(state) = &self.state {
            write!(f, ", {state}")?;
        }
        if let Some(since) = &self.since {
            write!(f, " since {since}")?;
        }
        Ok(())
    }
}

impl Blocker {
    /// From a row with the columns `pid`, `usename`, `application_name`, `client_addr`, `state` and `since`, perhaps with
    /// `worker`; `None` from any other.
    pub(super) fn from_row(row: &SimpleQueryRow) -> Option<Blocker> {
        let text = |column: &str| row.try_get(column).ok().flatten().map(str::to_owned);
        Some(Blocker {
            pid: row.try_get("pid").ok()??.parse().ok()?,
            user: text("usename"),
            application: text("application_name"),
            address: text("client_addr"),
            state: text("state"),
            since: text("since"),
            worker: text("worker"),
        })
    }
}

/// `; held by …`, or nothing where nobody was seen.
pub(crate) fn held_by(blockers: &[Blocker]) -> String {
    match blockers {
        [] => String::new(),
        list => format!("; held by {}", list.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")),
    }
}

/// What to do about sessions that hold a lock.
pub(super) fn end_of_a_lock(blockers: &[Blocker]) -> String {
    match blockers.first() {
        Some(Blocker { pid, worker, .. }) => {
            let on = worker.as_ref().map_or_else(String::new, |worker| format!(" on {worker}"));
            format!(
                "wait until that session has ended, or end it with `SELECT pg_terminate_backend({pid})`{on}"
            )
        }
        None => "find the session that holds the lock in pg_stat_activity".to_owned(),
    }
}

/// ` on the worker …`, where it is one of Citus.
pub(crate) fn on_worker(worker: Option<&str>) -> String {
    worker.map_or_else(String::new, |worker| format!(" on the worker {worker}"))
}

/// What to do about sessions that hold a lock, perhaps on a worker of Citus. Who holds one there is seen there.
pub(super) fn end_of_a_lock_on(worker: Option<&str>, blockers: &[Blocker]) -> String {
    match (worker, blockers) {
        (Some(worker), []) => {
            format!("find the session that holds the lock in pg_stat_activity of {worker}")
        }
        _ => end_of_a_lock(blockers),
    }
}
