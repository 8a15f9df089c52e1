//! Backfills that are killed, and two at once.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use super::{BACKFILL, hits, slow_down, with_rows};
use crate::support::{Database, PgBouncer, Random, SetOnDrop, Setup};

#[test]
fn a_backfill_that_is_killed_again_and_again_changes_each_row_once() {
    let (setup, mut random) = (with_rows(6_000, BACKFILL), Random::new());
    slow_down(&setup);
    let mut kills = 0;
    while kills < 8 {
        let running = setup.pmdb(&["up"]).spawn();
        thread::sleep(random.shorter_than(Duration::from_millis(700)));
        match running.kill() {
            None => kills += 1,
            Some(code) => {
                assert_eq!(code, 0);
                break;
            }
        }
    }
    setup.up().success();
    assert_eq!(hits(&setup), "6000 × 1");
    assert_eq!(setup.states(), "0001 applied");
}

#[test]
fn status_shows_how_much_is_done_while_another_runner_is_at_it() {
    let setup = with_rows(8_000, BACKFILL);
    slow_down(&setup);
    let running = setup.pmdb(&["up"]).spawn();
    setup.wait_until("EXISTS (SELECT FROM pg_class WHERE relname = 'schema_migrations')");
    setup.wait_until("EXISTS (SELECT FROM schema_migrations WHERE (backfill->>'rows')::int > 0)");
    let status = setup.run(&["status", "--json"]).success().json();
    let share = &status["migrations"][0]["backfill"];
    assert_eq!(status["migrations"][0]["state"], "half_applied");
    assert!(share["rows"].as_u64().unwrap() > 0, "{share}");
    assert_eq!(share["of"], 8_000);
    let text = setup.run(&["status"]).success().stdout;
    assert!(text.contains("half applied (") && text.contains(" %)"), "{text}");
    let second = setup.pmdb(&["up"]).spawn();
    running.wait().success();
    second.wait().success();
    assert_eq!(hits(&setup), "8000 × 1");
}

/// Writers that change rows of the table until they are told to stop: none of them may get in the way of a count.
fn write_beside(url: &str, stop: &AtomicBool) {
    let database = Database::at(url);
    let mut random = Random::new();
    while !stop.load(Ordering::Relaxed) {
        let id = 3 * (1 + random.below(100_000));
        // A deadlock would fail it.
        database.sql(&format!("UPDATE tasks SET written = written + 1 WHERE id = {id}"));
    }
}

/// A hundred thousand rows beside writers, while pmdb and its connections are killed.
fn each_row_once(url: impl Fn(&Setup) -> String) {
    let (setup, mut random) = (with_rows(100_000, BACKFILL), Random::new());
    setup.database.sql("ALTER TABLE tasks ADD written int NOT NULL DEFAULT 0");
    let url = url(&setup);
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        let _stopped = SetOnDrop(&stop);
        for _ in 0..4 {
            scope.spawn(|| write_beside(setup.database.url(), &stop));
        }
        for round in 0..12 {
            let running = setup.pmdb(&["up", "--batch-time", "20ms"]).env("DATABASE_URL", &url).spawn();
            thread::sleep(random.shorter_than(Duration::from_millis(500)));
            if round % 3 == 0 {
                setup.database.sql(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() \
                     AND query LIKE '%pmdb%' AND pid <> pg_backend_pid()",
                );
                running.wait();
            } else {
                running.kill();
            }
        }
        setup.pmdb(&["up"]).env("DATABASE_URL", &url).run().success();
    });
    assert_eq!(hits(&setup), "100000 × 1");
    assert_eq!(setup.database.value("SELECT count(*) FROM tasks WHERE priority IS DISTINCT FROM 1"), "0");
}

#[test]
fn beside_writers_each_of_a_hundred_thousand_rows_is_changed_once_whatever_is_killed() {
    each_row_once(|setup| setup.database.url().to_owned());
}

#[test]
fn the_same_holds_behind_a_pooler() {
    let Some(pooler) = PgBouncer::new(4) else { return };
    each_row_once(|setup| pooler.url(&setup.database));
}

#[test]
fn a_key_that_gets_another_type_while_a_run_goes_along_it_stops_the_run() {
    let setup = with_rows(8_000, BACKFILL);
    slow_down(&setup);
    let running = setup.pmdb(&["up"]).spawn();
    setup.wait_until("EXISTS (SELECT FROM pg_class WHERE relname = 'schema_migrations')");
    setup.wait_until("EXISTS (SELECT FROM schema_migrations WHERE (backfill->>'rows')::int > 0)");
    setup.database.sql("ALTER TABLE tasks ALTER id TYPE text");
    let error = running.wait().fails(1).stderr;
    assert!(error.contains("0001_fill.sql:2:"), "{error}");
    let error = setup.up().fails(1).stderr;
    assert!(error.contains("sorted in another way than when this backfill began"), "{error}");
    setup.database.sql("ALTER TABLE tasks ALTER id TYPE bigint USING id::bigint");
    setup.up().success();
    assert_eq!(hits(&setup), "8000 × 1");
}

#[test]
fn a_row_of_the_history_that_goes_away_meanwhile_stops_the_run_which_says_that_it_no_longer_knows() {
    let setup = with_rows(8_000, BACKFILL);
    slow_down(&setup);
    let running = setup.pmdb(&["up"]).spawn();
    setup.wait_until("EXISTS (SELECT FROM pg_class WHERE relname = 'schema_migrations')");
    setup.wait_until("EXISTS (SELECT FROM schema_migrations WHERE (backfill->>'rows')::int > 0)");
    setup.database.sql("DELETE FROM schema_migrations");
    let error = running.wait().fails(1).stderr;
    assert!(error.contains("what is recorded of them is no longer its own"), "{error}");
    assert!(!error.contains("stay done"), "{error}");
}

#[test]
fn a_lock_that_is_not_free_in_time_costs_a_batch_and_is_said_so() {
    let setup = with_rows(2_000, BACKFILL);
    let holder = setup.hold("BEGIN; SELECT FROM tasks WHERE id = 4500 FOR UPDATE");
    let running = setup.pmdb(&["up", "--batch-time", "100ms"]).spawn();
    running.wait_for_stderr("a lock was not free in time");
    drop(holder);
    let outcome = running.wait().success();
    assert!(outcome.stderr.contains("the batch was rolled back, and try 2 follows"), "{}", outcome.stderr);
    assert_eq!(hits(&setup), "2000 × 1");
}
