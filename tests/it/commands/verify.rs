//! `pmdb verify`.

mod around;
mod edges;
mod left_behind;
mod output;
mod private_server;
mod scope;
mod scratch_url;
mod seeds;
mod verdicts;

use crate::support::{Outcome, Pmdb, Project, server};

/// A project with these migrations.
fn project(files: &[(&str, &str)]) -> Project {
    let project = Project::new();
    for (name, content) in files {
        project.migration(name, content);
    }
    project
}

/// A migration that is exact.
const TABLE: &str =
    "-- migrate:up\nCREATE TABLE t (id int, a text, b text);\n-- migrate:down\nDROP TABLE t;\n";

/// `pmdb verify` on the server of the tests.
fn verify(project: &Project, args: &[&str]) -> Pmdb {
    let url = server().url("postgres");
    project.pmdb(&[&["verify", "--scratch-url", &url], args].concat())
}

/// What it says of each migration: `0001 exact, 0002 down_fails`.
fn verdicts(outcome: &Outcome) -> String {
    let answer = outcome.json();
    let migrations = answer["migrations"].as_array().unwrap_or_else(|| panic!("{answer:#}")).iter();
    let each = migrations
        .map(|one| format!("{} {}", one["version"].as_str().unwrap(), one["verdict"].as_str().unwrap()));
    each.collect::<Vec<_>>().join(", ")
}

/// Verifies these migrations as JSON, and tells what it says of each.
#[track_caller]
fn verdicts_of(files: &[(&str, &str)], code: i32) -> String {
    verdicts(&verify(&project(files), &["--json"]).run().fails(code))
}
