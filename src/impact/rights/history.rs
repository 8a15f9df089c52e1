//! What it takes to write down in the history that a half has run. The role of the session does that, whatever role the file takes.

use super::{NeededRight, Right, RightOn, roles};
use crate::impact::FileTrace;
use crate::migration::{Direction, Step, TransactionMode};

/// What the steps need on the history table of this schema and name, each with the place of the first step that does.
pub fn rights_on_history(
    halves: &[FileTrace],
    steps: &[Step],
    (schema, name): (&str, &str),
) -> Vec<(usize, NeededRight)> {
    let table = || RightOn::Relation(schema.to_owned(), name.to_owned());
    let mut needed = vec![
        (0, NeededRight::of_history(Right::Create, RightOn::NewSchema(schema.to_owned()))),
        (0, NeededRight::of_history(Right::Create, RightOn::NewRelation(schema.to_owned(), name.to_owned()))),
    ];
    for (place, (half, step)) in halves.iter().zip(steps).enumerate() {
        for right in rights_of(step) {
            let one = NeededRight::of_history(right, table());
            if !needed.iter().any(|(_, known)| *known == one) {
                needed.push((place, one));
            }
        }
        if half.statements.iter().any(|one| roles::may_give_rights(&one.text)) {
            break;
        }
    }
    needed
}

/// A row comes with the whole half; or with its beginning, and changes as the half goes on.
fn rights_of(step: &Step) -> Vec<Right> {
    let half = step.half();
    let goes_on = half.mode() == TransactionMode::NonTransactional || half.backfill().is_some();
    let changes = goes_on || step.resume().is_some();
    let first = match step.direction() {
        Direction::Up => step.resume().is_none().then_some(Right::Insert),
        Direction::Down => Some(Right::Delete),
    };
    first.into_iter().chain(changes.then_some(Right::Update)).collect()
}
