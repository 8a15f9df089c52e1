//! `pmdb verify`: does each down half reverse its up half?

use std::time::Instant;

use super::context::{Context, Source, Story, load};
use super::report::{Report, VerifyReport};
use super::scratch;
use crate::cli::VerifyArgs;
use crate::error::Error;
use crate::postgres::verify::{Subject, Verified, verify};

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
    let scratch = scratch::server(context, args.scratch_url.as_ref(), story).await?;
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
    let on = scratch.target().clone();
    let closed = scratch.close().await;
    let verified = verified.map_err(|error| Error::from(error).on(&on))?;
    closed.map_err(|error| Error::from(error).on(&on))?;
    Ok(report(&verified))
}
