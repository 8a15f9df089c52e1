//! What `fill` answers.

use serde::Serialize;

use crate::connect::DatabaseName;
use crate::postgres::load::PutOff;

/// What was put off is back.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct RestoreReport {
    /// The database.
    #[serde(flatten)]
    pub database: DatabaseName,
    /// How much came back; nothing where nothing was missing.
    pub restored: PutOff,
}
