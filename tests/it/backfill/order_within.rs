//! Composite types, ranges, arrays and domains, any of them within another: what they are made of decides the order of a key as well.

use super::order::{has_icu, restored_in_another_locale};
use super::{LONG, hits};
use crate::support::{Database, Setup};

/// A key of this type, whose values come from the letters `a`, `B` and `c` as `of`: `C` sorts them in another way than people do.
#[derive(Clone, Copy)]
struct Kind {
    types: &'static str,
    key: &'static str,
    value: &'static str,
}

/// The first third of the rows is done, in a database with the locale C.
fn half_done(kind: Kind, database: Database) -> Setup {
    let mut setup = Setup::with(&[("0001_first.sql", "-- migrate:up\nCREATE TABLE first ();\n")]);
    setup.database = database;
    setup.up().success();
    setup.database.sql(&format!(
        "{}; CREATE TABLE tasks (k {}, id int, hits int NOT NULL DEFAULT 0, fails int NOT NULL DEFAULT 0, PRIMARY KEY (k, id)); \
         INSERT INTO tasks SELECT ({})::{}, n FROM generate_series(1, 3000) AS n, LATERAL (SELECT (ARRAY['a', 'B', 'c'])[1 + n % 3] AS letter) AS l; \
         UPDATE tasks SET fails = 1 WHERE id = (SELECT id FROM tasks ORDER BY k, id OFFSET 1500 LIMIT 1)",
        kind.types,
        kind.key,
        kind.value,
        kind.key.split(" COLLATE").next().unwrap()
    ));
    setup.project.migration(
        "0002_count.sql",
        "-- migrate:up batch:tasks(k,id)\nUPDATE tasks SET hits = hits + 1 WHERE :batch AND 1 / (1 - fails) = 1;\n",
    );
    setup.run(&["up", "--batch-time", LONG]).fails(1);
    assert_eq!(hits(&setup), "2000 × 0, 1000 × 1", "{}", kind.key);
    setup.database.sql("UPDATE tasks SET fails = 0");
    setup
}

/// The backfill stops before it leaves a row out: or each row is done once.
fn is_refused(setup: &Setup) -> bool {
    let again = setup.run(&["up"]);
    if again.code == Some(0) {
        assert_eq!(hits(setup), "3000 × 1");
        return false;
    }
    let error = again.fails(1).stderr;
    assert!(error.contains("the key (k, id) of public.tasks is sorted in another way"), "{error}");
    true
}

/// Gives the key another type, which takes the old one's name.
fn made_anew(setup: &Setup, name: &str, new: &str, using: &str) {
    setup.database.sql(&format!(
        "ALTER TYPE {name} RENAME TO old; {new}; ALTER TABLE tasks ALTER k TYPE {name} USING {using}; DROP TYPE old CASCADE"
    ));
}

const PAIR: Kind = Kind {
    types: "CREATE TYPE pair AS (word text COLLATE \"C\", number int)",
    key: "pair",
    value: "ROW(letter, n)",
};

#[test]
fn attributes_that_change_places_are_another_order() {
    let setup = half_done(
        Kind { types: "CREATE TYPE pair AS (a int, b int)", key: "pair", value: "ROW(n % 100, n)" },
        Database::new(),
    );
    made_anew(&setup, "pair", "CREATE TYPE pair AS (b int, a int)", "ROW((k).b, (k).a)::pair");
    assert!(is_refused(&setup));
}

#[test]
fn so_is_an_attribute_more() {
    let setup = half_done(PAIR, Database::new());
    let new = "CREATE TYPE pair AS (word text COLLATE \"C\", number int, more int)";
    made_anew(&setup, "pair", new, "ROW((k).word, (k).number, 1)::pair");
    assert!(is_refused(&setup));
}

#[test]
fn an_attribute_of_another_type_or_collation_is_one_at_any_depth() {
    if !has_icu(&Database::new()) {
        return;
    }
    let nested = Kind {
        types: "CREATE TYPE inner_pair AS (word text COLLATE \"C\", at int); CREATE DOMAIN given AS inner_pair; \
                CREATE TYPE pair AS (number int, words given[])",
        key: "pair",
        value: "ROW(1, ARRAY[ROW(letter, n)::inner_pair]::given[])::pair",
    };
    let setup = half_done(nested, Database::new());
    setup.database.sql(
        "CREATE TYPE pair_2 AS (word text COLLATE \"sv-x-icu\", at int); CREATE DOMAIN given_2 AS pair_2; \
         CREATE TYPE pair_3 AS (number int, words given_2[]); ALTER TABLE tasks ALTER k TYPE pair_3 USING \
         ROW(1, ARRAY[ROW((((k).words[1])::inner_pair).word, (((k).words[1])::inner_pair).at)::pair_2]::given_2[])::pair_3; \
         DROP TYPE pair CASCADE; ALTER TYPE pair_3 RENAME TO pair",
    );
    assert!(is_refused(&setup));

    let setup = half_done(PAIR, Database::new());
    let new = "CREATE TYPE pair AS (word text COLLATE \"C\", number text)";
    made_anew(&setup, "pair", new, "ROW((k).word, (k).number::text)::pair");
    assert!(is_refused(&setup));
}

