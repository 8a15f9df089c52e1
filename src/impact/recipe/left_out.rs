//! What a statement does besides, and the recipe for one of its actions does not.

use crate::impact::finding::{Finding, Recipe};
use crate::impact::names::mentions;
use crate::impact::table_actions::{made_or_changed, table_actions};
use crate::impact::trace::StatementTrace;

/// Says in each recipe which actions of the same `ALTER TABLE` it leaves out.
pub(in crate::impact) fn say_what_is_left_out(findings: &mut [Finding], statements: &[StatementTrace]) {
    for finding in findings {
        let statement = finding.statement.and_then(|number| statements.get(number));
        let Some((recipe, statement)) = finding.recipe.as_mut().zip(statement) else { continue };
        let left_out = left_out(recipe, &statement.text);
        if left_out.is_empty() || recipe.files.is_empty() {
            continue;
        }
        let also = format!(
            "The statement does more, which stays in a migration of its own: {}.",
            left_out.join(", ")
        );
        recipe.note = Some(match recipe.note.take() {
            Some(note) => format!("{note} {also}"),
            None => also,
        });
    }
}

/// The actions of which the recipe does not name what they make or change.
fn left_out<'a>(recipe: &Recipe, text: &'a str) -> Vec<&'a str> {
    let sql: String = recipe.files.iter().map(|file| format!("{}\n", file.sql)).collect();
    let actions = table_actions(text);
    if actions.len() < 2 {
        return Vec::new();
    }
    let is_done = |action: &str| made_or_changed(action).is_none_or(|name| mentions(&sql, &name));
    actions.into_iter().filter(|action| !is_done(action)).collect()
}
