//! Names that something made by hand has already: what `plan` says of them is what then happens.

use super::{list, plan, text};
use crate::support::Setup;

const TABLES: &str = "-- migrate:up
CREATE TABLE users (id int PRIMARY KEY, email text);
";

/// The class and the text of what is said, and whether `up` fails.
fn told(by_hand: &str, files: &[&str]) -> (Vec<(String, String)>, bool) {
    let setup = Setup::with(&[("0001_tables.sql", TABLES)]);
    setup.up().success();
    setup.database.sql(by_hand);
    for (place, file) in files.iter().enumerate() {
        setup.project.migration(&format!("{:04}_file.sql", place + 2), &format!("-- migrate:up\n{file};\n"));
    }
    let document = plan(&setup, &["--json"]).success().json();
    let found = list(&document["findings"]).filter(|one| text(&one["rule"]) == "taken-name");
    let said = found.map(|one| (text(&one["class"]).to_owned(), text(&one["what"]).to_owned())).collect();
    (said, setup.run(&["up"]).code != Some(0))
}

#[test]
fn what_has_a_name_already_makes_the_file_fail_that_gives_it_again() {
    for (by_hand, file) in [
        ("CREATE TABLE orders (a int)", "CREATE TABLE orders (id int PRIMARY KEY)"),
        ("CREATE VIEW orders AS SELECT 1 AS a", "CREATE TABLE orders (id int)"),
        ("CREATE TYPE orders AS ENUM ('x')", "CREATE TABLE orders (id int)"),
        ("CREATE TABLE state (a int)", "CREATE TYPE state AS ENUM ('x')"),
        ("CREATE INDEX mails ON users (email)", "CREATE INDEX mails ON users (id)"),
        ("CREATE TABLE mails (a int)", "CREATE INDEX mails ON users (id)"),
        ("CREATE SEQUENCE tickets", "CREATE SEQUENCE tickets"),
        ("ALTER TABLE users ADD name text", "ALTER TABLE users ADD name text"),
        (
            "ALTER TABLE users ADD CONSTRAINT fine CHECK (id > 0)",
            "ALTER TABLE users ADD CONSTRAINT fine CHECK (id > 1)",
        ),
        (
            "CREATE INDEX mail_key ON users (email)",
            "ALTER TABLE users ADD CONSTRAINT mail_key UNIQUE (email)",
        ),
        ("CREATE TABLE people (a int)", "ALTER TABLE users RENAME TO people"),
        ("ALTER TABLE users ADD mail text", "ALTER TABLE users RENAME email TO mail"),
        ("CREATE SCHEMA app", "CREATE SCHEMA app"),
        (
            "CREATE FUNCTION f(int) RETURNS int LANGUAGE sql AS 'SELECT 1'",
            "CREATE FUNCTION f(a int) RETURNS int LANGUAGE sql AS 'SELECT 2'",
        ),
        (
            "CREATE STATISTICS mails ON id, email FROM users",
            "CREATE STATISTICS mails ON email, id FROM users",
        ),
        (
            "CREATE STATISTICS mails ON id, email FROM users",
            "CREATE TABLE letters (a int, b int); CREATE STATISTICS mails ON a, b FROM letters",
        ),
        ("CREATE EXTENSION hstore", "CREATE EXTENSION hstore"),
        ("CREATE PUBLICATION everything", "CREATE PUBLICATION everything FOR TABLE users"),
        ("CREATE COLLATION german (locale = 'C')", "CREATE COLLATION german (provider = libc, locale = 'C')"),
        (
            "CREATE OPERATOR === (leftarg = int, rightarg = int, function = int4eq)",
            "CREATE OPERATOR === (leftarg = int, rightarg = int, function = int4eq)",
        ),
        (
            "CREATE RULE quiet AS ON DELETE TO users DO INSTEAD NOTHING",
            "CREATE RULE quiet AS ON DELETE TO users DO INSTEAD NOTHING",
        ),
        ("ALTER TABLE users ADD age int", "ALTER TABLE users DROP COLUMN email, ADD COLUMN age text"),
        (
            "ALTER TABLE users ADD CONSTRAINT fine CHECK (id > 0)",
            "ALTER TABLE users DROP COLUMN email, ADD CONSTRAINT fine CHECK (id > 1)",
        ),
        ("CREATE TABLE mails (a int)", "CREATE OR REPLACE VIEW mails AS SELECT 1 AS a"),
        ("CREATE VIEW mails AS SELECT 1 AS a, 2 AS b", "CREATE OR REPLACE VIEW mails AS SELECT 1 AS a"),
        ("CREATE VIEW mails AS SELECT 1 AS a", "CREATE OR REPLACE VIEW mails AS SELECT 1 AS b, 2 AS a"),
        ("CREATE VIEW mails AS SELECT 1 AS a", "CREATE OR REPLACE VIEW mails AS SELECT 'x' AS a"),
        (
            "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
            "CREATE OR REPLACE FUNCTION f() RETURNS text LANGUAGE sql AS 'SELECT 1::text'",
        ),
        (
            "CREATE FUNCTION f() RETURNS void LANGUAGE sql AS 'SELECT'",
            "CREATE OR REPLACE PROCEDURE f() LANGUAGE sql AS 'SELECT'",
        ),
    ] {
        let (said, fails) = told(by_hand, &[file]);
        assert!(
            matches!(&said[..], [(class, _)] if class == "fails") && fails,
            "{by_hand}; {file}: {said:?}, {fails}"
        );
    }
}

