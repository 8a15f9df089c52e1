//! Protected databases: `ALTER DATABASE … SET pmdb.protected = on`.

use super::{exists, pmdb, project_with, tables, words};
use crate::support::{Database, Project};

/// Two migrations are applied, then the database is protected.
fn protected(value: &str) -> (Project, Database) {
    let (project, db) = (project_with(&["a", "b"]), Database::new());
    project.write(
        "seeds/1_row.sql",
        "-- migrate:up\nINSERT INTO a VALUES (1);\n-- migrate:down\nDELETE FROM a;\n",
    );
    pmdb(&project, &db, &["up"]).success();
    db.sql(&format!("ALTER DATABASE {} SET pmdb.protected = {value}", db.name()));
    (project, db)
}

const DESTROYING: [&[&str]; 7] =
    [&["down"], &["down", "--all"], &["redo"], &["reset"], &["drop"], &["seed"], &["seed", "--down"]];

#[test]
fn commands_that_destroy_refuse_and_touch_nothing() {
    let (project, db) = protected("on");
    let before = words(&db, "SELECT xmin || ':' || version FROM schema_migrations ORDER BY version");
    for command in DESTROYING {
        let outcome = pmdb(&project, &db, command).fails(1);
        let first = outcome.stderr.lines().next();
        assert_eq!(
            first,
            Some(format!("error: the database {} is protected", db.name()).as_str()),
            "{command:?}"
        );
        assert_eq!(outcome.stdout, "", "{command:?}");
        let json = pmdb(&project, &db, &[command, &["--json"]].concat()).fails(1).json();
        assert_eq!(json["error"]["code"], "protected", "{command:?}");
    }
    assert_eq!(words(&db, "SELECT xmin || ':' || version FROM schema_migrations ORDER BY version"), before);
    assert_eq!(tables(&db), "a b");
    assert!(!exists(&db, "schema_seeds"));
}

#[test]
fn the_message_names_force_and_how_to_end_the_protection() {
    let (project, db) = protected("on");
    let outcome = pmdb(&project, &db, &["down"]).fails(1);
    insta::assert_snapshot!(outcome.filtered(), @"
    exit code: 1
    ----- stdout
    ----- stderr
    error: the database [DATABASE] is protected
    database: [DATABASE] on [SOCKET_DIR]/.s.PGSQL.[PORT] as postgres
    hint: use --force if you mean it; `ALTER DATABASE … RESET pmdb.protected` takes the protection away
    ");
}

#[test]
fn with_force_they_run() {
    for command in DESTROYING {
        let (project, db) = protected("on");
        pmdb(&project, &db, &[command, &["--force"]].concat()).success();
    }
}

#[test]
fn going_forward_and_looking_are_allowed() {
    let (project, db) = protected("on");
    project.migration("0003_c.sql", "-- migrate:up\nCREATE TABLE c ();\n");
    pmdb(&project, &db, &["status", "--check"]).fails(3);
    pmdb(&project, &db, &["up", "--dry-run"]).success();
    pmdb(&project, &db, &["create"]).success();
    pmdb(&project, &db, &["wait"]).success();
    pmdb(&project, &db, &["up"]).success();
    assert_eq!(tables(&db), "a b c");
}

#[test]
fn a_database_is_protected_before_it_has_a_history_too() {
    let (project, db) = (project_with(&["a"]), Database::new());
    db.sql(&format!("ALTER DATABASE {} SET pmdb.protected = on", db.name()));
    pmdb(&project, &db, &["down"]).fails(1);
    pmdb(&project, &db, &["seed"]).fails(1);
}

#[test]
fn every_way_to_write_on_protects_and_every_way_to_write_off_does_not() {
    for value in ["on", "'ON'", "true", "yes", "1"] {
        let (project, db) = protected(value);
        pmdb(&project, &db, &["down"]).fails(1);
        pmdb(&project, &db, &["drop"]).fails(1);
    }
    for value in ["off", "false", "no", "0", "''"] {
        let (project, db) = protected(value);
        pmdb(&project, &db, &["down"]).success();
        pmdb(&project, &db, &["drop"]).success();
    }
}

#[test]
fn force_does_not_skip_any_other_check() {
    let (project, db) = protected("on");
    project.migration("0003_c.sql", "-- migrate:up\nCREATE TABLE c ();\n");
    pmdb(&project, &db, &["up"]).success();
    let outcome = pmdb(&project, &db, &["down", "--force"]).fails(1);
    assert!(outcome.stderr.contains("0003 c cannot be undone"), "{}", outcome.stderr);
}
