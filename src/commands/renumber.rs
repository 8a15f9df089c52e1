//! `pmdb renumber FROM TO`: an applied migration gets the number that its file has now.

use super::context::{Context, MigratorOptions};
use super::report::{RenumberReport, Report};
use super::reporter::Reporter;
use super::server_handle::ServerHandle;
use crate::cli::{DryRun, RenumberArgs};
use crate::commands::error::Error;

pub(super) async fn run(
    context: &Context,
    args: &RenumberArgs,
    reporter: &mut dyn Reporter,
) -> Result<Report, Error> {
    let work = async |server: &ServerHandle, reporter: &mut dyn Reporter| {
        renumber(context, args, server, reporter).await
    };
    context.with_server(args.waiting.lock_wait, reporter, work).await
}

async fn renumber(
    context: &Context,
    args: &RenumberArgs,
    server: &ServerHandle,
    reporter: &mut dyn Reporter,
) -> Result<Report, Error> {
    let migrator = context.migrator(server, &MigratorOptions::up(&args.waiting), reporter).await?;
    let renumbered = match args.dry_run() {
        DryRun::Yes => migrator.plan_renumbering(&args.from, &args.to).await?,
        DryRun::No => migrator.renumber(&args.from, &args.to, reporter.listener()).await?,
    };
    let database = migrator.session().target().name();
    Ok(Report::Renumber(RenumberReport::new(database, args.dry_run(), renumbered)))
}
