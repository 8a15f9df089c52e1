//! `pmdb verify` tries backfills on the rows of the seeds: while the migrations are tried, all tables are empty.

use crate::support::Setup;

const TASKS: &str = "-- migrate:up
CREATE TABLE tasks (id bigint PRIMARY KEY, old int, share int, legacy int);
-- migrate:down
DROP TABLE tasks;
";

const SHARE: &str = "-- migrate:up batch:tasks(id)
UPDATE tasks
SET share = 100 / old WHERE :batch;
-- migrate:down batch:tasks(id)
UPDATE tasks SET share = NULL WHERE :batch;
";

/// A project whose seeds hold 1,500 rows, one of them with this value of `old`.
fn seeded(old: i32) -> Setup {
    let setup = Setup::with(&[("0001_tasks.sql", TASKS), ("0002_share.sql", SHARE)]);
    let seed = format!(
        "-- migrate:up\nINSERT INTO tasks (id, old) SELECT n, CASE n WHEN 1200 THEN {old} ELSE 1 END FROM generate_series(1, 1500) AS n;\n\
         -- migrate:down\nDELETE FROM tasks;\n"
    );
    setup.project.write("seeds/0001_tasks.sql", &seed);
    setup
}

#[test]
fn verify_says_which_line_of_a_backfill_fails_on_the_rows_of_the_seeds() {
    let setup = seeded(0);
    let verify = setup.run(&["verify"]).fails(1);
    assert!(verify.stdout.contains("a backfill fails on their rows"), "{}", verify.stdout);
    assert!(verify.stdout.contains("0002_share.sql:2"), "{}", verify.stdout);
    assert!(verify.stdout.contains("division by zero"), "{}", verify.stdout);
    let json = setup.run(&["verify", "--json"]).fails(1).json();
    assert_eq!(json["seeds"]["state"], "backfill_fails");
    let github = setup.run(&["verify", "--format", "github"]).fails(1).stdout;
    assert!(github.contains("title=a backfill fails on the rows of the seeds"), "{github}");
}

#[test]
fn verify_is_content_with_a_backfill_that_all_rows_of_the_seeds_pass() {
    let setup = seeded(4);
    let verify = setup.run(&["verify"]).success();
    assert!(verify.stdout.contains("all down"), "{}", verify.stdout);
}

#[test]
fn verify_leaves_out_a_backfill_whose_columns_are_gone_at_the_end() {
    let setup = seeded(4);
    setup.project.migration(
        "0003_twice.sql",
        "-- migrate:up batch:tasks(id) deferred:true\nUPDATE tasks SET share = 1 / (id - id) WHERE legacy IS NULL AND :batch;\n\
         -- migrate:down batch:tasks(id)\nUPDATE tasks SET share = NULL WHERE :batch;\n",
    );
    setup.project.migration(
        "0004_drop.sql",
        "-- migrate:up\nALTER TABLE tasks DROP COLUMN legacy;\n-- migrate:down\nALTER TABLE tasks ADD legacy int;\n",
    );
    let json = setup.run(&["verify", "--json"]).success().json();
    assert_eq!(json["seeds"]["state"], "ran", "{json}");
}

/// The same project, with a down half of the backfill that fails on the row with this value.
fn with_failing_way_back(setup: &Setup) {
    setup.project.migration("0002_share.sql", &SHARE.replace("share = NULL", "share = 1 / (old - 1)"));
}

#[test]
fn verify_says_which_line_of_a_down_backfill_fails_on_the_rows_of_the_seeds() {
    let setup = seeded(4);
    with_failing_way_back(&setup);
    // With the rows in its table, and with NOT NULL gone again: as a person would undo it.
    setup.project.migration(
        "0003_not_null.sql",
        "-- migrate:up\nALTER TABLE tasks ALTER legacy SET NOT NULL;\n-- migrate:down\nALTER TABLE tasks ALTER legacy DROP NOT NULL;\n",
    );
    setup.project.write(
        "seeds/0001_tasks.sql",
        "-- migrate:up\nINSERT INTO tasks (id, old, legacy) SELECT n, 1, 1 FROM generate_series(1, 900) AS n;\n\
         -- migrate:down\nDELETE FROM tasks;\n",
    );
    let verify = setup.run(&["verify"]).fails(1);
    assert!(verify.stdout.contains("a backfill fails on their rows"), "{}", verify.stdout);
    assert!(verify.stdout.contains("0002_share.sql:5"), "{}", verify.stdout);
    assert!(verify.stdout.contains("division by zero"), "{}", verify.stdout);
}

#[test]
fn verify_runs_a_down_backfill_whose_up_half_is_none() {
    let setup = seeded(4);
    let up = "-- migrate:up\nUPDATE tasks SET share = 1;\n-- migrate:down";
    let down = SHARE.replace("share = NULL", "share = 1 / (old - 1)");
    let down = down.split_once("-- migrate:down").map_or("", |(_, down)| down);
    setup.project.migration("0002_share.sql", &format!("{up}{down}"));
    let json = setup.run(&["verify", "--json"]).fails(1).json();
    assert_eq!(json["seeds"]["state"], "backfill_fails", "{json}");
}

#[test]
fn verify_is_content_with_a_down_backfill_that_needs_what_a_later_migration_gives_back() {
    let setup = seeded(4);
    setup.project.migration(
        "0003_not_null.sql",
        "-- migrate:up\nALTER TABLE tasks ALTER share SET NOT NULL;\n-- migrate:down\nALTER TABLE tasks ALTER share DROP NOT NULL;\n",
    );
    setup.project.write(
        "seeds/0001_tasks.sql",
        "-- migrate:up\nINSERT INTO tasks (id, old, share) SELECT n, 1, 1 FROM generate_series(1, 900) AS n;\n\
         -- migrate:down\nDELETE FROM tasks;\n",
    );
    let json = setup.run(&["verify", "--json"]).success().json();
    assert_eq!(json["seeds"]["state"], "ran", "{json}");
}
