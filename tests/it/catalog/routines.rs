//! Each way of changing a view, a function, a trigger or a policy, and the difference that it makes.

use super::{lines, read};
use crate::support::Database;
use pmdb::catalog::{Difference, DifferenceClass};

const T: &str = "CREATE TABLE t (id int PRIMARY KEY, name text)";
const VIEW: &str = "CREATE TABLE t (a int, b int); CREATE VIEW v AS SELECT a FROM t";
const FUNCTION: &str = "CREATE FUNCTION f(a int) RETURNS int LANGUAGE sql AS 'SELECT a'";
const TRIGGER: &str = "CREATE TABLE t (a int); CREATE TRIGGER r BEFORE UPDATE ON t FOR EACH ROW
    EXECUTE FUNCTION suppress_redundant_updates_trigger()";

#[test]
fn changes_of_views_and_rules() {
    cases! {
        "" => "CREATE VIEW v AS SELECT 1 AS a" => "+ view public.v";
        "CREATE VIEW v AS SELECT 1 AS a" => "CREATE OR REPLACE VIEW v AS SELECT 1 AS a WHERE false"
            => "~ view public.v: definition", "    @@ -1 +1,2 @@", "    - SELECT 1 AS a;", "    + SELECT 1 AS a", "    +  WHERE false;";
        VIEW => "ALTER VIEW v SET (security_barrier)" => "~ view public.v: options + `security_barrier=true`";
        VIEW => "ALTER VIEW v ALTER a SET DEFAULT 7" => "~ column public.v.a: default none → `7`";
        VIEW => "ALTER VIEW v OWNER TO alice" => "~ view public.v: owner `postgres` → `alice`";
        VIEW => "GRANT SELECT ON v TO PUBLIC" => "~ view public.v: privileges + `PUBLIC: SELECT`";
        VIEW => "DROP VIEW v" => "- view public.v";
        "" => "CREATE MATERIALIZED VIEW m AS SELECT 1 AS a" => "+ materialized view public.m";
        "CREATE MATERIALIZED VIEW m AS SELECT 1 AS a" => "REFRESH MATERIALIZED VIEW m WITH NO DATA"
            => "~ materialized view public.m: populated none → `false`";
        "CREATE MATERIALIZED VIEW m AS SELECT 1 AS a" => "CREATE UNIQUE INDEX i ON m (a)" => "+ index i on public.m";
        T => "CREATE RULE r AS ON DELETE TO t DO INSTEAD NOTHING" => "+ rule r on public.t";
        "CREATE TABLE t (); CREATE RULE r AS ON DELETE TO t DO INSTEAD NOTHING" => "ALTER TABLE t DISABLE RULE r"
            => "~ rule r on public.t: enabled `yes` → `no`";
        "CREATE TABLE t (); CREATE RULE r AS ON DELETE TO t DO INSTEAD NOTHING" => "CREATE OR REPLACE RULE r AS ON DELETE TO t DO ALSO NOTIFY n"
            => "~ rule r on public.t: definition", "    @@ -1,2 +1,3 @@", "     CREATE RULE r AS", "    -    ON DELETE TO public.t DO INSTEAD NOTHING;", "    +    ON DELETE TO public.t DO", "    + NOTIFY n;";
    }
}

#[test]
fn changes_of_functions() {
    cases! {
        "" => FUNCTION => "+ function public.f(integer)";
        FUNCTION => "CREATE OR REPLACE FUNCTION f(a int) RETURNS int LANGUAGE sql AS 'SELECT a + 1'"
            => "~ function public.f(integer): body `SELECT a` → `SELECT a + 1`";
        FUNCTION => "ALTER FUNCTION f STABLE" => "~ function public.f(integer): volatility none → `stable`";
        FUNCTION => "ALTER FUNCTION f SECURITY DEFINER" => "~ function public.f(integer): security none → `definer`";
        FUNCTION => "ALTER FUNCTION f SET search_path = s" => "~ function public.f(integer): settings + `search_path=s`";
        FUNCTION => "ALTER FUNCTION f COST 7" => "~ function public.f(integer): cost `100` → `7`";
        FUNCTION => "ALTER FUNCTION f STRICT LEAKPROOF PARALLEL SAFE"
            => "~ function public.f(integer): leakproof none → `true`", "~ function public.f(integer): parallel none → `safe`",
               "~ function public.f(integer): strict none → `true`";
        FUNCTION => "CREATE OR REPLACE FUNCTION f(a int DEFAULT 1) RETURNS int LANGUAGE sql AS 'SELECT a'"
            => "~ function public.f(integer): arguments `a integer` → `a integer DEFAULT 1`";
        FUNCTION => "DROP FUNCTION f; CREATE FUNCTION f(a int) RETURNS bigint LANGUAGE sql AS 'SELECT a'"
            => "~ function public.f(integer): result `integer` → `bigint`";
        FUNCTION => "CREATE FUNCTION f(a text) RETURNS text LANGUAGE sql AS 'SELECT a'" => "+ function public.f(text)";
        FUNCTION => "REVOKE EXECUTE ON FUNCTION f FROM PUBLIC" => "~ function public.f(integer): privileges + `PUBLIC: nothing`";
        FUNCTION => "COMMENT ON FUNCTION f IS 'x'" => "~ function public.f(integer): comment none → `x`";
        "" => "CREATE PROCEDURE p(a int) LANGUAGE sql AS 'SELECT a'" => "+ procedure public.p(integer)";
        "" => "CREATE AGGREGATE total(int) (sfunc = int4pl, stype = int, initcond = '0')" => "+ aggregate public.total(integer)";
        "CREATE AGGREGATE total(int) (sfunc = int4pl, stype = int, initcond = '0')"
            => "CREATE OR REPLACE AGGREGATE total(int) (sfunc = int4pl, stype = int, initcond = '1')"
            => "~ aggregate public.total(integer): first state `0` → `1`";
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql RETURN 1" => "CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE sql RETURN 2"
            => "~ function public.f(): body `RETURN 1` → `RETURN 2`";
    }
}

