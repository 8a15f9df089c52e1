//! How many rows a batch takes: as many as the time for one allows.

use std::time::Duration;

/// How backfills share the server with others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BackfillPace {
    /// How long a batch is to take: the rows that it changes are locked meanwhile.
    pub batch_time: Duration,
    /// How far a replica may lag, in bytes.
    pub max_lag: u64,
}

impl Default for BackfillPace {
    fn default() -> BackfillPace {
        BackfillPace { batch_time: Duration::from_millis(500), max_lag: 64 << 20 }
    }
}

/// A first batch: how long its rows take is not known.
const FIRST: u64 = 500;

/// More rows than this are in no batch: it would hold their locks in memory.
const MOST: u64 = 1_000_000;

/// The number of rows that the next batch takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    rows: u64,
    batch_time: Duration,
}

impl Pace {
    /// For batches that are to take this long.
    pub fn new(batch_time: Duration) -> Pace {
        Pace { rows: FIRST, batch_time }
    }

    /// Rows of the next batch.
    pub fn rows(self) -> u64 {
        self.rows
    }

    /// After a batch of this many rows that was done in this time. Whether the next one has to be smaller.
    pub fn done(&mut self, rows: u64, took: Duration) -> bool {
        if took > self.batch_time && rows > 1 {
            self.slow_down(rows);
            return true;
        }
        self.rows = if took < self.batch_time / 2 { rows.saturating_mul(2).min(MOST) } else { rows };
        false
    }

    /// After a batch of this many rows that took too long, or that had to wait for a lock for too long.
    pub fn slow_down(&mut self, rows: u64) {
        self.rows = (rows / 2).max(1);
    }

    /// How long a batch of this many rows may take before it is given up, so that no writer waits longer for its rows. `None`
    /// where it has but one row: it takes what it takes.
    pub fn limit(self, rows: u64) -> Option<Duration> {
        (rows > 1).then(|| self.batch_time * 2)
    }

    /// How long a batch may wait for a lock, while it holds those on the rows before.
    pub fn lock_timeout(self, patience: Duration) -> Duration {
        patience.min(self.batch_time)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_grows_when_it_was_fast_and_is_halved_when_it_was_slow() {
        let mut pace = Pace::new(Duration::from_millis(100));
        let mut after = |rows, milliseconds| {
            let is_slow = pace.done(rows, Duration::from_millis(milliseconds));
            (pace.rows(), is_slow)
        };
        assert_eq!(after(500, 49), (1000, false));
        assert_eq!(after(500, 50), (500, false));
        assert_eq!(after(500, 101), (250, true));
        assert_eq!(after(1, 101), (1, false));
        assert_eq!(after(MOST, 0), (MOST, false));
        assert_eq!((pace.limit(1), pace.limit(2)), (None, Some(Duration::from_millis(200))));
    }
}
