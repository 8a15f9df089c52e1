//! Rows that a file writes itself may not meet a key or a check: a note says so wherever `up` may fail by that.

use super::{list, plan, text};
use crate::support::{Setup, side_by_side};

const TABLES: &str = "-- migrate:up
CREATE TABLE orgs (id serial PRIMARY KEY, name text);
CREATE TABLE users (id serial PRIMARY KEY, email text UNIQUE, name text, nick text NOT NULL, age int,
    org int REFERENCES orgs, CONSTRAINT named CHECK (name <> 'z'));
CREATE UNIQUE INDEX users_short ON users (lower(name));
CREATE TABLE copies (id int PRIMARY KEY, name text, CONSTRAINT fine CHECK (name <> 'A'));
CREATE TYPE mood AS ENUM ('fine');
CREATE TABLE moods (was text, is_now mood);
";

const ROWS: &str = "INSERT INTO orgs (name) VALUES ('x'); \
    INSERT INTO users (email, name, nick, age) VALUES ('a@x', 'A', '', 1), ('A@x', 'B', '', NULL); \
    INSERT INTO moods VALUES ('bad', 'fine'); ANALYZE";

/// Files that fail, each with what its note names.
const FAIL: [(&str, &str); 15] = [
    (
        "CREATE TABLE ages (id serial PRIMARY KEY, age int NOT NULL);\nINSERT INTO ages (age) SELECT age FROM users",
        "NOT NULL of age",
    ),
    ("UPDATE users SET email = lower(email)", "users_email_key"),
    ("UPDATE users SET name = 'C'", "users_short"),
    ("UPDATE users SET name = 'z' WHERE id = 1", "named"),
    ("UPDATE users SET org = 9 WHERE id = 1", "users_org_fkey"),
    ("UPDATE users SET nick = nullif(nick, '')", "NOT NULL of nick"),
    ("INSERT INTO users (email, nick) VALUES ('a@x', '')", "users_email_key"),
    ("INSERT INTO orgs VALUES (1, 'y')", "orgs_pkey"),
    ("INSERT INTO copies SELECT 1, name FROM users", "copies_pkey"),
    ("INSERT INTO copies (id, name) SELECT id, name FROM users", "fine"),
    (
        "ALTER TABLE users ADD CONSTRAINT adult CHECK (age > 17) NOT VALID;\nUPDATE users SET nick = 'x'",
        "adult",
    ),
    ("CREATE UNIQUE INDEX users_age ON users (age);\nUPDATE users SET age = 7", "users_age"),
    (
        "ALTER TABLE users ADD slug text;\nUPDATE users SET slug = nick;\nALTER TABLE users ADD UNIQUE (slug)",
        "users_slug_key",
    ),
    (
        "ALTER TYPE mood ADD VALUE 'bad';\nUPDATE moods SET is_now = was::mood",
        "line 3 of 0002 comes to a value that line 2 adds to mood",
    ),
    (
        "ALTER TYPE mood ADD VALUE 'bad';\nALTER TABLE moods ALTER was TYPE mood USING was::mood",
        "line 3 of 0002 comes to a value",
    ),
];

/// Files of which there is nothing to be said.
const FINE: [&str; 8] = [
    "UPDATE users SET age = 7",
    "UPDATE users SET nick = 'x'",
    "INSERT INTO users (nick, age) VALUES ('', 7)",
    "INSERT INTO orgs VALUES (1, 'y') ON CONFLICT DO NOTHING",
    "INSERT INTO copies VALUES (1, 'B')",
    "UPDATE copies SET name = 'A'",
    "ALTER TABLE users ADD CONSTRAINT adult CHECK (age > 17) NOT VALID",
    "ALTER TYPE mood ADD VALUE 'bad';\nUPDATE moods SET was = 'x'",
];

/// The notes about it, and whether `up` fails.
fn told(file: &str) -> (Vec<String>, bool) {
    let setup = Setup::with(&[("0001_tables.sql", TABLES)]);
    setup.up().success();
    setup.database.sql(ROWS);
    setup.project.migration("0002_file.sql", &format!("-- migrate:up\n{file};\n"));
    let document = plan(&setup, &["--json"]).success().json();
    assert!(list(&document["findings"]).all(|one| one["class"] != "fails"), "{document:#}");
    let gaps = list(&document["gaps"]).map(text);
    let own = gaps.filter(|gap| gap.contains(" meet ") || gap.contains(" comes to "));
    (own.map(str::to_owned).collect(), setup.run(&["up"]).code != Some(0))
}

#[test]
fn a_key_or_a_check_that_rows_of_the_file_itself_do_not_meet_is_named() {
    let wrong = side_by_side(&FAIL, |(file, named)| {
        let (gaps, fails) = told(file);
        let is_right = matches!(&gaps[..], [gap] if gap.contains(named)) && fails;
        (!is_right).then(|| format!("{file}: {gaps:?}, {fails}"))
    });
    let wrong: Vec<String> = wrong.into_iter().flatten().collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_meets_them_for_sure_is_no_note() {
    let wrong = side_by_side(&FINE, |file| {
        let (gaps, fails) = told(file);
        (!gaps.is_empty() || fails).then(|| format!("{file}: {gaps:?}, {fails}"))
    });
    let wrong: Vec<String> = wrong.into_iter().flatten().collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
