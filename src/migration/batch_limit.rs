//! What takes some of the rows of a batch and leaves the others: LIMIT, OFFSET, FETCH FIRST and TABLESAMPLE around `:batch`, or around
//! the name of a WITH query that has its rows from one.

use super::batch_condition::{Placed, placed_tokens};
use super::batch_key::BatchPlace;
use super::with_queries::sources;

/// Where the first clause stands that leaves rows of a batch out, in bytes of its statement, and what it is called. What stands in
/// parentheses without a row of the batch takes from others, as in `SET a = (SELECT b FROM u LIMIT 1)`. The places count from the
/// beginning of the text that the statement stands in, at `start`.
pub(crate) fn limit_of_batch(
    statement: &str,
    start: usize,
    places: &[BatchPlace],
) -> Option<(&'static str, usize)> {
    let tokens = placed_tokens(statement);
    let places: Vec<usize> = places.iter().map(|place| place.span.start - start).collect();
    let sources = sources(&tokens, &places);
    let has_batch = |tokens: &[Placed<'_>]| tokens.iter().any(|token| sources.contains(&token.start));
    (0..tokens.len()).find_map(|at| {
        let clause = clause_at(&tokens, at).filter(|_| has_batch(parentheses_around(&tokens, at)))?;
        Some((clause, tokens[at].start))
    })
}

/// The clause that begins with this token, if it may leave rows out.
fn clause_at(tokens: &[Placed<'_>], at: usize) -> Option<&'static str> {
    let is = |token: Option<&Placed<'_>>, words: &[&str]| {
        token.is_some_and(|token| words.iter().any(|word| token.text.eq_ignore_ascii_case(word)))
    };
    let before = at.checked_sub(1).and_then(|before| tokens.get(before));
    // `t.limit` and `AS limit` are names.
    if is(before, &[".", "as"]) {
        return None;
    }
    let (word, next, after) = (tokens.get(at), tokens.get(at + 1), tokens.get(at + 2));
    let ends = after.is_none() || is(after, &[")", ";", "row", "rows", "limit", "fetch", "for", "union"]);
    if is(word, &["limit"]) && !is(next, &["all", "null"]) {
        Some("LIMIT")
    } else if is(word, &["offset"]) && !(is(next, &["0"]) && ends) {
        Some("OFFSET")
    } else if is(word, &["fetch"]) && is(next, &["first", "next"]) {
        Some("FETCH FIRST")
    } else {
        (is(word, &["tablesample"]) && is(after, &["(", "."])).then_some("TABLESAMPLE")
    }
}

/// The tokens in the innermost parentheses around one, or all of them.
fn parentheses_around<'t, 'a>(tokens: &'t [Placed<'a>], at: usize) -> &'t [Placed<'a>] {
    let is_outside = |token: &Placed<'_>| token.depth < tokens[at].depth;
    let start = tokens[..at].iter().rposition(is_outside).map_or(0, |open| open + 1);
    let end = tokens[at..].iter().position(is_outside).map_or(tokens.len(), |close| at + close);
    &tokens[start..end]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::migration::batch_key::batch_places;
    use crate::migration::sql::{Cut, StandardStrings, StatementKind};

    fn limit(sql: &str) -> Option<(&str, &str)> {
        let kind = StatementKind::Other;
        let cut = Cut { span: 0..sql.len(), kind, strings: StandardStrings::default(), copy_data: None };
        limit_of_batch(sql, 0, &batch_places(sql, &cut)).map(|(clause, at)| (clause, &sql[at..]))
    }

    #[test]
    fn a_clause_that_leaves_rows_of_a_batch_out_is_found() {
        for (sql, expected) in [
            ("UPDATE t SET a = 1 WHERE id IN (SELECT id FROM t WHERE :batch LIMIT 10)", "LIMIT 10)"),
            (
                "WITH x AS (SELECT id FROM t WHERE :batch limit 10) UPDATE t SET a = 1 FROM x",
                "limit 10) UPDATE t SET a = 1 FROM x",
            ),
            ("INSERT INTO u SELECT a FROM t WHERE :batch LIMIT 10", "LIMIT 10"),
            ("INSERT INTO u SELECT a FROM (SELECT * FROM t WHERE :batch) s LIMIT (10)", "LIMIT (10)"),
            (
                "DELETE FROM t WHERE id IN (SELECT id FROM t WHERE (:batch(t)) AND b ORDER BY f(a) OFFSET 5)",
                "OFFSET 5)",
            ),
            ("INSERT INTO u SELECT a FROM t WHERE :batch OFFSET 0 + 5", "OFFSET 0 + 5"),
            ("INSERT INTO u SELECT a FROM t WHERE :batch OFFSET 0 LIMIT 3", "LIMIT 3"),
            ("INSERT INTO u SELECT a FROM t WHERE :batch FETCH FIRST 3 ROWS ONLY", "FETCH FIRST 3 ROWS ONLY"),
            (
                "INSERT INTO u SELECT a FROM t WHERE :batch FETCH NEXT ROW WITH TIES",
                "FETCH NEXT ROW WITH TIES",
            ),
            (
                "INSERT INTO u SELECT a FROM t TABLESAMPLE system (10) WHERE :batch",
                "TABLESAMPLE system (10) WHERE :batch",
            ),
            (
                "MERGE INTO t USING (SELECT * FROM t WHERE :batch LIMIT 2) s ON true WHEN MATCHED THEN DELETE",
                "LIMIT 2) s ON true WHEN MATCHED THEN DELETE",
            ),
        ] {
            assert_eq!(limit(sql).map(|(_, found)| found), Some(expected), "{sql}");
        }
        assert_eq!(limit("SELECT f(a) FROM t WHERE :batch FETCH NEXT ROW ONLY").unwrap().0, "FETCH FIRST");
    }

    #[test]
    fn a_clause_that_takes_from_a_with_query_of_the_batch_is_found() {
        for sql in [
            "WITH x AS (SELECT id FROM t WHERE :batch), y AS (SELECT id FROM x LIMIT 10) UPDATE t SET a = 1 FROM y WHERE y.id = t.id",
            "WITH x AS MATERIALIZED (SELECT id FROM t WHERE :batch) UPDATE t SET a = 1 WHERE id IN (SELECT id FROM X LIMIT 10)",
            "WITH \"X\" (id) AS NOT MATERIALIZED (SELECT id FROM t WHERE :batch) DELETE FROM t WHERE id IN (SELECT id FROM u, \"X\" LIMIT 10)",
            "WITH x AS (DELETE FROM t WHERE :batch RETURNING *), y AS (TABLE x), z AS (SELECT * FROM u JOIN y ON true LIMIT 10) INSERT INTO a SELECT * FROM z",
        ] {
            assert_eq!(
                limit(sql).map(|(clause, at)| (clause, &at[..8])),
                Some(("LIMIT", "LIMIT 10")),
                "{sql}"
            );
        }
        for sql in [
            "WITH x AS (SELECT id FROM t WHERE :batch) UPDATE t SET a = (SELECT v FROM u WHERE u.id = x.id ORDER BY x.at LIMIT 1) FROM x",
            "WITH x AS (SELECT id FROM t WHERE :batch) UPDATE t SET a = (SELECT v FROM u x WHERE true LIMIT 1), b = (SELECT v FROM s.x LIMIT 1)",
            "WITH y AS (SELECT * FROM u LIMIT 1), x AS (SELECT id FROM t, y WHERE :batch) UPDATE t SET a = 1 FROM x",
        ] {
            assert_eq!(limit(sql), None, "{sql}");
        }
    }

    #[test]
    fn a_clause_that_leaves_a_batch_its_rows_is_none() {
        for sql in [
            "UPDATE t SET a = (SELECT b FROM u WHERE u.id = t.u ORDER BY c LIMIT 1) WHERE :batch",
            "UPDATE t SET a = l.b FROM t s CROSS JOIN LATERAL (SELECT b FROM u WHERE u.id = s.u OFFSET 2) l WHERE s.id = t.id AND :batch(t)",
            "WITH o AS (SELECT b FROM u FETCH FIRST ROW ONLY) UPDATE t SET a = b FROM o WHERE :batch",
            "UPDATE t SET a = 1 WHERE :batch AND EXISTS (SELECT FROM u TABLESAMPLE system (10) LIMIT 1)",
            "MERGE INTO t USING (SELECT b FROM u LIMIT 1) s ON :batch(t) WHEN MATCHED THEN UPDATE SET a = b",
            "INSERT INTO u SELECT a FROM t WHERE :batch UNION ALL (SELECT 1 FROM v LIMIT 1)",
            "UPDATE t SET \"limit\" = 1, \"offset\" = t.limit + t.offset WHERE :batch -- LIMIT 1",
            "INSERT INTO u SELECT a AS limit, b AS OFFSET, 'LIMIT 1' FROM t \"fetch\" WHERE :batch",
            "UPDATE t SET a = fetch, tablesample = 1, limits = 2 WHERE :batch",
            "INSERT INTO u SELECT a FROM (SELECT a FROM t WHERE :batch OFFSET 0) s",
            "INSERT INTO u SELECT a FROM t WHERE :batch LIMIT ALL OFFSET 0 ROWS;",
            "LIMIT",
            ") OFFSET 5 (",
        ] {
            assert_eq!(limit(sql), None, "{sql}");
        }
    }
}
