//! Runs that are stopped in the middle: by Ctrl-C, by SIGTERM, by SIGKILL, by the server.

use std::fmt::Write;

use crate::support::{Running, Setup};

/// Long enough that no test sees its end.
const SLEEP: &str = "SELECT pg_sleep(600);";

/// Whether the server is in the middle of such a file.
const SLEEPS: &str =
    "EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep')";

/// Does something to the server process that is in the middle of such a file.
fn in_sleeping(function: &str) -> String {
    format!(
        "SELECT {function}(pid) FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'"
    )
}

/// The same project, its second file fixed and the log as it was left.
fn finishes_with_the_next_run(setup: &Setup, fixed: &str) {
    setup.project.migration("0002_slow.sql", fixed);
    setup.up().success();
    assert_eq!(setup.states(), "0001 applied, 0002 applied");
    assert_eq!(setup.database.value("SELECT string_agg(what, ' ' ORDER BY what) FROM log"), "a b");
}

fn file(marker: &str, middle: &str) -> String {
    format!("{marker}\nINSERT INTO log VALUES ('a');\n{middle}\nINSERT INTO log VALUES ('b');\n")
}

/// A run in the middle of its second file.
fn in_the_middle(marker: &str) -> (Setup, Running) {
    let setup = Setup::with(&[
        ("0001_log.sql", "-- migrate:up\nCREATE TABLE log (what text);\n"),
        ("0002_slow.sql", &file(marker, SLEEP)),
    ]);
    let running = setup.pmdb(&["up"]).spawn();
    setup.wait_until(SLEEPS);
    (setup, running)
}

