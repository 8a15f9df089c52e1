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
