//! Each way of changing an object of the rarer kinds, and the difference that it makes.

use super::cases::check_since;
use super::{lines, make_roles, read};
use crate::support::Database;
use pmdb::catalog::Difference;

const CONFIG: &str = "CREATE TEXT SEARCH CONFIGURATION c (COPY = simple)";
const DICTIONARY: &str = "CREATE TEXT SEARCH DICTIONARY d (TEMPLATE = simple)";
const WRAPPER: &str = "CREATE FOREIGN DATA WRAPPER w";
const SERVER: &str = "CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w OPTIONS (host 'h', password 'geheim')";
const FOREIGN_TABLE: &str = "CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w;
    CREATE FOREIGN TABLE t (a int OPTIONS (name 'x')) SERVER s OPTIONS (file 'f')";
const OPERATOR: &str =
    "CREATE OPERATOR === (LEFTARG = int, RIGHTARG = int, FUNCTION = int4eq, COMMUTATOR = ===)";

#[test]
fn changes_of_operators_and_casts() {
    cases! {
        "" => OPERATOR => "+ operator public.===(integer, integer)";
        OPERATOR => "ALTER OPERATOR === (int, int) SET (RESTRICT = eqsel)"
            => "~ operator public.===(integer, integer): restrict none → `eqsel(internal,oid,internal,integer)`";
        OPERATOR => "COMMENT ON OPERATOR === (int, int) IS 'x'" => "~ operator public.===(integer, integer): comment none → `x`";
        "" => "CREATE OPERATOR FAMILY f USING btree" => "+ operator family public.f using btree";
        "CREATE OPERATOR FAMILY f USING btree" => "ALTER OPERATOR FAMILY f USING btree ADD OPERATOR 1 < (int, int), FUNCTION 1 (int, int) btint4cmp(int, int)"
            => "~ operator family public.f using btree: functions + `1 (integer, integer) btint4cmp(integer,integer)`",
               "~ operator family public.f using btree: operators + `1 <(integer,integer)`";
        "CREATE OPERATOR FAMILY f USING btree" => "CREATE OPERATOR CLASS c FOR TYPE int USING btree FAMILY f AS STORAGE int"
            => "+ operator class public.c using btree";
        "CREATE TYPE e AS ENUM ('1')" => "CREATE CAST (int AS e) WITH INOUT AS ASSIGNMENT" => "+ cast (integer AS public.e)";
        "CREATE TYPE e AS ENUM ('1'); CREATE CAST (int AS e) WITH INOUT" => "DROP CAST (int AS e); CREATE CAST (int AS e) WITH INOUT AS IMPLICIT"
            => "~ cast (integer AS public.e): context `explicit` → `implicit`";
        "" => "CREATE ACCESS METHOD heap2 TYPE table HANDLER heap_tableam_handler" => "+ access method heap2";
        "CREATE ACCESS METHOD heap2 TYPE table HANDLER heap_tableam_handler; CREATE TABLE t ()" => "DROP TABLE t; CREATE TABLE t () USING heap2"
            => "~ table public.t: access method none → `heap2`";
        "" => "CREATE LANGUAGE l HANDLER plpgsql_call_handler" => "+ language l";
        "CREATE LANGUAGE l HANDLER plpgsql_call_handler" => "ALTER LANGUAGE l OWNER TO alice" => "~ language l: owner `postgres` → `alice`";
        "" => "CREATE TRANSFORM FOR int LANGUAGE plpgsql (FROM SQL WITH FUNCTION prsd_lextype(internal))"
            => "+ transform integer language plpgsql";
    }
}

