//! A session that waits for a lock on a table makes every later one wait: pmdb waits briefly, says for whom, and comes
//! back. And indexes that are built concurrently.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use pmdb::{Event, Goal, Migrator, Session, Target, load_folder};

use crate::support::{Held, SetOnDrop, Setup};

const LOCK_TIMEOUT: Duration = Duration::from_secs(1);

/// How much longer a reader may wait than the lock timeout.
const MORE: Duration = Duration::from_secs(1);

/// A reader waits at least this long after a migration that waits for its whole lock timeout.
const A_WHILE: Duration = Duration::from_millis(500);

/// Runs something, and measures how long a reader of `users` had to wait at most meanwhile.
fn longest_read(setup: &Setup, run: impl FnOnce()) -> Duration {
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let mut longest = Duration::ZERO;
            while !done.load(Ordering::Relaxed) {
                let start = Instant::now();
                setup.database.sql("SELECT count(*) FROM users");
                longest = longest.max(start.elapsed());
            }
            longest
        });
        let end = SetOnDrop(&done);
        run();
        drop(end);
        reader.join().unwrap()
    })
}

/// A session that has read `users`, and then forgotten to end its transaction.
fn forgotten(setup: &Setup) -> Held {
    setup.hold("SET application_name = 'a forgotten session'; BEGIN; SELECT count(*) FROM users")
}

fn waits_briefly_and_names_the_blocker(setup: &Setup, command: &str) {
    let held = forgotten(setup);
    let pid = setup
        .database
        .value("SELECT pid FROM pg_stat_activity WHERE application_name = 'a forgotten session'");
    let longest = longest_read(setup, || {
        let running = setup.pmdb(&[command, "--lock-timeout", "1s"]).spawn();
        running.wait_for_stderr("try 3 follows");
        drop(held);
        let outcome = running.wait().success();
        let blocker = format!(
            "held by pid {pid}, user postgres, application a forgotten session, idle in transaction since "
        );
        assert!(outcome.stderr.contains(&blocker), "{blocker}\n{}", outcome.stderr);
    });
    assert!(longest > A_WHILE, "no reader ever waited: {longest:?}");
    assert!(longest < LOCK_TIMEOUT + MORE, "a reader waited for {longest:?}");
}

#[test]
fn readers_never_wait_much_longer_than_the_lock_timeout_while_a_migration_waits_for_its_lock() {
    for options in ["", " transaction:false"] {
        let setup = Setup::with(&[
            ("0001_users.sql", "-- migrate:up\nCREATE TABLE users (id int);\n"),
            (
                "0002_alter.sql",
                &format!(
                    "-- migrate:up{options}\nALTER TABLE users ADD COLUMN name text;\n\
                     -- migrate:down{options}\nALTER TABLE users DROP COLUMN name;\n"
                ),
            ),
        ]);
        setup.run(&["up", "--to", "0001"]).success();
        waits_briefly_and_names_the_blocker(&setup, "up");
        assert_eq!(setup.states(), "0001 applied, 0002 applied");
        waits_briefly_and_names_the_blocker(&setup, "down");
        assert_eq!(setup.states(), "0001 applied, 0002 pending");
    }
}

const TABLE: (&str, &str) = ("0001_t.sql", "-- migrate:up\nCREATE TABLE t (id int);\n");

/// A project whose table exists, and whose second file runs this outside a transaction.
fn with_index(sql: &str) -> Setup {
    let file = format!("-- migrate:up transaction:false\n{sql};\n");
    let setup = Setup::with(&[TABLE, ("0002_i.sql", &file)]);
    setup.run(&["up", "--to", "0001"]).success();
    setup
}

/// The indexes of the table, and whether each is valid.
const INDEXES: &str = "SELECT coalesce(string_agg(indexrelid::regclass || ' ' || indisvalid, ', '), 'none') \
                       FROM pg_index WHERE indrelid = 't'::regclass";

