//! An example brings its own database, and leaves nothing behind, however it ends.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Stdio};

use rustix::process::{Pid, Signal, kill_process};

use super::run::{example, succeed};
use crate::support::{Server, wait_until};

/// Makes an example wait at its first CREATE: each new database is a copy of template1.
const HOLD: &str = "
    CREATE FUNCTION hold() RETURNS event_trigger AS 'BEGIN PERFORM pg_sleep(3600); END' LANGUAGE plpgsql;
    CREATE EVENT TRIGGER hold ON ddl_command_start EXECUTE FUNCTION hold()";

/// Makes an example fail at its first CREATE.
const REFUSE: &str = "
    CREATE FUNCTION refuse() RETURNS event_trigger AS 'BEGIN RAISE ''not here''; END' LANGUAGE plpgsql;
    CREATE EVENT TRIGGER refuse ON ddl_command_start EXECUTE FUNCTION refuse()";

const PLAYGROUNDS: &str = "SELECT datname FROM pg_database WHERE datname LIKE 'pmdb_example_%'";

const HELD: &str = "
    SELECT pid FROM pg_stat_activity WHERE datname LIKE 'pmdb_example_%' AND wait_event = 'PgSleep'";

#[test]
fn an_example_drops_its_database_when_it_is_done() {
    let server = Server::own();
    succeed(example("list_users").env("DATABASE_URL", server.url("postgres")));
    assert_no_playground(&server);
}

#[test]
fn an_example_that_fails_drops_its_database_and_says_why() {
    let server = Server::own();
    server.sql("template1", REFUSE);
    let output = example("list_users").env("DATABASE_URL", server.url("postgres")).output().unwrap();
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{error}");
    assert!(error.contains("not here"), "{error}");
    assert_no_playground(&server);
}

#[test]
fn an_example_that_nobody_listens_to_drops_its_database() {
    let server = Server::own();
    let mut process = start(&server);
    drop(process.stdout.take());
    assert_eq!(process.wait().unwrap().code(), Some(101));
    assert_no_playground(&server);
}

#[test]
fn an_example_that_is_interrupted_drops_its_database() {
    let server = Server::own();
    server.sql("template1", HOLD);
    let mut process = start(&server);
    wait_until("the example is at work", || !server.sql("postgres", HELD).is_empty());
    kill_process(Pid::from_child(&process), Signal::INT).unwrap();
    assert_eq!(process.wait().unwrap().code(), Some(130));
    assert_no_playground(&server);
}

#[test]
fn an_example_needs_nothing_configured_and_leaves_no_server_and_no_file() {
    let everyone_enters = Permissions::from_mode(0o755);
    let folder = tempfile::Builder::new().permissions(everyone_enters).tempdir().unwrap();
    let printed = succeed(example("list_users").env_remove("DATABASE_URL").env("TMPDIR", folder.path()));
    assert_eq!(printed.tables[0].rows(), 12);
    let left: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(left.is_empty(), "{left:?}");
    wait_until("the last process ends", || !is_named_by_a_process(folder.path()));
}

/// Starts an example whose output can be read.
fn start(server: &Server) -> Child {
    let mut command = example("list_users");
    command.env("DATABASE_URL", server.url("postgres")).stdout(Stdio::piped()).stderr(Stdio::null());
    command.spawn().unwrap()
}

#[track_caller]
fn assert_no_playground(server: &Server) {
    assert!(server.sql("postgres", PLAYGROUNDS).is_empty());
}

/// Whether a process has this path among its arguments, as the server and its watcher have.
fn is_named_by_a_process(path: &Path) -> bool {
    let path = path.to_str().unwrap();
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    processes
        .filter_map(|process| fs::read(process.path().join("cmdline")).ok())
        .any(|arguments| String::from_utf8_lossy(&arguments).contains(path))
}
