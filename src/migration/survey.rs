//! Files and history laid side by side: where each migration stands.

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
    let mut entries = Vec::with_capacity(set.migrations().len().max(history.len()));
    let mut files = set.migrations().iter().peekable();
    let mut rows = in_order(history).into_iter().peekable();
    while let Some(version) =
        lower(files.peek().map(|file| &file.version), rows.peek().map(|row| &row.version))
    {
        let migration = files.next_if(|file| file.version == *version);
        let applied = rows.next_if(|row| row.version == *version);
        entries.push(Entry {
            version: applied.map_or(version, |row| &row.version),
            state: state(migration, applied, newest_applied),
            migration,
            applied,
        });
    }
    entries
}

/// Each version once, even if another tool has written both `1` and `0001`.
fn in_order(history: &[AppliedMigration]) -> Vec<&AppliedMigration> {
    let mut rows: Vec<&AppliedMigration> = history.iter().collect();
    rows.sort_by(|a, b| a.version.cmp(&b.version));
    rows.dedup_by(|later, earlier| later.version == earlier.version);
    rows
}

fn lower<'a>(one: Option<&'a Version>, other: Option<&'a Version>) -> Option<&'a Version> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
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

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    const REVERSIBLE: &str = "-- migrate:up\nSELECT 1;\n-- migrate:down\nSELECT 2;\n";

    fn file(version: &str, text: &str) -> Migration {
        Migration::parse(Path::new(&format!("{version}_file.sql")), text.as_bytes()).unwrap()
    }

    fn row(version: &str) -> AppliedMigration {
        AppliedMigration {
            version: version.parse().unwrap(),
            name: Some("row".to_owned()),
            checksum: Some(file(version, REVERSIBLE).checksum.as_str().to_owned()),
            applied_at: None,
            applied_by: None,
            execution_ms: None,
            progress: None,
            has_stored_down: StoredDown::Unread,
            stored_up: None,
        }
    }

    fn halfway(version: &str, direction: Direction) -> AppliedMigration {
        let progress = Progress { direction, done: 1, in_flight: false, total: 2, sql: None };
        AppliedMigration { progress: Some(progress), ..row(version) }
    }

    /// The states as `0001 applied, 0002 pending`.
    fn states(files: Vec<Migration>, history: &[AppliedMigration]) -> String {
        let set = MigrationSet::new(files).unwrap();
        let entry = |entry: &Entry<'_>| format!("{} {}", entry.version, entry.state.word());
        survey(&set, history).iter().map(entry).collect::<Vec<_>>().join(", ")
    }

    #[test]
    fn a_file_that_ran_is_applied_and_one_above_the_newest_is_pending() {
        assert_eq!(
            states(vec![file("2", REVERSIBLE), file("1", REVERSIBLE)], &[row("1")]),
            "1 applied, 2 pending"
        );
    }

    #[test]
    fn a_file_below_the_newest_applied_version_is_late_even_when_that_has_no_file() {
        assert_eq!(states(vec![file("9", REVERSIBLE)], &[row("10")]), "9 late, 10 file missing");
    }

    #[test]
    fn a_file_whose_up_half_differs_is_changed_and_its_down_half_may_differ() {
        let down_differs = "-- migrate:up\nSELECT 1;\n-- migrate:down\nSELECT 'other';\n";
        let up_differs = "-- migrate:up\nSELECT 'other';\n";
        assert_eq!(
            states(vec![file("1", down_differs), file("2", up_differs)], &[row("1"), row("2")]),
            "1 applied, 2 changed"
        );
    }

    #[test]
    fn a_row_without_a_checksum_is_applied_whatever_the_file_says() {
        let foreign = AppliedMigration { checksum: None, ..row("1") };
        assert_eq!(states(vec![file("1", "-- migrate:up\nSELECT 'other';\n")], &[foreign]), "1 applied");
    }

    #[test]
    fn an_unfinished_half_outweighs_a_change_and_a_missing_file() {
        let history = [halfway("1", Direction::Up), halfway("2", Direction::Down)];
        assert_eq!(
            states(vec![file("1", "-- migrate:up\nSELECT 'other';\n")], &history),
            "1 half applied, 2 half undone"
        );
    }

    #[test]
    fn one_and_0001_are_the_same_version_written_as_the_history_has_it() {
        assert_eq!(states(vec![file("0001", REVERSIBLE)], &[row("1")]), "1 applied");
    }

    #[test]
    fn the_file_gives_name_and_down_half_and_without_it_the_row_does() {
        let set = MigrationSet::new(vec![file("1", "-- migrate:up\nSELECT 1;\n")]).unwrap();
        let foreign = AppliedMigration { name: None, has_stored_down: StoredDown::None, ..row("3") };
        let history = [row("1"), row("2"), foreign];
        let entries = survey(&set, &history);
        let shown: Vec<_> = entries.iter().map(|entry| (entry.name(), entry.is_reversible())).collect();
        assert_eq!(shown, [("file", false), ("row", true), ("", false)]);
    }

    #[test]
    fn what_up_still_has_to_do_is_pending() {
        use State::{Applied, Changed, HalfApplied, HalfUndone, Late, Missing, Pending};
        for state in [Pending, Late, HalfApplied, HalfUndone] {
            assert!(state.is_pending(), "{state:?}");
        }
        for state in [Applied, Changed, Missing] {
            assert!(!state.is_pending(), "{state:?}");
        }
    }
}
