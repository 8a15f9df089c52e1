//! The words of a backfill: `batch:tasks(id)` in its marker, and `:batch` in its statement.

use std::ops::Range;

use super::sql::{AssignedColumn, Cursor, Cut, Lexer, Name, StandardStrings, TokenKind, assigned_columns};

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

impl BatchKey {
    /// Reads `tasks(id)` or `app."Tasks"(tenant, id)`.
    pub(crate) fn read(text: &str) -> Option<BatchKey> {
        let mut cursor = Cursor::new(text.as_bytes(), StandardStrings::default());
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

/// The first place after which parentheses stand that hold no alias: from the colon up to their end.
pub(crate) fn wrong_alias<'t>(text: &'t str, places: &[BatchPlace]) -> Option<(usize, &'t str)> {
    places.iter().filter(|place| place.alias.is_none()).find_map(|place| {
        let rest = text.get(place.span.end..)?;
        let mut cursor = Cursor::new(rest.as_bytes(), StandardStrings::default());
        if !cursor.eat_sign("(") {
            return None;
        }
        let length =
            rest.find([')', '\n']).map_or(rest.len(), |end| end + usize::from(rest[end..].starts_with(')')));
        Some((place.span.start, text.get(place.span.start..place.span.end + length)?.trim_end()))
    })
}

/// The first column of the key that a statement assigns to, and where it stands in the text. A row whose key moves up would
/// come again.
pub(crate) fn assigned_key_column(text: &str, statement: &Cut, key: &BatchKey) -> Option<(String, usize)> {
    let assigned = assigned_in_table(text.get(statement.span.clone())?, statement.strings, key);
    let found = assigned.into_iter().find(|one| key.columns.contains(&one.column))?;
    Some((found.column, statement.span.start + found.at))
}

/// The columns that a statement assigns to in the table of the key.
pub(crate) fn assigned_in_table(
    statement: &str,
    strings: StandardStrings,
    key: &BatchKey,
) -> Vec<AssignedColumn> {
    let is_of_table = |one: &AssignedColumn| {
        let (table, wanted) = (&one.table, &key.table);
        let may_be_one_schema =
            table.schema.is_none() || wanted.schema.is_none() || table.schema == wanted.schema;
        table.name == wanted.name && may_be_one_schema
    };
    let mut assigned = assigned_columns(statement, strings);
    assigned.retain(is_of_table);
    assigned
}

/// Where a statement says SKIP LOCKED, in bytes.
pub(crate) fn skip_locked(statement: &str) -> Option<usize> {
    let mut cursor = Cursor::new(statement.as_bytes(), StandardStrings::default());
    while cursor.peek().is_some() {
        if cursor.clone().eat("skip locked") {
            return Some(statement.len() - cursor.rest().len());
        }
        cursor.skip();
    }
    None
}

/// Whether a statement is an UPDATE or DELETE of the table that its backfill goes along, whose rows are those of `:batch`: then it
/// changes no more rows than a batch has.
pub(crate) fn changes_table_of(statement: &str, key: &BatchKey, places: &[BatchPlace]) -> bool {
    let mut cursor = Cursor::new(statement.as_bytes(), StandardStrings::default());
    let mut depth = 0_usize;
    while let Some((kind, _)) = cursor.peek() {
        if depth == 0 && (cursor.eat("update") || cursor.eat("delete from")) {
            return target(&mut cursor, key).is_some_and(|target| {
                places.iter().any(|place| place.alias.as_ref().is_none_or(|alias| *alias == target))
            });
        }
        match kind {
            TokenKind::OpenParenthesis => depth += 1,
            TokenKind::CloseParenthesis => depth = depth.saturating_sub(1),
            TokenKind::Word
                if ["insert", "select", "merge"].iter().any(|word| cursor.clone().eat(word))
                    && depth == 0 =>
            {
                return false;
            }
            _ => {}
        }
        cursor.skip();
    }
    false
}

/// What the table that is changed is called in its statement, where it is that of the key.
fn target(cursor: &mut Cursor<'_>, key: &BatchKey) -> Option<String> {
    cursor.eat("only");
    cursor.eat_sign("(");
    let table = cursor.name().filter(|table| table.name == key.table.name)?;
    cursor.eat_sign(")");
    cursor.eat_sign("*");
    let goes_on = ["set", "using", "where", "returning"].iter().any(|word| cursor.clone().eat(word));
    if !cursor.eat("as") && goes_on {
        return Some(table.name);
    }
    Some(cursor.identifier().unwrap_or(table.name))
}

/// The alias that stands right after `:batch` in parentheses, and the length of that.
fn alias(rest: &str) -> (Option<String>, usize) {
    let mut cursor = Cursor::new(rest.as_bytes(), StandardStrings::default());
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
    fn places_in(sql: &str) -> Vec<BatchPlace> {
        let kind = StatementKind::Other;
        let cut = Cut { span: 0..sql.len(), kind, strings: StandardStrings::default(), copy_data: None };
        batch_places(sql, &cut)
    }

    fn places(sql: &str) -> Vec<(&str, Option<String>)> {
        places_in(sql).into_iter().map(|place| (&sql[place.span], place.alias)).collect()
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
    fn an_update_and_a_delete_of_the_table_change_no_more_rows_than_a_batch_has() {
        let key = BatchKey::read("app.tasks(id)").unwrap();
        for sql in [
            "UPDATE tasks SET a = 1 WHERE :batch",
            "UPDATE ONLY (app.\"tasks\") t SET a = 1 WHERE :batch(t)",
            "UPDATE tasks * AS \"T\" SET a = 1 FROM u WHERE :batch(\"T\")",
            "DELETE FROM tasks USING u WHERE :batch(tasks)",
            "WITH x AS (INSERT INTO u SELECT FROM tasks RETURNING a) UPDATE tasks SET a = 1 WHERE :batch",
        ] {
            assert!(changes_table_of(sql, &key, &places_in(sql)), "{sql}");
        }
        for sql in [
            "UPDATE tasks c SET a = 1 FROM tasks p WHERE c.parent = p.id AND :batch(p)",
            "DELETE FROM tasks AS c USING tasks WHERE c.parent = tasks.id AND :batch(tasks)",
            "UPDATE children SET a = 1 FROM tasks WHERE :batch(tasks)",
            "WITH x AS (UPDATE tasks SET a = 1 RETURNING b) INSERT INTO u SELECT b FROM x",
            "WITH x AS (UPDATE tasks SET a = 1 RETURNING b) SELECT f(b) FROM x FOR UPDATE",
            "INSERT INTO tasks SELECT FROM tasks ON CONFLICT (id) DO UPDATE SET a = 1",
            "MERGE INTO u USING tasks ON true WHEN MATCHED THEN UPDATE SET a = 1",
            "TABLE tasks",
        ] {
            assert!(!changes_table_of(sql, &key, &places_in(sql)), "{sql}");
        }
    }

    #[test]
    fn parentheses_after_a_place_that_hold_no_alias_are_found() {
        let wrong = |sql| wrong_alias(sql, &places_in(sql));
        for sql in ["WHERE :batch(a.t) AND b", "WHERE :batch(t, u)", "WHERE :batch()", "WHERE :batch (a = 1)"]
        {
            let end = sql.find(')').unwrap() + 1;
            assert_eq!(wrong(sql), Some((6, &sql[6..end])), "{sql}");
        }
        assert_eq!(wrong(":batch(t"), Some((0, ":batch(t")));
        for sql in [":batch(t)", ":batch( \"T\" ) AND (a)", "(:batch) AND (b)", ":batch -- (t)\n"] {
            assert_eq!(wrong(sql), None, "{sql}");
        }
    }

    #[test]
    fn skip_locked_is_two_words_in_a_row_outside_of_strings() {
        assert_eq!(skip_locked("SELECT 1 FOR UPDATE SKIP /* . */ locked"), Some(20));
        assert_eq!(skip_locked("SELECT 'skip locked', skip FROM locked"), None);
    }

    #[test]
    fn a_place_is_a_colon_with_the_word_right_after_it_and_no_cast_string_or_comment() {
        assert_eq!(places("UPDATE t SET a = 1 WHERE :batch;"), [(":batch", None)]);
        assert_eq!(places("… WHERE :BATCH( \"T\" )and x"), [(":BATCH( \"T\" )", Some("T".to_owned()))]);
        assert_eq!(places("(:batch) AND :batch(u)").len(), 2);
        assert_eq!(places(":batch (a = 1)"), [(":batch", None)]);
        for none in ["a::batch", "': batch'", ": batch", "-- :batch", "$$:batch$$", "x[1:batches]"] {
            assert_eq!(places(none), [], "{none}");
        }
    }
}
