//! Foreign keys: which row each of them refers to.

use std::collections::BTreeSet;

use super::Builder;
use crate::fill::FillError;
use crate::fill::plan::{Choice, FillPlan, Source};
use crate::fill::random::Permutation;
use crate::fill::table::{ForeignKey, Table};

/// How many rows in a thousand refer to nothing, where they need not refer to anything.
const WITHOUT_PARENT: u64 = 200;

/// Refuses keys that refer to each other in a circle: their values would be looked for without an end.
pub(super) fn refuse_endless(plan: &FillPlan) -> Result<(), FillError> {
    let comes_from = |(place, column): (usize, usize)| {
        let fill = plan.fills.get(place)?.as_ref()?;
        let Some(Source::Foreign { key, place: at }) = fill.sources.get(column) else { return None };
        if matches!(fill.choices.get(*key), Some(Choice::Given { .. })) {
            return None;
        }
        let foreign_key = plan.tables.get(place)?.foreign_keys.get(*key)?;
        Some((foreign_key, (foreign_key.parent, *foreign_key.parent_columns.get(*at)?)))
    };
    for (place, table, _) in plan.filled() {
        for column in 0..table.columns.len() {
            let mut seen = BTreeSet::new();
            let mut at = (place, column);
            while let Some((foreign_key, parent)) = comes_from(at) {
                if !seen.insert(at) {
                    return Err(FillError::Unsolvable {
                        table: plan.tables.get(at.0).map(Table::shown).unwrap_or_default(),
                        constraint: foreign_key.name.clone(),
                        reason: "its columns refer to each other in a circle".to_owned(),
                    });
                }
                at = parent;
            }
        }
    }
    Ok(())
}

/// Which foreign keys of a table need rows of others that are not filled: by table and place.
pub fn needs_given(tables: &[Table], rows: &[u64]) -> Vec<(usize, usize)> {
    let is_filled = |table: usize| rows.get(table).is_some_and(|rows| *rows > 0);
    let all = tables.iter().enumerate().filter(|(place, _)| is_filled(*place));
    let keys = all.flat_map(|(place, table)| {
        table.foreign_keys.iter().enumerate().map(move |(key, one)| (place, key, one))
    });
    keys.filter(|(_, _, key)| !is_filled(key.parent)).map(|(place, key, _)| (place, key)).collect()
}

