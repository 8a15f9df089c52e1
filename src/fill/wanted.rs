//! Which tables get rows, and how many each of them may get.

use std::collections::BTreeSet;

use super::FillError;
use super::asked::MOST_ROWS;
use super::order::parents_first;
use super::shape::Shape;
use super::spread::{WantedRows, most_rows};
use super::table::FillTable;

/// How many children a row of a table has that is filled since another one refers to it.
const CHILDREN: u64 = 10;

/// What somebody asks for.
#[derive(Debug, Clone, Default)]
pub struct FillRequest {
    /// The tables that are named, by their places, and how many rows each of them gets.
    pub named: Vec<(usize, u64)>,
    /// How many rows there are in all.
    pub rows: Option<u64>,
    /// Whether the tables are emptied before.
    pub truncate: bool,
}

impl FillRequest {
    /// What each table gets: those that are named their number; those without rows a part of all, or, where nobody says how many
    /// these are, as many as the named ones need that refer to them.
    pub fn wanted(&self, tables: &[FillTable]) -> Vec<WantedRows> {
        let share = |table| match self.is_of_all() && self.may_fill(table) {
            true => WantedRows::Share(u64::MAX),
            false => WantedRows::Nothing,
        };
        let mut wanted: Vec<WantedRows> = tables.iter().map(share).collect();
        self.add_named(&mut wanted);
        for place in parents_first(tables).into_iter().rev() {
            let rows = wanted.get(place).map_or(0, |wanted| wanted.rows());
            let Some(table) = tables.get(place).filter(|_| rows > 0) else { continue };
            for parent in table.foreign_keys.iter().map(|key| key.parent) {
                let is_empty = tables.get(parent).is_some_and(|parent| {
                    parent.rows == Some(0) && !parent.is_of_an_extension && parent.takes_rows
                });
                if let (Some(slot @ (WantedRows::Nothing | WantedRows::Needed(_))), true) =
                    (wanted.get_mut(parent), is_empty)
                {
                    *slot = WantedRows::Needed(slot.rows().max(rows.div_ceil(CHILDREN)));
                }
            }
        }
        wanted
    }

    /// As many rows as another database has; where somebody says how many there are in all, in proportion.
    pub fn wanted_like(&self, tables: &[FillTable], like: &Shape) -> Vec<WantedRows> {
        let there = |table: &FillTable| {
            let rows = like.table(&table.schema, &table.name).and_then(|table| table.rows);
            rows.unwrap_or(0).min(MOST_ROWS)
        };
        let all: u64 = tables.iter().map(there).sum();
        let scaled = |rows: u64| match self.rows {
            Some(wanted) if rows > 0 => {
                (u128::from(rows) * u128::from(wanted)).div_ceil(u128::from(all.max(1)))
            }
            _ => u128::from(rows),
        };
        let of = |table: &FillTable| match u64::try_from(scaled(there(table))).unwrap_or(u64::MAX) {
            rows if rows > 0 && self.may_fill(table) => WantedRows::Rows(rows),
            _ => WantedRows::Nothing,
        };
        let mut wanted: Vec<WantedRows> = tables.iter().map(of).collect();
        self.add_named(&mut wanted);
        wanted
    }

    /// Whether all tables get rows, and not only those that are named.
    pub fn is_of_all(&self) -> bool {
        self.named.is_empty() || self.rows.is_some()
    }

    /// The tables that have nothing to do with those that are named, where these alone are filled.
    pub fn left_alone(&self, tables: &[FillTable]) -> BTreeSet<usize> {
        let mut involved = BTreeSet::new();
        let mut left: Vec<usize> = self.named.iter().map(|(place, _)| *place).collect();
        while let Some(place) = left.pop() {
            if involved.insert(place) {
                let keys = tables.get(place).map(|table| table.foreign_keys.as_slice()).unwrap_or_default();
                left.extend(keys.iter().map(|key| key.parent));
            }
        }
        (0..tables.len()).filter(|place| !involved.contains(place)).collect()
    }

    fn may_fill(&self, table: &FillTable) -> bool {
        table.takes_rows && !table.is_of_an_extension && (self.truncate || table.rows == Some(0))
    }

    fn add_named(&self, wanted: &mut [WantedRows]) {
        for (place, rows) in &self.named {
            if let Some(slot) = wanted.get_mut(*place) {
                *slot = WantedRows::Rows(*rows);
            }
        }
    }
}

/// Gives tables that get rows only since others refer to them as many as the keys of those need.
pub fn enough_parents(tables: &[FillTable], wanted: &mut [WantedRows]) {
    let order = parents_first(tables);
    for place in order.iter().rev().copied() {
        let rows = wanted.get(place).map_or(0, |wanted| wanted.rows());
        let Some(table) = tables.get(place).filter(|_| rows > 0) else { continue };
        let parents: BTreeSet<usize> = table.foreign_keys.iter().map(|key| key.parent).collect();
        loop {
            let others: Vec<u64> = wanted
                .iter()
                .map(|wanted| if let WantedRows::Share(most) = wanted { *most } else { wanted.rows() })
                .collect();
            let is_enough = most_rows((tables, &order), &others, place).is_none_or(|(most, _)| most >= rows);
            let fewer = |parent: &usize| matches!(wanted.get(*parent), Some(WantedRows::Needed(there)) if *there < rows);
            let grows: Vec<usize> = parents.iter().copied().filter(fewer).collect();
            if is_enough || grows.is_empty() {
                break;
            }
            for parent in grows {
                if let Some(slot) = wanted.get_mut(parent) {
                    *slot = WantedRows::Needed(slot.rows().saturating_mul(CHILDREN).min(rows));
                }
            }
        }
    }
}

/// Lets a table that may have fewer rows have no more than these. Whether that is another number than before.
pub fn limit(wanted: &mut [WantedRows], place: usize, most: u64) -> bool {
    match wanted.get_mut(place) {
        Some(WantedRows::Share(before) | WantedRows::Needed(before)) if *before > most => {
            *before = most;
            true
        }
        _ => false,
    }
}

/// Refuses to empty a table that one refers to which keeps its rows: the server would not.
///
/// # Errors
/// [`FillError::ReferredTo`].
pub fn refuse_to_empty(tables: &[FillTable], wanted: &[WantedRows]) -> Result<(), FillError> {
    let is_emptied = |place: usize| wanted.get(place).is_some_and(|wanted| *wanted != WantedRows::Nothing);
    for (_, table) in tables.iter().enumerate().filter(|(place, _)| !is_emptied(*place)) {
        if let Some(key) = table.foreign_keys.iter().find(|key| is_emptied(key.parent)) {
            return Err(FillError::ReferredTo {
                table: tables.get(key.parent).map(FillTable::shown).unwrap_or_default(),
                by: table.shown(),
                constraint: key.name.clone(),
            });
        }
    }
    Ok(())
}
