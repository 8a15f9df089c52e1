//! What `pmdb schema` answers.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::advise::Advice;
use crate::catalog::Difference;
use crate::catalog::schema::{Changes, DisplayName, Schema};
use crate::connect::DatabaseName;
use crate::migration::Version;

/// What is there.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct SchemaReport {
    /// The database; none where it is what files build.
    #[serde(flatten)]
    pub database: Option<DatabaseName>,
    /// The folder with the files that build it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub files: Option<String>,
    /// Its schema.
    #[serde(flatten)]
    pub schema: Schema,
    /// What it is called: as the database, or as the project that the files belong to.
    #[serde(skip)]
    pub name: String,
    /// What is to stand above a picture instead.
    #[serde(skip)]
    pub title: Option<String>,
    /// What a page tells beside the schema.
    #[serde(skip)]
    pub around: AroundSchema,
    /// Where it is two schemas in one: how they differ.
    #[serde(skip)]
    pub compared: Option<ComparedSchemas>,
}

/// How two schemas differ.
#[derive(Debug)]
pub struct ComparedSchemas {
    /// The first.
    pub before: String,
    /// The second.
    pub after: String,
    /// What is to be marked.
    pub changes: Changes,
    /// Every object that differs, also those that no picture shows.
    pub differences: Difference,
}

/// What a page tells beside the schema.
#[derive(Debug, Default)]
pub struct AroundSchema {
    /// The migrations, in the order in which they run.
    pub migrations: Vec<SchemaMigration>,
    /// What the rules of advise have found.
    pub findings: Vec<Advice>,
}

/// A migration, and what it had to do with.
#[derive(Debug)]
pub struct SchemaMigration {
    /// The version.
    pub version: Version,
    /// The name.
    pub name: String,
    /// When it was applied, in UTC.
    pub applied_at: Option<String>,
    /// By which role.
    pub applied_by: Option<String>,
    /// The tables that it touched, by the names that they have now.
    pub tables: BTreeSet<DisplayName>,
}
