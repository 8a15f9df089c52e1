//! What the server is asked about a plan, as texts: candidates for checks, combinations of keys, rows; and what becomes of the
//! answers.

use std::collections::BTreeMap;

use super::FillError;
use super::like::of_rank;
use super::named_constraint::NamedConstraint;
use super::plan::{FillPlan, ParentChoice, ValueSource};
use super::table::RowCheck;
use super::types::FillType;
use super::value::FillValue;

/// A row that is asked about: the values of some columns.
pub type AskedRow = Vec<Option<String>>;

impl FillPlan {
    /// A candidate for the checks of a group: its columns, then those that are decided elsewhere, of the row that takes it.
    pub fn candidate(&self, table: usize, group: usize, number: u64, row: u64) -> Option<AskedRow> {
        let candidates = self.at(table)?.1.candidates.get(group)?;
        let own = candidates.columns.iter().map(|column| self.of_candidate(table, group, *column, number));
        let decided = candidates.decided.iter().map(|column| self.value(table, *column, row).text());
        Some(own.chain(decided).collect())
    }

    fn of_candidate(&self, table: usize, group: usize, column: usize, number: u64) -> Option<String> {
        let (described, fill) = self.at(table)?;
        if let Some(ValueSource::Foreign { key, place }) = fill.sources.get(column) {
            return self.foreign(table, *key, *place, self.candidate_parent(table, *key, number)).text();
        }
        fill.candidates.get(group)?.candidate(described, column, *fill.columns.get(column)?, number).text()
    }

    /// Which row of its parent a foreign key refers to in a candidate.
    pub(super) fn candidate_parent(&self, table: usize, key: usize, candidate: u64) -> Option<u64> {
        let (_, fill) = self.at(table)?;
        let Some(ParentChoice::Candidate { stream, nulls, parents, .. }) = fill.choices.get(key) else {
            return None;
        };
        let is_null = stream.of(7).is_among(candidate, *nulls);
        (!is_null).then(|| stream.below(candidate, *parents))
    }

    /// What a group has where its single column follows another database: NULL, the first value, the last one, and this many others or all
    /// of them. Of an enum or a boolean the labels are known, and some of them may pass.
    pub fn followed(&self, table: usize, group: usize, most: u64) -> Option<Vec<AskedRow>> {
        let (described, fill) = self.at(table)?;
        let candidates = fill.candidates.get(group)?;
        let [place] = *candidates.columns else { return None };
        let (column, (stream, look), ranks) =
            (described.columns.get(place)?, fill.columns.get(place)?, fill.ranks(place)?);
        let has_labels = matches!(column.of, FillType::Enum(_) | FillType::Bool);
        let is_own = fill.sources.get(place) == Some(&ValueSource::Candidate { group });
        if has_labels || !is_own || !candidates.decided.is_empty() {
            return None;
        }
        let step = ranks.distinct.div_ceil(most.max(1)).max(1);
        let all = (0..ranks.distinct).step_by(usize::try_from(step).ok()?).chain([ranks.distinct - 1]);
        let value = |rank| vec![of_rank(&column.of, *look, *stream, rank, ranks).text()];
        let null = (!column.not_null).then(|| vec![None]);
        Some(all.map(value).chain(null).collect())
    }

    /// Has the single column of a group follow another database as if no check asked for anything.
    pub fn follow(&mut self, table: usize, group: usize) {
        let fill = self.fills.get_mut(table).and_then(Option::as_mut);
        if let Some(candidates) = fill.and_then(|fill| fill.candidates.get_mut(group)) {
            candidates.is_followed = true;
        }
    }

    /// Uses these candidates of a group.
    pub fn keep(&mut self, table: usize, group: usize, passing: Vec<u64>) {
        let ranked = self.ranked(table, group, &passing).unwrap_or_default();
        let fill = self.fills.get_mut(table).and_then(Option::as_mut);
        if let Some(candidates) = fill.and_then(|fill| fill.candidates.get_mut(group)) {
            candidates.passing = passing;
            candidates.ranked = ranked;
        }
    }

    /// Uses these candidates of a group, one for each row.
    pub fn keep_for_rows(&mut self, table: usize, group: usize, of_rows: Vec<u16>) {
        let fill = self.fills.get_mut(table).and_then(Option::as_mut);
        if let Some(candidates) = fill.and_then(|fill| fill.candidates.get_mut(group)) {
            candidates.of_rows = of_rows;
        }
    }