#[test]
fn white_space_and_comments_of_a_body_are_a_class_of_their_own() {
    let body = |body: &str, language: &str| {
        format!("CREATE OR REPLACE FUNCTION f() RETURNS void LANGUAGE {language} AS $_$ {body} $_$;")
    };
    let database = Database::new();
    let differ = |one: &str, other: &str| {
        database.sql(one);
        let before = read(&database);
        database.sql(other);
        Difference::between(&before, &read(&database))
    };
    let layout = differ(
        &body("BEGIN PERFORM 1; END", "plpgsql"),
        &body("BEGIN\n  -- one\n  PERFORM 1;\nEND", "plpgsql"),
    );
    assert_eq!(layout.class(), Some(DifferenceClass::Cosmetic));
    assert_eq!(lines(&layout), ["~ function public.f(): body (white space and comments only)"]);
    let inside_a_string =
        differ(&body("BEGIN PERFORM 'a b'; END", "plpgsql"), &body("BEGIN PERFORM 'a  b'; END", "plpgsql"));
    assert_eq!(inside_a_string.class(), Some(DifferenceClass::Structural));
}

#[test]
fn changes_of_triggers_and_policies() {
    cases! {
        T => "CREATE TRIGGER r AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()" => "+ trigger r on public.t";
        TRIGGER => "ALTER TABLE t DISABLE TRIGGER r" => "~ trigger r on public.t: enabled `yes` → `no`";
        TRIGGER => "ALTER TABLE t ENABLE ALWAYS TRIGGER r" => "~ trigger r on public.t: enabled `yes` → `always`";
        TRIGGER => "COMMENT ON TRIGGER r ON t IS 'x'" => "~ trigger r on public.t: comment none → `x`";
        TRIGGER => "DROP TRIGGER r ON t" => "- trigger r on public.t";
        TRIGGER => "CREATE OR REPLACE TRIGGER r BEFORE UPDATE OF a ON t FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()"
            => "~ trigger r on public.t: definition `…r BEFORE UPDATE ON public.t FOR EACH…` → `…r BEFORE UPDATE OF a ON public.t FOR EACH…`";
        "CREATE TABLE t ()" => "CREATE CONSTRAINT TRIGGER r AFTER INSERT ON t DEFERRABLE FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()"
            => "+ trigger r on public.t";
        "CREATE FUNCTION f() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'" => "CREATE EVENT TRIGGER e ON ddl_command_end EXECUTE FUNCTION f()"
            => "+ event trigger e";
        "CREATE FUNCTION f() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'; CREATE EVENT TRIGGER e ON ddl_command_end EXECUTE FUNCTION f()"
            => "ALTER EVENT TRIGGER e DISABLE" => "~ event trigger e: enabled `yes` → `no`";
        T => "CREATE POLICY p ON t USING (id > 0)" => "+ policy p on public.t";
        "CREATE TABLE t (id int); CREATE POLICY p ON t USING (id > 0)" => "ALTER POLICY p ON t TO bob"
            => "~ policy p on public.t: roles - `PUBLIC`, + `bob`";
        "CREATE TABLE t (id int); CREATE POLICY p ON t USING (id > 0)" => "ALTER POLICY p ON t USING (id > 1) WITH CHECK (true)"
            => "~ policy p on public.t: using `(id > 0)` → `(id > 1)`", "~ policy p on public.t: with check none → `true`";
    }
}
