//! What stands beside `:batch`: joined to it by OR, it would take the rows of other batches, too.

use std::ops::Range;

use super::batch_key::BatchPlace;
use super::sql::{Lexer, StandardStrings, TokenKind};

/// What a condition stands between.
pub(super) const CLAUSES: [&str; 45] = [
    "where",
    "on",
    "when",
    "then",
    "else",
    "case",
    "end",
    "having",
    "set",
    "returning",
    "group",
    "order",
    "limit",
    "offset",
    "fetch",
    "for",
    "window",
    "union",
    "intersect",
    "except",
    "select",
    "from",
    "using",
    "join",
    "left",
    "right",
    "inner",
    "full",
    "cross",
    "natural",
    "with",
    "as",
    "values",
    "update",
    "insert",
    "delete",
    "merge",
    "into",
    "do",
    "conflict",
    "filter",
    "over",
    "if",
    "matched",
    "by",
];

/// A token that counts, in how many parentheses it is.
pub(super) struct Placed<'a> {
    pub(super) text: &'a str,
    pub(super) start: usize,
    pub(super) depth: usize,
}

/// Where the first OR stands that joins something without `:batch` to each `:batch` of a statement, in bytes of it. Where one
/// `:batch` is not joined so, that one may limit the rows of them all. The places count from the beginning of the text that the
/// statement stands in, at `start`.
pub(crate) fn or_beside_batch(statement: &str, start: usize, places: &[BatchPlace]) -> Option<usize> {
    let tokens = placed_tokens(statement);
    let spans: Vec<Range<usize>> =
        places.iter().map(|place| place.span.start - start..place.span.end - start).collect();
    let ors: Option<Vec<usize>> = spans.iter().map(|span| or_around(&tokens, span, &spans)).collect();
    ors?.first().copied()
}

/// The tokens of a statement that are neither white space nor comments.
pub(super) fn placed_tokens(statement: &str) -> Vec<Placed<'_>> {
    let mut depth = 0_usize;
    let lexer = Lexer::new(statement.as_bytes(), 0, statement.len(), StandardStrings::default());
    let placed = lexer.filter(|token| !token.kind.is_trivia()).map(|token| {
        let (text, start) = (statement.get(token.span.clone()).unwrap_or_default(), token.span.start);
        if token.kind == TokenKind::CloseParenthesis {
            depth = depth.saturating_sub(1);
        }
        let placed = Placed { text, start, depth };
        if token.kind == TokenKind::OpenParenthesis {
            depth += 1;
        }
        placed
    });
    placed.collect()
}

