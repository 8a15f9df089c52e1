//! One real server per test process.

use std::env;
use std::fs::{self, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::time::Duration;

use pmdb::embedded::{Binaries, DownloadEvent, Durability, EmbeddedServer, Listen, Port, ServerOptions};

use super::database::{Rows, run_on};
use super::{proxy, template};

/// What a test run needs of `/dev/shm`; containers often have 64 MB there.
const ROOM: u64 = 1 << 30;

static SERVER: LazyLock<Server> = LazyLock::new(Server::start);

/// The server of this process: started when it is first asked for, stopped and deleted when the process
/// ends, however it ends.
pub fn server() -> &'static Server {
    &SERVER
}

/// PostgreSQL as pmdb finds it on this machine, or fetches it.
pub fn binaries() -> Binaries {
    static BINARIES: LazyLock<Binaries> = LazyLock::new(|| {
        let tell = |event| {
            if let DownloadEvent::Begins { version, url, .. } = event {
                // Past the harness, which shows what a test prints only when the test fails.
                let _ = writeln!(io::stderr(), "fetching PostgreSQL {version} from {url}");
            }
        };
        let found = Binaries::find_or_download(|name| env::var_os(name), tell);
        found.unwrap_or_else(|error| panic!("{error}"))
    });
    BINARIES.clone()
}

/// A server for tests.
pub struct Server {
    embedded: EmbeddedServer,
}

impl Server {
    /// A server for a single test, which may do to it what no other could bear.
    pub fn own() -> Server {
        Server::start()
    }

    fn start() -> Server {
        let binaries = binaries();
        let home = fresh_home();
        template::copy_to(&binaries, &home.join("data"));
        let options = ServerOptions {
            home,
            durability: Durability::ThrowAway,
            listen: Listen::Loopback(Port::Usual),
            lock_wait: Duration::ZERO,
            program: None,
        };
        let started = EmbeddedServer::start(&binaries, &options, |_| {});
        Server { embedded: started.unwrap_or_else(|error| panic!("{error}")) }
    }

    /// The URL of a database, for psql, pmdb and tokio-postgres alike: through the socket, as the superuser.
    pub fn url(&self, database: &str) -> String {
        let folder = self.socket_dir().to_str().unwrap().replace('/', "%2F");
        format!("postgresql://postgres@/{database}?host={folder}&port={}", self.embedded.port())
    }

    /// The URL of a database over TCP, where the server asks for a password.
    pub fn tcp_url(&self, database: &str) -> String {
        let (password, port) = (self.password(), self.tcp_port());
        format!("postgresql://postgres:{password}@127.0.0.1:{port}/{database}")
    }

    /// Runs SQL in a database that no value stands for, such as `template1`. Panics with the server's message.
    pub fn sql(&self, database: &str, sql: &str) -> Rows {
        run_on(&self.url(database), sql)
    }

    /// The folder of the socket.
    pub fn socket_dir(&self) -> &Path {
        self.embedded.socket_dir()
    }

    /// The socket itself.
    pub fn socket(&self) -> PathBuf {
        proxy::socket(self.socket_dir(), self.tcp_port())
    }

    /// The port on 127.0.0.1, and of the socket.
    pub fn tcp_port(&self) -> u16 {
        self.embedded.port()
    }

    /// The superuser's password over TCP.
    pub fn password(&self) -> &str {
        self.embedded.password().unwrap()
    }

    /// The major version: 15.
    pub fn major(&self) -> u32 {
        self.embedded.version().split('.').next().unwrap().parse().unwrap()
    }

    /// What the server has written to its log so far.
    pub fn log(&self) -> String {
        String::from_utf8_lossy(&fs::read(self.embedded.log()).unwrap()).into_owned()
    }
}

/// A new folder for a server, in memory where there is room. Nobody deletes it but the server.
fn fresh_home() -> PathBuf {
    let memory = Path::new("/dev/shm");
    let parent = if room(memory) >= ROOM { memory.to_owned() } else { env::temp_dir() };
    let everyone_enters = Permissions::from_mode(0o755);
    tempfile::Builder::new()
        .prefix("pmdb-it-")
        .permissions(everyone_enters)
        .tempdir_in(parent)
        .unwrap()
        .keep()
}

fn room(folder: &Path) -> u64 {
    rustix::fs::statvfs(folder).map_or(0, |system| system.f_bavail * system.f_frsize)
}
