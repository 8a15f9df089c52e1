//! A section of a document: its files are written and its commands run, by a shell as a user would.

use regex::Regex;

use super::markdown::Block;
use super::recipes;
use super::scenes::{Room, prepare};
use crate::support::Outcome;

/// What a terminal shows where Ctrl-C is typed.
const CTRL_C: &str = "^C";

/// Whose exit code 3 is an answer to look at, not a failure.
const CHECKS: &str = "pmdb() { command pmdb \"$@\" || [ $? = 3 ]; }\n";

/// Does what the blocks of a section say.
pub fn follow(section: &[Block]) {
    let room = prepare(section[0].section());
    for block in section {
        match (block.language, block.path) {
            ("console", _) => session(&room, block),
            ("sh", _) => script(&room, block, &block.text),
            ("yaml", _) => script(&room, block, &of_pmdb(&recipes::commands(block))),
            (_, Some(path)) => file(&room, block, path),
            // Both halves, one after the other: the markers are comments to the server.
            (_, None) => room.sql("app", &block.text),
        }
    }
}

/// Each command prints what stands below it.
fn session(room: &Room, block: &Block) {
    for (line, prints) in block.session() {
        let output = match prints.split_once(&format!("{CTRL_C}\n")) {
            Some((before, _)) => interrupted(room, line, before),
            None => room.shell("sh", &format!("{line} 2>&1")),
        };
        let (is, should_be) = (plain(room, &output.stdout), plain(room, &prints.replace(CTRL_C, "")));
        assert_eq!(is, should_be, "{block}: {line} printed:\n{}", output.stdout);
    }
}

/// Runs a command that goes on until Ctrl-C, which it gets once it has printed this.
fn interrupted(room: &Room, line: &str, prints: &str) -> Outcome {
    let running = room.command("sh", &format!("exec {line} 2>&1")).spawn();
    running.wait_for_stdout(prints.trim_end().lines().last().unwrap_or(""));
    running.interrupt();
    running.wait()
}

/// A script in which nothing may fail.
fn script(room: &Room, block: &Block, text: &str) {
    let output = room.shell("bash", &format!("set -e\n{CHECKS}{}", here(text)));
    assert_eq!(output.code, Some(0), "{block}:\n{}{}", output.stdout, output.stderr);
}

/// What a pipeline runs besides brings pmdb there.
fn of_pmdb(commands: &[String]) -> String {
    commands.iter().filter(|line| line.starts_with("pmdb ")).map(|line| format!("{line}\n")).collect()
}

/// A file. One that says what to ignore is read by the command that it is for.
fn file(room: &Room, block: &Block, path: &str) {
    room.project.write(path, &block.text);
    if let Some(command) = path.strip_suffix(".ignore") {
        let output = room.shell("sh", &format!("pmdb {command}"));
        assert!(matches!(output.code, Some(0 | 4)), "{block}:\n{}", output.stderr);
    }
}

/// With the server of the test for those that the document names.
fn here(text: &str) -> String {
    let server = Regex::new(r"postgresql://[^/'\s]*/").unwrap();
    let text = server.replace_all(text, "postgresql://localhost/").replace("?sslmode=verify-full", "");
    text.replace("--diff A B", "--diff postgresql://localhost/app postgresql://localhost/app")
}

/// Without what differs from run to run, and without the widths that come of it.
fn plain(room: &Room, text: &str) -> String {
    let mut text = room.project.filtered(text);
    for (pattern, kind) in [
        (r"PostgreSQL \d+(\.\d+)?", "PostgreSQL [VERSION]"),
        (r"postgres:[^@\s]+@", "postgres:[PASSWORD]@"),
        (r"on localhost:\[PORT\] as \w+", "on localhost:[PORT] as [USER]"),
    ] {
        text = Regex::new(pattern).unwrap().replace_all(&text, kind).into_owned();
    }
    let lines = text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
    lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
}
