//! Functions: calls that find two of them, or one that is another.

use super::super::{list, plan};
use super::case;
use crate::support::Setup;

#[test]
fn a_function_beside_another_takes_the_calls_that_fit_both() {
    const FUNCTIONS: &str = "CREATE FUNCTION f(a int) RETURNS int LANGUAGE sql AS 'SELECT 1';\n\
        CREATE FUNCTION d(a int, b int DEFAULT 0) RETURNS int LANGUAGE sql AS 'SELECT 1';\n\
        CREATE FUNCTION o(a int) RETURNS int LANGUAGE sql AS 'SELECT 1';\n\
        CREATE FUNCTION o(a int, b int) RETURNS int LANGUAGE sql AS 'SELECT 2';\n\
        CREATE FUNCTION v(VARIADIC a int[]) RETURNS int LANGUAGE sql AS 'SELECT 1';\n\
        CREATE PROCEDURE p(a int) LANGUAGE sql AS 'SELECT 1'";
    let ambiguous = Some("ambiguous-call");
    for case in [
        case(
            "CREATE OR REPLACE FUNCTION f(a int, b int DEFAULT 0) RETURNS int LANGUAGE sql AS 'SELECT 2'",
            "SELECT f(1)",
            ambiguous,
        ),
        case(
            "CREATE FUNCTION f(a int, b text DEFAULT 'x', c text[] DEFAULT ARRAY['1', '2']) RETURNS text LANGUAGE sql AS 'SELECT b'",
            "SELECT f(1)",
            ambiguous,
        ),
        case(
            "CREATE FUNCTION f(a int, VARIADIC b int[] DEFAULT '{}') RETURNS int LANGUAGE sql AS 'SELECT 2'",
            "SELECT f(1)",
            ambiguous,
        ),
        case("CREATE FUNCTION d(a int) RETURNS int LANGUAGE sql AS 'SELECT 2'", "SELECT d(1)", ambiguous),
        case(
            "CREATE FUNCTION d(a int, b int, c int DEFAULT 0) RETURNS int LANGUAGE sql AS 'SELECT 2'",
            "SELECT d(1, 2)",
            ambiguous,
        ),
        case(
            "CREATE FUNCTION v(a int, VARIADIC b int[]) RETURNS int LANGUAGE sql AS 'SELECT 2'",
            "SELECT v(1, 2)",
            ambiguous,
        ),
        case("CREATE PROCEDURE p(a int, b int DEFAULT 0) LANGUAGE sql AS 'SELECT 2'", "CALL p(1)", ambiguous),
        case(
            "CREATE FUNCTION g(a int, b int DEFAULT 0) RETURNS int LANGUAGE sql AS 'SELECT 2'; ALTER FUNCTION g RENAME TO f",
            "SELECT f(1)",
            ambiguous,
        ),
        case(
            "DO $$ BEGIN CREATE FUNCTION f(a int, b int DEFAULT 0) RETURNS int LANGUAGE sql AS 'SELECT 2'; END $$",
            "SELECT f(1)",
            ambiguous,
        ),
        case(
            "CREATE OR REPLACE FUNCTION o(a int, b int DEFAULT 0) RETURNS int LANGUAGE sql AS 'SELECT 2'",
            "SELECT o(1)",
            ambiguous,
        ),
        case(
            "CREATE OR REPLACE FUNCTION o(a int, b int) RETURNS int LANGUAGE sql AS 'SELECT 3'",
            "SELECT o(1)",
            None,
        ),
        case("CREATE FUNCTION f(a int, b int) RETURNS int LANGUAGE sql AS 'SELECT 2'", "SELECT f(1)", None),
        case(
            "CREATE FUNCTION f(a text, b int DEFAULT 0) RETURNS int LANGUAGE sql AS 'SELECT 2'",
            "SELECT f(1)",
            None,
        ),
        case(
            "CREATE FUNCTION f(VARIADIC a int[]) RETURNS int LANGUAGE sql AS 'SELECT 2'",
            "SELECT f(1)",
            None,
        ),
        case("CREATE FUNCTION v(a int) RETURNS int LANGUAGE sql AS 'SELECT 2'", "SELECT v(1)", None),
        case(
            "CREATE SCHEMA s; CREATE FUNCTION s.f(a int, b int DEFAULT 0) RETURNS int LANGUAGE sql AS 'SELECT 2'",
            "SELECT f(1)",
            None,
        ),
        case(
            "DROP FUNCTION f(int); CREATE FUNCTION f(a int, b int DEFAULT 0) RETURNS int LANGUAGE sql AS 'SELECT 2'",
            "SELECT f(1)",
            None,
        ),
        case(
            "CREATE FUNCTION d(a int, b int, c int) RETURNS int LANGUAGE sql AS 'SELECT 2'",
            "SELECT d(1, 2)",
            None,
        ),
    ] {
        case.holds(FUNCTIONS, "SELECT 1");
    }
}