#[test]
fn a_second_runner_waits_for_an_index_that_is_built_concurrently_and_both_end() {
    let setup = with_index("CREATE INDEX CONCURRENTLY i ON t (id)");
    let open = setup.hold("BEGIN; INSERT INTO t VALUES (1)");
    let first = setup.pmdb(&["up"]).spawn();
    setup.wait_for_statement("*/ CREATE INDEX CONCURRENTLY i");
    let second = setup.pmdb(&["up"]).spawn();
    second.wait_for_stderr("waiting for another pmdb (pid ");
    drop(open);
    first.wait().success();
    second.wait().success();
    assert_eq!(setup.database.value(INDEXES), "i true");
    assert_eq!(
        setup.database.value("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"),
        "0"
    );
}

#[test]
fn an_invalid_index_is_never_taken_for_the_one_that_should_exist() {
    let setup = with_index("CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS i ON t (id)");
    setup.database.sql("INSERT INTO t VALUES (1), (1)");
    setup.database.try_sql("CREATE UNIQUE INDEX CONCURRENTLY i ON t (id)").unwrap_err();
    assert_eq!(setup.database.value(INDEXES), "i false");

    let outcome = setup.up().fails(1);
    assert!(outcome.stderr.contains("the index i exists, but it is invalid"), "{}", outcome.stderr);
    assert_eq!(setup.states(), "0001 applied, 0002 half applied (0 of 1)");

    setup.database.sql("DELETE FROM t");
    setup.up().success();
    assert_eq!(setup.database.value(INDEXES), "i true");
    assert_eq!(setup.states(), "0001 applied, 0002 applied");
}

#[test]
fn what_a_failed_rebuild_left_behind_is_dropped() {
    let setup = with_index("REINDEX INDEX CONCURRENTLY i");
    setup.database.sql("CREATE INDEX i ON t (id)");
    let open = setup.hold("BEGIN; INSERT INTO t VALUES (1)");
    let running = setup.pmdb(&["up"]).spawn();
    setup.wait_for_statement("REINDEX INDEX CONCURRENTLY i");
    setup.wait_until("EXISTS (SELECT FROM pg_class WHERE relname = 'i_ccnew')");
    setup.database.sql(
        "SELECT pg_cancel_backend(pid) FROM pg_stat_activity \
         WHERE datname = current_database() AND query LIKE '%REINDEX INDEX%' AND pid <> pg_backend_pid()",
    );
    let outcome = running.wait().fails(1);
    let left = "left behind the invalid index public.i_ccnew, which the next run drops";
    assert!(outcome.stderr.contains(left), "{}", outcome.stderr);
    assert_eq!(setup.database.value(INDEXES), "i true, i_ccnew false");

    drop(open);
    let outcome = setup.up().success();
    assert!(
        outcome.stderr.contains("dropped the invalid index public.i_ccnew, left behind by a failed try"),
        "{}",
        outcome.stderr
    );
    assert_eq!(setup.database.value(INDEXES), "i true");
}

/// An index whose expression waits for an advisory lock, so that building it takes as long as a test likes.
const SLOW_INDEX: &str = "CREATE FUNCTION slow(int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS \
    $$ BEGIN PERFORM pg_advisory_xact_lock_shared(7); RETURN $1; END $$;\n\
    CREATE INDEX CONCURRENTLY i ON t (slow(id))";

#[tokio::test]
async fn the_progress_of_an_index_build_is_told() {
    let setup = with_index(SLOW_INDEX);
    setup.database.sql("INSERT INTO t VALUES (1)");
    let mut held = Some(setup.hold("SELECT pg_advisory_lock(7)"));
    let mut phases = Vec::new();
    let mut listener = |event: Event<'_>| {
        if let Event::IndexProgress(progress) = event {
            phases.push(progress.phase.clone());
            held.take();
        }
    };
    let session = Session::connect(&Target::from_url(setup.database.url()).unwrap()).await.unwrap();
    let set = load_folder(&setup.project.path().join("migrations")).unwrap();
    Migrator::new(session, set).run(&Goal::newest(), &mut listener).await.unwrap();
    assert_eq!(phases.first().map(String::as_str), Some("building index: scanning table"));
    assert_eq!(setup.database.value(INDEXES), "i true");
}
