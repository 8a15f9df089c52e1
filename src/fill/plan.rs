//! How tables are filled: for each column, where its values come from. A value is a function of the seed, the table, the column
//! and the number of the row, so that any row can be made on any thread, and the key of a parent is computed, not looked up.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use bytes::{BufMut, BytesMut};

use super::allowed::Allowed;
use super::candidates::Candidates;
use super::like::{distinct_like, like};
use super::looks::{ColumnLook, NULLS, distinct, later, plain};
use super::random::{Permutation, Stream, scaled};
use super::ranks::Ranks;
use super::table::{FillColumn, FillForeignKey, FillTable};
use super::tuple::Tuple;
use super::types::FillType;
use super::value::{FillValue, Given};

/// How tables are filled.
#[derive(Debug, Clone, PartialEq)]
pub struct FillPlan {
    /// What every value depends on.
    pub seed: u64,
    /// All tables of the database.
    pub tables: Vec<FillTable>,
    /// How each of them is filled; `None` for one that is left alone.
    pub fills: Vec<Option<TableFill>>,
}

/// How a table is filled.
#[derive(Debug, Clone, PartialEq)]
pub struct TableFill {
    /// How many rows it gets.
    pub rows: u64,
    /// The number of the first one: what is there already counts before it.
    pub first: u64,
    /// The same for the values of each column that has to be distinct: after the largest one.
    pub firsts: Vec<u64>,
    /// How many rows have a value of their own in each column that has to be distinct; the others have NULL there.
    pub rooms: Vec<u64>,
    /// Where the values of each column come from.
    pub sources: Vec<ValueSource>,
    /// How the row is found that each foreign key refers to.
    pub choices: Vec<ParentChoice>,
    /// Keys whose values are counted off.
    pub tuples: Vec<Tuple>,
    /// Columns that are bound to each other by checks.
    pub candidates: Vec<Candidates>,
    /// For each foreign key to rows that are there already, their keys, as the server sent them.
    pub given: Vec<Option<Vec<Vec<Option<Given>>>>>,
    /// How often each value of a column comes, where that follows another database.
    pub(super) ranks: Vec<Option<Ranks>>,
    /// The random numbers and the look of each column.
    pub(super) columns: Vec<(Stream, ColumnLook)>,
}

/// How many rows are in a chain of rows each of which refers to the one before it.
pub(super) const CHAIN: u64 = 10;

/// Where the values of a column come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValueSource {
    /// Nowhere: the server's default fills it.
    LeftOut,
    /// It is NULL.
    Null,
    /// From the row that a foreign key refers to.
    Foreign {
        /// Which foreign key.
        key: usize,
        /// Which of its columns.
        place: usize,
    },
    /// Each row has one of its own.
    Distinct,
    /// From a key that is counted off.
    Digit {
        /// Which key.
        tuple: usize,
        /// Which part of it.
        part: usize,
    },
    /// From those that meet the checks.
    Candidate {
        /// Which group.
        group: usize,
    },
    /// A time after that of another column.
    After {
        /// Which column.
        column: usize,
    },
    /// From this many values that other tables have, too, whose rows are referred to together with those of this one.
    Shared {
        /// The numbers.
        stream: Stream,
        /// How many values.
        count: u64,
    },
    /// Any that looks like something.
    Plain,
}

/// How the row is found that a foreign key refers to.
#[derive(Debug, Clone, PartialEq)]
pub enum ParentChoice {
    /// By chance; some have many children, most have few.
    Skewed {
        /// The numbers.
        stream: Stream,
        /// Which rows are the popular ones.
        order: Permutation,
        /// How many rows in a thousand refer to nothing.
        nulls: u64,
    },
    /// The same, among the combinations that meet checks.
    Candidate {
        /// Which group.
        group: usize,
        /// The numbers.
        stream: Stream,
        /// How many rows in a thousand refer to nothing.
        nulls: u64,
        /// How many rows it may refer to.
        parents: u64,
    },
    /// From a key that is counted off.
    Digit {
        /// Which key.
        tuple: usize,
        /// Which part of it.
        part: usize,
    },
    /// An earlier row of the same table; the first one refers to itself, or to nothing.
    Earlier {
        /// The numbers.
        stream: Stream,
        /// Whether the first one refers to nothing.
        first_is_null: bool,
    },
    /// The row before it in the same table, in chains of a few; the first one of each refers to the last, or to nothing.
    Previous {
        /// Whether the first one of each refers to nothing.
        first_is_null: bool,
        /// How many rows are in a chain.
        chain: u64,
    },
    /// An earlier row of the same table with the same remainder, so that both have the same value in a column whose values come in
    /// turn; the first of each refers to nothing.
    EarlierInStep {
        /// How many values there are.
        count: u64,
        /// The numbers.
        stream: Stream,
    },
    /// One of these rows, which are there already.
    Given {
        /// The numbers.
        stream: Stream,
        /// How many there are.
        count: u64,
    },
    /// The row that has the same value in a column that two foreign keys share: those with the same remainder.
    Aligned {
        /// The foreign key that decides.
        with: usize,
        /// How many values the column has.
        count: u64,
        /// The numbers.
        stream: Stream,
    },
    /// One with the same remainder as the row's number, so that rows of other tables with the same value can be computed.
    InStep {
        /// How many values there are.
        count: u64,
        /// The numbers.
        stream: Stream,
    },
    /// Whatever the columns hold: another foreign key takes care of them.
    Follows,
}

