//! No secret that stands in a file is shown by any command, nor kept in the history.

use std::fs;

use pmdb::migration::sql::secrets::{MASK, is_masked, masked, spans};
use pmdb::migration::sql::{Lexer, StandardStrings, TokenKind};
use proptest::prelude::*;
use proptest::sample::select;

use crate::support::{Outcome, Setup};

const SECRET: &str = "hunter2_hunter2";

/// Statements that run, each with the secret. `{r}` is the name of a role.
const STATEMENTS: &[&str] = &[
    "CREATE ROLE {r} LOGIN PASSWORD 'hunter2_hunter2'",
    "CREATE USER {r} ENCRYPTED PASSWORD E'hunter2_hunter2' VALID UNTIL 'infinity'",
    "CREATE ROLE {r} PASSWORD U&'hunter2_hunter2'",
    "CREATE ROLE {r} PASSWORD $$hunter2_hunter2$$",
    "CREATE ROLE {r} PASSWORD 'hunter2_'\n'hunter2_hunter2'",
    "DO $$ BEGIN CREATE ROLE {r} PASSWORD 'hunter2_hunter2'; END $$",
    "DO $$ BEGIN EXECUTE format('CREATE ROLE {r} PASSWORD %L', 'hunter2_hunter2'); END $$",
    "DO 'BEGIN CREATE ROLE {r} PASSWORD ''hunter2_hunter2''; END'",
    "CREATE FUNCTION f() RETURNS void LANGUAGE sql AS $f$ ALTER ROLE CURRENT_USER PASSWORD 'hunter2_hunter2' $f$",
    "CREATE FOREIGN DATA WRAPPER w OPTIONS (api_token 'hunter2_hunter2')",
    "CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w OPTIONS (secret_key 'hunter2_hunter2')",
    "CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w; \
     CREATE USER MAPPING FOR CURRENT_USER SERVER s OPTIONS (\"user\" 'u', password 'hunter2_hunter2')",
    "CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w; \
     CREATE FOREIGN TABLE t (a int OPTIONS (password 'hunter2_hunter2')) SERVER s OPTIONS (passwd 'hunter2_hunter2')",
    "CREATE SUBSCRIPTION s CONNECTION 'host=nowhere password=hunter2_hunter2' PUBLICATION p WITH (connect = false)",
    "CREATE SUBSCRIPTION s CONNECTION 'postgresql://u:hunter2_hunter2@nowhere/d' PUBLICATION p WITH (connect = false)",
    "CREATE SUBSCRIPTION s CONNECTION 'postgresql://nowhere/d?password=hunter2_hunter2' PUBLICATION p WITH (connect = false)",
    "SELECT 'postgresql://nowhere/d?sslmode=disable&password=hunter2_hunter2&user=u'",
    "SELECT 'Server=nowhere;Uid=u;Password=hunter2_hunter2;Timeout=3'",
    "SET app.jwt_secret = 'hunter2_hunter2'",
    "SELECT set_config('app.token', 'hunter2_hunter2', true)",
    "CREATE TABLE t (password text); UPDATE t SET password = 'hunter2_hunter2'",
    "SELECT 1 -- postgres://u:hunter2_hunter2@h/d",
];

#[track_caller]
fn shows_nothing(outcome: &Outcome, what: &str) {
    let shown = format!("{}{}", outcome.stdout, outcome.stderr);
    assert!(!shown.contains("hunter2"), "{what}\n{shown}");
}

/// Each statement with a setup of its own, and with a role that goes with it.
fn with_each(test: impl Fn(&Setup, &str)) {
    for statement in STATEMENTS {
        let setup = Setup::new();
        let role = format!("{}_role", setup.database.name());
        test(&setup, &statement.replace("{r}", &role));
        undo(&setup);
    }
}

/// The texts that the history keeps.
fn stored(setup: &Setup) -> String {
    setup
        .database
        .value("SELECT coalesce(string_agg(concat(up_sql, down_sql), ' '), '') FROM schema_migrations")
}

