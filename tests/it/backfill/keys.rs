//! Which keys a backfill can go along, and what is said of those that it cannot.

use crate::support::Setup;

/// A table whose key has these columns, with rows of these values; each row counts its hits.
fn goes_along(key: &str, columns: &str, rows: &str) {
    let setup = Setup::new();
    let names: Vec<&str> = key.split(", ").map(|name| name.trim_end_matches(" DESC")).collect();
    setup.database.sql(&format!(
        "CREATE SCHEMA other; CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy'); \
         CREATE DOMAIN other.short AS varchar(20) CHECK (value <> ''); \
         CREATE DOMAIN other.stay AS int4range; CREATE DOMAIN other.pair AS int[]; CREATE DOMAIN other.money AS numeric; \
         CREATE DOMAIN other.price AS other.money; CREATE DOMAIN other.feeling AS mood; \
         CREATE TABLE t ({columns}, hits int NOT NULL DEFAULT 0); \
         CREATE UNIQUE INDEX ON t ({key}); INSERT INTO t {rows}"
    ));
    let file =
        format!("-- migrate:up batch:t({})\nUPDATE t SET hits = hits + 1 WHERE :batch;\n", names.join(", "));
    setup.project.migration("0001_fill.sql", &file);
    setup.up().success();
    let query = "SELECT count(*) FILTER (WHERE hits <> 1) || ' of ' || (count(*) > 1000) FROM t";
    assert_eq!(setup.database.value(query), "0 of true", "{key} of {columns}");
}

#[test]
fn a_key_may_have_any_ordered_type() {
    let of_numbers = "FROM generate_series(-800, 800) AS n";
    for (kind, value) in [
        ("smallint", "n"),
        ("numeric", "n / 7.0"),
        ("double precision", "n / 7.0::float8"),
        ("text", "md5(n::text) || E'\\'\\\\\\n'"),
        ("text COLLATE \"C\"", "chr(300 + n % 30) || n"),
        ("varchar(50)", "'x ' || n"),
        ("char(9)", "n"),
        ("uuid", "md5(n::text)::uuid"),
        ("date", "date '2000-01-01' + n * 1000"),
        ("timestamptz", "timestamptz '0001-03-01 00:00:00.000001+00' + n * interval '1 year 3 s'"),
        ("timestamp", "timestamp '2001-03-01' + n * interval '1.000001 s'"),
        ("time", "time '12:00' + n * interval '1 s'"),
        ("interval", "n * interval '1 day 1.5 s'"),
        ("bytea", "convert_to(n || E'\\'', 'UTF8')"),
        ("inet", "inet '10.0.0.0' + n + 1000"),
        ("other.short", "'s' || n"),
        ("int[]", "ARRAY[n, 2]"),
        ("int4range", "int4range(n, n + 2)"),
        ("other.stay", "int4range(n, n + 2)"),
        ("other.pair", "ARRAY[n, 2]"),
        ("other.price", "n / 7.0"),
    ] {
        goes_along("k", &format!("k {kind} NOT NULL"), &format!("(k) SELECT {value} {of_numbers}"));
    }
}

#[test]
fn a_key_may_have_several_columns_and_go_down() {
    let columns = "a text NOT NULL, b mood NOT NULL, c timestamptz NOT NULL";
    let rows = "(a, b, c) SELECT 'tenant ' || n % 7, (ARRAY['sad', 'ok', 'happy']::mood[])[1 + n % 3], \
                now() + n * interval '1 s' FROM generate_series(1, 3000) AS n";
    goes_along("a, b, c", columns, rows);
    goes_along("c DESC, a DESC", columns, rows);
    goes_along("a, b, c", &columns.replace("mood", "other.feeling"), rows);
}

#[test]
fn an_enum_that_is_part_of_a_key_and_reserved_and_odd_names_work() {
    let setup = Setup::new();
    setup.database.sql(
        "CREATE SCHEMA \"Odd one\"; \
         CREATE TABLE \"Odd one\".\"my tab\"\"le\" (\"select\" int, \"batch_end\" int, t int, hits int DEFAULT 0, \
         PRIMARY KEY (\"batch_end\", \"select\")); \
         INSERT INTO \"Odd one\".\"my tab\"\"le\" SELECT n, n % 5, n FROM generate_series(1, 2000) AS n",
    );
    setup.project.migration(
        "0001_fill.sql",
        "-- migrate:up batch:\"Odd one\".\"my tab\"\"le\"(batch_end, \"select\")\n\
         UPDATE \"Odd one\".\"my tab\"\"le\" AS \"the t\" SET hits = hits + 1 WHERE :batch(\"the t\");\n",
    );
    setup.up().success();
    let query = "SELECT count(*) FROM \"Odd one\".\"my tab\"\"le\" WHERE hits = 1";
    assert_eq!(setup.database.value(query), "2000");
}

