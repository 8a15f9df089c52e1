//! `pmdb create`, `pmdb drop` and `pmdb reset`.

use std::process;

use super::{pmdb, project_with, tables};
use crate::support::{Database, Outcome, Project, Server, server};

/// A name that no database has yet, dropped with the value. The database beside it is there to look from.
struct Free {
    name: String,
    observer: Database,
}

impl Free {
    fn new(name: &str) -> Free {
        Free { name: format!("{name} {}", process::id()), observer: Database::new() }
    }

    fn run(&self, project: &Project, args: &[&str]) -> Outcome {
        project.pmdb(args).env("DATABASE_URL", self.url()).run()
    }

    /// Its URL, with every byte of the name that could mean something else written as `%xx`.
    fn url(&self) -> String {
        let name: String = self.name.bytes().map(|byte| format!("%{byte:02X}")).collect();
        server().url(&name)
    }

    /// As pmdb names it in an answer.
    fn shown(&self) -> String {
        pmdb::Target::from_url(&self.url()).unwrap().name().to_string()
    }

    fn exists(&self) -> bool {
        let name = self.name.replace('\'', "''");
        self.observer.value(&format!("SELECT count(*) FROM pg_database WHERE datname = '{name}'")) == "1"
    }
}

impl Drop for Free {
    fn drop(&mut self) {
        let name = self.name.replace('"', "\"\"");
        let _ = self.observer.try_sql(&format!("DROP DATABASE IF EXISTS \"{name}\" WITH (FORCE)"));
    }
}

#[test]
fn create_makes_the_database_and_is_content_when_it_is_there() {
    let (project, free) = (Project::new(), Free::new("create"));
    let outcome = free.run(&project, &["create"]).success();
    assert_eq!(outcome.stdout, format!("{}: created\n", free.shown()));
    assert!(free.exists());
    let outcome = free.run(&project, &["create"]).success();
    assert_eq!(outcome.stdout, format!("{}: exists already\n", free.shown()));
    let json = free.run(&project, &["create", "--json"]).success().json();
    assert_eq!((&json["database"], &json["action"]), (&free.name.as_str().into(), &"existed_already".into()));
}

#[test]
fn drop_takes_the_database_away_and_is_content_when_there_is_none() {
    let (project, free) = (Project::new(), Free::new("drop"));
    free.run(&project, &["create"]).success();
    let outcome = free.run(&project, &["drop"]).success();
    assert_eq!(outcome.stdout, format!("{}: dropped\n", free.shown()));
    assert!(!free.exists());
    let outcome = free.run(&project, &["drop"]).success();
    assert_eq!(outcome.stdout, format!("{}: does not exist\n", free.shown()));
    let json = free.run(&project, &["drop", "--json"]).success().json();
    assert_eq!(json["action"], "did_not_exist");
}

#[test]
fn odd_names_are_created_used_and_dropped() {
    let project = project_with(&["a"]);
    for name in ["with blank", "Ünïcode", "it's \"quoted\"", "a/b?c#d&e=f", "%41", "UPPER", "semi;colon--"]
    {
        let free = Free::new(name);
        free.run(&project, &["create"]).success();
        assert!(free.exists(), "{name}");
        let up = free.run(&project, &["up"]).success();
        assert!(up.stdout.starts_with(&format!("{}: 1 migration applied", free.shown())), "{}", up.stdout);
        free.run(&project, &["reset"]).success();
        free.run(&project, &["drop"]).success();
        assert!(!free.exists(), "{name}");
    }
}

