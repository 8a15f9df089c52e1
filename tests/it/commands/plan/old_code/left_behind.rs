//! What a table, a view or a materialized view does not have that takes the name of another one.

use super::super::{list, plan, text};
use super::case;
use crate::support::Setup;

const GIVEN: &str = "CREATE TABLE t (id int PRIMARY KEY, n int, email text UNIQUE);\n\
    CREATE TABLE c (t int CONSTRAINT c_t REFERENCES t);\n\
    CREATE FUNCTION fill() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.id = 1 + coalesce((SELECT max(id) FROM w), 0); RETURN NEW; END';\n\
    CREATE TABLE w (id int PRIMARY KEY, n int); CREATE TRIGGER fills BEFORE INSERT ON w FOR EACH ROW EXECUTE FUNCTION fill();\n\
    CREATE TABLE s (id int); ALTER TABLE s ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON s USING (id = 1); GRANT SELECT ON s TO pg_monitor;\n\
    CREATE TABLE plain (id int PRIMARY KEY);\n\
    CREATE VIEW v AS SELECT DISTINCT id FROM plain;\n\
    CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO plain VALUES (NEW.id); RETURN NEW; END';\n\
    CREATE TRIGGER keeps INSTEAD OF INSERT ON v FOR EACH ROW EXECUTE FUNCTION keep();\n\
    CREATE VIEW r AS SELECT DISTINCT id FROM plain; CREATE RULE adds AS ON INSERT TO r DO INSTEAD INSERT INTO plain VALUES (NEW.id);\n\
    CREATE MATERIALIZED VIEW m AS SELECT 1 AS a; CREATE UNIQUE INDEX m_a ON m (a)";

const ROWS: &str = "INSERT INTO t VALUES (1, 1, 'a'); INSERT INTO c VALUES (1); INSERT INTO w (n) VALUES (1); INSERT INTO s VALUES (1), (2)";

const LEFT: Option<&str> = Some("left-behind");

/// `table`, and another one in its place.
fn swap(table: &str, in_between: &str) -> String {
    format!(
        "CREATE TABLE z (LIKE {table} INCLUDING ALL); INSERT INTO z SELECT * FROM {table}; {in_between}; \
         ALTER TABLE {table} RENAME TO old; ALTER TABLE z RENAME TO {table}"
    )
}

#[test]
fn foreign_keys_that_lead_to_the_table_before_are_told() {
    const INTO_C: &str = "INSERT INTO t VALUES (2); INSERT INTO c VALUES (2)";
    let anew =
        "; ALTER TABLE c DROP CONSTRAINT c_t; ALTER TABLE c ADD CONSTRAINT c_t FOREIGN KEY (t) REFERENCES t";
    for (file, told) in [
        (swap("t", "SELECT 1"), LEFT),
        (swap("t", "SELECT 1") + anew, None),
        (swap("t", "SELECT 1") + "; ALTER TABLE c DROP CONSTRAINT c_t", None),
        (swap("t", "ALTER TABLE c DROP CONSTRAINT c_t"), None),
        ("ALTER TABLE t RENAME TO z; ALTER TABLE z RENAME TO t".to_owned(), None),
        (
            swap(
                "t",
                "CREATE TABLE cz (t int REFERENCES z); ALTER TABLE c RENAME TO co; ALTER TABLE cz RENAME TO c",
            ),
            None,
        ),
    ] {
        case(&file, INTO_C, told).holds(GIVEN, ROWS);
    }
}

#[test]
fn triggers_policies_and_keys_that_the_new_table_lacks_are_told() {
    const INTO_W: &str = "INSERT INTO w (n) VALUES (2)";
    const FROM_S: &str = "SET LOCAL ROLE pg_monitor; SELECT 1 / (2 - count(*)) FROM s";
    const INTO_T: &str = "INSERT INTO t VALUES (2, 2, 'a') ON CONFLICT (email) DO NOTHING";
    let granted = "GRANT SELECT ON z TO pg_monitor";
    let without_key = "CREATE TABLE z AS SELECT * FROM t; ALTER TABLE c DROP CONSTRAINT c_t; \
        ALTER TABLE t RENAME TO old; ALTER TABLE z RENAME TO t";
    for (file, code, told) in [
        (swap("w", "SELECT 1"), INTO_W, LEFT),
        (
            swap("w", "CREATE TRIGGER other BEFORE INSERT ON z FOR EACH ROW EXECUTE FUNCTION fill()"),
            INTO_W,
            None,
        ),
        (swap("s", granted), FROM_S, LEFT),
        (
            swap(
                "s",
                &format!(
                    "{granted}; CREATE POLICY q ON z USING (id = 1); ALTER TABLE z ENABLE ROW LEVEL SECURITY"
                ),
            ),
            FROM_S,
            None,
        ),
        (without_key.to_owned(), INTO_T, LEFT),
        (without_key.to_owned() + "; ALTER TABLE t ADD UNIQUE (email), ADD UNIQUE (id)", INTO_T, None),
        (swap("plain", "SELECT 1"), "INSERT INTO plain VALUES (1)", None),
    ] {
        case(&file, code, told).holds(GIVEN, ROWS);
    }
}

