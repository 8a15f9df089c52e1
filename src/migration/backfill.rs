//! A half that changes the rows of a table batch by batch: `-- migrate:up batch:tasks(id)`.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::Direction;
use super::sql::{Cursor, Cut, Lexer, Name, TokenKind};

/// What a backfill is: along which key it goes, and where in its statement the condition for a batch stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backfill {
    /// The table and the key.
    pub key: BatchKey,
    /// Each `:batch` of the statement, in order.
    pub places: Vec<BatchPlace>,
}

/// The table that a backfill goes through, and the columns that say in which order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchKey {
    /// The table.
    pub table: Name,
    /// The columns of a unique index, in its order.
    pub columns: Vec<String>,
}

/// A `:batch` or `:batch(alias)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchPlace {
    /// Its bytes in the text of the half.
    pub span: Range<usize>,
    /// What the table is called in this place.
    pub alias: Option<String>,
}

/// How far a backfill has come, as the history keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackfillProgress {
    /// Which half it is.
    pub direction: Direction,
    /// The key of the last row that is done, as text.
    pub after: Vec<String>,
    /// How many rows of the table it has passed.
    pub rows: u64,
    /// About how many rows there were when it began.
    pub of: Option<u64>,
}

impl BackfillProgress {
    /// How much of the table is done, in percent: never all of it before the end.
    pub fn percent(&self) -> Option<u64> {
        let of = self.of.filter(|of| *of > 0)?;
        Some((self.rows.saturating_mul(100) / of).min(99))
    }
}

impl BatchKey {
    /// Reads `tasks(id)` or `app."Tasks"(tenant, id)`.
    pub(crate) fn read(text: &str) -> Option<BatchKey> {
        let mut cursor = Cursor::new(text.as_bytes(), Default::default());
        let table = cursor.name()?;
        let mut columns = Vec::new();
        let mut sign = "(";
        while !columns.is_empty() || sign == "(" {
            if !cursor.eat_sign(sign) {
                break;
            }
            columns.push(cursor.identifier()?);
            sign = ",";
        }
        let is_whole = cursor.eat_sign(")") && cursor.peek().is_none();
        (is_whole && !columns.is_empty()).then_some(BatchKey { table, columns })
    }
}

/// The places of `:batch` in a statement of this text.
pub(crate) fn batch_places(text: &str, statement: &Cut) -> Vec<BatchPlace> {
    let Range { start, end } = statement.span;
    let mut tokens = Lexer::new(text.as_bytes(), start, end, statement.strings).peekable();
    let mut places = Vec::new();
    while let Some(colon) = tokens.next() {
        let is_colon = text.get(colon.span.clone()) == Some(":");
        let is_batch = |span: &Range<usize>| {
            text.get(span.clone()).is_some_and(|word| word.eq_ignore_ascii_case("batch"))
        };
        let Some(word) =
            tokens.next_if(|word| is_colon && word.kind == TokenKind::Word && is_batch(&word.span))
        else {
            continue;
        };
        let (alias, after) = alias(text.get(word.span.end..end).unwrap_or_default());
        places.push(BatchPlace { span: colon.span.start..word.span.end + after, alias });
    }
    places
}

/// The alias that stands right behind `:batch` in parentheses, and the length of that.
fn alias(rest: &str) -> (Option<String>, usize) {
    let mut cursor = Cursor::new(rest.as_bytes(), Default::default());
    let alias = rest.starts_with('(').then(|| {
        cursor.eat_sign("(");
        cursor
            .identifier()
            .filter(|_| cursor.peek().is_some_and(|(kind, _)| kind == TokenKind::CloseParenthesis))
    });
    match alias.flatten() {
        Some(alias) => (Some(alias), rest.len() - cursor.rest().len() + 1),
        None => (None, 0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::migration::sql::StatementKind;

    fn key(text: &str) -> Option<(Option<String>, String, Vec<String>)> {
        BatchKey::read(text).map(|key| (key.table.schema, key.table.name, key.columns))
    }

    /// Each place with its alias.
    fn places(sql: &str) -> Vec<(&str, Option<String>)> {
        let kind = StatementKind::Other;
        let cut = Cut { span: 0..sql.len(), kind, strings: Default::default(), copy_data: None };
        batch_places(sql, &cut).into_iter().map(|place| (&sql[place.span], place.alias)).collect()
    }

    #[test]
    fn a_key_names_a_table_and_its_columns() {
        let columns = |columns: &[&str]| columns.iter().map(|&column| column.to_owned()).collect::<Vec<_>>();
        assert_eq!(key("Tasks(ID)"), Some((None, "tasks".to_owned(), columns(&["id"]))));
        let quoted = key("app.\"My (Tasks)\"( tenant , \"Id\" )");
        let expected = (Some("app".to_owned()), "My (Tasks)".to_owned(), columns(&["tenant", "Id"]));
        assert_eq!(quoted, Some(expected));
        for wrong in [
            "",
            "tasks",
            "tasks()",
            "tasks(id",
            "tasks(id,)",
            "tasks(id) x",
            "(id)",
            "tasks(id desc)",
            "tasks id",
        ] {
            assert_eq!(key(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_place_is_a_colon_with_the_word_right_behind_it_and_no_cast_string_or_comment() {
        assert_eq!(places("UPDATE t SET a = 1 WHERE :batch;"), [(":batch", None)]);
        assert_eq!(places("… WHERE :BATCH( \"T\" )and x"), [(":BATCH( \"T\" )", Some("T".to_owned()))]);
        assert_eq!(places("(:batch) AND :batch(u)").len(), 2);
        assert_eq!(places(":batch (a = 1)"), [(":batch", None)]);
        for none in ["a::batch", "': batch'", ": batch", "-- :batch", "$$:batch$$", "x[1:batches]"] {
            assert_eq!(places(none), [], "{none}");
        }
    }

    #[test]
    fn a_share_is_never_all_before_the_end() {
        let percent =
            |rows, of| BackfillProgress { direction: Direction::Up, after: Vec::new(), rows, of }.percent();
        assert_eq!(percent(1, Some(3)), Some(33));
        assert_eq!(percent(500, Some(100)), Some(99));
        assert_eq!(percent(5, None), None);
        assert_eq!(percent(5, Some(0)), None);
    }
}
