//! Which colour the lines have that lead to a table: each table has its own, as far as there are enough.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::style::COLOURS;
use crate::catalog::schema::{DisplayName, ForeignKey, Table};

/// The colours, by the table that is referred to.
pub(super) struct LineColours<'s>(BTreeMap<&'s DisplayName, usize>);

impl<'s> LineColours<'s> {
    /// The tables with the most lines come first, so that no two of these have the same colour.
    pub(super) fn of(drawn: &[(&'s Table, &'s ForeignKey)]) -> LineColours<'s> {
        let mut lines: BTreeMap<&DisplayName, usize> = BTreeMap::new();
        for (_, key) in drawn {
            *lines.entry(&key.references.table).or_default() += 1;
        }
        let mut parents: Vec<_> = lines.into_iter().collect();
        parents.sort_by_key(|(name, lines)| (Reverse(*lines), *name));
        LineColours(
            parents.into_iter().enumerate().map(|(number, (name, _))| (name, number % COLOURS)).collect(),
        )
    }

    /// The colour of the lines that lead to a table; `None` where no line does.
    pub(super) fn get(&self, table: &DisplayName) -> Option<usize> {
        self.0.get(table).copied()
    }

    /// For each column of a table, the colour of the table that it refers to.
    pub(super) fn of_columns(&self, table: &Table) -> Vec<Option<usize>> {
        let colour = |column: &str| {
            let mut keys = table.foreign_keys.iter();
            let key = keys.find(|key| key.columns.iter().any(|name| name == column))?;
            self.get(&key.references.table)
        };
        table.columns.iter().map(|column| colour(&column.name)).collect()
    }
}
