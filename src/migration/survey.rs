//! Files and history laid side by side: where each migration stands.

use std::collections::BTreeMap;

use super::{AppliedMigration, Migration, MigrationSet, Progress, State, Version};
use super::{Direction, StoredDown};

/// One version, with what the folder and the history say of it.
#[derive(Debug, Clone)]
pub struct Entry<'a> {
    /// The version: as the history has it, else as the file writes it.
    pub version: &'a Version,
    /// Where it stands.
    pub state: State,
    /// The file, if there is one.
    pub migration: Option<&'a Migration>,
    /// The row, if there is one.
    pub applied: Option<&'a AppliedMigration>,
}

impl Entry<'_> {
    /// The name to show: the file's, else the row's.
    pub fn name(&self) -> &str {
        match (self.migration, self.applied) {
            (Some(migration), _) => &migration.name,
            (None, Some(applied)) => applied.shown_name(),
            (None, None) => "",
        }
    }

    /// Whether there is a down half to run, in the file or, when the file is gone, in the row.
    pub fn is_reversible(&self) -> bool {
        match (self.migration, self.applied) {
            (Some(migration), _) => migration.is_reversible(),
            (None, Some(applied)) => applied.has_stored_down != StoredDown::None,
            (None, None) => false,
        }
    }
}

/// Every version that the folder or the history knows, lowest first.
pub fn survey<'a>(set: &'a MigrationSet, history: &'a [AppliedMigration]) -> Vec<Entry<'a>> {
    let newest_applied = history.iter().map(|row| &row.version).max();
    let mut sides: BTreeMap<&Version, (Option<&Migration>, Option<&AppliedMigration>)> = BTreeMap::new();
    for row in history {
        sides.entry(&row.version).or_default().1 = Some(row);
    }
    for migration in set.migrations() {
        sides.entry(&migration.version).or_default().0 = Some(migration);
    }
    sides
        .into_iter()
        .map(|(version, (migration, applied))| Entry {
            version: applied.map_or(version, |row| &row.version),
            state: state(migration, applied, newest_applied),
            migration,
            applied,
        })
        .collect()
}

fn state(
    migration: Option<&Migration>,
    applied: Option<&AppliedMigration>,
    newest_applied: Option<&Version>,
) -> State {
    match (migration, applied) {
        (_, Some(AppliedMigration { progress: Some(Progress { direction, .. }), .. })) => match direction {
            Direction::Up => State::HalfApplied,
            Direction::Down => State::HalfUndone,
        },
        (None, _) => State::Missing,
        (Some(migration), Some(applied)) => match &applied.checksum {
            Some(checksum) if checksum != migration.checksum.as_str() => State::Changed,
            _ => State::Applied,
        },
        (Some(migration), None) => match newest_applied {
            Some(newest) if migration.version < *newest => State::Late,
            _ => State::Pending,
        },
    }
}
