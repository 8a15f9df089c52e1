//! `pmdb down`: undo what is applied.

use super::confirm::{Loss, LossKind};
use super::context::{Context, MigratorOptions};
use super::report::{Report, StatusSubject};
use super::reporter::Reporter;
use super::seed::tell_lost;
use super::server_handle::ServerHandle;
use super::up::{plan, report};
use crate::cli::{DownArgs, DryRun};
use crate::commands::error::Error;
use crate::migration::Direction;
use crate::postgres::Migrator;

pub(super) async fn run(
    context: &Context,
    args: &DownArgs,
    reporter: &mut dyn Reporter,
) -> Result<Report, Error> {
    let work = async |server: &ServerHandle, reporter: &mut dyn Reporter| {
        undo(context, args, server, reporter).await
    };
    context.with_server(args.waiting.lock_wait, reporter, work).await
}

async fn undo(
    context: &Context,
    args: &DownArgs,
    server: &ServerHandle,
    reporter: &mut dyn Reporter,
) -> Result<Report, Error> {
    let mut migrator = context
        .migrator(server, &MigratorOptions::down(&args.waiting, args.force.force()), reporter)
        .await?
        .backfill_pace(args.batches.pace());
    if args.dry_run() == DryRun::Yes {
        return plan(context, &migrator, &args.goal(), reporter).await;
    }
    confirm(context, args, &migrator, reporter).await?;
    let outcome = migrator.run(&args.goal(), reporter.listener()).await?;
    if !outcome.finished.is_empty() {
        tell_lost(context, &migrator, reporter).await;
    }
    Ok(report(context, &migrator, StatusSubject::Migrations, Direction::Down, outcome))
}

/// Nobody is asked about a database in which nothing may be undone, or nothing is.
async fn confirm(
    context: &Context,
    args: &DownArgs,
    migrator: &Migrator,
    reporter: &mut dyn Reporter,
) -> Result<(), Error> {
    let (session, consent) = (migrator.session(), args.yes.consent());
    let loss = Loss { session, database: session.target().database(), kind: LossKind::UndoAll };
    if !loss.needs(consent) || !args.may_undo_all() {
        return Ok(());
    }
    let history = migrator.history().await?;
    migrator.obey_protection(history.protection)?;
    if history.rows.is_empty() || !args.undoes_all_of(history.rows.len()) {
        return Ok(());
    }
    loss.confirm(context, consent, reporter).await
}
