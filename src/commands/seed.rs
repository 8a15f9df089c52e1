//! `pmdb seed`: apply pending seeds, or take them all out.

mod rows;

use std::time::Instant;

use super::context::{Context, MigratorOptions};
use super::report::{Report, SeedRows, StatusSubject};
use super::reporter::Reporter;
use super::server_handle::ServerHandle;
use super::up::report;
use crate::cli::{SeedArgs, WaitingArgs};
use crate::commands::error::Error;
use crate::migration::{
    DeferredBackfills, Direction, DownTarget, Goal, MissingFiles, OutOfOrder, StoredHalves, Unfilled,
    UpTarget,
};
use crate::postgres::{Lost, LostSeed, Migrator, MigratorError, Outcome};
pub(super) use rows::tell_left;
use rows::{asking, check_tables, make};

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
    let done = match direction {
        Direction::Up => load(context, server, &args.waiting, &mut seeder, reporter).await?,
        Direction::Down => Applied { outcome: take_out(&mut seeder, reporter).await?, rows: Vec::new() },
    };
    let mut report = report(context, &seeder, StatusSubject::Seeds, direction, done.outcome);
    if let Report::Run(run) = &mut report
        && !done.rows.is_empty()
    {
        (run.nothing, run.rows) = (None, done.rows);
    }
    Ok(report)
}

/// What was done with seeds.
#[derive(Default)]
pub(super) struct Applied {
    /// By their statements.
    pub outcome: Outcome,
    /// Since their comments ask for it.
    pub rows: Vec<SeedRows>,
}

async fn take_out(seeder: &mut Migrator, reporter: &mut dyn Reporter) -> Result<Outcome, Error> {
    forget_lost(seeder, reporter).await?;
    let made = seeder.made_rows(reporter.listener()).await?;
    let goal = Goal::Down { target: DownTarget::All, stored: StoredHalves::Run };
    let outcome = seeder.run(&goal, reporter.listener()).await.map_err(Error::Seeds)?;
    tell_left(seeder, made.rows().iter(), reporter).await;
    Ok(outcome)
}

/// Loads what is pending, and anew what went away with its tables.
pub(super) async fn load(
    context: &Context,
    server: &ServerHandle,
    waiting: &WaitingArgs,
    seeder: &mut Migrator,
    reporter: &mut dyn Reporter,
) -> Result<Applied, Error> {
    let lost = seeder.lost_seeds(reporter.listener()).await?;
    let in_part: Vec<LostSeed> = lost.iter().filter(|seed| seed.lost == Lost::Part).cloned().collect();
    if !in_part.is_empty() {
        return Err(Error::LostSeeds(in_part));
    }
    // Those that are taken out of the history may be older than others.
    let late = if lost.is_empty() { OutOfOrder::Refuse } else { OutOfOrder::Apply };
    forget_lost(seeder, reporter).await?;
    apply(context, server, waiting, seeder, late, reporter).await
}

/// Applies what is pending. The rows that a seed asks for in its comments come after its own, and before the next seed.
pub(super) async fn apply(
    context: &Context,
    server: &ServerHandle,
    waiting: &WaitingArgs,
    seeder: &mut Migrator,
    late: OutOfOrder,
    reporter: &mut dyn Reporter,
) -> Result<Applied, Error> {
    let start = Instant::now();
    let (missing, unfilled) = (MissingFiles::Note, Unfilled::Apply);
    let up = |target| Goal::Up { target, late, missing, unfilled, deferred: DeferredBackfills::Run };
    let mut done = Applied::default();
    let asking = asking(seeder.set())?;
    check_tables(context, seeder, &asking).await?;
    for asking in asking {
        go_on(seeder, &up(UpTarget::To(asking.version.clone())), &mut done.outcome, reporter).await?;
        if let Some(rows) = make(context, server, waiting, seeder, &asking, reporter).await? {
            reporter.made_rows(&rows);
            done.rows.push(rows);
        }
    }
    go_on(seeder, &up(UpTarget::Newest), &mut done.outcome, reporter).await?;
    if !done.rows.is_empty() {
        done.outcome.took = start.elapsed();
    }
    Ok(done)
}

/// Goes on with what was done before.
async fn go_on(
    seeder: &mut Migrator,
    goal: &Goal,
    done: &mut Outcome,
    reporter: &mut dyn Reporter,
) -> Result<(), Error> {
    match seeder.run(goal, reporter.listener()).await {
        Ok(outcome) => {
            done.finished.extend(outcome.finished);
            done.took += outcome.took;
            done.missing = outcome.missing;
            done.nothing = outcome.nothing.filter(|_| done.finished.is_empty());
            Ok(())
        }
        Err(MigratorError::Run(mut failure)) => {
            failure.finished.splice(0..0, std::mem::take(&mut done.finished));
            Err(Error::Seeds(MigratorError::Run(failure)))
        }
        Err(error) => Err(Error::Seeds(error)),
    }
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
