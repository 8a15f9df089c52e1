//! A rule about rows that take those of other tables along.

use super::{Class, PlanRule, PlanRuleText};
use crate::impact::finding::{Finding, Recipe};
use crate::impact::foreign_keys::{Referring, referring};
use crate::impact::look::HalfView;
use crate::impact::names::begins;
use crate::impact::{Relation, RowWork};

pub(super) const ROWS_TAKEN_ALONG: PlanRuleText = PlanRuleText {
    id: "rows-taken-along",
    class: Class::Careless,
    title: "rows that are deleted, and others with them or looked up for each",
    text: "\
For each row that is deleted, the server looks for those that refer to it: `ON DELETE CASCADE` deletes them, `SET NULL` and `SET \
DEFAULT` change them, and so on in the tables that refer to these. They are locked and written to the log as well. Where the referring \
column has no index, all of its table is read for each row that goes.",
    given: "\
CREATE TABLE users (id bigint PRIMARY KEY);
CREATE TABLE letters (reader bigint REFERENCES users ON DELETE CASCADE);
INSERT INTO users VALUES (1);
INSERT INTO letters VALUES (1);",
    breaks: "DELETE FROM users;",
    safe: "",
};

pub(super) fn find(look: &HalfView<'_>) -> Vec<Finding> {
    let deletions = look.statements().filter(|(_, statement)| begins(&statement.text, "DELETE"));
    let tables = deletions.flat_map(|(number, statement)| {
        statement.work.iter().filter_map(move |work| match work {
            RowWork::ChangedRows(table) if table.on_target.is_some() => Some((number, table)),
            _ => None,
        })
    });
    tables.filter_map(|(number, table)| taken_along(look, number, table)).collect()
}

fn taken_along(look: &HalfView<'_>, number: usize, table: &Relation) -> Option<Finding> {
    let of = look.name(table);
    let keys = reached(look, &of);
    let is_slow = |key: &&Referring<'_>| {
        !key.has_index(look.case.before) && key.rows(look.stats).is_none_or(|rows| look.are_many(rows))
    };
    let slow: Vec<&Referring<'_>> = keys.iter().filter(is_slow).collect();
    let goes: Vec<String> = keys.iter().filter_map(told).collect();
    let are_many = look.planned_rows(number).is_none_or(|rows| look.are_many(rows));
    if slow.is_empty() && (goes.is_empty() || !are_many) {
        return None;
    }
    let read = slow
        .iter()
        .map(|key| format!("all of {} is read for each ({} has no index)", key.table, key.listed()));
    let what = goes.into_iter().chain(read).collect::<Vec<_>>().join(", ");
    let what = format!("with the rows of {of}, {what}");
    let finding = look.finding(PlanRule::RowsTakenAlong, Some(number), of, what);
    let indexes: Vec<String> = slow
        .iter()
        .map(|key| format!("CREATE INDEX CONCURRENTLY ON {} ({});", key.table, key.listed()))
        .collect();
    let note = format!("First, each in a migration that is marked transaction:false: {}", indexes.join(" "));
    Some(finding.with_recipe((!slow.is_empty()).then(|| Recipe::note(note))))
}

/// The keys of tables that have rows, of those whose rows go with rows of this one.
fn reached<'a>(look: &HalfView<'a>, of: &str) -> Vec<Referring<'a>> {
    let mut keys: Vec<Referring<'a>> = Vec::new();
    let mut tables = vec![of.to_owned()];
    let mut place = 0;
    while let Some(parent) = tables.get(place).cloned() {
        for key in referring(look.case.before, parent).filter(|key| key.rows(look.stats) != Some(0)) {
            if key.deletes() && !tables.iter().any(|known| known == key.table) {
                tables.push(key.table.to_owned());
            }
            keys.push(key);
        }
        place += 1;
    }
    keys
}

fn told(key: &Referring<'_>) -> Option<String> {
    let how = if key.deletes() { "are deleted" } else { "are changed" };
    (!key.refuses()).then(|| format!("rows of {} {how} ({})", key.table, key.name))
}
