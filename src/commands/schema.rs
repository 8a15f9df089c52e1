//! `pmdb schema`: what is there.

use super::context::{Context, DEFAULT_WAIT};
use super::report::{Report, SchemaReport};
use super::reporter::Reporter;
use super::server_handle::ServerHandle;
use crate::catalog::schema::Schema;
use crate::cli::SchemaArgs;
use crate::commands::error::Error;

pub(super) async fn run(
    context: &Context,
    args: &SchemaArgs,
    reporter: &mut dyn Reporter,
) -> Result<Report, Error> {
    let work = async |server: &ServerHandle, reporter: &mut dyn Reporter| {
        read(context, args, server, reporter).await
    };
    context.with_server(DEFAULT_WAIT, reporter, work).await
}

async fn read(
    context: &Context,
    args: &SchemaArgs,
    server: &ServerHandle,
    reporter: &mut dyn Reporter,
) -> Result<Report, Error> {
    let session = context.connect(&server.target, reporter.listener()).await?;
    let catalog = context.catalog(&session).await?;
    session.close().await;
    let database = server.target.database().to_owned();
    Ok(Report::Schema(SchemaReport { database, schema: Schema::of(&catalog), format: args.format }))
}
