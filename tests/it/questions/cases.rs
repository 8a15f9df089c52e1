//! Each question on rows that are in the way and on rows that are not.

use std::time::Duration;

use pmdb::impact::{Consequence, RowCount};

use super::{answers, asked};
use crate::support::{Database, is_at_least, server};

const LIMIT: Duration = Duration::from_secs(30);

/// A change, and rows.
struct Case {
    schema: &'static str,
    change: &'static [&'static str],
    /// Rows that it cannot live with, and what is said of them.
    bad: &'static str,
    said: &'static [&'static str],
    /// Rows that are fine.
    good: &'static str,
}

impl Case {
    /// The answers say the number that is expected of the bad rows and nothing of the good ones; and the change fails just
    /// where they say so.
    #[track_caller]
    fn holds(&self) {
        let questions = asked(self.schema, self.change);
        for (rows, expected) in [(self.bad, self.said), (self.good, &[])] {
            let target = Database::new();
            target.sql(self.schema);
            target.sql(rows);
            let answers = answers(target.url(), &questions, LIMIT);
            let said: Vec<String> = answers
                .iter()
                .filter(|answer| answer.outcome != RowCount::None)
                .map(|answer| match &answer.outcome {
                    RowCount::Rows(rows) => format!("{rows} {}", answer.question),
                    RowCount::AtLeast(rows) => format!("{rows}+ {}", answer.question),
                    other => format!("{other:?} {}", answer.question),
                })
                .collect();
            assert_eq!(said, expected, "{:?} on {rows}", self.change);
            let fails = answers.iter().any(|answer| {
                answer.question.consequence == Consequence::Fails && answer.outcome != RowCount::None
            });
            let change = format!("BEGIN; {}; COMMIT", self.change.join("; "));
            assert_eq!(target.try_sql(&change).is_err(), fails, "{:?} on {rows}", self.change);
        }
        assert!(!questions.is_empty(), "{:?}", self.change);
        let has_quotes = self.change.iter().chain([&self.schema]).any(|sql| sql.contains('"'));
        if !has_quotes {
            let change: Vec<String> = self.change.iter().map(|sql| with_capitals(sql)).collect();
            let change: Vec<&str> = change.iter().map(String::as_str).collect();
            assert_eq!(asked(&with_capitals(self.schema), &change).len(), questions.len(), "{change:?}");
        }
    }
}

/// The same SQL with names of columns that need quotes.
fn with_capitals(sql: &str) -> String {
    let is_inside = |c: char| c.is_alphanumeric() || c == '_';
    let mut rest = sql;
    let mut written = String::new();
    while let Some(start) = rest.find(is_inside) {
        let (before, from) = rest.split_at(start);
        let (word, after) = from.split_at(from.find(|c| !is_inside(c)).unwrap_or(from.len()));
        written += before;
        match word {
            "id" | "email" | "age" | "score" | "born" | "a" | "b" | "c" => {
                written += &format!("\"{}{}\"", word[..1].to_uppercase(), &word[1..]);
            }
            word => written += word,
        }
        rest = after;
    }
    written + rest
}

const USERS: &str =
    "CREATE TABLE users (id int PRIMARY KEY, email text, age int, score numeric(10,4), born timestamptz)";

#[test]
fn nulls_in_the_way_of_not_null() {
    Case {
        schema: USERS,
        change: &["ALTER TABLE users ALTER email SET NOT NULL"],
        bad: "INSERT INTO users (id, email) VALUES (1, NULL), (2, NULL), (3, 'c')",
        said: &["2 rows of public.users have no email"],
        good: "INSERT INTO users (id, email) VALUES (3, 'c')",
    }
    .holds();
    Case {
        schema: "CREATE TABLE public.\"Odd: \"\"t\"\"\" (\"user\" int, \"B c\" int)",
        change: &[
            "ALTER TABLE \"Odd: \"\"t\"\"\" ALTER \"B c\" SET NOT NULL",
            "ALTER TABLE \"Odd: \"\"t\"\"\" ADD UNIQUE (\"user\")",
        ],
        bad: "INSERT INTO \"Odd: \"\"t\"\"\" VALUES (1, NULL), (1, 2)",
        said: &[
            "1 rows of public.\"Odd: \"\"t\"\"\" have no \"B c\"",
            "1 values of \"user\" are more than once in public.\"Odd: \"\"t\"\"\"",
        ],
        good: "INSERT INTO \"Odd: \"\"t\"\"\" VALUES (1, 1)",
    }
    .holds();
}

