//! What was made by hand and needs something that files first give another name, and then drop or give another type: by then it has a
//! name that the target does not know.

use super::{list, plan, text};
use crate::support::{Setup, side_by_side};

const SCHEMA: &str = "-- migrate:up
CREATE TYPE mood AS ENUM ('sad');
CREATE DOMAIN level AS int CHECK (value > 0);
CREATE SCHEMA app;
CREATE TABLE users (id int PRIMARY KEY, mail text, points int, m mood, l level);
CREATE TABLE app.orders (id int PRIMARY KEY);
CREATE FUNCTION twice(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1 * 2';
CREATE VIEW ids AS SELECT id FROM users;
";

const BY_HAND: &str = "CREATE TABLE hand (m mood, l level, r int REFERENCES app.orders);
CREATE VIEW mails AS SELECT mail FROM users;
CREATE POLICY own ON users USING (points > 0);
CREATE VIEW of_ids AS SELECT id FROM ids;
CREATE VIEW doubled AS SELECT twice(1)";

/// The usual way to an enum that lacks a value.
const ENUM_MADE_ANEW: &str = "ALTER TYPE mood RENAME TO mood_old; CREATE TYPE mood AS ENUM ('sad', 'glad'); \
    ALTER TABLE users ALTER m TYPE mood USING m::text::mood; DROP TYPE mood_old";

/// Pending files, and the line at which the last one fails; none where it does not.
const CASES: [(&[&str], Option<u64>); 41] = [
    // A type.
    (&["ALTER TYPE mood RENAME TO mo2;\nDROP TYPE mo2 CASCADE"], None),
    (&["ALTER TYPE mood RENAME TO mo2;\nALTER TABLE users DROP m;\nDROP TYPE mo2"], Some(4)),
    (&["ALTER TYPE mood RENAME TO mo2", "ALTER TABLE users DROP m;\nDROP TYPE mo2"], Some(3)),
    (&["ALTER TYPE mood SET SCHEMA app;\nALTER TABLE users DROP m;\nDROP TYPE app.mood"], Some(4)),
    (&["ALTER TYPE mood RENAME TO mo2"], None),
    (&[ENUM_MADE_ANEW], Some(2)),
    (&["ALTER TABLE IF EXISTS hand DROP COLUMN IF EXISTS m", ENUM_MADE_ANEW], None),
    (&["ALTER TABLE IF EXISTS hand ALTER m TYPE text", ENUM_MADE_ANEW], None),
    (&["ALTER DOMAIN level RENAME TO le2;\nALTER TABLE users ALTER l TYPE int;\nDROP DOMAIN le2"], Some(4)),
    (&["ALTER DOMAIN level RENAME TO le2;\nALTER TABLE users ALTER l TYPE int"], None),
    // A column.
    (&["ALTER TABLE users RENAME mail TO post;\nALTER TABLE users DROP post"], Some(3)),
    (&["ALTER TABLE users RENAME mail TO post", "ALTER TABLE users DROP post"], Some(2)),
    (&["ALTER TABLE users RENAME mail TO post;\nALTER TABLE users ALTER post TYPE varchar(30)"], Some(3)),
    (&["ALTER TABLE users RENAME mail TO post", "ALTER TABLE users ALTER post TYPE varchar(30)"], Some(2)),
    (&["ALTER TABLE users RENAME points TO score;\nALTER TABLE users ALTER score TYPE bigint"], Some(3)),
    (&["ALTER TABLE users ALTER mail TYPE varchar;\nALTER TABLE users ALTER mail TYPE text"], Some(2)),
    (&["ALTER TABLE users RENAME TO people;\nALTER TABLE people ALTER mail TYPE varchar"], Some(3)),
    (&["ALTER TABLE users RENAME mail TO post"], None),
    (&["ALTER VIEW IF EXISTS mails RENAME TO posts", "ALTER TABLE users DROP mail"], Some(2)),
    (&["DROP VIEW IF EXISTS mails", "ALTER TABLE users DROP mail"], None),
    (&["CREATE OR REPLACE VIEW mails AS SELECT ''::text AS mail", "ALTER TABLE users DROP mail"], None),
    (&["ALTER TABLE users DROP mail;\nDROP VIEW IF EXISTS mails"], Some(2)),
    // Another collation is another type for that.
    (
        &[
            "CREATE COLLATION c9 (provider = icu, locale = 'sv')",
            "ALTER TABLE users ALTER mail TYPE text COLLATE c9",
        ],
        Some(2),
    ),
    (&["ALTER TABLE users ALTER mail TYPE text COLLATE \"C\""], Some(2)),
    // A type that goes with the column which has it.
    (
        &["CREATE TYPE x AS ENUM ('a');\nALTER TABLE users ADD c x;\nALTER TABLE users DROP c;\nDROP TYPE x"],
        None,
    ),
    // A table.
    (&["ALTER TABLE users RENAME TO people;\nDROP TABLE people CASCADE"], None),
    (&["ALTER TABLE app.orders SET SCHEMA public;\nDROP TABLE orders"], Some(3)),
    (&["ALTER SCHEMA app RENAME TO app2;\nDROP TABLE app2.orders"], Some(3)),
    (&["ALTER SCHEMA app RENAME TO app2", "ALTER TABLE app2.orders DROP CONSTRAINT orders_pkey"], Some(2)),
    (
        &[
            "ALTER TABLE app.orders RENAME CONSTRAINT orders_pkey TO ok;\nALTER TABLE app.orders DROP CONSTRAINT ok",
        ],
        Some(3),
    ),
    (&["ALTER INDEX app.orders_pkey RENAME TO ok;\nALTER TABLE app.orders DROP CONSTRAINT ok"], Some(3)),
    // A view and a function.
    (&["ALTER VIEW ids RENAME TO numbers;\nDROP VIEW numbers"], Some(3)),
    (&["ALTER FUNCTION twice(int) RENAME TO double;\nDROP FUNCTION double(int)"], Some(3)),
    // In code.
    (&["DO $$BEGIN DROP VIEW ids; END$$"], Some(2)),
    (&["DO $$BEGIN ALTER TABLE users ALTER mail TYPE varchar; END$$"], Some(2)),
    (
        &["DO $$BEGIN ALTER TYPE mood RENAME TO mo2; CREATE TYPE mood AS ENUM ('sad'); \
        ALTER TABLE users ALTER m TYPE mood USING m::text::mood; DROP TYPE mo2; END$$"],
        Some(2),
    ),
    (&["DO $$BEGIN DROP VIEW ids CASCADE; END$$"], None),
    (&["DROP TABLE IF EXISTS hand, app.orders"], None),
    (&["ALTER TABLE users DROP mail, DROP id CASCADE"], Some(2)),
    (&["ALTER TABLE users ALTER mail TYPE varchar, DROP id CASCADE"], Some(2)),
    (&["ALTER TABLE users DROP mail CASCADE, ADD n int"], None),
];

#[test]
fn what_is_needed_under_the_name_that_the_target_has_stays_needed_under_another_one() {
    let wrong = side_by_side(&CASES, |(files, expected)| {
        let setup = Setup::with(&[("0001_schema.sql", SCHEMA)]);
        setup.up().success();
        setup.database.sql(BY_HAND);
        for (number, file) in files.iter().enumerate() {
            let name = format!("000{}_file.sql", number + 2);
            setup.project.migration(&name, &format!("-- migrate:up\n{file};\n"));
        }
        let document = plan(&setup, &["--json"]).success().json();
        let fails = list(&document["findings"]).filter(|one| text(&one["class"]) == "fails");
        let lines: Vec<Option<u64>> = fails.map(|one| one["location"]["line"].as_u64()).collect();
        let is_as_expected = match expected {
            Some(_) => !lines.is_empty() && lines.iter().all(|line| line == expected),
            None => lines.is_empty(),
        };
        let outcome = setup.run(&["up"]);
        let fails = outcome.code != Some(0);
        (!is_as_expected || fails != expected.is_some())
            .then(|| format!("{files:?}: lines {lines:?}, {expected:?}, up: {}", outcome.stderr))
    });
    let wrong: Vec<String> = wrong.into_iter().flatten().collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_a_partition_that_was_made_by_hand_has_from_the_whole_changes_with_it() {
    const PARTS: &str = "-- migrate:up
CREATE TYPE mood AS ENUM ('sad');
CREATE SEQUENCE numbers;
CREATE TABLE orders (id int PRIMARY KEY);
CREATE TABLE parts (n int DEFAULT nextval('numbers'), m mood, o int CONSTRAINT to_orders REFERENCES orders) PARTITION BY RANGE (n);
CREATE TABLE whole (m mood);
CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER stamped BEFORE UPDATE ON parts FOR EACH ROW EXECUTE FUNCTION stamp();
";
    const BY_HAND: &str = "CREATE TABLE part PARTITION OF parts FOR VALUES FROM (1) TO (2); CREATE TABLE child () INHERITS (whole)";
    let files = [
        "ALTER TABLE parts ALTER m TYPE text; ALTER TABLE whole ALTER m TYPE text; DROP TYPE mood",
        "ALTER TABLE parts DROP m; ALTER TABLE whole DROP m; DROP TYPE mood",
        "ALTER TABLE parts DROP CONSTRAINT to_orders; DROP TABLE orders",
        "ALTER TABLE parts DROP o; DROP TABLE orders",
        "ALTER TABLE parts ALTER n DROP DEFAULT; DROP SEQUENCE numbers",
        "DROP TRIGGER stamped ON parts; DROP FUNCTION stamp()",
    ];
    let wrong = side_by_side(&files, |file| {
        let setup = Setup::with(&[("0001_schema.sql", PARTS)]);
        setup.up().success();
        setup.database.sql(BY_HAND);
        setup.project.migration("0002_file.sql", &format!("-- migrate:up\n{file};\n"));
        let document = plan(&setup, &["--json"]).success().json();
        let says_fails = list(&document["findings"]).any(|one| text(&one["class"]) == "fails");
        let outcome = setup.run(&["up"]);
        (says_fails || outcome.code != Some(0)).then(|| format!("{file}: {says_fails}, {}", outcome.stderr))
    });
    let wrong: Vec<String> = wrong.into_iter().flatten().collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
