//! A rule about names that something else on the target has already.

use std::collections::BTreeMap;

use super::{Class, PlanRule, PlanRuleText};
use crate::catalog::{Catalog, Identity, Kind, Object};
use crate::impact::StatementTrace;
use crate::impact::by_hand::{self, Fate};
use crate::impact::code::has_branches;
use crate::impact::finding::{Finding, Recipe};
use crate::impact::look::HalfView;
use crate::impact::names::{begins, beside, mentions, own_name, quoted, says};
use crate::impact::table_actions::{dropped_by, table_actions};

pub(super) const TAKEN_NAME: PlanRuleText = PlanRuleText {
    id: "taken-name",
    class: Class::Fails,
    title: "a name that something made by hand has already",
    text: "\
The target has something of this name that no migration has made, or an enum that value: the file fails there. Where it says `IF NOT EXISTS`, the server takes \
what is there, whatever it is like, also an index that is not valid; where both are the same, that is no finding. `OR REPLACE` fails where \
the server cannot make the one from the other: a table is there, or a view with other columns, or a function with another result. A name \
that the server itself chooses is never in the way. Where an earlier statement drops the thing, or gives it another name, that is no finding; \
where one may (code, `CASCADE`), or the search path leads to a schema that was made by hand, it is *careless* and not *fails*.",
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
    let lineage = &look.case.trace.lineage;
    let new_names = lineage.renamed().filter(|(old, new)| old.name != new.name).map(|(_, new)| new);
    let mut findings: Vec<Finding> = Vec::new();
    let goes_with_its_table = |made: &Identity| {
        let mut others = lineage.made.iter();
        !matches!(made.kind, Kind::Index | Kind::Statistics)
            && others.any(|other| other.of.is_none() && made.of.as_ref() == Some(&other.name))
    };
    for made in lineage.made.iter().filter(|made| !goes_with_its_table(made)).chain(new_names) {
        let other = places(made).into_iter().find_map(|place| taken.get(&place).copied());
        let found = other.and_then(|other| in_the_way(look, made, other));
        // A key comes with its index, and a table with its columns.
        findings.extend(found.filter(|one| findings.iter().all(|known| known.statement != one.statement)));
    }
    findings.extend(look.items(Kind::Enum).flat_map(|item| taken_labels(look, &item.identity)));
    findings
}

/// The values that the half gives to an enum and that it has already.
fn taken_labels(look: &HalfView<'_>, made: &Identity) -> Vec<Finding> {
    let labels = |object: Option<&Object>| object.map(|object| object.list("labels")).unwrap_or_default();
    let before = look
        .case
        .trace
        .lineage
        .before(made)
        .and_then(|name| look.before(name).zip(look.name_on_target(name)));
    let Some((before, name)) = before else { return Vec::new() };
    let object = |catalog: &Catalog| labels(catalog.objects.get(name).map(AsRef::as_ref));
    let (known, there) = (object(look.target), object(look.case.target_now));
    let mut new = labels(look.after(made));
    new.retain(|label| {
        !before.list("labels").contains(label) && there.contains(label) && !known.contains(label)
    });
    new.iter().filter_map(|label| taken_label(look, name, label)).collect()
}

