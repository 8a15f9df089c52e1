//! Do the seeds leave anything behind, and do the backfills get along with their rows?

use super::sandbox::{Runner, Sandbox};
use super::{Leftover, SeedsTrial, Subject, VerifyError};
use crate::migration::{Backfill, DownTarget, Goal, Migration, MigrationSet, StoredHalves};
use crate::postgres::backfill::explain;

/// Applies the seeds, takes them out, and counts. Where there are backfills, these are tried on their rows, which stay: the
/// database is used up then.
pub(super) async fn try_seeds(
    subject: &Subject<'_>,
    sandbox: &Sandbox<'_>,
    seeds: &MigrationSet,
) -> Result<SeedsTrial, VerifyError> {
    if seeds.migrations().iter().any(|seed| !seed.is_reversible()) {
        return Ok(SeedsTrial::Irreversible);
    }
    let runner = Runner::open(&sandbox.target, seeds, subject.seeds_table, subject).await?;
    let before = sandbox.row_counts().await?;
    for goal in
        [Goal::newest().with_backfills(), Goal::Down { target: DownTarget::All, stored: StoredHalves::Run }]
    {
        if let Err(failure) = runner.run(&goal).await? {
            return Ok(SeedsTrial::Fails(failure));
        }
    }
    sandbox.anything_may_have_changed().await;
    let after = sandbox.row_counts().await?;
    let leftovers: Vec<Leftover> = before
        .into_iter()
        .zip(after)
        .filter(|((_, before), (_, after))| before != after)
        .map(|((table, before), (_, after))| Leftover { table, before, after })
        .collect();
    if leftovers.is_empty() && has_backfills(subject.set) {
        return try_backfills(subject, sandbox, &runner).await;
    }
    Ok(SeedsTrial::Ran { leftovers })
}

/// Whether there is a backfill among the halves of the migrations.
pub(super) fn has_backfills(set: &MigrationSet) -> bool {
    backfills(set).next().is_some() || set.migrations().iter().any(goes_down_in_batches)
}

fn goes_down_in_batches(migration: &Migration) -> bool {
    migration.down.as_ref().is_some_and(|down| down.backfill().is_some())
}

fn backfills(set: &MigrationSet) -> impl Iterator<Item = (&Migration, &Backfill)> {
    set.migrations().iter().filter_map(|migration| Some((migration, migration.up.backfill()?)))
}

/// Runs each backfill once more on the rows of the seeds, as `pmdb up` does, batch by batch. When the migrations were tried, all
/// tables were empty. One whose tables or columns a later migration has taken away is left out.
async fn try_backfills(
    subject: &Subject<'_>,
    sandbox: &Sandbox<'_>,
    seeds: &Runner<'_>,
) -> Result<SeedsTrial, VerifyError> {
    if let Err(failure) = seeds.run(&Goal::newest().with_backfills()).await? {
        return Ok(SeedsTrial::Fails(failure));
    }
    for (migration, backfill) in backfills(subject.set) {
        if sandbox.can_plan(&explain(&migration.up, backfill)).await
            && let Err(failure) = sandbox.again(migration, subject.table).await?
        {
            return Ok(SeedsTrial::BackfillFails(failure));
        }
    }
    try_down_backfills(subject, sandbox).await
}

/// Undoes the migrations with the rows of the seeds in their tables, from the newest to the oldest whose down half is a backfill. What
/// stands between them may fail on rows that it was not made for, or be irreversible: then nothing is known of those below.
async fn try_down_backfills(subject: &Subject<'_>, sandbox: &Sandbox<'_>) -> Result<SeedsTrial, VerifyError> {
    let migrations = subject.set.migrations();
    let oldest = migrations.iter().position(goes_down_in_batches).unwrap_or(migrations.len());
    for migration in migrations.iter().skip(oldest).rev() {
        if !migration.is_reversible() {
            break;
        }
        match sandbox.down().await? {
            Ok(()) => {}
            Err(failure) if goes_down_in_batches(migration) => return Ok(SeedsTrial::BackfillFails(failure)),
            Err(_) => break,
        }
    }
    Ok(SeedsTrial::Ran { leftovers: Vec::new() })
}
