//! What a file makes before the rows matter: other names, new columns, other types. A table of cases: what it does, rows that break it,
//! rows that do not. Each is run on both.

use std::time::Duration;

use pmdb::impact::Consequence;

use super::{answers, asked};
use crate::support::{Database, is_at_least};

const LIMIT: Duration = Duration::from_secs(30);

const SCHEMA: &str = "CREATE TABLE parents (id int PRIMARY KEY, code text);
    CREATE TABLE t (a int, b text, c int); CREATE TABLE other (a int, b text, c int);
    CREATE DOMAIN positive AS int CHECK (VALUE > 0); CREATE DOMAIN given AS int NOT NULL;
    CREATE DOMAIN base AS int; CREATE DOMAIN upon AS base; CREATE TABLE d (a upon);
    CREATE TYPE state AS ENUM ('new', 'done', 'gone'); CREATE TABLE e (s state, x text);
    CREATE TABLE pairs (x int, y int, UNIQUE (x, y));
    CREATE TABLE elder (a int); CREATE TABLE heirs () INHERITS (elder)";

/// A file, rows that break it, and rows that do not.
type Case<'a> = (&'a [&'a str], &'a str, &'a str);

/// The change fails just where an answer says so, on either rows.
#[track_caller]
fn hold(cases: &[Case<'_>]) {
    hold_on(SCHEMA, cases);
}

#[track_caller]
fn hold_on(schema: &str, cases: &[Case<'_>]) {
    let mut wrong = Vec::new();
    for (change, bad, good) in cases {
        let questions = asked(schema, change);
        for (rows, fails) in [(bad, true), (good, false)] {
            let target = Database::new();
            target.sql(&format!("{schema}; {rows}"));
            let answers = answers(target.url(), &questions, LIMIT);
            let is_told = answers.iter().any(|answer| {
                answer.question.consequence == Consequence::Fails
                    && answer.outcome.found().is_some_and(|found| found > 0)
            });
            let really = target.try_sql(&format!("BEGIN; {}; COMMIT", change.join("; "))).is_err();
            if is_told != fails || really != fails {
                wrong.push(format!("{change:?} on {rows}: told {is_told}, fails {really}\n{answers:#?}"));
            }
        }
    }
    assert_eq!(wrong.join("\n\n"), "");
}

#[test]
fn what_gets_another_name_in_the_same_file() {
    let (nulls, none) = ("INSERT INTO t VALUES (NULL, 'x', 1)", "INSERT INTO t VALUES (1, 'x', 1)");
    let (twice, once) =
        ("INSERT INTO t VALUES (1, 'x'), (1, 'y')", "INSERT INTO t VALUES (1, 'x'), (2, 'x')");
    let orphan = "INSERT INTO parents VALUES (1, 'x'); INSERT INTO t VALUES (2)";
    let child = "INSERT INTO parents VALUES (1, 'x'); INSERT INTO t VALUES (1)";
    hold(&[
        (&["ALTER TABLE t ALTER a SET NOT NULL", "ALTER TABLE t RENAME a TO z"], nulls, none),
        (&["ALTER TABLE t RENAME a TO z", "ALTER TABLE t ALTER z SET NOT NULL"], nulls, none),
        (&["ALTER TABLE t ALTER a SET NOT NULL", "ALTER TABLE t RENAME TO z"], nulls, none),
        (&["ALTER TABLE t RENAME TO z", "ALTER TABLE z ALTER a SET NOT NULL"], nulls, none),
        (
            &[
                "ALTER TABLE t RENAME TO \"T\"",
                "ALTER TABLE \"T\" RENAME a TO \"user\"",
                "ALTER TABLE \"T\" ADD PRIMARY KEY (\"user\")",
            ],
            twice,
            once,
        ),
        (
            &["CREATE SCHEMA app", "ALTER TABLE t SET SCHEMA app", "ALTER TABLE app.t ADD UNIQUE (a)"],
            twice,
            once,
        ),
        (&["ALTER TABLE t RENAME a TO z", "CREATE UNIQUE INDEX i ON t (abs(z))"], twice, once),
        (&["CREATE UNIQUE INDEX i ON t (abs(a)) WHERE a > 0", "ALTER TABLE t RENAME a TO z"], twice, once),
        (
            &[
                "ALTER TABLE t ADD EXCLUDE USING btree (a WITH =)",
                "ALTER TABLE t RENAME a TO z",
                "ALTER TABLE t RENAME TO u",
            ],
            twice,
            once,
        ),
        (
            &["ALTER TABLE t ADD CHECK (a > 0)", "ALTER TABLE t RENAME a TO z"],
            "INSERT INTO t VALUES (0)",
            none,
        ),
        (
            &["ALTER TABLE t RENAME a TO z", "ALTER TABLE t ADD CHECK (z > 0)"],
            "INSERT INTO t VALUES (0)",
            none,
        ),
        (
            &[
                "ALTER TABLE parents RENAME TO p",
                "ALTER TABLE p RENAME id TO key",
                "ALTER TABLE t ADD FOREIGN KEY (a) REFERENCES p",
            ],
            orphan,
            child,
        ),
        (
            &[
                "ALTER TABLE t ADD FOREIGN KEY (a) REFERENCES parents",
                "ALTER TABLE parents RENAME TO p",
                "ALTER TABLE t RENAME a TO z",
            ],
            orphan,
            child,
        ),
        (
            &["ALTER TABLE t RENAME b TO z", "ALTER TABLE t ALTER z TYPE int USING z::int"],
            none,
            "INSERT INTO t VALUES (1, '7')",
        ),
    ]);
}

#[test]
fn names_that_are_swapped_or_changed_in_a_block() {
    let (nulls, none) = (
        "INSERT INTO t VALUES (NULL, 'x', 1)",
        "INSERT INTO other VALUES (NULL); INSERT INTO t VALUES (1, 'x', 1)",
    );
    hold(&[
        (
            &[
                "ALTER TABLE t RENAME TO tmp",
                "ALTER TABLE other RENAME TO t",
                "ALTER TABLE tmp RENAME TO other",
                "ALTER TABLE other ALTER a SET NOT NULL",
            ],
            nulls,
            none,
        ),
        (
            &[
                "ALTER TABLE t RENAME a TO tmp",
                "ALTER TABLE t RENAME c TO a",
                "ALTER TABLE t RENAME tmp TO c",
                "ALTER TABLE t ALTER c SET NOT NULL",
            ],
            nulls,
            "INSERT INTO t VALUES (1, 'x', NULL)",
        ),
        (
            &[
                "DO $$BEGIN ALTER TABLE t RENAME a TO z; ALTER TABLE t RENAME TO u; ALTER TABLE u ALTER z SET NOT NULL; END$$",
            ],
            nulls,
            none,
        ),
        (
            &["DROP TABLE t", "ALTER TABLE other RENAME TO t", "ALTER TABLE t ALTER a SET NOT NULL"],
            "INSERT INTO other VALUES (NULL)",
            nulls,
        ),
    ]);
}

#[test]
fn types_that_are_made_anew_or_rest_on_others() {
    let (bad, good) = ("INSERT INTO d VALUES (-5)", "INSERT INTO d VALUES (5)");
    let (gone, stays) = ("INSERT INTO e VALUES ('gone', 'gone')", "INSERT INTO e VALUES ('done', 'done')");
    hold(&[
        (&["ALTER DOMAIN base ADD CHECK (VALUE > 0)"], bad, good),
        (&["ALTER DOMAIN base SET NOT NULL"], "INSERT INTO d VALUES (NULL)", good),
        (
            &[
                "ALTER TYPE state RENAME TO state_old",
                "CREATE TYPE state AS ENUM ('new', 'done')",
                "ALTER TABLE e ALTER s TYPE state USING s::text::state",
                "DROP TYPE state_old",
            ],
            gone,
            stays,
        ),
        (
            &[
                "CREATE TYPE other_state AS ENUM ('done')",
                "ALTER TABLE e ALTER x TYPE other_state USING x::other_state",
            ],
            gone,
            stays,
        ),
    ]);
}

#[test]
fn rows_of_children_count_where_the_server_looks_at_them() {
    let (own, of_child) = ("INSERT INTO elder VALUES (0)", "INSERT INTO heirs VALUES (0)");
    let with_parent =
        "INSERT INTO parents VALUES (1, 'x'); INSERT INTO elder VALUES (1); INSERT INTO heirs VALUES (7)";
    hold(&[
        (&["ALTER TABLE elder ADD CHECK (a > 0) NO INHERIT"], own, of_child),
        (&["ALTER TABLE elder ADD CHECK (a > 0)"], of_child, with_parent),
        (&["ALTER TABLE elder ADD FOREIGN KEY (a) REFERENCES parents"], own, with_parent),
    ]);
}

#[test]
fn a_key_that_is_given_in_part_and_a_default_that_comes_later() {
    let row = "INSERT INTO t VALUES (1, 'x', 1)";
    let later = [
        "ALTER TABLE t ADD z int",
        "ALTER TABLE t ALTER z SET DEFAULT 4",
        "ALTER TABLE t ALTER z SET NOT NULL",
    ];
    let empty =
        ["ALTER TABLE t ALTER b TYPE text USING nullif(b, 'x')", "ALTER TABLE t ALTER b SET NOT NULL"];
    hold(&[
        (
            &["ALTER TABLE t ADD FOREIGN KEY (a, c) REFERENCES pairs (x, y) MATCH FULL"],
            "INSERT INTO t VALUES (1, 'x', NULL)",
            "INSERT INTO t VALUES (NULL, 'x', NULL)",
        ),
        (&later, row, ""),
        (&["ALTER TABLE t ADD z int", "ALTER TABLE t ALTER z SET NOT NULL"], row, ""),
        (&empty, row, "INSERT INTO t VALUES (1, 'y', 1)"),
        (
            &[
                "ALTER TABLE t ALTER b TYPE text USING coalesce(b, ''), ALTER b SET NOT NULL",
                "ALTER TABLE t ADD CHECK (a > 0)",
            ],
            "INSERT INTO t VALUES (0)",
            "INSERT INTO t VALUES (1, NULL)",
        ),
    ]);
}

#[test]
fn the_rows_that_are_there_keep_a_default_that_goes_away_again() {
    let changes: [&[&str]; 4] = [
        &["ALTER TABLE t ADD z int DEFAULT 1 NOT NULL", "ALTER TABLE t ALTER z DROP DEFAULT"],
        &["ALTER TABLE t ADD z int DEFAULT 1, ALTER a SET NOT NULL", "ALTER TABLE t ALTER z DROP DEFAULT"],
        &[
            "ALTER TABLE t ADD y int DEFAULT 1 NOT NULL",
            "ALTER TABLE t ALTER y DROP DEFAULT",
            "ALTER TABLE t RENAME y TO z",
        ],
        &[
            "ALTER TABLE t ADD z int DEFAULT 1 CHECK (z < 2)",
            "ALTER TABLE t ALTER z SET DEFAULT 2",
            "ALTER TABLE t ALTER z SET NOT NULL",
        ],
    ];
    let target = Database::new();
    target.sql(&format!("{SCHEMA}; INSERT INTO t VALUES (1, 'x', 1)"));
    for change in changes {
        let told = answers(target.url(), &asked(SCHEMA, change), LIMIT);
        let fails = told.iter().find(|answer| answer.outcome.found().is_some_and(|found| found > 0));
        assert!(fails.is_none(), "{change:?}: {fails:#?}");
        target.sql(&format!("BEGIN; {}; ROLLBACK", change.join("; ")));
    }
}

#[test]
fn what_is_dropped_is_told_by_the_name_of_the_target() {
    for (change, said) in [
        (&["DO $$BEGIN ALTER TABLE t DROP COLUMN b; END$$"][..], "public.t have a value in b"),
        (&["ALTER TABLE t RENAME b TO z", "ALTER TABLE t DROP z"], "public.t have a value in b"),
        (&["DROP TABLE t", "ALTER TABLE other RENAME TO t"], "are in public.t, which"),
        (&["ALTER TABLE t RENAME TO u", "DROP TABLE u"], "are in public.t, which"),
    ] {
        let questions: Vec<String> = asked(SCHEMA, change).iter().map(ToString::to_string).collect();
        assert!(questions.iter().any(|question| question.contains(said)), "{change:?}: {questions:?}");
    }
    let swap = [
        "ALTER TABLE t RENAME TO tmp",
        "ALTER TABLE parents RENAME TO t",
        "ALTER TABLE tmp RENAME TO parents",
    ];
    assert_eq!(asked(SCHEMA, &swap), []);
}

#[test]
fn what_a_new_column_holds() {
    let (two, one) = ("INSERT INTO t VALUES (1, 'x', 1), (2, 'y', 2)", "INSERT INTO t VALUES (1, 'x', 1)");
    hold(&[
        (&["ALTER TABLE t ADD n int DEFAULT 7 UNIQUE"], two, one),
        (
            &["ALTER TABLE t ADD n text DEFAULT 'x'", "CREATE UNIQUE INDEX i ON t (n, lower(b))"],
            "INSERT INTO t VALUES (1, 'x'), (1, 'X')",
            two,
        ),
        (&["ALTER TABLE t ADD n timestamptz DEFAULT now() UNIQUE"], two, one),
        (
            &["ALTER TABLE t ADD n int DEFAULT 7 REFERENCES parents"],
            one,
            "INSERT INTO parents VALUES (7); INSERT INTO t VALUES (1)",
        ),
        (&["ALTER TABLE t ADD n int DEFAULT 0 CHECK (n > 0)"], one, ""),
        (&["ALTER TABLE t ADD n int DEFAULT 1 CHECK (n > a)"], one, "INSERT INTO t VALUES (0)"),
        (&["ALTER TABLE t ADD n int CHECK (n IS NOT NULL)"], one, ""),
        (&["ALTER TABLE t ADD n positive DEFAULT 0"], one, ""),
        (&["CREATE DOMAIN even AS int CHECK (VALUE % 2 = 0)", "ALTER TABLE t ADD n even DEFAULT 1"], one, ""),
        (&["ALTER TABLE t ADD n given"], one, ""),
        (&["ALTER TABLE t ADD n int GENERATED ALWAYS AS (1 / a) STORED"], "INSERT INTO t VALUES (0)", one),
        (
            &["ALTER TABLE t ADD n int GENERATED ALWAYS AS (a) STORED UNIQUE"],
            "INSERT INTO t VALUES (1), (1)",
            two,
        ),
        (
            &["ALTER TABLE t ADD n int NOT NULL GENERATED ALWAYS AS (a + c) STORED"],
            "INSERT INTO t VALUES (1)",
            one,
        ),
        (&["ALTER TABLE t ADD n int DEFAULT 1, ADD EXCLUDE USING btree (n WITH =)"], two, one),
        (
            &["ALTER TABLE t RENAME a TO z", "ALTER TABLE t ADD n int GENERATED ALWAYS AS (10 / z) STORED"],
            "INSERT INTO t VALUES (0)",
            one,
        ),
    ]);
}

#[test]
fn what_a_column_of_another_type_holds() {
    let (same, other) =
        ("INSERT INTO t VALUES (1, '1'), (2, '01')", "INSERT INTO t VALUES (1, '1'), (2, '2')");
    let int = "ALTER TABLE t ALTER b TYPE int USING b::int";
    hold(&[
        (&[int, "CREATE UNIQUE INDEX i ON t (b)"], same, other),
        (&[int, "ALTER TABLE t ADD UNIQUE (b)", "ALTER TABLE t RENAME b TO z"], same, other),
        (&[int, "ALTER TABLE t ADD CHECK (b > 0)"], "INSERT INTO t VALUES (1, '0')", other),
        (
            &[int, "ALTER TABLE t ADD FOREIGN KEY (b) REFERENCES parents"],
            other,
            "INSERT INTO parents VALUES (1); INSERT INTO t VALUES (1, '01')",
        ),
        (&["ALTER TABLE t ALTER a TYPE positive"], "INSERT INTO t VALUES (0)", other),
        (
            &["CREATE DOMAIN even AS int CHECK (VALUE % 2 = 0)", "ALTER TABLE t ALTER a TYPE even"],
            other,
            "INSERT INTO t VALUES (2)",
        ),
    ]);
    let schema = "CREATE TABLE n (a numeric UNIQUE)";
    let questions = asked(schema, &["ALTER TABLE n ALTER a TYPE int"]);
    let target = Database::new();
    target.sql(&format!("{schema}; INSERT INTO n VALUES (1.1), (1.2)"));
    let found: Vec<String> = answers(target.url(), &questions, LIMIT)
        .iter()
        .filter(|answer| {
            answer.question.consequence == Consequence::Fails && answer.outcome.found() > Some(0)
        })
        .map(|answer| answer.question.to_string())
        .collect();
    assert_eq!(found, ["values of a are more than once in public.n"]);
}

#[test]
fn expressions_that_are_set_anew_and_keys_without_overlaps() {
    if is_at_least(17) {
        let schema = "CREATE TABLE g (a int, n int GENERATED ALWAYS AS (a) STORED)";
        let change = "ALTER TABLE g ALTER n SET EXPRESSION AS (10 / a)";
        hold_on(schema, &[(&[change], "INSERT INTO g VALUES (0)", "INSERT INTO g VALUES (1)")]);
    }
    if is_at_least(18) {
        let schema = "CREATE TABLE b (room int4range, during int4range, more int4multirange)";
        let key = "ALTER TABLE b ADD UNIQUE (room, during WITHOUT OVERLAPS)";
        let many = "ALTER TABLE b ADD CONSTRAINT k UNIQUE (room, more WITHOUT OVERLAPS)";
        hold_on(
            schema,
            &[
                (
                    &[key],
                    "INSERT INTO b VALUES ('[1,2)', '[1,5)'), ('[1,2)', '[4,6)')",
                    "INSERT INTO b VALUES ('[1,2)', '[1,5)'), ('[1,2)', '[5,6)'), ('[1,3)', '[4,6)'), ('[1,2)', NULL)",
                ),
                (
                    &[key],
                    "INSERT INTO b VALUES ('[1,2)', 'empty')",
                    "INSERT INTO b VALUES ('[1,2)', '[5,6)')",
                ),
                (
                    &[many],
                    "INSERT INTO b (room, more) VALUES ('[1,2)', '{[1,3),[7,9)}'), ('[1,2)', '{[8,10)}')",
                    "INSERT INTO b (room, more) VALUES ('[1,2)', '{[1,3),[7,9)}'), ('[1,2)', '{[4,5)}')",
                ),
            ],
        );
    }
}
