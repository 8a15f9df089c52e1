//! `pmdb up`: apply what is pending.

use super::context::{ALLOW_EMPTY, Context, MigratorOptions};
use super::report::{Nothing, PlanReport, Report, RunReport, StatusSubject};
use super::reporter::Reporter;
use super::server_handle::ServerHandle;
use crate::cli::{DryRun, UpArgs};
use crate::commands::error::Error;
use crate::migration::{Direction, Goal};
use crate::postgres::{Migrator, MigratorError, Outcome, SqlError};

pub(super) async fn run(
    context: &Context,
    args: &UpArgs,
    reporter: &mut dyn Reporter,
) -> Result<Report, Error> {
    let work = async |server: &ServerHandle, reporter: &mut dyn Reporter| {
        apply(context, args, server, reporter).await
    };
    context.with_server(args.waiting.lock_wait, reporter, work).await
}

async fn apply(
    context: &Context,
    args: &UpArgs,
    server: &ServerHandle,
    reporter: &mut dyn Reporter,
) -> Result<Report, Error> {
    let mut migrator = context
        .migrator(server, &MigratorOptions::up(&args.waiting), reporter)
        .await?
        .backfill_pace(args.batches.pace());
    if !args.allow_empty {
        context.must_have_migrations(migrator.set(), ALLOW_EMPTY)?;
    }
    if args.dry_run() == DryRun::Yes {
        return plan(context, &migrator, &args.goal(), reporter).await;
    }
    let outcome = match migrator.run(&args.goal(), reporter.listener()).await {
        Err(error) if migrator.began_empty() && makes_what_exists(&error) => {
            return Err(Error::IsThereAlready(error));
        }
        outcome => outcome?,
    };
    let report = report(context, &migrator, StatusSubject::Migrations, Direction::Up, outcome);
    context.keep(migrator);
    Ok(report)
}

fn makes_what_exists(error: &MigratorError) -> bool {
    let MigratorError::Run(failure) = error else { return false };
    failure.cause.server_error().is_some_and(SqlError::is_about_what_exists)
}

/// The answer of a dry run.
pub(super) async fn plan(
    context: &Context,
    migrator: &Migrator,
    goal: &Goal,
    reporter: &mut dyn Reporter,
) -> Result<Report, Error> {
    let plan = migrator.dry_run(goal, reporter.listener()).await?;
    let nothing = plan.nothing.clone().map(|why| Nothing { why, folder: context.migrations.shown() });
    Ok(Report::Plan(PlanReport::new(migrator.session().target().name(), &plan, nothing)))
}

/// The answer of a run.
pub(super) fn report(
    context: &Context,
    migrator: &Migrator,
    subject: StatusSubject,
    direction: Direction,
    outcome: Outcome,
) -> Report {
    let files = match subject {
        StatusSubject::Migrations => &context.migrations,
        StatusSubject::Seeds => &context.seeds,
    };
    Report::Run(RunReport {
        nothing: outcome.nothing.map(|why| Nothing { why, folder: files.shown() }),
        database: migrator.session().target().name(),
        subject,
        direction,
        execution_ms: u64::try_from(outcome.took.as_millis()).unwrap_or(u64::MAX),
        steps: outcome.finished,
        rows: Vec::new(),
        missing: outcome.missing.into_iter().map(|(version, _)| version).collect(),
        deferred: outcome.deferred,
        held: outcome.held,
    })
}
