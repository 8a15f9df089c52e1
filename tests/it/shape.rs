//! The shape of a database: what is read, what is in the way of reading it, that no value of a row is in it, and that nothing is
//! written.

use std::collections::BTreeSet;
use std::time::Duration;

use pmdb::fill::{ColumnShape, Distinct, Magnitude, Shape, ShapeGap, to_json};
use pmdb::postgres::read_shape;
use pmdb::{Session, Target};

use crate::support::{Database, Mode, Project, Proxy, Replicas, Server, Setup, server, wait_until};

const PRODUCTION: &str = include_str!("../testdata/fill/production.sql");

fn shape(url: &str) -> Shape {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let session = Session::connect(&Target::from_url(url).unwrap()).await.unwrap();
        read_shape(&session).await.unwrap_or_else(|error| panic!("{error}"))
    })
}

fn column<'a>(shape: &'a Shape, table: &str, name: &str) -> &'a ColumnShape {
    let table = shape.table("public", table).unwrap();
    table.columns.get(name).unwrap_or_else(|| panic!("{name} in {:?}", table.columns.keys()))
}

fn is_near(value: f64, wanted: f64) -> bool {
    (value - wanted).abs() < 0.02
}

fn names(tables: &[&str]) -> Vec<(String, String)> {
    tables.iter().map(|name| ("public".to_owned(), (*name).to_owned())).collect()
}

fn production() -> Database {
    let (project, database) = (Project::new(), Database::new());
    project.pmdb(&["up", "--bundled"]).database(&database).run().success();
    database.sql(PRODUCTION);
    database
}

#[test]
fn rows_nulls_frequencies_and_widths_are_what_analyze_has_found() {
    let shape = shape(production().url());
    assert!(shape.gaps.is_empty(), "{:?}", shape.gaps);
    assert_eq!(shape.table("public", "tasks").unwrap().rows, Some(60_000));
    let assigned = column(&shape, "tasks", "assigned_to");
    assert!(is_near(assigned.nulls, 0.15), "{assigned:?}");
    // One of 1,200 people has a sixth of the work.
    assert!(is_near(assigned.frequencies[0], 0.145), "{assigned:?}");
    assert!(is_near(assigned.distinct.of(60_000) / 1200.0, 1.0), "{assigned:?}");
    assert_eq!(column(&shape, "users", "email").distinct, Distinct::Share(1.0));
    let status = column(&shape, "tasks", "status");
    let labels: Vec<&str> = status.labels.keys().map(String::as_str).collect();
    assert_eq!(labels, ["cancelled", "completed", "in_progress", "pending"]);
    assert!(is_near(status.labels["completed"], 0.88) && status.frequencies.is_empty(), "{status:?}");
    assert_eq!(column(&shape, "users", "password_hash").width, 72);
    assert!(is_near(column(&shape, "tasks", "created_at").correlation.unwrap(), 1.0));
    assert!(is_near(column(&shape, "tasks", "title").correlation.unwrap(), 0.0));
}

#[test]
fn no_value_of_a_row_is_in_it() {
    let database = production();
    let text = to_json(&shape(database.url())).unwrap();
    let words: BTreeSet<&str> = text.split(|c: char| !c.is_alphanumeric() && !"-+.:@_".contains(c)).collect();
    let columns = database.sql(
        "SELECT attrelid::regclass::text, attname FROM pg_attribute JOIN pg_class c ON c.oid = attrelid \
         WHERE attnum > 0 AND relkind = 'r' AND relnamespace = 'public'::regnamespace AND relname <> 'schema_migrations' \
         AND atttypid <> 'int4'::regtype AND atttypid NOT IN (SELECT oid FROM pg_type WHERE typtype = 'e')",
    );
    let mut values = 0;
    for row in &columns {
        let [Some(table), Some(name)] = &row[..] else { panic!("{row:?}") };
        for row in
            &database.sql(&format!("SELECT DISTINCT {name}::text FROM {table} WHERE {name} IS NOT NULL"))
        {
            let [Some(value)] = &row[..] else { panic!("{row:?}") };
            values += 1;
            for word in value.split(' ').filter(|word| word.len() > 9) {
                assert!(!words.contains(word), "{table}.{name}: {word}");
            }
        }
    }
    assert!(values > 100_000, "{values}");
}

