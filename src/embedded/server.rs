//! The embedded server as a whole: from a folder to a server that takes connections.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use super::account::Account;
use super::claim::{Claim, Joining, claim};
use super::cluster::{self, ClusterOrigin, Setup};
use super::files::failed_to;
use super::lock::Lock;
use super::options::{Listen, Port, ServerOptions};
use super::postmaster::{Launch, Postmaster};
use super::run_dir::RunDir;
use super::users::{self, Closed, ServerUser};
use super::watcher::WatchedServer;
use super::{Binaries, Durability, EmbeddedError, Holder, data_dir, home, orphan, port};

/// PostgreSQL's usual port. Without TCP it is only part of the socket's name.
const DEFAULT_PORT: u16 = 5432;

/// How often a loopback port is chosen anew when another program takes it first.
const PORT_ATTEMPTS: u32 = 5;

/// What became of a server that is not needed any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stopped {
    /// It has ended.
    Yes,
    /// Others use it. It ends with the last of them.
    LeftToOthers,
}

/// A private PostgreSQL server. When this value is dropped, and also when the process is killed, it stops as soon as
/// nobody else uses it.
///
/// The superuser is `postgres`; the only database to begin with is `postgres`.
pub struct EmbeddedServer {
    // The order of the fields is the order in which they are dropped.
    postmaster: Postmaster,
    thrown_away: Option<ThrownAway>,
    user: Option<ServerUser>,
    run_dir: RunDir,
    _lock: Lock,
    port: u16,
    listen: Listen,
    taken_port: Option<u16>,
    password: Option<String>,
    origin: ClusterOrigin,
    version: String,
    home: PathBuf,
    data: PathBuf,
    durability: Durability,
}

impl EmbeddedServer {
    /// Starts a server, making its database cluster if there is none, and waits until it takes
    /// connections. Blocks the thread.
    ///
    /// When another pmdb uses the home, `on_wait` is told once for whom it waits, at most
    /// [`ServerOptions::lock_wait`]. A server that outlived its pmdb, and that nobody uses, is stopped first.
    ///
    /// # Errors
    /// [`EmbeddedError::Busy`] when the other pmdb does not end in time, and the others as they say.
    pub fn start(
        binaries: &Binaries,
        options: &ServerOptions,
        mut on_wait: impl FnMut(&Holder),
    ) -> Result<EmbeddedServer, EmbeddedError> {
        let account = Account::choose()?;
        let home = home::open(&options.home, &account)?;
        match claim(&home, &account, options, Joining::No, &mut on_wait)? {
            Claim::Locked(lock) => EmbeddedServer::start_locked(binaries, options, account, home, lock),
            Claim::Joined(_) => Err(EmbeddedError::Busy { home, holder: Holder::default() }),
        }
    }

