//! Tables that are left to triggers, which write rows into them when others are filled.

use crate::commands::error::Error;
use crate::fill::{FillError, FillTable, WantedRows, limit};
use crate::postgres::fill::ProofError;

/// Whether a table can be left alone into which triggers write rows: nobody has said how many it gets.
pub(super) fn leave_alone(error: &ProofError, tables: &[FillTable], wanted: &mut [WantedRows]) -> bool {
    let Some(name) = error.written_by_triggers() else { return false };
    let place = tables.iter().position(|table| table.shown() == name);
    place.is_some_and(|place| limit(wanted, place, 0))
}

/// Has a foreign key that closes a circle, and could hold at no time, refer to nothing, if it may; and says so.
pub(super) fn refer_to_nothing(error: &ProofError, tables: &mut [FillTable]) -> Option<String> {
    let why = "it closes a circle, and can neither be dropped meanwhile nor deferred";
    leads_nowhere(error.closes_circle()?, why, tables)
}

/// The same for one by which the values of a column would be looked for without an end.
pub(super) fn end_circle(error: &FillError, tables: &mut [FillTable]) -> Option<String> {
    let FillError::Endless { table, constraint } = error else { return None };
    leads_nowhere((table, &constraint.name), "its columns refer to each other in a circle", tables)
}

fn leads_nowhere((name, key): (&str, &str), why: &str, tables: &mut [FillTable]) -> Option<String> {
    let table = tables.iter_mut().find(|table| table.shown() == name)?;
    table.refer_to_nothing(key).then(|| format!("{key} of {name} refers to nothing: {why}"))
}

/// Tables that get no rows because row security applies to the role, and keeps even from it how many they have.
pub(super) fn hidden(tables: &[FillTable], wanted: &[WantedRows]) -> Vec<String> {
    let gets_none = |table: &FillTable, wanted| is_hidden(table) && wanted == WantedRows::Nothing;
    let hidden = tables.iter().zip(wanted).filter(|(table, wanted)| gets_none(table, **wanted));
    hidden
        .map(|(table, _)| {
            format!(
                "{} is left alone: row security applies to this role, and a policy cannot be computed",
                table.shown()
            )
        })
        .collect()
}

fn is_hidden(table: &FillTable) -> bool {
    table.has_row_security && table.rows.is_none()
}

/// What cannot be without the rows of a table that is left alone is refused for the reason why it is.
pub(super) fn because_of(error: FillError, tables: &[FillTable], left_alone: Vec<ProofError>) -> Error {
    if let FillError::NoParent { parent, .. } = &error
        && let Some(hidden) = tables.iter().find(|table| table.shown() == *parent && is_hidden(table))
    {
        return FillError::RowSecurity { table: hidden.shown() }.into();
    }
    let needed: Vec<String> = match (&error, error.constraint()) {
        (FillError::NoParent { parent, .. }, _) => vec![parent.clone()],
        (_, Some((child, _))) => parents_of(child, tables),
        (_, None) => left_alone.iter().map(|one| one.table.clone()).collect(),
    };
    match left_alone.into_iter().find(|one| needed.contains(&one.table)) {
        Some(left_alone) => left_alone.into(),
        None => error.into(),
    }
}

fn parents_of(child: &str, tables: &[FillTable]) -> Vec<String> {
    let keys = tables.iter().filter(|table| table.shown() == child).flat_map(|table| &table.foreign_keys);
    keys.filter_map(|key| tables.get(key.parent)).map(FillTable::shown).collect()
}
