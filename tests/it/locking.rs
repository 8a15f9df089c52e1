//! One runner at a time, and locks on tables.

use std::time::{Duration, Instant};

use crate::support::{Outcome, Running, Setup, server};

/// A migration that waits for an advisory lock: as long as a test holds it, the run is in the middle.
const SLOW: &str = "-- migrate:up\nSELECT pg_advisory_xact_lock(7);\n";

/// A run of `pmdb up` in the middle of its file, with the session that keeps it there.
fn run_in_the_middle(setup: &Setup) -> (Running, crate::support::Held) {
    let held = setup.hold("SELECT pg_advisory_lock(7)");
    setup.project.migration("0001_slow.sql", SLOW);
    let running = setup.pmdb(&["up", "--lock-timeout", "60s"]).spawn();
    setup.wait_for_statement("pg_advisory_xact_lock(7)");
    (running, held)
}

#[test]
fn eight_runners_at_once_apply_each_file_once() {
    let setup = Setup::new();
    setup.project.migration("0001_log.sql", "-- migrate:up\nCREATE TABLE log (n int);\n");
    for n in 2..=20 {
        let mode = if n % 3 == 0 { " transaction:false" } else { "" };
        setup.project.migration(
            &format!("{n:04}_n.sql"),
            &format!("-- migrate:up{mode}\nINSERT INTO log VALUES ({n});\nSELECT pg_sleep(0.005);\n"),
        );
    }
    let runners: Vec<Running> = (0..8).map(|_| setup.pmdb(&["up"]).spawn()).collect();
    let outcomes: Vec<Outcome> = runners.into_iter().map(|runner| runner.wait().success()).collect();
    assert_eq!(setup.database.value("SELECT count(*) || ' ' || count(DISTINCT n) FROM log"), "19 19");
    assert_eq!(setup.database.value("SELECT count(*) FROM schema_migrations"), "20");
    let applied: usize = outcomes.iter().map(|outcome| outcome.stderr.matches("applied 0").count()).sum();
    assert_eq!(applied, 20);
}

#[test]
fn without_patience_the_second_runner_gives_up_and_names_the_first() {
    let setup = Setup::new();
    let (running, held) = run_in_the_middle(&setup);
    for wait in ["0", "500ms"] {
        let start = Instant::now();
        let outcome = setup.run(&["up", "--lock-wait", wait]).fails(5);
        assert!(start.elapsed() < Duration::from_secs(20));
        for part in [
            "another pmdb is migrating this database (pid ",
            ", user postgres, application pmdb, ",
            "since ",
            "--lock-wait",
        ] {
            assert!(outcome.stderr.contains(part), "{part}: {}", outcome.stderr);
        }
        let outcome = setup.run(&["up", "--lock-wait", wait, "--json"]).fails(5);
        assert_eq!(outcome.json()["error"]["code"], "locked");
    }
    assert_eq!(setup.run(&["status", "--json"]).success().json()["pending"], 1);
    drop(held);
    running.wait().success();
}

#[test]
fn a_waiting_runner_says_for_whom_and_goes_on_when_it_is_done() {
    let setup = Setup::new();
    let (running, held) = run_in_the_middle(&setup);
    let second = setup.pmdb(&["up"]).spawn();
    second.wait_for_stderr("waiting for another pmdb (pid ");
    drop(held);
    running.wait().success();
    let outcome = second.wait().success();
    assert!(outcome.stdout.contains("nothing to apply"), "{}", outcome.stdout);
}

#[test]
fn an_interrupted_wait_ends_with_130_and_changes_nothing() {
    let setup = Setup::new();
    let (running, held) = run_in_the_middle(&setup);
    let second = setup.pmdb(&["up"]).spawn();
    second.wait_for_stderr("waiting for another pmdb");
    second.interrupt();
    let outcome = second.wait().fails(130);
    assert!(outcome.stderr.contains("interrupted while waiting for another pmdb"), "{}", outcome.stderr);
    drop(held);
    running.wait().success();
}

#[test]
fn the_lock_is_free_at_once_after_a_run() {
    let setup = Setup::new();
    for n in 1..=5 {
        setup.project.migration(&format!("{n:04}_n.sql"), "-- migrate:up\nSELECT 1;\n-- migrate:down\n");
        let outcome = setup.run(&["up", "--lock-wait", "0"]).success();
        assert!(!outcome.stderr.contains("waiting"), "{}", outcome.stderr);
    }
    let taken = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' \
                 AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
    assert_eq!(setup.database.value(taken), "0");
}

