//! Trouble with servers, files and databases, as a user of the command meets it.

use std::fmt::Write;
use std::io::Read;
use std::net::TcpListener;
use std::os::unix::fs::symlink;
use std::thread;

use crate::support::{Outcome, Setup, server};

/// A password that shows in each form that it can take.
const SECRET: &str = "gEh:e1m/p@ss%wort#ü";
const ENCODED: &str = "gEh%3Ae1m%2Fp%40ss%25wort%23%C3%BC";

/// A screen holds it, it ends with 1, and no form of the password shows.
#[track_caller]
fn one_clear_screen(outcome: Outcome) -> Outcome {
    let outcome = outcome.fails(1);
    let all = format!("{}{}", outcome.stdout, outcome.stderr);
    for secret in [SECRET, ENCODED, "gEh", "wort#", "p@ss"] {
        assert!(!all.contains(secret), "{all}");
    }
    assert!(outcome.stderr.starts_with("error: "), "{all}");
    assert!(outcome.stderr.lines().count() <= 12, "{all}");
    outcome
}

const TABLE: (&str, &str) =
    ("0001_t.sql", "-- migrate:up\nCREATE TABLE t (what text);\n-- migrate:down\nDROP TABLE t;\n");

/// What `up` says of a server at this URL.
#[track_caller]
fn trouble_with(url: &str, expected: &str) {
    let setup = Setup::with(&[TABLE]);
    for command in ["up", "status"] {
        let outcome = one_clear_screen(setup.project.pmdb(&[command, "--url", url]).run());
        assert!(outcome.stderr.contains(expected) && outcome.stderr.contains("hint: "), "{}", outcome.stderr);
    }
    let json = setup.project.pmdb(&["up", "--json"]).env("DATABASE_URL", url).run().fails(1);
    assert!(!json.stdout.contains("gEh") && !json.stdout.contains("wort"), "{}", json.stdout);
    assert_eq!(json.json()["error"]["code"], "connect");
}

#[test]
fn a_wrong_password_is_told_without_it() {
    let port = server().tcp_port();
    trouble_with(
        &format!("postgresql://postgres:{ENCODED}@127.0.0.1:{port}/postgres"),
        "password authentication failed",
    );
}

#[test]
fn a_port_that_nobody_listens_on_is_told() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    trouble_with(&format!("postgresql://al:{ENCODED}@127.0.0.1:{port}/app"), "connection refused");
}

#[test]
fn an_unknown_host_is_told() {
    trouble_with(&format!("postgresql://al:{ENCODED}@nowhere.invalid/app"), "cannot be resolved");
}

#[test]
fn a_server_that_hangs_up_is_told() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let _ = stream.unwrap().read(&mut [0; 8]);
        }
    });
    trouble_with(
        &format!("postgresql://al:{ENCODED}@127.0.0.1:{port}/app"),
        "closed before the login was complete",
    );
}

#[test]
fn tls_that_is_required_and_not_offered_is_told() {
    let port = server().tcp_port();
    trouble_with(
        &format!("postgresql://postgres:{ENCODED}@127.0.0.1:{port}/postgres?sslmode=require"),
        "TLS is required",
    );
}

#[test]
fn a_database_that_does_not_exist_is_told_with_the_way_to_make_it() {
    let url = server().url("nobody_made_this");
    let setup = Setup::with(&[TABLE]);
    let outcome = one_clear_screen(setup.project.pmdb(&["up", "--url", &url]).run());
    assert!(outcome.stderr.contains("pmdb create"), "{}", outcome.stderr);
}

#[test]
fn a_broken_env_file_is_told_without_its_content() {
    let setup = Setup::with(&[TABLE]);
    setup.project.write(".env", format!("DATABASE_URL='postgresql://al:{ENCODED}@h/app\n"));
    let outcome = one_clear_screen(setup.project.pmdb(&["up"]).run());
    assert!(outcome.stderr.contains(".env"), "{}", outcome.stderr);
}

/// A role of this test, with what it may do; its URL.
fn as_role(setup: &Setup, grants: &str) -> String {
    let role = format!("{}_role", setup.database.name());
    setup
        .database
        .sql(&format!("CREATE ROLE {role} LOGIN PASSWORD '{SECRET}'; {}", grants.replace("{role}", &role)));
    setup.database.url().replace("postgres@", &format!("{role}:{ENCODED}@"))
}

fn drop_role(setup: &Setup) {
    let role = format!("{}_role", setup.database.name());
    setup.database.sql(&format!("DROP OWNED BY {role}; DROP ROLE {role}"));
}

