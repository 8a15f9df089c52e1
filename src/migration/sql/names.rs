//! Whether a name stands in SQL.

use super::cursor::Cursor;
use super::lexer::StandardStrings;
use super::name::Name;

/// What stands before the name of a table.
const BEFORE_TABLE: [&str; 9] = ["update", "from", "join", "into", "using", "only", "table", ",", "("];

/// Whether SQL has this name in it, outside of strings and comments.
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

/// Whether SQL has this table in it. One with a schema may stand there without it, but not with another one alone.
pub(crate) fn names_table(text: &str, table: &Name) -> bool {
    let Some(schema) = &table.schema else { return names(text, &table.name) };
    let mut c = Cursor::new(text.as_bytes(), StandardStrings::On);
    let (mut before, mut before_that) = (String::new(), String::new());
    while let Some((_, token)) = c.peek() {
        let token = String::from_utf8_lossy(token).to_ascii_lowercase();
        let mut after = c.clone();
        let chain = names_with_dots(&mut after);
        let is_with_schema = chain.windows(2).any(|pair| pair == [schema.as_str(), &table.name]);
        let is_alone = chain == [table.name.as_str()];
        // What `:batch` has in parentheses is an alias, which a table of any schema may have.
        let is_alias = before == "(" && before_that == "batch";
        if is_with_schema || is_alone && !is_alias && BEFORE_TABLE.contains(&before.as_str()) {
            return true;
        }
        if chain.len() > 1 {
            c = after;
        } else {
            c.skip();
        }
        (before_that, before) = (before, token);
    }
    false
}

/// The parts of `a.b.c`.
fn names_with_dots(c: &mut Cursor<'_>) -> Vec<String> {
    let mut parts: Vec<String> = c.identifier().into_iter().collect();
    while !parts.is_empty() && c.eat_sign(".") {
        let Some(part) = c.identifier() else { break };
        parts.push(part);
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

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

    #[test]
    fn a_table_may_stand_without_its_schema_but_not_with_another_one_alone() {
        let table = Name { schema: Some("a".to_owned()), name: "t".to_owned() };
        for sql in [
            "UPDATE a.t SET n = 1",
            "UPDATE ONLY (A . \"t\") x SET n = 1",
            "UPDATE db.a.t SET n = 1",
            "UPDATE b.t SET n = 1 FROM a.t WHERE a.t.id = b.t.id",
            "UPDATE t SET n = 1",
            "UPDATE b.t SET n = s.n FROM u, t s",
            "DELETE FROM b.t USING (t JOIN u ON true)",
            "MERGE INTO b.t x USING t ON true WHEN MATCHED THEN DELETE",
            "INSERT INTO b.t SELECT n FROM u CROSS JOIN ONLY t",
            "INSERT INTO b.t TABLE t",
        ] {
            assert!(names_table(sql, &table), "{sql}");
        }
        for sql in [
            "UPDATE b.t SET n = 1 WHERE :batch",
            "UPDATE b.t SET n = t.n + 1 WHERE t.id > 0 AND :batch(t)",
            "UPDATE \"A\".t AS t SET n = 1 WHERE :batch(t)",
            "INSERT INTO b.t SELECT n AS t FROM c.t WHERE 'a.t' = n /* a.t */",
            "UPDATE u SET n = 1",
            "a.",
        ] {
            assert!(!names_table(sql, &table), "{sql}");
        }
        let alone = Name { schema: None, name: "t".to_owned() };
        assert!(names_table("UPDATE b.t SET n = 1", &alone));
    }
}
