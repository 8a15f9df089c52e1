//! A server whose synchronous standby is gone: it commits, and waits for ever for the standby to confirm it.

use std::thread;

use crate::support::{Database, Outcome, Project, Server, wait_until};

/// What is told when a COMMIT waits.
const WAITS: &str = "note: waiting for a synchronous standby to confirm a COMMIT";

/// A server that waits for a standby that is not there, wherever a session asks it to.
fn server_without_its_standby() -> Server {
    let server = Server::own();
    server.sql("postgres", "ALTER SYSTEM SET synchronous_commit = local");
    server.sql("postgres", "ALTER SYSTEM SET synchronous_standby_names = 'gone'");
    server.sql("postgres", "SELECT pg_reload_conf()");
    // The server heeds it when its checkpointer has read it.
    wait_until("a COMMIT waits for the standby", || commit_waits(&server));
    server
}

fn commit_waits(server: &Server) -> bool {
    let cancelled = "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'";
    thread::scope(|scope| {
        let commit = scope.spawn(|| {
            let probe = "SELECT pg_logical_emit_message(true, 'probe', '')";
            server.sql("postgres", &format!("SET synchronous_commit = on; {probe}"))
        });
        wait_until("it is done or waits", || {
            commit.is_finished() || !server.sql("postgres", cancelled).is_empty()
        });
        !commit.is_finished()
    })
}

/// Runs pmdb so that it waits for the standby, and stops it once when it has said so.
fn stopped(project: &Project, database: &Database, args: &[&str]) -> Outcome {
    let waiting = project.pmdb(args).database(database).env("PGOPTIONS", "-c synchronous_commit=on").spawn();
    waiting.wait_for_stderr(WAITS);
    waiting.terminate();
    waiting.wait().fails(130)
}

fn project_of(files: usize, options: &str) -> Project {
    let project = Project::new();
    for number in 1..=files {
        let content = format!(
            "-- migrate:up{options}\nCREATE TABLE t_{number} ();\n-- migrate:down\nDROP TABLE t_{number};\n"
        );
        project.migration(&format!("{number:04}_t.sql"), &content);
    }
    project
}

#[test]
fn every_wait_for_a_standby_is_told_and_one_signal_ends_it_with_what_is_committed() {
    let server = server_without_its_standby();
    let database = Database::on(&server);
    let project = project_of(4, "");
    let tables = || database.value("SELECT count(*) FROM pg_class WHERE relname LIKE 't\\__'");

    // The history table is made.
    let outcome = stopped(&project, &database, &["up"]);
    assert!(
        outcome.stderr.contains("what was written to the history is committed on this server"),
        "{}",
        outcome.stderr
    );
    assert_eq!(tables(), "0");

    // The last COMMIT of the run; what is done after it must not wait again.
    let outcome = stopped(&project, &database, &["up"]);
    assert!(
        outcome.stderr.contains("4 migrations are run, recorded and committed on this server"),
        "{}",
        outcome.stderr
    );
    assert_eq!(tables(), "4");
    let nothing = project.pmdb(&["up"]).database(&database).run().success();
    assert!(nothing.stdout.contains("nothing to apply"), "{}", nothing.stdout);

    // As JSON, and on the way down.
    let outcome = stopped(&project, &database, &["down", "--all", "--json"]);
    let json = outcome.json();
    assert_eq!(json["error"]["code"], "unconfirmed", "{json}");
    assert_eq!(json["steps"].as_array().unwrap().len(), 4, "{json}");
    assert_eq!(tables(), "0");

    // Outside a transaction, each statement is committed by itself.
    let outside = project_of(2, " transaction:false");
    let outcome = stopped(&outside, &database, &["up"]);
    for part in [": interrupted\n", "is done on this server, and not confirmed by its synchronous standby"] {
        assert!(outcome.stderr.contains(part), "{part}: {}", outcome.stderr);
    }
    project.pmdb(&["up"]).database(&database).run().success();
    assert_eq!(tables(), "4");

    // A statement that is noted as in flight, and is not sent any more, is taken back: that waits for the standby too.
    let indexes = Project::new();
    indexes.migration(
        "0009_i.sql",
        "-- migrate:up transaction:false\nCREATE TABLE i (a int);\nCREATE INDEX CONCURRENTLY ON i (a);\n",
    );
    let outcome = stopped(&indexes, &database, &["up"]);
    assert!(outcome.stderr.contains("interrupted"), "{}", outcome.stderr);
    indexes.pmdb(&["up"]).database(&database).run().success();

    // A changed file is accepted.
    project.migration("0004_t.sql", "-- migrate:up\nCREATE TABLE t_4 (a int);\n");
    let outcome = stopped(&project, &database, &["accept", "0004"]);
    assert!(outcome.stderr.contains("what was written to the history is committed"), "{}", outcome.stderr);
    project.pmdb(&["up"]).database(&database).run().success();
}
