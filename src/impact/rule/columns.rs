//! Rules about new columns.

use super::{Class, PlanRule, PlanRuleText};
use crate::catalog::{Change, Identity, Kind, Object};
use crate::impact::RowWork;
use crate::impact::finding::{Finding, Recipe, together};
use crate::impact::look::HalfView;
use crate::impact::names::mentions;
use crate::impact::recipe::{is_constant, new_columns};

pub(super) const VOLATILE_DEFAULT: PlanRuleText = PlanRuleText {
    id: "volatile-default",
    class: Class::Blocks,
    title: "a new column whose default is another one for each row",
    text: "\
A default that is the same for all rows (`0`, `now()`) is kept once, and adding the column takes no time. One that has to be \
computed for each row (`gen_random_uuid()`, `clock_timestamp()`, a sequence, `serial`, an identity column) writes the whole table \
again, and nobody can read or write it meanwhile. Without the default the column is added at once; the default then holds \
for new rows, and old ones are filled a few at a time.",
    given: "CREATE TABLE users (id bigint PRIMARY KEY);",
    breaks: "ALTER TABLE users ADD COLUMN token uuid DEFAULT gen_random_uuid();",
    safe: "\
-- migrate:up
ALTER TABLE users ADD COLUMN token uuid;
ALTER TABLE users ALTER COLUMN token SET DEFAULT gen_random_uuid();",
};

pub(super) const STORED_COLUMN: PlanRuleText = PlanRuleText {
    id: "stored-column",
    class: Class::Blocks,
    title: "a new column that is computed and stored",
    text: "\
A column `GENERATED ALWAYS AS (…) STORED` is computed for each row as it is added: the whole table is written again, and nobody \
can read or write it meanwhile. A column of its own that a trigger keeps, filled a few rows at a time, does the same work. On \
version 18 a `VIRTUAL` column is computed when it is read, and costs nothing to add. A view, or an index on the expression that \
is built CONCURRENTLY, is often enough.",
    given: "CREATE TABLE users (id bigint PRIMARY KEY, name text);",
    breaks: "ALTER TABLE users ADD COLUMN lower_name text GENERATED ALWAYS AS (lower(name)) STORED;",
    safe: "\
-- migrate:up transaction:false
CREATE INDEX CONCURRENTLY users_lower_name ON users (lower(name));",
};

pub(super) const NEW_COLUMN_WITHOUT_DEFAULT: PlanRuleText = PlanRuleText {
    id: "new-column-without-default",
    class: Class::Breaks,
    title: "a new column that has to have a value and has no default",
    text: "\
What runs today does not know the column and gives it no value, so that each of its INSERTs fails. Where the table has rows, the \
migration fails itself. Give the column a default, or let it be NULL until code is released that fills it. So it is with one that gets \
another name while a new column takes its own. Where a trigger runs before each INSERT, it may give the value.",
    given: "CREATE TABLE users (id bigint PRIMARY KEY);",
    breaks: "ALTER TABLE users ADD COLUMN country text NOT NULL;",
    safe: "\
-- migrate:up
ALTER TABLE users ADD COLUMN country text NOT NULL DEFAULT '';",
};

pub(super) const DEFAULT_DROPPED: PlanRuleText = PlanRuleText {
    id: "default-dropped",
    class: Class::Breaks,
    title: "a column that has to have a value and loses its default",
    text: "\
What runs today may leave the column out of its INSERTs, since it has a default: each of these fails from then on. First release code that \
gives it a value. So it is with a column that the server does not compute any more (`DROP EXPRESSION`). One that becomes an identity \
column, or that may be NULL, is no finding.",
    given: "CREATE TABLE orders (id bigint PRIMARY KEY, state text NOT NULL DEFAULT 'new');",
    breaks: "ALTER TABLE orders ALTER COLUMN state DROP DEFAULT;",
    safe: "",
};

