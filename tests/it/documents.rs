//! What the documents show as a session is what happens: each command is run, in the order of the text, and prints what is
//! printed there.

use std::fs;

use crate::support::{Project, Setup, server};

const README: &str = include_str!("../../README.md");

/// What a document says to do.
#[derive(Debug)]
enum Step<'d> {
    /// A file is written.
    File { path: &'d str, text: &'d str },
    /// A command is run.
    Command { line: &'d str, prints: String },
}

/// The section of a document below a heading.
fn section<'d>(document: &'d str, heading: &str) -> &'d str {
    let (_, after) = document.split_once(&format!("\n## {heading}\n")).unwrap();
    after.split("\n## ").next().unwrap()
}

/// Its files (a block below a line that ends in the path and a colon) and its commands.
fn steps(text: &str) -> Vec<Step<'_>> {
    let mut steps = Vec::new();
    let mut before = "";
    for (number, part) in text.split("```").enumerate() {
        let (language, content) = part.split_once('\n').unwrap_or((part, ""));
        match (number % 2, language) {
            (0, _) => before = part,
            (_, "sql") => {
                let path = before.trim_end().strip_suffix("`:").and_then(|text| text.rsplit('`').next());
                steps.extend(path.map(|path| Step::File { path, text: content }));
            }
            (_, "console") => {
                for command in content.strip_prefix("$ ").unwrap().split("\n$ ") {
                    let (line, prints) = command.split_once('\n').unwrap_or((command, ""));
                    steps.push(Step::Command { line, prints: prints.to_owned() });
                }
            }
            _ => {}
        }
    }
    steps
}

/// Does all of it in a project, by a shell as a user would.
fn follow(project: &Project, text: &str, database_url: Option<&str>) -> usize {
    let pmdb = std::path::Path::new(env!("CARGO_BIN_EXE_pmdb")).parent().unwrap();
    let path = format!("{}:{}", pmdb.display(), std::env::var("PATH").unwrap());
    let mut run = 0;
    for step in steps(text) {
        match step {
            Step::File { path, text } => _ = project.write(path, text),
            Step::Command { line, prints } => {
                let mut shell = project.pmdb(&[]).env("PATH", &path);
                if let Some(url) = database_url {
                    shell = shell.env("DATABASE_URL", url);
                }
                let output = shell.within(&["sh", "-c", &format!("{line} 2>&1")]).run().stdout;
                assert_eq!(plain(project, &output), plain(project, &prints), "{line} printed:\n{output}");
                run += 1;
            }
        }
    }
    run
}

/// Without what differs from run to run, and without the widths that come of it.
fn plain(project: &Project, text: &str) -> String {
    let version = regex::Regex::new(r"PostgreSQL \d+(\.\d+)?").unwrap();
    let text = project.filtered(text);
    let text = version.replace_all(&text, "PostgreSQL [VERSION]");
    let lines = text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
    lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_first_session_goes_as_the_readme_says() {
    let project = Project::new();
    fs::remove_dir_all(project.path().join("migrations")).unwrap();
    assert_eq!(follow(&project, section(README, "A first session"), None), 10);
}

#[test]
fn verify_finds_what_the_readme_says() {
    let project = Project::new();
    assert_eq!(follow(&project, section(README, "Proving the down halves"), None), 1);
}

#[test]
fn what_was_built_by_hand_is_recorded_as_the_readme_says() {
    let setup = Setup::new();
    setup.database.sql("CREATE TABLE users (id int); CREATE TABLE tasks (id int)");
    for (number, table) in [(1, "users"), (2, "tasks")] {
        let file = format!("-- migrate:up\nCREATE TABLE {table} (id int);\n-- migrate:down\nDROP TABLE {table};\n");
        setup.project.migration(&format!("000{number}_create_{table}.sql"), &file);
    }
    let text = section(README, "Migration files").replace("app on localhost:5432", &setup.database.shown());
    let (_, baseline) = text.split_once("**A database that exists already**").unwrap();
    let url = server().url(setup.database.name());
    assert_eq!(follow(&setup.project, baseline, Some(&url)), 1);
}
