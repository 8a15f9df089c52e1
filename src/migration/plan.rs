//! What a run would do, as a value: computed from files, history and goal alone. A dry run prints it, the migrator
//! carries it out, and nothing else decides.

mod down;
mod goal;
mod refusal;
mod resume;
mod step;
mod up;

use super::reconcile::{Entry, reconcile};
use super::{AppliedMigration, MigrationSet, State, Version};
use down::{plan_down, plan_redo};
pub(super) use up::changed;
use up::plan_up;

pub use goal::{DownTarget, Goal, MissingFiles, OutOfOrder, UpTarget};
pub use refusal::{Disagreement, PlanError, in_flight_hint};
pub use step::{DownStep, Plan, Resume, Step, UpStep};

/// Computes the plan for a goal.
///
/// # Errors
/// See [`PlanError`]: nothing has been touched then.
pub fn plan(set: &MigrationSet, history: &[AppliedMigration], goal: &Goal) -> Result<Plan, PlanError> {
    let entries = reconcile(set, history);
    match goal {
        Goal::Up { target, late, missing } => plan_up(&entries, target, *late, *missing),
        Goal::Down(target) => check_numbers(&entries).and_then(|()| plan_down(&entries, target)),
        Goal::Redo => check_numbers(&entries).and_then(|()| plan_redo(&entries)),
    }
}

/// Which migration is the newest is not sure as long as numbers disagree.
fn check_numbers(entries: &[Entry<'_>]) -> Result<(), PlanError> {
    let renumbered: Vec<Disagreement> = entries.iter().filter_map(renumbered).collect();
    if renumbered.is_empty() { Ok(()) } else { Err(PlanError::Disagree(renumbered)) }
}

pub(super) fn renumbered(entry: &Entry<'_>) -> Option<Disagreement> {
    let (State::Renumbered, Some(file), Some(row)) = (entry.state, entry.migration, entry.applied) else {
        return None;
    };
    Some(Disagreement::Renumbered {
        version: file.version.clone(),
        path: file.path.clone(),
        applied_as: row.version.clone(),
    })
}

/// Whether a file or a row has this number.
fn is_known(entries: &[Entry<'_>], version: &Version) -> bool {
    entries.iter().any(|entry| {
        entry.version == version || entry.applied.is_some_and(|applied| applied.version == *version)
    })
}

#[cfg(test)]
mod tests;
