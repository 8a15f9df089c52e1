//! Rules about unique indexes that go away, or cannot become a key.

use std::collections::BTreeSet;

use super::{Class, PlanRule, PlanRuleText};
use crate::catalog::{Catalog, Identity, Kind, Object};
use crate::impact::StatementTrace;
use crate::impact::by_hand::Fate;
use crate::impact::finding::{Finding, Recipe};
use crate::impact::look::HalfView;
use crate::impact::names::{bare, begins, quoted, says};
use crate::migration::sql::{Cursor, StandardStrings};

pub(super) const DROPPED_UNIQUE_KEY: PlanRuleText = PlanRuleText {
    id: "dropped-unique-key",
    class: Class::Breaks,
    title: "a unique key or index that goes away",
    text: "\
`INSERT … ON CONFLICT (email)` fails without a unique index on these columns, and what runs today may say so; and values may come to be \
there more than once, so that the key cannot be made again. First release code that does without it. A key whose columns go away with it, \
or that another one takes the place of, is no finding. `ON CONFLICT` fails as well once a key of these columns is `DEFERRABLE`.",
    given: "CREATE TABLE users (id bigint PRIMARY KEY, email text CONSTRAINT users_email UNIQUE);",
    breaks: "ALTER TABLE users DROP CONSTRAINT users_email;",
    safe: "",
};

pub(super) const INVALID_INDEX: PlanRuleText = PlanRuleText {
    id: "invalid-index",
    class: Class::Fails,
    title: "a key from an index that is not valid on the target",
    text: "\
`ADD CONSTRAINT … USING INDEX` takes a valid index only. One that `CREATE INDEX CONCURRENTLY` has left there when it broke off is not: the \
file fails on the target, where the index of the scratch database is valid.",
    given: "\
CREATE TABLE users (id bigint NOT NULL);
CREATE UNIQUE INDEX users_id ON users (id);
-- by hand: UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'users_id'::regclass;",
    breaks: "ALTER TABLE users ADD CONSTRAINT users_key PRIMARY KEY USING INDEX users_id;",
    safe: "",
};

pub(super) fn find(look: &HalfView<'_>) -> Vec<Finding> {
    let gone = look.case.trace.lineage.gone.iter().filter(|one| one.kind == Kind::Index);
    let indexes = gone.chain(beside_deferrable(look));
    let mut findings: Vec<Finding> = indexes.filter_map(|index| unusable(look, index)).collect();
    findings.extend(look.statements().filter_map(|(number, one)| invalid(look, number, one)));
    findings
}

/// The indexes of tables that get a deferrable key, by their names before: it may be of the same columns, or be made of one of them.
fn beside_deferrable<'l>(look: &'l HalfView<'_>) -> impl Iterator<Item = &'l Identity> {
    let lineage = &look.case.trace.lineage;
    let keys = look.items(Kind::Constraint).filter(|item| look.after(&item.identity).is_some_and(defers));
    let tables: BTreeSet<&str> = keys.filter_map(|item| item.identity.of.as_deref()).collect();
    let indexes =
        tables.into_iter().flat_map(|table| look.parts_of(table, Kind::Index)).map(|(index, _)| index);
    indexes.filter_map(|index| lineage.before(index))
}

/// What is left where there was a unique index.
enum Left {
    /// One of the same columns.
    Same,
    /// The same, and one is deferrable that was not: the server refuses `ON CONFLICT`, whatever others there are.
    Deferrable,
    Nothing,
}

