//! What goes along with something that a file drops, and what keeps that from going: tables, columns and keys that no migration has made.

use super::{list, plan, text, with_by_hand};
use crate::support::{Setup, has_extension, side_by_side};

const SCHEMA: &str = "-- migrate:up
CREATE SCHEMA app;
CREATE TABLE app.orders (id int PRIMARY KEY);
CREATE TABLE users (id int PRIMARY KEY, name text);
CREATE TYPE mood AS ENUM ('sad');
CREATE TYPE place AS (town text, street text);
CREATE TYPE span AS RANGE (subtype = int);
CREATE TABLE shops (id int, at place);
CREATE SEQUENCE numbers;
CREATE FUNCTION twice(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1 * 2';
CREATE OPERATOR === (leftarg = int, rightarg = int, function = int4eq);
CREATE TEXT SEARCH CONFIGURATION plain (copy = simple);
CREATE COLLATION german (provider = icu, locale = 'de');
CREATE OPERATOR CLASS own FOR TYPE int USING btree AS OPERATOR 3 =, FUNCTION 1 btint4cmp(int, int);
CREATE ACCESS METHOD heap2 TYPE TABLE HANDLER heap_tableam_handler;
INSERT INTO shops VALUES (1, ('Graz', 'A')), (2, ('Linz', NULL)), (3, NULL);
";

const BY_HAND: &str = "CREATE TABLE app.hand (id int); INSERT INTO app.hand VALUES (1), (2);
CREATE TABLE refers (id int REFERENCES app.orders);
CREATE TABLE felt (m mood, ms mood[], s span, n int DEFAULT nextval('numbers'), t text COLLATE german, p place, u users);
INSERT INTO felt VALUES ('sad', '{sad}', '[1,2]', 1, 'x', ('Wien', 'B'), (1, 'x'));
CREATE INDEX doubled ON felt (twice(n));
CREATE INDEX owned ON felt (n own);
CREATE INDEX searched ON felt USING gin (to_tsvector('plain', t));
CREATE VIEW compared AS SELECT n FROM felt WHERE n === 3;
CREATE TABLE stored (id int) USING heap2; INSERT INTO stored VALUES (1);
CREATE FUNCTION of_users(users) RETURNS int LANGUAGE sql AS 'SELECT 1';
ALTER TABLE users ADD handmade int; INSERT INTO users VALUES (1, 'x', 7);
ANALYZE";

/// What a file does to what was made by hand.
enum Does {
    /// It fails.
    Fails,
    /// Nothing goes along.
    Nothing,
    /// These rows or values are lost, and these things are named that go along.
    Takes(&'static [&'static str], &'static [&'static str]),
}
use Does::{Fails, Nothing, Takes};

const CASES: [(&str, Does); 30] = [
    // A schema.
    ("DROP SCHEMA app", Fails),
    ("DROP TABLE app.orders CASCADE; DROP SCHEMA app", Fails),
    (
        "DROP SCHEMA app CASCADE",
        Takes(&["app.hand"], &["constraint refers_id_fkey on public.refers", "table app.hand"]),
    ),
    ("DROP TABLE app.orders CASCADE", Takes(&[], &["constraint refers_id_fkey on public.refers"])),
    // A type.
    ("DROP TYPE mood", Fails),
    (
        "DROP TYPE mood CASCADE",
        Takes(&["public.felt.m", "public.felt.ms"], &["column public.felt.m", "column public.felt.ms"]),
    ),
    ("DROP TYPE span", Fails),
    ("DROP TYPE span CASCADE", Takes(&["public.felt.s"], &["column public.felt.s"])),
    ("DROP COLLATION german", Fails),
    ("DROP COLLATION german CASCADE", Takes(&["public.felt.t"], &["column public.felt.t"])),
    // An attribute of a type.
    (
        "ALTER TYPE place DROP ATTRIBUTE street",
        Takes(&["public.felt.(p).street", "public.shops.(at).street"], &[]),
    ),
    ("ALTER TYPE place ADD ATTRIBUTE zip text", Nothing),
    ("ALTER TYPE place RENAME ATTRIBUTE street TO road", Nothing),
    // A table whose rows are a type.
    ("DROP TABLE users", Fails),
    (
        "DROP TABLE users CASCADE",
        Takes(
            &["public.felt.u", "public.users"],
            &["column public.felt.u", "function public.of_users(public.users)"],
        ),
    ),
    // A default goes, and the column stays.
    ("DROP SEQUENCE numbers", Fails),
    ("DROP SEQUENCE numbers CASCADE", Takes(&[], &["column public.felt.n"])),
    // Functions, operators and the like.
    ("DROP FUNCTION twice(int)", Fails),
    ("DROP FUNCTION twice(int) CASCADE", Takes(&[], &["index doubled on public.felt"])),
    ("DROP OPERATOR === (int, int)", Fails),
    ("DROP OPERATOR === (int, int) CASCADE", Takes(&[], &["view public.compared"])),
    ("DROP OPERATOR CLASS own USING btree", Fails),
    ("DROP OPERATOR CLASS own USING btree CASCADE", Takes(&[], &["index owned on public.felt"])),
    ("DROP TEXT SEARCH CONFIGURATION plain", Fails),
    ("DROP ACCESS METHOD heap2", Fails),
    ("DROP ACCESS METHOD heap2 CASCADE", Takes(&["public.stored"], &["table public.stored"])),
    // By name.
    ("DROP TABLE IF EXISTS felt CASCADE", Takes(&["public.felt"], &[])),
    ("DROP TABLE IF EXISTS app.hand, app.nothing", Takes(&["app.hand"], &[])),
    ("ALTER TABLE users DROP COLUMN IF EXISTS handmade", Takes(&["public.users.handmade"], &[])),
    ("DROP TABLE IF EXISTS nothing", Nothing),
];

