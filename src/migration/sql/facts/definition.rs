//! Statements that do nothing but define objects: they leave the session as it was before.
//!
//! What may run code of the user's may do anything to the session, by `set_config` for one. Which places that are runs
//! through the list below, as far as it has no rows or is a constant to begin with: a default is only stored by CREATE
//! TABLE, and computed by ALTER TABLE … ADD COLUMN; the expression of an index is computed when the index is built, and
//! a constant in it already when it is defined. Event triggers run with any statement: a caller that relies on this has to
//! know that there are none.

use super::super::cursor::Cursor;
use super::super::lexer::StandardStrings;
use super::super::token::TokenKind;

/// Whether a statement only defines objects. The cursor stands after the first word.
pub(super) fn only_defines(first: &[u8], c: &mut Cursor<'_>) -> bool {
    match first {
        b"comment" | b"drop" | b"grant" | b"revoke" => true,
        b"create" => creates(c),
        b"alter" => alters(c),
        _ => false,
    }
}

/// Whether a statement that only defines objects may build an index over rows that are there.
pub(super) fn may_index_rows(first: &[u8], c: &mut Cursor<'_>) -> bool {
    match first {
        b"alter" => true,
        b"create" => c.eat("index") || c.eat("unique"),
        _ => false,
    }
}

fn creates(c: &mut Cursor<'_>) -> bool {
    c.eat("or replace");
    if c.eat("table") || c.eat("unlogged table") {
        c.eat("if not exists");
        return lasting_name(c) && creates_table(c);
    }
    if c.eat("index") || c.eat("unique index") {
        return creates_index(c);
    }
    if c.eat("function") || c.eat("procedure") {
        return lasting_name(c) && is_in_a_language_that_is_only_checked(c);
    }
    if c.eat("schema") {
        c.eat("if not exists");
        return schema_alone(c);
    }
    if c.eat("type") {
        return lasting_name(c) && c.eat("as") && (c.eat("enum") || opens(c));
    }
    if c.eat("domain") || c.eat("view") {
        return lasting_name(c);
    }
    if c.eat("sequence") {
        c.eat("if not exists");
        return lasting_name(c);
    }
    ["trigger", "constraint trigger", "policy"].iter().any(|word| c.eat(word))
}

/// The name of an object that does not end with the session.
fn lasting_name(c: &mut Cursor<'_>) -> bool {
    c.name().is_some_and(|name| !name.schema.is_some_and(|schema| schema.starts_with("pg_temp")))
}

fn opens(c: &Cursor<'_>) -> bool {
    c.peek().is_some_and(|(kind, _)| kind == TokenKind::OpenParenthesis)
}

/// Columns and constraints of a table without rows, and nothing that is computed as it is made: no query (`AS`), no bounds
/// of a partition, no copied index (`LIKE`), no expression of a generated column, an exclusion or a partition key.
fn creates_table(c: &mut Cursor<'_>) -> bool {
    if !opens(c) {
        return false;
    }
    let Some(columns) = parenthesized(c) else { return false };
    if !columns.iter().all(|column| defines_column_or_constraint(column)) {
        return false;
    }
    if c.eat("inherits") && parenthesized(c).is_none() {
        return false;
    }
    if c.eat("partition by") {
        return ["range", "list", "hash"].iter().any(|word| c.eat(word))
            && parenthesized(c).is_some_and(|keys| keys.iter().all(|key| names_column(key)))
            && c.is_done();
    }
    if c.eat("with") && parenthesized(c).is_none() {
        return false;
    }
    if c.eat("tablespace") && c.identifier().is_none() {
        return false;
    }
    c.is_done()
}

type Tokens<'a> = Vec<(TokenKind, &'a [u8])>;

