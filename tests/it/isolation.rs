//! What a file sets in its session ends with the file, and what it does to the history table is found out.

use crate::support::Setup;

/// Shows that the session is as it was: a file that would fail or land elsewhere if anything had leaked.
const NEXT: &str = "-- migrate:up\n\
    DO $$ BEGIN\n\
      IF current_user <> session_user OR session_user <> 'postgres' THEN RAISE 'user %', current_user; END IF;\n\
      IF current_setting('standard_conforming_strings') <> 'on' THEN RAISE 'strings'; END IF;\n\
      IF current_setting('client_encoding') <> 'UTF8' THEN RAISE 'encoding'; END IF;\n\
      IF current_setting('statement_timeout') <> '0' THEN RAISE 'timeout'; END IF;\n\
      IF current_setting('app.leak', true) <> '' THEN RAISE 'leak'; END IF;\n\
      IF current_setting('default_transaction_read_only') <> 'off' THEN RAISE 'read only'; END IF;\n\
      IF EXISTS (SELECT FROM pg_prepared_statements) THEN RAISE 'prepared'; END IF;\n\
      IF EXISTS (SELECT FROM pg_listening_channels()) THEN RAISE 'listening'; END IF;\n\
      IF EXISTS (SELECT FROM pg_cursors WHERE is_holdable) THEN RAISE 'cursor'; END IF;\n\
      IF to_regclass('pg_temp.leak') IS NOT NULL THEN RAISE 'temporary table'; END IF;\n\
    END $$;\n\
    CREATE TABLE next (t text DEFAULT 'ä\\n');\n\
    INSERT INTO next DEFAULT VALUES;\n";

/// What files set.
const SETTINGS: [&str; 13] = [
    "SET search_path = '';",
    "SELECT pg_catalog.set_config('search_path', '', false);",
    "CREATE ROLE {role}; GRANT ALL ON SCHEMA public TO {role}; SET ROLE {role};",
    "CREATE ROLE {role}; GRANT ALL ON SCHEMA public TO {role}; SET SESSION AUTHORIZATION {role};",
    "SET standard_conforming_strings = off; SELECT 'it\\'s';",
    "SET client_encoding = 'LATIN1';",
    "SET NAMES 'SQL_ASCII';",
    "LISTEN leak; DECLARE c CURSOR WITH HOLD FOR SELECT 1;",
    "CREATE TEMPORARY TABLE leak (id int); CREATE TEMPORARY TABLE schema_migrations (id int);",
    "PREPARE leak AS SELECT 1;",
    "SET default_transaction_read_only = on;",
    "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY;",
    "SET statement_timeout = 1; SET app.leak = 'x';",
];

fn does_not_leak(marker: &str, more: &[&str]) {
    for (number, setting) in SETTINGS.iter().chain(more).enumerate() {
        let setup = Setup::new();
        let role = format!("{}_{number}", setup.database.name());
        let setting = setting.replace("{role}", &role).replace("; ", ";\n");
        setup.project.migration("0001_a.sql", &format!("{marker}\n{setting}\n"));
        setup.project.migration("0002_b.sql", NEXT);
        let outcome = setup.up();
        assert_eq!(outcome.code, Some(0), "{setting}\n{}", outcome.stderr);
        assert_eq!(setup.database.value("SELECT t FROM public.next"), "ä\\n", "{setting}");
        assert_eq!(setup.states(), "0001 applied, 0002 applied");
        setup.database.sql(&format!(
            "DO $$ BEGIN IF to_regrole('{role}') IS NOT NULL THEN \
             EXECUTE 'DROP OWNED BY {role}; DROP ROLE {role}'; END IF; END $$"
        ));
    }
}

#[test]
fn nothing_that_a_file_sets_reaches_the_next_file() {
    does_not_leak("-- migrate:up", &["SET TRANSACTION ISOLATION LEVEL SERIALIZABLE;"]);
}

#[test]
fn nothing_that_a_file_outside_a_transaction_sets_reaches_the_next_file() {
    does_not_leak("-- migrate:up transaction:false", &[]);
}

#[test]
fn an_index_over_rows_is_built_with_the_workers_that_the_server_allows() {
    let setup = Setup::with(&[
        (
            "0001_a.sql",
            "-- migrate:up\nCREATE TABLE seen (command text, workers text);\n\
             CREATE FUNCTION see() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN\n\
               INSERT INTO public.seen VALUES (tg_tag, current_setting('max_parallel_maintenance_workers'));\n\
             END $$;\nCREATE EVENT TRIGGER see ON ddl_command_end EXECUTE FUNCTION see();\n",
        ),
        // The first of a message, and the last of all, have nothing in common with others.
        ("0002_b.sql", "-- migrate:up\nCREATE TABLE t (id int);\n"),
        ("0003_c.sql", "-- migrate:up\nCREATE INDEX ON t (id);\n"),
        ("0004_d.sql", "-- migrate:up\nCREATE TABLE u (id int PRIMARY KEY);\n"),
        ("0005_e.sql", "-- migrate:up\nALTER TABLE t ADD PRIMARY KEY (id);\n"),
        ("0006_f.sql", "-- migrate:up\nCREATE TABLE v (id int PRIMARY KEY);\n"),
        ("0007_g.sql", "-- migrate:up\nCREATE UNIQUE INDEX ON u (id);\n"),
        ("0008_h.sql", "-- migrate:up\nCREATE TABLE w (id int PRIMARY KEY);\n"),
    ]);
    setup.up().success();
    let workers =
        "SELECT string_agg(DISTINCT workers, ' ') FROM seen WHERE command IN ('CREATE INDEX', 'ALTER TABLE')";
    assert_eq!(setup.database.value(workers), "2");
}

