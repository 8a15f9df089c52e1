//! How many rows each table gets.

use super::FillError;
use super::allowed::{Allowed, Listed};
use super::named_constraint::NamedConstraint;
use super::order::parents_first;
use super::table::FillTable;

/// How much more a table gets than those that it refers to.
const CHILDREN: u64 = 4;

/// What a table may get.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WantedRows {
    /// It is left alone.
    Nothing,
    /// This many rows.
    Rows(u64),
    /// This many, since a table that gets rows refers to it, or fewer where its keys do not allow as many.
    Needed(u64),
    /// Its part of all, and no more than this.
    Share(u64),
}

impl WantedRows {
    /// How many rows that is by itself.
    pub(super) fn rows(self) -> u64 {
        match self {
            WantedRows::Rows(rows) | WantedRows::Needed(rows) => rows,
            WantedRows::Nothing | WantedRows::Share(_) => 0,
        }
    }
}

/// The rows of each table. Tables that others refer to get fewer than those.
///
/// # Errors
/// [`FillError::TooMany`] for a table that was asked for more rows than its keys allow.
pub fn spread(tables: &[FillTable], wanted: &[WantedRows], all: u64) -> Result<Vec<u64>, FillError> {
    refuse_unmet(tables, wanted)?;
    let order = parents_first(tables);
    let mut weights = vec![0_u64; tables.len()];
    for place in &order {
        let Some(table) = tables.get(*place) else { continue };
        let parents = table.foreign_keys.iter().filter(|key| key.parent != *place);
        let heaviest = parents.filter_map(|key| weights.get(key.parent)).max().copied().unwrap_or(0);
        let weight = if heaviest == 0 { 1 } else { heaviest.saturating_mul(CHILDREN).min(CHILDREN.pow(4)) };
        if let (Some(slot), Some(WantedRows::Share(_))) = (weights.get_mut(*place), wanted.get(*place)) {
            *slot = weight;
        }
    }
    let mut rows: Vec<u64> = wanted.iter().map(|wanted| wanted.rows()).collect();
    let needed = |place: &usize| matches!(wanted.get(*place), Some(WantedRows::Needed(_)));
    for place in order.iter().copied().filter(needed) {
        let most = most_rows((tables, &order), &rows, place).map_or(u64::MAX, |(most, _)| most);
        if let Some(slot) = rows.get_mut(place) {
            *slot = most.min(*slot);
        }
    }
    let named: u64 = rows.iter().sum();
    // What a table cannot take goes to the others, as long as one can.
    let mut left = all.saturating_sub(named);
    let shares = |place: &usize| matches!(wanted.get(*place), Some(WantedRows::Share(_)));
    let mut open: Vec<usize> = order.iter().copied().filter(shares).collect();
    while left > 0 && !open.is_empty() {
        let total: u64 = open.iter().filter_map(|place| weights.get(*place)).sum::<u64>().max(1);
        let portion = left;
        let mut is_full = Vec::new();
        for place in &open {
            let weight = weights.get(*place).copied().unwrap_or(1);
            let share = u64::try_from(u128::from(portion) * u128::from(weight) / u128::from(total))
                .unwrap_or(0)
                .max(1)
                .min(left);
            let room = match (most_rows((tables, &order), &rows, *place), wanted.get(*place)) {
                (Some((keys, _)), Some(WantedRows::Share(most))) => Some(keys.min(*most)),
                (None, Some(WantedRows::Share(most))) => Some(*most),
                (keys, _) => keys.map(|(most, _)| most),
            };
            let Some(slot) = rows.get_mut(*place) else { continue };
            let taken = room.map_or(share, |most| share.min(most.saturating_sub(*slot)));
            *slot += taken;
            left -= taken;
            if taken < share || taken == 0 {
                is_full.push(*place);
            }
        }
        open.retain(|place| !is_full.contains(place));
    }
    for (place, table) in tables.iter().enumerate() {
        let asked = rows.get(place).copied().unwrap_or(0);
        if let Some((most, key)) = most_rows((tables, &order), &rows, place)
            && asked > most
        {
            let (table, constraint) = (table.shown(), key);
            return Err(FillError::TooMany { table, constraint, asked, most });
        }
    }
    Ok(rows)
}

