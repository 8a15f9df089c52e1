//! Parents that a file deletes before a key to them is checked: which rows go away, the statement itself says.

use super::{About, Question};
use crate::catalog::schema::DisplayName;
use crate::impact::names::{begins, mentions, says};
use crate::impact::{Relation, RowWork, StatementTrace};
use crate::migration::sql::secrets::is_masked;
use crate::migration::sql::{Cursor, Lexer, StandardStrings, TokenKind};

/// For which rows of the other table there is no parent any more after a statement, as a condition; `None` where it does anything
/// else, or where what it deletes depends on other tables.
pub(super) fn parents(statement: &StatementTrace, question: &Question) -> Option<String> {
    let About::Orphans { parent, .. } = &question.about else { return None };
    if *parent == question.table || is_masked(&statement.text) {
        return None;
    }
    let parent = DisplayName::from_sql(parent);
    let is_parent = |table: &Relation| table.schema == parent.schema && table.name == parent.name;
    let emptied = statement.emptied.iter().filter(|emptied| !emptied.is_dropped);
    let emptied: Vec<&Relation> = emptied.map(|emptied| &emptied.table).collect();
    let changed = statement.work.iter().filter_map(|work| match work {
        RowWork::ChangedRows(table) => Some(table),
        _ => None,
    });
    let changed: Vec<&Relation> = changed.collect();
    match (&emptied[..], &changed[..]) {
        ([table], []) if is_parent(table) => Some("true".to_owned()),
        ([], [table]) if is_parent(table) => condition(&statement.text),
        _ => None,
    }
}

/// The name of the table that has the parents, where a question is about these.
pub(super) fn table_of_parents(about: &About) -> Option<String> {
    match about {
        About::Orphans { parent, .. } => Some(DisplayName::from_sql(parent).name),
        _ => None,
    }
}

/// Whether a statement may add rows to a table. One that reads them from where there are none adds none on the scratch database.
pub(super) fn may_add(statement: &StatementTrace, table: &str) -> bool {
    let adds = ["INSERT", "MERGE", "WITH"].iter().any(|word| begins(&statement.text, word));
    adds && mentions(&statement.text, table)
}

/// Whether a statement may put rows into a table that the file has made, by itself, by code, or by a trigger.
pub(super) fn may_fill(statement: &StatementTrace) -> bool {
    const FILLING: [&str; 10] =
        ["INSERT", "UPDATE", "DELETE", "MERGE", "WITH", "COPY", "SELECT", "DO", "CALL", "EXECUTE"];
    let text = &statement.text;
    let is_made_of_query = begins(text, "CREATE") && says(text, "AS");
    let takes_rows_over = begins(text, "ALTER") && (mentions(text, "ATTACH") || mentions(text, "INHERIT"));
    is_made_of_query || takes_rows_over || FILLING.iter().any(|word| begins(text, word))
}

/// What stands after WHERE of `DELETE FROM t [WHERE …]`.
fn condition(text: &str) -> Option<String> {
    let mut cursor = Cursor::new(text.as_bytes(), StandardStrings::On);
    if !cursor.eat("DELETE FROM") || cursor.eat("ONLY") {
        return None;
    }
    cursor.name()?;
    let has_condition = cursor.eat("WHERE");
    let rest = cursor.rest().trim_end().trim_end_matches(';');
    if !has_condition {
        return rest.trim().is_empty().then(|| "true".to_owned());
    }
    let looks_elsewhere = ["RETURNING", "CURRENT OF"].iter().any(|words| says(rest, words));
    (!looks_elsewhere && !has_subquery(rest)).then(|| rest.to_owned())
}

fn has_subquery(sql: &str) -> bool {
    let mut tokens = Lexer::new(sql.as_bytes(), 0, sql.len(), StandardStrings::On);
    tokens.any(|token| {
        let text = sql.get(token.span).unwrap_or_default();
        token.kind == TokenKind::Word
            && ["select", "table", "values"].iter().any(|word| text.eq_ignore_ascii_case(word))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_that_deletes_by_the_row_alone_says_which_ones() {
        for (sql, said) in [
            ("DELETE FROM users;", Some("true")),
            ("delete from app.users where id = 2 -- why\n;", Some("id = 2 -- why\n")),
            (
                "DELETE FROM users WHERE name = 'select' OR users.id > 3",
                Some("name = 'select' OR users.id > 3"),
            ),
            ("DELETE FROM ONLY users WHERE id = 2", None),
            ("DELETE FROM users u WHERE u.id = 2", None),
            ("DELETE FROM users USING other WHERE users.id = other.id", None),
            ("DELETE FROM users WHERE id = 2 RETURNING id", None),
            ("DELETE FROM users WHERE id IN (SELECT id FROM other)", None),
            ("UPDATE users SET id = 3 WHERE id = 2", None),
        ] {
            assert_eq!(condition(sql).as_deref(), said, "{sql}");
        }
    }
}