/// Distances between the bounds of a histogram, as shares of a range that leaves the smallest and the largest out.
#[test]
fn where_numbers_crowd_is_told_without_the_numbers() {
    let database = Database::new();
    database.sql(
        "CREATE TABLE t AS SELECT 1000000 + n * n AS squares, -n::float8 AS negative, n AS few, \
             date '2001-02-03' + n AS day, timestamptz '2001-02-03' + n * interval '1 hour' AS hour, \
             CASE WHEN n = 2000 THEN 1e400 ELSE 1e300 + n * 1e297 END::numeric AS huge, \
             CASE WHEN n % 10 = 0 THEN 'NaN'::numeric ELSE n END AS nan, CASE WHEN n % 10 < 5 THEN 'infinity' ELSE date '2001-02-03' + n END AS never \
         FROM generate_series(1, 2000) n; \
         CREATE TABLE small AS SELECT n AS salary FROM generate_series(1, 900) n; \
         CREATE TABLE coarse AS SELECT n % 90 AS a FROM generate_series(1, 9000) n; ANALYZE",
    );
    let shape = shape(database.url());
    let spread = |name| column(&shape, "t", name).spread.clone();
    let squares = spread("squares").unwrap();
    for (tenth, wanted) in
        squares.tenths.iter().zip([0.01, 0.03, 0.05, 0.07, 0.09, 0.11, 0.13, 0.15, 0.17, 0.19])
    {
        assert!(is_near(*tenth, wanted), "{squares:?}");
    }
    assert_eq!(squares.magnitude, Magnitude::Digits(7));
    assert_eq!(spread("negative").unwrap().magnitude, Magnitude::SignedDigits(4));
    assert_eq!(spread("day").unwrap().magnitude, Magnitude::DaysLog2(11));
    assert_eq!(spread("hour").unwrap().magnitude, Magnitude::DaysLog2(7));
    assert_eq!(spread("huge").unwrap().magnitude, Magnitude::Digits(301));
    // They are no places in a range.
    assert_eq!(spread("nan").unwrap().magnitude, Magnitude::Digits(4));
    assert_eq!(spread("never").unwrap().magnitude, Magnitude::DaysLog2(11));
    assert_eq!(column(&shape, "small", "salary").spread, None);
    assert_eq!(column(&shape, "coarse", "a").spread, None);
}

#[test]
fn labels_are_those_of_enums_and_booleans_also_in_a_domain() {
    let database = Database::new();
    database.sql(
        "CREATE TYPE \"Mood\" AS ENUM ('so so', 'Good'); CREATE DOMAIN d AS \"Mood\"; CREATE DOMAIN d2 AS d; \
         CREATE TABLE \"Odd.Name\" (\"A b\" d2, yes boolean, secret text); \
         INSERT INTO \"Odd.Name\" SELECT CASE WHEN n % 4 = 0 THEN 'so so' ELSE 'Good' END::\"Mood\", n % 2 = 0, 'hush' \
         FROM generate_series(1, 100) n; ANALYZE",
    );
    let shape = shape(database.url());
    let labels = |name| column(&shape, "Odd.Name", name).labels.clone();
    assert_eq!(labels("A b"), [("Good".to_owned(), 0.75), ("so so".to_owned(), 0.25)].into());
    assert_eq!(labels("yes"), [("false".to_owned(), 0.5), ("true".to_owned(), 0.5)].into());
    assert_eq!(labels("secret"), Default::default());
    assert_eq!(column(&shape, "Odd.Name", "secret").frequencies, [1.0]);
}

#[test]
fn what_a_role_may_not_see_is_said() {
    let setup = Setup::new();
    let role = format!("poor_{}", setup.database.name());
    setup.database.sql(&format!(
        "CREATE TABLE open AS SELECT n FROM generate_series(1, 100) n; CREATE TABLE closed AS SELECT * FROM open; \
         CREATE TABLE partly AS SELECT n AS a, n AS b FROM open; CREATE TABLE secured AS SELECT * FROM open; \
         CREATE TABLE unseen (a int) WITH (autovacuum_enabled = off); CREATE TABLE empty (a int); ANALYZE open, closed, partly, secured; \
         INSERT INTO unseen SELECT n FROM open; \
         ALTER TABLE secured ENABLE ROW LEVEL SECURITY; CREATE ROLE {role} LOGIN; \
         GRANT SELECT ON open, secured, unseen, empty TO {role}; GRANT SELECT (a) ON partly TO {role}",
    ));
    setup.wait_until("pg_stat_get_live_tuples('unseen'::regclass) = 100");
    let seen = shape(&setup.database.url().replace("postgres@", &format!("{role}@")));
    assert_eq!(
        seen.gaps,
        [
            ShapeGap::NeverAnalyzed { tables: names(&["unseen"]) },
            ShapeGap::Hidden { tables: names(&["closed", "partly"]) },
            ShapeGap::RowSecurity { tables: names(&["secured"]) },
        ]
    );
    let columns =
        |name| seen.table("public", name).unwrap().columns.keys().cloned().collect::<Vec<_>>().join(" ");
    assert_eq!(["open", "closed", "partly", "secured", "unseen"].map(columns), ["n", "", "a", "", ""]);
    // How many rows there are is no secret.
    assert_eq!(seen.table("public", "closed").unwrap().rows, Some(100));
    assert_eq!(seen.table("public", "unseen").unwrap().rows, Some(100));
    assert_eq!(seen.table("public", "empty").unwrap().rows, Some(0));
    let owner = shape(setup.database.url());
    assert_eq!(owner.gaps, [ShapeGap::NeverAnalyzed { tables: names(&["unseen"]) }]);
    setup.database.sql(&format!("DROP OWNED BY {role}; DROP ROLE {role}"));
}

