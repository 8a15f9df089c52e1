//! `pmdb drift`: what was changed by hand?

use super::context::{Context, DEFAULT_WAIT, load};
use super::report::{DriftReport, Report};
use super::reporter::Reporter;
use super::server_handle::ServerHandle;
use super::{ignore, scratch};
use crate::catalog::{AnyKind, Difference};
use crate::cli::DriftArgs;
use crate::commands::error::Error;
use crate::connect::Session;
use crate::ignore::Ignore;
use crate::migration::{EffectiveMigrations, MigrationSet, Passed, effective_migrations};
use crate::postgres::rebuild::{ObservedDatabase, observe, without_what_differs_by_nature};
use crate::postgres::{HistoryTable, MigratorError};

pub(super) async fn run(
    context: &Context,
    args: &DriftArgs,
    reporter: &mut dyn Reporter,
) -> Result<Report, Error> {
    let known = ignore::known(&args.ignore)?;
    let set = load(&context.migrations, reporter)?;
    let work = async |server: &ServerHandle, reporter: &mut dyn Reporter| {
        compare(context, args, &set, &known, server, reporter).await
    };
    context.with_server(DEFAULT_WAIT, reporter, work).await
}

/// Compares the target with what its applied migrations build.
async fn compare(
    context: &Context,
    args: &DriftArgs,
    set: &MigrationSet,
    known: &[Ignore<AnyKind>],
    server: &ServerHandle,
    reporter: &mut dyn Reporter,
) -> Result<Report, Error> {
    let session = context.connect(&server.target, reporter.listener()).await?;
    let observed = look(context, &session, set, reporter).await?;
    let EffectiveMigrations { migrations, from_history, unfinished_backfills } =
        effective_migrations(set, &observed.history.rows).map_err(MigratorError::Plan)?;
    for Passed { version, name, percent } in &unfinished_backfills {
        let share = percent.map_or_else(String::new, |percent| format!(" ({percent} % done)"));
        reporter.note(&format!(
            "{version} {name} is a backfill that is not finished{share}: it is left out, since it changes rows alone"
        ));
    }
    for version in &from_history {
        reporter.note(&format!(
            "{version}: the file is gone or has changed since, so the text in the history counts"
        ));
    }
    let applied = migrations.len();
    let set = MigrationSet::new(migrations)?;
    let built = scratch::build(context, &args.scratch, &session, &observed, &set, reporter).await?;
    let database = session.target().name();
    session.close().await;
    let there = without_what_differs_by_nature(observed.catalog);
    let (differences, ignored) = Difference::between(&built, &there).without_data().without(known);
    Ok(Report::Drift(DriftReport {
        database,
        applied,
        from_history,
        unfinished_backfills,
        differs: differences.counts(args.strictness()),
        differences,
        ignored,
    }))
}

/// Reads the target, unless interrupted first.
pub(super) async fn look(
    context: &Context,
    session: &Session,
    set: &MigrationSet,
    reporter: &mut dyn Reporter,
) -> Result<ObservedDatabase, Error> {
    let left_out = context.own_tables().to_vec();
    look_beside(context, session, set, (&context.table, left_out), reporter).await
}

/// The same with another history table, and other tables that are left out.
pub(super) async fn look_beside(
    context: &Context,
    session: &Session,
    set: &MigrationSet,
    (table, left_out): (&HistoryTable, Vec<HistoryTable>),
    reporter: &mut dyn Reporter,
) -> Result<ObservedDatabase, Error> {
    let listener = reporter.listener();
    tokio::select! {
        observed = observe(session, set, table, left_out, &context.interrupt, listener) => Ok(observed?),
        () = context.interrupt.requested() => Err(Error::Interrupted),
    }
}
