//! How often pmdb waits for the server: what a deploy to a server far away takes its time from. The numbers are
//! exact, so that one more shows.

use std::fs::File;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::support::{Database, Outcome, Project, Proxy, Traffic, server};

/// Runs pmdb through a proxy, and tells what passed it.
fn traffic_of(project: &Project, database: &Database, args: &[&str]) -> (Outcome, Traffic) {
    traffic_far_away(project, database, args, Duration::ZERO)
}

fn traffic_far_away(
    project: &Project,
    database: &Database,
    args: &[&str],
    delay: Duration,
) -> (Outcome, Traffic) {
    let proxy = Proxy::new(server().socket(), delay);
    let outcome = project.pmdb(args).env("DATABASE_URL", proxy.url(database.name())).run().success();
    (outcome, proxy.take_traffic())
}

/// One connection on which the server is asked so many times.
fn asks(count: usize) -> Traffic {
    Traffic { connections: 1, answers: count, turns: count }
}

/// A project with so many small migrations.
fn project_of(files: usize, options: &str) -> Project {
    let project = Project::new();
    for number in 1..=files {
        let content = format!(
            "-- migrate:up {options}\n\
             CREATE TABLE t_{number} (id bigint PRIMARY KEY, name text NOT NULL);\n\
             -- migrate:down\n\
             DROP TABLE t_{number};\n"
        );
        project.migration(&format!("{number:05}_create_t_{number}.sql"), &content);
    }
    project
}

#[test]
fn a_run_with_nothing_pending_asks_the_server_once_however_much_is_applied() {
    let (project, database) = (project_of(1000, ""), Database::new());
    project.pmdb(&["up"]).database(&database).run().success();
    for command in [&["up"][..], &["status"], &["status", "--check"], &["up", "--dry-run"]] {
        let (_, traffic) = traffic_of(&project, &database, command);
        assert_eq!(traffic, asks(1), "{command:?}");
    }
    let (_, traffic) = traffic_of(&project, &database, &["down", "--dry-run"]);
    assert_eq!(traffic, asks(1));
}

/// Asserts the number of round trips of a run, on its two connections: its own and the lock's. It is exact as long as
/// the server is quick; a slow one is sent shorter messages, so that a few more are let pass.
#[track_caller]
fn assert_round_trips(traffic: Traffic, exact: usize) {
    let Traffic { connections, answers, turns } = traffic;
    assert_eq!((connections, turns), (2, answers));
    assert!((exact..=exact + 5).contains(&answers), "{answers} round trips, where {exact} are expected");
}

#[test]
fn a_thousand_files_go_up_and_down_in_thirty_round_trips_at_most() {
    let (project, database) = (project_of(1000, ""), Database::new());

    let (_, up) = traffic_of(&project, &database, &["up"]);
    assert_eq!(database.value("SELECT count(*) FROM schema_migrations"), "1000");
    assert_round_trips(up, 18);

    let (_, down) = traffic_of(&project, &database, &["down", "--all"]);
    assert_eq!(database.value("SELECT count(*) FROM schema_migrations"), "0");
    assert_round_trips(down, 15);
}

#[test]
fn fifty_files_to_a_server_far_away_wait_for_it_a_few_times() {
    let (project, database) = (project_of(50, "transaction:true"), Database::new());
    let (_, traffic) = traffic_far_away(&project, &database, &["up"], Duration::from_millis(5));
    assert_eq!(database.value("SELECT count(*) FROM schema_migrations"), "50");
    assert_round_trips(traffic, 13);
}

#[test]
fn the_proxy_tells_answers_from_turns() {
    let database = Database::new();
    database.sql("CREATE TABLE t (a int)");
    let project = Project::new();
    let data = project.write("data", "1\n2\n");
    let proxy = Proxy::new(server().socket(), Duration::ZERO);
    let url = proxy.url(database.name());
    let status = Command::new("psql")
        .args(["-Xq", &url, "-c", "SELECT 1", "-c", "COPY t FROM stdin"])
        .stdin(File::open(data).unwrap())
        .stdout(Stdio::null())
        .status();
    assert!(status.unwrap().success());
    assert_eq!(proxy.take_traffic(), Traffic { connections: 1, answers: 2, turns: 3 });
    assert_eq!(database.value("SELECT count(*) FROM t"), "2");
}
