//! Why a backfill waits: what else the server is busy with comes first.

use std::fmt;

use postgres_protocol::escape::escape_literal;
use tokio_postgres::SimpleQueryRow;

/// Why a backfill waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WaitReason {
    /// A replica has not replayed what was written.
    Replica {
        /// Its `application_name`.
        name: String,
        /// How much, in bytes.
        bytes: u64,
    },
    /// What reads a replication slot has not taken what was written.
    Slot {
        /// The slot.
        name: String,
        /// How much, in bytes.
        bytes: u64,
    },
    /// Autovacuum keeps transaction numbers of the table from running out.
    Wraparound {
        /// The table.
        table: String,
    },
    /// The server cannot archive its WAL.
    ArchiveFails {
        /// The file that it has failed with.
        file: String,
    },
    /// The server archives its WAL more slowly than it writes it.
    ArchiveBehind {
        /// How much is left, in bytes.
        bytes: u64,
    },
    /// Transactions that had changed rows of the table before the backfill began are still open.
    EarlierWriters {
        /// How many.
        transactions: usize,
    },
    /// Other sessions waited for rows of a batch.
    OthersWait {
        /// How many.
        sessions: u64,
    },
}

/// What was seen of the server.
#[derive(Debug, Default)]
pub struct Reasons {
    /// Why to wait.
    pub list: Vec<WaitReason>,
    /// Whether there are replicas that the role may not see.
    pub has_hidden: bool,
    /// Replication slots that nothing reads, and for which the server keeps WAL: their names, and how much in bytes. To wait for
    /// them could last for ever.
    pub idle_slots: Vec<(String, u64)>,
}

impl WaitReason {
    /// Whether it is the same reason, though perhaps to another extent.
    pub fn is_same(&self, other: &WaitReason) -> bool {
        match (self, other) {
            (WaitReason::Replica { name: a, .. }, WaitReason::Replica { name: b, .. })
            | (WaitReason::Slot { name: a, .. }, WaitReason::Slot { name: b, .. }) => a == b,
            _ => std::mem::discriminant(self) == std::mem::discriminant(other),
        }
    }
}

impl fmt::Display for WaitReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            WaitReason::Replica { name, bytes } => {
                write!(f, "the replica {name} lags by {}", megabytes(*bytes))
            }
            WaitReason::Slot { name, bytes } => {
                write!(f, "what reads the replication slot {name} lags by {}", megabytes(*bytes))
            }
            WaitReason::Wraparound { table } => {
                write!(f, "autovacuum works on {table} to prevent wraparound")
            }
            WaitReason::ArchiveFails { file } => write!(f, "the server cannot archive its WAL ({file})"),
            WaitReason::ArchiveBehind { bytes } => {
                write!(f, "archiving of WAL lags by {}", megabytes(*bytes))
            }
            WaitReason::EarlierWriters { transactions: 1 } => {
                f.write_str("a transaction that has changed rows of the table is still open")
            }
            WaitReason::EarlierWriters { transactions } => {
                write!(f, "{transactions} transactions that have changed rows of the table are still open")
            }
            WaitReason::OthersWait { sessions: 1 } => f.write_str("another session waited for its locks"),
            WaitReason::OthersWait { sessions } => write!(f, "{sessions} sessions waited for its locks"),
        }
    }
}

/// As people read it.
pub fn megabytes(bytes: u64) -> String {
    format!("{} MB", bytes >> 20)
}

/// A query for the reasons to wait with a backfill of a table, which is quoted and has its schema.
pub fn reasons_query(table: &str, max_lag: u64) -> String {
    include_str!("sql/reasons.sql")
        .replace("$TABLE", escape_literal(table).trim_start())
        .replace("$MAX_LAG", &max_lag.to_string())
}

/// The reasons, from the rows of [`reasons_query`].
pub fn reasons_of(rows: &[SimpleQueryRow]) -> Reasons {
    let mut reasons = Reasons::default();
    for row in rows {
        // What comes before has no such column.
        let Ok(Some(reason)) = row.try_get("reason") else { continue };
        let name = row.get("name").unwrap_or_default().to_owned();
        let bytes = row.get("bytes").and_then(|bytes| bytes.parse().ok()).unwrap_or_default();
        match reason {
            "replica" => reasons.list.push(WaitReason::Replica { name, bytes }),
            "slot" => reasons.list.push(WaitReason::Slot { name, bytes }),
            "wraparound" => reasons.list.push(WaitReason::Wraparound { table: name }),
            "archive_fails" => reasons.list.push(WaitReason::ArchiveFails { file: name }),
            "archive" => reasons.list.push(WaitReason::ArchiveBehind { bytes }),
            "idle_slot" => reasons.idle_slots.push((name, bytes)),
            _ => reasons.has_hidden = true,
        }
    }
    reasons
}

/// How many sessions wait for locks of the transaction that this is asked in.
pub const WAITING_SESSIONS: &str = "SELECT pg_catalog.count(DISTINCT l.pid) FROM pg_catalog.pg_locks l WHERE NOT l.granted \
     AND pg_catalog.pg_backend_pid() OPERATOR(pg_catalog.=) ANY (pg_catalog.pg_blocking_pids(l.pid))";
