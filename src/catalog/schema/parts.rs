//! What belongs to each table or view of a catalog.

use std::collections::BTreeMap;

use super::name::unquoted;
use crate::catalog::{Catalog, Kind, Object};

/// The objects that belong to each table or view, by its name in SQL.
pub(super) struct SchemaParts<'c> {
    of: BTreeMap<(&'c str, Kind), Vec<(String, &'c Object)>>,
}

impl<'c> SchemaParts<'c> {
    pub(super) fn new(catalog: &'c Catalog) -> SchemaParts<'c> {
        let mut parts = SchemaParts { of: BTreeMap::new() };
        for (identity, object) in &catalog.objects {
            if let Some(of) = &identity.of {
                let list = parts.of.entry((of, identity.kind)).or_default();
                list.push((unquoted(&identity.name), object));
            }
        }
        parts
    }

    pub(super) fn get(&self, of: &'c str, kind: Kind) -> &[(String, &'c Object)] {
        self.of.get(&(of, kind)).map_or(&[], Vec::as_slice)
    }

    /// The constraints of a table of this type. Those that only repeat one of another table, for a partition of it,
    /// are left out.
    pub(super) fn constraints(&self, of: &'c str, word: &str) -> impl Iterator<Item = &(String, &'c Object)> {
        let all = self.get(of, Kind::Constraint).iter();
        all.filter(move |(_, object)| object.get("type") == Some(word) && object.get("parent").is_none())
    }
}

pub(super) fn owned(object: &Object, attribute: &str) -> Option<String> {
    object.get(attribute).map(str::to_owned)
}
