//! `pmdb seed`: apply pending seeds, or take them all out.

use super::context::{Context, MigratorOptions};
use super::report::{Report, StatusSubject};
use super::reporter::Reporter;
use super::server_handle::ServerHandle;
use super::up::report;
use crate::cli::SeedArgs;
use crate::commands::error::Error;
use crate::migration::{
    DeferredBackfills, Direction, DownTarget, Goal, MissingFiles, OutOfOrder, StoredHalves, Unfilled,
    UpTarget,
};
use crate::postgres::{Lost, LostSeed, Migrator, Outcome};

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
    // Applying seeds destroys nothing by itself, but sample data have no place in a protected database.
    let history = seeder.history().await?;
    seeder.obey_protection(history.protection)?;
    let direction = args.direction();
    let outcome = match direction {
        Direction::Up => load(&mut seeder, reporter).await?,
        Direction::Down => {
            forget_lost(&seeder, reporter).await?;
            let goal = Goal::Down { target: DownTarget::All, stored: StoredHalves::Run };
            seeder.run(&goal, reporter.listener()).await.map_err(Error::Seeds)?
        }
    };
    let report = report(context, &seeder, StatusSubject::Seeds, direction, outcome);
    Ok(report)
}

/// Loads what is pending, and anew what went away with its tables.
pub(super) async fn load(seeder: &mut Migrator, reporter: &mut dyn Reporter) -> Result<Outcome, Error> {
    let lost = seeder.lost_seeds(reporter.listener()).await?;
    let in_part: Vec<LostSeed> = lost.iter().filter(|seed| seed.lost == Lost::Part).cloned().collect();
    if !in_part.is_empty() {
        return Err(Error::LostSeeds(in_part));
    }
    // Those that are taken out of the history may be older than others.
    let late = if lost.is_empty() { OutOfOrder::Refuse } else { OutOfOrder::Apply };
    forget_lost(seeder, reporter).await?;
    let goal = Goal::Up {
        target: UpTarget::Newest,
        late,
        missing: MissingFiles::Note,
        unfilled: Unfilled::Apply,
        deferred: DeferredBackfills::Run,
    };
    seeder.run(&goal, reporter.listener()).await.map_err(Error::Seeds)
}

/// Takes the seeds out of the history of which nothing is left, and tells which are left in part.
pub(super) async fn forget_lost(
    seeder: &Migrator,
    reporter: &mut dyn Reporter,
) -> Result<Vec<LostSeed>, Error> {
    let lost = seeder.lost_seeds(reporter.listener()).await?;
    let (all, in_part): (Vec<_>, Vec<_>) = lost.into_iter().partition(|seed| seed.lost == Lost::All);
    if !all.is_empty() {
        seeder.forget_lost_seeds(&all, reporter.listener()).await?;
        reporter.note(&format!("the rows of {} are gone with their tables", LostSeed::list(&all)));
    }
    Ok(in_part)
}

/// Says which seeds have lost tables by what was just undone. That is done, whether this can be read or not.
pub(super) async fn tell_lost(context: &Context, migrator: &Migrator, reporter: &mut dyn Reporter) {
    let lost = migrator.lost_seeds_of(&context.seeds_table(), reporter.listener()).await.unwrap_or_default();
    if !lost.is_empty() {
        let seeds = LostSeed::list(&lost);
        reporter.note(&format!("rows of {seeds} are gone with their tables: `pmdb seed` loads them again"));
    }
}
