//! What is loaded: tables, and what makes their rows.

use std::ops::Range;

use bytes::BytesMut;

/// A table to be loaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoadTable {
    /// Qualified and quoted, as SQL names it: `public.users`.
    pub name: String,
    /// The columns whose values are given, quoted, in the order of the values.
    pub columns: Vec<String>,
    /// How many rows.
    pub rows: u64,
    /// Whether it has no others.
    pub is_new: bool,
    /// What is said in the same transaction once they are copied: that they are there, for one.
    pub noted: Option<String>,
}

/// Makes rows, on any thread.
pub trait RowSource: Send + Sync + 'static {
    /// Appends these rows of a table (its place in the list of tables) as tuples of COPY BINARY: the number of values, then
    /// each value with its length (PostgreSQL manual, "COPY", "Tuples"). Without the header and the trailer.
    fn write(&self, table: usize, rows: Range<u64>, buffer: &mut BytesMut);
}
