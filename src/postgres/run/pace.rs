//! How many halves travel in one message.

use std::time::Duration;

/// A message twice as long as the last one, as long as the server is quick: a run of a few halves is told of one by
/// one, and a run of a thousand waits for the server a dozen times. The answers to a message come when it is done.
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
        if took < QUICK { Pace { halves: self.halves.saturating_mul(2) } } else { Pace::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_grow_while_the_server_is_quick_and_begin_anew_when_it_is_not() {
        let quick = Pace::default().after(Duration::ZERO).after(Duration::ZERO);
        assert_eq!(quick.halves(), 4);
        assert_eq!(quick.after(QUICK).halves(), 1);
    }
}
