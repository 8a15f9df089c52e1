//! What an earlier pending file gives another name is asked about by the name that the target has.

use super::{list, plan, text};
use crate::support::{Setup, is_at_least};

/// Two files that run one after the other, rows, and what is said of the second one: that it fails, that it may, or nothing.
struct Case {
    first: &'static str,
    then: &'static str,
    rows: &'static str,
    said: Option<&'static str>,
    /// Whether it really fails.
    fails: bool,
}

/// Rows are those of the table that has them, whatever it is called by then.
#[test]
fn names_that_change_hands_in_an_earlier_file_lead_to_the_right_rows() {
    const SWAP: &str = "ALTER TABLE a RENAME TO c; ALTER TABLE b RENAME TO a; ALTER TABLE c RENAME TO b";
    const NULL_IN_A: &str = "INSERT INTO a VALUES (1, NULL); INSERT INTO b VALUES (1, 'x')";
    const TWICE_IN_B: &str = "INSERT INTO a VALUES (1, 'x'); INSERT INTO b VALUES (1, 'x'), (1, 'y')";
    const NOT_NULL: &str = "ALTER TABLE a ALTER x SET NOT NULL";
    let case = |first, then, rows, said: Option<&'static str>, fails| Case { first, then, rows, said, fails };
    for case in [
        case(SWAP, NOT_NULL, NULL_IN_A, None, false),
        case(SWAP, "ALTER TABLE b ALTER x SET NOT NULL", NULL_IN_A, Some("fails"), true),
        case(SWAP, "ALTER TABLE a ADD PRIMARY KEY (id)", TWICE_IN_B, Some("fails"), true),
        case(
            "CREATE SCHEMA z; CREATE TABLE z.a (id int, x text); SET search_path = z; ALTER TABLE a RENAME TO n; RESET search_path",
            NOT_NULL,
            NULL_IN_A,
            Some("fails"),
            true,
        ),
        case("DROP TABLE a; CREATE TABLE a (id bigint, x text)", NOT_NULL, NULL_IN_A, None, false),
        case("DROP TABLE a; ALTER TABLE b RENAME TO a", NOT_NULL, NULL_IN_A, None, false),
        case(
            "ALTER TABLE a DROP x; ALTER TABLE a ADD x text DEFAULT 'n'",
            "ALTER TABLE a ADD CHECK (x = 'n')",
            "INSERT INTO a VALUES (1, 't')",
            None,
            false,
        ),
        case(
            "ALTER TABLE a RENAME x TO y; ALTER TABLE a ADD x text DEFAULT ''",
            NOT_NULL,
            NULL_IN_A,
            None,
            false,
        ),
        case(
            "ALTER TABLE a RENAME x TO y; ALTER TABLE a RENAME id TO x",
            "ALTER TABLE a ALTER y SET NOT NULL",
            NULL_IN_A,
            Some("fails"),
            true,
        ),
        case("TRUNCATE a", NOT_NULL, NULL_IN_A, Some("careless"), false),
        case("DO $$ BEGIN TRUNCATE a; END $$", NOT_NULL, NULL_IN_A, Some("careless"), false),
        case("ALTER TABLE a ALTER x TYPE text USING coalesce(x, '')", NOT_NULL, NULL_IN_A, None, false),
        case(
            "ALTER TABLE a ALTER id TYPE text USING coalesce(id, 0)",
            NOT_NULL,
            NULL_IN_A,
            Some("fails"),
            true,
        ),
        case(
            "DELETE FROM p",
            "ALTER TABLE c_of_p ADD FOREIGN KEY (id) REFERENCES r",
            "INSERT INTO p VALUES (1); INSERT INTO c_of_p VALUES (1)",
            Some("careless"),
            false,
        ),
        case(
            "INSERT INTO p VALUES (2)",
            "ALTER TABLE c_of_p ADD FOREIGN KEY (id) REFERENCES r",
            "INSERT INTO p VALUES (1); INSERT INTO c_of_p VALUES (1)",
            Some("fails"),
            true,
        ),
    ] {
        let setup = Setup::with(&[(
            "0001_tables.sql",
            "-- migrate:up\nCREATE TABLE a (id int, x text);\nCREATE TABLE b (id int, x text);\n\
             CREATE TABLE p (id int PRIMARY KEY);\nCREATE TABLE r (id int PRIMARY KEY);\n\
             CREATE TABLE c_of_p (id int REFERENCES p ON DELETE CASCADE);\n",
        )]);
        setup.up().success();
        setup.database.sql(case.rows);
        setup.project.migration("0002_first.sql", &format!("-- migrate:up\n{};\n", case.first));
        setup.project.migration("0003_then.sql", &format!("-- migrate:up\n{};\n", case.then));
        let document = plan(&setup, &["--json", "--small", "1TB"]).success().json();
        let about_rows = ["null-values", "duplicate-values", "orphaned-keys", "rows-break-check"];
        let mut said = list(&document["findings"])
            .filter(|one| one["version"] == "0003" && about_rows.contains(&text(&one["rule"])))
            .map(|one| text(&one["class"]));
        let (first, then) = (case.first, case.then);
        assert_eq!(said.next(), case.said, "{first}; then {then}: {document:#}");
        assert_eq!(setup.run(&["up"]).code == Some(0), !case.fails, "{first}; then {then}");
    }
}

