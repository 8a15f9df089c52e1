//! A real PgBouncer in front of the server of the tests.

use std::env;
use std::ffi::OsStr;
use std::fs::{self, File, Permissions};
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;
use tokio_postgres::NoTls;

use super::needs::missing;
use super::wait::wait_until;
use super::{Database, Rows, server};

/// How often another port is chosen when another program takes it first.
const PORT_ATTEMPTS: u32 = 5;

/// Runs the pooler, and stops it at the end of the input: that is when the test process ends, however it ends.
const SCRIPT: &str = r#""$@" & read -r _; kill "$!"; wait"#;

/// A PgBouncer in transaction mode on 127.0.0.1, stopped when the value is dropped.
pub struct PgBouncer {
    shell: Child,
    port: u16,
    pool_size: usize,
    _folder: TempDir,
}

impl PgBouncer {
    /// Starts one that opens this many connections to each database. `None`: skip the test.
    pub fn new(pool_size: usize) -> Option<PgBouncer> {
        PgBouncer::with(pool_size, "")
    }

    /// Starts one with more lines in its configuration. `None`: skip the test.
    pub fn with(pool_size: usize, more: &str) -> Option<PgBouncer> {
        let Some(program) = find() else {
            missing("PgBouncer", "install it (on Debian: apt-get install pgbouncer)");
            return None;
        };
        for _ in 0..PORT_ATTEMPTS {
            if let Some(pooler) = PgBouncer::start(&program, pool_size, more) {
                return Some(pooler);
            }
        }
        panic!("no free port for PgBouncer was found in {PORT_ATTEMPTS} attempts");
    }

    /// `None` when another program has taken the port.
    fn start(program: &Path, pool_size: usize, more: &str) -> Option<PgBouncer> {
        let everyone_enters = Permissions::from_mode(0o755);
        let folder =
            tempfile::Builder::new().prefix("pmdb-pooler-").permissions(everyone_enters).tempdir().unwrap();
        let port = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
        let (config, log) = (folder.path().join("pgbouncer.ini"), folder.path().join("log"));
        fs::write(&config, settings(port, pool_size) + more).unwrap();
        let mut command = Command::new("/bin/sh");
        command.args(["-c", SCRIPT, "sh"]).arg(program).arg(&config);
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(File::create(&log).unwrap());
        if rustix::process::geteuid().is_root() {
            // PgBouncer refuses to run as root, and only the server's user can enter the folder of its socket.
            let owner = fs::metadata(server().socket_dir()).unwrap();
            command.uid(owner.uid()).gid(owner.gid());
        }
        let shell = command.spawn().unwrap();
        let pooler = PgBouncer { shell, port, pool_size, _folder: folder };
        is_listening(&log, port).then_some(pooler)
    }

    /// The URL of a database behind the pooler.
    pub fn url(&self, database: &Database) -> String {
        format!("postgresql://anyone@127.0.0.1:{}/{}", self.port, database.name())
    }

    /// Runs SQL in a transaction of its own on each of the pooler's connections, all of them open at once, and returns
    /// the rows of all.
    pub fn on_every_connection(&self, database: &Database, sql: &str) -> Rows {
        let url = self.url(database);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let (mut clients, mut all) = (Vec::new(), Rows::new());
            for _ in 0..self.pool_size {
                let (client, connection) = tokio_postgres::connect(&url, NoTls).await.unwrap();
                tokio::spawn(connection);
                let messages = client.simple_query(&format!("BEGIN; {sql}")).await.unwrap();
                all.extend(super::database::rows_of(messages));
                clients.push(client);
            }
            for client in clients {
                client.batch_execute("ROLLBACK").await.unwrap();
            }
            all
        })
    }
}

impl Drop for PgBouncer {
    fn drop(&mut self) {
        drop(self.shell.stdin.take());
        let _ = self.shell.wait();
    }
}

/// On the PATH, or where Debian puts it, which is not on everybody's PATH.
fn find() -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path)
        .chain([PathBuf::from("/usr/sbin")])
        .map(|folder| folder.join(OsStr::new("pgbouncer")))
        .find(|program| program.is_file())
}

/// Every client is let in, as the superuser of the server. Each transaction goes to the server connection that has
/// rested longest: what one leaves behind there, another client finds.
fn settings(port: u16, pool_size: usize) -> String {
    format!(
        "[databases]\n* = host={} port={} user=postgres\n\
         [pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\nauth_type = any\n\
         pool_mode = transaction\ndefault_pool_size = {pool_size}\nmax_client_conn = 500\n\
         server_round_robin = 1\n",
        server().socket_dir().display(),
        server().tcp_port(),
    )
}

fn is_listening(log: &Path, port: u16) -> bool {
    let listens = format!("listening on 127.0.0.1:{port}");
    let mut text = String::new();
    wait_until("PgBouncer listens, or cannot", || {
        text = fs::read_to_string(log).unwrap();
        text.contains(&listens) || text.contains("Address already in use")
    });
    text.contains(&listens)
}
