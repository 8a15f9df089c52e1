//! By which statement a half takes something away from what needs it: drops it, or gives a column another type.

use super::names::{bare, begins, mentions, own_name, says};
use super::retyped::is_retyped;
use super::table_actions::{dropped_by, made_or_changed, table_actions};
use super::{FileTrace, HalfStage};
use crate::catalog::{Identity, Lineage};

/// What takes a thing away.
pub(super) enum RemovedBy {
    /// The statement with this number, which takes along what needs it.
    Cascade(usize),
    /// The statement with this number, which the server refuses while something needs the thing.
    Statement(usize),
    /// Code, for one.
    Unknown,
}

/// The first statement that does so under one of the names that the thing has by then. One that names it afterwards makes it anew. And what
/// no such statement names has gone along with something else.
pub(super) fn removal<'a>(
    earlier: impl IntoIterator<Item = &'a FileTrace>,
    half: &FileTrace,
    on_target: &Identity,
) -> RemovedBy {
    let mut thing = ThingByName::new(on_target);
    thing.follow(earlier.into_iter().map(|half| &half.lineage));
    let stage = half.stages.iter().find(|stage| {
        let goes = goes_in(stage, half, &thing.identity);
        if !goes {
            thing.follow([&stage.lineage]);
        }
        goes
    });
    let own = stage.map_or(0..half.statements.len(), |stage| stage.statements.clone());
    let (mut by_name, mut by_table, mut along) = (None, None, None);
    for (number, one) in half.statements.iter().enumerate().filter(|(number, _)| own.contains(number)) {
        let text = &one.text;
        if renames(text) {
            thing.renamed_by(text);
        } else if takes_away(text) {
            by_name = by_name.or(thing.is_named(text).then_some((number, text)));
            by_table = by_table.or(thing.table_is_named(text).then_some((number, text)));
        }
        along = along.or(drops_with_cascade(text).then_some(number));
    }
    match (by_name.or(by_table), along) {
        (Some((number, text)), _) if thing.goes_with_cascade(text) => RemovedBy::Cascade(number),
        (Some((number, _)), _) => RemovedBy::Statement(number),
        (None, Some(number)) => RemovedBy::Cascade(number),
        (None, None) => RemovedBy::Unknown,
    }
}

/// Whether a statement drops something, and what needs it.
pub(super) fn drops_with_cascade(text: &str) -> bool {
    let code = begins(text, "DO") && mentions(text, "DROP") && mentions(text, "CASCADE");
    let drops = begins(text, "DROP") || begins(text, "ALTER") && says(text, "DROP");
    code || drops && says(text, "CASCADE")
}

fn goes_in(stage: &HalfStage, half: &FileTrace, thing: &Identity) -> bool {
    stage.lineage.gone.contains(thing) || is_retyped(stage, &half.statements, thing)
}

fn takes_away(text: &str) -> bool {
    begins(text, "DROP") || begins(text, "ALTER") && (says(text, "DROP") || says(text, "TYPE"))
}

fn renames(text: &str) -> bool {
    begins(text, "ALTER") && (says(text, "RENAME") || says(text, "SET SCHEMA"))
}

/// A thing by the names that it has had so far. Its table may have others, too.
struct ThingByName {
    identity: Identity,
    names: Vec<String>,
    tables: Vec<String>,
}

impl ThingByName {
    fn new(identity: &Identity) -> ThingByName {
        let mut named = ThingByName { identity: identity.clone(), names: Vec::new(), tables: Vec::new() };
        named.take_names();
        named
    }

    fn take_names(&mut self) {
        self.names.push(own_name(&self.identity));
        self.tables.extend(self.identity.of.as_deref().map(bare));
    }

    fn follow<'l>(&mut self, lineages: impl IntoIterator<Item = &'l Lineage>) {
        for lineage in lineages {
            if let Some(after) = lineage.after(&self.identity).cloned() {
                self.identity = after;
                self.take_names();
            }
        }
    }

    /// What comes between two looks at the schema shows in the statement alone.
    fn renamed_by(&mut self, text: &str) {
        let Some((_, new)) = text.rsplit_once([' ', '\n']) else { return };
        let new = bare(new.trim_end().trim_end_matches(';'));
        let is_known = |names: &[String]| names.iter().any(|name| mentions(text, name));
        match (is_known(&self.names), is_known(&self.tables)) {
            (true, _) if says(text, "RENAME") => self.names.push(new),
            (_, true) if says(text, "RENAME TO") => self.tables.push(new),
            _ => {}
        }
    }

    fn is_named(&self, text: &str) -> bool {
        let is_named = self.names.iter().any(|name| mentions(text, name));
        is_named && (self.tables.is_empty() || self.table_is_named(text))
    }

    /// Of the actions of an `ALTER TABLE`, each says for itself whether it does so with CASCADE.
    fn goes_with_cascade(&self, text: &str) -> bool {
        let is_own = |action: &&&str| {
            let name = dropped_by(action).or_else(|| made_or_changed(action));
            name.is_some_and(|name| self.names.contains(&name))
        };
        match table_actions(text).iter().find(is_own) {
            Some(action) => says(action, "CASCADE"),
            None => drops_with_cascade(text),
        }
    }

    fn table_is_named(&self, text: &str) -> bool {
        self.tables.iter().any(|table| mentions(text, table))
    }
}
