//! `pmdb down`: undo what is applied.

use super::context::{Context, MigratorOptions, ServerHandle};
use super::report::{Report, StatusSubject};
use super::reporter::Reporter;
use super::up::{plan, report};
use crate::cli::{DownArgs, DryRun};
use crate::commands::error::Error;
use crate::migration::Direction;

pub(super) async fn run(
    context: &Context,
    args: &DownArgs,
    reporter: &mut dyn Reporter,
) -> Result<Report, Error> {
    let work = async |server: &ServerHandle, reporter: &mut dyn Reporter| {
        undo(context, args, server, reporter).await
    };
    context.with_server(args.waiting.lock_wait, reporter, work).await
}

async fn undo(
    context: &Context,
    args: &DownArgs,
    server: &ServerHandle,
    reporter: &mut dyn Reporter,
) -> Result<Report, Error> {
    let mut migrator =
        context.migrator(server, &MigratorOptions::down(&args.waiting, args.force.force()), reporter).await?;
    if args.dry_run() == DryRun::Yes {
        return plan(context, &migrator, &args.goal(), reporter).await;
    }
    let outcome = migrator.run(&args.goal(), reporter.listener()).await?;
    Ok(report(context, &migrator, StatusSubject::Migrations, Direction::Down, outcome))
}