    /// The values of these candidates, each once and in their order, where a single column follows another database.
    fn ranked(&self, table: usize, group: usize, passing: &[u64]) -> Option<Vec<FillValue>> {
        let (described, fill) = self.at(table)?;
        let candidates = fill.candidates.get(group)?;
        let [column] = *candidates.columns else { return None };
        let (of, _) = (fill.columns.get(column)?, fill.ranks(column)?);
        let all = passing.iter().map(|number| candidates.candidate(described, column, *of, *number));
        let by_order: BTreeMap<(i64, String), FillValue> =
            all.filter_map(|value| Some(((value.whole(), value.text()?), value))).collect();
        Some(by_order.into_values().collect())
    }

    /// A combination of a key that is counted off: the columns of it that stand in checks.
    pub fn combination(&self, table: usize, tuple: usize, combination: u64) -> Option<AskedRow> {
        let (described, fill) = self.at(table)?;
        let counted = fill.tuples.get(tuple)?;
        let value = |column: &usize| {
            let (source, of) = (fill.sources.get(*column)?, described.columns.get(*column)?);
            match source {
                ValueSource::Digit { part, .. } => {
                    let digit = counted.digit_of(combination, *part);
                    fill.counted_off(of, *column, digit).text()
                }
                ValueSource::Foreign { key, place } => {
                    let Some(ParentChoice::Digit { part, .. }) = fill.choices.get(*key) else { return None };
                    let parent = counted.digit_of(combination, *part);
                    self.foreign(table, *key, *place, Some(parent)).text()
                }
                _ => None,
            }
        };
        Some(counted.columns.iter().map(value).collect())
    }

    /// Uses these combinations of a key, one for each row.
    ///
    /// # Errors
    /// [`FillError::TooMany`] where these are fewer than the rows.
    pub fn keep_combinations(
        &mut self,
        table: usize,
        tuple: usize,
        passing: Vec<u64>,
    ) -> Result<(), FillError> {
        let name = self.tables.get(table).map(|one| (one.shown(), self.names_of_tuple(table, tuple)));
        let Some(Some(fill)) = self.fills.get_mut(table) else { return Ok(()) };
        let (asked, most) = (fill.rows, passing.len() as u64);
        let without = fill.tuples.get(tuple).filter(|_| most > 0).map_or(0, |tuple| tuple.without);
        if most.saturating_add(without) < asked {
            let (table, constraint) = name.unwrap_or_default();
            return Err(FillError::TooMany { table, constraint, asked, most });
        }
        if let Some(tuple) = fill.tuples.get_mut(tuple) {
            tuple.passing = passing;
        }
        Ok(())
    }

    /// As in "t_pkey with t_check".
    fn names_of_tuple(&self, table: usize, tuple: usize) -> NamedConstraint {
        let both = self.at(table).and_then(|(table, fill)| Some((table, fill.tuples.get(tuple)?)));
        let Some((table, tuple)) = both else { return NamedConstraint::default() };
        let mut name = tuple.name.clone();
        let checks = tuple.checks.iter().filter_map(|check| table.checks.get(*check));
        name.narrowed_by.extend(checks.map(|check| check.name.clone()));
        name
    }

    /// Why no candidate of a group passes: the first check that none of them meets, else all of them together.
    pub fn unmet(&self, table: usize, group: usize, is_never_met: impl Fn(usize) -> bool) -> FillError {
        let Some((described, fill)) = self.at(table) else { return FillError::Nothing };
        let checks = fill.candidates.get(group).map(|group| group.checks.as_slice()).unwrap_or_default();
        let name =
            |check: &usize| described.checks.get(*check).map(|check| check.name.clone()).unwrap_or_default();
        let never = checks.iter().enumerate().find(|(at, _)| is_never_met(*at));
        let mut names = match never {
            Some((_, check)) => vec![name(check)].into_iter(),
            None => checks.iter().map(name).collect::<Vec<_>>().into_iter(),
        };
        let first = names.next().unwrap_or_default();
        let constraint = NamedConstraint { name: first, narrowed_by: names.collect() };
        let reason = "none of the values that were tried meets it".to_owned();
        FillError::Unsolvable { table: described.shown(), constraint, reason }
    }

    /// The checks of a table that neither candidates nor combinations of keys take care of.
    pub fn other_checks(&self, place: usize) -> Vec<&RowCheck> {
        let Some((table, fill)) = self.at(place) else { return Vec::new() };
        let is_bound = |check: &usize| {
            fill.candidates.iter().any(|group| group.checks.contains(check))
                || fill.tuples.iter().any(|tuple| {
                    // What is without a combination was not asked about.
                    tuple.checks.contains(check) && tuple.most() >= fill.rows
                })
        };
        let all = table.checks.iter().enumerate();
        let other = all.filter(|(at, check)| !is_bound(at) && !check.columns.is_empty());
        let is_left_out = |column: &usize| fill.sources.get(*column) == Some(&ValueSource::LeftOut);
        other.map(|(_, check)| check).filter(|check| !check.columns.iter().any(is_left_out)).collect()
    }
}
