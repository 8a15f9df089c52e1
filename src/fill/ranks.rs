//! How often each value of a column comes, and where in the table, after the shape of another database.
//!
//! The rows of a table are put into another order, and cut into pieces: the first piece has the most common value, the next
//! one the second, and so on. So each value comes as often as it should, and none is left out by chance.

use super::random::{Permutation, Stream, scaled};
use super::shape::{ColumnShape, Magnitude, Spread};
use super::types::FillType;

/// The whole, in the unit of the share of NULLs.
const WHOLE: u64 = 1_000_000_000;

/// How many rows in their order stand together, of which some keep their places.
const BLOCK: u64 = 256;

/// A text is never made wider than this, whatever a file says.
const WIDEST: u32 = 10_000;

/// Differences of correlation that chance makes.
const CHANCE: f64 = 0.02;

/// How often each value of a column comes, and where in the table.
#[derive(Debug, Clone, PartialEq)]
pub struct Ranks {
    /// How many rows are NULL, in the unit of [`WHOLE`].
    nulls: u64,
    /// How many rows the table gets.
    rows: u64,
    /// How many rows have the most common value or one of those before it, for each of the most common ones.
    upper: Vec<u64>,
    /// How many different values there are.
    pub distinct: u64,
    /// How many rows of a [`BLOCK`] stand in the order of the values.
    kept: u64,
    /// Whether that order is descending.
    is_descending: bool,
    /// How many bytes a text has on average, at least.
    pub width: usize,
    /// Where numbers and times crowd.
    spread: Option<Spread>,
    /// The labels of an enum, or the two of a boolean, in the order of the values.
    labels: Vec<String>,
}

/// Of how many rows a foreign key may choose one: in the other database, and here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parents {
    pub there: u64,
    pub here: u64,
}

impl Ranks {
    /// After a column with this type of a table that gets this many rows, and has `there` in the other database.
    pub fn of(shape: &ColumnShape, of: &FillType, rows: u64, there: u64, parents: Option<Parents>) -> Ranks {
        let mut labels: Vec<(&String, f64)> =
            shape.labels.iter().map(|(label, share)| (label, *share)).collect();
        if let FillType::Enum(order) = of {
            labels.sort_by_key(|(label, _)| order.iter().position(|one| one == *label));
        }
        let mut shares: Vec<f64> = if labels.is_empty() {
            shape.frequencies.clone()
        } else {
            labels.iter().map(|(_, share)| *share).collect()
        };
        let nulls = shape.nulls.clamp(0.0, 1.0);
        let mut distinct = shape.distinct.of(rows);
        if let Some(Parents { there: parents_there, here }) = parents {
            // As many of a hundred parents have children as there.
            if parents_there > 0 {
                distinct = shape.distinct.of(there) / parents_there as f64 * here as f64;
            }
            distinct = distinct.min(here as f64);
        }
        let distinct = distinct.min(rows as f64);
        shares.truncate(usize::try_from(whole(distinct).max(1)).unwrap_or(usize::MAX));
        let mut sum = 0.0;
        let upper: Vec<u64> = shares
            .iter_mut()
            .map(|share| {
                *share = (share.max(0.0) / (1.0 - nulls).max(1e-9)).min(1.0 - sum);
                sum += *share;
                whole(sum * rows as f64).min(rows)
            })
            .collect();
        let others = distinct - upper.len() as f64;
        let rest = rows - upper.last().copied().unwrap_or(0);
        let most = parents.map_or(rows, |parents| parents.here).max(1);
        let others = with_those_lost(others, rest, nulls).min(most as f64 - upper.len() as f64);
        let (kept, is_descending) = order(shape.correlation, &shares, others, rows);
        Ranks {
            nulls: whole(nulls * WHOLE as f64),
            rows: rows.max(1),
            distinct: (upper.len() as u64 + whole(others)).max(1),
            upper,
            kept,
            is_descending,
            width: without_header(shape.width.min(WIDEST)) as usize,
            spread: shape.spread.clone(),
            labels: labels.into_iter().map(|(label, _)| label.clone()).collect(),
        }
    }

    /// The same for a column that takes no NULL.
    pub fn without_nulls(self) -> Ranks {
        Ranks { nulls: 0, ..self }
    }

