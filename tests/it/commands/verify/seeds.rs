//! The seeds in `pmdb verify`.

use insta::assert_snapshot;

use super::{TABLE, project, verify};
use crate::support::Project;

const TIDY: &str = "-- migrate:up\nINSERT INTO t VALUES (1), (2);\n-- migrate:down\nDELETE FROM t;\n";

fn with_seeds(seeds: &[(&str, &str)]) -> Project {
    let project = project(&[("0001_t.sql", TABLE)]);
    for (name, content) in seeds {
        project.write(&format!("seeds/{name}"), content);
    }
    project
}

#[test]
fn seeds_that_leave_rows_are_a_failure_with_the_tables_and_their_numbers() {
    let leaving =
        "-- migrate:up\nINSERT INTO t VALUES (1), (2), (3);\n-- migrate:down\nDELETE FROM t WHERE id = 1;\n";
    let outcome = verify(&with_seeds(&[("0001_rows.sql", leaving)]), &[]).run();
    assert_snapshot!(outcome.filtered(), @r#"
    exit code: 1
    ----- stdout
    0001 t    exact
    all down  exact
    seeds     leave rows, or take some away
        public.t: 0 rows before, 2 after
    1 migration verified in [DURATION]: 1 exact
    ----- stderr
    "#);
}

#[test]
fn seeds_that_take_rows_of_a_migration_away_are_a_failure() {
    let files = with_seeds(&[("0001_rows.sql", TIDY)]);
    files.migration(
        "0002_row.sql",
        "-- migrate:up\nINSERT INTO t VALUES (7);\n-- migrate:down\nDELETE FROM t;\n",
    );
    let answer = verify(&files, &["--json"]).run().fails(1).json();
    let leftovers = serde_json::json!([{ "table": "public.t", "before": 1, "after": 0 }]);
    assert_eq!(answer["seeds"], serde_json::json!({ "state": "ran", "leftovers": leftovers }));
}

#[test]
fn a_seed_that_fails_is_told_with_its_place() {
    let bad = "-- migrate:up\nINSERT INTO nowhere VALUES (1);\n-- migrate:down\nSELECT 1;\n";
    let outcome = verify(&with_seeds(&[("0001_rows.sql", TIDY), ("0002_bad.sql", bad)]), &[]).run();
    assert_snapshot!(outcome.filtered(), @r#"
    exit code: 1
    ----- stdout
    0001 t    exact
    all down  exact
    seeds     fail
        seeds/0002_bad.sql:2:13: relation "nowhere" does not exist (SQLSTATE 42P01)
    1 migration verified in [DURATION]: 1 exact
    ----- stderr
    "#);
}

#[test]
fn what_seeds_leave_is_not_blamed_on_a_down_half() {
    let leaving = "-- migrate:up\nINSERT INTO t VALUES (1);\n-- migrate:down\nSELECT 1;\n";
    let files = with_seeds(&[("0001_rows.sql", leaving)]);
    files.migration(
        "0002_check.sql",
        "-- migrate:up\nCREATE VIEW v AS SELECT 1 AS one;\n\
         -- migrate:down\nDROP VIEW v;\nALTER TABLE t ADD CHECK (id > 5);\nALTER TABLE t DROP CONSTRAINT t_id_check;\n",
    );
    let answer = verify(&files, &["--json"]).run().fails(1).json();
    assert_eq!(answer["seeds"]["leftovers"][0]["after"], 1);
    assert_eq!(
        (&answer["all_down"]["state"], &answer["all_down"]["failed"]),
        (&"undone".into(), &false.into())
    );
}

#[test]
fn seeds_without_a_down_half_are_irreversible_and_none_are_not_mentioned() {
    let irreversible = with_seeds(&[("0001_rows.sql", "-- migrate:up\nINSERT INTO t VALUES (1);\n")]);
    let answer = verify(&irreversible, &["--json"]).run().success().json();
    assert_eq!(answer["seeds"], serde_json::json!({ "state": "irreversible" }));

    let empty = with_seeds(&[]);
    assert!(verify(&empty, &["--json"]).run().success().json()["seeds"].is_null());
    std::fs::remove_dir(empty.path().join("seeds")).unwrap();
    assert!(verify(&empty, &["--json"]).run().success().json()["seeds"].is_null());
}

#[test]
fn seeds_are_left_out_when_one_migration_alone_is_verified() {
    let files = with_seeds(&[("0001_rows.sql", TIDY)]);
    assert!(verify(&files, &["--json", "--only", "1"]).run().success().json()["seeds"].is_null());
    assert_eq!(verify(&files, &["--json", "--from", "1"]).run().success().json()["seeds"]["state"], "ran");
}
