//! What `fill` has done.

use serde::Serialize;

use crate::connect::DatabaseName;
use crate::migration::Version;
use crate::postgres::load::PutOff;

/// What `fill` has done, or would do.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct FillReport {
    /// The database.
    #[serde(flatten)]
    pub database: DatabaseName,
    /// Whether nothing was written.
    pub dry_run: bool,
    /// What the rows depend on.
    pub seed: u64,
    /// The tables that have new rows, those that others refer to first.
    pub tables: Vec<FilledTable>,
    /// What was put off, and is back.
    pub put_off: PutOff,
    /// How long it took, in milliseconds.
    pub execution_ms: u64,
}

/// A table with new rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct FilledTable {
    /// Which, with its schema unless that is `public`.
    pub table: String,
    /// How many.
    pub rows: u64,
}

/// The rows that comments of a seed have made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct SeedRows {
    /// The version of the seed.
    pub version: Version,
    /// The name of the seed.
    pub name: String,
    /// The tables that have new rows.
    pub tables: Vec<FilledTable>,
    /// How long it took, in milliseconds.
    pub execution_ms: u64,
}

/// What was put off is back.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct RestoreReport {
    /// The database.
    #[serde(flatten)]
    pub database: DatabaseName,
    /// The tables that were emptied first, with their schemas.
    pub emptied: Vec<String>,
    /// How much came back; nothing where nothing was missing.
    pub restored: PutOff,
}

/// The shape of a database was written.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ShapeReport {
    /// The database.
    #[serde(flatten)]
    pub database: DatabaseName,
    /// The file.
    pub file: String,
    /// How many tables are in it.
    pub tables: usize,
}
