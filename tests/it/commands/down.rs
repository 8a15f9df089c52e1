//! `pmdb down`.

use super::{add_table, exists, history, pmdb, project_with, remove, tables};
use crate::support::{Database, Project};

fn applied(names: &[&str]) -> (Project, Database) {
    let (project, db) = (project_with(names), Database::new());
    pmdb(&project, &db, &["up"]).success();
    (project, db)
}

#[test]
fn down_undoes_the_newest_migration_alone() {
    let (project, db) = applied(&["a", "b", "c"]);
    let outcome = pmdb(&project, &db, &["down"]).success();
    insta::assert_snapshot!(outcome.filtered(), @"
    exit code: 0
    ----- stdout
    [DATABASE] on [SOCKET_DIR]/.s.PGSQL.[PORT]: 1 migration undone in [DURATION]
    ----- stderr
    undone  0003 create_c ([DURATION])
    ");
    assert_eq!((tables(&db), history(&db)), ("a b".to_owned(), "0001 0002".to_owned()));
}

#[test]
fn the_newest_migration_is_the_one_with_the_highest_number_not_the_latest_run() {
    let (project, db) = applied(&["a", "b"]);
    add_table(&project, "0000", "late");
    pmdb(&project, &db, &["up", "--out-of-order"]).success();
    pmdb(&project, &db, &["down"]).success();
    assert_eq!(tables(&db), "a late");
}

#[test]
fn down_by_steps_undoes_so_many_from_the_newest() {
    let (project, db) = applied(&["a", "b", "c"]);
    let steps = pmdb(&project, &db, &["down", "--steps", "2", "--json"]).success().json();
    assert_eq!(
        (&steps["steps"][0]["version"], &steps["steps"][1]["version"]),
        (&"0003".into(), &"0002".into())
    );
    assert_eq!(tables(&db), "a");
}

#[test]
fn down_to_a_version_leaves_that_version() {
    let (project, db) = applied(&["a", "b", "c"]);
    pmdb(&project, &db, &["down", "--to", "1"]).success();
    assert_eq!(tables(&db), "a");
    let again = pmdb(&project, &db, &["down", "--to", "1"]).success();
    assert_eq!(
        again.stdout,
        format!("{}: nothing to undo: nothing newer than 0001 is applied\n", db.shown())
    );
}

#[test]
fn down_to_an_unknown_version_touches_nothing() {
    let (project, db) = applied(&["a"]);
    let outcome = pmdb(&project, &db, &["down", "--to", "7"]).fails(1);
    assert!(outcome.stderr.starts_with("error: there is no migration 7\n"), "{}", outcome.stderr);
    assert_eq!(tables(&db), "a");
}

#[test]
fn down_to_zero_and_down_all_undo_everything() {
    for args in [["down", "--to", "0"].as_slice(), &["down", "--to", "0000"], &["down", "--all"]] {
        let (project, db) = applied(&["a", "b"]);
        pmdb(&project, &db, args).success();
        assert_eq!((tables(&db), history(&db)), (String::new(), String::new()), "{args:?}");
    }
}

#[test]
fn with_nothing_applied_down_does_nothing() {
    let (project, db) = (project_with(&["a"]), Database::new());
    let outcome = pmdb(&project, &db, &["down"]).success();
    assert_eq!(outcome.stdout, format!("{}: nothing to undo: no migration is applied\n", db.shown()));
    assert!(!exists(&db, "schema_migrations"));
}

#[test]
fn a_dry_run_shows_the_down_halves_newest_first_and_runs_none() {
    let (project, db) = applied(&["a", "b"]);
    remove(&project, "migrations/0001_create_a.sql");
    let outcome = pmdb(&project, &db, &["down", "--all", "--stored", "--dry-run"]).success();
    insta::assert_snapshot!(outcome.filtered(), @"
    exit code: 0
    ----- stdout
    -- [DATABASE] on [SOCKET_DIR]/.s.PGSQL.[PORT]
    -- down 0002 create_b (migrations/0002_create_b.sql, one transaction)
    DROP TABLE b;

    -- down 0001 create_a (history, one transaction)
    DROP TABLE a;
    ----- stderr
    ");
    assert_eq!((tables(&db), history(&db)), ("a b".to_owned(), "0001 0002".to_owned()));
}

#[test]
fn when_the_file_is_gone_the_down_half_in_the_history_is_used_if_asked_for() {
    let (project, db) = applied(&["a", "b"]);
    remove(&project, "migrations/0002_create_b.sql");
    let outcome = pmdb(&project, &db, &["down", "--stored"]).success();
    assert!(outcome.stderr.contains("undone  0002 create_b"), "{}", outcome.stderr);
    assert_eq!((tables(&db), history(&db)), ("a".to_owned(), "0001".to_owned()));
}

/// Two services share a history table, each with a folder of its own.
fn two_services() -> (Project, Project, Database) {
    let (a, b, db) = (project_with(&["a"]), Project::new(), Database::new());
    add_table(&b, "0002", "b");
    add_table(&b, "0003", "c");
    pmdb(&a, &db, &["up"]).success();
    pmdb(&b, &db, &["up"]).success();
    (a, b, db)
}

#[test]
fn of_two_services_that_share_a_history_neither_undoes_what_the_other_applied() {
    let (a, b, db) = two_services();
    for command in [&["down"][..], &["down", "--dry-run"]] {
        let outcome = pmdb(&a, &db, command).fails(1);
        insta::allow_duplicates! { insta::assert_snapshot!(outcome.filtered(), @"
        exit code: 1
        ----- stdout
        ----- stderr
        error: 0003 create_c is applied, but has no file here: nothing was undone
        database: [DATABASE] on [SOCKET_DIR]/.s.PGSQL.[PORT] as postgres
        hint: another project that shares this history, or a newer release, may have applied it: undo it from there; `pmdb down --stored` runs the down half that the history keeps
        "); }
    }
    for command in [&["down", "--all"][..], &["down", "--to", "0"], &["down", "--steps", "3"]] {
        let outcome = pmdb(&a, &db, command).fails(1);
        let error = "error: these are applied, but have no file here: 0003 create_c, 0002 create_b; nothing was undone\n";
        assert!(outcome.stderr.starts_with(error), "{command:?}: {}", outcome.stderr);
    }
    let outcome = pmdb(&a, &db, &["redo"]).fails(1);
    assert!(outcome.stderr.starts_with("error: 0003 create_c cannot be applied again: it has no file\n"));
    assert!(outcome.stderr.contains("redo it from there"), "{}", outcome.stderr);
    assert_eq!(tables(&db), "a b c");
    pmdb(&b, &db, &["down", "--steps", "2"]).success();
    pmdb(&a, &db, &["down"]).success();
    assert_eq!(tables(&db), "");
}

#[test]
fn what_has_no_file_here_and_no_down_half_is_irreversible_also_where_it_is_asked_for() {
    let (project, db) = applied(&["a"]);
    db.sql("UPDATE schema_migrations SET down_sql = NULL");
    remove(&project, "migrations/0001_create_a.sql");
    let outcome = pmdb(&project, &db, &["down", "--stored"]).fails(1);
    assert!(outcome.stderr.starts_with("error: 0001 create_a cannot be undone: it has no down half\n"));
    assert_eq!(tables(&db), "a");
}

#[test]
fn when_the_file_is_there_its_own_down_half_is_used_even_after_a_change() {
    let (project, db) = applied(&["a"]);
    db.sql("CREATE TABLE log (line text)");
    project.migration(
        "0001_create_a.sql",
        "-- migrate:up\nCREATE TABLE a (other int);\n-- migrate:down\nDROP TABLE a; INSERT INTO log VALUES ('fixed');\n",
    );
    pmdb(&project, &db, &["down"]).success();
    assert_eq!(db.value("SELECT line FROM log"), "fixed");
}

#[test]
fn an_irreversible_migration_is_refused_before_anything_is_touched() {
    let (project, db) = (project_with(&["a"]), Database::new());
    project.migration("0002_b.sql", "-- migrate:up\nCREATE TABLE b ();\n");
    project.migration(
        "0003_c.sql",
        "-- migrate:up\nCREATE TABLE c ();\n-- migrate:down\n-- nothing can be done\n",
    );
    add_table(&project, "0004", "d");
    pmdb(&project, &db, &["up"]).success();
    let outcome = pmdb(&project, &db, &["down", "--all"]).fails(1);
    insta::assert_snapshot!(outcome.filtered(), @"
    exit code: 1
    ----- stdout
    ----- stderr
    error: these cannot be undone, since they have no down half: 0003 c, 0002 b
    database: [DATABASE] on [SOCKET_DIR]/.s.PGSQL.[PORT] as postgres
    hint: write a `-- migrate:down` half, or go forward with a new migration
    ");
    assert_eq!(tables(&db), "a b c d");
    pmdb(&project, &db, &["down"]).success();
    let outcome = pmdb(&project, &db, &["down"]).fails(1);
    assert!(
        outcome.stderr.starts_with("error: 0003 c cannot be undone: it has no down half\n"),
        "{}",
        outcome.stderr
    );
}

#[test]
fn a_migration_without_file_and_without_name_is_called_by_its_version_alone() {
    let (project, db) = applied(&["a"]);
    db.sql("INSERT INTO schema_migrations (version) VALUES ('0007')");
    let outcome = pmdb(&project, &db, &["down"]).fails(1);
    let error = "error: 0007 is applied, but has no file here: nothing was undone\n";
    assert!(outcome.stderr.starts_with(error), "{}", outcome.stderr);
    let outcome = pmdb(&project, &db, &["down", "--stored"]).fails(1);
    assert!(
        outcome.stderr.starts_with("error: 0007 cannot be undone: it has no down half\n"),
        "{}",
        outcome.stderr
    );
}

#[test]
fn a_down_half_in_the_history_that_cannot_be_read_is_named() {
    let (project, db) = applied(&["a"]);
    db.sql("UPDATE schema_migrations SET down_sql = 'DROP TABLE a'");
    remove(&project, "migrations/0001_create_a.sql");
    let outcome = pmdb(&project, &db, &["down", "--stored"]).fails(1);
    insta::assert_snapshot!(outcome.filtered(), @"
    exit code: 1
    ----- stdout
    ----- stderr
    error: the down half of 0001 that the history holds cannot be run: down_sql: there is no line `-- migrate:down`
    database: [DATABASE] on [SOCKET_DIR]/.s.PGSQL.[PORT] as postgres
    hint: restore its file, which is used when it is there
    ");
    assert_eq!((tables(&db), history(&db)), ("a".to_owned(), "0001".to_owned()));
}

#[test]
fn a_down_half_that_fails_is_rolled_back_and_those_before_it_stay_undone() {
    let (project, db) = applied(&["a", "b", "c"]);
    db.sql("CREATE VIEW v AS SELECT * FROM b");
    let outcome = pmdb(&project, &db, &["down", "--all"]).fails(1);
    insta::assert_snapshot!(outcome.filtered(), @"
    exit code: 1
    ----- stdout
    ----- stderr
    undone  0003 create_c ([DURATION])
    error: migrations/0002_create_b.sql:4:1: cannot drop table b because other objects depend on it
      |
    4 | DROP TABLE b;
      | ^
    SQLSTATE: 2BP01
    DETAIL: view v depends on table b
    HINT: Use DROP ... CASCADE to drop the dependent objects too.
    The transaction was rolled back: 0002 create_b is still applied.
    Before it, 1 migration was undone and stays so.
    database: [DATABASE] on [SOCKET_DIR]/.s.PGSQL.[PORT] as postgres
    ");
    assert_eq!((tables(&db), history(&db)), ("a b".to_owned(), "0001 0002".to_owned()));
    db.sql("DROP VIEW v");
    pmdb(&project, &db, &["down", "--all"]).success();
    assert_eq!(tables(&db), "");
}
