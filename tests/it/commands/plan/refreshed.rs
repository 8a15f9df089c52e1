//! `REFRESH MATERIALIZED VIEW` where the rows of today are not unique any more.

use super::{list, plan, text};
use crate::support::{Setup, side_by_side};

const SCHEMA: &str = "-- migrate:up
CREATE TABLE t (a int, b int);
CREATE MATERIALIZED VIEW mv AS SELECT a, b FROM t;
CREATE UNIQUE INDEX mv_b ON mv (b);
CREATE MATERIALIZED VIEW free AS SELECT a, b FROM t;
";

const DOUBLED: &str = "INSERT INTO t VALUES (1, 5), (2, 5), (3, 6)";
const UNIQUE: &str = "INSERT INTO t VALUES (1, 5), (1, 6), (1, NULL), (1, NULL)";

/// Rows, a migration, and the class of what is said of values that are there more than once.
const CASES: [(&str, &str, Option<&str>); 9] = [
    (DOUBLED, "REFRESH MATERIALIZED VIEW mv", Some("fails")),
    (DOUBLED, "REFRESH MATERIALIZED VIEW CONCURRENTLY public.mv", Some("fails")),
    (DOUBLED, "REFRESH MATERIALIZED VIEW mv WITH NO DATA", None),
    (DOUBLED, "REFRESH MATERIALIZED VIEW free", None),
    (DOUBLED, "DELETE FROM t WHERE a = 2; REFRESH MATERIALIZED VIEW mv", Some("careless")),
    (UNIQUE, "REFRESH MATERIALIZED VIEW mv", None),
    (UNIQUE, "REFRESH MATERIALIZED VIEW CONCURRENTLY mv", None),
    (
        "INSERT INTO t VALUES (1, 1), (1, 2); CREATE UNIQUE INDEX hand ON mv (a)",
        "REFRESH MATERIALIZED VIEW mv",
        Some("fails"),
    ),
    (
        "INSERT INTO t VALUES (1, 1), (1, 2); CREATE UNIQUE INDEX hand ON mv (a) WHERE b > 1",
        "REFRESH MATERIALIZED VIEW mv",
        None,
    ),
];

#[test]
fn the_rows_of_today_that_a_unique_index_of_the_view_refuses_are_said_to_fail() {
    let wrong = side_by_side(&CASES, |(rows, file, expected)| {
        let setup = Setup::with(&[("0001_schema.sql", SCHEMA)]);
        setup.up().success();
        setup.database.sql(rows);
        setup.project.migration("0002_file.sql", &format!("-- migrate:up\n{file};\n"));
        let document = plan(&setup, &["--json"]).success().json();
        let told = list(&document["findings"]).find(|one| text(&one["rule"]) == "duplicate-values");
        let class = told.map(|one| text(&one["class"]));
        let fails = setup.run(&["up"]).code != Some(0);
        (class != *expected || fails != (*expected == Some("fails")))
            .then(|| format!("{rows}; {file}: {class:?}, {fails}"))
    });
    let wrong: Vec<String> = wrong.into_iter().flatten().collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