    /// The same for a column whose texts are left as they are made.
    pub fn without_width(self) -> Ranks {
        Ranks { width: 0, ..self }
    }

    /// Whether a row is NULL.
    pub fn is_null(&self, stream: Stream, number: u64) -> bool {
        scaled(stream.of(7).at(number), WHOLE) < self.nulls
    }

    /// Which value a row has: first the common ones, then the others.
    pub fn rank(&self, stream: Stream, number: u64) -> u64 {
        let position = self.position(stream, number % self.rows);
        let known = self.upper.len() as u64;
        let common = self.upper.partition_point(|upper| *upper <= position) as u64;
        if common < known {
            return common;
        }
        let start = self.upper.last().copied().unwrap_or(0);
        let rest = self.rows - start;
        match self.distinct.saturating_sub(known) {
            0 => part(position - start, rest, known.max(1)),
            others => known + part(position - start, rest, others),
        }
    }

    /// Whether rows stand in the order of the values.
    pub fn is_ordered(&self) -> bool {
        self.kept > 0
    }

    /// The label of a row, where the labels are known.
    pub fn label(&self, stream: Stream, number: u64) -> Option<&str> {
        let place = usize::try_from(self.rank(stream, number)).ok()?;
        self.labels.get(place).map(String::as_str)
    }

    /// How many days before the last one the value of a rank is.
    pub fn days_back(&self, rank: u64) -> f64 {
        const YEARS: f64 = 3.0 * 365.0;
        let (days, tenths) = match &self.spread {
            Some(Spread { magnitude: Magnitude::DaysLog2(log), tenths }) => {
                (f64::from((*log).clamp(-16, 14)).exp2(), tenths.as_slice())
            }
            _ => (YEARS, [].as_slice()),
        };
        days * (1.0 - quantile(tenths, (rank as f64 + 0.5) / self.distinct as f64))
    }

    /// The number of a rank, in steps that reach the size of the numbers there, below this limit.
    pub fn number(&self, rank: u64, limit: i64) -> i64 {
        let (digits, is_signed) = match self.spread.as_ref().map(|spread| spread.magnitude) {
            Some(Magnitude::Digits(digits)) => (digits, false),
            Some(Magnitude::SignedDigits(digits)) => (digits, true),
            _ => (0, false),
        };
        let size = 10_i64.checked_pow(u32::try_from(digits).unwrap_or(0)).unwrap_or(i64::MAX).min(limit);
        let distinct = i64::try_from(self.distinct).unwrap_or(i64::MAX);
        let step = size.checked_div(distinct).unwrap_or(1).max(1);
        let number =
            i64::try_from(rank).unwrap_or(i64::MAX).saturating_mul(step).saturating_add(1).min(limit);
        if is_signed { number - size / 2 } else { number }
    }

    /// Where a row stands in the order of the values: a few rows of each block stand where they should, the others anywhere.
    fn position(&self, stream: Stream, row: u64) -> u64 {
        let (block, place) = (row / BLOCK, row % BLOCK);
        let (blocks, tail) = (self.rows / BLOCK, self.rows % BLOCK);
        let free = BLOCK - self.kept;
        let found = if place < self.kept {
            row
        } else {
            let all = Permutation::new(blocks * free + tail.saturating_sub(self.kept), stream.of(11));
            let other = all.at(block * free + place - self.kept);
            other / free * BLOCK + self.kept + other % free
        };
        if self.is_descending { self.rows - 1 - found } else { found }
    }
}

/// How many different values a column has in a table of this many rows.
pub fn distinct_values(shape: &ColumnShape, rows: u64) -> u64 {
    whole(shape.distinct.of(rows)).clamp(1, rows.max(1))
}

/// How many different values there have to be so that this many are left when rows become NULL: of a value that comes n times,
/// nothing is left with the probability nulls^n.
fn with_those_lost(others: f64, rows: u64, nulls: f64) -> f64 {
    let rows = rows as f64;
    let left = |all: f64| all * (1.0 - nulls.powf(rows / all));
    let (mut low, mut high) = (others.max(0.0), rows);
    if nulls <= 0.0 || low <= 0.0 || low >= high {
        return low.min(high);
    }
    for _ in 0..60 {
        let middle = (low + high) / 2.0;
        if left(middle) < others { low = middle } else { high = middle }
    }
    high
}

