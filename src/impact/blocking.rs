//! What others have to wait for while a file runs: on which table, from which statement to which, and during what work.

use std::collections::HashMap;

use serde::Serialize;

use super::trace::{FileTrace, HeldLock, LockMode, Relation, RelationKind, RowWork};

/// Who has to wait for a lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Blocks {
    /// Others that change the definition, VACUUM and the like. Nobody who reads or writes rows.
    Definitions,
    /// Sessions that write rows.
    Writes,
    /// Sessions that read or write rows.
    ReadsAndWrites,
}

/// A relation that others have to wait for, until its transaction ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blocking<'a> {
    /// What they wait for: of an index, its table.
    pub relation: &'a Relation,
    /// Who waits.
    pub blocks: Blocks,
    /// The statement that takes the lock, counted from 0.
    pub from: usize,
    /// The last statement of its transaction.
    pub to: usize,
}

impl Blocks {
    /// Who waits for a lock on rows; `None` where nobody does but who wants to change the definition of what is being
    /// used.
    pub fn of(mode: LockMode) -> Option<Blocks> {
        match mode {
            _ if mode.blocks_reads() => Some(Blocks::ReadsAndWrites),
            _ if mode.blocks_writes() => Some(Blocks::Writes),
            LockMode::ShareUpdateExclusive => Some(Blocks::Definitions),
            _ => None,
        }
    }
}

impl FileTrace {
    /// What others have to wait for, in the order of the statements. Relations that the target does not have are in nobody's way.
    pub fn blocking(&self) -> Vec<Blocking<'_>> {
        let mut blocking: Vec<Blocking<'_>> = Vec::new();
        // A statement may lock thousands of partitions.
        let mut last: HashMap<&Relation, usize> = HashMap::new();
        for (from, statement) in self.statements.iter().enumerate() {
            let to = self.end_of(statement.transaction, from);
            for (relation, blocks) in statement.locks.iter().filter_map(waited_for) {
                let one = Blocking { relation, blocks, from, to };
                match last.get(relation).and_then(|place| blocking.get_mut(*place)) {
                    Some(known) if known.to >= from && known.blocks >= blocks => {}
                    // A stronger lock of the same statement says it all.
                    Some(known) if known.from == from => *known = one,
                    _ => {
                        last.insert(relation, blocking.len());
                        blocking.push(one);
                    }
                }
            }
        }
        blocking
    }

    /// What is done from one statement to another, each with its statement, on whatever table.
    pub fn work_during(&self, from: usize, to: usize) -> impl Iterator<Item = (usize, &RowWork)> {
        let statements = self.statements.iter().enumerate().take(to + 1).skip(from);
        statements.flat_map(|(number, statement)| statement.work.iter().map(move |work| (number, work)))
    }

    /// The last statement of a transaction.
    fn end_of(&self, transaction: usize, from: usize) -> usize {
        let last = self.statements.iter().rposition(|statement| statement.transaction == transaction);
        last.unwrap_or(from)
    }
}

/// Whom a lock makes wait, and for what. While an index is locked against reads, no query of its table can be planned.
fn waited_for(lock: &HeldLock) -> Option<(&Relation, Blocks)> {
    let blocks = Blocks::of(lock.mode)?;
    let relation = match lock.relation.kind {
        RelationKind::Index | RelationKind::Toast if blocks == Blocks::ReadsAndWrites => {
            lock.relation.of.as_deref()?
        }
        RelationKind::Index | RelationKind::Toast => return None,
        _ => &lock.relation,
    };
    relation.on_target.is_some().then_some((relation, blocks))
}

impl RowWork {
    /// Whose rows it works on.
    pub fn relation(&self) -> &Relation {
        match self {
            RowWork::Rewrite(relation)
            | RowWork::Scan(relation)
            | RowWork::ChangedRows(relation)
            | RowWork::Query(relation) => relation,
            RowWork::IndexBuild { table, .. } | RowWork::ForeignKeyCheck { table, .. } => table,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::catalog::{Difference, Lineage};
    use crate::impact::{StatementTrace, TargetName};
    use crate::migration::{Direction, Location, TransactionMode};

    fn table(name: &str) -> Relation {
        let (schema, name) = ("public".to_owned(), name.to_owned());
        let on_target = Some(TargetName { schema: schema.clone(), name: name.clone() });
        Relation { schema, name, kind: RelationKind::Table, on_target, of: None }
    }

    fn statement(transaction: usize, locks: &[(&str, LockMode)], work: Vec<RowWork>) -> StatementTrace {
        let lock = |(name, mode): &(&str, LockMode)| HeldLock { relation: table(name), mode: *mode };
        StatementTrace {
            location: Location { line: 1, column: 1 },
            text: String::new(),
            transaction,
            locks: locks.iter().map(lock).collect(),
            work,
            emptied: Vec::new(),
            took: std::time::Duration::ZERO,
        }
    }

    fn file(statements: Vec<StatementTrace>) -> FileTrace {
        FileTrace {
            version: "1".parse().unwrap(),
            path: PathBuf::new(),
            direction: Direction::Up,
            mode: TransactionMode::Transactional,
            statements,
            difference: Difference::default(),
            lineage: Lineage::default(),
            stages: Vec::new(),
            failure: None,
            needed_by: None,
        }
    }

    #[test]
    fn a_lock_lives_to_the_end_of_its_transaction_and_all_work_until_then_is_done_under_it() {
        let scan = RowWork::Scan(table("posts"));
        let file = file(vec![
            statement(0, &[("users", LockMode::AccessExclusive)], vec![]),
            statement(0, &[("posts", LockMode::Share)], vec![scan.clone()]),
            statement(1, &[("posts", LockMode::AccessExclusive)], vec![]),
        ]);
        let found: Vec<_> = file
            .blocking()
            .into_iter()
            .map(|one| {
                (
                    one.relation.name.clone(),
                    one.blocks,
                    one.from,
                    one.to,
                    file.work_during(one.from, one.to).count(),
                )
            })
            .collect();
        assert_eq!(
            found,
            [
                ("users".to_owned(), Blocks::ReadsAndWrites, 0, 1, 1),
                ("posts".to_owned(), Blocks::Writes, 1, 1, 1),
                ("posts".to_owned(), Blocks::ReadsAndWrites, 2, 2, 0),
            ]
        );
    }

    #[test]
    fn what_only_pending_files_have_made_is_in_nobodys_way() {
        let mut one = statement(0, &[("users", LockMode::AccessExclusive)], vec![]);
        one.locks.iter_mut().for_each(|lock| lock.relation.on_target = None);
        assert!(file(vec![one]).blocking().is_empty());
    }

    #[test]
    fn an_index_that_is_locked_against_reads_blocks_its_table() {
        let mut one = statement(0, &[("i", LockMode::AccessExclusive)], vec![]);
        one.locks.iter_mut().for_each(|lock| {
            lock.relation.kind = RelationKind::Index;
            lock.relation.of = Some(Box::new(table("users")));
        });
        let file = file(vec![one]);
        let blocking = file.blocking();
        assert_eq!(blocking.first().map(|one| one.relation.name.as_str()), Some("users"));
    }
}