fn taken_label(look: &HalfView<'_>, name: &Identity, label: &str) -> Option<Finding> {
    let literal = format!("'{}'", label.replace('\'', "''"));
    let (number, statement) = look.statements().find(|(_, one)| one.text.contains(&literal))?;
    let makes = begins(&statement.text, "ALTER TYPE") && !says(&statement.text, "IF NOT EXISTS");
    let fate = look.preceding(number).fate_of(name);
    if !makes || fate == Fate::Gone {
        return None;
    }
    let fails = by_hand::fails(Some(statement.location.line), fate.doubt());
    let what = format!(
        "the target has the value {literal} of the {name} already, which no migration has made: {fails}"
    );
    let finding = look.finding(PlanRule::TakenName, Some(number), &name.name, what);
    let class = if fate.doubt().is_none() { finding.class } else { Class::Careless };
    let note = "Say IF NOT EXISTS where the value is to be the one that is there.";
    Some(Finding { class, ..finding.with_recipe(Recipe::note(note)) })
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
        Kind::Rule => of_table("rule", identity),
        Kind::Function | Kind::Procedure | Kind::Aggregate => vec![("function", name)],
        Kind::Schema
        | Kind::Extension
        | Kind::Collation
        | Kind::Conversion
        | Kind::Statistics
        | Kind::Operator
        | Kind::EventTrigger
        | Kind::Publication
        | Kind::ForeignDataWrapper
        | Kind::ForeignServer
        | Kind::TextSearchDictionary
        | Kind::TextSearchConfiguration => vec![(identity.kind.word(), name)],
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
    let name = own_name(made);
    let uses = look.statements().filter(|(_, statement)| mentions(&statement.text, &name));
    let decides = |(number, statement)| Some((number, statement, use_of_name(statement, made, &name)?));
    let (number, statement, used) = uses.into_iter().find_map(decides)?;
    if used == NameUse::Copes || is_dropped_at_once(statement, (other, object)) {
        return None;
    }
    let fate = look.preceding(number).fate_of(other);
    if matches!(fate, Fate::Gone | Fate::Moved | Fate::InCode(_)) {
        return None;
    }
    let there = format!("the target has the {other} already, which no migration has made");
    let fails = by_hand::fails(Some(statement.location.line), fate.doubt());
    let what = match used {
        NameUse::Copes => return None,
        NameUse::Makes => format!("{there}: {fails}"),
        NameUse::Replaces => {
            let why = irreplaceable(look, number, made, (other, object))?;
            format!("{there}, and OR REPLACE cannot take its place: {why}: {fails}")
        }
        NameUse::MakesIfNotExists => {
            let like = left_as_it_is(look, number, made, object)?;
            let unless = fate.doubt().map(|doubt| format!(", {doubt}")).unwrap_or_default();
            format!("{there}, and {like}: IF NOT EXISTS leaves it as it is{unless}")
        }
    };
    let finding = look.finding(PlanRule::TakenName, Some(number), &made.name, what);
    let is_certain = fate.doubt().is_none() && used != NameUse::MakesIfNotExists;
    let class = if is_certain { finding.class } else { Class::Careless };
    let note = format!("Give one of the two another name, or drop the {other} before, if nobody misses it.");
    Some(Finding { class, ..finding.with_recipe(Recipe::note(note)) })
}

/// Of one `ALTER TABLE`, the server first does what drops something: what is there, or a column that it is made of.
fn is_dropped_at_once(statement: &StatementTrace, (other, object): (&Identity, &Object)) -> bool {
    let mut own: Vec<String> = object.list("columns");
    own.push(own_name(other));
    let mut dropped = table_actions(&statement.text).into_iter().filter_map(dropped_by);
    dropped.any(|name| own.contains(&name))
}

/// How what is there differs from what the file would make, as far as that is certain.
fn left_as_it_is(
    look: &HalfView<'_>,
    number: usize,
    made: &Identity,
    there: &Object,
) -> Option<&'static str> {
    // The version of an extension is what the server has.
    if made.kind == Kind::Extension
        || is_altered(look, number, &own_name(made))
        || look.after(made).is_some_and(|made| is_alike(made, there))
    {
        return None;
    }
    let is_invalid = there.get("valid") == Some("false");
    Some(if is_invalid { "it is not valid, so that no query uses it" } else { "it is another one" })
}

/// Whether it may be another thing after the file than this statement has made.
fn is_altered(look: &HalfView<'_>, number: usize, name: &str) -> bool {
    let mut later = look.statements().skip(number + 1).map(|(_, statement)| &statement.text);
    later.any(|text| {
        let changes = begins(text, "ALTER") || begins(text, "DROP") || says(text, "OR REPLACE");
        changes && mentions(text, name)
    })
}

