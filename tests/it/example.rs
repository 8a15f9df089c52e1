//! The examples run as the documentation says.

use std::process::Command;

use crate::support::Database;

const COMMAND: [&str; 5] = ["run", "--quiet", "--locked", "--example", "migrate_at_startup"];

#[test]
fn migrate_at_startup_needs_nothing_configured() {
    let printed = run(Command::new(env!("CARGO")).env_remove("DATABASE_URL"));
    assert!(
        printed.contains("2 to apply\napplied 0001 create_greetings\napplied 0002 first_greetings\n"),
        "{printed}"
    );
    assert!(printed.ends_with("Swahili: Habari za asubuhi\n"), "{printed}");
}

#[test]
fn migrate_at_startup_finds_nothing_to_do_when_it_starts_again() {
    let database = Database::new();
    let start = || run(Command::new(env!("CARGO")).env("DATABASE_URL", database.url()));
    let (first, second) = (start(), start());
    assert!(first.contains("2 to apply\n"), "{first}");
    assert!(second.contains("nothing to apply\nEnglish: Good morning\n"), "{second}");
    assert_eq!(database.value("SELECT count(*) FROM greetings"), "3");
}

#[track_caller]
fn run(command: &mut Command) -> String {
    let output = command.args(COMMAND).current_dir(env!("CARGO_MANIFEST_DIR")).output().unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}:\n{error}", output.status);
    String::from_utf8(output.stdout).unwrap()
}