#[test]
fn a_partitioned_table_is_gone_through_as_one() {
    let setup = Setup::new();
    setup.database.sql(
        "CREATE TABLE t (id int, day date, hits int DEFAULT 0, PRIMARY KEY (day, id)) PARTITION BY RANGE (day); \
         CREATE TABLE t_1 PARTITION OF t FOR VALUES FROM ('2026-01-01') TO ('2026-02-01'); \
         CREATE TABLE t_2 PARTITION OF t DEFAULT; \
         INSERT INTO t SELECT n, date '2026-01-01' + n % 60 FROM generate_series(1, 3000) AS n; ANALYZE t",
    );
    setup.project.migration(
        "0001_fill.sql",
        "-- migrate:up batch:t(day, id)\nUPDATE t SET hits = hits + 1 WHERE :batch;\n",
    );
    setup.up().success();
    assert_eq!(setup.database.value("SELECT count(*) FROM t WHERE hits = 1"), "3000");
}

#[test]
fn a_key_that_leaves_rows_out_or_that_no_index_leads_along_is_refused_before_anything_runs() {
    let setup = Setup::new();
    setup.database.sql(
        "CREATE TABLE t (id int PRIMARY KEY, a int NOT NULL, b int NOT NULL, c int UNIQUE, hits int DEFAULT 0); \
         CREATE INDEX ON t (a); CREATE UNIQUE INDEX ON t (a, b DESC); CREATE UNIQUE INDEX ON t (b) WHERE b > 3; \
         CREATE UNIQUE INDEX ON t ((b + 1)); CREATE VIEW v AS SELECT * FROM t; INSERT INTO t VALUES (1, 1, 1, 1)",
    );
    let no_index = |columns| format!("t has no unique index on ({columns}) that a backfill can go along");
    for (key, expected) in [
        ("nope(id)", "there is no table nope".to_owned()),
        ("nope.t(id)", "there is no table nope.t".to_owned()),
        ("v(id)", "v is no table, so that no index leads through its rows".to_owned()),
        ("t(nope)", "t has no column nope".to_owned()),
        ("t(c)", "the column c of t may be NULL, and no batch would take such a row".to_owned()),
        ("t(a)", no_index("a")),
        ("t(b)", no_index("b")),
        ("t(a, b)", no_index("a, b")),
        ("t(id, a)", no_index("id, a")),
    ] {
        let table = key.split('(').next().unwrap();
        let file = format!("-- migrate:up batch:{key}\nUPDATE {table} SET hits = hits + 1 WHERE :batch;\n");
        setup.project.migration("0001_fill.sql", &file);
        let error = setup.up().fails(1).stderr;
        assert!(error.contains(&expected), "{key}: {error}");
        assert_eq!(setup.states(), "0001 pending");
    }
    assert_eq!(setup.database.value("SELECT sum(hits) FROM t"), "0");
}

#[test]
fn a_key_that_is_null_in_a_child_or_whose_not_null_was_never_checked_is_refused() {
    let setup = Setup::new();
    setup.database.sql(
        "CREATE TABLE t (k int NOT NULL UNIQUE, hits int DEFAULT 0); CREATE TABLE child () INHERITS (t)",
    );
    let version = setup.database.value("SHOW server_version_num").parse::<u32>().unwrap();
    setup.database.sql(match version {
        180_000.. => {
            "ALTER TABLE child NO INHERIT t; ALTER TABLE child ALTER k DROP NOT NULL; \
             ALTER TABLE t ALTER k DROP NOT NULL; ALTER TABLE t ADD CONSTRAINT never NOT NULL k NO INHERIT; \
             ALTER TABLE child INHERIT t"
        }
        _ => "ALTER TABLE child ALTER k DROP NOT NULL",
    });
    let refused = || {
        let error = setup.up().fails(1).stderr;
        assert!(error.contains("the column k of t may be NULL"), "{error}");
    };
    let file = "-- migrate:up batch:t(k)\nUPDATE t SET hits = hits + 1 WHERE :batch;\n";
    setup.project.migration("0001_fill.sql", file);
    refused();
    if version >= 180_000 {
        setup.database.sql(
            "DROP TABLE child; ALTER TABLE t DROP CONSTRAINT never; INSERT INTO t VALUES (NULL); \
             ALTER TABLE t ADD CONSTRAINT unchecked NOT NULL k NOT VALID",
        );
        refused();
        setup.database.sql("DELETE FROM t; ALTER TABLE t VALIDATE CONSTRAINT unchecked");
    } else {
        setup.database.sql("ALTER TABLE child ALTER k SET NOT NULL");
    }
    setup.up().success();
}

#[test]
fn a_key_is_written_by_its_type_and_not_by_a_cast_that_somebody_made() {
    let setup = Setup::new();
    setup.database.sql(
        "CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy'); \
         CREATE FUNCTION label(mood) RETURNS text IMMUTABLE LANGUAGE sql AS $$ SELECT 'very ' || enum_out($1)::text $$; \
         CREATE CAST (mood AS text) WITH FUNCTION label(mood); \
         CREATE TABLE t (m mood, id int, hits int DEFAULT 0, PRIMARY KEY (m, id)); \
         INSERT INTO t SELECT (enum_range(NULL::mood))[n % 3 + 1], n FROM generate_series(1, 2000) AS n",
    );
    let file = "-- migrate:up batch:t(m, id)\nUPDATE t SET hits = hits + 1 WHERE :batch;\n";
    setup.project.migration("0001_fill.sql", file);
    setup.up().success();
    assert_eq!(setup.database.value("SELECT count(*) FROM t WHERE hits = 1"), "2000");
}

