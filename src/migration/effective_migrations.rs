//! What a history says was run: the list from which the same schema can be built again.

use super::plan::passed;
use super::reconcile::{Entry, reconcile};
use super::{
    AppliedMigration, Direction, Disagreement, Migration, MigrationSet, Passed, PlanError, Progress, State,
    Version,
};

/// The applied migrations, each with the text that ran.
#[derive(Debug, Default)]
pub struct EffectiveMigrations {
    /// The migrations, lowest version first. They have no down halves.
    pub migrations: Vec<Migration>,
    /// Those that come from the history, since the file is gone or says something else by now.
    pub from_history: Vec<Version>,
    /// Backfills that are not finished, which are left out: what they change are rows.
    pub unfinished_backfills: Vec<Passed>,
}

/// Takes each applied migration from its file, if that is the one that ran, else from the history.
///
/// # Errors
/// [`PlanError::Disagree`] where a migration is not finished, or nobody knows what ran; [`PlanError::Stored`].
pub fn effective_migrations(
    set: &MigrationSet,
    history: &[AppliedMigration],
) -> Result<EffectiveMigrations, PlanError> {
    let mut applied = EffectiveMigrations::default();
    let mut disagreements = Vec::new();
    for entry in reconcile(set, history) {
        match (entry.state, entry.migration) {
            (State::Pending | State::Deferred | State::OutOfOrder, _) => {}
            (State::Applied, Some(migration)) => {
                applied.migrations.push(Migration { down: None, ..migration.clone() });
            }
            // It ran under the number that the history has, in the order of these.
            (State::Renumbered, Some(migration)) => {
                let version = entry.applied.map_or(entry.version, |row| &row.version).clone();
                applied.migrations.push(Migration { version, down: None, ..migration.clone() });
            }
            (State::PartiallyApplied | State::PartiallyReverted, _) if entry.is_unfinished_backfill() => {
                applied.unfinished_backfills.push(passed(&entry));
            }
            (State::PartiallyApplied | State::PartiallyReverted, _) => disagreements.push(unfinished(&entry)),
            (State::Applied | State::Changed | State::Missing | State::Renumbered, _) => {
                match stored(&entry)? {
                    Some(migration) => {
                        applied.from_history.push(migration.version.clone());
                        applied.migrations.push(migration);
                    }
                    None => disagreements.push(Disagreement::NoText {
                        version: entry.version.clone(),
                        name: entry.name().to_owned(),
                    }),
                }
            }
        }
    }
    applied.migrations.sort_by(|a, b| a.version.cmp(&b.version));
    if disagreements.is_empty() { Ok(applied) } else { Err(PlanError::Disagree(disagreements)) }
}

pub(super) fn unfinished(entry: &Entry<'_>) -> Disagreement {
    let progress = entry.applied.and_then(|row| row.progress.as_ref());
    Disagreement::Unfinished {
        version: entry.version.clone(),
        name: entry.name().to_owned(),
        state: entry.state,
        is_deferred: entry.is_deferred(),
        so_far: progress.map(Progress::so_far).unwrap_or_default(),
    }
}