fn unusable(look: &HalfView<'_>, index: &Identity) -> Option<Finding> {
    let object = look.before(index).filter(|object| is_unique(object))?;
    let columns = object.list("columns");
    let of = index.of.as_deref()?;
    let table = Identity { kind: Kind::Table, of: None, name: of.to_owned() };
    // What a table lacks that takes the place of the old one is told with that.
    let lineage = &look.case.trace.lineage;
    let table = lineage.after(&table).filter(|_| !lineage.is_taken_over(&table))?;
    let left = look.after(table)?.list("columns");
    let was_deferrable = has_deferrable(look.case.before, of, object);
    let other = match () {
        () if has_deferrable(look.case.after, &table.name, object) && !was_deferrable => Left::Deferrable,
        () if look.parts_of(&table.name, Kind::Index).any(|(_, other)| is_same(object, other)) => Left::Same,
        () if left_by_hand(look, index, object) => Left::Same,
        () => Left::Nothing,
    };
    if !columns.iter().all(|column| left.contains(column))
        || object.get("parent").is_some()
        || !look.is_on_target(index)
    {
        return None;
    }
    let columns: Vec<String> = columns.iter().map(|column| quoted(column)).collect();
    let columns = columns.join(", ");
    let on_conflict = format!("what says ON CONFLICT ({columns}) today fails");
    let none = format!("no unique index of {} ({columns}) is left", table.name);
    let doubles = "values may come to be there more than once";
    let what = match other {
        Left::Same => return None,
        Left::Deferrable => {
            format!("a unique key of {} ({columns}) is deferrable from now on: {on_conflict}", table.name)
        }
        Left::Nothing if was_deferrable => format!("{none}: {doubles}"),
        Left::Nothing => format!("{none}: {on_conflict}, and {doubles}"),
    };
    let name = &index.name;
    let defers = look.statement_naming(&[of, "DEFERRABLE"]).filter(|_| matches!(other, Left::Deferrable));
    let statement =
        defers.or_else(|| look.statement_naming(&[name])).or_else(|| look.statement_naming(&[of]));
    let finding = look.finding(PlanRule::DroppedUniqueKey, statement, format!("{of}.{name}"), what);
    Some(finding.with_recipe(Recipe::note("First release code that does without it.")))
}

/// Whether an index keeps the same rows apart as this one, in whatever order it names the columns.
pub(super) fn is_same(index: &Object, other: &Object) -> bool {
    let columns = |index: &Object| BTreeSet::from_iter(index.list("columns"));
    is_unique(other) && columns(other) == columns(index) && other.get("predicate") == index.get("predicate")
}

/// Whether the table has such an index that no migration has made.
fn left_by_hand(look: &HalfView<'_>, index: &Identity, object: &Object) -> bool {
    let table = look.name_on_target(index).and_then(|there| there.of.as_deref()).unwrap_or_default();
    let mut by_hand = look.case.only_on_target.parts(Kind::Index, table);
    let end = look.case.trace.statements.len();
    by_hand.any(|(one, other)| is_same(object, other) && look.preceding(end).fate_of(one) != Fate::Gone)
}

/// Whether a table has such an index that belongs to a key which is deferrable.
fn has_deferrable(catalog: &Catalog, table: &str, index: &Object) -> bool {
    let mut same = catalog.parts(Kind::Index, table).filter(|(_, other)| is_same(index, other));
    same.any(|(identity, other)| {
        let name = other.get("constraint").map(str::to_owned);
        let constraint = name.map(|name| Identity { kind: Kind::Constraint, name, ..identity.clone() });
        constraint.and_then(|one| catalog.objects.get(&one)).is_some_and(|one| defers(one))
    })
}

/// Whether a constraint may be checked as late as at COMMIT.
fn defers(constraint: &Object) -> bool {
    constraint.get("definition").is_some_and(|definition| says(definition, "DEFERRABLE"))
}

fn is_unique(index: &Object) -> bool {
    index.get("unique").is_some() && index.get("valid").is_none()
}

fn invalid(look: &HalfView<'_>, number: usize, statement: &StatementTrace) -> Option<Finding> {
    let text = &statement.text;
    let mut cursor = Cursor::new(text.as_bytes(), StandardStrings::On);
    let index =
        (begins(text, "ALTER TABLE") && cursor.find("USING INDEX")).then(|| cursor.identifier())??;
    let before = look.case.before.objects.keys().filter(|one| one.kind == Kind::Index);
    let known = before.filter(|one| bare(&one.name) == index);
    let is_invalid = |one: &Identity| {
        let there = look.name_on_target(one).and_then(|there| look.case.target_now.objects.get(there));
        there.is_some_and(|there| there.get("valid") == Some("false"))
    };
    let tables = statement.locks.iter().map(|lock| look.name(&lock.relation));
    let tables: Vec<String> = tables.collect();
    let mut invalid =
        known.filter(|one| one.of.as_ref().is_some_and(|of| tables.contains(of)) && is_invalid(one));
    let name = &invalid.next()?.name;
    let line = statement.location.line;
    let what = format!("the index {name} is not valid on the target: this file will fail at line {line}");
    let note = format!("Before, in a migration outside of a transaction: REINDEX INDEX CONCURRENTLY {name};");
    Some(look.finding(PlanRule::InvalidIndex, Some(number), name, what).with_recipe(Recipe::note(note)))
}
