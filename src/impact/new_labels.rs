//! Values of an enum that a transaction adds: it cannot use them itself. Which rows would need one, only the target can tell.

use super::names::{begins, mentions, quoted, says};
use super::{FileTrace, RowWork, StatementTrace};
use crate::migration::sql::{Cursor, StandardStrings};

/// The statements of a half that may need a value which their transaction adds, each in a sentence.
pub fn unusable_labels(half: &FileTrace) -> Vec<String> {
    let mut told = Vec::new();
    for (number, adding) in half.statements.iter().enumerate() {
        let Some(name) = enum_with_new_label(&adding.text) else { continue };
        let own = |one: &&StatementTrace| one.transaction == adding.transaction;
        let makes = |one: &StatementTrace| begins(&one.text, "CREATE TYPE") && mentions(&one.text, &name);
        let before = half.statements.get(..number).unwrap_or_default();
        // The values of a type of its own it can use.
        if before.iter().filter(own).any(makes) {
            continue;
        }
        let later = half.statements.iter().skip(number + 1).filter(own);
        told.extend(later.filter(|one| mentions(&one.text, &name) && works_on_rows(one)).map(|one| {
            let (line, added, version) = (one.location.line, adding.location.line, &half.version);
            format!(
                "whether line {line} of {version} comes to a value that line {added} adds to {name} is not known: then {version} \
                 fails, since a transaction cannot use what it adds"
            )
        }));
    }
    told
}

/// `ALTER TYPE name ADD VALUE …`: the name, without its schema.
fn enum_with_new_label(text: &str) -> Option<String> {
    let mut cursor = Cursor::new(text.as_bytes(), StandardStrings::On);
    let name = if cursor.eat("ALTER TYPE") { cursor.name()?.name } else { return None };
    says(text, "ADD VALUE").then(|| quoted(&name))
}

fn works_on_rows(statement: &StatementTrace) -> bool {
    let is_of_rows = |work: &RowWork| matches!(work, RowWork::ChangedRows(_) | RowWork::Rewrite(_));
    statement.work.iter().any(|work| is_of_rows(work) && work.relation().on_target.is_some())
}
