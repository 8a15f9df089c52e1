//! Each way of changing a type, a sequence or a schema, and the difference that it makes.

use super::cases::check_since;

#[test]
fn changes_of_schemas() {
    cases! {
        "" => "CREATE SCHEMA s" => "+ schema s";
        "CREATE SCHEMA s" => "ALTER SCHEMA s OWNER TO alice" => "~ schema s: owner `postgres` → `alice`";
        "CREATE SCHEMA s" => "GRANT USAGE ON SCHEMA s TO bob" => "~ schema s: privileges + `bob: USAGE`";
        "CREATE SCHEMA s" => "GRANT ALL ON SCHEMA s TO bob WITH GRANT OPTION"
            => "~ schema s: privileges + `bob: CREATE with grant option, USAGE with grant option`";
        "" => "COMMENT ON SCHEMA public IS 'x'" => "~ schema public: comment `standard public schema` → `x`";
        "" => "DROP SCHEMA public" => "- schema public";
    }
}

#[test]
fn changes_of_types() {
    cases! {
        "CREATE TYPE e AS ENUM ('a', 'b')" => "ALTER TYPE e ADD VALUE 'c' BEFORE 'b'" => "~ enum public.e: labels + `c`";
        "CREATE TYPE e AS ENUM ('a', 'b')" => "DROP TYPE e; CREATE TYPE e AS ENUM ('b', 'a')"
            => "~ enum public.e: labels `[\"a\", \"b\"]` → `[\"b\", \"a\"]`";
        "CREATE TYPE e AS ENUM ('a', 'b')" => "ALTER TYPE e RENAME VALUE 'a' TO 'A'" => "~ enum public.e: labels - `a`, + `A`";
        "CREATE TYPE e AS ENUM ('a')" => "ALTER TYPE e OWNER TO alice" => "~ enum public.e: owner `postgres` → `alice`";
        "CREATE TYPE e AS ENUM ('a')" => "REVOKE USAGE ON TYPE e FROM PUBLIC" => "~ enum public.e: privileges + `PUBLIC: nothing`";
        "CREATE TYPE e AS ENUM ('a')" => "COMMENT ON TYPE e IS 'x'" => "~ enum public.e: comment none → `x`";
        "" => "CREATE TYPE c AS (a int, b text)" => "+ composite type public.c";
        "CREATE TYPE c AS (a int)" => "ALTER TYPE c ADD ATTRIBUTE b text" => "+ column public.c.b";
        "CREATE TYPE c AS (a int)" => "ALTER TYPE c ALTER ATTRIBUTE a TYPE bigint" => "~ column public.c.a: type `integer` → `bigint`";
        "CREATE TYPE c AS (a int)" => "COMMENT ON COLUMN c.a IS 'x'" => "~ column public.c.a: comment none → `x`";
        "" => "CREATE DOMAIN d AS int CHECK (VALUE > 0)" => "+ domain public.d";
        "CREATE DOMAIN d AS int" => "ALTER DOMAIN d ADD CONSTRAINT c CHECK (VALUE > 0)" => "+ constraint c on public.d";
        "CREATE DOMAIN d AS int CONSTRAINT c CHECK (VALUE > 0)" => "COMMENT ON CONSTRAINT c ON DOMAIN d IS 'x'"
            => "~ constraint c on public.d: comment none → `x`";
        "CREATE DOMAIN d AS int" => "ALTER DOMAIN d SET DEFAULT 7" => "~ domain public.d: default none → `7`";
        "CREATE DOMAIN d AS int" => "ALTER DOMAIN d SET NOT NULL" => "~ domain public.d: not null none → `true`";
        "CREATE DOMAIN d AS varchar(5)" => "DROP DOMAIN d; CREATE DOMAIN d AS varchar(6)"
            => "~ domain public.d: type `character varying(5)` → `character varying(6)`";
        "CREATE DOMAIN d AS int CONSTRAINT c CHECK (VALUE > 0)" => "DROP DOMAIN d" => "- domain public.d";
        "" => "CREATE TYPE r AS RANGE (subtype = float8)" => "+ range public.r";
        "CREATE TYPE r AS RANGE (subtype = float8)" => "DROP TYPE r; CREATE TYPE r AS RANGE (subtype = float8, subtype_diff = float8mi)"
            => "~ range public.r: subtype difference none → `float8mi(double precision,double precision)`";
        "" => "CREATE TYPE shell" => "+ base type public.shell";
    }
}

#[test]
fn not_null_of_a_domain_is_a_constraint_since_17() {
    let filled = "CREATE DOMAIN d AS int CONSTRAINT filled NOT NULL";
    let made_anew = "ALTER DOMAIN d DROP NOT NULL; ALTER DOMAIN d SET NOT NULL";
    check_since(17, filled, made_anew, &["- constraint filled on public.d"]);
    let usual = "CREATE DOMAIN d AS int NOT NULL";
    let comment = "COMMENT ON CONSTRAINT d_not_null ON DOMAIN d IS 'x'";
    check_since(17, usual, comment, &["+ constraint d_not_null on public.d"]);
    let renamed = "ALTER DOMAIN d RENAME CONSTRAINT d_not_null TO filled";
    check_since(17, usual, renamed, &["+ constraint filled on public.d"]);
}

#[test]
fn changes_of_sequences() {
    cases! {
        "" => "CREATE SEQUENCE s" => "+ sequence public.s";
        "CREATE SEQUENCE s" => "ALTER SEQUENCE s INCREMENT 5" => "~ sequence public.s: increment `1` → `5`";
        "CREATE SEQUENCE s" => "ALTER SEQUENCE s CACHE 10 CYCLE"
            => "~ sequence public.s: cache `1` → `10`", "~ sequence public.s: cycle none → `true`";
        "CREATE SEQUENCE s" => "ALTER SEQUENCE s MINVALUE -5 START -5"
            => "~ sequence public.s: minimum `1` → `-5`", "~ sequence public.s: start `1` → `-5`";
        "CREATE SEQUENCE s; CREATE TABLE t (id int)" => "ALTER SEQUENCE s OWNED BY t.id" => "~ sequence public.s: owned by none → `public.t.id`";
        "CREATE TABLE t (id serial)" => "ALTER SEQUENCE t_id_seq OWNED BY NONE" => "~ sequence public.t_id_seq: owned by `public.t.id` → none";
        "CREATE TABLE t (id serial)" => "DROP TABLE t" => "- table public.t";
        "CREATE SEQUENCE s" => "GRANT USAGE ON SEQUENCE s TO bob" => "~ sequence public.s: privileges + `bob: USAGE`";
        "CREATE SEQUENCE s" => "SELECT nextval('s'); CREATE SCHEMA other" => "+ schema other";
    }
}
