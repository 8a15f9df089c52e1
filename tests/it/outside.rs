//! Halves outside a transaction: each statement once, and on from where the last run stopped.

use insta::assert_snapshot;

use crate::support::Setup;

const UP: &str = "-- migrate:up transaction:false\n";

/// A table that each run of a statement leaves a row in.
const LOG: (&str, &str) = ("0001_log.sql", "-- migrate:up\nCREATE TABLE log (what text);\n");

fn log(setup: &Setup) -> String {
    setup.database.value("SELECT coalesce(string_agg(what, ' ' ORDER BY what), '') FROM log")
}

#[test]
fn statements_that_no_transaction_may_hold_run_with_others_in_one_file() {
    let setup = Setup::with(&[(
        "0001_a.sql",
        "-- migrate:up transaction:false\n\
         CREATE TABLE t (id int, state text);\n\
         CREATE TYPE mood AS ENUM ('sad');\n\
         CREATE INDEX CONCURRENTLY t_id ON t (id);\n\
         ALTER TYPE mood ADD VALUE 'happy';\n\
         CREATE TABLE moods (m mood DEFAULT 'happy');\n\
         INSERT INTO moods DEFAULT VALUES;\n\
         VACUUM t;\n\
         REINDEX INDEX CONCURRENTLY t_id;\n\
         REINDEX TABLE CONCURRENTLY t;\n\
         DROP INDEX CONCURRENTLY t_id;\n\
         -- migrate:down transaction:false\n\
         DROP TABLE moods;\n\
         DROP TYPE mood;\n\
         VACUUM t;\n\
         DROP TABLE t;\n",
    )]);
    setup.up().success();
    assert_eq!(setup.states(), "0001 applied");
    assert_eq!(setup.database.value("SELECT m FROM moods"), "happy");
    assert_eq!(
        setup
            .database
            .value("SELECT count(*) FROM pg_indexes WHERE schemaname = 'public' AND tablename = 't'"),
        "0"
    );
    setup.run(&["down"]).success();
    assert_eq!(setup.states(), "0001 pending");
    assert_eq!(setup.database.value("SELECT to_regclass('t') IS NULL AND to_regtype('mood') IS NULL"), "t");
}

#[test]
fn a_database_is_created_and_dropped() {
    let setup = Setup::new();
    let other = format!("{}_other", setup.database.name());
    setup.project.migration(
        "0001_a.sql",
        &format!(
            "-- migrate:up transaction:false\nCREATE DATABASE {other};\n\
             -- migrate:down transaction:false\nDROP DATABASE {other};\n"
        ),
    );
    let count = format!("SELECT count(*) FROM pg_database WHERE datname = '{other}'");
    setup.up().success();
    assert_eq!(setup.database.value(&count), "1");
    setup.run(&["down"]).success();
    assert_eq!(setup.database.value(&count), "0");
}

#[test]
fn a_block_is_one_step_and_one_that_rolls_back_leaves_nothing() {
    let setup = Setup::with(&[
        LOG,
        (
            "0002_a.sql",
            &format!(
                "{UP}BEGIN;\nINSERT INTO log VALUES ('a');\nINSERT INTO log VALUES ('b');\nCOMMIT;\n\
                 BEGIN;\nINSERT INTO log VALUES ('c');\nROLLBACK;\n\
                 START TRANSACTION ISOLATION LEVEL SERIALIZABLE;\nSAVEPOINT s;\nINSERT INTO log VALUES ('d');\n\
                 ROLLBACK TO s;\nINSERT INTO log VALUES ('e');\nEND;\n"
            ),
        ),
    ]);
    setup.up().success();
    assert_eq!(log(&setup), "a b e");
    assert_eq!(setup.states(), "0001 applied, 0002 applied");
}

