//! The server for scratch databases: the one that the user names, else one of our own. Never the target: nobody's data
//! are in the way.

use std::ffi::OsString;

use super::context::{Context, Story};
use crate::cli::ConnectionString;
use crate::error::Error;
use crate::postgres::rebuild::Surroundings;
use crate::postgres::scratch::ScratchServer;
use crate::postgres::{Binaries, Session, Target};

pub(super) async fn server(
    context: &Context,
    url: Option<&ConnectionString>,
) -> Result<ScratchServer, Error> {
    let making = async {
        match url {
            Some(url) => {
                let target = Target::resolve(Some(url.as_str()), &context.environment)?;
                Ok(ScratchServer::at(&target).await?)
            }
            None => {
                let binaries = Binaries::find(|name| context.environment.get(name).map(OsString::from))?;
                Ok(ScratchServer::own(binaries).await?)
            }
        }
    };
    tokio::select! {
        server = making => server,
        () = context.interrupt.requested() => Err(Error::Interrupted),
    }
}

/// The same, for building what is to be compared with a target.
pub(super) async fn server_like(
    context: &Context,
    url: Option<&ConnectionString>,
    target: &Session,
    surroundings: &Surroundings,
    story: &mut dyn Story,
) -> Result<ScratchServer, Error> {
    let mut scratch = server(context, url).await?;
    if let Some(name) = surroundings.first_role() {
        scratch.rename_superuser(name).await?;
    }
    let (ours, theirs) = (scratch.version(), target.server_version());
    if ours != theirs {
        story.note(&format!(
            "the scratch database is on PostgreSQL {ours}, the target on {theirs}: small differences may come from that"
        ));
    }
    Ok(scratch)
}
