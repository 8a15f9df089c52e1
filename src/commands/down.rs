//! `pmdb down`: undo what is applied.

use super::context::{Context, Reached, Story};
use super::report::{Report, Subject};
use super::up::{plan, report};
use crate::cli::{DownArgs, DryRun};
use crate::embedded::Listen;
use crate::error::Error;
use crate::migration::Direction;

pub(super) async fn run(context: &Context, args: &DownArgs, story: &mut dyn Story) -> Result<Report, Error> {
    let reached = context.reach(Listen::Socket, args.waiting.lock_wait, story).await?;
    let report = undo(context, args, &reached, story).await?;
    reached.leave()?;
    Ok(report)
}

async fn undo(
    context: &Context,
    args: &DownArgs,
    reached: &Reached,
    story: &mut dyn Story,
) -> Result<Report, Error> {
    let mut migrator = context.migrator_down(reached, &args.waiting, args.force.force(), story).await?;
    if args.dry_run() == DryRun::Yes {
        return plan(&migrator, &args.goal()).await;
    }
    let outcome = migrator.run(&args.goal(), story.listener()).await?;
    Ok(report(&migrator, Subject::Migrations, Direction::Down, outcome))
}
