//! Other names in an expression.

use std::cell::Cell;

use crate::impact::names::{bare, parts};
use crate::migration::sql::{Lexer, StandardStrings, Token, TokenKind};

/// The SQL with other names for columns, where `new_name` has one for the name without quotes. Names of functions, types and
/// schemas stay, and so does what follows a point.
pub(crate) fn with_columns(sql: &str, new_name: impl Fn(&str) -> Option<String>) -> String {
    rewritten(
        sql,
        |among| if among.may_be_column() && among.next != "." { new_name(&among.name) } else { None },
    )
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

/// Whether this of a list of a key or a check is about a column: names stand there as they are, and expressions as SQL writes them.
pub(super) fn lists_column(listed: &str, column: &str) -> bool {
    listed == bare(column) || has_column(listed, column)
}

/// An expression over the columns of a table, for the row `NEW` of a trigger.
pub(super) fn of_new_row(sql: &str, table: &str, columns: &[String]) -> String {
    let table = bare(table);
    rewritten(sql, |among| match among.next {
        _ if !among.may_be_column() => None,
        "." => (among.name == table).then(|| "NEW".to_owned()),
        _ => {
            let column = columns.iter().find(|column| bare(column) == among.name)?;
            Some(format!("NEW.{column}"))
        }
    })
}

/// An expression in which casts name this type with its schema, as the catalog does. The file may have found it by its own
/// `search_path`; a question looks names up among the server's own.
pub(super) fn with_schema_of_type(sql: &str, type_name: &str) -> String {
    let type_name = type_name.trim_end_matches("[]");
    if parts(type_name).len() < 2 {
        return sql.to_owned();
    }
    rewritten(sql, |among| {
        let is_meant = among.is_type() && among.next != "." && among.name == bare(type_name);
        is_meant.then(|| type_name.to_owned())
    })
}

/// A name in SQL, and the tokens around it.
struct NameAmong<'a> {
    /// Without quotes.
    name: String,
    before: &'a str,
    next: &'a str,
}

/// Calls `new_name` with each name.
fn rewritten(sql: &str, new_name: impl Fn(&NameAmong<'_>) -> Option<String>) -> String {
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
        let new = if is_name { new_name(&NameAmong { name: bare(own), before, next }) } else { None };
        result.push_str(new.as_deref().unwrap_or(own));
        before = own;
    }
    result
}

impl NameAmong<'_> {
    /// Whether it may be a column or its table, and not a function, a type or what follows a point.
    fn may_be_column(&self) -> bool {
        self.before != "." && !self.is_type() && self.next != "("
    }

    fn is_type(&self) -> bool {
        self.before == "::" || self.before.eq_ignore_ascii_case("as")
    }
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

    #[test]
    fn a_cast_names_the_type_with_its_schema_and_all_else_stays() {
        for (expression, type_name, expected) in [
            ("mood::mood", "app.mood", "mood::app.mood"),
            ("CAST(lower(mood) AS Mood)", "app.mood", "CAST(lower(mood) AS app.mood)"),
            ("m::text::mood[]", "app.mood[]", "m::text::app.mood[]"),
            ("m::\"Mood\"", "app.\"Mood\"", "m::app.\"Mood\""),
            ("m::other.mood", "app.mood", "m::other.mood"),
            ("m::integer", "integer", "m::integer"),
        ] {
            assert_eq!(with_schema_of_type(expression, type_name), expected);
        }
    }
}
