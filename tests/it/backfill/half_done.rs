//! What each command makes of a backfill that is half done.

use std::fs;
use std::process::Command;

use super::{BACKFILL, LONG, TASKS, hits, in_use, slow_down, with_rows};
use crate::support::{Database, Setup, client_program};

/// A third of its rows are done: then comes one that it fails on. Another file waits for it.
fn half_done() -> Setup {
    let setup = Setup::with(&[("0001_tasks.sql", TASKS_FILE)]);
    setup.database.sql(&TASKS.replace("ROWS", "3000"));
    setup.up().success();
    setup.project.migration("0002_fill.sql", FILL);
    setup
        .project
        .migration("0003_u.sql", "-- migrate:up\nCREATE TABLE u ();\n-- migrate:down\nDROP TABLE u;\n");
    setup.project.migration(
        "0004_not_null.sql",
        "-- migrate:up requires:0002\nALTER TABLE tasks ALTER priority SET NOT NULL;\n",
    );
    setup.up().fails(3);
    setup.run(&["up", "--backfills", "--batch-time", LONG]).fails(1);
    assert_eq!(hits(&setup), "2000 × 0, 1000 × 1");
    setup
}

/// On the scratch database, there is no table yet.
const TASKS_FILE: &str = "-- migrate:up
CREATE TABLE IF NOT EXISTS tasks (id bigint PRIMARY KEY, priority int, hits int NOT NULL DEFAULT 0);
-- migrate:down
DROP TABLE tasks;
";

const FILL: &str = "-- migrate:up batch:tasks(id) deferred:true
UPDATE tasks SET priority = 1, hits = hits + 1 WHERE :batch AND 1 / (id - 6000) IS NOT NULL;
-- migrate:down batch:tasks(id)
UPDATE tasks SET priority = NULL, hits = 0 WHERE :batch;
";

#[test]
fn status_says_how_much_of_it_is_done() {
    let setup = half_done();
    let status = setup.run(&["status", "--json"]).success().json();
    let fill = &status["migrations"][1];
    assert_eq!(fill["state"], "half_applied");
    assert_eq!(fill["deferred"], true);
    assert_eq!(fill["backfill"], serde_json::json!({ "rows": 1000, "of": 3000, "percent": 33 }));
    let text = setup.run(&["status"]).success().stdout;
    assert!(text.contains("half applied (33 %)"), "{text}");
}

#[test]
fn drift_leaves_it_out_and_says_so() {
    let setup = half_done();
    let drift = setup.run(&["drift"]).success();
    let note = "0002 fill is a backfill that is not finished (33 % done): it is left out, since it changes rows alone";
    assert!(drift.stderr.contains(note), "{}", drift.stderr);
    let json = setup.run(&["drift", "--json"]).success().json();
    let left_out = serde_json::json!([{ "version": "0002", "name": "fill", "percent": 33 }]);
    assert_eq!(json["unfinished_backfills"], left_out);
    setup.database.sql("ALTER TABLE u ADD by_hand int");
    let drift = setup.run(&["drift"]).fails(4);
    assert!(drift.stdout.contains("by_hand"), "{}", drift.stdout);
}

#[test]
fn diff_compares_the_schema_as_before() {
    let setup = half_done();
    let to = ["diff", setup.database.url(), "--to", "0003"];
    let diff = setup.run(&to).success();
    assert!(!diff.stdout.contains("tasks"), "{}", diff.stdout);
}

#[test]
fn plan_says_how_long_it_takes_and_what_waits_for_it_in_each_format() {
    let setup = half_done();
    for format in ["text", "markdown", "github", "sarif"] {
        let plan = setup.run(&["plan", "--format", format]).success().stdout;
        // Markdown has a backslash before what means something there.
        let plan = plan.replace('\\', "").replace("%25", "%");
        for expected in [
            " rows in 1 batch, 1 s at 10000 rows a second",
            "0002 fill is deferred (33 % done): `pmdb up --backfills` runs it",
            "0004 not_null waits for 0002 (33 % done): `pmdb up --backfills` runs it",
        ] {
            assert!(plan.contains(expected), "{format}: {plan}");
        }
    }
    let json = setup.run(&["plan", "--json"]).success().json();
    assert_eq!(json["held"]["version"], "0004");
    assert_eq!(json["deferred"][0]["version"], "0002");
    // Two thirds of what the planner estimates, which is more than there is once rows were written anew.
    let rows = json["backfills"][0]["rows"].as_u64().unwrap();
    assert!((2_000..5_000).contains(&rows), "{rows}");
}

