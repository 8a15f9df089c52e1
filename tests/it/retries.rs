//! What the server has undone as a whole, and may not refuse the next time, is tried again.

use crate::support::Setup;

/// A file that locks two tables in the other order than the session that is held does. The server looks for a deadlock once,
/// when a session has waited for `deadlock_timeout`: so the file has to be the last to wait, which the advisory lock sees to.
#[test]
fn a_deadlock_is_tried_again_like_a_lock_timeout() {
    let setup = Setup::with(&[(
        "0001_a.sql",
        "-- migrate:up\nSET LOCAL deadlock_timeout = '100ms';\nALTER TABLE a ADD x int;\n\
         SELECT pg_advisory_xact_lock(4712);\nALTER TABLE b ADD x int;\n",
    )]);
    setup.database.sql("CREATE TABLE a (); CREATE TABLE b ()");
    let gate = setup.hold("BEGIN; SELECT pg_advisory_xact_lock(4712)");
    let holder = setup.hold("SET deadlock_timeout = '1h'; BEGIN; LOCK TABLE b");
    let running = setup.pmdb(&["up", "--lock-timeout", "60s"]).spawn();
    setup.wait_until(
        "EXISTS (SELECT FROM pg_locks WHERE NOT granted AND locktype = 'advisory' AND objid = 4712)",
    );
    holder.send("LOCK TABLE a; COMMIT");
    setup.wait_until("EXISTS (SELECT FROM pg_locks WHERE NOT granted AND relation = 'a'::regclass)");
    gate.send("COMMIT");
    let outcome = running.wait().success();
    assert!(outcome.stderr.contains("a deadlock with another session"), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("try 2 follows"), "{}", outcome.stderr);
    assert_eq!(setup.states(), "0001 applied");
}

#[test]
fn a_serialization_failure_is_tried_again() {
    let setup = Setup::with(&[(
        "0001_a.sql",
        "-- migrate:up\nSET TRANSACTION ISOLATION LEVEL REPEATABLE READ;\nSELECT * FROM t;\n\
         SELECT pg_advisory_xact_lock(4711);\nUPDATE t SET a = a + 1;\n",
    )]);
    setup.database.sql("CREATE TABLE t (a int); INSERT INTO t VALUES (1)");
    let holder = setup.hold("BEGIN; SELECT pg_advisory_xact_lock(4711); UPDATE t SET a = a + 10");
    let running = setup.pmdb(&["up", "--lock-timeout", "60s"]).spawn();
    setup.wait_until(
        "EXISTS (SELECT FROM pg_locks WHERE NOT granted AND locktype = 'advisory' AND objid = 4711)",
    );
    holder.send("COMMIT");
    let outcome = running.wait().success();
    assert!(outcome.stderr.contains("a conflict with another transaction"), "{}", outcome.stderr);
    assert_eq!(setup.database.value("SELECT a FROM t"), "12");
}

#[test]
fn files_that_change_what_all_databases_share_can_be_applied_to_many_of_them_at_once() {
    let first = Setup::new();
    let role = format!("{}_shared", first.database.name());
    first.database.sql(&format!("CREATE ROLE {role}"));
    let setups: Vec<Setup> = (0..12).map(|_| Setup::new()).collect();
    for setup in &setups {
        for number in 1..=12 {
            let file = format!("-- migrate:up\nALTER ROLE {role} CONNECTION LIMIT {number};\n");
            setup.project.migration(&format!("{number:04}_limit.sql"), &file);
        }
    }
    // One meets another session for certain, since it waits for one that has changed the same.
    let holder = first.hold(&format!("BEGIN; ALTER ROLE {role} CONNECTION LIMIT 100"));
    let running: Vec<_> =
        setups.iter().map(|setup| setup.pmdb(&["up", "--lock-retries", "30"]).spawn()).collect();
    first.wait_until(&format!(
        "EXISTS (SELECT FROM pg_stat_activity WHERE wait_event = 'transactionid' AND query LIKE '%ALTER ROLE {role} %')"
    ));
    holder.send("COMMIT");
    let outcomes: Vec<_> = running.into_iter().map(|running| running.wait().success()).collect();
    let tried_again =
        |outcome: &crate::support::Outcome| outcome.stderr.contains("same entry of the system catalogs");
    assert!(outcomes.iter().any(tried_again), "none of them has met another session");
    first.database.sql(&format!("DROP ROLE {role}"));
}

#[test]
fn a_refusal_that_stays_is_given_up_and_named() {
    let setup = Setup::with(&[(
        "0001_a.sql",
        "-- migrate:up\nDO $$ BEGIN RAISE 'could not serialize' USING ERRCODE = '40001'; END $$;\n",
    )]);
    let outcome = setup.run(&["up", "--lock-retries", "1"]).fails(1);
    assert!(outcome.stderr.contains("could not serialize, tried 2 times"), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("40001"), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("was rolled back"), "{}", outcome.stderr);
}

/// The server has no words of its own for some names that are taken, such as that of a dictionary.
#[test]
fn an_entry_of_the_catalogs_that_stays_in_the_way_is_the_mistake_of_the_file() {
    let file = "-- migrate:up\nCREATE TEXT SEARCH DICTIONARY d (TEMPLATE = simple);\n";
    let setup = Setup::with(&[("0001_a.sql", file)]);
    setup.database.sql("CREATE TEXT SEARCH DICTIONARY d (TEMPLATE = simple)");
    let outcome = setup.up().fails(1);
    assert!(outcome.stderr.contains("0001_a.sql:2:1: duplicate key value"), "{}", outcome.stderr);
    assert!(!outcome.stderr.contains("try 3"), "{}", outcome.stderr);
}