/// What stands in the parentheses that come next, cut at its commas. `None` where they are not closed.
fn parenthesized<'a>(c: &mut Cursor<'a>) -> Option<Vec<Tokens<'a>>> {
    if !c.eat_sign("(") {
        return None;
    }
    let (mut items, mut item, mut depth) = (Vec::new(), Tokens::new(), 0_usize);
    while let Some((kind, text)) = c.peek() {
        c.skip();
        match kind {
            TokenKind::CloseParenthesis if depth == 0 => {
                items.push(item);
                return Some(items);
            }
            TokenKind::Other if depth == 0 && text == b"," => {
                items.push(std::mem::take(&mut item));
                continue;
            }
            TokenKind::OpenParenthesis => depth += 1,
            TokenKind::CloseParenthesis => depth -= 1,
            _ => {}
        }
        item.push((kind, text));
    }
    None
}

fn is_word(token: Option<&(TokenKind, &[u8])>, word: &str) -> bool {
    token.is_some_and(|(kind, text)| *kind == TokenKind::Word && text.eq_ignore_ascii_case(word.as_bytes()))
}

fn holds_word(item: &Tokens<'_>, word: &str) -> bool {
    item.iter().any(|token| is_word(Some(token), word))
}

fn defines_column_or_constraint(item: &Tokens<'_>) -> bool {
    let is_computed = item.windows(2).any(|pair| match pair {
        [first, (kind, _)] => is_word(Some(first), "as") && *kind == TokenKind::OpenParenthesis,
        _ => false,
    });
    !item.is_empty() && !is_word(item.first(), "like") && !holds_word(item, "exclude") && !is_computed
}

/// One column by its name, in an order perhaps: no expression, and no operator class, which may be the user's.
fn names_column(item: &Tokens<'_>) -> bool {
    let [(kind, _), order @ ..] = item.as_slice() else { return false };
    let in_order = |token: &(TokenKind, &[u8])| {
        ["asc", "desc", "nulls", "first", "last"].iter().any(|word| is_word(Some(token), word))
    };
    matches!(kind, TokenKind::Word | TokenKind::QuotedIdentifier) && order.iter().all(in_order)
}

fn creates_index(c: &mut Cursor<'_>) -> bool {
    c.eat("if not exists");
    if !(c.eat("on") || c.identifier().is_some() && c.eat("on")) {
        return false;
    }
    c.eat("only");
    if c.name().is_none() || (c.eat("using") && c.identifier().is_none()) {
        return false;
    }
    if !parenthesized(c).is_some_and(|columns| columns.iter().all(|column| names_column(column))) {
        return false;
    }
    if c.eat("include") && parenthesized(c).is_none() {
        return false;
    }
    if !c.eat("nulls not distinct") {
        c.eat("nulls distinct");
    }
    c.is_done()
}

/// CREATE FUNCTION has the body checked by the language, and some run a part of it then (the BEGIN blocks of Perl). A
/// setting that belongs to the function is set while it is checked.
fn is_in_a_language_that_is_only_checked(c: &mut Cursor<'_>) -> bool {
    let (mut is_checked, mut depth) = (true, 0_usize);
    while let Some((kind, _)) = c.peek() {
        if depth == 0 && c.eat("set") {
            return false;
        }
        if depth == 0 && c.eat("language") {
            let name = c.take().unwrap_or_default().to_ascii_lowercase();
            is_checked &= matches!(name.as_slice(), b"sql" | b"plpgsql" | b"'sql'" | b"'plpgsql'");
            continue;
        }
        match kind {
            TokenKind::OpenParenthesis => depth += 1,
            TokenKind::CloseParenthesis => depth = depth.saturating_sub(1),
            _ => {}
        }
        c.skip();
    }
    is_checked
}

/// A schema may bring objects along, of any kind.
fn schema_alone(c: &mut Cursor<'_>) -> bool {
    let named = !c.eat("authorization") && c.identifier().is_some();
    if named && c.is_done() {
        return true;
    }
    (!named || c.eat("authorization")) && c.identifier().is_some() && c.is_done()
}

fn alters(c: &mut Cursor<'_>) -> bool {
    if c.eat("table") {
        return alters_table(c);
    }
    if c.eat("type") {
        return c.name().is_some()
            && ["add value", "rename", "owner to", "set schema"].iter().any(|action| c.eat(action));
    }
    let others = [
        "default privileges",
        "function",
        "index",
        "policy",
        "procedure",
        "schema",
        "sequence",
        "trigger",
        "view",
    ];
    // A function's own settings are stored, and set while it runs.
    others.iter().any(|word| c.eat(word))
}

