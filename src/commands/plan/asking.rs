//! What the target is asked about its rows.

use std::time::Duration;

use crate::catalog::Identity;
use crate::connect::Session;
use crate::impact::{
    self, Answer, ChangedRows, Dependent, Relation, StatementTrace, TargetStats, Work, questions, taken_away,
};
use crate::postgres::trace::Traced;
use crate::postgres::{Questioner, dependents, estimate_rows};

/// What the target has answered about one half.
#[derive(Debug, Default)]
pub struct Asked {
    /// Whether its rows are in the way of the half, or what goes away with it.
    pub answers: Vec<Answer>,
    /// How many rows statements change, each with its number from 0.
    pub changed_rows: Vec<(usize, ChangedRows)>,
    /// How many rows statements read, likewise.
    pub read_rows: Vec<(usize, u64)>,
    /// What on the target needs what goes away, and is not known to any migration.
    pub dependents: Vec<Dependent>,
}

/// Asks about each half. A question may take as long as `limit`.
pub(super) async fn ask(
    session: &Session,
    traced: &Traced,
    stats: Option<&TargetStats>,
    limit: Duration,
) -> Vec<Asked> {
    let mut questioner = Questioner::new(session, limit);
    let mut all = Vec::new();
    for (number, catalogs) in traced.catalogs.windows(2).enumerate() {
        let ([before, after], Some(half)) = (catalogs, traced.files.get(number)) else { break };
        let earlier = traced.files.get(..number).unwrap_or_default();
        let mut asked = Asked::default();
        for question in questions(half, earlier, before, after) {
            let outcome = questioner.ask(&question).await;
            asked.answers.push(Answer { question, outcome });
        }
        for (number, statement) in half.statements.iter().enumerate() {
            let changed = changed_table(statement);
            if changed.is_none() && !reads(statement) {
                continue;
            }
            let estimate = estimate_rows(session, &statement.text, changed, stats).await;
            asked.read_rows.extend(estimate.read.map(|rows| (number, rows)));
            asked.changed_rows.extend(changed.map(|_| (number, estimate.changed)));
        }
        let things = taken_away(half);
        // Whether the target can say it or not, the questions about rows are worth their answers.
        if let Ok(found) = dependents(session, &things).await {
            let so_far = traced.files.get(..=number).unwrap_or_default();
            let is_known = |object: &Identity| before.objects.contains_key(object);
            asked.dependents = impact::dependents(so_far, &things, found, is_known);
        }
        all.push(asked);
    }
    all
}

/// The table whose rows a statement changes, if the target has it.
fn changed_table(statement: &StatementTrace) -> Option<&Relation> {
    statement.work.iter().find_map(|work| match work {
        Work::ChangedRows(table) if table.on_target.is_some() => Some(table),
        _ => None,
    })
}

/// Whether it reads rows of a table that the target has.
fn reads(statement: &StatementTrace) -> bool {
    statement.work.iter().any(|work| matches!(work, Work::Query(table) if table.on_target.is_some()))
}
