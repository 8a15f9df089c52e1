//! `pmdb reset`: drop the database, create it, apply everything.

use super::context::{Context, MigratorOptions, ServerHandle};
use super::database::drop_on;
use super::report::{Report, StatusSubject};
use super::reporter::Reporter;
use super::up::report;
use crate::cli::ResetArgs;
use crate::commands::error::Error;
use crate::migration::{Direction, Goal};

pub(super) async fn run(
    context: &Context,
    args: &ResetArgs,
    reporter: &mut dyn Reporter,
) -> Result<Report, Error> {
    // A broken file, or the wrong folder, must be found before the database is gone.
    let set = super::context::load(&context.migrations, reporter)?;
    context.must_have_migrations(&set, "`pmdb drop` and `pmdb create` make an empty database")?;
    let work = async |server: &ServerHandle, reporter: &mut dyn Reporter| {
        reset(context, args, server, reporter).await
    };
    context.with_server(args.waiting.lock_wait, reporter, work).await
}

async fn reset(
    context: &Context,
    args: &ResetArgs,
    server: &ServerHandle,
    reporter: &mut dyn Reporter,
) -> Result<Report, Error> {
    let dropped = drop_on(context, &server.target, args.force.force()).await?;
    match dropped.sessions_ended {
        None | Some(0) => {}
        Some(1) => reporter.note("1 session of the database was ended"),
        Some(many) => reporter.note(&format!("{many} sessions of the database were ended")),
    }
    context.create_database(&server.target).await?;
    let mut migrator = context.migrator(server, &MigratorOptions::up(&args.waiting), reporter).await?;
    let outcome = migrator.run(&Goal::newest(), reporter.listener()).await?;
    let report = report(context, &migrator, StatusSubject::Migrations, Direction::Up, outcome);
    Ok(report)
}
