//! Statements that no transaction may hold: what is known to be done, what is known not to be, and what only a person can
//! tell.

use crate::support::Setup;

const UP: &str = "-- migrate:up transaction:false\n";

/// Kills pmdb, so that nothing is said to the server any more, as soon as its statement runs.
fn kill_at(setup: &Setup, args: &[&str], statement: &str) {
    let running = setup.pmdb(args).spawn();
    setup.wait_for_statement(statement);
    running.kill();
}

/// What the history says: statements done, and in all.
fn progress(setup: &Setup, version: &str) -> String {
    setup.database.value(&format!(
        "SELECT statements_done || ' of ' || statements_total FROM schema_migrations WHERE version = '{version}'"
    ))
}

#[test]
fn a_statement_that_the_server_refused_is_never_taken_for_done() {
    let other = |setup: &Setup| format!("{}_other", setup.database.name());
    for (before, statement, code) in [
        (
            "CREATE TABLE t (a int, b int); CREATE INDEX i ON t (a)",
            "CREATE UNIQUE INDEX CONCURRENTLY i ON t (b)",
            "42P07",
        ),
        // The same definition: made by somebody else all the same.
        (
            "CREATE TABLE t (a int, b int); CREATE INDEX i ON t (a)",
            "CREATE INDEX CONCURRENTLY i ON t (a)",
            "42P07",
        ),
        ("CREATE TABLE t (a int)", "DROP INDEX CONCURRENTLY i", "42704"),
        ("CREATE TABLE t (a int)", "CREATE DATABASE {self}", "42P04"),
        ("CREATE TABLE t (a int)", "DROP DATABASE {other}", "3D000"),
        ("CREATE TABLE t (a int)", "CREATE TABLESPACE pg_default LOCATION '/nowhere'", "42939"),
        ("CREATE TABLE t (a int)", "DROP SUBSCRIPTION s", "42704"),
        ("CREATE TABLE t (a int)", "COMMIT PREPARED 'none'", "42704"),
        ("CREATE TABLE t (a int)", "REINDEX TABLE CONCURRENTLY nope", "42P01"),
        ("CREATE TABLE t (a int)", "ALTER TABLE t DETACH PARTITION t CONCURRENTLY", "55000"),
    ] {
        let setup = Setup::new();
        let statement = statement.replace("{self}", setup.database.name()).replace("{other}", &other(&setup));
        setup.database.sql(before);
        setup.project.migration("0001_a.sql", &format!("{UP}{statement};\nCREATE TABLE behind ();\n"));
        for attempt in 1..=3 {
            let outcome = setup.up().fails(1);
            assert!(outcome.stderr.contains("0001_a.sql:2:"), "{statement}, {attempt}\n{}", outcome.stderr);
            let refused = outcome.stderr.contains(code) || code == "55000" && outcome.stderr.contains("42");
            assert!(refused, "{statement}, {attempt}\n{}", outcome.stderr);
            assert_eq!(progress(&setup, "0001"), "0 of 2", "{statement}");
        }
        assert_eq!(setup.database.value("SELECT to_regclass('behind') IS NULL"), "t");
    }
}

#[test]
fn an_index_of_another_definition_is_not_taken_for_the_one_that_was_in_flight() {
    let setup = Setup::with(&[("0001_i.sql", &format!("{UP}CREATE INDEX CONCURRENTLY i ON t (b);\n"))]);
    setup.database.sql("CREATE TABLE t (a int, b int)");
    let writer = setup.hold("BEGIN; INSERT INTO t VALUES (1)");
    kill_at(&setup, &["up"], "INDEX CONCURRENTLY i ON");
    assert_eq!(progress(&setup, "0001"), "-1 of 1");
    drop(writer);
    // Meanwhile somebody builds another index of that name.
    setup.wait_until("NOT EXISTS (SELECT FROM pg_stat_activity WHERE application_name = 'pmdb' AND datname = current_database())");
    setup.database.sql("DROP INDEX i; CREATE INDEX i ON t (a)");
    let outcome = setup.up().fails(1);
    assert!(outcome.stderr.contains("42P07"), "{}", outcome.stderr);
    assert_eq!(progress(&setup, "0001"), "0 of 1");
    setup.database.sql("DROP INDEX i; CREATE INDEX i ON t (b)");
    assert!(setup.up().fails(1).stderr.contains("42P07"));
}