#[test]
fn a_role_that_may_not_write_changes_nothing() {
    let setup = Setup::with(&[TABLE]);
    // Before PostgreSQL 15 everybody may create in it.
    setup.database.sql("REVOKE CREATE ON SCHEMA public FROM PUBLIC");
    let url = as_role(&setup, "");
    let outcome = one_clear_screen(setup.project.pmdb(&["up", "--url", &url]).run());
    assert!(outcome.stderr.contains("permission denied for schema public"), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("hint: "), "{}", outcome.stderr);
    assert_eq!(setup.database.value("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"), "0");
    setup.project.pmdb(&["status", "--url", &url]).run().success();
    drop_role(&setup);
}

#[test]
fn a_role_that_may_read_the_history_only_sees_the_status_and_changes_nothing() {
    let setup = Setup::with(&[TABLE]);
    setup.up().success();
    let url = as_role(&setup, "GRANT SELECT ON schema_migrations TO {role}");
    setup.project.pmdb(&["status", "--check", "--url", &url]).run().success();
    setup.project.migration("0002_u.sql", "-- migrate:up\nSELECT 1;\n");
    let outcome = one_clear_screen(setup.project.pmdb(&["up", "--url", &url]).run());
    assert!(outcome.stderr.contains("permission denied for table schema_migrations"), "{}", outcome.stderr);
    assert_eq!(setup.states(), "0001 applied, 0002 pending");
    drop_role(&setup);
}

#[test]
fn a_role_that_acts_as_another_by_default_migrates_as_that_one() {
    let setup =
        Setup::with(&[TABLE, ("0002_u.sql", "-- migrate:up transaction:false\nCREATE TABLE u ();\n")]);
    let owner = format!("{}_owner", setup.database.name());
    let url = as_role(
        &setup,
        &format!(
            "CREATE ROLE {owner}; GRANT {owner} TO {{role}}; GRANT ALL ON SCHEMA public TO {owner}; ALTER ROLE {{role}} SET role = {owner}"
        ),
    );
    setup.project.pmdb(&["up", "--url", &url]).run().success();
    let owners = "SELECT string_agg(DISTINCT tableowner, ' ') FROM pg_tables WHERE schemaname = 'public'";
    assert_eq!(setup.database.value(owners), owner);
    setup.database.sql(&format!("DROP OWNED BY {owner}"));
    drop_role(&setup);
    setup.database.sql(&format!("DROP ROLE {owner}"));
}

#[test]
fn a_dangling_link_and_a_loop_of_links_are_told_before_anything_runs() {
    for target in ["nowhere", "../migrations/0002_l.sql"] {
        let setup = Setup::with(&[TABLE]);
        symlink(target, setup.project.path().join("migrations/0002_l.sql")).unwrap();
        let outcome = one_clear_screen(setup.up());
        assert!(outcome.stderr.contains("0002_l.sql"), "{}", outcome.stderr);
        assert_eq!(setup.database.value("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"), "0");
    }
}

#[test]
fn a_loop_of_folders_ends() {
    let setup = Setup::with(&[TABLE]);
    symlink(".", setup.project.path().join("migrations/again")).unwrap();
    let outcome = setup.up();
    assert!(matches!(outcome.code, Some(0 | 1)), "{}", outcome.stderr);
    assert!(outcome.stderr.lines().count() <= 12, "{}", outcome.stderr);
}

#[test]
fn a_full_disk_is_told_and_the_next_run_goes_on() {
    // The server's own limit for temporary files answers as a full disk does, with class 53.
    let setup = Setup::with(&[
        TABLE,
        (
            "0002_big.sql",
            "-- migrate:up\nCREATE TABLE big ();\nSET temp_file_limit = '64kB';\nSET work_mem = '64kB';\n\
             SELECT count(*) FROM (SELECT g FROM generate_series(1, 200000) g ORDER BY md5(g::text) LIMIT 150000) s;\n",
        ),
    ]);
    let outcome = setup.up().fails(1);
    assert!(
        outcome.stderr.contains("SQLSTATE: 53400") && outcome.stderr.contains("was rolled back"),
        "{}",
        outcome.stderr
    );
    assert_eq!(setup.states(), "0001 applied, 0002 pending");
    setup.project.migration("0002_big.sql", "-- migrate:up\nCREATE TABLE big ();\n");
    setup.up().success();
}

