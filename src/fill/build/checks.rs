//! Columns that are bound to each other: by checks, and by the order of times.

use std::collections::BTreeSet;

use super::Builder;
use crate::fill::candidates::Candidates;
use crate::fill::looks::Look;
use crate::fill::plan::{Choice, Source};
use crate::fill::types::Type;

impl Builder<'_> {
    /// Columns that are free so far and stand in a check: groups of those that checks join.
    pub(super) fn bind(&mut self) -> Vec<Candidates> {
        let is_free = |column: &usize| match self.sources.get(*column).copied().flatten() {
            None => true,
            Some(Source::Foreign { key, .. }) => {
                let is_simple = self.table.foreign_keys.get(key).is_some_and(|key| key.columns.len() == 1);
                is_simple && matches!(self.choices.get(key), Some(Some(Choice::Skewed { .. })))
            }
            Some(_) => false,
        };
        let mut groups: Vec<(BTreeSet<usize>, Vec<usize>)> = Vec::new();
        for (place, check) in self.table.checks.iter().enumerate() {
            if check.columns.is_empty() || !check.columns.iter().all(is_free) {
                continue;
            }
            let mut columns: BTreeSet<usize> = check.columns.iter().copied().collect();
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
            for column in &columns {
                match self.sources.get_mut(*column) {
                    Some(slot @ None) => *slot = Some(Source::Candidate { group }),
                    Some(Some(Source::Foreign { key, .. })) => {
                        if let Some(slot @ Some(Choice::Skewed { .. })) = self.choices.get_mut(*key)
                            && let Some(Choice::Skewed { stream, nulls, .. }) = *slot
                        {
                            // Where a check speaks of it, it is often one of two that has to be NULL.
                            *slot = Some(Choice::Candidate {
                                group,
                                stream,
                                nulls: if nulls > 0 { 500 } else { 0 },
                            });
                        }
                    }
                    _ => {}
                }
            }
            checks.sort_unstable();
            let stream = self.stream.of(4000 + group as u64);
            candidates.push(Candidates::new(self.table, columns.into_iter().collect(), checks, stream));
        }
        candidates
    }

    /// `updated_at` comes after `created_at`.
    pub(super) fn order_times(&mut self) {
        let is_time = |column: usize| {
            matches!(
                self.table.columns.get(column).map(|column| &column.of),
                Some(Type::Timestamp | Type::Date)
            )
        };
        let look = |column: usize| self.streams.get(column).map(|(_, look)| *look);
        let of = |column: usize| self.table.columns.get(column).map(|column| &column.of);
        for column in
            (0..self.sources.len()).filter(|column| is_time(*column) && look(*column) == Some(Look::Later))
        {
            let is_first = |first: &usize| {
                look(*first) == Some(Look::Created)
                    && of(*first) == of(column)
                    && self.table.columns.get(*first).is_some_and(|first| first.not_null)
                    && matches!(self.sources.get(*first), Some(None))
            };
            let first = (0..self.sources.len()).find(is_first);
            if let (Some(slot @ None), Some(first)) = (self.sources.get_mut(column), first) {
                *slot = Some(Source::After { column: first });
            }
        }
    }
}