fn alters_table(c: &mut Cursor<'_>) -> bool {
    c.eat("if exists");
    c.eat("only");
    if c.name().is_none() {
        return false;
    }
    c.eat_sign("*");
    let mut action = Tokens::new();
    let (mut actions, mut depth) = (Vec::new(), 0_usize);
    while let Some((kind, text)) = c.peek() {
        c.skip();
        match kind {
            TokenKind::Semicolon if depth == 0 => break,
            TokenKind::Other if depth == 0 && text == b"," => {
                actions.push(std::mem::take(&mut action));
                continue;
            }
            TokenKind::OpenParenthesis => depth += 1,
            TokenKind::CloseParenthesis => depth = depth.saturating_sub(1),
            _ => {}
        }
        action.push((kind, text));
    }
    actions.push(action);
    actions.iter().all(|action| is_harmless_action(action))
}

/// An action that computes nothing of the user's for the rows that are there.
fn is_harmless_action(action: &Tokens<'_>) -> bool {
    let text = joined(action);
    let mut cursor = Cursor::new(&text, StandardStrings::On);
    let c = &mut cursor;
    if c.eat("add") {
        return adds(c, action);
    }
    if c.eat("alter") {
        c.eat("column");
        let actions = ["set not null", "drop not null", "set default", "drop default", "set statistics"];
        return c.identifier().is_some() && actions.iter().any(|words| c.eat(words));
    }
    [
        "drop",
        "rename",
        "owner to",
        "set schema",
        "enable row level security",
        "disable row level security",
        "force row level security",
        "no force row level security",
        "enable trigger",
        "disable trigger",
        "replica identity",
        "cluster on",
        "set without cluster",
    ]
    .iter()
    .any(|words| c.eat(words))
}

/// With spaces between the tokens: what stood there may have been a comment.
fn joined(action: &Tokens<'_>) -> Vec<u8> {
    let texts: Vec<&[u8]> = action.iter().map(|(_, text)| *text).collect();
    texts.join(&b' ')
}

fn adds(c: &mut Cursor<'_>, action: &Tokens<'_>) -> bool {
    if holds_word(action, "check") || holds_word(action, "exclude") {
        return false;
    }
    if c.eat("constraint") && c.identifier().is_none() {
        return false;
    }
    if ["primary key", "unique", "foreign key"].iter().any(|words| c.eat(words)) {
        return true;
    }
    c.eat("column");
    c.eat("if not exists");
    c.identifier().is_some() && is_builtin_type(c) && adds_no_computed_value(c)
}

/// A type of the server's own: the name of any other may be that of a domain, whose CHECK is computed for each row.
fn is_builtin_type(c: &mut Cursor<'_>) -> bool {
    const TYPES: [&str; 34] = [
        "bigint",
        "bigserial",
        "bit",
        "bool",
        "boolean",
        "bytea",
        "char",
        "character",
        "cidr",
        "date",
        "decimal",
        "double",
        "float",
        "inet",
        "int",
        "int2",
        "int4",
        "int8",
        "integer",
        "interval",
        "json",
        "jsonb",
        "money",
        "numeric",
        "real",
        "serial",
        "smallint",
        "text",
        "time",
        "timestamp",
        "timestamptz",
        "tsvector",
        "uuid",
        "varchar",
    ];
    TYPES.iter().any(|name| c.eat(name)) && !c.eat_sign(".")
}

/// A default is computed for the rows that are there.
fn adds_no_computed_value(c: &mut Cursor<'_>) -> bool {
    while let Some((kind, _)) = c.peek() {
        if c.eat("default") {
            if !is_known_default(c) {
                return false;
            }
            continue;
        }
        if c.eat("generated") && !(c.eat("always as identity") || c.eat("by default as identity")) {
            return false;
        }
        if matches!(kind, TokenKind::Operator) {
            return false;
        }
        c.skip();
    }
    true
}

