//! What a run would do, as a value: computed from files, history and goal alone. A dry run prints it, the migrator
//! carries it out, and nothing else decides.

mod down;
mod goal;
mod held;
mod nothing;
mod refusal;
mod resume;
mod step;
mod up;

use std::path::{Path, PathBuf};

use super::reconcile::{Entry, reconcile};
use super::{AppliedMigration, MigrationSet, State, Version};
use down::{plan_down, plan_redo};
pub(super) use held::passed;
use nothing::why_nothing;
pub(super) use up::changed;
use up::plan_up;

pub use goal::{
    DeferredBackfills, DownTarget, Goal, MissingFiles, OutOfOrder, StoredHalves, Unfilled, UpTarget,
};
pub use nothing::NothingToDo;
pub use refusal::{Disagreement, PlanError, in_flight_hint};
pub use step::{DownStep, Held, Passed, PendingBackfill, Plan, Resume, Step, UpStep};

/// Computes the plan for a goal.
///
/// # Errors
/// See [`PlanError`]: nothing has been touched then.
pub fn plan(set: &MigrationSet, history: &[AppliedMigration], goal: &Goal) -> Result<Plan, PlanError> {
    let entries = reconcile(set, history);
    let mut plan = match goal {
        Goal::Up { target, late, missing, unfilled, deferred } => {
            let plan = plan_up(&entries, target, *late, *missing, deferred.given(history))?;
            check_filled(&plan, *unfilled)?;
            Ok(plan)
        }
        Goal::Down { target, stored } => {
            check_numbers(&entries).and_then(|()| plan_down(&entries, target, *stored))
        }
        Goal::Redo => check_numbers(&entries).and_then(|()| plan_redo(&entries)),
    }?;
    if plan.steps.is_empty() && plan.held.is_none() {
        plan.nothing = Some(why_nothing(&entries, goal));
    }
    Ok(plan)
}

/// A file that `pmdb new` has just made would count as applied, and what is written into it later would never run.
fn check_filled(plan: &Plan, unfilled: Unfilled) -> Result<(), PlanError> {
    let is_unfilled = |step: &&Step| matches!(step, Step::Up(up) if up.migration.up.is_blank());
    let files: Vec<PathBuf> =
        plan.steps.iter().filter(is_unfilled).filter_map(|step| step.path().map(Path::to_owned)).collect();
    match unfilled {
        Unfilled::Refuse if !files.is_empty() => Err(PlanError::Unfilled(files)),
        _ => Ok(()),
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