#[test]
fn a_partitioned_table_stands_for_its_partitions_and_an_inherited_one_for_itself() {
    let database = Database::new();
    database.sql(
        "CREATE TABLE p (a int, b text) PARTITION BY RANGE (a); \
         CREATE TABLE p_1 PARTITION OF p FOR VALUES FROM (0) TO (100); \
         CREATE TABLE p_2 PARTITION OF p FOR VALUES FROM (100) TO (10000) PARTITION BY RANGE (a); \
         CREATE TABLE p_3 (b text, a int); ALTER TABLE p_2 ATTACH PARTITION p_3 FOR VALUES FROM (100) TO (10000); \
         INSERT INTO p SELECT n, CASE WHEN n < 1000 THEN 'x' END FROM generate_series(0, 1999) n; ANALYZE p_1, p_3; \
         CREATE TABLE base (a int); CREATE TABLE derived () INHERITS (base); \
         INSERT INTO base VALUES (1); INSERT INTO derived SELECT generate_series(1, 50); ANALYZE base, derived",
    );
    let parts = shape(database.url());
    assert_eq!(parts.gaps, [ShapeGap::OnlyPartitions { tables: names(&["p"]) }]);
    let tables: Vec<&String> = parts.tables["public"].keys().collect();
    assert_eq!(tables, ["base", "derived", "p"]);
    assert_eq!(parts.table("public", "p").unwrap().rows, Some(2000));
    // Of the largest one, whose columns stand in another order.
    assert!(is_near(column(&parts, "p", "b").nulls, 1000.0 / 1900.0));
    assert_eq!(parts.table("public", "base").unwrap().rows, Some(1));
    assert_eq!(parts.table("public", "derived").unwrap().rows, Some(50));

    database.sql("ANALYZE p");
    let whole = shape(database.url());
    assert!(whole.gaps.is_empty(), "{:?}", whole.gaps);
    assert!(is_near(column(&whole, "p", "b").nulls, 0.5));
}

#[test]
fn a_locked_table_is_read_all_the_same() {
    let setup = Setup::new();
    setup.database.sql("CREATE TABLE t AS SELECT n FROM generate_series(1, 100) n; ANALYZE t");
    let held = setup.hold("BEGIN; LOCK TABLE t; ALTER TABLE t ADD COLUMN m int");
    let shape = shape(setup.database.url());
    assert_eq!(shape.table("public", "t").unwrap().rows, Some(100));
    assert_eq!(column(&shape, "t", "n").distinct, Distinct::Share(1.0));
    drop(held);
}

#[test]
fn it_is_one_question() {
    let database = Database::new();
    let proxy = Proxy::new(server().socket(), Duration::ZERO);
    shape(&proxy.url(database.name()));
    let [traffic] = proxy.traffic()[..] else { panic!("one connection") };
    assert_eq!((traffic.answers, traffic.turns), (1, 1));
}

/// On a server of its own; its own processes write now and then.
#[test]
fn nothing_is_written_and_no_table_is_scanned() {
    let own = Server::own();
    let database = Database::on(&own);
    database.sql("CREATE TABLE t AS SELECT n FROM generate_series(1, 10000) n");
    database.sql("VACUUM (FREEZE, ANALYZE)");
    database.sql("CHECKPOINT");
    let scans = "SELECT sum(seq_scan) FROM pg_stat_user_tables";
    let scans_before = database.value(scans);
    let quiet = (0..20).any(|_| {
        let before = written(&database);
        shape(database.url());
        written(&database) == before
    });
    assert!(quiet);
    assert_eq!(database.value(scans), scans_before);
}

fn written(database: &Database) -> String {
    database.value(
        "SELECT concat(pg_current_wal_insert_lsn(), row(tup_inserted, tup_updated, tup_deleted, temp_files)) \
         FROM pg_stat_database WHERE datname = current_database()",
    )
}

