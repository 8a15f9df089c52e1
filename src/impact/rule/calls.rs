//! Rules about functions whose calls of today find two of them, or one that is another.

use super::types::takes_all;
use super::{Class, PlanRule, PlanRuleText};
use crate::catalog::{Catalog, Change, Identity, Kind, Object};
use crate::impact::calls::{Arguments, Called, CalledRoutine, called, called_name, result_columns, routines};
use crate::impact::finding::{Finding, Recipe};
use crate::impact::look::HalfView;
use crate::impact::names::bare;

pub(super) const AMBIGUOUS_CALL: PlanRuleText = PlanRuleText {
    id: "ambiguous-call",
    class: Class::Breaks,
    title: "a function beside another of its name, so that calls of today may mean both",
    text: "\
A function with other parameters is another function, also by `CREATE OR REPLACE`. Where its further parameters have defaults, a call \
that leaves them out fits both, and the server refuses it: \"function is not unique\". Drop the old one in the same migration: then its \
calls find the new one. The old one's privileges go with it.",
    given: "CREATE FUNCTION price(amount integer) RETURNS integer LANGUAGE sql AS 'SELECT amount';",
    breaks: "\
CREATE OR REPLACE FUNCTION price(amount integer, discount integer DEFAULT 0) RETURNS integer
    LANGUAGE sql AS 'SELECT amount - discount';",
    safe: "\
-- migrate:up
DROP FUNCTION price(integer);
CREATE FUNCTION price(amount integer, discount integer DEFAULT 0) RETURNS integer
    LANGUAGE sql AS 'SELECT amount - discount';",
};

pub(super) const CHANGED_FUNCTION: PlanRuleText = PlanRuleText {
    id: "changed-function",
    class: Class::Breaks,
    title: "a function that is made anew and takes other calls or gives another result",
    text: "\
What `CREATE OR REPLACE` refuses, a file does by dropping the function first: a parameter loses its default or has another name, or \
the result is of another type. What calls the function as before fails then, or gets something else. Make one of another name \
beside it, and drop the old one once nobody calls it. Further columns in its rows, and a type that holds all values of the old one, are no \
finding.",
    given: "\
CREATE FUNCTION price(amount integer, discount integer DEFAULT 0) RETURNS integer
    LANGUAGE sql AS 'SELECT amount - discount';",
    breaks: "\
DROP FUNCTION price(integer, integer);
CREATE FUNCTION price(amount integer, discount integer) RETURNS integer
    LANGUAGE sql AS 'SELECT amount - discount';",
    safe: "\
-- migrate:up
CREATE OR REPLACE FUNCTION price(amount integer, discount integer DEFAULT 1) RETURNS integer
    LANGUAGE sql AS 'SELECT amount - discount';",
};

pub(super) fn find(look: &HalfView<'_>) -> Vec<Finding> {
    let lineage = &look.case.trace.lineage;
    let made = lineage.made.iter().chain(lineage.renamed().map(|(_, new)| new));
    let touched = made.chain(changed_routines(look));
    let mut names: Vec<&str> = touched.filter(|one| is_called(one)).map(called_name).collect();
    names.sort();
    names.dedup();
    names.into_iter().flat_map(|name| of_name(look, name)).collect()
}

/// Those that stay and are otherwise afterwards: a parameter may get a default.
fn changed_routines<'a>(look: &HalfView<'a>) -> impl Iterator<Item = &'a Identity> {
    let kinds = [Kind::Function, Kind::Procedure].into_iter();
    let changed = kinds.flat_map(|kind| look.items(kind));
    changed.filter(|item| matches!(item.change, Change::Changed { .. })).map(|item| &item.identity)
}

/// What code finds afterwards that calls this today.
pub(super) fn successor<'a>(look: &HalfView<'a>, identity: &Identity) -> Option<&'a Identity> {
    let name = called_name(identity);
    let before = routines(look.case.before, name);
    let old = before.iter().find(|routine| routine.identity == identity)?;
    match called(&routines(look.case.after, name), old.calls().last()?) {
        Called::One(new) => Some(new.identity),
        Called::Nothing | Called::Several(_) => None,
    }
}

/// Whether all that calls something today finds a function afterwards.
pub(super) fn finds_another(look: &HalfView<'_>, identity: &Identity) -> bool {
    if !is_called(identity) {
        return false;
    }
    let name = called_name(identity);
    let (before, after) = (routines(look.case.before, name), routines(look.case.after, name));
    let of_it = before.iter().find(|routine| routine.identity == identity);
    of_it.is_some_and(|routine| {
        let finds =
            |call| matches!(called(&after, call), Called::One(other) if other.identity.kind == identity.kind);
        routine.calls().iter().all(finds)
    })
}

fn is_called(identity: &Identity) -> bool {
    matches!(identity.kind, Kind::Function | Kind::Procedure | Kind::Aggregate)
}

fn of_name(look: &HalfView<'_>, name: &str) -> Vec<Finding> {
    let (before, after) = (routines(look.case.before, name), routines(look.case.after, name));
    let of_today: Vec<&CalledRoutine<'_>> =
        before.iter().filter(|one| is_known_by_name(look, one.identity)).collect();
    let ambiguous = ambiguous(look, name, &of_today, (&before, &after));
    let changed = of_today.iter().filter_map(|old| changed(look, name, old, &after));
    ambiguous.into_iter().chain(changed).collect()
}

/// Whether the target has it by this very name.
fn is_known_by_name(look: &HalfView<'_>, identity: &Identity) -> bool {
    look.is_on_target(identity) && look.name_on_target(identity) == Some(identity)
}

