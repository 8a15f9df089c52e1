//! `pmdb redo`: undo the newest migration and apply it again.

use super::context::{Context, Story};
use super::report::{Report, Subject};
use super::up::report;
use crate::cli::RedoArgs;
use crate::embedded::Listen;
use crate::error::Error;
use crate::migration::{Direction, Goal};

pub(super) async fn run(context: &Context, args: &RedoArgs, story: &mut dyn Story) -> Result<Report, Error> {
    let reached = context.reach(Listen::Socket, args.waiting.lock_wait, story).await?;
    let mut migrator = context.migrator_down(&reached, &args.waiting, args.force.force(), story).await?;
    let outcome = migrator.run(&Goal::Redo, story.listener()).await?;
    // Without a step, it is the way down that found nothing.
    let report = report(&migrator, Subject::Migrations, Direction::Down, outcome);
    drop(migrator);
    reached.leave()?;
    Ok(report)
}
