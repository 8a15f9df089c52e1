//! Expressions that fail for some rows: the server computes them for all, and the file fails.

use super::{list, plan, text};
use crate::support::{Setup, is_at_least};

const TABLES: &str = "-- migrate:up
CREATE TABLE t (id int PRIMARY KEY, v text, n int);
CREATE TABLE p (v text, n int) PARTITION BY LIST (n);
CREATE TABLE p_1 PARTITION OF p DEFAULT;
CREATE FUNCTION even(n int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS
    'BEGIN IF n % 2 = 1 THEN RAISE EXCEPTION ''odd''; END IF; RETURN n; END';
";

/// What `plan` says of rows, and whether `up` then fails.
fn told(file: &str, rows: &str) -> (Vec<String>, bool) {
    let setup = Setup::with(&[("0001_tables.sql", TABLES)]);
    setup.up().success();
    setup.database.sql(rows);
    setup.project.migration("0002_file.sql", file);
    let document = plan(&setup, &["--json", "--small", "1TB"]).success().json();
    let fails = list(&document["findings"]).filter(|one| text(&one["class"]) == "fails");
    let said = fails.map(|one| format!("{}: {}", text(&one["rule"]), text(&one["what"]))).collect();
    (said, setup.run(&["up"]).code != Some(0))
}

#[test]
fn an_index_whose_expression_or_condition_fails_for_a_row_is_said_to_fail() {
    let (bad, good) =
        ("INSERT INTO t VALUES (1, 'a', 1), (2, '7', 0)", "INSERT INTO t VALUES (1, '3', 2), (2, '7', 4)");
    let (bad_p, good_p) = ("INSERT INTO p VALUES ('a', 1)", "INSERT INTO p VALUES ('3', 1)");
    for (sql, bad, good) in [
        ("CREATE INDEX i ON t ((v::int));", bad, good),
        ("CREATE INDEX ON t ((1 / n));", bad, good),
        ("CREATE INDEX i ON t (id, (10 % n), lower(v));", bad, good),
        ("CREATE INDEX i ON t (id) WHERE 10 / n > 2;", bad, good),
        ("CREATE UNIQUE INDEX i ON t ((v::int));", bad, good),
        ("CREATE INDEX i ON t (even(n));", bad, good),
        ("ALTER TABLE t RENAME v TO w; CREATE INDEX i ON t ((w::int));", bad, good),
        ("CREATE INDEX i ON p ((v::int));", bad_p, good_p),
        ("ALTER TABLE t ADD EXCLUDE USING btree ((v::int) WITH =);", bad, good),
        ("ALTER TABLE t ADD CONSTRAINT c CHECK (even(n) < 9);", bad, good),
    ] {
        let file = format!("-- migrate:up\n{sql}\n");
        let (said, fails) = told(&file, bad);
        assert!(matches!(&said[..], [_]) && fails, "{sql}: {said:?}, {fails}");
        assert_eq!(told(&file, good), (Vec::new(), false), "{sql}");
    }
    let (said, _) = told("-- migrate:up\nCREATE INDEX i ON t (id, (1 / n));\n", bad);
    assert_eq!(
        said,
        [
            "values-do-not-fit: at least 1 row of public.t cannot be indexed by i: an expression or its condition fails: \
          this file will fail at line 2"
        ]
    );
}

#[test]
fn only_rows_that_the_index_has_are_computed() {
    let rows = "INSERT INTO t VALUES (1, 'a', 0), (2, '7', 1)";
    for sql in [
        "CREATE INDEX i ON t ((1 / n)) WHERE n <> 0;",
        "CREATE INDEX i ON t (lower(v), coalesce(n, 0)) WHERE v <> 'x';",
    ] {
        assert_eq!(told(&format!("-- migrate:up\n{sql}\n"), rows), (Vec::new(), false), "{sql}");
    }
    if is_at_least(15) {
        let sql = "-- migrate:up\nCREATE UNIQUE INDEX i ON t ((n / 1)) NULLS NOT DISTINCT;\n";
        let (said, fails) = told(sql, "INSERT INTO t VALUES (1, 'a', NULL), (2, 'b', NULL)");
        assert!(said[0].starts_with("duplicate-values") && fails, "{said:?}");
    }
}

#[test]
fn values_that_using_cuts_are_told_and_counted() {
    let rows =
        "INSERT INTO s VALUES ('abcdefgh', 1.55, 1.5, '2026-01-01 12:00Z'), ('abc', 1.5, 2, '2026-01-01Z')";
    for (using, lost) in [
        (
            "a TYPE varchar(5) USING left(a, 5)",
            Some("1 value of public.s.a is rounded or cut when it becomes character varying(5)"),
        ),
        ("a TYPE varchar(5) USING a::varchar(5)", Some("1 value of public.s.a is")),
        ("a TYPE varchar(9) USING left(a, 9)", None),
        ("n TYPE numeric(6,1) USING round(n, 1)", Some("1 value of public.s.n is")),
        ("f TYPE int USING f::int", Some("1 value of public.s.f is")),
        ("at TYPE date USING at::date", Some("1 value of public.s.at is")),
        // Another value is meant.
        ("n TYPE int USING (n * 100)::int", None),
        ("a TYPE varchar(5) USING 'x'", None),
    ] {
        let setup = Setup::with(&[(
            "0001_tables.sql",
            "-- migrate:up\nCREATE TABLE s (a text, n numeric(8,2), f float8, at timestamptz);\n",
        )]);
        setup.up().success();
        setup.database.sql(&format!("ALTER DATABASE {} SET timezone = 'UTC'", setup.database.name()));
        setup.database.sql(&format!("SET timezone = 'UTC'; {rows}"));
        setup.project.migration("0002_file.sql", &format!("-- migrate:up\nALTER TABLE s ALTER {using};\n"));
        let document = plan(&setup, &["--json", "--small", "1TB"]).success().json();
        let found = list(&document["findings"]).find(|one| text(&one["rule"]) == "lost-values");
        let said = found.map(|one| text(&one["what"]).to_owned());
        match lost {
            Some(lost) => {
                assert!(said.as_ref().is_some_and(|said| said.contains(lost)), "{using}: {document:#}")
            }
            None => assert_eq!(said, None, "{using}"),
        }
        setup.up().success();
    }
}

#[test]
fn a_narrower_type_is_told_where_the_column_or_its_table_gets_another_name_too() {
    for (file, object) in [
        ("ALTER TABLE t ALTER n TYPE smallint;\nALTER TABLE t RENAME n TO m;", Some("public.t.m")),
        ("ALTER TABLE t RENAME n TO m;\nALTER TABLE t ALTER m TYPE smallint;", Some("public.t.m")),
        ("ALTER TABLE t ALTER n TYPE smallint;\nALTER TABLE t RENAME TO u;", Some("public.u.n")),
        ("ALTER TABLE t ALTER n TYPE bigint;\nALTER TABLE t RENAME n TO m;", None),
        ("CREATE TYPE mood AS ENUM ('x');\nALTER TYPE mood RENAME TO state;", None),
    ] {
        let setup = Setup::with(&[("0001_tables.sql", TABLES)]);
        setup.up().success();
        setup.project.migration("0002_file.sql", &format!("-- migrate:up\n{file}\n"));
        let document = plan(&setup, &["--json"]).success().json();
        let found = list(&document["findings"]).find(|one| text(&one["rule"]) == "narrower-type");
        assert_eq!(found.map(|one| text(&one["object"])), object, "{file}: {document:#}");
        let line = found.map(|one| one["location"]["line"].as_u64().unwrap());
        let type_line = file.lines().position(|line| line.contains("smallint")).map(|place| place as u64 + 2);
        assert_eq!(line, type_line, "{file}");
    }
}

#[test]
fn a_type_that_the_file_finds_by_its_own_path_is_asked_about() {
    let setup = |value: &str| {
        let setup = Setup::with(&[(
            "0001_tables.sql",
            "-- migrate:up\nCREATE SCHEMA app;\nCREATE TYPE app.mood AS ENUM ('fine');\nCREATE TABLE app.t (mood text);\n",
        )]);
        setup.up().success();
        setup.database.sql(&format!("INSERT INTO app.t VALUES ('{value}')"));
        setup.project.migration(
            "0002_file.sql",
            "-- migrate:up\nSET LOCAL search_path = app, public;\nALTER TABLE t ALTER mood TYPE mood USING mood::mood;\n",
        );
        setup
    };
    for (value, expected) in [("bad", vec!["values-do-not-fit"]), ("fine", vec![])] {
        let setup = setup(value);
        let document = plan(&setup, &["--json"]).success().json();
        let fails = list(&document["findings"]).filter(|one| text(&one["class"]) == "fails");
        let said: Vec<&str> = fails.map(|one| text(&one["rule"])).collect();
        assert_eq!(said, expected, "{document:#}");
        assert_ne!(document["files"][0]["questions"][0]["outcome"], "not_there", "{document:#}");
        assert_eq!(setup.run(&["up"]).code != Some(0), !expected.is_empty());
    }
}

#[test]
fn values_that_a_smaller_enum_lacks_are_said_to_fail_as_prisma_writes_it() {
    for (value, fails) in [("ADMIN", true), ("USER", false)] {
        let setup = Setup::with(&[(
            "0001_tables.sql",
            "-- migrate:up\nCREATE TYPE \"Role\" AS ENUM ('USER', 'ADMIN');\nCREATE TABLE users (role \"Role\" DEFAULT 'USER');\n",
        )]);
        setup.up().success();
        setup.database.sql(&format!("INSERT INTO users VALUES ('{value}')"));
        setup.project.migration(
            "0002_file.sql",
            "-- migrate:up\nCREATE TYPE \"Role_new\" AS ENUM ('USER');\nALTER TABLE users ALTER COLUMN role DROP DEFAULT;\n\
             ALTER TABLE users ALTER COLUMN role TYPE \"Role_new\" USING (\"role\"::text::\"Role_new\");\n\
             ALTER TYPE \"Role\" RENAME TO \"Role_old\";\nALTER TYPE \"Role_new\" RENAME TO \"Role\";\nDROP TYPE \"Role_old\";\n",
        );
        let document = plan(&setup, &["--json"]).success().json();
        let said = list(&document["findings"])
            .any(|one| one["rule"] == "values-do-not-fit" && one["class"] == "fails");
        assert_eq!(said, fails, "{document:#}");
        assert_eq!(setup.run(&["up"]).code != Some(0), fails);
    }
}
