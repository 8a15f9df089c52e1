//! On a server that `--scratch-url` names.

use insta::assert_snapshot;

use super::{TABLE, project, verdicts, verify};
use crate::support::{Database, PgBouncer, Project, Server, server};

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