#[test]
fn a_standby_has_the_shape_of_its_primary() {
    let Some(replicas) = Replicas::new(Mode::Asynchronous) else { return };
    let database = Database::at(&replicas.url());
    database.sql("CREATE TABLE t AS SELECT n % 7 AS a FROM generate_series(1, 1000) n; ANALYZE t");
    let primary = shape(database.url());
    assert!(column(&primary, "t", "a").frequencies.len() == 7 && primary.gaps.is_empty(), "{primary:?}");
    let url =
        replicas.url_for("prefer-standby").replace("dbname=postgres", &format!("dbname={}", database.name()));
    let mut standby = None;
    wait_until("the standby has the table", || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let target = Target::from_url(&url).unwrap();
        standby = runtime.block_on(async {
            let session = Session::connect(&target).await.ok()?;
            read_shape(&session).await.ok()
        });
        standby.as_ref() == Some(&primary)
    });
}

/// What ANALYZE finds in a copy, against what it has found in the original. Keys that are counted off are left out.
fn assert_like(copy: &Shape, original: &Shape) {
    let mut compared = 0;
    for (name, table) in &original.tables["public"] {
        for (column_name, there) in &table.columns {
            if name == "schema_migrations" || name == "project_members" && column_name.ends_with("_id") {
                continue;
            }
            let (here, what) = (column(copy, name, column_name), format!("{name}.{column_name}"));
            let count = |shape: &Shape, column: &ColumnShape| {
                column.distinct.of(shape.table("public", name).unwrap().rows.unwrap())
            };
            compared += 1;
            let seen = format!("{what}: {here:?}\n{there:?}");
            assert!(is_near(here.nulls, there.nulls), "nulls of {seen}");
            let ratio = count(copy, here) / count(original, there);
            assert!((0.8..1.25).contains(&ratio), "values of {seen}");
            for label in there.labels.keys() {
                assert!(is_near(here.labels[label], there.labels[label]), "{label} of {seen}");
            }
            let (width, wanted) = (f64::from(here.width), f64::from(there.width));
            assert!((width - wanted).abs() <= 1.0 + wanted / 50.0, "width of {seen}");
            let top = |column: &ColumnShape| column.frequencies.first().copied().unwrap_or_default();
            assert!(is_near(top(here), top(there)), "frequencies of {seen}");
            let correlation = |column: &ColumnShape| column.correlation.unwrap_or_default();
            // Texts and UUIDs have no order that could be followed.
            if !["email", "role"].contains(&column_name.as_str()) {
                assert!((correlation(here) - correlation(there)).abs() < 0.15, "correlation of {seen}");
            }
        }
    }
    assert!(compared >= 25, "{compared}");
}

#[test]
fn a_copy_has_the_statistics_of_the_original_which_is_only_read() {
    let own = Server::own();
    let original = Database::on(&own);
    let project = Project::new();
    project.pmdb(&["up", "--bundled"]).database(&original).run().success();
    original.sql(PRODUCTION);
    original.sql("VACUUM (FREEZE, ANALYZE)");
    original.sql("CHECKPOINT");
    let copy = Database::new();
    project.pmdb(&["up", "--bundled"]).database(&copy).run().success();
    let scans = "SELECT sum(seq_scan) + sum(idx_scan) FROM pg_stat_user_tables";
    let scans_before = original.value(scans);
    let quiet = (0..20).any(|_| {
        let before = written(&original);
        project.pmdb(&["fill", "--like", original.url(), "--dry-run"]).database(&copy).run().success();
        written(&original) == before
    });
    assert!(quiet);
    project.pmdb(&["fill", "--like", original.url()]).database(&copy).run().success();
    assert_eq!(original.value(scans), scans_before);
    copy.sql("ANALYZE");
    assert_like(&shape(copy.url()), &shape(original.url()));
}

#[test]
fn a_copy_of_a_tenth_has_as_many_parents_with_children_as_the_original() {
    let original = production();
    let (project, copy) = (Project::new(), Database::new());
    project.pmdb(&["up", "--bundled"]).database(&copy).run().success();
    project.pmdb(&["fill", "--like", original.url(), "--rows", "8700"]).database(&copy).run().success();
    let share = |database: &Database, sql: &str| database.value(sql).parse::<f64>().unwrap();
    for (parents, children, key) in [
        ("projects", "tasks", "project_id"),
        ("users", "tasks", "assigned_to"),
        ("users", "projects", "owner_id"),
    ] {
        let with_children = format!(
            "SELECT count(DISTINCT {key})::float8 / (SELECT count(*) FROM {parents}) FROM {children}"
        );
        let most = format!(
            "SELECT max(n) / sum(n) FROM (SELECT count(*) AS n FROM {children} WHERE {key} IS NOT NULL GROUP BY {key}) t"
        );
        for (sql, tolerance) in [(with_children, 0.08), (most, 0.03)] {
            let (here, there) = (share(&copy, &sql), share(&original, &sql));
            assert!((here - there).abs() < tolerance, "{children}.{key}: {here} {there}");
        }
    }
}
