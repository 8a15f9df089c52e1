//! `pmdb accept`.

use super::{add_table, exists, pmdb, project_with, remove, states};
use crate::support::{Database, Project};

/// 0001 is applied, and its file has changed since.
fn changed() -> (Project, Database) {
    let (project, db) = (project_with(&["a"]), Database::new());
    pmdb(&project, &db, &["up"]).success();
    project.migration(
        "0001_create_a.sql",
        "-- migrate:up\nCREATE TABLE a (id bigint);\n-- migrate:down\nDROP TABLE a; -- all of it\n",
    );
    (project, db)
}

#[test]
fn accept_shows_the_difference_and_up_goes_on_afterwards() {
    let (project, db) = changed();
    add_table(&project, "0002", "b");
    let outcome = pmdb(&project, &db, &["accept", "1"]).success();
    insta::assert_snapshot!(outcome.filtered(), @"
    exit code: 0
    ----- stdout
    --- applied
    +++ file
    @@ -1,2 +1,2 @@
     -- migrate:up
    -CREATE TABLE a (id int);
    +CREATE TABLE a (id bigint);
    [DATABASE] on [SOCKET_DIR]/.s.PGSQL.[PORT]: 0001 create_a is accepted as it is in migrations/0001_create_a.sql; nothing ran
    ----- stderr
    ");
    pmdb(&project, &db, &["up"]).success();
    assert_eq!(states(&project, &db), "0001 applied, 0002 applied");
    assert_eq!(
        db.value("SELECT up_sql || down_sql FROM schema_migrations WHERE version = '0001'"),
        "-- migrate:up\nCREATE TABLE a (id bigint);\n-- migrate:down\nDROP TABLE a; -- all of it\n"
    );
}

#[test]
fn accept_runs_nothing_of_the_file() {
    let (project, db) = changed();
    pmdb(&project, &db, &["accept", "0001"]).success();
    assert_eq!(db.value("SELECT format_type(atttypid, NULL) FROM pg_attribute WHERE attrelid = 'a'::regclass AND attname = 'id'"), "integer");
}

#[test]
fn accept_as_json_carries_the_difference() {
    let (project, db) = changed();
    let json = pmdb(&project, &db, &["accept", "1", "--json"]).success().json();
    assert_eq!(
        (&json["version"], &json["name"], &json["file"]),
        (&"0001".into(), &"create_a".into(), &"migrations/0001_create_a.sql".into())
    );
    assert!(json["difference"].as_str().unwrap().contains("+CREATE TABLE a (id bigint);"), "{json}");
}

#[test]
fn accept_refuses_what_has_not_changed() {
    let (project, db) = (project_with(&["a", "b", "c"]), Database::new());
    let refused = |version: &str| {
        let outcome = pmdb(&project, &db, &["accept", version]).fails(1);
        outcome.stderr.lines().next().unwrap().to_owned()
    };
    assert_eq!(refused("1"), "error: 1 cannot be accepted: it is not applied");
    assert!(!exists(&db, "schema_migrations"));
    pmdb(&project, &db, &["up", "--to", "2"]).success();
    remove(&project, "migrations/0002_create_b.sql");
    assert_eq!(refused("1"), "error: 1 cannot be accepted: its file is the one that was applied");
    assert_eq!(refused("2"), "error: 2 cannot be accepted: it has no file");
    assert_eq!(refused("3"), "error: 3 cannot be accepted: it is not applied");
    assert_eq!(refused("99"), "error: 99 cannot be accepted: there is no such migration");
    project.migration("0003_create_c.sql", "-- migrate:up transaction:false\nSELECT 1;\nSELECT nothing;\n");
    pmdb(&project, &db, &["up"]).fails(1);
    assert_eq!(refused("3"), "error: 3 cannot be accepted: it is not finished");
}

#[test]
fn accept_without_a_version_is_wrong_usage() {
    let (project, db) = changed();
    pmdb(&project, &db, &["accept"]).fails(2);
    pmdb(&project, &db, &["accept", "create_a"]).fails(2);
}
