//! What a half takes away, and what on the target needs that without any migration knowing it.

use std::collections::BTreeSet;

use super::FileTrace;
use super::retyped::retyped;
use crate::catalog::{Catalog, Identity, Kind, Object};

/// Something on the target that needs what a half takes away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dependent {
    /// What it is. The migrations do not know it.
    pub object: Identity,
    /// What it needs.
    pub needs: Identity,
    /// Whether it stays where `CASCADE` takes that away, as a column does without a default.
    pub stays: bool,
}

/// What the target says of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundDependent {
    /// What it is.
    pub object: Identity,
    /// Whether it stays without what it needs.
    pub stays: bool,
}

/// What the last of these halves drops, and the columns that get another type: that fails as well where a view needs them. By the names
/// that the target has before the first.
pub fn taken_away(halves: &[FileTrace]) -> Vec<Identity> {
    let Some((half, earlier)) = halves.split_last() else { return Vec::new() };
    let lineage = &half.lineage;
    // What belongs to a table goes with it.
    let goes_with_table = |identity: &Identity| {
        identity.of.as_deref().is_some_and(|of| {
            lineage.gone.contains(&Identity { kind: Kind::Table, of: None, name: of.to_owned() })
        })
    };
    // The server itself makes indexes and constraints anew where a column gets another type.
    let is_kept = |identity: &Identity| {
        matches!(identity.kind, Kind::Index | Kind::Constraint) && lineage.is_taken_over(identity)
    };
    let gone = lineage.gone.iter().filter(|identity| !goes_with_table(identity) && !is_kept(identity));
    let things: BTreeSet<&Identity> = gone.chain(with_other_type(half)).collect();
    things.into_iter().filter_map(|identity| on_target(identity, earlier)).cloned().collect()
}

/// By their names before the half.
pub(super) fn with_other_type(half: &FileTrace) -> impl Iterator<Item = &Identity> {
    half.stages.iter().enumerate().flat_map(|(place, stage)| {
        let before = half.stages.get(..place).unwrap_or_default();
        retyped(stage, &half.statements).into_iter().filter_map(move |column| {
            before.iter().rev().try_fold(column, |column, stage| stage.lineage.before(column))
        })
    })
}

/// What the target calls it; `None` where an earlier half has made it.
pub(super) fn on_target<'a>(identity: &'a Identity, earlier: &'a [FileTrace]) -> Option<&'a Identity> {
    earlier.iter().rev().try_fold(identity, |identity, half| half.lineage.before(identity))
}

/// Those that need something, and that no migration knows: as the target has found them, and what else is in a schema that goes.
pub fn dependents(
    halves: &[FileTrace],
    things: &[Identity],
    found: Vec<(usize, FoundDependent)>,
    only_on_target: &Catalog,
    is_known: impl Fn(&Identity) -> bool,
) -> Vec<Dependent> {
    let found = found.into_iter().filter_map(|(number, FoundDependent { object, stays })| {
        let needs = things.get(number)?.clone();
        Some(Dependent { object, needs, stays })
    });
    // A foreign key is no obstacle to another type of its column that can be compared: it is checked anew.
    let gone: BTreeSet<&Identity> = halves.split_last().map_or_else(BTreeSet::new, |(half, earlier)| {
        half.lineage.gone.iter().filter_map(|identity| on_target(identity, earlier)).collect()
    });
    let is_obstacle = |one: &Dependent| one.object.kind != Kind::Constraint || gone.contains(&one.needs);
    // What a partition or a child has from the table above changes with that.
    let is_inherited = |one: &Dependent| {
        let object = only_on_target.objects.get(&one.object);
        object.is_some_and(|object| object.get("inherited").or(object.get("parent")).is_some())
    };
    let found = found.filter(|one| !is_known(&one.object) && is_obstacle(one) && !is_inherited(one));
    found.chain(things.iter().flat_map(|thing| members(thing, only_on_target))).collect()
}

/// What somebody has made in this schema, as far as it stands for itself.
fn members<'a>(schema: &'a Identity, only_on_target: &'a Catalog) -> impl Iterator<Item = Dependent> {
    let prefix = format!("{}.", schema.name);
    let is_member = move |identity: &Identity, object: &Object| {
        schema.kind == Kind::Schema
            && identity.of.is_none()
            && (identity.name.starts_with(&prefix) || object.get("schema") == Some(&schema.name))
            && object.get("owned by").is_none()
    };
    let members = only_on_target.objects.iter().filter(move |(identity, object)| is_member(identity, object));
    members.map(|(identity, _)| Dependent {
        object: identity.as_ref().clone(),
        needs: schema.clone(),
        stays: false,
    })
}