#[test]
fn an_index_that_another_session_is_building_is_not_dropped() {
    let setup = Setup::with(&[("0001_i.sql", &format!("{UP}CREATE INDEX CONCURRENTLY i ON t (a);\n"))]);
    setup.database.sql("CREATE TABLE t (a int)");
    let writer = setup.hold("BEGIN; INSERT INTO t VALUES (1)");
    let builder = setup.begin("CREATE INDEX CONCURRENTLY i ON t (a)");
    setup.wait_until(
        "EXISTS (SELECT FROM pg_stat_progress_create_index WHERE index_relid = to_regclass('i'))",
    );
    let running = setup.pmdb(&["up"]).spawn();
    setup.wait_until("EXISTS (SELECT FROM pg_locks WHERE relation = 't'::regclass AND NOT granted)");
    drop(writer);
    assert!(running.wait().fails(1).stderr.contains("42P07"));
    assert!(setup.up().fails(1).stderr.contains("42P07"));
    assert_eq!(setup.database.value("SELECT indisvalid FROM pg_index WHERE indexrelid = 'i'::regclass"), "t");
    drop(builder);
}

const COMMITS: &str = "CREATE TABLE log (n int); CREATE TABLE blocked (); \
    CREATE PROCEDURE p() LANGUAGE plpgsql AS $$ BEGIN INSERT INTO log VALUES (1); COMMIT; \
    LOCK TABLE blocked IN ACCESS EXCLUSIVE MODE; INSERT INTO log VALUES (2); COMMIT; END $$";

#[test]
fn what_commits_by_itself_is_not_repeated_after_a_lock_timeout() {
    for call in ["CALL p()", "DO $$ BEGIN CALL p(); END $$"] {
        let setup = Setup::with(&[("0001_c.sql", &format!("{UP}{call};\n"))]);
        setup.database.sql(COMMITS);
        setup.database.sql(&format!("ALTER DATABASE {} SET lock_timeout = '300ms'", setup.database.name()));
        let held = setup.hold("BEGIN; LOCK TABLE blocked");
        let outcome = setup.run(&["up", "--lock-retries", "3"]).fails(1);
        assert_eq!(setup.database.value("SELECT count(*) FROM log"), "1", "{call}");
        assert!(outcome.stderr.contains("what it has committed stays"), "{}", outcome.stderr);
        assert!(
            !outcome.stderr.contains("rolled back") && !outcome.stderr.contains("5 s"),
            "{}",
            outcome.stderr
        );
        drop(held);
        setup.up().success();
        assert_eq!(setup.database.value("SELECT count(*) FROM log"), "3");
    }
}

#[test]
fn a_call_that_was_in_flight_when_a_run_was_killed_waits_for_a_persons_word() {
    for (word, rows) in [("--done", "1"), ("--again", "3")] {
        let setup = Setup::with(&[("0001_c.sql", &format!("{UP}CALL p();\nCREATE TABLE behind ();\n"))]);
        setup.database.sql(COMMITS);
        let held = setup.hold("BEGIN; LOCK TABLE blocked");
        kill_at(&setup, &["up"], "CALL p()");
        setup.database.sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
             WHERE datname = current_database() AND application_name = 'pmdb'",
        );
        drop(held);
        let outcome = setup.up().fails(4);
        assert!(outcome.stderr.contains("statement 1 (`CALL p()`) was running"), "{}", outcome.stderr);
        assert!(outcome.stderr.contains("pmdb resolve 0001 --done"), "{}", outcome.stderr);
        setup.run(&["up", "--dry-run"]).fails(4);
        assert_eq!(setup.database.value("SELECT count(*) FROM log"), "1");

        setup.run(&["resolve", "1"]).fails(2);
        setup.run(&["resolve", "1", word]).success();
        setup.run(&["resolve", "1", word]).fails(1);
        setup.up().success();
        assert_eq!(setup.database.value("SELECT count(*) FROM log"), rows, "{word}");
        assert_eq!(setup.states(), "0001 applied");
    }
}

