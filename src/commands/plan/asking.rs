//! What the target is asked about its rows.

use std::time::Duration;

use crate::connect::Session;
use crate::impact::{Answer, ChangedRows, StatementTrace, TargetStats, Work, questions};
use crate::postgres::trace::Traced;
use crate::postgres::{Questioner, estimate_rows};

/// What the target has answered about one half.
#[derive(Debug, Default)]
pub struct Asked {
    /// Whether its rows are in the way of the half, or what goes away with it.
    pub answers: Vec<Answer>,
    /// How many rows statements change, each with its number from 0.
    pub changed_rows: Vec<(usize, ChangedRows)>,
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
            if let Some(rows) = rows_of_changed_table(statement, stats) {
                asked.changed_rows.push((number, estimate_rows(session, &statement.text, rows).await));
            }
        }
        all.push(asked);
    }
    all
}

/// Of a statement that changes rows of a table: how many that has, as far as it is known.
fn rows_of_changed_table(statement: &StatementTrace, stats: Option<&TargetStats>) -> Option<Option<u64>> {
    let changed = statement.work.iter().find_map(|work| match work {
        Work::ChangedRows(table) if table.on_target.is_some() => Some(table),
        _ => None,
    })?;
    Some(stats.and_then(|stats| stats.of(changed)).and_then(|stats| stats.rows))
}
