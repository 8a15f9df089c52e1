//! What an expression may do with values, as far as its words tell.

use crate::impact::names::bare;
use crate::migration::sql::{Lexer, StandardStrings, Token, TokenKind};

/// Functions of the server that take every value.
const NEVER_FAIL: [&str; 13] = [
    "lower",
    "upper",
    "btrim",
    "ltrim",
    "rtrim",
    "coalesce",
    "nullif",
    "length",
    "char_length",
    "md5",
    "reverse",
    "in",
    "any",
];

/// Functions that keep a part of a value.
const CUT: [&str; 12] = [
    "left",
    "right",
    "substr",
    "substring",
    "btrim",
    "rtrim",
    "round",
    "trunc",
    "floor",
    "ceil",
    "ceiling",
    "date_trunc",
];

/// Types with a limit, which is written as if they were functions.
const WITH_LIMIT: [&str; 8] =
    ["varchar", "varying", "char", "character", "numeric", "decimal", "timestamp", "timestamptz"];

/// What an expression is made of, without white space and comments.
struct ExpressionTokens<'t>(Vec<(TokenKind, &'t str)>);

impl<'t> ExpressionTokens<'t> {
    fn of(sql: &'t str) -> ExpressionTokens<'t> {
        let tokens = Lexer::new(sql.as_bytes(), 0, sql.len(), StandardStrings::On);
        let text = |token: Token| (token.kind, sql.get(token.span).unwrap_or_default());
        ExpressionTokens(tokens.filter(|token| !token.kind.is_trivia()).map(text).collect())
    }

    /// The names before a parenthesis, in lower case.
    fn calls(&self) -> impl Iterator<Item = String> {
        let pairs = self.0.windows(2).filter_map(|pair| match pair {
            [(TokenKind::Word | TokenKind::QuotedIdentifier, name), (TokenKind::OpenParenthesis, _)] => {
                Some(*name)
            }
            _ => None,
        });
        pairs.filter(|name| !["and", "or", "not"].contains(&&*name.to_lowercase())).map(bare)
    }

    fn operators(&self) -> impl Iterator<Item = &'t str> {
        self.0.iter().filter(|(kind, _)| *kind == TokenKind::Operator).map(|(_, text)| *text)
    }

    /// Whether something is cast that is not written out, to a type that does not take everything.
    fn casts(&self) -> bool {
        self.0.windows(3).any(|three| match three {
            [(before, _), (TokenKind::Operator, "::"), (_, to)] => {
                *before != TokenKind::String && *to != "text"
            }
            _ => false,
        })
    }
}

/// Whether an expression, as the catalog writes it, may fail for some values: it computes, casts or calls something.
pub(super) fn may_fail(sql: &str) -> bool {
    let parts = ExpressionTokens::of(sql);
    let calls = parts.calls().any(|name| !NEVER_FAIL.contains(&name.as_str()));
    let computes = parts.operators().any(|operator| operator.chars().all(|sign| "+-*/%^".contains(sign)));
    calls || computes || parts.casts()
}

/// Whether what stands after USING only leaves out a part of the old value: `left(name, 5)`, `price::int`. Anything else means another
/// value, and means it so.
pub(super) fn only_cuts(using: &str, column: &str) -> bool {
    let parts = ExpressionTokens::of(using);
    let knows = |name: &String| CUT.contains(&name.as_str()) || WITH_LIMIT.contains(&name.as_str());
    let names_column = parts.0.iter().any(|(kind, text)| {
        matches!(kind, TokenKind::Word | TokenKind::QuotedIdentifier) && bare(text) == bare(column)
    });
    let is_of_zone = parts.0.iter().any(|(_, text)| text.eq_ignore_ascii_case("zone"));
    let casts_alone = parts.operators().all(|operator| operator == "::");
    names_column && !is_of_zone && casts_alone && parts.calls().all(|name| knows(&name) || name == "cast")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_takes_every_value_is_nothing_to_ask_about() {
        for sql in [
            "lower(email)",
            "((deleted_at IS NULL) AND (lower((name)::text) <> 'x'::text))",
            "((state = 'new'::public.state) OR (state IS NULL))",
            "(a > 1)",
            "COALESCE(a, b)",
        ] {
            assert!(!may_fail(sql), "{sql}");
        }
        for sql in [
            "((v)::integer)",
            "(1 / n)",
            "((a + b))",
            "public.f(a)",
            "to_date(a, 'YYYY'::text)",
            "(10 > (n % 3))",
        ] {
            assert!(may_fail(sql), "{sql}");
        }
    }

    #[test]
    fn what_leaves_out_a_part_is_told_from_what_makes_another_value() {
        for sql in [
            "left(v, 5)",
            "v::varchar(5)",
            "CAST(v AS varchar(5))",
            "substring(v from 1 for 5)",
            "round(v)::int",
            "\"v\"::date",
            "date_trunc('day', v)",
        ] {
            assert!(only_cuts(sql, "v"), "{sql}");
        }
        for sql in [
            "(v * 100)::int",
            "extract(epoch FROM v)",
            "lower(v)",
            "v AT TIME ZONE 'UTC'",
            "other",
            "0",
            "v || w",
        ] {
            assert!(!only_cuts(sql, "v"), "{sql}");
        }
    }
}
