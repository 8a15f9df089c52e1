//! `pmdb drift`: what was changed by hand, in real databases.

mod before_a_version;
mod changes;
mod leftovers;
mod platform;
mod rights;
mod roles;
mod what_ran;
mod writers;

use std::sync::Once;

use crate::support::{Database, Outcome, Project, Setup, server};

/// A role that any test here may grant something to or make the owner of something.
fn make_role() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| drop(server().sql("postgres", "CREATE ROLE drift_other")));
}

/// `pmdb drift` with its scratch database on the server of the tests, which is faster than a private one.
fn drift(setup: &Setup) -> Outcome {
    setup.run(&["drift", "--scratch-url", &server().url("postgres")])
}

/// What differs, a line each, without the summary.
fn lines(outcome: &Outcome) -> Vec<String> {
    let mut lines: Vec<String> = outcome.stdout.lines().map(str::to_owned).collect();
    lines.pop();
    lines
}

#[test]
fn a_database_that_nobody_has_touched_does_not_drift() {
    let (project, database) = (Project::new(), Database::new());
    let run = |args: &[&str]| project.pmdb(&[args, &["--bundled"]].concat()).database(&database).run();
    run(&["up"]).success();
    run(&["seed"]).success();
    insta::assert_snapshot!(run(&["drift", "--strict"]).filtered(), @"
    exit code: 0
    ----- stdout
    [DATABASE] on [SOCKET_DIR]/.s.PGSQL.[PORT]: no drift from what its 8 migrations build
    ----- stderr
    ");
}

#[test]
fn an_embedded_database_that_nobody_has_touched_does_not_drift() {
    let project = Project::new();
    let run = |args: &[&str]| project.pmdb(&[args, &["--bundled", "--embedded"]].concat()).run();
    run(&["up"]).success();
    let outcome = run(&["drift", "--strict"]).success();
    assert!(outcome.stdout.starts_with("pmdb on "), "{}", outcome.stdout);
    assert!(outcome.stdout.ends_with(": no drift from what its 8 migrations build\n"), "{}", outcome.stdout);
}

#[test]
fn what_was_changed_by_hand_is_named_and_the_exit_code_tells() {
    let setup =
        Setup::with(&[("0001_t.sql", "-- migrate:up\nCREATE TABLE t (id int, due date DEFAULT now());\n")]);
    setup.up().success();
    setup.database.sql("ALTER TABLE t ALTER due DROP DEFAULT; CREATE INDEX hotfix ON t (id)");
    insta::assert_snapshot!(drift(&setup).filtered(), @"
    exit code: 4
    ----- stdout
    ~ column public.t.due: default `now()` → none
    + index hotfix on public.t
    [DATABASE] on [SOCKET_DIR]/.s.PGSQL.[PORT]: 2 objects differ from what its 1 migration builds
    ----- stderr
    ");
}

#[test]
fn the_order_of_columns_counts_with_strict_only() {
    let setup = Setup::with(&[("0001_t.sql", "-- migrate:up\nCREATE TABLE t (a int, b int);\n")]);
    setup.up().success();
    setup.database.sql("ALTER TABLE t DROP a; ALTER TABLE t ADD a int");
    let usual = drift(&setup).success();
    assert!(
        usual
            .stdout
            .ends_with("no drift from what its 1 migration builds, except for the layout of 1 object\n")
    );
    let scratch = server().url("postgres");
    setup.run(&["drift", "--strict", "--scratch-url", &scratch]).fails(4);
}

#[test]
fn without_a_history_whatever_is_there_counts() {
    let setup = Setup::with(&[("0001_t.sql", "-- migrate:up\nCREATE TABLE t ();\n")]);
    let empty = drift(&setup).success();
    assert!(
        empty.stdout.ends_with(": no drift from an empty database: nothing is applied\n"),
        "{}",
        empty.stdout
    );
    setup.database.sql("CREATE TABLE t ()");
    assert_eq!(lines(&drift(&setup).fails(4)), ["+ table public.t"]);
}

#[test]
fn a_pending_migration_is_no_drift() {
    let setup = Setup::with(&[("0001_a.sql", "-- migrate:up\nCREATE TABLE a ();\n")]);
    setup.up().success();
    setup.project.migration("0002_b.sql", "-- migrate:up\nCREATE TABLE b ();\n");
    drift(&setup).success();
}

#[test]
fn a_history_of_another_name_does_not_count() {
    let setup = Setup::with(&[("0001_a.sql", "-- migrate:up\nCREATE TABLE a ();\n")]);
    let own = ["--table", "own.my_history"];
    setup.run(&[&["up"], &own[..]].concat()).success();
    setup.project.write("seeds/0001_s.sql", "-- migrate:up\nINSERT INTO a DEFAULT VALUES;\n");
    setup.run(&[&["seed"], &own[..]].concat()).success();
    let scratch = server().url("postgres");
    setup.run(&[&["drift", "--scratch-url", &scratch], &own[..]].concat()).success();
    let usual = ["drift", "--scratch-url", &scratch, "--table", "public.schema_migrations"];
    assert_eq!(lines(&setup.run(&usual).fails(4)).len(), 4, "without it, all of it is drift");
}

#[test]
fn the_target_is_only_read() {
    let setup = Setup::with(&[("0001_a.sql", "-- migrate:up\nCREATE TABLE a (x int);\n")]);
    setup.up().success();
    // Each row with the number of the transaction that wrote it.
    let rows =
        |table: &str| format!("SELECT string_agg(concat(xmin, ' ', ctid), ',' ORDER BY ctid) FROM {table}");
    let state = || {
        let tables = ["pg_attribute", "pg_namespace", "pg_proc", "pg_init_privs", "schema_migrations", "a"];
        tables.map(|table| setup.database.sql(&rows(table)))
    };
    let before = state();
    drift(&setup).success();
    setup.run(&["drift"]).success();
    assert_eq!(state(), before);
}

#[test]
fn no_history_is_made_where_there_is_none() {
    let setup = Setup::new();
    drift(&setup).success();
    let relations = "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace";
    assert_eq!(setup.database.value(relations), "0");
}
