//! What is new, changed or gone in a schema, part by part.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Column, DisplayName};

/// How a part differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Mark {
    /// The second schema alone has it.
    New,
    /// Both have it, and not the same.
    Changed,
    /// The first schema alone has it.
    Gone,
}

/// A part of a schema.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// A table.
    Table(DisplayName),
    /// A column of a table.
    Column(DisplayName, String),
    /// A foreign key of a table.
    ForeignKey(DisplayName, String),
    /// A check of a table.
    Check(DisplayName, String),
    /// An index of a table.
    Index(DisplayName, String),
    /// A trigger of a table.
    Trigger(DisplayName, String),
    /// The columns of a unique key.
    UniqueKey(DisplayName, Vec<String>),
    /// A view.
    View(DisplayName),
    /// An enum.
    Enum(DisplayName),
    /// A word of an enum.
    Label(DisplayName, String),
}

/// The parts that differ. Without any, a schema is shown as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    /// Whether two schemas were compared at all.
    pub(super) compares: bool,
    pub(super) marks: BTreeMap<Part, Mark>,
    /// What a changed column was.
    pub(super) columns_before: BTreeMap<(DisplayName, String), Column>,
}

impl Changes {
    /// How a part differs; `None` where it does not.
    pub fn of(&self, part: &Part) -> Option<Mark> {
        self.marks.get(part).copied()
    }

    /// What a changed column was before.
    pub fn column_before(&self, table: &DisplayName, column: &str) -> Option<&Column> {
        self.columns_before.get(&(table.clone(), column.to_owned()))
    }

    /// Whether two schemas were compared at all.
    pub fn compares(&self) -> bool {
        self.compares
    }

    /// How many tables are marked so.
    pub fn tables(&self, mark: Mark) -> usize {
        self.marks.iter().filter(|(part, other)| matches!(part, Part::Table(_)) && **other == mark).count()
    }

    /// Whether anything is marked so.
    pub fn has(&self, mark: Mark) -> bool {
        self.marks.values().any(|other| *other == mark)
    }
}

impl Mark {
    /// As people call it.
    pub fn word(self) -> &'static str {
        match self {
            Mark::New => "new",
            Mark::Changed => "changed",
            Mark::Gone => "gone",
        }
    }

    /// As a sign before a line.
    pub fn sign(self) -> &'static str {
        match self {
            Mark::New => "+",
            Mark::Changed => "~",
            Mark::Gone => "−",
        }
    }
}
