//! What a run would do, as a value: computed from files, history and goal alone. A dry run prints it, the migrator
//! carries it out, and nothing else decides.

use std::path::{Path, PathBuf};

use super::reconcile::{Entry, reconcile};
use super::sql::secrets::masked;
use super::{
    AfterCrash, AppliedMigration, Checksum, Direction, Half, Migration, MigrationSet, Position, Progress,
    State, StatementGroup, StoredDown, TransactionMode, Version,
};

mod refusal;

pub use refusal::{Disagreement, PlanError, in_flight_hint};

/// What a run is to reach.
#[derive(Debug, Clone)]
pub enum Goal {
    /// Apply what is pending.
    Up {
        /// How far.
        target: UpTarget,
        /// What to do with late files.
        late: OutOfOrder,
        /// What to do with versions that have no file.
        missing: MissingFiles,
    },
    /// Undo what is applied.
    Down(DownTarget),
    /// Undo the newest applied migration and apply it again.
    Redo,
}

impl Goal {
    /// Everything that is pending, with the rules that hold when no option says otherwise.
    pub fn newest() -> Goal {
        Goal::Up { target: UpTarget::Newest, late: OutOfOrder::Refuse, missing: MissingFiles::Note }
    }
}

/// How far up.
#[derive(Debug, Clone)]
pub enum UpTarget {
    /// All of it.
    Newest,
    /// Up to and with this version.
    To(Version),
    /// This many migrations.
    Steps(usize),
}

/// How far down.
#[derive(Debug, Clone)]
pub enum DownTarget {
    /// This many migrations.
    Steps(usize),
    /// All that are newer than this version, which stays. Version 0 stands for "before the first".
    To(Version),
    /// All of it.
    All,
}

/// What to do with a pending file that is older than the newest applied migration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutOfOrder {
    /// Stop.
    Refuse,
    /// Apply it now.
    Apply,
}

/// What to do with an applied version that has no file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MissingFiles {
    /// Say so and go on: an older release may be running.
    Note,
    /// Stop.
    Refuse,
}

/// The steps of a run, in order.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    /// What is to be run.
    pub steps: Vec<Step>,
    /// Applied versions without a file, with their names.
    pub missing: Vec<(Version, String)>,
}

/// One half to run.
#[derive(Debug, Clone)]
pub enum Step {
    /// Apply a migration.
    Up(UpStep),
    /// Undo a migration.
    Down(DownStep),
}

/// Apply a migration.
#[derive(Debug, Clone)]
pub struct UpStep {
    /// The file.
    pub migration: Migration,
    /// Where an interrupted run left it. `None`: there is no row yet.
    pub resume: Option<Resume>,
}

/// Where an interrupted run left a half.
#[derive(Debug, Clone)]
pub struct Resume {
    /// The version as the row has it.
    pub version: Version,
    /// How far it came.
    pub position: Position,
    /// The half as it was sent, where a statement of it was running: the file may say something else by now.
    pub sent: Option<Half>,
}

/// Undo a migration.
#[derive(Debug, Clone)]
pub struct DownStep {
    /// The version as the history has it.
    pub version: Version,
    /// The name.
    pub name: String,
    /// The down half.
    pub half: Half,
    /// The file that the half comes from; `None` when it comes from the history.
    pub path: Option<PathBuf>,
    /// Where an interrupted run left it. `None`: not begun.
    pub resume: Option<Resume>,
    /// The up half, where a run has begun it and no statement of it is done. Then there is nothing to undo: `half` is empty,
    /// and only what a failed statement has left behind goes, with the row.
    pub begun: Option<Box<UpStep>>,
}

impl Step {
    /// Up or down.
    pub fn direction(&self) -> Direction {
        match self {
            Step::Up(_) => Direction::Up,
            Step::Down(_) => Direction::Down,
        }
    }

    /// The version, as the history has it or will have it.
    pub fn version(&self) -> &Version {
        match self {
            Step::Up(UpStep { resume: Some(resume), .. }) => &resume.version,
            Step::Up(up) => &up.migration.version,
            Step::Down(down) => &down.version,
        }
    }

    /// The migration's name.
    pub fn name(&self) -> &str {
        match self {
            Step::Up(up) => &up.migration.name,
            Step::Down(down) => &down.name,
        }
    }

