//! What commands answer, as plain data. `output` renders it as text or as JSON; the JSON is documented in
//! `docs/json.md`.

mod baseline;
mod fill;
mod impact;
mod run;
mod schema;
mod verify;

pub use baseline::{BaselineComparison, BaselineReport, RecordedMigration};
pub use fill::{FillReport, FilledTable, RestoreReport, SeedRows, ShapeReport};
pub use impact::{BackfillEstimate, BlockedRelation, FileImpact, ImpactReport, RelationSize, SizedWork};
pub use run::{Nothing, PlanReport, PlannedStatement, PlannedStep, RunReport, StatusSubject};
pub use schema::{AroundSchema, ComparedSchemas, SchemaMigration, SchemaReport};
pub use verify::{AllDownReport, HalfError, SeedsReport, VerifiedMigration, VerifyReport};

use std::path::Path;
use std::process::ExitCode;

use clap_complete::Shell;
use serde::Serialize;

use crate::advise::{Advice, Rule};
use crate::catalog::Difference;
use crate::cli::DryRun;
use crate::connect::DatabaseName;
use crate::exit::Exit;
use crate::migration::{BackfillProgress, Passed, Renumbering, State, Version};
use crate::postgres::{Resolution, Resolved};

/// The answer of a command.
#[derive(Debug)]
pub enum Report {
    /// Halves were run.
    Run(RunReport),
    /// Halves would be run.
    Plan(PlanReport),
    /// What would happen to the database.
    Impact(ImpactReport),
    /// Where things stand.
    Status(StatusReport),
    /// What is there.
    Schema(SchemaReport),
    /// A file was written.
    New(NewReport),
    /// A changed file was accepted.
    Accept(AcceptReport),
    /// A person has said what became of a statement.
    Resolve(ResolveReport),
    /// Migrations were recorded as applied.
    Baseline(BaselineReport),
    /// Applied migrations got the numbers that their files have.
    Renumber(RenumberReport),
    /// Tables were filled.
    Fill(FillReport),
    /// The shape of a database was written.
    Shape(ShapeReport),
    /// What was put off is back.
    Restore(RestoreReport),
    /// The findings of the rules.
    Advise(AdviseReport),
    /// A database was created or dropped.
    Database(DatabaseReport),
    /// What differs between two databases.
    Diff(DiffReport),
    /// What was changed by hand.
    Drift(DriftReport),
    /// Whether down halves reverse their up halves.
    Verify(VerifyReport),
    /// The server answers.
    Wait(WaitReport),
    /// A rule of `advise`, to be explained.
    Rule(Rule),
    /// A rule of `plan`, to be explained.
    ImpactRule(crate::impact::PlanRule),
    /// A project was begun.
    Init(InitReport),
    /// The private server has ended.
    Dev(DevReport),
    /// A completion script is wanted.
    Completions(Shell),
    /// What tables are called, for a completion script.
    TableNames(Vec<String>),
    /// Man pages were written.
    Man(ManReport),
}

/// A path as people and programs see it: JSON has no way to hold one that is not UTF-8.
pub(super) fn shown(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

impl RenumberReport {
    /// From what was renumbered, or would be.
    pub fn new(database: DatabaseName, dry_run: DryRun, renumberings: Vec<Renumbering>) -> RenumberReport {
        let renumbered =
            |Renumbering { from, to, name, path }| Renumbered { from, to, name, file: shown(&path) };
        RenumberReport {
            database,
            dry_run: dry_run == DryRun::Yes,
            renumbered: renumberings.into_iter().map(renumbered).collect(),
        }
    }
}

/// Where things stand.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct StatusReport {
    /// The database.
    #[serde(flatten)]
    pub database: DatabaseName,
    /// The history table.
    pub table: String,
    /// Whether somebody has named the history table, and it is not there.
    #[serde(skip)]
    pub names_no_table: bool,
    /// The folder with the files.
    pub folder: String,
    /// Whether `--check` was given: what is pending decides how the command ends.
    pub checks: bool,
    /// How many are wholly applied.
    pub applied: usize,
    /// How many `up` would run.
    pub pending: usize,
    /// Every version, lowest first.
    pub migrations: Vec<StatusRow>,
}

/// Where a migration stands.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct StatusRow {
    /// The version.
    pub version: Version,
    /// The name.
    pub name: String,
    /// Where it stands.
    pub state: State,
    /// Of a renumbered one: the version that it was applied as.
    pub applied_as: Option<Version>,
    /// Whether it has a down half.
    pub reversible: bool,
    /// The file, if there is one.
    pub file: Option<String>,
    /// When it was applied, in UTC.
    pub applied_at: Option<String>,
    /// By which role.
    pub applied_by: Option<String>,
    /// How long it took.
    pub execution_ms: Option<i64>,
    /// Of a half that is not finished: statements done.
    pub statements_done: Option<usize>,
    /// Of a half that is not finished: statements in all.
    pub statements_total: Option<usize>,
    /// Whether it is a backfill that `up` passes and `up --backfills` runs.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[cfg_attr(test, schemars(default))]
    pub deferred: bool,
    /// Of a backfill that is not finished: how far it has come.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backfill: Option<BackfillShare>,
}

/// How far a backfill has come.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct BackfillShare {
    /// How many rows of the table it has passed.
    pub rows: u64,
    /// About how many rows there were when it began.
    pub of: Option<u64>,
    /// How much of the table that is.
    pub percent: Option<u64>,
}

impl BackfillShare {
    /// From what the history says.
    pub fn of(progress: &BackfillProgress) -> BackfillShare {
        BackfillShare { rows: progress.rows, of: progress.of, percent: progress.percent() }
    }
}

