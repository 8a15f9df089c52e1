//! The proof that what was put off is back: the catalog says of it what it said before.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::note::{PutOffItem, Sort};
use crate::catalog::{Catalog, Identity, Kind, Object};

/// What the catalog calls it that a column takes no NULL.
const NOT_NULL: &str = "not null";

/// What the catalog says of one object.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Expected {
    kind: String,
    of: Option<String>,
    name: String,
    attributes: BTreeMap<String, String>,
}

/// What the catalog says of an item, as JSON.
pub(super) fn expected(catalog: &Catalog, item: &PutOffItem) -> String {
    let objects: Vec<Expected> = objects_of(catalog, item)
        .map(|(identity, object)| Expected {
            kind: identity.kind.word().to_owned(),
            of: identity.of.clone(),
            name: identity.name.clone(),
            attributes: object.attributes.clone(),
        })
        .collect();
    // Texts alone can always be written.
    serde_json::to_string(&objects).unwrap_or_default()
}

/// Whether there is an object of this name: it was made again, by whomever.
pub(super) fn is_there(catalog: &Catalog, item: &PutOffItem) -> bool {
    objects_of(catalog, item).next().is_some()
}

/// Whether there is a table of the name that an item says.
pub(super) fn has_table(catalog: &Catalog, item: &PutOffItem) -> bool {
    let table = Identity { kind: Kind::Table, of: None, name: item.of.clone() };
    catalog.objects.contains_key(&table)
}

/// How what is there now differs from what an item says, a line for each difference. Of a table itself, only what its primary key may
/// have taken along: whatever else has changed of it, somebody has changed.
pub(super) fn differences(catalog: &Catalog, item: &PutOffItem) -> Vec<String> {
    let Ok(expected) = serde_json::from_str::<Vec<Expected>>(&item.expected) else {
        return vec![format!("what was noted of {} cannot be read", item.shown())];
    };
    expected.iter().flat_map(|object| object.differences(catalog, item.sort)).collect()
}

impl Expected {
    fn differences(&self, catalog: &Catalog, sort: Sort) -> Vec<String> {
        let Some(kind) = Kind::from_word(&self.kind) else {
            return vec![format!("{} {} is of no known kind", self.kind, self.name)];
        };
        let identity = Identity { kind, of: self.of.clone(), name: self.name.clone() };
        let Some(now) = catalog.objects.get(&identity) else {
            return if sort == Sort::Table { Vec::new() } else { vec![format!("{identity} is not there")] };
        };
        let names = self.attributes.keys().chain(now.attributes.keys());
        let mut names: Vec<&String> = names.collect();
        names.sort();
        names.dedup();
        let told = |value: Option<&str>| value.unwrap_or("nothing").to_owned();
        let is_compared = |name: &&String| sort != Sort::Table || *name == NOT_NULL;
        names
            .into_iter()
            .filter(is_compared)
            .map(|name| (name, self.attributes.get(name).map(String::as_str), now.get(name)))
            .filter(|(_, before, now)| before != now)
            .map(|(name, before, now)| {
                format!("{identity}: its {name} was {}, and is {}", told(before), told(now))
            })
            .collect()
    }
}

fn objects_of<'a>(
    catalog: &'a Catalog,
    item: &'a PutOffItem,
) -> impl Iterator<Item = (&'a Identity, &'a Object)> {
    let is_of = |identity: &Identity| {
        let of = identity.of.as_deref();
        match (item.sort, identity.kind) {
            (Sort::Table, Kind::Table) => identity.name == item.of,
            (Sort::Table, Kind::Column) => of == Some(&item.of),
            (Sort::Index | Sort::ClusteredIndex, Kind::Index)
            | (Sort::Key | Sort::ForeignKey, Kind::Constraint) => {
                of == Some(&item.of) && identity.name == item.name
            }
            _ => false,
        }
    };
    catalog
        .objects
        .iter()
        .map(|(identity, object)| (identity.as_ref(), object.as_ref()))
        .filter(move |(identity, _)| is_of(identity))
}
