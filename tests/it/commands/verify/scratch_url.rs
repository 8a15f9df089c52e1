//! On a server that `--scratch-url` names.

use insta::assert_snapshot;

use super::{TABLE, project, verdicts, verify};
use crate::support::{Database, Held, PgBouncer, Project, Server, run_elsewhere, server, wait_until};

#[test]
fn the_bundled_set_is_exact() {
    for jobs in ["1", "3"] {
        let outcome =
            verify(&Project::new(), &["--bundled", "--json", "--strict", "--jobs", jobs]).run().success();
        assert!(
            verdicts(&outcome).split(", ").all(|verdict| verdict.ends_with(" exact")),
            "{}",
            outcome.stdout
        );
        assert_eq!(outcome.json()["seeds"], serde_json::json!({ "state": "ran", "leftovers": [] }));
    }
}

#[test]
fn a_target_that_is_named_as_the_scratch_server_is_not_touched() {
    let (files, target) = (project(&[("0001_t.sql", TABLE)]), Database::new());
    files.pmdb(&["up"]).database(&target).run().success();
    target.sql("INSERT INTO t VALUES (1)");
    let before = target.value("SELECT count(*) FROM pg_class");
    files.migration("0002_drop.sql", "-- migrate:up\nDROP TABLE t;\n-- migrate:down\nSELECT 1;\n");
    files.pmdb(&["verify", "--scratch-url", target.url()]).database(&target).run().fails(1);
    assert_eq!(target.value("SELECT count(*) FROM pg_class"), before);
    assert_eq!(target.value("SELECT count(*) FROM t"), "1");
    assert_eq!(target.value("SELECT count(*) FROM schema_migrations"), "1");
}

