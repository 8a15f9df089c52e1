//! What a file did on the scratch database, statement by statement: what the server itself says of locks, rewrites and
//! scans.

use std::collections::BTreeSet;
use std::iter;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::names::in_quotes;
use crate::catalog::{Catalog, Difference, Lineage};
use crate::migration::{Direction, Location, TransactionMode, Version};

/// What one half did.
#[derive(Debug)]
pub struct FileTrace {
    /// Its version.
    pub version: Version,
    /// Its file.
    pub path: PathBuf,
    /// Which half.
    pub direction: Direction,
    /// Whether it ran as one transaction: then all its statements have the same number of one.
    pub mode: TransactionMode,
    /// Its statements, in order, as far as they ran.
    pub statements: Vec<StatementTrace>,
    /// What it changed in the schema.
    pub difference: Difference,
    /// What became of the objects that were there, whatever their names are.
    pub lineage: Lineage,
    /// The same in parts, one after the other: what comes and goes within the half shows only here.
    pub stages: Vec<HalfStage>,
    /// Why it did not come to its end, if so.
    pub failure: Option<TraceFailure>,
    /// A deferred backfill that could not do its work afterwards: `up` does not let the half through.
    pub needed_by: Option<NeedyBackfill>,
}

/// A deferred backfill that a half takes something away from.
#[derive(Debug)]
pub struct NeedyBackfill {
    /// Its version.
    pub version: Version,
    /// Its name.
    pub name: String,
    /// Why it could not do its work, in words.
    pub why: String,
}

/// Statements of a half, and the schema around them: the first of them changes it, and none of the others does so with what was
/// there before the half.
#[derive(Debug, Clone)]
pub struct HalfStage {
    /// Their numbers, from 0.
    pub statements: Range<usize>,
    /// The schema before them.
    pub before: Arc<Catalog>,
    /// The schema after them.
    pub after: Arc<Catalog>,
    /// What became of the objects that were there before them.
    pub lineage: Lineage,
}

/// What one statement did.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct StatementTrace {
    /// Where it begins in the file.
    pub location: Location,
    /// Its text, secrets masked.
    #[serde(rename = "sql")]
    pub text: String,
    /// Which transaction of the file it runs in, from 0: its locks live to the end of that one.
    pub transaction: usize,
    /// The locks that it took on what had been there before the transaction, as far as they are stronger than what the
    /// transaction held already.
    pub locks: Vec<HeldLock>,
    /// What the server had to do with rows.
    pub work: Vec<RowWork>,
    /// The tables whose rows it has taken away as a whole, in whatever words.
    #[serde(skip)]
    pub emptied: Vec<Emptied>,
    /// How long it took on the scratch database, where hardly a table has rows; nothing for a change of a definition.
    #[serde(skip)]
    pub took: Duration,
}

/// A table that has lost all its rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Emptied {
    /// Which.
    pub table: Relation,
    /// Whether the table is gone with them: another one may have its name by now.
    pub is_dropped: bool,
}

/// From how long a statement counts as slow that works on hardly any rows.
const SLOW: Duration = Duration::from_secs(1);

impl StatementTrace {
    /// Whether it takes long, whatever rows there are.
    pub fn is_slow(&self) -> bool {
        self.took >= SLOW
    }

    /// What the target calls the relations that it has locked or worked on, and the tables of those that are indexes.
    pub fn names_on_target(&self) -> impl Iterator<Item = &TargetName> {
        let locked = self.locks.iter().map(|lock| &lock.relation);
        let relations = locked.chain(self.work.iter().map(RowWork::relation));
        relations
            .flat_map(|one| iter::once(one).chain(one.of.as_deref()))
            .filter_map(|one| one.on_target.as_ref())
    }

    /// The tables that it has locked or worked on and that the target has, as SQL writes their names there.
    pub fn tables_on_target(&self) -> Vec<String> {
        let locked = self.locks.iter().map(|lock| &lock.relation);
        let tables = locked.chain(self.work.iter().map(RowWork::relation));
        let tables = tables
            .filter(|table| matches!(table.kind, RelationKind::Table | RelationKind::PartitionedTable))
            .filter_map(|table| table.on_target.as_ref());
        let names: BTreeSet<String> =
            tables.map(|name| format!("{}.{}", in_quotes(&name.schema), in_quotes(&name.name))).collect();
        names.into_iter().collect()
    }
}

