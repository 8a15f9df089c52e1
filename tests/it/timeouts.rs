//! Timeouts that an administrator has set for a database or a role: none of them ends a wait of pmdb's own.

use pmdb::HistoryTable;

use crate::support::{Held, Setup, server};

/// All that a session of a superuser may be subject to: one that a newer server has is among them.
fn all_timeouts() -> Vec<String> {
    let settable = "SELECT name FROM pg_settings WHERE name ~ 'timeout' AND context IN ('user', 'superuser')";
    let names: Vec<String> =
        server().sql("postgres", settable).into_iter().filter_map(|mut row| row.remove(0)).collect();
    assert!(names.iter().any(|name| name == "idle_session_timeout"), "{names:?}");
    names
}

/// Long enough for each statement of a file, and much shorter than the waits below.
const TIMEOUT: &str = "'250ms'";

/// A project with a file that is pending, and a database with this timeout.
fn with_timeout(timeout: &str) -> Setup {
    let setup = Setup::with(&[("0001_t.sql", "-- migrate:up\nCREATE TABLE t ();\n")]);
    setup.up().success();
    setup.project.migration("0002_a.sql", "-- migrate:up\nALTER TABLE t ADD COLUMN a int;\n");
    let name = setup.database.name();
    setup.database.sql(&format!("ALTER DATABASE {name} SET {timeout} = {TIMEOUT}"));
    setup
}

/// A session that none of them ends.
fn hold(setup: &Setup, sql: &str) -> Held {
    let off: String = all_timeouts().iter().map(|timeout| format!("SET {timeout} = 0; ")).collect();
    setup.hold(&format!("{}; BEGIN; {sql}", off.replace("SET deadlock_timeout = 0; ", "")))
}

#[test]
fn no_timeout_ends_a_wait_for_the_history_or_for_another_runner() {
    for timeout in all_timeouts() {
        let setup = with_timeout(&timeout);
        let key = HistoryTable::migrations().lock_key();
        let history = hold(&setup, "LOCK TABLE schema_migrations");
        let runner = hold(&setup, &format!("SELECT pg_advisory_xact_lock({key})"));
        let running = setup.pmdb(&["up", "--lock-timeout", "60s"]).spawn();
        running.wait_for_stderr("note: waiting for a lock");
        drop(history);
        // It is said after 300 ms.
        running.wait_for_stderr("note: waiting for another pmdb");
        drop(runner);
        let outcome = running.wait();
        assert_eq!(outcome.code, Some(0), "{timeout}\n{}", outcome.stderr);
    }
}

#[test]
fn no_timeout_ends_a_pause_between_two_tries() {
    for timeout in all_timeouts() {
        let setup = with_timeout(&timeout);
        let table = hold(&setup, "LOCK TABLE t");
        let running = setup.pmdb(&["up", "--lock-timeout", "50ms"]).spawn();
        // The third pause is of half a second at least.
        running.wait_for_stderr("try 5 follows");
        drop(table);
        let outcome = running.wait();
        assert_eq!(outcome.code, Some(0), "{timeout}\n{}", outcome.stderr);
    }
}

#[test]
fn no_timeout_ends_a_session_that_rests_while_another_one_works() {
    let slow = "-- migrate:up\nSELECT pg_sleep(0.5);\nCREATE TABLE t ();\n-- migrate:down\nDROP TABLE t;\n";
    let setup = Setup::with(&[("0001_t.sql", slow)]);
    setup.up().success();
    let role = format!("{}_role", setup.database.name());
    setup.database.sql(&format!("CREATE ROLE {role} SUPERUSER LOGIN"));
    let url = setup.database.url().replace("postgres@", &format!("{role}@"));
    for timeout in all_timeouts() {
        // Files run as long as they do.
        if timeout == "statement_timeout" || timeout == "transaction_timeout" {
            continue;
        }
        setup
            .database
            .sql(&format!("ALTER ROLE {role} RESET ALL; ALTER ROLE {role} SET {timeout} = {TIMEOUT}"));
        setup.pmdb(&["verify", "--scratch-url", &url]).run().success();
        setup.pmdb(&["drift", "--scratch-url", &url]).env("DATABASE_URL", &url).run().success();
    }
    setup.database.sql(&format!("DROP ROLE {role}"));
}
