//! Columns that checks bind to each other. What a check means, the server knows: it is asked which of many candidates pass, and
//! those are used. So that some do, candidates are made of what stands in the checks as well as of what looks right.

use super::looks::{ColumnLook, NULLS, plain};
use super::mined::Mined;
use super::random::Stream;
use super::table::FillTable;
use super::value::FillValue;

/// How many candidates the server is asked about.
pub const CANDIDATES: u64 = 2000;

/// Columns that are bound to each other, and which candidates meet the checks.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidates {
    /// The columns, by their places.
    pub columns: Vec<usize>,
    /// Columns that stand in the checks too, and that something else decides: a key or another table.
    pub decided: Vec<usize>,
    /// The checks, by their places.
    pub checks: Vec<usize>,
    /// What stands in the checks.
    mined: Mined,
    /// The numbers of the candidates that pass. Before the server was asked: all.
    pub passing: Vec<u64>,
    /// The number of the candidate that each row takes, where it has to pass together with what is decided.
    pub of_rows: Vec<u16>,
    /// Whether all values pass that a single column has which follows another database.
    pub(super) is_followed: bool,
    /// The values that pass, in their order, for such a column where some do not.
    pub ranked: Vec<FillValue>,
    /// The numbers by which one of them is chosen.
    pub stream: Stream,
}

impl Candidates {
    /// Of checks over some columns of a table.
    pub fn new(
        table: &FillTable,
        (columns, decided): (Vec<usize>, Vec<usize>),
        checks: Vec<usize>,
        stream: Stream,
    ) -> Candidates {
        let mined = Mined::of(checks.iter().filter_map(|check| table.checks.get(*check)));
        Candidates {
            columns,
            decided,
            checks,
            mined,
            passing: (0..CANDIDATES).collect(),
            of_rows: Vec::new(),
            is_followed: false,
            ranked: Vec::new(),
            stream,
        }
    }

    /// Which candidate a row takes: its number among all rows of the table, or among those that are made.
    pub(super) fn chosen(&self, number: u64, row: u64) -> Option<u64> {
        if !self.decided.is_empty() {
            return self.of_rows.get(usize::try_from(row).ok()?).copied().map(u64::from);
        }
        let chosen = self.stream.below(number, self.passing.len() as u64);
        self.passing.get(usize::try_from(chosen).ok()?).copied()
    }

    /// The candidate that a row tries after this many others, where it has to pass together with what is decided.
    pub fn tried(&self, row: u64, others: u64) -> u64 {
        self.stream.of(others).below(row, CANDIDATES)
    }

    /// The value of this rank, or with this label, for a column that follows another database.
    pub(super) fn of_rank(&self, rank: u64, label: Option<&str>) -> Option<&FillValue> {
        let with_label =
            label.and_then(|label| self.ranked.iter().find(|one| one.text().as_deref() == Some(label)));
        let place = rank.checked_rem(self.ranked.len() as u64)?;
        with_label.or_else(|| self.ranked.get(usize::try_from(place).ok()?))
    }

    /// The value of a column in a candidate.
    pub fn candidate(
        &self,
        table: &FillTable,
        column: usize,
        (stream, look): (Stream, ColumnLook),
        number: u64,
    ) -> FillValue {
        let Some(column) = table.columns.get(column) else { return FillValue::Null };
        let stream = stream.of(300);
        if !column.not_null && stream.of(7).is_among(number, NULLS) {
            return FillValue::Null;
        }
        // The later ones rest on the checks, the first ones on what looks right.
        let mined = number % 2 == 1;
        let found = if mined { self.mined.by_chance(&column.of, stream, number) } else { None };
        let value = found.unwrap_or_else(|| plain(&column.of, look, stream, number));
        self.mined.in_case(value, number)
    }
}
