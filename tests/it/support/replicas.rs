//! A primary and a standby that follows it by streaming replication: two real servers.

use std::fs::{self, File, Permissions};
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::geteuid;
use tempfile::TempDir;

use super::database::{Rows, run_on, try_run_on};
use super::needs::client_program;
use super::wait::wait_until;
use super::{Server, binaries, server, template};

/// Runs a server, and stops it without a checkpoint (`pg_ctl -m immediate`) at the end of the input: that is when it is
/// to be killed, or when the test process ends, however it ends.
const SCRIPT: &str = r#""$@" & read -r _; kill -QUIT "$!"; wait"#;

/// The port in the names of the sockets.
const PORT: u16 = 5432;

/// Whether the primary waits for the standby at each COMMIT.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    Asynchronous,
    Synchronous,
}

/// A primary, and a standby that follows it.
pub struct Replicas {
    primary: Node,
    standby: Node,
    mode: Mode,
}

impl Replicas {
    /// Starts both. `None`: skip the test.
    pub fn new(mode: Mode) -> Option<Replicas> {
        client_program("pg_basebackup")?;
        let primary = Node::primary(&[]);
        Some(Replicas { standby: following(&primary, mode), primary, mode })
    }

    /// A URL that leads to whichever of them can be written to.
    pub fn url(&self) -> String {
        let [one, other] = [&self.primary, &self.standby].map(Node::socket_dir);
        format!(
            "host={one},{other} port={PORT} user=postgres dbname=DATABASE target_session_attrs=read-write"
        )
    }

    /// The same, with another wish.
    pub fn url_for(&self, attributes: &str) -> String {
        self.url().replace("read-write", attributes).replace("DATABASE", "postgres")
    }

    /// Kills the primary.
    pub fn kill_primary(&mut self) {
        self.primary.kill();
    }

    /// Lets the standby receive and not replay.
    pub fn pause_replay(&self) {
        self.standby.sql("SELECT pg_wal_replay_pause()");
        wait_until("replay is paused", || {
            let paused = "SELECT FROM pg_get_wal_replay_pause_state() AS state WHERE state = 'paused'";
            !self.standby.sql(paused).is_empty()
        });
    }

    /// Lets it replay again.
    pub fn resume_replay(&self) {
        self.standby.sql("SELECT pg_wal_replay_resume()");
    }

    /// Makes the standby a primary.
    pub fn promote(&self) {
        self.standby.sql("SELECT pg_promote(true, 60)");
    }

    /// Gives what is the primary by now a new standby.
    pub fn renewed(self) -> Replicas {
        let (primary, mode) = (self.standby, self.mode);
        Replicas { standby: following(&primary, mode), primary, mode }
    }
}

/// A new standby of a primary, which has caught up.
fn following(primary: &Node, mode: Mode) -> Node {
    let standby = Node::new();
    let program = client_program("pg_basebackup").unwrap();
    let mut backup = as_the_servers_user(Command::new(program));
    backup.args([
        "-h",
        &primary.socket_dir(),
        "-p",
        &PORT.to_string(),
        "-U",
        "postgres",
        "-R",
        "-X",
        "stream",
        "-c",
        "fast",
    ]);
    let status = backup.arg("-D").arg(standby.data()).status().unwrap();
    assert!(status.success(), "pg_basebackup: {status}");
    let follow = format!("primary_conninfo=host={} port={PORT} user=postgres", primary.socket_dir());
    let standby = standby.started(&[&follow]);
    if mode == Mode::Synchronous {
        primary.sql("ALTER SYSTEM SET synchronous_standby_names = '*'");
        primary.sql("SELECT pg_reload_conf()");
    }
    let state = if mode == Mode::Synchronous { "sync" } else { "async" };
    let follows =
        format!("SELECT FROM pg_stat_replication WHERE state = 'streaming' AND sync_state = '{state}'");
    wait_until("the standby follows", || !primary.sql(&follows).is_empty());
    standby
}

/// A server of its own, with settings that no other test could bear.
pub struct Node {
    folder: TempDir,
    shell: Option<Child>,
}

impl Node {
    /// Starts a primary that nothing follows, with these settings.
    pub fn primary(settings: &[&str]) -> Node {
        let node = Node::new();
        template::copy_to(&binaries(), &node.data());
        node.started(settings)
    }

    fn new() -> Node {
        let memory = Path::new("/dev/shm");
        let parent = if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() };
        let everyone_enters = Permissions::from_mode(0o755);
        let folder = tempfile::Builder::new()
            .prefix("pmdb-node-")
            .permissions(everyone_enters)
            .tempdir_in(parent)
            .unwrap();
        if geteuid().is_root() {
            let owner = servers_user();
            chown(folder.path(), Some(owner.0), Some(owner.1)).unwrap();
        }
        Node { folder, shell: None }
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// The folder of its socket.
    pub fn socket_dir(&self) -> String {
        self.folder.path().to_str().unwrap().to_owned()
    }

    /// Starts it, with more settings.
    fn started(mut self, more: &[&str]) -> Node {
        let mut command = as_the_servers_user(Command::new("/bin/sh"));
        command
            .args(["-c", SCRIPT, "sh"])
            .arg(binaries().bin_dir.join("postgres"))
            .arg("-D")
            .arg(self.data());
        command.args(["-k", &self.socket_dir(), "-p", &PORT.to_string()]);
        let settings =
            ["listen_addresses=", "fsync=off", "wal_level=replica", "hot_standby=on", "max_wal_senders=10"];
        for setting in settings.iter().chain(more) {
            command.args(["-c", setting]);
        }
        let log = File::create(self.folder.path().join("log")).unwrap();
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(log);
        self.shell = Some(command.spawn().unwrap());
        wait_until("the server answers", || try_run_on(&self.url(), "SELECT").is_ok());
        self
    }

    /// Its URL.
    pub fn url(&self) -> String {
        format!("host={} port={PORT} user=postgres dbname=postgres", self.socket_dir())
    }

    fn sql(&self, sql: &str) -> Rows {
        run_on(&self.url(), sql)
    }

    fn kill(&mut self) {
        if let Some(mut shell) = self.shell.take() {
            drop(shell.stdin.take());
            let _ = shell.wait();
        }
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Nobody may run a server as root: then it is the user whom pmdb chooses for its own.
fn as_the_servers_user(mut command: Command) -> Command {
    if geteuid().is_root() {
        let (user, group) = servers_user();
        command.uid(user).gid(group).current_dir("/");
    }
    command
}

fn servers_user() -> (u32, u32) {
    use std::os::unix::fs::MetadataExt;
    let owner = fs::metadata(Server::socket_dir(server())).unwrap();
    (owner.uid(), owner.gid())
}
