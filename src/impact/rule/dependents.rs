//! Rules about what needs the things that go away.

use super::{Class, PlanRule, PlanRuleText};
use crate::catalog::{Change, Identity, Kind};
use crate::impact::Dependent;
use crate::impact::by_hand;
use crate::impact::finding::{Finding, Recipe};
use crate::impact::look::HalfView;
use crate::impact::names::{bare, mentions};
use crate::impact::removal::{RemovedBy, drops_with_cascade, removal};

pub(super) const UNKNOWN_DEPENDENTS: PlanRuleText = PlanRuleText {
    id: "unknown-dependents",
    class: Class::Fails,
    title: "something on the target that no migration knows, and that needs what goes away",
    text: "\
The target has a view, a function, a policy, a column or a foreign key that was made by hand, so that the scratch database does not have it. \
It needs what the file drops (also an extension, an operator or the schema that it is in), or a column whose type the file changes (a \
foreign key: to one that it cannot compare), under whatever name by then: the server refuses that, unless it says CASCADE, and then the \
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
`CASCADE` drops whatever needs what is dropped, without asking: views, foreign keys of other tables, defaults, functions, and with a \
schema, an extension or a type also tables and columns that were made by hand. Name each of them in the file, before what they need: then \
what is missed stops the file, and nothing else is lost.",
    given: "\
CREATE TABLE users (id bigint PRIMARY KEY, nickname text);
CREATE VIEW nicknames AS SELECT nickname FROM users;",
    breaks: "ALTER TABLE users DROP COLUMN nickname CASCADE;",
    safe: "",
};

/// How many of those that go along are named.
const MOST_NAMED: usize = 20;

pub(super) fn find(look: &HalfView<'_>) -> Vec<Finding> {
    let mut findings: Vec<Finding> =
        look.case.dependents.iter().filter_map(|one| unknown(look, one)).collect();
    findings.extend(look.statements().filter_map(|(number, one)| cascade(look, number, &one.text)));
    findings
}

fn unknown(look: &HalfView<'_>, dependent: &Dependent) -> Option<Finding> {
    let Dependent { object, needs, .. } = dependent;
    let statement = match removed_by(look, needs) {
        // What CASCADE takes along is told with it.
        RemovedBy::Cascade(_) => return None,
        RemovedBy::Statement(number) => Some(number),
        RemovedBy::Unknown => look.statement_naming(&[needs.of.as_deref().unwrap_or(&needs.name)]),
    };
    let line =
        statement.and_then(|number| look.case.trace.statements.get(number)).map(|one| one.location.line);
    let preceding = look.preceding(statement.unwrap_or_default());
    if !preceding.leave_as_it_is(object) {
        return None;
    }
    let fate = preceding.fate_of(object);
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

fn removed_by(look: &HalfView<'_>, needs: &Identity) -> RemovedBy {
    removal(look.earlier().iter().map(|case| case.trace), look.case.trace, needs)
}

fn cascade(look: &HalfView<'_>, number: usize, text: &str) -> Option<Finding> {
    if !drops_with_cascade(text) {
        return None;
    }
    let mut along: Vec<String> = taken_along(look).map(|identity| format!("the {identity}")).collect();
    let by_hand = look.case.dependents.iter().filter(|one| {
        matches!(removed_by(look, &one.needs), RemovedBy::Cascade(by) if by == number)
            && look.preceding(number).leave_as_it_is(&one.object)
    });
    along.extend(by_hand.map(|one| format!("the {}, which no migration has made", one.object)));
    along.dedup();
    if along.is_empty() {
        return None;
    }
    let more = match along.len().saturating_sub(MOST_NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    along.truncate(MOST_NAMED);
    let what = format!("CASCADE takes along {}{more}", along.join(", "));
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