#[tokio::test]
async fn a_database_that_others_use_is_not_dropped_and_the_message_says_why() {
    let (project, db) = (project_with(&["a"]), Database::new());
    pmdb(&project, &db, &["up"]).success();
    let _session = db.client().await;
    let outcome = pmdb(&project, &db, &["drop"]).fails(1);
    insta::assert_snapshot!(outcome.filtered(), @r#"
    exit code: 1
    ----- stdout
    ----- stderr
    error: the database [DATABASE] cannot be dropped: database "[DATABASE]" is being accessed by other users (SQLSTATE 55006)
    DETAIL: There is 1 other session using the database.
    database: [DATABASE] on [SOCKET_DIR]/.s.PGSQL.[PORT] as postgres
    hint: --force ends the sessions that use it (`SELECT * FROM pg_stat_activity` shows them)
    "#);
    let outcome = pmdb(&project, &db, &["reset"]).fails(1);
    assert!(outcome.stderr.contains("--force ends the sessions"), "{}", outcome.stderr);
    assert_eq!(tables(&db), "a");
    let json = pmdb(&project, &db, &["drop", "--json"]).fails(1).json();
    assert_eq!(json["error"]["server"]["sqlstate"], "55006");
    assert_eq!(json["error"]["code"], "database_in_use");
}

#[tokio::test]
async fn with_force_the_sessions_that_use_a_database_are_ended_and_counted() {
    let (project, db) = (project_with(&["a"]), Database::new());
    let sessions = (db.client().await, db.client().await);
    let outcome = pmdb(&project, &db, &["reset", "--force"]).success();
    assert!(outcome.stderr.contains("2 sessions of the database were ended"), "{}", outcome.stderr);
    drop(sessions);
    let session = db.client().await;
    let outcome = pmdb(&project, &db, &["drop", "--force"]).success();
    assert_eq!(outcome.stdout, format!("{}: dropped; 1 session was ended\n", db.shown()));
    drop(session);
    pmdb(&project, &db, &["create"]).success();
    let sessions = (db.client().await, db.client().await);
    let json = pmdb(&project, &db, &["drop", "--force", "--json"]).success().json();
    assert_eq!(json["sessions_ended"], 2, "{json}");
    drop(sessions);
}

#[test]
fn what_else_uses_a_database_is_not_blamed_on_sessions() {
    let project = project_with(&["a"]);
    let db = Database::new();
    let prepared = format!("p_{}", db.name());
    db.sql(&format!("BEGIN; CREATE TABLE x (); PREPARE TRANSACTION '{prepared}'"));
    for args in [&["drop"][..], &["drop", "--force"]] {
        let outcome = pmdb(&project, &db, args).fails(1);
        assert!(outcome.stderr.contains("pg_prepared_xacts"), "{}", outcome.stderr);
        assert!(!outcome.stderr.contains("pg_stat_activity"), "{}", outcome.stderr);
    }
    db.sql(&format!("ROLLBACK PREPARED '{prepared}'"));
    pmdb(&project, &db, &["drop"]).success();
}

#[test]
fn a_role_that_may_not_create_databases_is_told_so() {
    let (project, db) = (Project::new(), Database::new());
    let role = format!("poor_{}", db.name());
    db.sql(&format!("CREATE ROLE {role} LOGIN"));
    let url = server().url("new_one").replace("postgres@", &format!("{role}@"));
    let outcome = project.pmdb(&["create", "--url", &url]).run().fails(1);
    db.sql(&format!("DROP ROLE {role}"));
    insta::assert_snapshot!(outcome.filtered().replace(&role, "poor"), @"
    exit code: 1
    ----- stdout
    ----- stderr
    error: the database new_one cannot be created: permission denied to create database (SQLSTATE 42501)
    database: new_one on [SOCKET_DIR]/.s.PGSQL.[PORT] as poor
    hint: connect as a role that owns these objects, or grant it the right
    ");
}

#[test]
fn reset_begins_anew() {
    let (project, db) = (project_with(&["a", "b"]), Database::new());
    pmdb(&project, &db, &["up"]).success();
    db.sql("CREATE TABLE by_hand (); INSERT INTO a VALUES (1)");
    let outcome = pmdb(&project, &db, &["reset"]).success();
    assert!(outcome.stdout.contains(": 2 migrations applied in "), "{}", outcome.stdout);
    assert_eq!(tables(&db), "a b");
    assert_eq!(db.value("SELECT count(*) FROM a"), "0");
}

#[test]
fn reset_makes_a_database_that_is_not_there() {
    let (project, free) = (project_with(&["a"]), Free::new("reset"));
    free.run(&project, &["reset"]).success();
    assert!(free.exists());
    let json = free.run(&project, &["reset", "--json"]).success().json();
    assert_eq!((&json["command"], &json["steps"][0]["version"]), (&"reset".into(), &"0001".into()));
}

#[test]
fn reset_finds_a_broken_file_before_the_database_is_gone() {
    let (project, db) = (project_with(&["a"]), Database::new());
    pmdb(&project, &db, &["up"]).success();
    db.sql("INSERT INTO a VALUES (1)");
    project.migration("0002_b.sql", "CREATE TABLE b ();\n");
    pmdb(&project, &db, &["reset"]).fails(1);
    assert_eq!(db.value("SELECT count(*) FROM a"), "1");
}

#[test]
fn when_a_file_fails_in_a_reset_the_next_up_goes_on() {
    let (project, db) = (project_with(&["a"]), Database::new());
    project.migration("0002_b.sql", "-- migrate:up\nSELECT nothing;\n");
    pmdb(&project, &db, &["reset"]).fails(1);
    project.migration("0002_b.sql", "-- migrate:up\nCREATE TABLE b ();\n");
    pmdb(&project, &db, &["up"]).success();
    assert_eq!(tables(&db), "a b");
}

#[test]
fn without_the_database_up_and_status_say_how_to_create_it() {
    let (project, free) = (project_with(&["a"]), Free::new("absent"));
    for command in ["up", "status", "down", "seed", "redo"] {
        let outcome = free.run(&project, &[command]).fails(1);
        assert!(outcome.stderr.contains("`pmdb create`"), "{command}: {}", outcome.stderr);
    }
    assert!(!free.exists());
}

#[test]
fn the_embedded_server_always_has_its_database() {
    let project = project_with(&["a"]);
    project.pmdb(&["drop", "--embedded"]).run().success();
    project.pmdb(&["up", "--embedded"]).run().success();
}

#[test]
fn databases_are_made_dropped_and_reset_where_the_database_postgres_is_of_no_use() {
    let server = Server::own();
    let project = project_with(&["a"]);
    let run = |user: &str, args: &[&str]| {
        let url = server.url("new").replace("postgres@", &format!("{user}@"));
        project.pmdb(args).env("DATABASE_URL", url).run()
    };
    let all = |user: &str| {
        for command in ["create", "reset", "drop", "reset", "drop"] {
            run(user, &[command]).success();
        }
    };
    server
        .sql("template1", "CREATE ROLE lim LOGIN CREATEDB; REVOKE CONNECT ON DATABASE postgres FROM PUBLIC");
    all("lim");
    server.sql("template1", "DROP DATABASE postgres");
    all("postgres");
}

#[test]
fn what_destroys_a_database_wants_it_to_be_named() {
    let project = project_with(&["t"]);
    let nameless = server().url("");
    for command in ["drop", "reset"] {
        let outcome = project.pmdb(&[command, "--force"]).env("DATABASE_URL", &nameless).run().fails(2);
        let says = format!("error: `pmdb {command}` needs the name of the database, and nothing gives it\n");
        assert!(outcome.stderr.starts_with(&says), "{}", outcome.stderr);
    }
    let free = Free::new("named by a variable");
    free.run(&project, &["create"]).success();
    project.pmdb(&["drop"]).env("DATABASE_URL", &nameless).env("PGDATABASE", &free.name).run().success();
    assert!(!free.exists());
}
