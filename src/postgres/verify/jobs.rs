//! How many databases are used side by side.

use std::thread::available_parallelism;

use super::Subject;
use crate::migration::may_reach_out;

/// How many databases are used side by side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Jobs {
    /// As many as the machine has processors, where no migration changes what databases share; else one.
    Automatic,
    /// This many.
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
    let is_shared_with_others = !subject.scratch.is_own() && !subject.scratch.is_guarded();
    if is_shared_with_others || may_reach_out(subject.set) || subject.seeds.is_some_and(may_reach_out) {
        return Jobs::ONE;
    }
    let processors = available_parallelism().map_or(1, usize::from);
    Jobs::Exactly(processors.min(MOST).min(migrations / LEAST_MIGRATIONS).max(1))
}

/// Cuts a list into chunks that take about the same time. The last migration takes a quarter longer than the first: there is
/// more to read. In the database of the last chunk all earlier ones are applied first, and all are undone in the end, which
/// takes about a twelfth of the time.
pub(super) fn chunks<T>(list: &[T], jobs: usize) -> Vec<&[T]> {
    let total = list.len();
    let weight_up_to = |count: usize| 8 * total * count + count * count;
    let in_the_end = if jobs > 1 { total * total * 2 / 3 } else { 0 };
    let all = weight_up_to(total) + in_the_end;
    let mut rest = list;
    let mut chunks = Vec::new();
    for job in 1..=jobs {
        let done = total - rest.len();
        let share = all * job / jobs;
        let end = (done..=total).find(|count| weight_up_to(*count) >= share).unwrap_or(total);
        let (chunk, others) = rest.split_at(end - done);
        rest = others;
        chunks.extend((!chunk.is_empty()).then_some(chunk));
    }
    chunks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_cut_where_the_pieces_take_as_long() {
        let list: Vec<usize> = (0..300).collect();
        let lengths = |jobs| chunks(&list, jobs).iter().map(|chunk| chunk.len()).collect::<Vec<_>>();
        assert_eq!(lengths(1), [300]);
        assert_eq!(lengths(2), [170, 130]);
        assert_eq!(lengths(1000).len(), 300);
        assert_eq!(chunks(&list, 7).concat(), list);
        assert!(chunks::<usize>(&[], 3).is_empty());
    }
}