/// The migration as the history keeps it; `None` when it does not.
fn stored(entry: &Entry<'_>) -> Result<Option<Migration>, PlanError> {
    let Some(sql) = entry.applied.and_then(|row| row.stored_up.as_deref()) else { return Ok(None) };
    let name = entry.applied.map_or("", AppliedMigration::shown_name);
    let migration = Migration::from_history(entry.version, name, sql).map_err(|error| PlanError::Stored {
        direction: Direction::Up,
        version: entry.version.clone(),
        reason: error.to_string(),
    })?;
    Ok(Some(migration))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::diagnosis::Diagnose;
    use crate::migration::{Progress, StoredDown};

    const BEFORE: &str = "-- migrate:up\nSELECT 'before';\n";
    const NOW: &str = "-- migrate:up\nSELECT 'now';\n-- migrate:down\nSELECT 'back';\n";

    fn file(version: &str, text: &str) -> Migration {
        Migration::parse(Path::new(&format!("{version}_file.sql")), text.as_bytes()).unwrap()
    }

    fn row(version: &str, ran: &str) -> AppliedMigration {
        AppliedMigration {
            version: version.parse().unwrap(),
            name: Some("row".to_owned()),
            checksum: Some(file(version, ran).checksum.as_str().to_owned()),
            applied_at: None,
            applied_by: None,
            execution_ms: None,
            progress: None,
            has_stored_down: StoredDown::None,
            stored_up: Some(ran.to_owned()),
        }
    }

    fn applied(
        files: &[(&str, &str)],
        history: &[AppliedMigration],
    ) -> Result<EffectiveMigrations, PlanError> {
        let files = files.iter().map(|(version, text)| file(version, text)).collect();
        effective_migrations(&MigrationSet::new(files).unwrap(), history)
    }

    fn texts(applied: &EffectiveMigrations) -> Vec<&str> {
        applied.migrations.iter().map(|migration| migration.up.body().trim()).collect()
    }

    #[test]
    fn a_file_that_ran_is_taken_and_a_pending_one_is_not() {
        let found = applied(&[("1", NOW), ("2", BEFORE)], &[row("1", NOW)]).unwrap();
        assert_eq!(texts(&found), ["SELECT 'now';"]);
        assert_eq!(found.from_history, []);
        assert!(found.migrations[0].down.is_none());
    }

    #[test]
    fn where_the_file_is_gone_or_changed_the_history_says_what_ran() {
        let found = applied(&[("0002", NOW)], &[row("1", BEFORE), row("2", BEFORE)]).unwrap();
        assert_eq!(texts(&found), ["SELECT 'before';", "SELECT 'before';"]);
        let versions: Vec<_> = found.from_history.iter().map(Version::as_str).collect();
        assert_eq!(versions, ["1", "2"]);
    }

    #[test]
    fn a_renumbered_file_is_taken_under_the_number_and_in_the_place_that_it_ran_in() {
        let history = [row("2", NOW), row("3", BEFORE)];
        let found = applied(&[("3", BEFORE), ("5", NOW)], &history).unwrap();
        assert_eq!(texts(&found), ["SELECT 'now';", "SELECT 'before';"]);
        let versions: Vec<_> = found.migrations.iter().map(|migration| migration.version.as_str()).collect();
        assert_eq!(versions, ["2", "3"]);
        assert_eq!(found.from_history, []);
    }

    #[test]
    fn every_version_of_which_nobody_knows_what_ran_is_named() {
        let bare = |version| AppliedMigration { stored_up: None, ..row(version, BEFORE) };
        let error = applied(&[("2", NOW)], &[bare("1"), bare("2")]).unwrap_err();
        let PlanError::Disagree(list) = &error else { panic!("{error}") };
        let versions: Vec<_> =
            list.iter().map(|one| (one.diagnosis().code, one.version().as_str())).collect();
        assert_eq!(versions, [("no_text", "1"), ("no_text", "2")]);
    }

    #[test]
    fn a_row_of_another_tool_without_a_checksum_means_its_file() {
        let foreign = AppliedMigration { checksum: None, stored_up: None, ..row("1", BEFORE) };
        assert_eq!(texts(&applied(&[("1", NOW)], &[foreign]).unwrap()), ["SELECT 'now';"]);
    }

    #[test]
    fn a_half_done_migration_has_to_be_finished_first() {
        let progress = Progress {
            direction: Direction::Up,
            done: 1,
            in_flight: false,
            total: 2,
            sql: None,
            backfill: None,
        };
        let half = AppliedMigration { progress: Some(progress), ..row("1", NOW) };
        let error = applied(&[("1", NOW)], &[half]).unwrap_err();
        assert_eq!(error.to_string(), "1 file is half applied (1 of 2 statements)");
    }

    #[test]
    fn a_stored_text_that_is_no_half_is_an_error_with_its_version() {
        let broken = AppliedMigration { stored_up: Some("SELECT (1".to_owned()), ..row("7", NOW) };
        let error = applied(&[], &[broken]).unwrap_err();
        assert!(matches!(&error, PlanError::Stored { version, .. } if version.as_str() == "7"), "{error}");
    }
}