impl TableFill {
    /// How often the values of a column come, where that follows another database.
    pub(super) fn ranks(&self, column: usize) -> Option<&Ranks> {
        self.ranks.get(column)?.as_ref()
    }

    /// The value of a column in the combinations of a key.
    pub(super) fn counted_off(&self, of: &FillColumn, column: usize, digit: u64) -> FillValue {
        let Some((stream, look)) = self.columns.get(column) else { return FillValue::Null };
        match (&of.allowed, self.ranks(column)) {
            (Allowed::From(first), Some(ranks)) => {
                distinct_like(&of.of, *look, *stream, first.saturating_add(digit), ranks)
            }
            (allowed, _) => allowed.at(&of.of, (*stream, *look), digit),
        }
    }

    /// The same for a foreign key: of several columns, the one with the most values tells its parents apart best.
    fn followed(&self, key: &FillForeignKey) -> Option<&Ranks> {
        key.columns.iter().filter_map(|column| self.ranks(*column)).max_by_key(|ranks| ranks.distinct)
    }
}

impl FillPlan {
    /// The tables that get rows, by their places.
    pub fn filled(&self) -> impl Iterator<Item = (usize, &FillTable, &TableFill)> {
        let both = self.tables.iter().zip(&self.fills).enumerate();
        both.filter_map(|(place, (table, fill))| Some((place, table, fill.as_ref()?)))
    }

    /// The columns of a table that are given, quoted.
    pub fn given_columns(&self, table: usize) -> Vec<String> {
        let Some((table, fill)) = self.at(table) else { return Vec::new() };
        let both = table.columns.iter().zip(&fill.sources);
        both.filter(|(column, source)| is_given(column, source))
            .map(|(column, _)| column.sql.clone())
            .collect()
    }

    /// Appends rows of a table as tuples of COPY BINARY.
    pub fn write(&self, table: usize, rows: Range<u64>, out: &mut BytesMut) {
        let Some((described, fill)) = self.at(table) else { return };
        let both = described.columns.iter().zip(&fill.sources);
        let given = both.filter(|(column, source)| is_given(column, source)).count();
        let given = i16::try_from(given).unwrap_or(i16::MAX);
        let mut parents = vec![None; fill.choices.len()];
        for row in rows {
            out.put_i16(given);
            for (parent, key) in parents.iter_mut().zip(0..) {
                *parent = Some(self.parent_row(table, key, row));
            }
            for (place, (column, source)) in described.columns.iter().zip(&fill.sources).enumerate() {
                match source {
                    _ if !is_given(column, source) => {}
                    ValueSource::Foreign { key, place } => {
                        let parent = parents.get(*key).copied().flatten().flatten();
                        self.foreign(table, *key, *place, parent).encode(&column.of, out);
                    }
                    _ => self.value(table, place, row).encode(&column.of, out),
                }
            }
        }
    }