impl Builder<'_> {
    /// The columns of foreign keys, the widest first: one whose columns all belong to a wider one follows from that.
    pub(super) fn refer(&mut self) -> Result<(), FillError> {
        let mut order: Vec<usize> = (0..self.table.foreign_keys.len()).collect();
        order.sort_by_key(|key| {
            let columns = self.table.foreign_keys.get(*key).map_or(0, |key| key.columns.len());
            (std::cmp::Reverse(columns), *key)
        });
        for key in order {
            let Some(foreign_key) = self.table.foreign_keys.get(key) else { continue };
            if self.refers_to_itself(key, foreign_key)? {
                continue;
            }
            let parent_is_empty = self.rows.get(foreign_key.parent).copied().unwrap_or(0) == 0
                && self.given.get(&(self.place, key)).is_none_or(Vec::is_empty);
            if parent_is_empty {
                let nullable =
                    |column: &&usize| self.table.columns.get(**column).is_some_and(|column| !column.not_null);
                let Some(column) = foreign_key.columns.iter().find(nullable) else {
                    return Err(self.no_parent(foreign_key));
                };
                if let Some(slot) = self.sources.get_mut(*column) {
                    *slot = Some(Source::Null);
                }
                self.set_choice(key, Choice::Follows);
                continue;
            }
            let mut is_taken = false;
            for (place, column) in foreign_key.columns.iter().enumerate() {
                match self.sources.get_mut(*column) {
                    Some(slot @ None) => *slot = Some(Source::Foreign { key, place }),
                    _ => is_taken = true,
                }
            }
            if is_taken {
                self.overlap(key, foreign_key)?;
            }
        }
        Ok(())
    }

    /// Whether a foreign key leads from a column to that very column, as in a tree whose nodes have the tenant of their parent.
    /// The column's value cannot come from the parent then: it would be looked for in one row after the other without an end.
    fn refers_to_itself(&mut self, key: usize, foreign_key: &ForeignKey) -> Result<bool, FillError> {
        let both = foreign_key.columns.iter().zip(&foreign_key.parent_columns);
        let (same, other): (Vec<_>, Vec<_>) = both.partition(|(column, parents)| column == parents);
        if foreign_key.parent != self.place || same.is_empty() {
            return Ok(false);
        }
        self.set_choice(key, Choice::Follows);
        if other.is_empty() {
            return Ok(true);
        }
        let may_be_null = |column: usize| {
            self.table.columns.get(column).is_some_and(|column| !column.not_null)
                && self.sources.get(column) == Some(&None)
        };
        let nullable = other.iter().map(|(column, _)| **column).find(|column| may_be_null(*column));
        let Some(slot) = nullable.and_then(|column| self.sources.get_mut(column)) else {
            return Err(FillError::Unsolvable {
                table: self.table.shown(),
                constraint: foreign_key.name.clone(),
                reason:
                    "it refers to the table itself through a column that both rows share, and takes no NULL"
                        .to_owned(),
            });
        };
        *slot = Some(Source::Null);
        Ok(true)
    }

    fn no_parent(&self, key: &ForeignKey) -> FillError {
        let parent = self.tables.get(key.parent).map(Table::shown).unwrap_or_default();
        FillError::NoParent { table: self.table.shown(), constraint: key.name.clone(), parent }
    }

    /// Two foreign keys share columns. One may follow from the other; otherwise both go through the same third table.
    fn overlap(&mut self, key: usize, foreign_key: &ForeignKey) -> Result<(), FillError> {
        let decides = foreign_key.columns.iter().find_map(|column| match self.sources.get(*column)? {
            Some(Source::Foreign { key: other, .. }) if *other != key => Some((*other, *column)),
            _ => None,
        });
        let Some((other, column)) = decides else { return Ok(()) };
        let unsolvable = || FillError::Unsolvable {
            table: self.table.shown(),
            constraint: foreign_key.name.clone(),
            reason: "it shares columns with another foreign key, and the two lead to different tables"
                .to_owned(),
        };
        let other_key = self.table.foreign_keys.get(other).ok_or_else(unsolvable)?;
        let there = |key: &ForeignKey| {
            let place = key.columns.iter().position(|one| *one == column)?;
            key.parent_columns.get(place).copied()
        };
        let through = |key: &ForeignKey| -> Option<(usize, usize)> {
            let column = there(key)?;
            let parent = self.tables.get(key.parent)?;
            let found = parent.foreign_keys.iter().position(|one| one.columns.contains(&column))?;
            Some((found, parent.foreign_keys.get(found)?.parent))
        };
        // The other one's parent refers to the table of this one: then it holds by itself.
        let (others, grand) = through(other_key).ok_or_else(unsolvable)?;
        if grand == foreign_key.parent && foreign_key.columns.len() == 1 {
            self.set_choice(key, Choice::Follows);
            return Ok(());
        }
        let (mine, my_grand) = through(foreign_key).ok_or_else(unsolvable)?;
        if my_grand != grand {
            return Err(unsolvable());
        }
        let stream = self.stream.of(1000 + key as u64);
        self.set_choice(key, Choice::Aligned { with: (other, others), through: mine, stream });
        Ok(())
    }

    pub(super) fn choose_parents(&mut self) {
        for (key, foreign_key) in self.table.foreign_keys.iter().enumerate() {
            if self.choices.get(key) != Some(&None) {
                continue;
            }
            let stream = self.stream.of(3000 + key as u64);
            let nullable =
                |column: &usize| self.table.columns.get(*column).is_some_and(|column| !column.not_null);
            let is_in_key = |column: &usize| self.table.keys.iter().any(|key| key.columns.contains(column));
            let may_be_null =
                foreign_key.columns.iter().any(nullable) && !foreign_key.columns.iter().any(is_in_key);
            let choice = if foreign_key.parent == self.place {
                Choice::Earlier { stream, first_is_null: may_be_null }
            } else if let Some(keys) = self.given.get(&(self.place, key)) {
                Choice::Given { stream, count: keys.len() as u64 }
            } else {
                let order = Permutation::new(self.parents(key, foreign_key.parent), stream.of(5));
                Choice::Skewed { stream, order, nulls: if may_be_null { WITHOUT_PARENT } else { 0 } }
            };
            self.set_choice(key, choice);
        }
    }
}

/// Where two foreign keys of a table share a column, their parents have to be chosen so that their children can be counted.
pub(super) fn align(plan: &mut FillPlan) -> Result<(), FillError> {
    let mut counted = BTreeSet::new();
    for (_, table, fill) in plan.filled() {
        for (foreign_key, choice) in table.foreign_keys.iter().zip(&fill.choices) {
            if let Choice::Aligned { with: (other, others), through, .. } = choice {
                let other_parent = table.foreign_keys.get(*other).map_or(0, |key| key.parent);
                counted.insert((other_parent, *others, foreign_key.name.clone(), table.shown()));
                counted.insert((foreign_key.parent, *through, foreign_key.name.clone(), table.shown()));
            }
        }
    }
    for (table, key, constraint, of) in counted {
        let unsolvable = |reason: &str| FillError::Unsolvable {
            table: of.clone(),
            constraint: constraint.clone(),
            reason: reason.to_owned(),
        };
        let grand =
            plan.tables.get(table).and_then(|table| table.foreign_keys.get(key)).map_or(0, |key| key.parent);
        let rows = |place: usize| plan.fills.get(place).and_then(Option::as_ref).map_or(0, |fill| fill.rows);
        let (have, need) = (rows(table), rows(grand));
        if have < need {
            let parent = plan.tables.get(table).map(Table::shown).unwrap_or_default();
            return Err(unsolvable(&format!(
                "{parent} needs at least {need} rows for that, one for each that it refers to"
            )));
        }
        let choice =
            plan.fills.get_mut(table).and_then(Option::as_mut).and_then(|fill| fill.choices.get_mut(key));
        match choice {
            Some(choice @ (Choice::Skewed { .. } | Choice::Remainder)) => *choice = Choice::Remainder,
            _ => {
                return Err(unsolvable(
                    "it shares a column with another foreign key, which a key decides already",
                ));
            }
        }
    }
    Ok(())
}