#[test]
fn rows_are_asked_about_by_the_names_that_the_target_has() {
    let setup = Setup::with(&[(
        "0001_tables.sql",
        "-- migrate:up\nCREATE TABLE people (id int PRIMARY KEY, mail text, \"Age\" text);\n\
         CREATE TABLE letters (reader int);\n",
    )]);
    setup.up().success();
    setup.database.sql("INSERT INTO people VALUES (1, NULL, 'old'), (2, 'x', '7'), (3, 'x', '8')");
    setup.database.sql("INSERT INTO letters VALUES (9)");
    setup.project.migration(
        "0002_names.sql",
        "-- migrate:up\nALTER TABLE people RENAME COLUMN mail TO email;\nALTER TABLE people RENAME \"Age\" TO years;\n\
         ALTER TABLE people RENAME TO users;\nALTER TABLE letters RENAME reader TO user_id;\n",
    );
    setup.project.migration(
        "0003_rules.sql",
        "-- migrate:up\nALTER TABLE users ALTER email SET NOT NULL;\nALTER TABLE users ADD UNIQUE (email);\n\
         ALTER TABLE users ALTER years TYPE int USING years::int;\n\
         ALTER TABLE users ADD CONSTRAINT given CHECK (length(email) > 1);\n\
         ALTER TABLE letters ADD CONSTRAINT read_by FOREIGN KEY (user_id) REFERENCES users;\n",
    );
    let document = plan(&setup, &["--json"]).success().json();
    let fails = list(&document["findings"]).filter(|finding| finding["class"] == "fails");
    let what: Vec<&str> = fails.map(|finding| text(&finding["what"])).collect();
    // Only since 16 can such values be counted.
    let counted = if is_at_least(16) { "1 value" } else { "at least 1 value" };
    assert_eq!(
        what,
        [
            "1 row of public.people has no mail: this file will fail at line 2",
            "1 value of mail is more than once in public.people: this file will fail at line 3",
            &*format!(
                "{counted} of public.people.\"Age\" cannot become integer: this file will fail at line 4"
            ),
            "2 rows of public.people break given: this file will fail at line 5",
            "1 value of public.letters (reader) is not in public.people: this file will fail at line 6",
        ]
    );
}

/// An enum made anew under the name that the old one had: a column stays with the old one until it gets the new type.
#[test]
fn the_values_of_an_enum_made_anew_are_asked_about_once() {
    let schema = "-- migrate:up\nCREATE TYPE st AS ENUM ('a', 'b', 'c');\nCREATE TABLE t (id int PRIMARY KEY, s st DEFAULT 'a', ss st[]);\n";
    let setup = Setup::with(&[("0001_schema.sql", schema)]);
    setup.up().success();
    setup.database.sql("INSERT INTO t VALUES (1, 'c', '{a,c}')");
    let file = "ALTER TYPE st RENAME TO st_old; CREATE TYPE st AS ENUM ('a', 'b'); ALTER TABLE t ALTER s DROP DEFAULT; \
        ALTER TABLE t ALTER s TYPE st USING s::text::st; ALTER TABLE t ALTER ss TYPE st[] USING ss::text[]::st[]";
    setup.project.migration("0002_file.sql", &format!("-- migrate:up\n{file};\n"));
    let document = plan(&setup, &["--json"]).success().json();
    let failing = list(&document["findings"]).filter(|one| one["class"] == "fails");
    let failing: Vec<&str> = failing.map(|one| text(&one["what"])).collect();
    assert!(matches!(failing[..], [one] if one.starts_with("1 value of public.t.s cannot become public.st")));
    let asked = list(&document["files"][0]["questions"]).filter(|one| one["about"] == "uncastable");
    let asked: Vec<String> =
        asked.map(|one| format!("{} {}", text(&one["column"]), text(&one["outcome"]))).collect();
    assert_eq!(asked, ["s rows", "ss not_there"], "{document:#}");
    assert_ne!(setup.run(&["up"]).code, Some(0));
}

/// The safe way runs as it is printed.
#[test]
fn the_safe_way_of_a_schema_with_another_name_makes_that_schema() {
    let schema =
        "-- migrate:up\nCREATE SCHEMA arch;\nCREATE TABLE arch.t (id int);\nCREATE TABLE arch.u (id int);\n";
    let setup = Setup::with(&[("0001_schema.sql", schema)]);
    setup.up().success();
    setup.project.migration("0002_file.sql", "-- migrate:up\nALTER SCHEMA arch RENAME TO old;\n");
    let document = plan(&setup, &["--json"]).success().json();
    let renamed: Vec<_> = list(&document["findings"]).filter(|one| one["rule"] == "renamed-table").collect();
    assert_eq!(renamed.len(), 2, "{document:#}");
    for one in renamed {
        setup.database.sql(text(&one["recipe"]["files"][0]["sql"]));
    }
    setup.database.sql("SELECT FROM arch.t, old.t, arch.u, old.u");
}
