//! What `pmdb verify` answers.

use std::time::Duration;

use serde::Serialize;

use super::shown;
use crate::catalog::{Difference, Identity, Strictness};
use crate::diagnosis::FileLocation;
use crate::migration::Version;
use crate::postgres::RunFailure;
use crate::postgres::verify::{AllDown, Leftover, SeedsTrial, Verdict, Verified, VerifyFinding};

/// Whether down halves reverse their up halves.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct VerifyReport {
    /// Whether anything in it is a failure.
    pub failed: bool,
    /// How long it took, in milliseconds.
    pub verified_ms: u64,
    /// Each migration, in order.
    pub migrations: Vec<VerifiedMigration>,
    /// What came of undoing all of them.
    pub all_down: AllDownReport,
    /// What came of the seeds; `None` when they were not tried.
    pub seeds: Option<SeedsReport>,
}

/// What verifying says of a migration.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct VerifiedMigration {
    /// The version.
    pub version: Version,
    /// The name.
    pub name: String,
    /// The file.
    pub file: String,
    /// The line of its down half; of its up half when it has none.
    pub line: usize,
    /// The result.
    pub verdict: Verdict,
    /// Whether that is a failure.
    pub failed: bool,
    /// How what the down half leaves differs from what was before.
    pub differences: Difference,
    /// How what the second up makes differs from what the first makes.
    pub differences_again: Difference,
    /// The tables and columns that the up half drops, with their data.
    pub loses: Vec<Identity>,
    /// Why a half fails.
    pub error: Option<HalfError>,
}

/// Why a half fails.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct HalfError {
    /// What happened.
    pub message: String,
    /// Where.
    pub location: FileLocation,
    /// The code of the error.
    pub sqlstate: Option<String>,
}

/// What came of undoing all of them.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum AllDownReport {
    /// Down halves were run, newest first.
    Undone {
        /// The version that stays, an irreversible one.
        to: Option<Version>,
        /// How what is left differs from what was.
        differences: Difference,
        /// Whether that is a failure.
        failed: bool,
    },
    /// A down half fails.
    Fails {
        /// Why.
        error: HalfError,
    },
    /// It was not tried.
    NotTried,
}

/// What came of the seeds.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum SeedsReport {
    /// They were applied and taken out.
    Ran {
        /// Tables that do not hold as many rows as before.
        leftovers: Vec<Leftover>,
    },
    /// A half fails.
    Fails {
        /// Why.
        error: HalfError,
    },
    /// A backfill of the migrations fails on their rows.
    BackfillFails {
        /// Why.
        error: HalfError,
    },
    /// Some have no down half.
    Irreversible,
}

impl VerifyReport {
    /// From what was found.
    pub fn new(verified: &Verified, strictness: Strictness, took: Duration) -> VerifyReport {
        VerifyReport {
            failed: verified.fails(strictness),
            verified_ms: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
            migrations: verified.findings.iter().map(|finding| migration(finding, strictness)).collect(),
            all_down: all_down(&verified.all_down, strictness),
            seeds: verified.seeds.as_ref().map(seeds),
        }
    }
}

fn migration(finding: &VerifyFinding, strictness: Strictness) -> VerifiedMigration {
    VerifiedMigration {
        version: finding.version.clone(),
        name: finding.name.clone(),
        file: shown(&finding.path),
        line: finding.line,
        verdict: finding.verdict(),
        failed: finding.fails(strictness),
        differences: finding.down().cloned().unwrap_or_default(),
        differences_again: finding.again().cloned().unwrap_or_default(),
        loses: finding.loses.clone(),
        error: finding.failure().map(half_error),
    }
}

fn half_error(failure: &RunFailure) -> HalfError {
    HalfError {
        message: failure.to_string(),
        location: FileLocation::new(&failure.step.path, failure.cause.place().map(|place| place.location)),
        sqlstate: failure.cause.server_error().and_then(|error| error.sqlstate.clone()),
    }
}

fn all_down(all_down: &AllDown, strictness: Strictness) -> AllDownReport {
    match all_down {
        AllDown::Undone { to, difference } => AllDownReport::Undone {
            to: to.clone(),
            differences: difference.clone(),
            failed: all_down.fails(strictness),
        },
        AllDown::Fails(failure) => AllDownReport::Fails { error: half_error(failure) },
        AllDown::NotTried => AllDownReport::NotTried,
    }
}

fn seeds(seeds: &SeedsTrial) -> SeedsReport {
    match seeds {
        SeedsTrial::Ran { leftovers } => SeedsReport::Ran { leftovers: leftovers.clone() },
        SeedsTrial::Fails(failure) => SeedsReport::Fails { error: half_error(failure) },
        SeedsTrial::BackfillFails(failure) => SeedsReport::BackfillFails { error: half_error(failure) },
        SeedsTrial::Irreversible => SeedsReport::Irreversible,
    }
}
