//! Numbers that look random and are not: each is a function of where it is asked for.

/// The numbers of one column, or of anything else that needs its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stream(u64);

impl Stream {
    /// Of a seed and names. The same names give the same numbers on every machine.
    pub fn new(seed: u64, names: &[&str]) -> Stream {
        let mut state = mixed(seed);
        for name in names {
            // FNV-1a, whose constants these are.
            let hash = name.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
                (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3)
            });
            state = mixed(state ^ mixed(hash));
        }
        Stream(state)
    }

    /// Another stream, for another question about the same thing.
    pub fn of(self, question: u64) -> Stream {
        Stream(mixed(self.0 ^ mixed(question.wrapping_add(0x5bd1_e995))))
    }

    /// The number of a row.
    pub fn at(self, row: u64) -> u64 {
        mixed(self.0 ^ mixed(row))
    }

    /// A number below this limit, for a row. A limit of 0 counts as 1.
    pub fn below(self, row: u64, limit: u64) -> u64 {
        scaled(self.at(row), limit)
    }

    /// Whether a row is among this share of all, in thousandths.
    pub fn is_among(self, row: u64, thousandths: u64) -> bool {
        self.below(row, 1000) < thousandths
    }
}

/// A number from the whole range brought below a limit.
pub fn scaled(number: u64, limit: u64) -> u64 {
    let product = u128::from(number) * u128::from(limit.max(1));
    u64::try_from(product >> 64).unwrap_or_default()
}

/// The finalizer of SplitMix64: every bit depends on every bit, and no two numbers give the same.
pub fn mixed(number: u64) -> u64 {
    let mut z = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// The numbers below a limit in another order: each comes once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Permutation {
    size: u64,
    half_bits: u32,
    stream: Stream,
}

impl Permutation {
    /// Of the numbers below `size`.
    pub fn new(size: u64, stream: Stream) -> Permutation {
        let bits = 64 - size.saturating_sub(1).leading_zeros();
        Permutation { size, half_bits: bits.div_ceil(2).max(1), stream }
    }

    /// How many numbers it has.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Which number stands at this place. Places beyond the size stay as they are.
    pub fn at(&self, place: u64) -> u64 {
        if place >= self.size {
            return place;
        }
        // A Feistel network turns the numbers of twice half_bits bits round; a number that is too large goes through again,
        // and comes back into the range after three more times on average.
        let mut number = self.turned(place);
        while number >= self.size {
            number = self.turned(number);
        }
        number
    }

    fn turned(&self, number: u64) -> u64 {
        let mask = (1_u64 << self.half_bits) - 1;
        let (mut left, mut right) = (number >> self.half_bits & mask, number & mask);
        for round in 0..4 {
            let key = self.stream.of(round).at(right) & mask;
            (left, right) = (right, left ^ key);
        }
        left << self.half_bits | right
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_permutation_has_each_number_once() {
        for size in [0, 1, 2, 3, 7, 16, 17, 100, 1000] {
            let permutation = Permutation::new(size, Stream::new(1, &["t"]));
            let all: BTreeSet<u64> = (0..size).map(|place| permutation.at(place)).collect();
            assert_eq!(all, (0..size).collect());
        }
        let large = Permutation::new(u64::MAX, Stream::new(1, &["t"]));
        assert_ne!(large.at(1), large.at(2));
    }

    #[test]
    fn numbers_depend_on_the_seed_the_names_and_the_row_alone() {
        let number = |seed, table, row| Stream::new(seed, &[table, "c"]).at(row);
        assert_eq!(number(1, "t", 5), number(1, "t", 5));
        let others = [number(2, "t", 5), number(1, "u", 5), number(1, "t", 6)];
        assert!(others.iter().all(|other| *other != number(1, "t", 5)));
        // What was made with a seed once has to come out the same in every later release.
        assert_eq!(
            Stream::new(1, &["public.users", "email"]).at(0),
            Stream::new(1, &["public.users", "email"]).at(0)
        );
    }
}
