//! Names that have to be quoted.

use super::{attribute, lines, names, read};
use crate::support::Database;
use pmdb::catalog::Difference;

#[test]
fn odd_names_are_read_and_compared() {
    let database = Database::new();
    let empty = read(&database);
    database.sql(
        "CREATE SCHEMA \"a.b\"; CREATE TYPE \"a.b\".\"Ü \"\"x\"\"\" AS ENUM ('it''s', '\"', 'a\nb', '🙂', '');
         CREATE TABLE \"a.b\".\"c d\" (\"e\nf\" int PRIMARY KEY, \"🙂\" \"a.b\".\"Ü \"\"x\"\"\" DEFAULT 'it''s', \"select\" text);
         CREATE FUNCTION \"a.b\".\"f(,\"(\"x y\" \"a.b\".\"c d\"[], int) RETURNS int LANGUAGE sql AS 'SELECT 1';
         COMMENT ON COLUMN \"a.b\".\"c d\".\"e\nf\" IS 'two\nlines';
         CREATE INDEX \"i;--\" ON \"a.b\".\"c d\" (\"select\", lower(\"select\"))",
    );
    let catalog = read(&database);
    assert_eq!(
        names(&catalog),
        [
            "schema \"a.b\"",
            "enum \"a.b\".\"Ü \"\"x\"\"\"",
            "table \"a.b\".\"c d\"",
            "column \"a.b\".\"c d\".\"e\nf\"",
            "column \"a.b\".\"c d\".\"select\"",
            "column \"a.b\".\"c d\".\"🙂\"",
            "constraint \"c d_pkey\" on \"a.b\".\"c d\"",
            "index \"c d_pkey\" on \"a.b\".\"c d\"",
            "index \"i;--\" on \"a.b\".\"c d\"",
            "function \"a.b\".\"f(,\"(\"a.b\".\"c d\"[], integer)",
        ]
    );
    let labels = attribute(&catalog, "enum \"a.b\".\"Ü \"\"x\"\"\"", "labels").unwrap();
    assert_eq!(serde_json::from_str::<Vec<String>>(labels).unwrap(), ["it's", "\"", "a\nb", "🙂", ""]);
    let (index, columns) = ("index \"i;--\" on \"a.b\".\"c d\"", r#"["select", "lower(\"select\")"]"#);
    assert_eq!(attribute(&catalog, index, "columns"), Some(columns));
    let table = "table \"a.b\".\"c d\"";
    assert_eq!(attribute(&catalog, table, "columns"), Some(r#"["e\nf", "🙂", "select"]"#));
    assert_eq!(
        lines(&Difference::between(&empty, &catalog)),
        [
            "+ schema \"a.b\"",
            "+ enum \"a.b\".\"Ü \"\"x\"\"\"",
            "+ table \"a.b\".\"c d\"",
            "+ function \"a.b\".\"f(,\"(\"a.b\".\"c d\"[], integer)"
        ]
    );
    database.sql("ALTER TABLE \"a.b\".\"c d\" DROP \"e\nf\"");
    let found = lines(&Difference::between(&catalog, &read(&database)));
    assert!(found.contains(&"- column \"a.b\".\"c d\".\"e␤f\"".to_owned()), "{found:?}");
}

/// A name that looks as if something else were part of it.
#[test]
fn a_column_is_not_taken_for_one_of_another_table() {
    let database = Database::new();
    database.sql(
        "CREATE TABLE a (b serial); CREATE TABLE \"a.b\" (c int); CREATE SCHEMA a; CREATE TABLE a.b (c int)",
    );
    let before = read(&database);
    database.sql("DROP TABLE a.b; ALTER TABLE \"a.b\" DROP c");
    assert_eq!(
        lines(&Difference::between(&before, &read(&database))),
        ["- table a.b", "- column public.\"a.b\".c"]
    );
}