#[test]
fn changes_of_what_serves_text() {
    cases! {
        "" => "CREATE COLLATION c (locale = 'C')" => "+ collation public.c";
        "CREATE COLLATION c (locale = 'C')" => "COMMENT ON COLLATION c IS 'x'" => "~ collation public.c: comment none → `x`";
        "" => "CREATE CONVERSION c FOR 'UTF8' TO 'LATIN1' FROM utf8_to_iso8859_1" => "+ conversion public.c";
        "" => CONFIG => "+ text search configuration public.c";
        CONFIG => "ALTER TEXT SEARCH CONFIGURATION c ALTER MAPPING FOR asciiword WITH english_stem"
            => "~ text search configuration public.c: mappings - `asciiword: simple`, + `asciiword: english_stem`";
        CONFIG => "ALTER TEXT SEARCH CONFIGURATION c DROP MAPPING FOR email"
            => "~ text search configuration public.c: mappings - `email: simple`";
        "" => DICTIONARY => "+ text search dictionary public.d";
        DICTIONARY => "ALTER TEXT SEARCH DICTIONARY d (accept = false)"
            => "~ text search dictionary public.d: options none → `accept = 'false'`";
        "" => "CREATE TEXT SEARCH TEMPLATE t (LEXIZE = dsimple_lexize)" => "+ text search template public.t";
        "" => "CREATE TEXT SEARCH PARSER p (START = prsd_start, GETTOKEN = prsd_nexttoken, END = prsd_end, LEXTYPES = prsd_lextype)"
            => "+ text search parser public.p";
    }
}

#[test]
fn changes_of_what_is_foreign() {
    cases! {
        "" => WRAPPER => "+ foreign data wrapper w";
        WRAPPER => "ALTER FOREIGN DATA WRAPPER w OPTIONS (debug 'true')" => "~ foreign data wrapper w: options + `debug=true`";
        WRAPPER => "GRANT USAGE ON FOREIGN DATA WRAPPER w TO bob" => "~ foreign data wrapper w: privileges + `bob: USAGE`";
        WRAPPER => "CREATE SERVER s FOREIGN DATA WRAPPER w" => "+ server s";
        SERVER => "ALTER SERVER s OPTIONS (SET host 'i')" => "~ server s: options - `host=h`, + `host=i`";
        SERVER => "ALTER SERVER s OPTIONS (DROP password)" => "~ server s: options - `password`";
        SERVER => "ALTER SERVER s VERSION '2'" => "~ server s: version none → `2`";
        SERVER => "CREATE USER MAPPING FOR bob SERVER s OPTIONS (user 'b', password 'geheim')" => "+ user mapping bob on s";
        SERVER => "CREATE USER MAPPING FOR PUBLIC SERVER s" => "+ user mapping PUBLIC on s";
        "CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w; CREATE USER MAPPING FOR bob SERVER s"
            => "ALTER USER MAPPING FOR bob SERVER s OPTIONS (ADD password 'geheim')" => "~ user mapping bob on s: options + `password`";
        FOREIGN_TABLE => "ALTER FOREIGN TABLE t OPTIONS (SET file 'g')"
            => "~ foreign table public.t: foreign options - `file=f`, + `file=g`";
        FOREIGN_TABLE => "ALTER FOREIGN TABLE t ALTER a OPTIONS (SET name 'y')"
            => "~ column public.t.a: foreign options - `name=x`, + `name=y`";
        FOREIGN_TABLE => "DROP FOREIGN TABLE t" => "- foreign table public.t";
        FOREIGN_TABLE => "DROP SERVER s CASCADE" => "- foreign table public.t", "- server s";
    }
}

