//! `pmdb verify`: does each down half reverse its up half?

use std::ffi::OsString;
use std::time::Instant;

use super::context::{Context, Source, Story, load};
use super::report::{Report, VerifyReport};
use crate::cli::VerifyArgs;
use crate::error::Error;
use crate::postgres::scratch::ScratchServer;
use crate::postgres::verify::{Subject, Verified, verify};
use crate::postgres::{Binaries, Target};

pub(super) async fn run(
    context: &Context,
    args: &VerifyArgs,
    story: &mut dyn Story,
) -> Result<Report, Error> {
    let start = Instant::now();
    let set = load(&context.migrations, story)?;
    let seeds = match &context.seeds {
        Source::Folder(dir) if !dir.is_dir() => None,
        source => Some(load(source, story)?).filter(|seeds| !seeds.migrations().is_empty()),
    };
    args.scope().check(&set)?;
    let report = |verified: &Verified| {
        Report::Verify(VerifyReport::new(verified, args.strictness(), args.format, start.elapsed()))
    };
    if set.migrations().is_empty() {
        return Ok(report(&Verified::nothing()));
    }
    let scratch = scratch_server(context, args).await?;
    let seeds_table = context.seeds_table();
    let subject = Subject {
        scratch: &scratch,
        set: &set,
        seeds: seeds.as_ref(),
        table: &context.table,
        seeds_table: &seeds_table,
        scope: args.scope(),
        jobs: args.jobs,
        interrupt: &context.interrupt,
    };
    let verified = verify(&subject, story.listener()).await;
    let closed = scratch.close().await;
    let verified = verified?;
    closed?;
    Ok(report(&verified))
}

/// The server that the user names, else one of our own. Never the target: nobody's data are in the way.
async fn scratch_server(context: &Context, args: &VerifyArgs) -> Result<ScratchServer, Error> {
    let Some(url) = &args.scratch_url else { return own_server(context).await };
    let target = Target::resolve(Some(url.as_str()), &context.environment)?;
    tokio::select! {
        server = ScratchServer::at(&target) => Ok(server?),
        () = context.interrupt.requested() => Err(Error::Interrupted),
    }
}

/// A start is not broken off: what it has begun would stay behind.
async fn own_server(context: &Context) -> Result<ScratchServer, Error> {
    let binaries = Binaries::find(|name| context.environment.get(name).map(OsString::from))?;
    let server = ScratchServer::own(binaries).await;
    if context.interrupt.is_requested() { Err(Error::Interrupted) } else { Ok(server?) }
}
