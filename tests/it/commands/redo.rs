//! `pmdb redo`.

use super::{exists, history, pmdb, project_with, remove, tables};
use crate::support::{Database, Project};

fn applied(names: &[&str]) -> (Project, Database) {
    let (project, db) = (project_with(names), Database::new());
    pmdb(&project, &db, &["up"]).success();
    (project, db)
}

#[test]
fn redo_undoes_the_newest_and_applies_its_file_as_it_is_now() {
    let (project, db) = applied(&["a", "b"]);
    project.migration(
        "0002_create_b.sql",
        "-- migrate:up\nCREATE TABLE b (id int, name text);\n-- migrate:down\nDROP TABLE b;\n",
    );
    let outcome = pmdb(&project, &db, &["redo"]).success();
    insta::assert_snapshot!(outcome.filtered(), @"
    exit code: 0
    ----- stdout
    [DATABASE] on [SOCKET_DIR]/.s.PGSQL.[PORT]: 1 migration undone, 1 migration applied in [DURATION]
    ----- stderr
    undone  0002 create_b ([DURATION])
    applied 0002 create_b ([DURATION])
    ");
    assert_eq!(
        db.value("SELECT count(*) FROM pg_attribute WHERE attrelid = 'b'::regclass AND attnum > 0"),
        "2"
    );
    assert_eq!(history(&db), "0001 0002");
}

#[test]
fn with_nothing_applied_redo_does_nothing() {
    let (project, db) = (project_with(&["a"]), Database::new());
    let outcome = pmdb(&project, &db, &["redo"]).success();
    assert_eq!(outcome.stdout, format!("{}: nothing to undo: no migration is applied\n", db.shown()));
    assert!(!exists(&db, "schema_migrations"));
}

#[test]
fn redo_of_an_irreversible_migration_touches_nothing() {
    let (project, db) = (Project::new(), Database::new());
    project.migration("0001_a.sql", "-- migrate:up\nCREATE TABLE a ();\n");
    pmdb(&project, &db, &["up"]).success();
    let outcome = pmdb(&project, &db, &["redo"]).fails(1);
    assert!(
        outcome.stderr.starts_with("error: 0001 a cannot be undone: it has no down half\n"),
        "{}",
        outcome.stderr
    );
    assert_eq!(tables(&db), "a");
}

#[test]
fn redo_without_a_file_touches_nothing() {
    let (project, db) = applied(&["a"]);
    remove(&project, "migrations/0001_create_a.sql");
    let outcome = pmdb(&project, &db, &["redo"]).fails(1);
    insta::assert_snapshot!(outcome.filtered(), @"
    exit code: 1
    ----- stdout
    ----- stderr
    error: 0001 create_a cannot be applied again: it has no file
    database: [DATABASE] on [SOCKET_DIR]/.s.PGSQL.[PORT] as postgres
    hint: another project that shares this history, or a newer release, may have applied it: redo it from there, or restore the file; `pmdb down --stored` undoes it for good
    ");
    assert_eq!(tables(&db), "a");
}

#[test]
fn when_the_up_half_of_a_redo_fails_the_message_says_that_it_stays_undone() {
    let (project, db) = applied(&["a", "b"]);
    project.migration(
        "0002_create_b.sql",
        "-- migrate:up\nCREATE TABLE b (id nothing);\n-- migrate:down\nDROP TABLE b;\n",
    );
    let outcome = pmdb(&project, &db, &["redo"]).fails(1);
    insta::assert_snapshot!(outcome.filtered(), @r#"
    exit code: 1
    ----- stdout
    ----- stderr
    undone  0002 create_b ([DURATION])
    error: migrations/0002_create_b.sql:2:20: type "nothing" does not exist
      |
    2 | CREATE TABLE b (id nothing);
      |                    ^
    SQLSTATE: 42704
    The transaction was rolled back: nothing of 0002 create_b remains.
    Before it, 1 migration was undone and stays so.
    database: [DATABASE] on [SOCKET_DIR]/.s.PGSQL.[PORT] as postgres
    "#);
    assert_eq!((tables(&db), history(&db)), ("a".to_owned(), "0001".to_owned()));
}
