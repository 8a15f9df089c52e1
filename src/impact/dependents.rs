//! What a half takes away, and what on the target needs that without any migration knowing it.

use super::FileTrace;
use super::names::{bare, mentions};
use super::question::{Statements, last_part};
use crate::catalog::{Change, Identity, Kind};

/// Something on the target that needs what a half takes away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dependent {
    /// What it is. The migrations do not know it.
    pub object: Identity,
    /// What it needs.
    pub needs: Identity,
}

/// What a half drops, and the columns that get another type: that fails as well where a view needs them.
pub fn taken_away(half: &FileTrace) -> Vec<Identity> {
    let goes = |change: &Change| match change {
        Change::Removed { .. } => true,
        Change::Changed { attributes } => attributes.iter().any(|one| one.attribute == "type"),
        Change::Added { .. } => false,
    };
    let table = |name: &str| Identity { kind: Kind::Table, of: None, name: name.to_owned() };
    // What belongs to a table goes with it.
    let goes_with_table =
        |identity: &Identity| identity.of.as_deref().is_some_and(|of| drops(half, &table(of)));
    let statements = Statements::of(half);
    let stays =
        |identity: &Identity| goes_with_table(identity) || statements.renames(last_part(&identity.name));
    let items = half.difference.items.iter();
    let items = items.filter(|item| goes(&item.change) && !stays(&item.identity));
    items.map(|item| item.identity.clone()).collect()
}

fn drops(half: &FileTrace, identity: &Identity) -> bool {
    let mut items = half.difference.items.iter();
    items.any(|item| item.identity == *identity && matches!(item.change, Change::Removed { .. }))
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
    let is_obstacle = |one: &Dependent| {
        one.object.kind != Kind::Constraint || halves.last().is_some_and(|half| drops(half, &one.needs))
    };
    found.filter(|one| !is_known(&one.object) && !is_named(&one.object) && is_obstacle(one)).collect()
}
