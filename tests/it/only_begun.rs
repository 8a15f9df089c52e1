//! Halves that were begun and of which no statement is done, when their file is gone or another one: no dead end.

use crate::support::Setup;

const TABLE: &str = "-- migrate:up\nCREATE TABLE t (i int);\nINSERT INTO t VALUES (1), (1);\n-- migrate:down\nDROP TABLE t;\n";
const INDEX: &str = "-- migrate:up transaction:false\nCREATE UNIQUE INDEX CONCURRENTLY t_i ON t (i);\n\
                     -- migrate:down\nDROP INDEX t_i;\n";

/// The index cannot be built, since two rows are the same, and is left behind, invalid.
fn failed() -> Setup {
    let setup = Setup::with(&[("0001_t.sql", TABLE), ("0002_index.sql", INDEX)]);
    setup.up().fails(1);
    assert_eq!(setup.states(), "0001 applied, 0002 half applied (0 of 1)");
    assert_eq!(invalid_indexes(&setup), "1");
    setup
}

fn invalid_indexes(setup: &Setup) -> String {
    setup.database.value("SELECT count(*) FROM pg_index WHERE NOT indisvalid")
}

fn remove(setup: &Setup, file: &str) {
    std::fs::remove_file(setup.project.path().join("migrations").join(file)).unwrap();
}

#[test]
fn up_forgets_it_when_its_file_is_gone_and_drops_the_invalid_index() {
    let setup = failed();
    remove(&setup, "0002_index.sql");
    let outcome = setup.run(&["up", "--dry-run"]).success();
    insta::assert_snapshot!(outcome.filtered(), @"
    exit code: 0
    ----- stdout
    -- [DATABASE] on [SOCKET_DIR]/.s.PGSQL.[PORT]
    -- down 0002 index (history, no transaction)
    -- No statement of the up half is done: only its row goes, and what a failed one has left.
    ----- stderr
    ");
    let outcome = setup.up().success();
    insta::assert_snapshot!(outcome.filtered(), @"
    exit code: 0
    ----- stdout
    [DATABASE] on [SOCKET_DIR]/.s.PGSQL.[PORT]: 1 migration undone in [DURATION]
    ----- stderr
    note: 0002 index: dropped the invalid index t_i, left behind by a failed try
    undone  0002 index ([DURATION])
    ");
    assert_eq!((setup.states().as_str(), invalid_indexes(&setup).as_str()), ("0001 applied", "0"));
}

#[test]
fn up_runs_it_under_its_new_number() {
    let setup = failed();
    remove(&setup, "0002_index.sql");
    setup.project.migration("0003_index.sql", INDEX);
    setup.database.sql("DELETE FROM t");
    setup.up().success();
    assert_eq!(setup.states(), "0001 applied, 0003 applied");
    assert_eq!(invalid_indexes(&setup), "0");
}

#[test]
fn up_forgets_it_when_another_file_has_its_number() {
    let setup = failed();
    remove(&setup, "0002_index.sql");
    setup.project.migration("0002_other.sql", "-- migrate:up\nCREATE TABLE other (i int);\n");
    setup.project.migration("0003_index.sql", &INDEX.replace("UNIQUE ", ""));
    setup.up().success();
    assert_eq!(setup.states(), "0001 applied, 0002 applied, 0003 applied");
    assert_eq!(invalid_indexes(&setup), "0");
}

#[test]
fn down_forgets_it_and_does_not_run_its_down_half() {
    for is_gone in [false, true] {
        let setup = failed();
        if is_gone {
            remove(&setup, "0002_index.sql");
        }
        setup.run(&["down"]).success();
        assert_eq!(setup.database.value("SELECT count(*) FROM schema_migrations"), "1");
        assert_eq!(invalid_indexes(&setup), "0");
        setup.run(&["down"]).success();
    }
}

#[test]
fn down_forgets_one_that_left_nothing_behind_and_has_no_down_half() {
    let setup = Setup::with(&[
        ("0001_t.sql", TABLE),
        (
            "0002_index.sql",
            "-- migrate:up transaction:false\nCREATE INDEX CONCURRENTLY t_i ON nowhere (i);\n",
        ),
    ]);
    setup.up().fails(1);
    assert_eq!(setup.states(), "0001 applied, 0002 half applied (0 of 1)");
    setup.run(&["down"]).success();
    assert_eq!(setup.states(), "0001 applied, 0002 pending");
}

#[test]
fn redo_begins_it_afresh() {
    let setup = failed();
    setup.database.sql("DELETE FROM t");
    setup.run(&["redo"]).success();
    assert_eq!(setup.states(), "0001 applied, 0002 applied");
}

/// As after a crash between the statement and the note that it is done.
#[test]
fn what_has_taken_effect_after_all_is_recorded_and_not_forgotten() {
    let setup = failed();
    setup.database.sql("DROP INDEX t_i; DELETE FROM t; CREATE UNIQUE INDEX t_i ON t (i)");
    setup.database.sql("UPDATE schema_migrations SET statements_done = -1 WHERE version = '0002'");
    remove(&setup, "0002_index.sql");
    let outcome = setup.up().fails(1);
    insta::assert_snapshot!(outcome.filtered(), @"
    exit code: 1
    ----- stdout
    ----- stderr
    note: 0002 index: index t_i is built and valid
    error: <history of 0002>: statement 1 has taken effect in an earlier run, and is recorded as done now
    0002 index runs outside a transaction: 1 of 1 statements are done and stay done; the next run goes on at statement 2.
    database: [DATABASE] on [SOCKET_DIR]/.s.PGSQL.[PORT] as postgres
    hint: run the command again: now there is something to go on with, or to undo
    ");
    assert_eq!(setup.states(), "0001 applied, 0002 file missing");
    setup.run(&["down"]).fails(1);
    setup.run(&["down", "--stored"]).success();
    assert_eq!(setup.database.value("SELECT to_regclass('t_i') IS NULL"), "t");
}

#[test]
fn what_may_have_committed_waits_for_a_persons_word() {
    let setup =
        Setup::with(&[("0001_call.sql", "-- migrate:up transaction:false\nCALL nobody();\nSELECT 1;\n")]);
    setup.up().fails(1);
    setup.database.sql("UPDATE schema_migrations SET statements_done = -1");
    remove(&setup, "0001_call.sql");
    for command in [&["up", "--allow-empty"][..], &["down"]] {
        let outcome = setup.run(command).fails(4);
        assert!(outcome.stderr.contains("`pmdb resolve 0001"), "{}", outcome.stderr);
    }
    setup.run(&["resolve", "0001", "--again"]).success();
    setup.run(&["up", "--allow-empty"]).success();
    assert_eq!(setup.states(), "");
}