fn ambiguous(
    look: &HalfView<'_>,
    name: &str,
    of_today: &[&CalledRoutine<'_>],
    (before, after): (&[CalledRoutine<'_>], &[CalledRoutine<'_>]),
) -> Option<Finding> {
    let calls = of_today.iter().flat_map(|routine| routine.calls());
    let (call, fitting) = calls.filter(|call| matches!(called(before, call), Called::One(_))).find_map(
        |call| match called(after, &call) {
            Called::Several(fitting) => Some((call, fitting)),
            _ => None,
        },
    )?;
    let names: Vec<&str> = fitting.iter().map(|one| one.identity.name.as_str()).collect();
    let what = format!(
        "a call {} fits {}, and fails from now on: it is not unique",
        written(name, &call),
        names.join(" and ")
    );
    let is_new = |one: &Identity| {
        look.case.trace.lineage.is_taken_over(one) || changed_routines(look).any(|other| other == one)
    };
    let made = fitting.iter().find(|one| is_new(one.identity))?;
    let old = fitting.iter().find(|one| one.identity != made.identity)?;
    let note = format!(
        "Drop the old one in the same migration, before the new one is made: DROP {} {}; Grant again what was granted on it.",
        old.identity.kind.word().to_uppercase(),
        old.identity.name
    );
    let finding = look.finding(PlanRule::AmbiguousCall, statement(look, name), &made.identity.name, what);
    Some(finding.with_recipe(Recipe::note(note)))
}

/// What takes the place of a function, for those that call it.
fn changed(
    look: &HalfView<'_>,
    name: &str,
    old: &CalledRoutine<'_>,
    after: &[CalledRoutine<'_>],
) -> Option<Finding> {
    let lineage = &look.case.trace.lineage;
    if lineage.after(old.identity) == Some(old.identity) {
        return None;
    }
    let calls = old.calls();
    let Called::One(new) = called(after, calls.last()?) else { return None };
    // One of another kind is called by other words: the old one goes away.
    if new.identity.kind != old.identity.kind {
        return None;
    }
    let why = lost_call(name, &calls, after)
        .or_else(|| lost_name(old, new))
        .or_else(|| needed_name(old, new))
        .or_else(|| other_result((look.case.before, old.object), (look.case.after, new.object)))?;
    let what = format!("the {} is made anew, and {why}", old.identity);
    let note = "Make a function of another name beside it, and drop this one once nobody calls it.";
    let finding = look.finding(PlanRule::ChangedFunction, statement(look, name), &old.identity.name, what);
    Some(finding.with_recipe(Recipe::note(note)))
}

fn lost_call(name: &str, calls: &[Arguments], after: &[CalledRoutine<'_>]) -> Option<String> {
    let call = calls.iter().find(|call| matches!(called(after, call), Called::Nothing))?;
    Some(format!("takes a call {} no more", written(name, call)))
}

fn lost_name(old: &CalledRoutine<'_>, new: &CalledRoutine<'_>) -> Option<String> {
    let name = old.names.iter().find(|name| !new.names.contains(name))?;
    Some(format!("has no parameter {name} any more: a call that names it fails"))
}

/// By names, a call gives a value to any parameter, and leaves out those with a default.
fn needed_name(old: &CalledRoutine<'_>, new: &CalledRoutine<'_>) -> Option<String> {
    let name = old.names_left_out().iter().find(|name| !new.names_left_out().contains(name))?;
    Some(format!("needs its parameter {name}: a call by names that leaves it out fails"))
}

fn other_result((before, old): (&Catalog, &Object), (after, new): (&Catalog, &Object)) -> Option<String> {
    let (was, is) = (old.get("result").unwrap_or_default(), new.get("result").unwrap_or_default());
    let (columns, others) = (columns_of_rows(before, old), columns_of_rows(after, new));
    if !columns.is_empty() && !others.is_empty() && gives_many(was) == gives_many(is) {
        let is_there = |(name, of): &&(String, String)| {
            others.iter().any(|(other, now)| name == other && (of == now || takes_all(of, now)))
        };
        let lacking: Vec<String> = columns
            .iter()
            .filter(|column| !is_there(column))
            .map(|(name, of)| format!("{name} {of}"))
            .collect();
        return (!lacking.is_empty()).then(|| format!("its rows have no {} any more", lacking.join(", ")));
    }
    (was != is && !takes_all(was, is)).then(|| format!("gives back {is} instead of {was}"))
}

/// The columns of what a function gives back, each with its type: they stand in its result, or are those of a table or a composite type.
fn columns_of_rows(catalog: &Catalog, routine: &Object) -> Vec<(String, String)> {
    let written = result_columns(routine);
    if !written.is_empty() {
        return written;
    }
    let result = routine.get("result").unwrap_or_default();
    let of = result.strip_prefix("SETOF ").unwrap_or(result);
    let columns = catalog.parts(Kind::Column, of);
    columns
        .map(|(column, object)| (column.name.clone(), object.get("type").unwrap_or_default().to_owned()))
        .collect()
}

fn gives_many(result: &str) -> bool {
    result.starts_with("SETOF ") || result.starts_with("TABLE(")
}

/// A call by the types of its arguments.
fn written(name: &str, arguments: &Arguments) -> String {
    format!("{name}({})", arguments.join(", "))
}

fn statement(look: &HalfView<'_>, name: &str) -> Option<usize> {
    look.statement_naming(&[&bare(name)])
}
