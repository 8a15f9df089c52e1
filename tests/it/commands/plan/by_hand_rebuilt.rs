//! What was made by hand over a column that gets another type.

use super::{list, plan, text, with_by_hand};

const SCHEMA: &str = "-- migrate:up\nCREATE TABLE t (id int PRIMARY KEY, name text, qty int);\n";
const TO_INT: &str = "ALTER TABLE t ALTER name TYPE int USING name::int";

/// What was made by hand, a file, whether a note says that it may fail, and whether it does.
#[test]
fn what_the_server_makes_anew_with_another_type_may_fail() {
    for (by_hand, file, told, fails) in [
        ("CREATE INDEX hand ON t (lower(name))", TO_INT, true, true),
        ("CREATE UNIQUE INDEX hand ON t (qty) WHERE name LIKE '1%'", TO_INT, true, true),
        ("ALTER TABLE t ADD CONSTRAINT hand CHECK (name <> '')", TO_INT, true, true),
        ("CREATE STATISTICS hand ON name, (lower(name)) FROM t", TO_INT, true, true),
        ("ALTER TABLE t ALTER name SET DEFAULT 'none'", TO_INT, true, true),
        ("ALTER TABLE t ADD CONSTRAINT hand CHECK (name IS NOT NULL)", TO_INT, true, false),
        ("CREATE INDEX hand ON t (name)", TO_INT, false, false),
        (
            "CREATE INDEX hand ON t (lower(name)) WHERE qty > 1",
            "ALTER TABLE t ALTER qty TYPE bigint",
            false,
            false,
        ),
        ("CREATE INDEX hand ON t (lower(name))", "ALTER TABLE t ALTER name TYPE varchar(90)", false, false),
        (
            "CREATE INDEX hand ON t (lower(name))",
            "DROP INDEX IF EXISTS hand; ALTER TABLE t ALTER name TYPE int USING name::int",
            false,
            false,
        ),
        ("CREATE STATISTICS hand ON name, qty FROM t", TO_INT, false, false),
    ] {
        let setup = with_by_hand(SCHEMA, by_hand, file);
        let document = plan(&setup, &["--json"]).success().json();
        let notes =
            list(&document["gaps"]).filter(|note| text(note).ends_with("is not known: else it fails"));
        assert_eq!(notes.count() == 1, told, "{by_hand}; {file}: {document:#}");
        assert_eq!(setup.run(&["up"]).code != Some(0), fails, "{by_hand}; {file}");
    }
}
