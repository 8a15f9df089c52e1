//! What differs between two catalogs.

mod attribute;
mod column_order;
mod display;
mod made_at;
mod part;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::Serialize;

use super::{Catalog, Identity, Kind, Object};
use part::Parts;

/// What has to be done to one catalog to get another one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct Difference {
    /// What differs, in the order of the names. Parts of what is added or removed as a whole are not listed by
    /// themselves.
    pub items: Vec<Item>,
}

/// An object that is not the same in both catalogs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Item {
    /// What it is called.
    #[serde(flatten)]
    pub identity: Identity,
    /// How it differs.
    #[serde(flatten)]
    pub change: Change,
}

/// How an object differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(tag = "change", rename_all = "snake_case")]
pub enum Change {
    /// The second catalog alone has it.
    Added {
        /// What came with it: the columns of a table and so on.
        parts: Vec<Identity>,
    },
    /// The first catalog alone has it.
    Removed {
        /// What went with it.
        parts: Vec<Identity>,
    },
    /// Both have it, with other attributes.
    Changed {
        /// The attributes, by name.
        attributes: Vec<AttributeChange>,
    },
}

/// An attribute that is not the same in both catalogs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct AttributeChange {
    /// Its name.
    pub attribute: String,
    /// How much it matters.
    pub class: DifferenceClass,
    /// In the first catalog; `None` when there is nothing to say.
    pub before: Option<String>,
    /// In the second catalog.
    pub after: Option<String>,
}

/// How much a change matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum DifferenceClass {
    /// The columns of a table stand in another order: one that was dropped and came back stands last. So does a column
    /// of a view that takes all columns of it.
    ColumnOrder,
    /// SQL that differs in white space and comments alone.
    #[serde(rename = "layout")]
    Cosmetic,
    /// The schema is another one.
    #[serde(rename = "real")]
    Structural,
}

/// Which differences count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strictness {
    /// Those of the class [`DifferenceClass::Structural`].
    Default,
    /// All of them.
    Strict,
}

impl Difference {
    /// What makes `after` another catalog than `before`.
    pub fn between(before: &Catalog, after: &Catalog) -> Difference {
        if before == after {
            return Difference::default();
        }
        let (before, after) = (&with_built_ins_of(after, before), &with_built_ins_of(before, after));
        let mut items = Vec::new();
        items.extend(
            only_in(after, before)
                .map(|(identity, parts)| Item { identity, change: Change::Added { parts } }),
        );
        items.extend(
            only_in(before, after)
                .map(|(identity, parts)| Item { identity, change: Change::Removed { parts } }),
        );
        items.extend(
            changed(before, after)
                .map(|(identity, attributes)| Item { identity, change: Change::Changed { attributes } }),
        );
        items.sort_by(|a, b| a.identity.cmp(&b.identity));
        Difference { items }
    }

    /// The same without the large objects that only one of the catalogs has: those are data, as rows are.
    pub fn without_data(mut self) -> Difference {
        let is_changed = |item: &Item| matches!(item.change, Change::Changed { .. });
        self.items.retain(|item| item.identity.kind != Kind::LargeObject || is_changed(item));
        self
    }

    /// Whether the catalogs are the same.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// Whether it holds anything that counts.
    pub fn counts(&self, strictness: Strictness) -> bool {
        match strictness {
            Strictness::Default => self.class() == Some(DifferenceClass::Structural),
            Strictness::Strict => !self.is_empty(),
        }
    }

    /// What matters most among the differences; `None` when there are none.
    pub fn class(&self) -> Option<DifferenceClass> {
        self.items.iter().map(Item::class).max()
    }
}

impl Item {
    /// How much it matters: as much as the most important of its changes.
    pub fn class(&self) -> DifferenceClass {
        match &self.change {
            Change::Added { .. } | Change::Removed { .. } => DifferenceClass::Structural,
            Change::Changed { attributes } => {
                attributes.iter().map(|change| change.class).max().unwrap_or(DifferenceClass::Structural)
            }
        }
    }
}

