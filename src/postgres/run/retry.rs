//! What a lock timeout does, and any other error that may not come again: the server has rolled the half back, and it is
//! tried again after a pause, up to a number of times. Others get their locks during the pause.

use std::time::Duration;

use tokio_postgres::error::SqlState;

use super::cause::shown;
use super::place::place;
use super::{Executor, StepFailure};
use crate::migration::Step;
use crate::postgres::event::Event;
use crate::postgres::failure::{Cause, Place, StepState};
use crate::postgres::message::MessageError;
use crate::postgres::sql_error::{SqlError, Transient};

/// How long to wait for locks on tables.
#[derive(Debug, Clone)]
pub struct LockRetries {
    /// How long a statement may wait for a lock: while it waits, everybody who comes after it waits too.
    pub timeout: Duration,
    /// How often a half is tried again after that.
    pub retries: u32,
}

impl Default for LockRetries {
    fn default() -> LockRetries {
        LockRetries { timeout: Duration::from_secs(5), retries: 10 }
    }
}

/// Before the first retry; it doubles with every further one.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// The pause after a failed attempt; the first has the number 1.
pub(in crate::postgres) fn pause_after(attempt: u32) -> Duration {
    let doublings = attempt.saturating_sub(1).min(8);
    jittered(FIRST_PAUSE.saturating_mul(1 << doublings).min(LONGEST_PAUSE))
}

/// Between half of a pause and all of it, so that runners that failed together don't come back together.
fn jittered(pause: Duration) -> Duration {
    // Without a random number there is no jitter, which is no reason to fail.
    let random = getrandom::u64().unwrap_or_default();
    let half = pause / 2;
    let span = u64::try_from(half.as_millis()).unwrap_or(0) + 1;
    half + Duration::from_millis(random % span)
}

impl Executor<'_> {
    /// Where it may help, pauses and lets the caller try again; everything else is final. The server must have undone all of
    /// what is tried again.
    pub(super) async fn retry_or_fail(
        &self,
        step: &Step,
        failed: MessageError,
        step_state: StepState,
        attempt: &mut u32,
    ) -> Result<(), StepFailure> {
        let may_help = !self.session.is_closed() && !self.is_in_the_way_again(&failed.error);
        let reason = failed.error.transient().filter(|_| may_help);
        let Some(reason) = reason else {
            return Err(StepFailure { cause: self.cause(step, failed), step_state });
        };
        if *attempt > self.patience.retries {
            let place = place(step, &failed.origin);
            return Err(StepFailure {
                cause: self.gave_up(reason, shown(step, failed.error), place, *attempt),
                step_state,
            });
        }
        let pause = pause_after(*attempt);
        let blockers = &self.blockers.lock().clone();
        let worker = failed.error.worker();
        self.tell(Event::Retrying { step, reason, attempt: *attempt, pause, worker, blockers });
        *attempt += 1;
        tokio::select! {
            () = tokio::time::sleep(pause) => Ok(()),
            () = self.interrupt.requested() => Err(StepFailure { cause: Cause::Interrupted, step_state }),
        }
    }

    /// Whether an entry in the server's catalogs that stood in the way of this half still does: it is no session's that has
    /// just made the same, but there to stay.
    fn is_in_the_way_again(&self, error: &SqlError) -> bool {
        error.is(&SqlState::UNIQUE_VIOLATION)
            && self.in_the_way.replace(Some(error.clone())).as_ref() == Some(error)
    }

    fn gave_up(&self, reason: Transient, error: SqlError, place: Option<Place>, attempts: u32) -> Cause {
        match reason {
            Transient::LockTimeout => Cause::LockTimeout {
                error,
                place,
                attempts,
                timeout: self.patience.timeout,
                blockers: self.blockers.take(),
            },
            _ => Cause::Transient { error, reason, place, attempts },
        }
    }

    /// The statements that set how long a transaction may wait for a lock.
    pub(super) fn lock_timeout(&self) -> Vec<String> {
        self.starting_point.citus.lock_timeout(self.patience.timeout.as_millis())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_is_at_least_half_of_itself_and_never_longer() {
        for _ in 0..100 {
            let pause = jittered(Duration::from_millis(100));
            assert!(pause >= Duration::from_millis(50) && pause <= Duration::from_millis(100), "{pause:?}");
        }
    }
}
