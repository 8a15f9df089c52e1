//! Foreign keys: which row each of them refers to.

use std::collections::BTreeSet;

use super::Builder;
use crate::fill::FillError;
use crate::fill::plan::{FillPlan, ParentChoice, TableFill, ValueSource};
use crate::fill::random::Permutation;
use crate::fill::shape::Shape;
use crate::fill::table::{FillForeignKey, FillTable};
use crate::fill::types::FillType;

/// How many rows in a thousand refer to nothing, where they need not refer to anything.
const WITHOUT_PARENT: u64 = 200;

/// Refuses keys that refer to each other in a circle: their values would be looked for without an end.
pub(super) fn refuse_endless(plan: &FillPlan) -> Result<(), FillError> {
    let comes_from = |(place, column): (usize, usize)| {
        let fill = plan.fills.get(place)?.as_ref()?;
        let Some(ValueSource::Foreign { key, place: at }) = fill.sources.get(column) else { return None };
        if matches!(fill.choices.get(*key), Some(ParentChoice::Given { .. })) {
            return None;
        }
        let foreign_key = plan.tables.get(place)?.foreign_keys.get(*key)?;
        Some((foreign_key, (foreign_key.parent, *foreign_key.parent_columns.get(*at)?)))
    };
    for (place, table, _) in plan.filled() {
        for column in 0..table.columns.len() {
            let mut way: Vec<((usize, usize), &FillForeignKey)> = Vec::new();
            let mut at = (place, column);
            while let Some((foreign_key, parent)) = comes_from(at) {
                if let Some(first) = way.iter().position(|(seen, _)| *seen == at) {
                    return Err(endless(plan, &way[first..]));
                }
                way.push((at, foreign_key));
                at = parent;
            }
        }
    }
    Ok(())
}

fn endless(plan: &FillPlan, circle: &[((usize, usize), &FillForeignKey)]) -> FillError {
    let may_refer_to_nothing = |((place, _), key): &&((usize, usize), &FillForeignKey)| {
        plan.tables.get(*place).is_some_and(|table| table.may_refer_to_nothing(key))
    };
    let key = circle.iter().find(may_refer_to_nothing).or(circle.first());
    let table = key.and_then(|((place, _), _)| plan.tables.get(*place));
    let constraint = key.map(|(_, key)| key.name.clone()).unwrap_or_default();
    FillError::Endless {
        table: table.map(FillTable::shown).unwrap_or_default(),
        constraint: constraint.into(),
    }
}

/// Which foreign keys of a table need rows of others that are not filled: by table and place.
pub fn needs_given(tables: &[FillTable], rows: &[u64]) -> Vec<(usize, usize)> {
    let is_filled = |table: usize| rows.get(table).is_some_and(|rows| *rows > 0);
    let all = tables.iter().enumerate().filter(|(place, _)| is_filled(*place));
    let keys = all.flat_map(|(place, table)| {
        table.foreign_keys.iter().enumerate().map(move |(key, one)| (place, key, one))
    });
    keys.filter(|(_, _, key)| !is_filled(key.parent)).map(|(place, key, _)| (place, key)).collect()
}

