//! PostgreSQL's programs for a private server: those on this machine, else fetched ones.

use std::ffi::OsString;
use std::panic::resume_unwind;

use super::reporter::Reporter;
use crate::commands::error::Error;
use crate::connect::Environment;
use crate::embedded::Binaries;
use crate::postgres::Interrupt;

/// On a thread of its own, so that Ctrl-C is heard while they are fetched. What is half fetched then, the next run clears
/// away.
pub(super) async fn find(
    environment: &Environment,
    interrupt: &Interrupt,
    reporter: &mut dyn Reporter,
) -> Result<Binaries, Error> {
    let environment = environment.clone();
    let (sender, mut events) = tokio::sync::mpsc::unbounded_channel();
    let finding = tokio::task::spawn_blocking(move || {
        let env = |name: &str| environment.get(name).map(OsString::from);
        // Nobody listens any more after an interrupt.
        Binaries::find_or_download(env, |event| drop(sender.send(event)))
    });
    loop {
        tokio::select! {
            event = events.recv() => match event {
                Some(event) => reporter.download(&event),
                None => break,
            },
            () = interrupt.requested() => return Err(Error::Interrupted),
        }
    }
    Ok(finding.await.unwrap_or_else(|panicked| resume_unwind(panicked.into_panic()))?)
}
