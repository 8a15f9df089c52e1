//! Each operation, pending on a database with a few rows, as `pmdb plan` sees it.

use std::sync::LazyLock;

use serde_json::Value;

use super::OPERATIONS;
use super::operation::{Operation, Run, rows, setup};
use super::world::server;
use crate::support::{Database, Project, side_by_side};

/// Enough for a recipe to have something to do.
const ROWS: u32 = 1000;

/// An operation, and what came of planning it.
pub struct Planned {
    pub operation: &'static Operation,
    /// What `pmdb plan` says.
    pub document: Value,
    /// The database that it is pending on, where that is one of its own.
    own: Option<Database>,
}

impl Planned {
    /// The database that it is pending on.
    pub fn target(&self) -> &Database {
        self.own.as_ref().unwrap_or(&TARGET)
    }
}

/// All operations. Each database is looked at once, for all tests.
pub static PLANNED: LazyLock<Vec<Planned>> = LazyLock::new(|| side_by_side(&OPERATIONS, planned));

/// The database that the operations are pending for, where they want nothing else.
static TARGET: LazyLock<Database> = LazyLock::new(|| {
    let database = Database::on(server());
    let project = Project::new();
    write(&project, &[&migration(true, &setup(0))]);
    project.pmdb(&["up"]).database(&database).run().success();
    database.sql(&rows(ROWS));
    database.sql("ANALYZE");
    database
});

fn planned(operation: &'static Operation) -> Planned {
    let own = (!operation.given.is_empty()).then(|| with(operation));
    let target = own.as_ref().unwrap_or(&TARGET);
    let project = Project::new();
    write(&project, &[given(operation), vec![migration(in_transaction(operation), &operation.sql)]].concat());
    let document = plan(&project, target, &[]);
    Planned { operation, document, own }
}

/// A database with what the operation wants.
fn with(operation: &Operation) -> Database {
    let database = TARGET.copy();
    let project = Project::new();
    write(&project, &given(operation));
    project.pmdb(&["up"]).database(&database).run().success();
    database
}

/// `pmdb plan`, where no table counts as a small one.
pub fn plan(project: &Project, target: &Database, args: &[&str]) -> Value {
    let scratch = server().url("postgres");
    let all = [&["plan", "--json", "--small", "0", "--scratch-url", &scratch], args].concat();
    project.pmdb(&all).database(target).run().success().json()
}

/// The migrations that are there before an operation.
pub fn given(operation: &Operation) -> Vec<String> {
    let mut files = vec![migration(true, &setup(0))];
    if !operation.given.is_empty() {
        files.push(migration(true, &operation.given));
    }
    files
}

/// Whether it runs in a transaction.
pub fn in_transaction(operation: &Operation) -> bool {
    operation.run == Run::InTransaction
}

pub fn migration(transaction: bool, sql: &str) -> String {
    format!("-- migrate:up{}\n{sql}", if transaction { "" } else { " transaction:false" })
}

/// Writes migrations, numbered from 1.
pub fn write(project: &Project, files: &[impl AsRef<str>]) {
    for (place, file) in files.iter().enumerate() {
        project.migration(&format!("{:04}_step.sql", place + 1), file.as_ref());
    }
}