pub(super) fn find(look: &HalfView<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (number, statement, work) in look.work_under_lock() {
        let RowWork::Rewrite(table) = work else { continue };
        let of = look.name(table);
        for item in look.items(Kind::Column) {
            let is_new = matches!(item.change, Change::Added { .. })
                && item.identity.of.as_deref() == Some(of.as_str());
            let column = &item.identity.name;
            if !is_new || !mentions(&statement.text, column) {
                continue;
            }
            let Some(object) = look.after(&item.identity) else { continue };
            findings.extend(computed(look, number, work, &of, column, object));
        }
    }
    findings.extend(
        look.items(Kind::Column).filter_map(|item| without_default(look, &item.identity, &item.change)),
    );
    findings.extend(
        look.items(Kind::Column).filter_map(|item| loses_default(look, &item.identity, &item.change)),
    );
    findings.extend(look.case.trace.lineage.renamed().filter_map(|names| renamed_away(look, names)));
    findings
}

/// A column that is there, with a value that an INSERT need not give so far.
fn loses_default(look: &HalfView<'_>, identity: &Identity, change: &Change) -> Option<Finding> {
    let Change::Changed { attributes } = change else { return None };
    let old = look.case.trace.lineage.before(identity)?;
    let (of, name) = (identity.of.as_deref()?, &identity.name);
    let column = look.after(identity)?;
    let has_value = gives_a_value(column);
    let had_value = attributes.iter().any(|one| GIVE_VALUES.contains(&one.attribute.as_str()));
    let is_inherited = column.get("inherited") == Some("only");
    // What a pending half has given it, and this one takes away, nobody relies on.
    let may_be_left_out =
        look.today(old).is_some_and(|today| gives_a_value(today) || today.get("not null").is_none());
    if has_value
        || !had_value
        || is_inherited
        || column.get("not null").is_none()
        || !look.is_on_target(old)
        || !may_be_left_out
    {
        return None;
    }
    let what = format!(
        "{of}.{name} has to have a value and has no default any more: an INSERT that leaves it out fails from now on"
    );
    let statement = look.statement_naming(&[of, name]);
    let finding = look.finding(PlanRule::DefaultDropped, statement, format!("{of}.{name}"), what);
    let finding = finding.with_recipe(Recipe::note("First release code that gives it a value."));
    Some(unless_triggered(look, of, finding))
}

/// Whether a row that says nothing of the column has a value there.
fn gives_a_value(column: &Object) -> bool {
    GIVE_VALUES.iter().any(|one| column.get(one).is_some())
}

/// What gives a column a value where an INSERT gives none.
const GIVE_VALUES: [&str; 3] = ["default", "generated", "identity"];

/// A finding about INSERTs that fail, unless a trigger gives a value before.
fn unless_triggered(look: &HalfView<'_>, of: &str, finding: Finding) -> Finding {
    let is_one = |trigger: &Object| {
        let begins_with =
            |definition: &str| definition.split_once(" ON ").map(|(events, _)| events.to_owned());
        let events = trigger.get("definition").and_then(begins_with).unwrap_or_default();
        events.contains(" BEFORE ") && events.contains("INSERT") && trigger.get("enabled") != Some("no")
    };
    let known = look.parts_of(of, Kind::Trigger).chain(look.case.only_on_target.parts(Kind::Trigger, of));
    let Some((trigger, _)) = known.into_iter().find(|(_, trigger)| is_one(trigger)) else { return finding };
    let what = format!("{}, unless the trigger {} gives it one", finding.what, trigger.name);
    Finding { class: Class::Careless, what, ..finding }
}

