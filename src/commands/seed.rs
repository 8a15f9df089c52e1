//! `pmdb seed`: apply pending seeds, or take them all out.

use super::context::{Context, Story};
use super::report::{Report, Subject};
use super::up::report;
use crate::cli::SeedArgs;
use crate::embedded::Listen;
use crate::error::Error;
use crate::migration::{Direction, DownTarget, Goal};

pub(super) async fn run(context: &Context, args: &SeedArgs, story: &mut dyn Story) -> Result<Report, Error> {
    let reached = context.reach(Listen::Socket, args.waiting.lock_wait, story).await?;
    let mut seeder = context.seeder(&reached, &args.waiting, args.force.force(), story).await?;
    let direction = args.direction();
    let goal = match direction {
        Direction::Up => {
            // Applying seeds destroys nothing by itself, but sample data have no place in a protected database.
            let history = seeder.history().await?;
            seeder.obey_protection(history.protection)?;
            Goal::newest()
        }
        Direction::Down => Goal::Down(DownTarget::All),
    };
    let outcome = seeder.run(&goal, story.listener()).await?;
    let report = report(&seeder, Subject::Seeds, direction, outcome);
    drop(seeder);
    reached.leave()?;
    Ok(report)
}