#[test]
fn a_composite_type_of_the_same_order_is_none() {
    let setup = half_done(PAIR, Database::new());
    let new =
        "CREATE DOMAIN letters AS text COLLATE \"C\"; CREATE TYPE pair AS (word letters, number bigint)";
    made_anew(&setup, "pair", new, "ROW((k).word, (k).number)::pair");
    assert!(!is_refused(&setup));
}

#[test]
fn a_range_whose_bounds_are_sorted_in_another_way_is_another_order() {
    if !has_icu(&Database::new()) {
        return;
    }
    let words = Kind {
        types: "CREATE TYPE words AS RANGE (SUBTYPE = text, COLLATION = \"C\", MULTIRANGE_TYPE_NAME = many)",
        key: "words",
        value: "words(letter, NULL)",
    };
    let new = |sorted: &str| {
        format!(
            "ALTER TYPE many RENAME TO old_many; ALTER FUNCTION words(text, text) RENAME TO old_words; \
             ALTER FUNCTION words(text, text, text) RENAME TO old_words; \
             CREATE TYPE words AS RANGE (SUBTYPE = text, {sorted}, MULTIRANGE_TYPE_NAME = many_2)"
        )
    };
    let setup = half_done(words, Database::new());
    made_anew(&setup, "words", &new("COLLATION = \"sv-x-icu\""), "words(lower(k), NULL)");
    assert!(is_refused(&setup));
    let setup = half_done(words, Database::new());
    made_anew(&setup, "words", &new("COLLATION = \"C\""), "words(lower(k), NULL)");
    assert!(!is_refused(&setup));
    let setup = half_done(words, Database::new());
    made_anew(
        &setup,
        "words",
        &new("COLLATION = \"C\", SUBTYPE_OPCLASS = text_pattern_ops"),
        "words(lower(k), NULL)",
    );
    assert!(is_refused(&setup));
}

#[test]
fn elements_of_another_type_are_another_order() {
    let setup = half_done(Kind { types: "", key: "int[]", value: "ARRAY[n % 100, n]" }, Database::new());
    setup
        .database
        .sql("ALTER TABLE tasks ALTER k TYPE bytea[] USING ARRAY[(k[1]::text)::bytea, (k[2]::text)::bytea]");
    assert!(is_refused(&setup));
}

#[test]
fn what_follows_the_locale_of_the_database_is_sorted_anew_by_a_restore_elsewhere() {
    let pair = "CREATE TYPE pair AS (word text, number int)";
    let kinds = [
        (pair, "pair", "ROW(letter, n)"),
        (
            "CREATE TYPE pair AS (word text, number int); CREATE DOMAIN given AS pair",
            "given",
            "ROW(letter, n)::pair",
        ),
        (pair, "pair[]", "ARRAY[ROW(letter, n)::pair]"),
        ("CREATE TYPE words AS RANGE (SUBTYPE = text)", "words", "words(letter, NULL)"),
        (
            "CREATE TYPE words AS RANGE (SUBTYPE = text, MULTIRANGE_TYPE_NAME = many)",
            "many",
            "many(words(letter, NULL))",
        ),
        ("CREATE TABLE pair (word text, number int)", "pair", "ROW(letter, n)"),
        ("CREATE DOMAIN word AS text", "word[]", "ARRAY[letter]"),
        ("", "jsonb", "to_jsonb(letter)"),
        ("CREATE TYPE pair AS (number int, words jsonb[])", "pair", "ROW(1, ARRAY[to_jsonb(letter)])"),
        ("CREATE EXTENSION citext; CREATE TYPE pair AS (word citext COLLATE \"C\")", "pair", "ROW(letter)"),
        (
            "",
            "regclass",
            "CASE letter WHEN 'a' THEN 'tasks'::regclass WHEN 'B' THEN 'first'::regclass ELSE 'schema_migrations'::regclass END",
        ),
    ];
    for (types, key, value) in kinds {
        let setup = half_done(Kind { types, key, value }, Database::new());
        let Some(restored) = restored_in_another_locale(&setup.database) else { return };
        let restored = Setup { database: restored, ..setup };
        assert!(is_refused(&restored), "{key} of {types}");
    }
}