fn computed(
    look: &HalfView<'_>,
    number: usize,
    work: &RowWork,
    of: &str,
    column: &str,
    object: &Object,
) -> Option<Finding> {
    let name = format!("{of}.{column}");
    if object.get("generated").is_some() {
        let doing = format!("while every row is written again with a value for {column}");
        let note = if look.major().is_some_and(|major| major >= 18) {
            "Make it VIRTUAL: then it is computed when it is read, and no row is written."
        } else {
            "There is no way to the same column without writing the table again. Add an ordinary column, let a trigger BEFORE \
             INSERT OR UPDATE compute it, and fill it a few rows at a time; or use a view, or an index on the expression."
        };
        let finding = look.blocking_finding(PlanRule::StoredColumn, number, work, name, &doing)?;
        return Some(finding.with_recipe(Recipe::note(note)));
    }
    let has_own_values = object.get("default").is_some_and(|default| !is_constant(default));
    if !has_own_values && object.get("identity").is_none() {
        return None;
    }
    let doing = format!("while every row is written again with a default of its own for {column}");
    let finding = look.blocking_finding(PlanRule::VolatileDefault, number, work, name, &doing)?;
    Some(finding.with_recipe(new_columns(look, number, of)))
}

/// Whether code of today does not know a column and could leave it out of its INSERTs so far.
fn may_be_unknown(look: &HalfView<'_>, identity: &Identity, change: &Change) -> bool {
    let made_before = || {
        let old = look.case.trace.lineage.before(identity).filter(|old| !look.is_on_target(old))?;
        let before = look.before(old)?;
        Some(before.get("not null").is_none() || gives_a_value(before))
    };
    match change {
        Change::Added { .. } => true,
        Change::Changed { .. } => made_before().unwrap_or(false),
        Change::Removed { .. } => false,
    }
}

fn without_default(look: &HalfView<'_>, identity: &Identity, change: &Change) -> Option<Finding> {
    let of = identity.of.as_deref()?;
    let column = look.after(identity)?;
    let has_value = gives_a_value(column);
    let table = Identity { kind: Kind::Table, of: None, name: of.to_owned() };
    let table = look.case.trace.lineage.before(&table)?;
    if !look.is_on_target(table)
        || !may_be_unknown(look, identity, change)
        || has_value
        || column.get("not null").is_none()
        || super::removals::is_new_name(look, identity)
    {
        return None;
    }
    let name = &identity.name;
    let what = format!(
        "an INSERT into {of} that does not know {name} fails from now on: it has to have a value and has no default"
    );
    let statement = look.statement_naming(&[of, name]);
    let type_name = column.get("type")?;
    let note = "Let it be NULL until code is released that fills it; then make it NOT NULL.";
    let mut files = vec![together(format!("ALTER TABLE {of} ADD COLUMN {name} {type_name};"))];
    files.extend(super::not_null::files(look, of, name));
    let finding = look.finding(PlanRule::NewColumnWithoutDefault, statement, format!("{of}.{name}"), what);
    Some(unless_triggered(look, of, finding.with_recipe(Recipe::of(files).with_note(note))))
}

/// A column that another one takes the name of, and that has to have a value all the same: nobody knows its new name.
fn renamed_away(look: &HalfView<'_>, (old, new): (&Identity, &Identity)) -> Option<Finding> {
    let lineage = &look.case.trace.lineage;
    let (of, name) = (new.of.as_deref()?, &new.name);
    let column = look.after(new)?;
    let was_there = Identity { name: name.clone(), ..look.name_on_target(old)?.clone() };
    if old.kind != Kind::Column
        || !lineage.is_taken_over(old)
        || !look.is_called_so_today(old)
        || look.target.objects.contains_key(&was_there)
        || column.get("not null").is_none()
        || gives_a_value(column)
    {
        return None;
    }
    let what = format!(
        "{} is called {name} from now on, has to have a value and has no default: an INSERT that does not know it fails",
        old.name
    );
    let finding = look.finding(
        PlanRule::NewColumnWithoutDefault,
        look.statement_naming(&[of, name]),
        format!("{of}.{name}"),
        what,
    );
    let note = format!("In the same migration: ALTER TABLE {of} ALTER COLUMN {name} DROP NOT NULL;");
    Some(unless_triggered(look, of, finding.with_recipe(Recipe::note(note))))
}