    /// The SQL to run.
    pub fn half(&self) -> &Half {
        match self {
            Step::Up(up) => &up.migration.up,
            Step::Down(down) => &down.half,
        }
    }

    /// The file that the SQL comes from; `None` when it comes from the history.
    pub fn path(&self) -> Option<&Path> {
        match self {
            Step::Up(up) => Some(&up.migration.path),
            Step::Down(down) => down.path.as_deref(),
        }
    }

    /// Where an interrupted run left it.
    pub fn resume(&self) -> Option<&Resume> {
        match self {
            Step::Up(up) => up.resume.as_ref(),
            Step::Down(down) => down.resume.as_ref(),
        }
    }

    /// How many statements of the half an interrupted run has done.
    pub fn done(&self) -> usize {
        self.resume().map_or(0, |resume| resume.position.done())
    }

    /// Whether a statement of it was running when a run broke off.
    pub fn is_in_flight(&self) -> bool {
        self.resume().is_some_and(|resume| matches!(resume.position, Position::InFlight(_)))
    }
}

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

fn renumbered(entry: &Entry<'_>) -> Option<Disagreement> {
    let (State::Renumbered, Some(file), Some(row)) = (entry.state, entry.migration, entry.applied) else {
        return None;
    };
    Some(Disagreement::Renumbered {
        version: file.version.clone(),
        path: file.path.clone(),
        applied_as: row.version.clone(),
    })
}

