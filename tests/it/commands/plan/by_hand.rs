//! What was made by hand on the target is seen, and what is said of it is what then happens.

use super::{list, plan, text};
use crate::support::Setup;

/// What was made by hand, and a migration that it is in the way of.
const IN_THE_WAY: [(&str, &str); 15] = [
    ("CREATE VIEW mails AS SELECT email FROM users", "ALTER TABLE users DROP email"),
    ("CREATE MATERIALIZED VIEW mails AS SELECT email FROM users", "ALTER TABLE users DROP email"),
    ("CREATE POLICY own ON users USING (email = current_user)", "ALTER TABLE users DROP email"),
    (
        "CREATE FUNCTION mails() RETURNS SETOF text LANGUAGE sql BEGIN ATOMIC SELECT email FROM users; END",
        "ALTER TABLE users DROP email",
    ),
    (
        "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
         CREATE TRIGGER mailed BEFORE UPDATE ON users FOR EACH ROW WHEN (NEW.email <> '') EXECUTE FUNCTION f()",
        "ALTER TABLE users DROP email",
    ),
    ("CREATE TABLE letters (user_id int REFERENCES users)", "DROP TABLE users"),
    ("CREATE TABLE letters (name text REFERENCES users (name))", "ALTER TABLE users DROP CONSTRAINT users_name_key"),
    ("CREATE TABLE letters (name text REFERENCES users (name))", "ALTER TABLE users DROP name"),
    ("CREATE TABLE more_users () INHERITS (users)", "DROP TABLE users"),
    ("CREATE TABLE letters (at mood)", "DROP TYPE mood"),
    ("CREATE TABLE letters (id int DEFAULT nextval('tickets'))", "DROP SEQUENCE tickets"),
    ("CREATE VIEW mails AS SELECT email FROM users", "ALTER TABLE users ALTER email TYPE varchar"),
    ("CREATE TABLE letters (user_id int REFERENCES users)", "ALTER TABLE users ALTER id TYPE text"),
    (
        "CREATE TABLE mails (mail text PRIMARY KEY); ALTER TABLE users ADD FOREIGN KEY (email) REFERENCES mails",
        "ALTER TABLE users ALTER email TYPE int USING length(email)",
    ),
    ("CREATE VIEW doubled AS SELECT twice(id) FROM users", "DROP FUNCTION twice(int)"),
];

/// And one that goes well in spite of it.
const NOT_IN_THE_WAY: [(&str, &str); 11] = [
    ("CREATE INDEX mails ON users (email)", "ALTER TABLE users DROP email"),
    ("CREATE STATISTICS mails ON email, name FROM users", "ALTER TABLE users DROP email"),
    ("CREATE VIEW names AS SELECT name FROM users", "ALTER TABLE users DROP email"),
    ("CREATE POLICY own ON users USING (email = current_user)", "DROP TABLE users"),
    ("CREATE TABLE letters (user_id int REFERENCES users)", "ALTER TABLE users ALTER id TYPE bigint"),
    (
        "CREATE TABLE letters (name text REFERENCES users (name))",
        "ALTER TABLE users ALTER name TYPE varchar(90)",
    ),
    (
        "ALTER TABLE users ADD boss int REFERENCES users",
        "ALTER TABLE users ALTER id TYPE numeric, ALTER email TYPE varchar",
    ),
    (
        "CREATE TABLE letters (user_id int CONSTRAINT of_user REFERENCES users)",
        "ALTER TABLE IF EXISTS letters DROP CONSTRAINT of_user; ALTER TABLE users ALTER id TYPE text",
    ),
    (
        "CREATE VIEW mails AS SELECT email FROM users",
        "DROP VIEW IF EXISTS mails; ALTER TABLE users DROP email",
    ),
    ("CREATE VIEW mails AS SELECT email FROM users", "ALTER TABLE users RENAME email TO mail"),
    ("CREATE VIEW mails AS SELECT email FROM users", "ALTER TABLE users DROP email CASCADE"),
];

fn with(by_hand: &str, pending: &str) -> Setup {
    let setup = Setup::with(&[(
        "0001_tables.sql",
        "-- migrate:up\nCREATE TABLE users (id int PRIMARY KEY, email text, name text UNIQUE);\nCREATE SEQUENCE tickets;\n\
         CREATE TYPE mood AS ENUM ('fine');\n\
         CREATE FUNCTION twice(int) RETURNS int LANGUAGE sql IMMUTABLE RETURN $1 * 2;\n",
    )]);
    setup.up().success();
    setup.database.sql(by_hand);
    setup.project.migration("0002_change.sql", &format!("-- migrate:up\n{pending};\n"));
    setup
}

fn what(setup: &Setup, rule: &str) -> Vec<String> {
    let document = plan(setup, &["--json"]).success().json();
    let own = list(&document["findings"]).filter(|finding| finding["rule"] == rule);
    own.map(|finding| text(&finding["what"]).to_owned()).collect()
}

