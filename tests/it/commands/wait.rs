//! `pmdb wait`.

use std::net::TcpListener;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use pmdb::postgres::embedded::{Durability, EmbeddedServer, Listen, ServerOptions};

use crate::support::{Database, Project, binaries, server};

#[test]
fn wait_answers_at_once_when_the_server_does() {
    let (project, db) = (Project::new(), Database::new());
    let outcome = project.pmdb(&["wait"]).database(&db).run().success();
    insta::assert_snapshot!(outcome.filtered(), @"
    exit code: 0
    ----- stdout
    [DATABASE] answers
    ----- stderr
    ");
    let json = project.pmdb(&["wait", "--json"]).database(&db).run().success().json();
    assert!(json["waited_ms"].is_u64() && json["database"] == db.name(), "{json}");
}

#[test]
fn wait_waits_for_a_server_that_comes_up() {
    let project = Project::new();
    let start = |home: PathBuf| {
        let options = ServerOptions {
            home,
            durability: Durability::ThrowAway,
            listen: Listen::Loopback,
            lock_wait: Duration::ZERO,
        };
        EmbeddedServer::start(&binaries(), &options, |_| {}).unwrap_or_else(|error| panic!("{error}"))
    };
    // A server that has been there tells a port, which is free once it has stopped; the next one gets another port,
    // so the socket's folder is what is waited in.
    let first = start(project.path().join("server"));
    let folder = first.socket_dir().to_owned();
    first.stop().unwrap();
    assert!(!folder.join(".s.PGSQL.5432").exists());

    let waiting = project
        .pmdb(&["wait", "--timeout", "60s"])
        .env(
            "DATABASE_URL",
            format!("host={} port=5432 user=postgres dbname=postgres", project.path().join("link").display()),
        )
        .spawn();
    waiting.wait_for_stderr("note: waiting: ");
    let second = start(project.path().join("server"));
    std::os::unix::fs::symlink(second.socket_dir(), project.path().join("link")).unwrap();
    let outcome = waiting.wait();
    let port = second.port();
    second.stop().unwrap();
    assert!(outcome.code == Some(0), "port {port}: {}", outcome.stderr);
}

#[test]
fn when_the_time_is_over_wait_says_what_happened_last() {
    let outcome = Project::new()
        .pmdb(&["wait", "--timeout", "300ms"])
        .env("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/x")
        .run()
        .fails(1);
    insta::assert_snapshot!(outcome.filtered(), @"");
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