/// What is said of a file: what is lost, what goes along, and whether it fails.
fn told(setup: &Setup) -> (Vec<String>, String, bool) {
    let document = plan(setup, &["--json"]).success().json();
    let findings = || list(&document["findings"]);
    let of_rule = |rule: &'static str| findings().filter(move |one| text(&one["rule"]) == rule);
    let mut lost: Vec<String> = of_rule("lost-values").map(|one| text(&one["object"]).to_owned()).collect();
    lost.sort();
    let along = of_rule("dropped-by-cascade").map(|one| text(&one["what"]).to_owned()).collect();
    (lost, along, findings().any(|one| text(&one["class"]) == "fails"))
}

#[test]
fn what_goes_along_with_what_a_file_drops_is_named_with_its_rows_and_what_prevents_it_is_said_to_fail() {
    let wrong = side_by_side(&CASES, |(file, does)| {
        let setup = with_by_hand(SCHEMA, BY_HAND, file);
        let (lost, along, says_fails) = told(&setup);
        let fails = setup.run(&["up"]).code != Some(0);
        let names =
            |all: &[&str]| all.iter().all(|one| along.contains(&format!("{one}, which no migration")));
        let is_as_expected = match does {
            Fails => says_fails && fails,
            Nothing => !says_fails && !fails && lost.is_empty() && along.is_empty(),
            Takes(rows, things) => {
                !says_fails
                    && !fails
                    && lost == *rows
                    && names(things)
                    && along.is_empty() == things.is_empty()
            }
        };
        (!is_as_expected).then(|| format!("{file}: fails {says_fails} {fails}, lost {lost:?}, {along}"))
    });
    let wrong: Vec<String> = wrong.into_iter().flatten().collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_needs_an_extension_is_known() {
    if !has_extension("citext") {
        return;
    }
    let extension = "CREATE EXTENSION citext";
    for (file, does) in [
        ("DROP EXTENSION citext", Fails),
        ("DROP EXTENSION citext CASCADE", Takes(&["public.named.n"], &["column public.named.n"])),
    ] {
        let setup = Setup::with(&[("0001_schema.sql", &format!("-- migrate:up\n{extension};\n"))]);
        setup.up().success();
        setup.database.sql("CREATE TABLE named (n citext); INSERT INTO named VALUES ('x')");
        setup.project.migration("0002_file.sql", &format!("-- migrate:up\n{file};\n"));
        let (lost, along, says_fails) = told(&setup);
        assert_eq!(says_fails, setup.run(&["up"]).code != Some(0), "{file}");
        match does {
            Takes(rows, things) => {
                assert_eq!(lost, rows, "{file}");
                assert!(things.iter().all(|thing| along.contains(thing)), "{file}: {along}");
            }
            _ => assert!(says_fails, "{file}"),
        }
    }
}
