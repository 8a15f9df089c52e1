//! `pmdb down`: undo what is applied.

use super::context::{Context, Reporter, ServerHandle};
use super::report::{Report, StatusSubject};
use super::up::{plan, report};
use crate::cli::{DownArgs, DryRun};
use crate::embedded::Listen;
use crate::error::Error;
use crate::migration::Direction;

pub(super) async fn run(
    context: &Context,
    args: &DownArgs,
    reporter: &mut dyn Reporter,
) -> Result<Report, Error> {
    let reached = context.reach(Listen::Socket, args.waiting.lock_wait, reporter).await?;
    let report = undo(context, args, &reached, reporter).await?;
    reached.close()?;
    Ok(report)
}

async fn undo(
    context: &Context,
    args: &DownArgs,
    reached: &ServerHandle,
    reporter: &mut dyn Reporter,
) -> Result<Report, Error> {
    let mut migrator = context.migrator_down(reached, &args.waiting, args.force.force(), reporter).await?;
    if args.dry_run() == DryRun::Yes {
        return plan(&migrator, &args.goal()).await;
    }
    let outcome = migrator.run(&args.goal(), reporter.listener()).await?;
    Ok(report(&migrator, StatusSubject::Migrations, Direction::Down, outcome))
}
