//! A rule about rows that a deferred constraint has yet to look at when their table is changed.

use super::{Class, PlanRule, PlanRuleText};
use crate::catalog::{Catalog, Identity, Kind, Object};
use crate::impact::finding::{Finding, Recipe};
use crate::impact::look::HalfView;
use crate::impact::names::{bare, begins, mentions, quoted, says};
use crate::impact::rights::named;
use crate::impact::{Right, RowWork, StatementTrace};
use crate::migration::sql::{Cursor, StandardStrings};

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
    let (change, table, constraint) = own.iter().enumerate().find_map(|(place, (number, change))| {
        let table = changed_table(look, change)?;
        let whole = look.parent(&table);
        [Some(&table), whole.as_ref()].into_iter().flatten().find(|one| tables.contains(&bare(one)))?;
        let (before, after) = own.split_at_checked(place)?;
        let constraint = waiting_constraint(look.schema_at(*number), &table, &change.text, before)?;
        let is_looked_at = setting_of(constraint, after).is_some_and(|text| says(text, "IMMEDIATE"));
        (!is_looked_at).then_some((change, table, constraint))
    })?;
    let (line, at) = (change.location.line, statement.location.line);
    let what = format!(
        "line {line} changes rows of {table}, and the {constraint} looks at them at the end of the transaction: \
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
    if begins(text, "CLUSTER") {
        return clustered(text).into_iter().collect();
    }
    let is_refused = REFUSED.iter().any(|words| begins(text, words));
    if !is_refused || begins(text, "ALTER TABLE") && says(text, "RENAME") {
        return Vec::new();
    }
    named(text).into_iter().filter_map(|mut one| one.name.pop()).collect()
}

/// `CLUSTER [VERBOSE] t [USING i]`.
fn clustered(text: &str) -> Option<String> {
    let mut cursor = Cursor::new(text.as_bytes(), StandardStrings::On);
    cursor.eat("CLUSTER");
    cursor.options();
    cursor.eat("VERBOSE");
    cursor.name().map(|name| name.name)
}

/// The last of these statements that says when a constraint looks at the rows.
fn setting_of<'s>(constraint: &Identity, statements: &[(usize, &'s StatementTrace)]) -> Option<&'s str> {
    let name = bare(&constraint.name);
    let texts = statements.iter().map(|(_, one)| one.text.as_str());
    let mut settings = texts.filter(|text| begins(text, "SET CONSTRAINTS"));
    settings.rfind(|text| says(text, "ALL") || mentions(text, &name))
}

/// The table in which a statement changes rows that are not in the statement itself. Those have been there in the trial.
fn changed_table(look: &HalfView<'_>, statement: &StatementTrace) -> Option<String> {
    let text = &statement.text;
    let adds_rows_of_query = begins(text, "INSERT") && mentions(text, "SELECT");
    let is_of_rows =
        adds_rows_of_query || ["UPDATE", "DELETE", "MERGE", "WITH"].iter().any(|word| begins(text, word));
    let on_target = statement.work.iter().filter(|_| is_of_rows).find_map(|work| match work {
        RowWork::ChangedRows(table) if table.on_target.is_some() => {
            let is_empty = look.stats_of(table).is_some_and(|stats| stats.rows == Some(0));
            (!is_empty).then(|| look.name(table))
        }
        _ => None,
    });
    on_target.or_else(|| filled(look, statement).filter(|_| adds_rows_of_query))
}

/// A table that the file has made, and that a statement fills from one of the target's.
fn filled(look: &HalfView<'_>, statement: &StatementTrace) -> Option<String> {
    let into = named(&statement.text).into_iter().find(|one| one.right == Right::Insert)?.name.pop()?;
    let reads = statement.work.iter().any(|work| {
        matches!(work, RowWork::Query(table) if look.stats_of(table).is_none_or(|stats| stats.rows != Some(0)))
    });
    let mut made = look.case.trace.lineage.made.iter().filter(|one| reads && one.kind == Kind::Table);
    made.find(|one| bare(&one.name) == into).map(|one| one.name.clone())
}

/// What waits for the end of the transaction when a statement changes rows of a table, after these others.
fn waiting_constraint<'s>(
    schema: &'s Catalog,
    table: &str,
    text: &str,
    before: &[(usize, &StatementTrace)],
) -> Option<&'s Identity> {
    let waits = |identity: &Identity, object: &Object| {
        let definition = object.get("definition").unwrap_or_default();
        let is_deferrable = mentions(definition, "DEFERRABLE") && !mentions(definition, "NOT DEFERRABLE");
        match setting_of(identity, before) {
            Some(setting) => is_deferrable && !says(setting, "IMMEDIATE"),
            None => mentions(definition, "INITIALLY DEFERRED"),
        }
    };
    let mut all = schema.objects.iter();
    all.find(|(identity, object)| looks_at(identity, object, table, text) && waits(identity, object))
        .map(|(identity, _)| identity.as_ref())
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