#[test]
fn an_error_in_the_question_for_a_key_stands_at_the_statement() {
    let setup = Setup::new();
    let role = format!("writer_{}", setup.database.name());
    setup.database.sql(&format!(
        "CREATE ROLE {role} LOGIN; CREATE TABLE t (id int PRIMARY KEY, hits int DEFAULT 0); INSERT INTO t SELECT generate_series(1, 2000); \
         GRANT ALL ON SCHEMA public TO {role}; GRANT UPDATE (hits) ON t TO {role}",
    ));
    let file = "-- migrate:up batch:t(id)\nUPDATE t SET hits = 1 WHERE :batch;\n";
    setup.project.migration("0001_fill.sql", file);
    let url = setup.database.url().replace("postgres@", &format!("{role}@"));
    let error = setup.project.pmdb(&["up"]).env("DATABASE_URL", url).run().fails(1).stderr;
    assert!(error.contains("0001_fill.sql:2:1: permission denied for table t"), "{error}");
    assert!(!error.contains("COMMIT"), "{error}");
    setup.database.sql(&format!("DROP OWNED BY {role} CASCADE; DROP ROLE {role}"));
}

#[test]
fn a_key_that_is_generated_from_what_the_statement_assigns_is_refused_before_anything_runs() {
    let setup = Setup::new();
    setup.database.sql(
        "CREATE TABLE t (id int PRIMARY KEY, n int NOT NULL DEFAULT 0, \"M\" int, k int GENERATED ALWAYS AS (id + n * 100000) STORED NOT NULL, \
         l int GENERATED ALWAYS AS (id + coalesce(\"M\", 0)) STORED NOT NULL); \
         CREATE UNIQUE INDEX ON t (k); CREATE UNIQUE INDEX ON t (l, k); INSERT INTO t SELECT g FROM generate_series(1, 2000) AS g",
    );
    for (key, statement, expected) in [
        ("k", "UPDATE t SET n = n + 1 WHERE :batch", "the column k of t is generated from n, which"),
        (
            "k",
            "UPDATE public.t AS u SET (id, n) = (id, n + 1) WHERE :batch(u)",
            "the column k of t is generated from id, which",
        ),
        (
            "l, k",
            "WITH x AS (UPDATE t SET \"M\" = 1 WHERE :batch RETURNING 1) SELECT FROM x",
            "the column l of t is generated from M, which",
        ),
        (
            "k",
            "MERGE INTO t USING t s ON s.id = t.id AND :batch(s) WHEN MATCHED THEN UPDATE SET n = 1",
            "the column k of t is generated from n, which",
        ),
        (
            "k",
            "INSERT INTO t SELECT id FROM t WHERE :batch ON CONFLICT (id) DO UPDATE SET n = t.n + 1",
            "the column k of t is generated from n, which",
        ),
    ] {
        let file = format!("-- migrate:up batch:t({key})\n{statement};\n");
        setup.project.migration("0001_fill.sql", &file);
        let error = setup.up().fails(1).stderr;
        assert!(error.contains(expected), "{statement}: {error}");
        assert!(error.contains("a row whose key moves up would come again"), "{statement}: {error}");
        assert_eq!(setup.database.value("SELECT max(n) FROM t"), "0", "{statement}");
    }
}

#[test]
fn a_generated_key_that_the_statement_leaves_as_it_is_leads_through_all_rows() {
    for statement in [
        "UPDATE t SET m = m + 1 WHERE :batch",
        "UPDATE other.t SET n = 7 FROM t s WHERE other.t.n = 0 AND :batch(s)",
        "INSERT INTO log SELECT id FROM t WHERE :batch",
        "DELETE FROM t WHERE :batch",
    ] {
        let setup = Setup::new();
        setup.database.sql(
            "CREATE TABLE t (id int PRIMARY KEY, n int NOT NULL DEFAULT 0, m int NOT NULL DEFAULT 0, \
             k int GENERATED ALWAYS AS (id + n) STORED NOT NULL UNIQUE); CREATE SCHEMA other; CREATE TABLE other.t (n int); \
             CREATE TABLE log (id int); INSERT INTO t SELECT g FROM generate_series(1, 2000) AS g",
        );
        setup.project.migration("0001_fill.sql", &format!("-- migrate:up batch:public.t(k)\n{statement};\n"));
        setup.up().success();
        let rows = if statement.starts_with("DELETE") { "0" } else { "2000" };
        assert_eq!(setup.database.value("SELECT count(*) FROM t WHERE m < 2"), rows, "{statement}");
    }
}