impl Builder<'_> {
    /// The columns of foreign keys, the widest first: one whose columns all belong to a wider one follows from that. Of those that are as
    /// wide, one that no two rows may have in common decides what it shares with others. Those to the table itself come last: what a row
    /// shares with its parent is decided by then.
    pub(super) fn refer(&mut self, like: Option<&Shape>) -> Result<(), FillError> {
        self.refer_to_nothing()?;
        let mut order: Vec<usize> = (0..self.table.foreign_keys.len()).collect();
        order.sort_by_key(|key| {
            let foreign_key = self.table.foreign_keys.get(*key);
            let columns = foreign_key.map_or(0, |key| key.columns.len());
            let shares_columns =
                foreign_key.is_some_and(|key| key.parent == self.place && shares_columns(key));
            let is_in_key = foreign_key.is_some_and(|one| {
                self.table
                    .keys
                    .iter()
                    .any(|key| one.columns.iter().all(|column| key.columns.contains(column)))
            });
            (shares_columns, std::cmp::Reverse(columns), !is_in_key, *key)
        });
        for key in order {
            let Some(foreign_key) = self.table.foreign_keys.get(key) else { continue };
            if self.refers_to_itself(key, foreign_key, like)? || self.is_computed(key, foreign_key)? {
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
                    *slot = Some(ValueSource::Null);
                }
                self.set_choice(key, ParentChoice::Follows);
                continue;
            }
            let mut is_taken = false;
            for (place, column) in foreign_key.columns.iter().enumerate() {
                match self.sources.get_mut(*column) {
                    Some(slot @ None) => *slot = Some(ValueSource::Foreign { key, place }),
                    _ => is_taken = true,
                }
            }
            if is_taken {
                self.overlap(key, foreign_key)?;
            }
        }
        Ok(())
    }

    /// Foreign keys whose rows cannot be counted: they refer to nothing.
    fn refer_to_nothing(&mut self) -> Result<(), FillError> {
        for key in &self.table.out_of_reach {
            let is_free = |column: &&usize| {
                self.sources.get(**column) == Some(&None)
                    && self.table.columns.get(**column).is_some_and(|column| !column.not_null)
            };
            let nullable = key.columns.iter().find(is_free).copied();
            let Some(slot) = nullable.and_then(|column| self.sources.get_mut(column)) else {
                return Err(FillError::Unsolvable {
                    table: self.table.shown(),
                    constraint: key.name.clone().into(),
                    reason: "it refers to a partition alone, and takes no NULL".to_owned(),
                });
            };
            *slot = Some(ValueSource::Null);
        }
        Ok(())
    }

    /// Whether a foreign key leads from a column to that very column, as in a tree whose nodes have the tenant of their parent.
    /// The column's value cannot come from the parent then: it would be looked for in one row after the other without an end.
    /// Where a table of tenants decides it, it need not: any other column that may be NULL is.
    fn refers_to_itself(
        &mut self,
        key: usize,
        foreign_key: &FillForeignKey,
        like: Option<&Shape>,
    ) -> Result<bool, FillError> {
        if foreign_key.parent != self.place || !shares_columns(foreign_key) {
            return Ok(false);
        }
        if self.grow_trees(key, foreign_key, like) {
            return Ok(true);
        }
        let both = foreign_key.columns.iter().zip(&foreign_key.parent_columns);
        let other: Vec<_> = both.filter(|(column, parents)| column != parents).collect();
        self.set_choice(key, ParentChoice::Follows);
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
                constraint: foreign_key.name.clone().into(),
                reason:
                    "it refers to the table itself through a column that both rows share, and takes no NULL"
                        .to_owned(),
            });
        };
        *slot = Some(ValueSource::Null);
        Ok(true)
    }

    /// Whether a foreign key has a column that the server computes, on either side: no value can be made for it then, unless the rows
    /// that it may refer to are there already.
    fn is_computed(&mut self, key: usize, foreign_key: &FillForeignKey) -> Result<bool, FillError> {
        let is_left_out = |column: &usize| self.sources.get(*column) == Some(&Some(ValueSource::LeftOut));
        let parent = self.tables.get(foreign_key.parent);
        let is_computed = |column: &usize| {
            let column = parent.and_then(|parent| parent.columns.get(*column));
            column.is_some_and(|column| {
                column.computed.is_some() || column.of == FillType::Other && column.has_default
            })
        };
        let is_made_here = !self.given.contains_key(&(self.place, key));
        let by_parent = is_made_here && foreign_key.parent_columns.iter().any(is_computed);
        if !by_parent && !foreign_key.columns.iter().any(is_left_out) {
            return Ok(false);
        }
        let may_be_null = |column: &&usize| {
            self.table.columns.get(**column).is_some_and(|column| !column.not_null)
                && self.sources.get(**column) == Some(&None)
        };
        let nullable = foreign_key.columns.iter().find(may_be_null);
        let Some(slot) = nullable.and_then(|column| self.sources.get_mut(*column)) else {
            return Err(self.unsolvable(foreign_key, "the server computes one of its columns"));
        };
        *slot = Some(ValueSource::Null);
        self.set_choice(key, ParentChoice::Follows);
        Ok(true)
    }

    fn unsolvable(&self, key: &FillForeignKey, reason: &str) -> FillError {
        FillError::Unsolvable {
            table: self.table.shown(),
            constraint: key.name.clone().into(),
            reason: reason.to_owned(),
        }
    }

    fn no_parent(&self, key: &FillForeignKey) -> FillError {
        let parent = self.tables.get(key.parent).map(FillTable::shown).unwrap_or_default();
        FillError::NoParent { table: self.table.shown(), constraint: key.name.clone().into(), parent }
    }

    /// Foreign keys share columns. One may follow from the other; otherwise both have to find the same value in their parents.
    fn overlap(&mut self, key: usize, foreign_key: &FillForeignKey) -> Result<(), FillError> {
        // Where one of its columns is NULL, the server asks for nothing.
        if foreign_key
            .columns
            .iter()
            .any(|column| self.sources.get(*column) == Some(&Some(ValueSource::Null)))
        {
            self.set_choice(key, ParentChoice::Follows);
            return Ok(());
        }
        let shared: Vec<(usize, usize)> = foreign_key
            .columns
            .iter()
            .filter_map(|column| match self.sources.get(*column)? {
                Some(ValueSource::Foreign { key: other, .. }) if *other != key => Some((*other, *column)),
                _ => None,
            })
            .collect();
        let Some((other, column)) = shared.first().copied() else {
            return Err(self.unsolvable(foreign_key, "one of its columns is decided elsewhere"));
        };
        let Some(other_key) = self.table.foreign_keys.get(other) else { return Ok(()) };
        let all_of_it = shared.len() == foreign_key.columns.len();
        if all_of_it && shared.iter().all(|(one, _)| *one == other) && self.follows(foreign_key, other_key) {
            self.set_choice(key, ParentChoice::Follows);
            return Ok(());
        }
        if shared.len() > 1 {
            return Err(self.unsolvable(foreign_key, "it shares several columns with other foreign keys"));
        }
        let count = self.values_in_common(foreign_key, other_key, column).ok_or_else(|| {
            let reason = "it shares columns with another foreign key, and the two lead to different tables";
            self.unsolvable(foreign_key, reason)
        })?;
        let stream = self.stream.of(1000 + key as u64);
        self.set_choice(key, ParentChoice::Aligned { with: other, count, stream });
        Ok(())
    }

    /// Whether a foreign key holds by itself where another one does: the two are the same, or the row that the other one refers to
    /// refers on to the row that this one refers to.
    fn follows(&self, key: &FillForeignKey, other: &FillForeignKey) -> bool {
        let beyond: Option<Vec<usize>> = key.columns.iter().map(|column| there(other, *column)).collect();
        let Some(beyond) = beyond else { return false };
        let is_same = key.parent == other.parent && beyond == key.parent_columns;
        let leads_on = |one: &FillForeignKey| {
            let on: Option<Vec<usize>> = beyond.iter().map(|column| there(one, *column)).collect();
            one.parent == key.parent && on.is_some_and(|on| on == key.parent_columns)
        };
        let keys = self.tables.get(other.parent).map(|parent| parent.foreign_keys.as_slice());
        is_same || keys.unwrap_or_default().iter().any(leads_on)
    }

    /// How many values the column has that two foreign keys share: as many as the table has rows that both lead to in the end.
    fn values_in_common(&self, key: &FillForeignKey, other: &FillForeignKey, column: usize) -> Option<u64> {
        let (mine, others) = ((key.parent, there(key, column)?), (other.parent, there(other, column)?));
        let (root, other_root) = (self.root(mine), self.root(others));
        let is_further = root != mine || other_root != others;
        match root == other_root && is_further {
            true => self.rows.get(root.0).copied().filter(|rows| *rows > 0),
            false => self.shared.in_common(mine, others),
        }
    }

    /// Where the values of a column come from in the end: one foreign key after the other leads there.
    fn root(&self, column: (usize, usize)) -> (usize, usize) {
        let next =
            |at: &(usize, usize)| next_towards_root(self.tables, self.fills, *at).map(|(_, next)| next);
        // No way is longer than there are tables; one in a circle is refused later on.
        std::iter::successors(Some(column), next).take(self.tables.len()).last().unwrap_or(column)
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
            let may_be_null = may_be_null && foreign_key.columns.iter().all(nullable);
            let choice = if foreign_key.parent == self.place {
                // A tree has a root, also where no two children of a row may have the same name.
                let first_is_null = foreign_key.columns.iter().all(nullable);
                ParentChoice::Earlier { stream, first_is_null }
            } else if let Some(keys) = self.given.get(&(self.place, key)) {
                ParentChoice::Given { stream, count: keys.len() as u64 }
            } else {
                let order = Permutation::new(self.parents(key, foreign_key.parent), stream.of(5));
                ParentChoice::Skewed { stream, order, nulls: if may_be_null { WITHOUT_PARENT } else { 0 } }
            };
            self.set_choice(key, choice);
        }
    }
}

