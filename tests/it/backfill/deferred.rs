//! Deferred backfills, beside which deploys go on; and what waits for them.

use super::{LONG, hits, in_use, slow_down, with_rows};
use crate::support::Setup;

pub(super) const DEFERRED: &str = "-- migrate:up batch:tasks(id) deferred:true
UPDATE tasks SET priority = 1, hits = hits + 1 WHERE :batch;
";

/// A project with a deferred backfill, one file after it, and one that waits for it.
fn project(rows: u32) -> Setup {
    let setup = in_use(rows, DEFERRED);
    setup.project.migration("0002_u.sql", "-- migrate:up\nCREATE TABLE u ();\n");
    setup.project.migration(
        "0003_not_null.sql",
        "-- migrate:up requires:0001\nALTER TABLE tasks ALTER priority SET NOT NULL;\n",
    );
    setup
}

#[test]
fn up_passes_a_deferred_backfill_and_stops_before_what_requires_it() {
    let setup = project(2_000);
    let up = setup.up().fails(3);
    assert!(up.stdout.contains("1 migration applied"), "{}", up.stdout);
    assert!(up.stdout.contains("0001 fill is deferred: `pmdb up --backfills` runs it"), "{}", up.stdout);
    assert!(
        up.stdout.contains("0003 not_null waits for 0001: `pmdb up --backfills` runs it"),
        "{}",
        up.stdout
    );
    assert_eq!(setup.states(), "0000 applied, 0001 deferred, 0002 applied, 0003 pending");
    assert_eq!(hits(&setup), "2000 × 0");

    let again = setup.run(&["up", "--json"]).fails(3).json();
    assert_eq!(again["deferred"][0]["version"], "0001");
    assert_eq!(again["held"]["requires"], "0001");

    setup.run(&["up", "--backfills"]).success();
    assert_eq!(hits(&setup), "2000 × 1");
    assert_eq!(setup.states(), "0000 applied, 0001 applied, 0002 applied, 0003 pending");
    setup.up().success();
    assert_eq!(setup.states(), "0000 applied, 0001 applied, 0002 applied, 0003 applied");
}

#[test]
fn a_deploy_goes_on_while_a_deferred_backfill_runs() {
    let setup = project(6_000);
    slow_down(&setup);
    let job = setup.pmdb(&["up", "--backfills"]).spawn();
    setup.wait_until("EXISTS (SELECT FROM schema_migrations WHERE (backfill->>'rows')::int > 0)");
    let up = setup.up().fails(3);
    assert!(up.stdout.contains("1 migration applied"), "{}", up.stdout);
    assert!(up.stdout.contains("% done): `pmdb up --backfills` runs it"), "{}", up.stdout);
    let status = setup.run(&["status", "--json"]).success().json();
    assert_eq!(status["migrations"][1]["deferred"], true);
    assert_eq!(status["migrations"][1]["state"], "half_applied");
    let second = setup.run(&["up", "--backfills", "--lock-wait", "0"]).fails(5).stderr;
    assert!(second.contains("another pmdb"), "{second}");
    job.wait().success();
    assert_eq!(hits(&setup), "6000 × 1");
    setup.up().success();
}

#[test]
fn a_deferred_backfill_waits_for_the_migrations_before_it() {
    let setup = in_use(10, "-- migrate:up\nCREATE TABLE u ();\n");
    setup.project.migration("0002_fill.sql", DEFERRED);
    let early = setup.run(&["up", "--backfills"]).fails(3).stdout;
    assert!(early.contains("0002 fill waits for 0001: `pmdb up` applies it"), "{early}");
    setup.up().success();
    assert_eq!(setup.states(), "0000 applied, 0001 applied, 0002 deferred");
    setup.run(&["up", "--backfills"]).success();
    assert_eq!(setup.states(), "0000 applied, 0001 applied, 0002 applied");
}

#[test]
fn a_half_done_backfill_whose_statement_changes_is_begun_anew_by_redo() {
    let setup = in_use(
        3_000,
        "-- migrate:up batch:tasks(id) deferred:true
UPDATE tasks SET hits = hits + 1 WHERE :batch AND 1 / (id - 6000) IS NOT NULL;
",
    );
    setup.project.migration("0002_u.sql", "-- migrate:up\nCREATE TABLE u ();\n");
    setup.up().success();
    setup.run(&["up", "--backfills", "--batch-time", LONG]).fails(1);
    assert_eq!(hits(&setup), "2000 × 0, 1000 × 1");
    setup.project.migration("0001_fill.sql", &DEFERRED.replace("hits + 1", "hits + 10"));
    let changed = setup.run(&["up", "--backfills"]).fails(4).stderr;
    assert!(
        changed.contains("has passed 1000 rows already, and the file now says something else"),
        "{changed}"
    );
    assert!(changed.contains("begin it anew with `pmdb redo`"), "{changed}");
    setup.run(&["redo"]).success();
    assert_eq!(hits(&setup), "2000 × 10, 1000 × 11");
    assert_eq!(setup.states(), "0000 applied, 0001 applied, 0002 applied");
}