#[test]
fn ctrl_c_in_the_middle_of_a_file_rolls_it_back() {
    let (setup, running) = in_the_middle("-- migrate:up");
    running.interrupt();
    let outcome = running.wait().fails(130);
    insta::assert_snapshot!(outcome.filtered(), @r#"
    exit code: 130
    ----- stdout
    ----- stderr
    applied 0001 log ([DURATION])
    error: migrations/0002_slow.sql: interrupted
    The transaction was rolled back: nothing of 0002 slow remains.
    Before it, 1 migration was applied and stays so.
    database: [DATABASE] on [SOCKET_DIR]/.s.PGSQL.[PORT] as postgres
    hint: run the command again; it goes on from there
    "#);
    assert_eq!(setup.states(), "0001 applied, 0002 pending");
    finishes_with_the_next_run(&setup, &file("-- migrate:up", ""));
}

#[test]
fn sigterm_does_the_same() {
    let (setup, running) = in_the_middle("-- migrate:up");
    running.terminate();
    let outcome = running.wait().fails(130);
    assert!(
        outcome.stderr.contains("interrupted") && outcome.stderr.contains("rolled back"),
        "{}",
        outcome.stderr
    );
    finishes_with_the_next_run(&setup, &file("-- migrate:up", ""));
}

#[test]
fn ctrl_c_in_a_file_outside_a_transaction_keeps_what_is_done() {
    let (setup, running) = in_the_middle("-- migrate:up transaction:false");
    running.interrupt();
    let outcome = running.wait().fails(130);
    insta::assert_snapshot!(outcome.filtered(), @r#"
    exit code: 130
    ----- stdout
    ----- stderr
    applied 0001 log ([DURATION])
    error: migrations/0002_slow.sql: interrupted
    0002 slow runs outside a transaction: 1 of 3 statements are done and stay done; the next run goes on at statement 2.
    Before it, 1 migration was applied and stays so.
    database: [DATABASE] on [SOCKET_DIR]/.s.PGSQL.[PORT] as postgres
    hint: run the command again; it goes on from there
    "#);
    assert_eq!(setup.states(), "0001 applied, 0002 half applied (1 of 3)");
    finishes_with_the_next_run(&setup, &file("-- migrate:up transaction:false", "SELECT 1;"));
}

#[test]
fn ctrl_c_in_the_middle_of_a_copy_rolls_it_back() {
    // A trigger that waits makes the COPY last.
    let table = "-- migrate:up\nCREATE TABLE log (what text);\n\
                 CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(600); RETURN NULL; END $$;\n\
                 CREATE TRIGGER slow AFTER INSERT ON log EXECUTE FUNCTION wait();\n";
    let mut data = String::new();
    for line in 0..100_000 {
        writeln!(data, "{line} {}", "x".repeat(50)).unwrap();
    }
    let copy = format!("-- migrate:up\nCOPY log FROM stdin;\n{data}\\.\n");
    let setup = Setup::with(&[("0001_log.sql", table), ("0002_slow.sql", &copy)]);
    let running = setup.pmdb(&["up"]).spawn();
    setup.wait_until(SLEEPS);
    running.interrupt();
    let outcome = running.wait().fails(130);
    assert!(
        outcome.stderr.contains("interrupted") && outcome.stderr.contains("rolled back"),
        "{}",
        outcome.stderr
    );
    assert_eq!(setup.database.value("SELECT count(*) FROM log"), "0");
    setup.database.sql("DROP TRIGGER slow ON log");
    finishes_with_the_next_run(&setup, "-- migrate:up\nCOPY log FROM stdin;\na\nb\n\\.\n");
}

/// A file that no cancellation ends; once one has come, it shows in `pg_locks`.
const STUBBORN: &str = "-- migrate:up
DO $$
BEGIN
  LOOP
    BEGIN
      PERFORM pg_sleep(600);
    EXCEPTION WHEN query_canceled THEN
      PERFORM pg_advisory_lock(77);
    END;
  END LOOP;
END
$$;
";

#[test]
fn a_second_ctrl_c_ends_the_command_even_while_it_cannot_roll_back() {
    let setup = Setup::with(&[
        ("0001_log.sql", "-- migrate:up\nCREATE TABLE log (what text);\n"),
        ("0002_slow.sql", STUBBORN),
    ]);
    let running = setup.pmdb(&["up"]).spawn();
    setup.wait_until(SLEEPS);
    running.interrupt();
    setup.wait_until("EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND objid = 77)");
    running.interrupt();
    running.wait().fails(130);
    setup.database.sql(&in_sleeping("pg_terminate_backend"));
    finishes_with_the_next_run(&setup, &file("-- migrate:up", ""));
}

#[test]
fn after_sigkill_the_next_run_goes_on_by_itself() {
    for marker in ["-- migrate:up", "-- migrate:up transaction:false"] {
        let (setup, running) = in_the_middle(marker);
        running.kill();
        // The server notices only when the statement ends.
        setup.database.sql(&in_sleeping("pg_cancel_backend"));
        finishes_with_the_next_run(&setup, &file(marker, "SELECT 1;"));
    }
}

#[test]
fn a_runner_that_was_killed_is_waited_for_while_the_server_still_works_for_it() {
    let (setup, running) = in_the_middle("-- migrate:up");
    running.kill();
    setup.project.migration("0002_slow.sql", &file("-- migrate:up", ""));
    let second = setup.pmdb(&["up"]).spawn();
    second.wait_for_stderr("waiting for another pmdb");
    setup.database.sql(&in_sleeping("pg_cancel_backend"));
    second.wait().success();
    assert_eq!(setup.states(), "0001 applied, 0002 applied");
}

#[test]
fn a_server_process_that_is_terminated_is_told_and_the_next_run_goes_on() {
    for marker in ["-- migrate:up", "-- migrate:up transaction:false"] {
        let (setup, running) = in_the_middle(marker);
        setup.database.sql(&in_sleeping("pg_terminate_backend"));
        let outcome = running.wait().fails(1);
        assert!(
            outcome.stderr.contains("terminating connection due to administrator command"),
            "{}",
            outcome.stderr
        );
        assert!(outcome.stderr.contains("run the command again"), "{}", outcome.stderr);
        finishes_with_the_next_run(&setup, &file(marker, "SELECT 1;"));
    }
}

#[test]
fn a_command_that_waits_for_the_history_can_be_interrupted() {
    let setup = Setup::with(&[("0001_a.sql", "-- migrate:up\n-- nothing\n")]);
    setup.up().success();
    let held = setup.hold("BEGIN; LOCK TABLE schema_migrations");
    for command in ["status", "up", "down"] {
        let running = setup.pmdb(&[command]).spawn();
        setup.wait_for_statement("schema_migrations");
        running.interrupt();
        let outcome = running.wait().fails(130);
        assert!(outcome.stderr.contains("error: interrupted"), "{}", outcome.stderr);
        setup.wait_until("NOT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'pmdb')");
    }
    drop(held);
}
