use serde::Serialize;

use super::shown;
use crate::catalog::Difference;
use crate::cli::DryRun;
use crate::connect::DatabaseName;
use crate::migration::{Migration, Version};
use crate::postgres::OtherHistory;

/// Migrations that were recorded as applied, without running them.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct BaselineReport {
    /// The database.
    #[serde(flatten)]
    pub database: DatabaseName,
    /// The version up to which they were.
    pub version: Version,
    /// Whether it was only to be shown.
    pub dry_run: bool,
    /// Each of them.
    pub recorded: Vec<RecordedMigration>,
    /// What makes the database another one than the files build; `None` when that was not compared.
    pub differences: Option<Difference>,
    /// How many objects more differ and were to be ignored.
    pub ignored: usize,
    /// Why it could not be compared, where that was no reason to stop.
    pub not_compared: Option<String>,
    /// Tables in which other tools record what they have applied: they are not compared.
    pub left_out: Vec<String>,
}

/// A migration that was recorded as applied.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct RecordedMigration {
    /// The version.
    pub version: Version,
    /// The name.
    pub name: String,
    /// The file.
    pub file: String,
}

/// What came of comparing a database with what the files build.
#[derive(Debug)]
pub enum BaselineComparison {
    /// These objects differ, and others that were to be ignored.
    Made {
        /// The differences.
        differences: Difference,
        /// How many more.
        ignored: usize,
    },
    /// It could not be made, for this reason.
    Failed(String),
}

impl BaselineReport {
    /// Of a database in which everything is recorded already.
    pub fn new(database: DatabaseName, version: &Version, dry_run: DryRun) -> BaselineReport {
        BaselineReport {
            database,
            version: version.clone(),
            dry_run: dry_run == DryRun::Yes,
            recorded: Vec::new(),
            differences: None,
            ignored: 0,
            not_compared: None,
            left_out: Vec::new(),
        }
    }

    /// Adds what came of the comparison.
    pub fn compared(&mut self, others: &[OtherHistory], comparison: BaselineComparison) {
        self.left_out = others.iter().map(|other| other.table().to_string()).collect();
        match comparison {
            BaselineComparison::Made { differences, ignored } => {
                self.differences = Some(differences);
                self.ignored = ignored;
            }
            BaselineComparison::Failed(reason) => self.not_compared = Some(reason),
        }
    }

    /// Adds what was recorded, or would be.
    pub fn recorded(&mut self, migrations: &[Migration]) {
        self.recorded = migrations
            .iter()
            .map(|migration| RecordedMigration {
                version: migration.version.clone(),
                name: migration.name.clone(),
                file: shown(&migration.path),
            })
            .collect();
    }
}
