//! What the commands answer that run halves, or show what they would run.

use serde::Serialize;

use super::{SeedRows, shown};
use crate::connect::DatabaseName;
use crate::migration::sql::secrets::masked;
use crate::migration::{Direction, Held, NothingToDo, Passed, Plan, Step, TransactionMode, Version};
use crate::postgres::StepReport;

/// Halves that were run.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct RunReport {
    /// The database.
    #[serde(flatten)]
    pub database: DatabaseName,
    /// Migrations or seeds.
    pub subject: StatusSubject,
    /// Which way.
    pub direction: Direction,
    /// How long all of it took, in milliseconds.
    pub execution_ms: u64,
    /// The halves, in the order in which they ran.
    pub steps: Vec<StepReport>,
    /// What comments of seeds have made.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rows: Vec<SeedRows>,
    /// Applied versions without a file.
    pub missing: Vec<Version>,
    /// Why nothing was run, where that is so.
    pub nothing: Option<Nothing>,
    /// Deferred backfills that were passed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(test, schemars(default))]
    pub deferred: Vec<Passed>,
    /// What comes next, and has to wait for another migration.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub held: Option<Held>,
}

/// Why nothing was run, or would be.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Nothing {
    /// Why.
    #[serde(flatten)]
    pub why: NothingToDo,
    /// The folder with the files.
    pub folder: String,
}

/// What a run is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum StatusSubject {
    /// Migrations.
    Migrations,
    /// Seeds.
    Seeds,
}

impl StatusSubject {
    /// What one of them is called.
    pub fn noun(self) -> &'static str {
        match self {
            StatusSubject::Migrations => "migration",
            StatusSubject::Seeds => "seed",
        }
    }
}

/// Halves that would be run.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct PlanReport {
    /// The database.
    #[serde(flatten)]
    pub database: DatabaseName,
    /// The halves, in order.
    pub plan: Vec<PlannedStep>,
    /// Why nothing would be run, where that is so.
    pub nothing: Option<Nothing>,
    /// Deferred backfills that would be passed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(test, schemars(default))]
    pub deferred: Vec<Passed>,
    /// What comes next, and has to wait for another migration.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub held: Option<Held>,
}

/// A half that would be run.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct PlannedStep {
    /// Up or down.
    pub direction: Direction,
    /// The version.
    pub version: Version,
    /// The name.
    pub name: String,
    /// The file; `None` when the half is kept in the history.
    pub file: Option<String>,
    /// Whether it runs as one transaction.
    pub transaction: bool,
    /// What an interrupted run has done of it.
    pub statements_done: usize,
    /// The statements.
    pub statements: Vec<PlannedStatement>,
    /// The whole half, as it stands in the file, with secrets masked.
    #[serde(skip)]
    pub sql: String,
}

/// A statement that would be run.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct PlannedStatement {
    /// Where it begins, from 1.
    pub line: usize,
    /// In characters, from 1.
    pub column: usize,
    /// The statement, with secrets masked.
    pub sql: String,
    /// How many bytes of data follow it (COPY … FROM stdin).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub copy_bytes: Option<u64>,
}

impl PlanReport {
    /// From a plan.
    pub fn new(database: DatabaseName, plan: &Plan, nothing: Option<Nothing>) -> PlanReport {
        PlanReport {
            database,
            plan: plan.steps.iter().map(planned).collect(),
            nothing,
            deferred: plan.deferred.clone(),
            held: plan.held.clone(),
        }
    }
}

fn planned(step: &Step) -> PlannedStep {
    let half = step.half();
    let statements = half
        .statements()
        .iter()
        .map(|statement| {
            let place = statement.location;
            PlannedStatement {
                line: place.line,
                column: place.column,
                sql: masked(half.text(statement)).into_owned(),
                copy_bytes: half.data_length(statement),
            }
        })
        .collect();
    PlannedStep {
        direction: step.direction(),
        version: step.version().clone(),
        name: step.name().to_owned(),
        file: step.path().map(shown),
        transaction: half.mode() == TransactionMode::Transactional,
        statements_done: step.done(),
        statements,
        sql: masked(half.body()).into_owned(),
    }
}