    pub(super) fn start_locked(
        binaries: &Binaries,
        options: &ServerOptions,
        account: Account,
        home: PathBuf,
        lock: Lock,
    ) -> Result<EmbeddedServer, EmbeddedError> {
        let data = data_dir::locate(&home, &account)?;
        let data = fs::canonicalize(&data).unwrap_or(data);
        let account = match fs::metadata(&data) {
            Ok(existing) => account.for_data(&existing),
            Err(_) => account,
        };
        let within = (options.durability == Durability::ThrowAway).then_some(home.as_path());
        let run_dir = RunDir::create(&account, within)?;
        let user = users::create(run_dir.path(), &account)?;
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
        let (postmaster, port, taken_port) = launch_on(launch, options.listen)?;
        let password = match options.listen {
            Listen::Socket => None,
            Listen::Loopback(_) => Some(cluster::password(&data)?),
        };
        let thrown_away = (options.durability == Durability::ThrowAway)
            .then(|| ThrownAway { folders: [data.clone(), home.clone()] });
        Ok(EmbeddedServer {
            postmaster,
            thrown_away,
            user: Some(user),
            run_dir,
            _lock: lock,
            port,
            listen: options.listen,
            taken_port,
            password,
            origin,
            version: binaries.version.clone(),
            home,
            data,
            durability: options.durability,
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
        (self.listen != Listen::Socket).then_some(self.port)
    }

    /// The usual port, where another program has taken it, so that this time there is another one.
    pub fn taken_port(&self) -> Option<u16> {
        self.taken_port
    }

    /// The password of `postgres` for connections over TCP, with [`Listen::Loopback`]. It was made with
    /// the database cluster and stays the same.
    pub fn password(&self) -> Option<&str> {
        self.password.as_deref()
    }

    /// Whether the database cluster was made by this very start, so that it is empty.
    pub fn was_created(&self) -> bool {
        self.origin == ClusterOrigin::Created
    }

    /// The server's version, such as `15.18`.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The file that the server writes its messages to.
    pub fn log(&self) -> PathBuf {
        self.home.join("server.log")
    }

    /// The data directory; outside the home where the server's user cannot enter it.
    pub fn data_dir(&self) -> &Path {
        &self.data
    }

    /// Looks whether the server has ended by itself, because somebody has killed it, for one.
    ///
    /// # Errors
    /// [`EmbeddedError::StopFailed`] when it has.
    pub fn check(&mut self) -> Result<(), EmbeddedError> {
        match self.postmaster.has_ended()? {
            Some(status) => Err(self.postmaster.ended_badly(status)),
            None => Ok(()),
        }
    }

    /// Stops the server and waits for its end, if nobody else uses it. Dropping it does the same, but tells of no failure.
    ///
    /// # Errors
    /// [`EmbeddedError::StopFailed`] when it had crashed, or did not stop in time.
    pub fn stop(mut self) -> Result<Stopped, EmbeddedError> {
        self.end()
    }

    fn end(&mut self) -> Result<Stopped, EmbeddedError> {
        if self.user.take().is_some() && users::close(self.run_dir.path())? == Closed::InUse {
            let (home, data, run_dir) = (&self.home, &self.data, self.run_dir.path());
            self.postmaster.leave_running(&WatchedServer {
                home,
                data,
                run_dir,
                durability: self.durability,
            })?;
            self.run_dir.keep();
            return Ok(Stopped::LeftToOthers);
        }
        self.postmaster.stop()?;
        if let Some(thrown_away) = self.thrown_away.take() {
            thrown_away.delete()?;
        }
        Ok(Stopped::Yes)
    }
}

impl Drop for EmbeddedServer {
    fn drop(&mut self) {
        // A caller that wants to know of a failure has called stop().
        let _ = self.end();
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

/// Starts the server where it shall listen; tells on which port, and which one it could not have. PostgreSQL cannot choose
/// a free port itself, and another program may take the one that was found free.
fn launch_on(
    mut launch: Launch<'_>,
    listen: Listen,
) -> Result<(Postmaster, u16, Option<u16>), EmbeddedError> {
    let Listen::Loopback(wanted) = listen else {
        return Ok((Postmaster::start(&launch)?, launch.port, None));
    };
    launch.address = "127.0.0.1";
    let usual = port::usual(launch.home);
    let mut attempt = 1;
    loop {
        launch.port = choose(wanted, usual)?;
        match Postmaster::start(&launch) {
            Err(EmbeddedError::StartFailed { tail, .. })
                if attempt < PORT_ATTEMPTS && tail.contains("could not bind") =>
            {
                attempt += 1;
            }
            Err(error) => return Err(error),
            Ok(postmaster) => {
                let port = launch.port;
                let taken = usual.filter(|&usual| wanted == Port::Usual && usual != port);
                if taken.is_none() {
                    port::keep(launch.home, launch.account, port)?;
                }
                return Ok((postmaster, port, taken));
            }
        }
    }
}

fn choose(wanted: Port, usual: Option<u16>) -> Result<u16, EmbeddedError> {
    match (wanted, usual) {
        (Port::Fixed(port), _) => {
            port::try_listen(port).map_err(|source| EmbeddedError::Port { port, source })?;
            Ok(port)
        }
        (Port::Usual, Some(usual)) if port::try_listen(usual).is_ok() => Ok(usual),
        (Port::Usual, _) => port::free(),
    }
}
