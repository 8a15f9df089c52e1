//! A trial in one transaction: up, down and up again, with the catalog read in between, and a COMMIT where all is well.
//!
//! This is for migrations that only define common objects: they leave nothing in the session, and put nothing off to the end
//! of their transaction. So they do the same here as when a run of its own has a transaction for each half, in half the
//! time. Where something is wrong, ROLLBACK brings back the database as it was, and no other one has to be made.
//!
//! Whatever is not as it should be, and not plainly a difference of catalogs, is left to the ordinary trial.

use super::ground::Ground;
use super::trial::finding;
use super::{Finding, Subject, Trial, VerifyError, loss, must_run};
use crate::catalog::{Catalog, Difference, Identity};
use crate::migration::{Half, Migration, Objects, TransactionMode};
use crate::postgres::catalog::{CatalogReader, Last};
use crate::postgres::history::NewRow;
use crate::postgres::interrupt::Interrupt;

/// The halves, and what they run in.
struct OneTransaction<'a> {
    migration: &'a Migration,
    down: &'a Half,
    interrupt: &'a Interrupt,
}

/// What the halves have made of the catalog.
#[derive(PartialEq, Eq)]
struct Readings {
    first: Catalog,
    left: Catalog,
    second: Catalog,
}

/// How a catalog is read in the transaction.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Depth {
    Changes,
    Whole,
}

/// Tries a migration. `None`, with the database as it was, where the ordinary trial has to.
pub(super) async fn try_in_one(
    subject: &Subject<'_>,
    ground: &Ground<'_>,
    migration: &Migration,
    before: &Catalog,
) -> Result<Option<(Finding, Catalog)>, VerifyError> {
    let Some(down) = migration.down.as_ref().filter(|_| migration.is_reversible()) else { return Ok(None) };
    let is_fit = |half: &Half| {
        let is_about_the_history = half.body().contains(subject.table.name());
        half.objects() == Objects::Common && half.mode() == TransactionMode::Inside && !is_about_the_history
    };
    if !is_fit(&migration.up) || !is_fit(down) {
        return Ok(None);
    }
    let Some(table_oid) = ground.lends_its_reader().await else { return Ok(None) };
    let holders = loss::before(ground, migration).await?;
    let trial = OneTransaction { migration, down, interrupt: subject.interrupt };
    let last = ground.reader.lock().await.remember();
    let mut loses = Vec::new();
    let readings = trial.run(ground, Depth::Changes, holders.as_ref(), &mut loses).await;
    let (down_difference, again) = match &readings {
        Some(readings) => (
            Difference::between(before, &readings.left),
            Difference::between(&readings.first, &readings.second),
        ),
        None => Default::default(),
    };
    if let Some(readings) = readings {
        let is_exact = down_difference.is_empty() && again.is_empty();
        if is_exact {
            let record = subject.table.insert(migration, &table_oid, NewRow::FinishedFirst);
            if trial.commit(&*ground.reader.lock().await, &record).await {
                ground.applied(migration).await;
                let ran = Trial::Ran { down: down_difference, again };
                return Ok(Some((finding(migration, loses, ran), readings.second)));
            }
        }
        trial.roll_back(ground, last).await;
        if !is_exact && trial.is_confirmed(ground, before, &readings).await? {
            must_run(ground.up_to(&migration.version).await?)?;
            let ran = Trial::Ran { down: down_difference, again };
            return Ok(Some((finding(migration, loses, ran), ground.catalog().await?)));
        }
        return Ok(None);
    }
    trial.roll_back(ground, last).await;
    Ok(None)
}

impl OneTransaction<'_> {
    /// Runs the halves in a transaction that stays open. `None` where one fails, or a reading is in doubt.
    async fn run(
        &self,
        ground: &Ground<'_>,
        depth: Depth,
        holders: Option<&loss::Holders>,
        loses: &mut Vec<Identity>,
    ) -> Option<Readings> {
        self.ask(&*ground.reader.lock().await, "BEGIN").await?;
        let first = self.run_half(ground, &self.migration.up, depth).await?;
        if let Some(holders) = holders {
            *loses = loss::after(ground, holders, &first).await.ok()?;
        }
        let left = self.run_half(ground, self.down, depth).await?;
        let second = self.run_half(ground, &self.migration.up, depth).await?;
        Some(Readings { first, left, second })
    }

    /// Runs a half as a session begins, and reads as the reader does.
    async fn run_half(&self, ground: &Ground<'_>, half: &Half, depth: Depth) -> Option<Catalog> {
        let mut reader = ground.reader.lock().await;
        let settings = reader.settings();
        let message =
            format!("RESET ALL; SET standard_conforming_strings = on; {}\n; {settings}", half.body());
        self.ask(&reader, &message).await?;
        let catalog = match depth {
            Depth::Changes => reader.read_in_transaction().await?,
            Depth::Whole => reader.read_whole_in_transaction().await.ok()?,
        };
        ground.with_around(catalog).await.ok()
    }

    /// Whether reading everything tells the same, in the same database.
    async fn is_confirmed(
        &self,
        ground: &Ground<'_>,
        before: &Catalog,
        readings: &Readings,
    ) -> Result<bool, VerifyError> {
        if !ground.holds(before).await? {
            return Ok(false);
        }
        let whole = self.run(ground, Depth::Whole, None, &mut Vec::new()).await;
        let _ = ground.reader.lock().await.session().client().batch_execute("ROLLBACK").await;
        Ok(whole.as_ref() == Some(readings))
    }

    /// Records the migration and commits.
    async fn commit(&self, reader: &CatalogReader, record: &str) -> bool {
        self.ask(reader, &format!("{record}; COMMIT")).await.is_some()
    }

    async fn roll_back(&self, ground: &Ground<'_>, last: Option<Last>) {
        let mut reader = ground.reader.lock().await;
        // A failure shows in whatever the session is used for next.
        let _ = reader.session().client().batch_execute("ROLLBACK").await;
        reader.come_back_to(last);
    }

    async fn ask(&self, reader: &CatalogReader, message: &str) -> Option<()> {
        let session = reader.session();
        let asked = self.interrupt.cancels(session, session.client().batch_execute(message)).await;
        session.take_notices();
        asked.ok()
    }
}
