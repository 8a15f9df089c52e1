//! The indexes and constraints of a column, made for the one that takes its place.

use super::steps::{concurrently, not_valid};
use super::successor_column::Successor;
use crate::catalog::{Identity, Kind, Object};
use crate::impact::finding::{RecipeFile, apart, together};
use crate::impact::identifiers::{has_column, with_columns};
use crate::impact::look::HalfView;
use crate::impact::names::{bare, beside, made_of, mentions};

/// What belongs to the old column, for the new one.
#[derive(Default)]
pub(super) struct SuccessorParts {
    /// Makes all of it beside the old ones.
    pub files: Vec<RecipeFile>,
    /// Statements of the swap that come before the old column is dropped.
    pub before_the_drop: String,
    /// And those after it.
    pub after_the_drop: String,
}

impl SuccessorParts {
    /// # Errors
    /// What uses the column and has no such way.
    pub fn of(look: &HalfView<'_>, successor: &Successor<'_>) -> Result<SuccessorParts, Vec<String>> {
        let in_the_way = in_the_way(look, successor);
        if !in_the_way.is_empty() {
            return Err(in_the_way);
        }
        let mut parts = SuccessorParts::default();
        let mut builds = Vec::new();
        let objects =
            || look.case.after.objects.iter().map(|(identity, object)| (identity.as_ref(), object.as_ref()));
        for (identity, index) in
            objects().filter(|(identity, object)| is_index_of(successor, identity, object))
        {
            builds.extend(parts.index(look, successor, identity, index));
        }
        if !builds.is_empty() {
            parts.files.push(apart(builds.join("\n")));
        }
        for (identity, object) in objects() {
            if identity.kind == Kind::Constraint && identity.of.as_deref() == Some(successor.of) {
                parts.own(successor, identity, object);
            }
            if identity.kind == Kind::Constraint && object.get("references") == Some(successor.of) {
                parts.of_others(successor, identity, object);
            }
        }
        Ok(parts)
    }

    /// Returns what builds it.
    fn index(
        &mut self,
        look: &HalfView<'_>,
        successor: &Successor<'_>,
        identity: &Identity,
        index: &Object,
    ) -> Option<String> {
        let of = successor.of;
        let (name, new) = (&identity.name, beside_name(&identity.name));
        match index.get("constraint") {
            Some(constraint) => {
                let own =
                    Identity { kind: Kind::Constraint, of: Some(of.to_owned()), name: constraint.to_owned() };
                let constraint = look.after(&own)?;
                let kind = constraint.get("type")?.to_uppercase();
                let definition = constraint.get("definition")?;
                let deferrable =
                    definition.find(" DEFERRABLE").and_then(|at| definition.get(at..)).unwrap_or_default();
                self.after_the_drop += &format!(
                    "ALTER TABLE {of} ADD CONSTRAINT {name} {kind} USING INDEX {new}{deferrable};\n"
                );
            }
            None => self.after_the_drop += &format!("ALTER INDEX {} RENAME TO {name};\n", beside(of, &new)),
        }
        let build = concurrently(index)?.replacen(
            &format!("CONCURRENTLY {name} "),
            &format!("CONCURRENTLY {new} "),
            1,
        );
        let (before, after) = build.split_once(" USING ")?;
        Some(format!("{before} USING {}", for_successor(successor, after)))
    }

    /// A check or a foreign key of the table itself.
    fn own(&mut self, successor: &Successor<'_>, identity: &Identity, object: &Object) {
        let kind = object.get("type").unwrap_or_default();
        if !matches!(kind, "check" | "foreign key") || !object.list("columns").contains(&bare(successor.last))
        {
            return;
        }
        let (of, name, new) = (successor.of, &identity.name, beside_name(&identity.name));
        let definition = object.get("definition").unwrap_or_default();
        let definition = match definition.split_once(" REFERENCES ") {
            Some((key, rest)) => format!("{} REFERENCES {rest}", for_successor(successor, key)),
            None => for_successor(successor, definition),
        };
        self.constraint(of, &new, &definition);
        self.after_the_drop += &format!("ALTER TABLE {of} RENAME CONSTRAINT {new} TO {name};\n");
    }

