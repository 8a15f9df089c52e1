//! The steps that undo what is applied, newest first.

use super::resume::{check_done_part, is_only_begun, is_same_backfill, progress_of, resume};
use super::step::new_up;
use super::{DownStep, DownTarget, Plan, PlanError, Resume, Step, StoredHalves, UpStep, is_known};
use crate::migration::reconcile::Entry;
use crate::migration::{
    AppliedMigration, Direction, Half, Migration, Position, Progress, StoredDown, Version, stored_path,
};

pub(super) fn plan_down(
    entries: &[Entry<'_>],
    target: &DownTarget,
    stored: StoredHalves,
) -> Result<Plan, PlanError> {
    let applied = entries.iter().rev().filter(|entry| entry.applied.is_some());
    let selected: Vec<&Entry<'_>> = match target {
        DownTarget::All => applied.collect(),
        DownTarget::Steps(steps) => applied.take(*steps).collect(),
        DownTarget::To(version) => {
            if !is_known(entries, version) && version.unpadded() != "0" {
                return Err(PlanError::UnknownTarget(version.clone()));
            }
            applied.filter(|entry| entry.version > version).collect()
        }
    };
    // Of what is only begun, nothing has to be undone.
    let titles = |is_meant: fn(&Entry<'_>) -> bool| -> Vec<(Version, String)> {
        let meant = selected.iter().filter(|entry| !progress_of(entry).is_some_and(is_only_begun));
        let meant = meant.filter(|entry| is_meant(entry));
        meant.map(|entry| (entry.version.clone(), entry.name().to_owned())).collect()
    };
    let without_file = titles(|entry| entry.migration.is_none());
    if stored == StoredHalves::Refuse && !without_file.is_empty() {
        return Err(PlanError::WithoutFile(without_file));
    }
    let irreversible = titles(|entry| !entry.is_reversible());
    if !irreversible.is_empty() {
        return Err(PlanError::Irreversible(irreversible));
    }
    let steps = selected.into_iter().map(down_step).collect::<Result<_, _>>()?;
    Ok(Plan { steps, ..Plan::default() })
}

pub(super) fn plan_redo(entries: &[Entry<'_>]) -> Result<Plan, PlanError> {
    let half_done = || entries.iter().rev().filter_map(half_done_backfill);
    let is_changed = |(row, migration): &(&AppliedMigration, &Migration)| {
        row.progress.as_ref().is_some_and(|progress| !is_same_backfill(&migration.up, progress))
    };
    if let Some((row, migration)) = half_done().find(is_changed).or_else(|| half_done().next()) {
        return begin_anew(row, migration);
    }
    let Some(newest) = entries.iter().rev().find(|entry| entry.applied.is_some()) else {
        return Ok(Plan::default());
    };
    let Some(migration) = newest.migration else {
        return Err(PlanError::RedoWithoutFile {
            version: newest.version.clone(),
            name: newest.name().to_owned(),
        });
    };
    let mut plan = plan_down(entries, &DownTarget::Steps(1), StoredHalves::Refuse)?;
    plan.steps.push(new_up(migration));
    Ok(plan)
}

/// A backfill that is half done on its way up. It comes before the newest migration, of which something is in use: of the one
/// whose file no longer says what it began with, nothing goes on before it is begun anew.
fn half_done_backfill<'a>(entry: &Entry<'a>) -> Option<(&'a AppliedMigration, &'a Migration)> {
    let (row, migration) = (entry.applied?, entry.migration?);
    let progress = row.progress.as_ref().filter(|progress| progress.direction == Direction::Up)?;
    progress.backfill.is_some().then_some((row, migration))
}