/// How many rows of a block are to stand in the order of the values, and whether that one is descending. Equal values count as
/// ordered for ANALYZE, so that it finds some order in any column with few values.
fn order(correlation: Option<f64>, shares: &[f64], others: f64, rows: u64) -> (u64, bool) {
    let Some(correlation) = correlation.filter(|correlation| correlation.is_finite() && rows > 1) else {
        return (0, false);
    };
    let rest = (1.0 - shares.iter().sum::<f64>()).max(0.0);
    let sum_of = |power: i32| {
        let common: f64 = shares.iter().map(|share| share.powi(power)).sum();
        if others >= 1.0 { common + others * (rest / others).powi(power) } else { common }
    };
    let by_chance = sum_of(2);
    let difference = correlation - by_chance;
    // By how much it would differ if all rows stood in order.
    let most = if difference > 0.0 { 1.0 - by_chance } else { by_chance + 1.0 - 2.0 * sum_of(3) };
    if difference.abs() < CHANCE || most < CHANCE {
        return (0, false);
    }
    let kept = whole((difference.abs() / most).min(1.0) * BLOCK as f64).min(BLOCK);
    (kept, difference < 0.0)
}

/// Where in a range the values end that are the first ones by this share. `tenths` says how much of the range each tenth takes.
fn quantile(tenths: &[f64], share: f64) -> f64 {
    let all: f64 = tenths.iter().map(|tenth| tenth.max(0.0)).sum();
    if all.is_nan() || all <= 0.0 || tenths.len() != 10 {
        return share;
    }
    let whole_tenths = (share * 10.0).floor();
    let before: f64 = tenths
        .iter()
        .zip(0..)
        .filter(|(_, n)| f64::from(*n) < whole_tenths)
        .map(|(tenth, _)| tenth.max(0.0))
        .sum();
    let last = tenths
        .iter()
        .zip(0..)
        .find(|(_, n)| f64::from(*n) >= whole_tenths)
        .map_or(0.0, |(tenth, _)| tenth.max(0.0));
    (before + last * (share * 10.0 - whole_tenths)) / all
}

/// Which of this many equal parts a place is in.
fn part(place: u64, of: u64, parts: u64) -> u64 {
    let part = u128::from(place) * u128::from(parts) / u128::from(of.max(1));
    u64::try_from(part).unwrap_or(u64::MAX).min(parts.saturating_sub(1))
}

#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "shares and counts are neither negative nor large"
)]
fn whole(number: f64) -> u64 {
    number.round() as u64
}

