//! How often pmdb waits for the server: what a deploy to a server far away takes its time from. The numbers are
//! exact, so that one more shows.

use std::fs::File;
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::support::{Database, Load, Project, Proxy, Traffic, client_program, server};

/// Runs pmdb through a proxy, and tells what passed it.
fn traffic_of(project: &Project, database: &Database, args: &[&str]) -> Vec<Traffic> {
    traffic_far_away(project, database, args, Duration::ZERO)
}

fn traffic_far_away(project: &Project, database: &Database, args: &[&str], delay: Duration) -> Vec<Traffic> {
    let proxy = Proxy::new(server().socket(), delay);
    project.pmdb(args).env("DATABASE_URL", proxy.url(database.name())).run().success();
    proxy.traffic()
}

/// A connection on which the server is asked this many times.
fn asks(count: usize) -> Traffic {
    Traffic { answers: count, turns: count }
}

/// A project with this many small migrations.
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
        assert_eq!(traffic_of(&project, &database, command), [asks(1)], "{command:?}");
    }
    assert_eq!(traffic_of(&project, &database, &["down", "--dry-run"]), [asks(1)]);
}

/// The round trips of a run: on its own connection, and on the one that holds the lock. A third connection is there when
/// the server is so slow that pmdb looks what it is waiting for; nothing waits for that one.
fn round_trips(traffic: &[Traffic]) -> (Traffic, Traffic) {
    (traffic[0], traffic[1])
}

#[test]
fn a_thousand_files_go_up_and_down_in_thirty_round_trips_at_most() {
    let (project, database) = (project_of(1000, ""), Database::new());

    let up = traffic_of(&project, &database, &["up"]);
    assert_eq!(database.value("SELECT count(*) FROM schema_migrations"), "1000");
    assert_eq!(round_trips(&up), (asks(16), asks(2)));

    // The last one asks for seeds whose tables are gone.
    let down = traffic_of(&project, &database, &["down", "--all"]);
    assert_eq!(database.value("SELECT count(*) FROM schema_migrations"), "0");
    assert_eq!(round_trips(&down), (asks(14), asks(2)));
}

#[test]
fn fifty_files_to_a_server_far_away_wait_for_it_a_few_times() {
    let (project, database) = (project_of(50, "transaction:true"), Database::new());
    let traffic = traffic_far_away(&project, &database, &["up"], Duration::from_millis(5));
    assert_eq!(database.value("SELECT count(*) FROM schema_migrations"), "50");
    assert_eq!(round_trips(&traffic), (asks(12), asks(2)));
}

#[test]
fn files_that_take_long_travel_one_by_one_so_that_each_is_told_of_when_it_is_done() {
    let (project, database) = (Project::new(), Database::new());
    for number in 1..=4 {
        let content = format!("-- migrate:up\nSELECT pg_sleep(1.05), {number};\n");
        project.migration(&format!("{number:04}_wait.sql"), &content);
    }
    let traffic = traffic_of(&project, &database, &["up"]);
    // Five before the first file, and none after the last: their times are known at once.
    assert_eq!(round_trips(&traffic), (asks(5 + 4), asks(2)));
}

/// What `pmdb plan` asks a target with this many tables, where twenty files are pending that have something to ask about.
fn plan_of_twenty_files(tables: usize) -> (Vec<Traffic>, Load) {
    let (project, database) = (project_of(tables, ""), Database::new());
    project.pmdb(&["up"]).database(&database).run().success();
    database.sql("INSERT INTO t_1 VALUES (1, 'x'); ANALYZE");
    for file in 0..20 {
        let (table, other) = (1 + file / 4, 10 - file / 4);
        let change = match file % 4 {
            0 => format!("CREATE UNIQUE INDEX ON t_{table} (name);"),
            1 => format!("ALTER TABLE t_{table} ADD CHECK (id > 0);"),
            2 => format!("ALTER TABLE t_{table} ADD COLUMN n int DEFAULT 0;\nUPDATE t_{table} SET n = 1;"),
            _ => format!("ALTER TABLE t_{table} ADD FOREIGN KEY (id) REFERENCES t_{other};"),
        };
        let name = format!("{}_change.sql", 90_000 + file);
        project.migration(&name, &format!("-- migrate:up\n{change}\n-- migrate:down\nSELECT 1;\n"));
    }
    let (proxy, scratch) = (Proxy::new(server().socket(), Duration::ZERO), server().url("postgres"));
    let plan = project.pmdb(&["plan", "--scratch-url", &scratch]);
    plan.env("DATABASE_URL", proxy.url(database.name())).run().success();
    (proxy.traffic(), proxy.load())
}

#[test]
fn a_plan_asks_a_target_of_a_thousand_tables_as_often_as_one_of_ten() {
    let (few, load_of_few) = plan_of_twenty_files(10);
    let (many, load) = plan_of_twenty_files(1000);
    // Six for the history, the sizes, the schema and the rights, and three for each question about rows.
    assert_eq!(few, [asks(6 + 20 * 3)]);
    assert_eq!(many, few);
    // The history is asked for each file by its name.
    let of_a_file = (load.asked - load_of_few.asked) / 990;
    assert!(of_a_file < 100, "{of_a_file}, {load:?}");
    // The answer for a table: its columns, its indexes, its size.
    let of_a_table = (load.answered - load_of_few.answered) / 990;
    assert!((500..4000).contains(&of_a_table), "{of_a_table}, {load:?}");
}

#[test]
fn the_proxy_tells_answers_from_turns() {
    let Some(psql) = client_program("psql") else { return };
    let database = Database::new();
    database.sql("CREATE TABLE t (a int)");
    let project = Project::new();
    let data = project.write("data", "1\n2\n");
    let proxy = Proxy::new(server().socket(), Duration::ZERO);
    let url = proxy.url(database.name());
    let status = Command::new(psql)
        .args(["-Xq", &url, "-c", "SELECT 1", "-c", "COPY t FROM stdin"])
        .stdin(File::open(data).unwrap())
        .stdout(Stdio::null())
        .status();
    assert!(status.unwrap().success());
    assert_eq!(proxy.traffic(), [Traffic { answers: 2, turns: 3 }]);
    assert_eq!(database.value("SELECT count(*) FROM t"), "2");
}

#[test]
fn an_answer_counts_although_its_client_has_left() {
    let database = Database::new();
    let proxy = Proxy::new(server().socket(), Duration::ZERO);
    let mut client = UnixStream::connect(proxy.socket_dir().join(".s.PGSQL.5432")).unwrap();
    let start_up = format!("\0\x03\0\0user\0postgres\0database\0{}\0\0", database.name());
    client.write_all(&(start_up.len() as u32 + 4).to_be_bytes()).unwrap();
    client.write_all(start_up.as_bytes()).unwrap();
    // The connect ends in ReadyForQuery, outside a transaction.
    let (mut heard, mut buffer) = (Vec::new(), [0; 1024]);
    while !heard.ends_with(b"Z\0\0\0\x05I") {
        let count = client.read(&mut buffer).unwrap();
        assert_ne!(count, 0, "{}", String::from_utf8_lossy(&heard));
        heard.extend_from_slice(&buffer[..count]);
    }

    client.write_all(b"Q\0\0\0\x17SELECT pg_sleep(1)\0").unwrap();
    drop(client);
    assert_eq!(proxy.traffic(), [asks(1)]);
}