    /// The value of a column in a row.
    pub fn value(&self, table: usize, column: usize, row: u64) -> FillValue {
        let Some((described, fill)) = self.at(table) else { return FillValue::Null };
        let (Some(of), Some(source), Some((stream, look))) =
            (described.columns.get(column), fill.sources.get(column), fill.columns.get(column))
        else {
            return FillValue::Null;
        };
        let number = fill.first + row;
        match source {
            ValueSource::LeftOut | ValueSource::Null => FillValue::Null,
            ValueSource::Foreign { key, place } => {
                self.foreign(table, *key, *place, self.parent_row(table, *key, row))
            }
            ValueSource::Distinct if fill.rooms.get(column).is_some_and(|room| row >= *room) => {
                FillValue::Null
            }
            ValueSource::Distinct
                if fill.ranks(column).is_some_and(|ranks| ranks.is_null(*stream, number)) =>
            {
                FillValue::Null
            }
            ValueSource::Distinct => match &of.allowed {
                Allowed::From(_) => {
                    let first = fill.firsts.get(column).copied().unwrap_or(fill.first);
                    match fill.ranks(column) {
                        Some(ranks) => distinct_like(&of.of, *look, *stream, first + row, ranks),
                        None => distinct(&of.of, *look, *stream, first + row),
                    }
                }
                allowed @ Allowed::Only(_) => allowed.at(&of.of, (*stream, *look), row),
            },
            ValueSource::Shared { stream, count } => {
                distinct(&of.of, ColumnLook::Unknown, *stream, row % count)
            }
            ValueSource::Digit { tuple, part } => {
                let Some(tuple) = fill.tuples.get(*tuple) else { return FillValue::Null };
                if tuple.is_used_up(row) && described.may_be_without(column) {
                    return FillValue::Null;
                }
                fill.counted_off(of, column, tuple.digit(row, *part))
            }
            ValueSource::Candidate { group } => self.of_group(table, *group, column, row),
            ValueSource::After { column: first } => {
                let is_null = match fill.ranks(column) {
                    Some(ranks) => ranks.is_null(*stream, number),
                    None => !of.not_null && stream.of(7).is_among(number, 300),
                };
                if is_null {
                    return FillValue::Null;
                }
                let first = self.value(table, *first, row);
                later(&first, *stream, number).unwrap_or_else(|| plain(&of.of, *look, *stream, number))
            }
            ValueSource::Plain => match fill.ranks(column) {
                Some(ranks) => like(&of.of, *look, *stream, number, ranks),
                None if !of.not_null && stream.of(7).is_among(number, NULLS) => FillValue::Null,
                None => plain(&of.of, *look, *stream, number),
            },
        }
    }

    /// The value of a column in the candidate that a row takes.
    fn of_group(&self, table: usize, group: usize, column: usize, row: u64) -> FillValue {
        let Some((described, fill)) = self.at(table) else { return FillValue::Null };
        let (Some(group), Some(of)) = (fill.candidates.get(group), fill.columns.get(column)) else {
            return FillValue::Null;
        };
        let number = fill.first + row;
        if let (Some(ranks), true, Some(described)) =
            (fill.ranks(column), group.is_followed, described.columns.get(column))
        {
            return like(&described.of, of.1, of.0, number, ranks);
        }
        if let (Some(ranks), false) = (fill.ranks(column), group.ranked.is_empty()) {
            if ranks.is_null(of.0, number) {
                return FillValue::Null;
            }
            let (rank, label) = (ranks.rank(of.0, number), ranks.label(of.0, number));
            if let Some(value) = group.of_rank(rank, label) {
                return value.clone();
            }
        }
        match group.chosen(number, row) {
            Some(candidate) => group.candidate(described, column, *of, candidate),
            None => FillValue::Null,
        }
    }

    /// A column of the row that a foreign key refers to.
    pub(super) fn foreign(&self, table: usize, key: usize, place: usize, parent: Option<u64>) -> FillValue {
        let (Some((described, fill)), Some(parent)) = (self.at(table), parent) else {
            return FillValue::Null;
        };
        if let Some(Some(keys)) = fill.given.get(key) {
            let given = usize::try_from(parent).ok().and_then(|parent| keys.get(parent)?.get(place));
            return given.cloned().flatten().map_or(FillValue::Null, FillValue::Raw);
        }
        let Some(foreign_key) = described.foreign_keys.get(key) else { return FillValue::Null };
        match foreign_key.parent_columns.get(place) {
            Some(column) => self.value(foreign_key.parent, *column, parent),
            None => FillValue::Null,
        }
    }