#[test]
fn changes_of_publications_and_subscriptions() {
    cases! {
        "" => "CREATE PUBLICATION p" => "+ publication p";
        "CREATE PUBLICATION p" => "ALTER PUBLICATION p SET (publish = 'insert')"
            => "~ publication p: publish `insert, update, delete, truncate` → `insert`";
        "CREATE PUBLICATION p; CREATE TABLE t ()" => "ALTER PUBLICATION p ADD TABLE t" => "+ publication p of table public.t";
        "" => "CREATE PUBLICATION p FOR ALL TABLES" => "+ publication p";
        "" => "CREATE SUBSCRIPTION s CONNECTION 'password=geheim' PUBLICATION p WITH (connect = false, slot_name = NONE)" => "+ subscription s";
        "CREATE SUBSCRIPTION s CONNECTION 'dbname=x' PUBLICATION p WITH (connect = false, slot_name = NONE)"
            => "ALTER SUBSCRIPTION s SET PUBLICATION q WITH (refresh = false)" => "~ subscription s: publications - `p`, + `q`";
        "CREATE SUBSCRIPTION s CONNECTION 'dbname=x' PUBLICATION p WITH (connect = false, slot_name = NONE)"
            => "ALTER SUBSCRIPTION s SET (synchronous_commit = on)" => "~ subscription s: synchronous commit `off` → `on`";
    }
    check_since(
        15,
        "CREATE PUBLICATION p; CREATE TABLE t (a int PRIMARY KEY, b int)",
        "ALTER PUBLICATION p ADD TABLE t (a) WHERE (a > 0)",
        &["+ publication p of table public.t"],
    );
    check_since(
        15,
        "CREATE TABLE t (a int PRIMARY KEY, b int); CREATE PUBLICATION p FOR TABLE t",
        "ALTER PUBLICATION p SET TABLE t (a) WHERE (a > 0)",
        &[
            "~ publication p of table public.t: columns + `a`",
            "~ publication p of table public.t: where none → `(a > 0)`",
        ],
    );
    check_since(
        15,
        "CREATE PUBLICATION p",
        "ALTER PUBLICATION p ADD TABLES IN SCHEMA public",
        &["+ publication p of schema public"],
    );
}

#[test]
fn changes_of_what_initdb_has_made() {
    cases! {
        "" => "REVOKE EXECUTE ON FUNCTION pg_sleep(float8) FROM PUBLIC"
            => "~ built-in function pg_catalog.pg_sleep(double precision): privileges + `PUBLIC: nothing`";
        "REVOKE EXECUTE ON FUNCTION pg_sleep(float8) FROM PUBLIC" => "GRANT EXECUTE ON FUNCTION pg_sleep(float8) TO bob"
            => "~ built-in function pg_catalog.pg_sleep(double precision): privileges + `bob: EXECUTE`";
        "" => "GRANT SELECT (rolname) ON pg_authid TO bob; GRANT USAGE ON TYPE int4 TO bob WITH GRANT OPTION; REVOKE USAGE ON LANGUAGE sql FROM PUBLIC"
            => "~ built-in language sql: privileges + `PUBLIC: nothing`",
               "~ built-in table column pg_catalog.pg_authid.rolname: privileges + `bob: SELECT`",
               "~ built-in type integer: privileges + `bob: USAGE with grant option`";
        "" => "REVOKE SELECT ON pg_stats, information_schema.tables FROM PUBLIC; REVOKE USAGE ON SCHEMA information_schema FROM PUBLIC"
            => "~ built-in schema information_schema: privileges + `PUBLIC: nothing`",
               "~ built-in view information_schema.tables: privileges + `PUBLIC: nothing`",
               "~ built-in view pg_catalog.pg_stats: privileges + `PUBLIC: nothing`";
        "" => "REVOKE USAGE ON LANGUAGE plpgsql FROM PUBLIC; COMMENT ON FUNCTION now() IS 'x'; COMMENT ON COLUMN pg_class.relname IS 'y'"
            => "~ built-in function pg_catalog.now(): comment none → `x`",
               "~ built-in language plpgsql: privileges + `PUBLIC: nothing`",
               "~ built-in table column pg_catalog.pg_class.relname: comment none → `y`";
        "" => "COMMENT ON EXTENSION plpgsql IS NULL"
            => "~ extension plpgsql: comment `PL/pgSQL procedural language` → none";
    }
}

#[test]
fn privileges_that_were_revoked_and_granted_again_are_those_that_initdb_made() {
    make_roles();
    let database = Database::new();
    let before = read(&database);
    database.sql(
        "REVOKE ALL ON FUNCTION pg_sleep(float8), pg_read_file(text) FROM PUBLIC; GRANT EXECUTE ON FUNCTION pg_sleep(float8) TO PUBLIC;
         GRANT ALL ON pg_stats, pg_authid, information_schema.tables TO bob; REVOKE ALL ON pg_stats, pg_authid, information_schema.tables FROM bob;
         GRANT USAGE ON SCHEMA pg_catalog, information_schema TO bob; REVOKE USAGE ON SCHEMA pg_catalog, information_schema FROM bob;
         GRANT SELECT (rolname) ON pg_authid TO bob; REVOKE SELECT (rolname) ON pg_authid FROM bob",
    );
    assert_eq!(lines(&Difference::between(&before, &read(&database))), [""; 0]);
}

