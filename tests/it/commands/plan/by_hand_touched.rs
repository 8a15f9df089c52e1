//! What an earlier statement may have done to something that was made by hand: `plan` says that a file will fail only where it does.

use super::{list, plan, text};
use crate::support::{Setup, side_by_side};

const SCHEMA: &str = "-- migrate:up
CREATE TABLE a (id int PRIMARY KEY, v int, n text);
CREATE TABLE b (id int PRIMARY KEY, v int);
CREATE VIEW va AS SELECT id, v FROM a;
CREATE SCHEMA s;
CREATE TABLE s.t (id int PRIMARY KEY);
CREATE TABLE p (i int) PARTITION BY RANGE (i);
CREATE FUNCTION free(name text) RETURNS void LANGUAGE plpgsql AS 'BEGIN EXECUTE ''DROP TABLE '' || name; END';
CREATE FUNCTION one() RETURNS int LANGUAGE sql AS 'SELECT 1';
";

const BY_HAND: &str = "CREATE TABLE hand (id int, c int);
CREATE VIEW hva AS SELECT id FROM va;
CREATE VIEW hv AS SELECT n FROM a;
CREATE TABLE s.h (id int);
ALTER TABLE a ADD hc int, ADD CONSTRAINT hck CHECK (v >= 0);
CREATE INDEX hi ON b (v);
CREATE SCHEMA hsch;
CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (10) TO (20);
CREATE TABLE rest PARTITION OF p DEFAULT;
INSERT INTO p VALUES (35);
INSERT INTO a VALUES (1, 1, 'x')";

