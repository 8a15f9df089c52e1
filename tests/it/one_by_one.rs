//! The result of a run does not depend on which files travel together: any files give the same, or fail at the same place,
//! whether they run one by one, each with a session of its own, or all in one run.

use proptest::prelude::*;
use proptest::sample::select;

use crate::support::{Outcome, Setup};

/// What every set begins with: a table, a second schema, and functions that do to the session what they should not.
const BEGINNING: &str = "-- migrate:up\n\
    CREATE SCHEMA other;\n\
    CREATE TABLE base (a int, b text);\n\
    INSERT INTO base VALUES (1, 'x'), (2, 'y');\n\
    CREATE SEQUENCE numbers;\n\
    CREATE FUNCTION captured(a int) RETURNS int LANGUAGE plpgsql AS $$\n\
    BEGIN PERFORM set_config('search_path', 'other', false); RETURN a; END $$;\n\
    CREATE FUNCTION frozen(a int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS $$\n\
    BEGIN PERFORM set_config('search_path', 'other', false); RETURN a; END $$;\n\
    CREATE FUNCTION yields() RETURNS trigger LANGUAGE plpgsql AS $$\n\
    BEGIN PERFORM set_config('search_path', 'other', false); RETURN NEW; END $$;\n\
    CREATE FUNCTION seen() RETURNS event_trigger LANGUAGE plpgsql AS $$\n\
    BEGIN PERFORM set_config('search_path', 'other', false); END $$;\n\
    CREATE DOMAIN checked AS int CHECK (captured(VALUE) IS NULL OR true);\n\
    CREATE TABLE lists (a int) PARTITION BY LIST (a);\n";

/// Halves. `#` stands for the number of the file.
const HALVES: &[&str] = &[
    // What says where it lands, and what it finds.
    "CREATE TABLE t# (a int PRIMARY KEY, b text);",
    "CREATE TABLE t# (a int);\nCREATE INDEX ON t# (a);",
    "CREATE TABLE found# AS SELECT current_schemas(false)::text AS path, current_setting('work_mem') AS memory, \
     current_user::text AS who, current_setting('lock_timeout') AS patience;",
    "CREATE TABLE found# AS SELECT to_regclass('pg_temp.leak') IS NULL AS no_leak, \
     (SELECT count(*) FROM pg_prepared_statements WHERE name = 'leak') AS prepared, \
     current_setting('app.x', true) IS NULL AS unset;",
    "CREATE VIEW v# AS SELECT count(*) AS n FROM base;",
    "CREATE FUNCTION f#() RETURNS int LANGUAGE sql AS 'SELECT 1';",
    "COMMENT ON TABLE base IS 'file #';",
    "ALTER TABLE base ADD COLUMN c# int;",
    "ALTER TABLE base ADD COLUMN d# text NOT NULL DEFAULT 'x';",
    "CREATE TYPE y# AS ENUM ('a');",
    "INSERT INTO base VALUES (#, 'new');",
    "SELECT currval('numbers');",
    "SELECT nextval('numbers');",
    // What runs code of the user's in an expression.
    "ALTER TABLE base ALTER a TYPE int USING captured(a);",
    "ALTER TABLE base ADD COLUMN e# int DEFAULT captured(#);",
    "ALTER TABLE base ADD COLUMN g# checked DEFAULT #;",
    "ALTER TABLE base ADD COLUMN h# int GENERATED ALWAYS AS (frozen(a)) STORED;",
    "ALTER TABLE base ADD CHECK (captured(a) > 0);",
    "CREATE INDEX ON base (frozen(a));",
    "CREATE INDEX ON base (a) WHERE frozen(a) > 0;",
    "CREATE TABLE part# PARTITION OF lists FOR VALUES IN (frozen(#));",
    "CREATE TABLE t# (a int) PARTITION BY RANGE ((frozen(1)));",
    "CREATE TABLE t# (a int, b int GENERATED ALWAYS AS (frozen(a)) STORED);",
    "CREATE TABLE t# (a int DEFAULT captured(1), CHECK (captured(a) > 0));",
    "CREATE MATERIALIZED VIEW m# AS SELECT captured(1) AS a;",
    "CREATE TRIGGER r# BEFORE INSERT ON base FOR EACH ROW EXECUTE FUNCTION yields();",
    "CREATE EVENT TRIGGER e# ON ddl_command_end EXECUTE FUNCTION seen();",
    "DO $$ BEGIN CREATE EVENT TRIGGER e# ON ddl_command_end EXECUTE FUNCTION public.seen(); END $$;",
    "SELECT captured(1);",
    // What sets something, or leaves something behind.
    "SET search_path = other;",
    "SET search_path = pg_temp, public;\nCREATE TABLE leak (a int);",
    "SET work_mem = '9MB';",
    "SET app.x = 'y';",
    "DO $$ BEGIN PERFORM set_config('app.x', 'y', true); END $$;",
    "SET LOCAL search_path = other;\nCREATE TABLE l# (a int);",
    "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY;",
    "CREATE TEMP TABLE leak (a int);",
    "CREATE TABLE \"pg_temp\".leak (a int);",
    "CREATE FUNCTION pg_temp.base() RETURNS int LANGUAGE sql AS 'SELECT 1';",
    "PREPARE leak AS SELECT 1;",
    "LISTEN leak;",
    "DECLARE leak CURSOR WITH HOLD FOR SELECT 1;",
    "SELECT pg_advisory_lock(#);",
    // What changes the defaults of the sessions to come.
    "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET search_path = other, public', current_database()); END $$;",
    "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I RESET search_path', current_database()); END $$;",
    "DO $$ BEGIN EXECUTE format('ALTER ROLE %I IN DATABASE %I SET work_mem = ''7MB''', current_user, current_database()); END $$;",
    // What fails.
    "SELECT 1 / 0;",
    "CREATE TABLE base (a int);",
];

