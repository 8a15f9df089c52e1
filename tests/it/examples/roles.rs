//! `examples/roles.rs`.

use std::sync::LazyLock;

use super::run::{Printed, run};
use crate::support::server;

/// One run for all tests.
static PRINTED: LazyLock<Printed> = LazyLock::new(|| run("roles", &[]));

/// What came of what somebody tries.
#[track_caller]
fn outcomes(who: &str, expected: &[(&str, &str)]) {
    let table = PRINTED.table("tries to");
    let (everybody, tries, outcomes) =
        (table.column("who"), table.column("tries to"), table.column("outcome"));
    let rows = everybody.into_iter().zip(tries.into_iter().zip(outcomes));
    let of_them: Vec<_> = rows.filter(|(other, _)| *other == who).map(|(_, row)| row).collect();
    assert_eq!(of_them, expected, "{}", PRINTED.text);
}

#[test]
fn the_application_sees_and_changes_the_rows_of_its_user_and_nothing_else() {
    outcomes("the application, for nobody", &[("see projects", "0 rows"), ("see tasks", "0 rows")]);
    outcomes(
        "the application, for Jonas",
        &[
            ("see projects", "2 rows"),
            ("see tasks", "32 rows"),
            ("change a task", "1 rows"),
            ("change tasks of others", "0 rows"),
            ("join a project of others", "42501"),
            ("turn row security off", "42501"),
            ("read past row security", "42501"),
            ("make a table", "42501"),
            ("drop a table", "42501"),
            ("empty a table", "42501"),
            ("rewrite the history", "42501"),
        ],
    );
    let refused = "new row violates row-level security policy for table \"tasks\"";
    assert!(PRINTED.text.contains(refused), "{}", PRINTED.text);
}

#[test]
fn the_enums_of_the_schema_are_enums_of_the_program() {
    let projects = PRINTED.table("Jonas is");
    assert_eq!(projects.column("status"), ["Active", "Active"]);
    assert_eq!(projects.column("Jonas is"), ["Admin", "Admin"]);
}

#[test]
fn the_reader_reads_and_the_owner_changes_tables() {
    outcomes(
        "the reader",
        &[
            ("see projects", "5 rows"),
            ("see people", "12 rows"),
            ("see passwords", "42501"),
            ("change a task", "42501"),
            ("become the owner of a table", "42501"),
        ],
    );
    outcomes(
        "the owner",
        &[("see projects", "5 rows"), ("change a table", "done"), ("make a role", "42501")],
    );
}

#[test]
fn the_roles_go_with_the_database() {
    LazyLock::force(&PRINTED);
    let left = "SELECT rolname FROM pg_roles WHERE rolname ~ '^pmdb_example_.*_(owner|app|reader)$'";
    assert!(server().sql("postgres", left).is_empty());
}
