//! What pg_dump says of the library. It is no part of pmdb and reads the catalog by other queries. pmdb is left out
//! altogether here: the halves are run as they are, as psql would run them.

use std::path::Path;
use std::process::Command;

use pmdb::migration::{Half, TransactionMode};
use similar::TextDiff;

use super::case::{Case, Expectation, Witness};
use super::{CASES, check};
use crate::support::{Database, client_program, side_by_side};

#[test]
fn pg_dump_sees_a_difference_where_there_is_one_and_nowhere_else() {
    let Some(pg_dump) = client_program("pg_dump") else { return };
    check(side_by_side(&CASES, |case| disagreements(case, &pg_dump)).into_iter().flatten());
}

/// The forms of a case of which pg_dump says something else than what is expected of pmdb.
fn disagreements(case: &Case, pg_dump: &Path) -> Vec<String> {
    let first = prepared(case);
    let before = dump(&first, pg_dump);
    let mut clean = Some(first);
    let mut wrong = Vec::new();
    for form in case.forms() {
        let database = clean.take().unwrap_or_else(|| prepared(case));
        let migration = form.migration(1);
        run(&database, &migration.up).unwrap_or_else(|error| panic!("{}: {error:?}", form.name));
        if let Some(down) = &migration.down {
            // One that fails is undone as a whole, and leaves what the up half has made.
            let _ = run(&database, down);
        }
        let after = dump(&database, pg_dump);
        wrong.extend(disagreement(&form.expected, &before, &after));
        clean = (form.expected.verdict == "exact" && after == before).then_some(database);
    }
    wrong
}

fn disagreement(expected: &Expectation, before: &str, after: &str) -> Option<String> {
    let sees = before != after;
    let should = expected.verdict != "exact" && expected.witness == Witness::Sees;
    let diff = TextDiff::from_lines(before, after).unified_diff().context_radius(1).to_string();
    (sees != should)
        .then(|| format!("{}: pg_dump sees {}", expected.name, if sees { &diff } else { "nothing" }))
}

/// A database with what the change needs.
fn prepared(case: &Case) -> Database {
    let database = Database::new();
    if let Some(setup) = &case.setup {
        run(&database, &setup.migration(1).up).unwrap_or_else(|error| panic!("{}: {error:?}", setup.name));
    }
    database
}

/// Several statements in one message are one transaction.
fn run(database: &Database, half: &Half) -> Result<(), tokio_postgres::Error> {
    match half.mode() {
        TransactionMode::Transactional => database.try_sql(half.sql()).map(drop),
        TransactionMode::NonTransactional => half
            .statements()
            .iter()
            .try_for_each(|statement| database.try_sql(half.text(statement)).map(drop)),
    }
}

/// The schema of a database as SQL, with what is set for the database (`--create`), but without its name.
fn dump(database: &Database, pg_dump: &Path) -> String {
    let output = Command::new(pg_dump)
        .args(["--schema-only", "--create", "--dbname", database.url()])
        .env("LC_ALL", "C")
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap().replace(database.name(), "[DATABASE]");
    text.split_inclusive('\n').filter(|line| !holds_a_key(line)).collect()
}

/// These two lines hold a key that is another one each time.
fn holds_a_key(line: &str) -> bool {
    line.starts_with("\\restrict ") || line.starts_with("\\unrestrict ")
}
