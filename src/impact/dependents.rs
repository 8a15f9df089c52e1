//! What a half takes away, and what on the target needs that without any migration knowing it.

use std::collections::BTreeSet;

use super::FileTrace;
use super::names::{bare, mentions};
use crate::catalog::{Change, Identity, Kind};

/// Something on the target that needs what a half takes away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dependent {
    /// What it is. The migrations do not know it.
    pub object: Identity,
    /// What it needs.
    pub needs: Identity,
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
    let with_other_type = half.difference.items.iter().filter(|item| match &item.change {
        Change::Changed { attributes } => attributes.iter().any(|one| one.attribute == "type"),
        _ => false,
    });
    let with_other_type = with_other_type.filter_map(|item| lineage.before(&item.identity));
    let things: BTreeSet<&Identity> = gone.chain(with_other_type).collect();
    things.into_iter().filter_map(|identity| on_target(identity, earlier)).cloned().collect()
}

/// What the target calls it; `None` where an earlier half has made it.
pub(super) fn on_target<'a>(identity: &'a Identity, earlier: &'a [FileTrace]) -> Option<&'a Identity> {
    earlier.iter().rev().try_fold(identity, |identity, half| half.lineage.before(identity))
}

/// Those that need something, without what a file has taken care of: what it names it drops, or makes anew.
pub fn dependents(
    halves: &[FileTrace],
    things: &[Identity],
    found: Vec<(usize, Identity)>,
    is_known: impl Fn(&Identity) -> bool,
) -> Vec<Dependent> {
    let is_named = |object: &Identity| {
        let name = bare(object.name.split('(').next().unwrap_or_default());
        halves.iter().flat_map(|half| &half.statements).any(|one| mentions(&one.text, &name))
    };
    let found = found.into_iter().filter_map(|(number, object)| {
        let needs = things.get(number)?.clone();
        Some(Dependent { object, needs })
    });
    // A foreign key is no obstacle to another type of its column: it is checked anew.
    let gone: BTreeSet<&Identity> = halves.split_last().map_or_else(BTreeSet::new, |(half, earlier)| {
        half.lineage.gone.iter().filter_map(|identity| on_target(identity, earlier)).collect()
    });
    let is_obstacle = |one: &Dependent| one.object.kind != Kind::Constraint || gone.contains(&one.needs);
    found.filter(|one| !is_known(&one.object) && !is_named(&one.object) && is_obstacle(one)).collect()
}