#[test]
fn a_run_that_loses_its_connection_tells_how_far_it_came_and_the_next_one_finds_out_the_rest() {
    let setup = Setup::with(&[
        LOG,
        (
            "0002_a.sql",
            &format!("{UP}INSERT INTO log VALUES ('a');\nCREATE INDEX CONCURRENTLY ON log (what);\n"),
        ),
    ]);
    setup.run(&["up", "--to", "1"]).success();
    let lose = |args: &[&str], what: &str| {
        let writer = setup.hold("BEGIN; INSERT INTO log VALUES ('b')");
        let running = setup.pmdb(args).spawn();
        // Not the row of the history, which holds the text of the file.
        setup.wait_for_statement(what);
        setup.database.sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() \
             AND application_name = 'pmdb' AND query LIKE '%INDEX CONCURRENTLY%'",
        );
        drop(writer);
        running.wait().fails(1)
    };
    let outcome = lose(&["up"], "*/ CREATE INDEX CONCURRENTLY");
    let aftermath =
        "1 of 2 statements are done and stay done; the connection is gone, and the next run finds out";
    assert!(outcome.stderr.contains(aftermath), "{}", outcome.stderr);

    let outcome = lose(&["up", "--json"], "*/ DROP INDEX CONCURRENTLY");
    let document: serde_json::Value = serde_json::from_str(&outcome.stdout).unwrap();
    assert_eq!(document["error"]["aftermath"], serde_json::json!({ "state": "lost", "done": 1, "total": 2 }));

    setup.up().success();
    assert_eq!(setup.states(), "0001 applied, 0002 applied");
    assert_eq!(
        setup.database.value("SELECT string_agg(i.relname || ' ' || indisvalid, ', ') FROM pg_index JOIN pg_class i ON i.oid = indexrelid WHERE indrelid = 'log'::regclass"),
        "log_what_idx true"
    );
}

#[test]
fn a_block_that_fails_is_rolled_back_and_comes_again_as_a_whole() {
    let block = |last: &str| {
        format!(
            "{UP}INSERT INTO log VALUES ('a');\nBEGIN;\nINSERT INTO log VALUES ('b');\n{last};\nCOMMIT;\n"
        )
    };
    let setup = Setup::with(&[LOG, ("0002_a.sql", &block("SELECT 1/0"))]);
    let outcome = setup.up().fails(1);
    assert!(outcome.stderr.contains("0002_a.sql:5:1: division by zero"), "{}", outcome.stderr);
    assert_eq!(
        (log(&setup).as_str(), setup.states().as_str()),
        ("a", "0001 applied, 0002 half applied (1 of 5)")
    );
    setup.project.migration("0002_a.sql", &block("SELECT 1/1"));
    setup.up().success();
    assert_eq!(log(&setup), "a b");
}

#[test]
fn a_procedure_that_commits_can_be_called() {
    let setup = Setup::with(&[
        LOG,
        (
            "0002_a.sql",
            &format!(
                "{UP}CREATE PROCEDURE p() LANGUAGE plpgsql AS $$ BEGIN FOR i IN 1..3 LOOP \
                 INSERT INTO log VALUES (i); COMMIT; END LOOP; END $$;\nCALL p();\n\
                 DO $$ BEGIN INSERT INTO log VALUES ('do'); COMMIT; END $$;\n"
            ),
        ),
    ]);
    setup.up().success();
    assert_eq!(log(&setup), "1 2 3 do");
}

