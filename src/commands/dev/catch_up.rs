//! What `pmdb dev --watch` does when files have changed: what was applied from them is undone, and what is there now is
//! applied.

use std::collections::BTreeMap;

use crate::cli::WaitingArgs;
use crate::commands::context::{Context, FileSet, MigratorOptions, load};
use crate::commands::error::Error;
use crate::commands::reporter::Reporter;
use crate::commands::seed::{apply, forget_lost, tell_left};
use crate::commands::server_handle::ServerHandle;
use crate::migration::{
    AppliedMigration, DeferredBackfills, DownTarget, Entry, Goal, Migration, MigrationSet, MissingFiles,
    OutOfOrder, State, StoredDown, StoredHalves, Unfilled, UpTarget, Version, reconcile,
};
use crate::postgres::{LostSeed, MadeRows};

/// The files as they have been seen so far, by version and checksum: how to undo what was applied from one stands in the
/// last form that it had before its up half changed.
#[derive(Default)]
pub(super) struct SeenFiles(BTreeMap<(String, String), Migration>);

/// Brings a database to where the files are. Tells whether there was anything to do.
pub(super) async fn catch_up(
    context: &Context,
    server: &ServerHandle,
    (options, waiting): (&MigratorOptions<'_>, &WaitingArgs),
    seen: &mut SeenFiles,
    reporter: &mut dyn Reporter,
) -> Result<bool, Error> {
    let files = without_empty(load(context.source(options.files()), reporter)?, reporter)?;
    seen.remember(&files);
    let mut migrator = context.migrator_of(files.clone(), server, options, reporter).await?;
    let lost = match options.files() {
        FileSet::Migrations => Vec::new(),
        FileSet::Seeds => forget_lost(&migrator, reporter).await?,
    };
    let history = migrator.history().await?;
    let entries = reconcile(&files, &history.rows);
    let made = match options.files() {
        FileSet::Migrations => Vec::new(),
        FileSet::Seeds => migrator.made_rows(reporter.listener()).await?.rows().to_vec(),
    };
    let mut undone = false;
    if let Some(first) =
        entries.iter().find(|entry| differs(entry, options.files()) || has_lost(entry, &lost))
    {
        let undo = files_to_undo(&entries, &files, seen)?;
        reporter.note(&why(first, options.files()));
        let goal =
            Goal::Down { target: DownTarget::To(before(first, &history.rows)), stored: StoredHalves::Run };
        let mut undoing = context.migrator_of(undo, server, options, reporter).await?;
        let finished = undoing.run(&goal, reporter.listener()).await?.finished;
        undone = !finished.is_empty();
        let taken_out = |made: &&MadeRows| finished.iter().any(|step| step.version == made.version);
        tell_left(&migrator, made.iter().filter(taken_out), reporter).await;
    }
    let late = OutOfOrder::Apply;
    let applied = match options.files() {
        FileSet::Migrations => {
            let (missing, unfilled) = (MissingFiles::Note, Unfilled::Apply);
            let deferred = DeferredBackfills::Run;
            let goal = Goal::Up { target: UpTarget::Newest, late, missing, unfilled, deferred };
            !migrator.run(&goal, reporter.listener()).await?.finished.is_empty()
        }
        FileSet::Seeds => {
            let done = apply(context, server, waiting, &mut migrator, late, reporter).await?;
            !done.outcome.finished.is_empty() || !done.rows.is_empty()
        }
    };
    Ok(undone || applied)
}

impl SeenFiles {
    fn remember(&mut self, files: &MigrationSet) {
        for file in files.migrations() {
            self.0.insert((file.version.to_string(), file.checksum.as_str().to_owned()), file.clone());
        }
    }

    /// The file that a row was applied from.
    fn of(&self, row: &AppliedMigration) -> Option<&Migration> {
        let checksum = row.checksum.clone()?;
        self.0.get(&(row.version.to_string(), checksum))
    }
}

/// A file that `pmdb new` has just written is not to be applied before there is something in it.
fn without_empty(files: MigrationSet, reporter: &mut dyn Reporter) -> Result<MigrationSet, Error> {
    let (empty, filled): (Vec<Migration>, Vec<Migration>) = files
        .migrations()
        .iter()
        .cloned()
        .partition(|file| file.up.statement_count() == 0 && file.up.comment_notes().is_empty());
    for file in &empty {
        reporter.note(&format!("{}: the up half is still empty", file.path.display()));
    }
    Ok(MigrationSet::new(filled)?)
}

/// Whether what was applied is not what the files say. Migrations are applied in their order; seeds that were just taken out
/// of the history may be older than the rest.
fn differs(entry: &Entry<'_>, files: FileSet) -> bool {
    match entry.state {
        State::Changed | State::Missing | State::Renumbered => true,
        State::OutOfOrder => matches!(files, FileSet::Migrations),
        _ => false,
    }
}

/// Whether a part of it went away with tables that it had filled.
fn has_lost(entry: &Entry<'_>, lost: &[LostSeed]) -> bool {
    entry.applied.is_some_and(|row| lost.iter().any(|seed| seed.version == row.version))
}

/// The files to undo with: where a file has changed, the one that was applied; else the history knows how.
fn files_to_undo(
    entries: &[Entry<'_>],
    files: &MigrationSet,
    seen: &SeenFiles,
) -> Result<MigrationSet, Error> {
    let file = |entry: &Entry<'_>| {
        let row = entry.applied?;
        let applied_from = seen.of(row).filter(|file| file.is_reversible());
        // Somebody may have written the down half only now.
        let now = files.get(&row.version).filter(|_| row.has_stored_down == StoredDown::None);
        applied_from.or(now).cloned()
    };
    Ok(MigrationSet::new(entries.iter().filter_map(file).collect())?)
}

/// The newest version that stays.
fn before(first: &Entry<'_>, rows: &[AppliedMigration]) -> Version {
    let at = first.applied.map_or(first.version, |row| first.version.min(&row.version));
    let older = rows.iter().map(|row| &row.version).filter(|version| *version < at);
    older.max().cloned().unwrap_or_else(|| Version::from_number(0, 1))
}

fn why(first: &Entry<'_>, files: FileSet) -> String {
    let what = match files {
        FileSet::Migrations => "migration",
        FileSet::Seeds => "seed",
    };
    let name = format!("{what} {} {}", first.version, first.name());
    let happened = match (first.state, first.applied) {
        (State::Missing, _) => "has no file any more".to_owned(),
        (State::Renumbered, Some(row)) => format!("was applied as {}", row.version),
        (State::OutOfOrder, _) => "comes before what is applied".to_owned(),
        (State::Changed, _) => "has changed".to_owned(),
        _ => "has lost some of its tables".to_owned(),
    };
    format!("{name} {happened}: undoing everything from there on")
}
