//! Which columns a statement assigns to, by its words: `UPDATE … SET`, `ON CONFLICT … DO UPDATE SET` and the UPDATE of a MERGE, also
//! within WITH.

use super::cursor::Cursor;
use super::lexer::StandardStrings;
use super::name::Name;
use super::token::TokenKind;

/// A column that gets a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AssignedColumn {
    /// The table, as the statement names it.
    pub(crate) table: Name,
    /// The column.
    pub(crate) column: String,
    /// Where the column stands in the statement, in bytes.
    pub(crate) at: usize,
}

/// The columns that a statement assigns to, in their order. What INSERT gives a new row is not among them.
pub(crate) fn assigned_columns(statement: &str, strings: StandardStrings) -> Vec<AssignedColumn> {
    let mut c = Cursor::new(statement.as_bytes(), strings);
    let (mut assigned, mut into) = (Vec::new(), None);
    while c.peek().is_some() {
        if c.eat("into") {
            c.eat("only");
            into = c.name();
        } else if c.eat("update") {
            let mut ahead = c.clone();
            let table = if ahead.eat("set") { into.clone() } else { updated_table(&mut ahead) };
            if let Some(table) = table {
                let columns = columns_after_set(ahead);
                let of_table = |(column, left)| AssignedColumn {
                    table: table.clone(),
                    column,
                    at: statement.len().saturating_sub(left),
                };
                assigned.extend(columns.into_iter().map(of_table));
            }
        } else {
            c.skip();
        }
    }
    assigned
}

/// `t SET`, `ONLY (t) * AS u SET`; `None` where no SET follows, as after `FOR UPDATE`.
fn updated_table(c: &mut Cursor<'_>) -> Option<Name> {
    c.eat("only");
    let in_parentheses = c.eat_sign("(");
    let table = c.name()?;
    if in_parentheses {
        c.eat_sign(")");
    }
    c.eat_sign("*");
    if !c.eat("set") {
        c.eat("as");
        c.identifier()?;
        c.eat("set").then_some(())?;
    }
    Some(table)
}

/// The columns of `a = 1, (b, c) = (2, 3), d[1] = 4`, each with how many bytes are left from where it stands.
fn columns_after_set(mut c: Cursor<'_>) -> Vec<(String, usize)> {
    let mut columns = Vec::new();
    loop {
        columns.extend(columns_before_equals(c.clone()).unwrap_or_default());
        if !skip_value(&mut c) {
            return columns;
        }
    }
}

/// `None` where no `=` follows: then it is something else with commas, such as what stands after FROM.
fn columns_before_equals(mut c: Cursor<'_>) -> Option<Vec<(String, usize)>> {
    let mut columns = Vec::new();
    if c.eat_sign("(") {
        loop {
            columns.push((c.rest().len(), c.identifier()?));
            if !c.eat_sign(",") {
                break;
            }
        }
        c.eat_sign(")").then_some(())?;
    } else {
        columns.push((c.rest().len(), c.identifier()?));
        // A field of it, or an element
        while !ends_assignments(&c) && c.peek().is_some_and(|(_, text)| !matches!(text, b"=" | b",")) {
            c.skip();
        }
    }
    let columns = columns.into_iter().map(|(left, column)| (column, left)).collect();
    c.eat_sign("=").then_some(columns)
}

/// Whether another assignment may follow: after a comma outside of parentheses.
fn skip_value(c: &mut Cursor<'_>) -> bool {
    let mut depth = 0_usize;
    while let Some((kind, text)) = c.peek() {
        if depth == 0 && ends_assignments(c) {
            return false;
        }
        match kind {
            TokenKind::OpenParenthesis => depth += 1,
            TokenKind::CloseParenthesis => depth = depth.saturating_sub(1),
            _ if depth == 0 && text == b"," => {
                c.skip();
                return true;
            }
            _ => {}
        }
        c.skip();
    }
    false
}

/// FROM is not among them: `IS DISTINCT FROM` may stand in a value.
fn ends_assignments(c: &Cursor<'_>) -> bool {
    let is_word = ["where", "returning", "update"].iter().any(|word| c.clone().eat(word));
    let ends = |kind| matches!(kind, TokenKind::CloseParenthesis | TokenKind::Semicolon);
    is_word || c.peek().is_none_or(|(kind, _)| ends(kind))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(sql: &str) -> String {
        let show = |one: AssignedColumn| {
            assert!(sql[one.at..].trim_start_matches('"').to_lowercase().starts_with(&one.column), "{sql}");
            format!("{}.{}", one.table.name, one.column)
        };
        let assigned = assigned_columns(sql, StandardStrings::On);
        assigned.into_iter().map(show).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn the_columns_are_those_that_stand_before_an_equals_sign_after_set() {
        for (sql, expected) in [
            ("UPDATE t SET a = b, C = 2 WHERE d = 3", "t.a t.c"),
            ("UPDATE ONLY s.t * AS u SET (a, \"b\") = (SELECT c, d), e[1] = 2, f.g = 3;", "t.a t.b t.e t.f"),
            ("UPDATE ONLY (t) u SET a = 1", "t.a"),
            ("update t set a = row(b, c), d = f(e, (g)) from u, v where a = b", "t.a t.d"),
            ("UPDATE t SET a = b IS DISTINCT FROM c, d = CASE WHEN e THEN f END, g = 1", "t.a t.d t.g"),
            ("UPDATE t SET a = 1 RETURNING b, c = d", "t.a"),
            ("WITH x AS (UPDATE t SET a = 1, b = 2 RETURNING c) UPDATE u SET d = 3", "t.a t.b u.d"),
            ("INSERT INTO t (a, b) VALUES (1, 2) ON CONFLICT (a) DO UPDATE SET b = excluded.b", "t.b"),
            (
                "MERGE INTO t AS x USING u ON x.a = u.a WHEN MATCHED AND u.b THEN UPDATE SET c = 1, d = 2 \
                 WHEN NOT MATCHED THEN INSERT (a, b) VALUES (1, 2)",
                "t.c t.d",
            ),
            (
                "MERGE INTO ONLY t USING u ON true WHEN MATCHED THEN UPDATE SET a = 1 WHEN NOT MATCHED BY SOURCE \
                 THEN UPDATE SET (b) = ROW (2)",
                "t.a t.b",
            ),
            ("DELETE FROM t WHERE a = 1", ""),
            ("INSERT INTO t SELECT a FROM u FOR UPDATE SKIP LOCKED", ""),
            ("SELECT 'UPDATE t SET a = 1' /* UPDATE t SET a = 1 */, \"update\" FROM t FOR UPDATE OF t", ""),
            ("UPDATE t SET", ""),
            ("UPDATE t SET a", ""),
            ("UPDATE", ""),
        ] {
            assert_eq!(shown(sql), expected, "{sql}");
        }
    }
}
