//! What a run needs for its goal: how much of the history it reads, and which locks it takes.

use super::history::{HistoryScope, HistoryTable};
use crate::migration::{
    AppliedMigration, DeferredBackfills, Direction, Goal, MigrationSet, Step, Version, plan,
};

/// What of the history a plan for a goal is made from.
pub(super) fn history_scope<'a>(goal: &Goal, with_files: &'a [&'a Version]) -> HistoryScope<'a> {
    match goal {
        Goal::Up { .. } => HistoryScope::Plan,
        Goal::Down { .. } | Goal::Redo => HistoryScope::PlanWithDown(with_files),
    }
}

/// The key of the lock that a run for a goal holds. Deferred backfills have one of their own, so that deploys go on beside them.
pub(super) fn lock_key(goal: &Goal, table: &HistoryTable) -> i64 {
    match goal {
        Goal::Up { deferred: DeferredBackfills::Only, .. } => table.backfills_lock_key(),
        _ => table.lock_key(),
    }
}

/// Whether the run must hold the lock of deferred backfills as well, since a job beside may be running one: it runs them itself,
/// or undoes what may be half done.
pub(super) fn excludes_backfills(goal: &Goal, set: &MigrationSet, rows: &[AppliedMigration]) -> bool {
    match goal {
        Goal::Up { deferred: DeferredBackfills::Only, .. } => false,
        Goal::Up { .. } => runs_deferred(goal, set, rows),
        Goal::Down { .. } | Goal::Redo => rows.iter().any(is_half_done_backfill),
    }
}

fn runs_deferred(goal: &Goal, set: &MigrationSet, rows: &[AppliedMigration]) -> bool {
    let has_deferred = set.migrations().iter().any(|migration| migration.up.is_deferred());
    let is_deferred = |step: &Step| step.direction() == Direction::Up && step.half().is_deferred();
    has_deferred && plan(set, rows, goal).is_ok_and(|plan| plan.steps.iter().any(is_deferred))
}

fn is_half_done_backfill(row: &AppliedMigration) -> bool {
    row.progress.as_ref().is_some_and(|half| half.backfill.is_some())
}
