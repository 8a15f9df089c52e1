//! `pmdb verify`: does each down half reverse its up half?

use std::time::Instant;

use super::context::{Context, FileSource, load};
use super::report::{Report, VerifyReport};
use super::reporter::Reporter;
use super::scratch;
use crate::cli::VerifyArgs;
use crate::commands::error::Error;
use crate::fill::fill_notes;
use crate::migration::Halves;
use crate::postgres::verify::{Jobs, Subject, Verified, VerifyError, verify};

pub(super) async fn run(
    context: &Context,
    args: &VerifyArgs,
    reporter: &mut dyn Reporter,
) -> Result<Report, Error> {
    let start = Instant::now();
    let set = load(&context.migrations, reporter)?;
    let seeds = match &context.seeds {
        FileSource::Folder(dir) if !dir.is_dir() => None,
        source => Some(load(source, reporter)?).filter(|seeds| !seeds.migrations().is_empty()),
    };
    for seed in seeds.iter().flat_map(|seeds| seeds.migrations()) {
        fill_notes(seed)?;
    }
    args.scope().check(&set)?;
    let (set, seeds) = (scratch::as_tried(&set)?, seeds.as_ref().map(scratch::as_tried).transpose()?);
    let report = |verified: &Verified| VerifyReport::new(verified, args.strictness(), start.elapsed());
    if set.migrations().is_empty() {
        return Ok(Report::Verify(report(&Verified::nothing())));
    }
    let mut to_run = vec![(&set, Halves::Both)];
    to_run.extend(seeds.as_ref().map(|seeds| (seeds, Halves::Both)));
    let mut scratch = scratch::server(context, &args.scratch, &to_run, reporter).await?;
    // On the heap: all of this would be too much for a small stack.
    let likening = scratch::be_like_the_target(context, &args.scratch, &mut scratch, &set, reporter);
    Box::pin(likening).await?;
    let seeds_table = context.seeds_table();
    let subject = Subject {
        scratch: &scratch,
        set: &set,
        seeds: seeds.as_ref(),
        table: &context.table,
        seeds_table: &seeds_table,
        scope: args.scope(),
        jobs: args.jobs.map_or(Jobs::Automatic, Jobs::Exactly),
        interrupt: &context.interrupt,
    };
    let verified = Box::pin(verify(&subject, reporter.verify_listener())).await;
    let on = scratch.target().clone();
    let closed = scratch.close().await;
    match verified {
        Ok(verified) => {
            closed.map_err(|error| Error::from(error).on(&on))?;
            Ok(Report::Verify(report(&verified)))
        }
        Err(VerifyError::UpFails(mut source)) => {
            let findings = std::mem::take(&mut source.findings);
            let so_far = Box::new(report(&Verified { findings, ..Verified::nothing() }));
            Err(Error::VerifyStopped { source, so_far }.on(&on))
        }
        Err(error) => Err(Error::from(error).on(&on)),
    }
}
