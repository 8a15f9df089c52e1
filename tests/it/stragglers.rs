//! Statements that the server still runs for a runner that is gone, and runners whose lock is.

use crate::support::{Held, Running, Setup};

const LOG: (&str, &str) = ("0001_log.sql", "-- migrate:up\nCREATE TABLE log (what text);\n");

/// How often each statement of the second file ran.
const RUNS: &str = "SELECT coalesce(string_agg(what, ' ' ORDER BY what), '') FROM log";

/// A run inside its second file, which waits for an advisory lock that the session has.
fn in_the_middle(options: &str) -> (Setup, Running, Held) {
    let file = format!(
        "-- migrate:up{options}\nINSERT INTO log VALUES ('a');\nSELECT pg_advisory_xact_lock(7);\n\
         INSERT INTO log VALUES ('b');\n"
    );
    let setup = Setup::with(&[LOG, ("0002_slow.sql", &file)]);
    let held = setup.hold("SELECT pg_advisory_lock(7)");
    let running = setup.pmdb(&["up", "--lock-timeout", "60s"]).spawn();
    setup.wait_for_statement("pg_advisory_xact_lock(7)");
    (setup, running, held)
}

/// Ends the connection that holds the migration lock: the one that has no statement of a run.
fn end_lock(setup: &Setup) {
    let ended = setup.database.sql(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() \
         AND application_name = 'pmdb' AND state = 'idle in transaction'",
    );
    assert_eq!(ended, [[Some("t".to_owned())]]);
}

#[test]
fn what_a_killed_run_had_begun_is_finished_by_the_server_and_not_run_again() {
    for options in ["", " transaction:false"] {
        let (setup, first, held) = in_the_middle(options);
        first.kill();
        let second = setup.pmdb(&["up"]).spawn();
        second.wait_for_stderr("waiting for another pmdb (pid ");
        drop(held);
        second.wait().success();
        assert_eq!(setup.database.value(RUNS), "a b", "{options}");
        assert_eq!(setup.states(), "0001 applied, 0002 applied");
    }
}

#[test]
fn an_index_build_that_outlives_its_run_is_waited_for() {
    let setup = Setup::with(&[
        LOG,
        (
            "0002_i.sql",
            "-- migrate:up transaction:false\nCREATE INDEX CONCURRENTLY i ON log (what);\nINSERT INTO log VALUES ('a');\n",
        ),
    ]);
    setup.run(&["up", "--to", "0001"]).success();
    let open = setup.hold("BEGIN; INSERT INTO log VALUES ('open')");
    let first = setup.pmdb(&["up"]).spawn();
    setup.wait_for_statement("*/ CREATE INDEX CONCURRENTLY i");
    first.kill();
    let second = setup.pmdb(&["up"]).spawn();
    second.wait_for_stderr("waiting for another pmdb (pid ");
    drop(open);
    let outcome = second.wait().success();
    assert!(outcome.stderr.contains("index i"), "{}", outcome.stderr);
    assert_eq!(setup.database.value(RUNS), "a");
    assert_eq!(setup.database.value("SELECT indisvalid FROM pg_index WHERE indexrelid = 'i'::regclass"), "t");
    assert_eq!(setup.states(), "0001 applied, 0002 applied");
}

#[test]
fn a_run_whose_lock_is_gone_stops_and_the_next_one_takes_over() {
    let (setup, first, held) = in_the_middle(" transaction:false");
    end_lock(&setup);
    let second = setup.pmdb(&["up"]).spawn();
    second.wait_for_stderr("waiting for another pmdb (pid ");
    drop(held);
    let outcome = first.wait().fails(1);
    insta::assert_snapshot!(outcome.filtered(), @r"
    exit code: 1
    ----- stdout
    ----- stderr
    applied 0001 log ([DURATION])
    error: migrations/0002_slow.sql: the connection that holds the migration lock was lost
    0002 slow runs outside a transaction: 2 of 3 statements are done and stay done; the next run goes on at statement 3.
    Before it, 1 migration was applied and stays so.
    database: [DATABASE] on [SOCKET_DIR]/.s.PGSQL.[PORT] as postgres
    hint: run the command again; it goes on from there
    ");
    second.wait().success();
    assert_eq!(setup.database.value(RUNS), "a b");
    assert_eq!(setup.states(), "0001 applied, 0002 applied");
}

#[test]
fn two_runs_at_once_without_a_lock_run_no_statement_twice() {
    let (setup, first, held) = in_the_middle(" transaction:false");
    // As if the other run had been faster: the row says that the statement is done.
    setup.database.sql("UPDATE schema_migrations SET statements_done = 2 WHERE version = '0002'");
    drop(held);
    let outcome = first.wait().fails(1);
    insta::assert_snapshot!(outcome.filtered(), @r"
    exit code: 1
    ----- stdout
    ----- stderr
    applied 0001 log ([DURATION])
    error: migrations/0002_slow.sql: public.schema_migrations no longer says what this run has written: another run is at work on this migration
    0002 slow runs outside a transaction: 1 of 3 statements are done and stay done; the next run goes on at statement 2.
    Before it, 1 migration was applied and stays so.
    database: [DATABASE] on [SOCKET_DIR]/.s.PGSQL.[PORT] as postgres
    hint: `pmdb status` shows where things stand
    ");
    setup.up().success();
    assert_eq!(setup.database.value(RUNS), "a b");
    assert_eq!(setup.states(), "0001 applied, 0002 applied");
}