#[test]
fn a_requirement_that_there_is_not_is_refused() {
    let setup = Setup::with(&[("0001_u.sql", "-- migrate:up requires:0009\nCREATE TABLE u ();\n")]);
    let error = setup.up().fails(1).stderr;
    assert!(error.contains("0001 u requires the migration 0009, which there is not"), "{error}");
}

#[test]
fn a_half_done_backfill_can_be_undone_by_its_down_half() {
    let file = "-- migrate:up batch:tasks(id)
UPDATE tasks SET priority = 1, hits = hits + 1 WHERE :batch AND 1 / (id - 6000) IS NOT NULL;
-- migrate:down batch:tasks(id)
UPDATE tasks SET priority = NULL, hits = 0 WHERE :batch;
";
    let setup = with_rows(3_000, file);
    setup.up().fails(1);
    setup.run(&["down"]).success();
    assert_eq!(hits(&setup), "3000 × 0");
    assert_eq!(setup.states(), "0001 pending");
}

#[test]
fn a_file_that_requires_itself_or_a_later_one_is_refused() {
    for required in ["0001", "0002"] {
        let file = format!("-- migrate:up requires:{required}\nCREATE TABLE u ();\n");
        let setup =
            Setup::with(&[("0001_u.sql", &file), ("0002_v.sql", "-- migrate:up\nCREATE TABLE v ();\n")]);
        let error = setup.up().fails(1).stderr;
        let expected = format!("0001 u requires the migration {required}, which does not come before it");
        assert!(error.contains(&expected), "{error}");
    }
}

/// A project whose last file drops what a backfill before it reads, and a project with a chain of two.
fn from_the_start(last: &str) -> Setup {
    Setup::with(&[
        (
            "0001_tasks.sql",
            "-- migrate:up\nCREATE TABLE tasks (id int PRIMARY KEY, priority int, hits int DEFAULT 0);\n\
             INSERT INTO tasks (id) SELECT generate_series(1, 1200);\n",
        ),
        ("0002_fill.sql", DEFERRED),
        ("0003_last.sql", last),
    ])
}

#[test]
fn on_a_database_where_nothing_is_applied_yet_deferred_backfills_run_in_their_turn() {
    for last in [
        "-- migrate:up requires:0002\nALTER TABLE tasks ALTER priority SET NOT NULL;\n",
        "-- migrate:up\nALTER TABLE tasks DROP priority;\n",
    ] {
        let setup = from_the_start(last);
        let dry = setup.run(&["up", "--dry-run"]).success().stdout;
        assert!(dry.contains("0002") && !dry.contains("deferred") && !dry.contains("waits"), "{dry}");
        let plan = setup.run(&["plan"]);
        assert!(!plan.stdout.contains("is deferred"), "{}{}", plan.stdout, plan.stderr);
        let up = setup.up().success();
        assert!(up.stdout.contains("3 migrations applied"), "{}", up.stdout);
        assert_eq!(hits(&setup), "1200 × 1");
        assert_eq!(setup.states(), "0001 applied, 0002 applied, 0003 applied");
    }
}

#[test]
fn a_job_for_backfills_beside_the_first_run_does_each_row_once() {
    let setup = from_the_start("-- migrate:up requires:0002\nALTER TABLE tasks ADD new int;\n");
    setup.project.migration(
        "0001_tasks.sql",
        "-- migrate:up
CREATE TABLE tasks (id int PRIMARY KEY, priority int, hits int DEFAULT 0);
INSERT INTO tasks (id) SELECT generate_series(1, 4000);
CREATE FUNCTION slowly() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(0.0005); RETURN NEW; END';
CREATE TRIGGER slowly BEFORE UPDATE ON tasks FOR EACH ROW EXECUTE FUNCTION slowly();
",
    );
    let up = setup.pmdb(&["up"]).spawn();
    setup.wait_until("to_regclass('schema_migrations') IS NOT NULL");
    setup.wait_until("EXISTS (SELECT FROM schema_migrations WHERE (backfill->>'rows')::int > 0)");
    let job = setup.run(&["up", "--backfills"]).success();
    up.wait().success();
    assert!(job.stdout.contains("nothing to apply"), "{}", job.stdout);
    assert_eq!(hits(&setup), "4000 × 1");
    assert_eq!(setup.states(), "0001 applied, 0002 applied, 0003 applied");
}