#[test]
fn timeouts_for_idle_transactions_do_not_take_the_lock_away() {
    let setup = Setup::new();
    // The second is not there before PostgreSQL 17, and means the run's own transactions too.
    let has_both = server().major() >= 17;
    let timeouts: &[&str] = if has_both {
        &["idle_in_transaction_session_timeout", "transaction_timeout"]
    } else {
        &["idle_in_transaction_session_timeout"]
    };
    for timeout in timeouts {
        setup.database.sql(&format!("ALTER DATABASE {} SET {timeout} = '2s'", setup.database.name()));
    }
    let held = setup.hold("SELECT pg_advisory_lock(7)");
    let without = if has_both { "SET LOCAL transaction_timeout = 0;\n" } else { "" };
    setup.project.migration("0001_slow.sql", &SLOW.replace("SELECT", &format!("{without}SELECT")));
    let running = setup.pmdb(&["up", "--lock-timeout", "60s"]).spawn();
    setup.wait_until(
        "EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'pmdb' \
         AND state = 'idle in transaction' AND clock_timestamp() - xact_start > '2.5 s')",
    );
    drop(held);
    running.wait().success();
    assert_eq!(setup.states(), "0001 applied");
}

#[test]
fn other_history_tables_do_not_wait_for_each_other() {
    let setup = Setup::new();
    let (running, held) = run_in_the_middle(&setup);
    setup.project.write("others/0001_o.sql", "-- migrate:up\nSELECT 1;\n");
    setup.run(&["up", "--dir", "others", "--table", "others", "--lock-wait", "0"]).success();
    drop(held);
    running.wait().success();
}

const ALTER: &str = "-- migrate:up\nINSERT INTO log VALUES ('x');\nALTER TABLE t ADD COLUMN a int;\n";

fn with_table() -> Setup {
    let setup = Setup::new();
    setup.database.sql("CREATE TABLE t (); CREATE TABLE log (what text)");
    setup
}

#[test]
fn a_lock_that_cannot_be_had_is_an_error_after_the_retries() {
    let outside = ALTER.replace("-- migrate:up", "-- migrate:up transaction:false");
    let alone = outside.replace("ALTER TABLE t ADD COLUMN a int", "VACUUM FULL t");
    for file in [ALTER, &outside, &alone] {
        let setup = with_table();
        setup.project.migration("0001_a.sql", file);
        let held = setup.hold("BEGIN; LOCK TABLE t");
        // Long enough for another session to look who holds the lock.
        let outcome = setup.run(&["up", "--lock-timeout", "1s", "--lock-retries", "2"]).fails(1);
        assert!(outcome.stderr.contains("0001_a.sql:3:1:"), "{}", outcome.stderr);
        assert!(
            outcome.stderr.contains("try 2 follows") && outcome.stderr.contains("try 3 follows"),
            "{}",
            outcome.stderr
        );
        assert!(!outcome.stderr.contains("try 4 follows"), "{}", outcome.stderr);
        assert!(
            outcome.stderr.contains("held by pid ") && outcome.stderr.contains("pg_terminate_backend("),
            "{}",
            outcome.stderr
        );
        let outcome = setup.run(&["up", "--lock-timeout", "50ms", "--lock-retries", "0", "--json"]).fails(1);
        assert_eq!(outcome.json()["error"]["code"], "lock_timeout");
        drop(held);
        setup.up().success();
        assert_eq!(setup.database.value("SELECT count(*) FROM log"), "1");
    }
}

#[test]
fn who_is_in_the_way_of_a_run_on_another_database_is_not_named() {
    let other = Setup::new();
    let (running, other_held) = run_in_the_middle(&other);
    let setup = with_table();
    setup.project.migration("0001_a.sql", ALTER);
    let held = setup.hold("BEGIN; LOCK TABLE t");
    let outcome = setup.run(&["up", "--lock-timeout", "1s", "--lock-retries", "0"]).fails(1);
    assert!(outcome.stderr.contains("; held by pid "), "{}", outcome.stderr);
    assert!(!outcome.stderr.contains("; pid "), "{}", outcome.stderr);
    drop((held, other_held));
    running.wait().success();
}

#[test]
fn a_lock_that_becomes_free_meanwhile_is_no_error() {
    let setup = with_table();
    setup.project.migration("0001_a.sql", ALTER);
    let held = setup.hold("BEGIN; LOCK TABLE t");
    let running = setup.pmdb(&["up", "--lock-timeout", "50ms"]).spawn();
    running.wait_for_stderr("try 2 follows");
    drop(held);
    running.wait().success();
    assert_eq!(setup.database.value("SELECT count(*) FROM log"), "1");
}

