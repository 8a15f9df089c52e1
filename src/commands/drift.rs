//! `pmdb drift`: what was changed by hand?

use super::context::{Context, Story, load};
use super::report::{DriftReport, Report};
use super::{ignore, scratch};
use crate::catalog::Difference;
use crate::cli::DriftArgs;
use crate::connect::Session;
use crate::embedded::Listen;
use crate::error::Error;
use crate::migration::{AsApplied, MigrationSet, as_applied};
use crate::postgres::MigratorError;
use crate::postgres::rebuild::{Observed, observe, without_what_differs_by_nature};

pub(super) async fn run(context: &Context, args: &DriftArgs, story: &mut dyn Story) -> Result<Report, Error> {
    let known = ignore::known(&args.ignore)?;
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
    let built = scratch::build(context, &args.scratch, &session, &observed, &set, story).await?;
    session.close().await;
    let there = without_what_differs_by_nature(observed.catalog);
    let (differences, ignored) = Difference::between(&built, &there).without_data().without(&known);
    let database = reached.target.database().to_owned();
    reached.leave()?;
    Ok(Report::Drift(DriftReport {
        database,
        applied,
        from_history,
        strictness: args.strictness(),
        differences,
        ignored,
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