/// A constant, or the server's own clock and random numbers.
fn is_known_default(c: &mut Cursor<'_>) -> bool {
    if c.eat("now") || c.eat("gen_random_uuid") {
        return c.eat_sign("(") && c.eat_sign(")");
    }
    if ["true", "false", "null", "current_timestamp", "current_date"].iter().any(|word| c.eat(word)) {
        return true;
    }
    c.eat_sign("-");
    let is_constant = c.peek().is_some_and(|(kind, _)| matches!(kind, TokenKind::Number | TokenKind::String));
    if is_constant {
        c.skip();
    }
    is_constant
}

#[cfg(test)]
mod tests {
    use super::*;

    fn defines(sql: &str) -> bool {
        let mut cursor = Cursor::new(sql.as_bytes(), StandardStrings::On);
        let first = cursor.take_word().unwrap();
        only_defines(&first, &mut cursor)
    }

    fn indexes_rows(sql: &str) -> bool {
        let mut cursor = Cursor::new(sql.as_bytes(), StandardStrings::On);
        let first = cursor.take_word().unwrap();
        may_index_rows(&first, &mut cursor)
    }

    #[test]
    fn an_index_over_rows_comes_from_create_index_or_from_a_table_that_is_altered() {
        for sql in ["CREATE INDEX ON t (x)", "create unique index i on t (x)", "ALTER TABLE t ADD UNIQUE (x)"]
        {
            assert!(indexes_rows(sql), "{sql}");
        }
        for sql in ["CREATE TABLE t (id int PRIMARY KEY)", "COMMENT ON INDEX i IS 'x'", "DROP INDEX i"] {
            assert!(!indexes_rows(sql), "{sql}");
        }
    }

    #[test]
    fn what_computes_nothing_of_the_users_only_defines() {
        for sql in [
            "CREATE TABLE t (id int, \"as\" text);",
            "create unlogged table t (id int)",
            "CREATE TABLE s.t (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, p bigint REFERENCES q (id), n text NOT \
             NULL CHECK (n <> ''), at timestamptz DEFAULT now(), UNIQUE (p, n))",
            "CREATE TABLE t (id int) PARTITION BY RANGE (id)",
            "CREATE TABLE t (id int) INHERITS (p) WITH (fillfactor = 70) TABLESPACE x",
            "CREATE UNIQUE INDEX i ON t (id)",
            "CREATE INDEX ON s.t USING gin (a, \"B\" DESC NULLS LAST) INCLUDE (c);",
            "CREATE OR REPLACE FUNCTION f() RETURNS int AS $$ SELECT 1 $$ LANGUAGE sql",
            "CREATE FUNCTION f() RETURNS trigger LANGUAGE 'plpgsql' AS $$ BEGIN RETURN NEW; END $$",
            "CREATE SCHEMA s",
            "CREATE SCHEMA IF NOT EXISTS s AUTHORIZATION r;",
            "CREATE TYPE e AS ENUM ('a')",
            "CREATE TYPE c AS (a int)",
            "CREATE VIEW v AS SELECT f()",
            "CREATE SEQUENCE s",
            "CREATE TRIGGER t BEFORE INSERT ON t EXECUTE FUNCTION f()",
            "/* x */ ALTER TABLE t ADD COLUMN a int",
            "ALTER TABLE t ADD a text NOT NULL DEFAULT 'x', ADD b timestamptz DEFAULT now(), DROP COLUMN c CASCADE",
            "ALTER TABLE ONLY t ADD CONSTRAINT p PRIMARY KEY (id)",
            "ALTER TABLE t ADD a numeric(10, 2) DEFAULT -1",
            "ALTER TABLE t ADD FOREIGN KEY (a) REFERENCES u (id)",
            "ALTER TABLE t ALTER COLUMN a SET NOT NULL, ALTER b SET DEFAULT f()",
            "ALTER TABLE t RENAME COLUMN a TO b",
            "ALTER TYPE e ADD VALUE 'b'",
            "ALTER SEQUENCE s OWNED BY t.a",
            "DROP TABLE t",
            "COMMENT ON TABLE t IS 'x'",
            "GRANT SELECT ON t TO app",
        ] {
            assert!(defines(sql), "{sql}");
        }
    }

