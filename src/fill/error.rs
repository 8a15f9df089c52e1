//! Why tables cannot be filled. All of it is known before a row is written.

use thiserror::Error;

use super::named_constraint::NamedConstraint;
use super::other_relation::OtherRelation;
use crate::diagnosis::{Diagnose, Diagnosis};

/// Why tables cannot be filled.
#[derive(Debug, Error, Clone, PartialEq, Eq)]
pub enum FillError {
    /// There is no table to fill.
    #[error("there is no table to fill")]
    Nothing,
    /// Every table has rows.
    #[error("there is no empty table to fill: all have rows")]
    AllHaveRows,
    /// Another database has none of the tables of this one.
    #[error("there is no table to fill: the other database has none of the same name")]
    NoneAlike,
    /// Something else has the name that a table was given.
    #[error("{name} cannot be filled: it is {what}")]
    OtherRelation {
        /// As somebody has called it.
        name: String,
        /// What it is.
        what: OtherRelation,
    },
    /// A table consists of partitions, and has none.
    #[error("{table} cannot be filled: it has no partition")]
    NoPartition {
        /// The table.
        table: String,
    },
    /// A partition is a foreign table.
    #[error("{table} cannot be filled: one of its partitions is a foreign table")]
    ForeignPartition {
        /// The table.
        table: String,
    },
    /// A table cannot be emptied.
    #[error("{table} cannot be emptied: {constraint} of {by} refers to it")]
    ReferredTo {
        /// The table.
        table: String,
        /// The other table.
        by: String,
        /// The foreign key.
        constraint: String,
    },
    /// A key does not allow as many rows.
    #[error("{table} cannot have {}: {constraint} allows {most}", rows_in_words(*asked))]
    TooMany {
        /// The table.
        table: String,
        /// The key.
        constraint: NamedConstraint,
        /// How many rows were asked for.
        asked: u64,
        /// How many it allows.
        most: u64,
    },
    /// A table that is referred to has no rows.
    #[error("{table} cannot be filled: {constraint} refers to {parent}, which has no rows and gets none")]
    NoParent {
        /// The table.
        table: String,
        /// The foreign key.
        constraint: NamedConstraint,
        /// The other table.
        parent: String,
    },
    /// Nobody here can make values of a type.
    #[error(
        "{table} cannot be filled: its column {column} takes no NULL, has no default, and is of type {type_name}, for which there are no values"
    )]
    Type {
        /// The table.
        table: String,
        /// The column.
        column: String,
        /// The type.
        type_name: String,
    },
    /// Policies apply to the role that fills.
    #[error(
        "{table} cannot be filled: row security applies to this role, and COPY does not write to such a table"
    )]
    RowSecurity {
        /// The table.
        table: String,
    },
    /// The server cannot read values of a type from COPY BINARY.
    #[error(
        "{table} cannot be filled: its column {column} is of type {type_name}, which COPY BINARY cannot read"
    )]
    NoBinary {
        /// The table.
        table: String,
        /// The column.
        column: String,
        /// The type.
        type_name: String,
    },
    /// A sequence would stay where it is.
    #[error(
        "{table} cannot be filled: this role may not set {sequence}, which gives values to its column {column}"
    )]
    Sequence {
        /// The table.
        table: String,
        /// The column.
        column: String,
        /// The sequence, as SQL names it.
        sequence: String,
    },
    /// The server cannot compute a check where pmdb asks about it.
    #[error(
        "{table} cannot be filled: the server cannot compute {constraint} where no schema is on the path: {said}"
    )]
    NotComputed {
        /// The table.
        table: String,
        /// The check.
        constraint: NamedConstraint,
        /// What the server said.
        said: String,
    },
    /// No values are known that meet a constraint.
    #[error("{table} cannot be filled: {constraint} cannot be met: {reason}")]
    Unsolvable {
        /// The table.
        table: String,
        /// The constraint.
        constraint: NamedConstraint,
        /// Why.
        reason: String,
    },
    /// Foreign keys lead in a circle from a column to itself.
    #[error(
        "{table} cannot be filled: {constraint} cannot be met: its columns refer to each other in a circle"
    )]
    Endless {
        /// The table.
        table: String,
        /// The first of them that may refer to nothing, if there is one.
        constraint: NamedConstraint,
    },
}

