//! Which objects a statement may change, of those that only define objects.
//!
//! Mostly that is a table, its index, a function. A caller that looks for what has changed can then skip all else.

use super::super::cursor::Cursor;
use super::super::lexer::StandardStrings;
use super::super::token::TokenKind;
use super::SessionImpact;

/// Which objects a statement may change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Objects {
    /// Tables, views, sequences, indexes, types, functions and what belongs to one of them, none of which initdb has
    /// made. This holds where no event trigger and no publication exists.
    Common,
    /// Perhaps others: a schema, a role, a setting, a cast.
    Any,
}

/// What the statements of common objects call them.
const COMMON: [&str; 12] = [
    "table",
    "view",
    "materialized view",
    "sequence",
    "index",
    "type",
    "domain",
    "function",
    "procedure",
    "trigger",
    "policy",
    "rule",
];

/// What a comment can be about that is called `pg_…` where initdb has made it.
const PARTS_OF_RELATIONS: [&str; 8] =
    ["table", "column", "view", "index", "sequence", "constraint", "trigger", "policy"];

/// Which objects this statement may change.
pub(crate) fn objects(statement: &str, session_impact: SessionImpact) -> Objects {
    let cursor = Cursor::new(statement.as_bytes(), StandardStrings::On);
    match session_impact == SessionImpact::Nothing && is_about_common_objects(cursor) {
        true => Objects::Common,
        false => Objects::Any,
    }
}

fn is_about_common_objects(mut c: Cursor<'_>) -> bool {
    if c.eat("create") {
        return !c.eat("schema");
    }
    if names_built_in(c.clone()) {
        return false;
    }
    if c.eat("comment on") {
        return PARTS_OF_RELATIONS.iter().any(|kind| c.eat(kind));
    }
    if c.eat("grant") || c.eat("revoke") {
        return is_about_a_relation(&mut c);
    }
    // CASCADE may reach a cast or an event trigger, DEPENDS ON EXTENSION an extension.
    (c.eat("drop") || c.eat("alter"))
        && COMMON.iter().any(|kind| c.eat(kind))
        && !holds_word(c.clone(), "cascade")
        && !holds_word(c, "depends")
}

/// Whether it may name something that initdb has made. `U&"…"` may hide any name.
fn names_built_in(mut c: Cursor<'_>) -> bool {
    while let Some((kind, text)) = c.peek() {
        let name = text.strip_prefix(b"\"").unwrap_or(text).to_ascii_lowercase();
        let is_name = matches!(kind, TokenKind::Word | TokenKind::QuotedIdentifier);
        let is_built_in =
            name.starts_with(b"pg_") || name.starts_with(b"information_schema") || name.starts_with(b"u&\"");
        if is_name && is_built_in {
            return true;
        }
        c.skip();
    }
    false
}

/// `ON TABLE t`, `ON t`, `ON SEQUENCE s`. Without ON, it is about a role.
fn is_about_a_relation(c: &mut Cursor<'_>) -> bool {
    const OTHERS: [&str; 14] = [
        "all",
        "database",
        "domain",
        "foreign data wrapper",
        "foreign server",
        "function",
        "language",
        "large object",
        "parameter",
        "procedure",
        "routine",
        "schema",
        "tablespace",
        "type",
    ];
    c.find("on") && !OTHERS.iter().any(|kind| c.eat(kind))
}

fn holds_word(mut c: Cursor<'_>, word: &str) -> bool {
    while c.peek().is_some() {
        if c.eat(word) {
            return true;
        }
        c.skip();
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_about_tables_and_the_like_change_common_objects_alone() {
        for sql in [
            "CREATE TABLE t (a text DEFAULT pg_catalog.current_setting('x'))",
            "CREATE OR REPLACE VIEW v AS SELECT * FROM pg_class",
            "DROP TABLE IF EXISTS t, u;",
            "/* x */ drop materialized view v",
            "ALTER TABLE t ADD COLUMN \"schema\" int",
            "ALTER TYPE mood ADD VALUE 'bad'",
            "COMMENT ON TABLE items IS 'CASCADE'",
            "COMMENT ON COLUMN t.pg IS NULL",
            "GRANT SELECT (a) ON t TO bob",
            "REVOKE ALL ON TABLE t FROM PUBLIC",
        ] {
            assert_eq!(objects(sql, SessionImpact::Nothing), Objects::Common, "{sql}");
        }
    }

    #[test]
    fn all_other_statements_may_change_any_object() {
        for sql in [
            "CREATE SCHEMA s",
            "COMMENT ON FUNCTION now() IS NULL",
            "COMMENT ON ROLE al IS 'x'",
            "comment on column pg_class.relname is 'x'",
            "COMMENT ON VIEW information_schema.tables IS 'x'",
            "COMMENT ON TABLE U&\"\\0070g_class\" IS 'x'",
            "COMMENT ON TABLE \"pg_class\" IS 'x'",
            "REVOKE EXECUTE ON FUNCTION pg_sleep FROM PUBLIC",
            "REVOKE EXECUTE ON FUNCTION f FROM PUBLIC",
            "GRANT SELECT ON pg_authid TO bob",
            "GRANT SELECT ON ALL TABLES IN SCHEMA public TO bob",
            "REVOKE USAGE ON LANGUAGE sql FROM PUBLIC",
            "GRANT USAGE ON SCHEMA s TO bob",
            "GRANT SET ON PARAMETER work_mem TO bob",
            "GRANT \"on\", readers TO bob",
            "GRANT readers TO bob",
            "DROP OWNED BY bob",
            "DROP ROLE bob",
            "DROP SCHEMA s",
            "DROP CAST (int AS mood)",
            "DROP TABLE t CASCADE",
            "ALTER TABLE t DROP COLUMN a CASCADE",
            "ALTER FUNCTION f() DEPENDS ON EXTENSION x",
            "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO bob",
            "ALTER SCHEMA s RENAME TO t",
        ] {
            assert_eq!(objects(sql, SessionImpact::Nothing), Objects::Any, "{sql}");
        }
        assert_eq!(objects("CREATE TABLE t AS SELECT f()", SessionImpact::Anything), Objects::Any);
    }
}
