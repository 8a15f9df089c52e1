//! A half-done backfill goes on only along the columns with which it began, and where they may hold the values that they had.

use super::{LONG, hits, slow_down};
use crate::support::Setup;

const OTHER_COLUMNS: &str = "(k, id) of public.tasks are not the columns with which this backfill began, but others that are called so by now";

const SORTED_ANEW: &str = "the key (k, id) of public.tasks is sorted in another way";

/// A third of the rows are done: the next one cannot be.
fn half_done(key_type: &str) -> Setup {
    half_done_of(key_type, &format!("('1' || lpad((n % 100)::text, 3, '0'))::text::{key_type}"))
}

/// The same with other values in the key.
fn half_done_of(key_type: &str, value: &str) -> Setup {
    let setup = Setup::with(&[("0001_first.sql", "-- migrate:up\nCREATE TABLE first ();\n")]);
    setup.up().success();
    setup.database.sql(&format!(
        "CREATE TABLE tasks (k {key_type}, id int, hits int NOT NULL DEFAULT 0, fails int NOT NULL DEFAULT 0, PRIMARY KEY (k, id)); \
         INSERT INTO tasks SELECT {value}, 20000 - n FROM generate_series(1, 3000) AS n; \
         UPDATE tasks SET fails = 1 WHERE id = (SELECT id FROM tasks ORDER BY k, id OFFSET 1500 LIMIT 1)"
    ));
    setup.project.migration(
        "0002_count.sql",
        "-- migrate:up batch:tasks(k,id) deferred:true\nUPDATE tasks SET hits = hits + 1 WHERE :batch AND 1 / (1 - fails) = 1;\n",
    );
    setup.run(&["up", "--backfills", "--batch-time", LONG]).fails(1);
    assert_eq!(hits(&setup), "2000 × 0, 1000 × 1", "{key_type}");
    setup.database.sql("UPDATE tasks SET fails = 0");
    setup
}

/// Other columns with the same names, of the same types.
const SWAPPED: [&str; 2] = [
    "ALTER TABLE tasks RENAME k TO z; ALTER TABLE tasks RENAME id TO k; ALTER TABLE tasks RENAME z TO id; \
     CREATE UNIQUE INDEX ON tasks (k, id);",
    "ALTER TABLE tasks DROP CONSTRAINT tasks_pkey, ADD anew int; UPDATE tasks SET anew = 50000 - id; \
     ALTER TABLE tasks RENAME id TO old_id; ALTER TABLE tasks RENAME anew TO id; ALTER TABLE tasks ADD PRIMARY KEY (k, id);",
];

#[test]
fn a_column_that_has_taken_the_name_of_another_is_another_one() {
    for swapped in SWAPPED {
        let setup = half_done("int");
        setup.database.sql(swapped);
        for command in [&["up", "--backfills"][..], &["up", "--backfills", "--dry-run"]] {
            let error = setup.run(command).fails(1).stderr;
            assert!(error.contains(OTHER_COLUMNS), "{swapped}: {error}");
        }
        assert_eq!(hits(&setup), "2000 × 0, 1000 × 1");
    }
}

#[test]
fn a_file_that_gives_another_column_the_name_does_not_pass_the_backfill() {
    for swapped in SWAPPED {
        let setup = half_done("int");
        setup.project.migration("0003_swapped.sql", &format!("-- migrate:up\n{swapped}\n"));
        let error = setup.up().fails(1).stderr;
        assert!(error.contains(OTHER_COLUMNS), "{swapped}: {error}");
        setup.run(&["up", "--backfills"]).success();
        assert_eq!(hits(&setup), "3000 × 1");
        setup.up().success();
    }
}

#[test]
fn columns_that_become_narrower_may_have_lost_the_values_that_were_done() {
    for (before, after) in [
        ("numeric(10,3)", "numeric(10,1)"),
        ("numeric(10,1)", "numeric(8,1)"),
        ("numeric(10,1)", "numeric(10,3)"),
        ("numeric", "numeric(10,1)"),
        ("varchar(20)", "varchar(10)"),
        ("varchar", "varchar(10)"),
    ] {
        let setup = half_done(before);
        let change = format!("ALTER TABLE tasks ALTER k TYPE {after}");
        setup.project.migration("0003_narrower.sql", &format!("-- migrate:up\n{change};\n"));
        let error = setup.up().fails(1).stderr;
        assert!(error.contains(SORTED_ANEW), "{before} {after}: {error}");
        setup.database.sql(&change);
        let error = setup.run(&["up", "--backfills"]).fails(1).stderr;
        assert!(error.contains(SORTED_ANEW), "{before} {after}: {error}");
    }
}

