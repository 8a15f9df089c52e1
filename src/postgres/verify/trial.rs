//! Up, down and up again, one migration after the other.

use super::ground::{Attempt, Ground, Reading};
use super::{Finding, Subject, Trial, VerifyError, Watcher, loss, must_run};
use crate::catalog::{Catalog, Difference, Strictness};
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
        let (mut finding, mut after) = try_one(&ground, migration, &before).await?;
        if finding.differs() && ground.reading() == Reading::Changes {
            // Nobody is blamed on the strength of a reading of changes alone.
            ground = ground.replaced(subject, earlier, Reading::Whole).await?;
            let before = ground.catalog().await?;
            (finding, after) = try_one(&ground, migration, &before).await?;
            ground.read(Reading::Changes);
        }
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

/// In what state a trial leaves the database.
enum After {
    /// As it is with the migration applied.
    Clean(Catalog),
    /// Not fit for the next one.
    Dirty,
}

async fn try_one(
    ground: &Ground<'_>,
    migration: &Migration,
    before: &Catalog,
) -> Result<(Finding, After), VerifyError> {
    ground.expect(migration).await;
    let data = loss::before(ground, migration).await?;
    must_run(ground.up_to(&migration.version).await?)?;
    let first = ground.catalog().await?;
    let loses = match data {
        Some(data) => loss::after(ground, &data, &first).await?,
        None => Vec::new(),
    };
    let (trial, after) = down_and_up_again(ground, migration, before, first).await?;
    let half = migration.down.as_ref().unwrap_or(&migration.up);
    let finding = Finding {
        version: migration.version.clone(),
        name: migration.name.clone(),
        path: migration.path.clone(),
        line: locate(half.source(), half.start()).line,
        loses,
        trial,
    };
    Ok((finding, after))
}

async fn down_and_up_again(
    ground: &Ground<'_>,
    migration: &Migration,
    before: &Catalog,
    first: Catalog,
) -> Result<(Trial, After), VerifyError> {
    let Some(half) = migration.down.as_ref().filter(|_| migration.is_reversible()) else {
        return Ok((Trial::Irreversible, After::Clean(first)));
    };
    if let Err(failure) = ground.down().await? {
        let after = match half.mode() {
            TransactionMode::Inside => After::Clean(first),
            TransactionMode::Outside => After::Dirty,
        };
        return Ok((Trial::DownFails(failure), after));
    }
    let down = Difference::between(before, &ground.catalog().await?);
    let again: Attempt = ground.up_to(&migration.version).await?;
    if let Err(failure) = again {
        return Ok((Trial::UpAgainFails { down, failure }, After::Dirty));
    }
    let second = ground.catalog().await?;
    let again = Difference::between(&first, &second);
    let is_off = down.counts(Strictness::Usual) || again.counts(Strictness::Usual);
    let after = if is_off { After::Dirty } else { After::Clean(second) };
    Ok((Trial::Ran { down, again }, after))
}
