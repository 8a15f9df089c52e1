//! `pmdb wait`: wait until a server answers that is what was asked for.

use std::time::{Duration, Instant};

use super::context::Context;
use super::report::{Report, WaitReport};
use super::reporter::Reporter;
use super::server_handle::ServerHandle;
use crate::cli::WaitArgs;
use crate::commands::error::Error;

/// Between two tries.
const PAUSE: Duration = Duration::from_millis(200);

/// The time that a try gets even when less is left: a server that is up has to be found with any `--timeout`.
const SHORTEST_TRY: Duration = Duration::from_secs(1);

pub(super) async fn run(
    context: &Context,
    args: &WaitArgs,
    reporter: &mut dyn Reporter,
) -> Result<Report, Error> {
    let work = async |server: &ServerHandle, reporter: &mut dyn Reporter| {
        wait(context, args, server, reporter).await
    };
    context.with_server(args.timeout, reporter, work).await
}

async fn wait(
    context: &Context,
    args: &WaitArgs,
    server: &ServerHandle,
    reporter: &mut dyn Reporter,
) -> Result<Report, Error> {
    let start = Instant::now();
    let seconds = args.timeout.as_secs_f64();
    let mut last = None;
    let database = loop {
        let left = args.timeout.saturating_sub(start.elapsed()).max(SHORTEST_TRY);
        let error = match tokio::time::timeout(left, context.connect_once(&server.target)).await {
            Ok(Ok(session)) => break session.target().name(),
            Ok(Err(Error::Connect(error))) if error.may_pass() => error,
            Ok(Err(error)) => return Err(error),
            // A server that takes the connection and then never says a word.
            Err(_) => return Err(Error::WaitedInVain { seconds, last }),
        };
        if start.elapsed() >= args.timeout {
            return Err(Error::WaitedInVain { seconds, last: Some(error) });
        }
        if last.is_none() {
            reporter.note(&format!("waiting: {error}"));
        }
        last = Some(error);
        tokio::select! {
            () = tokio::time::sleep(PAUSE) => {}
            () = context.interrupt.requested() => return Err(Error::Interrupted),
        }
    };
    let waited_ms = u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX);
    Ok(Report::Wait(WaitReport { database, waited_ms }))
}