#[test]
fn a_role_that_may_not_create_databases_is_told_what_it_needs() {
    let (files, server) = (project(&[("0001_t.sql", TABLE)]), Server::own());
    server.sql("postgres", "CREATE ROLE weak LOGIN; CREATE ROLE maker LOGIN CREATEDB");
    let url = |role: &str| server.url("postgres").replace("postgres@", &format!("{role}@"));
    let refused = files.pmdb(&["verify", "--scratch-url", &url("weak")]).run();
    assert_snapshot!(refused.filtered(), @r#"
    exit code: 1
    ----- stdout
    ----- stderr
    error: a scratch database cannot be created: permission denied to create database (SQLSTATE 42501)
    database: postgres on [SOCKET_DIR]/.s.PGSQL.[PORT] as weak
    hint: --scratch-url needs a role that may create databases: `ALTER ROLE … CREATEDB`; without --scratch-url pmdb uses a private server
    "#);
    let json = files.pmdb(&["verify", "--json", "--scratch-url", &url("weak")]).run().fails(1).json();
    assert_eq!(
        (&json["error"]["code"], &json["error"]["server"]["sqlstate"]),
        (&"sql".into(), &"42501".into())
    );
    for jobs in ["1", "2"] {
        files.pmdb(&["verify", "--scratch-url", &url("maker"), "--jobs", jobs]).run().success();
    }
    files.pmdb(&["verify", "--bundled", "--scratch-url", &url("maker")]).run().success();
}

#[test]
fn what_a_role_may_not_drop_does_not_stop_it() {
    let (files, server) = (project(&[("0001_t.sql", TABLE)]), Server::own());
    server.sql("postgres", "CREATE ROLE maker LOGIN CREATEDB");
    server.sql("postgres", "CREATE DATABASE pmdb_scratch_0123456789abcdef_1");
    let url = server.url("postgres").replace("postgres@", "maker@");
    files.pmdb(&["verify", "--scratch-url", &url]).run().success();
    let left = server.sql("postgres", "SELECT FROM pg_database WHERE datname LIKE 'pmdb_scratch%'");
    assert_eq!(left.len(), 1);
}

#[test]
fn a_server_that_cannot_be_reached_is_an_error() {
    let files = project(&[("0001_t.sql", TABLE)]);
    let outcome =
        files.pmdb(&["verify", "--scratch-url", "postgresql://al:s3cret@127.0.0.1:1/app"]).run().fails(1);
    assert!(outcome.stderr.contains("no server listens there"), "{}", outcome.stderr);
    assert!(!outcome.stderr.contains("s3cret"));
}

#[test]
fn it_works_through_a_pooler() {
    let Some(pooler) = PgBouncer::new(4) else { return };
    let files = project(&[("0001_t.sql", TABLE)]);
    files
        .migration("0002_wrong.sql", "-- migrate:up\nCREATE TABLE u (id int);\n-- migrate:down\nSELECT 1;\n");
    files
        .migration("0003_v.sql", "-- migrate:up\nCREATE TABLE v (id int);\n-- migrate:down\nDROP TABLE v;\n");
    let database = Database::new();
    for jobs in ["1", "2"] {
        let url = pooler.url(&database);
        let run = files.pmdb(&["verify", "--json", "--scratch-url", &url, "--jobs", jobs]).run();
        assert_eq!(verdicts(&run.fails(1)), "0001 exact, 0002 not_reversed, 0003 exact", "{jobs} jobs");
    }
}

#[test]
fn a_pool_of_one_is_told_as_one() {
    let Some(pooler) = PgBouncer::with(1, "query_wait_timeout = 2\n") else { return };
    let (files, database) = (project(&[("0001_t.sql", TABLE)]), Database::new());
    let run = files.pmdb(&["verify", "--scratch-url", &pooler.url(&database)]).run().fails(1);
    assert!(run.stderr.contains("the pooler has no second server connection to give"), "{}", run.stderr);
    assert!(run.stderr.contains("hint: give the pool at least two server connections"), "{}", run.stderr);
}

#[test]
fn a_run_through_a_pooler_keeps_its_databases_while_others_begin_and_end() {
    let Some(pooler) = PgBouncer::new(4) else { return };
    let waits = "-- migrate:up\nDO $$BEGIN WHILE EXISTS \
         (SELECT FROM pg_stat_activity WHERE application_name = 'the test has not looked yet') LOOP \
         PERFORM pg_sleep(0.01), pg_stat_clear_snapshot(); END LOOP; END$$;\nCREATE TABLE w (a int);\n\
         -- migrate:down\nDROP TABLE w;\n";
    let wrong = |table| format!("-- migrate:up\nCREATE TABLE {table} (a int);\n-- migrate:down\nSELECT 1;\n");
    let files = project(&[
        ("0001_t.sql", TABLE),
        ("0002_wrong.sql", &wrong("u")),
        ("0003_waits.sql", waits),
        ("0004_wrong.sql", &wrong("v")),
    ]);
    let database = Database::new();
    let pooled = pooler.url(&database);
    let held = Held::new(database.url(), "SET application_name = 'the test has not looked yet'; BEGIN");
    let running = files.pmdb(&["verify", "--json", "--scratch-url", &pooled]).spawn();
    // Other tests have scratch databases on this server, too.
    let waiting = "FROM pg_stat_activity WHERE state = 'active' AND datname LIKE 'pmdb\\_scratch%' \
         AND query LIKE '%the test has not looked yet%'";
    wait_until("the migration waits", || database.value(&format!("SELECT count(*) {waiting}")) == "1");
    let run = database.value(&format!("SELECT regexp_replace(datname, '[0-9]+$', '') {waiting}"));
    let databases = format!(
        "SELECT string_agg(datname, ' ' ORDER BY oid) FROM pg_database WHERE starts_with(datname, '{run}')"
    );

    // The pooler gives its connections to other clients, which have other names.
    for _ in 0..8 {
        run_elsewhere(&format!("{pooled}?application_name=another"), "SELECT 1");
    }
    // The run itself drops the one that 0002 has used up, while it goes on.
    wait_until("the one that is used up is dropped", || database.value(&databases).split(' ').count() == 2);
    let before = database.value(&databases);
    project(&[("0001_t.sql", TABLE)]).pmdb(&["verify", "--scratch-url", database.url()]).run().success();
    assert_eq!(database.value(&databases), before);

    drop(held);
    let verdicts = verdicts(&running.wait().fails(1));
    assert_eq!(verdicts, "0001 exact, 0002 not_reversed, 0003 exact, 0004 not_reversed");
}

#[test]
fn a_scratch_server_that_goes_away_is_an_error_and_not_a_verdict() {
    let kills = "-- migrate:up\nCREATE TABLE u (id int);\n\
                 -- migrate:down\nSELECT pg_terminate_backend(pg_backend_pid());\n";
    let files = project(&[("0001_t.sql", TABLE), ("0002_kills.sql", kills)]);
    let json = verify(&files, &["--json"]).run().fails(1).json();
    assert_eq!(json["outcome"], "error");
    assert_eq!(json["error"]["version"], "0002");
    // Other tests use it, so it is still there.
    assert!(server().major() >= 14);
}
