//! Each verdict, and that the migration which is to blame gets it.

use insta::assert_snapshot;

use super::{TABLE, project, verdicts, verdicts_of, verify};

/// One migration for each verdict; all but the good ones are wrong in one way.
pub fn one_of_each() -> crate::support::Project {
    project(&[
        ("0001_t.sql", TABLE),
        (
            "0002_order.sql",
            "-- migrate:up\nALTER TABLE t DROP COLUMN a;\n-- migrate:down\nALTER TABLE t ADD COLUMN a text;\n",
        ),
        (
            "0003_f.sql",
            "-- migrate:up\nCREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$ SELECT 1 $$;\n\
             -- migrate:down\nDROP FUNCTION f();\n",
        ),
        (
            "0004_layout.sql",
            "-- migrate:up\nCREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE sql AS $$ SELECT 2 $$;\n\
             -- migrate:down\nCREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE sql AS $$\n  SELECT 1 -- as before\n$$;\n",
        ),
        (
            "0005_left_over.sql",
            "-- migrate:up\nCREATE TABLE u (id int);\nCREATE INDEX t_b ON t (b);\n-- migrate:down\nDROP TABLE u;\n",
        ),
        (
            "0006_lost.sql",
            "-- migrate:up\nALTER TABLE t ALTER COLUMN id SET DEFAULT 3;\n\
             -- migrate:down\nDROP INDEX t_b;\nALTER TABLE t ALTER COLUMN id SET DEFAULT 4;\n",
        ),
        (
            "0007_down_fails.sql",
            "-- migrate:up\nCREATE TABLE w (id int);\n-- migrate:down\nDROP TABLE w;\n  DROP TABLE nowhere;\n",
        ),
        ("0008_no_down.sql", "-- migrate:up\nCREATE TABLE x (id int);\n"),
        (
            "0009_again_fails.sql",
            "-- migrate:up\nINSERT INTO x VALUES (1);\n\
             DO $$ BEGIN IF (SELECT count(*) FROM x) > 1 THEN RAISE 'twice is too often'; END IF; END $$;\n\
             -- migrate:down\nSELECT 1;\n",
        ),
        (
            "0010_again_differs.sql",
            "-- migrate:up\nINSERT INTO x VALUES (2);\n\
             DO $$ BEGIN EXECUTE format('CREATE TABLE z%s (id int)', (SELECT count(*) FROM x)); END $$;\n\
             -- migrate:down\n\
             DO $$ BEGIN EXECUTE format('DROP TABLE z%s', (SELECT count(*) FROM x)); END $$;\n",
        ),
        (
            "0011_empty_down.sql",
            "-- migrate:up\nCREATE TABLE y (id int);\n-- migrate:down\n-- nothing here\n",
        ),
        (
            "0012_halfway.sql",
            "-- migrate:up transaction:false\nCREATE TABLE h1 (id int);\nCREATE TABLE h2 (id int);\n\
             -- migrate:down transaction:false\nDROP TABLE h1;\nDROP TABLE h3;\n",
        ),
        ("0013_fine.sql", "-- migrate:up\nCREATE TABLE fine (id int);\n-- migrate:down\nDROP TABLE fine;\n"),
    ])
}

pub const ONE_OF_EACH: &str = "0001 exact, 0002 column_order_differs, 0003 exact, 0004 layout_differs, 0005 not_reversed, \
    0006 not_reversed, 0007 down_fails, 0008 irreversible, 0009 up_again_fails, 0010 up_again_differs, \
    0011 irreversible, 0012 down_fails, 0013 exact";

