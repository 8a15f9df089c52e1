//! A constraint by its name, with what else leaves few values to its columns.

use std::fmt;

/// A key, a check or a foreign key, and what narrows it, as in "t_pkey with t_check".
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NamedConstraint {
    /// Its name.
    pub name: String,
    /// The names of checks and sequences that leave few values to its columns.
    pub narrowed_by: Vec<String>,
}

impl From<String> for NamedConstraint {
    fn from(name: String) -> NamedConstraint {
        NamedConstraint { name, narrowed_by: Vec::new() }
    }
}

impl fmt::Display for NamedConstraint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        self.narrowed_by.iter().try_for_each(|one| write!(f, " with {one}"))
    }
}
