//! Which values the columns of keys may have, where checks of these columns alone leave few of them.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use super::checks::none_has;
use super::question::{AT_ONCE, AskError, CheckQuestion};
use crate::connect::Session;
use crate::fill::{Allowed, AskedRow, FillColumn, FillTable, FillValue, Listed, Mined, RowCheck, looked_at};
use crate::postgres::citus::Citus;

/// How many values a column may have in all before a list of them is given up.
const MOST_LISTED: usize = 2_000_000;

/// Of as many values all are among the first that are asked about.
const FEW: u64 = AT_ONCE as u64 / 2;

/// How many rows of values are asked about in turn without a new one before there are no others.
const LAST_TRIES: u32 = 2;

/// Finds out which values the columns of the keys of these tables may have; `most` is how many rows a table gets at most.
///
/// # Errors
/// What the server said, with the check that it cannot compute.
pub async fn find_allowed(
    session: &Session,
    citus: Citus,
    tables: &mut [FillTable],
    places: &[usize],
    (seed, most): (u64, u64),
) -> Result<(), AskError> {
    for place in places {
        let Some(table) = tables.get(*place) else { continue };
        let mut found = Vec::new();
        for column in table.columns_of_keys() {
            let checks = checks_of(table, column);
            if !checks.is_empty() || has_few_left(table, column) {
                let values = KeyValues { table, column, checks, seed };
                found.push((column, values.find(session, citus, most).await?));
            }
        }
        for (column, allowed) in found {
            if let Some(column) = tables.get_mut(*place).and_then(|table| table.columns.get_mut(column)) {
                column.allowed = allowed;
                column.is_looked_up = true;
            }
        }
    }
    Ok(())
}

/// The checks over a column alone.
fn checks_of(table: &FillTable, column: usize) -> Vec<usize> {
    let of_it = |check: &RowCheck| check.columns == [column];
    table.checks.iter().enumerate().filter(|(_, check)| of_it(check)).map(|(place, _)| place).collect()
}

/// Whether a column has a key alone and few values, of which the rows that are there may have any.
fn has_few_left(table: &FillTable, column: usize) -> bool {
    let has_few = |column: &FillColumn| column.of.values().is_some_and(|values| values <= FEW);
    table.rows.unwrap_or(0) > 0
        && table.keys.iter().any(|key| key.columns == [column])
        && table.columns.get(column).is_some_and(has_few)
}

/// The values of a column.
struct KeyValues<'t> {
    table: &'t FillTable,
    column: usize,
    checks: Vec<usize>,
    seed: u64,
}

impl KeyValues<'_> {
    async fn find(&self, session: &Session, citus: Citus, most: u64) -> Result<Allowed, AskError> {
        let mined = Mined::of(self.checks.iter().filter_map(|check| self.table.checks.get(*check)));
        let largest = mined.numbers().iter().copied().filter(|number| *number < 1_000_000_000).max();
        let beyond = largest.and_then(|number| u64::try_from(number).ok()).filter(|number| *number > 0);
        let is_whole = self.table.columns.get(self.column).is_some_and(|column| column.of.is_whole());
        let there = self.table.rows.unwrap_or(0);
        let any = Some(0).filter(|_| !self.checks.is_empty());
        for first in [any, beyond.filter(|_| is_whole)].into_iter().flatten() {
            let until = first + there + most;
            if self.pass_from(session, citus, first, until, &mined).await? {
                return Ok(Allowed::From(first));
            }
        }
        self.list(session, citus, most, mined).await.map(Allowed::Only)
    }

    /// Whether values from one number to another pass: the first, the last, those near to what stands in the checks, and some
    /// between them.
    async fn pass_from(
        &self,
        session: &Session,
        citus: Citus,
        first: u64,
        until: u64,
        mined: &Mined,
    ) -> Result<bool, AskError> {
        let near = mined.numbers().iter().filter_map(|number| u64::try_from(*number).ok());
        let near = near.flat_map(|number| number.saturating_sub(3)..number.saturating_add(3));
        let near = near.filter(|number| (first..until).contains(number));
        let step = (until - first).div_ceil(500).max(1);
        let numbers: Vec<u64> = (first..until)
            .take(200)
            .chain((first..until).step_by(usize::try_from(step).unwrap_or(1)))
            .chain(near)
            .chain([until.saturating_sub(1)])
            .collect();
        let allowed = Allowed::From(0);
        let rows: Vec<AskedRow> = numbers.iter().map(|number| vec![self.text(&allowed, *number)]).collect();
        let question = self.question(None);
        let met = question.ask(session, citus, &rows).await?;
        Ok(met.iter().all(|one| question.is_all(one)))
    }

    /// The values that pass, as many as are needed.
    async fn list(
        &self,
        session: &Session,
        citus: Citus,
        most: u64,
        mined: Mined,
    ) -> Result<Listed, AskError> {
        let question = self.question(self.is_new());
        let wanted = usize::try_from(most).unwrap_or(MOST_LISTED).min(MOST_LISTED);
        let names = self.checks.iter().filter_map(|check| self.table.checks.get(*check));
        let checks = names.map(|check| check.name.as_str()).collect::<Vec<&str>>().join(" with ");
        let mut listed = Listed { mined, numbers: Vec::new(), checks };
        let (mut seen, mut next, mut fruitless) = (HashSet::new(), 0, 0);
        while listed.numbers.len() < wanted && fruitless < LAST_TRIES {
            let numbers: Vec<u64> = (next..).take(AT_ONCE).collect();
            next += AT_ONCE as u64;
            let values: Vec<FillValue> =
                numbers.iter().map(|number| self.proposed(&listed.mined, *number)).collect();
            let rows: Vec<AskedRow> = values.iter().map(|value| vec![value.text()]).collect();
            let met = question.ask(session, citus, &rows).await?;
            let before = listed.numbers.len();
            for ((number, value), met) in numbers.iter().zip(&values).zip(&met) {
                if question.is_all(met) && self.hash(value).is_some_and(|hash| seen.insert(hash)) {
                    listed.numbers.push(*number);
                }
            }
            fruitless = if listed.numbers.len() == before { fruitless + 1 } else { 0 };
        }
        listed.numbers.truncate(wanted);
        Ok(listed)
    }

    /// Where the table has rows: that none of them has the value.
    fn is_new(&self) -> Option<String> {
        let is_there = self.table.rows.unwrap_or(0) > 0;
        let is_alone = self.table.keys.iter().any(|key| key.columns == [self.column]);
        (is_there && is_alone).then(|| none_has(self.table, &[self.column]))
    }

    fn question(&self, also: Option<String>) -> CheckQuestion<'_> {
        CheckQuestion { table: self.table, checks: self.checks.clone(), columns: vec![self.column], also }
    }

    fn text(&self, allowed: &Allowed, place: u64) -> Option<String> {
        let column = self.table.columns.get(self.column)?;
        allowed.at(&column.of, looked_at(self.seed, self.table, column), place).text()
    }

    fn proposed(&self, mined: &Mined, number: u64) -> FillValue {
        self.table.columns.get(self.column).map_or(FillValue::Null, |column| {
            mined.proposed(&column.of, looked_at(self.seed, self.table, column), number)
        })
    }

    fn hash(&self, value: &FillValue) -> Option<u64> {
        let mut hasher = DefaultHasher::new();
        value.as_compared(&self.table.columns.get(self.column)?.of)?.hash(&mut hasher);
        Some(hasher.finish())
    }
}
