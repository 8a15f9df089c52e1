//! `pmdb seed`: apply pending seeds, or take them all out.

use super::context::{Context, MigratorOptions, ServerHandle};
use super::report::{Report, StatusSubject};
use super::reporter::Reporter;
use super::up::report;
use crate::cli::SeedArgs;
use crate::commands::error::Error;
use crate::migration::{Direction, DownTarget, Goal, StoredHalves};

pub(super) async fn run(
    context: &Context,
    args: &SeedArgs,
    reporter: &mut dyn Reporter,
) -> Result<Report, Error> {
    let work = async |server: &ServerHandle, reporter: &mut dyn Reporter| {
        seed(context, args, server, reporter).await
    };
    context.with_server(args.waiting.lock_wait, reporter, work).await
}

async fn seed(
    context: &Context,
    args: &SeedArgs,
    server: &ServerHandle,
    reporter: &mut dyn Reporter,
) -> Result<Report, Error> {
    let mut seeder = context
        .migrator(server, &MigratorOptions::seeds(&args.waiting, args.force.force()), reporter)
        .await?;
    let direction = args.direction();
    let goal = match direction {
        Direction::Up => {
            // Applying seeds destroys nothing by itself, but sample data have no place in a protected database.
            let history = seeder.history().await?;
            seeder.obey_protection(history.protection)?;
            Goal::newest()
        }
        Direction::Down => Goal::Down { target: DownTarget::All, stored: StoredHalves::Run },
    };
    let outcome = seeder.run(&goal, reporter.listener()).await.map_err(Error::Seeds)?;
    let report = report(context, &seeder, StatusSubject::Seeds, direction, outcome);
    Ok(report)
}
