//! The server for scratch databases: the one that the user names, else one of our own. Never the target: nobody's data
//! are in the way.

use super::context::{Context, Story};
use crate::catalog::Catalog;
use crate::cli::ConnectionString;
use crate::error::Error;
use crate::migration::MigrationSet;
use crate::postgres::rebuild::{Observed, Rebuild, Surroundings, without_the_database};
use crate::postgres::scratch::ScratchServer;
use crate::postgres::{Session, Target};

pub(super) async fn server(
    context: &Context,
    url: Option<&ConnectionString>,
    story: &mut dyn Story,
) -> Result<ScratchServer, Error> {
    let Some(url) = url else { return own(context, story).await };
    let target = Target::resolve(Some(url.as_str()), &context.environment)?;
    tokio::select! {
        server = ScratchServer::at(&target) => server.map_err(|error| Error::from(error).on(&target)),
        () = context.interrupt.requested() => Err(Error::Interrupted),
    }
}

/// A start is not broken off: what it has begun would stay behind.
async fn own(context: &Context, story: &mut dyn Story) -> Result<ScratchServer, Error> {
    let binaries = super::binaries::find(context, story).await?;
    let server = ScratchServer::own(binaries).await;
    if context.interrupt.is_requested() { Err(Error::Interrupted) } else { Ok(server?) }
}

/// Builds what these migrations make, with around it what is around the target, and reads it.
pub(super) async fn build(
    context: &Context,
    url: Option<&ConnectionString>,
    target: &Session,
    observed: &Observed,
    set: &MigrationSet,
    story: &mut dyn Story,
) -> Result<Catalog, Error> {
    let scratch = server_like(context, url, target, &observed.surroundings, story).await?;
    let rebuild = Rebuild {
        scratch: &scratch,
        surroundings: &observed.surroundings,
        history: &observed.history.rows,
        set,
        table: &context.table,
        seeds_table: &context.seeds_table(),
        interrupt: &context.interrupt,
    };
    let built = rebuild.run().await;
    let on = scratch.target().clone();
    let closed = scratch.close().await;
    let built = built.map_err(|error| Error::from(error).on(&on))?;
    closed.map_err(|error| Error::from(error).on(&on))?;
    Ok(without_the_database(built))
}

/// The server, for building what is to be compared with a target.
async fn server_like(
    context: &Context,
    url: Option<&ConnectionString>,
    target: &Session,
    surroundings: &Surroundings,
    story: &mut dyn Story,
) -> Result<ScratchServer, Error> {
    let mut scratch = server(context, url, story).await?;
    if let Some(name) = surroundings.first_role() {
        let on = scratch.target().clone();
        scratch.rename_superuser(name).await.map_err(|error| Error::from(error).on(&on))?;
    }
    let (ours, theirs) = (scratch.version(), target.server_version());
    if ours != theirs {
        story.note(&format!(
            "the scratch database is on PostgreSQL {ours}, the target on {theirs}: small differences may come from that"
        ));
    }
    Ok(scratch)
}
