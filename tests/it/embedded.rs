//! The embedded server, from the outside.

mod holder;
mod killed;
mod server;
mod users;

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use pmdb::embedded::{Durability, EmbeddedError, EmbeddedServer, Listen, ServerOptions};
use rustix::process::{Pid, test_kill_process};
use tempfile::TempDir;
use tokio_postgres::{Client, Config, NoTls};

use crate::support::binaries;

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
