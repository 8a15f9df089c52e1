//! Behind a pooler that gives out a server connection per transaction.

use crate::support::{Held, PgBouncer, Setup, wait_until};

/// What a session of a pooler must not have kept of its last client, in one row.
const KEPT: &str = "SELECT current_user, session_user, current_setting('search_path'), \
    current_setting('standard_conforming_strings'), current_setting('client_encoding'), \
    current_setting('lock_timeout'), current_setting('synchronous_commit'), \
    current_setting('max_parallel_maintenance_workers'), \
    (SELECT count(*) FROM pg_listening_channels()), (SELECT count(*) FROM pg_prepared_statements), \
    (SELECT count(*) FROM pg_cursors WHERE is_holdable), \
    (SELECT count(*) FROM pg_class WHERE relnamespace = pg_my_temp_schema()), \
    (SELECT count(*) FROM pg_locks WHERE pid = pg_backend_pid() AND locktype = 'advisory')";

/// That row for a session that is as new.
fn nothing_kept(synchronous_commit: &str) -> Vec<Option<String>> {
    [
        "postgres",
        "postgres",
        "\"$user\", public",
        "on",
        "UTF8",
        "0",
        synchronous_commit,
        "2",
        "0",
        "0",
        "0",
        "0",
        "0",
    ]
    .map(|value| Some(value.to_owned()))
    .to_vec()
}

/// Asserts that each of the pooler's connections is as when it was opened.
#[track_caller]
pub fn nothing_is_kept(setup: &Setup, pooler: &PgBouncer) {
    let usual = setup.database.value("SELECT current_setting('synchronous_commit')");
    for row in pooler.on_every_connection(&setup.database, KEPT) {
        assert_eq!(row, nothing_kept(&usual));
    }
}

/// More than a run that fails has messages left to send: what it leaves on one connection, it does not meet again.
const POOL: usize = 10;

/// A project, and a pooler that has all its connections open.
fn behind_a_pooler(files: &[(&str, &str)]) -> Option<(Setup, PgBouncer)> {
    let pooler = PgBouncer::new(POOL)?;
    let setup = Setup::with(files);
    nothing_is_kept(&setup, &pooler);
    Some((setup, pooler))
}

/// What files may set in a session.
const SETTINGS: [&str; 5] = [
    "SET search_path = '';",
    "SELECT pg_catalog.set_config('search_path', '', false);",
    "SET ROLE pg_monitor;",
    "SET standard_conforming_strings = off;\nSELECT 'it\\'s';",
    "SET client_encoding = 'LATIN1';",
];

/// What files may leave behind in a session beside that.
const THINGS: [&str; 4] = [
    "LISTEN leak;\nDECLARE c CURSOR WITH HOLD FOR SELECT 1;",
    "CREATE TEMPORARY TABLE leak (id int);",
    "PREPARE leak AS SELECT 1;",
    "SELECT pg_advisory_lock(42);",
];

/// Runs a file for each of these, which ends like that, and looks at the pooler's connections.
fn nothing_is_left_of<'a>(leaks: impl IntoIterator<Item = &'a &'a str>, options: &str, end: &str, code: i32) {
    let Some((setup, pooler)) = behind_a_pooler(&[]) else { return };
    for (number, leak) in leaks.into_iter().enumerate() {
        let dir = format!("leak_{number}");
        setup.project.write(&format!("{dir}/0001_a.sql"), format!("-- migrate:up{options}\n{leak}\n{end}\n"));
        let args = ["up", "--dir", &dir, "--table", &dir];
        let outcome = setup.pmdb(&args).env("DATABASE_URL", pooler.url(&setup.database)).run();
        assert_eq!(outcome.code, Some(code), "{leak}\n{}", outcome.stderr);
        nothing_is_kept(&setup, &pooler);
    }
}

#[test]
fn what_a_file_leaves_in_its_session_does_not_reach_the_next_client() {
    nothing_is_left_of(SETTINGS.iter().chain(&THINGS), "", "", 0);
}

#[test]
fn what_a_file_that_fails_leaves_in_its_session_does_not_reach_the_next_client() {
    nothing_is_left_of(SETTINGS.iter().chain(&THINGS), "", "SELECT 1/0;", 1);
}

#[test]
fn what_a_file_outside_a_transaction_sets_does_not_reach_the_next_client() {
    nothing_is_left_of(&SETTINGS, " transaction:false", "VACUUM pg_catalog.pg_am;\nSELECT 1;", 0);
    nothing_is_left_of(&SETTINGS, " transaction:false", "VACUUM nowhere.nothing;", 1);
    nothing_is_left_of(&SETTINGS, " transaction:false", "SELECT 1/0;", 1);
}