/// Undoes a half-done backfill, where its file knows how, and begins at the first row again.
fn begin_anew(row: &AppliedMigration, migration: &Migration) -> Result<Plan, PlanError> {
    let mut plan = Plan::default();
    match migration.down.clone().filter(|_| migration.is_reversible()) {
        Some(half) => {
            let (version, name) = (row.version.clone(), migration.name.clone());
            let path = Some(migration.path.clone());
            plan.steps.push(Step::Down(DownStep { version, name, half, path, resume: None, begun: None }));
            plan.steps.push(new_up(migration));
        }
        None => {
            let backfill = row.progress.as_ref().and_then(|progress| progress.backfill.clone());
            let resume = Resume {
                version: row.version.clone(),
                position: Position::Done(0),
                sent: None,
                backfill,
                begins_anew: true,
            };
            plan.steps.push(Step::Up(UpStep { migration: migration.clone(), resume: Some(resume) }));
        }
    }
    Ok(plan)
}

/// What stands for a down half where there is nothing to undo.
const NOTHING_TO_UNDO: &str = "-- migrate:down transaction:false\n\
                               -- No statement of the up half is done: only its row goes, and what a failed one has left.\n";

/// The step that takes a half out of the history of which nothing is done.
pub(super) fn forget(entry: &Entry<'_>, progress: &Progress) -> Result<Step, PlanError> {
    let (version, name) = (entry.version.clone(), entry.applied.map_or("", AppliedMigration::shown_name));
    let stored =
        |reason: String| PlanError::Stored { direction: Direction::Up, version: version.clone(), reason };
    let sql = progress.sql.as_deref().ok_or_else(|| stored("its text is not there".to_owned()))?;
    let migration =
        Migration::from_history(&version, name, sql).map_err(|error| stored(error.to_string()))?;
    let half =
        Half::from_stored(NOTHING_TO_UNDO, Direction::Down).map_err(|error| stored(error.to_string()))?;
    let begun = UpStep { resume: Some(resume(entry, &migration.up, progress)?), migration };
    let name = name.to_owned();
    Ok(Step::Down(DownStep { version, name, half, path: None, resume: None, begun: Some(Box::new(begun)) }))
}

pub(super) fn down_step(entry: &Entry<'_>) -> Result<Step, PlanError> {
    if let Some(progress) = progress_of(entry).filter(|progress| is_only_begun(progress)) {
        return forget(entry, progress);
    }
    let irreversible = || PlanError::Irreversible(vec![(entry.version.clone(), entry.name().to_owned())]);
    let half = match entry.migration {
        Some(migration) => migration.down.clone().ok_or_else(irreversible)?,
        None => stored_down(entry)?.ok_or_else(irreversible)?,
    };
    let path = entry.migration.map(|migration| migration.path.clone());
    let resume = match progress_of(entry) {
        Some(progress) if progress.direction == Direction::Down => {
            let shown = path.clone().unwrap_or_else(|| stored_path(entry.version));
            check_done_part(entry, &half, &shown, progress)?;
            Some(resume(entry, &half, progress)?)
        }
        _ => None,
    };
    let (version, name) = (entry.version.clone(), entry.name().to_owned());
    Ok(Step::Down(DownStep { version, name, half, path, resume, begun: None }))
}

fn stored_down(entry: &Entry<'_>) -> Result<Option<Half>, PlanError> {
    let Some(applied) = entry.applied else { return Ok(None) };
    let progress_sql = applied
        .progress
        .as_ref()
        .filter(|progress| progress.direction == Direction::Down)
        .and_then(|progress| progress.sql.as_deref());
    let sql = match (&applied.has_stored_down, progress_sql) {
        (StoredDown::Text(sql), _) => sql,
        (_, Some(sql)) => sql,
        _ => return Ok(None),
    };
    let refuse = |reason: String| PlanError::Stored {
        direction: Direction::Down,
        version: entry.version.clone(),
        reason,
    };
    let half = Half::from_stored(sql, Direction::Down).map_err(|error| refuse(error.to_string()))?;
    if half.is_masked() && half.statement_count() > 0 {
        return Err(refuse("the secrets in it are masked".to_owned()));
    }
    if half.lacks_data() {
        return Err(refuse("data of a COPY in it are left out".to_owned()));
    }
    Ok(Some(half))
}
