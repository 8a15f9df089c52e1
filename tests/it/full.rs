//! A server that has no connection left at the moment.

use crate::support::{Held, PgBouncer, Setup};

/// A role that may have this many connections, and its URL.
fn role_with_a_limit(setup: &Setup, limit: usize) -> (String, String) {
    let role = format!("{}_role", setup.database.name());
    setup.database.sql(&format!(
        "CREATE ROLE {role} LOGIN CONNECTION LIMIT {limit}; GRANT ALL ON SCHEMA public TO {role}"
    ));
    let url = setup.database.url().replace("postgres@", &format!("{role}@"));
    (role, url)
}

fn project() -> Setup {
    Setup::with(&[("0001_t.sql", "-- migrate:up\nCREATE TABLE t ();\n")])
}

/// Runs `pmdb up` while this many of two connections are taken, until it has said that it tries again; then they are let go.
fn waits_for_room(taken: usize, said: &str) {
    let setup = project();
    let (role, url) = role_with_a_limit(&setup, 2);
    let held: Vec<Held> = (0..taken).map(|_| Held::new(&url, "SELECT 1")).collect();
    let running = setup.pmdb(&["up"]).env("DATABASE_URL", &url).spawn();
    running.wait_for_stderr(&format!("too many connections for role \"{role}\"; try 2 follows"));
    drop(held);
    let outcome = running.wait().success();
    assert!(outcome.stderr.contains(said), "{}", outcome.stderr);
    setup.database.sql(&format!("DROP OWNED BY {role}; DROP ROLE {role}"));
}

#[test]
fn a_server_that_is_full_when_the_run_begins_is_tried_again() {
    waits_for_room(2, "note: cannot connect to ");
}

#[test]
fn a_server_that_is_full_when_the_lock_is_to_be_taken_is_tried_again() {
    waits_for_room(1, "note: cannot connect to ");
}

#[test]
fn without_more_tries_it_is_an_error_that_names_the_database() {
    let setup = project();
    let (role, url) = role_with_a_limit(&setup, 1);
    let held = Held::new(&url, "SELECT 1");
    let outcome = setup.pmdb(&["up", "--lock-retries", "1"]).env("DATABASE_URL", &url).run().fails(1);
    assert!(
        outcome.stderr.contains("try 2 follows") && !outcome.stderr.contains("try 3 follows"),
        "{}",
        outcome.stderr
    );
    let named = format!("error: cannot connect to {} on ", setup.database.name());
    assert!(outcome.stderr.contains(&named), "{}", outcome.stderr);
    drop(held);
    setup.database.sql(&format!("DROP OWNED BY {role}; DROP ROLE {role}"));
}

#[test]
fn a_pooler_that_is_full_is_tried_again() {
    let setup = project();
    let Some(pooler) = PgBouncer::with(4, "max_client_conn = 2\n") else { return };
    let url = pooler.url(&setup.database);
    let held: Vec<Held> = (0..2).map(|_| Held::new(&url, "SELECT 1")).collect();
    let running = setup.pmdb(&["up"]).env("DATABASE_URL", &url).spawn();
    running.wait_for_stderr("try 2 follows");
    drop(held);
    running.wait().success();
}

#[test]
fn wait_waits_until_there_is_room() {
    let setup = project();
    let (role, url) = role_with_a_limit(&setup, 1);
    let held = Held::new(&url, "SELECT 1");
    let waiting = setup.pmdb(&["wait"]).env("DATABASE_URL", &url).spawn();
    waiting.wait_for_stderr("note: waiting: ");
    drop(held);
    waiting.wait().success();
    setup.database.sql(&format!("DROP OWNED BY {role}; DROP ROLE {role}"));
}
