//! A rule about the sequence of a column that gets a larger type.

use super::types::{TypeChange, type_changes};
use super::{Class, PlanRule, PlanRuleText};
use crate::catalog::{Identity, Kind, Object};
use crate::impact::finding::{Finding, Recipe};
use crate::impact::look::HalfView;
use crate::impact::names::mentions;

pub(super) const SEQUENCE_STAYS_NARROW: PlanRuleText = PlanRuleText {
    id: "sequence-stays-narrow",
    class: Class::Careless,
    title: "a larger type of a column whose sequence still ends where the smaller one did",
    text: "\
`serial` makes a sequence of the type integer. Where its column becomes bigint, the sequence stays what it is, and `nextval` fails at \
2,147,483,647 as before. `ALTER SEQUENCE … AS bigint` takes no time. The sequence of an identity column follows its column.",
    given: "CREATE TABLE users (id serial PRIMARY KEY, name text);",
    breaks: "ALTER TABLE users ALTER COLUMN id TYPE bigint;",
    safe: "",
};

/// The types of sequences, each of which ends later than those before it.
const TYPES: [&str; 3] = ["smallint", "integer", "bigint"];

pub(super) fn find(look: &HalfView<'_>) -> Vec<Finding> {
    type_changes(look).iter().flat_map(|change| stay_narrow(look, change)).collect()
}

/// The sequences of a column that becomes larger than they are.
fn stay_narrow(look: &HalfView<'_>, change: &TypeChange<'_>) -> Vec<Finding> {
    let rank = |name: &str| TYPES.iter().position(|one| *one == name);
    let (Some(was), Some(is)) = (rank(change.before), rank(change.after)) else { return Vec::new() };
    if is <= was || !change.is_on_target(look) {
        return Vec::new();
    }
    let owner = format!("{}.{}", change.of, change.column);
    let is_small = |sequence: &Object| sequence.get("type").and_then(rank).is_some_and(|own| own < is);
    let is_narrow = |identity: &Identity, sequence: &Object| {
        sequence.get("owned by") == Some(&owner)
            // What does not follow its column counts from the file that makes the column larger.
            && is_small(sequence)
            && gives_values(look, change, identity)
            && look.in_the_end(identity).is_some_and(is_small)
    };
    let sequences = look.case.after.objects.iter().filter(|(one, _)| one.kind == Kind::Sequence);
    let narrow = sequences.filter(|(identity, sequence)| is_narrow(identity, sequence));
    narrow.map(|(identity, sequence)| finding(look, change, identity, sequence)).collect()
}

/// Whether the default of the column still comes from the sequence.
fn gives_values(look: &HalfView<'_>, change: &TypeChange<'_>, sequence: &Identity) -> bool {
    let name = change.column.to_owned();
    let column = Identity { kind: Kind::Column, of: Some(change.of.to_owned()), name };
    let default = look.after(&column).and_then(|column| column.get("default"));
    default.is_some_and(|default| mentions(default, &sequence.name))
}

fn finding(look: &HalfView<'_>, change: &TypeChange<'_>, identity: &Identity, sequence: &Object) -> Finding {
    let TypeChange { of: table, column: name, after: to, .. } = change;
    let own = sequence.get("type").unwrap_or_default();
    let statement = look.statement_naming(&[table, name]);
    let what = format!(
        "{table}.{name} becomes {to}, and {} stays {own}: it ends where it did before",
        identity.name
    );
    let note = format!("In the same migration or a later one: ALTER SEQUENCE {} AS {to};", identity.name);
    let finding = look.finding(PlanRule::SequenceStaysNarrow, statement, &identity.name, what);
    finding.with_recipe(Recipe::note(note))
}
