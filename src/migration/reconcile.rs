//! Files and history laid side by side: where each migration stands.

use super::renumber::{Move, moves_among};
use super::side_by_side::{Pair, PlacedRow, in_order, side_by_side};
use super::{
    AppliedMigration, BackfillProgress, Direction, Half, Migration, MigrationSet, Progress, State,
    StoredDown, Version,
};

/// One version, with what the folder and the history say of it.
#[derive(Debug, Clone)]
pub struct Entry<'a> {
    /// The version: as the history has it, else as the file writes it. Of a renumbered file it is the file's.
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

    /// Whether it is a backfill that is not done and that `up` passes.
    pub fn is_deferred(&self) -> bool {
        let is_open = matches!(self.state, State::Deferred | State::PartiallyApplied);
        is_open && self.migration.is_some_and(|migration| migration.up.is_deferred())
    }

    /// Whether it is a deferred backfill on its way down: `up` finishes that, and then it is deferred again.
    pub fn is_deferred_again(&self) -> bool {
        self.state == State::PartiallyReverted
            && self.migration.is_some_and(|migration| migration.up.is_deferred())
    }

    /// Whether it is a deferred backfill that is half done, as the history says, and whose file is gone.
    pub fn is_deferred_without_file(&self) -> bool {
        let Some(progress) = self.applied.and_then(|row| row.progress.as_ref()) else { return false };
        let stored = || Half::from_stored(progress.sql.as_deref()?, progress.direction).ok();
        self.migration.is_none()
            && progress.backfill.is_some()
            && stored().is_some_and(|half| half.is_deferred())
    }

    /// Whether `up` has something to do for it.
    pub fn is_pending(&self) -> bool {
        self.state.is_pending() && !self.is_deferred()
    }

    /// How far it has come, where it is a backfill that is not done.
    pub fn backfill(&self) -> Option<&BackfillProgress> {
        self.applied?.progress.as_ref()?.backfill.as_ref()
    }

    /// Whether it is a backfill that is begun and not done, on its way up, or on a way down that is a backfill as well: all that
    /// it has changed so far are rows.
    pub fn is_unfinished_backfill(&self) -> bool {
        let Some(migration) = self.migration.filter(|migration| migration.up.backfill().is_some()) else {
            return false;
        };
        let is_at_it = |progress: &Progress| progress.done == 0 && !progress.in_flight;
        let goes_back = || migration.down.as_ref().is_some_and(|down| down.backfill().is_some());
        let is_one = match self.state {
            State::PartiallyApplied => true,
            State::PartiallyReverted => goes_back(),
            _ => false,
        };
        is_one && self.applied.and_then(|row| row.progress.as_ref()).is_some_and(is_at_it)
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

/// Every version that the folder or the history knows, lowest first. A row whose file has another number now is with
/// that file.
pub fn reconcile<'a>(set: &'a MigrationSet, history: &'a [AppliedMigration]) -> Vec<Entry<'a>> {
    let mut pairs = side_by_side(set, in_order(history));
    let moves = moves_among(&pairs);
    if !moves.is_empty() {
        pairs = side_by_side(set, placed(history, &moves));
    }
    let newest_applied = pairs.iter().filter(|pair| pair.row.is_some()).map(|pair| pair.version).max();
    let entry = |pair: &Pair<'a>| Entry {
        version: pair.version,
        state: state(pair.file, pair.row, newest_applied),
        migration: pair.file,
        applied: pair.row,
    };
    pairs.iter().map(entry).collect()
}

/// The rows under the numbers that their files have now.
fn placed<'a>(history: &'a [AppliedMigration], moves: &[Move<'a>]) -> Vec<PlacedRow<'a>> {
    let mut rows = in_order(history);
    for (place, row) in &mut rows {
        if let Some(moved) = moves.iter().find(|moved| moved.row.version == row.version) {
            *place = &moved.file.version;
        }
    }
    rows.sort_by_key(|(place, _)| *place);
    rows
}

fn state(
    migration: Option<&Migration>,
    applied: Option<&AppliedMigration>,
    newest_applied: Option<&Version>,
) -> State {
    match (migration, applied) {
        (_, Some(AppliedMigration { progress: Some(Progress { direction, .. }), .. })) => match direction {
            Direction::Up => State::PartiallyApplied,
            Direction::Down => State::PartiallyReverted,
        },
        (None, _) => State::Missing,
        (Some(migration), Some(applied)) if applied.version != migration.version => State::Renumbered,
        (Some(migration), Some(applied)) => match &applied.checksum {
            Some(checksum) if checksum != migration.checksum.as_str() => State::Changed,
            _ => State::Applied,
        },
        (Some(migration), None) if migration.up.is_deferred() => State::Deferred,
        (Some(migration), None) => match newest_applied {
            Some(newest) if migration.version < *newest => State::OutOfOrder,
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
        let progress = Progress { direction, done: 1, in_flight: false, total: 2, sql: None, backfill: None };
        AppliedMigration { progress: Some(progress), ..row(version) }
    }

    /// The states as `0001 applied, 0002 pending`.
    fn states(files: Vec<Migration>, history: &[AppliedMigration]) -> String {
        let set = MigrationSet::new(files).unwrap();
        let entry = |entry: &Entry<'_>| format!("{} {}", entry.version, entry.state.word());
        reconcile(&set, history).iter().map(entry).collect::<Vec<_>>().join(", ")
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
        let other = "-- migrate:up\nSELECT 'other';\n";
        assert_eq!(states(vec![file("9", other)], &[row("10")]), "9 late, 10 file missing");
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
        let entries = reconcile(&set, &history);
        let shown: Vec<_> = entries.iter().map(|entry| (entry.name(), entry.is_reversible())).collect();
        assert_eq!(shown, [("file", false), ("row", true), ("", false)]);
    }

    #[test]
    fn what_up_still_has_to_do_is_pending() {
        use State::{
            Applied, Changed, Missing, OutOfOrder, PartiallyApplied, PartiallyReverted, Pending, Renumbered,
        };
        for state in [Pending, OutOfOrder, PartiallyApplied, PartiallyReverted] {
            assert!(state.is_pending(), "{state:?}");
        }
        for state in [Applied, Changed, Missing, Renumbered, State::Deferred] {
            assert!(!state.is_pending(), "{state:?}");
        }
    }
}
