//! How many databases are used side by side.

use std::thread::available_parallelism;

use super::Subject;
use crate::migration::may_reach_out;

/// How many databases are used side by side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Jobs {
    /// As many as the machine has processors, on a server of our own and where no migration changes what databases share; else
    /// one.
    Automatic,
    /// So many.
    Exactly(usize),
}

impl Jobs {
    /// One after the other.
    pub const ONE: Jobs = Jobs::Exactly(1);

    /// How many, once that is decided.
    pub(super) fn count(self) -> usize {
        match self {
            Jobs::Automatic => 1,
            Jobs::Exactly(count) => count.max(1),
        }
    }
}

/// More than this would only fill the disk.
const MOST: usize = 8;

/// To make another database, with what the migrations before have built, takes as long as to try a few.
const LEAST_MIGRATIONS: usize = 16;

/// How many databases suit these migrations.
pub(super) fn that_suit(subject: &Subject<'_>, migrations: usize) -> Jobs {
    if subject.jobs != Jobs::Automatic {
        return subject.jobs;
    }
    if !subject.scratch.is_own() || may_reach_out(subject.set) || subject.seeds.is_some_and(may_reach_out) {
        return Jobs::ONE;
    }
    let processors = available_parallelism().map_or(1, usize::from);
    Jobs::Exactly(processors.min(MOST).min(migrations / LEAST_MIGRATIONS).max(1))
}
