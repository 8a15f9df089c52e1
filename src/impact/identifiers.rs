//! Other names in an expression.

use std::cell::Cell;

use crate::impact::names::bare;
use crate::migration::sql::{Lexer, StandardStrings, Token, TokenKind};

/// The SQL with other names for columns, where `new_name` has one for the name without quotes. Names of functions, types and
/// schemas stay, and so does what follows a point.
pub(crate) fn with_columns(sql: &str, new_name: impl Fn(&str) -> Option<String>) -> String {
    rewritten(sql, |name, next| if next == "." { None } else { new_name(name) })
}

/// Whether the SQL names this column.
pub(super) fn has_column(sql: &str, column: &str) -> bool {
    let column = bare(column);
    let has = Cell::new(false);
    with_columns(sql, |name| {
        has.set(has.get() || *name == column);
        None
    });
    has.get()
}

/// An expression over the columns of a table, for the row `NEW` of a trigger.
pub(super) fn of_new_row(sql: &str, table: &str, columns: &[String]) -> String {
    let table = bare(table);
    rewritten(sql, |name, next| match next {
        "." => (*name == table).then(|| "NEW".to_owned()),
        _ => {
            let column = columns.iter().find(|column| bare(column) == name)?;
            Some(format!("NEW.{column}"))
        }
    })
}

/// Calls `new_name` with each name and the token after it.
fn rewritten(sql: &str, new_name: impl Fn(&str, &str) -> Option<String>) -> String {
    let all: Vec<Token> = Lexer::new(sql.as_bytes(), 0, sql.len(), StandardStrings::On).collect();
    let text = |token: &Token| sql.get(token.span.clone()).unwrap_or_default();
    let mut result = String::new();
    let mut before = "";
    for (place, token) in all.iter().enumerate() {
        let own = text(token);
        if token.kind.is_trivia() {
            result.push_str(own);
            continue;
        }
        let rest = all.get(place + 1..).unwrap_or_default();
        let next = rest.iter().find(|token| !token.kind.is_trivia()).map_or("", text);
        let is_name = matches!(token.kind, TokenKind::Word | TokenKind::QuotedIdentifier);
        let is_other = matches!(before, "." | "::") || before.eq_ignore_ascii_case("as") || next == "(";
        let new = if is_name && !is_other { new_name(&bare(own), next) } else { None };
        result.push_str(new.as_deref().unwrap_or(own));
        before = own;
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_get_other_names_and_nothing_else_does() {
        let other = |name: &str| (name == "name").then(|| "name_new".to_owned());
        let sql = "CREATE INDEX i ON t USING btree (name, lower(\"name\"), name(x), x::name, 'name', s.name) WHERE Name > 1";
        assert_eq!(
            with_columns(sql, other),
            "CREATE INDEX i ON t USING btree (name_new, lower(name_new), name(x), x::name, 'name', s.name) WHERE name_new > 1"
        );
        let columns = ["starts".to_owned(), "\"Ends\"".to_owned()];
        assert_eq!(
            of_new_row("orders.starts + length(starts) + \"Ends\"::starts", "public.orders", &columns),
            "NEW.starts + length(NEW.starts) + NEW.\"Ends\"::starts"
        );
    }
}
