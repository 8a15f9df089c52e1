//! What the target is asked about its rows, and about what else only it knows.

use std::sync::Arc;
use std::time::Duration;

use super::drifted::Drift;
use crate::catalog::{Catalog, Identity};
use crate::impact::{
    self, ChangedRows, Dependent, FileTrace, MissingRight, NeededRight, Relation, RowAnswer, RowWork,
    StatementTrace, TargetStats, needed_rights, questions, questions_of_default_partitions,
    questions_of_hand_made, questions_of_refreshes, questions_of_sequences, rights_on_history, taken_away,
};
use crate::migration::Step;
use crate::postgres::trace::Traced;
use crate::postgres::{
    Estimated, HistoryTable, Inquiry, Questioner, dependents, estimate_rows, missing_rights,
};

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
    /// What it needs and the role may not do.
    pub missing_rights: Vec<MissingRight>,
    /// Why something of that is not known, in sentences.
    pub gaps: Vec<String>,
}

/// Asks about each half. A question may take as long as `limit`.
pub(super) async fn ask(
    inquiry: &Inquiry<'_>,
    (traced, steps, history): (&Traced, &[Step], &HistoryTable),
    stats: Option<&TargetStats>,
    drift: &Drift,
    limit: Duration,
) -> Vec<AskedOfTarget> {
    let questioner = Questioner::new(inquiry, limit);
    let mut all = Vec::new();
    for (number, questions) in questions(&traced.files).into_iter().enumerate() {
        let so_far = traced.files.get(..=number).unwrap_or_default();
        let mut asked = AskedOfTarget::default();
        asked.about_dependents(inquiry, so_far, &traced.catalogs, &drift.only_on_target).await;
        let schemas = (&drift.only_on_target, &drift.target_now);
        let questions = questions
            .into_iter()
            .chain(questions_of_default_partitions(so_far, schemas.0))
            .chain(questions_of_hand_made(so_far, &asked.dependents, schemas))
            .chain(questions_of_refreshes(so_far, schemas.1))
            .chain(questions_of_sequences(so_far))
            .filter(|question| question.is_at_issue(stats));
        for question in questions {
            let outcome = questioner.ask(&question).await;
            asked.answers.push(RowAnswer { question, outcome });
        }
        if let Some(half) = so_far.last() {
            asked.about_statements(inquiry, half, stats).await;
        }
        all.push(asked);
    }
    let on_history = rights_on_history(&traced.files, steps, (history.schema(), history.name()));
    about_rights(inquiry, &traced.files, on_history, &mut all).await;
    all
}

/// One question for all halves.
async fn about_rights(
    inquiry: &Inquiry<'_>,
    halves: &[FileTrace],
    on_history: Vec<(usize, NeededRight)>,
    all: &mut [AskedOfTarget],
) {
    let of_halves: Vec<(usize, NeededRight)> = (0..halves.len())
        .flat_map(|place| {
            let needed = needed_rights(halves.get(..=place).unwrap_or_default());
            needed.into_iter().map(move |needed| (place, needed))
        })
        .chain(on_history)
        .collect();
    let needed: Vec<&NeededRight> = of_halves.iter().map(|(_, needed)| needed).collect();
    match missing_rights(inquiry, &needed).await {
        Ok(missing) => {
            for (number, missing) in missing {
                let half = of_halves.get(number).and_then(|(place, _)| all.get_mut(*place));
                half.into_iter().for_each(|half| half.missing_rights.push(missing.clone()));
            }
        }
        Err(why) => {
            let gap = format!("what the role of the deploy may do on the target is not known: {why}");
            all.iter_mut().take(1).for_each(|half| half.gaps.push(gap.clone()));
        }
    }
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
        only_on_target: &Catalog,
    ) {
        let things = taken_away(so_far);
        let before = catalogs.get(..so_far.len()).unwrap_or_default();
        let is_known = |object: &Identity| before.iter().any(|catalog| catalog.objects.contains_key(object));
        match dependents(inquiry, &things).await {
            Ok(found) => {
                self.dependents = impact::dependents(so_far, &things, found, only_on_target, is_known);
                self.dependents.extend(impact::incomparable_keys(so_far, only_on_target));
            }
            Err(why) => {
                let gap =
                    format!("what on the target needs the things that a file drops is not known: {why}");
                self.gaps.push(gap);
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
