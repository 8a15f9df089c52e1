//! Up, down and up again, one migration after the other.

use super::ground::{Attempt, Ground, Reading};
use super::one_transaction::try_in_one;
use super::{Finding, Subject, Trial, VerifyError, Watcher, loss, must_run};
use crate::catalog::{Catalog, Difference, Identity, Strictness};
use crate::migration::{Migration, TransactionMode, Version, locate};

/// The way down ends here: above an irreversible migration, or where verifying began.
#[derive(Debug, Clone)]
pub(super) struct Floor {
    pub version: Option<Version>,
    pub catalog: Catalog,
}

/// What came of a stretch of migrations. All of them are applied in its database.
pub(super) struct Stretch<'a> {
    pub ground: Ground<'a>,
    /// The catalog before the first of them.
    pub start: Catalog,
    /// Above the newest irreversible one.
    pub floor: Option<Floor>,
}

/// Tries the migrations. If the catalog is not what reading only what changes has made of it, which would be a mistake of
/// ours, nothing rests on that: they are tried again, and all of it is read each time.
pub(super) async fn run_stretch<'a>(
    subject: &Subject<'a>,
    ground: Ground<'a>,
    migrations: &[Migration],
    watcher: &Watcher<'_>,
) -> Result<Stretch<'a>, VerifyError> {
    let stretch = try_stretch(subject, ground, migrations, watcher).await?;
    let catalog = stretch.ground.catalog().await?;
    if stretch.ground.holds(&catalog).await? {
        return Ok(stretch);
    }
    let newest = newest_before(subject, migrations);
    let ground = stretch.ground.replaced(subject, newest, Reading::Whole).await?;
    try_stretch(subject, ground, migrations, watcher).await
}

/// The newest migration before a stretch.
fn newest_before<'a>(subject: &Subject<'a>, migrations: &[Migration]) -> Option<&'a Version> {
    let first = migrations.first().map(|first| &first.version);
    let all = subject.set.migrations().iter();
    all.take_while(|earlier| Some(&earlier.version) != first).last().map(|migration| &migration.version)
}

async fn try_stretch<'a>(
    subject: &Subject<'a>,
    mut ground: Ground<'a>,
    migrations: &[Migration],
    watcher: &Watcher<'_>,
) -> Result<Stretch<'a>, VerifyError> {
    let start = ground.catalog().await?;
    let mut before = start.clone();
    let mut floor = None;
    let mut earlier = newest_before(subject, migrations);
    for migration in migrations {
        watcher.begins(migration);
        let (finding, after);
        (ground, finding, after) = try_it(subject, ground, earlier, migration, &before).await?;
        earlier = Some(&migration.version);
        before = match after {
            After::Clean(catalog) => catalog,
            After::Dirty => {
                let reading = ground.reading();
                ground = ground.replaced(subject, Some(&migration.version), reading).await?;
                ground.catalog().await?
            }
        };
        if matches!(finding.trial, Trial::Irreversible) {
            floor = Some(Floor { version: Some(migration.version.clone()), catalog: before.clone() });
        }
        watcher.found(finding);
    }
    Ok(Stretch { ground, start, floor })
}

/// Tries a migration. Nobody is blamed on the strength of a reading of changes alone.
async fn try_it<'a>(
    subject: &Subject<'a>,
    mut ground: Ground<'a>,
    earlier: Option<&Version>,
    migration: &Migration,
    before: &Catalog,
) -> Result<(Ground<'a>, Finding, After), VerifyError> {
    if ground.reading() == Reading::Changes
        && let Some((finding, after)) = try_in_one(subject, &ground, migration, before).await?
    {
        return Ok((ground, finding, After::Clean(after)));
    }
    let mut tried = try_one(&ground, migration, before).await?;
    if tried.finding.differs() && ground.reading() == Reading::Changes {
        (ground, tried) = confirmed(subject, ground, earlier, migration, before, tried).await?;
    }
    Ok((ground, tried.finding, tried.after))
}

/// Reads all of what a trial has compared with, in another database. If the trial was misled, which would be a mistake of
/// ours, it is done again there, and all of it is read each time.
async fn confirmed<'a>(
    subject: &Subject<'a>,
    ground: Ground<'a>,
    earlier: Option<&Version>,
    migration: &Migration,
    before: &Catalog,
    mut tried: Tried,
) -> Result<(Ground<'a>, Tried), VerifyError> {
    let mut ground = ground.replaced(subject, earlier, Reading::Whole).await?;
    let mut really = ground.catalog().await?;
    if tried.reading_holds && really == *before {
        must_run(ground.up_to(&migration.version).await?)?;
        let first = ground.catalog().await?;
        if first == tried.first {
            tried.after = After::Clean(first);
            ground.read(Reading::Changes);
            return Ok((ground, tried));
        }
        ground = ground.replaced(subject, earlier, Reading::Whole).await?;
        really = ground.catalog().await?;
    }
    let tried = try_one(&ground, migration, &really).await?;
    ground.read(Reading::Changes);
    Ok((ground, tried))
}

/// What came of trying a migration.
struct Tried {
    finding: Finding,
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

async fn try_one(ground: &Ground<'_>, migration: &Migration, before: &Catalog) -> Result<Tried, VerifyError> {
    let data = loss::before(ground, migration).await?;
    must_run(ground.up_to(&migration.version).await?)?;
    let first = ground.catalog().await?;
    let loses = match data {
        Some(data) => loss::after(ground, &data, &first).await?,
        None => Vec::new(),
    };
    let (trial, reading_holds, after) = down_and_up_again(ground, migration, before, &first).await?;
    Ok(Tried { finding: finding(migration, loses, trial), first, reading_holds, after })
}

pub(super) fn finding(migration: &Migration, loses: Vec<Identity>, trial: Trial) -> Finding {
    let half = migration.down.as_ref().unwrap_or(&migration.up);
    Finding {
        version: migration.version.clone(),
        name: migration.name.clone(),
        path: migration.path.clone(),
        line: locate(half.source(), half.start()).line,
        loses,
        trial,
    }
}

/// The trial, whether the catalogs with a difference are the same when all of them is read, and what is left.
async fn down_and_up_again(
    ground: &Ground<'_>,
    migration: &Migration,
    before: &Catalog,
    first: &Catalog,
) -> Result<(Trial, bool, After), VerifyError> {
    let Some(half) = migration.down.as_ref().filter(|_| migration.is_reversible()) else {
        return Ok((Trial::Irreversible, true, After::Clean(first.clone())));
    };
    if let Err(failure) = ground.down().await? {
        let after = match half.mode() {
            TransactionMode::Inside => After::Clean(first.clone()),
            TransactionMode::Outside => After::Dirty,
        };
        return Ok((Trial::DownFails(failure), true, after));
    }
    let left = ground.catalog().await?;
    let down = Difference::between(before, &left);
    let down_holds = down.is_empty() || ground.holds(&left).await?;
    let again: Attempt = ground.up_to(&migration.version).await?;
    if let Err(failure) = again {
        return Ok((Trial::UpAgainFails { down, failure }, down_holds, After::Dirty));
    }
    let second = ground.catalog().await?;
    let again = Difference::between(first, &second);
    let holds = down_holds && (again.is_empty() || ground.holds(&second).await?);
    let is_off = down.counts(Strictness::Usual) || again.counts(Strictness::Usual);
    let after = if is_off { After::Dirty } else { After::Clean(second) };
    Ok((Trial::Ran { down, again }, holds, after))
}
