use super::cursor::Cursor;
use super::lexer::Strings;

/// Whether a statement does nothing but define objects: then the session behind it is as it was before. All that may
/// run code of the user's (a SELECT, an INSERT with its triggers, a DO block, CREATE EXTENSION) may do anything to
/// the session, and what makes temporary objects leaves them there.
pub fn only_defines(sql: &str) -> bool {
    let mut cursor = Cursor::new(sql.as_bytes(), Strings::Standard);
    let c = &mut cursor;
    if ["alter", "drop", "comment", "grant", "revoke"].iter().any(|word| c.eat(word)) {
        return true;
    }
    if !c.eat("create") {
        return false;
    }
    c.eat("or replace");
    if c.eat("table") || c.eat("unlogged table") {
        c.eat("if not exists");
        // CREATE TABLE … AS runs a query.
        return !c.eat("pg_temp") && !c.find("as");
    }
    c.eat("unique");
    let others =
        ["index", "type", "domain", "view", "sequence", "function", "procedure", "trigger", "policy"];
    others.iter().any(|word| c.eat(word))
}

/// Whether a statement that only defines objects may build an index over rows that are there: any other builds indexes
/// for a table that it makes itself.
pub fn may_index_rows(definition: &str) -> bool {
    let mut cursor = Cursor::new(definition.as_bytes(), Strings::Standard);
    let c = &mut cursor;
    c.eat("alter") || (c.eat("create") && (c.eat("index") || c.eat("unique")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_index_over_rows_comes_from_create_index_or_from_a_table_that_is_altered() {
        for sql in ["CREATE INDEX ON t (x)", "create unique index i on t (x)", "ALTER TABLE t ADD UNIQUE (x)"]
        {
            assert!(may_index_rows(sql), "{sql}");
        }
        for sql in ["CREATE TABLE t (id int PRIMARY KEY)", "COMMENT ON INDEX i IS 'x'", "DROP INDEX i"] {
            assert!(!may_index_rows(sql), "{sql}");
        }
    }

    #[test]
    fn what_may_run_code_or_make_temporary_objects_does_more_than_define() {
        for sql in [
            "CREATE TABLE t (id int, \"as\" text);",
            "create unlogged table t (id int)",
            "CREATE UNIQUE INDEX i ON t (id)",
            "CREATE OR REPLACE FUNCTION f() RETURNS int AS $$ SELECT 1 $$ LANGUAGE sql",
            "/* x */ ALTER TABLE t ADD COLUMN a int",
            "DROP TABLE t",
            "COMMENT ON TABLE t IS 'x'",
            "GRANT SELECT ON t TO app",
        ] {
            assert!(only_defines(sql), "{sql}");
        }
        for sql in [
            "CREATE TABLE t AS SELECT f()",
            "CREATE TEMP TABLE t (id int)",
            "CREATE TABLE IF NOT EXISTS pg_temp.t (id int)",
            "CREATE TEMPORARY VIEW v AS SELECT 1",
            "CREATE EXTENSION x",
            "CREATE MATERIALIZED VIEW v AS SELECT f()",
            "CREATE SCHEMA s CREATE TABLE t (id int)",
            "SELECT f()",
            "INSERT INTO t VALUES (1)",
            "DO $$ BEGIN END $$",
            "SET search_path = app",
            "LISTEN x",
            "",
        ] {
            assert!(!only_defines(sql), "{sql}");
        }
    }
}
