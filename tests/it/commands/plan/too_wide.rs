//! Rows that are too large for an index: `plan` says that a file fails where `up` does, and nowhere else.

use super::{list, plan, text};
use crate::support::{Setup, side_by_side};

const SCHEMA: &str = "-- migrate:up
CREATE DOMAIN html AS text;
CREATE TABLE t (id int NOT NULL, body text, page html, kind varchar(20), raw bytea, words text[]);
CREATE TABLE whole (id int, body text) PARTITION BY RANGE (id);
CREATE TABLE part PARTITION OF whole FOR VALUES FROM (0) TO (100);
";

/// 64 kB that cannot be compressed.
const RANDOM: &str = "(SELECT string_agg(md5(random()::text), '') FROM generate_series(1, 2000))";
/// Far more that can be.
const PLAIN: &str = "repeat('x', 100000)";

/// What the column of some row holds, a migration, and whether that fails.
const CASES: [(&str, &str, &str, bool); 22] = [
    ("body", RANDOM, "CREATE INDEX ON t (body)", true),
    ("body", RANDOM, "CREATE UNIQUE INDEX i ON t (id) INCLUDE (body)", true),
    ("body", RANDOM, "ALTER TABLE t ADD UNIQUE (id, body)", true),
    ("body", RANDOM, "CREATE INDEX ON t (kind, body)", true),
    ("body", RANDOM, "CREATE INDEX i ON t (body) WHERE id > 0", true),
    ("page", RANDOM, "CREATE INDEX ON t (page)", true),
    ("raw", "convert_to(repeat('x', 100000), 'UTF8')", "CREATE INDEX ON t (raw)", false),
    (
        "words",
        "ARRAY(SELECT md5(random()::text) FROM generate_series(1, 2000))",
        "CREATE INDEX ON t (words)",
        true,
    ),
    ("body", RANDOM, "ALTER TABLE t RENAME body TO html; CREATE INDEX ON t (html)", true),
    ("body", RANDOM, "CREATE INDEX i ON t (body); DROP INDEX i", true),
    // It is compressed enough.
    ("body", PLAIN, "CREATE INDEX ON t (body)", false),
    ("body", "repeat('x', 1000000)", "CREATE INDEX ON t (body)", true),
    // It is not in the index, or not as a whole.
    ("body", RANDOM, "CREATE INDEX ON t USING hash (body)", false),
    ("body", RANDOM, "CREATE INDEX ON t (md5(body))", false),
    ("body", RANDOM, "CREATE INDEX ON t (left(body, 100))", false),
    ("body", RANDOM, "CREATE INDEX ON t USING gin (to_tsvector('simple', body))", false),
    ("body", RANDOM, "CREATE INDEX i ON t (body) WHERE id < 0", false),
    ("body", RANDOM, "CREATE INDEX ON t (id, kind)", false),
    ("body", RANDOM, "CREATE INDEX ON t USING gin (words)", false),
    // Nothing is that large.
    ("body", "repeat(md5(random()::text), 60)", "CREATE INDEX ON t (body)", false),
    ("body", "NULL", "CREATE INDEX ON t (body)", false),
    (
        "body",
        "(SELECT string_agg(md5(random()::text), '') FROM generate_series(1, 80))",
        "CREATE INDEX ON t (body)",
        false,
    ),
];

fn says_fails(setup: &Setup) -> bool {
    let document = plan(setup, &["--json"]).success().json();
    list(&document["findings"]).any(|one| text(&one["class"]) == "fails")
}

#[test]
fn an_index_that_a_row_is_too_large_for_is_said_to_fail() {
    let wrong = side_by_side(&CASES, |(column, value, file, expected)| {
        let setup = Setup::with(&[("0001_schema.sql", SCHEMA)]);
        setup.up().success();
        setup.database.sql(&format!("INSERT INTO t (id, {column}) VALUES (1, {value}), (2, NULL)"));
        setup.project.migration("0002_file.sql", &format!("-- migrate:up\n{file};\n"));
        let (said, fails) = (says_fails(&setup), setup.run(&["up"]).code != Some(0));
        (said != *expected || fails != *expected).then(|| format!("{value} {file}: {said}, {fails}"))
    });
    let wrong: Vec<String> = wrong.into_iter().flatten().collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_rows_of_partitions_are_looked_at_with_the_whole() {
    let setup = Setup::with(&[("0001_schema.sql", SCHEMA)]);
    setup.up().success();
    setup.database.sql(&format!("INSERT INTO whole VALUES (1, {RANDOM})"));
    setup.project.migration("0002_file.sql", "-- migrate:up\nCREATE INDEX ON whole (body);\n");
    let document = plan(&setup, &["--json"]).success().json();
    let told = list(&document["findings"]).find(|one| text(&one["class"]) == "fails").unwrap();
    assert_eq!(
        text(&told["what"]),
        "1 row of public.whole is too large for the index whole_body_idx, which holds no more than 2704 bytes of one: this file will \
         fail at line 2"
    );
    setup.run(&["up"]).fails(1);
}