/// The first OR that joins a part without `:batch` to the condition which this place is a part of, or to one around it.
fn or_around(tokens: &[Placed<'_>], place: &Range<usize>, places: &[Range<usize>]) -> Option<usize> {
    let mut at = tokens.iter().position(|token| token.start == place.start)?;
    loop {
        let condition = condition_around(tokens, at);
        if let Some(or) = or_without_batch(&tokens[condition.clone()], tokens[at].depth, places) {
            return Some(or);
        }
        // Out of the parentheses, if they stand around this condition and nothing else.
        at = condition.start.checked_sub(1).filter(|open| tokens[*open].text == "(")?;
        let before = at.checked_sub(1).map_or("", |before| tokens[before].text);
        let is_part =
            ["where", "and", "or", "not", "on", "("].iter().any(|word| before.eq_ignore_ascii_case(word));
        if !is_part {
            return None;
        }
    }
}

/// The tokens of the condition around one of them, as far as it goes between parentheses and clauses.
fn condition_around(tokens: &[Placed<'_>], at: usize) -> Range<usize> {
    let depth = tokens[at].depth;
    let ends = |token: &Placed<'_>| {
        token.depth < depth
            || token.depth == depth
                && (matches!(token.text, "," | ";")
                    || CLAUSES.iter().any(|word| token.text.eq_ignore_ascii_case(word)))
    };
    let start = tokens[..at].iter().rposition(ends).map_or(0, |end| end + 1);
    let end = tokens[at..].iter().position(ends).map_or(tokens.len(), |end| at + end);
    start..end
}

fn or_without_batch(condition: &[Placed<'_>], depth: usize, places: &[Range<usize>]) -> Option<usize> {
    let is_or = |token: &&Placed<'_>| token.depth == depth && token.text.eq_ignore_ascii_case("or");
    let or = condition.iter().find(is_or)?.start;
    let has_batch =
        |part: &[Placed<'_>]| part.iter().any(|token| places.iter().any(|place| place.start == token.start));
    let mut parts = condition.split(|token| is_or(&token));
    (!parts.all(has_batch)).then_some(or)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::migration::batch_key::batch_places;
    use crate::migration::sql::{Cut, StatementKind};

    fn or(sql: &str) -> Option<&str> {
        let kind = StatementKind::Other;
        let cut = Cut { span: 0..sql.len(), kind, strings: StandardStrings::default(), copy_data: None };
        or_beside_batch(sql, 0, &batch_places(sql, &cut)).map(|or| &sql[or..])
    }

    #[test]
    fn what_or_joins_to_a_batch_is_found() {
        for sql in [
            "UPDATE t SET a = 1 WHERE b OR c AND :batch",
            "UPDATE t SET a = 1 WHERE :batch or b RETURNING a",
            "DELETE FROM t WHERE b OR (c AND :batch)",
            "DELETE FROM t WHERE b OR ((NOT c OR :batch) AND d)",
            "MERGE INTO t USING t s ON s.id = t.id WHEN MATCHED AND (true OR :batch(s)) THEN UPDATE SET a = 1",
            "MERGE INTO t USING t s ON s.id = t.id WHEN MATCHED AND b OR :batch(s) THEN DELETE",
            "WITH u AS (UPDATE t SET a = 1 WHERE id > 0 OR :batch RETURNING 1) SELECT count(*) FROM u",
            "INSERT INTO big SELECT 1 FROM t WHERE CASE WHEN a THEN b END OR :batch",
            "INSERT INTO big SELECT 1 FROM (SELECT FROM t WHERE id > 0 OR :batch) s WHERE a",
        ] {
            assert!(or(sql).is_some(), "{sql}");
        }
        assert_eq!(or("DELETE FROM t WHERE a OR :batch"), Some("OR :batch"));
    }

    #[test]
    fn an_or_that_leaves_a_batch_its_rows_is_none() {
        for sql in [
            "UPDATE t SET a = b OR c WHERE :batch",
            "UPDATE t SET a = 1 WHERE (b OR c) AND :batch",
            "UPDATE t SET a = 1 WHERE :batch AND b OR :batch AND c",
            "UPDATE t SET a = 1 WHERE (:batch AND b) OR (:batch AND c)",
            "UPDATE t SET a = 1 FROM (SELECT FROM t WHERE :batch) s WHERE s.id = t.id AND a OR b",
            "UPDATE t SET a = 1 FROM u LEFT JOIN v ON u.a OR v.b WHERE :batch(t) AND t.id = u.id",
            "WITH s AS (SELECT FROM t WHERE :batch) UPDATE t SET a = 1 FROM s WHERE a OR b",
            "UPDATE t SET a = 1 WHERE :batch(t) AND (a OR EXISTS (SELECT FROM t s WHERE a OR :batch(s)))",
            "UPDATE t SET a = CASE WHEN b OR c THEN 1 END WHERE :batch -- OR d",
            "UPDATE t SET a = 'x' || ' OR ' WHERE :batch AND \"or\" = f(b OR c)",
            "UPDATE t SET a = f(b OR :batch) WHERE :batch",
            "CREATE OR REPLACE",
        ] {
            assert_eq!(or(sql), None, "{sql}");
        }
    }
}