/// Pending files, and what is said of each that would fail: the rule and the class.
const CASES: [(&[&str], &[&str]); 48] = [
    // The name is free by then.
    (&["DROP TABLE IF EXISTS hand", "CREATE TABLE hand (id bigint)"], &[]),
    (&["ALTER TABLE IF EXISTS hand RENAME TO was", "CREATE TABLE hand (id bigint)"], &[]),
    (&["ALTER TABLE IF EXISTS hand SET SCHEMA s", "CREATE TABLE hand (id bigint)"], &[]),
    (&["ALTER TABLE IF EXISTS hand RENAME TO was; CREATE TABLE hand (id bigint)"], &[]),
    (
        &[
            "DO $$BEGIN IF to_regclass('hand') IS NOT NULL THEN DROP TABLE hand; END IF; END$$",
            "CREATE TABLE hand (id bigint)",
        ],
        &[],
    ),
    (&["DROP SCHEMA s CASCADE", "CREATE SCHEMA s; CREATE TABLE s.h (id bigint)"], &[]),
    (&["DROP SCHEMA s CASCADE; CREATE SCHEMA s; CREATE TABLE s.h (id bigint)"], &[]),
    (&["ALTER SCHEMA s RENAME TO was", "CREATE SCHEMA s; CREATE TABLE s.h (id bigint)"], &[]),
    (&["ALTER SCHEMA s RENAME TO was; CREATE SCHEMA s; CREATE TABLE s.h (id bigint)"], &[]),
    (&["ALTER SCHEMA s RENAME TO was", "CREATE SCHEMA s", "CREATE TABLE s.h (id bigint)"], &[]),
    (
        &[
            "ALTER TABLE a RENAME TO was",
            "CREATE TABLE a (id int)",
            "ALTER TABLE a ADD hc int, ADD CONSTRAINT hck CHECK (id > 0)",
        ],
        &[],
    ),
    (
        &[
            "DROP TABLE a CASCADE",
            "CREATE TABLE a (id int)",
            "ALTER TABLE a ADD hc int, ADD CONSTRAINT hck CHECK (id > 0)",
        ],
        &[],
    ),
    (&["DROP TABLE b", "CREATE TABLE b (id int)", "CREATE INDEX hi ON b (id)"], &[]),
    (&["ALTER TABLE b DROP COLUMN v", "CREATE INDEX hi ON b (id)"], &[]),
    (&["DROP INDEX IF EXISTS hi", "CREATE INDEX hi ON b (id)"], &[]),
    (&["ALTER INDEX IF EXISTS hi RENAME TO was", "CREATE INDEX hi ON b (id)"], &[]),
    (
        &["ALTER TABLE a DROP CONSTRAINT IF EXISTS hck", "ALTER TABLE a ADD CONSTRAINT hck CHECK (id > 0)"],
        &[],
    ),
    // It may be.
    (&["DROP VIEW va CASCADE; CREATE VIEW hva AS SELECT 1 AS id"], &["careless taken-name"]),
    (&["DROP VIEW va CASCADE", "CREATE VIEW hva AS SELECT 1 AS id"], &["careless taken-name"]),
    (&["SELECT free('hand')", "CREATE TABLE hand (id bigint)"], &["careless trial-needs-rows"]),
    (
        &[
            "DO $$DECLARE r record; BEGIN FOR r IN SELECT c.relname FROM pg_class c WHERE c.relname LIKE 'han%' LOOP \
             EXECUTE 'DROP TABLE ' || r.relname; END LOOP; END$$",
            "CREATE TABLE hand (id bigint)",
        ],
        &["careless taken-name"],
    ),
    (&["SET search_path = hsch, public; CREATE TABLE hand (id bigint)"], &["careless taken-name"]),
    (&["SET search_path = hsch; CREATE TABLE a (id bigint)"], &["careless trial-needs-rows"]),
    (&["SET search_path = hsch, public; CREATE TABLE a (id bigint)"], &["careless trial-needs-rows"]),
    (&["ALTER TABLE b RENAME TO was", "CREATE INDEX hi ON was (id)"], &["careless taken-name"]),
    // It has the name in a schema of its own.
    (
        &["CREATE TEMP TABLE hand (id int); CREATE TABLE IF NOT EXISTS hand (id int)"],
        &["careless taken-name"],
    ),
    (&["CREATE TEMPORARY TABLE hand (id int)"], &[]),
    // Something else goes.
    (&["DROP TABLE b", "CREATE TABLE hand (id bigint)"], &["fails taken-name"]),
    (&["DROP VIEW va CASCADE", "CREATE TABLE hand (id bigint)"], &["fails taken-name"]),
    (&["ALTER TABLE a RENAME n TO m", "CREATE TABLE hand (id bigint)"], &["fails taken-name"]),
    (&["ALTER TABLE a DROP COLUMN v CASCADE", "ALTER TABLE a ADD hc int"], &["careless taken-name"]),
    (&["ALTER TABLE b DROP COLUMN v", "ALTER TABLE a ADD hc int"], &["fails taken-name"]),
    (
        &[
            "DO $$BEGIN IF to_regclass('b') IS NOT NULL THEN DROP TABLE b; END IF; END$$",
            "CREATE TABLE hand (id bigint)",
        ],
        &["fails taken-name"],
    ),
    (&["SELECT one()", "CREATE TABLE hand (id bigint)"], &["careless taken-name"]),
    (&["SET search_path = s, public; CREATE TABLE public.hand (id bigint)"], &["fails taken-name"]),
    // What needs what goes away.
    (&["ALTER TABLE a DROP COLUMN n"], &["fails unknown-dependents"]),
    (&["DO $$BEGIN ALTER TABLE a DROP COLUMN n; END$$"], &["fails unknown-dependents"]),
    (
        &[
            "DO $$BEGIN ALTER TABLE a DROP COLUMN n; EXCEPTION WHEN dependent_objects_still_exist THEN NULL; END$$",
        ],
        &["careless unknown-dependents"],
    ),
    (&["DROP VIEW IF EXISTS hv", "ALTER TABLE a DROP COLUMN n"], &[]),
    (
        &["DO $$BEGIN EXECUTE 'DROP VIEW IF EXISTS h' || 'v'; END$$", "ALTER TABLE a DROP COLUMN n"],
        &["careless unknown-dependents"],
    ),
    (&["DROP VIEW va CASCADE", "ALTER TABLE a DROP COLUMN n"], &["careless unknown-dependents"]),
    // A partition.
    (&["DROP TABLE IF EXISTS p1", "CREATE TABLE n PARTITION OF p FOR VALUES FROM (10) TO (20)"], &[]),
    (
        &[
            "ALTER TABLE IF EXISTS p1 RENAME TO p2",
            "CREATE TABLE n PARTITION OF p FOR VALUES FROM (10) TO (20)",
        ],
        &["fails overlapping-partition"],
    ),
    (
        &["DROP VIEW va CASCADE", "CREATE TABLE n PARTITION OF p FOR VALUES FROM (10) TO (20)"],
        &["fails overlapping-partition"],
    ),
    (&["DROP TABLE IF EXISTS rest", "CREATE TABLE n PARTITION OF p FOR VALUES FROM (30) TO (40)"], &[]),
    (&["DROP TABLE IF EXISTS rest", "CREATE TABLE n PARTITION OF p DEFAULT"], &[]),
    (
        &["SELECT free('rest')", "CREATE TABLE n PARTITION OF p FOR VALUES FROM (30) TO (40)"],
        &["careless trial-needs-rows"],
    ),
    (&["CREATE TABLE n PARTITION OF p FOR VALUES FROM (30) TO (40)"], &["fails misplaced-rows"]),
];

