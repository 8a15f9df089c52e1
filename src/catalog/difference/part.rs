//! What is a part of what: it comes and goes with it.

use std::collections::{BTreeSet, HashMap};

use crate::catalog::{Catalog, Identity, Kind, Object};

/// What can hold parts that bear its name in their [`Identity::of`].
const HOLDERS: [Kind; 8] = [
    Kind::Table,
    Kind::ForeignTable,
    Kind::View,
    Kind::MaterializedView,
    Kind::CompositeType,
    Kind::Domain,
    Kind::Publication,
    Kind::ForeignServer,
];

/// A partition of a partition of a partition …: nobody goes as deep as this.
const DEEPEST: usize = 100;

/// Among some objects of a catalog, what is a part of what.
pub(super) struct Parts<'a> {
    holder: HashMap<&'a Identity, &'a Identity>,
}

impl<'a> Parts<'a> {
    pub(super) fn among(catalog: &Catalog, objects: &BTreeSet<&'a Identity>) -> Parts<'a> {
        let columns: HashMap<String, &'a Identity> = objects
            .iter()
            .filter(|identity| identity.kind == Kind::Column)
            .filter_map(|identity| Some((path(identity)?, *identity)))
            .collect();
        let holder = objects.iter().filter_map(|identity| {
            let owner = owner(identity, catalog).and_then(|column| columns.get(&column).copied());
            let named = || holders(identity, catalog).iter().find_map(|holder| objects.get(holder).copied());
            Some((*identity, owner.or_else(named)?))
        });
        Parts { holder: holder.collect() }
    }

    /// The object that holds this one, or what holds it, and so on up; or itself.
    pub(super) fn whole_of(&self, identity: &'a Identity) -> &'a Identity {
        let mut whole = identity;
        for _ in 0..DEEPEST {
            match self.holder.get(whole) {
                Some(holder) => whole = holder,
                None => break,
            }
        }
        whole
    }
}

/// The columns that both catalogs have, and that are identities in the first one alone. What is new about their sequences
/// they say themselves.
pub(super) fn new_identities(one: &Catalog, other: &Catalog) -> BTreeSet<String> {
    let is_identity = |object: &Object| object.get("identity").is_some();
    let columns = one.objects.iter().filter(|(identity, _)| identity.kind == Kind::Column);
    columns
        .filter(|(_, column)| is_identity(column))
        .filter(|(identity, _)| other.objects.get(*identity).is_some_and(|column| !is_identity(column)))
        .filter_map(|(identity, _)| path(identity))
        .collect()
}

/// A column, as a sequence names its owner.
fn path(column: &Identity) -> Option<String> {
    Some(format!("{}.{}", column.of.as_ref()?, column.name))
}

/// The column that a sequence belongs to.
pub(super) fn owner(identity: &Identity, catalog: &Catalog) -> Option<String> {
    let sequence = catalog.objects.get(identity).filter(|_| identity.kind == Kind::Sequence)?;
    sequence.get("owned by").map(str::to_owned)
}

/// What may hold an object, as far as names show it.
fn holders(identity: &Identity, catalog: &Catalog) -> Vec<Identity> {
    let Some(of) = &identity.of else { return Vec::new() };
    let mut holders: Vec<Identity> =
        HOLDERS.iter().map(|kind| Identity { kind: *kind, of: None, name: of.clone() }).collect();
    if let Some(name) = catalog.objects.get(identity).and_then(|object| object.get("constraint")) {
        holders.push(Identity { kind: Kind::Constraint, of: Some(of.clone()), name: name.to_owned() });
    }
    holders.extend(parents(identity, catalog));
    holders
}

/// What a column, constraint or index of a table is inherited from: those of the parent tables.
pub(super) fn parents(identity: &Identity, catalog: &Catalog) -> Vec<Identity> {
    let Some((object, of)) = catalog.objects.get(identity).zip(identity.of.as_ref()) else {
        return Vec::new();
    };
    let name = match (object.get("parent"), object.get("inherited")) {
        (Some(parent), _) => parent,
        (None, Some(_)) => &identity.name,
        (None, None) => return Vec::new(),
    };
    let table = |kind| catalog.objects.get(&Identity { kind, of: None, name: of.clone() });
    let Some(table) = table(Kind::Table).or_else(|| table(Kind::ForeignTable)) else { return Vec::new() };
    let parents = table.list("inherits").into_iter();
    parents.map(|of| Identity { kind: identity.kind, of: Some(of), name: name.to_owned() }).collect()
}