#[test]
fn what_stays_has_to_hold_of_the_values_that_a_column_has_with_another_type() {
    Case {
        schema: "CREATE TABLE t (a numeric UNIQUE, b numeric, CHECK (b > 0))",
        change: &["ALTER TABLE t ALTER a TYPE int, ALTER b TYPE int"],
        bad: "INSERT INTO t VALUES (1.1, 0.2), (1.2, 1)",
        said: &[
            "2 values of public.t.a are rounded or cut when they become integer",
            "1 values of a are more than once in public.t",
            "1 values of public.t.b are rounded or cut when they become integer",
            "1 rows of public.t break t_b_check",
        ],
        good: "INSERT INTO t VALUES (1, 1), (2, 1)",
    }
    .holds();
}

#[test]
fn rows_in_the_way_of_a_new_column_that_has_to_have_a_value() {
    Case {
        schema: USERS,
        change: &["ALTER TABLE users ADD name text NOT NULL"],
        bad: "INSERT INTO users VALUES (1)",
        said: &["1 rows of public.users would have no name, which has to have a value and has no default"],
        good: "SELECT",
    }
    .holds();
}

#[test]
fn duplicates_in_the_way_of_a_unique_key() {
    for change in
        [&["ALTER TABLE users ADD UNIQUE (email, age)"][..], &["CREATE UNIQUE INDEX u ON users (email, age)"]]
    {
        Case {
            schema: USERS,
            change,
            bad: "INSERT INTO users (id, email, age) VALUES (1, 'a', 1), (2, 'a', 1), (3, 'a', 1), (4, 'b', 1), (5, 'c', NULL), (6, 'c', NULL)",
            said: &["1 values of email, age are more than once in public.users"],
            good: "INSERT INTO users (id, email, age) VALUES (1, 'a', 1), (2, 'a', 2), (5, 'c', NULL), (6, 'c', NULL)",
        }
        .holds();
    }
    Case {
        schema: USERS,
        change: &["CREATE UNIQUE INDEX u ON users (lower(email)) WHERE age > 18"],
        bad: "INSERT INTO users (id, email, age) VALUES (1, 'a', 20), (2, 'A', 20), (3, 'b', 1), (4, 'B', 1)",
        said: &["1 values of lower(email) are more than once in public.users"],
        good: "INSERT INTO users (id, email, age) VALUES (1, 'a', 20), (2, 'A', 2), (3, 'b', 20)",
    }
    .holds();
    if is_at_least(15) {
        Case {
            schema: USERS,
            change: &["ALTER TABLE users ADD UNIQUE NULLS NOT DISTINCT (email)"],
            bad: "INSERT INTO users (id, email) VALUES (1, NULL), (2, NULL)",
            said: &["1 values of email are more than once in public.users"],
            good: "INSERT INTO users (id, email) VALUES (1, NULL), (2, 'a')",
        }
        .holds();
    }
    Case {
        schema: "CREATE TABLE t (a int) PARTITION BY LIST (a); CREATE TABLE t_1 PARTITION OF t FOR VALUES IN (1, 2, NULL)",
        change: &["ALTER TABLE t ADD PRIMARY KEY (a)"],
        bad: "INSERT INTO t VALUES (1), (1), (NULL)",
        said: &["1 rows of public.t have no a", "1 values of a are more than once in public.t"],
        good: "INSERT INTO t VALUES (1), (2)",
    }
    .holds();
    Case {
        schema: "CREATE TABLE t (a int); CREATE TABLE child () INHERITS (t)",
        change: &["ALTER TABLE t ADD UNIQUE (a)"],
        bad: "INSERT INTO t VALUES (1), (1)",
        said: &["1 values of a are more than once in public.t"],
        good: "INSERT INTO t VALUES (1); INSERT INTO child VALUES (1), (1)",
    }
    .holds();
}

const TASKS: &str = "CREATE TABLE users (id int PRIMARY KEY); CREATE TABLE tasks (user_id bigint)";

