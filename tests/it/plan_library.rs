//! The library of operations in `tests/testdata/plan`: what each of them locks, rewrites, scans and builds on each version
//! of PostgreSQL.
//!
//! `witness` holds the library to the truth on tables with 200,000 rows, and is no part of pmdb: another session tries to
//! read, to write and to change each table while the operation's transaction is open, and the server's own counters say
//! what it did with the rows.
//!
//! `claims` holds `pmdb plan` to the library: what it says after looking at empty tables is what happens to full ones.
//!
//! `tests/testdata/plan/README.md` says what an operation looks like.

mod claims;
mod counters;
mod lock;
mod operation;
mod planned;
mod probe;
mod recipes;
mod truth;
mod witness;
mod world;

use std::sync::LazyLock;

use operation::Operation;

use crate::support::{server, skipped};

/// The operations that this server knows.
static OPERATIONS: LazyLock<Vec<Operation>> = LazyLock::new(|| {
    let major = server().major();
    let (known, unknown): (Vec<Operation>, Vec<Operation>) =
        operation::read_all().into_iter().partition(|operation| operation.versions.contains(&major));
    let names: Vec<&str> = unknown.iter().map(|operation| operation.name.as_str()).collect();
    if !names.is_empty() {
        let what = format!("another PostgreSQL than {major}: {}", names.join(", "));
        skipped(&what, "PMDB_PG_BIN names one");
    }
    known
});

/// Fails with everything that is wrong, not with the first thing.
#[track_caller]
fn check(wrong: impl Iterator<Item = String>) {
    let wrong: Vec<String> = wrong.collect();
    assert!(wrong.is_empty(), "{} are wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn there_are_many_operations_and_each_has_a_name_of_its_own() {
    let operations = operation::read_all();
    assert!(operations.len() >= 80, "only {} operations", operations.len());
    let mut names: Vec<&str> = operations.iter().map(|operation| operation.name.as_str()).collect();
    names.sort_unstable();
    let twice = names.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| pair[0].to_owned());
    check(twice);
}
