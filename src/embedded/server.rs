//! The embedded server as a whole: from a folder to a server that takes connections.

use std::fmt;
use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::account::Account;
use super::cluster::{self, Origin, Setup};
use super::durability::Durability;
use super::files::failed_to;
use super::lock::Lock;
use super::postmaster::{Launch, Postmaster};
use super::run_dir::RunDir;
use super::{Binaries, EmbeddedError, Holder, data_dir, home, orphan};

/// PostgreSQL's usual port. Without TCP it is only part of the socket's name.
const DEFAULT_PORT: u16 = 5432;

/// How often a loopback port is chosen anew when another program takes it first.
const PORT_ATTEMPTS: u32 = 5;

/// Where the server takes connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Listen {
    /// Only through its Unix socket.
    Socket,
    /// Through its Unix socket, and over TCP on 127.0.0.1 with a free port and a password.
    Loopback,
}

/// How to run the server.
#[derive(Debug, Clone)]
pub struct ServerOptions {
    /// The folder for the data, the log and the lock: `.pmdb` in a project. Created when it is missing.
    pub home: PathBuf,
    /// What happens to the data.
    pub durability: Durability,
    /// Where to take connections.
    pub listen: Listen,
    /// How long to wait for another pmdb that uses the same home.
    pub lock_wait: Duration,
}

/// A private PostgreSQL server. It stops when this value is dropped, and also when the process is killed.
///
/// The superuser is `postgres`; the only database to begin with is `postgres`.
pub struct EmbeddedServer {
    // The order of the fields is the order in which they are dropped.
    postmaster: Postmaster,
    thrown_away: Option<ThrownAway>,
    run_dir: RunDir,
    _lock: Lock,
    port: u16,
    listen: Listen,
    password: Option<String>,
    origin: Origin,
    version: String,
    log: PathBuf,
    data: PathBuf,
}

impl EmbeddedServer {
    /// Starts a server, making its database cluster if there is none, and waits until it takes
    /// connections. Blocks the thread.
    ///
    /// When another pmdb uses the home, `on_wait` is told once for whom it waits, at most
    /// [`ServerOptions::lock_wait`]. A server that outlived its pmdb is stopped first.
    ///
    /// # Errors
    /// [`EmbeddedError::Busy`] when the other pmdb does not end in time, and the others as they say.
    pub fn start(
        binaries: &Binaries,
        options: &ServerOptions,
        on_wait: impl FnOnce(&Holder),
    ) -> Result<EmbeddedServer, EmbeddedError> {
        let account = Account::choose()?;
        let home = home::open(&options.home, &account)?;
        let lock = Lock::take(&home, &account, options.lock_wait, on_wait)?;
        let data = data_dir::locate(&home, &account)?;
        let data = fs::canonicalize(&data).unwrap_or(data);
        let account = match fs::metadata(&data) {
            Ok(existing) => account.for_data(&existing),
            Err(_) => account,
        };
        let within = (options.durability == Durability::ThrowAway).then_some(home.as_path());
        let run_dir = RunDir::create(&account, within)?;
        orphan::stop(&home, &data)?;
        let setup = Setup {
            binaries,
            account: &account,
            home: &home,
            run_dir: &run_dir,
            durability: options.durability,
        };
        let origin = setup.prepare(&data)?;
        let launch = Launch {
            binaries,
            account: &account,
            home: &home,
            data: &data,
            socket_dir: run_dir.path(),
            durability: options.durability,
            address: "",
            port: DEFAULT_PORT,
        };
        let (postmaster, port) = launch_on(launch, options.listen)?;
        let password = match options.listen {
            Listen::Socket => None,
            Listen::Loopback => Some(cluster::password(&data)?),
        };
        let thrown_away = (options.durability == Durability::ThrowAway)
            .then(|| ThrownAway { folders: [data.clone(), home.clone()] });
        Ok(EmbeddedServer {
            postmaster,
            thrown_away,
            run_dir,
            _lock: lock,
            port,
            listen: options.listen,
            password,
            origin,
            version: binaries.version.clone(),
            log: home.join("server.log"),
            data,
        })
    }

    /// The folder of the Unix socket: the `host` to connect to. No password is asked there.
    pub fn socket_dir(&self) -> &Path {
        self.run_dir.path()
    }

    /// The port that belongs to [`socket_dir`](Self::socket_dir).
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The port on 127.0.0.1, with [`Listen::Loopback`].
    pub fn tcp_port(&self) -> Option<u16> {
        (self.listen == Listen::Loopback).then_some(self.port)
    }

    /// The password of `postgres` for connections over TCP, with [`Listen::Loopback`]. It was made with
    /// the database cluster and stays the same.
    pub fn password(&self) -> Option<&str> {
        self.password.as_deref()
    }

    /// Whether the database cluster was made by this very start, so that it is empty.
    pub fn was_created(&self) -> bool {
        self.origin == Origin::Created
    }

    /// The server's version, such as `15.18`.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The file that the server writes its messages to.
    pub fn log(&self) -> &Path {
        &self.log
    }

    /// The data directory; outside the home where the server's user cannot enter it.
    pub fn data_dir(&self) -> &Path {
        &self.data
    }

    /// Stops the server and waits for its end. Dropping it does the same, but tells of no failure.
    ///
    /// # Errors
    /// [`EmbeddedError::StopFailed`] when it had crashed, or did not stop in time.
    pub fn stop(mut self) -> Result<(), EmbeddedError> {
        self.postmaster.stop()?;
        match self.thrown_away.take() {
            Some(thrown_away) => thrown_away.delete(),
            None => Ok(()),
        }
    }
}

/// Without the password.
impl fmt::Debug for EmbeddedServer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("EmbeddedServer")
            .field("data_dir", &self.data)
            .field("socket_dir", &self.run_dir.path())
            .field("port", &self.port)
            .field("version", &self.version)
            .finish_non_exhaustive()
    }
}

/// Folders that are deleted when the server has stopped.
#[derive(Debug)]
struct ThrownAway {
    folders: [PathBuf; 2],
}

impl ThrownAway {
    fn delete(&self) -> Result<(), EmbeddedError> {
        for folder in self.folders.iter().filter(|folder| folder.exists()) {
            fs::remove_dir_all(folder).map_err(failed_to("delete", folder))?;
        }
        Ok(())
    }
}

impl Drop for ThrownAway {
    fn drop(&mut self) {
        // A caller that wants to know of a failure has called stop().
        let _ = self.delete();
    }
}

/// Starts the server where it shall listen. PostgreSQL cannot choose a free port itself, and another
/// program may take the one that was found free.
fn launch_on(mut launch: Launch<'_>, listen: Listen) -> Result<(Postmaster, u16), EmbeddedError> {
    if listen == Listen::Socket {
        return Ok((Postmaster::start(&launch)?, launch.port));
    }
    launch.address = "127.0.0.1";
    let mut attempt = 1;
    loop {
        launch.port = free_port().map_err(failed_to("find a free port on", Path::new("127.0.0.1")))?;
        match Postmaster::start(&launch) {
            Err(EmbeddedError::StartFailed { tail, .. })
                if attempt < PORT_ATTEMPTS && tail.contains("could not bind") =>
            {
                attempt += 1;
            }
            result => return Ok((result?, launch.port)),
        }
    }
}

fn free_port() -> std::io::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}
