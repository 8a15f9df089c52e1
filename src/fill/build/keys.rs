//! Keys and exclusion constraints: no two rows alike.

use std::collections::{BTreeMap, BTreeSet};
use std::slice;

use super::Builder;
use crate::fill::FillError;
use crate::fill::plan::{CHAIN, ParentChoice, ValueSource};
use crate::fill::random::Permutation;
use crate::fill::shape::Shape;
use crate::fill::table::{FillColumn, FillForeignKey, UniqueKey};
use crate::fill::tuple::Tuple;
use crate::fill::types::FillType;

/// A column counts as distinct in another database where no more than one row in this number has a value that others have: ANALYZE estimates.
const NOT_ALONE: u64 = 10;

impl Builder<'_> {
    /// Ranges that do not meet, or a column beside them that no two rows have the same value in.
    pub(super) fn exclude(&mut self) -> Result<(), FillError> {
        for exclusion in &self.table.exclusions {
            let with = |operator: &str| -> Vec<usize> {
                let parts = exclusion.parts.iter().filter(|(_, one)| one == operator);
                parts.filter_map(|(column, _)| *column).collect()
            };
            let is_range = |column: &usize| {
                self.table.columns.get(*column).is_some_and(|one| matches!(one.of, FillType::Range(_)))
            };
            let (ranges, equal): (Vec<usize>, _) =
                (with("&&").into_iter().filter(is_range).collect(), with("="));
            let is_null = |column: &usize| self.sources.get(*column) == Some(&Some(ValueSource::Null));
            let all_equal = equal.len() == exclusion.parts.len();
            if all_equal || ranges.iter().chain(&equal).any(is_null) {
                continue;
            }
            let fitting = ranges.iter().chain(&equal).copied().find(|column| self.can_be_distinct(*column));
            match (fitting, ranges.as_slice()) {
                (Some(column), _) => self.make_distinct(column),
                (None, [column]) if self.is_undecided(*column) && self.table.may_be_without(*column) => {
                    self.make_distinct(*column);
                }
                (None, [column]) if self.sources.get(*column) == Some(&None) => {
                    return Err(self.too_many(&exclusion.name, &[*column]));
                }
                _ => {
                    return Err(FillError::Unsolvable {
                        table: self.table.shown(),
                        constraint: exclusion.name.clone().into(),
                        reason: "only ranges that do not overlap, and columns that are equal, can be made"
                            .to_owned(),
                    });
                }
            }
        }
        Ok(())
    }

    pub(super) fn keep_keys(&mut self, like: Option<&Shape>) -> Result<(), FillError> {
        let equal = self
            .table
            .exclusions
            .iter()
            .filter(|exclusion| exclusion.parts.iter().all(|(_, operator)| operator == "="));
        let equal = equal.map(|exclusion| {
            let columns = exclusion.parts.iter().filter_map(|(column, _)| *column).collect();
            UniqueKey {
                name: exclusion.name.clone(),
                columns,
                is_computed: false,
                nulls_are_equal: false,
                predicate: None,
            }
        });
        let mut all: Vec<UniqueKey> = self.table.keys.iter().cloned().chain(equal).collect();
        // A key of one column is a part of many others.
        all.sort_by_key(|key| key.columns.len());
        for key in all {
            self.keep_key(&key, like)?;
        }
        Ok(())
    }

    fn keep_key(&mut self, key: &UniqueKey, like: Option<&Shape>) -> Result<(), FillError> {
        let UniqueKey { name, columns, .. } = key;
        if key.is_computed {
            return Err(FillError::Unsolvable {
                table: self.table.shown(),
                constraint: name.to_owned().into(),
                reason: "it is made of expressions that may put different values together".to_owned(),
            });
        }
        let has_order = |column: &usize| self.table.columns.get(*column).is_none_or(|one| one.of.has_order());
        if !columns.iter().all(has_order) {
            return Err(FillError::Unsolvable {
                table: self.table.shown(),
                constraint: name.to_owned().into(),
                reason: "the server cannot compare values of the type of one of its columns".to_owned(),
            });
        }
        let source = |column: &usize| self.sources.get(*column).copied().flatten();
        let is_distinct = |column: &usize| match source(column) {
            Some(ValueSource::Distinct) => !key.nulls_are_equal || self.can_be_distinct(*column),
            Some(ValueSource::Null) => !key.nulls_are_equal,
            _ => false,
        };
        if columns.iter().any(is_distinct) || self.is_counted_off(key) {
            return Ok(());
        }
        let is_undecided = columns.iter().all(|column| self.is_undecided(*column));
        if columns.len() > 1 && is_undecided && self.follow_key(key, like) {
            return Ok(());
        }
        // A column that may have any number of values makes the key distinct by itself.
        if let Some(column) = columns.iter().copied().find(|column| self.can_be_distinct(*column)) {
            self.make_distinct(column);
            return Ok(());
        }
        if let [column] = *columns.as_slice()
            && self.is_undecided(column)
        {
            let (rows, room) = (self.wanted_rows(), self.room(column).unwrap_or(u64::MAX));
            if rows > room.saturating_add(self.table.without_value(key)) {
                return Err(self.too_many(name, columns));
            }
            self.make_distinct(column);
            return Ok(());
        }
        if self.refer_once(key) {
            return Ok(());
        }
        self.count_off(key, &BTreeMap::new())
    }

    /// Makes a key of several columns that nothing else decides distinct as it is in the other database: by the one column that is so there
    /// by itself, or else by the combinations of as many values as each of them has there. Whether that can be.
    fn follow_key(&mut self, key: &UniqueKey, like: Option<&Shape>) -> bool {
        let columns = &key.columns;
        let there: Option<Vec<u64>> =
            columns.iter().map(|column| self.distinct_there(like, *column)).collect();
        let Some(there) = there else { return false };
        let rows = self.wanted_rows();
        let is_alone = |(column, values): &(&usize, &u64)| {
            **values >= rows - rows / NOT_ALONE && self.can_be_distinct(**column)
        };
        if let Some((column, _)) = columns.iter().zip(&there).find(is_alone) {
            self.make_distinct(*column);
            return true;
        }
        // Where rows or checks take some of the combinations away, more than these may be needed.
        let are_all_free =
            self.table.rows.unwrap_or(0) == 0 && columns.iter().all(|column| self.may_be_wider(*column));
        let most: Vec<u64> = columns.iter().map(|column| self.values_in_key(*column)).collect();
        let values = columns.iter().copied().zip(enough(&there, &most, rows)).collect();
        are_all_free && self.count_off(key, &values).is_ok()
    }

    /// Whether nothing decides a column so far, and it has as many values as there are rows.
    pub(super) fn can_be_distinct(&self, column: usize) -> bool {
        let rows = self.wanted_rows();
        let is_free = matches!(self.sources.get(column), Some(None | Some(ValueSource::Distinct)));
        let is_known = |column: &FillColumn| column.of != FillType::Other;
        is_free
            && self.table.columns.get(column).is_some_and(is_known)
            && self.room(column).is_none_or(|room| room >= rows)
    }

    pub(super) fn is_undecided(&self, column: usize) -> bool {
        self.sources.get(column) == Some(&None)
    }

    fn wanted_rows(&self) -> u64 {
        self.rows.get(self.place).copied().unwrap_or(0)
    }

    /// A reference to the table itself that no two rows may have in common: each row refers to the one before it.
    fn refer_once(&mut self, unique: &UniqueKey) -> bool {
        let is_it = |key: &FillForeignKey| {
            key.parent == self.place && key.columns.iter().all(|column| unique.columns.contains(column))
        };
        let Some(key) = self.table.foreign_keys.iter().position(is_it) else { return false };
        let Some(foreign_key) = self.table.foreign_keys.get(key) else { return false };
        if self.choices.get(key) != Some(&None) {
            return false;
        }
        let first_is_null = foreign_key.columns.iter().all(|column| self.table.may_be_without(*column));
        // Where NULLs are equal, there is one row without a parent.
        let chain = if first_is_null && unique.nulls_are_equal { u64::MAX } else { CHAIN };
        self.set_choice(key, ParentChoice::Previous { first_is_null, chain });
        true
    }

    fn make_distinct(&mut self, column: usize) {
        if let Some(slot) = self.sources.get_mut(column) {
            *slot = Some(ValueSource::Distinct);
        }
    }

    /// The table has fewer rows than this in the first of these columns alone.
    fn too_many(&self, name: &str, columns: &[usize]) -> FillError {
        FillError::TooMany {
            table: self.table.shown(),
            constraint: self.table.with_limits(name, columns),
            asked: self.wanted_rows(),
            most: columns.first().and_then(|column| self.room(*column)).unwrap_or(0),
        }
    }

    /// Whether a key that is counted off is a part of these columns.
    fn is_counted_off(&self, key: &UniqueKey) -> bool {
        let columns = &key.columns;
        let suffices = |tuple: &Tuple| !key.nulls_are_equal || tuple.combinations() >= self.wanted_rows();
        let tuples = self.tuples.iter().enumerate().filter(|(_, tuple)| suffices(tuple));
        tuples.map(|(place, _)| place).any(|tuple| {
            let belongs = |column: usize| match self.sources.get(column).copied().flatten() {
                Some(ValueSource::Digit { tuple: one, .. }) => one == tuple,
                Some(ValueSource::Foreign { key, .. }) => {
                    matches!(self.choices.get(key), Some(Some(ParentChoice::Digit { tuple: one, .. })) if *one == tuple)
                }
                _ => false,
            };
            let of_it: Vec<usize> = (0..self.sources.len()).filter(|column| belongs(*column)).collect();
            !of_it.is_empty() && of_it.iter().all(|column| columns.contains(column))
        })
    }

    /// Every combination of the rows that foreign keys refer to, and of the values of the other columns, at most once.
    /// These columns have that many values; others as many as they can have.
    fn count_off(&mut self, key: &UniqueKey, values: &BTreeMap<usize, u64>) -> Result<(), FillError> {
        let UniqueKey { name, columns, .. } = key;
        let tuple = self.tuples.len();
        let unsolvable = |reason: &str| FillError::Unsolvable {
            table: self.table.shown(),
            constraint: name.to_owned().into(),
            reason: reason.to_owned(),
        };
        let (mut sizes, mut digits, mut keys) = (Vec::new(), Vec::new(), BTreeSet::new());
        for column in columns {
            match self.sources.get(*column).copied().flatten() {
                Some(ValueSource::Foreign { key, .. }) if self.choices.get(key) == Some(&None) => {
                    let parent = self.table.foreign_keys.get(key).map_or(0, |key| key.parent);
                    if parent == self.place {
                        return Err(unsolvable("it holds a reference to the table itself"));
                    }
                    // Two rows may be apart in the others alone.
                    let of_it = self.table.foreign_keys.get(key).map(|key| key.columns.as_slice());
                    if !of_it.unwrap_or_default().iter().all(|column| columns.contains(column)) {
                        return Err(unsolvable("it holds some of the columns of a foreign key, and not all"));
                    }
                    if keys.insert(key) {
                        sizes.push(self.parents(key, parent));
                        digits.push((None, key));
                    }
                }
                // One that another key counts off makes this one no less distinct.
                Some(ValueSource::Foreign { .. } | ValueSource::Digit { .. }) => {}
                None => {
                    let values = values.get(column).copied();
                    sizes.push(values.unwrap_or_else(|| self.values_in_key(*column)));
                    digits.push((Some(*column), 0));
                }
                _ => return Err(unsolvable("one of its columns is decided elsewhere")),
            }
        }
        let rows = self.wanted_rows();
        let there = self.table.rows.unwrap_or(0);
        let most = sizes.iter().fold(1_u64, |all, size| all.saturating_mul(*size));
        if digits.is_empty() {
            return Err(unsolvable("its columns belong to other keys, too"));
        }
        let name = self.table.with_limits(name, columns);
        let may_be_without = |(column, key): &(Option<usize>, usize)| {
            let of_key = self.table.foreign_keys.get(*key).map(|key| key.columns.as_slice());
            let columns = column.as_ref().map_or(of_key.unwrap_or_default(), slice::from_ref);
            columns.iter().all(|column| self.table.may_be_without(*column))
        };
        let without = if digits.iter().any(may_be_without) { self.table.without_value(key) } else { 0 };
        if rows > most.saturating_add(without) {
            let (table, constraint) = (self.table.shown(), name);
            return Err(FillError::TooMany { table, constraint, asked: rows, most });
        }
        let parents_have_rows = |key: &usize| {
            let parent = self.table.foreign_keys.get(*key).map_or(0, |key| key.parent);
            self.tables.get(parent).and_then(|table| table.rows).unwrap_or(0) > 0
                || self.given.contains_key(&(self.place, *key))
        };
        let is_new = |key: &usize| {
            !parents_have_rows(key) || self.rows.get(self.parent(*key)).is_some_and(|rows| *rows > 0)
        };
        let is_on_top = there > 0 && !keys.iter().any(is_new);
        let of_foreign = |key: &usize| {
            self.table.foreign_keys.get(*key).map(|key| key.columns.as_slice()).unwrap_or_default()
        };
        let counted: BTreeSet<usize> = digits
            .iter()
            .filter_map(|(column, _)| *column)
            .chain(keys.iter().flat_map(of_foreign).copied())
            .collect();
        for (part, (column, key)) in digits.into_iter().enumerate() {
            match column {
                Some(column) => {
                    if let Some(slot) = self.sources.get_mut(column) {
                        *slot = Some(ValueSource::Digit { tuple, part });
                    }
                }
                None => self.set_choice(key, ParentChoice::Digit { tuple, part }),
            }
        }
        let order = Permutation::new(most, self.stream.of(2000 + tuple as u64));
        let columns = if is_on_top { counted.into_iter().collect() } else { Vec::new() };
        let (checks, passing) = (Vec::new(), Vec::new());
        self.tuples.push(Tuple { name, order, sizes, checks, columns, is_on_top, passing, without });
        Ok(())
    }

    /// How many values a column of a key has; more than anybody fills are as many as may be told apart in a combination.
    fn values_in_key(&self, column: usize) -> u64 {
        self.table.columns.get(column).and_then(FillColumn::values).unwrap_or(1 << 32).max(1)
    }

    fn parent(&self, key: usize) -> usize {
        self.table.foreign_keys.get(key).map_or(0, |key| key.parent)
    }

    /// How many rows a foreign key may refer to.
    pub(super) fn parents(&self, key: usize, parent: usize) -> u64 {
        match self.given.get(&(self.place, key)) {
            Some(given) => given.len() as u64,
            None => self.rows.get(parent).copied().unwrap_or(0).min(self.held(key, parent)),
        }
    }

    /// How many rows of a parent have a number that the column of a foreign key can hold, where that is the narrower one.
    fn held(&self, key: usize, parent: usize) -> u64 {
        let limit = || {
            let [column] = self.table.foreign_keys.get(key)?.columns[..] else { return None };
            let [there] = self.table.foreign_keys.get(key)?.parent_columns[..] else { return None };
            let (here, referred) =
                (&self.table.columns.get(column)?.of, &self.tables.get(parent)?.columns.get(there)?.of);
            let fill = self.fills.get(parent)?.as_ref()?;
            let is_counted = here.is_whole()
                && referred.is_whole()
                && fill.sources.get(there) == Some(&ValueSource::Distinct);
            let values = here.values().filter(|_| is_counted)?;
            Some(values.saturating_sub(fill.firsts.get(there).copied().unwrap_or(0)).max(1))
        };
        limit().unwrap_or(u64::MAX)
    }
}

/// As many values of each column of a key as there are in the other database; more where their combinations do not reach for the rows, each
/// column as far as it can.
fn enough(there: &[u64], most: &[u64], rows: u64) -> Vec<u64> {
    let mut sizes: Vec<u64> = there.iter().zip(most).map(|(there, most)| (*there).clamp(1, *most)).collect();
    for (place, most) in most.iter().enumerate() {
        let others = sizes.iter().enumerate().filter(|(other, _)| *other != place);
        let others = others.fold(1_u64, |all, (_, size)| all.saturating_mul(*size));
        if let Some(size) = sizes.get_mut(place) {
            *size = rows.div_ceil(others).clamp(*size, *most);
        }
    }
    sizes
}
