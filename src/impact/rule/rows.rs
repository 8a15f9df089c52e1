//! Rules about statements that change rows.

use super::{Class, PlanRule, PlanRuleText};
use crate::impact::finding::{Finding, Recipe, RecipeFile};
use crate::impact::foreign_keys::referring;
use crate::impact::look::HalfView;
use crate::impact::names::{begins, mentions, says};
use crate::impact::recipe::{deleted_in_batches, updated_by_key};
use crate::impact::unseen::written_on_target;
use crate::impact::{Relation, RelationKind, RowWork, StatementTrace};
use crate::migration::sql::{Cursor, StandardStrings};

pub(super) const ROWS_CHANGED_AT_ONCE: PlanRuleText = PlanRuleText {
    id: "rows-changed-at-once",
    class: Class::Blocks,
    title: "many rows that are changed in one transaction",
    text: "\
An UPDATE or DELETE of a large part of a table locks each row until the end of the file: a session that wants to change one of them \
waits. It writes as much into the log at once, so that replicas lag, and leaves as many dead rows. A few at a time, each \
with a COMMIT, in a file that is marked `transaction:false`, none of this happens. How many rows that are is asked of the \
target's planner.",
    given: "CREATE TABLE users (id bigint PRIMARY KEY, country text);",
    breaks: "UPDATE users SET country = 'AT';",
    safe: "",
};

pub(super) const ROWS_INSERTED_AT_ONCE: PlanRuleText = PlanRuleText {
    id: "rows-inserted-at-once",
    class: Class::Careless,
    title: "many rows that are inserted in one transaction",
    text: "\
An `INSERT … SELECT` of many rows writes all of them into the log at once, so that replicas lag, and keeps VACUUM from cleaning up any \
table until it ends; what its target refers to by a foreign key stays locked against being deleted. A few at a time, each with a COMMIT, \
in a file that is marked `transaction:false`, none of this happens. How many rows that are is asked of the target's planner.",
    given: "\
CREATE TABLE users (id bigint PRIMARY KEY);
CREATE TABLE letters (user_id bigint);",
    breaks: "INSERT INTO letters SELECT id FROM users;",
    safe: "",
};

pub(super) const TRUNCATED: PlanRuleText = PlanRuleText {
    id: "truncated",
    class: Class::Loses,
    title: "a table that is emptied",
    text: "\
`TRUNCATE` takes all rows of a table, and with CASCADE those of all tables that refer to it. Nothing brings them back but a \
backup.",
    given: "\
CREATE TABLE logs (line text);
INSERT INTO logs VALUES ('x');",
    breaks: "TRUNCATE logs;",
    safe: "",
};

/// How many tables are named.
const MOST_NAMED: usize = 5;

pub(super) fn find(look: &HalfView<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (number, statement) in look.statements() {
        for work in &statement.work {
            if let RowWork::ChangedRows(table) = work {
                findings.extend(changed(look, number, statement, table));
                findings.extend(inserted(look, number, statement, table));
            }
        }
        if begins(&statement.text, "TRUNCATE") || statement.emptied.iter().any(|one| !one.is_dropped) {
            findings.extend(truncated(look, number, statement));
        }
    }
    findings
}

fn changed(
    look: &HalfView<'_>,
    number: usize,
    statement: &StatementTrace,
    table: &Relation,
) -> Option<Finding> {
    if !["UPDATE", "DELETE", "MERGE", "WITH", "DO"].iter().any(|word| begins(&statement.text, word)) {
        return None;
    }
    // A block that commits does it a few at a time.
    if begins(&statement.text, "DO") && mentions(&statement.text, "commit") {
        return None;
    }
    let estimate = look.case.changed_rows.iter().find(|(at, _)| *at == number).map(|(_, rows)| rows);
    let is_few = estimate.and_then(|rows| rows.rows()).is_some_and(|rows| !look.are_many(rows));
    if is_few || !look.matters(table) || !look.is_large(table) {
        return None;
    }
    let of = look.name(table);
    let how_many = estimate.map_or_else(|| "an unknown number of rows".to_owned(), ToString::to_string);
    let what =
        format!("{how_many} of {of} are changed in one transaction, and each stays locked until its end");
    let finding = look.finding(PlanRule::RowsChangedAtOnce, Some(number), &of, what);
    let recipe = batched(look, &of, &statement.text).map_or_else(
        || {
            Recipe::note(
                "Do it a few rows at a time, each time with a COMMIT, in a file that is marked transaction:false, in the order \
                 of a key, so that no row is changed twice.",
            )
        },
        |file| Recipe::of([file]),
    );
    Some(finding.with_recipe(recipe))
}

