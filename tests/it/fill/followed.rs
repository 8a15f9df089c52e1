//! Keys and references within a table have as many values, and as many NULLs, as those of another database.

use super::filled_after;
use crate::support::Database;

/// What ANALYZE finds of a column: how many values it has, and how many rows are NULL.
fn seen(database: &Database, table: &str, column: &str) -> (f64, f64) {
    let read = |what: &str| -> f64 {
        let query = format!("SELECT {what} FROM {table}");
        database.value(&query).parse().unwrap()
    };
    (read(&format!("count(DISTINCT {column})")), read(&format!("count(*) FILTER (WHERE {column} IS NULL)")))
}

#[test]
fn columns_of_keys_and_references_to_the_same_table_have_as_many_values_and_nulls_as_there() {
    let schema = "
        CREATE TABLE optional (id bigint PRIMARY KEY, email text UNIQUE, code int UNIQUE);
        CREATE TABLE tenants (tenant int, id bigint, PRIMARY KEY (tenant, id));
        CREATE TABLE points (device int, place text, at timestamptz, PRIMARY KEY (device, place, at));
        CREATE TABLE grid (x int, y smallint, PRIMARY KEY (x, y));
        CREATE TABLE child (x int, y smallint, n bigint PRIMARY KEY, FOREIGN KEY (x, y) REFERENCES grid);
        CREATE TABLE checked (id bigint PRIMARY KEY, total numeric(12,2) NOT NULL CHECK (total >= 0), rating int CHECK (rating BETWEEN 1 AND 5),
            at timestamptz NOT NULL CHECK (at > '2001-01-01'), title text NOT NULL CHECK (length(title) < 200));
        CREATE TABLE tree (id bigint PRIMARY KEY, parent_id bigint REFERENCES tree, name text, UNIQUE (parent_id, name))";
    let original = Database::new();
    original.sql(schema);
    original.sql(
        "INSERT INTO optional SELECT g, CASE WHEN g % 5 < 2 THEN NULL ELSE 'u' || g || '@corp.test' END, CASE WHEN g % 2 = 0 THEN g END
             FROM generate_series(1, 10000) g;
         INSERT INTO tenants SELECT (sqrt(g) / 5)::int, g FROM generate_series(1, 10000) g;
         INSERT INTO points SELECT g % 50, 'room ' || g / 50 % 4, date '2026-01-01' + (g / 200 || ' hours')::interval
             FROM generate_series(0, 9999) g;
         INSERT INTO grid SELECT g / 40, g % 40 FROM generate_series(0, 9999) g;
         INSERT INTO child SELECT g / 40, g % 40, g FROM generate_series(0, 4999) g;
         INSERT INTO checked SELECT g, g % 7000 + 0.5, CASE WHEN g % 3 > 0 THEN 1 + g % 5 END, now() - (g % 6000 || ' hours')::interval, 'title ' || g % 5000
             FROM generate_series(1, 10000) g;
         INSERT INTO tree SELECT g, CASE WHEN g % 10 > 2 THEN 1 + g / 100 END, 'name ' || g FROM generate_series(1, 10000) g",
    );
    let copy = filled_after(&original, schema);
    for (table, column) in [
        ("optional", "email"),
        ("optional", "code"),
        ("tenants", "tenant"),
        ("tenants", "id"),
        ("points", "device"),
        ("points", "place"),
        ("points", "at"),
        ("grid", "x"),
        ("grid", "y"),
        ("checked", "total"),
        ("checked", "rating"),
        ("checked", "at"),
        ("checked", "title"),
        ("tree", "parent_id"),
        ("tree", "name"),
    ] {
        let ((values, nulls), (found, found_nulls)) =
            (seen(&original, table, column), seen(&copy, table, column));
        assert!((found / values - 1.0).abs() < 0.15, "{table}.{column}: {found} of {values} values");
        assert!((found_nulls - nulls).abs() < 300.0, "{table}.{column}: {found_nulls} of {nulls} NULLs");
    }
    let original_rows =
        "SELECT max(rows) FROM (SELECT count(*) AS rows FROM tenants GROUP BY tenant) AS tenants";
    let largest = |database: &Database| -> f64 { database.value(original_rows).parse().unwrap() };
    let (there, here) = (largest(&original), largest(&copy));
    assert!((here / there - 1.0).abs() < 0.5, "{here} {there}");
}