/// A file that was written.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct NewReport {
    /// The file.
    pub file: String,
    /// Its version.
    pub version: Version,
}

/// A changed file that was accepted.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct AcceptReport {
    /// The database.
    #[serde(flatten)]
    pub database: DatabaseName,
    /// The version.
    pub version: Version,
    /// The name.
    pub name: String,
    /// The file.
    pub file: String,
    /// What the history had, against what the file has; `None` when the history did not keep the text.
    pub difference: Option<String>,
}

/// What a person has said of a statement that was running when a run broke off.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ResolveReport {
    /// The database.
    #[serde(flatten)]
    pub database: DatabaseName,
    /// The version.
    pub version: Version,
    /// The name.
    pub name: String,
    /// The number of the statement, from 1.
    pub statement: usize,
    /// How many the half has.
    pub statements: usize,
    /// How the statement begins.
    pub sql: String,
    /// `done` or `again`.
    pub resolution: &'static str,
}

impl ResolveReport {
    /// From what was recorded.
    pub fn new(database: DatabaseName, resolved: Resolved, resolution: Resolution) -> ResolveReport {
        ResolveReport {
            database,
            version: resolved.version,
            name: resolved.name,
            statement: resolved.statement,
            statements: resolved.total,
            sql: resolved.sql,
            resolution: match resolution {
                Resolution::Done => "done",
                Resolution::Again => "again",
            },
        }
    }
}

/// Applied migrations that got the numbers that their files have.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct RenumberReport {
    /// The database.
    #[serde(flatten)]
    pub database: DatabaseName,
    /// Whether it was only to be shown.
    pub dry_run: bool,
    /// Each of them: the one that was asked for, and those that were in its way.
    pub renumbered: Vec<Renumbered>,
}

/// A migration that got another number.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Renumbered {
    /// The version that it was applied as.
    pub from: Version,
    /// The version that it has now.
    pub to: Version,
    /// The name.
    pub name: String,
    /// The file.
    pub file: String,
}

/// The findings of the rules.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct AdviseReport {
    /// The database.
    #[serde(flatten)]
    pub database: DatabaseName,
    /// Whether `--check` was given: what is pending decides how the command ends.
    pub checks: bool,
    /// What was found, rule by rule.
    pub findings: Vec<Advice>,
    /// How many findings more were to be ignored.
    pub ignored: usize,
}

/// A database that was created or dropped.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct DatabaseReport {
    /// Its name.
    #[serde(flatten)]
    pub database: DatabaseName,
    /// What was done.
    pub action: DatabaseAction,
    /// How many sessions were ended for it, where that was allowed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sessions_ended: Option<u64>,
}

/// What was done with a database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum DatabaseAction {
    /// It was created.
    Created,
    /// It was there.
    ExistedAlready,
    /// It was dropped.
    Dropped,
    /// It was not there.
    DidNotExist,
}

/// What differs between two databases.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct DiffReport {
    /// The first one.
    pub before: String,
    /// The second one.
    pub after: String,
    /// Whether a difference counts.
    pub differs: bool,
    /// What differs.
    pub differences: Difference,
    /// How many objects more differ and were to be ignored.
    pub ignored: usize,
}

/// What was changed by hand.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct DriftReport {
    /// The database.
    #[serde(flatten)]
    pub database: DatabaseName,
    /// How many migrations are applied.
    pub applied: usize,
    /// Those of which the history, not a file, says what ran.
    pub from_history: Vec<Version>,
    /// Backfills that are not finished: they are left out, since they change rows alone.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(test, schemars(default))]
    pub unfinished_backfills: Vec<Passed>,
    /// Whether a difference counts.
    pub differs: bool,
    /// What makes the database another one than the migrations built.
    pub differences: Difference,
    /// How many objects more differ and were to be ignored.
    pub ignored: usize,
}

/// The server answers.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct WaitReport {
    /// The database.
    #[serde(flatten)]
    pub database: DatabaseName,
    /// How long it took, in milliseconds.
    pub waited_ms: u64,
}

/// A project that was begun.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct InitReport {
    /// The files that were written.
    pub files: Vec<String>,
}

/// Man pages that were written.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ManReport {
    /// The files.
    pub files: Vec<String>,
}

/// A private server that has ended.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct DevReport {
    /// The URL it had.
    pub url: String,
    /// The exit code of the application that ran with it.
    #[serde(skip)]
    pub exit_code: Option<u8>,
}

impl Report {
    /// How the command ends, for the shell: an application that it has run has the last word.
    pub fn exit_code(&self) -> ExitCode {
        match self {
            Report::Dev(DevReport { exit_code: Some(code), .. }) => ExitCode::from(*code),
            _ => self.exit().into(),
        }
    }

    /// How the command ends, for programs.
    pub fn exit(&self) -> Exit {
        match self {
            Report::Status(status) if status.checks => status.exit(),
            Report::Run(run) if run.held.is_some() => Exit::Pending,
            Report::Advise(advise) if advise.checks && !advise.findings.is_empty() => Exit::Pending,
            Report::Impact(impact) if impact.checks && !impact.is_harmless() => Exit::Pending,
            Report::Drift(drift) if drift.differs => Exit::Disagreement,
            Report::Diff(diff) if diff.differs => Exit::Disagreement,
            Report::Verify(verify) if verify.failed => Exit::Failed,
            _ => Exit::Done,
        }
    }
}

impl StatusReport {
    fn exit(&self) -> Exit {
        let disagrees =
            |row: &StatusRow| matches!(row.state, State::Changed | State::OutOfOrder | State::Renumbered);
        if self.migrations.iter().any(disagrees) {
            Exit::Disagreement
        } else if self.pending > 0 {
            Exit::Pending
        } else {
            Exit::Done
        }
    }
}
