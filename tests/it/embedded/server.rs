//! The life of an embedded server: what depends on the version of PostgreSQL.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use pmdb::embedded::{Durability, EmbeddedError, EmbeddedServer, Listen, Port, ServerOptions};
use rustix::process::{Signal, kill_process, test_kill_process};
use tokio_postgres::{Config, NoTls};

use super::{connect, options, postmaster, project, start};
use crate::support::binaries;

#[tokio::test]
async fn a_server_starts_takes_connections_and_leaves_nothing_running() {
    let (_folder, home) = project(0o755);
    let server = start(&home).unwrap();
    assert!(server.was_created());
    assert_eq!(server.tcp_port(), None);
    let (socket_dir, data) = (server.socket_dir().to_owned(), server.data_dir().to_owned());
    assert_eq!(data, home.join("data"));
    assert_eq!(fs::metadata(&socket_dir).unwrap().mode() & 0o777, 0o700);
    let client = connect(&server).await;
    client.batch_execute("CREATE TABLE kept (a int)").await.unwrap();
    let encoding = client
        .query_one("SELECT current_setting('server_encoding'), current_setting('fsync')", &[])
        .await
        .unwrap();
    assert_eq!((encoding.get(0), encoding.get(1)), ("UTF8", "on"));
    let pid = postmaster(&data);
    server.stop().unwrap();
    assert!(test_kill_process(pid).is_err());
    assert!(!socket_dir.exists());
    assert!(!data.join("postmaster.pid").exists());
    assert_eq!(fs::read_to_string(home.join(".gitignore")).unwrap(), "*\n");

    let server = start(&home).unwrap();
    assert!(!server.was_created());
    connect(&server).await.batch_execute("SELECT a FROM kept").await.unwrap();
    let pid = postmaster(&data);
    drop(server);
    assert!(test_kill_process(pid).is_err());
}

#[tokio::test]
async fn a_loopback_server_wants_the_password_and_shows_it_to_nobody() {
    let (_folder, home) = project(0o755);
    let options = ServerOptions { listen: Listen::Loopback(Port::Usual), ..options(&home) };
    let server = EmbeddedServer::start(&binaries(), &options, |_| {}).unwrap();
    let (port, password) = (server.tcp_port().unwrap(), server.password().unwrap().to_owned());
    assert!(!format!("{server:?}").contains(&password));
    let mut config = Config::new();
    config.host("127.0.0.1").port(port).user("postgres").dbname("postgres");
    let refused = config.connect(NoTls).await.map(drop).unwrap_err();
    assert!(format!("{refused:?}").contains("password missing"), "{refused:?}");
    config.password(&password).connect(NoTls).await.map(drop).unwrap();
    let file = fs::metadata(server.data_dir().join("pmdb_password")).unwrap();
    assert_eq!(file.mode() & 0o777, 0o600);
    drop(server);
    let server = EmbeddedServer::start(&binaries(), &options, |_| {}).unwrap();
    assert_eq!(server.password(), Some(password.as_str()));
}

#[test]
fn a_second_server_on_the_same_home_is_busy_and_names_the_first() {
    let (_folder, home) = project(0o755);
    let server = start(&home).unwrap();
    let error = start(&home).unwrap_err();
    let me = std::process::id();
    assert_eq!(
        error.to_string(),
        format!(
            "{} is in use by process {me}\n  wait until it has ended, or stop it, and try again",
            home.display()
        )
    );
    let patient = ServerOptions { lock_wait: Duration::from_secs(60), ..options(&home) };
    let (tell, told) = mpsc::channel();
    let second = thread::spawn(move || {
        EmbeddedServer::start(&binaries(), &patient, |holder| tell.send(holder.pid).unwrap())
    });
    let holder = told.recv().unwrap();
    assert_eq!(holder, Some(me));
    server.stop().unwrap();
    assert!(!second.join().unwrap().unwrap().was_created());
}

#[test]
fn a_thrown_away_server_leaves_nothing() {
    let (folder, home) = project(0o755);
    let options = ServerOptions { durability: Durability::ThrowAway, ..options(&home) };
    EmbeddedServer::start(&binaries(), &options, |_| {}).unwrap().stop().unwrap();
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    drop(EmbeddedServer::start(&binaries(), &options, |_| {}).unwrap());
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn half_made_data_is_made_anew() {
    let (_folder, home) = project(0o755);
    let half_made = home.join("data.new-0a1b2c3d");
    fs::create_dir_all(&half_made).unwrap();
    fs::write(half_made.join("PG_VERSION"), "15\n").unwrap();
    let server = start(&home).unwrap();
    assert!(server.was_created());
    assert!(!half_made.exists());
}

#[test]
fn files_in_the_place_of_the_data_are_not_touched() {
    let (_folder, home) = project(0o755);
    let file = home.join("data/mine.txt");
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(&file, "mine").unwrap();
    let error = start(&home).unwrap_err();
    assert!(matches!(error, EmbeddedError::NotAData { .. }), "{error}");
    assert_eq!(fs::read_to_string(file).unwrap(), "mine");
}

#[test]
fn data_of_another_version_is_named_and_left_alone() {
    let (_folder, home) = project(0o755);
    start(&home).unwrap().stop().unwrap();
    let version = home.join("data/PG_VERSION");
    fs::write(&version, "11\n").unwrap();
    let error = start(&home).unwrap_err();
    let (data, home, here) = (home.join("data"), home.display().to_string(), binaries().version);
    assert_eq!(
        error.to_string(),
        format!(
            "the data in {} was made by PostgreSQL 11, but the server here is version {here}\n  \
             set PMDB_PG_BIN to the bin folder of a PostgreSQL 11, \
             or delete {home} to begin with an empty database",
            data.display()
        )
    );
    assert_eq!(fs::read_to_string(version).unwrap(), "11\n");
}

#[test]
fn a_server_that_cannot_start_shows_the_end_of_its_log() {
    let (_folder, home) = project(0o755);
    start(&home).unwrap().stop().unwrap();
    fs::write(home.join("data/postgresql.conf"), "no_such_setting = 1\n").unwrap();
    let error = start(&home).unwrap_err().to_string();
    assert!(
        error.starts_with("the PostgreSQL server did not start: it ended with exit status: 1\n"),
        "{error}"
    );
    assert!(error.contains("unrecognized configuration parameter \"no_such_setting\""), "{error}");
}

#[test]
fn a_crashed_server_recovers_at_the_next_start() {
    let (_folder, home) = project(0o755);
    let server = start(&home).unwrap();
    kill_process(postmaster(server.data_dir()), Signal::KILL).unwrap();
    let error = server.stop().unwrap_err();
    assert!(matches!(error, EmbeddedError::StopFailed { .. }), "{error}");
    assert!(home.join("data/postmaster.pid").exists());
    start(&home).unwrap().stop().unwrap();
}
