//! Folders with the files of another migration tool: an error that says whose they look like, never "nothing to apply".

use super::pmdb;
use crate::support::{Database, Project};

const EXPECTED: &str = "hint: pmdb expects one file for each migration, named like 0001_create_users.sql, with the line \
                        `-- migrate:up` above its SQL and `-- migrate:down` above the SQL that undoes it\n";

/// Every command that reads the folder refuses with these words, and touches nothing.
#[track_caller]
fn refused(files: &[(&str, &str)], expected: &str) {
    let (project, db) = (Project::new(), Database::new());
    for (name, content) in files {
        project.migration(name, content);
    }
    for command in ["up", "status", "down"] {
        let outcome = pmdb(&project, &db, &[command]).fails(1);
        assert_eq!(outcome.stderr, format!("{expected}{EXPECTED}"), "{command}");
        let json = pmdb(&project, &db, &[command, "--json"]).fails(1).json();
        assert_eq!(json["error"]["code"], "files", "{command}");
    }
    assert_eq!(db.value("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"), "0");
}

#[test]
fn a_folder_of_flyway_is_no_empty_folder() {
    refused(
        &[("V1__a.sql", "CREATE TABLE a (i int);"), ("R__views.sql", "SELECT 1;")],
        "error: none of the 2 SQL files in migrations is a migration of pmdb: migrations/R__views.sql looks like \
         Flyway's or refinery's\n",
    );
}

#[test]
fn a_folder_of_prisma_is_no_empty_folder() {
    refused(
        &[("20260101000000_init/migration.sql", "CREATE TABLE a (i int);")],
        "error: the one SQL file in migrations is no migration of pmdb: \
         migrations/20260101000000_init/migration.sql looks like Prisma's\n",
    );
}

#[test]
fn a_folder_of_diesel_is_no_empty_folder() {
    refused(
        &[
            ("2026-01-01-000000_a/up.sql", "CREATE TABLE a ();"),
            ("2026-01-01-000000_a/down.sql", "DROP TABLE a;"),
        ],
        "error: none of the 2 SQL files in migrations is a migration of pmdb: \
         migrations/2026-01-01-000000_a/down.sql looks like Diesel's\n",
    );
}

#[test]
fn a_folder_whose_only_file_ends_in_capitals_is_no_empty_folder() {
    refused(
        &[("0001_A.SQL", "-- migrate:up\nSELECT 1;\n")],
        "error: the one SQL file in migrations is no migration of pmdb: the name of migrations/0001_A.SQL does not end \
         in .sql, in lower case\n",
    );
}

#[test]
fn a_folder_of_files_without_a_version_is_known_by_what_stands_in_them() {
    refused(
        &[
            ("a.sql", "SELECT 1;"),
            ("changelog.sql", "--liquibase formatted sql\n--changeset al:1\nSELECT 1;\n"),
        ],
        "error: none of the 2 SQL files in migrations is a migration of pmdb: migrations/changelog.sql looks like \
         Liquibase's\n",
    );
    refused(
        &[("create_users.sql", "SELECT 1;")],
        "error: the one SQL file in migrations is no migration of pmdb: the name of migrations/create_users.sql does \
         not begin with a version, as in 0001_create_users.sql\n",
    );
}

#[test]
fn a_file_of_goose_is_called_so_and_not_a_file_without_a_marker() {
    refused(
        &[("0001_a.sql", "-- +goose Up\nCREATE TABLE a (i int);\n-- +goose Down\nDROP TABLE a;\n")],
        "error: migrations/0001_a.sql:1:1: this file is not pmdb's: it looks like goose's\n  |\n1 | -- +goose Up\n  | ^\n",
    );
}

#[test]
fn files_of_golang_migrate_are_called_so_and_not_a_version_that_is_there_twice() {
    let file = |name| {
        format!(
            "error: migrations/0001_a.{name}.sql: this file is not pmdb's: it looks like golang-migrate's or sqlx's\n"
        )
    };
    refused(
        &[("0001_a.up.sql", "CREATE TABLE a (i int);"), ("0001_a.down.sql", "DROP TABLE a;")],
        &(file("down") + &file("up")),
    );
}

#[test]
fn a_name_like_another_tools_is_fine_for_a_file_that_is_pmdbs() {
    let (project, db) = (Project::new(), Database::new());
    project.migration("0001_scale.up.sql", "-- migrate:up\nCREATE TABLE a (i int); -- +goose Up\n");
    pmdb(&project, &db, &["up"]).success();
}

#[test]
fn a_file_that_ends_in_capitals_is_skipped_with_a_note() {
    let (project, db) = (Project::new(), Database::new());
    project.migration("0001_a.sql", "-- migrate:up\nCREATE TABLE a (i int);\n");
    project.migration("0002_b.Sql", "-- migrate:up\nCREATE TABLE b (i int);\n");
    let outcome = pmdb(&project, &db, &["up"]).success();
    let note = "note: migrations/0002_b.Sql: skipped, since its name does not end in .sql, in lower case\n";
    assert!(outcome.stderr.contains(note), "{}", outcome.stderr);
}