#[test]
fn a_function_that_is_made_anew_takes_the_old_calls_and_gives_the_old_result_or_is_told() {
    const FUNCTIONS: &str = "CREATE FUNCTION h(a int, b int DEFAULT 0) RETURNS int LANGUAGE sql AS 'SELECT 1';\n\
        CREATE FUNCTION r() RETURNS TABLE (x int, y text) LANGUAGE sql AS $$SELECT 1, 'a'$$;\n\
        CREATE FUNCTION o(a int, OUT x int, OUT y int) LANGUAGE sql AS 'SELECT 1, 1';\n\
        CREATE TABLE few (x int); CREATE TABLE more (x int, y text, z int);\n\
        CREATE FUNCTION s() RETURNS SETOF few LANGUAGE sql AS 'SELECT 1 UNION ALL SELECT 2';\n\
        CREATE AGGREGATE every_one(int) (SFUNC = int4pl, STYPE = int, INITCOND = '0')";
    let changed = Some("changed-function");
    for case in [
        case(
            "DROP FUNCTION h(int, int); CREATE FUNCTION h(a int, b int) RETURNS int LANGUAGE sql AS 'SELECT 1'",
            "SELECT h(1)",
            changed,
        ),
        case(
            "DROP FUNCTION h; CREATE FUNCTION h(x int, b int DEFAULT 0) RETURNS int LANGUAGE sql AS 'SELECT 1'",
            "SELECT h(a => 1)",
            changed,
        ),
        case(
            "DROP FUNCTION h; CREATE FUNCTION h(a int, b int DEFAULT 0) RETURNS text LANGUAGE sql AS $$SELECT 'a'$$",
            "SELECT h(1) + 1",
            changed,
        ),
        case(
            "DROP FUNCTION h; CREATE FUNCTION h(a int, b int DEFAULT 0, c int DEFAULT 0) RETURNS text LANGUAGE sql AS $$SELECT 'a'$$",
            "SELECT h(1) + 1",
            changed,
        ),
        case(
            "ALTER FUNCTION h RENAME TO old_h; CREATE FUNCTION h(a int, b int) RETURNS int LANGUAGE sql AS 'SELECT 1'",
            "SELECT h(1)",
            changed,
        ),
        case(
            "DROP FUNCTION r; CREATE FUNCTION r() RETURNS TABLE (x int) LANGUAGE sql AS 'SELECT 1'",
            "SELECT y FROM r()",
            changed,
        ),
        case(
            "DROP FUNCTION o; CREATE FUNCTION o(a int, OUT x int, OUT z int) LANGUAGE sql AS 'SELECT 1, 1'",
            "SELECT y FROM o(1)",
            changed,
        ),
        case(
            "DROP FUNCTION h; CREATE FUNCTION h(b int, a int DEFAULT 0) RETURNS int LANGUAGE sql AS 'SELECT 1'",
            "SELECT h(a => 1)",
            changed,
        ),
        case(
            "DROP FUNCTION r; CREATE FUNCTION r() RETURNS SETOF few LANGUAGE sql AS 'SELECT 1'",
            "SELECT y FROM r()",
            changed,
        ),
        case(
            "DROP FUNCTION s; CREATE FUNCTION s() RETURNS few LANGUAGE sql AS 'SELECT 1'",
            "SELECT 1 / (count(*) - 1) FROM s()",
            changed,
        ),
        case(
            "DROP AGGREGATE every_one(int); CREATE FUNCTION every_one(int) RETURNS int LANGUAGE sql AS 'SELECT 1'",
            "SELECT every_one(DISTINCT 1)",
            Some("dropped-object"),
        ),
        case("DROP FUNCTION h", "SELECT h(1)", Some("dropped-object")),
        case(
            "DROP FUNCTION h; CREATE FUNCTION h(a text) RETURNS int LANGUAGE sql AS 'SELECT 1'",
            "SELECT h(1)",
            Some("dropped-object"),
        ),
        case(
            "DROP FUNCTION h; CREATE FUNCTION h(a int, b int DEFAULT 7) RETURNS int LANGUAGE sql AS 'SELECT 1'",
            "SELECT h(1)",
            None,
        ),
        case(
            "DROP FUNCTION h; CREATE FUNCTION h(a int, b int DEFAULT 0) RETURNS bigint LANGUAGE sql AS 'SELECT 1::bigint'",
            "SELECT h(1) + 1",
            None,
        ),
        case(
            "DROP FUNCTION h; CREATE FUNCTION h(b int DEFAULT 0, a int DEFAULT 0) RETURNS int LANGUAGE sql AS 'SELECT 1'",
            "SELECT h(a => 1)",
            None,
        ),
        case(
            "DROP FUNCTION r; CREATE FUNCTION r() RETURNS TABLE (x bigint, y text) LANGUAGE sql AS $$SELECT 1::bigint, 'a'$$",
            "SELECT x + 1, y FROM r()",
            None,
        ),
        case(
            "DROP FUNCTION r; CREATE FUNCTION r() RETURNS SETOF more LANGUAGE sql AS $$SELECT 1, 'a', 2$$",
            "SELECT x, y FROM r()",
            None,
        ),
        case(
            "DROP FUNCTION s; CREATE FUNCTION s() RETURNS TABLE (x int) LANGUAGE sql AS 'SELECT 1'",
            "SELECT x FROM s()",
            None,
        ),
        case(
            "DROP FUNCTION r; CREATE FUNCTION r() RETURNS TABLE (x int, y text, z int) LANGUAGE sql AS $$SELECT 1, 'a', 2$$",
            "SELECT x, y FROM r()",
            None,
        ),
        case(
            "DROP FUNCTION r; CREATE FUNCTION r(OUT x int, OUT y text) RETURNS SETOF record LANGUAGE sql AS $$SELECT 1, 'a'$$",
            "SELECT x, y FROM r()",
            None,
        ),
    ] {
        case.holds(FUNCTIONS, "SELECT 1");
    }
}

/// Nothing of today calls what the target does not have.
#[test]
fn a_function_that_a_pending_file_makes_may_change_in_a_later_one() {
    let setup = Setup::with(&[("0001_given.sql", "-- migrate:up\nCREATE TABLE t ();\n")]);
    setup.up().success();
    for (name, file) in [
        ("0002_f.sql", "CREATE FUNCTION f(a int) RETURNS int LANGUAGE sql AS 'SELECT 1'"),
        (
            "0003_f.sql",
            "CREATE FUNCTION f(a int, b int DEFAULT 0) RETURNS int LANGUAGE sql AS 'SELECT 1'; DROP FUNCTION f(int)",
        ),
        (
            "0004_f.sql",
            "DROP FUNCTION f; CREATE FUNCTION f(a int, b int) RETURNS text LANGUAGE sql AS $$SELECT 'a'$$",
        ),
    ] {
        setup.project.migration(name, &format!("-- migrate:up\n{file};\n"));
    }
    let document = plan(&setup, &["--json"]).success().json();
    assert_eq!(list(&document["findings"]).count(), 0, "{document:#}");
}
