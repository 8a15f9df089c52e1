//! A database cluster that is made once and copied for each test process, since initdb takes a second.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use pmdb::embedded::{Binaries, Durability, EmbeddedServer, Listen, ServerOptions};

/// What tests need beyond PostgreSQL's defaults.
const SETTINGS: &str = "
max_connections = 200
max_prepared_transactions = 20
";

/// Copies the cluster to `data`.
pub fn copy_to(binaries: &Binaries, data: &Path) {
    copy(&cached(binaries), data);
}

/// The cluster of this version in cargo's folder for such things, made by the first process that needs it.
fn cached(binaries: &Binaries) -> PathBuf {
    let cache = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let user = rustix::process::geteuid().as_raw();
    let cluster = cache.join(format!("cluster-{}-{user}", binaries.version));
    let lock = File::create(cache.join("cluster.lock")).unwrap();
    lock.lock().unwrap();
    if !cluster.exists() {
        make(binaries, &cluster);
    }
    cluster
}

fn make(binaries: &Binaries, cluster: &Path) {
    let everyone_enters = Permissions::from_mode(0o755);
    let home = tempfile::Builder::new().permissions(everyone_enters).tempdir().unwrap();
    let options = ServerOptions {
        home: home.path().to_owned(),
        durability: Durability::Safe,
        listen: Listen::Socket,
        lock_wait: Duration::ZERO,
        program: None,
    };
    let server = EmbeddedServer::start(binaries, &options, |_| {}).unwrap_or_else(|error| panic!("{error}"));
    let data = server.data_dir().to_owned();
    server.stop().unwrap();
    let settings = data.join("postgresql.conf");
    OpenOptions::new().append(true).open(settings).unwrap().write_all(SETTINGS.as_bytes()).unwrap();
    let half_made = cluster.with_extension("half-made");
    let _ = fs::remove_dir_all(&half_made);
    copy(&data, &half_made);
    fs::rename(half_made, cluster).unwrap();
}

/// With owners and modes, which PostgreSQL is particular about.
fn copy(from: &Path, to: &Path) {
    let status = Command::new("cp").arg("-Rp").arg(from).arg(to).status().unwrap();
    assert!(status.success(), "cp -Rp {} {}: {status}", from.display(), to.display());
}
