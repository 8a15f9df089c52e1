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

/// Where a batch takes too long however few rows it has, the next ones may take this many times as long as that: then most of their
/// time is for rows.
pub const SLOW_BATCH: u32 = 3;

/// After this many batches that take longer than wanted, a small one tells whether the number of rows matters.
const TRIED_AGAIN_AFTER: u32 = 20;

/// How many rows it has.
const SMALL: u64 = 2;

/// The number of rows that the next batch takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    rows: u64,
    /// How long a batch is to take.
    batch_time: Duration,
    /// How long it was to take at first.
    wanted: Duration,
    trial: Trial,
    /// How many batches have taken longer than wanted since a small one was tried.
    slow: u32,
    /// How many rows batches have, where a small one comes between them.
    between: Option<u64>,
}

/// Whether a batch of one row, which took too long, would have taken as long with more rows: that is tried with two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Trial {
    /// No batch of one row took too long.
    None,
    /// One took so long.
    Running(Duration),
    /// It is the rows that take long, as it seems.
    Failed,
}

/// What a batch changes for the next ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PaceChange {
    /// They have as many rows, or more.
    None,
    /// They have fewer rows.
    Slower,
    /// They have more rows and take longer than wanted, since fewer rows do not help.
    SlowAnyway,
}

impl Pace {
    /// For batches that are to take this long.
    pub fn new(batch_time: Duration) -> Pace {
        Pace { rows: FIRST, batch_time, wanted: batch_time, trial: Trial::None, slow: 0, between: None }
    }

    /// Rows of the next batch.
    pub fn rows(self) -> u64 {
        self.rows
    }

    /// After a batch of this many rows that was done in this time.
    pub fn done(&mut self, rows: u64, took: Duration) -> PaceChange {
        if took <= self.wanted {
            *self = Pace { batch_time: self.wanted, trial: Trial::None, slow: 0, between: None, ..*self };
        }
        if self.is_tried_again(rows) {
            return PaceChange::None;
        }
        match self.trial {
            Trial::Running(alone) if rows > 1 && took < alone + alone / 2 => {
                self.trial = Trial::None;
                self.batch_time = took * SLOW_BATCH;
                self.rows = rows * 2;
                return PaceChange::SlowAnyway;
            }
            Trial::Running(_) if rows > 1 => {
                self.slow_down(rows);
                return PaceChange::Slower;
            }
            _ => {}
        }
        if took > self.batch_time {
            return self.after_slow(rows, took);
        }
        self.rows = match took {
            _ if took < self.batch_time / 2 => rows.saturating_mul(2),
            _ if took < self.batch_time / 4 * 3 => rows + rows / 8 + 1,
            _ => rows,
        };
        self.rows = self.rows.min(MOST);
        PaceChange::None
    }

    /// Whether batches take longer than wanted, and a small one is due or has been done: what made them slow may be gone.
    fn is_tried_again(&mut self, rows: u64) -> bool {
        if self.batch_time <= self.wanted || self.trial != Trial::None {
            return false;
        }
        match self.between {
            // It was asked for before.
            Some(_) if rows > SMALL => true,
            Some(usual) => {
                (self.rows, self.between) = (usual, None);
                true
            }
            None => {
                self.slow += 1;
                let is_due = self.slow.is_multiple_of(TRIED_AGAIN_AFTER) && self.rows > SMALL;
                if is_due {
                    (self.between, self.rows) = (Some(self.rows), SMALL);
                }
                is_due
            }
        }
    }

    fn after_slow(&mut self, rows: u64, took: Duration) -> PaceChange {
        if rows > 1 {
            self.slow_down(rows);
            return PaceChange::Slower;
        }
        // Something else may have made the batch of two slow.
        self.slow += u32::from(self.trial == Trial::Failed);
        if self.trial == Trial::None || self.slow >= TRIED_AGAIN_AFTER {
            (self.rows, self.batch_time, self.trial) = (SMALL, took * 2, Trial::Running(took));
        }
        PaceChange::None
    }

    /// After a batch of this many rows that took too long, or that had to wait for a lock for too long.
    pub fn slow_down(&mut self, rows: u64) {
        if rows > 1 && matches!(self.trial, Trial::Running(_)) {
            (self.batch_time, self.trial, self.slow) = (self.wanted, Trial::Failed, 0);
        }
        self.rows = (rows / 2).max(1);
    }

    /// How long a batch of this many rows may take before it is given up, so that no writer waits longer for its rows. `None`
    /// where it has but one row: it takes what it takes.
    pub fn limit(self, rows: u64) -> Option<Duration> {
        (rows > 1).then(|| self.batch_time * 2)
    }

