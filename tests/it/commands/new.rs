//! `pmdb new`.

use std::fs;

use super::{add_table, pmdb, project_with};
use crate::support::{Database, Outcome, Project};

fn new(project: &Project, args: &[&str]) -> Outcome {
    project.pmdb(&[&["new"], args].concat()).run()
}

#[test]
fn the_first_migration_is_0001_and_its_path_is_the_answer() {
    let project = Project::new();
    let outcome = new(&project, &["create_users"]).success();
    assert_eq!(
        (outcome.stdout.as_str(), outcome.stderr.as_str()),
        ("migrations/0001_create_users.sql\n", "")
    );
    let text = fs::read_to_string(project.path().join("migrations/0001_create_users.sql")).unwrap();
    assert_eq!(text, "-- migrate:up\n\n\n-- migrate:down\n\n");
}

#[test]
fn a_new_file_is_a_migration_that_runs_if_it_is_meant_so() {
    let (project, db) = (Project::new(), Database::new());
    new(&project, &["nothing_yet"]).success();
    pmdb(&project, &db, &["up", "--allow-empty"]).success();
    pmdb(&project, &db, &["status", "--check"]).success();
}

#[test]
fn numbers_go_on_behind_the_highest_also_of_sub_folders() {
    let project = project_with(&["a"]);
    project.write("migrations/2025/0041_deep.sql", "this is no migration at all");
    assert_eq!(new(&project, &["next"]).success().stdout, "migrations/0042_next.sql\n");
    assert_eq!(new(&project, &["next"]).success().stdout, "migrations/0043_next.sql\n");
}

#[test]
fn a_folder_of_moments_goes_on_with_the_present_moment() {
    let project = Project::new();
    add_table(&project, "20240101000000", "a");
    let path = new(&project, &["next"]).success().stdout;
    let version = path.strip_prefix("migrations/").and_then(|rest| rest.strip_suffix("_next.sql\n")).unwrap();
    let db = Database::new();
    let age = format!("now() AT TIME ZONE 'UTC' - to_timestamp('{version}', 'YYYYMMDDHH24MISS')::timestamp");
    assert_eq!(db.value(&format!("SELECT {age} BETWEEN '-5s' AND '60s'")), "t", "{version}");
}

#[test]
fn with_timestamp_the_version_is_the_time_whatever_the_other_numbers_are() {
    let project = project_with(&["a"]);
    let path = new(&project, &["--timestamp", "b"]).success().stdout;
    let version = path.strip_prefix("migrations/").and_then(|rest| rest.strip_suffix("_b.sql\n")).unwrap();
    assert!(version.len() == 14 && version.starts_with("20"), "{path}");
    let next = new(&project, &["--timestamp", "c"]).success().stdout;
    assert!(next > path, "{next} after {path}");
}

#[test]
fn new_makes_the_folder_and_takes_another_one_with_dir() {
    let project = Project::new();
    fs::remove_dir(project.path().join("migrations")).unwrap();
    assert_eq!(new(&project, &["a"]).success().stdout, "migrations/0001_a.sql\n");
    assert_eq!(new(&project, &["a", "--dir", "db/deep"]).success().stdout, "db/deep/0001_a.sql\n");
}

#[test]
fn a_name_becomes_words_with_underscores() {
    let project = Project::new();
    assert_eq!(
        new(&project, &["Add users, again!"]).success().stdout,
        "migrations/0001_add_users_again.sql\n"
    );
    assert_eq!(new(&project, &["../../größe"]).success().stdout, "migrations/0002_größe.sql\n");
}

#[test]
fn a_name_without_a_letter_is_wrong_usage() {
    let project = Project::new();
    insta::assert_snapshot!(new(&project, &["..."]).fails(2).filtered(), @r#"
    exit code: 2
    ----- stdout
    ----- stderr
    error: "..." is no name for a migration
    hint: say what it does, as in `pmdb new create_users`
    "#);
    new(&project, &["..", "--bundled"]).fails(2);
    assert_eq!(fs::read_dir(project.path().join("migrations")).unwrap().count(), 0);
}

#[test]
fn of_many_at_once_none_overwrites_another() {
    let project = Project::new();
    let started: Vec<_> = (0..8).map(|_| project.pmdb(&["new", "same"]).spawn()).collect();
    let outcomes: Vec<Outcome> = started.into_iter().map(|running| running.wait()).collect();
    let mut written: Vec<&str> = outcomes
        .iter()
        .filter(|outcome| outcome.code == Some(0))
        .map(|outcome| outcome.stdout.trim())
        .collect();
    let count = written.len();
    written.sort_unstable();
    written.dedup();
    assert_eq!(written.len(), count, "two runs wrote the same file");
    assert_eq!(fs::read_dir(project.path().join("migrations")).unwrap().count(), count);
    for failed in outcomes.iter().filter(|outcome| outcome.code != Some(0)) {
        assert!(failed.code == Some(1) && failed.stderr.contains("exists"), "{}", failed.stderr);
    }
}

#[test]
fn new_as_json_gives_file_and_version() {
    let json = new(&Project::new(), &["a", "--json"]).success().json();
    let expected = serde_json::json!({
        "format_version": 1, "command": "new", "outcome": "ok", "exit": 0, "file": "migrations/0001_a.sql", "version": "0001"
    });
    assert_eq!(json, expected);
}

/// Runs pmdb where no byte can be written to a file, as on a full disk.
fn on_a_full_disk(project: &Project, args: &[&str]) -> Outcome {
    let shell = ["bash", "-c", "trap '' XFSZ; ulimit -f 0; exec \"$0\" \"$@\""];
    project.pmdb(args).within(&shell).run()
}

#[test]
fn on_a_full_disk_no_empty_file_stays() {
    let project = Project::new();
    let outcome = on_a_full_disk(&project, &["new", "a"]).fails(1);
    assert!(outcome.stderr.contains("migrations/0001_a.sql cannot be written: "), "{}", outcome.stderr);
    assert_eq!(fs::read_dir(project.path().join("migrations")).unwrap().count(), 0);
    let outcome = on_a_full_disk(&project, &["init"]).fails(1);
    assert!(outcome.stderr.contains("cannot be written: "), "{}", outcome.stderr);
    project.pmdb(&["init"]).run().success();
}

#[test]
fn new_needs_no_database() {
    let outcome = Project::new().pmdb(&["new", "a"]).env("DATABASE_URL", "nonsense://").run();
    outcome.success();
}
