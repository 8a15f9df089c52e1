//! Names that were chosen to deceive: they clear the screen, turn the text around, or pretend to be another line of it.

use crate::support::{Outcome, Setup};

/// Clears the screen, begins a new line, turns what follows around, hides a character, separates lines.
const HOSTILE: &str = "x\u{1b}[2J\nevil\u{202e}abc\u{200b}\u{2028}y";

/// What must not be found in the output as it stands: the beginning of HOSTILE up to the line break, and what deceives.
const NEVER: [&str; 6] = ["\u{1b}[2J", "\nevil", "\r\nevil", "\u{202e}", "\u{200b}", "\u{2028}"];

/// A project and a database in which all that can have a name has this one.
fn hostile() -> Setup {
    let setup = Setup::new();
    let table = format!("\"{HOSTILE}\"");
    let up = format!(
        "CREATE TYPE mood{table} AS ENUM ('{HOSTILE}');
         CREATE TABLE {table} (id int PRIMARY KEY, {table} text, n char(3), CONSTRAINT c{table} CHECK (id > 0));
         CREATE INDEX one{table} ON {table} (n); CREATE INDEX two{table} ON {table} (n);
         CREATE VIEW v{table} AS SELECT * FROM {table}; COMMENT ON TABLE {table} IS '{HOSTILE}';
         CREATE FUNCTION f{table}() RETURNS int LANGUAGE sql AS 'SELECT 1';
         DO $$ BEGIN RAISE NOTICE '{HOSTILE}'; END $$;"
    )
    .replace("mood\"", "\"mood")
    .replace("c\"x", "\"cx")
    .replace("one\"", "\"one")
    .replace("two\"", "\"two")
    .replace("v\"", "\"v")
    .replace("f\"", "\"f");
    setup.project.migration(
        &format!("0001_{HOSTILE}.sql"),
        &format!("-- migrate:up\n{up}\n-- migrate:down\nDROP TABLE {table};\n"),
    );
    setup
}

/// Holds a command's output, with colours, to what may reach a terminal.
#[track_caller]
fn honest(outcome: Outcome, command: &str) -> Outcome {
    for text in [&outcome.stdout, &outcome.stderr] {
        // A page shows what is written there in several lines as such.
        for never in NEVER.iter().filter(|never| !text.starts_with("<!DOCTYPE") || !never.contains('\n')) {
            assert!(!text.contains(never), "{never:?} in the output of `pmdb {command}`:\n{text:?}");
        }
    }
    outcome
}

#[test]
fn no_command_shows_a_name_that_steers_the_terminal_or_deceives_its_reader() {
    let setup = hostile();
    for (command, code) in [
        ("status", 0),
        ("up", 0),
        ("status", 0),
        ("advise", 0),
        ("schema", 0),
        ("schema --format mermaid", 0),
        ("schema --format dot", 0),
        ("schema --format svg", 0),
        ("schema --format html", 0),
        ("verify", 1),
        ("verify --format github", 1),
        ("drift", 0),
        ("down", 1),
        ("redo", 1),
        ("up --dry-run --dir nowhere", 1),
    ] {
        let args: Vec<&str> = command.split(' ').collect();
        let outcome = setup.pmdb(&args).env("CLICOLOR_FORCE", "1").run();
        honest(outcome, command).fails(code);
    }
    let file = setup.project.path().join("migrations").join(format!("0001_{HOSTILE}.sql"));
    let changed = std::fs::read_to_string(&file).unwrap().replace("id > 0", "id > 1");
    std::fs::write(file, changed).unwrap();
    honest(setup.pmdb(&["accept", "1"]).env("CLICOLOR_FORCE", "1").run(), "accept").success();
    setup.database.sql(&format!("DROP FUNCTION \"f{HOSTILE}\"; CREATE TABLE \"new{HOSTILE}\" ()"));
    honest(setup.pmdb(&["drift"]).env("CLICOLOR_FORCE", "1").run(), "drift").fails(4);
}

#[test]
fn json_has_each_name_as_it_is_and_nothing_that_deceives_its_reader() {
    let setup = hostile();
    setup.up().success();
    let outcome = honest(setup.run(&["status", "--json"]), "status --json").success();
    assert_eq!(outcome.json()["migrations"][0]["name"], HOSTILE);
    let schema = honest(setup.run(&["schema", "--json"]), "schema --json").success();
    assert!(schema.json().to_string().contains("\u{202e}"), "the name is not in the schema");
}

#[test]
fn an_error_and_a_prompt_on_a_terminal_show_no_such_name() {
    let setup = hostile();
    let path = setup.project.path().join("migrations").join(format!("0001_{HOSTILE}.sql"));
    std::fs::write(path, format!("-- migrate:up\nSELECT 1;\nSELECT * FROM \"{HOSTILE}\";\n")).unwrap();
    let (running, _terminal) = setup.pmdb(&["up"]).on_a_terminal();
    let outcome = honest(running.wait(), "up").fails(1);
    assert!(outcome.stderr.contains("evil"), "{}", outcome.stderr);
}
