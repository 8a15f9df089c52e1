//! `pmdb resolve V`: say what became of a statement that was running when a run broke off.

use std::time::Duration;

use super::context::{Context, DEFAULT_WAIT, MigratorOptions};
use super::report::{Report, ResolveReport};
use super::reporter::Reporter;
use super::server_handle::ServerHandle;
use crate::cli::ResolveArgs;
use crate::commands::error::Error;

pub(super) async fn run(
    context: &Context,
    args: &ResolveArgs,
    reporter: &mut dyn Reporter,
) -> Result<Report, Error> {
    let work = async |server: &ServerHandle, reporter: &mut dyn Reporter| {
        resolve(context, args, server, reporter).await
    };
    context.with_server(DEFAULT_WAIT, reporter, work).await
}

async fn resolve(
    context: &Context,
    args: &ResolveArgs,
    server: &ServerHandle,
    reporter: &mut dyn Reporter,
) -> Result<Report, Error> {
    // While the statement is still running, there is nothing to say of it.
    let migrator =
        context.migrator(server, &MigratorOptions::reading(), reporter).await?.lock_wait(Duration::ZERO);
    let resolution = args.resolution();
    let resolved = migrator.resolve(&args.version, resolution, reporter.listener()).await?;
    let resolved = resolved.ok_or_else(|| Error::Resolve { version: args.version.clone() })?;
    let report = ResolveReport::new(migrator.session().target().name(), resolved, resolution);
    Ok(Report::Resolve(report))
}
