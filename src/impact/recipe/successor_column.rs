//! What is to be known of a column that takes the place of another one.

use crate::catalog::{Identity, Kind};

/// A new column beside an old one.
pub(in crate::impact) struct Successor<'a> {
    /// The table.
    pub of: &'a str,
    /// What the old column is called.
    pub old: &'a str,
    /// What the new one is called as long as both are there.
    pub meanwhile: &'a str,
    /// What the new one is called in the end.
    pub last: &'a str,
    /// How a value is computed from the old row.
    pub value: &'a str,
    /// What keeps both columns up, in a trigger; `None`: the value, each time.
    pub kept_up: Option<String>,
}

impl Successor<'_> {
    pub(super) fn identity(&self, column: &str) -> Identity {
        Identity { kind: Kind::Column, of: Some(self.of.to_owned()), name: column.to_owned() }
    }
}