#[test]
fn the_last_statement_of_a_half_can_be_resolved_too() {
    for (half, after) in [("up", "0001 applied"), ("down", "0001 pending")] {
        let setup = Setup::with(&[(
            "0001_c.sql",
            "-- migrate:up transaction:false\nCALL p();\n-- migrate:down transaction:false\nCALL p();\n",
        )]);
        setup.database.sql(COMMITS);
        if half == "down" {
            setup.up().success();
        }
        let held = setup.hold("BEGIN; LOCK TABLE blocked");
        kill_at(&setup, &[half], "CALL p()");
        setup.database.sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
             WHERE datname = current_database() AND application_name = 'pmdb'",
        );
        drop(held);
        setup.run(&["resolve", "0001", "--done"]).success();
        assert_eq!(setup.states(), after);
    }
}

#[test]
fn a_run_that_is_interrupted_in_a_call_knows_that_it_ended() {
    let setup = Setup::with(&[("0001_c.sql", &format!("{UP}CALL p();\n"))]);
    setup.database.sql(COMMITS);
    let held = setup.hold("BEGIN; LOCK TABLE blocked");
    let running = setup.pmdb(&["up"]).spawn();
    setup.wait_for_statement("CALL p()");
    running.interrupt();
    running.wait().fails(130);
    assert_eq!(progress(&setup, "0001"), "0 of 1");
    drop(held);
    setup.up().success();
}

#[test]
fn what_a_killed_statement_left_is_found_by_the_text_that_was_sent() {
    let file = |index: &str| format!("{UP}CREATE INDEX CONCURRENTLY {index};\n");
    let setup = Setup::with(&[("0001_i.sql", &file("i ON t (a)"))]);
    setup.database.sql("CREATE TABLE t (a int, b int)");
    let writer = setup.hold("BEGIN; INSERT INTO t VALUES (1)");
    kill_at(&setup, &["up"], "INDEX CONCURRENTLY i ON");
    setup.database.sql(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
         WHERE datname = current_database() AND application_name = 'pmdb'",
    );
    drop(writer);
    setup.project.migration("0001_i.sql", &file("other ON t (b)"));
    let outcome = setup.up().success();
    assert!(outcome.stderr.contains("dropped the invalid index i"), "{}", outcome.stderr);
    let indexes = "SELECT string_agg(c.relname, ' ') FROM pg_index JOIN pg_class c ON c.oid = indexrelid \
                   WHERE indrelid = 't'::regclass";
    assert_eq!(setup.database.value(indexes), "other");
}

#[test]
fn a_statement_that_took_effect_and_was_rewritten_since_is_named() {
    let file = |index: &str| format!("{UP}CREATE INDEX CONCURRENTLY {index};\nSELECT 1;\n");
    let setup = Setup::with(&[("0001_i.sql", &file("i ON t (a)"))]);
    setup.database.sql("CREATE TABLE t (a int, b int)");
    setup.up().success();
    // As if the process had died between the statement and its progress.
    setup.database.sql("UPDATE schema_migrations SET statements_done = -1");
    setup.project.migration("0001_i.sql", &file("other ON t (b)"));
    let outcome = setup.up().fails(1);
    assert!(outcome.stderr.contains("statement 1 has taken effect in an earlier run"), "{}", outcome.stderr);
    assert!(setup.up().fails(4).stderr.contains("statement 1 has run already"));
    setup.project.migration("0001_i.sql", &file("i ON t (a)"));
    setup.up().success();
}

#[test]
fn a_half_in_flight_that_was_rewritten_as_one_transaction_is_cleared_first() {
    let setup =
        Setup::with(&[("0001_i.sql", &format!("{UP}CREATE UNIQUE INDEX CONCURRENTLY i ON t (a);\n"))]);
    setup.database.sql("CREATE TABLE t (a int); INSERT INTO t VALUES (1), (1)");
    setup.up().fails(1);
    assert_eq!(progress(&setup, "0001"), "-1 of 1");
    setup.database.sql("DELETE FROM t");
    setup.project.migration("0001_i.sql", "-- migrate:up\nCREATE UNIQUE INDEX i ON t (a);\n");
    setup.up().success();
    assert_eq!(setup.states(), "0001 applied");
    assert_eq!(setup.database.value("SELECT indisvalid FROM pg_index WHERE indexrelid = 'i'::regclass"), "t");
}

