//! Rules about unique indexes that go away, or cannot become a key.

use super::{Class, PlanRule, PlanRuleText};
use crate::catalog::{Identity, Kind, Object};
use crate::impact::StatementTrace;
use crate::impact::by_hand::Fate;
use crate::impact::finding::{Finding, Recipe};
use crate::impact::look::HalfView;
use crate::impact::names::{bare, begins, quoted};
use crate::migration::sql::{Cursor, StandardStrings};

pub(super) const DROPPED_UNIQUE_KEY: PlanRuleText = PlanRuleText {
    id: "dropped-unique-key",
    class: Class::Breaks,
    title: "a unique key or index that goes away",
    text: "\
`INSERT … ON CONFLICT (email)` fails without a unique index on these columns, and what runs today may say so; and values may come to be \
there more than once, so that the key cannot be made again. First release code that does without it. A key whose columns go away with it, \
or that another one takes the place of, is no finding.",
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
    let mut findings: Vec<Finding> = gone.filter_map(|index| dropped(look, index)).collect();
    findings.extend(look.statements().filter_map(|(number, one)| invalid(look, number, one)));
    findings
}

fn dropped(look: &HalfView<'_>, index: &Identity) -> Option<Finding> {
    let object = look.before(index).filter(|object| is_unique(object))?;
    let columns = object.list("columns");
    let of = index.of.as_deref()?;
    let table = Identity { kind: Kind::Table, of: None, name: of.to_owned() };
    let table = look.case.trace.lineage.after(&table)?;
    let left = look.after(table)?.list("columns");
    let is_same = |other: &Object| {
        is_unique(other)
            && other.list("columns") == columns
            && other.get("predicate") == object.get("predicate")
    };
    if !columns.iter().all(|column| left.contains(column))
        || look.parts_of(&table.name, Kind::Index).any(|(_, other)| is_same(other))
        || left_by_hand(look, index, is_same)
        || object.get("parent").is_some()
        || !look.is_on_target(index)
    {
        return None;
    }
    let columns: Vec<String> = columns.iter().map(|column| quoted(column)).collect();
    let columns = columns.join(", ");
    let what = format!(
        "no unique index of {} ({columns}) is left: what says ON CONFLICT ({columns}) today fails, and values may come to be there more than once",
        table.name
    );
    let name = &index.name;
    let statement = look.statement_naming(&[name]).or_else(|| look.statement_naming(&[of]));
    let finding = look.finding(PlanRule::DroppedUniqueKey, statement, format!("{of}.{name}"), what);
    Some(finding.with_recipe(Recipe::note("First release code that does without it.")))
}

/// Whether the table has such an index that no migration has made.
fn left_by_hand(look: &HalfView<'_>, index: &Identity, is_same: impl Fn(&Object) -> bool) -> bool {
    let table = look.name_on_target(index).and_then(|there| there.of.as_ref());
    let by_hand = look.case.only_on_target.objects.iter();
    let mut own = by_hand.filter(|(one, _)| one.kind == Kind::Index && one.of.as_ref() == table);
    let end = look.case.trace.statements.len();
    own.any(|(one, object)| is_same(object) && look.preceding(end).fate_of(one) != Fate::Gone)
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
