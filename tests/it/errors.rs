//! Errors of the server: where they are, what is said about them, and what became of the transaction.

use insta::assert_snapshot;

use crate::support::Setup;

/// What `up` says of a file that fails, after a look that the database is as before.
fn failure(name: &str, content: &str) -> String {
    let setup = Setup::with(&[(name, content)]);
    let outcome = setup.up().fails(1);
    assert_eq!(setup.states(), format!("{} pending", &name[..4]));
    let left = "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace \
                AND relname NOT LIKE 'schema_migrations%'";
    assert_eq!(setup.database.value(left), "0");
    assert_eq!(outcome.stdout, "");
    outcome.filtered().split_once("----- stderr\n").unwrap().1.to_owned()
}

#[test]
fn an_error_shows_file_line_column_caret_and_what_became_of_the_transaction() {
    let text = failure(
        "0001_a.sql",
        "-- migrate:up\nCREATE TABLE a (id int);\nCREATE TABLE b (\n  id int,\n  a_id uuid REFERENCES aa(id)\n);\n",
    );
    assert_snapshot!(text, @r#"
    error: migrations/0001_a.sql:3:1: relation "aa" does not exist
      |
    3 | CREATE TABLE b (
      | ^
    SQLSTATE: 42P01
    The transaction was rolled back: nothing of 0001 a remains.
    database: [DATABASE] on [SOCKET_DIR]/.s.PGSQL.[PORT] as postgres
    "#);
}

#[test]
fn a_syntax_error_shows_its_place() {
    assert_snapshot!(failure("0001_a.sql", "-- migrate:up\nCREATE TABLE a (id int);\n  CREATE TABEL b ();\n"), @r#"
    error: migrations/0001_a.sql:3:10: syntax error at or near "TABEL"
      |
    3 |   CREATE TABEL b ();
      |          ^
    SQLSTATE: 42601
    The transaction was rolled back: nothing of 0001 a remains.
    database: [DATABASE] on [SOCKET_DIR]/.s.PGSQL.[PORT] as postgres
    "#);
}

#[test]
fn characters_of_several_bytes_before_the_place_count_once() {
    assert_snapshot!(
        failure("0001_a.sql", "-- migrate:up\n-- größer 😀\nSELECT 'äöü😀', nope, 1;\n"),
        @r#"
    error: migrations/0001_a.sql:3:16: column "nope" does not exist
      |
    3 | SELECT 'äöü😀', nope, 1;
      |                ^
    SQLSTATE: 42703
    The transaction was rolled back: nothing of 0001 a remains.
    database: [DATABASE] on [SOCKET_DIR]/.s.PGSQL.[PORT] as postgres
    "#
    );
}

#[test]
fn a_file_with_crlf_and_a_byte_order_mark_has_the_same_lines_and_columns() {
    assert_snapshot!(
        failure("0001_a.sql", "\u{feff}-- migrate:up\r\nSELECT 1;\r\n\r\nSELECT 'ä',\r\n  nope;\r\n"),
        @r#"
    error: migrations/0001_a.sql:5:3: column "nope" does not exist
      |
    5 |   nope;
      |   ^
    SQLSTATE: 42703
    The transaction was rolled back: nothing of 0001 a remains.
    database: [DATABASE] on [SOCKET_DIR]/.s.PGSQL.[PORT] as postgres
    "#
    );
}

#[test]
fn a_file_whose_lines_end_with_cr_alone_shows_the_line_of_the_error() {
    assert_snapshot!(failure("0001_a.sql", "-- migrate:up\rSELECT 1;\rSELECT nope;\r"), @r#"
    error: migrations/0001_a.sql:3:8: column "nope" does not exist
      |
    3 | SELECT nope;
      |        ^
    SQLSTATE: 42703
    The transaction was rolled back: nothing of 0001 a remains.
    database: [DATABASE] on [SOCKET_DIR]/.s.PGSQL.[PORT] as postgres
    "#);
}

#[test]
fn an_error_without_a_position_points_at_its_statement() {
    assert_snapshot!(
        failure("0001_a.sql", "-- migrate:up\nCREATE TABLE a ();\n;;\n/* the same */ CREATE TABLE b ();\n\n  CREATE TABLE a ();\nSELECT 1;\n"),
        @r#"
    error: migrations/0001_a.sql:6:3: relation "a" already exists
      |
    6 |   CREATE TABLE a ();
      |   ^
    SQLSTATE: 42P07
    The transaction was rolled back: nothing of 0001 a remains.
    database: [DATABASE] on [SOCKET_DIR]/.s.PGSQL.[PORT] as postgres
    hint: if the database was built without pmdb, `pmdb baseline VERSION` records the migrations up to that version as applied, and runs nothing
    "#
    );
}

#[test]
fn a_duplicate_key_shows_its_detail() {
    assert_snapshot!(
        failure(
            "0001_a.sql",
            "-- migrate:up\nCREATE TABLE a (id int PRIMARY KEY);\nINSERT INTO a VALUES (1);\nINSERT INTO a\nVALUES (1);\n"
        ),
        @r#"
    error: migrations/0001_a.sql:4:1: duplicate key value violates unique constraint "a_pkey"
      |
    4 | INSERT INTO a
      | ^
    SQLSTATE: 23505
    DETAIL: Key (id)=(1) already exists.
    The transaction was rolled back: nothing of 0001 a remains.
    database: [DATABASE] on [SOCKET_DIR]/.s.PGSQL.[PORT] as postgres
    "#
    );
}

#[test]
fn a_division_by_zero_points_at_its_statement() {
    assert_snapshot!(failure("0001_a.sql", "-- migrate:up\nSELECT 1;\nSELECT 1/0;\n"), @r#"
    error: migrations/0001_a.sql:3:1: division by zero
      |
    3 | SELECT 1/0;
      | ^
    SQLSTATE: 22012
    The transaction was rolled back: nothing of 0001 a remains.
    database: [DATABASE] on [SOCKET_DIR]/.s.PGSQL.[PORT] as postgres
    "#);
}

#[test]
fn what_a_block_raises_is_shown_with_hint_detail_and_context() {
    assert_snapshot!(
        failure(
            "0001_a.sql",
            "-- migrate:up\nSELECT 1;\nDO $$\nBEGIN\n  RAISE EXCEPTION 'not today' USING HINT = 'try tomorrow', DETAIL = 'it rains', ERRCODE = 'P0999';\nEND\n$$;\n"
        ),
        @r#"
    error: migrations/0001_a.sql:5:3: not today
      |
    5 |   RAISE EXCEPTION 'not today' USING HINT = 'try tomorrow', DETAIL = 'it rains', ERRCODE = 'P0999';
      |   ^
    SQLSTATE: P0999
    DETAIL: it rains
    HINT: try tomorrow
    CONTEXT: PL/pgSQL function inline_code_block line 3 at RAISE
    The transaction was rolled back: nothing of 0001 a remains.
    database: [DATABASE] on [SOCKET_DIR]/.s.PGSQL.[PORT] as postgres
    "#
    );
}

#[test]
fn an_error_inside_a_function_points_at_the_call_and_shows_the_query_in_the_context() {
    assert_snapshot!(
        failure(
            "0001_a.sql",
            "-- migrate:up\nCREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN (SELECT nope FROM nowhere); END $$;\nSELECT\n  f();\n"
        ),
        @r#"
    error: migrations/0001_a.sql:3:1: relation "nowhere" does not exist
      |
    3 | SELECT
      | ^
    SQLSTATE: 42P01
    QUERY: (SELECT nope FROM nowhere)
    CONTEXT: PL/pgSQL function f() line 1 at RETURN
    The transaction was rolled back: nothing of 0001 a remains.
    database: [DATABASE] on [SOCKET_DIR]/.s.PGSQL.[PORT] as postgres
    "#
    );
}

#[test]
fn the_place_is_right_in_the_segment_behind_a_copy() {
    assert_snapshot!(
        failure(
            "0001_a.sql",
            "-- migrate:up\nCREATE TABLE a (t text);\nCOPY a FROM stdin;\nä\nb\n\\.\nSELECT 1;\nSELECT 'ü', nope;\n"
        ),
        @r#"
    error: migrations/0001_a.sql:8:13: column "nope" does not exist
      |
    8 | SELECT 'ü', nope;
      |             ^
    SQLSTATE: 42703
    The transaction was rolled back: nothing of 0001 a remains.
    database: [DATABASE] on [SOCKET_DIR]/.s.PGSQL.[PORT] as postgres
    "#
    );
}

#[test]
fn the_statement_is_right_in_the_segment_behind_a_copy() {
    assert_snapshot!(
        failure(
            "0001_a.sql",
            "-- migrate:up\nCREATE TABLE a (t text);\nCOPY a FROM stdin;\nb\n\\.\nSELECT 1;\nSELECT 1/0;\n"
        ),
        @r#"
    error: migrations/0001_a.sql:7:1: division by zero
      |
    7 | SELECT 1/0;
      | ^
    SQLSTATE: 22012
    The transaction was rolled back: nothing of 0001 a remains.
    database: [DATABASE] on [SOCKET_DIR]/.s.PGSQL.[PORT] as postgres
    "#
    );
}

#[test]
fn the_place_is_right_behind_a_change_of_the_reading_of_strings() {
    assert_snapshot!(
        failure(
            "0001_a.sql",
            "-- migrate:up\nSELECT 1;\nSET standard_conforming_strings = off;\nSELECT 'it\\'s';\nSELECT 'a\\'b', nope;\n"
        ),
        @r#"
    warning: nonstandard use of \' in a string literal
    warning: nonstandard use of \' in a string literal
    error: migrations/0001_a.sql:5:16: column "nope" does not exist
      |
    5 | SELECT 'a\'b', nope;
      |                ^
    SQLSTATE: 42703
    The transaction was rolled back: nothing of 0001 a remains.
    database: [DATABASE] on [SOCKET_DIR]/.s.PGSQL.[PORT] as postgres
    "#
    );
}

#[test]
fn an_error_in_copied_data_shows_the_line_of_the_data() {
    assert_snapshot!(
        failure(
            "0001_a.sql",
            "-- migrate:up\nCREATE TABLE a (id int, t text);\nCOPY a FROM stdin;\n1\tone\n2\ttwo\nthree\tthree\n\\.\n"
        ),
        @r#"
    error: migrations/0001_a.sql:6:1: invalid input syntax for type integer: "three"
      |
    6 | three	three
      | ^
    SQLSTATE: 22P02
    CONTEXT: COPY a, line 3, column id: "three"
    The transaction was rolled back: nothing of 0001 a remains.
    database: [DATABASE] on [SOCKET_DIR]/.s.PGSQL.[PORT] as postgres
    "#
    );
}

#[test]
fn an_error_of_the_copy_statement_itself_shows_its_place() {
    assert_snapshot!(
        failure("0001_a.sql", "-- migrate:up\nSELECT 1;\n  COPY nowhere (a) FROM stdin;\nDROP TABLE x;\n\\.\n"),
        @r#"
    error: migrations/0001_a.sql:3:3: relation "nowhere" does not exist
      |
    3 |   COPY nowhere (a) FROM stdin;
      |   ^
    SQLSTATE: 42P01
    The transaction was rolled back: nothing of 0001 a remains.
    database: [DATABASE] on [SOCKET_DIR]/.s.PGSQL.[PORT] as postgres
    "#
    );
}

#[test]
fn a_deferred_constraint_that_fails_at_commit_rolls_all_back() {
    assert_snapshot!(
        failure(
            "0001_a.sql",
            "-- migrate:up\nCREATE TABLE a (id int PRIMARY KEY, next int REFERENCES a DEFERRABLE INITIALLY DEFERRED);\nINSERT INTO a VALUES (1, 2);\n"
        ),
        @r#"
    error: migrations/0001_a.sql: at COMMIT: insert or update on table "a" violates foreign key constraint "a_next_fkey"
    SQLSTATE: 23503
    DETAIL: Key (next)=(2) is not present in table "a".
    The transaction was rolled back: nothing of 0001 a remains.
    database: [DATABASE] on [SOCKET_DIR]/.s.PGSQL.[PORT] as postgres
    hint: what is deferred runs at COMMIT; `SET CONSTRAINTS ALL IMMEDIATE;` in the file runs it there, and the error names that line
    "#
    );
}

#[test]
fn files_before_the_failing_one_stay_and_files_behind_it_do_not_begin() {
    let setup = Setup::with(&[
        ("0001_a.sql", "-- migrate:up\nCREATE TABLE a ();\n"),
        ("0002_b.sql", "-- migrate:up\nCREATE TABLE b ();\nSELECT nope;\n"),
        ("0003_c.sql", "-- migrate:up\nCREATE TABLE c ();\n"),
    ]);
    let outcome = setup.up().fails(1);
    assert_snapshot!(outcome.filtered(), @r#"
    exit code: 1
    ----- stdout
    ----- stderr
    applied 0001 a ([DURATION])
    error: migrations/0002_b.sql:3:8: column "nope" does not exist
      |
    3 | SELECT nope;
      |        ^
    SQLSTATE: 42703
    The transaction was rolled back: nothing of 0002 b remains.
    Before it, 1 migration was applied and stays so.
    database: [DATABASE] on [SOCKET_DIR]/.s.PGSQL.[PORT] as postgres
    "#);
    assert_eq!(setup.states(), "0001 applied, 0002 pending, 0003 pending");
    setup.project.migration("0002_b.sql", "-- migrate:up\nCREATE TABLE b ();\n");
    setup.up().success();
    assert_eq!(setup.states(), "0001 applied, 0002 applied, 0003 applied");
}

#[test]
fn a_syntax_error_is_told_of_its_own_file_and_the_files_before_it_stay() {
    let setup = Setup::with(&[
        ("0001_a.sql", "-- migrate:up\nCREATE TABLE a ();\n"),
        ("0002_b.sql", "-- migrate:up\nCREATE TABLE b ();\n"),
        ("0003_c.sql", "-- migrate:up\nCREATE TABLE c ();\n  CREATE TABEL d ();\n"),
    ]);
    let outcome = setup.up().fails(1);
    assert_snapshot!(outcome.filtered(), @r#"
    exit code: 1
    ----- stdout
    ----- stderr
    applied 0001 a ([DURATION])
    applied 0002 b ([DURATION])
    error: migrations/0003_c.sql:3:10: syntax error at or near "TABEL"
      |
    3 |   CREATE TABEL d ();
      |          ^
    SQLSTATE: 42601
    The transaction was rolled back: nothing of 0003 c remains.
    Before it, 2 migrations were applied and stay so.
    database: [DATABASE] on [SOCKET_DIR]/.s.PGSQL.[PORT] as postgres
    "#);
    assert_eq!(setup.states(), "0001 applied, 0002 applied, 0003 pending");
}

#[test]
fn an_error_in_a_down_half_shows_its_place_and_leaves_the_migration_applied() {
    let setup = Setup::with(&[(
        "0001_a.sql",
        "-- migrate:up\nCREATE TABLE a ();\n-- migrate:down\nDROP TABLE a;\nDROP TABLE b;\n",
    )]);
    setup.up().success();
    assert_snapshot!(setup.run(&["down"]).fails(1).filtered(), @r#"
    exit code: 1
    ----- stdout
    ----- stderr
    error: migrations/0001_a.sql:5:1: table "b" does not exist
      |
    5 | DROP TABLE b;
      | ^
    SQLSTATE: 42P01
    The transaction was rolled back: 0001 a is still applied.
    database: [DATABASE] on [SOCKET_DIR]/.s.PGSQL.[PORT] as postgres
    "#);
    assert_eq!(setup.states(), "0001 applied");
    assert_eq!(setup.database.value("SELECT to_regclass('a') IS NOT NULL"), "t");
}

#[test]
fn an_error_in_a_down_half_from_the_history_shows_its_line_there() {
    let setup = Setup::with(&[(
        "0001_a.sql",
        "-- migrate:up\nCREATE TABLE a ();\n-- migrate:down\nDROP TABLE a;\nSELECT 'ä', nope;\n",
    )]);
    setup.up().success();
    std::fs::remove_file(setup.project.path().join("migrations/0001_a.sql")).unwrap();
    assert_snapshot!(setup.run(&["down", "--stored"]).fails(1).filtered(), @r#"
    exit code: 1
    ----- stdout
    ----- stderr
    error: <history of 0001>:3:13: column "nope" does not exist
      |
    3 | SELECT 'ä', nope;
      |             ^
    SQLSTATE: 42703
    The transaction was rolled back: 0001 a is still applied.
    database: [DATABASE] on [SOCKET_DIR]/.s.PGSQL.[PORT] as postgres
    "#);
    assert_eq!(setup.states(), "0001 file missing");
}

#[test]
fn json_gives_file_line_column_and_the_server_s_fields() {
    let setup = Setup::with(&[
        ("0001_a.sql", "-- migrate:up\nCREATE TABLE a ();\n"),
        ("0002_b.sql", "-- migrate:up\nCREATE TABLE b ();\nSELECT 'ä',\n  nope;\n"),
    ]);
    let outcome = setup.run(&["up", "--json"]).fails(1);
    let answer = outcome.json();
    assert_eq!(
        (&answer["command"], &answer["outcome"], &answer["exit"]),
        (&"up".into(), &"error".into(), &1.into())
    );
    assert_eq!(answer["steps"][0]["version"], "0001");
    let error = &answer["error"];
    assert_eq!(error["code"], "migration");
    assert_eq!(error["location"]["file"], "migrations/0002_b.sql");
    assert_eq!((&error["location"]["line"], &error["location"]["column"]), (&4.into(), &3.into()));
    assert_eq!(error["server"]["sqlstate"], "42703");
    assert_eq!(error["server"]["message"], "column \"nope\" does not exist");
    assert_eq!(error["aftermath"]["state"], "rolled_back");
    assert!(!outcome.stderr.contains("error"), "{}", outcome.stderr);
}

#[test]
fn a_line_of_a_megabyte_is_shown_around_the_place_only() {
    let long = "x".repeat(1 << 20);
    let text = failure("0001_a.sql", &format!("-- migrate:up\nSELECT '{long}', nope, '{long}';\n"));
    assert!(text.len() < 2000, "{} bytes", text.len());
    assert!(text.contains("', nope, '") && text.contains("0001_a.sql:2:1048588:"), "{text}");
}

/// The first line of the error of a file: where, and what.
fn first_line(content: &str) -> String {
    let setup = Setup::with(&[("0001_a.sql", content)]);
    let text = setup.up().fails(1).stderr;
    text.lines().next().unwrap().trim_start_matches("error: migrations/0001_a.sql:").to_owned()
}

#[test]
fn an_error_inside_a_body_points_at_its_line_however_the_half_runs() {
    let misspelled = "DECLARE n int;\nBEGIN\n  n := 1;\n  IF n = 1 THEM\n    n := 2;\n  END IF;\nEND";
    let unknown = "\nBEGIN\n  PERFORM 1;\n  PERFORM nosuch(1);\nEND";
    for (statement, place) in [
        (format!("DO $$\n{misspelled} $$;"), r#"8:11: missing "THEN" at end of SQL expression"#),
        (format!("DO '\n{misspelled} ';"), r#"8:11: missing "THEN" at end of SQL expression"#),
        (format!("DO $${unknown} $$;"), "6:3: function nosuch(integer) does not exist"),
        (format!("DO LANGUAGE plpgsql $x${unknown} $x$;"), "6:3: function nosuch(integer) does not exist"),
        (
            "CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $f$\nBEGIN\n  RETRN 1;\nEND $f$;".to_owned(),
            r#"5:3: syntax error at or near "RETRN""#,
        ),
        (
            "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $f$\n  SELECT 'é';\n  SELECT x FROM nowhere;\n$f$;".to_owned(),
            r#"5:17: relation "nowhere" does not exist"#,
        ),
        (
            "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS '\n  SELECT ''a'';\n  SELECT x FROM nowhere;\n';".to_owned(),
            r#"5:17: relation "nowhere" does not exist"#,
        ),
    ] {
        for marker in ["-- migrate:up", "-- migrate:up transaction:false"] {
            assert_eq!(first_line(&format!("{marker}\nSELECT 1;\n{statement}\n")), place, "{marker} {statement}");
        }
    }
}

#[test]
fn a_deferred_constraint_is_said_to_fail_at_commit_and_how_its_line_is_found() {
    let tables = "CREATE TABLE p (id int PRIMARY KEY);\n\
        CREATE TABLE c (pid int REFERENCES p DEFERRABLE INITIALLY DEFERRED);\n";
    assert_snapshot!(failure("0001_a.sql", &format!("-- migrate:up\n{tables}INSERT INTO c VALUES (5);\n")), @r#"
    error: migrations/0001_a.sql: at COMMIT: insert or update on table "c" violates foreign key constraint "c_pid_fkey"
    SQLSTATE: 23503
    DETAIL: Key (pid)=(5) is not present in table "p".
    The transaction was rolled back: nothing of 0001 a remains.
    database: [DATABASE] on [SOCKET_DIR]/.s.PGSQL.[PORT] as postgres
    hint: what is deferred runs at COMMIT; `SET CONSTRAINTS ALL IMMEDIATE;` in the file runs it there, and the error names that line
    "#);
    let immediate = format!(
        "-- migrate:up\n{tables}SET CONSTRAINTS ALL IMMEDIATE;\nINSERT INTO c VALUES (5);\nSELECT 1;\n"
    );
    assert!(
        first_line(&immediate).starts_with("5:1: insert or update on table"),
        "{}",
        first_line(&immediate)
    );
}

#[test]
fn what_the_same_file_still_works_on_is_not_blamed_on_other_sessions() {
    let tables = "CREATE TABLE p (id int PRIMARY KEY);\n\
        CREATE TABLE c (pid int REFERENCES p DEFERRABLE INITIALLY DEFERRED);\n\
        INSERT INTO p VALUES (1);\nINSERT INTO c VALUES (1);\n";
    assert_snapshot!(failure("0001_a.sql", &format!("-- migrate:up\n{tables}ALTER TABLE c ADD x int;\n")), @r#"
    error: migrations/0001_a.sql:6:1: cannot ALTER TABLE "c" because it has pending trigger events
      |
    6 | ALTER TABLE c ADD x int;
      | ^
    SQLSTATE: 55006
    The transaction was rolled back: nothing of 0001 a remains.
    database: [DATABASE] on [SOCKET_DIR]/.s.PGSQL.[PORT] as postgres
    hint: what began before it in the same transaction still works on it: `SET CONSTRAINTS ALL IMMEDIATE;` before it runs what is deferred, CLOSE ends a cursor; or give it a file of its own
    "#);
    let advised =
        format!("-- migrate:up\n{tables}SET CONSTRAINTS ALL IMMEDIATE;\nALTER TABLE c ADD x int;\n");
    Setup::with(&[("0001_a.sql", &advised)]).up().success();
}

#[test]
fn an_invisible_character_is_named_where_it_is_the_cause() {
    for (statement, hint) in [
        ("CREATE TABLE\u{a0}t (id int);", "at column 13 stands U+00A0 (no-break space)"),
        ("CREATE TABLE t (id int\u{200b});", "at column 23 stands U+200B (zero width space)"),
        ("\u{200b}CREATE TABLE t (id int);", "at column 1 stands U+200B"),
        ("SELECT 1 AS a,\u{2003}b;", "at column 15 stands U+2003"),
    ] {
        let setup = Setup::with(&[("0001_a.sql", &format!("-- migrate:up\n{statement}\n"))]);
        let outcome = setup.up().fails(1);
        assert!(outcome.stderr.contains(hint), "{}", outcome.stderr);
    }
    let setup = Setup::with(&[("0001_a.sql", "-- migrate:up\nSELECT 'a\u{a0}b', c;\n")]);
    assert!(!setup.up().fails(1).stderr.contains("stands U+"));
}

#[test]
fn a_subscription_without_a_slot_is_dropped_in_a_transaction() {
    let create = "CREATE SUBSCRIPTION {s} CONNECTION 'dbname=x' PUBLICATION p \
        WITH (connect = false, slot_name = NONE, enabled = false, create_slot = false)";
    let setup = Setup::new();
    let name = format!("s_{}", setup.database.name());
    let create = create.replace("{s}", &name);
    setup.project.migration(
        "0001_s.sql",
        &format!("-- migrate:up\n{create};\n-- migrate:down\nDROP SUBSCRIPTION {name};\n"),
    );
    setup.up().success();
    setup.run(&["down"]).success();
    assert_eq!(
        setup.database.value(&format!("SELECT count(*) FROM pg_subscription WHERE subname = '{name}'")),
        "0"
    );
    setup.project.migration("0001_s.sql", &format!("-- migrate:up\n{create};\n-- migrate:down\nALTER SUBSCRIPTION {name} SET (slot_name = 'x');\nDROP SUBSCRIPTION {name};\n"));
    setup.up().success();
    let outcome = setup.run(&["down"]).fails(1);
    assert!(outcome.stderr.contains("transaction:false"), "{}", outcome.stderr);
    setup
        .database
        .sql(&format!("ALTER SUBSCRIPTION {name} SET (slot_name = NONE); DROP SUBSCRIPTION {name}"));
}

#[test]
fn a_statement_that_a_block_has_put_together_is_shown() {
    let loop_over = "CREATE TABLE users ();\nDO $$\nDECLARE name text;\nBEGIN\n  FOREACH name IN ARRAY ARRAY['name', 'order'] LOOP\n    \
        EXECUTE 'ALTER TABLE users ADD COLUMN ' || name || ' text';\n  END LOOP;\nEND $$;\n";
    assert_snapshot!(failure("0001_a.sql", &format!("-- migrate:up\n{loop_over}")), @r#"
    error: migrations/0001_a.sql:7:5: syntax error at or near "order"
      |
    7 |     EXECUTE 'ALTER TABLE users ADD COLUMN ' || name || ' text';
      |     ^
    SQLSTATE: 42601
    QUERY: ALTER TABLE users ADD COLUMN order text
    CONTEXT: PL/pgSQL function inline_code_block line 5 at EXECUTE
    The transaction was rolled back: nothing of 0001 a remains.
    database: [DATABASE] on [SOCKET_DIR]/.s.PGSQL.[PORT] as postgres
    "#);
    let setup = Setup::with(&[("0001_a.sql", &format!("-- migrate:up\n{loop_over}"))]);
    let json = setup.run(&["up", "--json"]).fails(1).json();
    assert_eq!(json["error"]["server"]["query"], "ALTER TABLE users ADD COLUMN order text", "{json}");
}

#[test]
fn what_a_deferred_trigger_raises_is_said_to_fail_at_commit_or_with_its_statement() {
    let trigger = "CREATE TABLE t (a int);\n\
        CREATE FUNCTION chk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'not allowed: %', NEW.a; END $$;\n\
        CREATE CONSTRAINT TRIGGER ct AFTER INSERT ON t DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION chk();\n\
        INSERT INTO t VALUES (7);\n";
    for (marker, line) in [
        ("-- migrate:up", " at COMMIT: not allowed: 7"),
        ("-- migrate:up transaction:false", "5:1: not allowed: 7"),
    ] {
        assert_eq!(first_line(&format!("{marker}\n{trigger}")), line);
    }
}

#[test]
fn an_error_in_what_a_statement_has_the_server_build_anew_is_shown_at_that_statement() {
    // The server counts in the text of the index, which could be any place of the file.
    let index = format!("CREATE INDEX ON t (id) WHERE note <> '{}' AND name LIKE 'x%';", "a".repeat(200));
    let failed = failure(
        "0001_a.sql",
        &format!(
            "-- migrate:up\nCREATE TABLE t (id int, name text, note text); {index}\nCREATE TABLE before ();\n\
             ALTER TABLE t ALTER name TYPE int USING 1;\nCREATE TABLE after (name text);\nCREATE TABLE last ();\n"
        ),
    );
    assert!(failed.starts_with("error: migrations/0001_a.sql:4:1: operator does not exist"), "{failed}");
}