#[test]
fn the_copies_that_a_killed_reindex_left_are_dropped_whatever_it_was_to_rebuild() {
    let partitioned = "CREATE TABLE p (id int, k text) PARTITION BY RANGE (id); \
        CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10); \
        CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (10) TO (20); CREATE INDEX p_k ON p (k); \
        INSERT INTO p VALUES (1, 'a'), (11, 'b')";
    let copies = "SELECT count(*) FROM pg_class WHERE relname ~ '_cc(new|old)'";
    for reindex in [
        "TABLE CONCURRENTLY p",
        "INDEX CONCURRENTLY p_k",
        "TABLE CONCURRENTLY p1",
        "SCHEMA CONCURRENTLY public",
        "DATABASE CONCURRENTLY {database}",
    ] {
        let setup = Setup::new();
        let reindex = reindex.replace("{database}", setup.database.name());
        setup.project.migration("0001_r.sql", &format!("{UP}REINDEX {reindex};\n"));
        setup.database.sql(partitioned);
        // Named like a copy by somebody, but valid: not pmdb's.
        setup.database.sql("CREATE TABLE other (a int); CREATE INDEX other_ccnew ON other (a)");
        let snapshot = setup.hold("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1");
        let running = setup.pmdb(&["up"]).spawn();
        setup.wait_until("(SELECT count(*) FROM pg_class WHERE relname ~ '_cc(new|old)') > 1");
        running.kill();
        setup.database.sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
             WHERE datname = current_database() AND application_name = 'pmdb'",
        );
        drop(snapshot);
        assert_ne!(setup.database.value(copies), "1", "{reindex}: nothing was left behind");
        let outcome = setup.up().success();
        assert!(outcome.stderr.contains("dropped the invalid index"), "{reindex}\n{}", outcome.stderr);
        assert_eq!(setup.database.value(copies), "1", "{reindex}");
        assert_eq!(setup.states(), "0001 applied");
    }
}

#[test]
fn a_setting_for_one_transaction_outside_of_any_is_an_error() {
    for setting in [
        "SET LOCAL work_mem = '1MB'",
        "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE",
        "SET CONSTRAINTS ALL IMMEDIATE",
    ] {
        let setup = Setup::with(&[("0001_a.sql", &format!("{UP}{setting};\n"))]);
        let outcome = setup.up().fails(1);
        assert!(
            outcome.stderr.contains("0001_a.sql:2:1: a setting for one transaction"),
            "{}",
            outcome.stderr
        );
        setup.project.migration("0001_a.sql", &format!("{UP}BEGIN;\n{setting};\nCOMMIT;\n"));
        setup.up().success();
    }
}

#[test]
fn a_call_that_the_server_is_still_at_is_waited_for_before_anything_is_asked() {
    let setup = Setup::with(&[("0001_c.sql", &format!("{UP}CALL p();\n"))]);
    setup.database.sql(COMMITS);
    let held = setup.hold("BEGIN; LOCK TABLE blocked");
    kill_at(&setup, &["up"], "CALL p()");
    let outcome = setup.run(&["resolve", "1", "--again"]).fails(5);
    assert!(outcome.stderr.contains("another pmdb is migrating"), "{}", outcome.stderr);
    let running = setup.pmdb(&["up"]).spawn();
    running.wait_for_stderr("waiting for another pmdb");
    drop(held);
    assert!(running.wait().fails(4).stderr.contains("statement 1 (`CALL p()`) was running"));
    assert_eq!(setup.database.value("SELECT count(*) FROM log"), "2");
    setup.run(&["resolve", "1", "--done"]).success();
    assert_eq!(setup.states(), "0001 applied");
}

