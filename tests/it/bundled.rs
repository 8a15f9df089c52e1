//! The schema and the sample data that pmdb carries inside its binary.

mod constraints;
mod reverse;
mod schema;
mod seeds;

use crate::support::{Database, Outcome, Project};

/// A fresh database with all bundled migrations applied.
fn migrated() -> Database {
    let db = Database::new();
    pmdb(&db, &["up", "--bundled"]).success();
    db
}

/// Runs pmdb on `db` from an empty folder, so that whatever it applies comes out of the binary.
fn pmdb(db: &Database, args: &[&str]) -> Outcome {
    Project::new().pmdb(args).database(db).run()
}

/// The rows of a query, one a line, their cells separated by blanks. NULL is written `NULL`.
fn rows(db: &Database, query: &str) -> String {
    let line = |row: &Vec<Option<String>>| {
        row.iter().map(|cell| cell.as_deref().unwrap_or("NULL")).collect::<Vec<_>>().join(" ")
    };
    db.sql(query).iter().map(line).collect::<Vec<_>>().join("\n")
}
