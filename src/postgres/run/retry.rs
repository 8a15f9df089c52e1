//! How long to wait for locks on tables, and how often.

use std::time::Duration;

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
