//! `pmdb status`: where every migration stands.

use super::context::{ALLOW_EMPTY, Context, DEFAULT_WAIT, MigratorOptions};
use super::report::{BackfillShare, Report, StatusReport, StatusRow, shown};
use super::reporter::Reporter;
use super::server_handle::ServerHandle;
use crate::cli::{Check, StatusArgs};
use crate::commands::error::Error;
use crate::migration::{Entry, reconcile};
use crate::postgres::{Event, History, Migrator, PutOffNote, TableState};

pub(super) async fn run(
    context: &Context,
    args: &StatusArgs,
    reporter: &mut dyn Reporter,
) -> Result<Report, Error> {
    let work = async |server: &ServerHandle, reporter: &mut dyn Reporter| {
        status(context, args, server, reporter).await
    };
    context.with_server(DEFAULT_WAIT, reporter, work).await
}

async fn status(
    context: &Context,
    args: &StatusArgs,
    server: &ServerHandle,
    reporter: &mut dyn Reporter,
) -> Result<Report, Error> {
    let migrator = context.migrator(server, &MigratorOptions::reading(), reporter).await?;
    if args.check() == Check::Yes && !args.allow_empty {
        context.must_have_migrations(migrator.set(), ALLOW_EMPTY)?;
    }
    let history = migrator.history().await?;
    if history.put_off == PutOffNote::Present {
        reporter.listener().event(Event::StillPutOff(&migrator.history_table().put_off()));
    }
    let folder = context.migrations.shown();
    let report = report(&migrator, &history, &folder, args);
    context.keep((migrator, history));
    Ok(Report::Status(report))
}

fn report(migrator: &Migrator, history: &History, folder: &str, args: &StatusArgs) -> StatusReport {
    let entries = reconcile(migrator.set(), &history.rows);
    StatusReport {
        database: migrator.session().target().name(),
        table: migrator.history_table().to_string(),
        names_no_table: history.table == TableState::Absent && migrator.history_table().is_named(),
        folder: folder.to_owned(),
        checks: args.check() == Check::Yes,
        applied: entries.iter().filter(|entry| entry.applied.is_some() && !entry.state.is_pending()).count(),
        pending: entries.iter().filter(|entry| entry.is_pending()).count(),
        migrations: entries.iter().map(row).collect(),
    }
}

fn row(entry: &Entry<'_>) -> StatusRow {
    let applied = entry.applied;
    let progress = applied.and_then(|row| row.progress.as_ref());
    StatusRow {
        version: entry.version.clone(),
        name: entry.name().to_owned(),
        state: entry.state,
        reversible: entry.is_reversible(),
        applied_as: applied.map(|row| &row.version).filter(|version| *version != entry.version).cloned(),
        file: entry.migration.map(|migration| shown(&migration.path)),
        applied_at: applied.and_then(|row| row.applied_at.clone()),
        applied_by: applied.and_then(|row| row.applied_by.clone()),
        execution_ms: applied.and_then(|row| row.execution_ms),
        statements_done: progress.map(|progress| progress.done),
        statements_total: progress.map(|progress| progress.total),
        deferred: entry.is_deferred(),
        backfill: progress.and_then(|progress| progress.backfill.as_ref()).map(BackfillShare::of),
    }
}
