//! A rule about rows that a deferred constraint has yet to look at when their table is changed.

use super::{Class, PlanRule, PlanRuleText};
use crate::catalog::{Catalog, Identity, Kind, Object};
use crate::impact::finding::{Finding, Recipe};
use crate::impact::look::HalfView;
use crate::impact::names::{bare, begins, mentions, quoted, says};
use crate::impact::rights::named;
use crate::impact::{Relation, RowWork, StatementTrace};

pub(super) const PENDING_TRIGGER_EVENTS: PlanRuleText = PlanRuleText {
    id: "pending-trigger-events",
    class: Class::Careless,
    title: "a change of a table while a deferred constraint has yet to look at its rows",
    text: "\
A constraint that is `INITIALLY DEFERRED`, as Django makes its foreign keys, looks at changed rows at the end of the transaction. Until \
then the server refuses to change their table: `cannot ALTER TABLE … because it has pending trigger events`. So it does with `CREATE \
INDEX`, `TRUNCATE` and `DROP TABLE`. Where no row is changed, as on an empty database, the same file goes well. Put the two into \
migrations of their own, or `SET CONSTRAINTS ALL IMMEDIATE` between them.",
    given: "\
CREATE TABLE users (id bigint PRIMARY KEY);
CREATE TABLE orders (id bigint PRIMARY KEY, buyer bigint REFERENCES users DEFERRABLE INITIALLY DEFERRED);
INSERT INTO users VALUES (1);
INSERT INTO orders VALUES (1, NULL);",
    breaks: "\
UPDATE orders SET buyer = 1;
ALTER TABLE orders ADD COLUMN note text;",
    safe: "\
-- migrate:up
UPDATE orders SET buyer = 1;
-- migrate:up
ALTER TABLE orders ADD COLUMN note text;",
};

pub(super) fn find(look: &HalfView<'_>) -> Vec<Finding> {
    look.statements().filter_map(|(number, statement)| refused(look, number, statement)).collect()
}

/// A statement that the server refuses once an earlier one of its transaction has changed a row.
fn refused(look: &HalfView<'_>, number: usize, statement: &StatementTrace) -> Option<Finding> {
    let tables = tables_in_use(&statement.text);
    if tables.is_empty() {
        return None;
    }
    let own = look.statements().take(number).filter(|(_, one)| one.transaction == statement.transaction);
    let own: Vec<_> = own.collect();
    let looked_at = own.iter().rposition(|(_, one)| sets_constraints(&one.text, "IMMEDIATE"));
    let waiting = own.get(looked_at.map_or(0, |place| place + 1)..).unwrap_or_default();
    let is_deferred = own.iter().any(|(_, one)| sets_constraints(&one.text, "DEFERRED"));
    let (change, table, constraint) = waiting.iter().find_map(|(place, change)| {
        let table = changed_table(look, change).filter(|table| tables.contains(&table.name))?;
        let schema = schema_at(look, *place);
        let constraint = waiting_constraint(schema, &look.name(table), &change.text, is_deferred)?;
        Some((change, table, constraint))
    })?;
    let (line, at) = (change.location.line, statement.location.line);
    let table = look.name(table);
    let what = format!(
        "line {line} changes rows of {table}, and {constraint} looks at them at the end of the transaction: \
         if it changes one, this file fails at line {at}"
    );
    let note = "Put the two into migrations of their own, or between them: SET CONSTRAINTS ALL IMMEDIATE;";
    let finding = look.finding(PlanRule::PendingTriggerEvents, Some(number), table, what);
    Some(finding.with_recipe(Recipe::note(note)))
}

/// The tables that nothing may wait for when a statement runs: names without their schema.
fn tables_in_use(text: &str) -> Vec<String> {
    const REFUSED: [&str; 5] =
        ["ALTER TABLE", "DROP TABLE", "TRUNCATE", "CREATE INDEX", "CREATE UNIQUE INDEX"];
    let is_refused = REFUSED.iter().any(|words| begins(text, words));
    if !is_refused || begins(text, "ALTER TABLE") && says(text, "RENAME") {
        return Vec::new();
    }
    named(text).into_iter().filter_map(|mut one| one.name.pop()).collect()
}

fn sets_constraints(text: &str, when: &str) -> bool {
    begins(text, "SET CONSTRAINTS") && says(text, when)
}

/// The table of the target in which a statement changes rows that are not in the statement itself. Those have been there in the trial.
fn changed_table<'a>(look: &HalfView<'_>, statement: &'a StatementTrace) -> Option<&'a Relation> {
    let is_of_rows = |text: &str| {
        ["UPDATE", "DELETE", "MERGE", "WITH"].iter().any(|word| begins(text, word))
            || begins(text, "INSERT") && mentions(text, "SELECT")
    };
    statement.work.iter().filter(|_| is_of_rows(&statement.text)).find_map(|work| match work {
        RowWork::ChangedRows(table) if table.on_target.is_some() => {
            let is_empty = look.stats_of(table).is_some_and(|stats| stats.rows == Some(0));
            (!is_empty).then_some(table)
        }
        _ => None,
    })
}

/// The schema when a statement runs that changes none.
fn schema_at<'a>(look: &HalfView<'a>, number: usize) -> &'a Catalog {
    let stage = look.case.trace.stages.iter().find(|stage| stage.statements.contains(&number));
    stage.map_or(look.case.before, |stage| &stage.after)
}

/// What waits for the end of the transaction when a statement changes rows of a table.
fn waiting_constraint(schema: &Catalog, table: &str, text: &str, is_deferred: bool) -> Option<String> {
    let waits = |object: &Object| {
        let definition = object.get("definition").unwrap_or_default();
        mentions(definition, "INITIALLY DEFERRED")
            || is_deferred && mentions(definition, "DEFERRABLE") && !mentions(definition, "NOT DEFERRABLE")
    };
    let all = schema.objects.iter().filter(|(_, object)| waits(object));
    let mut those = all.filter(|(identity, object)| looks_at(identity, object, table, text));
    those.next().map(|(identity, _)| format!("the {identity}"))
}

/// Whether a constraint looks at what a statement changes in a table.
fn looks_at(identity: &Identity, object: &Object, table: &str, text: &str) -> bool {
    let names = |attribute| object.list(attribute).iter().any(|column| mentions(text, &quoted(column)));
    let is_own = identity.of.as_deref() == Some(table);
    match (identity.kind, object.get("type")) {
        (Kind::Constraint, Some("foreign key")) => {
            let as_child = is_own && (begins(text, "INSERT") || !begins(text, "DELETE") && names("columns"));
            let is_parent = object.get("references") == Some(table);
            as_child
                || is_parent
                    && (begins(text, "DELETE") || !begins(text, "INSERT") && names("referenced columns"))
        }
        (Kind::Constraint, Some("unique" | "primary key" | "exclude")) => {
            is_own && begins(text, "UPDATE") && names("columns")
        }
        (Kind::Trigger, _) => {
            let definition = object.get("definition").unwrap_or_default();
            let event = text.split_whitespace().next().map(bare).unwrap_or_default();
            is_own && mentions(definition.split(" ON ").next().unwrap_or_default(), &event)
        }
        _ => false,
    }
}
