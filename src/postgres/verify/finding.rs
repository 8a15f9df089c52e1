//! What verifying says of a migration.

use std::path::PathBuf;

use crate::catalog::{Difference, DifferenceClass, Identity, Strictness};
use crate::migration::{Migration, Version};
use crate::postgres::failure::RunFailure;
use crate::postgres::sql_error::SqlError;

/// What verifying says of one migration.
#[derive(Debug)]
pub struct VerifyFinding {
    /// The version.
    pub version: Version,
    /// The name.
    pub name: String,
    /// The file.
    pub path: PathBuf,
    /// The line of its down half, from 1; of its up half when there is no down half.
    pub line: usize,
    /// Tables and columns that the up half drops: their data do not come back.
    pub loses: Vec<Identity>,
    /// What came of trying it.
    pub round_trip: RoundTrip,
}

/// What came of up, down and up again.
#[derive(Debug)]
pub enum RoundTrip {
    /// All three ran.
    Ran {
        /// How what the down half left differs from what was before the up half.
        down: Difference,
        /// How what the second up made differs from what the first made.
        again: Difference,
    },
    /// The down half fails.
    DownFails(Box<RunFailure>),
    /// The down half runs, but then the up half does not.
    UpAgainFails {
        /// What the down half left otherwise.
        down: Difference,
        /// Why the up half fails.
        failure: Box<RunFailure>,
    },
    /// There is no down half, or nothing in it.
    Irreversible,
}

/// The result in a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The down half is the exact reverse of the up half.
    Exact,
    /// Columns stand in another order: nothing else differs.
    #[serde(rename = "column_order_differs")]
    ColumnOrder,
    /// White space and comments differ: nothing else does, but perhaps the order of columns.
    #[serde(rename = "layout_differs")]
    Layout,
    /// The down half does not bring back what was.
    NotReversed,
    /// The up half makes something else the second time.
    UpAgainDiffers,
    /// The down half fails.
    DownFails,
    /// After the down half, the up half fails.
    UpAgainFails,
    /// There is no down half.
    Irreversible,
}

impl VerifyFinding {
    /// The result in a word.
    pub fn verdict(&self) -> Verdict {
        match &self.round_trip {
            RoundTrip::DownFails(_) => Verdict::DownFails,
            RoundTrip::UpAgainFails { down, .. } if down.counts(Strictness::Default) => Verdict::NotReversed,
            RoundTrip::UpAgainFails { .. } => Verdict::UpAgainFails,
            RoundTrip::Irreversible => Verdict::Irreversible,
            RoundTrip::Ran { down, again } => match down.class().max(again.class()) {
                None => Verdict::Exact,
                Some(DifferenceClass::ColumnOrder) => Verdict::ColumnOrder,
                Some(DifferenceClass::Cosmetic) => Verdict::Layout,
                Some(DifferenceClass::Structural) if down.counts(Strictness::Default) => Verdict::NotReversed,
                Some(DifferenceClass::Structural) => Verdict::UpAgainDiffers,
            },
        }
    }

    /// Whether it is a failure: the small differences and the loss of data are with [`Strictness::Strict`] only.
    pub fn fails(&self, strictness: Strictness) -> bool {
        match self.verdict() {
            Verdict::Exact | Verdict::Irreversible => {
                strictness == Strictness::Strict && !self.loses.is_empty()
            }
            Verdict::ColumnOrder | Verdict::Layout => strictness == Strictness::Strict,
            Verdict::NotReversed | Verdict::UpAgainDiffers | Verdict::DownFails | Verdict::UpAgainFails => {
                true
            }
        }
    }

    /// Why a half fails, where one does.
    pub fn failure(&self) -> Option<&RunFailure> {
        match &self.round_trip {
            RoundTrip::DownFails(failure) | RoundTrip::UpAgainFails { failure, .. } => Some(failure),
            RoundTrip::Ran { .. } | RoundTrip::Irreversible => None,
        }
    }

    /// What the server said, where a half fails.
    pub fn server_error(&self) -> Option<&SqlError> {
        self.failure().and_then(|failure| failure.cause.server_error())
    }

    /// Whether a catalog was not what it should have been.
    pub(super) fn differs(&self) -> bool {
        [self.down(), self.again()].into_iter().flatten().any(|difference| !difference.is_empty())
    }

    /// What the down half left otherwise.
    pub fn down(&self) -> Option<&Difference> {
        match &self.round_trip {
            RoundTrip::Ran { down, .. } | RoundTrip::UpAgainFails { down, .. } => Some(down),
            RoundTrip::DownFails(_) | RoundTrip::Irreversible => None,
        }
    }

    /// What the second up made otherwise.
    pub fn again(&self) -> Option<&Difference> {
        match &self.round_trip {
            RoundTrip::Ran { again, .. } => Some(again),
            _ => None,
        }
    }
}

/// What came of undoing everything, newest first.
#[derive(Debug)]
pub enum AllDown {
    /// It was undone down to this version, which stays (an irreversible one); `None` when nothing stays.
    Undone {
        /// The version.
        to: Option<Version>,
        /// How what is left differs from what was there on the way up.
        difference: Difference,
    },
    /// A down half fails that has not failed by itself.
    Fails(Box<RunFailure>),
    /// It was not tried, since down halves are known to be wrong, or only some of the migrations are verified.
    NotTried,
}

/// What came of applying the seeds and taking them out again.
#[derive(Debug)]
pub enum SeedsTrial {
    /// They were applied and taken out.
    Ran {
        /// Tables that have other numbers of rows than before.
        leftovers: Vec<Leftover>,
    },
    /// One of their halves fails.
    Fails(Box<RunFailure>),
    /// A backfill of the migrations fails on their rows.
    BackfillFails(Box<RunFailure>),
    /// They have no down halves, or some of them have not.
    Irreversible,
}

/// A table that does not hold as many rows as before.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Leftover {
    /// The table, qualified and quoted.
    pub table: String,
    /// Its rows before the seeds.
    pub before: u64,
    /// Its rows now.
    pub after: u64,
}

impl AllDown {
    /// Whether it is a failure.
    pub fn fails(&self, strictness: Strictness) -> bool {
        match self {
            AllDown::Undone { difference, .. } => difference.counts(strictness),
            AllDown::Fails(_) => true,
            AllDown::NotTried => false,
        }
    }
}

impl SeedsTrial {
    /// Whether it is a failure.
    pub fn fails(&self) -> bool {
        match self {
            SeedsTrial::Ran { leftovers } => !leftovers.is_empty(),
            SeedsTrial::Fails(_) | SeedsTrial::BackfillFails(_) => true,
            SeedsTrial::Irreversible => false,
        }
    }
}

pub(super) fn finding(migration: &Migration, loses: Vec<Identity>, round_trip: RoundTrip) -> VerifyFinding {
    let half = migration.down.as_ref().unwrap_or(&migration.up);
    VerifyFinding {
        version: migration.version.clone(),
        name: migration.name.clone(),
        path: migration.path.clone(),
        line: half.locate(half.start()).line,
        loses,
        round_trip,
    }
}
