//! How many rows a statement changes.

use std::fmt;

use serde::Serialize;

/// How many rows an INSERT, UPDATE, DELETE or MERGE changes on the target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(tag = "estimate", rename_all = "snake_case")]
pub enum ChangedRows {
    /// As the target's planner estimates it.
    Planned {
        /// How many.
        rows: u64,
    },
    /// It cannot be more, since the table has no more.
    AtMost {
        /// How many the table has.
        rows: u64,
        /// Why the planner was not asked, or did not know.
        why: String,
    },
    /// Nobody can tell.
    Unknown {
        /// Why.
        why: String,
    },
}

impl ChangedRows {
    /// The number, where there is one.
    pub fn rows(&self) -> Option<u64> {
        match self {
            ChangedRows::Planned { rows } | ChangedRows::AtMost { rows, .. } => Some(*rows),
            ChangedRows::Unknown { .. } => None,
        }
    }
}

impl fmt::Display for ChangedRows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ChangedRows::Planned { rows } => write!(f, "about {rows} rows"),
            ChangedRows::AtMost { rows, why } => write!(f, "at most {rows} rows ({why})"),
            ChangedRows::Unknown { why } => write!(f, "an unknown number of rows ({why})"),
        }
    }
}
