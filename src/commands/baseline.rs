//! `pmdb baseline V`: record migrations as applied, because the database is what they build.

use postgres_protocol::escape::escape_identifier;

use super::context::{Context, MigratorOptions};
use super::diff::up_to;
use super::not_as_built::NotAsBuilt;
use super::report::{BaselineComparison, BaselineReport, Report};
use super::reporter::Reporter;
use super::server_handle::ServerHandle;
use super::{drift, ignore, scratch};
use crate::catalog::{AnyKind, Catalog, Difference, Kind, Strictness};
use crate::cli::{BaselineArgs, DryRun};
use crate::commands::error::Error;
use crate::diagnosis::Diagnose;
use crate::exit::Exit;
use crate::ignore::Ignore;
use crate::migration::{Migration, Version};
use crate::postgres::rebuild::without_what_differs_by_nature;
use crate::postgres::{Force, HistoryError, HistoryTable, Migrator, MigratorError, OtherHistory, Takeover};

pub(super) async fn run(
    context: &Context,
    args: &BaselineArgs,
    reporter: &mut dyn Reporter,
) -> Result<Report, Error> {
    let known = ignore::known(&args.ignore)?;
    let work = async |server: &ServerHandle, reporter: &mut dyn Reporter| {
        baseline(context, args, &known, server, reporter).await.map(Report::Baseline)
    };
    context.with_server(args.waiting.lock_wait, reporter, work).await
}

async fn baseline(
    context: &Context,
    args: &BaselineArgs,
    known: &[Ignore<AnyKind>],
    server: &ServerHandle,
    reporter: &mut dyn Reporter,
) -> Result<BaselineReport, Error> {
    let migrator = context.migrator(server, &MigratorOptions::up(&args.waiting), reporter).await?;
    let (migrator, planned) = plan(migrator, &args.version, reporter).await?;
    // As its file writes it.
    let version = migrator.set().get(&args.version).map_or(&args.version, |file| &file.version);
    let mut report = BaselineReport::new(migrator.session().target().name(), version, args.dry_run());
    if planned.is_empty() {
        return Ok(report);
    }
    let others = migrator.other_histories().await?;
    for other in &others {
        reporter.note(&format!("left out of the comparison: {other}"));
    }
    let found = compare(context, args, &migrator, &others, reporter).await?;
    let found = found.map(|difference| difference.without(known));
    report.compared(&others, judge(args.force(), version, found)?);
    let recorded = match args.dry_run() {
        DryRun::Yes => planned,
        DryRun::No => migrator.record_baseline(&args.version, &planned, reporter.listener()).await?,
    };
    report.recorded(&recorded);
    Ok(report)
}

/// What is to be recorded. The table of another tool, with which pmdb cannot go on, does not stop this command: it is made for
/// such a database.
async fn plan(
    migrator: Migrator,
    version: &Version,
    reporter: &mut dyn Reporter,
) -> Result<(Migrator, Vec<Migration>), Error> {
    let is_other = |other: &OtherHistory| other.takeover == Takeover::Impossible;
    match migrator.plan_baseline(version, reporter.listener()).await {
        Err(MigratorError::History(HistoryError::Elsewhere { others, .. }))
            if others.iter().all(is_other) =>
        {
            let table = migrator.history_table().clone().named();
            let migrator = migrator.table(table);
            let planned = migrator.plan_baseline(version, reporter.listener()).await?;
            Ok((migrator, planned))
        }
        planned => Ok((migrator, planned?)),
    }
}

/// What the database has and the files up to the version do not build, and the other way round. An error of the target is one
/// of the command; that nothing could be built is for the caller to judge.
async fn compare(
    context: &Context,
    args: &BaselineArgs,
    migrator: &Migrator,
    others: &[OtherHistory],
    reporter: &mut dyn Reporter,
) -> Result<Result<Difference, Error>, Error> {
    let set = up_to(migrator.set(), &args.version)?;
    let (session, table) = (migrator.session(), migrator.history_table());
    let mut left_out = table.and_its_own().to_vec();
    left_out.extend(others.iter().map(OtherHistory::table));
    let observed = drift::look_beside(context, session, &set, (table, left_out), reporter).await?;
    let built = scratch::build(context, &args.scratch, session, &observed, &set, reporter).await;
    let there = without_what_differs_by_nature(observed.catalog);
    Ok(built.map(|mut built| {
        without_the_schema_of(table, &mut built, &there);
        Difference::between(&built, &there).without_data()
    }))
}

/// Takes out the schema of the history where the database does not have it yet: recording makes it.
fn without_the_schema_of(table: &HistoryTable, built: &mut Catalog, there: &Catalog) {
    let names = [table.schema().to_owned(), escape_identifier(table.schema())];
    built.objects.retain(|identity, _| {
        identity.kind != Kind::Schema
            || !names.contains(&identity.name)
            || there.objects.contains_key(identity)
    });
}

/// Whether to go on after the comparison.
fn judge(
    force: Force,
    version: &Version,
    found: Result<(Difference, usize), Error>,
) -> Result<BaselineComparison, Error> {
    match (found, force) {
        (Err(error), Force::Override) if error.diagnosis().exit != Exit::Interrupted => {
            Ok(BaselineComparison::Failed(error.to_string()))
        }
        (Ok((differences, _)), Force::Obey) if differences.counts(Strictness::Default) => {
            Err(Box::new(NotAsBuilt { version: version.clone(), differences }).into())
        }
        (found, _) => found.map(|(differences, ignored)| BaselineComparison::Made { differences, ignored }),
    }
}
