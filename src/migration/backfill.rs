//! A half that changes the rows of a table batch by batch: `-- migrate:up batch:tasks(id)`.

use serde::{Deserialize, Serialize};

use super::Direction;
use super::batch_key::{BatchKey, BatchPlace};

/// What a backfill is: along which key it goes, and where in its statement the condition for a batch stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backfill {
    /// The table and the key.
    pub key: BatchKey,
    /// Each `:batch` of the statement, in order.
    pub places: Vec<BatchPlace>,
    /// Whether `up` passes it.
    pub is_deferred: bool,
    /// Whether its statement is an UPDATE or DELETE of that table, and so changes no more rows than a batch has.
    pub changes_its_table: bool,
    /// The columns of that table which its statement assigns to.
    pub assigned: Vec<String>,
}

/// Tells a table from another one that has its name by now: by its OID; and the columns of its key by their numbers. A dump that is
/// restored gives new OIDs to all tables, that of the history included: then they tell nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableIdentity {
    /// That of the table.
    pub oid: String,
    /// That of the history.
    pub history_oid: String,
    /// The numbers of the key's columns, which each has for as long as it is there. None where an older release has begun it.
    #[serde(default)]
    pub columns: Vec<String>,
}

impl TableIdentity {
    /// Whether it is another table than this one was, though the database was not restored since.
    pub fn is_replaced_by(&self, now: &TableIdentity) -> bool {
        self.history_oid == now.history_oid && self.oid != now.oid
    }

    /// Whether it is the same table, and other columns have the names of its key by now.
    pub fn has_other_columns(&self, now: &TableIdentity) -> bool {
        let is_same = self.history_oid == now.history_oid && self.oid == now.oid;
        is_same && !self.columns.is_empty() && self.columns != now.columns
    }
}

/// How far a backfill has come, as the history keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackfillProgress {
    /// Which half it is.
    pub direction: Direction,
    /// The key of the last row that is done, as text.
    pub after: Vec<String>,
    /// The key of the last row that there was when it began, as text: it goes up to there. `None` where that is not known yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Vec<String>>,
    /// How the key was sorted, a word for each column. `None` where an older release has begun it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sorted: Option<Vec<String>>,
    /// The labels of the enums in each column of the key, in order. `None` where no column has any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub labels: Option<Vec<Vec<String>>>,
    /// How the parts of arrays, ranges and composite types in each column of the key are sorted. `None` where no column has any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub made_of: Option<Vec<Vec<String>>>,
    /// How wide the values of the key's columns may be (`atttypmod`), -1 where they are not limited. `None` where an older
    /// release has begun it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub widths: Option<Vec<i32>>,
    /// The types of the key's columns, or those that their domains are of. `None` where an older release has begun it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub types: Option<Vec<String>>,
    /// Which table it is, beside which history. `None` where an older release has begun it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub table: Option<TableIdentity>,
    /// How many rows of the table it has passed.
    pub rows: u64,
    /// About how many rows there were when it began.
    pub of: Option<u64>,
}

impl BackfillProgress {
    /// One that has passed `rows` of about `of` rows.
    #[cfg(test)]
    pub(crate) fn after_rows(rows: u64, of: Option<u64>) -> BackfillProgress {
        BackfillProgress {
            direction: Direction::Up,
            after: Vec::new(),
            until: None,
            sorted: None,
            labels: None,
            made_of: None,
            widths: None,
            types: None,
            table: None,
            rows,
            of,
        }
    }

    /// How much of the table is done, in percent: never all of it before the end.
    pub fn percent(&self) -> Option<u64> {
        let of = self.of.filter(|of| *of > 0)?;
        Some((self.rows.saturating_mul(100) / of).min(99))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_never_all_before_the_end() {
        let percent = |rows, of| BackfillProgress::after_rows(rows, of).percent();
        assert_eq!(percent(1, Some(3)), Some(33));
        assert_eq!(percent(500, Some(100)), Some(99));
        assert_eq!(percent(5, None), None);
        assert_eq!(percent(5, Some(0)), None);
    }
}
