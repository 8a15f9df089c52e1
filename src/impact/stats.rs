//! How large and how busy the target is. No value of a row is in it, so that it may be kept in a file.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::trace::Relation;

/// What is known of the target, by read-only questions.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct TargetStats {
    /// The server's version: `15.18`.
    pub server_version: String,
    /// Its tables, indexes and materialized views: by schema, then by name, as the catalog has them. A partitioned table or
    /// index counts for all its partitions, which are listed as well.
    pub relations: BTreeMap<String, BTreeMap<String, RelationStats>>,
    /// Transactions that have been open for a while, the oldest first.
    pub open_transactions: Vec<OpenTransaction>,
    /// Its standbys and subscribers.
    pub replicas: Vec<Replica>,
    /// What could not be seen, or is not what it seems.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gaps: Vec<Gap>,
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
    /// Bytes of the rows themselves; none for an index.
    pub table_bytes: u64,
    /// Bytes of its indexes, or of the index that it is.
    pub index_bytes: u64,
    /// Bytes of what is too wide for a row.
    pub toast_bytes: u64,
    /// Rows, as the planner estimates them, or else as the server has counted them; `None` for an index, and where nobody
    /// knows.
    pub rows: Option<u64>,
    /// Scans a second, since the statistics began.
    pub reads_per_second: Option<f64>,
    /// Inserted, changed and deleted rows a second, since the statistics began.
    pub writes_per_second: Option<f64>,
    /// How Citus spreads it over its servers: `distributed by project_id`; the sizes are those of all its shards.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_citus: Option<String>,
}

/// A transaction that would make others wait for a lock.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OpenTransaction {
    /// The process of the server; 0 for a transaction that is prepared (`PREPARE TRANSACTION`) and has none.
    pub pid: i32,
    /// What its client calls itself, or else what kind of process it is.
    pub application: String,
    /// For how long it has been open.
    #[serde(rename = "age_seconds", with = "seconds")]
    pub age: Duration,
    /// On which relations it has locks, by schema and name, those of the server itself left out.
    pub relations: Vec<(String, String)>,
    /// Those of them whose rows it may have changed: a lock that keeps writers out waits for it.
    #[serde(default)]
    pub written: Vec<(String, String)>,
}

/// A standby or a subscriber.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Replica {
    /// What it calls itself.
    pub name: String,
    /// The delay with which it follows; `None` where that is not known, as of one that is not connected.
    #[serde(rename = "lag_seconds", with = "maybe_seconds")]
    pub lag: Option<Duration>,
}

/// Something that is not known of the target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "gap", rename_all = "snake_case")]
pub enum Gap {
    /// It is a standby: how busy it is says nothing about its primary.
    Standby,
    /// These were locked by another session. Their sizes are those of the last VACUUM or ANALYZE.
    LockedRelations {
        /// By schema and name.
        relations: Vec<(String, String)>,
    },
    /// Sessions of other roles, whose transactions may have been open for long.
    HiddenSessions {
        /// How many.
        sessions: u64,
    },
    /// Standbys whose state this role may not see.
    HiddenReplicas {
        /// How many.
        replicas: u64,
    },
    /// The server refused the question.
    Refused {
        /// What was asked for.
        what: String,
        /// What the server said.
        message: String,
    },
}

impl fmt::Display for Gap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const MOST_SHOWN: usize = 5;
        const GRANT: &str = "GRANT pg_read_all_stats lets this role see them";
        match self {
            Gap::Standby => f.write_str(
                "this is a standby: reads, writes and open transactions are its own, not those of its primary",
            ),
            Gap::LockedRelations { relations } => {
                let shown: Vec<String> =
                    relations.iter().take(MOST_SHOWN).map(|(schema, name)| format!("{schema}.{name}")).collect();
                let more = match relations.len().saturating_sub(MOST_SHOWN) {
                    0 => String::new(),
                    more => format!(" and {more} more"),
                };
                let names = shown.join(", ") + &more;
                write!(f, "another session has locked {names}: sizes are those of the last VACUUM or ANALYZE")
            }
            Gap::HiddenSessions { sessions } => {
                write!(f, "how long the transactions of {sessions} sessions of other roles are open is hidden: {GRANT}")
            }
            Gap::HiddenReplicas { replicas } => {
                write!(f, "the delay of {replicas} replicas is hidden: {GRANT}")
            }
            Gap::Refused { what, message } => write!(f, "{what} cannot be read: {message}"),
        }
    }
}

impl RelationStats {
    /// Bytes of all that belongs to it.
    pub fn total_bytes(&self) -> u64 {
        self.table_bytes.saturating_add(self.index_bytes).saturating_add(self.toast_bytes)
    }
}

/// A duration as a number of seconds.
mod seconds {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub fn serialize<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(duration.as_secs_f64())
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
        Duration::try_from_secs_f64(f64::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

/// The same where it may be unknown.
mod maybe_seconds {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

    pub fn serialize<S: Serializer>(duration: &Option<Duration>, serializer: S) -> Result<S::Ok, S::Error> {
        duration.map(|duration| duration.as_secs_f64()).serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Duration>, D::Error> {
        let seconds = Option::<f64>::deserialize(deserializer)?;
        seconds.map(Duration::try_from_secs_f64).transpose().map_err(D::Error::custom)
    }
}
