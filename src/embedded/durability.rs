//! Whether the data of a server are kept.

/// What happens to the data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// It is kept, and what is committed survives a crash.
    Safe,
    /// It is never flushed to the disk, and **the whole home is deleted** when the server stops.
    ThrowAway,
}
