//! What rows a question looks for.

use std::cell::Cell;

use serde::Serialize;

use crate::impact::identifiers::has_column;
use crate::impact::names::{bare, in_quotes};

/// What rows are looked for. Names and expressions are as SQL writes them, with a schema where they have one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(tag = "about", rename_all = "snake_case")]
pub enum About {
    /// Rows without a value where there has to be one.
    Nulls {
        /// The column.
        column: String,
    },
    /// All rows: a column is added that has to have a value and has no default.
    NewColumn {
        /// The column.
        column: String,
    },
    /// Values of a key that are there more than once.
    Duplicates {
        /// The index or constraint.
        name: String,
        /// Its columns or expressions.
        key: Vec<String>,
        /// For which rows it holds; `None` for all.
        predicate: Option<String>,
        /// Whether two rows without a value count as equal.
        nulls_are_equal: bool,
        /// Whether it holds for the rows of partitions, too.
        with_partitions: bool,
    },
    /// Values of a foreign key that the other table does not have.
    Orphans {
        /// The constraint.
        name: String,
        /// Its columns.
        columns: Vec<String>,
        /// The other table.
        parent: String,
        /// The columns there, in the same order.
        parent_columns: Vec<String>,
        /// For which rows there is a parent no more: conditions, by which the file deletes some before.
        #[serde(skip)]
        deleted: Vec<String>,
        /// Where the rows of the other table come from.
        #[serde(skip)]
        parent_rows: ParentRows,
    },
    /// Pairs of rows of which an exclusion constraint allows only one.
    Conflicts {
        /// The constraint.
        name: String,
        /// What is compared.
        keys: Vec<String>,
        /// By which operator each of them is.
        operators: Vec<String>,
        /// For which rows it holds; `None` for all.
        predicate: Option<String>,
    },
    /// Rows that would be in the wrong partition.
    Misplaced {
        /// The table that becomes a partition.
        partition: String,
        /// What is true of such rows.
        condition: String,
    },
    /// Rows for which a condition is false.
    Breaking {
        /// The constraint.
        name: String,
        /// Its condition.
        condition: String,
    },
    /// Values that cannot become another type.
    Uncastable {
        /// The column.
        column: String,
        /// Its type now.
        from: String,
        /// Its type afterwards.
        to: String,
        /// What the file computes the new value from; `None` for the old value itself.
        using: Option<String>,
        /// The values of an enum that the file makes; then what is computed is text. Empty for any other type.
        #[serde(skip)]
        labels: Vec<String>,
    },
    /// Rows for which the expression of a generated column fails.
    Uncomputable {
        /// The column.
        column: String,
        /// Its type.
        to: String,
        /// What it is generated from.
        expression: String,
    },
    /// Rows for which an expression or the condition of an index fails.
    Unindexable {
        /// The index.
        name: String,
        /// Its expressions.
        keys: Vec<String>,
        /// For which rows it holds; `None` for all.
        predicate: Option<String>,
    },
    /// Values of a key that the query of a materialized view gives more than once.
    Refreshed {
        /// The unique index.
        name: String,
        /// Its columns or expressions.
        key: Vec<String>,
        /// For which rows it holds; `None` for all.
        predicate: Option<String>,
        /// Whether two rows without a value count as equal.
        nulls_are_equal: bool,
        /// The query of the view.
        #[serde(skip)]
        query: String,
        /// The tables that it reads.
        #[serde(skip)]
        tables: Vec<String>,
    },
    /// Rows that are too large for an index.
    TooWide {
        /// The index.
        name: String,
        /// The columns that may be large.
        columns: Vec<String>,
        /// For which rows it holds; `None` for all.
        predicate: Option<String>,
    },
    /// Values that are others once they have become another type, as 1.5 that becomes 2.
    Rounded {
        /// The column.
        column: String,
        /// Its type now.
        from: String,
        /// Its type afterwards.
        to: String,
        /// What the file computes the new value from; `None` for the old value itself.
        using: Option<String>,
    },
    /// Rows with a value of an enum that goes away.
    EnumValues {
        /// The column.
        column: String,
        /// Whether it holds arrays of them.
        is_array: bool,
        /// The values.
        values: Vec<String>,
    },
    /// Values of a column that goes away.
    DroppedColumn {
        /// The column.
        column: String,
    },
    /// Rows of a table that goes away.
    DroppedTable,
    /// Rows that have values which a sequence gives again.
    Used {
        /// The column.
        column: String,
        /// The sequence, by its name after the file.
        sequence: String,
        /// What it gives next; `None` for what comes after its last value.
        next: Option<i64>,
        /// How far it is from one value to the next.
        increment: i64,
        /// What the target calls the sequence; `None` where it has none yet.
        #[serde(skip)]
        known: Option<String>,
    },
    /// The value of a sequence, which is the table here, where the sequence may not have it any more.
    OutOfRange {
        /// The sequence, by its name after the file.
        sequence: String,
        /// Its smallest value.
        minimum: i64,
        /// Its largest value.
        maximum: i64,
    },
}