#[test]
fn what_copes_with_it_or_gets_another_name_is_no_finding() {
    for (by_hand, files) in [
        ("CREATE TABLE users_email_idx (a int)", &["CREATE INDEX ON users (email)"][..]),
        ("CREATE TABLE orders_pkey (a int)", &["CREATE TABLE orders (id int PRIMARY KEY)"]),
        (
            "CREATE VIEW mails AS SELECT 1 AS a",
            &["DROP VIEW IF EXISTS mails; CREATE VIEW mails AS SELECT 2 AS a"],
        ),
        (
            "CREATE VIEW mails AS SELECT 1 AS a",
            &["DROP VIEW IF EXISTS mails", "CREATE VIEW mails AS SELECT 2 AS a"],
        ),
        ("CREATE VIEW mails AS SELECT 1 AS a", &["CREATE OR REPLACE VIEW mails AS SELECT 2 AS a"]),
        (
            "ALTER TABLE users ADD age int",
            &["ALTER TABLE users DROP COLUMN IF EXISTS age, ADD COLUMN age text"],
        ),
        ("ALTER TABLE users ADD age int", &["ALTER TABLE users ADD COLUMN age text, DROP IF EXISTS age"]),
        (
            "ALTER TABLE users ADD CONSTRAINT fine CHECK (id > 0)",
            &["ALTER TABLE users DROP CONSTRAINT IF EXISTS fine, ADD CONSTRAINT fine CHECK (id > 1)"],
        ),
        (
            "ALTER TABLE users ADD CONSTRAINT mails UNIQUE (email)",
            &["ALTER TABLE users DROP CONSTRAINT IF EXISTS mails, ADD CONSTRAINT mails UNIQUE (id)"],
        ),
        (
            "ALTER TABLE users ADD age int CONSTRAINT fine CHECK (age > 0)",
            &["ALTER TABLE users DROP COLUMN IF EXISTS age, ADD CONSTRAINT fine CHECK (id > 1)"],
        ),
        (
            "ALTER TABLE users ADD age int; CREATE INDEX ages ON users (age)",
            &["ALTER TABLE users DROP COLUMN IF EXISTS age; CREATE INDEX ages ON users (id)"],
        ),
        (
            "CREATE TABLE orders (a int); CREATE INDEX mails ON orders (a)",
            &["DROP TABLE IF EXISTS orders; CREATE INDEX mails ON users (email)"],
        ),
        (
            "CREATE TYPE state AS ENUM ('x')",
            &["DO $$BEGIN CREATE TYPE state AS ENUM ('x'); EXCEPTION WHEN duplicate_object THEN NULL; END$$"],
        ),
        ("CREATE INDEX mails ON users (email)", &["CREATE INDEX IF NOT EXISTS mails ON users (email)"]),
        (
            "CREATE EXTENSION hstore",
            &["CREATE EXTENSION IF NOT EXISTS hstore; CREATE TABLE notes (more hstore)"],
        ),
        ("CREATE VIEW mails AS SELECT 1 AS a", &["CREATE OR REPLACE VIEW mails AS SELECT 2 AS a, 3 AS b"]),
        (
            "CREATE VIEW mails AS SELECT 1 AS a, 2 AS b",
            &["CREATE OR REPLACE VIEW mails AS SELECT 1 AS a, 3 AS b; ALTER VIEW mails RENAME b TO c"],
        ),
        (
            "CREATE OPERATOR === (leftarg = text, rightarg = text, function = texteq)",
            &["CREATE OPERATOR === (leftarg = int, rightarg = int, function = int4eq)"],
        ),
        ("CREATE SCHEMA app; CREATE TABLE app.orders (a int)", &["CREATE TABLE orders (id int)"]),
        ("CREATE TABLE orders (a int)", &["ALTER TABLE users ADD orders int"]),
        ("CREATE SCHEMA app", &["CREATE SCHEMA IF NOT EXISTS app; CREATE TABLE app.orders (a int)"]),
        (
            "CREATE TABLE orders (a int)",
            &["ALTER TABLE IF EXISTS orders RENAME TO old_orders; CREATE TABLE orders (id int)"],
        ),
        (
            "CREATE TABLE orders (a int)",
            &["CREATE SCHEMA old; ALTER TABLE IF EXISTS orders SET SCHEMA old; CREATE TABLE orders (id int)"],
        ),
        (
            "CREATE VIEW mails AS SELECT 1 AS a",
            &["CREATE OR REPLACE VIEW mails AS SELECT 2 AS a; CREATE VIEW more AS SELECT a FROM mails"],
        ),
        (
            "CREATE TYPE state AS ENUM ('x')",
            &[
                "DO $$BEGIN CREATE TYPE state AS ENUM ('x'); EXCEPTION WHEN duplicate_object THEN NULL; END$$; \
               CREATE TABLE orders (state state)",
            ],
        ),
        (
            "CREATE SEQUENCE tickets",
            &[
                "CREATE SEQUENCE IF NOT EXISTS tickets; ALTER TABLE users ALTER id SET DEFAULT nextval('tickets')",
            ],
        ),
        (
            "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
            &["CREATE OR REPLACE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'; \
               CREATE TRIGGER f_first BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION f(); \
               COMMENT ON FUNCTION f() IS 'f'"],
        ),
        (
            "ALTER TABLE users ADD age int",
            &[
                "ALTER TABLE users ADD COLUMN IF NOT EXISTS age int; ALTER TABLE users ALTER age SET DEFAULT 4; \
               CREATE INDEX users_age ON users (age); CREATE VIEW ages AS SELECT age FROM users",
            ],
        ),
        (
            "CREATE TABLE orders (a int)",
            &[
                "DO $$BEGIN IF to_regclass('orders') IS NULL THEN CREATE TABLE orders (a int); END IF; END$$; \
               CREATE INDEX orders_a ON orders (a); COMMENT ON TABLE orders IS 'orders'",
            ],
        ),
    ] {
        assert_eq!(told(by_hand, files), (Vec::new(), false), "{by_hand}; {files:?}");
    }
}

