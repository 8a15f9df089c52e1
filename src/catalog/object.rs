//! An object of a catalog: what it is called and what defines it.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde::Serialize;

use super::kind::Kind;

/// Every user object of a database.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Catalog {
    /// The objects, by what they are called. They are shared with the catalogs that were read before and after: most
    /// objects are the same in all of them.
    pub objects: BTreeMap<Arc<Identity>, Arc<Object>>,
}

/// What an object is called.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Identity {
    /// What sort of object it is.
    pub kind: Kind,
    /// The relation (or type, publication, server) that it is a part of, qualified and quoted: `public.tasks`. `None`
    /// when it stands for itself.
    pub of: Option<String>,
    /// Its name, quoted where SQL wants quotes; qualified when it stands for itself: `public.tasks`, but `due_date` for
    /// a column of it. Functions bear their argument types: `public.f(integer, text)`.
    pub name: String,
}

/// What defines an object: attributes by name ("type", "default", "definition", "owner", "comment", …). An attribute
/// that has nothing to say (no default, no comment) is left out. Lists are JSON arrays of strings.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Object {
    /// The attributes.
    pub attributes: BTreeMap<String, String>,
}

impl Catalog {
    /// The parts of one sort that a relation (or what else `of` names) has, such as its constraints. Found without a look at all
    /// the others.
    pub fn parts(&self, kind: Kind, of: &str) -> impl Iterator<Item = (&Identity, &Object)> {
        let first = Identity { kind, of: Some(of.to_owned()), name: String::new() };
        let from = self.objects.range(first..).map(|(identity, object)| (identity.as_ref(), object.as_ref()));
        from.take_while(move |(identity, _)| identity.kind == kind && identity.of.as_deref() == Some(of))
    }

    /// The same catalog with another owner for all that a role owns, except what was there before.
    pub fn with_owner(mut self, role: &str, other: &str, before: &Catalog) -> Catalog {
        for (identity, object) in &mut self.objects {
            if object.get("owner") == Some(role) && !before.objects.contains_key(identity) {
                Arc::make_mut(object).attributes.insert("owner".to_owned(), other.to_owned());
            }
        }
        self
    }
}

impl Object {
    /// An attribute; `None` when it has nothing to say.
    pub fn get(&self, attribute: &str) -> Option<&str> {
        self.attributes.get(attribute).map(String::as_str)
    }

    /// An attribute that is a list; empty when it has nothing to say.
    pub fn list(&self, attribute: &str) -> Vec<String> {
        self.get(attribute).and_then(|list| serde_json::from_str(list).ok()).unwrap_or_default()
    }
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Identity { kind, of, name } = self;
        match (kind, of) {
            (Kind::Database, _) if name == "database" => write!(f, "{kind}"),
            (Kind::Column, Some(of)) => write!(f, "{kind} {of}.{name}"),
            (Kind::PublicationTable, Some(of)) => write!(f, "publication {of} of table {name}"),
            (Kind::PublicationSchema, Some(of)) => write!(f, "publication {of} of schema {name}"),
            (_, Some(of)) => write!(f, "{kind} {name} on {of}"),
            (_, None) => write!(f, "{kind} {name}"),
        }
    }
}