#[test]
fn a_wait_between_retries_can_be_interrupted() {
    let setup = with_table();
    setup.project.migration("0001_a.sql", ALTER);
    let _held = setup.hold("BEGIN; LOCK TABLE t");
    let running = setup.pmdb(&["up", "--lock-timeout", "10ms", "--lock-retries", "1000"]).spawn();
    running.wait_for_stderr("try 3 follows");
    running.interrupt();
    running.wait().fails(130);
    assert_eq!(setup.database.value("SELECT count(*) FROM log"), "0");
}

#[test]
fn an_index_built_concurrently_may_wait_longer_than_the_lock_timeout() {
    let setup = with_table();
    setup.project.migration(
        "0001_i.sql",
        "-- migrate:up transaction:false\nCREATE INDEX CONCURRENTLY i ON log (what);\n",
    );
    let database = setup.database.name();
    setup.database.sql(&format!("ALTER DATABASE \"{database}\" SET lock_timeout = '1ms'"));
    let held = setup.hold("BEGIN; INSERT INTO log VALUES ('open')");
    let running = setup.pmdb(&["up", "--lock-timeout", "1ms"]).spawn();
    setup.wait_until(
        "EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' \
         AND query LIKE '%CONCURRENTLY i%' AND now() - query_start > interval '50 ms')",
    );
    drop(held);
    running.wait().success();
}

#[test]
fn a_copy_that_waits_for_a_lock_is_tried_again_and_names_who_blocks() {
    for (mode, name) in [("", r#""T""#), (" transaction:false", r#""T""#), ("", r#"U&"\0054""#)] {
        let file = format!("-- migrate:up{mode}\nCOPY {name} FROM stdin;\n1\n\\.\n");
        let setup = Setup::with(&[("0001_a.sql", &file)]);
        // A default that would be an error in any row.
        setup.database.sql("CREATE TABLE \"T\" (x int DEFAULT ('abc'::text)::int)");
        let held = setup.hold("BEGIN; LOCK TABLE \"T\"");
        let running = setup.pmdb(&["up", "--lock-timeout", "100ms", "--lock-retries", "1000"]).spawn();
        running.wait_for_stderr("; held by pid ");
        drop(held);
        running.wait().success();
        assert_eq!(setup.database.value("SELECT x FROM \"T\""), "1");
    }
}

#[test]
fn no_command_waits_for_a_lock_on_a_table_that_it_has_nothing_to_do_with() {
    let setup = Setup::with(&[
        ("0001_a.sql", "-- migrate:up\nCREATE TABLE a (id int);\n-- migrate:down\nDROP TABLE a;\n"),
        (
            "0002_b.sql",
            "-- migrate:up transaction:false\nCREATE INDEX CONCURRENTLY i ON a (id);\n-- migrate:down\nDROP INDEX i;\n",
        ),
    ]);
    setup.project.write(
        "seeds/0001_a.sql",
        "-- migrate:up\nINSERT INTO a VALUES (1);\n-- migrate:down\nDELETE FROM a;\n",
    );
    // With all that the server has to lock a table for when it is asked to show it.
    setup.database.sql(
        "CREATE TABLE other (x int DEFAULT ('1'::text)::int CHECK (x > 0), y int GENERATED ALWAYS AS (x + 1) STORED); \
         CREATE INDEX ON other ((x + y)) WHERE x > 0; \
         CREATE STATISTICS s ON x, y FROM other; \
         CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'; \
         CREATE TRIGGER g BEFORE INSERT ON other FOR EACH ROW WHEN (NEW.x > 0) EXECUTE FUNCTION f(); \
         CREATE RULE r AS ON UPDATE TO other WHERE NEW.x < 0 DO INSTEAD NOTHING; \
         ALTER TABLE other ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON other USING (x > 0); \
         CREATE VIEW v AS SELECT x FROM other; CREATE SEQUENCE q OWNED BY other.x",
    );
    // How the planner looks at a catalog depends on what it knows of its size.
    setup.database.sql("ANALYZE");
    let _held = setup.hold("BEGIN; LOCK TABLE other, v; ALTER SEQUENCE q INCREMENT 2");
    let commands =
        "up --dry-run; up; status; status --check; seed; seed --down; redo; down --all; up; wait; create";
    for plans in ["", "-c enable_indexscan=off -c enable_bitmapscan=off", "-c enable_seqscan=off"] {
        for command in commands.split("; ") {
            let arguments: Vec<&str> = command.split(' ').collect();
            // One that waits fails in the end, at its lock timeout.
            let outcome = setup.pmdb(&arguments).env("PGOPTIONS", plans).run().success();
            assert!(!outcome.stderr.contains("waiting for a lock"), "{command} {plans}: {}", outcome.stderr);
        }
        setup.run(&["down", "--all"]).success();
    }
}