#[test]
fn what_a_file_that_fails_at_its_commit_leaves_does_not_reach_the_next_client() {
    let fails_at_commit =
        "CREATE TABLE d (id int UNIQUE DEFERRABLE INITIALLY DEFERRED);\nINSERT INTO d VALUES (1), (1);";
    // The second comes in a message of its own, since it holds data.
    for more in ["", "COPY d FROM stdin;\n2\n\\.\n"] {
        let leaves = "PREPARE leak AS SELECT 1;\nSELECT pg_advisory_lock(4711);";
        let Some((setup, pooler)) = behind_a_pooler(&[
            ("0001_a.sql", "-- migrate:up\nCREATE TABLE a ();\n"),
            ("0002_b.sql", &format!("-- migrate:up\n{fails_at_commit}\n{leaves}\n{more}")),
        ]) else {
            return;
        };
        let outcome = setup.pmdb(&["up"]).env("DATABASE_URL", pooler.url(&setup.database)).run().fails(1);
        assert!(outcome.stderr.contains("duplicate key"), "{}", outcome.stderr);
        nothing_is_kept(&setup, &pooler);
    }
}

#[test]
fn what_files_of_a_message_have_in_common_does_not_reach_the_next_client() {
    let Some((setup, pooler)) = behind_a_pooler(&[]) else { return };
    let table = |number: usize| format!("CREATE TABLE t_{number} ();");
    for number in 1..=40 {
        let leak = if number % 9 == 0 { "SET lock_timeout = '1h';\nPREPARE leak AS SELECT 1;" } else { "" };
        let content = format!("-- migrate:up\n{}\n{leak}\n", table(number));
        setup.project.migration(&format!("{number:04}_t.sql"), &content);
    }
    // It fails at its COMMIT, when no transaction is left that could be rolled back.
    let deferred =
        "CREATE TABLE d (id int UNIQUE DEFERRABLE INITIALLY DEFERRED);\nINSERT INTO d VALUES (1), (1);";
    setup.project.migration("0030_t.sql", &format!("-- migrate:up\n{deferred}\n"));
    setup.pmdb(&["up"]).env("DATABASE_URL", pooler.url(&setup.database)).run().fails(1);
    assert_eq!(setup.database.value("SELECT count(*) FROM schema_migrations"), "29");
    nothing_is_kept(&setup, &pooler);

    setup.project.migration("0030_t.sql", &format!("-- migrate:up\n{}\n", table(30)));
    setup.pmdb(&["up"]).env("DATABASE_URL", pooler.url(&setup.database)).run().success();
    assert_eq!(setup.database.value("SELECT count(*) FROM schema_migrations"), "40");
    nothing_is_kept(&setup, &pooler);
}

#[test]
fn what_other_clients_have_set_does_not_reach_a_migration() {
    let table = |name: &str| format!("CREATE TABLE {name} (id int);\n");
    let Some((setup, pooler)) = behind_a_pooler(&[
        ("0001_a.sql", &format!("-- migrate:up\n{}", table("a"))),
        ("0002_b.sql", &format!("-- migrate:up\n{}COPY b FROM stdin;\n\\.\n", table("b"))),
        (
            "0003_c.sql",
            &format!(
                "-- migrate:up transaction:false\n{}CREATE INDEX CONCURRENTLY c_i ON c (id);\n\
                 BEGIN;\n{}COMMIT;\n",
                table("c"),
                table("d")
            ),
        ),
    ]) else {
        return;
    };
    setup.database.sql("CREATE SCHEMA other; CREATE TABLE other.c (id int)");
    pooler.on_every_connection(&setup.database, "SET search_path = other; COMMIT; BEGIN");
    setup.pmdb(&["up"]).env("DATABASE_URL", pooler.url(&setup.database)).run().success();
    let relations = "SELECT string_agg(relname, ' ' ORDER BY relname) FROM pg_class \
                     WHERE relnamespace = 'public'::regnamespace AND relname IN ('a', 'b', 'c', 'c_i', 'd')";
    assert_eq!(setup.database.value(relations), "a b c c_i d");
}

#[test]
fn an_index_is_built_under_what_its_file_has_set() {
    let file = "-- migrate:up transaction:false\nCREATE SCHEMA s;\nCREATE TABLE s.t (id int);\nSET search_path = s;\n\
                CREATE INDEX CONCURRENTLY i ON t (id);\nCREATE TABLE u (id int);\nREINDEX INDEX CONCURRENTLY i;\n\
                VACUUM u;\n";
    let Some((setup, pooler)) = behind_a_pooler(&[("0001_i.sql", file)]) else { return };
    setup.pmdb(&["up"]).env("DATABASE_URL", pooler.url(&setup.database)).run().success();
    let valid = "SELECT indisvalid FROM pg_index WHERE indexrelid = 's.i'::regclass";
    assert_eq!(setup.database.value(valid), "t");
    assert_eq!(setup.database.value("SELECT to_regclass('s.u') IS NOT NULL"), "t");
    nothing_is_kept(&setup, &pooler);
}

