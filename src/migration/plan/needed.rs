//! What a deferred backfill that is not done still needs: a file that takes it away without waiting would lose data.

use super::{Disagreement, Step};
use crate::migration::reconcile::Entry;
use crate::migration::sql::{TakenAway, names, taken_away};
use crate::migration::{Backfill, Half, Statement};

/// The first place in a step that comes after a deferred backfill, and takes away what that names.
pub(super) fn takes_from_backfill(step: &Step, deferred: &Entry<'_>, steps: &[Step]) -> Option<Disagreement> {
    let (Step::Up(up), Some(pending)) = (step, deferred.migration) else { return None };
    if up.migration.version <= *deferred.version {
        return None;
    }
    let backfill = pending.up.backfill()?;
    let half = &up.migration.up;
    let takes = |statement: &Statement| {
        let mut taken = taken_away(half.text(statement)).into_iter();
        Some((statement.location, taken.find(|taken| needs(&pending.up, backfill, taken))?))
    };
    let (location, TakenAway { how, table, column }) = half.statements().iter().find_map(takes)?;
    let what = match column {
        Some(column) => format!("the column {column} of {}", table.name),
        None => format!("the table {}", table.name),
    };
    let before = steps.iter().map(Step::version).filter(|version| *version < deferred.version).max();
    Some(Disagreement::TakesFromBackfill {
        version: up.migration.version.clone(),
        path: up.migration.path.clone(),
        location,
        what: format!("{how} {what}"),
        backfill: deferred.version.clone(),
        name: pending.name.clone(),
        before: before.cloned(),
    })
}

/// Whether a backfill names this table, and the column if it is one: in its key or in its statement.
fn needs(half: &Half, backfill: &Backfill, taken: &TakenAway) -> bool {
    let key = &backfill.key;
    let may_be_one_schema =
        taken.table.schema.is_none() || key.table.schema.is_none() || taken.table.schema == key.table.schema;
    let is_table_of_key = taken.table.name == key.table.name && may_be_one_schema;
    let names_table = is_table_of_key || names_other_table(half, backfill, taken);
    let names_column =
        |column: &String| is_table_of_key && key.columns.contains(column) || names(half.body(), column);
    names_table && taken.column.as_ref().is_none_or(names_column)
}

/// Whether its statement names the table, and it is not that of the key in another schema.
fn names_other_table(half: &Half, backfill: &Backfill, taken: &TakenAway) -> bool {
    taken.table.name != backfill.key.table.name && names(half.body(), &taken.table.name)
}
