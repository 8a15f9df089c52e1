//! Up, down and up again, one migration after the other.

use super::finding::finding;
use super::one_transaction::try_in_one;
use super::sandbox::{Attempt, Reading, Sandbox};
use super::{FindingCollector, RoundTrip, Subject, VerifyError, VerifyFinding, loss, must_run};
use crate::catalog::{Catalog, Difference, Strictness};
use crate::migration::{Migration, TransactionMode, Version};

/// What came of a stretch of migrations. All of them are applied in its database.
pub(super) struct Chunk<'a> {
    pub sandbox: Sandbox<'a>,
    /// The catalog before the first of them.
    pub start: Catalog,
    /// The catalog above the newest irreversible one.
    pub down_limit: Option<Catalog>,
}

/// Tries the migrations. If the catalog is not what reading only what changes has made of it, which would be a bug of
/// pmdb, nothing rests on that: they are tried again, and all of it is read each time.
pub(super) async fn run_chunk<'a>(
    subject: &Subject<'a>,
    sandbox: Sandbox<'a>,
    migrations: &[Migration],
    watcher: &FindingCollector<'_>,
) -> Result<Chunk<'a>, VerifyError> {
    let chunk = try_chunk(subject, sandbox, migrations, watcher).await?;
    let catalog = chunk.sandbox.catalog().await?;
    if chunk.sandbox.holds(&catalog).await? {
        return Ok(chunk);
    }
    let newest = newest_before(subject, migrations);
    let sandbox = chunk.sandbox.replaced(subject, newest, Reading::Whole).await?;
    try_chunk(subject, sandbox, migrations, watcher).await
}

/// The newest migration before a stretch.
fn newest_before<'a>(subject: &Subject<'a>, migrations: &[Migration]) -> Option<&'a Version> {
    let first = migrations.first().map(|first| &first.version);
    let all = subject.set.migrations().iter();
    all.take_while(|earlier| Some(&earlier.version) != first).last().map(|migration| &migration.version)
}

async fn try_chunk<'a>(
    subject: &Subject<'a>,
    mut sandbox: Sandbox<'a>,
    migrations: &[Migration],
    watcher: &FindingCollector<'_>,
) -> Result<Chunk<'a>, VerifyError> {
    let start = sandbox.catalog().await?;
    let mut before = start.clone();
    let mut down_limit = None;
    let mut earlier = newest_before(subject, migrations);
    for migration in migrations {
        watcher.begins(migration);
        let (finding, after);
        (sandbox, finding, after) = try_it(subject, sandbox, earlier, migration, &before).await?;
        earlier = Some(&migration.version);
        before = match after {
            After::Clean(catalog) => catalog,
            After::Dirty => {
                let reading = sandbox.reading();
                sandbox = sandbox.replaced(subject, Some(&migration.version), reading).await?;
                sandbox.catalog().await?
            }
        };
        if matches!(finding.round_trip, RoundTrip::Irreversible) {
            down_limit = Some(before.clone());
        }
        watcher.found(finding);
    }
    Ok(Chunk { sandbox, start, down_limit })
}

/// Tries a migration. Nobody is blamed on the strength of a reading of changes alone.
async fn try_it<'a>(
    subject: &Subject<'a>,
    mut sandbox: Sandbox<'a>,
    earlier: Option<&Version>,
    migration: &Migration,
    before: &Catalog,
) -> Result<(Sandbox<'a>, VerifyFinding, After), VerifyError> {
    if sandbox.reading() == Reading::Changes
        && let Some((finding, after)) = try_in_one(subject, &sandbox, migration, before).await?
    {
        return Ok((sandbox, finding, After::Clean(after)));
    }
    let mut tried = try_one(&sandbox, migration, before).await?;
    if tried.finding.differs() && sandbox.reading() == Reading::Changes {
        (sandbox, tried) = confirmed(subject, sandbox, earlier, migration, before, tried).await?;
    }
    Ok((sandbox, tried.finding, tried.after))
}

