//! What becomes of each object: two catalogs tell it by names alone, and names change hands.

use std::collections::{BTreeMap, BTreeSet};

use super::Identity;

/// What becomes of the objects of a database between two moments: an OID tells an object again, whatever its name is. One that
/// is named nowhere here is what it was.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lineage {
    /// Those that are gone, by their names before. Another object may have such a name by now.
    pub gone: BTreeSet<Identity>,
    /// Those that are new, by their names afterwards. Another object may have had such a name.
    pub made: BTreeSet<Identity>,
    /// The names of the others that have changed: from before to afterwards, and back.
    new_names: BTreeMap<Identity, Identity>,
    old_names: BTreeMap<Identity, Identity>,
}

impl Lineage {
    /// What these are that are gone, and these that are new; the rest is what it was.
    pub fn new(gone: BTreeSet<Identity>, made: BTreeSet<Identity>) -> Lineage {
        Lineage { gone, made, ..Lineage::default() }
    }

    /// Adds an object that has another name, or is a part of one that has.
    pub fn rename(&mut self, old: Identity, new: Identity) {
        self.old_names.insert(new.clone(), old.clone());
        self.new_names.insert(old, new);
    }

    /// The objects that have another name, or are a part of one that has: their names before and afterwards.
    pub fn renamed(&self) -> impl Iterator<Item = (&Identity, &Identity)> {
        self.new_names.iter()
    }

    /// What an object is called afterwards; `None` when it is gone.
    pub fn after<'a>(&'a self, before: &'a Identity) -> Option<&'a Identity> {
        if self.gone.contains(before) { None } else { Some(self.new_names.get(before).unwrap_or(before)) }
    }

    /// What an object was called before; `None` when it is new.
    pub fn before<'a>(&'a self, after: &'a Identity) -> Option<&'a Identity> {
        if self.made.contains(after) { None } else { Some(self.old_names.get(after).unwrap_or(after)) }
    }

    /// Whether an object had another name before.
    pub fn is_new_name(&self, after: &Identity) -> bool {
        self.old_names.contains_key(after)
    }

    /// Whether an object has this name afterwards that did not have it before.
    pub fn is_taken_over(&self, name: &Identity) -> bool {
        self.made.contains(name) || self.is_new_name(name)
    }
}
