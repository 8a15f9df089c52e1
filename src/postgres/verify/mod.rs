//! Proving that down halves reverse their up halves, by trying them on a scratch database.
//!
//! For each migration in turn: up, down, and the catalog has to be what it was before; up again, and it has to be what
//! the first up made. At last all of them are undone, newest first, and the seeds are applied and taken out.

mod error;
mod event;
mod finding;
mod jobs;
mod kept;
mod loss;
mod one_transaction;
mod round_trip;
mod sandbox;
mod seeds;

use std::collections::BTreeMap;

use futures_util::FutureExt;
use futures_util::future::{join, join_all};
use tokio::sync::oneshot;

pub use error::{UpFails, VerifyError};
pub use event::{VerifyEvent, VerifyListener};
pub use finding::{AllDown, Leftover, RoundTrip, SeedsTrial, Verdict, VerifyFinding};
pub use jobs::Jobs;

use super::failure::{RunFailure, StepState};
use super::history::HistoryTable;
use super::interrupt::Interrupt;
use super::migrator_error::MigratorError;
use super::scratch::ScratchServer;
use crate::catalog::{Catalog, Difference, Strictness};
use crate::connect::Target;
use crate::migration::{Migration, MigrationSet, Version};
use crate::postgres::sync_cell::SyncCell;
use sandbox::{Attempt, Reading, Sandbox};

/// What is verified, and with what.
#[derive(Debug, Clone)]
pub struct Subject<'a> {
    /// Where.
    pub scratch: &'a ScratchServer,
    /// The migrations.
    pub set: &'a MigrationSet,
    /// The seeds, if they are to be tried too.
    pub seeds: Option<&'a MigrationSet>,
    /// The history table of the migrations: a migration may know its name.
    pub table: &'a HistoryTable,
    /// The history table of the seeds.
    pub seeds_table: &'a HistoryTable,
    /// Which migrations.
    pub scope: Scope,
    /// How many databases are used side by side.
    pub jobs: Jobs,
    /// What asks the run to stop.
    pub interrupt: &'a Interrupt,
}

/// Which migrations are verified. Those before them are only applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// All.
    All,
    /// This one and all newer ones.
    From(Version),
    /// This one.
    Only(Version),
}

/// What verifying found.
#[derive(Debug)]
pub struct Verified {
    /// Each migration, in order.
    pub findings: Vec<VerifyFinding>,
    /// What came of undoing all of them.
    pub all_down: AllDown,
    /// What came of the seeds; `None` when they were not tried.
    pub seeds: Option<SeedsTrial>,
}

/// Hears of each migration, and keeps what was found.
struct FindingCollector<'l> {
    listener: SyncCell<&'l mut dyn VerifyListener>,
    findings: SyncCell<BTreeMap<Version, VerifyFinding>>,
}

impl FindingCollector<'_> {
    fn begins(&self, migration: &Migration) {
        self.listener.lock().verify_event(VerifyEvent::Trying(migration));
    }

    fn found(&self, finding: VerifyFinding) {
        self.listener.lock().verify_event(VerifyEvent::Tried(&finding));
        self.findings.lock().insert(finding.version.clone(), finding);
    }

    /// Whether a migration has failed so far.
    fn has_failures(&self) -> bool {
        self.findings.lock().values().any(|finding| finding.fails(Strictness::Default))
    }

    fn findings(self) -> Vec<VerifyFinding> {
        self.findings.into_inner().into_values().collect()
    }
}

impl Verified {
    /// The result without a migration.
    pub fn nothing() -> Verified {
        Verified { findings: Vec::new(), all_down: AllDown::NotTried, seeds: None }
    }

    /// Whether anything in it is a failure.
    pub fn fails(&self, strictness: Strictness) -> bool {
        self.findings.iter().any(|finding| finding.fails(strictness))
            || self.all_down.fails(strictness)
            || self.seeds.as_ref().is_some_and(SeedsTrial::fails)
    }
}

/// Verifies.
///
/// # Errors
/// See [`VerifyError`].
pub async fn verify(
    subject: &Subject<'_>,
    listener: &mut dyn VerifyListener,
) -> Result<Verified, VerifyError> {
    let (_, chosen) = subject.scope.cut(subject.set.migrations())?;
    let jobs = jobs::that_suit(subject, chosen.len());
    if let (Jobs::Automatic, Jobs::Exactly(2..)) = (subject.jobs, jobs) {
        return verify_unless_they_disturb(&Subject { jobs, ..subject.clone() }, listener).await;
    }
    verify_with(&Subject { jobs, ..subject.clone() }, listener).await
}