fn halves() -> impl Strategy<Value = Vec<&'static str>> {
    // Most files define something, as they do in projects; the others stand between them.
    let file = prop_oneof![3 => select(&HALVES[..13]), 4 => select(HALVES)];
    prop::collection::vec(file, 2..12)
}

fn project(halves: &[&str], mode: &str) -> Setup {
    let setup = Setup::new();
    setup.project.migration("0001_beginning.sql", BEGINNING);
    for (index, half) in halves.iter().enumerate() {
        let number = index + 2;
        let half = half.replace('#', &number.to_string());
        setup.project.migration(&format!("{number:04}_file.sql"), &format!("-- migrate:up{mode}\n{half}\n"));
    }
    setup
}

/// Applies all files, one by one, up to the first that fails.
fn one_by_one(setup: &Setup, files: usize) -> Option<Outcome> {
    (0..files).map(|_| setup.run(&["up", "--steps", "1"])).find(|outcome| outcome.code != Some(0))
}

/// What the server said, without what came before.
fn error(outcome: Option<&Outcome>) -> Option<String> {
    let outcome = outcome.filter(|outcome| outcome.code != Some(0))?;
    let error = outcome.stderr.lines().find(|line| line.starts_with("error: "));
    Some(error.unwrap_or(&outcome.stderr).to_owned())
}

/// The rows of every table, the history's included, as far as they do not tell the time.
const ROWS: &str = "SELECT string_agg(n.nspname || '.' || c.relname || ' ' || \
    query_to_xml(format(CASE WHEN c.relkind = 'S' THEN 'SELECT last_value, is_called FROM %I.%I' WHEN c.relname = 'schema_migrations' THEN 'SELECT version, name, checksum FROM %I.%I ORDER BY 1' \
    ELSE 'SELECT * FROM %I.%I ORDER BY 1' END, n.nspname, c.relname), true, true, '')::text, E'\\n' ORDER BY n.nspname, c.relname) \
    FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace \
    WHERE relkind IN ('r', 'm', 'S') AND nspname IN ('public', 'other')";

fn check(halves: &[&str], mode: &str) -> Result<(), TestCaseError> {
    let (alone, together) = (project(halves, mode), project(halves, mode));
    let failed = one_by_one(&alone, halves.len() + 1);
    let outcome = together.up();
    prop_assert_eq!(error(failed.as_ref()), error(Some(&outcome)), "{:?}", halves);
    let diff = alone.pmdb(&["diff", alone.database.url(), together.database.url(), "--strict"]).run();
    prop_assert_eq!(diff.code, Some(0), "{:?}\n{}{}", halves, diff.stdout, diff.stderr);
    let rows = |setup: &Setup| setup.database.value(ROWS);
    prop_assert_eq!(rows(&alone), rows(&together), "{:?}", halves);
    Ok(())
}

/// How many random sets are tried: many by hand, a few each time.
fn cases() -> u32 {
    std::env::var("PMDB_TEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(16)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), failure_persistence: None, max_shrink_iters: 40, ..ProptestConfig::default() })]

    #[test]
    fn any_files_come_to_the_same_one_by_one_and_together(halves in halves()) {
        check(&halves, "")?;
    }
}

/// Each half between two that only define something: what travels in the middle of a message is the most likely to meet
/// others.
#[test]
fn each_half_leaves_those_that_travel_with_it_alone() {
    for half in HALVES {
        let files =
            [HALVES[0], HALVES[0], HALVES[0], half, HALVES[0], HALVES[1], HALVES[2], HALVES[3], HALVES[0]];
        check(&files, "").unwrap_or_else(|error| panic!("{half}\n{error}"));
    }
}

#[test]
fn new_defaults_of_the_database_hold_for_the_next_file_also_outside_of_transactions() {
    let change = "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET search_path = other, public', current_database()); END $$;";
    for mode in ["", " transaction:false"] {
        check(&[HALVES[0], change, HALVES[0], HALVES[2], HALVES[0]], mode)
            .unwrap_or_else(|error| panic!("{error}"));
    }
}

#[test]
fn a_half_with_a_copy_leaves_those_that_come_after_it_alone() {
    let copy =
        "CREATE TABLE copied (a int);\nSET search_path = other;\nCOPY public.copied FROM stdin;\n1\n\\.\n";
    let change = "COPY base (a) FROM stdin;\n7\n\\.\n\
                  DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET search_path = other', current_database()); END $$;";
    check(&[HALVES[0], copy, HALVES[0], change, HALVES[0], HALVES[2]], "")
        .unwrap_or_else(|error| panic!("{error}"));
}
