//! `pmdb resolve V`: say what became of a statement that was running when a run broke off.

use std::time::Duration;

use super::context::{Context, Reporter};
use super::report::{Report, ResolveReport};
use crate::cli::ResolveArgs;
use crate::embedded::Listen;
use crate::error::Error;

pub(super) async fn run(
    context: &Context,
    args: &ResolveArgs,
    reporter: &mut dyn Reporter,
) -> Result<Report, Error> {
    let reached = context.reach(Listen::Socket, super::context::DEFAULT_WAIT, reporter).await?;
    // While the statement is still running, there is nothing to say of it.
    let migrator = context.reader(&reached, reporter).await?.lock_wait(Duration::ZERO);
    let resolution = args.resolution();
    let resolved = migrator.resolve(&args.version, resolution, reporter.listener()).await?;
    let resolved = resolved.ok_or_else(|| Error::Resolve { version: args.version.clone() })?;
    let report = ResolveReport::new(migrator.session().target().database(), resolved, resolution);
    drop(migrator);
    reached.close()?;
    Ok(Report::Resolve(report))
}