fn plan_up(
    entries: &[Entry<'_>],
    target: &UpTarget,
    late: OutOfOrder,
    missing: MissingFiles,
) -> Result<Plan, PlanError> {
    let mut plan = Plan::default();
    let mut disagreements = Vec::new();
    let selected = select_up(entries, target)?;
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
    for entry in selected {
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
    if disagreements.is_empty() { Ok(plan) } else { Err(PlanError::Disagree(disagreements)) }
}

/// A file with another name is probably another migration, which has taken the number.
fn changed(entry: &Entry<'_>, migration: &Migration) -> Disagreement {
    let (version, path) = (entry.version.clone(), migration.path.clone());
    match entry.applied.and_then(|row| row.other_name_than(&migration.name)) {
        Some(applied) => Disagreement::Replaced { version, path, applied: applied.to_owned() },
        None => Disagreement::Changed { version, path },
    }
}

fn select_up<'e, 'a>(entries: &'e [Entry<'a>], target: &UpTarget) -> Result<Vec<&'e Entry<'a>>, PlanError> {
    let pending = entries.iter().filter(|entry| entry.state.is_pending());
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

/// Whether a file or a row has this number.
fn is_known(entries: &[Entry<'_>], version: &Version) -> bool {
    entries.iter().any(|entry| {
        entry.version == version || entry.applied.is_some_and(|applied| applied.version == *version)
    })
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
        (Some(migration), Some(_)) => Ok(vec![down_step(entry)?, new_up(migration)]),
        (None, Some(progress)) if progress.direction == Direction::Up => {
            Err(PlanError::Disagree(vec![Disagreement::HalfAppliedMissing {
                version: entry.version.clone(),
                name: entry.name().to_owned(),
                done: progress.done,
                total: progress.total,
            }]))
        }
        (None, _) => Ok(vec![down_step(entry)?]),
    }
}

fn new_up(migration: &Migration) -> Step {
    Step::Up(UpStep { migration: migration.clone(), resume: None })
}

fn plan_down(entries: &[Entry<'_>], target: &DownTarget) -> Result<Plan, PlanError> {
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
    let irreversible: Vec<(Version, String)> = selected
        .iter()
        .filter(|entry| !entry.is_reversible() && !progress_of(entry).is_some_and(is_only_begun))
        .map(|entry| (entry.version.clone(), entry.name().to_owned()))
        .collect();
    if !irreversible.is_empty() {
        return Err(PlanError::Irreversible(irreversible));
    }
    let steps = selected.into_iter().map(down_step).collect::<Result<_, _>>()?;
    Ok(Plan { steps, missing: Vec::new() })
}

fn plan_redo(entries: &[Entry<'_>]) -> Result<Plan, PlanError> {
    let mut plan = plan_down(entries, &DownTarget::Steps(1))?;
    let Some(newest) = entries.iter().rev().find(|entry| entry.applied.is_some()) else {
        return Ok(plan);
    };
    let Some(migration) = newest.migration else {
        return Err(PlanError::RedoWithoutFile {
            version: newest.version.clone(),
            name: newest.name().to_owned(),
        });
    };
    plan.steps.push(new_up(migration));
    Ok(plan)
}

fn progress_of<'a>(entry: &Entry<'a>) -> Option<&'a Progress> {
    entry.applied.and_then(|row| row.progress.as_ref())
}

/// Whether no statement of an up half is done, though one may have failed and left something behind.
fn is_only_begun(progress: &Progress) -> bool {
    progress.direction == Direction::Up && progress.done == 0
}

fn has_other_name(entry: &Entry<'_>, migration: &Migration) -> bool {
    entry.applied.is_some_and(|row| row.other_name_than(&migration.name).is_some())
}

/// What stands for a down half where there is nothing to undo.
const NOTHING_TO_UNDO: &str = "-- migrate:down transaction:false\n\
                               -- No statement of the up half is done: only its row goes, and what a failed one has left.\n";

/// The step that takes a half out of the history of which nothing is done.
fn forget(entry: &Entry<'_>, progress: &Progress) -> Result<Step, PlanError> {
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

fn down_step(entry: &Entry<'_>) -> Result<Step, PlanError> {
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

/// What stands for the path of a half that comes from the history.
pub fn stored_path(version: &Version) -> PathBuf {
    PathBuf::from(format!("<history of {version}>"))
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
    Ok(Some(half))
}

/// Where to go on. What may have committed, and cannot be looked for, is for a person to decide.
fn resume(entry: &Entry<'_>, half: &Half, progress: &Progress) -> Result<Resume, PlanError> {
    let stored = progress.sql.as_deref().filter(|_| progress.in_flight);
    let sent = stored.and_then(|sql| Half::from_stored(sql, progress.direction).ok());
    // A file that still says the same knows the secrets, too.
    let sent = sent.filter(|sent| Checksum::of(&masked(half.body())) != Checksum::of(&masked(sent.body())));
    if let Some(part) = sent.as_ref().unwrap_or(half).part_at(progress.done)
        && progress.in_flight
        && part.after_crash() == AfterCrash::Ask
    {
        return Err(PlanError::Disagree(vec![in_flight(
            entry,
            sent.as_ref().unwrap_or(half),
            part,
            progress,
        )]));
    }
    Ok(Resume { version: entry.version.clone(), position: progress.position(), sent })
}

fn in_flight(entry: &Entry<'_>, half: &Half, part: StatementGroup<'_>, progress: &Progress) -> Disagreement {
    Disagreement::InFlight {
        version: entry.version.clone(),
        name: entry.name().to_owned(),
        statement: progress.done + part.statements.len(),
        sql: part.statements.last().map_or_else(String::new, |last| half.first_line(last)),
    }
}

/// The statements that ran must still stand there as they were: only then is "go on at statement 3" the same place. The
/// history does not know their secrets.
fn check_done_part(
    entry: &Entry<'_>,
    half: &Half,
    path: &Path,
    progress: &Progress,
) -> Result<(), PlanError> {
    let changed = |statement: usize| {
        let (version, path) = (entry.version.clone(), path.to_owned());
        Err(PlanError::Disagree(vec![Disagreement::DonePartChanged { version, path, statement }]))
    };
    if progress.done == 0 {
        return Ok(());
    }
    if half.mode() == TransactionMode::Transactional {
        return changed(1);
    }
    let Some(before) =
        progress.sql.as_deref().and_then(|sql| Half::from_stored(sql, progress.direction).ok())
    else {
        return Ok(());
    };
    let mut now = half.statements().iter().map(|statement| checksum_of(half, &statement.span));
    for (index, statement) in before.statements().iter().take(progress.done).enumerate() {
        if now.next() != Some(checksum_of(&before, &statement.span)) {
            return changed(index + 1);
        }
    }
    Ok(())
}

fn checksum_of(half: &Half, span: &std::ops::Range<usize>) -> Checksum {
    Checksum::of(&masked(half.source().get(span.clone()).unwrap_or_default()))
}

#[cfg(test)]
mod tests;