#[test]
fn the_next_run_goes_on_at_the_statement_that_failed_and_runs_nothing_twice() {
    let file = |third: &str| {
        format!(
            "{UP}INSERT INTO log VALUES ('a');\nINSERT INTO log VALUES ('b');\n{third};\nINSERT INTO log VALUES ('d');\n"
        )
    };
    let setup = Setup::with(&[LOG, ("0002_a.sql", &file("SELECT nope"))]);
    assert_snapshot!(setup.up().fails(1).filtered(), @r#"
    exit code: 1
    ----- stdout
    ----- stderr
    applied 0001 log ([DURATION])
    error: migrations/0002_a.sql:4:8: column "nope" does not exist
      |
    4 | SELECT nope;
      |        ^
    SQLSTATE: 42703
    0002 a runs outside a transaction: 2 of 4 statements are done and stay done; the next run goes on at statement 3.
    Before it, 1 migration was applied and stays so.
    database: [DATABASE] on [SOCKET_DIR]/.s.PGSQL.[PORT] as postgres
    "#);
    assert_eq!(log(&setup), "a b");
    assert_eq!(setup.states(), "0001 applied, 0002 half applied (2 of 4)");
    let status = setup.run(&["status"]).success();
    assert!(status.stdout.contains("half applied (2 of 4)"), "{}", status.stdout);
    setup.run(&["status", "--check"]).fails(3);
    setup.up().fails(1);
    assert_eq!(log(&setup), "a b");

    setup.project.migration("0002_a.sql", &file("INSERT INTO log VALUES ('c'), ('cc')"));
    let dry = setup.run(&["up", "--dry-run"]).success();
    assert!(!dry.stdout.contains("'b'") && dry.stdout.contains("'cc'"), "{}", dry.stdout);
    setup.up().success();
    assert_eq!(log(&setup), "a b c cc d");
    assert_eq!(setup.states(), "0001 applied, 0002 applied");
    assert!(setup.up().success().stdout.contains("nothing to apply"));
}

#[test]
fn a_change_before_the_failed_statement_is_named_and_nothing_runs() {
    let setup =
        Setup::with(&[LOG, ("0002_a.sql", &format!("{UP}INSERT INTO log VALUES ('a');\nSELECT nope;\n"))]);
    setup.up().fails(1);
    setup.project.migration("0002_a.sql", &format!("{UP}INSERT INTO log VALUES ('x');\nSELECT 1;\n"));
    assert_snapshot!(setup.up().fails(4).filtered(), @r#"
    exit code: 4
    ----- stdout
    ----- stderr
    error: migrations/0002_a.sql: statement 1 has run already, and the file now says something else there
    database: [DATABASE] on [SOCKET_DIR]/.s.PGSQL.[PORT] as postgres
    hint: put the statements that ran back as they were; those after them may change
    "#);
    assert_eq!(log(&setup), "a");
}

#[test]
fn comments_before_the_failed_statement_may_change() {
    let setup =
        Setup::with(&[LOG, ("0002_a.sql", &format!("{UP}INSERT INTO log VALUES ('a');\nSELECT nope;\n"))]);
    setup.up().fails(1);
    setup.project.migration(
        "0002_a.sql",
        &format!("{UP}-- why\nINSERT INTO log\n  VALUES ('a');\nINSERT INTO log VALUES ('b');\n"),
    );
    setup.up().success();
    assert_eq!(log(&setup), "a b");
}

#[test]
fn an_invalid_index_is_dropped_and_built_again_once_the_data_allow_it() {
    let setup = Setup::with(&[
        ("0001_t.sql", "-- migrate:up\nCREATE TABLE t (id int);\nINSERT INTO t VALUES (1), (1);\n"),
        (
            "0002_i.sql",
            &format!("{UP}CREATE UNIQUE INDEX CONCURRENTLY t_id ON t (id);\nCOMMENT ON INDEX t_id IS 'x';\n"),
        ),
    ]);
    let valid = "SELECT indisvalid FROM pg_index WHERE indexrelid = 't_id'::regclass";
    let outcome = setup.up().fails(1);
    assert!(outcome.stderr.contains("could not create unique index"), "{}", outcome.stderr);
    let left = "left behind the invalid index t_id, which the next run drops";
    assert!(outcome.stderr.contains(left), "{}", outcome.stderr);
    assert_eq!(setup.database.value(valid), "f");
    assert_eq!(setup.states(), "0001 applied, 0002 half applied (0 of 2)");
    setup.database.sql("DELETE FROM t");
    let outcome = setup.up().success();
    let dropped = "dropped the invalid index t_id, left behind by a failed try";
    assert!(outcome.stderr.contains(dropped), "{}", outcome.stderr);
    assert_eq!(setup.database.value(valid), "t");
    assert_eq!(setup.states(), "0001 applied, 0002 applied");
}

/// Each index of the table `T.t`, its definition after the table, and whether it is valid.
const INDEXES: &str = "SELECT coalesce(string_agg(i.relname || ' ' || indisvalid, ', ' ORDER BY i.relname), '') \
    FROM pg_index JOIN pg_class i ON i.oid = indexrelid WHERE indrelid = '\"T\".\"t USING\"'::regclass";

/// A table with a dropped column and an odd name, and an index on it that the server is to name.
fn with_unnamed_index(index: &str) -> Setup {
    Setup::with(&[
        (
            "0001_t.sql",
            "-- migrate:up\nCREATE SCHEMA \"T\";\nCREATE TABLE \"T\".\"t USING\" (gone int, id int, name text);\n\
             ALTER TABLE \"T\".\"t USING\" DROP COLUMN gone;\n\
             INSERT INTO \"T\".\"t USING\" VALUES (1, 'a'), (1, 'A');\n",
        ),
        ("0002_i.sql", &format!("{UP}{index}\n;\nSELECT 1;\n")),
    ])
}

#[test]
fn an_invalid_index_that_the_server_has_named_is_dropped_and_built_again() {
    for (index, name) in [
        ("CREATE UNIQUE INDEX CONCURRENTLY ON \"T\".\"t USING\" (id)", "t USING_id_idx"),
        (
            "CREATE UNIQUE INDEX CONCURRENTLY ON ONLY \"T\".\"t USING\" /* x */ USING btree (lower(name) \
             text_pattern_ops DESC) INCLUDE (id) WHERE id > 0 -- the end",
            "t USING_lower_id_idx",
        ),
        ("SET search_path = \"T\";\nCREATE UNIQUE INDEX CONCURRENTLY ON \"t USING\" (id)", "t USING_id_idx"),
    ] {
        let setup = with_unnamed_index(index);
        // Another's, which is no business of this file.
        let other = "CREATE UNIQUE INDEX CONCURRENTLY other ON \"T\".\"t USING\" (id) WHERE name > ''";
        assert!(setup.up().fails(1).stderr.contains("could not create unique index"));
        setup.database.try_sql(other).unwrap_err();
        assert_eq!(setup.database.value(INDEXES), format!("other false, {name} false"));

        // It fails once more, and leaves one of the same name.
        let outcome = setup.up().fails(1);
        assert!(outcome.stderr.contains(&format!("dropped the invalid index {name}")), "{}", outcome.stderr);
        assert!(
            outcome.stderr.contains(&format!("left behind the invalid index {name}")),
            "{}",
            outcome.stderr
        );
        assert_eq!(setup.database.value(INDEXES), format!("other false, {name} false"));

        setup.database.sql("DELETE FROM \"T\".\"t USING\"");
        let outcome = setup.up().success();
        assert!(outcome.stderr.contains(&format!("dropped the invalid index {name}")), "{}", outcome.stderr);
        assert_eq!(setup.database.value(INDEXES), format!("other false, {name} true"));
        assert_eq!(setup.states(), "0001 applied, 0002 applied");
    }
}

#[test]
fn an_index_that_the_server_has_named_is_not_built_twice_after_a_crash() {
    let setup = with_unnamed_index("CREATE INDEX CONCURRENTLY ON \"T\".\"t USING\" (id)");
    setup.up().success();
    setup.database.sql("UPDATE schema_migrations SET statements_done = -1 WHERE version = '0002'");
    let outcome = setup.up().success();
    assert!(outcome.stderr.contains("index t USING_id_idx is built and valid"), "{}", outcome.stderr);
    assert_eq!(setup.database.value(INDEXES), "t USING_id_idx true");
    assert_eq!(setup.states(), "0001 applied, 0002 applied");
}

#[test]
fn an_index_that_the_server_refuses_is_reported_as_the_file_has_it_when_it_is_tried_again() {
    let setup = with_unnamed_index("CREATE UNIQUE INDEX CONCURRENTLY ON \"T\".\"t USING\" (id)");
    setup.up().fails(1);
    setup.project.migration(
        "0002_i.sql",
        &format!("{UP}CREATE UNIQUE INDEX CONCURRENTLY ON \"T\".\"t USING\" (nope);\nSELECT 1;\n"),
    );
    let outcome = setup.up().fails(1);
    assert!(outcome.stderr.contains("0002_i.sql:2:"), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("column \"nope\" does not exist"), "{}", outcome.stderr);
}

#[test]
fn a_transaction_that_was_prepared_is_not_prepared_again_after_a_crash() {
    let setup = Setup::new();
    let id = setup.database.name().to_owned();
    let block = format!("BEGIN;\nINSERT INTO log VALUES ('a');\nPREPARE TRANSACTION '{id}';");
    setup.project.migration(LOG.0, LOG.1);
    setup.project.migration(
        "0002_a.sql",
        &format!("{UP}INSERT INTO log VALUES ('b');\n{block}\nCOMMIT PREPARED '{id}';\n"),
    );
    // As if the process had died between the block and its progress.
    setup.run(&["up", "--to", "1"]).success();
    setup.project.migration("0002_a.sql", &format!("{UP}INSERT INTO log VALUES ('b');\nSELECT nope;\n"));
    setup.up().fails(1);
    setup.database.sql(&block.replace(";\n", "; "));
    let file = format!("{UP}INSERT INTO log VALUES ('b');\n{block}\nCOMMIT PREPARED '{id}';\n");
    setup.project.migration("0002_a.sql", &file);
    setup.database.sql(&format!(
        "UPDATE schema_migrations SET statements_done = -2, statements_total = 5, up_sql = $file${file}$file$ \
         WHERE version = '0002'"
    ));
    let outcome = setup.up().success();
    assert!(outcome.stderr.contains(&format!("transaction {id} is prepared")), "{}", outcome.stderr);
    assert_eq!(log(&setup), "a b");
    assert_eq!(setup.states(), "0001 applied, 0002 applied");
}

#[test]
fn an_index_of_the_same_name_in_another_schema_does_not_count() {
    let setup =
        Setup::with(&[("0001_i.sql", &format!("{UP}CREATE UNIQUE INDEX CONCURRENTLY i ON t (id);\n"))]);
    setup.database.sql(&format!(
        "CREATE SCHEMA a; CREATE SCHEMA b; CREATE TABLE a.other (id int); CREATE INDEX i ON a.other (id); \
         CREATE TABLE b.t (id int); INSERT INTO b.t VALUES (1), (1); \
         ALTER DATABASE {} SET search_path = a, b, public",
        setup.database.name()
    ));
    setup.up().fails(1);
    setup.database.sql("DELETE FROM b.t");
    setup.up().success();
    assert_eq!(
        setup.database.value("SELECT indisvalid FROM pg_index WHERE indexrelid = 'b.i'::regclass"),
        "t"
    );
}

#[test]
fn a_partition_whose_detaching_was_cut_off_is_detached_by_the_next_run() {
    let setup = Setup::with(&[(
        "0001_p.sql",
        &format!("{UP}ALTER TABLE p DETACH PARTITION p1 CONCURRENTLY;\nSELECT 1;\n"),
    )]);
    setup.database.sql(
        "CREATE TABLE p (a int) PARTITION BY LIST (a); CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1)",
    );
    let reader = setup.hold("BEGIN; SELECT * FROM p");
    let running = setup.pmdb(&["up"]).spawn();
    setup.wait_until("EXISTS (SELECT FROM pg_inherits WHERE inhdetachpending)");
    running.interrupt();
    running.wait().fails(130);
    drop(reader);
    let outcome = setup.up().success();
    assert!(outcome.stderr.contains("partition p1 was detached to the end"), "{}", outcome.stderr);
    assert_eq!(setup.database.value("SELECT count(*) FROM pg_inherits"), "0");
    assert_eq!(setup.states(), "0001 applied");
}

#[test]
fn an_index_that_is_there_and_valid_counts_as_done_after_a_crash() {
    let setup = Setup::with(&[
        LOG,
        (
            "0002_i.sql",
            &format!(
                "{UP}CREATE INDEX CONCURRENTLY log_what ON log (what);\nINSERT INTO log VALUES ('b');\n"
            ),
        ),
    ]);
    setup.up().success();
    // As if the process had died between the statement and its progress.
    setup
        .database
        .sql("UPDATE schema_migrations SET statements_done = -1 WHERE version = '0002'; DELETE FROM log");
    assert_eq!(setup.states(), "0001 applied, 0002 half applied (0 of 2)");
    let outcome = setup.up().success();
    assert!(outcome.stderr.contains("index log_what is built and valid"), "{}", outcome.stderr);
    assert_eq!(log(&setup), "b");
}

#[test]
fn an_index_is_looked_for_after_a_crash_under_what_its_file_has_set() {
    let setup = Setup::with(&[(
        "0001_i.sql",
        "-- migrate:up transaction:false\nCREATE SCHEMA app;\nCREATE TABLE app.t (a int);\n\
         SET search_path = app;\nCREATE INDEX CONCURRENTLY i ON t (a);\n",
    )]);
    setup.up().success();
    let index = "SELECT oid FROM pg_class WHERE relname = 'i'";
    let built = setup.database.value(index);
    setup.database.sql("UPDATE schema_migrations SET statements_done = -4, statements_total = 4");
    let outcome = setup.up().success();
    assert!(outcome.stderr.contains("index i is built and valid"), "{}", outcome.stderr);
    assert_eq!(setup.database.value(index), built);
}

#[test]
fn an_index_that_is_gone_counts_as_dropped_after_a_crash() {
    let setup = Setup::with(&[
        LOG,
        (
            "0002_i.sql",
            "-- migrate:up\nCREATE INDEX log_what ON log (what);\n-- migrate:down transaction:false\n\
             DROP INDEX CONCURRENTLY log_what;\nSELECT nope;\n",
        ),
    ]);
    setup.up().success();
    setup.run(&["down"]).fails(1);
    assert_eq!(setup.states(), "0001 applied, 0002 half undone (1 of 2)");
    setup.database.sql("UPDATE schema_migrations SET statements_done = 1 WHERE version = '0002'");
    setup.project.migration(
        "0002_i.sql",
        "-- migrate:up\nCREATE INDEX log_what ON log (what);\n-- migrate:down transaction:false\n\
         DROP INDEX CONCURRENTLY log_what;\nSELECT 1;\n",
    );
    setup.run(&["down"]).success();
    assert_eq!(setup.states(), "0001 applied, 0002 pending");
}

const HALF_UNDONE: &str = "-- migrate:up\nINSERT INTO log VALUES ('up');\n-- migrate:down transaction:false\n\
                           INSERT INTO log VALUES ('down1');\nSELECT nope;\nINSERT INTO log VALUES ('down2');\n";

#[test]
fn a_half_undone_migration_is_undone_to_the_end_by_the_next_down() {
    let setup = Setup::with(&[LOG, ("0002_a.sql", HALF_UNDONE)]);
    setup.up().success();
    assert_snapshot!(setup.run(&["down"]).fails(1).filtered(), @r#"
    exit code: 1
    ----- stdout
    ----- stderr
    error: migrations/0002_a.sql:5:8: column "nope" does not exist
      |
    5 | SELECT nope;
      |        ^
    SQLSTATE: 42703
    0002 a runs outside a transaction: 1 of 3 statements are done and stay done; the next run goes on at statement 2.
    database: [DATABASE] on [SOCKET_DIR]/.s.PGSQL.[PORT] as postgres
    "#);
    assert_eq!(setup.states(), "0001 applied, 0002 half undone (1 of 3)");
    setup.project.migration("0002_a.sql", &HALF_UNDONE.replace("nope", "1"));
    setup.run(&["down"]).success();
    assert_eq!(setup.states(), "0001 applied, 0002 pending");
    assert_eq!(log(&setup), "down1 down2 up");
}

#[test]
fn a_half_that_fails_at_its_first_statement_was_not_begun() {
    let file = |first: &str| {
        format!(
            "{UP}{first};\nCREATE TABLE t ();\n-- migrate:down transaction:false\nSELECT nope;\nDROP TABLE t;\n"
        )
    };
    let setup = Setup::with(&[("0001_a.sql", &file("SELECT nope"))]);
    setup.up().fails(1);
    assert_eq!(setup.states(), "0001 pending");
    setup.project.migration("0001_a.sql", &file("BEGIN;\nSELECT 1;\nCOMMIT"));
    setup.up().success();
    setup.run(&["down"]).fails(1);
    assert_eq!(setup.states(), "0001 applied");
    assert!(setup.up().success().stdout.contains("nothing to apply"));
}

#[test]
fn up_finishes_a_half_done_undo_and_applies_again() {
    let setup = Setup::with(&[LOG, ("0002_a.sql", HALF_UNDONE)]);
    setup.up().success();
    setup.run(&["down"]).fails(1);
    setup.project.migration("0002_a.sql", &HALF_UNDONE.replace("nope", "1"));
    setup.up().success();
    assert_eq!(setup.states(), "0001 applied, 0002 applied");
    assert_eq!(log(&setup), "down1 down2 up up");
}

#[test]
fn what_earlier_statements_have_set_holds_after_a_resume() {
    let setup = Setup::new();
    let role = format!("{}_r", setup.database.name());
    let file = |third: &str| {
        format!(
            "{UP}CREATE SCHEMA s AUTHORIZATION {role};\nSET search_path = s;\nSET ROLE {role};\n{third};\n\
             CREATE TABLE t AS SELECT current_user::text AS who;\nCREATE INDEX CONCURRENTLY t_who ON t (who);\n"
        )
    };
    setup.database.sql(&format!("CREATE ROLE {role}"));
    setup.project.migration("0001_a.sql", &file("SELECT nope"));
    setup.up().fails(1);
    setup.project.migration("0001_a.sql", &file("SELECT 1"));
    setup.up().success();
    assert_eq!(setup.database.value("SELECT who FROM s.t"), role);
    assert_eq!(
        setup
            .database
            .value("SELECT count(*) FROM pg_indexes WHERE indexname = 't_who' AND schemaname = 's'"),
        "1"
    );
    setup.database.sql(&format!("DROP SCHEMA s CASCADE; DROP ROLE {role}"));
}

#[test]
fn a_half_applied_migration_whose_file_is_gone_is_named() {
    let setup =
        Setup::with(&[LOG, ("0002_a.sql", &format!("{UP}INSERT INTO log VALUES ('a');\nSELECT nope;\n"))]);
    setup.up().fails(1);
    std::fs::remove_file(setup.project.path().join("migrations/0002_a.sql")).unwrap();
    let outcome = setup.up().fails(4);
    assert!(outcome.stderr.contains("0002 a is half applied (1 of 2 statements)"), "{}", outcome.stderr);
}

#[test]
fn a_statement_that_cannot_run_in_a_transaction_is_found_before_anything_runs() {
    let setup = Setup::with(&[
        ("0001_a.sql", "-- migrate:up\nCREATE TABLE a ();\n"),
        ("0002_b.sql", "-- migrate:up\nSELECT 1;\nVACUUM a;\n"),
    ]);
    let outcome = setup.up().fails(1);
    assert!(
        outcome.stderr.contains("0002_b.sql:3:1: VACUUM cannot run inside a transaction"),
        "{}",
        outcome.stderr
    );
    assert!(outcome.stderr.contains("transaction:false"), "{}", outcome.stderr);
    assert_eq!(setup.database.value("SELECT to_regclass('a') IS NULL"), "t");
}