/// Where the rows of the table come from that a foreign key refers to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParentRows {
    /// The target has them.
    OfTarget,
    /// The file makes the table and may fill it.
    OfFile,
    /// The file makes the table and leaves it empty.
    None,
}

impl About {
    /// The same with what `other` makes of each expression over columns of the table.
    #[must_use]
    pub fn with_columns(self, other: impl Fn(String) -> String) -> About {
        let all = |list: Vec<String>| -> Vec<String> { list.into_iter().map(&other).collect() };
        match self {
            About::Nulls { column } => About::Nulls { column: other(column) },
            About::DroppedColumn { column } => About::DroppedColumn { column: other(column) },
            About::Breaking { name, condition } => About::Breaking { name, condition: other(condition) },
            About::Misplaced { partition, condition } => {
                About::Misplaced { partition, condition: other(condition) }
            }
            About::Rounded { column, from, to, using } => {
                About::Rounded { column: other(column), from, to, using: using.map(&other) }
            }
            About::Unindexable { name, keys, predicate } => {
                About::Unindexable { name, keys: all(keys), predicate: predicate.map(&other) }
            }
            About::TooWide { name, columns, predicate } => {
                About::TooWide { name, columns: all(columns), predicate: predicate.map(&other) }
            }
            About::EnumValues { column, is_array, values } => {
                About::EnumValues { column: other(column), is_array, values }
            }
            About::Uncastable { column, from, to, using, labels } => {
                About::Uncastable { column: other(column), from, to, using: using.map(&other), labels }
            }
            About::Uncomputable { column, to, expression } => {
                About::Uncomputable { column, to, expression: other(expression) }
            }
            About::Duplicates { name, key, predicate, nulls_are_equal, with_partitions } => {
                About::Duplicates {
                    name,
                    key: all(key),
                    predicate: predicate.map(&other),
                    nulls_are_equal,
                    with_partitions,
                }
            }
            About::Conflicts { name, keys, operators, predicate } => {
                About::Conflicts { name, keys: all(keys), operators, predicate: predicate.map(&other) }
            }
            About::Orphans { name, columns, parent, parent_columns, deleted, parent_rows } => {
                About::Orphans { name, columns: all(columns), parent, parent_columns, deleted, parent_rows }
            }
            About::Used { column, sequence, next, increment, known } => {
                About::Used { column: other(column), sequence, next, increment, known }
            }
            same @ (About::NewColumn { .. }
            | About::DroppedTable
            | About::OutOfRange { .. }
            | About::Refreshed { .. }) => same,
        }
    }

    /// Whether it takes this column of the table, which is without quotes, to answer.
    pub(super) fn looks_at(&self, column: &str) -> bool {
        let looks = Cell::new(matches!(self, About::NewColumn { column: new } if bare(new) == column));
        let _ = self.clone().with_columns(|sql| {
            looks.set(looks.get() || has_column(&sql, &in_quotes(column)));
            sql
        });
        looks.get()
    }

    /// The expressions over columns of the table as they will be.
    pub(super) fn expressions(&self) -> Vec<&str> {
        match self {
            About::Breaking { condition, .. } | About::Misplaced { condition, .. } => vec![condition],
            About::Duplicates { key: keys, predicate, .. }
            | About::Conflicts { keys, predicate, .. }
            | About::TooWide { columns: keys, predicate, .. }
            | About::Unindexable { keys, predicate, .. } => {
                keys.iter().chain(predicate).map(String::as_str).collect()
            }
            About::Orphans { columns, .. } => columns.iter().map(String::as_str).collect(),
            About::Nulls { column } => vec![column],
            _ => Vec::new(),
        }
    }

    /// The expressions over columns of all its tables.
    pub(super) fn all_expressions(&self) -> Vec<&str> {
        let of_parent = match self {
            About::Orphans { parent_columns, .. } => parent_columns.iter().map(String::as_str).collect(),
            _ => Vec::new(),
        };
        [self.expressions(), self.old_expressions(), of_parent].concat()
    }

    /// The expressions over columns of the table as they are until then.
    pub(super) fn old_expressions(&self) -> Vec<&str> {
        match self {
            About::Uncastable { column, using, .. } => vec![using.as_ref().unwrap_or(column)],
            About::Rounded { column, .. } | About::EnumValues { column, .. } => vec![column],
            About::Uncomputable { expression, .. } => vec![expression],
            _ => Vec::new(),
        }
    }
}
