//! INSERTs of today that leave a column out which has to have a value from now on.

use super::case;

const TABLES: &str = "CREATE TABLE p (id int PRIMARY KEY, a int NOT NULL, b int NOT NULL DEFAULT 1);\n\
    CREATE TABLE g (id int PRIMARY KEY, x int, twice int NOT NULL GENERATED ALWAYS AS (x * 2) STORED)";

/// A trigger that gives a column its value.
fn filling(table: &str, column: &str, events: &str) -> String {
    format!(
        "CREATE FUNCTION fill_{column}() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN NEW.{column} = 7; RETURN NEW; END$$; \
         CREATE TRIGGER fill {events} ON {table} FOR EACH ROW EXECUTE FUNCTION fill_{column}()"
    )
}

#[test]
fn a_column_that_has_to_have_a_value_is_told_unless_something_gives_it_one() {
    const INTO_P: &str = "INSERT INTO p (id, a) VALUES (1, 1)";
    const SWAP: &str = "ALTER TABLE p RENAME a TO a_old; ALTER TABLE p ADD a bigint";
    let new = Some("new-column-without-default");
    let dropped = Some("default-dropped");
    let with = |file: &str, more: &str| format!("{file}; {more}");
    for (file, told) in [
        (SWAP.to_owned(), new),
        (with(SWAP, "ALTER TABLE p ALTER a_old DROP NOT NULL"), None),
        (with(SWAP, "ALTER TABLE p ALTER a_old SET DEFAULT 0"), None),
        (with(SWAP, &filling("p", "a_old", "BEFORE INSERT")), None),
        (with(SWAP, &filling("p", "a_old", "AFTER INSERT")), new),
        ("ALTER TABLE p ADD c int NOT NULL".to_owned(), new),
        (with("ALTER TABLE p ADD c int NOT NULL", &filling("p", "c", "BEFORE INSERT OR UPDATE")), None),
        (with("ALTER TABLE p ADD c int NOT NULL", &filling("p", "c", "BEFORE UPDATE")), new),
        ("ALTER TABLE p ALTER b DROP DEFAULT".to_owned(), dropped),
        (with("ALTER TABLE p ALTER b DROP DEFAULT", &filling("p", "b", "BEFORE INSERT")), None),
    ] {
        case(&file, INTO_P, told).holds(TABLES, "SELECT 1");
    }
    // Both names are known: an INSERT that gives each a value goes on.
    let swapped = "ALTER TABLE p RENAME a TO c; ALTER TABLE p RENAME b TO a; ALTER TABLE p RENAME c TO b";
    case(swapped, "INSERT INTO p (id, a, b) VALUES (1, 1, 1)", None).holds(TABLES, "SELECT 1");
    let into_g = "INSERT INTO g (id, x) VALUES (1, 1)";
    case("ALTER TABLE g ALTER twice DROP EXPRESSION", into_g, dropped).holds(TABLES, "SELECT 1");
    let nullable = "ALTER TABLE g ALTER twice DROP EXPRESSION, ALTER twice DROP NOT NULL";
    case(nullable, into_g, None).holds(TABLES, "SELECT 1");
}
