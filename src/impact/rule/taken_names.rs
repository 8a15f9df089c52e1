//! A rule about names that something else on the target has already.

use std::collections::BTreeMap;

use super::{Class, PlanRule, PlanRuleText};
use crate::catalog::{Identity, Kind, Object};
use crate::impact::StatementTrace;
use crate::impact::finding::{Finding, Recipe};
use crate::impact::look::HalfView;
use crate::impact::names::{bare, begins, beside, mentions, says};

pub(super) const TAKEN_NAME: PlanRuleText = PlanRuleText {
    id: "taken-name",
    class: Class::Fails,
    title: "a name that something made by hand has already",
    text: "\
The target has something of this name that no migration has made: the file fails there. Where it says `IF NOT EXISTS`, the server takes \
what is there, whatever it is like, also an index that is not valid; where both are the same, that is no finding. A name that the server \
itself chooses is never in the way.",
    given: "\
CREATE TABLE users (id bigint PRIMARY KEY);
-- by hand: CREATE TABLE orders (id bigint);",
    breaks: "CREATE TABLE orders (id bigint PRIMARY KEY, buyer bigint);",
    safe: "",
};

/// Among which things a name has to be another one, and the name there.
type NamePlace = (&'static str, String);

pub(super) fn find(look: &HalfView<'_>) -> Vec<Finding> {
    let by_hand = &look.case.only_on_target.objects;
    let mut taken: BTreeMap<NamePlace, (&Identity, &Object)> = BTreeMap::new();
    for (identity, object) in by_hand {
        taken.extend(places(identity).into_iter().map(|place| (place, (identity.as_ref(), object.as_ref()))));
    }
    if taken.is_empty() {
        return Vec::new();
    }
    let lineage = &look.case.trace.lineage;
    let new_names = lineage.renamed().filter(|(old, new)| old.name != new.name).map(|(_, new)| new);
    let mut findings: Vec<Finding> = Vec::new();
    let goes_with_its_table = |made: &Identity| {
        let mut others = lineage.made.iter();
        made.kind != Kind::Index
            && others.any(|other| other.of.is_none() && made.of.as_ref() == Some(&other.name))
    };
    for made in lineage.made.iter().filter(|made| !goes_with_its_table(made)).chain(new_names) {
        let other = places(made).into_iter().find_map(|place| taken.get(&place).copied());
        let found = other.and_then(|other| in_the_way(look, made, other));
        // A key comes with its index, and a table with its columns.
        findings.extend(found.filter(|one| findings.iter().all(|known| known.statement != one.statement)));
    }
    findings
}

fn places(identity: &Identity) -> Vec<NamePlace> {
    let name = identity.name.clone();
    match identity.kind {
        Kind::Table | Kind::ForeignTable | Kind::View | Kind::MaterializedView | Kind::CompositeType => {
            vec![("relation", name.clone()), ("type", name)]
        }
        Kind::Sequence => vec![("relation", name)],
        Kind::Index => vec![("relation", beside(identity.of.as_deref().unwrap_or_default(), &name))],
        Kind::Enum | Kind::Domain | Kind::Range | Kind::BaseType => vec![("type", name)],
        Kind::Column => of_table("column", identity),
        Kind::Constraint => of_table("constraint", identity),
        Kind::Trigger => of_table("trigger", identity),
        Kind::Policy => of_table("policy", identity),
        Kind::Function | Kind::Procedure | Kind::Aggregate => vec![("function", name)],
        Kind::Schema => vec![("schema", name)],
        _ => Vec::new(),
    }
}

fn of_table(kind: &'static str, identity: &Identity) -> Vec<NamePlace> {
    identity.of.as_ref().map(|of| (kind, format!("{of}.{}", identity.name))).into_iter().collect()
}

fn in_the_way(
    look: &HalfView<'_>,
    made: &Identity,
    (other, object): (&Identity, &Object),
) -> Option<Finding> {
    let name = bare(made.name.split('(').next().unwrap_or(&made.name));
    let number = look.statement_naming(&[&name])?;
    let statement = look.case.trace.statements.get(number)?;
    if copes(statement) || look.may_have_dropped(number, &name) {
        return None;
    }
    let line = statement.location.line;
    let there = format!("the target has the {other} already, which no migration has made");
    let note = format!("Give one of the two another name, or drop the {other} before, if nobody misses it.");
    if !mentions(&statement.text, "IF NOT EXISTS") {
        let what = format!("{there}: this file will fail at line {line}");
        let finding = look.finding(PlanRule::TakenName, Some(number), &made.name, what);
        return Some(finding.with_recipe(Recipe::note(note)));
    }
    if look.after(made).is_some_and(|made| is_alike(made, object)) {
        return None;
    }
    let is_invalid = object.get("valid") == Some("false");
    let like = if is_invalid { "it is not valid, so that no query uses it" } else { "it is another one" };
    let what = format!("{there}, and {like}: IF NOT EXISTS leaves it as it is");
    let finding = look.finding(PlanRule::TakenName, Some(number), &made.name, what);
    Some(Finding { class: Class::Careless, ..finding.with_recipe(Recipe::note(note)) })
}

/// Whether a statement goes on whatever is there.
fn copes(statement: &StatementTrace) -> bool {
    let is_code = begins(&statement.text, "DO");
    says(&statement.text, "OR REPLACE")
        || is_code && ["EXCEPTION", "IF"].iter().any(|word| mentions(&statement.text, word))
}

/// Whether both are the same, with or without the same owner.
fn is_alike(one: &Object, other: &Object) -> bool {
    let of_roles = ["owner", "privileges", "comment"];
    let what = |object: &Object| {
        let mut attributes = object.attributes.clone();
        attributes.retain(|name, _| !of_roles.contains(&name.as_ref()));
        attributes
    };
    what(one) == what(other)
}

impl HalfView<'_> {
    /// Whether something of this name may have been dropped by the statement or before it, where there is one.
    fn may_have_dropped(&self, number: usize, name: &str) -> bool {
        let own = self.case.trace.statements.get(..=number).unwrap_or_default();
        let earlier = self.earlier().iter().flat_map(|case| &case.trace.statements);
        earlier.chain(own).any(|one| mentions(&one.text, "DROP") && mentions(&one.text, name))
    }
}
