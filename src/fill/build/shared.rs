//! Columns that a table refers to through two foreign keys at once, as the tenant in two keys of a tenant's rows. Where no third
//! table says which values there are, the tables have to agree on them.

use std::collections::{BTreeMap, BTreeSet};

use crate::fill::plan::{FillPlan, ValueSource};
use crate::fill::random::Stream;
use crate::fill::table::{FillForeignKey, FillTable};

/// How many rows a table has for each of the values.
const ROWS_EACH: u64 = 10;

/// Which columns of which tables have their values in common, and how many of these there are.
pub(super) struct SharedColumns {
    of_columns: BTreeMap<(usize, usize), (Stream, u64)>,
}

impl SharedColumns {
    /// Of the tables that get rows.
    pub(super) fn of(plan: &FillPlan, rows: &[u64]) -> SharedColumns {
        let rows_of = |place: usize| rows.get(place).copied().unwrap_or(0);
        let mut groups: Vec<BTreeSet<(usize, usize)>> = Vec::new();
        let filled = plan.tables.iter().enumerate().filter(|(place, _)| rows_of(*place) > 0);
        for (_, table) in filled {
            for column in 0..table.columns.len() {
                let parents: Vec<(usize, usize)> =
                    table.foreign_keys.iter().filter_map(|key| parent_of(key, column)).collect();
                let mut group: BTreeSet<(usize, usize)> = parents.iter().copied().collect();
                let is_free = |(place, column): &(usize, usize)| {
                    rows_of(*place) > 0 && plan.tables.get(*place).is_some_and(|one| is_plain(one, *column))
                };
                if parents.len() < 2 || !group.iter().all(is_free) {
                    continue;
                }
                groups.retain(|others| {
                    let is_apart = others.is_disjoint(&group);
                    if !is_apart {
                        group.extend(others);
                    }
                    is_apart
                });
                groups.push(group);
            }
        }
        let mut of_columns = BTreeMap::new();
        for group in groups {
            let fewest = group.iter().map(|(place, _)| rows_of(*place)).min().unwrap_or(1);
            let first = group.first().and_then(|(place, column)| {
                let table = plan.tables.get(*place)?;
                Some([table.schema.as_str(), &table.name, &table.columns.get(*column)?.name])
            });
            let stream = Stream::new(plan.seed, &first.unwrap_or_default());
            of_columns.extend(group.into_iter().map(|one| (one, (stream, fewest.div_ceil(ROWS_EACH)))));
        }
        SharedColumns { of_columns }
    }

    /// Where the values of a column come from that other tables have, too.
    pub(super) fn source(&self, table: usize, column: usize) -> Option<ValueSource> {
        let (stream, count) = *self.of_columns.get(&(table, column))?;
        Some(ValueSource::Shared { stream, count })
    }

    /// How many values two columns have in common.
    pub(super) fn in_common(&self, one: (usize, usize), other: (usize, usize)) -> Option<u64> {
        let (one, other) = (self.of_columns.get(&one)?, self.of_columns.get(&other)?);
        (one == other).then_some(one.1)
    }
}

/// The column that a column refers to through a foreign key of several.
fn parent_of(key: &FillForeignKey, column: usize) -> Option<(usize, usize)> {
    let place = key.columns.iter().position(|one| *one == column)?;
    (key.columns.len() > 1).then_some((key.parent, *key.parent_columns.get(place)?))
}

/// Whether nothing else decides a column: no other table, and no key of it alone.
fn is_plain(table: &FillTable, column: usize) -> bool {
    let is_foreign = table.foreign_keys.iter().any(|key| key.columns.contains(&column));
    let is_key = table.keys.iter().any(|key| key.columns == [column]);
    let is_computed = table.columns.get(column).is_none_or(|column| column.computed.is_some());
    !is_foreign && !is_key && !is_computed
}
