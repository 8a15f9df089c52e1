//! What the code that runs today can know: the target as it is before the first pending half. What one half makes and a later one takes
//! away is nothing to that code.

use super::look::HalfView;
use crate::catalog::{Catalog, Identity, Kind, Object};

/// What a name can mean in a query.
const RELATIONS: [Kind; 4] = [Kind::Table, Kind::View, Kind::MaterializedView, Kind::ForeignTable];

impl<'a> HalfView<'a> {
    /// Whether the target has it now, under this name or another one.
    pub fn is_on_target(&self, identity: &Identity) -> bool {
        self.name_on_target(identity).is_some_and(|identity| self.target.objects.contains_key(identity))
    }

    /// What the target calls something that is there before the half; `None` where a pending half has made it.
    pub fn name_on_target<'i>(&'i self, identity: &'i Identity) -> Option<&'i Identity> {
        let mut lineages = self.earlier().iter().rev().map(|case| &case.trace.lineage);
        lineages.try_fold(identity, |identity, half| half.before(identity))
    }

    /// What something that is there before the half is like on the target now, by hand or not. `None` where a pending half has made it.
    pub fn today(&self, identity: &Identity) -> Option<&'a Object> {
        let there = self.name_on_target(identity)?;
        let known = |catalog: &'a Catalog| catalog.objects.get(there).map(AsRef::as_ref);
        let object = known(self.target)?;
        Some(known(self.case.target_now).unwrap_or(object))
    }

    /// Whether the code of today means it by this very name: no earlier pending half has made it or given it another one.
    pub fn is_called_so_today(&self, identity: &Identity) -> bool {
        self.name_on_target(identity) == Some(identity) && self.target.objects.contains_key(identity)
    }

    /// Whether the half takes away what an earlier one has put in the place of a table or view of today.
    pub fn loses_stand_in(&self, relation: &Identity) -> bool {
        let is_in = |catalog: &Catalog| {
            RELATIONS
                .iter()
                .any(|kind| catalog.objects.contains_key(&Identity { kind: *kind, ..relation.clone() }))
        };
        let is_stand_in = RELATIONS.contains(&relation.kind) && self.name_on_target(relation).is_none();
        is_stand_in && is_in(self.target) && !is_in(self.case.after)
    }
}