    #[test]
    fn what_may_run_code_or_make_temporary_objects_does_more_than_define() {
        for sql in [
            "CREATE TABLE t AS SELECT f()",
            "CREATE TABLE t (a) AS SELECT f()",
            "CREATE TEMP TABLE t (id int)",
            "CREATE TABLE IF NOT EXISTS pg_temp.t (id int)",
            "CREATE TABLE \"pg_temp\".t (id int)",
            "CREATE TABLE pg_temp_3.t (id int)",
            "CREATE TABLE U&\"pg\\005ftemp\".t (id int)",
            "CREATE TABLE t (LIKE u INCLUDING ALL)",
            "CREATE TABLE t (id int, LIKE u)",
            "CREATE TABLE t (a int, b int GENERATED ALWAYS AS (f(a)) STORED)",
            "CREATE TABLE t (a int, EXCLUDE USING gist (f(a) WITH =))",
            "CREATE TABLE t PARTITION OF p FOR VALUES FROM (f(1)) TO (2)",
            "CREATE TABLE t OF y",
            "CREATE TABLE t (a int) PARTITION BY RANGE ((f(1)))",
            "CREATE TABLE t (a int) PARTITION BY RANGE (f(1))",
            "CREATE TEMPORARY VIEW v AS SELECT 1",
            "CREATE VIEW pg_temp.v AS SELECT 1",
            "CREATE FUNCTION pg_temp.f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
            "CREATE FUNCTION \"pg_temp\".f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
            "CREATE FUNCTION f() RETURNS int LANGUAGE plperl AS 'BEGIN { x } 1'",
            "CREATE FUNCTION f() RETURNS int LANGUAGE sql SET app.x = 'y' AS 'SELECT 1'",
            "CREATE EXTENSION x",
            "CREATE EVENT TRIGGER e ON ddl_command_end EXECUTE FUNCTION f()",
            "CREATE CAST (text AS int) WITH FUNCTION f(text)",
            "CREATE MATERIALIZED VIEW v AS SELECT f()",
            "CREATE SCHEMA s CREATE TABLE t (id int)",
            "CREATE INDEX ON t (f(a))",
            "CREATE INDEX ON t ((a || b))",
            "CREATE INDEX ON t (a) WHERE f(a)",
            "CREATE INDEX ON t (a my_ops)",
            "CREATE TYPE r AS RANGE (subtype = x)",
            "ALTER TABLE t ALTER a TYPE int USING f(a)",
            "ALTER TABLE t ALTER a TYPE text",
            "ALTER TABLE t ADD CHECK (f(a))",
            "ALTER TABLE t ADD CONSTRAINT c CHECK (f(a))",
            "ALTER TABLE t ADD a int DEFAULT f()",
            "ALTER TABLE t ADD a int DEFAULT 1 + f()",
            "ALTER TABLE t ADD a int DEFAULT '1'::d",
            "ALTER TABLE t ADD a my_domain",
            "ALTER TABLE t ADD a text.t",
            "ALTER TABLE t DROP COLUMN a, ADD b int GENERATED ALWAYS AS (f(a)) STORED",
            "ALTER TABLE t VALIDATE CONSTRAINT c",
            "ALTER TABLE t ATTACH PARTITION p FOR VALUES IN (1)",
            "ALTER DOMAIN d ADD CHECK (f(VALUE))",
            "ALTER EXTENSION x UPDATE",
            "ALTER ROLE r SET search_path = app",
            "ALTER DATABASE d SET search_path = app",
            "ALTER EVENT TRIGGER e ENABLE",
            "SELECT f()",
            "INSERT INTO t VALUES (1)",
            "DO $$ BEGIN END $$",
            "SET search_path = app",
            "LISTEN x",
        ] {
            assert!(!defines(sql), "{sql}");
        }
    }
}
