//! Files and history that disagree: changed, late and missing files.

use super::{add_table, history, pmdb, project_with, remove, tables};
use crate::support::{Database, Project};

fn applied(names: &[&str]) -> (Project, Database) {
    let (project, db) = (project_with(names), Database::new());
    pmdb(&project, &db, &["up"]).success();
    (project, db)
}

fn change_a(project: &Project) {
    project.migration(
        "0001_create_a.sql",
        "-- migrate:up\nCREATE TABLE a (id bigint);\n-- migrate:down\nDROP TABLE a;\n",
    );
}

#[test]
fn a_changed_file_stops_up_before_anything_runs() {
    let (project, db) = applied(&["a"]);
    change_a(&project);
    add_table(&project, "0002", "b");
    let outcome = pmdb(&project, &db, &["up"]).fails(4);
    insta::assert_snapshot!(outcome.filtered(), @"
    exit code: 4
    ----- stdout
    ----- stderr
    error: migrations/0001_create_a.sql has changed since it was applied
    database: [DATABASE] on [SOCKET_DIR]/.s.PGSQL.[PORT] as postgres
    hint: put the file back as it was and write the change as a new migration, or take it as it is now with `pmdb accept 0001`, which shows the difference and runs nothing
    ");
    pmdb(&project, &db, &["up", "--dry-run"]).fails(4);
    assert_eq!(tables(&db), "a");
    add_table(&project, "0001", "a");
    pmdb(&project, &db, &["up"]).success();
    assert_eq!(tables(&db), "a b");
}

#[test]
fn a_file_that_was_only_formatted_or_commented_is_not_changed() {
    let (project, db) = applied(&["a"]);
    project.migration(
        "0001_create_a.sql",
        "\u{feff}-- by hand\r\n\r\n-- migrate:up\r\nCREATE  TABLE a\r\n  (id int /* key */);\r\n-- migrate:down\r\nDROP TABLE IF EXISTS a;\r\n",
    );
    pmdb(&project, &db, &["up"]).success();
    pmdb(&project, &db, &["status", "--check"]).success();
}

#[test]
fn a_late_file_stops_up_and_the_newest_version_is_named() {
    let (project, db) = applied(&["a"]);
    add_table(&project, "0000", "late");
    add_table(&project, "0002", "b");
    let outcome = pmdb(&project, &db, &["up"]).fails(4);
    insta::assert_snapshot!(outcome.filtered(), @"
    exit code: 4
    ----- stdout
    ----- stderr
    error: migrations/0000_create_late.sql is late: 0001 is applied already
    database: [DATABASE] on [SOCKET_DIR]/.s.PGSQL.[PORT] as postgres
    hint: give the file a number above the newest (`pmdb new NAME` finds it), or apply it now with `pmdb up --out-of-order`
    ");
    assert_eq!(tables(&db), "a");
}

#[test]
fn an_applied_version_without_a_file_earns_a_note_and_with_strict_an_error() {
    let (project, db) = applied(&["a", "b"]);
    remove(&project, "migrations/0001_create_a.sql");
    add_table(&project, "0003", "c");
    let outcome = pmdb(&project, &db, &["up", "--strict"]).fails(4);
    insta::assert_snapshot!(outcome.filtered(), @"
    exit code: 4
    ----- stdout
    ----- stderr
    error: 0001 create_a is applied, but has no file
    database: [DATABASE] on [SOCKET_DIR]/.s.PGSQL.[PORT] as postgres
    hint: restore the file, or leave out --strict
    ");
    assert_eq!(tables(&db), "a b");
    let outcome = pmdb(&project, &db, &["up"]).success();
    insta::assert_snapshot!(outcome.filtered(), @"
    exit code: 0
    ----- stdout
    applied, but without a file here: 0001
    [DATABASE] on [SOCKET_DIR]/.s.PGSQL.[PORT]: 1 migration applied in [DURATION]
    ----- stderr
    applied 0003 create_c ([DURATION])
    ");
    let json = pmdb(&project, &db, &["up", "--json"]).success().json();
    assert_eq!(json["missing"], serde_json::json!(["0001"]));
}

#[test]
fn every_disagreement_is_named_at_once_also_as_json() {
    let (project, db) = applied(&["a", "b", "c"]);
    change_a(&project);
    remove(&project, "migrations/0002_create_b.sql");
    add_table(&project, "0000", "late");
    let outcome = pmdb(&project, &db, &["up", "--strict"]).fails(4);
    for hint in ["`pmdb accept 0001`", "leave out --strict", "`pmdb up --out-of-order`"] {
        assert!(outcome.stderr.contains(hint), "{hint} in {}", outcome.stderr);
    }
    let json = pmdb(&project, &db, &["up", "--strict", "--json"]).fails(4).json();
    assert_eq!(
        (&json["outcome"], &json["exit"], &json["error"]["code"]),
        (&"error".into(), &4.into(), &"disagreement".into())
    );
    let list = json["error"]["disagreements"].as_array().unwrap();
    let mut codes: Vec<String> =
        list.iter().map(|one| format!("{} {}", one["version"], one["code"])).collect();
    codes.sort();
    assert_eq!(codes, ["\"0000\" \"late\"", "\"0001\" \"changed\"", "\"0002\" \"missing\""]);
    assert!(list.iter().all(|one| one["message"].is_string() && one["hint"].is_string()), "{list:?}");
    assert_eq!(history(&db), "0001 0002 0003");
}
