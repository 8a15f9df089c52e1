//! `pmdb renumber FROM TO`: an applied migration gets the number that its file has now.

use super::context::{Context, Reached, Story};
use super::report::{RenumberReport, Report};
use crate::cli::{DryRun, RenumberArgs};
use crate::embedded::Listen;
use crate::error::Error;
use crate::migration::Renumbering;

pub(super) async fn run(
    context: &Context,
    args: &RenumberArgs,
    story: &mut dyn Story,
) -> Result<Report, Error> {
    let reached = context.reach(Listen::Socket, args.waiting.lock_wait, story).await?;
    let renumbered = renumber(context, args, &reached, story).await?;
    let report = RenumberReport::new(reached.target.database(), args.dry_run(), renumbered);
    reached.leave()?;
    Ok(Report::Renumber(report))
}

async fn renumber(
    context: &Context,
    args: &RenumberArgs,
    reached: &Reached,
    story: &mut dyn Story,
) -> Result<Vec<Renumbering>, Error> {
    let migrator = context.migrator_up(reached, &args.waiting, story).await?;
    Ok(match args.dry_run() {
        DryRun::Yes => migrator.plan_renumbering(&args.from, &args.to).await?,
        DryRun::No => migrator.renumber(&args.from, &args.to, story.listener()).await?,
    })
}
