//! An object of a catalog: what it is called and what defines it.

use std::collections::BTreeMap;
use std::fmt;

/// Every user object of a database.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Catalog {
    /// The objects, by what they are called.
    pub objects: BTreeMap<Identity, Object>,
}

/// What an object is called.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Identity {
    /// What sort of object it is.
    pub kind: Kind,
    /// The relation (or type) that it is a part of, qualified and quoted: `public.tasks`. `None` when it stands for itself.
    pub of: Option<String>,
    /// Its name, quoted where SQL wants quotes; qualified when it stands for itself: `public.tasks`, but `due_date` for
    /// a column of it. Functions bear their argument types: `public.f(integer, text)`.
    pub name: String,
}

/// What defines an object: attributes by name ("type", "default", "definition", "owner", "comment", …). An attribute
/// that has nothing to say (no default, no comment) is left out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Object {
    /// The attributes.
    pub attributes: BTreeMap<String, String>,
}

/// What sort of object it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A schema.
    Schema,
    /// A table, partitioned or not.
    Table,
    /// A column of a table, view, composite type, …
    Column,
}

impl Kind {
    /// As people call it.
    pub fn word(self) -> &'static str {
        match self {
            Kind::Schema => "schema",
            Kind::Table => "table",
            Kind::Column => "column",
        }
    }
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.of {
            Some(of) if self.kind == Kind::Column => write!(f, "column {of}.{}", self.name),
            Some(of) => write!(f, "{} {} on {of}", self.kind.word(), self.name),
            None => write!(f, "{} {}", self.kind.word(), self.name),
        }
    }
}