/// A lock on a relation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct HeldLock {
    /// On what.
    pub relation: Relation,
    /// How strong.
    pub mode: LockMode,
}

/// A relation that was there before the transaction: what is made within it cannot be in anybody's way.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Relation {
    /// Its schema, as the catalog has it.
    pub schema: String,
    /// Its name, as the catalog has it.
    pub name: String,
    /// What it is.
    pub kind: RelationKind,
    /// What the target calls it now: a pending file may have given it another name since. `None` where a pending file has
    /// made it, so that the target does not have it and nobody uses it.
    pub on_target: Option<TargetName>,
    /// Of an index or a TOAST table: the table that it belongs to. No query of the table can be planned while one of its
    /// indexes is locked against reads.
    pub of: Option<Box<Relation>>,
}

/// What the target calls a relation.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct TargetName {
    /// Its schema, as the catalog has it.
    pub schema: String,
    /// Its name, as the catalog has it.
    pub name: String,
}

/// What a relation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum RelationKind {
    /// A table, also a partition.
    Table,
    /// A table whose rows are in its partitions.
    PartitionedTable,
    /// An index, also a partitioned one.
    Index,
    /// A materialized view.
    MaterializedView,
    /// A view.
    View,
    /// A sequence.
    Sequence,
    /// A foreign table.
    ForeignTable,
    /// The rows of another that are too wide for it.
    Toast,
}

/// How strong a lock is (PostgreSQL manual, "Table-Level Locks"), weakest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names are the server's")]
pub enum LockMode {
    AccessShare,
    RowShare,
    RowExclusive,
    ShareUpdateExclusive,
    Share,
    ShareRowExclusive,
    Exclusive,
    AccessExclusive,
}

impl LockMode {
    /// The mode that `pg_locks` calls so: `AccessShareLock`.
    pub fn by_server_name(name: &str) -> Option<LockMode> {
        Some(match name.strip_suffix("Lock")? {
            "AccessShare" => LockMode::AccessShare,
            "RowShare" => LockMode::RowShare,
            "RowExclusive" => LockMode::RowExclusive,
            "ShareUpdateExclusive" => LockMode::ShareUpdateExclusive,
            "Share" => LockMode::Share,
            "ShareRowExclusive" => LockMode::ShareRowExclusive,
            "Exclusive" => LockMode::Exclusive,
            "AccessExclusive" => LockMode::AccessExclusive,
            _ => return None,
        })
    }

    /// Whether a SELECT has to wait for it.
    pub fn blocks_reads(self) -> bool {
        self == LockMode::AccessExclusive
    }

    /// Whether an INSERT, UPDATE or DELETE has to wait for it.
    pub fn blocks_writes(self) -> bool {
        self >= LockMode::Share
    }
}

/// Work that grows with the number of rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(tag = "work", rename_all = "snake_case")]
pub enum RowWork {
    /// Every row is written again.
    Rewrite(Relation),
    /// Every row is read, to check something or to move nothing.
    Scan(Relation),
    /// An index is built from the rows of the table.
    IndexBuild {
        /// Its name.
        index: String,
        /// Whose rows are read.
        table: Relation,
        /// Whether writes go on meanwhile.
        concurrently: bool,
    },
    /// The keys of one table are looked up in another.
    ForeignKeyCheck {
        /// Whose rows are read.
        table: Relation,
        /// Where they have to be found.
        parent: Relation,
    },
    /// Rows are inserted, changed or deleted. How many, only the target can tell.
    ChangedRows(Relation),
    /// A query reads rows. How many, only the target can tell.
    Query(Relation),
}

/// Why a half did not come to its end on the scratch database.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct TraceFailure {
    /// The statement.
    pub location: Location,
    /// Its text, secrets masked; empty where none of the file failed.
    #[serde(skip)]
    pub statement: String,
    /// What the server said.
    pub message: String,
    /// What it said besides.
    pub detail: Option<String>,
    /// Its SQLSTATE.
    #[serde(rename = "sqlstate")]
    pub code: Option<String>,
    /// Whether the server has pointed to a word of the statement: then it has refused it as it is written, before any row was read.
    #[serde(skip)]
    pub points_to_word: bool,
}
