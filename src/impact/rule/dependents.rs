//! Rules about what needs the things that go away.

use super::{Class, PlanRule, PlanRuleText};
use crate::catalog::{Change, Identity, Kind};
use crate::impact::Dependent;
use crate::impact::by_hand::{self, Fate};
use crate::impact::finding::{Finding, Recipe};
use crate::impact::look::HalfView;
use crate::impact::names::{bare, begins, mentions, says};

pub(super) const UNKNOWN_DEPENDENTS: PlanRuleText = PlanRuleText {
    id: "unknown-dependents",
    class: Class::Fails,
    title: "something on the target that no migration knows, and that needs what goes away",
    text: "\
The target has a view, a function, a policy or a foreign key that was made by hand, so that the scratch database does not have it. \
It needs what the file drops, or a column whose type the file changes: the server refuses that, unless it says CASCADE, and then the \
other one is gone as well. Where an earlier statement may have taken it away (code, `CASCADE`), that is *careless* and not *fails*. Write a \
migration that drops it, and one that makes it anew.",
    given: "\
CREATE TABLE users (id bigint PRIMARY KEY, nickname text);
-- by hand: CREATE VIEW nicknames AS SELECT nickname FROM users;",
    breaks: "ALTER TABLE users DROP COLUMN nickname;",
    safe: "",
};

pub(super) const DROPPED_BY_CASCADE: PlanRuleText = PlanRuleText {
    id: "dropped-by-cascade",
    class: Class::Breaks,
    title: "something that CASCADE takes along",
    text: "\
`CASCADE` drops whatever needs what is dropped, without asking: views, foreign keys of other tables, defaults, functions. Name each of \
them in the file, before what they need: then what is missed stops the file, and nothing else is lost.",
    given: "\
CREATE TABLE users (id bigint PRIMARY KEY, nickname text);
CREATE VIEW nicknames AS SELECT nickname FROM users;",
    breaks: "ALTER TABLE users DROP COLUMN nickname CASCADE;",
    safe: "",
};

pub(super) fn find(look: &HalfView<'_>) -> Vec<Finding> {
    let mut findings: Vec<Finding> =
        look.case.dependents.iter().filter_map(|one| unknown(look, one)).collect();
    findings.extend(look.statements().filter_map(|(number, one)| cascade(look, number, &one.text)));
    findings
}

fn unknown(look: &HalfView<'_>, dependent: &Dependent) -> Option<Finding> {
    let Dependent { object, needs } = dependent;
    let statement = match dropping(look, needs) {
        // What CASCADE takes along is told with it.
        RemovedBy::Cascade => return None,
        RemovedBy::Statement(number) => Some(number),
        RemovedBy::Unknown => look.statement_naming(&[needs.of.as_deref().unwrap_or(&needs.name)]),
    };
    let line =
        statement.and_then(|number| look.case.trace.statements.get(number)).map(|one| one.location.line);
    let fate = look.preceding(statement.unwrap_or_default()).fate_of(object);
    if fate == Fate::Gone {
        return None;
    }
    let fails = by_hand::fails(line, fate.doubt());
    let what = format!("the {object}, which no migration has made, needs the {needs}: {fails}");
    let note = format!(
        "Drop the {object} before, and make it anew without that. `pmdb drift` shows what else was made by hand."
    );
    let name = object.of.as_deref().map_or_else(|| object.name.clone(), |of| format!("{of}.{}", object.name));
    let finding = look.finding(PlanRule::UnknownDependents, statement, name, what);
    let class = if fate.doubt().is_none() { finding.class } else { Class::Careless };
    Some(Finding { class, ..finding.with_recipe(Recipe::note(note)) })
}

/// What takes a thing away.
enum RemovedBy {
    /// A statement that takes along what needs it.
    Cascade,
    /// The statement with this number, which the server refuses while something needs the thing.
    Statement(usize),
    /// Code, for one.
    Unknown,
}

/// The first statement that drops a thing counts, or gives a column another type. One that names it afterwards makes it anew. And what no
/// such statement names has gone along with something else.
fn dropping(look: &HalfView<'_>, needs: &Identity) -> RemovedBy {
    let of = needs.of.as_deref().unwrap_or(&needs.name);
    let takes_away = |text: &str| {
        begins(text, "DROP") || begins(text, "ALTER") && (says(text, "DROP") || says(text, "TYPE"))
    };
    let dropping: Vec<_> = look.statements().filter(|(_, one)| takes_away(&one.text)).collect();
    let naming = |names: &[&str]| {
        dropping.iter().find(|(_, one)| names.iter().all(|name| mentions(&one.text, name))).copied()
    };
    let with_cascade = |text: &str| says(text, "CASCADE");
    match naming(&[of, &needs.name]).or_else(|| naming(&[of])) {
        Some((_, one)) if with_cascade(&one.text) => RemovedBy::Cascade,
        Some((number, _)) => RemovedBy::Statement(number),
        None if dropping.iter().any(|(_, one)| with_cascade(&one.text)) => RemovedBy::Cascade,
        None => RemovedBy::Unknown,
    }
}

fn cascade(look: &HalfView<'_>, number: usize, text: &str) -> Option<Finding> {
    let drops = begins(text, "DROP") || begins(text, "ALTER") && says(text, "DROP");
    if !drops || !says(text, "CASCADE") {
        return None;
    }
    let mut along: Vec<String> = taken_along(look).map(|identity| format!("the {identity}")).collect();
    let by_hand = look.case.dependents.iter().filter(|one| {
        mentions(text, one.needs.of.as_deref().unwrap_or(&one.needs.name)) || mentions(text, &one.needs.name)
    });
    along.extend(by_hand.map(|one| format!("the {}, which no migration has made", one.object)));
    along.dedup();
    if along.is_empty() {
        return None;
    }
    let what = format!("CASCADE takes along {}", along.join(", "));
    let object = look.case.trace.path.display().to_string();
    let note = "Name each of them in the file, before what they need, and leave CASCADE out.";
    Some(look.finding(PlanRule::DroppedByCascade, Some(number), object, what).with_recipe(Recipe::note(note)))
}

/// What goes away, was there on the target, and is named by no statement.
pub(super) fn taken_along<'l>(look: &'l HalfView<'_>) -> impl Iterator<Item = &'l Identity> {
    let items = look.case.trace.difference.items.iter();
    let removed =
        items.filter(|item| matches!(item.change, Change::Removed { .. })).map(|item| &item.identity);
    removed.filter(move |identity| {
        let is_of_its_own = matches!(
            identity.kind,
            Kind::View
                | Kind::MaterializedView
                | Kind::Constraint
                | Kind::Function
                | Kind::Procedure
                | Kind::Aggregate
                | Kind::Trigger
                | Kind::Policy
                | Kind::Rule
        );
        let goes_with_its_table = identity.of.as_deref().is_some_and(|of| is_named(look, of));
        is_of_its_own
            && look.is_on_target(identity)
            && !goes_with_its_table
            && !is_named(look, &identity.name)
    })
}

fn is_named(look: &HalfView<'_>, name: &str) -> bool {
    let name = bare(name.split('(').next().unwrap_or_default());
    look.statements().any(|(_, one)| mentions(&one.text, &name))
}