    /// How long a batch may wait for a lock, while it holds those on the rows before.
    pub fn lock_timeout(self, patience: Duration) -> Duration {
        patience.min(self.wanted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use PaceChange::{None as Kept, SlowAnyway, Slower};

    const WANTED: Duration = Duration::from_millis(100);

    /// The rows of the next batch, after one with these rows that took these milliseconds.
    fn after(pace: &mut Pace, rows: u64, milliseconds: u64) -> (u64, PaceChange) {
        let change = pace.done(rows, Duration::from_millis(milliseconds));
        (pace.rows(), change)
    }

    #[test]
    fn a_batch_grows_when_it_was_fast_and_is_halved_when_it_was_slow() {
        let pace = &mut Pace::new(WANTED);
        assert_eq!(after(pace, 500, 49), (1000, Kept));
        assert_eq!(after(pace, 500, 50), (563, Kept));
        assert_eq!(after(pace, 500, 75), (500, Kept));
        assert_eq!(after(pace, 500, 101), (250, Slower));
        assert_eq!(after(pace, 1, 60), (2, Kept));
        assert_eq!(after(pace, MOST, 0), (MOST, Kept));
        assert_eq!((pace.limit(1), pace.limit(2)), (None, Some(WANTED * 2)));
    }

    #[test]
    fn where_two_rows_take_as_long_as_one_batches_grow_though_they_are_slow() {
        let pace = &mut Pace::new(WANTED);
        assert_eq!(after(pace, 1, 300), (2, Kept));
        // It was asked for before that was known.
        assert_eq!(after(pace, 1, 310), (2, Kept));
        assert!(pace.limit(2).unwrap() >= Duration::from_millis(600));
        assert_eq!(after(pace, 2, 320), (4, SlowAnyway));
        assert_eq!(after(pace, 4, 330), (8, Kept));
        assert_eq!(after(pace, 64, 950), (64, Kept));
        assert_eq!(after(pace, 64, 970), (32, Slower));
        // What made it slow is gone.
        assert_eq!(after(pace, 32, 10), (64, Kept));
        assert_eq!(after(pace, 64, 150), (32, Slower));
    }

    #[test]
    fn whether_few_rows_still_take_as_long_is_looked_at_again_and_again() {
        let pace = &mut Pace::new(WANTED);
        after(pace, 1, 300);
        assert_eq!(after(pace, 2, 320), (4, SlowAnyway));
        pace.rows = 1000;
        for _ in 1..TRIED_AGAIN_AFTER {
            assert_eq!(after(pace, 1000, 900), (1000, Kept));
        }
        assert_eq!(after(pace, 1000, 900), (SMALL, Kept));
        // It was asked for before that was known.
        assert_eq!(after(pace, 1000, 900), (SMALL, Kept));
        assert_eq!(after(pace, SMALL, 320), (1000, Kept));
        for _ in 1..TRIED_AGAIN_AFTER {
            after(pace, 1000, 900);
        }
        assert_eq!(after(pace, 1000, 900), (SMALL, Kept));
        assert_eq!(after(pace, SMALL, 3), (4, Kept));
        assert_eq!(pace.limit(4), Some(WANTED * 2));
    }

    #[test]
    fn where_it_is_the_rows_that_take_long_a_batch_has_one() {
        let pace = &mut Pace::new(WANTED);
        assert_eq!(after(pace, 1, 300), (2, Kept));
        assert_eq!(after(pace, 2, 600), (1, Slower));
        assert_eq!(after(pace, 1, 300), (1, Kept));
        // Those after them are fast.
        assert_eq!(after(pace, 1, 10), (2, Kept));
        assert_eq!(after(pace, 2, 10), (4, Kept));
    }

    #[test]
    fn whether_it_is_the_rows_is_looked_at_again_and_again() {
        let pace = &mut Pace::new(WANTED);
        after(pace, 1, 300);
        assert_eq!(after(pace, 2, 600), (1, Slower));
        for _ in 1..TRIED_AGAIN_AFTER {
            assert_eq!(after(pace, 1, 300), (1, Kept));
        }
        assert_eq!(after(pace, 1, 300), (SMALL, Kept));
        assert_eq!(after(pace, SMALL, 600), (1, Slower));
        for _ in 1..TRIED_AGAIN_AFTER {
            assert_eq!(after(pace, 1, 300), (1, Kept));
        }
        assert_eq!(after(pace, 1, 300), (SMALL, Kept));
        assert_eq!(after(pace, SMALL, 310), (4, SlowAnyway));
    }

    #[test]
    fn one_slow_row_among_fast_ones_changes_nothing_for_long() {
        let pace = &mut Pace::new(WANTED);
        assert_eq!(after(pace, 1, 3000), (2, Kept));
        assert_eq!(after(pace, 2, 5), (4, Kept));
        assert_eq!(pace.limit(4), Some(WANTED * 2));
    }
}