/// Reads all of what a round trip has compared with, in another database. If it was misled, which would be a bug of
/// pmdb, it is made again there, and all of it is read each time.
async fn confirmed<'a>(
    subject: &Subject<'a>,
    sandbox: Sandbox<'a>,
    earlier: Option<&Version>,
    migration: &Migration,
    before: &Catalog,
    mut tried: Tried,
) -> Result<(Sandbox<'a>, Tried), VerifyError> {
    let mut sandbox = sandbox.replaced(subject, earlier, Reading::Whole).await?;
    let mut really = sandbox.catalog().await?;
    if tried.reading_holds && really == *before {
        must_run(sandbox.up_to(&migration.version).await?)?;
        let first = sandbox.catalog().await?;
        if first == tried.first {
            tried.after = After::Clean(first);
            sandbox.read(Reading::Changes);
            return Ok((sandbox, tried));
        }
        sandbox = sandbox.replaced(subject, earlier, Reading::Whole).await?;
        really = sandbox.catalog().await?;
    }
    let tried = try_one(&sandbox, migration, &really).await?;
    sandbox.read(Reading::Changes);
    Ok((sandbox, tried))
}

/// What came of trying a migration.
struct Tried {
    finding: VerifyFinding,
    /// What the first up made.
    first: Catalog,
    /// Whether the catalogs with a difference are the same when all of them is read.
    reading_holds: bool,
    after: After,
}

/// In what state a trial leaves the database.
enum After {
    /// As it is with the migration applied.
    Clean(Catalog),
    /// Not fit for the next one.
    Dirty,
}

async fn try_one(
    sandbox: &Sandbox<'_>,
    migration: &Migration,
    before: &Catalog,
) -> Result<Tried, VerifyError> {
    let data = loss::before(sandbox, migration).await?;
    must_run(sandbox.up_to(&migration.version).await?)?;
    let first = sandbox.catalog().await?;
    let loses = match data {
        Some(data) => loss::after(sandbox, &data, &first).await?,
        None => Vec::new(),
    };
    let (round_trip, reading_holds, after) = down_and_up_again(sandbox, migration, before, &first).await?;
    Ok(Tried { finding: finding(migration, loses, round_trip), first, reading_holds, after })
}

/// The trial, whether the catalogs with a difference are the same when all of them is read, and what is left.
async fn down_and_up_again(
    sandbox: &Sandbox<'_>,
    migration: &Migration,
    before: &Catalog,
    first: &Catalog,
) -> Result<(RoundTrip, bool, After), VerifyError> {
    let Some(half) = migration.down.as_ref().filter(|_| migration.is_reversible()) else {
        return Ok((RoundTrip::Irreversible, true, After::Clean(first.clone())));
    };
    if let Err(failure) = sandbox.down().await? {
        let after = match half.mode() {
            TransactionMode::Transactional => After::Clean(first.clone()),
            TransactionMode::NonTransactional => After::Dirty,
        };
        return Ok((RoundTrip::DownFails(failure), true, after));
    }
    let left = sandbox.catalog().await?;
    let down = Difference::between(before, &left);
    let down_holds = down.is_empty() || sandbox.holds(&left).await?;
    let again: Attempt = sandbox.up_to(&migration.version).await?;
    if let Err(failure) = again {
        return Ok((RoundTrip::UpAgainFails { down, failure }, down_holds, After::Dirty));
    }
    let second = sandbox.catalog().await?;
    let again = Difference::between(first, &second);
    let holds = down_holds && (again.is_empty() || sandbox.holds(&second).await?);
    let is_off = down.counts(Strictness::Default) || again.counts(Strictness::Default);
    let after = if is_off { After::Dirty } else { After::Clean(second) };
    Ok((RoundTrip::Ran { down, again }, holds, after))
}
