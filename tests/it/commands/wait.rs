//! `pmdb wait`.

use std::net::TcpListener;
use std::os::unix::fs::symlink;
use std::time::{Duration, Instant};

use pmdb::embedded::{Durability, EmbeddedServer, Listen, ServerOptions};

use crate::support::{Database, Project, binaries, server};

#[test]
fn wait_answers_at_once_when_the_server_does() {
    let (project, db) = (Project::new(), Database::new());
    let outcome = project.pmdb(&["wait"]).database(&db).run().success();
    insta::assert_snapshot!(outcome.filtered(), @"
    exit code: 0
    ----- stdout
    [DATABASE] on [SOCKET_DIR]/.s.PGSQL.[PORT] answers
    ----- stderr
    ");
    let json = project.pmdb(&["wait", "--json"]).database(&db).run().success().json();
    assert!(json["waited_ms"].is_u64() && json["database"] == db.name(), "{json}");
}

#[test]
fn wait_waits_for_a_server_that_comes_up() {
    let project = Project::new();
    let link = project.path().join("socket");
    let target = format!("host={} port=5432 user=postgres dbname=postgres", link.display());
    let waiting = project.pmdb(&["wait"]).env("DATABASE_URL", target).spawn();
    waiting.wait_for_stderr("note: waiting: ");

    let options = ServerOptions {
        home: project.path().join("server"),
        durability: Durability::ThrowAway,
        listen: Listen::Socket,
        lock_wait: Duration::ZERO,
        program: None,
    };
    let server = EmbeddedServer::start(&binaries(), &options, |_| {}).unwrap();
    assert_eq!(server.port(), 5432);
    symlink(server.socket_dir(), link).unwrap();

    let outcome = waiting.wait();
    server.stop().unwrap();
    let stdout = outcome.success().stdout;
    assert!(stdout.starts_with("postgres on ") && stdout.ends_with(" answers\n"), "{stdout}");
}

#[test]
fn when_the_time_is_over_wait_says_what_happened_last() {
    let outcome = Project::new()
        .pmdb(&["wait", "--timeout", "300ms"])
        .env("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/x")
        .run()
        .fails(1);
    insta::assert_snapshot!(outcome.filtered(), @"
    exit code: 1
    ----- stdout
    ----- stderr
    note: waiting: cannot connect to x on 127.0.0.1:[PORT] as nobody: no server listens there (connection refused)
    error: the server did not answer within [DURATION]: cannot connect to x on 127.0.0.1:[PORT] as nobody: no server listens there (connection refused)
    hint: is the server running there? --timeout gives it more time
    ");
}

#[test]
fn a_server_that_never_says_a_word_is_not_waited_for_longer_than_asked() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("postgresql://nobody@{}/x", silent.local_addr().unwrap());
    let start = Instant::now();
    let outcome = Project::new().pmdb(&["wait", "--timeout", "500ms", "--url", &url]).run().fails(1);
    assert!(outcome.stderr.contains("the server did not answer within 0.5 s"), "{}", outcome.stderr);
    assert!(start.elapsed() < Duration::from_secs(30), "{:?}", start.elapsed());
}

#[test]
fn wait_waits_for_a_server_that_is_what_was_asked_for() {
    let (project, db) = (Project::new(), Database::new());
    // As a standby is: the one that answers first after a failover.
    db.sql(&format!("ALTER DATABASE {} SET default_transaction_read_only = on", db.name()));
    for attributes in ["read-write", "primary"] {
        let url = format!("{}&target_session_attrs={attributes}", db.url());
        let outcome = project.pmdb(&["wait", "--timeout", "300ms"]).env("DATABASE_URL", &url).run().fails(1);
        assert!(outcome.stderr.contains("the server did not answer within 0.3 s"), "{}", outcome.stderr);
        assert!(outcome.stderr.contains("does not allow writes"), "{}", outcome.stderr);
    }
    for attributes in ["any", "read-only", "standby", "prefer-standby"] {
        let url = format!("{}&target_session_attrs={attributes}", db.url());
        project.pmdb(&["wait"]).env("DATABASE_URL", url).run().success();
    }
    let url = format!("{}&target_session_attrs=read-write", db.url());
    let waiting = project.pmdb(&["wait"]).env("DATABASE_URL", url).spawn();
    waiting.wait_for_stderr("note: waiting: ");
    let writable = format!("BEGIN READ WRITE; ALTER DATABASE {} RESET ALL; COMMIT", db.name());
    db.sql(&writable);
    waiting.wait().success();
}

#[test]
fn a_database_that_does_not_exist_is_not_waited_for() {
    let url = server().url("there_is_no_such_database");
    let outcome = Project::new().pmdb(&["wait", "--url", &url]).run().fails(1);
    assert!(outcome.stderr.contains("the database does not exist"), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("`pmdb create`"), "{}", outcome.stderr);
}

#[test]
fn a_wait_can_be_interrupted() {
    let waiting = Project::new()
        .pmdb(&["wait", "--json"])
        .env("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/x")
        .spawn();
    waiting.wait_for_stderr("note: waiting: ");
    waiting.interrupt();
    let outcome = waiting.wait().fails(130);
    assert_eq!(outcome.json()["error"]["code"], "interrupted");
}