/// A deferred backfill that was done, and whose way down has broken off.
pub(super) fn half_undone() -> Setup {
    let down = "-- migrate:down batch:tasks(id)\nUPDATE tasks SET hits = hits - 1 WHERE :batch AND 1 / (id - stop()) IS NOT NULL;\n";
    let setup = in_use(3_000, &format!("{DEFERRED}\n{down}"));
    setup.database.sql("CREATE FUNCTION stop() RETURNS int LANGUAGE sql AS 'SELECT 6000'");
    setup.run(&["up", "--backfills"]).success();
    setup.run(&["down", "--batch-time", LONG]).fails(1);
    assert_eq!(hits(&setup), "1000 × 0, 2000 × 1");
    setup.database.sql("CREATE OR REPLACE FUNCTION stop() RETURNS int LANGUAGE sql AS 'SELECT 0'");
    setup
}

#[test]
fn what_requires_a_backfill_that_is_on_its_way_down_waits_until_it_is_done_again() {
    let setup = half_undone();
    setup.project.migration("0002_u.sql", "-- migrate:up requires:0001\nCREATE TABLE u ();\n");
    let up = setup.up().fails(3).stdout;
    assert!(up.contains("0002 u waits for 0001: `pmdb up --backfills` runs it"), "{up}");
    assert!(up.contains("0001 fill is deferred"), "{up}");
    assert_eq!(hits(&setup), "3000 × 0");
    assert_eq!(setup.states(), "0000 applied, 0001 deferred, 0002 pending");
    setup.run(&["up", "--backfills"]).success();
    setup.up().success();
    assert_eq!(setup.states(), "0000 applied, 0001 applied, 0002 applied");
}

#[test]
fn a_deferred_backfill_that_up_leads_to_is_not_said_to_be_applied() {
    let setup = in_use(10, DEFERRED);
    let up = setup.run(&["up", "--to", "0001"]).success().stdout;
    assert!(up.contains("nothing to apply") && !up.contains("0001 is applied"), "{up}");
    assert!(up.contains("0001 fill is deferred"), "{up}");
}

#[test]
fn a_dry_run_fails_as_the_run_would_where_a_backfill_cannot_go_along_its_key() {
    let setup = in_use(3_000, DEFERRED);
    setup.database.sql("ALTER TABLE tasks DROP CONSTRAINT tasks_pkey");
    let dry = setup.run(&["up", "--backfills", "--dry-run"]).fails(1).stderr;
    assert!(dry.contains("tasks has no unique index on (id) that a backfill can go along"), "{dry}");
    assert!(dry.contains("0001 fill was not begun"), "{dry}");
    let up = setup.run(&["up", "--backfills"]).fails(1).stderr;
    assert!(up.contains("tasks has no unique index on (id) that a backfill can go along"), "{up}");
    setup.database.sql("ALTER TABLE tasks ADD PRIMARY KEY (id)");
    setup.run(&["up", "--backfills", "--dry-run"]).success();
}

#[test]
fn a_dry_run_takes_what_comes_before_a_backfill_for_what_may_make_its_table() {
    let setup = Setup::with(&[(
        "0001_t.sql",
        "-- migrate:up\nCREATE TABLE tasks (id int PRIMARY KEY, priority int, hits int);\n",
    )]);
    setup.project.migration("0002_fill.sql", DEFERRED);
    setup.run(&["up", "--dry-run"]).success();
}

#[test]
fn a_dry_run_says_that_it_does_not_try_what_a_deferred_backfill_needs_and_plan_does() {
    let setup = in_use(10, DEFERRED);
    let words =
        "whether these files leave deferred backfills what they need is not tried here: `pmdb plan` does";
    assert!(!setup.run(&["up", "--dry-run"]).success().stdout.contains(words));
    setup.project.migration("0002_u.sql", "-- migrate:up\nCREATE TABLE u ();\n");
    let dry = setup.run(&["up", "--dry-run"]).success().stdout;
    assert!(dry.contains(words), "{dry}");
}
