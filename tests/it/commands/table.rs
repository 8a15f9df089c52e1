//! `--table`: where the history is kept.

use super::{add_table, exists, pmdb, project_with, tables};
use crate::support::Database;

#[test]
fn the_history_can_have_another_name() {
    let (project, db) = (project_with(&["a"]), Database::new());
    pmdb(&project, &db, &["up", "--table", "history"]).success();
    assert_eq!(db.value("SELECT version FROM public.history"), "0001");
    assert!(!exists(&db, "schema_migrations"));
}

#[test]
fn a_schema_that_is_not_there_is_created_by_up_and_not_by_status() {
    let (project, db) = (project_with(&["a"]), Database::new());
    let table = ["--table", "internal.history"];
    pmdb(&project, &db, &[&["status"], table.as_slice()].concat()).success();
    pmdb(&project, &db, &[&["up", "--dry-run"], table.as_slice()].concat()).success();
    assert_eq!(db.value("SELECT to_regnamespace('internal') IS NULL"), "t");
    pmdb(&project, &db, &[&["up"], table.as_slice()].concat()).success();
    assert_eq!(db.value("SELECT version FROM internal.history"), "0001");
    pmdb(&project, &db, &[&["down"], table.as_slice()].concat()).success();
    assert_eq!(tables(&db), "");
}

#[test]
fn odd_names_are_taken_as_they_are() {
    for name in ["UPPER", "Größe mit Blank", "it's", "%s;--", "select", "a$b\\c"] {
        let (project, db) = (project_with(&["a", "b"]), Database::new());
        let table = format!("{name}.{name}");
        let run = |command: &str| pmdb(&project, &db, &[command, "--table", &table]).success();
        run("up");
        assert_eq!(db.value(&format!("SELECT count(*) FROM \"{name}\".\"{name}\"")), "2", "{name}");
        run("down");
        run("redo");
        run("seed");
        assert!(run("status").stdout.contains("1 applied, 1 pending"), "{name}");
    }
}

#[test]
fn two_tables_are_two_histories() {
    let (project, db) = (project_with(&["a"]), Database::new());
    project.write("other/0001_x.sql", "-- migrate:up\nCREATE TABLE x ();\n");
    pmdb(&project, &db, &["up"]).success();
    pmdb(&project, &db, &["up", "--dir", "other", "--table", "other.history"]).success();
    assert_eq!(tables(&db), "a x");
    add_table(&project, "0002", "b");
    pmdb(&project, &db, &["up"]).success();
    assert_eq!(tables(&db), "a b x");
}

#[test]
fn a_name_with_too_many_parts_or_none_is_wrong_usage() {
    let (project, db) = (project_with(&["a"]), Database::new());
    let long = "x".repeat(64);
    for name in ["a.b.c", "", ".", "a.", "\"a\"", &long] {
        pmdb(&project, &db, &["up", "--table", name]).fails(2);
    }
    assert_eq!(tables(&db), "");
}

#[test]
fn a_role_without_the_right_to_create_schemas_can_use_one_that_is_there() {
    let (project, db) = (project_with(&["a"]), Database::new());
    let role = format!("app_{}", db.name());
    db.sql(&format!("CREATE ROLE {role} LOGIN; CREATE SCHEMA own AUTHORIZATION {role}; ALTER ROLE {role} SET search_path = own"));
    let url = db.url().replace("postgres@", &format!("{role}@"));
    let outcome = project.pmdb(&["up", "--table", "own.history", "--url", &url]).run();
    let denied = project.pmdb(&["up", "--table", "other.history", "--url", &url]).run();
    let owner = db.try_sql("SELECT tableowner FROM pg_tables WHERE tablename = 'a' AND schemaname = 'own'");
    db.sql(&format!("DROP OWNED BY {role}; DROP ROLE {role}"));
    outcome.success();
    let denied = denied.fails(1);
    assert!(
        denied.stderr.contains("other.history cannot be prepared: permission denied"),
        "{}",
        denied.stderr
    );
    assert_eq!(owner.unwrap(), [[Some(role)]]);
}