    /// A foreign key of another table that leads here.
    fn of_others(&mut self, successor: &Successor<'_>, identity: &Identity, object: &Object) {
        if !object.list("referenced columns").contains(&bare(successor.last)) {
            return;
        }
        let Some(of) = identity.of.as_deref() else { return };
        let (name, new) = (&identity.name, beside_name(&identity.name));
        let definition = object.get("definition").unwrap_or_default();
        let definition = match definition
            .split_once(" REFERENCES ")
            .and_then(|(key, rest)| Some((key, rest.split_once('(')?)))
        {
            Some((key, (table, columns))) => {
                format!("{key} REFERENCES {table}({}", for_successor(successor, columns))
            }
            None => definition.to_owned(),
        };
        self.constraint(of, &new, &definition);
        self.before_the_drop += &format!("ALTER TABLE {of} DROP CONSTRAINT {name};\n");
        self.after_the_drop += &format!("ALTER TABLE {of} RENAME CONSTRAINT {new} TO {name};\n");
    }

    fn constraint(&mut self, of: &str, name: &str, definition: &str) {
        if definition.ends_with(" NOT VALID") || definition.ends_with(" NOT ENFORCED") {
            self.files.push(together(format!("ALTER TABLE {of} ADD CONSTRAINT {name} {definition};")));
        } else {
            self.files.extend(not_valid(of, name, definition));
        }
    }
}

/// What an index or a constraint is called until the old one is gone.
fn beside_name(name: &str) -> String {
    made_of(&[name, "new"])
}

/// SQL of the column's last name, for the name that it has meanwhile.
fn for_successor(successor: &Successor<'_>, sql: &str) -> String {
    let last = bare(successor.last);
    with_columns(sql, |name| (*name == last).then(|| successor.meanwhile.to_owned()))
}

fn is_index_of(successor: &Successor<'_>, identity: &Identity, index: &Object) -> bool {
    let definition = index.get("definition").unwrap_or_default();
    let uses = |keys| has_column(keys, successor.last);
    identity.kind == Kind::Index
        && identity.of.as_deref() == Some(successor.of)
        && definition.split_once(" USING ").is_some_and(|(_, keys)| uses(keys))
}

/// What uses the column, and is no index or constraint that can be made beside.
fn in_the_way(look: &HalfView<'_>, successor: &Successor<'_>) -> Vec<String> {
    let (of, old) = (successor.of, successor.old);
    let is_whole = look.is_partitioned(of);
    let objects = look.case.before.objects.iter();
    let uses = |identity: &Identity, object: &Object| {
        let of_table = identity.of.as_deref() == Some(of);
        let text = |attribute: &str| object.get(attribute).is_some_and(|text| mentions(text, old));
        let names_table = |attribute: &str| object.get(attribute).is_some_and(|text| mentions(text, of));
        match identity.kind {
            Kind::View | Kind::MaterializedView => text("definition") && names_table("definition"),
            Kind::Rule | Kind::Trigger => of_table && text("definition"),
            Kind::Policy => of_table && (text("using") || text("with check")),
            Kind::Statistics => text("definition") && names_table("definition"),
            Kind::Column => of_table && text("generated"),
            Kind::Constraint => {
                of_table && object.get("type") == Some("exclude") && text("definition")
                    || is_whole && of_table && text("definition")
            }
            Kind::Index => is_whole && of_table && text("definition"),
            Kind::Table => identity.name == of && text("partition by"),
            _ => false,
        }
    };
    objects
        .filter(|(identity, object)| uses(identity, object))
        .map(|(identity, _)| identity.to_string())
        .collect()
}
