//! `pmdb renumber FROM TO`: an applied migration gets the number that its file has now.

use super::context::{Context, Reporter, ServerHandle};
use super::report::{RenumberReport, Report};
use crate::cli::{DryRun, RenumberArgs};
use crate::embedded::Listen;
use crate::error::Error;
use crate::migration::Renumbering;

pub(super) async fn run(
    context: &Context,
    args: &RenumberArgs,
    reporter: &mut dyn Reporter,
) -> Result<Report, Error> {
    let reached = context.reach(Listen::Socket, args.waiting.lock_wait, reporter).await?;
    let renumbered = renumber(context, args, &reached, reporter).await?;
    let report = RenumberReport::new(reached.target.database(), args.dry_run(), renumbered);
    reached.close()?;
    Ok(Report::Renumber(report))
}

async fn renumber(
    context: &Context,
    args: &RenumberArgs,
    reached: &ServerHandle,
    reporter: &mut dyn Reporter,
) -> Result<Vec<Renumbering>, Error> {
    let migrator = context.migrator_up(reached, &args.waiting, reporter).await?;
    Ok(match args.dry_run() {
        DryRun::Yes => migrator.plan_renumbering(&args.from, &args.to).await?,
        DryRun::No => migrator.renumber(&args.from, &args.to, reporter.listener()).await?,
    })
}
