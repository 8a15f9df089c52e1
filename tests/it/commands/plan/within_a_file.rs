//! What a file makes and takes away again, so that the schema after it shows nothing of it.

use super::{list, plan, text};
use crate::support::Setup;

/// A file, what it is said to do with rows that are in its way, and whether it fails by them. Nothing is said of the others.
struct Case {
    file: &'static str,
    bad: &'static str,
    good: &'static str,
    /// The rule, and its class.
    said: (&'static str, &'static str),
}

#[test]
fn what_comes_and_goes_within_a_file_is_asked_about() {
    const VALUES: &str = "INSERT INTO t VALUES (7, NULL, 1.55), (8, 'x', 1.55)";
    const FINE: &str = "INSERT INTO t VALUES (1, '1', 1), (2, '2', 2)";
    let case = |file, bad, said| Case { file, bad, good: FINE, said };
    for case in [
        case(
            "ALTER TABLE t ADD CONSTRAINT c CHECK (id < 5); ALTER TABLE t DROP CONSTRAINT c;",
            VALUES,
            ("rows-break-check", "fails"),
        ),
        case(
            "ALTER TABLE t ALTER a SET NOT NULL; ALTER TABLE t ALTER a DROP NOT NULL;",
            VALUES,
            ("null-values", "fails"),
        ),
        case("CREATE UNIQUE INDEX x ON t (n); DROP INDEX x;", VALUES, ("duplicate-values", "fails")),
        case("ALTER TABLE t ADD UNIQUE (n); ALTER TABLE t DROP n;", VALUES, ("duplicate-values", "fails")),
        case(
            "ALTER TABLE t ALTER a TYPE int USING a::int; ALTER TABLE t ALTER a TYPE text;",
            VALUES,
            ("values-do-not-fit", "fails"),
        ),
        case(
            "ALTER TABLE t ALTER n TYPE int; ALTER TABLE t ALTER n TYPE numeric;",
            VALUES,
            ("lost-values", "loses"),
        ),
        case(
            "ALTER TABLE t ALTER n TYPE smallint; ALTER TABLE t RENAME n TO m; ALTER TABLE t ALTER m TYPE numeric;",
            VALUES,
            ("lost-values", "loses"),
        ),
        case(
            "ALTER TABLE t RENAME TO u; ALTER TABLE u ADD CHECK (id < 5); ALTER TABLE u RENAME TO t; ALTER TABLE t DROP CONSTRAINT u_id_check;",
            VALUES,
            ("rows-break-check", "fails"),
        ),
        case(
            "DO $$BEGIN UPDATE t SET a = ''; ALTER TABLE t ALTER a SET NOT NULL; END$$;",
            VALUES,
            ("null-values", "careless"),
        ),
        case(
            "UPDATE t SET a = ''; ALTER TABLE t ALTER a SET NOT NULL; ALTER TABLE t ALTER a DROP NOT NULL;",
            VALUES,
            ("null-values", "careless"),
        ),
    ] {
        for (rows, is_bad) in [(case.bad, true), (case.good, false)] {
            let setup = Setup::with(&[(
                "0001_tables.sql",
                "-- migrate:up\nCREATE TABLE t (id int, a text, n numeric);\n",
            )]);
            setup.up().success();
            setup.database.sql(rows);
            setup.project.migration("0002_file.sql", &format!("-- migrate:up\n{}\n", case.file));
            let document = plan(&setup, &["--json", "--small", "1TB"]).success().json();
            let (rule, class) = case.said;
            let said = list(&document["findings"]).find(|finding| text(&finding["rule"]) == rule);
            let said = said.map_or("nothing", |finding| text(&finding["class"]));
            let file = case.file;
            assert_eq!(said, if is_bad { class } else { "nothing" }, "{file} on {rows}: {document:#}");
            let fails = is_bad && class == "fails";
            assert_eq!(setup.run(&["up"]).code != Some(0), fails, "{file} on {rows}");
        }
    }
}