#[test]
fn plan_says_how_long_one_takes_that_is_not_deferred() {
    let setup = with_rows(25_000, super::BACKFILL);
    let plan = setup.run(&["plan"]);
    let expected = "0001 fill is a backfill: about 25000 rows in 5 batches, 3 s at 10000 rows a second";
    assert!(plan.stdout.contains(expected), "{}{}", plan.stdout, plan.stderr);
}

#[test]
fn verify_takes_no_notice_of_it() {
    let setup = half_done();
    let verify = setup.run(&["verify"]);
    assert!(verify.stdout.contains("0002"), "{}{}", verify.stdout, verify.stderr);
    assert_eq!(hits(&setup), "2000 × 0, 1000 × 1");
}

#[test]
fn accept_refuses_it_as_not_finished() {
    let setup = half_done();
    let refused = setup.run(&["accept", "0002"]).fails(1).stderr;
    assert!(refused.contains("it is not finished"), "{refused}");
}

#[test]
fn baseline_names_the_command_that_finishes_it() {
    let setup = half_done();
    let refused = setup.run(&["baseline", "0003"]).fails(4).stderr;
    assert!(refused.contains("finish it with `pmdb up --backfills` first"), "{refused}");
}

#[test]
fn redo_begins_it_anew_and_leaves_newer_migrations_alone() {
    let setup = half_done();
    setup.project.migration("0002_fill.sql", &FILL.replace(" AND 1 / (id - 6000) IS NOT NULL", ""));
    setup.run(&["redo"]).success();
    assert_eq!(setup.states(), "0001 applied, 0002 applied, 0003 applied, 0004 pending");
    assert_eq!(hits(&setup), "3000 × 1");
}

#[test]
fn redo_takes_one_that_has_not_changed_before_the_newest_migration_too() {
    let setup = half_done();
    setup
        .database
        .sql("CREATE TABLE kept AS SELECT 'u'::regclass::oid AS oid; DELETE FROM tasks WHERE id = 6000");
    setup.run(&["redo"]).success();
    assert_eq!(hits(&setup), "2999 × 1");
    assert_eq!(setup.database.value("SELECT oid = 'u'::regclass FROM kept"), "t");
}

#[test]
fn down_undoes_what_is_newer_and_then_the_batches_that_are_done() {
    let setup = half_done();
    setup.run(&["down"]).success();
    assert_eq!(setup.states(), "0001 applied, 0002 half applied (0 of 1), 0003 pending, 0004 pending");
    setup.run(&["down"]).success();
    assert_eq!(setup.states(), "0001 applied, 0002 deferred, 0003 pending, 0004 pending");
    assert_eq!(hits(&setup), "3000 × 0");
}

#[test]
fn dbmate_reads_it_as_applied() {
    let setup = half_done();
    let versions = "SELECT string_agg(version, ' ' ORDER BY version) FROM public.schema_migrations";
    assert_eq!(setup.database.value(versions), "0001 0002 0003");
}

#[test]
fn a_key_that_is_sorted_in_another_way_by_now_is_not_gone_on_from() {
    let setup = half_done();
    setup.database.sql("ALTER TABLE tasks ALTER id TYPE text");
    let error = setup.run(&["up", "--backfills"]).fails(1).stderr;
    let expected = "the key (id) of public.tasks is sorted in another way than when this backfill began";
    assert!(error.contains(expected), "{error}");
    assert_eq!(hits(&setup), "2000 × 0, 1000 × 1");
    // Another type of the same order
    setup
        .database
        .sql("ALTER TABLE tasks ALTER id TYPE int USING id::int; UPDATE tasks SET id = -id WHERE id = 6000");
    setup.run(&["up", "--backfills"]).success();
    assert_eq!(hits(&setup), "1 × 0, 2999 × 1");
}

