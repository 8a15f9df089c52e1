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

/// A key that is dropped and made anew, and a block of its own: the safe way of each runs, and blocks nobody while rows are read.
#[test]
fn the_safe_way_to_do_the_work_after_a_lock_is_safe() {
    let tables = (
        "0001_tables.sql",
        "-- migrate:up\nCREATE TABLE p (id int PRIMARY KEY);\n\
         CREATE TABLE t (id int, p int NOT NULL CONSTRAINT key REFERENCES p);\n",
    );
    for file in [
        "-- migrate:up\nALTER TABLE t DROP CONSTRAINT key;\nALTER TABLE t ALTER p DROP NOT NULL;\n\
         ALTER TABLE t ADD CONSTRAINT key FOREIGN KEY (p) REFERENCES p DEFERRABLE;\n",
        "-- migrate:up transaction:false\nBEGIN;\nALTER TABLE t ADD CONSTRAINT c FOREIGN KEY (id) REFERENCES p NOT VALID;\n\
         ALTER TABLE t VALIDATE CONSTRAINT c;\nCOMMIT;\n",
    ] {
        let dangerous = Setup::with(&[tables, ("0002_dangerous.sql", file)]);
        dangerous.run(&["up", "--to", "0001"]).success();
        let document = plan(&dangerous, &["--json", "--small", "0"]).success().json();
        let held = list(&document["findings"]).find(|one| text(&one["rule"]) == "lock-held-during-work");
        let files =
            held.unwrap_or_else(|| panic!("{document:#}"))["recipe"]["files"].as_array().unwrap().clone();
        let safe = Setup::with(&[tables]);
        safe.up().success();
        for (place, file) in files.iter().enumerate() {
            let option = if file["transaction"] == true { "" } else { " transaction:false" };
            let half = format!("-- migrate:up{option}\n{}\n", text(&file["sql"]));
            safe.project.migration(&format!("{:04}_safe.sql", place + 2), &half);
        }
        let document = plan(&safe, &["--json", "--small", "0"]).success().json();
        let blocks: Vec<_> = list(&document["findings"]).filter(|one| one["class"] == "blocks").collect();
        assert!(blocks.is_empty(), "{blocks:#?}");
        safe.up().success();
        dangerous.up().success();
        let constraints = "SELECT string_agg(pg_get_constraintdef(oid), ';' ORDER BY conname) FROM pg_constraint WHERE conrelid = 't'::regclass AND contype = 'f'";
        assert_eq!(safe.database.value(constraints), dangerous.database.value(constraints));
    }
}

