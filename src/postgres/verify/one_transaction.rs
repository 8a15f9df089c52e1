//! A trial in one transaction: up, down and up again, with the catalog read in between, and a COMMIT where all is well.
//!
//! This is for migrations that only define common objects: they leave nothing in the session, and put nothing off to the end
//! of their transaction. So they do the same here as when a run of its own has a transaction for each half, in half the
//! time. Where something is wrong, ROLLBACK brings back the database as it was, and no other one has to be made.
//!
//! Whatever is not as it should be, and not plainly a difference of catalogs, is left to the ordinary trial.

use tokio_postgres::error::SqlState;

use super::finding::finding;
use super::sandbox::Sandbox;
use super::{RoundTrip, Subject, VerifyError, VerifyFinding, loss, must_run};
use crate::catalog::{Catalog, Difference, Identity};
use crate::migration::{Half, Migration, Objects, Segment, Step, TransactionMode, UpStep};
use crate::postgres::catalog::{CatalogReader, ChangedBy, Last};
use crate::postgres::failure::RunFailure;
use crate::postgres::history::NewRow;
use crate::postgres::interrupt::Interrupt;
use crate::postgres::message::{Delivery, Message, MessageError, Purpose};
use crate::postgres::rows::rows;
use crate::postgres::run::failure_of_half;
use crate::postgres::sql_error::SqlError;

/// The halves, and what they run in.
struct OneTransaction<'a, 'g> {
    sandbox: &'a Sandbox<'g>,
    migration: &'a Migration,
    down: &'a Half,
    interrupt: &'a Interrupt,
}

/// Takes back how the reader has its session.
const AS_IT_BEGINS: [&str; 2] = ["RESET ALL", "SET standard_conforming_strings = on"];

/// What came of the halves.
struct HalfCatalogs {
    /// The catalogs after them.
    first: Catalog,
    left: Catalog,
    /// After the second up, or why that fails.
    second: Result<Catalog, Box<RunFailure>>,
    /// The data that the first one loses.
    loses: Vec<Identity>,
}

/// Tries a migration. Gives what was found, and the catalog with the migration applied; `None`, with the database as it was,
/// where the ordinary trial has to.
pub(super) async fn try_in_one(
    subject: &Subject<'_>,
    sandbox: &Sandbox<'_>,
    migration: &Migration,
    before: &Catalog,
) -> Result<Option<(VerifyFinding, Catalog)>, VerifyError> {
    let Some(down) = migration.down.as_ref().filter(|down| are_fit(subject, migration, down)) else {
        return Ok(None);
    };
    let Some(table_oid) = sandbox.lends_its_reader().await else { return Ok(None) };
    let round_trip = OneTransaction { sandbox, migration, down, interrupt: subject.interrupt };
    let holders = loss::before(sandbox, migration).await?;
    let last = sandbox.reader.lock().await.remember();
    let Some(halves) = round_trip.run(holders.as_ref()).await else {
        round_trip.roll_back(last).await;
        return Ok(None);
    };
    let is_exact =
        halves.left == *before && halves.second.as_ref().is_ok_and(|second| *second == halves.first);
    let is_committed = is_exact
        && round_trip.commit(&subject.table.insert(migration, &table_oid, NewRow::FinishedFirst)).await;
    let other = if is_committed {
        None
    } else {
        round_trip.roll_back(last).await;
        if is_exact || !sandbox.holds(before).await? || !round_trip.is_confirmed(&halves).await {
            return Ok(None);
        }
        must_run(sandbox.up_to(&migration.version).await?)?;
        Some(sandbox.catalog().await?)
    };
    let down = Difference::between(before, &halves.left);
    let found = match halves.second {
        Ok(second) => RoundTrip::Ran { down, again: Difference::between(&halves.first, &second) },
        Err(failure) => RoundTrip::UpAgainFails { down, failure },
    };
    Ok(Some((finding(migration, halves.loses, found), other.unwrap_or(halves.first))))
}

/// Runs a half as in a session that begins, and leaves the session as the reader has it.
fn message(reader: &CatalogReader, before: &[&str], half: &Half) -> Message {
    let mut message = Message::marked("", reader.session().position_unit(), Delivery::Together)
        .own(Purpose::Frame, before)
        .own(Purpose::Frame, &AS_IT_BEGINS);
    for segment in half.segments() {
        if let Segment::Sql { span, statements } = segment {
            message = message.file(half, span, statements);
        }
    }
    message.own(Purpose::Frame, &[reader.settings()])
}

/// Whether both halves can run in one transaction as they do in two.
fn are_fit(subject: &Subject<'_>, migration: &Migration, down: &Half) -> bool {
    let is_fit = |half: &Half| {
        let is_about_a_history =
            [subject.table, subject.seeds_table].iter().any(|table| half.body().contains(table.name()));
        half.objects() == Objects::Common
            && half.mode() == TransactionMode::Transactional
            && !is_about_a_history
            // What is the same time here is another one in a transaction of its own.
            && !half.may_hold_the_time()
    };
    migration.is_reversible() && is_fit(&migration.up) && is_fit(down)
}