#[test]
fn a_statement_that_fails_shows_no_secret() {
    with_each(|setup, statement| {
        for (marker, behind) in [
            ("-- migrate:up", "; SELECT nothing_of_the_kind;"),
            ("-- migrate:up transaction:false", "; SELECT nothing_of_the_kind;"),
            ("-- migrate:up", " OOPS;"),
            ("-- migrate:up", ";\n(SELECT 'open;"),
        ] {
            // A comment that is in the way of what is after it ends.
            let line = if statement.contains("--") { "\n" } else { "" };
            setup.project.migration("0001_a.sql", &format!("{marker}\n{statement}{line}{behind}\n"));
            for args in [
                &["up"][..],
                &["up", "--json"],
                &["up", "--dry-run"],
                &["up", "--dry-run", "--json"],
                &["status"],
            ] {
                shows_nothing(&setup.run(args), &format!("{args:?}: {statement}{behind}"));
            }
            if setup.database.value("SELECT to_regclass('schema_migrations') IS NOT NULL") == "t" {
                assert!(!stored(setup).contains("hunter2"), "{}", stored(setup));
            }
            undo(setup);
        }
    });
}

/// Takes back what the statement has done, and the history of it.
fn undo(setup: &Setup) {
    setup.database.sql("DROP FOREIGN DATA WRAPPER IF EXISTS w CASCADE");
    setup.database.sql("DROP TABLE IF EXISTS schema_migrations, t; DROP FUNCTION IF EXISTS f()");
    setup.database.sql(&format!("DROP ROLE IF EXISTS {}_role", setup.database.name()));
    let subscriptions = "SELECT count(*) FROM pg_subscription JOIN pg_database d ON d.oid = subdbid WHERE datname = current_database()";
    if setup.database.value(subscriptions) == "1" {
        setup.database.sql("ALTER SUBSCRIPTION s SET (slot_name = NONE)");
        setup.database.sql("DROP SUBSCRIPTION s");
    }
}

#[test]
fn the_history_keeps_no_secret_and_says_so() {
    with_each(|setup, statement| {
        let file = format!("-- migrate:up\n{statement}\n;\n-- migrate:down\n{statement}\n;\n");
        setup.project.migration("0001_a.sql", &file);
        shows_nothing(&setup.up().success(), statement);
        let stored = stored(setup);
        assert!(!stored.contains("hunter2") && stored.contains(MASK), "{stored}");
        assert_eq!(setup.states(), "0001 applied");
        // The checksum is that of the text as it is.
        setup.project.migration("0001_a.sql", &file.replacen("hunter2", "hunter3", 1));
        let comment_only = statement.contains("--");
        assert_eq!(setup.states(), if comment_only { "0001 applied" } else { "0001 changed" });
        setup.project.migration(
            "0001_a.sql",
            &file.replacen("hunter2", "hunter3", 1).replacen('\n', "\nSELECT 2;", 1),
        );
        let accepted = setup.run(&["accept", "1"]).success();
        shows_nothing(&accepted, statement);
        assert!(
            !accepted.stdout.contains("hunter3") && accepted.stdout.contains("+SELECT 2;"),
            "{}",
            accepted.stdout
        );
        // What the history holds is not what would undo it.
        fs::remove_file(setup.project.path().join("migrations/0001_a.sql")).unwrap();
        if !comment_only {
            let refused = setup.run(&["down", "--stored"]).fails(1);
            shows_nothing(&refused, statement);
            let why = "error: the down half of 0001 that the history holds cannot be run: the secrets in it are masked";
            assert!(refused.stderr.starts_with(why), "{}", refused.stderr);
            assert!(refused.stderr.contains("restore its file"), "{}", refused.stderr);
            assert_eq!(setup.states(), "0001 file missing");
        }
    });
}