impl Diagnose for FillError {
    fn diagnosis(&self) -> Diagnosis {
        let diagnosis = Diagnosis::of(self, "fill").state(vec!["No row was written.".to_owned()]);
        match self {
            FillError::Nothing => diagnosis.hint("`pmdb up` makes the tables"),
            FillError::NoneAlike => diagnosis.hint("`--like` follows tables of the same schema and name"),
            FillError::AllHaveRows => diagnosis.hint(
                "one with rows is filled where it is named, as in tasks=100000; `--truncate` empties all of them first",
            ),
            FillError::OtherRelation { what, .. } => diagnosis.hint(what.hint(|table| typed(table, 1000))),
            FillError::NoPartition { table } => {
                diagnosis.hint(format!("CREATE TABLE … PARTITION OF {table} makes one"))
            }
            FillError::ForeignPartition { .. } => {
                diagnosis.hint("rows may be put into the other partitions by hand; it is left alone where it is not named")
            }
            FillError::ReferredTo { by, .. } => diagnosis.hint(format!(
                "name it too, as in {}, and it is emptied and filled as well",
                typed(by, 1000)
            )),
            FillError::TooMany { table, most, .. } if *most > 0 => {
                diagnosis.hint(format!("{} is the most", typed(table, *most)))
            }
            FillError::TooMany { .. } => diagnosis.hint(
                "its rows have all values that there are, which `--truncate` takes out; or the tables that it refers to need rows first",
            ),
            FillError::NoParent { parent, .. } => {
                diagnosis.hint(format!("give it some, as in {}", typed(parent, 1000)))
            }
            FillError::Sequence { sequence, .. } => {
                diagnosis.hint(format!("`GRANT SELECT, UPDATE ON SEQUENCE {sequence}` lets the role do it"))
            }
            FillError::RowSecurity { .. } => diagnosis.hint(
                "fill it as its owner (without FORCE ROW LEVEL SECURITY), or as a role with BYPASSRLS",
            ),
            FillError::NotComputed { .. } => diagnosis.hint(
                "a function finds what it needs if that is named with its schema, or if it has a path of its own: \
                 ALTER FUNCTION … SET search_path = …",
            ),
            FillError::NoBinary { .. } => diagnosis.hint("name the other tables to leave this one alone"),
            FillError::Type { .. } => diagnosis.hint("a DEFAULT for the column fills it"),
            FillError::Unsolvable { .. } | FillError::Endless { .. } => diagnosis
                .hint("name the other tables, as in users=1000 tasks=100000, to leave this one alone"),
        }
    }
}

impl FillError {
    /// The table and the name of the constraint that it is about, where it is about one.
    pub fn constraint(&self) -> Option<(&str, &str)> {
        match self {
            FillError::TooMany { table, constraint, .. }
            | FillError::NoParent { table, constraint, .. }
            | FillError::NotComputed { table, constraint, .. }
            | FillError::Unsolvable { table, constraint, .. }
            | FillError::Endless { table, constraint } => Some((table, &constraint.name)),
            _ => None,
        }
    }
}

fn rows_in_words(rows: u64) -> String {
    if rows == 1 { "one more row".to_owned() } else { format!("{rows} rows") }
}

/// A table and a number of rows as one types them, quoted where a shell would take the name apart.
fn typed(table: &str, rows: u64) -> String {
    match table.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '.') {
        true => format!("{table}={rows}"),
        false => format!("'{}={rows}'", table.replace('\'', "'\\''")),
    }
}
