//! Rows that go away although the schema looks as it did before.

use super::{list, plan, text};
use crate::support::Setup;

/// The rules that this half breaks.
fn rules(half: &str) -> Vec<String> {
    let setup = Setup::with(&[(
        "0001_tables.sql",
        "-- migrate:up\nCREATE TABLE users (id int PRIMARY KEY, email text);\nCREATE TABLE others (id int PRIMARY KEY, email text);\n",
    )]);
    setup.up().success();
    setup.database.sql("INSERT INTO users SELECT n, 'a' FROM generate_series(1, 10) n; ANALYZE");
    setup.project.migration("0002_change.sql", &format!("-- migrate:up\n{half};\n"));
    let document = plan(&setup, &["--json"]).success().json();
    list(&document["findings"]).map(|finding| text(&finding["rule"]).to_owned()).collect()
}

#[test]
fn rows_that_are_lost_under_a_name_that_stays_are_found() {
    for (half, rule) in [
        ("DROP TABLE users; CREATE TABLE users (id int PRIMARY KEY, email text)", "dropped-table"),
        ("DROP TABLE users; ALTER TABLE others RENAME TO users", "dropped-table"),
        (
            "DO $$ BEGIN DROP TABLE users; CREATE TABLE users (id int PRIMARY KEY, email text); END $$",
            "dropped-table",
        ),
        ("ALTER TABLE users DROP email; ALTER TABLE users ADD email text", "dropped-column"),
        ("ALTER TABLE users DROP COLUMN email, ADD COLUMN email varchar(9)", "dropped-column"),
        ("DO $$ BEGIN TRUNCATE users; END $$", "truncated"),
        ("TRUNCATE users", "truncated"),
    ] {
        let found = rules(half);
        assert!(found.iter().any(|one| one == rule), "{half}: {found:?}");
    }
}

#[test]
fn a_table_whose_name_goes_to_another_is_told_by_what_that_lacks() {
    let swap = "CREATE TABLE n (LIKE users); ALTER TABLE users RENAME TO old; ALTER TABLE n RENAME TO users";
    assert!(!rules(swap).iter().any(|rule| rule == "renamed-table"), "the columns are the same");
    let fewer =
        "ALTER TABLE others DROP email; ALTER TABLE users RENAME TO old; ALTER TABLE others RENAME TO users";
    let found = rules(fewer);
    assert!(found.iter().any(|rule| rule == "renamed-table"), "{found:?}");
    assert!(!found.iter().any(|rule| rule == "lost-values"), "others has no rows: {found:?}");
    for replaced in [
        "DROP TABLE users; CREATE TABLE users (id int PRIMARY KEY, email text)",
        "ALTER TABLE users DROP email; ALTER TABLE users ADD email text",
        "ALTER TABLE users RENAME TO old; CREATE TABLE users (id int PRIMARY KEY, email text); DROP TABLE old",
    ] {
        let found = rules(replaced);
        assert!(found.iter().any(|rule| rule == "lost-values"), "{replaced}: {found:?}");
    }
}

#[test]
fn names_that_change_places_lose_nothing() {
    let swap = "ALTER TABLE users RENAME id TO was; ALTER TABLE users RENAME email TO id; ALTER TABLE users RENAME was TO email";
    let found = rules(swap);
    let wrong = ["dropped-column", "lost-values", "values-do-not-fit", "narrower-type"];
    assert!(!found.iter().any(|one| wrong.contains(&one.as_str())), "{found:?}");
}

#[test]
fn rows_that_are_locked_keep_who_changes_them_waiting() {
    let setup =
        Setup::with(&[("0001_t.sql", "-- migrate:up\nCREATE TABLE t (id int PRIMARY KEY, a int);\n")]);
    setup.up().success();
    setup.project.migration("0002_lock.sql", "-- migrate:up\nSELECT id FROM t FOR UPDATE;\n");
    let told = plan(&setup, &[]).success().stdout;
    assert!(told.contains("nobody waits but who changes the same rows"), "{told}");
    assert!(!told.contains("nobody has to wait"), "{told}");
}

