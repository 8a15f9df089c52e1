use super::*;
use crate::migration::sql::lexer::StandardStrings;

fn defines(sql: &str) -> bool {
    let mut cursor = Cursor::new(sql.as_bytes(), StandardStrings::On);
    let first = cursor.take_word().unwrap();
    only_defines(first.as_slice(), &mut cursor)
}

fn indexes_rows(sql: &str) -> bool {
    let mut cursor = Cursor::new(sql.as_bytes(), StandardStrings::On);
    let first = cursor.take_word().unwrap();
    may_index_rows(first.as_slice(), &mut cursor)
}

#[test]
fn an_index_over_rows_comes_from_create_index_or_from_a_table_that_is_altered() {
    for sql in ["CREATE INDEX ON t (x)", "create unique index i on t (x)", "ALTER TABLE t ADD UNIQUE (x)"] {
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
