//! `pmdb plan`: what will a deploy do to this database?

use super::context::{ALLOW_EMPTY, Context, DEFAULT_WAIT, MigratorOptions};
use super::report::{FileImpact, ImpactReport, Nothing, Report};
use super::reporter::Reporter;
use super::scratch;
use super::server_handle::ServerHandle;
use crate::cli::PlanArgs;
use crate::commands::error::Error;
use crate::impact::TargetStats;
use crate::migration::{AppliedMigration, MigrationSet, Plan, Step, effective_migrations};
use crate::postgres::rebuild::{ObservedHistory, observe_history};
use crate::postgres::{Force, Migrator, MigratorError, target_stats};

pub(super) async fn run(
    context: &Context,
    args: &PlanArgs,
    reporter: &mut dyn Reporter,
) -> Result<Report, Error> {
    let work = async |server: &ServerHandle, reporter: &mut dyn Reporter| {
        look_ahead(context, args, server, reporter).await
    };
    context.with_server(DEFAULT_WAIT, reporter, work).await
}

async fn look_ahead(
    context: &Context,
    args: &PlanArgs,
    server: &ServerHandle,
    reporter: &mut dyn Reporter,
) -> Result<Report, Error> {
    let migrator = context.migrator(server, &MigratorOptions::planning(), reporter).await?;
    let migrator = migrator.force(Force::Override);
    if !args.allow_empty {
        context.must_have_migrations(migrator.set(), ALLOW_EMPTY)?;
    }
    let Plan { steps, nothing, .. } = migrator.plan_and_tell(&args.goal(), reporter.listener()).await?;
    let mut report = ImpactReport {
        database: migrator.session().target().name(),
        direction: args.direction(),
        applied: 0,
        files: Vec::new(),
        gaps: Vec::new(),
        nothing: nothing.map(|why| Nothing { why, folder: context.migrations.shown() }),
    };
    if steps.is_empty() {
        return Ok(Report::Impact(report));
    }
    let (observed, stats) = look(context, &migrator, reporter).await?;
    let applied = applied(migrator.set(), &observed.history.rows, &steps)?;
    report.applied = applied.migrations().len();
    if let Some(stats) = &stats {
        report.gaps.extend(stats.gaps.iter().map(ToString::to_string));
    }
    let traced = scratch::trace(
        context,
        &args.scratch,
        migrator.session(),
        &observed,
        &applied,
        &steps,
        reporter,
    );
    let traced = traced.await?;
    migrator.into_session().close().await;
    let files = traced.files.into_iter().zip(&steps);
    report.files = files.map(|(file, step)| FileImpact::new(step.name(), file, stats.as_ref())).collect();
    Ok(Report::Impact(report))
}

/// Looks at the target. Without its sizes, what was seen on the scratch database is told all the same.
async fn look(
    context: &Context,
    migrator: &Migrator,
    reporter: &mut dyn Reporter,
) -> Result<(ObservedHistory, Option<TargetStats>), Error> {
    let session = migrator.session();
    let looking = async {
        let observed =
            observe_history(session, migrator.set(), &context.table, &context.interrupt, reporter.listener());
        let observed = observed.await?;
        let stats = target_stats(session).await;
        Ok::<_, Error>((observed, stats))
    };
    let (observed, stats) = tokio::select! {
        looked = looking => looked?,
        () = context.interrupt.requested() => return Err(Error::Interrupted),
    };
    match stats {
        Ok(stats) => Ok((observed, Some(stats))),
        Err(error) => {
            reporter.note(&format!("how large the tables are is not known: {error}"));
            Ok((observed, None))
        }
    }
}

/// What the scratch database is built from: what is applied, without what the steps go on with.
fn applied(
    set: &MigrationSet,
    rows: &[AppliedMigration],
    steps: &[Step],
) -> Result<MigrationSet, Error> {
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
