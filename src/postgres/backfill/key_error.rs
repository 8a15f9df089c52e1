//! Why a table cannot be gone through by a key, and what to do about it.

use std::borrow::Cow;

use postgres_protocol::escape::escape_literal;
use thiserror::Error;

/// Why a table cannot be gone through by a key.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum KeyError {
    /// There is no such table.
    #[error("there is no table {table}")]
    NoTable {
        /// As the file names it.
        table: String,
    },
    /// It is a view or something else without rows of its own.
    #[error("{table} is no table, so that no index leads through its rows")]
    NotATable {
        /// As the file names it.
        table: String,
    },
    /// There is no such column.
    #[error("{table} has no column {column}")]
    NoColumn {
        /// The table.
        table: String,
        /// The column.
        column: String,
    },
    /// A column of the key may be NULL: such rows would be left out.
    #[error("the column {column} of {table} may be NULL, and no batch would take such a row")]
    Nullable {
        /// The table.
        table: String,
        /// The column.
        column: String,
    },
    /// The server works a column of the key out from one that the backfill assigns: its rows would come again.
    #[error("the column {column} of {table} is generated from {assigned}, which this backfill assigns")]
    Generated {
        /// The table.
        table: String,
        /// The column of the key.
        column: String,
        /// The column that the backfill assigns.
        assigned: String,
    },
    /// A rule takes some of the rows.
    #[error(
        "the rule {rule} of {table} does something else instead of changing some of its rows, which would never be done"
    )]
    RuleInstead {
        /// The table.
        table: String,
        /// The rule, quoted as need be.
        rule: String,
    },
    /// The key that a half-done backfill has come to has another place now.
    #[error("the key ({columns}) of {table} is sorted in another way than when this backfill began")]
    SortedAnew {
        /// The table, quoted and with its schema.
        table: String,
        /// The columns of the key.
        columns: String,
    },
    /// The rows that a half-done backfill has changed are in another table.
    #[error(
        "{table} is not the table with which this backfill began, but another one that is called so by now"
    )]
    Replaced {
        /// The table, quoted and with its schema.
        table: String,
    },
    /// The same columns have other names by now, and others have theirs.
    #[error(
        "({columns}) of {table} are not the columns with which this backfill began, but others that are called so by now"
    )]
    OtherColumns {
        /// The table, quoted and with its schema.
        table: String,
        /// The columns of the key.
        columns: String,
    },
    /// The role does not see all rows.
    #[error("row security hides rows of {} from this role, which would never be done", tables.join(", "))]
    RowsHidden {
        /// The tables of the statement of which it hides rows, quoted as need be.
        tables: Vec<String>,
    },
    /// No index has these columns.
    #[error("{table} has no unique index on ({columns}) that a backfill can go along")]
    NoIndex {
        /// The table.
        table: String,
        /// The columns of the key.
        columns: String,
    },
    /// All its rows are on one worker of Citus, which commits before the coordinator does.
    #[error(
        "{table} is on one worker of Citus, which commits a batch before the coordinator notes it: after a crash in between, \
         its rows would be done twice"
    )]
    OnOneWorker {
        /// The table, quoted and with its schema.
        table: String,
        /// The table of the history, quoted and with its schema.
        history: String,
    },
}

impl KeyError {
    /// What to do about it.
    pub fn hint(&self) -> Cow<'static, str> {
        Cow::Borrowed(match self {
            KeyError::NoTable { .. } | KeyError::NoColumn { .. } => "correct the name after `batch:`",
            KeyError::NotATable { .. } => "name the table whose rows are changed",
            KeyError::Nullable { .. } => "name a key whose columns are NOT NULL, such as the primary key",
            KeyError::Generated { .. } => {
                "name a key that stays as it is, such as the primary key: a row whose key moves up would come again"
            }
            KeyError::NoIndex { .. } => {
                "name all columns of a unique B-tree index in its order, such as those of the primary key; a partial index, one \
                 on expressions, a deferrable constraint, one that mixes ASC and DESC, and one with another operator class than \
                 that of the type, such as text_pattern_ops, do not count"
            }
            KeyError::RowsHidden { .. } => {
                "connect as the owner of the tables, as a role that has the attribute BYPASSRLS, or as one with a policy that is \
                 true for each row"
            }
            KeyError::RuleInstead { table, rule } => {
                return Cow::Owned(format!(
                    "drop the rule, or disable it while the backfill runs: `ALTER TABLE {table} DISABLE RULE {rule}`"
                ));
            }
            KeyError::SortedAnew { .. } => {
                "give the columns their types, collations and enum labels back, or undo what is done and begin anew with `pmdb redo`"
            }
            KeyError::Replaced { .. } => {
                "give that table its name back, or begin anew with `pmdb redo`, for all rows of this one"
            }
            KeyError::OtherColumns { .. } => {
                "give the columns their names back, or undo what is done and begin anew with `pmdb redo`"
            }
            KeyError::OnOneWorker { history, .. } => {
                return Cow::Owned(format!(
                    "let Citus know of the history, once, with psql: `SELECT citus_add_local_table_to_metadata({});` Then both \
                     commit together",
                    escape_literal(history).trim_start()
                ));
            }
        })
    }
}