#[test]
fn columns_that_become_wider_keep_them() {
    for (before, after) in [
        ("numeric(10,1)", "numeric(12,1)"),
        ("numeric(10,1)", "numeric(14,3)"),
        ("numeric(10,1)", "numeric"),
        ("varchar(10)", "varchar(20)"),
        ("varchar(10)", "varchar"),
        ("varchar(10)", "text"),
        ("int", "bigint"),
    ] {
        let setup = half_done(before);
        setup.database.sql(&format!("ALTER TABLE tasks ALTER k TYPE {after}"));
        setup.run(&["up", "--backfills"]).success();
        assert_eq!(hits(&setup), "3000 × 1", "{before} {after}");
    }
}

#[test]
fn columns_of_a_type_that_sorts_alike_and_has_other_values_are_not_gone_along() {
    for (before, value, after) in [
        ("timestamp", "'2026-01-01'::timestamp + (n % 100) * interval '10 minutes'", "date"),
        ("timestamptz", "'2026-10-25 00:00Z'::timestamptz + (n % 100) * interval '1 minute'", "timestamp"),
        ("float8", "(n % 100) / 7.0", "float4"),
        ("inet", "'10.0.0.0'::inet + n % 100", "cidr USING network(set_masklen(k, 28))"),
        (
            "tsrange",
            "tsrange('2026-01-01'::timestamp + (n % 100) * interval '1 hour', NULL)",
            "daterange USING daterange(lower(k)::date, NULL)",
        ),
    ] {
        let setup = half_done_of(before, value);
        let change = format!("ALTER TABLE tasks ALTER k TYPE {after}");
        setup.project.migration("0003_other_type.sql", &format!("-- migrate:up\n{change};\n"));
        let error = setup.up().fails(1).stderr;
        assert!(error.contains(SORTED_ANEW), "{before} {after}: {error}");
        setup.database.sql(&change);
        let error = setup.run(&["up", "--backfills"]).fails(1).stderr;
        assert!(error.contains(SORTED_ANEW), "{before} {after}: {error}");
        assert_eq!(hits(&setup), "2000 × 0, 1000 × 1");
    }
}

#[test]
fn a_file_that_writes_the_key_anew_may_give_it_other_values() {
    const REWRITTEN: &str = "the rows of public.tasks are written anew, perhaps with other values in the key";
    let setup = half_done("int");
    let change = "ALTER TABLE tasks ALTER k TYPE int USING 5000 - k";
    setup.project.migration("0003_turned.sql", &format!("-- migrate:up\n{change};\n"));
    let error = setup.up().fails(1).stderr;
    assert!(error.contains(REWRITTEN), "{error}");
    setup.database.sql("VACUUM FULL tasks");
    setup.run(&["up", "--backfills"]).success();
    assert_eq!(hits(&setup), "3000 × 1");

    for harmless in
        ["ALTER TABLE tasks ALTER k SET DEFAULT 5;", "ALTER TABLE tasks ADD anew float8 DEFAULT random();"]
    {
        let setup = half_done("int");
        setup.project.migration("0003_harmless.sql", &format!("-- migrate:up\n{harmless}\n"));
        setup.up().success();
        setup.run(&["up", "--backfills"]).success();
        assert_eq!(hits(&setup), "3000 × 1", "{harmless}");
    }
}

#[test]
fn a_type_that_changes_while_the_backfill_runs_stops_it() {
    let setup = Setup::with(&[("0001_first.sql", "-- migrate:up\nCREATE TABLE first ();\n")]);
    setup.up().success();
    setup.database.sql(
        "CREATE TABLE tasks (k numeric(10,3), id int, hits int NOT NULL DEFAULT 0, PRIMARY KEY (k, id)); \
         INSERT INTO tasks SELECT n / 1000.0, 20000 - n FROM generate_series(1, 6000) AS n",
    );
    setup.project.migration(
        "0002_count.sql",
        "-- migrate:up batch:tasks(k,id)\nUPDATE tasks SET hits = hits + 1 WHERE :batch;\n",
    );
    slow_down(&setup);
    let job = setup.pmdb(&["up"]).spawn();
    setup.wait_until("EXISTS (SELECT FROM schema_migrations WHERE (backfill->>'rows')::int > 0)");
    setup.database.sql("ALTER TABLE tasks ALTER k TYPE numeric(10,1)");
    let error = job.wait().fails(1).stderr;
    assert!(error.contains(SORTED_ANEW), "{error}");
    assert_eq!(setup.database.value("SELECT max(hits) FROM tasks"), "1");
}