#[test]
fn what_an_earlier_statement_may_have_taken_away_is_not_said_to_be_in_the_way() {
    let wrong = side_by_side(&CASES, |(files, expected)| {
        let setup = Setup::with(&[("0001_schema.sql", SCHEMA)]);
        setup.up().success();
        setup.database.sql(BY_HAND);
        for (place, file) in files.iter().enumerate() {
            setup
                .project
                .migration(&format!("{:04}_file.sql", place + 2), &format!("-- migrate:up\n{file};\n"));
        }
        let document = plan(&setup, &["--json"]).success().json();
        let rules = [
            "taken-name",
            "unknown-dependents",
            "overlapping-partition",
            "misplaced-rows",
            "trial-needs-rows",
        ];
        let told = list(&document["findings"]);
        let told = told.filter(|one| text(&one["class"]) == "fails" || rules.contains(&text(&one["rule"])));
        let told: Vec<String> =
            told.map(|one| format!("{} {}", text(&one["class"]), text(&one["rule"]))).collect();
        let fails = setup.run(&["up"]).code != Some(0);
        let is_said_to_fail = told.iter().any(|one| one.starts_with("fails"));
        let is_wrong = told != *expected || is_said_to_fail && !fails;
        is_wrong.then(|| format!("{files:?}: {told:?}, {fails}"))
    });
    let wrong: Vec<String> = wrong.into_iter().flatten().collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_is_uncertain_is_told_with_the_line_it_hangs_on() {
    let setup = Setup::with(&[("0001_schema.sql", SCHEMA)]);
    setup.up().success();
    setup.database.sql(BY_HAND);
    setup.project.migration("0002_drop.sql", "-- migrate:up\nSELECT 1;\nDROP VIEW va CASCADE;\n");
    setup.project.migration(
        "0003_make.sql",
        "-- migrate:up\nCREATE VIEW hva AS SELECT 1 AS id;\nSET search_path = hsch, public;\nCREATE TABLE hand (id bigint);\n",
    );
    let document = plan(&setup, &["--json"]).success().json();
    let told = list(&document["findings"]).filter(|one| text(&one["rule"]) == "taken-name");
    let told: Vec<&str> = told.map(|one| text(&one["what"])).collect();
    assert_eq!(
        told,
        [
            "the target has the view public.hva already, which no migration has made: this file fails at line 2, \
             unless line 3 of 0002 takes it away",
            "the target has the table public.hand already, which no migration has made: this file fails at line 4, \
             unless its names are found in the schema hsch, which no migration has made",
        ]
    );
}
