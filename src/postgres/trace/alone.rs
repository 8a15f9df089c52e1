//! What statements lock that no transaction may hold. Their locks are gone before anybody could look, so they are what the
//! PostgreSQL manual says of each; on what, the server has shown.

use super::relations::{Number, Relations};
use crate::impact::{HeldLock, LockMode, Relation, RowWork};
use crate::migration::sql::{Cursor, StandardStrings};

/// The locks of a statement, by its name as `StatementKind::NonTransactional` has it.
pub(super) fn locks(
    name: &str,
    text: &str,
    before: &Relations,
    after: &Relations,
    work: &[RowWork],
) -> Vec<HeldLock> {
    let held = |relation: &Relation, mode| HeldLock { relation: relation.clone(), mode };
    let on_built = |mode| {
        work.iter().filter_map(move |work| match work {
            RowWork::IndexBuild { table, .. } => Some(held(table, mode)),
            _ => None,
        })
    };
    let mut locks: Vec<HeldLock> = match name {
        "CREATE INDEX CONCURRENTLY" | "REINDEX CONCURRENTLY" => {
            on_built(LockMode::ShareUpdateExclusive).collect()
        }
        "REINDEX SCHEMA" | "REINDEX DATABASE" | "REINDEX SYSTEM" => on_built(LockMode::Share).collect(),
        "VACUUM" if !is_full(text) => {
            vacuumed(text, before).map(|table| held(table, LockMode::ShareUpdateExclusive)).collect()
        }
        "VACUUM" | "CLUSTER without a table" | "REPACK without a table" => work
            .iter()
            .filter_map(|work| match work {
                RowWork::Rewrite(table) => Some(held(table, LockMode::AccessExclusive)),
                _ => None,
            })
            .collect(),
        "DROP INDEX CONCURRENTLY" => {
            dropped_indexes(before, after).map(|table| held(table, LockMode::ShareUpdateExclusive)).collect()
        }
        "ALTER TABLE … DETACH PARTITION CONCURRENTLY" => detached(before, after)
            .flat_map(|(table, partition)| {
                [held(table, LockMode::ShareUpdateExclusive), held(partition, LockMode::AccessExclusive)]
            })
            .collect(),
        _ => Vec::new(),
    };
    locks.sort_by(|a, b| a.relation.cmp(&b.relation));
    locks.dedup();
    locks
}

/// The options of VACUUM, old and new, up to the first table.
fn tables_of_vacuum(text: &str) -> Cursor<'_> {
    let mut cursor = Cursor::new(text.as_bytes(), StandardStrings::On);
    cursor.eat("VACUUM");
    cursor.options();
    while ["FULL", "FREEZE", "VERBOSE", "ANALYZE", "ANALYSE"].iter().any(|word| cursor.eat(word)) {}
    cursor
}

fn is_full(text: &str) -> bool {
    let all = text.len() - tables_of_vacuum(text).rest().len();
    let options = text.get(..all).unwrap_or_default();
    options.split(|c: char| !c.is_ascii_alphabetic()).any(|word| word.eq_ignore_ascii_case("full"))
}

/// The tables that VACUUM names. Where it names none, it does not wait for any that is in use.
fn vacuumed<'a>(text: &str, relations: &'a Relations) -> impl Iterator<Item = &'a Relation> {
    let mut cursor = tables_of_vacuum(text);
    let mut names = Vec::new();
    while let Some(name) = cursor.name() {
        names.push(name);
        cursor.options();
        if !cursor.eat_sign(",") {
            break;
        }
    }
    relations.iter().map(|(_, one)| &one.relation).filter(move |relation| {
        names.iter().any(|name| {
            relation.name == name.name && name.schema.as_ref().is_none_or(|schema| relation.schema == *schema)
        })
    })
}

/// The tables of indexes that are gone.
fn dropped_indexes<'a>(before: &'a Relations, after: &Relations) -> impl Iterator<Item = &'a Relation> {
    let gone = before.iter().filter(|(number, _)| after.get(*number).is_none());
    gone.filter_map(|(_, index)| index.relation.of.as_deref())
}

/// Partitions that are none any more, each with the table that it was one of.
fn detached<'a>(
    before: &'a Relations,
    after: &Relations,
) -> impl Iterator<Item = (&'a Relation, &'a Relation)> {
    let is_free = |number: Number| after.get(number).is_some_and(|one| one.partitioned_table.is_none());
    before
        .iter()
        .filter(move |(number, _)| is_free(*number))
        .filter_map(|(_, one)| Some((&before.get(one.partitioned_table?)?.relation, &one.relation)))
}
