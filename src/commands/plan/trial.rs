//! The files are tried on a scratch database that is like the target.

use super::{PATIENCE, no_history};
use crate::cli::PlanArgs;
use crate::commands::context::Context;
use crate::commands::error::Error;
use crate::commands::reporter::Reporter;
use crate::commands::scratch::{self, OnVersion};
use crate::migration::{AppliedMigration, MigrationSet, Plan, Step, effective_migrations};
use crate::postgres::rebuild::{ObservedHistory, ServerEnvironment, observe_history};
use crate::postgres::trace::Traced;
use crate::postgres::{Inquiry, Migrator, MigratorError};

/// What came of it.
pub(super) struct TrialRun {
    pub traced: Traced,
    /// Where.
    pub on: OnVersion,
    /// The target's.
    pub environment: ServerEnvironment,
    /// How many migrations it was built from.
    pub applied: usize,
}

pub(super) async fn run(
    context: &Context,
    args: &PlanArgs,
    migrator: &Migrator,
    inquiry: &Inquiry<'_>,
    plan: &Plan,
    reporter: &mut dyn Reporter,
) -> Result<TrialRun, Error> {
    let observed = observed(context, migrator, inquiry, reporter).await?;
    let set = applied(migrator.set(), &observed.history.rows, &plan.steps)?;
    let traced = scratch::trace(context, &args.scratch, migrator.session(), &observed, &set, plan, reporter);
    let (traced, on) = traced.await?;
    Ok(TrialRun { traced, on, environment: observed.environment, applied: set.migrations().len() })
}

/// What the scratch database is made after.
async fn observed(
    context: &Context,
    migrator: &Migrator,
    inquiry: &Inquiry<'_>,
    reporter: &mut dyn Reporter,
) -> Result<ObservedHistory, Error> {
    let (session, set) = (migrator.session(), migrator.set());
    let observed = observe_history(session, set, &context.table, &context.interrupt, reporter.listener());
    tokio::select! {
        observed = inquiry.within(PATIENCE, observed) => Ok(observed.map_err(no_history)??),
        () = context.interrupt.requested() => Err(Error::Interrupted),
    }
}

/// What the scratch database is built from: what is applied, without what the steps go on with.
fn applied(set: &MigrationSet, rows: &[AppliedMigration], steps: &[Step]) -> Result<MigrationSet, Error> {
    let resumed = |row: &AppliedMigration| {
        steps.iter().find(|step| step.resume().is_some_and(|resume| resume.version == row.version))
    };
    let rows: Vec<AppliedMigration> = rows
        .iter()
        .filter(|row| !matches!(resumed(row), Some(Step::Up(_))))
        .map(|row| match resumed(row) {
            Some(Step::Down(_)) => AppliedMigration { progress: None, ..row.clone() },
            _ => row.clone(),
        })
        .collect();
    let applied = effective_migrations(set, &rows).map_err(MigratorError::Plan)?;
    Ok(MigrationSet::new(applied.migrations)?)
}