/// What runs for each row does nothing on the empty tables of a scratch database, where code may go another way, too; and rows that
/// are in no partition or child table any more are in nobody's way.
#[test]
fn rows_that_may_be_put_right_before_they_matter_are_not_said_to_fail() {
    const TABLES: &str = "-- migrate:up
CREATE TABLE t (id int PRIMARY KEY, e int);
CREATE TABLE x (a int);
CREATE FUNCTION mend() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN UPDATE t SET e = e + id; RETURN NEW; END';
CREATE TRIGGER mends BEFORE UPDATE ON x FOR EACH ROW EXECUTE FUNCTION mend();
CREATE FUNCTION mended(int) RETURNS int LANGUAGE plpgsql AS 'BEGIN UPDATE t SET e = e + id; RETURN 1; END';
CREATE TABLE p (a int) PARTITION BY LIST (a);
CREATE TABLE pd PARTITION OF p DEFAULT;
CREATE TABLE par (a int);
CREATE TABLE chi () INHERITS (par);
";
    let unique = "ALTER TABLE t ADD UNIQUE (e);";
    let in_block = "ALTER TABLE t ADD UNIQUE (e)";
    for (file, said) in [
        (
            format!(
                "DO $$DECLARE r record; BEGIN FOR r IN SELECT id FROM t WHERE id = 2 LOOP EXECUTE 'DEL' || 'ETE FROM t WHERE id = 2'; END LOOP; END$$; {unique}"
            ),
            Some("careless"),
        ),
        (format!("UPDATE x SET a = 2; {unique}"), Some("careless")),
        (format!("CREATE TABLE y AS SELECT mended(a) AS m FROM x; {unique}"), Some("careless")),
        (
            "ALTER TABLE p DETACH PARTITION pd; CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1);".to_owned(),
            None,
        ),
        (
            format!(
                "DO $$BEGIN IF (SELECT count(e) = count(DISTINCT e) FROM t) THEN {in_block}; END IF; END$$;"
            ),
            Some("careless"),
        ),
        (format!("DO $$BEGIN {in_block}; EXCEPTION WHEN others THEN NULL; END$$;"), Some("careless")),
        (
            format!(
                "CREATE FUNCTION put_right() RETURNS void LANGUAGE sql AS 'UPDATE t SET e = id'; SELECT put_right(); {unique}"
            ),
            Some("careless"),
        ),
        (
            format!(
                "DO $$BEGIN IF EXISTS (SELECT FROM t WHERE e = 1) THEN UPDATE t SET e = id; END IF; END$$; {unique}"
            ),
            Some("careless"),
        ),
        (
            format!(
                "DO $$BEGIN IF EXISTS (SELECT FROM x) THEN EXECUTE 'DEL' || 'ETE FROM t'; END IF; END$$; {unique}"
            ),
            Some("careless"),
        ),
        (
            format!("DO $$BEGIN WHILE NOT EXISTS (SELECT FROM t) LOOP {in_block}; EXIT; END LOOP; END$$;"),
            Some("careless"),
        ),
        (
            format!("DO $$BEGIN <<b>> BEGIN EXIT b WHEN EXISTS (SELECT FROM t); {in_block}; END; END$$;"),
            Some("careless"),
        ),
        (
            format!(
                "CREATE FUNCTION pg_temp.mig() RETURNS void LANGUAGE plpgsql AS \
                 $f$BEGIN IF NOT EXISTS (SELECT FROM t) THEN {in_block}; END IF; END$f$; SELECT pg_temp.mig();"
            ),
            Some("careless"),
        ),
        (
            format!("CREATE TABLE kept AS SELECT id, e FROM t; UPDATE t SET e = id WHERE id IN (SELECT id FROM kept); {unique}"),
            Some("careless"),
        ),
        (
            "CREATE TEMP TABLE kept AS SELECT a FROM par WHERE a IS NULL; UPDATE par SET a = 1 WHERE EXISTS (SELECT FROM kept); \
             ALTER TABLE par ALTER a SET NOT NULL;"
                .to_owned(),
            Some("careless"),
        ),
        ("ALTER TABLE p DETACH PARTITION pd; ALTER TABLE p ADD CHECK (a > 2);".to_owned(), Some("careless")),
        (
            "ALTER TABLE chi NO INHERIT par; ALTER TABLE par ALTER a SET NOT NULL;".to_owned(),
            Some("careless"),
        ),
        ("DROP TABLE chi; ALTER TABLE par ALTER a SET NOT NULL;".to_owned(), Some("careless")),
    ] {
        let setup = Setup::with(&[("0001_tables.sql", TABLES)]);
        setup.up().success();
        setup.database.sql(
            "INSERT INTO t VALUES (1, 1), (2, 1); INSERT INTO x VALUES (1); INSERT INTO p VALUES (1), (2); INSERT INTO chi VALUES (NULL)",
        );
        setup.project.migration("0002_file.sql", &format!("-- migrate:up\n{file}\n"));
        let document = plan(&setup, &["--json", "--small", "1TB"]).success().json();
        let about_rows = ["duplicate-values", "misplaced-rows", "null-values", "rows-break-check"];
        let found = list(&document["findings"]).find(|one| about_rows.contains(&text(&one["rule"])));
        assert_eq!(found.map(|one| text(&one["class"])), said, "{file}: {document:#}");
        setup.run(&["up"]).success();
    }
    let setup = Setup::with(&[("0001_tables.sql", TABLES)]);
    setup.up().success();
    setup.database.sql("INSERT INTO p VALUES (1)");
    setup
        .project
        .migration("0002_p.sql", "-- migrate:up\nCREATE TABLE p1 PARTITION OF p FOR VALUES IN (1);\n");
    assert!(plan(&setup, &[]).success().stdout.contains("fails (misplaced-rows, line 2)"));
    let setup = Setup::with(&[("0001_tables.sql", TABLES)]);
    setup.up().success();
    setup.database.sql("INSERT INTO t VALUES (1, 1), (2, 1)");
    let of_others =
        "DO $$BEGIN IF to_regtype('state') IS NULL THEN CREATE TYPE state AS ENUM ('x'); END IF; END$$;";
    setup.project.migration("0002_t.sql", &format!("-- migrate:up\n{of_others}\n{unique}\n"));
    assert!(plan(&setup, &[]).success().stdout.contains("fails (duplicate-values, line 3)"));
}
