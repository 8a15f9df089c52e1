//! Which values, and which combinations of keys, meet the checks.

use super::question::{AT_ONCE, AskError, CheckQuestion};
use crate::connect::Session;
use crate::fill::{AskedRow, CANDIDATES, FillError, FillPlan, FillTable, parents_first};
use crate::postgres::citus::Citus;

/// How many candidates a row tries that has to pass together with what is decided elsewhere.
const TRIES: u64 = 100;

/// How many combinations are tried for each one that is needed, and beside that.
const COMBINATIONS: (u64, u64) = (16, 100_000);

/// How many values of a column that follows another database are tried, of one with more some.
const FOLLOWED: u64 = 5_000;

/// How many rows are tried of a check that nothing takes care of; of larger tables some.
const TRIED: u64 = 100_000;

/// Asks which values and combinations meet the checks, and uses those.
///
/// # Errors
/// [`FillError::Unsolvable`] names a check that none of them meets, [`FillError::TooMany`] a key that has too few combinations.
pub async fn meet_checks(session: &Session, citus: Citus, plan: &mut FillPlan) -> Result<(), AskError> {
    // What a foreign key refers to is made of what its parent's checks have left.
    for place in parents_first(&plan.tables) {
        let Some(fill) = plan.fills.get(place).and_then(Option::as_ref) else { continue };
        let (tuples, groups) = (fill.tuples.len(), fill.candidates.len());
        for tuple in 0..tuples {
            let passing = passing_combinations(session, citus, plan, place, tuple).await?;
            if let Some(passing) = passing {
                plan.keep_combinations(place, tuple, passing)?;
            }
        }
        for group in 0..groups {
            meet_group(session, citus, plan, place, group).await?;
        }
    }
    Ok(())
}

/// The combinations of a key that meet its checks, one for each row, as far as there are this many; `None` where all do.
async fn passing_combinations(
    session: &Session,
    citus: Citus,
    plan: &FillPlan,
    place: usize,
    tuple: usize,
) -> Result<Option<Vec<u64>>, AskError> {
    let (Some(table), Some(Some(fill))) = (plan.tables.get(place), plan.fills.get(place)) else {
        return Ok(None);
    };
    let Some(counted) = fill.tuples.get(tuple).filter(|tuple| tuple.is_on_top || !tuple.checks.is_empty())
    else {
        return Ok(None);
    };
    let (checks, columns) = (counted.checks.clone(), counted.columns.clone());
    let also = counted.is_on_top.then(|| none_has(table, &columns));
    let question = CheckQuestion { table, checks, columns, also };
    let wanted = usize::try_from(fill.rows).unwrap_or(usize::MAX);
    let (each, beside) = COMBINATIONS;
    let last = counted.combinations().min(fill.rows.saturating_mul(each).saturating_add(beside));
    let mut passing = Vec::new();
    let mut from = 0;
    while passing.len() < wanted && from < last {
        let to = last.min(from + AT_ONCE as u64);
        let some: Vec<u64> = (from..to).map(|row| counted.order.at(row)).collect();
        let rows: Vec<AskedRow> =
            some.iter().filter_map(|one| plan.combination(place, tuple, *one)).collect();
        let met = question.ask(session, citus, &rows).await?;
        let both = some.iter().zip(&met).filter(|(_, met)| question.is_all(met));
        passing.extend(both.map(|(combination, _)| *combination));
        from = to;
    }
    passing.truncate(wanted);
    Ok(Some(passing))
}

/// That no row of a table has the values of these columns.
pub(super) fn none_has(table: &FillTable, columns: &[usize]) -> String {
    let columns = columns.iter().filter_map(|column| table.columns.get(*column));
    let alias = table.alias();
    let same = columns.map(|column| {
        let name = &column.sql;
        format!("pmdb_there.{name} OPERATOR(pg_catalog.=) {alias}.{name}")
    });
    let same: Vec<String> = same.collect();
    format!("NOT EXISTS (SELECT 1 FROM {} AS pmdb_there WHERE {})", table.from(), same.join(" AND "))
}

