//! How many halves travel in one message.

use std::time::Duration;

/// A message twice as long as the last one, as long as the server is quick, and half as long once it is not: a run of a
/// few halves is told of one by one, and a run of a thousand waits for the server some dozen times, plus a few times
/// per second that the server itself needs. The answers to a message come when it is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::postgres) struct Pace {
    halves: usize,
}

/// A message that took longer was too long to be silent about what it holds.
const QUICK: Duration = Duration::from_millis(250);

impl Default for Pace {
    fn default() -> Pace {
        Pace { halves: 1 }
    }
}

impl Pace {
    /// How many halves the next message may hold.
    pub fn halves(self) -> usize {
        self.halves
    }

    /// The pace after a message that took so long.
    pub fn after(self, took: Duration) -> Pace {
        let halves = if took < QUICK { self.halves.saturating_mul(2) } else { self.halves / 2 };
        Pace { halves: halves.max(1) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_grow_while_the_server_is_quick_and_shrink_when_it_is_not() {
        let quick = Pace::default().after(Duration::ZERO).after(Duration::ZERO);
        assert_eq!(quick.halves(), 4);
        assert_eq!(quick.after(QUICK).halves(), 2);
        assert_eq!(Pace::default().after(QUICK).halves(), 1);
    }
}