#[test]
fn what_no_migration_knows_is_in_the_way_where_plan_says_so_and_nowhere_else() {
    let mut wrong = Vec::new();
    let cases =
        IN_THE_WAY.iter().map(|case| (case, true)).chain(NOT_IN_THE_WAY.iter().map(|case| (case, false)));
    for ((by_hand, pending), fails) in cases {
        let setup = with(by_hand, pending);
        let said = !what(&setup, "unknown-dependents").is_empty();
        let is = setup.up().code != Some(0);
        if said != fails || is != fails {
            wrong.push(format!("{by_hand}; {pending}: plan says {said}, it is {is}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_cascade_takes_along_is_named_whoever_has_made_it() {
    let setup = Setup::with(&[(
        "0001_tables.sql",
        "-- migrate:up\nCREATE TABLE users (id int PRIMARY KEY);\nCREATE TABLE posts (user_id int REFERENCES users);\n\
         CREATE VIEW ids AS SELECT id FROM users;\n",
    )]);
    setup.up().success();
    setup.database.sql("CREATE VIEW all_ids AS SELECT id FROM users");
    setup.project.migration("0002_change.sql", "-- migrate:up\nDROP TABLE users CASCADE;\n");
    assert_eq!(
        what(&setup, "dropped-by-cascade"),
        ["CASCADE takes along the constraint posts_user_id_fkey on public.posts, the view public.ids, \
          the view public.all_ids, which no migration has made"]
    );
}

/// The server drops it with what it needs, whatever is made anew under the old name.
#[test]
fn what_cascade_takes_along_does_not_fail() {
    const TABLES: &str = "-- migrate:up
CREATE TABLE t (id int PRIMARY KEY, v int);
CREATE VIEW seen AS SELECT id FROM t;
CREATE TYPE mood AS ENUM ('sad');
CREATE SCHEMA archive;
CREATE TABLE archive.old (id int);
";
    const BY_HAND: &str = "CREATE VIEW of_seen AS SELECT id FROM seen; CREATE VIEW of_t AS SELECT v FROM t;
        CREATE TABLE refers (id int REFERENCES t); CREATE TABLE felt (how mood); CREATE VIEW of_old AS SELECT id FROM archive.old";
    let told = |file: &str| {
        let setup = Setup::with(&[("0001_tables.sql", TABLES)]);
        setup.up().success();
        setup.database.sql(BY_HAND);
        setup.project.migration("0002_file.sql", &format!("-- migrate:up\n{file};\n"));
        (!what(&setup, "unknown-dependents").is_empty(), setup.run(&["up"]).code != Some(0))
    };
    for file in [
        "DROP TABLE t CASCADE",
        "DROP VIEW seen CASCADE; CREATE VIEW seen AS SELECT v FROM t",
        "DROP TABLE IF EXISTS t CASCADE; CREATE TABLE IF NOT EXISTS t (id int); CREATE INDEX ON t (id)",
        "DROP SCHEMA archive CASCADE; CREATE SCHEMA archive; CREATE TABLE archive.old (id int)",
        "DROP TYPE mood CASCADE; CREATE TYPE mood AS ENUM ('glad')",
        "ALTER TABLE t DROP COLUMN v CASCADE; ALTER TABLE t ADD COLUMN v text",
        "ALTER TABLE t RENAME TO was; CREATE TABLE t (LIKE was INCLUDING ALL); DROP TABLE was CASCADE",
    ] {
        assert_eq!(told(file), (false, false), "{file}");
    }
    for file in [
        "DROP VIEW seen; CREATE VIEW seen AS SELECT v FROM t",
        "DROP VIEW seen CASCADE; ALTER TABLE t DROP COLUMN v; ALTER TABLE t ADD COLUMN v text",
        "ALTER TABLE t ALTER v TYPE text",
        "DROP TYPE mood; CREATE TYPE mood AS ENUM ('glad')",
    ] {
        assert_eq!(told(file), (true, true), "{file}");
    }
}

#[test]
fn that_the_target_is_not_what_its_migrations_make_is_told_once() {
    let setup = with("CREATE VIEW mails AS SELECT email FROM users", "CREATE TABLE posts (id int)");
    let document = plan(&setup, &["--json"]).success().json();
    let gaps: Vec<&str> = list(&document["gaps"]).map(text).collect();
    assert_eq!(
        gaps,
        [
            "the target is not what its migrations make, so that what is tried without it may go otherwise there: only the target \
          has the view public.mails; `pmdb drift` tells it all"
        ]
    );
    setup.database.sql("DROP VIEW mails");
    let document = plan(&setup, &["--json"]).success().json();
    assert_eq!(document["gaps"], serde_json::json!([]));
}

#[test]
fn definitions_are_compared_of_the_tables_that_the_files_work_on() {
    let by_hand = "ALTER TABLE users DROP CONSTRAINT users_name_key, ADD CONSTRAINT users_name_key UNIQUE (name) DEFERRABLE";
    for (pending, is_told) in
        [("ALTER TABLE users ADD age int", true), ("CREATE TABLE posts (id int)", false)]
    {
        let document = plan(&with(by_hand, pending), &["--json"]).success().json();
        let gaps: Vec<&str> = list(&document["gaps"]).map(text).collect();
        let told = gaps
            .iter()
            .any(|gap| gap.contains("the target has another constraint users_name_key on public.users"));
        assert_eq!(told, is_told, "{pending}: {gaps:?}");
        assert!(is_told || gaps.is_empty(), "{gaps:?}");
    }
}

#[test]
fn partitions_and_children_that_no_migration_has_made_are_said_not_to_be_known() {
    const TABLES: &str = "-- migrate:up
CREATE TABLE events (at int NOT NULL, kind text) PARTITION BY RANGE (at);
CREATE TABLE whole (at int);
";
    const BY_HAND: &str = "CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM (1) TO (2);
        CREATE TABLE events_2 PARTITION OF events FOR VALUES FROM (2) TO (3);
        CREATE TABLE child () INHERITS (whole)";
    for (pending, gap) in [
        (
            "CREATE INDEX ON events (kind)",
            Some("public.events and what belongs to it: of public.events_1 and 1 more"),
        ),
        ("ALTER TABLE events ALTER kind TYPE varchar(9)", Some("public.events_1 and 1 more")),
        (
            "ALTER TABLE whole ALTER at TYPE bigint",
            Some("public.whole and what belongs to it: of public.child,"),
        ),
        ("CREATE TABLE events_3 PARTITION OF events FOR VALUES FROM (3) TO (4)", None),
        ("CREATE INDEX ON ONLY events (kind)", None),
        ("COMMENT ON TABLE events IS 'events'", None),
    ] {
        let setup = Setup::with(&[("0001_tables.sql", TABLES)]);
        setup.up().success();
        setup.database.sql(BY_HAND);
        setup.project.migration("0002_change.sql", &format!("-- migrate:up\n{pending};\n"));
        let document = plan(&setup, &["--json"]).success().json();
        let said: Vec<&str> =
            list(&document["gaps"]).map(text).filter(|gap| gap.contains("line 2")).collect();
        match gap {
            Some(gap) => {
                assert!(matches!(&said[..], [one] if one.contains(gap)), "{pending}: {said:?}");
                let checked = plan(&setup, &["--check"]).fails(3).stdout;
                assert!(!checked.contains("nobody has to wait"), "{checked}");
            }
            None => assert!(said.is_empty(), "{pending}: {said:?}"),
        }
    }
}

#[test]
fn what_code_makes_of_the_catalog_is_said_not_to_be_known() {
    let to_all =
        "DO $$DECLARE t record; BEGIN FOR t IN SELECT * FROM pg_tables WHERE schemaname LIKE 'tenant%' LOOP
        EXECUTE format('ALTER TABLE %I.%I ALTER id TYPE bigint', t.schemaname, t.tablename); END LOOP; END$$";
    let guarded = "DO $$BEGIN IF NOT EXISTS (SELECT FROM pg_constraint WHERE conname = 'mail') THEN
        ALTER TABLE users ADD CONSTRAINT mail CHECK (email <> '') NOT VALID; END IF; END$$";
    let body = to_all.strip_prefix("DO ").unwrap();
    let called = format!("CREATE FUNCTION to_all() RETURNS void LANGUAGE plpgsql AS {body}; SELECT to_all()");
    let not_called = format!("CREATE FUNCTION to_all() RETURNS void LANGUAGE plpgsql AS {body}");
    for (pending, is_said) in [(to_all, true), (&called, true), (&not_called, false), (guarded, false)] {
        let setup = with("CREATE SCHEMA tenant_1; CREATE TABLE tenant_1.t (id int)", pending);
        let document = plan(&setup, &["--json"]).success().json();
        let said = list(&document["gaps"]).map(text).any(|gap| gap.contains("finds in the target's catalog"));
        assert_eq!(said, is_said, "{document:#}");
    }
}

#[test]
fn which_statements_code_makes_of_rows_is_said_not_to_be_known() {
    let of_rows = "DO $$BEGIN EXECUTE coalesce((SELECT string_agg(format('ALTER TABLE %I ADD a int', email), ';') FROM users), ''); END$$";
    let of_nothing = "DO $$BEGIN EXECUTE 'ALTER TABLE users ADD a int'; END$$";
    for (pending, is_said) in [(of_rows, true), (of_nothing, false)] {
        let document = plan(&with("SELECT 1", pending), &["--json"]).success().json();
        let said =
            list(&document["gaps"]).map(text).any(|gap| gap.contains("which statements the code of line 2"));
        assert_eq!(said, is_said, "{document:#}");
    }
}
