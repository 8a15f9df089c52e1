//! Objects that are known to differ and to be left out.

use std::fmt;
use std::str::FromStr;

use super::{Difference, Identity, Kind};
use crate::ignore::{Ignore, UnknownWhat};

/// A kind of object, or any.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AnyKind {
    /// `*`
    Any,
    /// This kind.
    Only(Kind),
}

impl FromStr for AnyKind {
    type Err = UnknownWhat;

    fn from_str(word: &str) -> Result<AnyKind, UnknownWhat> {
        if word == "*" {
            return Ok(AnyKind::Any);
        }
        Kind::from_word(word).map(AnyKind::Only).ok_or_else(|| UnknownWhat {
            message: format!(
                "no kind of object is called {word:?}; the kinds are * (any), {}",
                Kind::ALL.iter().map(|kind| kind.word()).collect::<Vec<_>>().join(", ")
            ),
            form: "KIND or KIND:NAME",
        })
    }
}

impl fmt::Display for AnyKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            AnyKind::Any => f.write_str("*"),
            AnyKind::Only(kind) => write!(f, "{kind}"),
        }
    }
}

impl Ignore<AnyKind> {
    /// Whether the object is to be left out: itself, with what it is a part of, or with its schema.
    pub fn covers(&self, identity: &Identity) -> bool {
        let Identity { kind, of, name } = identity;
        let whole = of.as_ref().map(|of| format!("{of}.{name}"));
        let is_named = self.names(name) || whole.is_some_and(|whole| self.names(&whole));
        match self.what {
            AnyKind::Any => is_named,
            AnyKind::Only(kind_wanted) if kind_wanted == *kind => is_named,
            AnyKind::Only(Kind::Schema) if self.is_about_objects() => {
                schema_of(of.as_ref().unwrap_or(name)).is_some_and(|schema| self.names(schema))
            }
            AnyKind::Only(_) => self.is_about_objects() && of.as_ref().is_some_and(|of| self.names(of)),
        }
    }
}

/// The schema of a qualified name, as it is written there.
fn schema_of(name: &str) -> Option<&str> {
    let mut quoted = false;
    let dot = name.find(|c| {
        quoted ^= c == '"';
        c == '.' && !quoted
    })?;
    name.get(..dot)
}

impl Difference {
    /// Without what is to be left out, and how much that was.
    pub fn without(mut self, ignores: &[Ignore<AnyKind>]) -> (Difference, usize) {
        let all = self.items.len();
        self.items.retain(|item| !ignores.iter().any(|ignore| ignore.covers(&item.identity)));
        let ignored = all - self.items.len();
        (self, ignored)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn covers(ignore: &str, kind: Kind, of: Option<&str>, name: &str) -> bool {
        let identity = Identity { kind, of: of.map(str::to_owned), name: name.to_owned() };
        ignore.parse::<Ignore<AnyKind>>().unwrap().covers(&identity)
    }

    #[test]
    fn an_object_is_left_out_by_its_kind_and_name() {
        assert!(covers("table:public.orders_*", Kind::Table, None, "public.orders_2026_11"));
        assert!(covers("extension", Kind::Extension, None, "hstore"));
        assert!(covers("column:public.t.a", Kind::Column, Some("public.t"), "a"));
        assert!(covers("*:*_tmp", Kind::View, None, "public.v_tmp"));
        assert!(!covers("table:public.orders_*", Kind::View, None, "public.orders_2026_11"));
        assert!(!covers("table", Kind::Column, Some("public.t"), "a"));
        assert!(!covers("table:public.orders", Kind::Table, None, "public.orders_2026_11"));
    }

    #[test]
    fn a_table_is_left_out_with_its_parts_and_a_schema_with_what_is_in_it() {
        assert!(covers("table:public.orders_*", Kind::Index, Some("public.orders_1"), "i"));
        assert!(covers("schema:auth", Kind::Schema, None, "auth"));
        assert!(covers("schema:auth", Kind::Function, None, "auth.uid()"));
        assert!(covers("schema:auth", Kind::Policy, Some("auth.users"), "own"));
        assert!(covers("schema:\"A.b\"", Kind::Table, None, "\"A.b\".t"));
        assert!(!covers("schema:auth", Kind::Table, None, "authors.t"));
        assert!(!covers("schema", Kind::Table, None, "auth.t"));
    }

    #[test]
    fn an_unknown_kind_is_an_error_that_names_the_known_ones() {
        let error = "tabel:x".parse::<Ignore<AnyKind>>().unwrap_err().to_string();
        assert!(
            error.starts_with("no kind of object is called \"tabel\"; the kinds are * (any), role,"),
            "{error}"
        );
    }
}
