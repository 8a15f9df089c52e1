//! Do the seeds leave anything behind?

use super::sandbox::{Runner, Sandbox};
use super::{Leftover, SeedsTrial, Subject, VerifyError};
use crate::migration::{DownTarget, Goal, MigrationSet, StoredHalves};

/// Applies the seeds, takes them out, and counts.
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
    let leftovers = before
        .into_iter()
        .zip(after)
        .filter(|((_, before), (_, after))| before != after)
        .map(|((table, before), (_, after))| Leftover { table, before, after })
        .collect();
    Ok(SeedsTrial::Ran { leftovers })
}