#[test]
fn what_follows_if_not_exists_does_not_make_the_file_fail() {
    for more in [
        "CREATE INDEX orders_a ON orders (a)",
        "COMMENT ON TABLE orders IS 'orders'",
        "GRANT SELECT ON orders TO PUBLIC",
        "INSERT INTO orders VALUES (1); COMMENT ON TABLE orders IS 'orders'",
        "ALTER TABLE orders ADD UNIQUE (a)",
        "CREATE VIEW open_orders AS SELECT * FROM orders",
    ] {
        let file = format!("CREATE TABLE IF NOT EXISTS orders (a int);\n{more}");
        assert_eq!(told("CREATE TABLE orders (a int)", &[&file]), (Vec::new(), false), "{more}");
    }
    let later = "CREATE TABLE orders (a int);\nCREATE INDEX IF NOT EXISTS orders_a ON orders (a)";
    let (said, fails) = told("CREATE TABLE orders (a int)", &[later]);
    assert!(matches!(&said[..], [(class, _)] if class == "fails") && fails, "{said:?}");
}

#[test]
fn what_if_not_exists_leaves_as_it_is_is_told_where_it_is_another_thing_or_does_nothing() {
    let (said, fails) = told("CREATE TABLE orders (a int)", &["CREATE TABLE IF NOT EXISTS orders (id int)"]);
    assert_eq!(
        said,
        [(
            "careless".to_owned(),
            "the target has the table public.orders already, which no migration has made, and it is another one: \
             IF NOT EXISTS leaves it as it is"
                .to_owned()
        )]
    );
    assert!(!fails);
    let invalid = "CREATE INDEX mails ON users (email); \
                   UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'mails'::regclass";
    let (said, fails) = told(invalid, &["CREATE INDEX IF NOT EXISTS mails ON users (email)"]);
    assert!(
        matches!(&said[..], [(class, what)] if class == "careless" && what.contains("it is not valid")),
        "{said:?}"
    );
    assert!(!fails);
}