    /// Which row of its parent a foreign key of a row refers to, counted from 0 among those that are made, or given.
    pub fn parent_row(&self, table: usize, key: usize, row: u64) -> Option<u64> {
        let (described, fill) = self.at(table)?;
        let parent = described.foreign_keys.get(key)?.parent;
        let parents = self.fills.get(parent)?.as_ref().map_or(0, |fill| fill.rows);
        let number = fill.first + row;
        match fill.choices.get(key)? {
            ParentChoice::Skewed { nulls, stream, order } => {
                // A column that is narrower than the key refers to the first of the rows alone.
                let parents = order.size();
                match fill.followed(described.foreign_keys.get(key)?) {
                    Some(ranks) if ranks.is_null(*stream, number) => None,
                    Some(ranks) => Some(followed_parent(ranks, ranks.rank(*stream, number), order, parents)),
                    None if stream.of(7).is_among(number, *nulls) => None,
                    None => Some(order.at(popular(*stream, number, parents))),
                }
            }
            ParentChoice::Candidate { group, .. } => {
                let candidate = fill.candidates.get(*group)?.chosen(number, row)?;
                self.candidate_parent(table, key, candidate)
            }
            ParentChoice::Digit { tuple, part } => {
                let columns = &described.foreign_keys.get(key)?.columns;
                let tuple = fill.tuples.get(*tuple)?;
                let is_null =
                    tuple.is_used_up(row) && columns.iter().all(|column| described.may_be_without(*column));
                (!is_null).then(|| tuple.digit(row, *part))
            }
            ParentChoice::Earlier { first_is_null: true, .. } if row == 0 => None,
            ParentChoice::Earlier { stream, first_is_null } => {
                match fill.followed(described.foreign_keys.get(key)?) {
                    Some(ranks) if *first_is_null && ranks.is_null(*stream, number) => None,
                    Some(ranks) => Some(ranks.rank(*stream, number) % row.max(1)),
                    None => Some(stream.below(number, row)),
                }
            }
            ParentChoice::EarlierInStep { count, stream } => {
                let earlier = row / count.max(&1);
                (earlier > 0).then(|| row % count + count * stream.below(number, earlier))
            }
            ParentChoice::Previous { first_is_null, chain } => match row % chain.max(&1) {
                0 if *first_is_null => None,
                0 => Some(row.saturating_add(*chain).min(fill.rows) - 1),
                _ => Some(row - 1),
            },
            ParentChoice::Given { stream, count } => Some(stream.below(number, *count)),
            ParentChoice::InStep { count, stream } => {
                Some(with_remainder(row % count, *count, parents, stream.at(number)))
            }
            ParentChoice::Aligned { with, count, stream } => {
                let shared = self.parent_row(table, *with, row)? % count;
                Some(with_remainder(shared, *count, parents, stream.at(number)))
            }
            ParentChoice::Follows => None,
        }
    }

    /// Rows of a table, spread over all of it, and all that these refer to: whatever a few rows need to be there.
    pub fn sample(&self, table: usize, rows: u64) -> BTreeMap<usize, BTreeSet<u64>> {
        let mut sample: BTreeMap<usize, BTreeSet<u64>> = BTreeMap::new();
        let Some((_, fill)) = self.at(table) else { return sample };
        let mut left: Vec<(usize, u64)> = (0..rows.min(fill.rows))
            .map(|row| (table, row * fill.rows / rows.min(fill.rows).max(1)))
            .collect();
        while let Some((table, row)) = left.pop() {
            let Some((described, fill)) = self.at(table) else { continue };
            if !sample.entry(table).or_default().insert(row) {
                continue;
            }
            for (key, foreign_key) in described.foreign_keys.iter().enumerate() {
                let is_given = matches!(fill.given.get(key), Some(Some(_)));
                if let Some(parent) = self.parent_row(table, key, row).filter(|_| !is_given) {
                    left.push((foreign_key.parent, parent));
                }
            }
        }
        sample
    }

    pub(super) fn at(&self, table: usize) -> Option<(&FillTable, &TableFill)> {
        Some((self.tables.get(table)?, self.fills.get(table)?.as_ref()?))
    }
}

/// One of this many rows whose number has this remainder.
fn with_remainder(remainder: u64, count: u64, rows: u64, random: u64) -> u64 {
    let those = rows.saturating_sub(remainder).div_ceil(count.max(1));
    remainder + count * scaled(random, those)
}

/// Whether a column stands in COPY. The server may be unable to read even a NULL of a type that nobody makes values for.
fn is_given(column: &FillColumn, source: &ValueSource) -> bool {
    *source != ValueSource::LeftOut && column.of != FillType::Other
}

/// Which row of its parent a foreign key refers to with a value of this rank. Where children stand in the order of their
/// parents, so do the parents.
fn followed_parent(ranks: &Ranks, rank: u64, order: &Permutation, parents: u64) -> u64 {
    if !ranks.is_ordered() {
        return order.at(rank.min(parents.saturating_sub(1)));
    }
    let place = u128::from(rank) * u128::from(parents) / u128::from(ranks.distinct);
    u64::try_from(place).unwrap_or(u64::MAX).min(parents.saturating_sub(1))
}

/// Half of all choices are even. The other half follow Zipf's law: each step to twice as many rows gets as many as the one
/// before, so that the first few have a large part of them.
fn popular(stream: Stream, row: u64, limit: u64) -> u64 {
    let random = stream.at(row);
    if random & 1 == 0 || limit < 4 {
        return stream.of(1).below(row, limit);
    }
    let steps = u64::from(64 - limit.leading_zeros());
    let step = scaled(stream.of(2).at(row), steps);
    let (from, to) = ((1_u64 << step) - 1, (1_u64 << (step + 1)) - 1);
    (from + scaled(stream.of(3).at(row), to.min(limit).saturating_sub(from))).min(limit - 1)
}