#[test]
fn a_database_whose_name_needs_quotes_is_created_migrated_and_dropped() {
    let setup = Setup::with(&[TABLE]);
    let name = format!("Ä \"quoted\"-{}", setup.database.name());
    let url = setup
        .database
        .url()
        .replace(setup.database.name(), &format!("%C3%84%20%22quoted%22-{}", setup.database.name()));
    let run = |args: &[&str]| setup.project.pmdb(args).env("DATABASE_URL", &url).run().success();
    let count = || {
        setup
            .database
            .sql("SELECT datname FROM pg_database")
            .iter()
            .filter(|row| row[0] == Some(name.clone()))
            .count()
    };
    run(&["create"]);
    assert_eq!(count(), 1);
    run(&["up"]);
    run(&["status", "--check"]);
    run(&["reset"]);
    run(&["drop"]);
    assert_eq!(count(), 0);
}

#[test]
fn a_migration_may_have_quotes_umlauts_and_spaces_in_its_name() {
    let setup = Setup::with(&[("0001_Größe 'x' \"y\" \\ $1.sql", TABLE.1)]);
    setup.up().success();
    assert_eq!(setup.database.value("SELECT name FROM schema_migrations"), "Größe 'x' \"y\" \\ $1");
    let status = setup.run(&["status"]).success();
    assert!(status.stdout.contains("Größe 'x' \"y\" \\ $1"), "{}", status.stdout);
    setup.run(&["down"]).success();
}

#[test]
fn ten_thousand_files_are_applied_and_listed() {
    let setup = Setup::new();
    for n in 1..=10_000 {
        setup.project.migration(&format!("{n:05}_n.sql"), "-- migrate:up\nSELECT 1;\n");
    }
    setup.run(&["up", "--quiet"]).success();
    assert_eq!(setup.database.value("SELECT count(*) FROM schema_migrations"), "10000");
    let status = setup.run(&["status"]).success();
    assert!(status.stdout.contains("10000 applied, 0 pending"));
}

#[test]
fn a_file_of_five_thousand_statements_runs_in_both_ways() {
    let mut body = "CREATE TABLE t (n int);\n".to_owned();
    for n in 0..5_000 {
        writeln!(body, "INSERT INTO t VALUES ({n});").unwrap();
    }
    for marker in ["-- migrate:up", "-- migrate:up transaction:false"] {
        let setup = Setup::with(&[("0001_t.sql", &format!("{marker}\n{body}"))]);
        setup.up().success();
        assert_eq!(setup.database.value("SELECT count(*) FROM t"), "5000");
    }
}

#[test]
fn a_file_of_ten_megabytes_runs() {
    let text = "ä".repeat(5 << 20);
    let setup = Setup::with(&[(
        "0001_t.sql",
        &format!("-- migrate:up\nCREATE TABLE t AS SELECT '{text}' AS what;\n"),
    )]);
    setup.up().success();
    assert_eq!(setup.database.value("SELECT length(what) FROM t"), text.chars().count().to_string());
}

#[test]
fn a_folder_without_migrations_has_nothing_pending_and_one_that_is_not_there_is_told() {
    let setup = Setup::new();
    let up = || setup.run(&["up", "--allow-empty"]);
    assert!(up().success().stdout.contains("nothing to apply"));
    setup.project.migration("README.md", "# hello");
    setup.project.migration(".hidden.sql", "nonsense");
    assert!(up().success().stdout.contains("nothing to apply"));
    assert_eq!(setup.database.value("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"), "0");
    let outcome = one_clear_screen(setup.run(&["up", "--dir", "nowhere"]));
    assert!(outcome.stderr.contains("nowhere"), "{}", outcome.stderr);
}

#[test]
fn a_seed_that_fails_is_told_like_a_migration_and_leaves_the_seeds_before_it() {
    let setup = Setup::with(&[TABLE]);
    setup.up().success();
    setup.project.write("seeds/0001_a.sql", "-- migrate:up\nINSERT INTO t VALUES ('a');\n");
    setup.project.write(
        "seeds/0002_b.sql",
        "-- migrate:up\nINSERT INTO t VALUES ('b');\nINSERT INTO t VALUES (nope);\n",
    );
    let outcome = setup.run(&["seed"]).fails(1);
    assert!(
        outcome.stderr.contains("seeds/0002_b.sql:3:23: column \"nope\" does not exist"),
        "{}",
        outcome.stderr
    );
    assert_eq!(setup.database.value("SELECT string_agg(what, '') FROM t"), "a");
    setup.project.write("seeds/0002_b.sql", "-- migrate:up\nINSERT INTO t VALUES ('b');\n");
    setup.run(&["seed"]).success();
    assert_eq!(setup.database.value("SELECT string_agg(what, '') FROM t"), "ab");
}

