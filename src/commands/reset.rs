//! `pmdb reset`: drop the database, create it, apply everything.

use super::context::{Context, Story};
use super::database::{create_on, drop_on};
use super::report::{Report, Subject};
use super::up::report;
use crate::cli::ResetArgs;
use crate::embedded::Listen;
use crate::error::Error;
use crate::migration::{Direction, Goal};

pub(super) async fn run(context: &Context, args: &ResetArgs, story: &mut dyn Story) -> Result<Report, Error> {
    // A broken file must be found before the database is gone.
    super::context::load(&context.migrations, story)?;
    let reached = context.reach(Listen::Socket, args.waiting.lock_wait, story).await?;
    let dropped = drop_on(context, &reached.target, args.force.force()).await?;
    match dropped.sessions_ended {
        None | Some(0) => {}
        Some(1) => story.note("1 session of the database was ended"),
        Some(many) => story.note(&format!("{many} sessions of the database were ended")),
    }
    create_on(context, &reached.target).await?;
    let mut migrator = context.migrator_up(&reached, &args.waiting, story).await?;
    let outcome = migrator.run(&Goal::newest(), story.listener()).await?;
    let report = report(&migrator, Subject::Migrations, Direction::Up, outcome);
    drop(migrator);
    reached.leave()?;
    Ok(report)
}
