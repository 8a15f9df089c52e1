//! A lock on the history table stands in the way.

use std::time::{Duration, Instant};

use pmdb::HistoryTable;

use crate::support::Setup;

/// How the error begins.
const GAVE_UP: &str = "could not get a lock on the history table public.schema_migrations within";

/// A project with a history and a file that is pending.
fn with_a_history() -> Setup {
    let setup =
        Setup::with(&[("0001_a.sql", "-- migrate:up\nCREATE TABLE a ();\n-- migrate:down\nDROP TABLE a;\n")]);
    setup.up().success();
    setup.project.migration("0002_b.sql", "-- migrate:up\nCREATE TABLE b ();\n");
    setup
}

const LOCK: &str = "SET application_name = 'a forgotten session'; BEGIN; LOCK TABLE schema_migrations";

#[test]
fn commands_with_a_lock_timeout_obey_it_and_name_who_is_in_the_way() {
    let setup = with_a_history();
    let held = setup.hold(LOCK);
    for command in ["up", "down", "redo"] {
        let start = Instant::now();
        let outcome = setup.run(&[command, "--lock-timeout", "300ms"]).fails(1);
        assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
        for part in [
            "could not get a lock on the history table public.schema_migrations within 0.3 s; held by pid ",
            "application a forgotten session",
            "pg_terminate_backend(",
        ] {
            assert!(outcome.stderr.contains(part), "{part}: {}", outcome.stderr);
        }
    }
    let json = setup.run(&["up", "--lock-timeout", "300ms", "--json"]).fails(1).json();
    assert_eq!(json["error"]["code"], "lock_timeout", "{json}");
    assert_eq!(json["error"]["blockers"][0]["application"], "a forgotten session", "{json}");
    drop(held);
    setup.up().success();
}

#[test]
fn commands_that_only_look_say_for_whom_they_wait_and_give_up_after_five_seconds() {
    let setup = with_a_history();
    let held = setup.hold(LOCK);
    for command in [&["status"][..], &["drift"], &["accept", "0001"], &["up", "--dry-run"]] {
        let running = setup.pmdb(command).spawn();
        running.wait_for_stderr("note: waiting for a lock; held by pid ");
        let outcome = running.wait().fails(1);
        assert!(outcome.stderr.contains(&format!("{GAVE_UP} 5 s; held by pid ")), "{}", outcome.stderr);
    }
    drop(held);
}

#[test]
fn a_lock_that_becomes_free_is_waited_for() {
    let setup = with_a_history();
    let held = setup.hold(LOCK);
    let running = setup.pmdb(&["up", "--lock-timeout", "60s"]).spawn();
    running.wait_for_stderr("note: waiting for a lock; held by pid ");
    drop(held);
    running.wait().success();
    assert_eq!(setup.states(), "0001 applied, 0002 applied");
}

#[test]
fn under_the_runners_lock_it_is_not_taken_for_a_pool_that_is_too_small() {
    let setup = with_a_history();
    let key = HistoryTable::migrations().lock_key();
    let runner = setup.hold(&format!("BEGIN; SELECT pg_advisory_xact_lock({key})"));
    let running = setup.pmdb(&["up", "--lock-timeout", "2s"]).spawn();
    running.wait_for_stderr("waiting for another pmdb");
    let held = setup.hold(LOCK);
    drop(runner);
    let outcome = running.wait().fails(1);
    assert!(outcome.stderr.contains(&format!("{GAVE_UP} 2 s; held by pid ")), "{}", outcome.stderr);
    drop(held);
    assert_eq!(setup.states(), "0001 applied, 0002 pending");
}
