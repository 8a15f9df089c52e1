//! `pmdb schema`: what is there.

use super::context::{Context, Story};
use super::report::{Report, SchemaReport};
use crate::catalog::schema::Schema;
use crate::cli::SchemaArgs;
use crate::error::Error;
use crate::postgres::{Listen, read_catalog};

pub(super) async fn run(
    context: &Context,
    args: &SchemaArgs,
    story: &mut dyn Story,
) -> Result<Report, Error> {
    let reached = context.reach(Listen::Socket, super::context::USUAL_WAIT, story).await?;
    let session = context.connect(&reached.target).await?;
    let own_tables = [context.table.clone(), context.seeds_table()];
    let catalog = tokio::select! {
        catalog = read_catalog(&session, &own_tables) => catalog?,
        () = context.interrupt.requested() => return Err(Error::Interrupted),
    };
    session.close().await;
    let database = reached.target.database().to_owned();
    reached.leave()?;
    Ok(Report::Schema(SchemaReport { database, schema: Schema::of(&catalog), format: args.format }))
}