#[test]
fn orphans_of_a_foreign_key() {
    let (bad, good) = (
        "INSERT INTO users VALUES (1); INSERT INTO tasks VALUES (1), (2), (2), (3), (NULL)",
        "INSERT INTO users VALUES (1); INSERT INTO tasks VALUES (1), (1), (NULL)",
    );
    let said = &["2 values of public.tasks (user_id) are not in public.users"];
    let change = &["ALTER TABLE tasks ADD FOREIGN KEY (user_id) REFERENCES users"];
    Case { schema: TASKS, change, bad, said, good }.holds();
    Case {
        schema: "CREATE TABLE users (id int PRIMARY KEY); CREATE TABLE tasks (user_id bigint); \
                 ALTER TABLE tasks ADD CONSTRAINT f FOREIGN KEY (user_id) REFERENCES users NOT VALID",
        change: &["ALTER TABLE tasks VALIDATE CONSTRAINT f"],
        bad: "ALTER TABLE tasks DISABLE TRIGGER ALL; INSERT INTO users VALUES (1); INSERT INTO tasks VALUES (1), (2), (3)",
        said,
        good,
    }
    .holds();
}

#[test]
fn rows_that_break_a_check() {
    Case {
        schema: "CREATE SCHEMA app; CREATE FUNCTION app.is_fine(int) RETURNS boolean LANGUAGE sql AS 'SELECT $1 > 0'; \
                 CREATE TABLE t (a int)",
        change: &["ALTER TABLE t ADD CONSTRAINT c CHECK (app.is_fine(a))"],
        bad: "INSERT INTO t VALUES (0), (1), (NULL), (-1)",
        said: &["2 rows of public.t break c"],
        good: "INSERT INTO t VALUES (1), (NULL)",
    }
    .holds();
    Case {
        schema: "CREATE DOMAIN d AS int; CREATE TABLE t (a d, \"VALUE\" int)",
        change: &["ALTER DOMAIN d ADD CONSTRAINT c CHECK (VALUE > 0)"],
        bad: "INSERT INTO t VALUES (0, 1)",
        said: &["1 rows of public.t break c"],
        good: "INSERT INTO t VALUES (1, 0)",
    }
    .holds();
}

