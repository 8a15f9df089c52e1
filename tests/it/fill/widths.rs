//! Texts as wide as those of another database, and no wider than what looks at them takes.

use super::filled_after;
use crate::support::{Database, Project};

fn copy_of(schema: &str, rows: &str) -> Database {
    let original = Database::new();
    original.sql(&format!("{schema}; {rows}"));
    filled_after(&original, schema)
}

#[test]
fn what_a_check_a_key_or_another_column_asks_of_a_text_is_met_whatever_the_width() {
    let unique =
        |of_column: &str| format!("CREATE TABLE t (id bigint PRIMARY KEY, a text UNIQUE {of_column})");
    for (schema, text) in [
        (unique("CHECK (a ~ '^[a-z0-9_]+$')"), "'log_' || lpad(g::text, 40, '0')"),
        (unique("CHECK (length(a) <= 60)"), "lpad(g::text, 60, '0')"),
        (unique("NOT NULL CHECK (length(a) BETWEEN 3 AND 50)"), "lpad(g::text, 46, '0')"),
        (unique(", CHECK (length(a) <= 60 AND id > 0)"), "lpad(g::text, 58, '0')"),
        (unique(", v varchar(50) GENERATED ALWAYS AS (a) STORED"), "lpad(g::text, 49, '0')"),
        (
            "CREATE TABLE t (id bigint PRIMARY KEY, a text, v varchar(40) GENERATED ALWAYS AS (a) STORED)"
                .to_owned(),
            "lpad(g::text, 39, '0')",
        ),
        (
            "CREATE DOMAIN short AS text CHECK (length(value) < 64); \
             CREATE TABLE t (id bigint PRIMARY KEY, a short UNIQUE)"
                .to_owned(),
            "lpad(g::text, 62, '0')",
        ),
        (
            "CREATE TABLE t (id bigint, a text PRIMARY KEY); \
             CREATE TABLE c (id bigint PRIMARY KEY, t_a varchar(40) NOT NULL REFERENCES t)"
                .to_owned(),
            "lpad(g::text, 38, '0')",
        ),
    ] {
        let rows = format!(
            "INSERT INTO t (id, a) SELECT g, {text} FROM generate_series(1, 2000) g; \
             DO $$ BEGIN INSERT INTO c SELECT row_number() OVER (), a FROM t; EXCEPTION WHEN undefined_table THEN END $$"
        );
        let copy = copy_of(&schema, &rows);
        assert_eq!(copy.value("SELECT count(*) FROM t"), "2000", "{schema}");
    }
}

#[test]
fn unique_texts_have_the_average_width_of_the_original_and_keep_their_look() {
    let schema = "CREATE TABLE t (email text PRIMARY KEY, url text UNIQUE, token varchar(70) UNIQUE, note text); \
                  CREATE TABLE c (id int PRIMARY KEY, email text NOT NULL REFERENCES t)";
    let rows = "INSERT INTO t SELECT lpad(g::text, 52, 'x') || '@corp.test', repeat('u', 70) || g, repeat('t', 60) || g, repeat('n', 499) || g % 9 \
                FROM generate_series(1, 3000) g; INSERT INTO c SELECT row_number() OVER (), email FROM t";
    let copy = copy_of(schema, rows);
    let average = |column: &str| -> f64 {
        copy.value(&format!("SELECT avg(octet_length({column})) FROM t")).parse().unwrap()
    };
    for (column, wanted) in [("email", 62.0), ("url", 73.6), ("token", 63.6), ("note", 500.0)] {
        // Of the notes there are nine, each as often as in the original.
        let near = if column == "note" { 5.0 } else { 1.0 };
        let width = average(column);
        assert!((width - wanted).abs() < near, "{column}: {width}");
    }
    assert_eq!(
        copy.value(
            "SELECT count(*) FROM t WHERE email ~ '^[a-z0-9.]+@example\\.com$' AND url ~ '^https://example\\.com(/[a-z0-9]+)+$' \
             AND token ~ '^[0-9a-f]+$' AND length(token) <= 70"
        ),
        "3000"
    );
    assert_eq!(copy.value("SELECT count(*) FROM c"), "3000");
}

#[test]
fn a_shape_that_asks_for_more_rows_than_there_can_be_is_held_to_the_most() {
    let (project, db) = (Project::new(), Database::new());
    db.sql("CREATE TABLE t (id bigint PRIMARY KEY, n int); INSERT INTO t SELECT g, g FROM generate_series(1, 100) g");
    db.sql("ANALYZE");
    let file = project.path().join("shape.json");
    project.pmdb(&["fill", "--save-shape", file.to_str().unwrap()]).database(&db).run().success();
    let text = std::fs::read_to_string(&file).unwrap();
    let most = text.replace("\"rows\": 100", "\"rows\": 18000000000000000000");
    assert_ne!(text, most);
    std::fs::write(&file, most).unwrap();
    db.sql("TRUNCATE t; CREATE TABLE u AS TABLE t");
    let like = ["fill", "--like", file.to_str().unwrap()];
    let planned = project.pmdb(&[&like[..], &["--dry-run"]].concat()).database(&db).run().success();
    assert!(planned.stdout.contains("1,000,000,000,000"), "{}", planned.stdout);
    project.pmdb(&[&like[..], &["--rows", "50"]].concat()).database(&db).run().success();
    assert_eq!(db.value("SELECT count(*) FROM t"), "50");
}
