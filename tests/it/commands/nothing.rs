//! "Nothing found" is not "up to date": why there is nothing to do is said, and the wrong folder is an error.

use super::{add_table, exists, pmdb, project_with, states};
use crate::support::{Database, Outcome, Project};

const TEMPLATE: &str = "-- migrate:up\n\n\n-- migrate:down\n\n";

fn empty_folder() -> (Project, Database) {
    let (project, db) = (Project::new(), Database::new());
    project.write("migrations/README.md", "nothing yet");
    (project, db)
}

/// What follows the name of the database in the answer.
fn answer<'a>(outcome: &'a Outcome, db: &Database) -> &'a str {
    let line = outcome.stdout.lines().last().unwrap_or_default();
    line.trim_start_matches("-- ").strip_prefix(&format!("{}: ", db.shown())).unwrap_or(line)
}

#[test]
fn an_empty_folder_is_an_error_for_up_status_check_and_reset_and_is_named_from_the_root() {
    let (project, db) = empty_folder();
    let folder = project.path().join("migrations");
    for command in [&["up"][..], &["up", "--dry-run"], &["status", "--check"], &["reset"]] {
        let outcome = pmdb(&project, &db, command).fails(1);
        let error = format!("error: there are no migrations in {}\n", folder.display());
        assert!(outcome.stderr.starts_with(&error), "{command:?}: {}", outcome.stderr);
    }
    let json = pmdb(&project, &db, &["up", "--json"]).fails(1).json();
    assert_eq!(json["error"]["code"], "files");
}

#[test]
fn an_empty_folder_that_is_meant_so_has_nothing_to_apply() {
    let (project, db) = empty_folder();
    let folder = project.path().join("migrations").display().to_string();
    let up = pmdb(&project, &db, &["up", "--allow-empty"]).success();
    assert_eq!(answer(&up, &db), format!("nothing to apply: there are no migrations in {folder}"));
    pmdb(&project, &db, &["status", "--check", "--allow-empty"]).success();
    let status = pmdb(&project, &db, &["status"]).success();
    let expected = format!("no migrations in {folder}, and none recorded in public.schema_migrations");
    assert_eq!(answer(&status, &db), expected);
}

#[test]
fn status_of_an_empty_folder_and_a_history_names_the_folder() {
    let (project, db) = (project_with(&["a"]), Database::new());
    pmdb(&project, &db, &["up"]).success();
    let (other, _) = empty_folder();
    let folder = other.path().join("migrations").display().to_string();
    let status = pmdb(&other, &db, &["status"]).success();
    let expected = format!("1 applied, 0 pending, 1 without a file; no migrations in {folder}");
    assert_eq!(answer(&status, &db), expected);
}

#[test]
fn a_folder_of_migrations_above_the_current_one_is_suggested() {
    let (project, db) = (project_with(&["a"]), Database::new());
    project.write("app/src/main.rs", "");
    let in_src = |args: &[&str]| {
        let here = project.path().join("app/src");
        project.pmdb(args).database(&db).in_folder(&here).run()
    };
    let hint = "hint: there are migrations in ../../migrations: `--dir ../../migrations`";
    let outcome = in_src(&["status"]).fails(1);
    let error =
        format!("error: there is no folder {}\n", project.path().join("app/src/migrations").display());
    assert!(outcome.stderr.starts_with(&error) && outcome.stderr.contains(hint), "{}", outcome.stderr);
    std::fs::create_dir(project.path().join("app/src/migrations")).unwrap();
    let outcome = in_src(&["up"]).fails(1);
    assert!(outcome.stderr.contains(hint), "{}", outcome.stderr);
    in_src(&["up", "--dir", "../../migrations"]).success();
    assert!(exists(&db, "a"));
}

#[test]
fn up_to_a_version_that_is_passed_says_what_goes_back() {
    let (project, db) = (project_with(&["a", "b"]), Database::new());
    pmdb(&project, &db, &["up"]).success();
    let passed = pmdb(&project, &db, &["up", "--to", "1"]).success();
    let expected =
        "nothing to apply: 0001 is applied, and 0002 after it; `pmdb down --to 0001` goes back to it";
    assert_eq!(answer(&passed, &db), expected);
    let reached = pmdb(&project, &db, &["up", "--to", "2", "--dry-run"]).success();
    assert_eq!(answer(&reached, &db), "nothing to apply: 0002 is applied");
    assert_eq!(answer(&pmdb(&project, &db, &["up"]).success(), &db), "nothing to apply");
}

#[test]
fn a_file_that_is_as_new_has_made_it_is_not_applied() {
    let (project, db) = (project_with(&["a"]), Database::new());
    pmdb(&project, &db, &["new", "add labels"]).success();
    for args in [&["up"][..], &["up", "--dry-run"]] {
        let outcome = pmdb(&project, &db, args).fails(1);
        let error =
            "error: migrations/0002_add_labels.sql is still empty: there is no SQL below `-- migrate:up`\n";
        assert!(outcome.stderr.starts_with(error), "{}", outcome.stderr);
    }
    assert_eq!(states(&project, &db), "0001 pending, 0002 pending");
    pmdb(&project, &db, &["up", "--to", "1"]).success();
    project.migration("0002_add_labels.sql", "-- migrate:up\n-- Nothing is left to do here.\n");
    pmdb(&project, &db, &["up"]).success();
    project.migration("0003_empty.sql", TEMPLATE);
    pmdb(&project, &db, &["up", "--allow-empty"]).success();
    project.migration("0004_empty.sql", TEMPLATE);
    pmdb(&project, &db, &["reset"]).success();
    assert_eq!(states(&project, &db), "0001 applied, 0002 applied, 0003 applied, 0004 applied");
}

#[test]
fn a_named_table_that_does_not_exist_yet_is_said() {
    let (project, db) = (project_with(&["a"]), Database::new());
    pmdb(&project, &db, &["up"]).success();
    let typo = ["--table", "public.schema_migration"];
    let with = |command: &[&str]| pmdb(&project, &db, &[command, &typo].concat());
    let sentence = "there is no table public.schema_migration yet";
    let status = with(&["status"]).success();
    assert!(status.stdout.contains(&format!("{sentence}; `pmdb up` makes it")), "{}", status.stdout);
    for command in [&["up", "--dry-run"][..], &["down"], &["redo"]] {
        let outcome = with(command).success();
        assert_eq!(
            outcome.stderr,
            format!("note: {sentence}: nothing is recorded there as applied\n"),
            "{command:?}"
        );
    }
    add_table(&project, "0002", "b");
    assert!(!pmdb(&project, &db, &["up"]).success().stderr.contains("there is no table"));
}

#[test]
fn seeds_are_called_seeds() {
    let (project, db) = (project_with(&["a"]), Database::new());
    project.write("seeds/README.md", "nothing yet");
    let folder = project.path().join("seeds").display().to_string();
    let seed = pmdb(&project, &db, &["seed"]).success();
    assert_eq!(answer(&seed, &db), format!("nothing to apply: there are no seeds in {folder}"));
    let down = pmdb(&project, &db, &["seed", "--down"]).success();
    assert_eq!(answer(&down, &db), "nothing to undo: no seed is applied");
}
