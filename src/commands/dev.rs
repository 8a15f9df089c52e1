//! `pmdb dev`: a private server with everything applied, until Ctrl-C or until an application ends.

mod application;
mod catch_up;
mod changes;

use std::sync::atomic::Ordering;
use std::time::Duration;

use super::context::{Context, FileSource, MigratorOptions, ServerChoice};
use super::report::{DevReport, Report};
use super::reporter::Reporter;
use super::seed::load;
use super::server::PrivateServer;
use super::server_handle::ServerHandle;
use crate::cli::DevArgs;
use crate::commands::error::Error;
use crate::embedded::{Listen, Port};
use crate::migration::Goal;
use crate::postgres::Force;
use application::{Application, exit_code};
use catch_up::{SeenFiles, catch_up};
use changes::FileChanges;

/// How often it looks whether the server still runs, and whether files have changed.
const TICK: Duration = Duration::from_millis(200);

pub(super) async fn run(
    context: &Context,
    args: &DevArgs,
    reporter: &mut dyn Reporter,
) -> Result<Report, Error> {
    if let ServerChoice::Named(Some(_)) = &context.place {
        return Err(Error::Usage {
            message: "`pmdb dev` runs a server of its own: --url makes no sense with it".to_owned(),
            hint: Some("for another server: `pmdb up` and `pmdb seed`".to_owned()),
        });
    }
    let private = PrivateServer {
        listen: Listen::Loopback(args.port.map_or(Port::Usual, Port::Fixed)),
        wait: args.waiting.lock_wait,
        program: "pmdb dev",
    };
    let work = async |server: &ServerHandle, reporter: &mut dyn Reporter| {
        let mut project = Project::new(context, args, server);
        project.develop(reporter).await
    };
    context.with_private_server(&private, reporter, work).await
}

/// A project whose server runs.
struct Project<'a> {
    context: &'a Context,
    args: &'a DevArgs,
    server: &'a ServerHandle,
    /// With `--watch`.
    changes: Option<FileChanges>,
    migrations: SeenFiles,
    seeds: SeenFiles,
}

impl<'a> Project<'a> {
    fn new(context: &'a Context, args: &'a DevArgs, server: &'a ServerHandle) -> Project<'a> {
        let changes = args.watch.then(|| FileChanges::of([&context.migrations, &context.seeds]));
        let (migrations, seeds) = (SeenFiles::default(), SeenFiles::default());
        Project { context, args, server, changes, migrations, seeds }
    }

    async fn develop(&mut self, reporter: &mut dyn Reporter) -> Result<Report, Error> {
        match self.changes {
            None => self.apply(reporter).await?,
            Some(_) => drop(self.catch_up(reporter).await?),
        }
        let url = self.server.url();
        if let Some(port) = self.server.taken_port() {
            reporter.note(&format!("another program has taken port {port}: this time there is another one"));
        }
        reporter.ready(&url, self.args.exec.as_deref());
        let exit_code = match &self.args.exec {
            None => self.serve(self.context.interrupt.requested(), reporter).await.map(|()| None)?,
            Some(command) => Some(self.run_application(command, &url, reporter).await?),
        };
        Ok(Report::Dev(DevReport { url, exit_code }))
    }

    /// Applies what is pending.
    async fn apply(&self, reporter: &mut dyn Reporter) -> Result<(), Error> {
        let mut migrator = self.context.migrator(self.server, &self.up(), reporter).await?;
        migrator.run(&Goal::newest().with_backfills(), reporter.listener()).await?;
        drop(migrator);
        if let Some(options) = self.seed() {
            let mut seeder = self.context.migrator(self.server, &options, reporter).await?;
            load(self.context, self.server, &self.args.waiting, &mut seeder, reporter).await?;
        }
        Ok(())
    }

    /// Redoes what has changed. Tells whether anything had.
    async fn catch_up(&mut self, reporter: &mut dyn Reporter) -> Result<bool, Error> {
        let (up, seed) = (self.up(), self.seed());
        let waiting = &self.args.waiting;
        let mut done =
            catch_up(self.context, self.server, (&up, waiting), &mut self.migrations, reporter).await?;
        if let Some(seed) = seed {
            done |= catch_up(self.context, self.server, (&seed, waiting), &mut self.seeds, reporter).await?;
        }
        Ok(done)
    }

    fn up(&self) -> MigratorOptions<'a> {
        MigratorOptions::up(&self.args.waiting)
    }

    /// A project without sample data is a project all the same.
    fn seed(&self) -> Option<MigratorOptions<'a>> {
        let has_seeds = match &self.context.seeds {
            FileSource::Folder(dir) => dir.is_dir(),
            FileSource::Bundled(_) => true,
        };
        has_seeds.then(|| MigratorOptions::seeds(&self.args.waiting, Force::Obey))
    }

    /// Runs the application to its end. Signals are its own from now on.
    async fn run_application(
        &mut self,
        command: &str,
        url: &str,
        reporter: &mut dyn Reporter,
    ) -> Result<u8, Error> {
        if self.context.interrupt.is_requested() {
            return Err(Error::Interrupted);
        }
        self.context.application_has_signals.store(true, Ordering::Relaxed);
        let mut application = Application::start(command, url)?;
        match self.serve(application.ended(), reporter).await {
            Ok(status) => Ok(exit_code(status?)),
            Err(error) => {
                application.stop().await?;
                Err(error)
            }
        }
    }

    /// Does what is to be done until something has come to its end.
    async fn serve<T>(
        &mut self,
        end: impl Future<Output = T>,
        reporter: &mut dyn Reporter,
    ) -> Result<T, Error> {
        let mut end = std::pin::pin!(end);
        loop {
            tokio::select! {
                end = &mut end => return Ok(end),
                () = tokio::time::sleep(TICK) => {}
            }
            self.server.check()?;
            if self.changes.as_mut().is_some_and(FileChanges::are_there) {
                let done = self.catch_up(reporter).await;
                reporter.idle();
                match done {
                    Ok(true) => reporter.note("all that has changed is applied"),
                    Ok(false) => reporter.note("no statement has changed: nothing to do"),
                    Err(_) if self.context.interrupt.is_requested() => {}
                    Err(error) => reporter.failed(&self.context.named(error)),
                }
            }
        }
    }
}
