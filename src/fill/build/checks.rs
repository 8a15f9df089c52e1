//! Columns that are bound to each other: by checks, and by the order of times.

use std::collections::BTreeSet;

use super::Builder;
use crate::fill::candidates::Candidates;
use crate::fill::looks::ColumnLook;
use crate::fill::plan::{ParentChoice, ValueSource};
use crate::fill::types::FillType;

impl Builder<'_> {
    /// Checks over the columns of one key that is counted off: only those of its combinations are used that pass.
    pub(super) fn filter_combinations(&mut self) {
        for (place, check) in self.table.checks.iter().enumerate() {
            if self.is_kept_by_values(&check.columns) {
                continue;
            }
            let tuples: BTreeSet<Option<usize>> =
                check.columns.iter().map(|column| self.tuple_of(*column)).collect();
            let [Some(tuple)] = tuples.into_iter().collect::<Vec<_>>()[..] else { continue };
            let Some(tuple) = self.tuples.get_mut(tuple) else { continue };
            tuple.checks.push(place);
            tuple.columns.extend(&check.columns);
            tuple.columns.sort_unstable();
            tuple.columns.dedup();
        }
    }

    /// Whether a check of one column holds since only values that pass it are used.
    fn is_kept_by_values(&self, columns: &[usize]) -> bool {
        let [column] = columns else { return false };
        matches!(self.sources.get(*column), Some(Some(ValueSource::Distinct | ValueSource::Digit { .. })))
            && self.table.columns.get(*column).is_some_and(|column| column.is_looked_up)
    }

    /// The key that is counted off to which a column belongs.
    fn tuple_of(&self, column: usize) -> Option<usize> {
        match self.sources.get(column).copied().flatten()? {
            ValueSource::Digit { tuple, .. } => Some(tuple),
            ValueSource::Foreign { key, .. } => match self.choices.get(key)? {
                Some(ParentChoice::Digit { tuple, .. }) => Some(*tuple),
                _ => None,
            },
            _ => None,
        }
    }

    /// Whether any value may be chosen for a column, or any row that it refers to.
    fn is_free(&self, column: usize) -> bool {
        match self.sources.get(column).copied().flatten() {
            None => true,
            Some(ValueSource::Foreign { key, .. }) => {
                let is_simple = self.table.foreign_keys.get(key).is_some_and(|key| key.columns.len() == 1);
                let is_with_others = self
                    .choices
                    .iter()
                    .any(|choice| matches!(choice, Some(ParentChoice::Aligned { with, .. }) if *with == key));
                let choice = self.choices.get(key).and_then(Option::as_ref);
                is_simple
                    && !is_with_others
                    && matches!(choice, Some(ParentChoice::Skewed { .. } | ParentChoice::Given { .. }))
            }
            Some(_) => false,
        }
    }

    /// Columns that are free so far and stand in a check: groups of those that checks join.
    pub(super) fn bind(&mut self) -> Vec<Candidates> {
        let mut groups: Vec<(BTreeSet<usize>, Vec<usize>)> = Vec::new();
        for (place, check) in self.table.checks.iter().enumerate() {
            let free = check.columns.iter().copied().filter(|column| self.is_free(*column));
            let mut columns: BTreeSet<usize> = free.collect();
            let is_made = |column: &usize| self.sources.get(*column) != Some(&Some(ValueSource::LeftOut));
            if columns.is_empty() || !check.columns.iter().all(is_made) {
                continue;
            }
            let mut checks = vec![place];
            groups.retain(|(others, their)| {
                let is_apart = others.is_disjoint(&columns);
                if !is_apart {
                    columns.extend(others);
                    checks.extend(their);
                }
                is_apart
            });
            groups.push((columns, checks));
        }
        let mut candidates = Vec::new();
        for (group, (columns, mut checks)) in groups.into_iter().enumerate() {
            checks.sort_unstable();
            let of_checks = checks.iter().filter_map(|check| self.table.checks.get(*check));
            let all: BTreeSet<usize> = of_checks.flat_map(|check| check.columns.iter().copied()).collect();
            let decided = all.difference(&columns).copied().collect();
            for column in &columns {
                self.take_candidates(*column, group);
            }
            let stream = self.stream.of(4000 + group as u64);
            let columns = (columns.into_iter().collect(), decided);
            candidates.push(Candidates::new(self.table, columns, checks, stream));
        }
        candidates
    }

    /// The values of a column, or the rows that it refers to, come from the candidates of a group.
    fn take_candidates(&mut self, column: usize, group: usize) {
        let Some(ValueSource::Foreign { key, .. }) = self.sources.get(column).copied().flatten() else {
            if let Some(slot) = self.sources.get_mut(column) {
                *slot = Some(ValueSource::Candidate { group });
            }
            return;
        };
        let Some(foreign_key) = self.table.foreign_keys.get(key) else { return };
        let parents = self.parents(key, foreign_key.parent);
        let may_be_null = self.table.columns.get(column).is_some_and(|column| !column.not_null)
            && !self.table.keys.iter().any(|key| key.columns.contains(&column));
        // Where a check speaks of it, it is often one of two that has to be NULL.
        let nulls = if may_be_null { 500 } else { 0 };
        if let Some(Some(ParentChoice::Skewed { stream, .. } | ParentChoice::Given { stream, .. })) =
            self.choices.get(key)
        {
            let stream = *stream;
            self.set_choice(key, ParentChoice::Candidate { group, stream, nulls, parents });
        }
    }

    /// `updated_at` comes after `created_at`.
    pub(super) fn order_times(&mut self) {
        let is_time = |column: usize| {
            matches!(
                self.table.columns.get(column).map(|column| &column.of),
                Some(FillType::Timestamp | FillType::Date)
            )
        };
        let look = |column: usize| self.streams.get(column).map(|(_, look)| *look);
        let of = |column: usize| self.table.columns.get(column).map(|column| &column.of);
        for column in (0..self.sources.len())
            .filter(|column| is_time(*column) && look(*column) == Some(ColumnLook::Later))
        {
            let is_first = |first: &usize| {
                look(*first) == Some(ColumnLook::Created)
                    && of(*first) == of(column)
                    && self.table.columns.get(*first).is_some_and(|first| first.not_null)
                    && matches!(self.sources.get(*first), Some(None))
            };
            let first = (0..self.sources.len()).find(is_first);
            if let (Some(slot @ None), Some(first)) = (self.sources.get_mut(column), first) {
                *slot = Some(ValueSource::After { column: first });
            }
        }
    }
}