#[test]
fn changes_of_large_objects() {
    cases! {
        "" => "SELECT lo_create(4711); SELECT lo_create(471100)" => "+ large object 4711", "+ large object 471100";
        "SELECT lo_create(4711)" => "GRANT SELECT ON LARGE OBJECT 4711 TO bob; COMMENT ON LARGE OBJECT 4711 IS 'x'"
            => "~ large object 4711: comment none → `x`", "~ large object 4711: privileges + `bob: SELECT`";
        "SELECT lo_create(4711)" => "ALTER LARGE OBJECT 4711 OWNER TO alice" => "~ large object 4711: owner `postgres` → `alice`";
        "SELECT lo_create(4711)" => "COMMENT ON LARGE OBJECT 4711 IS 'x'" => "~ large object 4711: comment none → `x`";
        "SELECT lo_create(4711)" => "SELECT lo_unlink(4711)" => "- large object 4711";
    }
}

#[test]
fn large_objects_that_only_one_database_has_are_data() {
    let (one, other) = (Database::new(), Database::new());
    one.sql("SELECT lo_create(1), lo_create(2)");
    other.sql("SELECT lo_create(2), lo_create(3); COMMENT ON LARGE OBJECT 2 IS 'x'; COMMENT ON LARGE OBJECT 3 IS 'y'");
    let difference = Difference::between(&read(&one), &read(&other)).without_data();
    assert_eq!(lines(&difference), ["~ large object 2: comment none → `x`"]);
}

#[test]
fn changes_of_statistics() {
    cases! {
        "CREATE TABLE t (a int, b int)" => "CREATE STATISTICS s ON a, b FROM t" => "+ statistics public.s on public.t";
        "CREATE TABLE t (a int, b int); CREATE STATISTICS s ON a, b FROM t" => "ALTER STATISTICS s SET STATISTICS 50"
            => "~ statistics public.s on public.t: target none → `50`";
        "CREATE TABLE t (a int, b int); CREATE STATISTICS s ON a, b FROM t" => "DROP TABLE t" => "- table public.t";
    }
}

#[test]
fn changes_of_the_database_and_of_default_privileges() {
    cases! {
        "" => "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET work_mem = %L', current_database(), '8MB'); END $$"
            => "+ setting work_mem";
        "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET work_mem = %L', current_database(), '8MB'); END $$"
            => "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET work_mem = %L', current_database(), '9MB'); END $$"
            => "~ setting work_mem: value `8MB` → `9MB`";
        "" => "DO $$ BEGIN EXECUTE format('ALTER ROLE bob IN DATABASE %I SET search_path = s', current_database()); END $$"
            => "+ setting search_path for role bob";
        "" => "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I OWNER TO alice', current_database()); END $$"
            => "~ database: owner `postgres` → `alice`";
        "" => "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I CONNECTION LIMIT 7 IS_TEMPLATE true', current_database()); END $$"
            => "~ database: connection limit none → `7`", "~ database: template none → `true`";
        "" => "DO $$ BEGIN EXECUTE format('COMMENT ON DATABASE %I IS %L', current_database(), 'x'); END $$"
            => "~ database: comment none → `x`";
        "" => "DO $$ BEGIN EXECUTE format('REVOKE CONNECT ON DATABASE %I FROM PUBLIC', current_database()); END $$"
            => "~ database: privileges + `PUBLIC: TEMPORARY`";
        "" => "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO bob"
            => "+ default privileges of postgres for tables in schema public";
        "ALTER DEFAULT PRIVILEGES GRANT EXECUTE ON FUNCTIONS TO bob" => "ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC"
            => "~ default privileges of postgres for functions: privileges + `PUBLIC: nothing`";
        "" => "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET pmdb.protected = on', current_database()); END $$; CREATE SCHEMA s"
            => "+ schema s";
    }
}
