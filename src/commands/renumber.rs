//! `pmdb renumber FROM TO`: an applied migration gets the number that its file has now.

use super::context::{Context, MigratorOptions};
use super::report::{RenumberReport, Report};
use super::reporter::Reporter;
use super::server_handle::ServerHandle;
use crate::cli::{DryRun, RenumberArgs};
use crate::commands::error::Error;
use crate::migration::Renumbering;

pub(super) async fn run(
    context: &Context,
    args: &RenumberArgs,
    reporter: &mut dyn Reporter,
) -> Result<Report, Error> {
    let work = async |server: &ServerHandle, reporter: &mut dyn Reporter| {
        let renumbered = renumber(context, args, server, reporter).await?;
        let database = server.target.database();
        Ok(Report::Renumber(RenumberReport::new(database, args.dry_run(), renumbered)))
    };
    context.with_server(args.waiting.lock_wait, reporter, work).await
}

async fn renumber(
    context: &Context,
    args: &RenumberArgs,
    server: &ServerHandle,
    reporter: &mut dyn Reporter,
) -> Result<Vec<Renumbering>, Error> {
    let migrator = context.migrator(server, &MigratorOptions::up(&args.waiting), reporter).await?;
    Ok(match args.dry_run() {
        DryRun::Yes => migrator.plan_renumbering(&args.from, &args.to).await?,
        DryRun::No => migrator.renumber(&args.from, &args.to, reporter.listener()).await?,
    })
}