#[test]
fn what_a_view_is_written_through_or_refreshed_by_is_told() {
    const INTO_V: &str = "INSERT INTO v VALUES (7)";
    const INTO_R: &str = "INSERT INTO r VALUES (7)";
    const REFRESH: &str = "REFRESH MATERIALIZED VIEW CONCURRENTLY m";
    let view = "DROP VIEW v; CREATE VIEW v AS SELECT DISTINCT id, 1 AS one FROM plain";
    let with_trigger =
        format!("{view}; CREATE TRIGGER keeps INSTEAD OF INSERT ON v FOR EACH ROW EXECUTE FUNCTION keep()");
    let materialized = "DROP MATERIALIZED VIEW m; CREATE MATERIALIZED VIEW m AS SELECT 1 AS a";
    for (file, code, told) in [
        (view, INTO_V, LEFT),
        (&with_trigger, INTO_V, None),
        ("CREATE OR REPLACE VIEW v AS SELECT DISTINCT id, 1 AS one FROM plain", INTO_V, None),
        ("DROP VIEW r; CREATE VIEW r AS SELECT DISTINCT id FROM plain", INTO_R, LEFT),
        (materialized, REFRESH, LEFT),
        (&format!("{materialized}; CREATE UNIQUE INDEX other ON m (a)"), REFRESH, None),
        ("REFRESH MATERIALIZED VIEW m", REFRESH, None),
    ] {
        case(file, code, told).holds(GIVEN, ROWS);
    }
}

#[test]
fn a_table_that_is_dropped_takes_its_triggers_and_keys_along() {
    let setup = Setup::with(&[("0001_given.sql", &format!("-- migrate:up\n{GIVEN};\n"))]);
    setup.up().success();
    setup.database.sql(&format!("{ROWS}; ALTER TABLE c DROP CONSTRAINT c_t"));
    let file = "CREATE TABLE z (LIKE w INCLUDING ALL); DROP TABLE w; ALTER TABLE z RENAME TO w; \
        CREATE TABLE z AS SELECT * FROM plain; DROP TABLE plain CASCADE; ALTER TABLE z RENAME TO plain";
    setup.project.migration("0002_file.sql", &format!("-- migrate:up\n{file};\n"));
    let document = plan(&setup, &["--json"]).success().json();
    let found = list(&document["findings"]).filter(|one| one["rule"] == "left-behind");
    let told: Vec<&str> = found.map(|one| text(&one["what"])).collect();
    assert_eq!(
        told,
        [
            "the table public.w is dropped and made anew, without the trigger fills",
            "the table public.plain is dropped and made anew, without a unique index of (id)"
        ]
    );
}

/// By hand: a foreign key to the table, a trigger and a policy of it.
#[test]
fn what_was_made_by_hand_is_left_behind_as_well() {
    let by_hand = "CREATE TABLE hand (t int CONSTRAINT hand_t REFERENCES plain);\n\
        CREATE TRIGGER hand BEFORE INSERT ON plain FOR EACH ROW EXECUTE FUNCTION fill()";
    for (file, told) in [
        (
            swap("plain", "SELECT 1"),
            &[
                "public.plain is called public.old from now on, and another table has its name, without the trigger hand: \
               the foreign key hand_t of public.hand still leads to public.old, so that rows which refer to new ones are refused",
            ][..],
        ),
        (
            swap(
                "plain",
                "DROP TRIGGER IF EXISTS hand ON plain; ALTER TABLE IF EXISTS hand DROP CONSTRAINT hand_t",
            ),
            &[],
        ),
    ] {
        let setup = Setup::with(&[("0001_given.sql", &format!("-- migrate:up\n{GIVEN};\n"))]);
        setup.up().success();
        setup.database.sql(&format!("{ROWS}; {by_hand}"));
        setup.project.migration("0002_file.sql", &format!("-- migrate:up\n{file};\n"));
        let document = plan(&setup, &["--json"]).success().json();
        let found = list(&document["findings"]).filter(|one| one["rule"] == "left-behind");
        assert_eq!(found.map(|one| text(&one["what"])).collect::<Vec<_>>(), told, "{document:#}");
    }
}
