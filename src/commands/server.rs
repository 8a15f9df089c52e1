//! The server of a command: the one that is named, or the private one of this project.

use std::panic::resume_unwind;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

use super::context::{Context, ServerChoice};
use super::reporter::Reporter;
use super::server_handle::{self, ServerHandle};
use crate::cli::ConnectionString;
use crate::commands::error::Error;
use crate::connect::Target;
use crate::embedded::{
    Durability, Holder, HomeServer, JoinedServer, Listen, ServerOptions, Stopped, Waiting,
};
use crate::postgres::Interrupt;

/// The home of the private server.
const HOME: &str = ".pmdb";

/// The private server of a command: how it is to be run, and how long it is waited for.
pub(super) struct PrivateServer<'a> {
    /// Where it takes connections.
    pub listen: Listen,
    /// How long to wait for another pmdb that is about to start or to stop it, or that runs one that will not do.
    pub wait: Duration,
    /// The command, for others who have to wait for it.
    pub program: &'a str,
}

impl Context {
    /// Does a command's work on its server.
    pub(super) async fn with_server<T>(
        &self,
        wait: Duration,
        reporter: &mut dyn Reporter,
        work: impl AsyncFnOnce(&ServerHandle, &mut dyn Reporter) -> Result<T, Error>,
    ) -> Result<T, Error> {
        match &self.place {
            ServerChoice::Named(url) => {
                let url = url.as_ref().map(ConnectionString::as_str);
                let target = self.in_role(Target::resolve(url, &self.environment)?);
                work(&ServerHandle::named(target), reporter).await
            }
            ServerChoice::Embedded => {
                let server = PrivateServer { listen: Listen::Socket, wait, program: "pmdb" };
                self.with_private_server(&server, reporter, work).await
            }
        }
    }

    /// Does a command's work on the private server: one that runs already, if that will do, else one that is started before
    /// and stopped after it. Where the work fails, it stops all the same.
    pub(super) async fn with_private_server<T>(
        &self,
        wanted: &PrivateServer<'_>,
        reporter: &mut dyn Reporter,
        work: impl AsyncFnOnce(&ServerHandle, &mut dyn Reporter) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let server = self.private_server(wanted, reporter).await?;
        let done = work(&server, reporter).await?;
        if server.close()? == Some(Stopped::LeftToOthers) {
            reporter.note("another pmdb still uses the server, which stops when that has ended");
        }
        Ok(done)
    }

    /// The private server always has its database: where a killed pmdb, or `pmdb drop`, has left it without, it gets a new
    /// one.
    async fn private_server(
        &self,
        wanted: &PrivateServer<'_>,
        reporter: &mut dyn Reporter,
    ) -> Result<ServerHandle, Error> {
        let server = match JoinedServer::find(Path::new(HOME)).filter(|_| wanted.listen == Listen::Socket) {
            Some(running) => HomeServer::Joined(running),
            None => self.join_or_start(wanted, reporter).await?,
        };
        let target = server_handle::target(&server);
        match self.connect_once(&target).await {
            Err(Error::Connect(error)) if error.is_unknown_database() => {
                let created = self.create_database(&target).await;
                // Another pmdb may have done that at the same moment.
                self.connect_once(&target).await.map_err(|error| created.err().unwrap_or(error))?;
            }
            result => drop(result?),
        }
        Ok(ServerHandle::private(self.in_role(target), server))
    }

    /// On a thread of its own, so that Ctrl-C is heard while another pmdb is waited for. A start is not interrupted: what it
    /// has begun would be left behind.
    async fn join_or_start(
        &self,
        wanted: &PrivateServer<'_>,
        reporter: &mut dyn Reporter,
    ) -> Result<HomeServer, Error> {
        let binaries = super::binaries::find(&self.environment, &self.interrupt, reporter).await?;
        let home = Path::new(HOME);
        if !home.join("data").exists() {
            reporter.note(&format!("making a private PostgreSQL {} in {}", binaries.version, home.display()));
        }
        let options = ServerOptions {
            home: PathBuf::from(HOME),
            durability: Durability::Safe,
            listen: wanted.listen,
            lock_wait: wanted.wait,
            program: Some(wanted.program.to_owned()),
        };
        let (sender, mut holders) = unbounded_channel();
        let mut waiter = Waiter { holders: sender, interrupt: self.interrupt.clone() };
        let starting =
            tokio::task::spawn_blocking(move || HomeServer::join_or_start(&binaries, &options, &mut waiter));
        while let Some(holder) = holders.recv().await {
            reporter.note(&format!("waiting for {holder}, which uses the server in {}", home.display()));
        }
        let server = starting.await.unwrap_or_else(|panicked| resume_unwind(panicked.into_panic()));
        if self.interrupt.is_requested() { Err(Error::Interrupted) } else { Ok(server?) }
    }
}

/// Waits for another pmdb until Ctrl-C.
struct Waiter {
    holders: UnboundedSender<Holder>,
    interrupt: Interrupt,
}

impl Waiting for Waiter {
    fn begins(&mut self, holder: &Holder) {
        // Somebody listens as long as this is there.
        let _ = self.holders.send(holder.clone());
    }

    fn goes_on(&mut self) -> bool {
        !self.interrupt.is_requested()
    }
}
