//! The embedded server, from the outside.

use std::fs::{self, Permissions};
use std::io::{BufRead, BufReader};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use pmdb::connect::Target;
use pmdb::embedded::{Durability, EmbeddedError, EmbeddedServer, Listen, Port, ServerOptions};
use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use tempfile::TempDir;
use tokio_postgres::{Client, Config, NoTls};

use crate::support::{Database, Project, binaries, missing, wait_until};

fn project(mode: u32) -> (TempDir, PathBuf) {
    let folder = tempfile::Builder::new().permissions(Permissions::from_mode(mode)).tempdir().unwrap();
    let home = folder.path().canonicalize().unwrap().join(".pmdb");
    (folder, home)
}

fn options(home: &Path) -> ServerOptions {
    ServerOptions {
        home: home.to_owned(),
        durability: Durability::Safe,
        listen: Listen::Socket,
        lock_wait: Duration::ZERO,
        program: None,
    }
}

fn start(home: &Path) -> Result<EmbeddedServer, EmbeddedError> {
    EmbeddedServer::start(&binaries(), &options(home), |_| {})
}

async fn connect(server: &EmbeddedServer) -> Client {
    let mut config = Config::new();
    config.host_path(server.socket_dir()).port(server.port()).user("postgres").dbname("postgres");
    let (client, connection) = config.connect(NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

fn postmaster(data: &Path) -> Pid {
    let text = fs::read_to_string(data.join("postmaster.pid")).unwrap();
    Pid::from_raw(text.lines().next().unwrap().parse().unwrap()).unwrap()
}

/// Line 5 of `postmaster.pid`.
fn socket_dir(data: &Path) -> PathBuf {
    let text = fs::read_to_string(data.join("postmaster.pid")).unwrap();
    PathBuf::from(text.lines().nth(4).unwrap())
}

fn is_gone(pid: Pid) -> bool {
    // An orphan that has ended may wait for a lazy init process to notice.
    test_kill_process(pid).is_err() || state(pid) == Some("Z".to_owned())
}

fn state(pid: Pid) -> Option<String> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    Some(text.rsplit(") ").next()?.split(' ').next()?.to_owned())
}

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

#[test]
fn killing_the_process_takes_its_server_and_its_socket_away() {
    let (_folder, home) = project(0o755);
    let mut holder = Holder::start(&home);
    holder.kill();
    wait_until("the server ends", || is_gone(holder.postmaster));
    wait_until("its socket folder goes", || !holder.socket_dir.exists());
    assert!(!home.join("data/postmaster.pid").exists());
}

#[test]
fn a_start_right_after_a_kill_waits_for_the_old_server() {
    let (_folder, home) = project(0o755);
    let mut holder = Holder::start(&home);
    holder.kill();
    start(&home).unwrap().stop().unwrap();
    assert!(is_gone(holder.postmaster));
}

#[cfg(target_os = "linux")]
#[test]
fn a_server_whose_watcher_was_killed_too_is_stopped_by_the_next_start() {
    let (_folder, home) = project(0o755);
    let mut holder = Holder::start(&home);
    for child in holder.children() {
        if child != holder.postmaster {
            kill_process(child, Signal::KILL).unwrap();
        }
    }
    holder.kill();
    assert!(!is_gone(holder.postmaster), "nobody was there to stop it");
    start(&home).unwrap().stop().unwrap();
    assert!(is_gone(holder.postmaster));
    assert!(!holder.socket_dir.exists());
}

#[test]
fn root_behind_sudo_leaves_everything_to_the_user() {
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let (_folder, home) = project(0o755);
    let nobody = 65534;
    let id = nobody.to_string();
    let holder = Holder::start_with(&home, &[("SUDO_UID", &id), ("SUDO_GID", &id), ("SUDO_USER", "ada")]);
    for name in ["", ".gitignore", "lock", "server.log", "data", "data/pmdb_password"] {
        assert_eq!(fs::metadata(home.join(name)).unwrap().uid(), nobody, "{name}");
    }
    assert_eq!(fs::metadata(&holder.socket_dir).unwrap().uid(), nobody);
}

#[test]
fn root_runs_the_server_as_a_user_that_etc_passwd_does_not_have() {
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let Some(wrapper) = nss_wrapper() else { return };
    let (folder, home) = project(0o755);
    let (users, groups) = (folder.path().join("users"), folder.path().join("groups"));
    fs::write(&users, "root:x:0:0::/root:/bin/sh\npostgres:x:54322:54323::/:/bin/sh\n").unwrap();
    fs::write(&groups, "root:x:0:\npostgres:x:54323:\n").unwrap();
    let variables =
        [("LD_PRELOAD", wrapper.as_path()), ("NSS_WRAPPER_PASSWD", &users), ("NSS_WRAPPER_GROUP", &groups)]
            .map(|(name, path)| (name, path.to_str().unwrap()));
    let _holder = Holder::start_with(&home, &variables);
    let data = fs::metadata(home.join("data")).unwrap();
    assert_eq!((data.uid(), data.gid()), (54322, 54323));
}

#[test]
fn without_the_variable_home_the_files_of_the_users_home_count() {
    let Some(wrapper) = nss_wrapper() else { return };
    let (project, database) = (Project::new(), Database::new());
    let home = tempfile::tempdir().unwrap();
    let target = Target::from_url(database.url()).unwrap();
    let socket = target.server();
    let (folder, port) = socket.split_once("/.s.PGSQL.").unwrap();
    let (user, name) = (target.user(), target.database());
    let service = format!("[app]\nhost={folder}\nport={port}\nuser={user}\ndbname={name}\n");
    fs::write(home.path().join(".pg_service.conf"), service).unwrap();
    let users = home.path().join("users");
    let id = rustix::process::geteuid().as_raw();
    fs::write(&users, format!("al:x:{id}:{id}::{}:/bin/sh\n", home.path().display())).unwrap();
    let groups = home.path().join("groups");
    fs::write(&groups, format!("al:x:{id}:\n")).unwrap();
    for unset in [true, false] {
        let pmdb = project.pmdb(&["status", "--url", "service=app"]);
        let pmdb = if unset { pmdb.env_remove("HOME") } else { pmdb.env("HOME", "") };
        let pmdb = pmdb.env("LD_PRELOAD", &wrapper).env("NSS_WRAPPER_PASSWD", &users);
        pmdb.env("NSS_WRAPPER_GROUP", &groups).run().success();
    }
}

/// A library that stands for a directory service with the users of a file. `None`: skip the test.
fn nss_wrapper() -> Option<PathBuf> {
    let folders = fs::read_dir("/usr/lib").unwrap().map(|folder| folder.unwrap().path());
    let found = folders.map(|folder| folder.join("libnss_wrapper.so")).find(|library| library.exists());
    if found.is_none() {
        missing("libnss_wrapper.so", "on Debian: apt-get install libnss-wrapper");
    }
    found
}

#[test]
fn root_keeps_its_data_outside_of_a_folder_that_the_server_cannot_enter() {
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let (_folder, home) = project(0o700);
    let server = start(&home).unwrap();
    let data = server.data_dir().to_owned();
    assert_eq!(data.parent(), Some(Path::new("/var/lib/pmdb")));
    assert_eq!(fs::read_link(home.join("data")).unwrap(), data);
    server.stop().unwrap();
    let server = start(&home).unwrap();
    assert!(!server.was_created());
    server.stop().unwrap();
    fs::remove_dir_all(&data).unwrap();
    let _ = fs::remove_dir("/var/lib/pmdb");
    // As in a container that is made anew, with the project mounted into it.
    let server = start(&home).unwrap();
    assert!(server.was_created());
    assert_eq!(server.data_dir(), data);
    server.stop().unwrap();
    fs::remove_dir_all(&data).unwrap();
}

#[test]
fn root_runs_data_as_its_owner() {
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let (_folder, home) = project(0o755);
    start(&home).unwrap().stop().unwrap();
    let data = home.join("data");
    let made_by = fs::metadata(&data).unwrap().uid();
    assert_ne!(made_by, 0);
    let chown = Command::new("chown").args(["-R", "54321:54321"]).arg(&data).status().unwrap();
    assert!(chown.success());
    start(&home).unwrap().stop().unwrap();
}

#[test]
fn a_home_that_cannot_be_made_is_named() {
    let (folder, _) = project(0o755);
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    let error = start(&file.join(".pmdb")).unwrap_err().to_string();
    assert!(error.starts_with(&format!("cannot create {}", file.display())), "{error}");
}

/// Another process that holds a server: `pmdb dev` in the folder above the home.
struct Holder {
    process: Child,
    postmaster: Pid,
    socket_dir: PathBuf,
}

impl Holder {
    fn start(home: &Path) -> Holder {
        Holder::start_with(home, &[])
    }

    fn start_with(home: &Path, variables: &[(&str, &str)]) -> Holder {
        let project = home.parent().unwrap();
        fs::create_dir(project.join("migrations")).unwrap();
        let mut process = Command::new(env!("CARGO_BIN_EXE_pmdb"))
            .args(["dev", "--quiet"])
            .current_dir(project)
            .envs(variables.iter().copied())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut url = String::new();
        BufReader::new(process.stdout.as_mut().unwrap()).read_line(&mut url).unwrap();
        assert!(url.starts_with("postgresql://"), "{url}");
        let data = home.join("data");
        Holder { process, postmaster: postmaster(&data), socket_dir: socket_dir(&data) }
    }

    /// Its lock is free when it is gone, which is some time after the signal.
    fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    fn children(&self) -> Vec<Pid> {
        let process = self.process.id();
        let tasks = fs::read_dir(format!("/proc/{process}/task")).unwrap();
        let children = tasks.map(|task| fs::read_to_string(task.unwrap().path().join("children")).unwrap());
        let numbers =
            children.flat_map(|line| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>());
        numbers.map(|number| Pid::from_raw(number.parse().unwrap()).unwrap()).collect()
    }
}

impl Drop for Holder {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
