//! `pmdb fill`: rows for the tables; `pmdb fill --restore`: what a run that was killed has put off.

use std::thread;

use super::context::Context;
use super::report::{Report, RestoreReport};
use super::reporter::Reporter;
use super::server_handle::ServerHandle;
use crate::cli::FillArgs;
use crate::commands::error::Error;
use crate::postgres::load::{LoadOptions, Loading};

pub(super) async fn run(
    context: &Context,
    args: &FillArgs,
    reporter: &mut dyn Reporter,
) -> Result<Report, Error> {
    let work = async |server: &ServerHandle, reporter: &mut dyn Reporter| {
        restore(context, args, server, reporter).await
    };
    context.with_server(args.waiting.lock_wait, reporter, work).await
}

async fn restore(
    context: &Context,
    args: &FillArgs,
    server: &ServerHandle,
    reporter: &mut dyn Reporter,
) -> Result<Report, Error> {
    let session = context.connect(&server.target, reporter.listener()).await?;
    let loading = Loading::begin(session, options(context, args), reporter.load_listener()).await?;
    let restored = loading.put_back(reporter.load_listener()).await;
    let session = loading.end().await;
    let database = session.target().name();
    session.close().await;
    Ok(Report::Restore(RestoreReport { database, restored: restored? }))
}

fn options(context: &Context, args: &FillArgs) -> LoadOptions {
    let cores = || thread::available_parallelism().map_or(1, usize::from);
    LoadOptions {
        history: context.table.clone(),
        jobs: args.jobs.unwrap_or_else(cores),
        lock_wait: args.waiting.lock_wait,
        lock_timeout: args.waiting.lock_timeout,
        lock_retries: args.waiting.lock_retries,
        interrupt: context.interrupt.clone(),
    }
}