#[test]
fn rows_that_an_exclusion_constraint_refuses() {
    let schema = r#"CREATE TABLE bookings ("Room" int, "from" int, upto int, is_gone bool)"#;
    Case {
        schema,
        change: &[r#"ALTER TABLE bookings ADD CONSTRAINT one EXCLUDE USING gist
            (int4range("from", upto) WITH &&) WHERE (NOT is_gone)"#],
        bad: "INSERT INTO bookings VALUES (1, 1, 5, false), (1, 3, 9, false), (1, 4, 5, false), (1, 4, 5, true)",
        said: &["3 pairs of rows of public.bookings are excluded by one"],
        good: "INSERT INTO bookings VALUES (1, 1, 5, false), (1, 5, 9, false), (1, 3, 9, true), (1, 3, NULL, NULL)",
    }
    .holds();
    Case {
        schema,
        change: &[r#"ALTER TABLE bookings ADD EXCLUDE USING btree ("Room" WITH =, "from" WITH =)"#],
        bad: "INSERT INTO bookings VALUES (1, 1), (1, 1)",
        said: &["1 pairs of rows of public.bookings are excluded by \"bookings_Room_from_excl\""],
        good: "INSERT INTO bookings VALUES (1, 1), (1, 2), (2, 1), (NULL, 1), (NULL, 1)",
    }
    .holds();
}

#[test]
fn rows_that_would_be_in_the_wrong_partition() {
    let events = "CREATE TABLE events (at date, kind text) PARTITION BY RANGE (at);
        CREATE TABLE others PARTITION OF events DEFAULT;
        CREATE TABLE events_2026 (at date, kind text)";
    Case {
        schema: events,
        change: &["ALTER TABLE events ATTACH PARTITION events_2026 FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')"],
        bad: "INSERT INTO events_2026 VALUES ('2026-05-01'), ('2027-01-01'), (NULL)",
        said: &["2 rows of public.events_2026 do not fit its bound"],
        good: "INSERT INTO events_2026 VALUES ('2026-01-01'); INSERT INTO events VALUES ('2025-12-31'), (NULL)",
    }
    .holds();
    Case {
        schema: events,
        change: &["CREATE TABLE new PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')"],
        bad: "INSERT INTO events VALUES ('2026-01-01'), ('2020-01-01')",
        said: &["1 rows of public.others belong into public.new"],
        good: "INSERT INTO events VALUES ('2027-01-01'), (NULL)",
    }
    .holds();
}

#[test]
fn rows_that_do_not_fit_bounds_of_several_columns_or_expressions_or_hashes() {
    for (by, bound, bad, good) in [
        (
            "RANGE (a, b)",
            "FROM (1, 'd') TO (3, 'm')",
            "(1, 'c'), (3, 'm'), (2, 'b')",
            "(1, 'd'), (2, 'a'), (3, 'l')",
        ),
        ("RANGE (a, b)", "FROM (1, MAXVALUE) TO (3, MINVALUE)", "(1, 'z'), (3, 'a')", "(2, 'a'), (2, 'z')"),
        ("RANGE (lower(b))", "FROM ('d') TO ('m')", "(1, 'Z'), (1, NULL)", "(1, 'E')"),
        ("LIST (b)", "IN ('x', NULL)", "(1, 'y'), (1, 'z')", "(1, 'x'), (1, NULL)"),
        ("LIST (b)", "IN (NULL)", "(1, 'y'), (1, 'z')", "(1, NULL)"),
        ("HASH (a)", "WITH (modulus 2, remainder 0)", "(1, ''), (2, ''), (3, ''), (4, '')", "(1, '')"),
    ] {
        let schema =
            format!("CREATE TABLE p (a int, b text) PARTITION BY {by}; CREATE TABLE c (a int, b text)");
        let attach = format!("ALTER TABLE p ATTACH PARTITION c FOR VALUES {bound}");
        let questions = asked(&schema, &[&attach]);
        assert_eq!(questions.len(), 1, "{attach}: {questions:?}");
        for (rows, fails) in [(bad, true), (good, false)] {
            let target = Database::new();
            target.sql(&format!("{schema}; INSERT INTO c VALUES {rows}"));
            let answers = answers(target.url(), &questions, LIMIT);
            let found = answers[0].outcome.found();
            assert_eq!(found.map(|found| found > 0), Some(fails), "{attach}: {answers:?} on {rows}");
            assert_eq!(target.try_sql(&attach).is_err(), fails, "{attach} on {rows}");
        }
    }
}

#[test]
fn values_that_another_type_cannot_take() {
    let counted = server().major() >= 16;
    let said: &[&str] = match counted {
        true => &["2 values of public.users.email cannot become integer"],
        false => &["1+ values of public.users.email cannot become integer"],
    };
    Case {
        schema: "CREATE TABLE t (a int NOT NULL, b text)",
        change: &["ALTER TABLE t ALTER a TYPE text USING nullif(b, '')"],
        bad: "INSERT INTO t VALUES (1, ''), (2, NULL), (3, 'z')",
        said: &["2 rows of public.t have no a"],
        good: "INSERT INTO t VALUES (1, 'y')",
    }
    .holds();
    Case {
        schema: USERS,
        change: &["ALTER TABLE users ALTER email TYPE int USING email::int"],
        bad: "INSERT INTO users (id, email) VALUES (1, 'a'), (2, '7'), (3, ''), (4, NULL)",
        said,
        good: "INSERT INTO users (id, email) VALUES (2, '7'), (4, NULL)",
    }
    .holds();
    // What the file makes of the values counts, not the values.
    Case {
        schema: USERS,
        change: &["ALTER TABLE users ALTER COLUMN email SET DATA TYPE int USING nullif(email, '')::int, ALTER age SET DEFAULT 1"],
        bad: "INSERT INTO users (id, email) VALUES (1, 'a')",
        said: &["1+ values of public.users.email cannot become integer"],
        good: "INSERT INTO users (id, email) VALUES (2, '7'), (3, '')",
    }
    .holds();
    Case {
        schema: USERS,
        change: &["ALTER TABLE users ALTER email TYPE varchar(3)"],
        bad: "INSERT INTO users (id, email) VALUES (1, 'abcd'), (2, 'abc ')",
        said: &["1 values of public.users.email cannot become character varying(3)"],
        good: "INSERT INTO users (id, email) VALUES (2, 'abc ')",
    }
    .holds();
    Case {
        schema: "CREATE TABLE t (a bigint)",
        change: &["ALTER TABLE t ALTER a TYPE int"],
        bad: "INSERT INTO t VALUES (3000000000)",
        said: &["1+ values of public.t.a cannot become integer", "Unanswered { message: \"a value makes the question fail (SQLSTATE 22003)\" } values of public.t.a are rounded or cut when they become integer"],
        good: "INSERT INTO t VALUES (1)",
    }
    .holds();
}

#[test]
fn values_that_another_type_rounds() {
    Case {
        schema: USERS,
        change: &["ALTER TABLE users ALTER score TYPE numeric(8,1)", "ALTER TABLE users ALTER born TYPE date"],
        bad: "INSERT INTO users (id, score, born) VALUES (1, 1.5, '2020-01-01'), (2, 1.55, '2020-01-01 12:00')",
        said: &[
            "1 values of public.users.score are rounded or cut when they become numeric(8,1)",
            "1 values of public.users.born are rounded or cut when they become date",
        ],
        good: "INSERT INTO users (id, score, born) VALUES (1, 1.5, '2020-01-01')",
    }
    .holds();
}

/// Within a file; what an earlier file has given another name is told below.
#[test]
fn nulls_in_a_column_that_gets_another_name_first() {
    Case {
        schema: USERS,
        change: &["ALTER TABLE users RENAME email TO mail", "ALTER TABLE users ALTER mail SET NOT NULL"],
        bad: "INSERT INTO users VALUES (1)",
        said: &["1 rows of public.users have no email"],
        good: "INSERT INTO users VALUES (1, 'x')",
    }
    .holds();
}

#[test]
fn what_goes_away_is_counted() {
    Case {
        schema: USERS,
        change: &["ALTER TABLE users DROP email"],
        bad: "INSERT INTO users (id, email) VALUES (1, 'a'), (2, NULL)",
        said: &["1 rows of public.users have a value in email, which is dropped"],
        good: "INSERT INTO users (id, email) VALUES (2, NULL)",
    }
    .holds();
    Case {
        schema: "CREATE TABLE p (a int) PARTITION BY LIST (a); CREATE TABLE p_1 PARTITION OF p FOR VALUES IN (1)",
        change: &["DROP TABLE p"],
        bad: "INSERT INTO p VALUES (1), (1)",
        said: &["2 rows are in public.p, which is dropped"],
        good: "SELECT",
    }
    .holds();
    Case {
        schema: "CREATE TYPE s AS ENUM ('new', 'done', 'it''s'); CREATE TABLE t (a s, b s[])",
        change: &[
            "ALTER TYPE s RENAME TO old",
            "CREATE TYPE s AS ENUM ('new', 'done')",
            "ALTER TABLE t ALTER a TYPE s USING (CASE a::text WHEN 'it''s' THEN 'new' ELSE a::text END)::s",
            "ALTER TABLE t DROP b, ADD b s[]",
            "DROP TYPE old",
        ],
        bad: "INSERT INTO t VALUES ('it''s', '{it''s,new}'), ('new', NULL)",
        said: &[
            "1 rows of public.t have a a that goes away: it's",
            "1 rows of public.t have a value in b, which is dropped",
        ],
        good: "INSERT INTO t VALUES ('new', NULL)",
    }
    .holds();
}

/// Each question reads a table of a million rows, and is answered in the time that it has unless somebody says otherwise.
#[test]
#[ignore = "makes millions of rows; run it alone, on a machine that does nothing else"]
fn a_million_rows_are_asked_about_within_the_usual_limit() {
    let schema = "CREATE TABLE parents (id int PRIMARY KEY);
        CREATE TABLE t (id int, a text, n numeric(10,4), e text, gone text, parent int);
        CREATE TABLE events (at int) PARTITION BY RANGE (at);
        CREATE TABLE others PARTITION OF events DEFAULT";
    let questions = asked(
        schema,
        &[
            "ALTER TABLE t ALTER a SET NOT NULL, ALTER n TYPE numeric(10,2), ALTER e TYPE int USING e::int, DROP gone",
            "ALTER TABLE t ADD UNIQUE (id), ADD CHECK (id > 0), ADD FOREIGN KEY (parent) REFERENCES parents",
            "ALTER TABLE t ADD EXCLUDE USING btree (id WITH =)",
            "CREATE TABLE ones PARTITION OF events FOR VALUES FROM (1) TO (2)",
        ],
    );
    assert!(questions.len() >= 9, "{questions:#?}");
    let target = Database::new();
    target.sql(schema);
    target.sql(
        "INSERT INTO parents SELECT generate_series(1, 1000000);
         INSERT INTO t SELECT n, 'a' || n, n % 100, n, 'x', n FROM generate_series(1, 1000000) n;
         INSERT INTO events SELECT 7 FROM generate_series(1, 1000000)",
    );
    target.sql("VACUUM (ANALYZE)");
    let answers = answers(target.url(), &questions, Duration::from_secs(5));
    let late: Vec<String> = answers
        .iter()
        .filter(|answer| answer.outcome.found().is_none())
        .map(|answer| format!("{:?}: {}", answer.outcome, answer.question))
        .collect();
    assert_eq!(late, [""; 0]);
}

/// No question, no finding: none of these has to do with rows.
#[test]
fn nothing_is_asked_where_no_row_can_be_in_the_way() {
    for (schema, change) in [
        (USERS, "ALTER TABLE users ADD name text"),
        (USERS, "ALTER TABLE users ADD name text NOT NULL DEFAULT 'a'"),
        (USERS, "ALTER TABLE users ADD n bigint GENERATED ALWAYS AS IDENTITY"),
        (USERS, "CREATE INDEX i ON users (age)"),
        (USERS, "CREATE TABLE more (id int PRIMARY KEY, user_id int REFERENCES users, CHECK (id > 0))"),
        (USERS, "ALTER TABLE users ADD CONSTRAINT c CHECK (age > 0) NOT VALID"),
        (USERS, "ALTER TABLE users ALTER email TYPE varchar"),
        (USERS, "ALTER TABLE users ALTER age TYPE bigint"),
        (USERS, "ALTER TABLE users RENAME email TO address"),
        (USERS, "ALTER TABLE users RENAME TO people"),
        (USERS, "ALTER TABLE IF EXISTS public.\"users\" RENAME TO people"),
        (USERS, "DO $do$ BEGIN EXECUTE 'ALTER TABLE users RENAME COLUMN email TO address'; END $do$"),
        (USERS, "CREATE SCHEMA app; ALTER TABLE users SET SCHEMA app"),
        (USERS, "ALTER TABLE users RENAME CONSTRAINT users_pkey TO key"),
        ("CREATE TABLE t (a int, CHECK (a > 0))", "ALTER TABLE t RENAME CONSTRAINT t_a_check TO positive"),
        ("CREATE TABLE t (a int); CREATE UNIQUE INDEX i ON t (a)", "ALTER TABLE t ADD UNIQUE USING INDEX i"),
        ("CREATE TYPE s AS ENUM ('new'); CREATE TABLE t (a s)", "ALTER TYPE s RENAME VALUE 'new' TO 'old'"),
        ("CREATE TYPE s AS ENUM ('new'); CREATE TABLE t (a s)", "ALTER TYPE s ADD VALUE 'old'"),
        (USERS, "CREATE VIEW v AS SELECT 1 AS a; CREATE MATERIALIZED VIEW m AS SELECT 1 AS a"),
        ("CREATE VIEW v AS SELECT 1 AS a", "DROP VIEW v"),
        (USERS, "SELECT"),
    ] {
        assert_eq!(asked(schema, &[change]), [], "{change}");
    }
    if is_at_least(18) {
        assert_eq!(asked(USERS, &["ALTER TABLE users ADD CONSTRAINT n NOT NULL email NOT VALID"]), []);
        let not_valid = format!("{USERS}; ALTER TABLE users ADD CONSTRAINT n NOT NULL email NOT VALID");
        assert_eq!(asked(&not_valid, &["ALTER TABLE users VALIDATE CONSTRAINT n"]).len(), 1);
    }
}
