//! `pmdb init`.

use std::fs;

use super::pmdb;
use crate::support::{Database, Project};

fn files(project: &Project, folder: &str) -> usize {
    fs::read_dir(project.path().join(folder)).map_or(0, Iterator::count)
}

#[test]
fn init_writes_the_bundled_files_and_up_and_seed_run_them() {
    let (project, db) = (Project::new(), Database::new());
    let outcome = project.pmdb(&["init"]).run().success();
    assert_eq!(outcome.stdout.lines().count(), 9, "{}", outcome.stdout);
    assert!(outcome.stdout.contains("migrations/0001_create_enums.sql\n"), "{}", outcome.stdout);
    assert!(outcome.stdout.ends_with("seeds/0001_sample_data.sql\n"), "{}", outcome.stdout);
    pmdb(&project, &db, &["up"]).success();
    pmdb(&project, &db, &["seed"]).success();
    assert_eq!(db.value("SELECT count(*) FROM tasks"), "60");
    // What is on disk and what is in the program are the same migrations.
    pmdb(&project, &db, &["status", "--check", "--bundled"]).success();
}

#[test]
fn init_makes_the_folders_that_are_not_there() {
    let project = Project::new();
    let json = project.pmdb(&["init", "--dir", "db/m", "--seeds", "db/s", "--json"]).run().success().json();
    assert_eq!(json["files"].as_array().unwrap().len(), 9);
    assert_eq!((files(&project, "db/m"), files(&project, "db/s")), (8, 1));
}

#[test]
fn init_refuses_a_folder_that_is_not_empty_and_writes_nothing() {
    for taken in ["migrations", "seeds"] {
        let project = Project::new();
        project.write(&format!("{taken}/notes.txt"), "mine");
        let outcome = project.pmdb(&["init"]).run().fails(1);
        assert!(
            outcome.stderr.starts_with(&format!("error: {taken} is not empty\nhint: ")),
            "{}",
            outcome.stderr
        );
        assert_eq!(files(&project, "migrations") + files(&project, "seeds"), 1);
        let json = project.pmdb(&["init", "--json"]).run().fails(1).json();
        assert_eq!(json["error"]["code"], "not_empty");
    }
}

#[test]
fn init_a_second_time_changes_nothing() {
    let project = Project::new();
    project.pmdb(&["init"]).run().success();
    project.write("migrations/0001_create_enums.sql", "-- mine");
    project.pmdb(&["init"]).run().fails(1);
    let text = fs::read_to_string(project.path().join("migrations/0001_create_enums.sql")).unwrap();
    assert_eq!(text, "-- mine");
}

#[test]
fn init_with_bundled_is_wrong_usage() {
    Project::new().pmdb(&["init", "--bundled"]).run().fails(2);
}
