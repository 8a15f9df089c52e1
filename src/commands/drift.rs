//! `pmdb drift`: what was changed by hand?

use super::context::{Context, Story, load};
use super::report::{DriftReport, Report};
use super::scratch;
use crate::catalog::Difference;
use crate::cli::DriftArgs;
use crate::error::Error;
use crate::migration::{AsApplied, MigrationSet, as_applied};
use crate::postgres::rebuild::{Observed, observe, without_the_database};
use crate::postgres::{Listen, MigratorError, Session};

pub(super) async fn run(context: &Context, args: &DriftArgs, story: &mut dyn Story) -> Result<Report, Error> {
    let set = load(&context.migrations, story)?;
    let reached = context.reach(Listen::Socket, super::context::USUAL_WAIT, story).await?;
    let session = context.connect(&reached.target, story.listener()).await?;
    let observed = look(context, &session, &set, story).await?;
    let AsApplied { migrations, from_history } =
        as_applied(&set, &observed.history.rows).map_err(MigratorError::Plan)?;
    for version in &from_history {
        story.note(&format!(
            "{version}: the file is gone or has changed since, so the text in the history counts"
        ));
    }
    let applied = migrations.len();
    let set = MigrationSet::new(migrations)?;
    let built = scratch::build(context, args.scratch_url.as_ref(), &session, &observed, &set, story).await?;
    session.close().await;
    let there = without_the_database(observed.catalog);
    let database = reached.target.database().to_owned();
    reached.leave()?;
    Ok(Report::Drift(DriftReport {
        database,
        applied,
        from_history,
        strictness: args.strictness(),
        differences: Difference::between(&built, &there),
    }))
}

/// Looks at the target, unless a wish to stop comes first.
pub(super) async fn look(
    context: &Context,
    session: &Session,
    set: &MigrationSet,
    story: &mut dyn Story,
) -> Result<Observed, Error> {
    let seeds_table = context.seeds_table();
    let listener = story.listener();
    tokio::select! {
        observed = observe(session, set, &context.table, &seeds_table, &context.interrupt, listener) => Ok(observed?),
        () = context.interrupt.requested() => Err(Error::Interrupted),
    }
}