#[test]
fn up_backfills_names_one_whose_file_is_gone_and_says_how_many_rows_are_done() {
    let setup = half_done();
    fs::remove_file(setup.project.path().join("migrations/0002_fill.sql")).unwrap();
    fs::remove_file(setup.project.path().join("migrations/0004_not_null.sql")).unwrap();
    for args in [&["up", "--backfills"][..], &["up"]] {
        let error = setup.run(args).fails(4).stderr;
        let expected = "0002 fill is half applied (1000 rows), but has no file to go on with";
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn a_table_that_has_taken_the_place_of_another_is_not_gone_on_with() {
    let setup = half_done();
    setup.database.sql(
        "ALTER TABLE tasks RENAME TO old_tasks; \
         CREATE TABLE tasks (id bigint PRIMARY KEY, priority int, hits int NOT NULL DEFAULT 0); \
         INSERT INTO tasks (id) SELECT n FROM generate_series(1, 5000) AS n",
    );
    let error = setup.run(&["up", "--backfills"]).fails(1).stderr;
    let expected = "public.tasks is not the table with which this backfill began, but another one that is called so by now";
    assert!(error.contains(expected), "{error}");
    assert_eq!(hits(&setup), "5000 × 0");
    setup
        .database
        .sql("DROP TABLE tasks; ALTER TABLE old_tasks RENAME TO tasks; DELETE FROM tasks WHERE id = 6000");
    setup.run(&["up", "--backfills"]).success();
    assert_eq!(hits(&setup), "2999 × 1");
}

#[test]
fn a_table_that_takes_the_place_of_another_while_it_runs_stops_it_before_a_row_of_it_is_changed() {
    let setup = in_use(6_000, BACKFILL);
    slow_down(&setup);
    let job = setup.pmdb(&["up"]).spawn();
    setup.wait_until("EXISTS (SELECT FROM schema_migrations WHERE (backfill->>'rows')::int > 0)");
    setup.database.sql(
        "BEGIN; ALTER TABLE tasks RENAME TO old_tasks; CREATE TABLE tasks (LIKE old_tasks INCLUDING ALL); \
         INSERT INTO tasks SELECT id, priority, 0 FROM old_tasks; COMMIT",
    );
    let error = job.wait().fails(1).stderr;
    assert!(error.contains("public.tasks is not the table with which this backfill began"), "{error}");
    assert_eq!(hits(&setup), "6000 × 0");
}

#[test]
fn in_a_database_that_was_restored_from_a_dump_it_goes_on() {
    let setup = half_done();
    let Some(dump) = client_program("pg_dump") else { return };
    let dumped = Command::new(dump).arg("--inserts").arg(setup.database.url()).output().unwrap();
    assert!(dumped.status.success(), "{dumped:?}");
    let sql: String = String::from_utf8(dumped.stdout)
        .unwrap()
        .lines()
        .filter(|line| !line.starts_with('\\') && !line.starts_with("CREATE SCHEMA"))
        .map(|line| line.to_owned() + "\n")
        .collect();
    let restored = Database::new();
    // Its tables get other numbers.
    restored.sql("CREATE TABLE other (); CREATE TABLE others ()");
    restored.sql(&sql);
    restored.sql("SET search_path = public; DELETE FROM tasks WHERE id = 6000");
    setup.project.pmdb(&["up", "--backfills"]).database(&restored).run().success();
    assert_eq!(restored.value("SELECT count(*) FROM tasks WHERE hits <> 1"), "0");
}

#[test]
fn without_the_index_of_its_key_it_stops_and_goes_on_once_that_is_back() {
    let setup = half_done();
    setup.database.sql("ALTER TABLE tasks DROP CONSTRAINT tasks_pkey; DELETE FROM tasks WHERE id = 6000");
    let error = setup.run(&["up", "--backfills"]).fails(1).stderr;
    assert!(error.contains("tasks has no unique index on (id) that a backfill can go along"), "{error}");
    setup.database.sql("CREATE UNIQUE INDEX ON tasks (id)");
    setup.run(&["up", "--backfills"]).success();
    assert_eq!(hits(&setup), "2999 × 1");
}

#[test]
fn another_table_that_search_path_finds_first_by_now_is_not_gone_on_with() {
    let setup = half_done();
    let name = setup.database.name();
    setup.database.sql(&format!(
        "CREATE SCHEMA mine; CREATE TABLE mine.tasks (LIKE tasks INCLUDING ALL); \
         INSERT INTO mine.tasks (id) SELECT n FROM generate_series(1, 4000) AS n; \
         ALTER DATABASE {name} SET search_path = mine, public"
    ));
    let error = setup.run(&["up", "--backfills"]).fails(1).stderr;
    assert!(error.contains("mine.tasks is not the table with which this backfill began"), "{error}");
    assert_eq!(setup.database.value("SELECT count(*) FROM mine.tasks WHERE hits <> 0"), "0");
}

#[test]
fn drift_compares_what_redo_has_done_once_more() {
    let setup = half_done();
    setup.database.sql("DELETE FROM tasks WHERE id = 6000");
    setup.run(&["redo"]).success();
    let drift = setup.run(&["drift"]).success();
    assert!(!drift.stderr.contains("is not finished"), "{}", drift.stderr);
    setup.up().success();
    setup.run(&["drift"]).success();
    assert_eq!(setup.states(), "0001 applied, 0002 applied, 0003 applied, 0004 applied");
    setup.database.sql("ALTER TABLE tasks ALTER priority DROP NOT NULL");
    setup.run(&["drift"]).fails(4);
}