/// Whether a foreign key to the table itself leads from a column to that very column.
fn shares_columns(key: &FillForeignKey) -> bool {
    key.columns.iter().zip(&key.parent_columns).any(|(column, parents)| column == parents)
}

/// The column that a column of a foreign key refers to.
fn there(key: &FillForeignKey, column: usize) -> Option<usize> {
    let place = key.columns.iter().position(|one| *one == column)?;
    key.parent_columns.get(place).copied()
}

/// The foreign key that a column takes its values from, and the column that it leads to.
pub(super) fn next_towards_root(
    tables: &[FillTable],
    fills: &[Option<TableFill>],
    (table, column): (usize, usize),
) -> Option<(usize, (usize, usize))> {
    let fill = fills.get(table)?.as_ref()?;
    let Some(ValueSource::Foreign { key, .. }) = fill.sources.get(column) else { return None };
    let is_given = fill.given.get(*key).is_some_and(Option::is_some);
    let foreign_key = tables.get(table)?.foreign_keys.get(*key).filter(|_| !is_given)?;
    Some((*key, (foreign_key.parent, there(foreign_key, column)?)))
}

/// Where two foreign keys of a table share a column, all tables on the way to where its values come from have to be in step: a row has
/// the value of the row with the same remainder there.
pub(super) fn align(plan: &mut FillPlan) -> Result<(), FillError> {
    let mut in_step = BTreeSet::new();
    for (place, table, fill) in plan.filled() {
        for (key, (foreign_key, choice)) in table.foreign_keys.iter().zip(&fill.choices).enumerate() {
            let ParentChoice::Aligned { with, count, .. } = choice else { continue };
            let Some(other) = table.foreign_keys.get(*with) else { continue };
            let column = foreign_key.columns.iter().copied().find(|column| other.columns.contains(column));
            let Some(column) = column else { continue };
            for one in [foreign_key, other] {
                in_step.extend(there(one, column).map(|column| ((one.parent, column), *count, (place, key))));
            }
        }
    }
    for (column, count, asked_by) in in_step {
        bring_in_step(plan, column, count, asked_by)?;
    }
    Ok(())
}

