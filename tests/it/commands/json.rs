//! `--json`: one document on stdout on every path, errors included.

use super::{add_table, pmdb, project_with};
use crate::support::{Database, Outcome, Project};

/// The document of an outcome, after looking that its frame is right.
#[track_caller]
fn document(outcome: &Outcome, command: &str, code: i32) -> serde_json::Value {
    assert_eq!(outcome.code, Some(code), "{}\n{}", outcome.stdout, outcome.stderr);
    let json = outcome.json();
    assert_eq!(json["command"], command);
    assert_eq!((&json["format_version"], &json["exit"]), (&1.into(), &code.into()));
    let is_answer = matches!(code, 0 | 3) || !json["migrations"].is_null();
    let outcome_of_answer = match code {
        0 => "ok",
        3 => "pending",
        _ => "disagreement",
    };
    assert_eq!(json["outcome"], if is_answer { outcome_of_answer } else { "error" });
    if !is_answer {
        assert!(json["error"]["code"].is_string() && json["error"]["message"].is_string(), "{json}");
        assert!(!outcome.stderr.contains("error:"), "{}", outcome.stderr);
    }
    json
}

#[test]
fn every_command_that_succeeds_gives_one_document() {
    let (project, db) = (project_with(&["a"]), Database::new());
    let lines: [&[&str]; 14] = [
        &["create"],
        &["wait"],
        &["up", "--dry-run"],
        &["up"],
        &["up"],
        &["status"],
        &["advise"],
        &["redo"],
        &["seed"],
        &["seed", "--down"],
        &["down", "--dry-run"],
        &["down"],
        &["new", "b"],
        &["reset"],
    ];
    for line in lines {
        document(&pmdb(&project, &db, &[line, &["--json"]].concat()), line[0], 0);
    }
    let outcome = project.pmdb(&["init", "--dir", "m", "--seeds", "s", "--json"]).run();
    document(&outcome, "init", 0);
    document(&project.pmdb(&["completions", "fish", "--json"]).run(), "completions", 0);
}

#[test]
fn every_error_is_a_document_with_its_exit_code() {
    let (project, db) = (project_with(&["a"]), Database::new());
    let run = |args: &[&str]| pmdb(&project, &db, &[args, &["--json"]].concat());
    document(&run(&["up", "--dir", "nowhere"]), "up", 1);
    document(&run(&["status", "--dir", "nowhere"]), "status", 1);
    document(&run(&["up", "--to", "9"]), "up", 1);
    document(&run(&["status", "--check"]), "status", 3);
    document(&run(&["accept", "1"]), "accept", 1);
    document(&run(&["new", "..."]), "new", 2);
    document(&run(&["init"]), "init", 1);
    pmdb(&project, &db, &["up"]).success();
    add_table(&project, "0000", "late");
    document(&run(&["up"]), "up", 4);
    document(&run(&["status", "--check"]), "status", 4);

    let nowhere = ["--url", "postgresql://nobody@127.0.0.1:1/x", "--json"];
    for command in ["up", "down", "redo", "status", "seed", "create", "drop", "reset"] {
        document(&project.pmdb(&[&[command], nowhere.as_slice()].concat()).run(), command, 1);
    }
    for command in ["up", "status", "create"] {
        document(&project.pmdb(&[command, "--json"]).run(), command, 1);
        document(&project.pmdb(&[command, "--json", "--url", "nonsense://"]).run(), command, 1);
    }
}

#[test]
fn a_broken_file_is_listed_with_its_place() {
    let (project, db) = (Project::new(), Database::new());
    project.migration("1_a.sql", "-- migrate:up\n  'open\n");
    let json = document(&pmdb(&project, &db, &["up", "--json"]), "up", 1);
    let file = &json["error"]["files"][0];
    assert_eq!(json["error"]["location"], file["location"]);
    assert_eq!(file["message"], "this string is never closed");
    assert_eq!(
        (&file["location"]["file"], &file["location"]["line"], &file["location"]["column"]),
        (&"migrations/1_a.sql".into(), &2.into(), &3.into())
    );
    assert!(file["hint"].is_string(), "{json}");
}

#[test]
fn wrong_usage_is_a_document_too() {
    let project = Project::new();
    let lines: [&[&str]; 8] = [
        &["--json"],
        &["frobnicate", "--json"],
        &["up", "--nope", "--json"],
        &["--json", "up", "--steps", "0"],
        &["up", "--to", "x", "--json"],
        &["up", "--to", "1", "--steps", "1", "--json"],
        &["down", "--all", "--to", "1", "--json"],
        &["up", "--embedded", "--url", "x", "--json"],
    ];
    for line in lines {
        let outcome = project.pmdb(line).run().fails(2);
        let json = outcome.json();
        assert_eq!((&json["outcome"], &json["exit"]), (&"error".into(), &2.into()), "{line:?}");
        let message = json["error"]["message"].as_str().unwrap();
        assert!(!message.contains("Usage:") && !message.contains("--help"), "{message}");
        assert_eq!(json["error"]["code"], "usage", "{line:?}");
        assert_eq!(outcome.stderr, "", "{line:?}");
    }
}

#[test]
fn numbers_of_json_survive_as_text_where_they_are_names() {
    let (project, db) = (Project::new(), Database::new());
    add_table(&project, "00000000000000000000000000000000000001", "a");
    let json = pmdb(&project, &db, &["up", "--json"]).success().json();
    assert_eq!(json["steps"][0]["version"], "00000000000000000000000000000000000001");
}

#[cfg(target_os = "linux")]
#[test]
fn a_path_that_is_not_utf_8_is_shown_as_well_as_it_can_be() {
    use std::os::unix::ffi::OsStrExt;

    let (project, db) = (Project::new(), Database::new());
    let folder = project.path().join("migrations").join(std::ffi::OsStr::from_bytes(b"m\xff"));
    let file = folder.join("0001_a.sql");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(&file, "-- migrate:up\nSELECT 1/0;\n").unwrap();
    let run = |args: &[&str], code| pmdb(&project, &db, args).fails(code).json();
    let shown = "migrations/m\u{fffd}/0001_a.sql";
    assert_eq!(run(&["status", "--json"], 0)["migrations"][0]["file"], shown);
    assert_eq!(run(&["up", "--dry-run", "--json"], 0)["plan"][0]["file"], shown);
    assert_eq!(run(&["up", "--json"], 1)["error"]["location"]["file"], shown);
    std::fs::write(&file, "").unwrap();
    assert_eq!(run(&["status", "--json"], 1)["error"]["files"][0]["location"]["file"], shown);
}
