//! The server that all tools work on.

use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use pmdb::embedded::{Binaries, Durability, EmbeddedServer, Listen, ServerOptions};
use tempfile::TempDir;

/// A server with its data in memory, without fsync. It goes with the value.
pub struct Server {
    embedded: EmbeddedServer,
    databases: AtomicU32,
}

impl Server {
    pub fn start() -> Server {
        let binaries = Binaries::find_or_download(|name| std::env::var_os(name), |_| {})
            .unwrap_or_else(|error| panic!("{error}"));
        let options = ServerOptions {
            home: folder().keep(),
            durability: Durability::ThrowAway,
            listen: Listen::Socket,
            lock_wait: Duration::ZERO,
            program: None,
        };
        let embedded =
            EmbeddedServer::start(&binaries, &options, |_| {}).unwrap_or_else(|error| panic!("{error}"));
        Server { embedded, databases: AtomicU32::new(0) }
    }

    /// The folder of the socket.
    pub fn socket_dir(&self) -> &Path {
        self.embedded.socket_dir()
    }

    /// The socket itself.
    pub fn socket(&self) -> std::path::PathBuf {
        crate::proxy::socket(self.socket_dir(), self.embedded.port())
    }

    /// Makes an empty database, and returns its name.
    pub fn new_database(&self) -> String {
        let name = format!("bench_{}", self.databases.fetch_add(1, Ordering::Relaxed));
        self.sql(&format!("CREATE DATABASE {name}"));
        name
    }

    /// Makes a copy of a database, and returns its name.
    pub fn copy_of(&self, other: &str) -> String {
        let name = format!("bench_{}", self.databases.fetch_add(1, Ordering::Relaxed));
        self.sql(&format!("CREATE DATABASE {name} TEMPLATE {other}"));
        name
    }

    /// Drops a database.
    pub fn drop_database(&self, name: &str) {
        self.sql(&format!("DROP DATABASE {name}"));
    }

    fn sql(&self, sql: &str) {
        let status = Command::new("psql")
            .args(["-Xq", "-v", "ON_ERROR_STOP=1", "-U", "postgres", "-d", "postgres", "-c", sql, "-h"])
            .arg(self.socket_dir())
            .status();
        assert!(status.is_ok_and(|status| status.success()), "psql -c {sql:?}");
    }
}

/// A new folder, in memory where there is such a place.
pub fn folder() -> TempDir {
    use std::os::unix::fs::PermissionsExt;
    let memory = Path::new("/dev/shm");
    let parent = if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() };
    // The server runs as another user when root measures.
    let everyone_enters = std::fs::Permissions::from_mode(0o755);
    tempfile::Builder::new().prefix("pmdb-bench-").permissions(everyone_enters).tempdir_in(parent).unwrap()
}