#[test]
fn a_call_that_loses_its_connection_says_what_to_type() {
    let setup = Setup::with(&[("0001_c.sql", &format!("{UP}CALL p();\n"))]);
    setup.database.sql(COMMITS);
    let held = setup.hold("BEGIN; LOCK TABLE blocked");
    let running = setup.pmdb(&["up"]).spawn();
    setup.wait_for_statement("CALL p()");
    setup.database.sql(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
         WHERE datname = current_database() AND query LIKE '%CALL p()%' AND pid <> pg_backend_pid()",
    );
    let outcome = running.wait().fails(1);
    drop(held);
    assert!(outcome.stderr.contains("pmdb resolve 0001 --done"), "{}", outcome.stderr);
    assert!(!outcome.stderr.contains("goes on where this one ended"), "{}", outcome.stderr);
}

#[test]
fn a_lock_timeout_that_the_file_sets_holds_for_what_runs_concurrently_too() {
    let setup = Setup::with(&[(
        "0001_i.sql",
        &format!("{UP}SET lock_timeout = '200ms';\nCREATE INDEX CONCURRENTLY i ON t (a);\n"),
    )]);
    setup.database.sql("CREATE TABLE t (a int)");
    let writer = setup.hold("BEGIN; INSERT INTO t VALUES (1)");
    let outcome = setup.run(&["up", "--lock-retries", "0"]).fails(1);
    assert!(outcome.stderr.contains("0001_i.sql:3:1"), "{}", outcome.stderr);
    drop(writer);
    let outcome = setup.up().success();
    assert!(outcome.stderr.contains("dropped the invalid index i"), "{}", outcome.stderr);
}

#[test]
fn a_call_that_succeeded_and_could_not_be_noted_is_not_made_again() {
    let setup = Setup::with(&[("0001_c.sql", &format!("{UP}CALL p();\n"))]);
    setup.database.sql(
        "CREATE TABLE log (a int); CREATE PROCEDURE p() LANGUAGE plpgsql AS $$ BEGIN INSERT INTO log VALUES (1); \
         COMMIT; ALTER TABLE schema_migrations ADD CONSTRAINT c CHECK (statements_done < 1); END $$",
    );
    let outcome = setup.up().fails(1);
    assert!(outcome.stderr.contains("pmdb resolve 0001 --done"), "{}", outcome.stderr);
    assert_eq!(progress(&setup, "0001"), "-1 of 1");
    setup.up().fails(4);
    setup.database.sql("ALTER TABLE schema_migrations DROP CONSTRAINT c");
    setup.up().fails(4);
    setup.run(&["resolve", "1", "--done"]).success();
    assert_eq!(setup.database.value("SELECT count(*) FROM log"), "1");
    assert_eq!(setup.states(), "0001 applied");
}

#[test]
fn a_call_that_was_noted_and_not_sent_since_the_lock_was_lost_says_what_to_type() {
    let setup = Setup::with(&[("0001_c.sql", &format!("{UP}CALL p();\nCALL p();\n"))]);
    setup.database.sql(
        "CREATE TABLE log (a int); CREATE TABLE blocked (a int); CREATE PROCEDURE p() LANGUAGE plpgsql AS $$ BEGIN \
         INSERT INTO log VALUES (1); COMMIT; LOCK TABLE blocked; END $$",
    );
    let held = setup.hold("BEGIN; LOCK TABLE blocked");
    let running = setup.pmdb(&["up"]).spawn();
    setup.wait_for_statement("CALL p()");
    let connections = running.connections();
    setup.database.sql(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() \
         AND application_name = 'pmdb' AND state <> 'active'",
    );
    running.wait_for_fewer_connections(connections);
    drop(held);
    let outcome = running.wait().fails(1);
    assert_eq!(setup.database.value("SELECT count(*) FROM log"), "1");
    assert_eq!(progress(&setup, "0001"), "-2 of 2");
    assert!(outcome.stderr.contains("pmdb resolve 0001"), "{}", outcome.stderr);
    setup.run(&["resolve", "1", "--again"]).success();
    setup.up().success();
    assert_eq!(setup.database.value("SELECT count(*) FROM log"), "2");
}