/// Makes the foreign keys that a column takes its values from go through their parents in step.
fn bring_in_step(
    plan: &mut FillPlan,
    column: (usize, usize),
    count: u64,
    (of, key): (usize, usize),
) -> Result<(), FillError> {
    let asked_by = plan.tables.get(of).and_then(|table| Some((table.shown(), table.foreign_keys.get(key)?)));
    let (table, constraint) = asked_by.map(|(table, key)| (table, key.name.clone())).unwrap_or_default();
    let unsolvable = |reason: String| FillError::Unsolvable { table, constraint: constraint.into(), reason };
    let mut at = column;
    while let Some((through, next)) = next_towards_root(&plan.tables, &plan.fills, at) {
        let fill = plan.fills.get_mut(at.0).and_then(Option::as_mut);
        let have = fill.as_ref().map_or(0, |fill| fill.rows);
        if have < count {
            let parent = plan.tables.get(at.0).map(FillTable::shown).unwrap_or_default();
            return Err(unsolvable(format!(
                "{parent} needs at least {count} rows for that, one for each value of the column that they share"
            )));
        }
        let Some(choice) = fill.and_then(|fill| fill.choices.get_mut(through)) else { break };
        *choice = match choice {
            ParentChoice::Skewed { stream, .. } => ParentChoice::InStep { count, stream: *stream },
            ParentChoice::InStep { count: already, stream } if *already == count => {
                ParentChoice::InStep { count, stream: *stream }
            }
            _ => {
                let reason = "it shares a column with another foreign key, which a key decides already";
                return Err(unsolvable(reason.to_owned()));
            }
        };
        at = next;
    }
    Ok(())
}
