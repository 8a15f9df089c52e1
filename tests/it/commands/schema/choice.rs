//! Some tables alone, and what files build.

use super::{bundled, form, schema};
use crate::support::{Database, Project};

/// The tables in the answer to these arguments.
fn tables(db: &Database, args: &[&str]) -> Vec<String> {
    let document = schema(db, &[args, &["--json"]].concat()).success().json();
    let tables = document["tables"].as_array().unwrap().iter();
    tables.map(|table| table["name"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn tables_are_shown_alone_or_with_those_that_foreign_keys_join_to_them() {
    let db = bundled();
    assert_eq!(tables(&db, &["tasks"]), ["tasks"]);
    assert_eq!(tables(&db, &["tasks", "public.user_profiles"]), ["tasks", "user_profiles"]);
    assert_eq!(tables(&db, &["user_profiles", "--depth", "1"]), ["user_profiles", "users"]);
    assert_eq!(tables(&db, &["user_profiles", "--depth", "2"]).len(), 5);
    assert_eq!(tables(&db, &["user*"]), ["user_profiles", "users"]);
}

#[test]
fn a_part_of_the_schema_has_the_enums_that_it_uses_and_no_others() {
    let db = bundled();
    let (all, one) = (schema(&db, &[]).success().stdout, schema(&db, &["project_members"]).success().stdout);
    let of_all: Vec<&str> = all.split("\n\n").collect();
    let [head, table, enums] = one.split("\n\n").collect::<Vec<_>>()[..] else { panic!("{one}") };
    assert!(head.ends_with(": 1 table, 1 enum"), "{one}");
    assert!(table.starts_with("project_members ") && of_all.contains(&table), "{one}");
    assert_eq!(enums, "enums\n└─ member_role  owner, admin, member\n");
}

#[test]
fn every_form_draws_the_part_alone() {
    let db = bundled();
    for form in ["mermaid", "dot", "svg"] {
        let text = schema(&db, &["tasks", "--format", form]).success().stdout;
        assert!(text.contains("due_date") && !text.contains("avatar_url"), "{form}: {text}");
    }
}

#[test]
fn a_partition_stands_for_its_table_and_a_view_can_be_named() {
    let db = Database::new();
    db.sql(
        "CREATE TABLE log (at date NOT NULL) PARTITION BY RANGE (at);
         CREATE TABLE log_1 PARTITION OF log FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
         CREATE VIEW newest AS SELECT at FROM log; CREATE TABLE \"My t\" ()",
    );
    assert_eq!(tables(&db, &["log_1"]), ["log"]);
    assert_eq!(tables(&db, &["\"My t\""]), ["My t"]);
    assert_eq!(tables(&db, &["My t"]), ["My t"]);
    let shown = schema(&db, &["newest"]).success().stdout;
    assert!(shown.contains("newest  view") && shown.contains(": 0 tables, 1 view\n"), "{shown}");
}

#[test]
fn a_table_that_is_not_there_is_an_error_that_names_those_that_are_called_much_like_it() {
    let db = bundled();
    let outcome = schema(&db, &["taks"]).fails(1);
    insta::assert_snapshot!(outcome.filtered(), @"
    exit code: 1
    ----- stdout
    ----- stderr
    error: there is no table taks
    database: [DATABASE] on [SOCKET_DIR]/.s.PGSQL.[PORT] as postgres
    hint: did you mean tasks?
    ");
    let outcome = schema(&db, &["nothing_like_it", "--json"]).fails(1).json();
    assert_eq!(outcome["error"]["code"], "unknown_table");
    assert_eq!(outcome["error"]["hint"], "`pmdb schema` shows all tables");
}

#[test]
fn depth_is_for_tables_that_are_named() {
    let outcome = Project::new().pmdb(&["schema", "--depth", "1"]).run().fails(2);
    assert!(outcome.stderr.contains("--depth is for tables that are named"), "{}", outcome.stderr);
}

#[test]
fn what_files_build_is_shown_without_a_database() {
    let project = Project::new();
    project.migration("0001_a.sql", "-- migrate:up\nCREATE TABLE a (id int PRIMARY KEY);\n");
    project.migration("0002_b.sql", "-- migrate:up\nCREATE TABLE b (a int REFERENCES a);\n");
    let outcome = project.pmdb(&["schema", "--dir", "migrations"]).run().success();
    insta::assert_snapshot!(outcome.filtered(), @"
    exit code: 0
    ----- stdout
    [PROJECT]/migrations: 2 tables

    a
    └─ id  integer  PK

    b
    └─ a  integer  FK  → a.id
    ----- stderr
    ");
    let json = project.pmdb(&["schema", "--dir", "migrations", "--json"]).run().success().json();
    assert!(
        json["files"].as_str().unwrap().ends_with("/migrations") && json.get("database").is_none(),
        "{json:#}"
    );
    let mermaid =
        project.pmdb(&["schema", "b", "--dir", "migrations", "--format", "mermaid"]).run().success();
    assert!(!mermaid.stdout.contains("\"a\""), "{}", mermaid.stdout);
}

#[test]
fn files_and_a_database_give_the_same_schema() {
    let db = bundled();
    let files = Project::new().pmdb(&["schema", "--bundled", "--format", "mermaid"]).run().success().stdout;
    assert_eq!(files, form(&db, "mermaid"));
}

#[test]
fn files_that_fail_are_told_as_for_any_command() {
    let project = Project::new();
    project.migration("0001_a.sql", "-- migrate:up\nCREATE TABEL a ();\n");
    let outcome = project.pmdb(&["schema", "--dir", "migrations"]).run().fails(1);
    assert!(outcome.stderr.contains("0001_a.sql:2:8"), "{}", outcome.stderr);
}

#[test]
fn files_and_a_database_cannot_both_be_asked_for() {
    for (args, message) in [
        (["--dir", "x", "--url", "postgresql://h/d"].as_slice(), "--dir cannot be used together with --url"),
        (&["--bundled", "--embedded"], "--bundled cannot be used together with --embedded"),
    ] {
        let outcome = Project::new().pmdb(&[&["schema"], args].concat()).run().fails(2);
        assert!(outcome.stderr.contains(message), "{}", outcome.stderr);
    }
    let outcome =
        Project::new().pmdb(&["schema", "--url", "postgresql://h/d", "--allow-shared"]).run().fails(2);
    assert!(outcome.stderr.contains("there is no scratch database"), "{}", outcome.stderr);
}
