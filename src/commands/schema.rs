//! `pmdb schema`: what is there.

use super::context::{Context, Story};
use super::report::{Report, SchemaReport};
use crate::catalog::schema::Schema;
use crate::cli::SchemaArgs;
use crate::embedded::Listen;
use crate::error::Error;

pub(super) async fn run(
    context: &Context,
    args: &SchemaArgs,
    story: &mut dyn Story,
) -> Result<Report, Error> {
    let reached = context.reach(Listen::Socket, super::context::USUAL_WAIT, story).await?;
    let session = context.connect(&reached.target, story.listener()).await?;
    let catalog = context.catalog(&session).await?;
    session.close().await;
    let database = reached.target.database().to_owned();
    reached.leave()?;
    Ok(Report::Schema(SchemaReport { database, schema: Schema::of(&catalog), format: args.format }))
}