/// Verifies with several databases, and with one alone if a migration has changed what they share.
async fn verify_unless_they_disturb(
    subject: &Subject<'_>,
    listener: &mut dyn VerifyListener,
) -> Result<Verified, VerifyError> {
    let before = subject.scratch.around().await?;
    let verified = verify_with(subject, listener).await;
    if subject.scratch.around().await? == before {
        return verified;
    }
    subject.scratch.drop_all().await?;
    verify_with(&Subject { jobs: Jobs::ONE, ..subject.clone() }, listener).await
}

async fn verify_with(
    subject: &Subject<'_>,
    listener: &mut dyn VerifyListener,
) -> Result<Verified, VerifyError> {
    let (applied, chosen) = subject.scope.cut(subject.set.migrations())?;
    listener.verify_event(VerifyEvent::Begins { migrations: chosen.len() });
    let watcher = FindingCollector { listener: SyncCell::new(listener), findings: SyncCell::default() };
    // On the heap: an application may call this deep inside its own futures, on a small stack.
    match verify_all(subject, applied, chosen, &watcher).boxed().await {
        Ok((all_down, seeds)) => Ok(Verified { findings: watcher.findings(), all_down, seeds }),
        Err(VerifyError::Migrator(MigratorError::Run(failure))) => {
            Err(VerifyError::UpFails(Box::new(UpFails { findings: watcher.findings(), failure: *failure })))
        }
        Err(error) => Err(error),
    }
}

/// Each chunk of the list in a database of its own, as soon as that is there.
async fn verify_all(
    subject: &Subject<'_>,
    applied: &[Migration],
    chosen: &[Migration],
    watcher: &FindingCollector<'_>,
) -> Result<(AllDown, Option<SeedsTrial>), VerifyError> {
    let chunks = jobs::chunks(chosen, subject.jobs.count());
    let (ready, awaited): (Vec<_>, Vec<_>) = chunks.iter().map(|_| oneshot::channel()).unzip();
    let to = newest_irreversible(chosen).or(applied.last()).map(|migration| migration.version.clone());
    let running = awaited.into_iter().zip(&chunks).enumerate().map(|(number, (sandbox, chunk))| {
        let is_last = number + 1 == chunks.len();
        let end = if is_last && !matches!(subject.scope, Scope::Only(_)) { Some(to.as_ref()) } else { None };
        verify_chunk(subject, sandbox, chunk, end, watcher).boxed()
    });
    // Each to its end: what is found before an up half fails is told.
    let (prepared, done) = join(prepare(subject, applied, &chunks, ready).boxed(), join_all(running)).await;
    let done = done.into_iter().filter_map(Result::transpose).collect::<Result<Vec<_>, _>>()?;
    prepared?;
    let start = done.first().map(|first| first.start.clone()).unwrap_or_default();
    let down_limit = done.iter().rev().find_map(|chunk| chunk.down_limit.clone()).unwrap_or(start);
    let Some(end) = done.into_iter().next_back().and_then(|last| last.end) else {
        return Ok((AllDown::NotTried, None));
    };
    let all_down = match end.down {
        Some(undone) if !watcher.has_failures() => match undone? {
            Undone::Fails(failure) => AllDown::Fails(failure),
            Undone::Left(left) => AllDown::Undone { to, difference: Difference::between(&down_limit, &left) },
        },
        _ => AllDown::NotTried,
    };
    Ok((all_down, end.seeds))
}

/// The way down ends above it.
fn newest_irreversible(chosen: &[Migration]) -> Option<&Migration> {
    chosen.iter().rev().find(|migration| !migration.is_reversible())
}

/// What came of a chunk of the list.
struct Done {
    /// The catalog before it.
    start: Catalog,
    /// The catalog above the newest irreversible migration in it.
    down_limit: Option<Catalog>,
    end: Option<FinalTrials>,
}

/// What came of all that is tried once all migrations are applied.
struct FinalTrials {
    seeds: Option<SeedsTrial>,
    /// `None` where a down half is known to be wrong.
    down: Option<Result<Undone, VerifyError>>,
}

/// What came of undoing all migrations.
enum Undone {
    /// This is left.
    Left(Catalog),
    /// One fails.
    Fails(Box<RunFailure>),
}

/// A chunk of the list, and, after the last one, the seeds and the way down to `end`. `None` without a database for it.
async fn verify_chunk<'a>(
    subject: &Subject<'a>,
    sandbox: oneshot::Receiver<Sandbox<'a>>,
    chunk: &[Migration],
    end: Option<Option<&Version>>,
    watcher: &FindingCollector<'_>,
) -> Result<Option<Done>, VerifyError> {
    let Ok(sandbox) = sandbox.await else { return Ok(None) };
    let chunk = round_trip::run_chunk(subject, sandbox, chunk, watcher).boxed().await?;
    let end = match end {
        Some(to) => Some(try_end(subject, chunk.sandbox, to, watcher).boxed().await?),
        None => {
            // While the others go on.
            subject.scratch.drop(&chunk.sandbox.close().await).await?;
            None
        }
    };
    Ok(Some(Done { start: chunk.start, down_limit: chunk.down_limit, end }))
}

