//! `pmdb schema`: what is there.

use super::context::{Context, Reporter};
use super::report::{Report, SchemaReport};
use crate::catalog::schema::Schema;
use crate::cli::SchemaArgs;
use crate::embedded::Listen;
use crate::error::Error;

pub(super) async fn run(
    context: &Context,
    args: &SchemaArgs,
    reporter: &mut dyn Reporter,
) -> Result<Report, Error> {
    let reached = context.reach(Listen::Socket, super::context::DEFAULT_WAIT, reporter).await?;
    let session = context.connect(&reached.target, reporter.listener()).await?;
    let catalog = context.catalog(&session).await?;
    session.close().await;
    let database = reached.target.database().to_owned();
    reached.close()?;
    Ok(Report::Schema(SchemaReport { database, schema: Schema::of(&catalog), format: args.format }))
}
