//! `pmdb redo`: undo the newest migration and apply it again.

use super::context::{Context, Reporter};
use super::report::{Report, StatusSubject};
use super::up::report;
use crate::cli::RedoArgs;
use crate::embedded::Listen;
use crate::error::Error;
use crate::migration::{Direction, Goal};

pub(super) async fn run(
    context: &Context,
    args: &RedoArgs,
    reporter: &mut dyn Reporter,
) -> Result<Report, Error> {
    let reached = context.reach(Listen::Socket, args.waiting.lock_wait, reporter).await?;
    let mut migrator = context.migrator_down(&reached, &args.waiting, args.force.force(), reporter).await?;
    let outcome = migrator.run(&Goal::Redo, reporter.listener()).await?;
    // Without a step, it is the way down that found nothing.
    let report = report(&migrator, StatusSubject::Migrations, Direction::Down, outcome);
    drop(migrator);
    reached.close()?;
    Ok(report)
}
