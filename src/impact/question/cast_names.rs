//! Types as an expression of a file names them.

use super::last_part;
use crate::impact::names::bare;
use crate::migration::sql::{Lexer, StandardStrings, Token, TokenKind};

/// An expression in which casts name this type with its schema, as the catalog does. The file may have found it by its own
/// `search_path`; a question looks names up among the server's own.
pub(super) fn with_schema(expression: &str, type_name: &str) -> String {
    let type_name = type_name.trim_end_matches("[]");
    if last_part(type_name) == type_name {
        return expression.to_owned();
    }
    let all: Vec<Token> =
        Lexer::new(expression.as_bytes(), 0, expression.len(), StandardStrings::On).collect();
    let text = |token: &Token| expression.get(token.span.clone()).unwrap_or_default();
    let (mut result, mut before) = (String::new(), "");
    for (place, token) in all.iter().enumerate() {
        let own = text(token);
        if token.kind.is_trivia() {
            result.push_str(own);
            continue;
        }
        let rest = all.get(place + 1..).unwrap_or_default();
        let next = rest.iter().find(|token| !token.kind.is_trivia()).map_or("", text);
        let is_name = matches!(token.kind, TokenKind::Word | TokenKind::QuotedIdentifier);
        let is_cast = before == "::" || before.eq_ignore_ascii_case("as");
        let is_meant = is_name && is_cast && next != "." && bare(own) == bare(type_name);
        result.push_str(if is_meant { type_name } else { own });
        before = own;
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

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
            assert_eq!(with_schema(expression, type_name), expected);
        }
    }
}
