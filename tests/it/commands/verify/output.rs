//! How the answer is printed.

use insta::assert_snapshot;

use super::{TABLE, project, verify};

/// A project whose names have everything in them that GitHub, or a terminal, could trip over.
fn odd_names() -> crate::support::Project {
    project(&[
        ("0001_t.sql", TABLE),
        (
            "0002_50% a,b: c.sql",
            "-- migrate:up\nCREATE TABLE \"50%, a:b\nc\" (id int);\nALTER TABLE t DROP COLUMN a;\n\n\
             -- migrate:down\nALTER TABLE t ADD COLUMN a text;\n",
        ),
        (
            "0003_fails.sql",
            "-- migrate:up\nSELECT 1;\n-- migrate:down\nSELECT 1;\nDO $$ BEGIN RAISE E'100%%\\nof: it,'; END $$;\n",
        ),
    ])
}

#[test]
fn annotations_for_github_name_the_file_and_the_line_and_escape_what_has_a_meaning_there() {
    assert_snapshot!(verify(&odd_names(), &["--format", "github"]).run().filtered(), @r#"
    exit code: 1
    ----- stdout
    ::error file=migrations/0002_50%25 a%2Cb%3A c.sql,line=6,title=0002 50%25 a%2Cb%3A c%3A not reversed::+ table public."50%25, a:b␤c"%0A~ table public.t: column order `["id","a","b"]` → `["id","b","a"]`%0Athen the up half fails: migrations/0002_50%25 a,b: c.sql:2:1: relation "50%25, a:b c" already exists (SQLSTATE 42P07)%0Aloses data: column public.t.a
    ::error file=migrations/0003_fails.sql,line=5,title=0003 fails%3A down fails::migrations/0003_fails.sql:5:7: 100%25 of: it, (SQLSTATE P0001)
    3 migrations verified in [DURATION]: 1 exact, 1 not reversed, 1 down fails
    ----- stderr
    "#);
}

#[test]
fn annotations_for_github_tell_of_seeds_lost_data_and_the_way_down() {
    let files = project(&[
        (
            "0001_a.sql",
            "-- migrate:up\nCREATE TABLE a (id int);\n-- migrate:down\n\
             DO $$ BEGIN IF (SELECT count(*) FROM a) = 0 THEN DROP TABLE a; END IF; END $$;\n",
        ),
        ("0002_b.sql", "-- migrate:up\nCREATE TABLE b (id int);\n-- migrate:down\nDROP TABLE b;\n"),
        (
            "0003_c.sql",
            "-- migrate:up\nINSERT INTO a VALUES (1);\nDROP TABLE b;\n\n-- migrate:down\nCREATE TABLE b (id int);\n",
        ),
    ]);
    files.write("seeds/0001_a.sql", "-- migrate:up\nINSERT INTO a VALUES (1);\n-- migrate:down\nSELECT 1;\n");
    assert_snapshot!(verify(&files, &["--format", "github"]).run().filtered(), @r#"
    exit code: 1
    ----- stdout
    ::warning file=migrations/0003_c.sql,line=5,title=0003 c%3A loses data::loses data: table public.b
    ::error title=undoing all migrations::+ table public.a
    ::error title=the seeds leave rows::public.a: 2 rows before, 3 after
    3 migrations verified in [DURATION]: 3 exact
    ----- stderr
    "#);
}

#[test]
fn a_way_of_printing_cannot_be_combined_with_json() {
    let outcome = verify(&odd_names(), &["--format", "github", "--json"]).run().fails(2);
    assert_eq!(outcome.json()["error"]["code"], "usage");
    let before = odd_names().pmdb(&["--json", "verify", "--format", "github"]).run().fails(2);
    assert_eq!(before.json()["error"]["code"], "usage");
    verify(&odd_names(), &["--format", "xml"]).run().fails(2);
}

#[test]
fn names_with_line_breaks_and_control_characters_stay_on_their_line() {
    let files = project(&[
        (
            "0001_\u{1b}[31m\u{1f41f}.sql",
            "-- migrate:up\nCREATE TABLE \"a\n\u{1b}[31m\u{1f41f}\" (id int);\n-- migrate:down\nSELECT 1;\n",
        ),
        (
            "0002_drop.sql",
            "-- migrate:up\nDROP TABLE \"a\n\u{1b}[31m\u{1f41f}\";\n\
             -- migrate:down\nCREATE TABLE \"a\n\u{1b}[31m\u{1f41f}\" (id int);\n",
        ),
    ]);
    assert_snapshot!(verify(&files, &[]).run().filtered(), @r#"
    exit code: 1
    ----- stdout
    0001 �[31m🐟  not reversed
        + table public."a␤�[31m🐟"  left over
        then the up half fails: migrations/0001_�[31m🐟.sql:2:1: relation "a �[31m🐟" already exists (SQLSTATE 42P07)
    0002 drop     exact
        loses data: table public."a␤�[31m🐟"
    all down      not tried, since not every down half is right
    2 migrations verified in [DURATION]: 1 exact, 1 not reversed
    ----- stderr
    "#);
}