/// The rows that a foreign key needs may come with it.
#[test]
fn a_file_that_mends_the_rows_first_is_not_said_to_fail() {
    let setup = Setup::with(&[(
        "0001_tables.sql",
        "-- migrate:up\nCREATE TABLE users (id int PRIMARY KEY);\nCREATE TABLE posts (id int, user_id int);\n",
    )]);
    setup.up().success();
    setup.database.sql("INSERT INTO posts VALUES (1, 7)");
    setup.project.migration(
        "0002_key.sql",
        "-- migrate:up\nINSERT INTO users SELECT DISTINCT user_id FROM posts;\n\
         ALTER TABLE posts ADD FOREIGN KEY (user_id) REFERENCES users;\n",
    );
    let document = plan(&setup, &["--json"]).success().json();
    let mut findings = list(&document["findings"]);
    let orphans = findings.find(|finding| finding["rule"] == "orphaned-keys").unwrap();
    assert_eq!(orphans["class"], "careless");
    assert!(text(&orphans["what"]).contains("unless line 2 of 0002 changes that"), "{orphans}");
}

#[test]
fn values_of_rows_stay_where_they_are() {
    let setup = Setup::with(&[(
        "0001_t.sql",
        "-- migrate:up\nCREATE TABLE t (id int PRIMARY KEY, a text);\nINSERT INTO t VALUES (1, 'walrus');\n",
    )]);
    setup.up().success();
    for change in [
        "ALTER TABLE t ALTER a TYPE int USING a::int",
        "INSERT INTO t VALUES (2, 'walrus'); CREATE UNIQUE INDEX ON t (a)",
    ] {
        setup.project.migration("0002_change.sql", &format!("-- migrate:up\n{change};\n"));
        for format in ["text", "json", "markdown", "github", "sarif"] {
            let told = plan(&setup, &["--format", format]).stdout.replace(change, "");
            assert!(
                !told.contains("(walrus)") && !told.contains(": \"walrus") && !told.contains("\\\"walrus"),
                "{format}: {told}"
            );
        }
    }
}

/// What is said of the column a, which goes away.
fn dropped(table: &str, half: &str) -> String {
    let setup = Setup::with(&[("0001_tables.sql", &format!("-- migrate:up\n{table};\n"))]);
    setup.up().success();
    setup.project.migration("0002_change.sql", &format!("-- migrate:up\n{half};\n"));
    let document = plan(&setup, &["--json"]).success().json();
    let mut dropped = list(&document["findings"]).filter(|finding| finding["rule"] == "dropped-column");
    dropped.next().map(|finding| text(&finding["what"]).to_owned()).unwrap_or_default()
}

#[test]
fn what_a_column_takes_along_that_is_of_other_columns_too_is_named() {
    let drop = "ALTER TABLE t DROP a";
    for (table, half, along) in [
        (
            "CREATE TABLE t (a int, b int, UNIQUE (a, b))",
            drop,
            ", and with it the constraint t_a_b_key on public.t:",
        ),
        (
            "CREATE TABLE t (a int, b int, CONSTRAINT fine CHECK (a < b))",
            drop,
            ", and with it the constraint fine on public.t:",
        ),
        (
            "CREATE TABLE t (a int, b int); CREATE INDEX t_both ON t (b, a)",
            drop,
            ", and with it the index t_both on public.t:",
        ),
        (
            "CREATE TABLE t (a int, b int); CREATE INDEX t_some ON t (b) WHERE a > 0",
            drop,
            ", and with it the index t_some on public.t:",
        ),
        ("CREATE TABLE t (a int, b int); CREATE INDEX t_own ON t (a)", drop, ":"),
        ("CREATE TABLE t (a int, b int); CREATE INDEX t_other ON t (b)", drop, ":"),
        (
            "CREATE TABLE t (a int, b int); CREATE INDEX t_both ON t (b, a)",
            "DROP INDEX t_both; ALTER TABLE t DROP a",
            ":",
        ),
    ] {
        let said = dropped(table, half);
        assert!(said.starts_with(&format!("public.t.a goes away{along}")), "{table}; {half}: {said}");
    }
}