fn inserted(
    look: &HalfView<'_>,
    number: usize,
    statement: &StatementTrace,
    table: &Relation,
) -> Option<Finding> {
    let reads = statement.work.iter().find(|work| matches!(work, RowWork::Query(_)))?;
    let is_many = match look.planned_rows(number) {
        Some(rows) => look.are_many(rows),
        None => look.matters(reads.relation()),
    };
    if !begins(&statement.text, "INSERT") || !is_many {
        return None;
    }
    let of = look.name(table);
    let estimate = look.case.changed_rows.iter().find(|(at, _)| *at == number).map(|(_, rows)| rows);
    let how_many = estimate.map_or_else(|| "an unknown number of rows".to_owned(), ToString::to_string);
    let what = format!("{how_many} are inserted into {of} in one transaction");
    let note = format!(
        "Insert them a few at a time, in the order of a key of {}, each time with a COMMIT, in a file that is marked \
         transaction:false.",
        look.name(reads.relation())
    );
    let finding = look.finding(PlanRule::RowsInsertedAtOnce, Some(number), &of, what);
    Some(finding.with_recipe(Recipe::note(note)))
}

/// An UPDATE or DELETE of one table, a few rows at a time.
fn batched(look: &HalfView<'_>, of: &str, text: &str) -> Option<RecipeFile> {
    let mut cursor = Cursor::new(text.as_bytes(), StandardStrings::On);
    let is_deletion = cursor.eat("DELETE FROM");
    if !is_deletion && !cursor.eat("UPDATE") {
        return None;
    }
    cursor.eat("ONLY");
    cursor.name()?;
    if ["FROM", "USING", "RETURNING"].iter().any(|word| says(cursor.rest(), word)) {
        return None;
    }
    if is_deletion {
        let condition = match (cursor.eat("WHERE"), cursor.is_done()) {
            (true, _) => cursor.rest().trim_end().trim_end_matches(';'),
            (false, true) => "true",
            (false, false) => return None,
        };
        return Some(deleted_in_batches(look, of, condition));
    }
    if !cursor.eat("SET") {
        return None;
    }
    let set = cursor.rest();
    let rest = set.trim_end().trim_end_matches(';');
    let mut after = cursor.clone();
    let (set, condition) = if after.find("WHERE") && !after.rest().is_empty() {
        let condition = after.rest();
        let before = set.get(..set.len().checked_sub(condition.len())?)?.trim_end();
        (before.get(..before.len().checked_sub("WHERE".len())?)?, condition.trim_end().trim_end_matches(';'))
    } else {
        (rest, "true")
    };
    updated_by_key(look, of, set.trim(), condition)
}

/// The tables that `CASCADE` empties by keys which no migration has made, also through one another.
fn emptied_by_hand(look: &HalfView<'_>, statement: &StatementTrace) -> Vec<String> {
    if !begins(&statement.text, "TRUNCATE") || !says(&statement.text, "CASCADE") {
        return Vec::new();
    }
    let mut known: Vec<String> =
        statement.locks.iter().filter_map(|lock| written_on_target(&lock.relation)).collect();
    let named = known.len();
    let mut place = 0;
    while let Some(table) = known.get(place).cloned() {
        for key in referring(look.case.only_on_target, table) {
            if !known.iter().any(|table| table == key.table) {
                known.push(key.table.to_owned());
            }
        }
        place += 1;
    }
    known.split_off(named)
}

fn truncated(look: &HalfView<'_>, number: usize, statement: &StatementTrace) -> Option<Finding> {
    let is_own = begins(&statement.text, "TRUNCATE");
    let locked = statement.locks.iter().map(|lock| &lock.relation).filter(|_| is_own);
    let emptied = statement.emptied.iter().filter(|one| !one.is_dropped && !is_own);
    let mut tables = locked
        .chain(emptied.map(|one| &one.table))
        .filter(|table| matches!(table.kind, RelationKind::Table | RelationKind::PartitionedTable))
        .filter(|table| table.on_target.is_some())
        .filter(|table| look.stats_of(table).is_none_or(|stats| stats.rows != Some(0)));
    let table = tables.next();
    let by_hand = emptied_by_hand(look, statement);
    let of = table.map(|table| look.name(table)).or_else(|| by_hand.first().cloned())?;
    let rows = table.and_then(|table| look.stats_of(table)).and_then(|stats| stats.rows);
    let rows = rows.map_or_else(|| "all rows".to_owned(), |rows| format!("all {rows} rows"));
    let by_hand = by_hand.iter().filter(|table| **table != of);
    let by_hand = by_hand.map(|table| format!("{table}, which no migration has made"));
    let others: Vec<String> = tables.map(|table| look.name(table)).chain(by_hand).collect();
    let others = match &others[..] {
        [] => String::new(),
        few if few.len() <= MOST_NAMED => format!(", and those of {}", few.join(", ")),
        many => format!(", and those of {} more tables", many.len()),
    };
    Some(look.finding(
        PlanRule::Truncated,
        Some(number),
        &of,
        format!("{rows} of {of} are gone afterwards{others}"),
    ))
}
