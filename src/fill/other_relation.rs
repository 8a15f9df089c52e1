//! What is no table that can be filled, though it is called as somebody has called one.

use std::fmt;

/// What has the name of a table, and is none that can be filled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OtherRelation {
    /// A view.
    View,
    /// A materialized view.
    MaterializedView,
    /// A foreign table.
    ForeignTable,
    /// A partition of this table.
    PartitionOf(String),
    /// A sequence.
    Sequence,
    /// A temporary table of another session.
    TemporaryTable,
    /// A table that pmdb keeps for itself.
    TableOfPmdb,
}

impl fmt::Display for OtherRelation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            OtherRelation::View => f.write_str("a view"),
            OtherRelation::MaterializedView => f.write_str("a materialized view"),
            OtherRelation::ForeignTable => f.write_str("a foreign table"),
            OtherRelation::PartitionOf(table) => write!(f, "a partition of {table}"),
            OtherRelation::Sequence => f.write_str("a sequence"),
            OtherRelation::TemporaryTable => f.write_str("a temporary table"),
            OtherRelation::TableOfPmdb => f.write_str("a table of pmdb's own"),
        }
    }
}

impl OtherRelation {
    /// What to name instead.
    pub(super) fn hint(&self, typed: impl Fn(&str) -> String) -> String {
        match self {
            OtherRelation::View => "name the tables that it reads".to_owned(),
            OtherRelation::MaterializedView => {
                "name the tables that it reads; `REFRESH MATERIALIZED VIEW` fills it from these".to_owned()
            }
            OtherRelation::ForeignTable => "fill its table on the server where that is".to_owned(),
            OtherRelation::PartitionOf(table) => {
                format!("name that table, as in {}: each row comes into its partition", typed(table))
            }
            OtherRelation::Sequence | OtherRelation::TemporaryTable | OtherRelation::TableOfPmdb => {
                "`pmdb schema` shows all tables".to_owned()
            }
        }
    }
}
