//! A database that was built without pmdb, and whose files are there: which of them are to be recorded as applied.

use thiserror::Error;

use super::effective_migrations::unfinished;
use super::plan::{changed, renumbered};
use super::reconcile::{Entry, reconcile};
use super::{AppliedMigration, Disagreement, Migration, MigrationSet, PlanError, State, Version};
use crate::diagnosis::{Diagnose, Diagnosis};
use crate::exit::Exit;

/// Why nothing is recorded.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum BaselineError {
    /// The version is not that of a file.
    #[error("there is no file with the version {0}")]
    NoFile(Version),
    /// Something newer is applied, so that the database cannot be what the files up to this version build.
    #[error("{newest} is applied already, and is newer than {version}")]
    Newer {
        /// The version that was asked for.
        version: Version,
        /// The newest applied version.
        newest: Version,
    },
    /// Versions are applied whose files are not among those up to this version.
    #[error("applied, but without a file here: {}", versions(.0))]
    WithoutFile(Vec<Version>),
    /// What is applied is not what the files say, or is not finished.
    #[error(transparent)]
    Disagree(PlanError),
}

impl Diagnose for BaselineError {
    fn diagnosis(&self) -> Diagnosis {
        let baseline = Diagnosis::of(self, "baseline");
        match self {
            BaselineError::NoFile(_) => baseline.hint("`pmdb status` lists the versions"),
            BaselineError::Newer { newest, .. } => baseline
                .exit(Exit::Disagreement)
                .hint(format!("`pmdb baseline {newest}` compares the database with all that is applied")),
            BaselineError::WithoutFile(_) => baseline.exit(Exit::Disagreement).hint(
                "restore the files; if another project shares this history, keep one for each with --table",
            ),
            BaselineError::Disagree(error) => error.diagnosis(),
        }
    }
}

/// The migrations up to and with this version that the history does not have, lowest version first.
///
/// # Errors
/// [`BaselineError`], when the history holds something that would be contradicted.
pub fn baseline(
    set: &MigrationSet,
    history: &[AppliedMigration],
    version: &Version,
) -> Result<Vec<Migration>, BaselineError> {
    if set.get(version).is_none() {
        return Err(BaselineError::NoFile(version.clone()));
    }
    let entries = reconcile(set, history);
    let (up_to, newer): (Vec<_>, Vec<_>) = entries.iter().partition(|entry| entry.version <= version);
    contradictions(&up_to)?;
    let is_new =
        |entry: &&Entry<'_>| matches!(entry.state, State::Pending | State::Deferred | State::OutOfOrder);
    let new: Vec<Migration> =
        up_to.into_iter().filter(is_new).filter_map(|entry| entry.migration.cloned()).collect();
    match newer.iter().rev().find(|entry| entry.applied.is_some()) {
        Some(newest) if !new.is_empty() => {
            Err(BaselineError::Newer { version: version.clone(), newest: newest.version.clone() })
        }
        _ => Ok(new),
    }
}

fn contradictions(entries: &[&Entry<'_>]) -> Result<(), BaselineError> {
    let disagreements: Vec<Disagreement> = entries.iter().filter_map(|entry| disagreement(entry)).collect();
    if !disagreements.is_empty() {
        return Err(BaselineError::Disagree(PlanError::Disagree(disagreements)));
    }
    let missing = entries.iter().filter(|entry| entry.state == State::Missing);
    let missing: Vec<Version> = missing.map(|entry| entry.version.clone()).collect();
    if missing.is_empty() { Ok(()) } else { Err(BaselineError::WithoutFile(missing)) }
}

fn disagreement(entry: &Entry<'_>) -> Option<Disagreement> {
    match (entry.state, entry.migration) {
        (State::Changed, Some(migration)) => Some(changed(entry, migration)),
        (State::Renumbered, _) => renumbered(entry),
        (State::PartiallyApplied | State::PartiallyReverted, _) => Some(unfinished(entry)),
        _ => None,
    }
}

fn versions(list: &[Version]) -> String {
    list.iter().map(Version::as_str).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::migration::{Direction, Progress};

    const ONE: &str = "-- migrate:up\nSELECT 1;\n";
    const OTHER: &str = "-- migrate:up\nSELECT 'other';\n";

    fn file(version: &str, text: &str) -> Migration {
        Migration::parse(Path::new(&format!("{version}_file.sql")), text.as_bytes()).unwrap()
    }

    fn row(version: &str) -> AppliedMigration {
        AppliedMigration::of(&file(version, &ONE.replace('1', version)))
    }

    /// What is recorded of four files, up to this version.
    fn recorded(history: &[AppliedMigration], version: &str) -> Result<String, String> {
        let files = ["1", "2", "3", "4"].map(|version| file(version, &ONE.replace('1', version)));
        let set = MigrationSet::new(files.to_vec()).unwrap();
        let new = baseline(&set, history, &version.parse().unwrap());
        let versions = |new: Vec<Migration>| -> Vec<String> {
            new.iter().map(|migration| migration.version.to_string()).collect()
        };
        new.map(|new| versions(new).join(" ")).map_err(|error| error.to_string())
    }

    #[test]
    fn all_up_to_the_version_are_recorded_and_none_after_it() {
        assert_eq!(recorded(&[], "0003").unwrap(), "1 2 3");
    }

    #[test]
    fn what_the_history_has_is_left_as_it_is() {
        assert_eq!(recorded(&[row("2")], "3").unwrap(), "1 3");
        assert_eq!(recorded(&[row("1"), row("2"), row("3"), row("4")], "2").unwrap(), "");
    }

    #[test]
    fn a_version_without_a_file_is_refused() {
        assert_eq!(recorded(&[], "9").unwrap_err(), "there is no file with the version 9");
    }

    #[test]
    fn what_is_applied_and_newer_is_a_contradiction() {
        let error = recorded(&[row("4")], "3").unwrap_err();
        assert_eq!(error, "4 is applied already, and is newer than 3");
    }

    #[test]
    fn what_is_applied_and_has_another_text_no_file_or_no_end_is_a_contradiction() {
        let changed = AppliedMigration::of(&file("1", OTHER));
        assert!(recorded(&[changed], "3").unwrap_err().contains("has changed since it was applied"));
        let of_another_project = AppliedMigration::of(&file("5", OTHER));
        let error = baseline(
            &MigrationSet::new(vec![file("9", ONE)]).unwrap(),
            &[of_another_project],
            &"9".parse().unwrap(),
        );
        assert_eq!(error.unwrap_err().to_string(), "applied, but without a file here: 5");
        let progress = Progress {
            direction: Direction::Up,
            done: 1,
            in_flight: false,
            total: 2,
            sql: None,
            backfill: None,
        };
        let half = AppliedMigration { progress: Some(progress), ..row("2") };
        assert!(recorded(&[half], "3").unwrap_err().contains("is half applied (1 of 2 statements)"));
    }
}
