//! `pmdb status`.

use super::{add_table, exists, pmdb, project_with, remove};
use crate::support::{Database, Project, server};

/// Makes the times in the history the same in each run of the tests.
fn fix_times(db: &Database) {
    db.sql("UPDATE schema_migrations SET applied_at = '2026-01-31 12:00:00Z', execution_ms = 7");
}

#[test]
fn the_table_shows_every_state() {
    let (project, db) = (project_with(&["a", "b", "c"]), Database::new());
    project.migration("0004_gone.sql", "-- migrate:up\nCREATE TABLE gone ();\n");
    project.migration(
        "0005_newest.sql",
        "-- migrate:up\nCREATE TABLE newest ();\n-- migrate:down\nDROP TABLE newest;\n",
    );
    remove(&project, "migrations/0002_create_b.sql");
    pmdb(&project, &db, &["up"]).success();
    fix_times(&db);
    add_table(&project, "0002", "b");
    add_table(&project, "0006", "f");
    project.migration(
        "0003_create_c.sql",
        "-- migrate:up\nCREATE TABLE c (id bigint);\n-- migrate:down\nDROP TABLE c;\n",
    );
    remove(&project, "migrations/0004_gone.sql");
    project.migration("0007_g.sql", "-- migrate:up\nCREATE TABLE g ();\n");

    let outcome = pmdb(&project, &db, &["status"]).success();
    // Blanks at the end of a line are nobody's business.
    let lines: Vec<&str> = outcome.stdout.lines().map(str::trim_end).collect();
    let table = lines.join("\n").replace(&db.shown(), "[DATABASE]");
    insta::assert_snapshot!(table, @"
    version  name      state                       applied at (UTC)  by        took
    0001     create_a  applied                     2026-01-31 12:00  postgres  7 ms
    0002     create_b  late
    0003     create_c  changed                     2026-01-31 12:00  postgres  7 ms
    0004     gone      file missing, irreversible  2026-01-31 12:00  postgres  7 ms
    0005     newest    applied                     2026-01-31 12:00  postgres  7 ms
    0006     create_f  pending
    0007     g         pending, irreversible
    [DATABASE]: 4 applied, 3 pending, 1 late, 1 changed, 1 without a file
    ");
}

#[test]
fn a_half_applied_migration_shows_how_far_it_came() {
    let (project, db) = (Project::new(), Database::new());
    project.migration(
        "0001_a.sql",
        "-- migrate:up transaction:false\nCREATE TABLE a ();\nSELECT nothing;\nSELECT 3;\n",
    );
    pmdb(&project, &db, &["up"]).fails(1);
    let outcome = pmdb(&project, &db, &["status"]).success();
    assert!(outcome.stdout.contains("half applied (1 of 3)"), "{}", outcome.stdout);
    pmdb(&project, &db, &["status", "--check"]).fails(3);
}

#[test]
fn status_as_json_has_a_row_for_every_version() {
    let (project, db) = (project_with(&["a", "b"]), Database::new());
    pmdb(&project, &db, &["up", "--steps", "1"]).success();
    fix_times(&db);
    let json = pmdb(&project, &db, &["status", "--json"]).success().json();
    let server = server();
    assert_eq!(
        json,
        serde_json::json!({
            "format_version": 1,
            "command": "status",
            "outcome": "ok",
            "exit": 0,
            "database": db.name(),
            "host": server.socket_dir(),
            "port": server.tcp_port(),
            "user": "postgres",
            "checks": false,
            "table": "public.schema_migrations",
            "folder": project.path().join("migrations"),
            "applied": 1,
            "pending": 1,
            "migrations": [
                {
                    "version": "0001", "name": "create_a", "state": "applied", "applied_as": null, "reversible": true,
                    "file": "migrations/0001_create_a.sql", "applied_at": "2026-01-31T12:00:00Z",
                    "applied_by": "postgres", "execution_ms": 7, "statements_done": null, "statements_total": null
                },
                {
                    "version": "0002", "name": "create_b", "state": "pending", "applied_as": null, "reversible": true,
                    "file": "migrations/0002_create_b.sql", "applied_at": null,
                    "applied_by": null, "execution_ms": null, "statements_done": null, "statements_total": null
                }
            ]
        })
    );
}

#[test]
fn check_exits_with_0_3_or_4_and_without_it_the_exit_code_is_0() {
    let (project, db) = (project_with(&["a", "b"]), Database::new());
    pmdb(&project, &db, &["status", "--check"]).fails(3);
    pmdb(&project, &db, &["status"]).success();
    pmdb(&project, &db, &["up"]).success();
    pmdb(&project, &db, &["status", "--check"]).success();

    project.migration("0002_create_b.sql", "-- migrate:up\nCREATE TABLE b (id bigint);\n");
    pmdb(&project, &db, &["status", "--check"]).fails(4);
    pmdb(&project, &db, &["status"]).success();
    add_table(&project, "0003", "c");
    pmdb(&project, &db, &["status", "--check", "--json"]).fails(4).json();

    add_table(&project, "0002", "b");
    pmdb(&project, &db, &["status", "--check"]).fails(3);
    add_table(&project, "0000", "late");
    pmdb(&project, &db, &["status", "--check"]).fails(4);
}

#[test]
fn a_version_without_a_file_is_no_reason_to_fail_a_check() {
    let (project, db) = (project_with(&["a", "b"]), Database::new());
    pmdb(&project, &db, &["up"]).success();
    remove(&project, "migrations/0002_create_b.sql");
    let outcome = pmdb(&project, &db, &["status", "--check"]).success();
    assert!(outcome.stdout.ends_with(": 2 applied, 0 pending, 1 without a file\n"), "{}", outcome.stdout);
}

#[test]
fn status_never_creates_the_history_table() {
    let (project, db) = (project_with(&["a"]), Database::new());
    pmdb(&project, &db, &["status"]).success();
    pmdb(&project, &db, &["status", "--json", "--check"]).fails(3);
    assert!(!exists(&db, "schema_migrations"));
}

#[test]
fn status_and_dry_runs_work_where_nothing_may_be_written() {
    let (project, db) = (project_with(&["a", "b"]), Database::new());
    pmdb(&project, &db, &["up", "--steps", "1"]).success();
    db.sql(&format!("ALTER DATABASE {} SET default_transaction_read_only = on", db.name()));
    pmdb(&project, &db, &["status", "--check"]).fails(3);
    pmdb(&project, &db, &["up", "--dry-run"]).success();
    pmdb(&project, &db, &["down", "--dry-run"]).success();
    let outcome = pmdb(&project, &db, &["up"]).fails(1);
    assert!(outcome.stderr.contains("read-only"), "{}", outcome.stderr);
}

#[test]
fn a_role_that_may_only_read_can_ask_for_the_status() {
    let (project, db) = (project_with(&["a", "b"]), Database::new());
    pmdb(&project, &db, &["up", "--steps", "1"]).success();
    let role = format!("reader_of_{}", db.name());
    db.sql(&format!("CREATE ROLE {role} LOGIN; GRANT SELECT ON schema_migrations TO {role}"));
    let url = db.url().replace("postgres@", &format!("{role}@"));
    let status = project.pmdb(&["status", "--check", "--url", &url]).run().fails(3);
    assert!(status.stdout.contains("1 applied, 1 pending"), "{}", status.stdout);
    let up = project.pmdb(&["up", "--url", &url]).run().fails(1);
    assert!(up.stderr.contains("permission denied"), "{}", up.stderr);
    db.sql(&format!("DROP OWNED BY {role}; DROP ROLE {role}"));
}
