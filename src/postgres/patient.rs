//! Connecting to a server that has no connection left at the moment: others will give theirs back.

use super::event::{Event, Listener};
use super::run::pause_after;
use crate::connect::{ConnectError, Session, Target};

/// Connects. Where the server has no connection left, it is tried again as often as this, after the pauses of a file that
/// met a lock timeout.
///
/// # Errors
/// What happened last.
pub async fn connect_patiently(
    target: &Target,
    retries: u32,
    listener: &mut dyn Listener,
) -> Result<Session, ConnectError> {
    let mut attempt = 1;
    loop {
        match Session::connect(target).await {
            Err(error) if error.is_full() && attempt <= retries => {
                let pause = pause_after(attempt);
                listener.event(Event::NoConnectionLeft { error: &error, attempt, pause });
                tokio::time::sleep(pause).await;
                attempt += 1;
            }
            result => return result,
        }
    }
}