/// A project on a database made with these options, whose file has characters of several bytes.
fn encoded(options: &str) -> (Setup, String) {
    let setup = Setup::with(&[(
        "0001_ä.sql",
        "-- migrate:up\nCREATE TABLE t AS SELECT 'größer'::text AS what;\nCOPY t FROM stdin;\nü\n\\.\n",
    )]);
    let name = format!("{}_enc", setup.database.name());
    setup.database.sql(&format!("CREATE DATABASE {name} TEMPLATE template0 {options}"));
    let url = setup.database.url().replace(setup.database.name(), &name);
    (setup, url)
}

#[test]
fn databases_of_other_encodings_are_migrated_and_errors_have_their_place() {
    for options in ["ENCODING LATIN1 LOCALE 'C'", "ENCODING SQL_ASCII LOCALE 'C'"] {
        let (setup, url) = encoded(options);
        let run = |args: &[&str]| setup.project.pmdb(args).env("DATABASE_URL", &url).run();
        run(&["up"]).success();
        run(&["status", "--check"]).success();
        setup.project.migration("0002_b.sql", "-- migrate:up\n-- größer\nSELECT 'äöü', nope;\n");
        let outcome = run(&["up"]).fails(1);
        assert!(outcome.stderr.contains("0002_b.sql:3:15: column \"nope\""), "{options}: {}", outcome.stderr);
        run(&["drop"]).success();
    }
}

#[test]
fn a_character_that_the_database_cannot_hold_is_told_and_rolled_back() {
    let (setup, url) = encoded("ENCODING LATIN1 LOCALE 'C'");
    let run = |args: &[&str]| setup.project.pmdb(args).env("DATABASE_URL", &url).run();
    setup.project.migration("0002_b.sql", "-- migrate:up\nCREATE TABLE b ();\nSELECT '😀';\n");
    let outcome = run(&["up"]).fails(1);
    assert!(outcome.stderr.contains("migrations/0002_b.sql"), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("SQLSTATE: 22P05"), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("applied 0001 ä"), "{}", outcome.stderr);
    run(&["drop"]).success();
}

/// Up, status and down work whatever the database has as its defaults.
#[track_caller]
fn works_with_default(setting: &str) {
    let setup = Setup::with(&[
        (
            "0001_a.sql",
            "-- migrate:up\nCREATE TABLE public.a AS SELECT 'a\\'::text AS what, 'ä;\\' AS b;\n-- migrate:down\nDROP TABLE public.a;\n",
        ),
        (
            "0002_b.sql",
            "-- migrate:up transaction:false\nINSERT INTO public.a VALUES ('b\\', ';\\');\nVACUUM public.a;\n-- migrate:down transaction:false\nDELETE FROM public.a WHERE what = 'b\\';\n",
        ),
        (
            "0003_c.sql",
            "-- migrate:up\nCOPY public.a FROM stdin;\nc\\\\\t;\n\\.\nINSERT INTO public.a VALUES ('d\\', ';');\n-- migrate:down\n",
        ),
    ]);
    setup.database.sql(&format!("ALTER DATABASE {} SET {setting}", setup.database.name()));
    setup.up().success();
    setup.run(&["status", "--check"]).success();
    assert_eq!(
        setup.database.value("SELECT string_agg(what, '' ORDER BY what) FROM public.a"),
        "a\\b\\c\\d\\"
    );
    let stored =
        "SELECT position('a\\\\''::text' IN up_sql) > 0 FROM public.schema_migrations WHERE version = '0001'";
    assert_eq!(setup.database.value(&stored.replace("'a", "E'a")), "t");
    setup.database.sql("DELETE FROM public.schema_migrations WHERE version = '0003'");
    setup.run(&["down", "--all"]).success();
}

#[test]
fn any_defaults_of_a_database_will_do() {
    for setting in [
        "standard_conforming_strings = off",
        "search_path = ''",
        "default_transaction_isolation = serializable",
        "default_transaction_isolation = 'repeatable read'",
        "DateStyle = 'German, DMY'",
        "bytea_output = escape",
        "client_min_messages = debug5",
        "default_transaction_deferrable = on",
        "xmloption = document",
        "quote_all_identifiers = on",
        "TimeZone = 'Asia/Kathmandu'",
        "lock_timeout = 1",
        "idle_in_transaction_session_timeout = '10s'",
        "row_security = off",
    ] {
        works_with_default(setting);
    }
}

#[test]
fn a_database_that_is_read_only_by_default_is_told_with_the_reason() {
    let setup = Setup::with(&[TABLE]);
    setup
        .database
        .sql(&format!("ALTER DATABASE {} SET default_transaction_read_only = on", setup.database.name()));
    let outcome = one_clear_screen(setup.up());
    assert!(outcome.stderr.contains("default_transaction_read_only"), "{}", outcome.stderr);
    assert_eq!(setup.states(), "0001 pending");
}
