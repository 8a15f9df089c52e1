//! What was made by hand refuses what a file does, or takes more along: `plan` says so before `up` fails.

use super::{list, plan, text, with_by_hand};
use crate::support::{Setup, side_by_side};

const SCHEMA: &str = "-- migrate:up
CREATE TABLE users (id int PRIMARY KEY, name text);
CREATE TABLE other (id int PRIMARY KEY);
CREATE TYPE mood AS ENUM ('sad');
CREATE DOMAIN level AS int DEFAULT 1;
CREATE FUNCTION fill() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.handmade := 1; RETURN NEW; END';
";

const KEY: &str = "CREATE TABLE letters (reader int REFERENCES users)";
const COLUMN: &str = "ALTER TABLE users ADD handmade int NOT NULL";

/// What was made by hand, a migration, and what is said of it where it would fail.
const CASES: [(&str, &str, &[&str]); 24] = [
    (KEY, "TRUNCATE users", &["fails refused-by-hand-made"]),
    (KEY, "TRUNCATE TABLE other, users RESTART IDENTITY", &["fails refused-by-hand-made"]),
    (KEY, "ALTER TABLE users RENAME TO people; TRUNCATE people", &["fails refused-by-hand-made"]),
    (KEY, "TRUNCATE other", &[]),
    (KEY, "TRUNCATE users CASCADE", &[]),
    (KEY, "DROP TABLE IF EXISTS letters; TRUNCATE users", &[]),
    (KEY, "ALTER TABLE IF EXISTS letters DROP CONSTRAINT IF EXISTS letters_reader_fkey; TRUNCATE users", &[]),
    ("CREATE TABLE letters (reader int)", "TRUNCATE users", &[]),
    (COLUMN, "INSERT INTO users (id) VALUES (1)", &["fails refused-by-hand-made"]),
    (COLUMN, "INSERT INTO users VALUES (1) ON CONFLICT DO NOTHING", &["fails refused-by-hand-made"]),
    (COLUMN, "INSERT INTO users (id) SELECT id FROM other", &["careless refused-by-hand-made"]),
    (COLUMN, "ALTER TABLE users DROP COLUMN IF EXISTS handmade; INSERT INTO users (id) VALUES (1)", &[]),
    ("ALTER TABLE users ADD handmade int NOT NULL DEFAULT 1", "INSERT INTO users (id) VALUES (1)", &[]),
    ("ALTER TABLE users ADD handmade int", "INSERT INTO users (id) VALUES (1)", &[]),
    ("ALTER TABLE users ADD handmade level NOT NULL", "INSERT INTO users (id) VALUES (1)", &[]),
    (
        "ALTER TABLE users ADD handmade int NOT NULL GENERATED ALWAYS AS IDENTITY",
        "INSERT INTO users (id) VALUES (1)",
        &[],
    ),
    (
        "ALTER TABLE users ADD handmade int NOT NULL; \
         CREATE TRIGGER fill BEFORE INSERT ON users FOR EACH ROW EXECUTE FUNCTION fill()",
        "INSERT INTO users (id) VALUES (1)",
        &["careless refused-by-hand-made"],
    ),
    (COLUMN, "INSERT INTO other VALUES (1)", &[]),
    ("ALTER TYPE mood ADD VALUE 'glad'", "ALTER TYPE mood ADD VALUE 'glad'", &["fails taken-name"]),
    (
        "ALTER TYPE mood ADD VALUE 'glad'",
        "ALTER TYPE mood RENAME VALUE 'sad' TO 'glad'",
        &["fails taken-name"],
    ),
    ("ALTER TYPE mood ADD VALUE 'glad'", "ALTER TYPE mood ADD VALUE IF NOT EXISTS 'glad'", &[]),
    ("ALTER TYPE mood ADD VALUE 'glad'", "ALTER TYPE mood ADD VALUE 'angry'", &[]),
    (
        "ALTER TYPE mood ADD VALUE 'glad'",
        "DROP TYPE mood; CREATE TYPE mood AS ENUM ('sad'); ALTER TYPE mood RENAME VALUE 'sad' TO 'glad'",
        &[],
    ),
    (
        "ALTER TYPE mood ADD VALUE 'glad'",
        "DO $$BEGIN ALTER TYPE mood RENAME VALUE 'sad' TO 'glad'; EXCEPTION WHEN duplicate_object THEN NULL; END$$",
        &[],
    ),
];

