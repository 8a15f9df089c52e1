//! What a statement takes away, by its words: tables and columns that it drops, that get another name, or another type. What a
//! function does is not seen.

use super::cursor::Cursor;
use super::lexer::StandardStrings;
use super::name::Name;
use super::token::TokenKind;

/// A table or a column that is no longer what it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TakenAway {
    /// What the statement does, as in "it drops …".
    pub(crate) how: &'static str,
    /// The table.
    pub(crate) table: Name,
    /// The column, unless it is the table as a whole.
    pub(crate) column: Option<String>,
}

/// What a statement takes away, in its order.
pub(crate) fn taken_away(statement: &str) -> Vec<TakenAway> {
    let mut c = Cursor::new(statement.as_bytes(), StandardStrings::On);
    if ["drop table", "drop view", "drop materialized view", "drop foreign table"]
        .iter()
        .any(|words| c.eat(words))
    {
        return dropped(c);
    }
    if !(c.eat("alter table") || c.eat("alter foreign table")) {
        return Vec::new();
    }
    c.eat("if exists");
    c.eat("only");
    let Some(table) = c.name() else { return Vec::new() };
    c.eat_sign("*");
    let mut taken = Vec::new();
    loop {
        if let Some((how, column)) = by_action(&mut c.clone()) {
            taken.push(TakenAway { how, table: table.clone(), column });
        }
        if !skip_action(&mut c) {
            return taken;
        }
    }
}

fn dropped(mut c: Cursor<'_>) -> Vec<TakenAway> {
    c.eat("if exists");
    let mut taken = Vec::new();
    while let Some(table) = c.name() {
        taken.push(TakenAway { how: "drops", table, column: None });
        if !c.eat_sign(",") {
            break;
        }
    }
    taken
}

/// What an action of ALTER TABLE does, and to which column.
fn by_action(c: &mut Cursor<'_>) -> Option<(&'static str, Option<String>)> {
    if c.eat("rename to") {
        return Some(("renames", None));
    }
    if c.eat("set schema") {
        return Some(("moves", None));
    }
    if c.clone().eat("drop constraint") || c.clone().eat("rename constraint") {
        return None;
    }
    let how = ["drop", "rename", "alter"].into_iter().find(|word| c.eat(word))?;
    c.eat("column");
    c.eat("if exists");
    let column = c.identifier()?;
    match how {
        "drop" => Some(("drops", Some(column))),
        "rename" => Some(("renames", Some(column))),
        _ => (c.eat("type") || c.eat("set data type")).then_some(("changes the type of", Some(column))),
    }
}

/// Whether another action follows, after a comma outside of parentheses.
fn skip_action(c: &mut Cursor<'_>) -> bool {
    let mut depth = 0_usize;
    while let Some((kind, text)) = c.peek() {
        c.skip();
        match kind {
            TokenKind::OpenParenthesis => depth += 1,
            TokenKind::CloseParenthesis => depth = depth.saturating_sub(1),
            _ if depth == 0 && text == b"," => return true,
            _ => {}
        }
    }
    false
}

/// Whether a text has this name in it, outside of strings and comments.
pub(crate) fn names(text: &str, name: &str) -> bool {
    let mut c = Cursor::new(text.as_bytes(), StandardStrings::On);
    while c.peek().is_some() {
        match c.clone().identifier() {
            Some(found) if found == name => return true,
            _ => c.skip(),
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(sql: &str) -> String {
        let show = |one: TakenAway| match one.column {
            Some(column) => format!("{} {}.{column}", one.how, one.table.name),
            None => format!("{} {}", one.how, one.table.name),
        };
        taken_away(sql).into_iter().map(show).collect::<Vec<_>>().join(", ")
    }

    #[test]
    fn tables_and_columns_that_are_no_longer_what_they_were_are_found() {
        for (sql, expected) in [
            ("DROP TABLE IF EXISTS a, s.\"B\" CASCADE", "drops a, drops B"),
            ("drop materialized view v", "drops v"),
            ("ALTER TABLE t RENAME TO u", "renames t"),
            ("ALTER TABLE IF EXISTS ONLY s.t * SET SCHEMA u;", "moves t"),
            ("ALTER TABLE t DROP a, DROP COLUMN IF EXISTS \"B\" CASCADE, ADD c int", "drops t.a, drops t.B"),
            ("ALTER TABLE t RENAME a TO b", "renames t.a"),
            ("ALTER TABLE t RENAME COLUMN a TO b", "renames t.a"),
            (
                "ALTER TABLE t ADD c numeric(3, 2), ALTER a TYPE text USING f(a, b), ALTER COLUMN b SET DATA TYPE int",
                "changes the type of t.a, changes the type of t.b",
            ),
            (
                "ALTER TABLE t DROP CONSTRAINT a, ALTER b SET NOT NULL, ALTER c DROP NOT NULL, ALTER d SET DEFAULT 1",
                "",
            ),
            ("ALTER TABLE t RENAME CONSTRAINT a TO b", ""),
            ("ALTER TABLE t SET (fillfactor = 50), OWNER TO x", ""),
            ("ALTER INDEX i RENAME TO j", ""),
            ("DROP INDEX t", ""),
            ("ALTER TABLE", ""),
        ] {
            assert_eq!(shown(sql), expected, "{sql}");
        }
    }

    #[test]
    fn a_name_is_a_word_or_stands_in_quotes() {
        let sql = "UPDATE t SET A = x.\"Old\" /* gone */ WHERE b = 'text' -- too\n AND $$c$$ = d";
        for name in ["t", "a", "x", "Old", "b", "d"] {
            assert!(names(sql, name), "{name}");
        }
        for name in ["old", "gone", "text", "too", "c"] {
            assert!(!names(sql, name), "{name}");
        }
    }
}
