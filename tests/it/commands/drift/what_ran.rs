//! What is built: the file where it is the one that ran, else what the history keeps.

use super::{drift, lines};
use crate::support::Setup;

const A: &str = "-- migrate:up\nCREATE TABLE a (x int);\n";
const B: &str = "-- migrate:up\nCREATE TABLE b (x int);\n";

fn applied() -> Setup {
    let setup = Setup::with(&[("0001_a.sql", A), ("0002_b.sql", B)]);
    setup.up().success();
    setup
}

#[test]
fn a_changed_file_counts_as_it_was_when_it_ran() {
    let setup = applied();
    setup.project.migration("0001_a.sql", &A.replace("int", "bigint"));
    let outcome = drift(&setup).success();
    assert_eq!(
        outcome.stderr,
        "note: 0001: the file is gone or has changed since, so the text in the history counts\n"
    );
}

#[test]
fn a_file_that_is_gone_counts_as_the_history_keeps_it() {
    let setup = applied();
    std::fs::remove_file(setup.project.path().join("migrations/0002_b.sql")).unwrap();
    let outcome =
        setup.run(&["drift", "--json", "--scratch-url", &crate::support::server().url("postgres")]).success();
    assert_eq!(outcome.json()["from_history"], serde_json::json!(["0002"]));
    assert_eq!(outcome.json()["applied"], 2);
}

#[test]
fn an_accepted_file_counts_as_it_is_now() {
    let setup = applied();
    setup.project.migration("0001_a.sql", &A.replace("int", "bigint"));
    setup.run(&["accept", "1"]).success();
    assert_eq!(lines(&drift(&setup).fails(4)), ["~ column public.a.x: type `bigint` → `integer`"]);
}

#[test]
fn where_nobody_knows_what_ran_each_version_is_named() {
    let setup = applied();
    setup.database.sql("UPDATE schema_migrations SET up_sql = NULL");
    drift(&setup).success();
    setup.project.migration("0001_a.sql", &A.replace("int", "bigint"));
    std::fs::remove_file(setup.project.path().join("migrations/0002_b.sql")).unwrap();
    insta::assert_snapshot!(drift(&setup).filtered(), @"
    exit code: 4
    ----- stdout
    ----- stderr
    error: what 0001 a ran is not known: its file is gone or has changed, and the history does not keep the text
      what 0002 b ran is not known: its file is gone or has changed, and the history does not keep the text
    database: [DATABASE] on [SOCKET_DIR]/.s.PGSQL.[PORT] as postgres
    hint: restore the file as it was when it was applied
    ");
}

#[test]
fn a_row_of_another_tool_means_its_file() {
    let setup = Setup::with(&[("0001_a.sql", A)]);
    setup.database.sql(
        "CREATE TABLE a (x int); CREATE TABLE schema_migrations (version varchar PRIMARY KEY); \
         INSERT INTO schema_migrations VALUES ('1')",
    );
    drift(&setup).success();
    std::fs::remove_file(setup.project.path().join("migrations/0001_a.sql")).unwrap();
    let outcome = drift(&setup).fails(4);
    assert!(outcome.stderr.contains("what 1 ran is not known"), "{}", outcome.stderr);
}

#[test]
fn a_half_applied_migration_has_to_be_finished_first() {
    let setup = applied();
    let outside = "-- migrate:up transaction:false\nCREATE TABLE c ();\nDROP TABLE nowhere;\n";
    setup.project.migration("0003_c.sql", outside);
    setup.up().fails(1);
    insta::assert_snapshot!(drift(&setup).filtered(), @r"
    exit code: 4
    ----- stdout
    ----- stderr
    error: 0003 c is half applied (1 of 2 statements)
    database: [DATABASE] on [SOCKET_DIR]/.s.PGSQL.[PORT] as postgres
    hint: finish it with `pmdb up` first, or wait for the pmdb that is at work on it
    ");
    setup.project.migration("0003_c.sql", &outside.replace("DROP TABLE nowhere;", "VACUUM c;"));
    setup.up().success();
    drift(&setup).success();
}

#[test]
fn a_migration_that_fails_on_the_scratch_database_is_named_and_the_target_is_not_blamed() {
    let setup =
        Setup::with(&[("0001_a.sql", A), ("0002_b.sql", "-- migrate:up\nCREATE TABLE b (x place);\n")]);
    // Somebody made it before the first migration, by hand.
    setup.database.sql("CREATE TYPE place AS (x int)");
    setup.up().success();
    insta::assert_snapshot!(drift(&setup).filtered(), @r#"
    exit code: 1
    ----- stdout
    ----- stderr
    error: migrations/0002_b.sql:2:19: type "place" does not exist
      |
    2 | CREATE TABLE b (x place);
      |                   ^
    SQLSTATE: 42704
    This is the scratch database: the target is untouched.
    database: postgres on [SOCKET_DIR]/.s.PGSQL.[PORT] as postgres
    hint: what the migrations need from outside of the database (extensions, tablespaces, roles) has to be on the scratch server; --scratch-url names one that has it
    "#);
    let json = setup.run(&["drift", "--json"]).fails(1).json();
    assert_eq!(json["error"]["code"], "scratch");
    assert_eq!(json["error"]["server"]["sqlstate"], "42704");
}

#[test]
fn migrations_that_ran_out_of_order_build_the_same() {
    let setup = Setup::with(&[("0001_a.sql", A), ("0003_c.sql", "-- migrate:up\nCREATE TABLE c ();\n")]);
    setup.up().success();
    setup.project.migration("0002_b.sql", B);
    setup.run(&["up", "--out-of-order"]).success();
    drift(&setup).success();
}

#[test]
fn odd_names_and_texts_are_built_from_the_history_as_they_are() {
    let odd = "-- migrate:up\nCREATE TABLE \"a \"\"b\"\" ' . \\ 🦀\n\" (\"x\ty\" text DEFAULT E'\\'\\\\');\n\
               COPY \"a \"\"b\"\" ' . \\ 🦀\n\" FROM stdin;\n\\N\n\\.\n";
    let setup = Setup::with(&[("0001_odd.sql", odd)]);
    setup.up().success();
    std::fs::remove_file(setup.project.path().join("migrations/0001_odd.sql")).unwrap();
    drift(&setup).success();
}
