//! Which migrations are verified.

use insta::assert_snapshot;

use super::{TABLE, project, verdicts, verify};
use crate::support::Project;

fn three() -> Project {
    let wrong = "-- migrate:up\nALTER TABLE t ADD c int;\n-- migrate:down\nSELECT 1;\n";
    let fine = "-- migrate:up\nALTER TABLE t ADD d int;\n-- migrate:down\nALTER TABLE t DROP d;\n";
    project(&[("0001_t.sql", TABLE), ("0002_wrong.sql", wrong), ("0003_fine.sql", fine)])
}

#[test]
fn only_takes_one_migration_and_from_takes_it_and_all_newer_ones() {
    let with = |args: &[&str], code| {
        let outcome = verify(&three(), &[&["--json"], args].concat()).run().fails(code);
        (verdicts(&outcome), outcome.json()["all_down"].clone())
    };
    let not_tried = serde_json::json!({ "state": "not_tried" });
    assert_eq!(with(&["--only", "1"], 0), ("0001 exact".to_owned(), not_tried.clone()));
    assert_eq!(with(&["--only", "0002"], 1), ("0002 not_reversed".to_owned(), not_tried.clone()));
    assert_eq!(with(&["--from", "2"], 1), ("0002 not_reversed, 0003 exact".to_owned(), not_tried));
    let (verdicts, all_down) = with(&["--from", "0003", "--jobs", "3"], 0);
    assert_eq!((verdicts.as_str(), &all_down["to"]), ("0003 exact", &"0002".into()));
}

#[test]
fn a_version_that_is_not_there_is_wrong_usage() {
    assert_snapshot!(verify(&three(), &["--only", "7"]).run().filtered(), @r#"
    exit code: 2
    ----- stdout
    ----- stderr
    error: there is no migration 7
    hint: `ls` shows the files; a version is the number that their names begin with
    "#);
    verify(&three(), &["--from", "0004"]).run().fails(2);
    verify(&three(), &["--from", "2", "--only", "2"]).run().fails(2);
    verify(&three(), &["--jobs", "0"]).run().fails(2);
}

#[test]
fn nothing_to_verify_needs_no_server() {
    let outcome = Project::new().pmdb(&["verify"]).env("PMDB_PG_BIN", "/nowhere").run();
    assert_snapshot!(outcome.filtered(), @r#"
    exit code: 0
    ----- stdout
    there is no migration to verify
    ----- stderr
    "#);
    Project::new().pmdb(&["verify", "--dir", "elsewhere"]).run().fails(1);
}

#[test]
fn an_up_half_that_fails_is_the_error_that_up_gives() {
    let files = three();
    files.migration(
        "0004_bad.sql",
        "-- migrate:up\nCREATE TABLE bad (id nothing);\n-- migrate:down\nDROP TABLE bad;\n",
    );
    assert_snapshot!(verify(&files, &[]).run().filtered(), @r#"
    exit code: 1
    ----- stdout
    0001 t      exact
    0002 wrong  not reversed
        + column public.t.c  left over
        then the up half fails: migrations/0002_wrong.sql:2:1: column "c" of relation "t" already exists (SQLSTATE 42701)
    0003 fine   exact
    3 migrations verified in [DURATION]: 2 exact, 1 not reversed
    ----- stderr
    error: migrations/0004_bad.sql:2:22: type "nothing" does not exist
      |
    2 | CREATE TABLE bad (id nothing);
      |                      ^
    SQLSTATE: 42704
    It was tried on a scratch database, which is gone.
    database: postgres on [SOCKET_DIR]/.s.PGSQL.[PORT] as postgres
    hint: what the migrations need and do not make themselves: roles are those of the target's server where one is configured (DATABASE_URL); all else is made by SQL in the folder scratch/ or --before FILE; --scratch-url names a server that has it
    "#);
    for jobs in ["2", "4"] {
        let answer = verify(&files, &["--json", "--jobs", jobs]).run().fails(1).json();
        assert_eq!(answer["error"]["version"], "0004");
        assert_eq!(answer["steps"], serde_json::json!([]));
        assert_eq!(
            super::verdicts(&verify(&files, &["--json", "--jobs", jobs]).run()),
            "0001 exact, 0002 not_reversed, 0003 exact"
        );
    }
    verify(&files, &["--only", "3"]).run().success();
}

#[test]
fn a_file_that_breaks_the_rules_is_told_before_a_server_starts() {
    let files = three();
    files.migration("0004_bad.sql", "-- migrate:up\nSELECT (1;\n");
    let outcome = files.pmdb(&["verify"]).env("PMDB_PG_BIN", "/nowhere").run().fails(1);
    assert!(outcome.stderr.contains("this parenthesis is never closed"), "{}", outcome.stderr);
}
