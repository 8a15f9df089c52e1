//! What counts as small, and how fast the target is taken to be.

/// The numbers that decide what is a finding, and how long work is said to take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// A table with fewer bytes than this, its indexes included, and with fewer rows than `small_rows` is small.
    pub small_bytes: u64,
    /// See `small_bytes`.
    pub small_rows: u64,
    /// How many bytes of a table the target reads in a second. Slower work is a multiple of it: see `cost`.
    pub throughput: u64,
}

impl Default for Options {
    fn default() -> Options {
        Options { small_bytes: 16 * 1024 * 1024, small_rows: 100_000, throughput: 200 * 1024 * 1024 }
    }
}
