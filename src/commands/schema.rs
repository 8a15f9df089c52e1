//! `pmdb schema`: what is there.

use super::context::{Context, DEFAULT_WAIT};
use super::report::{Report, SchemaReport};
use super::reporter::Reporter;
use super::server_handle::ServerHandle;
use crate::catalog::schema::Schema;
use crate::commands::error::Error;

pub(super) async fn run(context: &Context, reporter: &mut dyn Reporter) -> Result<Report, Error> {
    let work =
        async |server: &ServerHandle, reporter: &mut dyn Reporter| read(context, server, reporter).await;
    context.with_server(DEFAULT_WAIT, reporter, work).await
}

async fn read(
    context: &Context,
    server: &ServerHandle,
    reporter: &mut dyn Reporter,
) -> Result<Report, Error> {
    let session = context.connect(&server.target, reporter.listener()).await?;
    let catalog = context.catalog(&session).await?;
    let database = session.target().name();
    session.close().await;
    Ok(Report::Schema(SchemaReport { database, schema: Schema::of(&catalog) }))
}
