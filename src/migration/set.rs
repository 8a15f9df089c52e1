//! All migrations of a folder, in order.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::Value;
use thiserror::Error;

use super::other_tool::WHAT_IS_EXPECTED;
use super::sql::follow_table_names;
use super::{FileError, Migration, Version};
use crate::diagnosis::{Diagnose, Diagnosis};

/// Migrations in ascending order of their versions, each version once.
#[derive(Debug, Clone, Default)]
pub struct MigrationSet {
    migrations: Vec<Migration>,
    warnings: Vec<String>,
}

/// Why a folder could not be read as a set of migrations.
#[derive(Debug, Error)]
pub enum FolderError {
    /// The folder does not exist, or is not a folder.
    #[error("there is no folder {}", dir.display())]
    NoFolder {
        /// The folder.
        dir: PathBuf,
        /// One with migrations that is called the same, above the current folder.
        above: Option<PathBuf>,
    },
    /// A file or folder could not be read.
    #[error("{}: {source}", path.display())]
    Unreadable {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Two files have the same version number.
    #[error("{} and {} have the same version, {}", first.display(), second.display(), version.unpadded())]
    Duplicate {
        /// The version, as the second file writes it.
        version: Version,
        /// The file that comes first.
        first: PathBuf,
        /// The other one.
        second: PathBuf,
    },
    /// There are SQL files, and all of them were skipped for their names.
    #[error("{} of pmdb: {reason}", none_of(*count, dir))]
    AllSkipped {
        /// The folder.
        dir: PathBuf,
        /// How many files there are.
        count: usize,
        /// Whose format one of them has, or what is wrong with its name.
        reason: String,
    },
    /// Files that break the rules of the format: every one that does, in order.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Files(Vec<FileError>),
}

impl Diagnose for FolderError {
    fn diagnosis(&self) -> Diagnosis {
        let files = Diagnosis::of(self, "files").without_database();
        match self {
            FolderError::NoFolder { above, .. } => files.hint(which_folder(above.as_deref())),
            FolderError::Unreadable { .. } => files,
            FolderError::Duplicate { .. } => {
                files.hint("give one of them another number: leading zeros do not count")
            }
            FolderError::AllSkipped { .. } => files.hint(WHAT_IS_EXPECTED),
            FolderError::Files(errors) => {
                let list: Vec<Value> = errors.iter().map(FileError::for_programs).collect();
                let files = match errors.as_slice() {
                    [error] => files.at(error.place(), error.kind.to_string()),
                    _ => files,
                };
                files
                    .headlines(errors.iter().map(FileError::headline).collect())
                    .hint_if(common_hint(errors))
                    .detail("files", &list)
            }
        }
    }
}

/// What to type where no migration was found; `above` is a folder that has some.
pub(crate) fn which_folder(above: Option<&Path>) -> String {
    match above {
        Some(above) => format!("there are migrations in {0}: `--dir {0}`", above.display()),
        None => "name the folder with --dir (or PMDB_DIR), or write a first migration with `pmdb new NAME`"
            .to_owned(),
    }
}

/// The hint of all, where they have the same one.
fn common_hint(errors: &[FileError]) -> Option<String> {
    let mut hints = errors.iter().map(FileError::hint);
    let first = hints.next()?;
    hints.all(|hint| hint == first).then_some(first)?
}

fn none_of(count: usize, dir: &Path) -> String {
    match count {
        1 => format!("the one SQL file in {} is no migration", dir.display()),
        _ => format!("none of the {count} SQL files in {} is a migration", dir.display()),
    }
}

impl MigrationSet {
    /// Sorts migrations by version. Warnings of the files come first in [`MigrationSet::warnings`].
    ///
    /// # Errors
    /// [`FolderError::Duplicate`] when two have the same number.
    pub fn new(mut migrations: Vec<Migration>) -> Result<MigrationSet, FolderError> {
        migrations.sort_by(|a, b| a.version.cmp(&b.version).then_with(|| a.path.cmp(&b.path)));
        for pair in migrations.windows(2) {
            let [first, second] = pair else { continue };
            if first.version == second.version {
                return Err(FolderError::Duplicate {
                    version: second.version.clone(),
                    first: first.path.clone(),
                    second: second.path.clone(),
                });
            }
        }
        let warnings = migrations
            .iter()
            .flat_map(|migration| {
                migration.warnings.iter().map(|warning| {
                    format!("{}:{}: {}", migration.path.display(), warning.location, warning.message)
                })
            })
            .collect();
        Ok(MigrationSet { migrations, warnings })
    }

    /// Adds a warning that belongs to the folder, not to a file of the set.
    pub fn with_warnings(mut self, warnings: Vec<String>) -> MigrationSet {
        self.warnings.extend(warnings);
        self
    }

    /// The migrations, lowest version first.
    pub fn migrations(&self) -> &[Migration] {
        &self.migrations
    }

    /// The migration with this number.
    pub fn get(&self, version: &Version) -> Option<&Migration> {
        let index = self.migrations.binary_search_by(|migration| migration.version.cmp(version)).ok()?;
        self.migrations.get(index)
    }

    /// What the tables and views are called that are there after the last migration, by the words of the files.
    pub fn table_names(&self) -> BTreeSet<String> {
        let mut names = BTreeSet::new();
        for half in self.migrations.iter().map(|migration| &migration.up) {
            for statement in half.statements() {
                follow_table_names(half.text(statement), &mut names);
            }
        }
        names
    }

    /// Things worth saying that stop nothing.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }
}