async fn try_end<'a>(
    subject: &Subject<'a>,
    mut sandbox: Sandbox<'a>,
    to: Option<&Version>,
    watcher: &FindingCollector<'_>,
) -> Result<FinalTrials, VerifyError> {
    let seeds = match subject.seeds {
        Some(seeds) => Some(seeds::try_seeds(subject, &sandbox, seeds).await?),
        None => None,
    };
    let Some(newest) = subject.set.migrations().last().filter(|_| !watcher.has_failures()) else {
        return Ok(FinalTrials { seeds, down: None });
    };
    if seeds.is_some() && seeds::has_backfills(subject.set) || seeds.as_ref().is_some_and(SeedsTrial::fails) {
        // What they leave may be in the way of a down half, which is not to blame for it.
        let reading = sandbox.reading();
        sandbox = sandbox.replaced(subject, Some(&newest.version), reading).await?;
    }
    Ok(FinalTrials { seeds, down: Some(undo_all(&sandbox, to).await) })
}

async fn undo_all(sandbox: &Sandbox<'_>, to: Option<&Version>) -> Result<Undone, VerifyError> {
    Ok(match sandbox.down_to(to).await? {
        Ok(()) => Undone::Left(sandbox.catalog().await?),
        Err(failure) => Undone::Fails(failure),
    })
}

impl Scope {
    /// Sees that its migrations are there.
    ///
    /// # Errors
    /// [`VerifyError::UnknownVersion`].
    pub fn check(&self, set: &MigrationSet) -> Result<(), VerifyError> {
        self.cut(set.migrations()).map(drop)
    }

    /// The migrations that are only applied, and those that are verified.
    fn cut<'a>(&self, all: &'a [Migration]) -> Result<(&'a [Migration], &'a [Migration]), VerifyError> {
        let position = |version: &Version| {
            all.iter()
                .position(|migration| migration.version == *version)
                .ok_or_else(|| VerifyError::UnknownVersion(version.clone()))
        };
        Ok(match self {
            Scope::All => (&[], all),
            Scope::From(version) => all.split_at(position(version)?),
            Scope::Only(version) => {
                let (before, rest) = all.split_at(position(version)?);
                (before, &rest[..1])
            }
        })
    }
}

/// Gives each chunk of the list a database with everything before it applied. They are copies of one that grows.
async fn prepare<'a>(
    subject: &Subject<'a>,
    applied: &[Migration],
    chunks: &[&[Migration]],
    ready: Vec<oneshot::Sender<Sandbox<'a>>>,
) -> Result<(), VerifyError> {
    let mut base = Sandbox::open(subject.scratch.create().await?, subject, Reading::Changes).await?;
    let mut before = applied.last();
    for (number, (chunk, ready)) in chunks.iter().zip(ready).enumerate() {
        if let Some(newest) = before {
            must_run(base.up_to(&newest.version).await?)?;
        }
        if number + 1 == chunks.len() {
            // Who waits for it is there until it comes.
            let _ = ready.send(base);
            return Ok(());
        }
        let original = base.close().await;
        let _ = ready.send(twin(subject, &original, before).await?);
        base = Sandbox::open(original, subject, Reading::Changes).await?;
        before = chunk.last();
    }
    Ok(())
}

/// Another database like this one, in which everything up to a migration is applied: a copy, where a copy has everything.
async fn twin<'a>(
    subject: &Subject<'a>,
    original: &Target,
    newest: Option<&Migration>,
) -> Result<Sandbox<'a>, VerifyError> {
    let scratch = subject.scratch;
    if scratch.can_be_copied(original).await? {
        return Sandbox::open(scratch.copy_of(original).await?, subject, Reading::Changes).await;
    }
    let sandbox = Sandbox::open(scratch.create().await?, subject, Reading::Changes).await?;
    if let Some(newest) = newest {
        must_run(sandbox.up_to(&newest.version).await?)?;
    }
    Ok(sandbox)
}

/// An up half that fails leaves nothing to verify. What was applied before it is no news: all of it is gone.
fn must_run(attempt: Attempt) -> Result<(), VerifyError> {
    attempt.map_err(|failure: Box<RunFailure>| {
        let failure = RunFailure { finished: Vec::new(), step_state: StepState::Scratch, ..*failure };
        MigratorError::Run(Box::new(failure)).into()
    })
}