/// The objects of one catalog in order, each with that of the other one that is called the same. Both are gone through
/// side by side: to look each name up takes longer than all the rest of comparing two catalogs.
fn pairs<'a>(
    one: &'a Catalog,
    other: &'a Catalog,
) -> impl Iterator<Item = (&'a Identity, &'a Arc<Object>, Option<&'a Arc<Object>>)> {
    let mut others = other.objects.iter().peekable();
    one.objects.iter().map(move |(identity, object)| {
        while others.next_if(|(theirs, _)| order(theirs, identity) == Ordering::Less).is_some() {}
        let theirs = others.next_if(|(theirs, _)| order(theirs, identity) == Ordering::Equal);
        (identity.as_ref(), object, theirs.map(|(_, object)| object))
    })
}

/// Most names are not only the same but shared, and need not be compared.
fn order(one: &Arc<Identity>, other: &Arc<Identity>) -> Ordering {
    if Arc::ptr_eq(one, other) { Ordering::Equal } else { one.cmp(other) }
}

/// The objects that one catalog has and the other one has not, each with its parts, of which the same is true.
fn only_in(one: &Catalog, other: &Catalog) -> impl Iterator<Item = (Identity, Vec<Identity>)> {
    let new_identities = part::new_identities(one, other);
    let only: BTreeSet<&Identity> = pairs(one, other)
        .filter_map(|(identity, _, theirs)| theirs.is_none().then_some(identity))
        .filter(|identity| part::owner(identity, one).is_none_or(|column| !new_identities.contains(&column)))
        .collect();
    let parts = Parts::among(one, &only);
    let mut wholes: BTreeMap<Identity, Vec<Identity>> = BTreeMap::new();
    for identity in only {
        let whole = parts.whole_of(identity);
        let list = wholes.entry(whole.clone()).or_default();
        if whole != identity {
            list.push(identity.clone());
        }
    }
    wholes.into_iter()
}

/// A catalog with all that initdb makes and that is listed in the other one: what is not listed is as initdb made it.
fn with_built_ins_of<'a>(other: &Catalog, catalog: &'a Catalog) -> Cow<'a, Catalog> {
    let mut whole = Cow::Borrowed(catalog);
    // They are listed last.
    let built_ins = other.objects.keys().rev().take_while(|identity| identity.kind == Kind::BuiltIn);
    for identity in built_ins.filter(|identity| !catalog.objects.contains_key(*identity)) {
        whole.to_mut().objects.insert(Arc::clone(identity), Arc::default());
    }
    whole
}

/// The objects that both catalogs have, with the attributes that differ.
fn changed(before: &Catalog, after: &Catalog) -> impl Iterator<Item = (Identity, Vec<AttributeChange>)> {
    let mut all: BTreeMap<&Identity, Vec<AttributeChange>> = pairs(before, after)
        .filter_map(|(identity, one, other)| Some((identity, one, other?)))
        .filter(|(_, one, other)| !Arc::ptr_eq(one, other) && one != other)
        .map(|(identity, one, other)| (identity, attribute::changes(identity.kind, one, other)))
        .collect();
    column_order::classify(&mut all, before, after);
    let own: Vec<_> = all
        .iter()
        .map(|(identity, changes)| {
            let own =
                changes.iter().filter(|change| !comes_from_parent(identity, change, &all, before, after));
            ((*identity).clone(), own.cloned().collect::<Vec<_>>())
        })
        .filter(|(_, changes)| !changes.is_empty())
        .collect();
    own.into_iter()
}

/// Whether a change of an inherited column or constraint is one of the parent table's, or of what its parents are.
fn comes_from_parent(
    identity: &Identity,
    change: &AttributeChange,
    all: &BTreeMap<&Identity, Vec<AttributeChange>>,
    before: &Catalog,
    after: &Catalog,
) -> bool {
    let (parents, parents_after) = (part::parents(identity, before), part::parents(identity, after));
    if parents != parents_after {
        return change.attribute == "inherited";
    }
    let inherits = |catalog: &Catalog| {
        catalog.objects.get(identity).and_then(|object| object.get("inherited")).is_some()
    };
    inherits(before)
        && inherits(after)
        && parents.iter().any(|parent| all.get(parent).is_some_and(|changes| changes.contains(change)))
}