#[test]
fn what_a_file_sets_holds_for_its_own_later_statements() {
    for marker in ["-- migrate:up", "-- migrate:up transaction:false"] {
        let setup = Setup::with(&[(
            "0001_a.sql",
            &format!(
                "{marker}\nCREATE SCHEMA s;\nSET search_path = s;\nCREATE TABLE t ();\nSET app.x = 'ü';\nCREATE TABLE u AS SELECT current_setting('app.x') AS x;\n"
            ),
        )]);
        setup.up().success();
        assert_eq!(setup.database.value("SELECT x FROM s.u"), "ü");
        assert_eq!(setup.database.value("SELECT to_regclass('s.t') IS NOT NULL"), "t");
    }
}

#[test]
fn a_file_may_choose_its_isolation_level() {
    let file = |table: &str| {
        format!(
            "-- migrate:up\nSET TRANSACTION ISOLATION LEVEL SERIALIZABLE;\n\
             CREATE TABLE {table} AS SELECT current_setting('transaction_isolation') AS level;\n"
        )
    };
    let setup = Setup::with(&[("0001_a.sql", &file("a")), ("0002_b.sql", &file("b"))]);
    setup.up().success();
    assert_eq!(setup.database.value("SELECT a.level || b.level FROM a, b"), "serializableserializable");
}

/// The columns of the history table, for files that make one of the same shape.
const SAME_SHAPE: &str = "(LIKE public.schema_migrations)";

#[test]
fn a_file_that_touches_the_history_table_fails_as_a_whole_and_another_table_is_the_way_out() {
    let same_shape = format!(
        "CREATE TABLE new {SAME_SHAPE};\nDROP TABLE schema_migrations;\nALTER TABLE new RENAME TO schema_migrations;"
    );
    let same_shape_with_key = same_shape.replace(SAME_SHAPE, "(LIKE public.schema_migrations INCLUDING ALL)");
    for change in [
        "DROP TABLE schema_migrations;",
        "DROP TABLE schema_migrations;\nCREATE TABLE schema_migrations (version bigint PRIMARY KEY, dirty boolean NOT NULL);",
        "DROP TABLE schema_migrations;\nCREATE TABLE schema_migrations (id int);",
        "ALTER TABLE schema_migrations RENAME TO old;",
        "ALTER TABLE schema_migrations SET SCHEMA other;",
        "ALTER TABLE schema_migrations RENAME COLUMN checksum TO sum;",
        "DROP TABLE schema_migrations;\nCREATE VIEW schema_migrations AS SELECT 1 AS version;",
        &same_shape,
        &same_shape_with_key,
    ] {
        // By itself, and in a message with others.
        for before in [1, 9] {
            let setup = Setup::new();
            let file = |number: usize, up: &str| {
                setup.project.migration(&format!("{number:04}_x.sql"), &format!("-- migrate:up\n{up}\n"));
            };
            file(1, "CREATE SCHEMA other;");
            (2..=before).for_each(|number| file(number, &format!("CREATE TABLE t_{number} ();")));
            file(before + 1, &format!("CREATE TABLE b ();\n{change}"));
            file(before + 2, "CREATE TABLE behind ();");
            let outcome = setup.up().fails(1);
            assert!(outcome.stderr.contains("--table"), "{change}\n{}", outcome.stderr);
            assert!(outcome.stderr.contains("was rolled back"), "{change}\n{}", outcome.stderr);
            let applied = "SELECT string_agg(version, ' ' ORDER BY version) FROM schema_migrations";
            let expected: Vec<String> = (1..=before).map(|number| format!("{number:04}")).collect();
            assert_eq!(setup.database.value(applied), expected.join(" "), "{change}");
            assert_eq!(setup.database.value("SELECT to_regclass('b') IS NULL"), "t");
        }
    }
}

#[test]
fn with_another_history_table_a_project_may_have_a_schema_migrations_of_its_own() {
    let setup = Setup::with(&[(
        "0001_a.sql",
        "-- migrate:up\nCREATE TABLE schema_migrations (version bigint, dirty boolean);\n-- migrate:down\nDROP TABLE schema_migrations;\n",
    )]);
    let outcome = setup.up().fails(1);
    assert!(outcome.stderr.contains("already exists"), "{}", outcome.stderr);
    setup.database.sql("DROP TABLE schema_migrations");
    for args in [&["up"][..], &["up"], &["status", "--check"], &["down"]] {
        setup.run(&[args, &["--table", "pmdb.history"]].concat()).success();
    }
}
