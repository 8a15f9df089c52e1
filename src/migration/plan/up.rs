//! The steps that apply what is pending, and what stops them: a migration that comes late (out of order), one that has
//! changed, one whose file is missing.

use super::down::{down_step, forget};
use super::held::{held, passed};
use super::resume::{check_done_part, has_other_name, is_only_begun, progress_of, resume};
use super::step::new_up;
use super::{
    DeferredBackfills, Disagreement, MissingFiles, OutOfOrder, PendingBackfill, Plan, PlanError, Step,
    UpStep, UpTarget, is_known, renumbered,
};
use crate::migration::reconcile::Entry;
use crate::migration::{Direction, Migration, State, Version};

pub(super) fn plan_up(
    entries: &[Entry<'_>],
    target: &UpTarget,
    late: OutOfOrder,
    missing: MissingFiles,
    deferred: DeferredBackfills,
) -> Result<Plan, PlanError> {
    let mut plan = Plan::default();
    let mut disagreements = Vec::new();
    let selected = select_up(entries, target, deferred)?;
    let newest = entries.iter().filter(|entry| entry.applied.is_some()).map(|entry| entry.version).max();

    for entry in entries {
        match (entry.state, entry.migration) {
            (State::Changed, Some(migration)) => disagreements.push(changed(entry, migration)),
            (State::Missing, _) => plan.missing.push((entry.version.clone(), entry.name().to_owned())),
            (State::Renumbered, _) => disagreements.extend(renumbered(entry)),
            _ => {}
        }
    }
    if missing == MissingFiles::Refuse {
        let refused = plan.missing.iter().cloned();
        disagreements.extend(refused.map(|(version, name)| Disagreement::Missing { version, name }));
    }
    let not_done: Vec<&Entry<'_>> = match deferred {
        DeferredBackfills::Pass => {
            entries.iter().filter(|entry| entry.is_deferred() || entry.is_deferred_again()).collect()
        }
        DeferredBackfills::Run | DeferredBackfills::Only => Vec::new(),
    };
    plan.deferred = not_done.iter().map(|entry| passed(entry)).collect();
    for entry in &selected {
        plan.held = held(entry, entries, &selected, deferred)?;
        if plan.held.is_some() {
            break;
        }
        if let (State::OutOfOrder, OutOfOrder::Refuse, Some(migration), Some(newest)) =
            (entry.state, late, entry.migration, newest)
        {
            disagreements.push(Disagreement::Late {
                version: entry.version.clone(),
                path: migration.path.clone(),
                newest: newest.clone(),
            });
            continue;
        }
        match up_steps(entry) {
            Ok(steps) => plan.steps.extend(steps),
            Err(PlanError::Disagree(found)) => disagreements.extend(found),
            Err(other) => return Err(other),
        }
    }
    plan.pending_backfills =
        not_done.iter().filter_map(|entry| pending(entry, entries, &plan.steps)).collect();
    if disagreements.is_empty() { Ok(plan) } else { Err(PlanError::Disagree(disagreements)) }
}

/// A backfill that is not done, with the steps that pass it. A file that comes late passes all of them.
fn pending(entry: &Entry<'_>, entries: &[Entry<'_>], steps: &[Step]) -> Option<PendingBackfill> {
    let is_late = |version: &Version| {
        entries.iter().any(|other| other.version == version && other.state == State::OutOfOrder)
    };
    let passes = |step: &&Step| {
        step.direction() == Direction::Up && (step.version() > entry.version || is_late(step.version()))
    };
    Some(PendingBackfill {
        migration: entry.migration?.clone(),
        done: entry.backfill().filter(|_| !entry.is_deferred_again()).cloned(),
        passed_by: steps.iter().filter(passes).map(|step| step.version().clone()).collect(),
    })
}

/// A file with another name is probably another migration, which has taken the number.
pub(in crate::migration) fn changed(entry: &Entry<'_>, migration: &Migration) -> Disagreement {
    let (version, path) = (entry.version.clone(), migration.path.clone());
    match entry.applied.and_then(|row| row.other_name_than(&migration.name)) {
        Some(applied) => Disagreement::Replaced { version, path, applied: applied.to_owned() },
        None => Disagreement::Changed { version, path },
    }
}

fn select_up<'e, 'a>(
    entries: &'e [Entry<'a>],
    target: &UpTarget,
    deferred: DeferredBackfills,
) -> Result<Vec<&'e Entry<'a>>, PlanError> {
    let is_meant = move |entry: &&Entry<'_>| match deferred {
        DeferredBackfills::Pass => entry.is_pending(),
        DeferredBackfills::Run => entry.is_pending() || entry.is_deferred(),
        DeferredBackfills::Only => entry.is_deferred() || entry.is_deferred_without_file(),
    };
    let pending = entries.iter().filter(is_meant);
    match target {
        UpTarget::Newest => Ok(pending.collect()),
        UpTarget::Steps(steps) => Ok(pending.take(*steps).collect()),
        UpTarget::To(version) => {
            if !is_known(entries, version) {
                return Err(PlanError::UnknownTarget(version.clone()));
            }
            Ok(pending.filter(|entry| entry.version <= version).collect())
        }
    }
}

/// The steps that bring one pending entry up. One that an interrupted `down` left half undone is first undone to the
/// end: its down half is the only thing known to fit the state that the database is in.
fn up_steps(entry: &Entry<'_>) -> Result<Vec<Step>, PlanError> {
    match (entry.migration, progress_of(entry)) {
        (Some(migration), None) => Ok(vec![new_up(migration)]),
        (None, Some(progress)) if is_only_begun(progress) => Ok(vec![forget(entry, progress)?]),
        // Another file has taken the number.
        (Some(migration), Some(progress)) if is_only_begun(progress) && has_other_name(entry, migration) => {
            Ok(vec![forget(entry, progress)?, new_up(migration)])
        }
        (Some(migration), Some(progress)) if progress.direction == Direction::Up => {
            check_done_part(entry, &migration.up, &migration.path, progress)?;
            let resume = Some(resume(entry, &migration.up, progress)?);
            Ok(vec![Step::Up(UpStep { migration: migration.clone(), resume })])
        }
        // What is undone to the end is deferred again.
        (Some(migration), Some(_)) if migration.up.is_deferred() => Ok(vec![down_step(entry)?]),
        (Some(migration), Some(_)) => Ok(vec![down_step(entry)?, new_up(migration)]),
        (None, Some(progress)) if progress.direction == Direction::Up => {
            Err(PlanError::Disagree(vec![Disagreement::HalfAppliedMissing {
                version: entry.version.clone(),
                name: entry.name().to_owned(),
                so_far: progress.so_far(),
            }]))
        }
        (None, _) => Ok(vec![down_step(entry)?]),
    }
}
