//! What is done otherwise on Citus, the extension that spreads tables over several servers.

use postgres_protocol::escape::escape_literal;
use thiserror::Error;
use tokio_postgres::{Client, SimpleQueryRow};

use super::message::Delivery;
use super::rows::rows;
use crate::diagnosis::{Diagnose, Diagnosis};

/// Whether the database has the extension.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Citus {
    /// It does not.
    #[default]
    Absent,
    /// It does.
    Present,
}

/// The database is one of Citus, on a server that only keeps shards.
#[derive(Debug, Error)]
#[error("this is a worker of a Citus cluster{}", coordinator_is(coordinator))]
pub struct OnWorker {
    /// The coordinator, `host:port`; empty where the worker does not know it.
    pub coordinator: String,
}

impl Diagnose for OnWorker {
    fn diagnosis(&self) -> Diagnosis {
        Diagnosis::of(self, "citus_worker")
            .hint("connect to the coordinator: what is done there reaches the workers by itself")
    }
}

/// A column of a query, `citus`, that tells whether the extension is there.
pub(super) const CITUS: &str = "EXISTS (SELECT FROM pg_catalog.pg_extension \
    WHERE extname OPERATOR(pg_catalog.=) 'citus'::pg_catalog.name) AS citus";

impl Citus {
    /// From a row with [`CITUS`].
    pub(super) fn of(row: &SimpleQueryRow) -> Citus {
        match row.try_get("citus") {
            Ok(Some("t")) => Citus::Present,
            _ => Citus::Absent,
        }
    }

    /// How statements travel.
    pub(super) fn delivery(self) -> Delivery {
        match self {
            Citus::Absent => Delivery::Together,
            Citus::Present => Delivery::OneByOne,
        }
    }

    /// What stands before the settings of a transaction that come in one message with a question about rows. Where a database
    /// says that settings are to be sent on, Citus sends the whole message along with the first one to whom it asks.
    #[cfg(feature = "inspect")]
    pub(super) fn keeps_settings(self) -> &'static str {
        match self {
            Citus::Absent => "",
            Citus::Present => "SET LOCAL citus.propagate_set_commands = 'none'; ",
        }
    }

    /// A statement after which a transaction may write to reference tables and to distributed ones in any order. Citus writes to
    /// the shards of a table side by side, and then refuses to write to a reference table.
    pub(super) fn sequential(self) -> Option<&'static str> {
        match self {
            Citus::Absent => None,
            Citus::Present => Some("SET LOCAL citus.multi_shard_modify_mode = 'sequential'"),
        }
    }

    /// Asks who is in the way on a worker of the statement with this mark. A transaction of its own, with names by pmdb's
    /// own path.
    pub(super) fn blockers_on_workers(self, mark: &str) -> Option<String> {
        match self {
            Citus::Absent => None,
            Citus::Present => {
                Some(include_str!("citus/blockers.sql").replace(":mark", &escape_literal(mark)))
            }
        }
    }

    /// Statements that set how long the current transaction may wait for a lock, here and on all workers. To those Citus
    /// sends on what `SET LOCAL` says only where it is told to; what a file sets is left to the file.
    pub(super) fn lock_timeout(self, milliseconds: u128) -> Vec<String> {
        let lock_timeout = format!("SET LOCAL lock_timeout = {milliseconds}");
        match self {
            Citus::Absent => vec![lock_timeout],
            Citus::Present => vec![
                "SET LOCAL citus.propagate_set_commands = 'local'".to_owned(),
                lock_timeout,
                "SET LOCAL citus.propagate_set_commands TO DEFAULT".to_owned(),
            ],
        }
    }
}

/// How large and how busy the tables are that lie in shards. A transaction of its own, with names by pmdb's own path.
#[cfg(feature = "inspect")]
pub(super) const RELATIONS: &str = include_str!("citus/relations.sql");

/// Why nothing can be done on this server, if it is a worker.
pub(super) async fn on_worker(
    client: &Client,
    mark: &str,
) -> Result<Option<OnWorker>, tokio_postgres::Error> {
    let query = format!(
        "{mark} SELECT pg_catalog.concat(c.nodename, ':', c.nodeport) AS coordinator FROM pg_catalog.pg_dist_local_group g \
         LEFT JOIN pg_catalog.pg_dist_node c ON c.groupid OPERATOR(pg_catalog.=) 0 \
         WHERE g.groupid OPERATOR(pg_catalog.<>) 0"
    );
    let rows = rows(client, &query).await?;
    Ok(rows
        .first()
        .map(|row| OnWorker { coordinator: row.get("coordinator").unwrap_or_default().to_owned() }))
}

fn coordinator_is(coordinator: &str) -> String {
    match coordinator {
        "" => String::new(),
        coordinator => format!("; its coordinator is {coordinator}"),
    }
}
