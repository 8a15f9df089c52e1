//! The server of a home, started here or by another pmdb.

use std::path::Path;

use super::account::Account;
use super::claim::{Claim, Joining, Waiting, claim};
use super::joined::JoinedServer;
use super::options::{Listen, ServerOptions};
use super::server::{EmbeddedServer, Stopped};
use super::{Binaries, EmbeddedError, home};

/// The server of a home.
#[derive(Debug)]
pub enum HomeServer {
    /// It was started here.
    Started(Box<EmbeddedServer>),
    /// Another pmdb has started it.
    Joined(JoinedServer),
}

impl HomeServer {
    /// Uses the server that runs on a home, if [`Listen::Socket`] is enough, or starts one as [`EmbeddedServer::start`]
    /// does. Blocks the thread.
    ///
    /// # Errors
    /// As [`EmbeddedServer::start`].
    pub fn join_or_start(
        binaries: &Binaries,
        options: &ServerOptions,
        waiting: &mut dyn Waiting,
    ) -> Result<HomeServer, EmbeddedError> {
        let account = Account::choose()?;
        let home = home::open(&options.home, &account)?;
        let joining = if options.listen == Listen::Socket { Joining::Yes } else { Joining::No };
        match claim(&home, &account, options, joining, waiting)? {
            Claim::Joined(server) => Ok(HomeServer::Joined(server)),
            Claim::Locked(lock) => {
                let server = EmbeddedServer::start_locked(binaries, options, account, home, lock)?;
                Ok(HomeServer::Started(Box::new(server)))
            }
        }
    }

    /// The folder of the Unix socket: the `host` to connect to. No password is asked there.
    pub fn socket_dir(&self) -> &Path {
        match self {
            HomeServer::Started(server) => server.socket_dir(),
            HomeServer::Joined(server) => server.socket_dir(),
        }
    }

    /// The port that belongs to [`socket_dir`](Self::socket_dir).
    pub fn port(&self) -> u16 {
        match self {
            HomeServer::Started(server) => server.port(),
            HomeServer::Joined(server) => server.port(),
        }
    }

    /// Stops the server, if it was started here and nobody else uses it. `None`: it was not started here.
    ///
    /// # Errors
    /// As [`EmbeddedServer::stop`].
    pub fn close(self) -> Result<Option<Stopped>, EmbeddedError> {
        match self {
            HomeServer::Started(server) => server.stop().map(Some),
            HomeServer::Joined(_) => Ok(None),
        }
    }
}
