//! How large and how busy the target is. No value of a row is in it, so that it may be kept in a file.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::trace::Relation;

/// What is known of the target, by read-only questions.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct TargetStats {
    /// The server's version: `15.18`.
    pub server_version: String,
    /// Its tables, indexes and materialized views: by schema, then by name, as the catalog has them.
    pub relations: BTreeMap<String, BTreeMap<String, RelationStats>>,
    /// Transactions that have been open for a while, the oldest first.
    pub open_transactions: Vec<OpenTransaction>,
    /// Its standbys and subscribers.
    pub replicas: Vec<Replica>,
}

impl TargetStats {
    /// What is known of a relation of the trace, by the name that the target has for it.
    pub fn of(&self, relation: &Relation) -> Option<&RelationStats> {
        let on_target = relation.on_target.as_ref()?;
        self.relations.get(&on_target.schema)?.get(&on_target.name)
    }
}

/// How large and how busy a relation is.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct RelationStats {
    /// Bytes of the rows themselves.
    pub table_bytes: u64,
    /// Bytes of its indexes.
    pub index_bytes: u64,
    /// Bytes of what is too wide for a row.
    pub toast_bytes: u64,
    /// Rows, as the planner estimates them; `None` where it was never analyzed.
    pub rows: Option<u64>,
    /// Scans a second, since the statistics began.
    pub reads_per_second: Option<f64>,
    /// Inserted, changed and deleted rows a second, since the statistics began.
    pub writes_per_second: Option<f64>,
}

/// A transaction that would make others wait behind a lock.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OpenTransaction {
    /// The process of the server.
    pub pid: i32,
    /// What its client calls itself.
    pub application: String,
    /// For how long it has been open.
    pub age: Duration,
    /// On which relations it has locks.
    pub relations: Vec<(String, String)>,
}

/// A standby or a subscriber.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Replica {
    /// What it calls itself.
    pub name: String,
    /// How far it is behind; `None` where that is not known.
    pub lag: Option<Duration>,
}