/// Why the server cannot replace what is there by what the statement makes, as far as that is certain.
fn irreplaceable(
    look: &HalfView<'_>,
    number: usize,
    made: &Identity,
    (other, there): (&Identity, &Object),
) -> Option<String> {
    if is_altered(look, number, &own_name(made)) {
        return None;
    }
    let is_code = |kind| matches!(kind, Kind::Function | Kind::Procedure | Kind::Aggregate);
    let after = look.after(made)?;
    match made.kind {
        Kind::View if other.kind != Kind::View => Some(format!("it is a {}", other.kind)),
        Kind::View => {
            let (old, new) = (there.list("columns"), after.list("columns"));
            let has_others =
                !new.starts_with(&old) || old.iter().any(|column| has_other_type(look, made, column));
            has_others.then(|| "it has other columns".to_owned())
        }
        kind if is_code(kind) && other.kind != kind => Some(format!("it is a {}", other.kind)),
        Kind::Function if there.get("result") != after.get("result") => {
            let result = there.get("result").unwrap_or_default();
            Some(format!("it returns {result}"))
        }
        _ => None,
    }
}

/// Whether the column of a view has another type than that of the view which is there.
fn has_other_type(look: &HalfView<'_>, view: &Identity, column: &str) -> bool {
    let column = Identity { kind: Kind::Column, of: Some(view.name.clone()), name: quoted(column) };
    let there = look.case.only_on_target.objects.get(&column);
    there.zip(look.after(&column)).is_some_and(|(there, after)| there.get("type") != after.get("type"))
}

/// What the first statement that decides it does with a name which is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum NameUse {
    /// It gives the name to something new: it fails.
    Makes,
    /// It does so where there is none.
    MakesIfNotExists,
    /// It puts it in the place of what is there.
    Replaces,
    /// It, or what follows, goes on whatever is there: it drops it, gives it another name, or looks first.
    Copes,
}

/// `None` for a statement that has the name in it and decides nothing, like a comment or a column of the same name.
fn use_of_name(statement: &StatementTrace, made: &Identity, name: &str) -> Option<NameUse> {
    let text = &statement.text;
    // One that is dropped with the session has the name in a schema of its own.
    let is_temporary = ["TEMP", "TEMPORARY", "pg_temp"].iter().any(|word| mentions(text, word));
    if begins(text, "CREATE") && is_temporary {
        return None;
    }
    if begins(text, "CREATE") {
        return match created(text, name, made.kind) {
            false => None,
            true if says(text, "OR REPLACE") => Some(NameUse::Replaces),
            true if says(text, "IF NOT EXISTS") => Some(NameUse::MakesIfNotExists),
            true => Some(NameUse::Makes),
        };
    }
    if begins(text, "ALTER") && says(text, "RENAME") {
        let new_name = text.to_lowercase().rsplit(" to ").next().map(str::to_owned);
        let makes = new_name.is_some_and(|new| mentions(&new, name));
        return Some(if makes { NameUse::Makes } else { NameUse::Copes });
    }
    if begins(text, "ALTER") && says(text, "ADD") {
        return made
            .of
            .is_some()
            .then(|| if says(text, "IF NOT EXISTS") { NameUse::MakesIfNotExists } else { NameUse::Makes });
    }
    let is_straight_code = begins(text, "DO") && !has_branches(statement) && !mentions(text, "EXCEPTION");
    if is_straight_code && mentions(text, "CREATE") && !mentions(text, "IF NOT EXISTS") {
        return Some(NameUse::Makes);
    }
    let looks_first = ["DO", "SELECT", "CALL", "DROP"].iter().any(|word| begins(text, word));
    let moves = begins(text, "ALTER") && (mentions(text, "DROP") || mentions(text, "SCHEMA"));
    (looks_first || moves).then_some(NameUse::Copes)
}

/// Whether a CREATE is of what has this name, or of a table with a constraint of the name.
fn created(text: &str, name: &str, kind: Kind) -> bool {
    let text = text.to_lowercase();
    let ends = ["(", " as ", " on ", " before ", " after ", " instead ", " partition of "];
    let head = ends
        .iter()
        .filter_map(|end| text.find(end))
        .min()
        .map_or(&text[..], |end| text.get(..end).unwrap_or(&text));
    let is_schema = |rest: &str| rest.trim_start_matches('"').trim_start().starts_with('.');
    let lower = name.to_lowercase();
    let mut rests = head.match_indices(&lower).filter_map(|(at, found)| head.get(at + found.len()..));
    let is_part =
        matches!(kind, Kind::Index | Kind::Constraint | Kind::Column) && begins(&text, "CREATE TABLE");
    is_part || mentions(head, name) && rests.any(|rest| !is_schema(rest))
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