#[test]
fn what_was_made_by_hand_and_refuses_a_statement_is_said_where_up_fails_and_nowhere_else() {
    let wrong = side_by_side(&CASES, |(by_hand, file, expected)| {
        let setup = with_by_hand(SCHEMA, by_hand, file);
        let document = plan(&setup, &["--json"]).success().json();
        let told = list(&document["findings"]);
        let told = told.filter(|one| {
            text(&one["class"]) == "fails"
                || ["refused-by-hand-made", "taken-name"].contains(&text(&one["rule"]))
        });
        let told: Vec<String> =
            told.map(|one| format!("{} {}", text(&one["class"]), text(&one["rule"]))).collect();
        let fails = setup.run(&["up"]).code != Some(0);
        let says = told.iter().any(|one| one.starts_with("fails"));
        (told != *expected || says != fails).then(|| format!("{by_hand}; {file}: {told:?}, {fails}"))
    });
    let wrong: Vec<String> = wrong.into_iter().flatten().collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_cascade_empties_by_keys_made_by_hand_is_named() {
    let by_hand = "CREATE TABLE letters (id int PRIMARY KEY, reader int REFERENCES users); \
        CREATE TABLE pages (letter int REFERENCES letters); \
        INSERT INTO users VALUES (1); INSERT INTO letters VALUES (1, 1); ANALYZE";
    let setup = with_by_hand(SCHEMA, by_hand, "TRUNCATE users CASCADE");
    let document = plan(&setup, &["--json"]).success().json();
    let told = list(&document["findings"]).find(|one| text(&one["rule"]) == "truncated").unwrap();
    assert_eq!(
        text(&told["what"]),
        "all 1 rows of public.users are gone afterwards, and those of public.letters, which no migration has made, \
         public.pages, which no migration has made"
    );
}

#[test]
fn what_was_made_by_hand_and_meets_the_rows_that_a_file_changes_is_noted() {
    const RENAMED: &str = "ALTER TABLE parts RENAME TO pieces; ALTER TABLE pieces ALTER m TYPE bigint";
    let more = "CREATE TABLE parts (n int, m int) PARTITION BY RANGE (n); CREATE TABLE whole (n int);";
    for (by_hand, file, expected, is_complete) in [
        (
            KEY,
            "DELETE FROM users WHERE id = 5",
            "whether rows of public.letters still refer to those that line 2 of 0002 deletes (letters_reader_fkey, which no \
             migration has made) is not known: then it fails",
            true,
        ),
        (
            "CREATE TABLE letters (reader int REFERENCES users ON DELETE CASCADE)",
            "DELETE FROM users WHERE id = 5",
            "then these are deleted or changed as well",
            true,
        ),
        (KEY, "UPDATE users SET id = 7 WHERE id = 5", "refer to those that line 2 of 0002 changes", true),
        (
            "CREATE TRIGGER fill BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION fill()",
            "UPDATE users SET name = ''",
            "the trigger fill of public.users, which no migration has made, runs its code for each row of line 2 of 0002",
            true,
        ),
        (
            "CREATE TABLE child () INHERITS (whole)",
            "UPDATE whole SET n = 1",
            "of public.child, which no migration",
            false,
        ),
        (
            "CREATE TABLE child () INHERITS (whole)",
            "DELETE FROM whole",
            "of public.child, which no migration",
            false,
        ),
        (
            "CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (1) TO (2)",
            RENAMED,
            "of public.parts_1, which no migration has made",
            false,
        ),
    ] {
        let setup = Setup::with(&[("0001_schema.sql", &format!("{SCHEMA}{more}"))]);
        setup.up().success();
        setup.database.sql(by_hand);
        setup.project.migration("0002_file.sql", &format!("-- migrate:up\n{file};\n"));
        let document = plan(&setup, &["--json"]).success().json();
        let mut gaps = list(&document["gaps"]).map(text);
        assert!(gaps.any(|gap| gap.contains(expected)), "{by_hand}; {file}: {document:#}");
        assert_eq!(document["complete"], is_complete, "{by_hand}; {file}: {document:#}");
    }
    for (by_hand, file) in [
        (KEY, "UPDATE users SET name = 'x' WHERE id = 5"),
        (KEY, "DELETE FROM other WHERE id = 5"),
        ("CREATE TABLE child () INHERITS (whole)", "UPDATE ONLY whole SET n = 1"),
        ("CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (1) TO (2)", "UPDATE parts SET n = 1"),
    ] {
        let setup = Setup::with(&[("0001_schema.sql", &format!("{SCHEMA}{more}"))]);
        setup.up().success();
        setup.database.sql(by_hand);
        setup.project.migration("0002_file.sql", &format!("-- migrate:up\n{file};\n"));
        let document = plan(&setup, &["--json"]).success().json();
        assert_eq!(list(&document["gaps"]).len(), 1, "{by_hand}; {file}: {document:#}");
    }
}
