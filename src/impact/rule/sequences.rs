//! A rule about the sequence of a column that gets a larger type.

use super::{Class, PlanRule, PlanRuleText};
use crate::catalog::{Identity, Kind, Object};
use crate::impact::finding::{Finding, Recipe};
use crate::impact::look::HalfView;

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
    let sequences = look.case.after.objects.iter().filter(|(identity, _)| identity.kind == Kind::Sequence);
    sequences.filter_map(|(identity, sequence)| stays_narrow(look, identity, sequence)).collect()
}

fn stays_narrow(look: &HalfView<'_>, identity: &Identity, sequence: &Object) -> Option<Finding> {
    let (owner, own) = (sequence.get("owned by")?, sequence.get("type")?);
    let lineage = &look.case.trace.lineage;
    let columns = look.case.after.objects.iter().filter(|(one, _)| one.kind == Kind::Column);
    let is_owner = |one: &Identity| one.of.as_ref().is_some_and(|of| format!("{of}.{}", one.name) == owner);
    let mut columns = columns.filter(|(one, _)| is_owner(one));
    let (column, now) = columns.next()?;
    let before = look.before(lineage.before(column)?)?;
    let rank = |name: &str| TYPES.iter().position(|one| *one == name);
    let (was, is, own_rank) = (rank(before.get("type")?)?, rank(now.get("type")?)?, rank(own)?);
    // What does not follow its column counts from the file that makes the column larger.
    if is <= was || own_rank >= is || !look.is_on_target(lineage.before(column)?) {
        return None;
    }
    let (table, name, to) = (column.of.as_deref()?, &column.name, TYPES.get(is)?);
    let statement = look.statement_naming(&[table, name]);
    let what = format!(
        "{table}.{name} becomes {to}, and {} stays {own}: it ends where it did before",
        identity.name
    );
    let note = format!("In the same migration or a later one: ALTER SEQUENCE {} AS {to};", identity.name);
    let finding = look.finding(PlanRule::SequenceStaysNarrow, statement, &identity.name, what);
    Some(finding.with_recipe(Recipe::note(note)))
}
