//! Random numbers that can be reproduced.

use std::env;
use std::time::{Duration, SystemTime};

/// A source of random numbers (the generator SplitMix64). A test that fails shows its seed, and `PMDB_SEED` sets it.
pub struct Random {
    state: u64,
}

impl Random {
    /// With a seed of its own.
    #[expect(clippy::print_stdout, reason = "what a test prints is shown when it fails")]
    pub fn new() -> Random {
        let now = || SystemTime::UNIX_EPOCH.elapsed().unwrap().subsec_nanos().into();
        let state = env::var("PMDB_SEED").map_or_else(|_| now(), |seed| seed.parse().unwrap());
        println!("PMDB_SEED={state}");
        Random { state }
    }

    /// A number below this one.
    pub fn below(&mut self, end: u64) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut number = self.state;
        number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (number ^ (number >> 31)) % end
    }

    /// A time shorter than this one.
    pub fn shorter_than(&mut self, time: Duration) -> Duration {
        Duration::from_micros(self.below(time.as_micros().try_into().unwrap()))
    }
}
