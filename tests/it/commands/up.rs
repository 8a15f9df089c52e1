//! `pmdb up`.

use super::{add_table, exists, history, pmdb, project_with, remove, states, tables};
use crate::support::{Database, Project};

#[test]
fn up_applies_what_is_pending_and_says_so() {
    let (project, db) = (project_with(&["a", "b"]), Database::new());
    let outcome = pmdb(&project, &db, &["up"]).success();
    insta::assert_snapshot!(outcome.filtered(), @"
    exit code: 0
    ----- stdout
    [DATABASE] on [SOCKET_DIR]/.s.PGSQL.[PORT]: 2 migrations applied in [DURATION]
    ----- stderr
    applied 0001 create_a ([DURATION])
    applied 0002 create_b ([DURATION])
    ");
    assert_eq!((tables(&db), history(&db)), ("a b".to_owned(), "0001 0002".to_owned()));
}

#[test]
fn the_history_keeps_what_was_run_by_whom_and_how_to_undo_it() {
    let (project, db) = (project_with(&["a"]), Database::new());
    pmdb(&project, &db, &["up"]).success();
    let row = db.sql(
        "SELECT version, name, up_sql, down_sql, applied_by, length(checksum), execution_ms >= 0, \
         applied_at BETWEEN now() - interval '1 minute' AND now(), statements_done, statements_total \
         FROM schema_migrations",
    );
    let expected = [
        Some("0001"),
        Some("create_a"),
        Some("-- migrate:up\nCREATE TABLE a (id int);\n"),
        Some("-- migrate:down\nDROP TABLE a;\n"),
        Some("postgres"),
        Some("64"),
        Some("t"),
        Some("t"),
        None,
        None,
    ];
    assert_eq!(row, [expected.map(|cell| cell.map(str::to_owned))]);
}

#[test]
fn when_nothing_is_pending_up_changes_nothing() {
    let (project, db) = (project_with(&["a"]), Database::new());
    pmdb(&project, &db, &["up"]).success();
    let before = db.value("SELECT xmin FROM schema_migrations");
    let outcome = pmdb(&project, &db, &["up"]).success();
    insta::assert_snapshot!(outcome.filtered(), @"
    exit code: 0
    ----- stdout
    [DATABASE] on [SOCKET_DIR]/.s.PGSQL.[PORT]: nothing to apply
    ----- stderr
    ");
    assert_eq!(db.value("SELECT xmin FROM schema_migrations"), before);
}

#[test]
fn an_empty_folder_that_is_meant_so_leaves_no_trace() {
    let (project, db) = (Project::new(), Database::new());
    pmdb(&project, &db, &["up", "--allow-empty"]).success();
    assert!(!exists(&db, "schema_migrations"));
}

#[test]
fn files_run_in_the_order_of_their_numbers_whatever_their_width_or_folder() {
    let db = Database::new();
    let project = Project::new();
    add_table(&project, "10", "ten");
    add_table(&project, "9", "nine");
    add_table(&project, "20260101000000", "moment");
    project.write("migrations/old/003_three.sql", "-- migrate:up\nCREATE TABLE three ();\n");
    let steps = pmdb(&project, &db, &["up", "--json"]).success().json();
    let versions: Vec<_> = steps["steps"].as_array().unwrap().iter().map(|step| &step["version"]).collect();
    assert_eq!(versions, ["003", "9", "10", "20260101000000"]);
}

#[test]
fn up_to_a_version_stops_behind_it() {
    let (project, db) = (project_with(&["a", "b", "c"]), Database::new());
    pmdb(&project, &db, &["up", "--to", "2"]).success();
    assert_eq!(tables(&db), "a b");
    pmdb(&project, &db, &["up", "--to", "0001"]).success();
    assert_eq!(tables(&db), "a b");
}

#[test]
fn up_to_an_unknown_version_runs_nothing() {
    let (project, db) = (project_with(&["a"]), Database::new());
    let outcome = pmdb(&project, &db, &["up", "--to", "7"]).fails(1);
    insta::assert_snapshot!(outcome.filtered(), @"
    exit code: 1
    ----- stdout
    ----- stderr
    error: there is no migration 7
    database: [DATABASE] on [SOCKET_DIR]/.s.PGSQL.[PORT] as postgres
    hint: `pmdb status` lists the versions
    ");
    assert!(!exists(&db, "schema_migrations"));
}

#[test]
fn up_by_steps_applies_so_many_and_then_goes_on() {
    let (project, db) = (project_with(&["a", "b", "c"]), Database::new());
    pmdb(&project, &db, &["up", "--steps", "1"]).success();
    assert_eq!(tables(&db), "a");
    pmdb(&project, &db, &["up", "--steps", "1"]).success();
    assert_eq!(tables(&db), "a b");
    pmdb(&project, &db, &["up", "--steps", "99"]).success();
    assert_eq!(tables(&db), "a b c");
}

#[test]
fn a_dry_run_prints_the_sql_and_touches_nothing() {
    let (project, db) = (project_with(&["a", "b"]), Database::new());
    let outcome = pmdb(&project, &db, &["up", "--dry-run"]).success();
    insta::assert_snapshot!(outcome.filtered(), @"
    exit code: 0
    ----- stdout
    -- [DATABASE] on [SOCKET_DIR]/.s.PGSQL.[PORT]
    -- up 0001 create_a (migrations/0001_create_a.sql, one transaction)
    CREATE TABLE a (id int);

    -- up 0002 create_b (migrations/0002_create_b.sql, one transaction)
    CREATE TABLE b (id int);
    ----- stderr
    ");
    assert_eq!(tables(&db), "");
    assert!(!exists(&db, "schema_migrations"));
}

#[test]
fn what_a_dry_run_prints_is_sql_that_psql_runs() {
    let (project, db) = (project_with(&["a", "b"]), Database::new());
    let sql = pmdb(&project, &db, &["up", "--dry-run"]).success().stdout;
    db.sql(&sql);
    assert_eq!(tables(&db), "a b");
}

#[test]
fn a_dry_run_as_json_shows_how_a_file_is_split() {
    let db = Database::new();
    let project = Project::new();
    project.migration(
        "0001_two.sql",
        "-- migrate:up transaction:false\n\nSELECT ';'; /* é */ SELECT $$\n-- migrate:down\n$$;\n-- migrate:down\nSELECT 3\n",
    );
    let plan = pmdb(&project, &db, &["up", "--dry-run", "--json"]).success().json();
    assert_eq!(
        plan["plan"],
        serde_json::json!([{
            "direction": "up",
            "version": "0001",
            "name": "two",
            "file": "migrations/0001_two.sql",
            "transaction": false,
            "statements_done": 0,
            "statements": [
                {"line": 3, "column": 1, "sql": "SELECT ';';"},
                {"line": 3, "column": 21, "sql": "SELECT $$\n-- migrate:down\n$$;"},
            ],
        }])
    );
}

#[test]
fn a_dry_run_shows_only_what_the_target_asks_for() {
    let (project, db) = (project_with(&["a", "b", "c"]), Database::new());
    pmdb(&project, &db, &["up", "--steps", "1"]).success();
    let plan = pmdb(&project, &db, &["up", "--to", "2", "--dry-run"]).success().stdout;
    assert!(plan.contains("CREATE TABLE b") && !plan.contains("CREATE TABLE a") && !plan.contains("TABLE c"));
    pmdb(&project, &db, &["up"]).success();
    let nothing = pmdb(&project, &db, &["up", "--dry-run"]).success();
    insta::assert_snapshot!(nothing.filtered(), @"
    exit code: 0
    ----- stdout
    -- [DATABASE] on [SOCKET_DIR]/.s.PGSQL.[PORT]: nothing to apply
    ----- stderr
    ");
}

#[test]
fn a_broken_ninth_file_stops_the_run_before_the_seventh() {
    let (project, db) = (project_with(&["a", "b"]), Database::new());
    project.migration("0009_broken.sql", "-- migrate:up\nSELECT (1;\n");
    let outcome = pmdb(&project, &db, &["up"]).fails(1);
    insta::assert_snapshot!(outcome.filtered(), @"
    exit code: 1
    ----- stdout
    ----- stderr
    error: migrations/0009_broken.sql:2:8: this parenthesis is never closed
      |
    2 | SELECT (1;
      |        ^
    hint: close it with )
    ");
    assert!(!exists(&db, "schema_migrations"));
    assert_eq!(tables(&db), "");
}

#[test]
fn all_broken_files_are_named_at_once() {
    let (project, db) = (Project::new(), Database::new());
    project.migration("1_a.sql", "SELECT 1;\n");
    project.migration("2_b.sql", "-- migrate:up\nCOMMIT;\n");
    let outcome = pmdb(&project, &db, &["up"]).fails(1);
    let errors: Vec<&str> = outcome.stderr.lines().filter(|line| line.starts_with("error:")).collect();
    assert!(
        matches!(errors.as_slice(), [a, b] if a.contains("1_a.sql") && b.contains("2_b.sql")),
        "{errors:?}"
    );
}

#[test]
fn two_files_with_one_number_are_an_error_that_names_both() {
    let (project, db) = (Project::new(), Database::new());
    add_table(&project, "1", "a");
    add_table(&project, "0001", "b");
    let outcome = pmdb(&project, &db, &["up"]).fails(1);
    insta::assert_snapshot!(outcome.filtered(), @"
    exit code: 1
    ----- stdout
    ----- stderr
    error: migrations/0001_create_b.sql and migrations/1_create_a.sql have the same version, 1
    hint: give one of them another number: leading zeros do not count
    ");
    assert!(!exists(&db, "schema_migrations"));
}

#[test]
fn when_the_third_file_fails_the_first_two_stay_and_the_next_up_goes_on() {
    let (project, db) = (project_with(&["a", "b"]), Database::new());
    project.migration("0003_c.sql", "-- migrate:up\nCREATE TABLE c ();\nSELECT nothing;\n");
    add_table(&project, "0004", "d");
    let outcome = pmdb(&project, &db, &["up"]).fails(1);
    insta::assert_snapshot!(outcome.filtered(), @"
    exit code: 1
    ----- stdout
    ----- stderr
    applied 0001 create_a ([DURATION])
    applied 0002 create_b ([DURATION])
    error: migrations/0003_c.sql:3:8: column \"nothing\" does not exist
      |
    3 | SELECT nothing;
      |        ^
    SQLSTATE: 42703
    The transaction was rolled back: nothing of 0003 c remains.
    Before it, 2 migrations were applied and stay so.
    database: [DATABASE] on [SOCKET_DIR]/.s.PGSQL.[PORT] as postgres
    ");
    assert_eq!((tables(&db), history(&db)), ("a b".to_owned(), "0001 0002".to_owned()));

    project.migration("0003_c.sql", "-- migrate:up\nCREATE TABLE c ();\n");
    pmdb(&project, &db, &["up"]).success();
    assert_eq!((tables(&db), history(&db)), ("a b c d".to_owned(), "0001 0002 0003 0004".to_owned()));
}

#[test]
fn a_failure_as_json_tells_what_was_applied_before_it_and_what_failed() {
    let (project, db) = (project_with(&["a"]), Database::new());
    project.migration("0002_b.sql", "-- migrate:up\nSELECT nothing;\n");
    let outcome = pmdb(&project, &db, &["up", "--json"]).fails(1);
    let json = outcome.json();
    assert_eq!(
        (&json["outcome"], &json["exit"], &json["steps"][0]["version"]),
        (&"error".into(), &1.into(), &"0001".into())
    );
    let error = &json["error"];
    assert_eq!(
        (&error["location"]["file"], &error["location"]["line"], &error["location"]["column"]),
        (&"migrations/0002_b.sql".into(), &2.into(), &8.into())
    );
    assert_eq!(error["server"]["sqlstate"], "42703");
    assert_eq!(error["aftermath"]["state"], "rolled_back");
    assert!(!outcome.stderr.contains("error"), "the error stands in the document alone: {}", outcome.stderr);
}

#[test]
fn out_of_order_applies_a_late_file() {
    let (project, db) = (project_with(&["a", "b", "c"]), Database::new());
    remove(&project, "migrations/0002_create_b.sql");
    pmdb(&project, &db, &["up"]).success();
    add_table(&project, "0002", "b");
    pmdb(&project, &db, &["up", "--out-of-order"]).success();
    assert_eq!(states(&project, &db), "0001 applied, 0002 applied, 0003 applied");
    assert_eq!(history(&db), "0001 0003 0002");
}