#[test]
fn the_caret_stands_below_its_place_behind_a_mask() {
    let file = "-- migrate:up\nSELECT 1 AS one; SET app.secret = 'hunter2'; SELECT nothing;\n";
    let setup = Setup::with(&[("0001_a.sql", file)]);
    insta::assert_snapshot!(setup.up().fails(1).filtered(), @r#"
    exit code: 1
    ----- stdout
    ----- stderr
    error: migrations/0001_a.sql:2:53: column "nothing" does not exist
      |
    2 | SELECT 1 AS one; SET app.secret = '<masked-by-pmdb>'; SELECT nothing;
      |                                                              ^
    SQLSTATE: 42703
    The transaction was rolled back: nothing of 0001 a remains.
    database: [DATABASE] on [SOCKET_DIR]/.s.PGSQL.[PORT] as postgres
    "#);
}

#[test]
fn accept_says_that_only_a_secret_differs() {
    let setup = Setup::with(&[("0001_a.sql", "-- migrate:up\nSET app.secret = 'hunter2';\n")]);
    setup.up().success();
    setup.project.migration("0001_a.sql", "-- migrate:up\nSET app.secret = 'hunter3';\n");
    insta::assert_snapshot!(setup.run(&["accept", "1"]).success().filtered(), @r"
    exit code: 0
    ----- stdout
    nothing differs but secrets, which are masked in the history
    [DATABASE] on [SOCKET_DIR]/.s.PGSQL.[PORT]: 0001 a is accepted as it is in migrations/0001_a.sql; nothing ran
    ----- stderr
    ");
}

#[test]
fn what_the_server_says_shows_no_secret() {
    let function = "-- migrate:up\nCREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $$ BEGIN\n\
                    ALTER ROLE no_such_role_at_all PASSWORD 'hunter2_hunter2';\nEND $$;\n";
    for (file, shown) in [
        (
            "SELECT f();",
            "CONTEXT: SQL statement \"ALTER ROLE no_such_role_at_all PASSWORD '<masked-by-pmdb>'\"",
        ),
        (
            "CREATE TABLE t (password text CHECK (length(password) > 40));\nINSERT INTO t VALUES (repeat('x', 50));\n\
             UPDATE t SET password = 'hunter2_hunter2';",
            "DETAIL: Failing row contains (<masked-by-pmdb>).",
        ),
        (
            "CREATE TABLE t (password int);\nCOPY t FROM stdin;\nhunter2_hunter2\n\\.\n",
            "CONTEXT: COPY t, line 1, column password: \"<masked-by-pmdb>\"",
        ),
        (
            "DO $$ BEGIN RAISE NOTICE 'ALTER ROLE a PASSWORD ''hunter2_hunter2'''; END $$;\nSELECT nothing;",
            "notice: ALTER ROLE a PASSWORD '<masked-by-pmdb>'",
        ),
    ] {
        let setup =
            Setup::with(&[("0001_f.sql", function), ("0002_a.sql", &format!("-- migrate:up\n{file}\n"))]);
        let outcome = setup.up().fails(1);
        assert!(outcome.stderr.contains(shown), "{file}\n{}", outcome.stderr);
        if !file.contains("COPY") {
            shows_nothing(&outcome, file);
            shows_nothing(&setup.run(&["up", "--json"]).fails(1), file);
        }
    }
}

#[test]
fn a_half_with_a_secret_that_was_broken_off_goes_on() {
    for (behind, is_changed) in [("", false), ("SELECT 2;\n", true)] {
        let file = |secret: &str| {
            format!(
                "-- migrate:up transaction:false\nSET app.secret = '{secret}';\nCREATE INDEX CONCURRENTLY i ON t (a);\nCREATE TABLE behind ();\n"
            )
        };
        let setup = Setup::with(&[("0001_i.sql", &file(SECRET))]);
        setup.database.sql("CREATE TABLE t (a int)");
        let writer = setup.hold("BEGIN; INSERT INTO t VALUES (1)");
        let running = setup.pmdb(&["up"]).spawn();
        setup.wait_for_statement("INDEX CONCURRENTLY i ON");
        running.kill();
        drop(writer);
        setup.wait_until("EXISTS (SELECT FROM pg_index WHERE indexrelid = to_regclass('i') AND indisvalid)");
        assert!(is_masked(&stored(&setup)) && !stored(&setup).contains("hunter2"));
        if is_changed {
            setup.project.migration("0001_i.sql", &(file(SECRET) + behind));
        }
        let outcome = setup.up().success();
        assert!(outcome.stderr.contains("index i is built and valid"), "{}", outcome.stderr);
        shows_nothing(&outcome, behind);
        assert_eq!(setup.states(), "0001 applied");
        assert_eq!(setup.database.value("SELECT to_regclass('behind') IS NOT NULL"), "t");
    }
}

#[test]
fn a_half_with_a_secret_that_failed_goes_on_where_it_stands() {
    let role = |setup: &Setup| format!("{}_role", setup.database.name());
    let setup = Setup::new();
    let file = |last: &str| {
        format!(
            "-- migrate:up transaction:false\nCREATE ROLE {} PASSWORD 'hunter2';\n{last};\n",
            role(&setup)
        )
    };
    setup.project.migration("0001_a.sql", &file("SELECT nothing"));
    setup.up().fails(1);
    assert_eq!(setup.states(), "0001 half applied (1 of 2)");
    setup.project.migration("0001_a.sql", &file("SELECT 1"));
    shows_nothing(&setup.up().success(), "the second try");
    assert_eq!(setup.states(), "0001 applied");
    setup.database.sql(&format!("DROP ROLE {}", role(&setup)));
}

#[test]
fn a_statement_in_flight_is_named_without_its_secret() {
    let setup = Setup::with(&[(
        "0001_c.sql",
        "-- migrate:up transaction:false\nCALL p(password => 'hunter2_hunter2');\n",
    )]);
    setup.database.sql(
        "CREATE TABLE blocked (); CREATE PROCEDURE p(password text) LANGUAGE plpgsql AS \
         $$ BEGIN COMMIT; LOCK TABLE blocked; COMMIT; END $$",
    );
    let held = setup.hold("BEGIN; LOCK TABLE blocked");
    let running = setup.pmdb(&["up"]).spawn();
    setup.wait_for_statement("CALL p(");
    running.kill();
    setup.database.sql(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
         WHERE datname = current_database() AND application_name = 'pmdb'",
    );
    drop(held);
    let outcome = setup.up().fails(4);
    assert!(
        outcome.stderr.contains("(`CALL p(password => '<masked-by-pmdb>')`) was running"),
        "{}",
        outcome.stderr
    );
    shows_nothing(&outcome, "up");
    let resolved = setup.run(&["resolve", "1", "--done"]).success();
    shows_nothing(&resolved, "resolve");
    assert!(resolved.stdout.contains(MASK), "{}", resolved.stdout);
}

#[test]
fn a_difference_shows_no_secret() {
    let file = |secret: &str| {
        format!(
            "-- migrate:up\nCREATE FUNCTION f() RETURNS void LANGUAGE sql AS $$ ALTER ROLE CURRENT_USER PASSWORD '{secret}' $$;\n\
             -- migrate:down\nDROP FUNCTION f();\n"
        )
    };
    let setup = Setup::with(&[("0001_f.sql", &file(SECRET))]);
    setup.up().success();
    let scratch = crate::support::server().url("postgres");
    let drift = |args: &[&str]| setup.run(&[&["drift", "--scratch-url", &scratch], args].concat());
    // What the history keeps is no other function.
    fs::remove_file(setup.project.path().join("migrations/0001_f.sql")).unwrap();
    drift(&[]).success();
    setup.project.migration("0001_f.sql", &file(SECRET));
    setup.database.sql("CREATE OR REPLACE FUNCTION f() RETURNS void LANGUAGE sql AS $$ ALTER ROLE CURRENT_USER PASSWORD 'hunter2_other' $$");
    for args in [&[][..], &["--json"]] {
        let outcome = drift(args).fails(4);
        shows_nothing(&outcome, "drift");
        assert!(outcome.stdout.contains("public.f()"), "{}", outcome.stdout);
    }
}

#[test]
fn a_file_that_cannot_be_read_shows_no_secret() {
    for text in [
        "-- migrate:up\nALTER ROLE a PASSWORD 'hunter2;\n",
        "-- migrate:up\nSELECT (1; ALTER ROLE a PASSWORD 'hunter2';\n",
        "-- migrate:up\nBEGIN; ALTER ROLE a PASSWORD 'hunter2'; COMMIT;\n",
        "ALTER ROLE a PASSWORD 'hunter2';\n-- migrate:up\n",
        "-- migrate:up\nINSERT INTO t VALUES ('it's'); ALTER ROLE a PASSWORD 'hunter2';\n",
        "-- migrate:up\n\\connect postgresql://u:hunter2@h/d\n",
    ] {
        let setup = Setup::with(&[("0001_a.sql", text)]);
        for args in [&["up"][..], &["up", "--json"]] {
            let outcome = setup.run(args);
            assert_ne!(outcome.code, Some(0), "{text}");
            shows_nothing(&outcome, text);
        }
    }
}

const FRAGMENTS: &[&str] = &[
    "PASSWORD ",
    "password=",
    "api_token",
    "\"secret\"",
    "CONNECTION ",
    "'host=h password=",
    "postgres://u:",
    "@h/",
    "ALTER ROLE a ",
    "format(",
    "%L",
    "x",
    "é",
    "'",
    "''",
    "''''",
    "E'",
    "\\",
    "U&'",
    "\"",
    "$$",
    "$a$",
    "$",
    "--",
    "\n",
    "\r\n",
    "/*",
    "*/",
    ";",
    ",",
    " ",
    "=",
    ":=",
    "=>",
    " TO ",
    "(",
    ")",
    "'app.token'",
    "<masked-by-pmdb>",
    "COPY t FROM stdin;",
    "\\.\n",
    "DO ",
    "BEGIN ",
    "END",
];

proptest! {
    #[test]
    fn masking_any_text_leaves_its_lines_and_is_done_once(pieces in prop::collection::vec(select(FRAGMENTS), 0..40)) {
        let text = pieces.concat();
        let once = masked(&text).into_owned();
        prop_assert_eq!(once.matches('\n').count(), text.matches('\n').count());
        for span in spans(text.as_bytes()) {
            prop_assert!(text.get(span).is_some());
        }
        prop_assert!(spans(text.as_bytes()).is_empty() || is_masked(&once));
    }

    #[test]
    fn what_stands_behind_password_in_quotes_is_masked_wherever_it_is(
        before in prop::collection::vec(select(&["SELECT 'a'; ", "-- b\n", "/* ' */ ", "$q$ ' $q$ ", "\"c'\" ", "E'\\'' ", "U&'d' "][..]), 0..6),
        depth in 0..5_usize,
        secret in "[a-z0-9 é;$-]{4,20}Z",
    ) {
        let mut sql = format!("ALTER ROLE a PASSWORD '{secret}' LOGIN");
        for level in 0..depth {
            sql = match level % 2 {
                0 => format!("EXECUTE '{}'", sql.replace('\'', "''")),
                // A tag that no secret holds.
                _ => format!("DO $D{level}$ {sql} $D{level}$"),
            };
        }
        let text = before.concat() + &sql;
        let once = masked(&text).into_owned();
        prop_assert!(!once.contains(&secret), "{}", once);
        prop_assert_eq!(once, text.replace(&secret, MASK));
        let kinds = |text: &str| -> Vec<TokenKind> {
            Lexer::new(text.as_bytes(), 0, text.len(), StandardStrings::On).map(|token| token.kind).collect()
        };
        prop_assert_eq!(kinds(&masked(&text)), kinds(&text));
    }
}

#[test]
fn a_notice_or_an_error_that_repeats_a_secret_of_the_file_shows_none() {
    for half in [
        "SET app.token = 'hunter2_hunter2'; DO $$ BEGIN RAISE NOTICE 'it is %', current_setting('app.token'); END $$;",
        "SET app.token = 'hunter2''hunter2'; DO $$ BEGIN RAISE WARNING 'it is %', current_setting('app.token'); END $$;",
        "SET app.token = 'hunter2''hunter2'; DO $$ BEGIN RAISE 'it is %', current_setting('app.token'); END $$;",
    ] {
        for marker in ["-- migrate:up", "-- migrate:up transaction:false"] {
            let setup = Setup::with(&[("0001_a.sql", &format!("{marker}\n{half}\n"))]);
            let outcome = setup.up();
            shows_nothing(&outcome, half);
            assert!(outcome.stderr.contains(&format!("it is {MASK}")), "{half}\n{}", outcome.stderr);
        }
    }
}

#[test]
fn what_only_compares_with_a_name_that_sounds_secret_still_drifts_and_goes_down() {
    let up = "CREATE TABLE t (id int, token text);\nCREATE INDEX i ON t (id) WHERE token = 'revoked';\n\
        CREATE VIEW v AS SELECT 1 AS a FROM t WHERE token = 'active';\n";
    let down =
        "DELETE FROM t WHERE token IN ('login.password', 'login.title');\nDROP VIEW v; DROP TABLE t;\n";
    let setup = Setup::with(&[("0001_t.sql", &format!("-- migrate:up\n{up}-- migrate:down\n{down}"))]);
    setup.up().success();
    fs::remove_file(setup.project.path().join("migrations/0001_t.sql")).unwrap();
    setup.database.sql("CREATE OR REPLACE VIEW v AS SELECT 1 AS a FROM t WHERE token = 'other'");
    assert!(setup.run(&["drift"]).fails(4).stdout.contains("view public.v"));
    setup.run(&["down", "--stored"]).success();
}