#[test]
fn each_migration_gets_its_own_verdict_with_what_is_wrong() {
    assert_snapshot!(verify(&one_of_each(), &[]).run().filtered(), @r#"
    exit code: 1
    ----- stdout
    0001 t              exact
    0002 order          column order differs
        ~ table public.t: column order `["id","a","b"]` → `["id","b","a"]`
        loses data: column public.t.a
    0003 f              exact
    0004 layout         layout differs: white space or comments
        ~ function public.f(): body (white space and comments only)
    0005 left_over      not reversed
        + index t_b on public.t  left over
        then the up half fails: migrations/0005_left_over.sql:3:1: relation "t_b" already exists (SQLSTATE 42P07)
    0006 lost           not reversed
        ~ column public.t.id: default none → `4`
        - index t_b on public.t  lost
        the second up differs from the first:
        - index t_b on public.t  the first time only
    0007 down_fails     down fails
        migrations/0007_down_fails.sql:5:3: table "nowhere" does not exist (SQLSTATE 42P01)
    0008 no_down        irreversible: no down half
    0009 again_fails    up again fails
        migrations/0009_again_fails.sql:3:7: twice is too often (SQLSTATE P0001)
    0010 again_differs  up again differs
        the second up differs from the first:
        - table public.z2  the first time only
        + table public.z3  the second time only
    0011 empty_down     irreversible: no down half
    0012 halfway        down fails
        migrations/0012_halfway.sql:6:1: table "h3" does not exist (SQLSTATE 42P01)
    0013 fine           exact
    all down            not tried, since not every down half is right
    13 migrations verified in [DURATION]: 3 exact, 1 column order differs, 1 layout differs: white space or comments, 2 irreversible: no down half, 2 not reversed, 1 up again differs, 2 down fails, 1 up again fails
    ----- stderr
    "#);
}

#[test]
fn the_verdicts_are_the_same_with_any_number_of_jobs() {
    for jobs in ["1", "2", "5", "30"] {
        let outcome = verify(&one_of_each(), &["--json", "--jobs", jobs]).run().fails(1);
        assert_eq!(verdicts(&outcome), ONE_OF_EACH, "{jobs} jobs");
    }
}

#[test]
fn small_differences_and_lost_data_are_failures_with_strict_only() {
    let order =
        "-- migrate:up\nALTER TABLE t DROP COLUMN a;\n-- migrate:down\nALTER TABLE t ADD COLUMN a text;\n";
    let small = project(&[("0001_t.sql", TABLE), ("0002_order.sql", order)]);
    verify(&small, &[]).run().success();
    let strict = verify(&small, &["--strict", "--json"]).run().fails(1).json();
    let failed = |index: usize| strict["migrations"][index]["failed"].as_bool().unwrap();
    assert!(!failed(0) && failed(1));

    let drops = "-- migrate:up\nDROP TABLE t;\n-- migrate:down\nCREATE TABLE t (id int, a text, b text);\n";
    let losing = project(&[("0001_t.sql", TABLE), ("0002_drop.sql", drops)]);
    verify(&losing, &[]).run().success();
    verify(&losing, &["--strict"]).run().fails(1);

    let irreversible = project(&[("0001_t.sql", "-- migrate:up\nCREATE TABLE t (id int);\n")]);
    verify(&irreversible, &["--strict"]).run().success();
}

/// What the second of these migrations loses.
fn lost(first: &str, second: &str) -> String {
    let migration = |up: &str| format!("-- migrate:up\n{up}\n");
    let project = project(&[("0001_a.sql", &migration(first)), ("0002_b.sql", &migration(second))]);
    let answer = verify(&project, &["--json"]).run().success().json();
    let lost = answer["migrations"][1]["loses"].as_array().unwrap().iter();
    let name = |one: &serde_json::Value| match one["of"].as_str() {
        Some(of) => format!("{of}.{}", one["name"].as_str().unwrap()),
        None => one["name"].as_str().unwrap().to_owned(),
    };
    lost.map(name).collect::<Vec<_>>().join(", ")
}

#[test]
fn dropped_tables_and_columns_lose_their_data() {
    let t = "CREATE TABLE t (id int, a int); CREATE TABLE \"Odd .\n\"\"name\" (id int, \"b c\" int);";
    assert_eq!(lost(t, "DROP TABLE t, \"Odd .\n\"\"name\";"), "public.\"Odd .\n\"\"name\", public.t");
    assert_eq!(lost(t, "ALTER TABLE t DROP COLUMN a;"), "public.t.a");
    assert_eq!(
        lost(t, "ALTER TABLE \"Odd .\n\"\"name\" DROP \"b c\";"),
        "public.\"Odd .\n\"\"name\".\"b c\""
    );
    assert_eq!(lost(t, "DO $$ BEGIN EXECUTE 'DROP' || ' TABLE t'; END $$;"), "public.t");
    assert_eq!(lost("CREATE SCHEMA s; CREATE TABLE s.t (id int);", "DROP SCHEMA s CASCADE;"), "s.t");
}

#[test]
fn what_is_renamed_moved_or_copied_is_not_lost() {
    let t = "CREATE SCHEMA s; CREATE TABLE t (id int, a int); CREATE TABLE x (id int);";
    assert_eq!(lost(t, "-- do not drop t\nALTER TABLE t RENAME TO u;"), "");
    assert_eq!(lost(t, "DROP TABLE x; ALTER TABLE t RENAME TO u; ALTER TABLE u RENAME a TO b;"), "public.x");
    assert_eq!(lost(t, "DROP TABLE x; ALTER TABLE t SET SCHEMA s;"), "public.x");
    assert_eq!(lost(t, "CREATE TABLE n (LIKE t); DROP TABLE t; ALTER TABLE n RENAME TO t;"), "");
    assert_eq!(
        lost(
            t,
            "ALTER TABLE t ADD n text; UPDATE t SET n = a; ALTER TABLE t DROP a; ALTER TABLE t RENAME n TO a;"
        ),
        ""
    );
    assert_eq!(lost("CREATE VIEW v AS SELECT 1 AS one;", "DROP VIEW v;"), "");
}

#[test]
fn a_column_of_a_partitioned_table_is_lost_once() {
    let t = "CREATE TABLE p (id int, a int) PARTITION BY LIST (id); \
             CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1); CREATE TABLE p2 PARTITION OF p FOR VALUES IN (2);";
    assert_eq!(lost(t, "ALTER TABLE p DROP COLUMN a;"), "public.p.a");
    assert_eq!(lost(t, "DROP TABLE p2;"), "public.p2");
    assert_eq!(lost(t, "ALTER TABLE p DETACH PARTITION p2; -- drop it later"), "");
}

#[test]
fn a_difference_that_shows_only_when_all_is_undone_is_a_failure() {
    let files = project(&[
        (
            "0001_a.sql",
            "-- migrate:up\nCREATE TABLE IF NOT EXISTS a (id int);\n-- migrate:down\n\
             DO $$ BEGIN IF (SELECT count(*) FROM a) = 0 THEN DROP TABLE a; END IF; END $$;\n",
        ),
        ("0002_b.sql", "-- migrate:up\nINSERT INTO a VALUES (1);\n-- migrate:down\nSELECT 1;\n"),
    ]);
    assert_snapshot!(verify(&files, &[]).run().filtered(), @r#"
    exit code: 1
    ----- stdout
    0001 a    exact
    0002 b    exact
    all down  not as before
        + table public.a  left over
    2 migrations verified in [DURATION]: 2 exact
    ----- stderr
    "#);
}

#[test]
fn a_down_half_that_fails_only_when_all_is_undone_is_a_failure() {
    let files = project(&[
        ("0001_a.sql", "-- migrate:up\nCREATE TABLE a (id int);\n-- migrate:down\nDROP TABLE a;\n"),
        ("0002_b.sql", "-- migrate:up\nCREATE VIEW b AS SELECT id FROM a;\n-- migrate:down\nDROP VIEW b;\n"),
        ("0003_c.sql", "-- migrate:up\nINSERT INTO a VALUES (1);\n-- migrate:down\nSELECT 1;\n"),
        ("0004_d.sql", "-- migrate:up\nCREATE TABLE d (id int);\n-- migrate:down\nDROP TABLE d;\n"),
    ]);
    verify(&files, &[]).run().success();
    files.migration(
        "0001_a.sql",
        "-- migrate:up\nCREATE TABLE a (id int);\n-- migrate:down\n\
         DO $$ BEGIN IF (SELECT count(*) FROM a) > 0 THEN RAISE 'a is not empty'; END IF; END $$;\nDROP TABLE a;\n",
    );
    let outcome = verify(&files, &["--json"]).run().fails(1);
    assert_eq!(verdicts(&outcome), "0001 exact, 0002 exact, 0003 exact, 0004 exact");
    let all_down = &outcome.json()["all_down"];
    assert_eq!(all_down["state"], "fails");
    assert_eq!(all_down["error"]["message"], "a is not empty");
    assert_eq!(
        (&all_down["error"]["location"]["line"], &all_down["error"]["sqlstate"]),
        (&4.into(), &"P0001".into())
    );
}

#[test]
fn all_is_undone_down_to_the_newest_irreversible_migration_whatever_the_number_of_jobs() {
    let irreversible = "-- migrate:up\nCREATE TABLE x (id int);\n";
    let table = |name: &str| {
        format!("-- migrate:up\nCREATE TABLE {name} (id int);\n-- migrate:down\nDROP TABLE {name};\n")
    };
    let files = project(&[
        ("0001_t.sql", TABLE),
        ("0002_x.sql", irreversible),
        ("0003_y.sql", &table("y")),
        ("0004_z.sql", &table("z")),
    ]);
    for jobs in ["1", "2", "4"] {
        let answer = verify(&files, &["--json", "--jobs", jobs]).run().success().json();
        assert_eq!(answer["all_down"]["to"], "0002", "{jobs} jobs");
        assert_eq!(answer["all_down"]["differences"], serde_json::json!([]), "{jobs} jobs");
    }
}

#[test]
fn a_broken_migration_is_not_blamed_on_the_next_one() {
    let forgets =
        "-- migrate:up\nCREATE TABLE u (id int);\nCREATE TABLE v (id int);\n-- migrate:down\nDROP TABLE u;\n";
    let next =
        "-- migrate:up\nALTER TABLE v ADD COLUMN a int;\n-- migrate:down\nALTER TABLE v DROP COLUMN a;\n";
    let spoils = "-- migrate:up transaction:false\nCREATE TABLE w (id int);\n\
                  -- migrate:down transaction:false\nDROP TABLE v CASCADE;\nSELECT 1/0;\n";
    let last = "-- migrate:up\nCREATE INDEX v_a ON v (a);\n-- migrate:down\nDROP INDEX v_a;\n";
    let files = [
        ("0001_forgets.sql", forgets),
        ("0002_next.sql", next),
        ("0003_spoils.sql", spoils),
        ("0004_last.sql", last),
    ];
    assert_eq!(verdicts_of(&files, 1), "0001 not_reversed, 0002 exact, 0003 down_fails, 0004 exact");
}

#[test]
fn what_holds_the_time_of_its_transaction_differs_the_second_time() {
    let file = |number: usize, up: &str, down: &str| {
        (format!("{number:04}_x.sql"), format!("-- migrate:up\n{up};\n-- migrate:down\n{down};\n"))
    };
    // The first migration of a run has transactions of its own in any case.
    let files = [
        file(1, "CREATE TABLE first (a int)", "DROP TABLE first"),
        file(2, "CREATE TABLE t (at timestamptz DEFAULT 'now')", "DROP TABLE t"),
        file(3, "CREATE VIEW v AS SELECT timestamptz 'NOW' AS at", "DROP VIEW v"),
        file(4, "CREATE VIEW w AS SELECT timestamptz E'n\\x6fw' AS at", "DROP VIEW w"),
        file(5, "CREATE TABLE u (at timestamptz DEFAULT now())", "DROP TABLE u"),
    ];
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (&**name, &**text)).collect();
    let outcome = verify(&project(&files), &["--json"]).run().fails(1);
    let different = "0002 up_again_differs, 0003 up_again_differs, 0004 up_again_differs";
    assert_eq!(verdicts(&outcome), format!("0001 exact, {different}, 0005 exact"));
}

#[test]
fn what_only_one_transaction_forbids_is_no_failure() {
    let down =
        "DROP TABLE u;\nDROP TYPE mood;\nCREATE TYPE mood AS ENUM ('a');\nALTER TYPE mood ADD VALUE 'b';\n";
    let set = project(&[
        ("0001_first.sql", TABLE),
        (
            "0002_mood.sql",
            "-- migrate:up\nCREATE TYPE mood AS ENUM ('a', 'b');\n-- migrate:down\nDROP TYPE mood;\n",
        ),
        (
            "0003_u.sql",
            &format!("-- migrate:up\nCREATE TABLE u (m mood DEFAULT 'b');\n-- migrate:down\n{down}"),
        ),
    ]);
    let outcome = verify(&set, &["--json"]).run().success();
    assert_eq!(verdicts(&outcome), "0001 exact, 0002 exact, 0003 exact");
}
