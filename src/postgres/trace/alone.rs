//! What statements lock that no transaction may hold. Their locks are gone before anybody could look, so they are what the
//! PostgreSQL manual says of each; on what, the server has shown.

use super::relations::{Number, Relations};
use crate::impact::{HeldLock, LockMode, Relation, Work};

/// The locks of a statement, by its name as `StatementKind::NonTransactional` has it.
pub(super) fn locks(name: &str, before: &Relations, after: &Relations, work: &[Work]) -> Vec<HeldLock> {
    let held = |relation: &Relation, mode| HeldLock { relation: relation.clone(), mode };
    let on_built = |mode| {
        work.iter().filter_map(move |work| match work {
            Work::IndexBuild { table, .. } => Some(held(table, mode)),
            _ => None,
        })
    };
    let mut locks: Vec<HeldLock> = match name {
        "CREATE INDEX CONCURRENTLY" | "REINDEX CONCURRENTLY" => {
            on_built(LockMode::ShareUpdateExclusive).collect()
        }
        "REINDEX SCHEMA" | "REINDEX DATABASE" | "REINDEX SYSTEM" => on_built(LockMode::Share).collect(),
        "VACUUM" | "CLUSTER without a table" | "REPACK without a table" => work
            .iter()
            .filter_map(|work| match work {
                Work::Rewrite(table) => Some(held(table, LockMode::AccessExclusive)),
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