/// Finds candidates for columns that checks bind to each other.
async fn meet_group(
    session: &Session,
    citus: Citus,
    plan: &mut FillPlan,
    place: usize,
    group: usize,
) -> Result<(), AskError> {
    let (Some(table), Some(Some(fill))) = (plan.tables.get(place), plan.fills.get(place)) else {
        return Ok(());
    };
    let Some(candidates) = fill.candidates.get(group) else { return Ok(()) };
    let (checks, rows) = (candidates.checks.clone(), fill.rows);
    let columns = candidates.columns.iter().chain(&candidates.decided).copied().collect();
    let question = CheckQuestion { table, checks, columns, also: None };
    if !candidates.decided.is_empty() {
        let of_rows = candidates_of_rows(session, citus, plan, &question, (place, group, rows)).await?;
        plan.keep_for_rows(place, group, of_rows);
        return Ok(());
    }
    if let Some(followed) = plan.followed(place, group, FOLLOWED) {
        let met = question.ask(session, citus, &followed).await?;
        if met.iter().all(|met| question.is_all(met)) {
            plan.follow(place, group);
            return Ok(());
        }
    }
    let all: Vec<AskedRow> =
        (0..CANDIDATES).filter_map(|number| plan.candidate(place, group, number, 0)).collect();
    let met = question.ask(session, citus, &all).await?;
    let passing = (0..CANDIDATES).zip(&met).filter(|(_, met)| question.is_all(met));
    let passing: Vec<u64> = passing.map(|(number, _)| number).collect();
    if passing.is_empty() {
        let is_never_met = |at: usize| !met.iter().any(|met| met.get(at) == Some(&true));
        return Err(plan.unmet(place, group, is_never_met).into());
    }
    plan.keep(place, group, passing);
    Ok(())
}

/// A candidate for each row, where it has to pass together with what is decided elsewhere.
async fn candidates_of_rows(
    session: &Session,
    citus: Citus,
    plan: &FillPlan,
    question: &CheckQuestion<'_>,
    (place, group, rows): (usize, usize, u64),
) -> Result<Vec<u16>, AskError> {
    let fill = plan.fills.get(place).and_then(Option::as_ref);
    let Some(candidates) = fill.and_then(|fill| fill.candidates.get(group)) else { return Ok(Vec::new()) };
    let mut of_rows = vec![0; usize::try_from(rows).unwrap_or(0)];
    let mut from = 0;
    while from < rows {
        let mut left: Vec<u64> = (from..rows.min(from + AT_ONCE as u64)).collect();
        from += AT_ONCE as u64;
        let mut ever_met = Vec::new();
        for others in 0..TRIES {
            let tried: Vec<u64> = left.iter().map(|row| candidates.tried(*row, others)).collect();
            let asked = left.iter().zip(&tried);
            let asked: Vec<AskedRow> =
                asked.filter_map(|(row, number)| plan.candidate(place, group, *number, *row)).collect();
            let met = question.ask(session, citus, &asked).await?;
            let mut failed = Vec::new();
            for ((row, number), met) in left.iter().zip(&tried).zip(&met) {
                if !question.is_all(met) {
                    failed.push(*row);
                } else if let Some(slot) = usize::try_from(*row).ok().and_then(|row| of_rows.get_mut(row)) {
                    *slot = u16::try_from(*number).unwrap_or(0);
                }
                ever_met.resize(ever_met.len().max(met.len()), false);
                ever_met.iter_mut().zip(met).for_each(|(ever, met)| *ever |= met);
            }
            left = failed;
            if left.is_empty() {
                break;
            }
        }
        if !left.is_empty() {
            return Err(plan.unmet(place, group, |at| ever_met.get(at) != Some(&true)).into());
        }
    }
    Ok(of_rows)
}

/// Asks whether rows of a plan meet the checks whose columns are decided elsewhere: by keys, or by other tables.
///
/// # Errors
/// [`FillError::Unsolvable`] names a check that one of them breaks.
pub async fn try_other_checks(session: &Session, citus: Citus, plan: &FillPlan) -> Result<(), AskError> {
    for (place, table, fill) in plan.filled() {
        for check in plan.other_checks(place) {
            let Some(at) = table.checks.iter().position(|one| one == check) else { continue };
            let columns = check.columns.clone();
            let question = CheckQuestion { table, checks: vec![at], columns, also: None };
            let tried = fill.rows.min(TRIED);
            let mut rows = (0..tried).map(|row| row * fill.rows / tried).chain([fill.rows - 1]).peekable();
            while rows.peek().is_some() {
                let asked = rows.by_ref().take(AT_ONCE).map(|row| {
                    check.columns.iter().map(|column| plan.value(place, *column, row).text()).collect()
                });
                let asked: Vec<AskedRow> = asked.collect();
                let met = question.ask(session, citus, &asked).await?;
                if !met.iter().all(|met| question.is_all(met)) {
                    let (table, constraint) = (table.shown(), check.name.clone().into());
                    let reason = "keys or other tables decide its columns, and some rows break it".to_owned();
                    return Err(FillError::Unsolvable { table, constraint, reason }.into());
                }
            }
        }
    }
    Ok(())
}
