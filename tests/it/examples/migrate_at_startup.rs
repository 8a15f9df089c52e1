//! `examples/migrate_at_startup.rs`.

use super::run::{example, succeed};
use crate::support::Database;

#[test]
fn migrate_at_startup_needs_nothing_configured() {
    let printed = succeed(example("migrate_at_startup").env_remove("DATABASE_URL")).text;
    assert!(
        printed.contains("2 to apply\napplied 0001 create_greetings\napplied 0002 first_greetings\n"),
        "{printed}"
    );
    assert!(printed.ends_with("Swahili: Habari za asubuhi\n"), "{printed}");
}

#[test]
fn migrate_at_startup_finds_nothing_to_do_when_it_starts_again() {
    let database = Database::new();
    let start = || succeed(example("migrate_at_startup").env("DATABASE_URL", database.url())).text;
    let (first, second) = (start(), start());
    assert!(first.contains("2 to apply\n"), "{first}");
    assert!(second.contains("nothing to apply\nEnglish: Good morning\n"), "{second}");
    assert_eq!(database.value("SELECT count(*) FROM greetings"), "3");
}
