//! `pmdb reset`: drop the database, create it, apply everything.

use super::context::{Context, Reporter};
use super::database::{create_on, drop_on};
use super::report::{Report, StatusSubject};
use super::up::report;
use crate::cli::ResetArgs;
use crate::embedded::Listen;
use crate::error::Error;
use crate::migration::{Direction, Goal};

pub(super) async fn run(
    context: &Context,
    args: &ResetArgs,
    reporter: &mut dyn Reporter,
) -> Result<Report, Error> {
    // A broken file must be found before the database is gone.
    super::context::load(&context.migrations, reporter)?;
    let reached = context.reach(Listen::Socket, args.waiting.lock_wait, reporter).await?;
    let dropped = drop_on(context, &reached.target, args.force.force()).await?;
    match dropped.sessions_ended {
        None | Some(0) => {}
        Some(1) => reporter.note("1 session of the database was ended"),
        Some(many) => reporter.note(&format!("{many} sessions of the database were ended")),
    }
    create_on(context, &reached.target).await?;
    let mut migrator = context.migrator_up(&reached, &args.waiting, reporter).await?;
    let outcome = migrator.run(&Goal::newest(), reporter.listener()).await?;
    let report = report(&migrator, StatusSubject::Migrations, Direction::Up, outcome);
    drop(migrator);
    reached.close()?;
    Ok(report)
}
