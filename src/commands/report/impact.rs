//! What `pmdb plan` answers.

use serde::Serialize;

use super::{Nothing, shown};
use crate::catalog::Difference;
use crate::commands::plan::AskedOfTarget;
use crate::connect::DatabaseName;
use crate::impact::{
    Blocking, Blocks, ChangedRows, Consequence, FileTrace, Finding, Relation, RelationStats, RowAnswer,
    RowCount, RowWork, StatementTrace, TargetStats, TraceFailure, unseen,
};
use crate::migration::{Direction, Held, Passed, TransactionMode, Version};

/// What would happen to a database.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ImpactReport {
    /// The database.
    #[serde(flatten)]
    pub database: DatabaseName,
    /// Which way.
    pub direction: Direction,
    /// How many migrations are applied.
    pub applied: usize,
    /// The files, in the order in which they would run, up to the first that fails.
    pub files: Vec<FileImpact>,
    /// Whether `--check` was given: what was found decides how the command ends.
    pub checks: bool,
    /// Whether the files were tried to their end, or up to where one fails. Of the rest nothing is known.
    pub complete: bool,
    /// What the rules have found, in the order of the files and their statements.
    pub findings: Vec<Finding>,
    /// How many findings more were to be ignored.
    pub ignored: usize,
    /// How many findings more a comment in a file accepts.
    pub allowed: usize,
    /// What of the target could not be seen, in sentences.
    pub gaps: Vec<String>,
    /// Why nothing would run, where that is so.
    pub nothing: Option<Nothing>,
    /// How long backfills would take, those that `up` passes included.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(test, schemars(default))]
    pub backfills: Vec<BackfillEstimate>,
    /// Deferred backfills that `up` passes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(test, schemars(default))]
    pub deferred: Vec<Passed>,
    /// What comes next, and has to wait for another migration.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub held: Option<Held>,
}

impl ImpactReport {
    /// Whether all was tried, and read of the target, and nothing was found.
    pub fn is_harmless(&self) -> bool {
        self.complete && self.findings.is_empty() && !self.has_hidden_rows()
    }

    /// Whether rows that may make a file fail are hidden from the role, by row security for one.
    pub fn has_hidden_rows(&self) -> bool {
        let mut questions = self.files.iter().flat_map(|file| &file.questions);
        questions
            .any(|one| one.outcome == RowCount::NotAllowed && one.question.consequence == Consequence::Fails)
    }
}

/// About how much there is to do for a backfill.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct BackfillEstimate {
    /// The version.
    pub version: Version,
    /// The name.
    pub name: String,
    /// The rows of the table that are left, as the planner estimates them.
    pub rows: u64,
    /// How many batches these are.
    pub batches: u64,
    /// How long they take, in seconds, at 10000 rows a second.
    pub seconds: u64,
}

/// What a file would do.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct FileImpact {
    /// The version.
    pub version: Version,
    /// The name.
    pub name: String,
    /// The file.
    pub file: String,
    /// Which half.
    pub direction: Direction,
    /// Whether it runs as one transaction.
    pub transaction: bool,
    /// Its statements with their locks and their work, as far as they ran on the scratch database.
    pub statements: Vec<StatementTrace>,
    /// For what others have to wait.
    pub blocked: Vec<BlockedRelation>,
    /// What it changes in the schema.
    pub differences: Difference,
    /// What was asked about the target's rows.
    pub questions: Vec<RowAnswer>,
    /// Whether it may do more than could be seen: with rows, or where it was not tried to its end.
    #[serde(skip)]
    pub is_unseen: bool,
    /// Why it fails on the scratch database, if so.
    pub error: Option<TraceFailure>,
}

/// How much work of one lock is listed.
const MOST_WORK: usize = 20;

/// A relation that others have to wait for.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct BlockedRelation {
    /// Which.
    #[serde(flatten)]
    pub relation: Relation,
    /// Who waits.
    pub blocks: Blocks,
    /// From which statement on, counted from 1.
    pub from_statement: usize,
    /// To the end of which.
    pub to_statement: usize,
    /// How large it is on the target, where that is known.
    pub size: Option<RelationSize>,
    /// What is done meanwhile, also on other tables: the first 20 pieces.
    pub meanwhile: Vec<SizedWork>,
    /// How many pieces of work more there are, on partitions for instance.
    pub more_work: usize,
}

/// Work, and on how much.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct SizedWork {
    /// By which statement, counted from 1.
    pub statement: usize,
    /// What.
    #[serde(flatten)]
    pub work: RowWork,
    /// How large that is on the target, where that is known.
    pub size: Option<RelationSize>,
    /// Of a statement that changes rows: how many, where that was asked.
    pub changed_rows: Option<ChangedRows>,
}

/// How large a relation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct RelationSize {
    /// All bytes of it, indexes included.
    pub bytes: u64,
    /// Its rows, as the planner estimates them; `None` where it was never analyzed.
    pub rows: Option<u64>,
}

impl FileImpact {
    /// From what was seen of it, and how large the target's relations are.
    pub fn new(
        name: &str,
        trace: FileTrace,
        asked: AskedOfTarget,
        stats: Option<&TargetStats>,
    ) -> FileImpact {
        let AskedOfTarget { answers, changed_rows, .. } = asked;
        let blocked = trace.blocking();
        let blocked =
            blocked.iter().map(|one| BlockedRelation::new(one, &trace, &changed_rows, stats)).collect();
        FileImpact {
            is_unseen: !unseen(&trace, stats).is_empty(),
            version: trace.version,
            name: name.to_owned(),
            file: shown(&trace.path),
            direction: trace.direction,
            transaction: trace.mode == TransactionMode::Transactional,
            statements: trace.statements,
            blocked,
            differences: trace.difference,
            questions: answers,
            error: trace.failure,
        }
    }
}

impl BlockedRelation {
    fn new(
        blocking: &Blocking<'_>,
        trace: &FileTrace,
        changed_rows: &[(usize, ChangedRows)],
        stats: Option<&TargetStats>,
    ) -> BlockedRelation {
        let changed_rows = |number: usize, work: &RowWork| {
            let changes = matches!(work, RowWork::ChangedRows(_));
            let rows = changed_rows.iter().find(|(statement, _)| changes && *statement == number);
            rows.map(|(_, rows)| rows.clone())
        };
        let work = |(statement, work): &(usize, &RowWork)| SizedWork {
            statement: statement + 1,
            work: (*work).clone(),
            size: RelationSize::of(work.relation(), stats),
            changed_rows: changed_rows(*statement, work),
        };
        let statements = trace.statements.iter().take(blocking.to + 1).skip(blocking.from);
        let all: usize = statements.map(|statement| statement.work.len()).sum();
        let told = trace.work_during(blocking.from, blocking.to).take(MOST_WORK);
        BlockedRelation {
            relation: blocking.relation.clone(),
            blocks: blocking.blocks,
            from_statement: blocking.from + 1,
            to_statement: blocking.to + 1,
            size: RelationSize::of(blocking.relation, stats),
            meanwhile: told.map(|one| work(&one)).collect(),
            more_work: all.saturating_sub(MOST_WORK),
        }
    }
}

impl RelationSize {
    fn of(relation: &Relation, stats: Option<&TargetStats>) -> Option<RelationSize> {
        stats?.of(relation).map(RelationSize::from)
    }
}

impl From<&RelationStats> for RelationSize {
    fn from(stats: &RelationStats) -> RelationSize {
        RelationSize { bytes: stats.total_bytes(), rows: stats.rows }
    }
}