/// A text has a byte before it that says how long it is, or four where that is more than 126.
fn without_header(width: u32) -> u32 {
    width.saturating_sub(if width <= 127 { 1 } else { 4 })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::fill::shape::Distinct;

    const ROWS: u64 = 10_000;

    fn shape(nulls: f64, distinct: Distinct, frequencies: &[f64]) -> ColumnShape {
        ColumnShape {
            nulls,
            distinct,
            frequencies: frequencies.to_vec(),
            labels: BTreeMap::new(),
            width: 4,
            correlation: None,
            elements: None,
            spread: None,
        }
    }

    fn stream() -> Stream {
        Stream::new(1, &["t", "c"])
    }

    /// How often each value comes, without the NULLs.
    fn counts(ranks: &Ranks) -> BTreeMap<u64, u64> {
        let mut counts = BTreeMap::new();
        for row in (0..ROWS).filter(|row| !ranks.is_null(stream(), *row)) {
            *counts.entry(ranks.rank(stream(), row)).or_default() += 1;
        }
        counts
    }

    fn of(shape: &ColumnShape) -> Ranks {
        Ranks::of(shape, &FillType::Int4, ROWS, ROWS, None)
    }

    #[test]
    fn each_value_comes_as_often_as_there_and_none_is_left_out() {
        let counts = counts(&of(&shape(0.0, Distinct::Count(500.0), &[0.5, 0.1])));
        assert_eq!((counts[&0], counts[&1], counts.len()), (5000, 1000, 500));
        assert!(counts.iter().skip(2).all(|(_, count)| (8..=9).contains(count)), "{counts:?}");
    }

    #[test]
    fn a_value_that_comes_once_is_not_lost_to_nulls() {
        for (nulls, share) in [(0.5, 0.5), (0.3, 0.6), (0.0, 1.0), (0.9, 0.05), (0.2, 0.01)] {
            let ranks = of(&shape(nulls, Distinct::Share(share), &[]));
            let found = counts(&ranks);
            let wanted = share * ROWS as f64;
            assert!((found.len() as f64 / wanted - 1.0).abs() < 0.06, "{nulls} {share}: {}", found.len());
            let there: u64 = found.values().sum();
            assert!((there as f64 / ROWS as f64 - (1.0 - nulls)).abs() < 0.02, "{there}");
        }
    }

    /// What ANALYZE computes: ranks of the values, equal ones in the order of the rows, against the places of the rows.
    fn correlation(ranks: &Ranks) -> f64 {
        let mut rows: Vec<(u64, u64)> = (0..ROWS).map(|row| (ranks.rank(stream(), row), row)).collect();
        rows.sort_unstable();
        let mean = (ROWS as f64 - 1.0) / 2.0;
        let with = |n: u64| n as f64 - mean;
        let both: f64 = rows.iter().zip(0..).map(|((_, row), place)| with(*row) * with(place)).sum();
        let square: f64 = (0..ROWS).map(|n| with(n) * with(n)).sum();
        both / square
    }

    #[test]
    fn rows_stand_in_the_order_of_the_values_as_much_as_there() {
        for frequencies in [&[][..], &[0.6, 0.2, 0.1][..]] {
            for wanted in [1.0, 0.8, 0.45, -0.4, -0.9] {
                let followed = ColumnShape {
                    correlation: Some(wanted),
                    ..shape(0.0, Distinct::Share(0.3), frequencies)
                };
                let found = correlation(&of(&followed));
                let reachable = if frequencies.is_empty() { wanted } else { wanted.max(-0.55) };
                assert!((found - reachable).abs() < 0.06, "{wanted}: {found}");
            }
        }
    }

    #[test]
    fn as_many_of_a_hundred_parents_have_children_as_there() {
        let there = shape(0.0, Distinct::Count(1200.0), &[0.2, 0.1]);
        let parents = Parents { there: 4800, here: 48 };
        let ranks = Ranks::of(&there, &FillType::Uuid, ROWS, 60_000, Some(parents));
        let counts = counts(&ranks);
        assert_eq!((counts.len(), counts[&0], counts[&1]), (12, 2000, 1000));
    }

    #[test]
    fn times_crowd_where_they_crowd_there() {
        let mut followed = shape(0.0, Distinct::Share(1.0), &[]);
        let tenths = vec![0.5, 0.1, 0.1, 0.1, 0.1, 0.02, 0.02, 0.02, 0.02, 0.02];
        followed.spread = Some(Spread { tenths, magnitude: Magnitude::DaysLog2(10) });
        let ranks = of(&followed);
        assert!((ranks.days_back(0) - 1024.0).abs() < 1.0 && ranks.days_back(ROWS - 1) < 1.0);
        assert!((ranks.days_back(1000) - 512.0).abs() < 1.0, "{}", ranks.days_back(1000));
        assert!((ranks.days_back(5000) - 102.4).abs() < 1.0, "{}", ranks.days_back(5000));
    }

    #[test]
    fn whatever_a_file_says_each_row_has_a_value() {
        let numbers = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -1.0, 0.0, 1e-300, 0.5, 1.0, 2.0, 1e300];
        for nulls in numbers {
            for number in numbers {
                for distinct in [Distinct::Count(number), Distinct::Share(number)] {
                    let mut followed = shape(nulls, distinct, &[number, nulls]);
                    followed.correlation = Some(number);
                    followed.spread = Some(Spread {
                        tenths: vec![number; 10],
                        magnitude: Magnitude::SignedDigits(i32::MAX),
                    });
                    for rows in [0, 1, 255, 256, 257, 600] {
                        for parents in
                            [None, Some(Parents { there: 0, here: 0 }), Some(Parents { there: 7, here: 3 })]
                        {
                            let ranks = Ranks::of(&followed, &FillType::Int8, rows, u64::MAX, parents);
                            for row in 0..rows {
                                let rank = ranks.rank(stream(), row);
                                assert!(rank <= rows.max(1), "{rank}");
                                let _ = (ranks.number(rank, i64::MAX), ranks.days_back(rank));
                            }
                        }
                    }
                }
            }
        }
    }
}
