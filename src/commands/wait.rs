//! `pmdb wait`: wait until the server answers.

use std::time::{Duration, Instant};

use super::context::{Context, Story};
use super::report::{Report, WaitReport};
use crate::cli::WaitArgs;
use crate::error::Error;
use crate::postgres::Listen;

/// Between two tries.
const PAUSE: Duration = Duration::from_millis(200);

pub(super) async fn run(context: &Context, args: &WaitArgs, story: &mut dyn Story) -> Result<Report, Error> {
    let reached = context.reach(Listen::Socket, args.timeout, story).await?;
    let start = Instant::now();
    let mut told = false;
    loop {
        let error = match context.connect(&reached.target).await {
            Ok(session) => {
                drop(session);
                break;
            }
            Err(Error::Connect(error)) if error.is_transient() => error,
            Err(error) => return Err(error),
        };
        if start.elapsed() >= args.timeout {
            return Err(Error::WaitedInVain { seconds: args.timeout.as_secs_f64(), last: error });
        }
        if !told {
            story.note(&format!("waiting: {error}"));
            told = true;
        }
        tokio::select! {
            () = tokio::time::sleep(PAUSE) => {}
            () = context.interrupt.requested() => return Err(Error::Interrupted),
        }
    }
    let database = reached.target.database().to_owned();
    reached.leave()?;
    let waited_ms = u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX);
    Ok(Report::Wait(WaitReport { database, waited_ms }))
}