/// Whether a statement fails because an object is there, or is not: so it does in any transaction. A value of an enum that
/// is new in this one, or too many locks, would be no error in another.
fn depends_on_names_alone(error: &SqlError) -> bool {
    [
        SqlState::DUPLICATE_TABLE,
        SqlState::DUPLICATE_COLUMN,
        SqlState::DUPLICATE_OBJECT,
        SqlState::DUPLICATE_FUNCTION,
        SqlState::UNDEFINED_TABLE,
        SqlState::UNDEFINED_COLUMN,
        SqlState::UNDEFINED_OBJECT,
        SqlState::UNDEFINED_FUNCTION,
    ]
    .iter()
    .any(|state| error.is(state))
}

impl OneTransaction<'_, '_> {
    /// Runs the halves in a transaction that stays open. `None` where another than the second up fails, or a reading is in
    /// doubt.
    async fn run(&self, holders: Option<&loss::Holders>) -> Option<HalfCatalogs> {
        let up = &self.migration.up;
        let first = self.run_and_read(&["BEGIN"], up).await.ok()??;
        let loses = match holders {
            Some(holders) => loss::after(self.sandbox, holders, &first).await.ok()?,
            None => Vec::new(),
        };
        let left = self.run_and_read(&[], self.down).await.ok()??;
        let second = match self.run_and_read(&[], up).await {
            Ok(second) => Ok(second?),
            Err(failed) if depends_on_names_alone(&failed.error) => {
                Err(Box::new(failure_of_half(&self.step(), failed)?))
            }
            Err(_) => return None,
        };
        Some(HalfCatalogs { first, left, second, loses })
    }

    /// Whether reading everything tells of the same differences. Leaves the database as it was.
    async fn is_confirmed(&self, halves: &HalfCatalogs) -> bool {
        let differs_again = halves.second.as_ref().is_ok_and(|second| *second != halves.first);
        let confirmed = async {
            self.ask("BEGIN").await?;
            self.up().await.ok()?;
            let is_first = !differs_again || self.read_whole().await? == halves.first;
            self.run_half(self.down).await.ok()?;
            let is_left = self.read_whole().await? == halves.left;
            let is_second = match &halves.second {
                Ok(second) if differs_again => {
                    self.up().await.ok()?;
                    self.read_whole().await? == *second
                }
                Ok(_) => true,
                Err(_) => self.up().await.is_err(),
            };
            Some(is_first && is_left && is_second)
        };
        let confirmed = confirmed.await == Some(true);
        self.ask("ROLLBACK").await.is_some() && confirmed
    }

    fn changed_by(&self) -> ChangedBy {
        match self.migration.up.grants() || self.down.grants() {
            true => ChangedBy::Anyone,
            false => ChangedBy::OpenTransaction,
        }
    }

    fn step(&self) -> Step {
        Step::Up(UpStep { migration: self.migration.clone(), resume: None })
    }

    async fn up(&self) -> Result<(), MessageError> {
        self.run_half(&self.migration.up).await
    }

    async fn run_half(&self, half: &Half) -> Result<(), MessageError> {
        let reader = self.sandbox.reader.lock().await;
        let session = reader.session();
        let message = message(&reader, &[], half);
        let sent = self.interrupt.cancels(session, message.send(session.client(), |_, _| {})).await;
        session.take_notices();
        sent
    }

    /// Runs a half after statements of pmdb's own, and reads what it has changed. `None` when a reading is in doubt.
    async fn run_and_read(&self, before: &[&str], half: &Half) -> Result<Option<Catalog>, MessageError> {
        let mut reader = self.sandbox.reader.lock().await;
        let Some(question) = reader.ask_for_changes(self.changed_by()) else { return Ok(None) };
        let message = message(&reader, before, half).own(Purpose::Frame, &[question]);
        let session = reader.session();
        let answer = self.interrupt.cancels(session, message.send_and_ask(session.client())).await;
        session.take_notices();
        let Some(catalog) = reader.learn_changes(&answer?).await else { return Ok(None) };
        Ok(self.sandbox.with_around(catalog).await.ok())
    }

    async fn read_whole(&self) -> Option<Catalog> {
        let catalog = self.sandbox.reader.lock().await.read_whole_in_transaction().await.ok()?;
        self.sandbox.with_around(catalog).await.ok()
    }

    /// Records the migration and commits.
    async fn commit(&self, record: &str) -> bool {
        let message = format!("{record}; {}; COMMIT", CatalogReader::ASK_FOR_TRANSACTION);
        let mut reader = self.sandbox.reader.lock().await;
        let session = reader.session();
        let asked = self.interrupt.cancels(session, rows(session.client(), &message)).await;
        session.take_notices();
        let Ok(rows) = asked else { return false };
        reader.committed(&rows);
        self.sandbox.applied(self.migration).await;
        true
    }

    /// A failure shows in whatever the session is used for next.
    async fn roll_back(&self, last: Option<Last>) {
        let mut reader = self.sandbox.reader.lock().await;
        let _ = reader.session().client().batch_execute("ROLLBACK").await;
        reader.come_back_to(last);
    }

    async fn ask(&self, message: &str) -> Option<()> {
        let reader: &CatalogReader = &*self.sandbox.reader.lock().await;
        let session = reader.session();
        let asked = self.interrupt.cancels(session, session.client().batch_execute(message)).await;
        session.take_notices();
        asked.ok()
    }
}
