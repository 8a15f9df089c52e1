//! Each kind of change that somebody may make by hand.

use super::{lines, make_role};
use crate::support::Setup;

/// What a migration makes, what is done to it by hand, and what `pmdb drift` says.
const CASES: &[(&str, &str, &[&str])] = &[
    ("CREATE TABLE t1 (a int); CREATE INDEX i1 ON t1 (a)", "DROP INDEX i1", &["- index i1 on public.t1"]),
    ("CREATE TABLE t2 (a int)", "CREATE INDEX i2 ON t2 (a)", &["+ index i2 on public.t2"]),
    (
        "CREATE TABLE t3 (a int)",
        "ALTER TABLE t3 ALTER a TYPE bigint",
        &["~ column public.t3.a: type `integer` → `bigint`"],
    ),
    (
        "CREATE TABLE t4 (a int DEFAULT 1)",
        "ALTER TABLE t4 ALTER a SET DEFAULT 2",
        &["~ column public.t4.a: default `1` → `2`"],
    ),
    (
        "CREATE TABLE t5 (a int)",
        "ALTER TABLE t5 ALTER a SET NOT NULL",
        &["~ column public.t5.a: not null none → `true`"],
    ),
    ("CREATE TABLE t6 (a int)", "ALTER TABLE t6 ADD b text", &["+ column public.t6.b"]),
    ("CREATE TABLE t7 (a int, b int)", "ALTER TABLE t7 DROP b", &["- column public.t7.b"]),
    (
        "CREATE TABLE t8 (a int CONSTRAINT c8 CHECK (a > 0))",
        "ALTER TABLE t8 DROP CONSTRAINT c8",
        &["- constraint c8 on public.t8"],
    ),
    (
        "CREATE TABLE t9 (a int CONSTRAINT c9 CHECK (a > 0))",
        "ALTER TABLE t9 DROP CONSTRAINT c9; ALTER TABLE t9 ADD CONSTRAINT c9 CHECK (a > 0) NOT VALID",
        &["~ constraint c9 on public.t9: definition `CHECK ((a > 0))` → `CHECK ((a > 0)) NOT VALID`"],
    ),
    (
        "CREATE TABLE t10 (a int PRIMARY KEY); CREATE TABLE u10 (a int CONSTRAINT c10 REFERENCES t10)",
        "ALTER TABLE u10 DROP CONSTRAINT c10, ADD CONSTRAINT c10 FOREIGN KEY (a) REFERENCES t10 ON DELETE CASCADE",
        &["~ constraint c10 on public.u10: definition `FOREIGN KEY (a) REFERENCES public.t10(a)` → \
           `FOREIGN KEY (a) REFERENCES public.t10(a) ON DELETE CASCADE`"],
    ),
    (
        "CREATE TABLE t11 (); CREATE FUNCTION f11() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'; \
         CREATE TRIGGER g11 AFTER INSERT ON t11 EXECUTE FUNCTION f11()",
        "ALTER TABLE t11 DISABLE TRIGGER g11",
        &["~ trigger g11 on public.t11: enabled `yes` → `no`"],
    ),
    (
        "CREATE FUNCTION f12() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE OR REPLACE FUNCTION f12() RETURNS int LANGUAGE sql AS 'SELECT 2'",
        &["~ function public.f12(): body `SELECT 1` → `SELECT 2`"],
    ),
    (
        "",
        "CREATE FUNCTION f13(int) RETURNS int LANGUAGE sql AS 'SELECT 1'",
        &["+ function public.f13(integer)"],
    ),
    (
        "CREATE TABLE t14 ()",
        "GRANT SELECT ON t14 TO drift_other",
        &["~ table public.t14: privileges + `drift_other: SELECT`"],
    ),
    (
        "CREATE TABLE t15 (); GRANT SELECT ON t15 TO drift_other",
        "REVOKE SELECT ON t15 FROM drift_other",
        &["~ table public.t15: privileges - `drift_other: SELECT`"],
    ),
    (
        "CREATE TABLE t16 ()",
        "ALTER TABLE t16 OWNER TO drift_other",
        &["~ table public.t16: owner `postgres` → `drift_other`"],
    ),
    (
        "CREATE TABLE t17 (a int); COMMENT ON COLUMN t17.a IS 'one'",
        "COMMENT ON COLUMN t17.a IS 'two'",
        &["~ column public.t17.a: comment `one` → `two`"],
    ),
    ("CREATE TYPE e18 AS ENUM ('a')", "ALTER TYPE e18 ADD VALUE 'b'", &["~ enum public.e18: labels + `b`"]),
    (
        "CREATE SEQUENCE s19",
        "ALTER SEQUENCE s19 INCREMENT 10 CACHE 5",
        &["~ sequence public.s19: cache `1` → `5`", "~ sequence public.s19: increment `1` → `10`"],
    ),
    (
        "CREATE VIEW v20 AS SELECT 1 AS a",
        "CREATE OR REPLACE VIEW v20 AS SELECT 2 AS a",
        &["~ view public.v20: definition ` SELECT 1 AS a;` → ` SELECT 2 AS a;`"],
    ),
    (
        "CREATE TABLE t21 ()",
        "ALTER TABLE t21 ENABLE ROW LEVEL SECURITY",
        &["~ table public.t21: row security none → `enabled`"],
    ),
    ("CREATE TABLE t22 ()", "CREATE POLICY p22 ON t22 USING (true)", &["+ policy p22 on public.t22"]),
    (
        "CREATE TABLE t23 ()",
        "ALTER TABLE t23 SET (fillfactor = 50)",
        &["~ table public.t23: options + `fillfactor=50`"],
    ),
    ("", "CREATE TABLE t24 (a int PRIMARY KEY, b text)", &["+ table public.t24"]),
    ("CREATE TABLE t25 ()", "DROP TABLE t25", &["- table public.t25"]),
    ("", "CREATE SCHEMA \"Hot.fix\"", &["+ schema \"Hot.fix\""]),
    (
        "CREATE TABLE t27 ()",
        "ALTER TABLE t27 REPLICA IDENTITY FULL",
        &["~ table public.t27: replica identity none → `full`"],
    ),
    (
        "CREATE TABLE t28 (a int)",
        "ALTER TABLE t28 ALTER a SET STATISTICS 500",
        &["~ column public.t28.a: statistics none → `500`"],
    ),
    (
        "CREATE TABLE t29 (a int); CREATE INDEX i29 ON t29 (a)",
        "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'i29'::regclass",
        &["~ index i29 on public.t29: valid none → `false`"],
    ),
    (
        "CREATE TABLE t30 (a int GENERATED ALWAYS AS IDENTITY)",
        "ALTER TABLE t30 ALTER a SET GENERATED BY DEFAULT",
        &["~ column public.t30.a: identity `always` → `by default`"],
    ),
    (
        "CREATE DOMAIN d31 AS int",
        "ALTER DOMAIN d31 ADD CONSTRAINT c31 CHECK (VALUE > 0)",
        &["+ constraint c31 on public.d31"],
    ),
    (
        "CREATE TABLE t32 ()",
        "ALTER TABLE t32 SET UNLOGGED",
        &["~ table public.t32: persistence none → `unlogged`"],
    ),
    (
        "CREATE TABLE t33 (a int, b int)",
        "CREATE STATISTICS x33 ON a, b FROM t33",
        &["+ statistics public.x33 on public.t33"],
    ),
    ("", "CREATE PUBLICATION p34", &["+ publication p34"]),
    (
        "CREATE TABLE t35 (a int)",
        "ALTER TABLE t35 RENAME a TO b",
        &["- column public.t35.a", "+ column public.t35.b"],
    ),
    (
        "CREATE TABLE t36 (a int PRIMARY KEY)",
        "ALTER TABLE t36 CLUSTER ON t36_pkey",
        &["~ index t36_pkey on public.t36: clustered none → `true`"],
    ),
    (
        "CREATE TABLE t37 ()",
        "CREATE RULE r37 AS ON INSERT TO t37 DO INSTEAD NOTHING",
        &["+ rule r37 on public.t37"],
    ),
    (
        "",
        "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO drift_other",
        &["+ default privileges of postgres for tables in schema public"],
    ),
    (
        "CREATE TABLE t39 (a text)",
        "ALTER TABLE t39 ALTER a TYPE text COLLATE \"C\"",
        &["~ column public.t39.a: collation none → `\"C\"`"],
    ),
    (
        "CREATE MATERIALIZED VIEW m40 AS SELECT 1 AS a",
        "DROP MATERIALIZED VIEW m40",
        &["- materialized view public.m40"],
    ),
    ("CREATE TYPE y41 AS (a int)", "ALTER TYPE y41 ADD ATTRIBUTE b int", &["+ column public.y41.b"]),
    (
        "CREATE TABLE t42 (a int) PARTITION BY LIST (a)",
        "CREATE TABLE t42_1 PARTITION OF t42 FOR VALUES IN (1)",
        &["+ table public.t42_1"],
    ),
    (
        "CREATE TABLE t43 (a int UNIQUE)",
        "ALTER TABLE t43 DROP CONSTRAINT t43_a_key",
        &["- constraint t43_a_key on public.t43"],
    ),
    (
        "CREATE FUNCTION f44() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "REVOKE EXECUTE ON FUNCTION f44() FROM PUBLIC",
        &["~ function public.f44(): privileges + `PUBLIC: nothing`"],
    ),
];

/// Each migration and each change is a statement or two on objects of its own, so that one look shows all of them.
#[test]
fn each_kind_of_change_is_found_and_nothing_else() {
    make_role();
    let setup = Setup::new();
    for (index, (made, _, _)) in CASES.iter().enumerate() {
        setup.project.migration(&format!("{:04}.sql", index + 1), &format!("-- migrate:up\n{made};\n"));
    }
    setup.up().success();
    CASES.iter().for_each(|(_, changed, _)| drop(setup.database.sql(changed)));
    let mut expected: Vec<&str> = CASES.iter().flat_map(|(_, _, lines)| *lines).copied().collect();
    let outcome = setup.run(&["drift"]).fails(4);
    let found = lines(&outcome);
    let mut sorted: Vec<&str> = found.iter().map(String::as_str).collect();
    sorted.sort_unstable();
    expected.sort_unstable();
    assert_eq!(sorted, expected);
    let same = super::drift(&setup).fails(4);
    assert_eq!(lines(&same), found, "a server of one's own and one that is named build the same");
}
