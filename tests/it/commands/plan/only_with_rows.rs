//! What runs for each row, and so never on the empty tables of a scratch database: said not to be known, or found by the keys.

use super::{list, plan, text};
use crate::support::{Setup, side_by_side};

const TABLES: &str = "-- migrate:up
CREATE TABLE p (id int PRIMARY KEY);
CREATE TABLE c (id int PRIMARY KEY, p int REFERENCES p ON DELETE CASCADE);
CREATE TABLE d (c int REFERENCES c ON DELETE SET NULL);
CREATE TABLE q (id int PRIMARY KEY);
CREATE TABLE r (q int REFERENCES q);
CREATE INDEX ON r (q);
CREATE TABLE a (id int, t text);
CREATE TABLE log (t text);
CREATE FUNCTION noted() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO log VALUES (1); RETURN NEW; END';
CREATE TRIGGER note BEFORE UPDATE ON a FOR EACH ROW EXECUTE FUNCTION noted();
CREATE FUNCTION writes(i int) RETURNS int LANGUAGE plpgsql AS 'BEGIN INSERT INTO log VALUES (1); RETURN i; END';
CREATE FUNCTION pure(i int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT i';
";

const ROWS: &str = "INSERT INTO p SELECT generate_series(1, 20000); INSERT INTO c SELECT id, id FROM p;
    INSERT INTO d SELECT id FROM c; INSERT INTO q VALUES (1); INSERT INTO r VALUES (1); INSERT INTO a VALUES (1, 'x'); ANALYZE";

/// The notes of a plan about a file, and what it finds of rows that go along.
fn said(file: &str, rows: &str) -> (Vec<String>, Vec<String>, String) {
    let setup = Setup::with(&[("0001_tables.sql", TABLES)]);
    setup.up().success();
    setup.database.sql(rows);
    setup.project.migration("0002_file.sql", &format!("-- migrate:up\n{file}\n"));
    let document = plan(&setup, &["--json", "--small", "1TB"]).success().json();
    // Whether rows meet a key is told in any case (`written_rows.rs`).
    let of_file = |gap: &&str| gap.contains("of 0002") && !gap.contains(" meet ");
    let gaps = list(&document["gaps"]).map(text).filter(of_file).map(str::to_owned).collect();
    let along = list(&document["findings"]).filter(|one| text(&one["rule"]) == "rows-taken-along");
    let along = along.map(|one| text(&one["what"]).to_owned()).collect();
    (gaps, along, plan(&setup, &["--small", "1TB"]).success().stdout)
}

#[test]
fn code_that_runs_for_each_row_is_not_known() {
    for (file, what) in [
        ("UPDATE a SET t = 'y';", "the trigger note of public.a runs"),
        ("SELECT writes(id) FROM a;", "the function public.writes(integer) runs"),
        ("INSERT INTO log SELECT writes(id) FROM a;", "the function public.writes(integer) runs"),
        ("CREATE TABLE copy AS SELECT writes(id) AS b FROM a;", "the function public.writes(integer) runs"),
        (
            "DO $$DECLARE r record; BEGIN FOR r IN SELECT * FROM a LOOP INSERT INTO log VALUES (1); END LOOP; END$$;",
            "what the code of line 2",
        ),
        (
            "DO $$BEGIN IF EXISTS (SELECT FROM a WHERE t = 'x') THEN ALTER TABLE a ALTER id TYPE bigint; END IF; END$$;",
            "which way the code of line 2",
        ),
        ("DELETE FROM q;", "whether rows of public.r still refer"),
    ] {
        let (gaps, _, text) = said(file, ROWS);
        assert!(gaps.iter().any(|gap| gap.contains(what)), "{file}: {gaps:?}");
        assert!(!text.contains("nobody has to wait"), "{file}: {text}");
    }
    for file in [
        "SELECT pure(id) FROM a;",
        "DELETE FROM a;",
        "INSERT INTO a VALUES (2, 'z');",
        "UPDATE q SET id = 2;",
    ] {
        let (gaps, along, _) = said(file, ROWS);
        assert_eq!((gaps, along), (Vec::new(), Vec::new()), "{file}");
    }
    assert_eq!(said("DELETE FROM q;", "ANALYZE").0, [""; 0]);
}

#[test]
fn rows_that_go_along_are_found_and_the_index_that_is_missing() {
    let (_, along, _) = said("DELETE FROM p;", ROWS);
    assert_eq!(
        along,
        [
            "with the rows of public.p, rows of public.c are deleted (c_p_fkey), rows of public.d are changed (d_c_fkey), \
          all of public.c is read for each (p has no index), all of public.d is read for each (c has no index)"
        ]
    );
    let indexed = format!("{ROWS}; CREATE INDEX ON c (p); CREATE INDEX ON d (c)");
    assert_eq!(
        said("DELETE FROM p WHERE id = 1;", &format!("{indexed}; DELETE FROM d; DELETE FROM c; ANALYZE")).1,
        [""; 0]
    );
}

/// An UPDATE of what others refer to is told as a DELETE is.
#[test]
fn rows_that_change_with_the_key_of_others_are_found() {
    const TABLES: &str = "-- migrate:up
CREATE TABLE p (id int PRIMARY KEY, t text);
CREATE TABLE c (p int PRIMARY KEY REFERENCES p ON UPDATE CASCADE);
CREATE TABLE d (c int REFERENCES c ON UPDATE CASCADE);
CREATE TABLE r (p int REFERENCES p);
CREATE INDEX ON d (c);
";
    for (file, said) in [
        (
            "UPDATE p SET id = id + 100000;",
            Some(
                "with the rows of public.p, rows of public.c are changed (c_p_fkey), rows of public.d are changed (d_c_fkey), \
                 all of public.r is read for each (p has no index)",
            ),
        ),
        ("UPDATE p SET t = 'id';", None),
    ] {
        let setup = Setup::with(&[("0001_tables.sql", TABLES)]);
        setup.up().success();
        setup.database.sql(
            "INSERT INTO p SELECT generate_series(1, 20000); INSERT INTO c SELECT id FROM p; INSERT INTO d SELECT p FROM c;
             INSERT INTO r SELECT 1 FROM p; ANALYZE",
        );
        setup.project.migration("0002_file.sql", &format!("-- migrate:up\n{file}\n"));
        let document = plan(&setup, &["--json"]).success().json();
        let found = list(&document["findings"]).find(|one| text(&one["rule"]) == "rows-taken-along");
        assert_eq!(found.map(|one| text(&one["what"])), said, "{file}: {document:#}");
    }
}

#[test]
fn the_tables_that_cascade_empties_are_named() {
    let setup = Setup::with(&[("0001_tables.sql", TABLES)]);
    setup.up().success();
    setup.database.sql(ROWS);
    setup.project.migration("0002_file.sql", "-- migrate:up\nTRUNCATE p CASCADE;\n");
    let document = plan(&setup, &["--json"]).success().json();
    let found = list(&document["findings"]).find(|one| text(&one["rule"]) == "truncated").unwrap();
    assert_eq!(
        text(&found["what"]),
        "all 20000 rows of public.p are gone afterwards, and those of public.c, public.d"
    );
}

/// What ONLY says, and what children do not get: their rows may be what they like.
#[test]
fn rows_of_children_that_a_change_leaves_out_are_not_in_its_way() {
    const FAMILY: &str = "-- migrate:up
CREATE TABLE par (id int NOT NULL, v int);
CREATE TABLE kid (w int) INHERITS (par);
CREATE TABLE kin (v int NOT NULL) INHERITS (par);
";
    const ROWS: &str = "INSERT INTO par VALUES (1, 1); INSERT INTO kid VALUES (1, NULL, 1), (1, NULL, 1); INSERT INTO kin VALUES (1, 1)";
    const BY_HAND: &str = "CREATE TABLE more () INHERITS (par); INSERT INTO more VALUES (1, NULL)";
    let cases = [
        ("ALTER TABLE ONLY par ALTER v SET NOT NULL", ROWS, false),
        ("ALTER TABLE par ADD PRIMARY KEY (id)", ROWS, false),
        (
            "ALTER TABLE IF EXISTS ONLY public.par ALTER v SET NOT NULL",
            "INSERT INTO par VALUES (1, 1)",
            false,
        ),
        ("ALTER TABLE ONLY par ALTER v SET NOT NULL, ADD CHECK (v > 0) NO INHERIT", ROWS, false),
        ("ALTER TABLE ONLY par ALTER v SET NOT NULL", "INSERT INTO par VALUES (1, NULL)", true),
        ("ALTER TABLE par ALTER v SET NOT NULL", ROWS, true),
        ("ALTER TABLE ONLY par ALTER v SET NOT NULL; ALTER TABLE kid ALTER v SET NOT NULL", ROWS, true),
        ("ALTER TABLE ONLY par ALTER v SET NOT NULL", BY_HAND, false),
        ("ALTER TABLE par ALTER v SET NOT NULL", BY_HAND, true),
    ];
    let wrong = side_by_side(&cases, |(file, rows, is_told)| {
        let setup = Setup::with(&[("0001_tables.sql", FAMILY)]);
        setup.up().success();
        setup.database.sql(rows);
        setup.project.migration("0002_file.sql", &format!("-- migrate:up\n{file};\n"));
        let document = plan(&setup, &["--json"]).success().json();
        let told = list(&document["findings"]).any(|one| text(&one["class"]) == "fails");
        let fails = setup.run(&["up"]).code != Some(0);
        (told != *is_told || fails != *is_told).then(|| format!("{file}; {rows}: {told}, {fails}"))
    });
    let wrong: Vec<String> = wrong.into_iter().flatten().collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
