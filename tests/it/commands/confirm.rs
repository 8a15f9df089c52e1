//! What destroys all data on another machine asks for the name of the database.

use std::io::Write;

use super::{project_with, tables};
use crate::support::{Database, Pmdb, Project, server};

/// The server of the tests by a name, as that of another machine is reached: what it is called decides.
fn remote(database: &Database) -> String {
    let (password, port) = (server().password(), server().tcp_port());
    format!("postgresql://postgres:{password}@db.example.com:{port}/{}?hostaddr=127.0.0.1", database.name())
}

/// Two migrations are applied.
fn applied() -> (Project, Database) {
    let (project, db) = (project_with(&["a", "b"]), Database::new());
    project.pmdb(&["up"]).database(&db).run().success();
    (project, db)
}

fn on_remote(project: &Project, db: &Database, args: &[&str]) -> Pmdb {
    project.pmdb(args).database(db).env("DATABASE_URL", remote(db))
}

const DESTROYING: [&[&str]; 4] = [&["drop"], &["reset"], &["down", "--all"], &["down", "--to", "0"]];

#[test]
fn without_a_terminal_it_is_refused_with_what_to_type_and_nothing_changes() {
    let (project, db) = applied();
    for command in DESTROYING {
        let outcome = on_remote(&project, &db, command).run().fails(1);
        assert!(outcome.stderr.contains("nobody has confirmed it"), "{command:?}: {}", outcome.stderr);
        assert!(outcome.stderr.contains("--yes"), "{command:?}: {}", outcome.stderr);
        let json = on_remote(&project, &db, &[command, &["--json"]].concat()).run().fails(1).json();
        assert_eq!(json["error"]["code"], "not_confirmed", "{command:?}");
    }
    assert_eq!(tables(&db), "a b");
}

#[test]
fn the_message_names_database_size_and_host() {
    let (project, db) = applied();
    let outcome = on_remote(&project, &db, &["drop"]).run().fails(1);
    let port = server().tcp_port().to_string();
    let shown = regex::Regex::new(r"\(\d+ [kM]B\)")
        .unwrap()
        .replace(&outcome.filtered(), "([SIZE])")
        .replace(&port, "[PORT]");
    insta::assert_snapshot!(shown, @"
    exit code: 1
    ----- stdout
    ----- stderr
    error: the database [DATABASE] ([SIZE]) on db.example.com:[PORT] would be dropped, with all its data, and nobody has confirmed it
    Nothing was changed.
    database: [DATABASE] on db.example.com:[PORT] as postgres
    hint: --yes says that it is meant; without it, a database on another machine asks for its name on a terminal
    ");
}

#[test]
fn with_yes_it_runs() {
    for command in DESTROYING {
        let (project, db) = applied();
        on_remote(&project, &db, &[command, &["--yes"]].concat()).run().success();
    }
}

#[test]
fn on_this_machine_nothing_is_asked() {
    for command in DESTROYING {
        let (project, db) = applied();
        project.pmdb(command).database(&db).run().success();
        let (password, port) = (server().password(), server().tcp_port());
        let (project, db) = applied();
        for host in ["localhost", "127.0.0.1"] {
            let url = format!("postgresql://postgres:{password}@{host}:{port}/{}", db.name());
            project.pmdb(command).env("DATABASE_URL", url).run().success();
        }
    }
}

#[test]
fn on_a_terminal_the_name_has_to_be_typed() {
    for command in DESTROYING {
        let (project, db) = applied();
        let (running, mut terminal) = on_remote(&project, &db, command).on_a_terminal();
        running.wait_for_stderr(&format!("Type {} to go on:", db.name()));
        terminal.write_all(b"yes\n").unwrap();
        let outcome = running.wait().fails(1);
        assert!(outcome.stderr.contains("the answer was not its name"), "{command:?}: {}", outcome.stderr);
        assert_eq!(tables(&db), "a b", "{command:?}");

        let (running, mut terminal) = on_remote(&project, &db, command).on_a_terminal();
        running.wait_for_stderr("to go on:");
        terminal.write_all(format!("{}\n", db.name()).as_bytes()).unwrap();
        running.wait().success();
    }
}

#[test]
fn ctrl_c_at_the_question_ends_pmdb_and_changes_nothing() {
    let (project, db) = applied();
    let (running, _terminal) = on_remote(&project, &db, &["reset"]).on_a_terminal();
    running.wait_for_stderr("to go on:");
    running.interrupt();
    let outcome = running.wait().fails(130);
    assert!(outcome.stderr.lines().any(|line| line == "error: interrupted"), "{}", outcome.stderr);
    assert_eq!(tables(&db), "a b");
}

#[test]
fn nothing_is_asked_where_nothing_can_be_lost() {
    let (project, db) = applied();
    on_remote(&project, &db, &["down", "--all", "--dry-run"]).run().success();
    on_remote(&project, &db, &["down"]).run().success();
    project.pmdb(&["down", "--all"]).database(&db).run().success();
    on_remote(&project, &db, &["down", "--all"]).run().success();
    project.pmdb(&["drop"]).database(&db).run().success();
    on_remote(&project, &db, &["drop"]).run().success();
    on_remote(&project, &db, &["reset"]).run().success();
}

#[test]
fn a_protected_database_is_refused_before_anything_is_asked() {
    let (project, db) = applied();
    db.sql(&format!("ALTER DATABASE {} SET pmdb.protected = on", db.name()));
    for command in DESTROYING {
        let (running, _terminal) = on_remote(&project, &db, command).on_a_terminal();
        let outcome = running.wait().fails(1);
        assert!(outcome.stderr.contains("is protected"), "{command:?}: {}", outcome.stderr);
        let outcome = on_remote(&project, &db, &[command, &["--force"]].concat()).run().fails(1);
        assert!(outcome.stderr.contains("--yes"), "{command:?}: {}", outcome.stderr);
    }
}