#[test]
fn data_are_copied_through_a_pooler_by_two_runners_at_once() {
    let data: String = (0..20_000).map(|n| format!("{n}\tsome text\n")).collect();
    let file = |table: &str, options: &str| {
        format!(
            "-- migrate:up{options}\nCREATE TABLE {table} (n int, t text);\nCOPY {table} FROM stdin;\n{data}\\.\n"
        )
    };
    let Some((setup, pooler)) = behind_a_pooler(&[]) else { return };
    let mut runners = Vec::new();
    for dir in ["a", "b"] {
        setup.project.write(&format!("{dir}/0001_inside.sql"), file(&format!("{dir}_inside"), ""));
        setup
            .project
            .write(&format!("{dir}/0002_outside.sql"), file(&format!("{dir}_outside"), " transaction:false"));
        let command = setup.pmdb(&["up", "--dir", dir, "--table", dir]);
        runners.push(command.env("DATABASE_URL", pooler.url(&setup.database)).spawn());
    }
    for runner in runners {
        runner.wait().success();
    }
    for table in ["a_inside", "a_outside", "b_inside", "b_outside"] {
        assert_eq!(setup.database.value(&format!("SELECT count(DISTINCT n) FROM {table}")), "20000");
    }
    nothing_is_kept(&setup, &pooler);
}

#[test]
fn a_prepared_statement_that_another_program_has_left_is_not_in_the_way_of_a_copy() {
    let copy = |options: &str| format!("-- migrate:up{options}\nCOPY t FROM stdin;\n1\n\\.\n");
    let Some((setup, pooler)) = behind_a_pooler(&[
        ("0001_t.sql", "-- migrate:up\nCREATE TABLE t (id int);\n"),
        ("0002_inside.sql", &copy("")),
        ("0003_outside.sql", &copy(" transaction:false")),
    ]) else {
        return;
    };
    // The driver of pmdb's would give its first statement the same name.
    pooler.on_every_connection(&setup.database, "PREPARE s0 AS SELECT 1");
    setup.pmdb(&["up"]).env("DATABASE_URL", pooler.url(&setup.database)).run().success();
    assert_eq!(setup.database.value("SELECT count(*) FROM t"), "2");
}

#[test]
fn an_interrupt_leaves_the_pooler_and_its_other_clients_alone() {
    let Some(pooler) = PgBouncer::new(4) else { return };
    let setup = Setup::with(&[("0001_long.sql", "-- migrate:up\nSELECT pg_sleep(600);\n")]);
    let url = pooler.url(&setup.database);
    let other = Held::new(&url, "BEGIN; CREATE TABLE of_another ()");
    let running = setup.pmdb(&["up"]).env("DATABASE_URL", &url).spawn();
    let sleeping = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(600)%' AND state = 'active' \
         AND datname = current_database() AND pid <> pg_backend_pid()";
    wait_until("the statement runs", || setup.database.value(sleeping) == "1");
    running.interrupt();
    assert_eq!(running.wait().code, Some(130));
    other.send("COMMIT");
    wait_until("the other client has gone on", || {
        setup.database.value("SELECT count(*) FROM pg_class WHERE relname = 'of_another'") == "1"
    });
    assert_eq!(setup.database.value(sleeping), "0");
}

#[test]
fn a_pooler_with_a_single_connection_is_named() {
    let Some(pooler) = PgBouncer::new(1) else { return };
    let setup = Setup::with(&[("0001_a.sql", "-- migrate:up\nSELECT 1;\n")]);
    let outcome = setup.pmdb(&["up"]).env("DATABASE_URL", pooler.url(&setup.database)).run().fails(1);
    insta::assert_snapshot!(outcome.filtered(), @r"
    exit code: 1
    ----- stdout
    ----- stderr
    error: no answer within [DURATION] while the migration lock is held: the pooler has no second server connection to give
    database: [DATABASE] on 127.0.0.1:[PORT] as anyone
    hint: give the pool at least two server connections, or connect past the pooler
    ");
}

#[test]
fn a_pool_of_one_that_loses_patience_first_is_told_as_one() {
    let Some(pooler) = PgBouncer::with(1, "query_wait_timeout = 2\n") else { return };
    let setup = Setup::with(&[("0001_t.sql", "-- migrate:up\nCREATE TABLE t ();\n")]);
    let outcome = setup.project.pmdb(&["up"]).env("DATABASE_URL", pooler.url(&setup.database)).run().fails(1);
    assert!(
        outcome.stderr.contains("the pooler has no second server connection to give"),
        "{}",
        outcome.stderr
    );
    assert!(outcome.stderr.contains("at least two server connections"), "{}", outcome.stderr);
}

#[test]
fn a_pool_in_which_nothing_becomes_free_is_not_blamed_on_its_mode() {
    let Some(pooler) = PgBouncer::with(1, "query_wait_timeout = 2\n") else { return };
    let setup = Setup::with(&[("0001_t.sql", "-- migrate:up\nCREATE TABLE t ();\n")]);
    let url = pooler.url(&setup.database);
    let held = Held::new(&url, "BEGIN; SELECT 1");
    let outcome = setup.pmdb(&["status"]).env("DATABASE_URL", &url).run().fails(1);
    drop(held);
    assert!(outcome.stderr.contains("the pooler had no free server connection"), "{}", outcome.stderr);
    assert!(!outcome.stderr.contains("pool_mode"), "{}", outcome.stderr);
}
