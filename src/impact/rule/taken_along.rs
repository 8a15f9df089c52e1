//! A rule about rows that take those of other tables along.

use super::{Class, PlanRule, PlanRuleText};
use crate::impact::finding::{Finding, Recipe};
use crate::impact::foreign_keys::{Referring, referring};
use crate::impact::look::HalfView;
use crate::impact::names::{bare, begins};
use crate::impact::{Relation, RowWork};
use crate::migration::sql::{Cursor, StandardStrings, TokenKind};

pub(super) const ROWS_TAKEN_ALONG: PlanRuleText = PlanRuleText {
    id: "rows-taken-along",
    class: Class::Careless,
    title: "rows that are deleted or get another key, and others with them or looked up for each",
    text: "\
For each row that is deleted, the server looks for those that refer to it: `ON DELETE CASCADE` deletes them, `SET NULL` and `SET \
DEFAULT` change them, and so on in the tables that refer to these. An UPDATE of what others refer to does the same by `ON UPDATE`. They \
are locked and written to the log as well. Where the referring column has no index, all of its table is read for each row that goes.",
    given: "\
CREATE TABLE users (id bigint PRIMARY KEY);
CREATE TABLE letters (reader bigint REFERENCES users ON DELETE CASCADE);
INSERT INTO users VALUES (1);
INSERT INTO letters VALUES (1);",
    breaks: "DELETE FROM users;",
    safe: "",
};

pub(super) fn find(look: &HalfView<'_>) -> Vec<Finding> {
    let changes = look.statements().filter_map(|(number, statement)| match &statement.text {
        text if begins(text, "DELETE") => Some((number, statement, Change::Deletes)),
        text if begins(text, "UPDATE") => Some((number, statement, Change::Sets(set_columns(text)))),
        _ => None,
    });
    let tables = changes.flat_map(|(number, statement, change)| {
        statement.work.iter().filter_map(move |work| match work {
            RowWork::ChangedRows(table) if table.on_target.is_some() => Some((number, table, change.clone())),
            _ => None,
        })
    });
    tables.filter_map(|(number, table, change)| taken_along(look, number, table, change)).collect()
}

/// What a statement does to rows to which others may refer.
#[derive(Clone)]
enum Change {
    Deletes,
    /// It sets these columns.
    Sets(Vec<String>),
}

impl Change {
    /// Whether rows that refer by this key are looked up.
    fn concerns(&self, key: &Referring<'_>) -> bool {
        match self {
            Change::Deletes => true,
            Change::Sets(columns) => key.parent_columns().iter().any(|column| columns.contains(column)),
        }
    }

    /// What becomes of the rows that refer by this key; `None` where they stay as they are.
    fn to_those_of(&self, key: &Referring<'_>) -> Option<Change> {
        match self {
            Change::Deletes if key.deletes() => Some(Change::Deletes),
            Change::Deletes if key.changes() => Some(Change::Sets(key.columns())),
            Change::Sets(_) if key.follows() => Some(Change::Sets(key.columns())),
            _ => None,
        }
    }
}

fn taken_along(look: &HalfView<'_>, number: usize, table: &Relation, change: Change) -> Option<Finding> {
    let of = look.name(table);
    let keys = reached(look, &of, change);
    let is_slow = |(key, _): &&(Referring<'_>, Option<Change>)| {
        !key.has_index(look.case.before) && key.rows(look.stats).is_none_or(|rows| look.are_many(rows))
    };
    let slow: Vec<&Referring<'_>> = keys.iter().filter(is_slow).map(|(key, _)| key).collect();
    let goes: Vec<String> = keys.iter().filter_map(|(key, change)| told(key, change.as_ref()?)).collect();
    let are_many = look.planned_rows(number).is_none_or(|rows| look.are_many(rows));
    if slow.is_empty() && (goes.is_empty() || !are_many) {
        return None;
    }
    let read = slow
        .iter()
        .map(|key| format!("all of {} is read for each ({} has no index)", key.table, key.listed()));
    let what = goes.into_iter().chain(read).collect::<Vec<_>>().join(", ");
    let what = format!("with the rows of {of}, {what}");
    let finding = look.finding(PlanRule::RowsTakenAlong, Some(number), of, what);
    let indexes: Vec<String> = slow
        .iter()
        .map(|key| format!("CREATE INDEX CONCURRENTLY ON {} ({});", key.table, key.listed()))
        .collect();
    let note = format!("First, each in a migration that is marked transaction:false: {}", indexes.join(" "));
    Some(finding.with_recipe((!slow.is_empty()).then(|| Recipe::note(note))))
}

/// The keys of tables that have rows, of those whose rows go or change with rows of this one, and what becomes of these.
fn reached<'a>(look: &HalfView<'a>, of: &str, change: Change) -> Vec<(Referring<'a>, Option<Change>)> {
    let mut keys: Vec<(Referring<'a>, Option<Change>)> = Vec::new();
    let mut tables = vec![(of.to_owned(), change)];
    let mut place = 0;
    while let Some((parent, change)) = tables.get(place).cloned() {
        let concerned = referring(look.case.before, parent).filter(|key| change.concerns(key));
        for key in concerned.filter(|key| key.rows(look.stats) != Some(0)) {
            let further = change.to_those_of(&key);
            if let Some(further) = further.clone()
                && !tables.iter().any(|(known, _)| known == key.table)
            {
                tables.push((key.table.to_owned(), further));
            }
            keys.push((key, further));
        }
        place += 1;
    }
    keys
}

fn told(key: &Referring<'_>, change: &Change) -> Option<String> {
    let how = match change {
        Change::Deletes => "are deleted",
        Change::Sets(_) => "are changed",
    };
    Some(format!("rows of {} {how} ({})", key.table, key.name))
}

/// The columns that `UPDATE t SET a = 1, (b, c) = (2, 3)` sets.
fn set_columns(text: &str) -> Vec<String> {
    let mut cursor = Cursor::new(text.as_bytes(), StandardStrings::On);
    let mut columns = Vec::new();
    if !cursor.find("SET") {
        return columns;
    }
    let (mut depth, mut is_name) = (0_usize, true);
    while let Some((kind, token)) = cursor.peek() {
        match kind {
            TokenKind::OpenParenthesis => depth += 1,
            TokenKind::CloseParenthesis => depth = depth.saturating_sub(1),
            TokenKind::Operator if token == b"=" => is_name = false,
            TokenKind::Other if token == b"," && depth == 0 => is_name = true,
            TokenKind::Semicolon => break,
            TokenKind::Word | TokenKind::QuotedIdentifier if is_name => {
                columns.push(bare(&String::from_utf8_lossy(token)));
            }
            TokenKind::Word
                if depth == 0
                    && (token.eq_ignore_ascii_case(b"where") || token.eq_ignore_ascii_case(b"from")) =>
            {
                break;
            }
            _ => {}
        }
        cursor.skip();
    }
    columns
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_columns_that_are_set_are_read() {
        let read = |text| set_columns(text).join(" ");
        assert_eq!(read("UPDATE t SET a = f(b, c), \"B\" = 1 WHERE d = 2"), "a B");
        assert_eq!(
            read("UPDATE s.t AS x SET (a, b) = (SELECT 1, 2), c = DEFAULT FROM y WHERE x.id = 1"),
            "a b c"
        );
        assert_eq!(read("DELETE FROM t"), "");
    }
}
