//! What the target is asked about its rows.

use std::sync::Arc;
use std::time::Duration;

use crate::catalog::{Catalog, Identity};
use crate::impact::{
    self, ChangedRows, Dependent, FileTrace, Relation, RowAnswer, RowWork, StatementTrace, TargetStats,
    questions, taken_away,
};
use crate::postgres::trace::Traced;
use crate::postgres::{Estimated, Inquiry, Questioner, dependents, estimate_rows};

/// What the target has answered about one half.
#[derive(Debug, Default)]
pub struct AskedOfTarget {
    /// Whether its rows are in the way of the half, or what goes away with it.
    pub answers: Vec<RowAnswer>,
    /// How many rows statements change, each with its number from 0.
    pub changed_rows: Vec<(usize, ChangedRows)>,
    /// How many rows statements read, likewise.
    pub read_rows: Vec<(usize, u64)>,
    /// What on the target needs what goes away, and is not known to any migration.
    pub dependents: Vec<Dependent>,
    /// Why that is not known, in a sentence.
    pub gap: Option<String>,
}

/// Asks about each half. A question may take as long as `limit`.
pub(super) async fn ask(
    inquiry: &Inquiry<'_>,
    traced: &Traced,
    stats: Option<&TargetStats>,
    limit: Duration,
) -> Vec<AskedOfTarget> {
    let questioner = Questioner::new(inquiry, limit);
    let mut all = Vec::new();
    for (number, questions) in questions(&traced.files).into_iter().enumerate() {
        let so_far = traced.files.get(..=number).unwrap_or_default();
        let mut asked = AskedOfTarget::default();
        for question in questions {
            let outcome = questioner.ask(&question).await;
            asked.answers.push(RowAnswer { question, outcome });
        }
        if let Some(half) = so_far.last() {
            asked.about_statements(inquiry, half, stats).await;
        }
        asked.about_dependents(inquiry, so_far, &traced.catalogs).await;
        all.push(asked);
    }
    all
}

impl AskedOfTarget {
    async fn about_statements(
        &mut self,
        inquiry: &Inquiry<'_>,
        half: &FileTrace,
        stats: Option<&TargetStats>,
    ) {
        for (number, statement) in half.statements.iter().enumerate() {
            let changed = changed_table(statement);
            if changed.is_none() && !reads(statement) {
                continue;
            }
            let tables = statement.tables_on_target();
            let estimated = Estimated { text: &statement.text, tables: &tables, changed };
            let estimate = estimate_rows(inquiry, estimated, stats).await;
            self.read_rows.extend(estimate.read.map(|rows| (number, rows)));
            self.changed_rows.extend(changed.map(|_| (number, estimate.changed)));
        }
    }

    /// Whether the target can say it or not, the questions about rows are worth their answers.
    async fn about_dependents(
        &mut self,
        inquiry: &Inquiry<'_>,
        so_far: &[FileTrace],
        catalogs: &[Arc<Catalog>],
    ) {
        let things = taken_away(so_far);
        let before = catalogs.get(..so_far.len()).unwrap_or_default();
        let is_known = |object: &Identity| before.iter().any(|catalog| catalog.objects.contains_key(object));
        match dependents(inquiry, &things).await {
            Ok(found) => self.dependents = impact::dependents(so_far, &things, found, is_known),
            Err(why) => {
                let gap =
                    format!("what on the target needs the things that a file drops is not known: {why}");
                self.gap = Some(gap);
            }
        }
    }
}

/// The table whose rows a statement changes, if the target has it.
fn changed_table(statement: &StatementTrace) -> Option<&Relation> {
    statement.work.iter().find_map(|work| match work {
        RowWork::ChangedRows(table) if table.on_target.is_some() => Some(table),
        _ => None,
    })
}

/// Whether it reads rows of a table that the target has.
fn reads(statement: &StatementTrace) -> bool {
    statement.work.iter().any(|work| matches!(work, RowWork::Query(table) if table.on_target.is_some()))
}
