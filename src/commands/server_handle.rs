//! A command's way to its server.

use std::cell::RefCell;

use crate::commands::error::Error;
use crate::connect::Target;
use crate::embedded::{HomeServer, Stopped};

/// The user and the database of the private server.
const USER: &str = "postgres";
const DATABASE: &str = "pmdb";

/// A way to a server; a private one runs at least as long as this lives.
pub(super) struct ServerHandle {
    pub target: Target,
    private: Option<RefCell<HomeServer>>,
}

/// How to connect to the private server from here.
pub(super) fn target(server: &HomeServer) -> Target {
    Target::for_socket(server.socket_dir(), server.port(), USER, DATABASE)
}

impl ServerHandle {
    /// To the server that is named.
    pub(super) fn named(target: Target) -> ServerHandle {
        ServerHandle { target, private: None }
    }

    /// To the private one.
    pub(super) fn private(target: Target, server: HomeServer) -> ServerHandle {
        ServerHandle { target, private: Some(RefCell::new(server)) }
    }

    /// What to connect with from psql or an application: the URL, where the server listens over TCP.
    pub(super) fn url(&self) -> String {
        let over_tcp = |server: &HomeServer| match server {
            HomeServer::Started(server) => {
                let (port, password) = server.tcp_port().zip(server.password())?;
                Some(format!("postgresql://{USER}:{password}@127.0.0.1:{port}/{DATABASE}"))
            }
            HomeServer::Joined(_) => None,
        };
        let url = self.private.as_ref().and_then(|server| over_tcp(&server.borrow()));
        url.unwrap_or_else(|| self.target.to_string())
    }

    /// The usual TCP port of the private server, where another program has taken it.
    pub(super) fn taken_port(&self) -> Option<u16> {
        match &*self.private.as_ref()?.borrow() {
            HomeServer::Started(server) => server.taken_port(),
            HomeServer::Joined(_) => None,
        }
    }

    /// Looks whether the private server has ended by itself.
    pub(super) fn check(&self) -> Result<(), Error> {
        match self.private.as_ref().map(RefCell::borrow_mut).as_deref_mut() {
            Some(HomeServer::Started(server)) => Ok(server.check()?),
            _ => Ok(()),
        }
    }

    /// Stops the private server, if it was started here and nobody else uses it.
    pub(super) fn close(self) -> Result<Option<Stopped>, Error> {
        match self.private.map(RefCell::into_inner) {
            Some(server) => Ok(server.close()?),
            None => Ok(None),
        }
    }
}
