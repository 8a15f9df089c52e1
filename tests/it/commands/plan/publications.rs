//! Publications that were made by hand: where `plan` says that a change fails, `up` fails, and nowhere else.

use super::{list, plan, text};
use crate::support::{Setup, side_by_side};

const TABLES: &str = "-- migrate:up
CREATE TABLE tags (name text NOT NULL UNIQUE, more text);
CREATE TABLE users (id int PRIMARY KEY, name text, more text);
CREATE UNLOGGED TABLE hits (page text);
CREATE SCHEMA app;
CREATE TABLE app.notes (page text);
";

const ALL: &str = "CREATE PUBLICATION everything FOR ALL TABLES";

/// What was made by hand, a migration, and the rule that says it fails.
const REFUSED: [(&str, &str, &str); 11] = [
    (ALL, "DELETE FROM tags; ALTER TABLE tags ADD PRIMARY KEY (name)", "no-replica-identity"),
    (ALL, "DELETE FROM tags WHERE name = 'x'", "no-replica-identity"),
    (ALL, "UPDATE tags SET more = 'x'", "no-replica-identity"),
    (
        ALL,
        "MERGE INTO tags USING users ON tags.name = users.name WHEN MATCHED THEN UPDATE SET more = 'x'",
        "no-replica-identity",
    ),
    ("CREATE PUBLICATION part FOR TABLE tags", "DELETE FROM tags", "no-replica-identity"),
    (
        "CREATE PUBLICATION part FOR TABLES IN SCHEMA app",
        "WITH gone AS (DELETE FROM app.notes RETURNING page) SELECT page FROM gone",
        "no-replica-identity",
    ),
    (ALL, "ALTER TABLE users DROP CONSTRAINT users_pkey; DELETE FROM users", "no-replica-identity"),
    (
        "CREATE PUBLICATION part FOR TABLE users (id, name)",
        "ALTER TABLE users DROP name",
        "unknown-dependents",
    ),
    (
        "CREATE PUBLICATION part FOR TABLE users WHERE (name <> '') WITH (publish = 'insert')",
        "ALTER TABLE users DROP name",
        "unknown-dependents",
    ),
    (
        "CREATE PUBLICATION part FOR TABLE users WHERE (name <> '') WITH (publish = 'insert')",
        "ALTER TABLE users ALTER name TYPE varchar(20)",
        "unknown-dependents",
    ),
    (
        "CREATE PUBLICATION part FOR TABLE users (id, name)",
        "ALTER TABLE users ALTER name TYPE varchar(20)",
        "unknown-dependents",
    ),
];

const TAKEN: [(&str, &str); 12] = [
    (ALL, "INSERT INTO tags VALUES ('x')"),
    (ALL, "INSERT INTO tags VALUES ('x') ON CONFLICT DO NOTHING"),
    (ALL, "UPDATE users SET more = 'x'"),
    (ALL, "DELETE FROM hits"),
    (ALL, "TRUNCATE tags"),
    (ALL, "ALTER TABLE tags REPLICA IDENTITY FULL; DELETE FROM tags"),
    (ALL, "ALTER TABLE tags REPLICA IDENTITY USING INDEX tags_name_key; DELETE FROM tags"),
    (
        "CREATE PUBLICATION everything FOR ALL TABLES; ALTER TABLE tags REPLICA IDENTITY FULL",
        "DELETE FROM tags",
    ),
    (
        "CREATE PUBLICATION everything FOR ALL TABLES; ALTER TABLE tags ADD PRIMARY KEY (name)",
        "DELETE FROM tags",
    ),
    ("CREATE PUBLICATION part FOR ALL TABLES WITH (publish = 'insert')", "DELETE FROM tags"),
    ("CREATE PUBLICATION part FOR TABLE users", "DELETE FROM tags"),
    ("CREATE PUBLICATION part FOR TABLE users (id, name)", "ALTER TABLE users ALTER more TYPE varchar(20)"),
];

/// The rules that say it fails, those that say it breaks what runs, and whether `up` fails.
fn told(by_hand: &str, file: &str) -> (Vec<String>, Vec<String>, bool) {
    let setup = Setup::with(&[("0001_tables.sql", TABLES)]);
    setup.up().success();
    setup.database.sql(by_hand);
    setup.project.migration("0002_file.sql", &format!("-- migrate:up\n{file};\n"));
    let document = plan(&setup, &["--json"]).success().json();
    let of = |class: &str| -> Vec<String> {
        let found = list(&document["findings"]).filter(|one| text(&one["class"]) == class);
        found.map(|one| text(&one["rule"]).to_owned()).collect()
    };
    (of("fails"), of("breaks"), setup.run(&["up"]).code != Some(0))
}

#[test]
fn a_change_that_a_publication_refuses_is_said_to_fail() {
    let wrong = side_by_side(&REFUSED, |(by_hand, file, rule)| {
        let (said, _, fails) = told(by_hand, file);
        (said != [*rule] || !fails).then(|| format!("{by_hand}; {file}: {said:?}, {fails}"))
    });
    let wrong: Vec<String> = wrong.into_iter().flatten().collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_change_that_it_takes_is_not() {
    let wrong = side_by_side(&TAKEN, |(by_hand, file)| {
        let (said, _, fails) = told(by_hand, file);
        (!said.is_empty() || fails).then(|| format!("{by_hand}; {file}: {said:?}, {fails}"))
    });
    let wrong: Vec<String> = wrong.into_iter().flatten().collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_published_table_without_its_primary_key_is_told_to_break_what_runs() {
    let drop = "ALTER TABLE users DROP CONSTRAINT users_pkey";
    for (by_hand, file, is_told) in [
        (ALL, drop.to_owned(), true),
        (ALL, format!("ALTER TABLE users REPLICA IDENTITY FULL; {drop}"), false),
        (ALL, format!("{drop}; ALTER TABLE users ADD PRIMARY KEY (id)"), false),
        ("CREATE PUBLICATION part FOR TABLE tags", drop.to_owned(), false),
    ] {
        let (_, said, fails) = told(by_hand, &file);
        assert_eq!(
            said.contains(&"replica-identity-lost".to_owned()),
            is_told,
            "{by_hand}; {file}: {said:?}"
        );
        assert!(!fails, "{file}");
    }
}