/// Refuses tables with a column in a key whose checks no value meets.
fn refuse_unmet(tables: &[FillTable], wanted: &[WantedRows]) -> Result<(), FillError> {
    let filled = tables.iter().zip(wanted).filter(|(_, wanted)| **wanted != WantedRows::Nothing);
    for (table, wanted) in filled {
        for (at, column) in table.columns.iter().enumerate() {
            if let Allowed::Only(listed) = &column.allowed
                && listed.numbers.is_empty()
            {
                // Its rows may have all of them.
                if table.rows.unwrap_or(0) > 0 {
                    let (table, constraint) = (table.shown(), name_of_limit(table, at, listed));
                    return Err(FillError::TooMany { table, constraint, asked: wanted.rows(), most: 0 });
                }
                return Err(FillError::Unsolvable {
                    table: table.shown(),
                    constraint: name_of_limit(table, at, listed),
                    reason: "none of the values that were tried meets it".to_owned(),
                });
            }
        }
    }
    Ok(())
}

/// What leaves few values to a column: its checks, or the key whose values its rows have already.
fn name_of_limit(table: &FillTable, column: usize, listed: &Listed) -> NamedConstraint {
    let key = table.keys.iter().find(|key| key.columns == [column]);
    match key.filter(|_| listed.checks.is_empty()) {
        Some(key) => key.name.clone().into(),
        None => listed.checks.clone().into(),
    }
}

/// What keeps the tables from having this many rows together, in words, where they get fewer.
pub fn fewer_than(all: u64, tables: &[FillTable], rows: &[u64]) -> Option<String> {
    let made: u64 = rows.iter().sum();
    if made >= all {
        return None;
    }
    let order = parents_first(tables);
    let full = (0..tables.len()).filter(|place| rows.get(*place).is_some_and(|rows| *rows > 0));
    let full = full.filter_map(|place| {
        let (most, key) = most_rows((tables, &order), rows, place)?;
        let table = tables.get(place)?.shown();
        (most <= *rows.get(place)?).then(|| format!("{key} allows {table} {most}"))
    });
    let full: Vec<String> = full.collect();
    (!full.is_empty())
        .then(|| format!("{made} rows instead of {all}: no table can have more ({})", full.join(", ")))
}

/// The most rows that the keys of a table allow, and the key that says so. What a circle of foreign keys allows is not known here.
/// The tables stand in this order, parents first.
pub(super) fn most_rows(
    (tables, order): (&[FillTable], &[usize]),
    rows: &[u64],
    place: usize,
) -> Option<(u64, NamedConstraint)> {
    let table = tables.get(place)?;
    let place_of = |table: usize| order.iter().position(|one| *one == table);
    let is_before = |parent: usize| place_of(parent) < place_of(place);
    // Where a partial index allows too few, the rows stay out of it.
    let limits = table.keys.iter().filter(|key| key.predicate.is_none()).filter_map(|key| {
        let mut product = 1_u64;
        let mut columns = key.columns.clone();
        for foreign_key in &table.foreign_keys {
            let is_part = foreign_key.columns.iter().any(|column| key.columns.contains(column));
            if is_part
                && is_before(foreign_key.parent)
                && foreign_key.columns.iter().all(|column| key.columns.contains(column))
            {
                let there = tables.get(foreign_key.parent)?.rows.unwrap_or(0);
                product = product.saturating_mul(rows.get(foreign_key.parent)?.saturating_add(there));
                columns.retain(|column| !foreign_key.columns.contains(column));
            }
        }
        for column in columns {
            product = product.saturating_mul(table.columns.get(column)?.values().unwrap_or(u64::MAX));
        }
        let product = table.left_of(key, product).saturating_add(table.without_value(key));
        Some((product, table.with_limits(&key.name, &key.columns)))
    });
    limits.min_by_key(|(most, _)| *most).filter(|(most, _)| *most < u64::MAX)
}
