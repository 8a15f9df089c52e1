//! Keys whose values are counted off.

use super::named_constraint::NamedConstraint;
use super::random::Permutation;

/// A key whose values are counted off: every combination of its parts comes at most once.
#[derive(Debug, Clone, PartialEq)]
pub struct Tuple {
    /// The key.
    pub name: NamedConstraint,
    /// The combinations in another order.
    pub order: Permutation,
    /// How many values each part has.
    pub sizes: Vec<u64>,
    /// The checks that only some of the combinations meet, by their places.
    pub checks: Vec<usize>,
    /// The columns in these, or all of them where the table has rows whose combinations are taken.
    pub columns: Vec<usize>,
    /// Whether the table has rows whose combinations are taken.
    pub is_on_top: bool,
    /// The combination of each row, where the server was asked which of them pass.
    pub passing: Vec<u64>,
    /// How many rows may be without one.
    pub without: u64,
}

impl Tuple {
    /// How many combinations there are.
    pub fn combinations(&self) -> u64 {
        self.sizes.iter().fold(1, |all, size| all.saturating_mul(*size))
    }

    /// How many of them rows may have.
    pub(super) fn most(&self) -> u64 {
        if self.passing.is_empty() { self.combinations() } else { self.passing.len() as u64 }
    }

    /// Whether the rows before this one have all combinations. It is without one then: NULL stands where it may.
    pub(super) fn is_used_up(&self, row: u64) -> bool {
        row >= self.most()
    }

    pub(super) fn digit(&self, row: u64, part: usize) -> u64 {
        match usize::try_from(row).ok().and_then(|row| self.passing.get(row)) {
            Some(combination) => self.digit_of(*combination, part),
            None => self.digit_of(self.order.at(row % self.combinations().max(1)), part),
        }
    }

    pub(super) fn digit_of(&self, combination: u64, part: usize) -> u64 {
        let mut left = combination;
        for (place, size) in self.sizes.iter().enumerate() {
            if place == part {
                return left % size.max(&1);
            }
            left /= size.max(&1);
        }
        0
    }
}
