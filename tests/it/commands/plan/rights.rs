//! What the role of the deploy may not do on the target: `plan` says it before `up` fails there.

mod hidden_rows;
mod history;
mod owners;

use std::fmt::Write;

use super::{list, text};
use crate::support::{Outcome, Setup, server, side_by_side};

/// What the role may do, and a migration. Its owner is another one.
const REFUSED: [(&str, &str); 56] = [
    ("", "ALTER TABLE users ADD COLUMN name text"),
    ("GRANT ALL ON users TO deployer", "ALTER TABLE users ADD COLUMN name text"),
    ("", "ALTER TABLE users RENAME TO people"),
    ("", "CREATE INDEX users_email ON users (email)"),
    ("ALTER TABLE users OWNER TO deployer", "CREATE INDEX users_email ON users (email)"),
    ("GRANT CREATE ON SCHEMA public TO deployer", "DROP TABLE orders"),
    ("", "DROP VIEW emails"),
    ("", "DROP INDEX orders_buyer"),
    ("", "COMMENT ON COLUMN users.email IS 'where to write'"),
    ("", "CREATE TABLE notes (id int)"),
    ("", "CREATE VIEW all_users AS SELECT * FROM users"),
    ("", "CREATE TYPE colour AS ENUM ('red')"),
    ("", "CREATE FUNCTION one() RETURNS int LANGUAGE sql RETURN 1"),
    ("", "CREATE SCHEMA app"),
    (
        "GRANT CREATE ON SCHEMA public TO deployer",
        "CREATE OR REPLACE FUNCTION twice(int) RETURNS int LANGUAGE sql RETURN $1 * 3",
    ),
    (
        "GRANT CREATE ON SCHEMA public TO deployer",
        "CREATE OR REPLACE VIEW emails AS SELECT email, id FROM users",
    ),
    ("", "DROP FUNCTION twice(int)"),
    ("", "ALTER TYPE mood ADD VALUE 'angry'"),
    ("", "CREATE TRIGGER seen BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION seen()"),
    ("GRANT CREATE ON SCHEMA public TO deployer", "CREATE TABLE notes (author int REFERENCES users)"),
    ("", "INSERT INTO users VALUES (7)"),
    ("GRANT SELECT ON users TO deployer", "UPDATE users SET email = '' WHERE id = 7"),
    ("GRANT SELECT ON users TO deployer", "DELETE FROM users WHERE id = 7"),
    ("GRANT DELETE ON orders TO deployer", "TRUNCATE orders"),
    ("GRANT owner_of_all TO quiet", "ALTER TABLE users ADD COLUMN name text"),
    (
        "ALTER FUNCTION twice(int) OWNER TO deployer",
        "CREATE OR REPLACE FUNCTION twice(int) RETURNS int LANGUAGE sql RETURN $1 * 3",
    ),
    ("ALTER VIEW emails OWNER TO deployer", "CREATE OR REPLACE VIEW emails AS SELECT email, id FROM users"),
    ("ALTER TABLE users OWNER TO deployer", "ALTER TABLE users RENAME TO people"),
    ("ALTER FUNCTION twice(int) OWNER TO deployer", "ALTER FUNCTION twice(int) RENAME TO thrice"),
    ("ALTER TABLE users OWNER TO deployer", "ALTER TABLE users ADD n serial"),
    ("ALTER TABLE users OWNER TO deployer", "ALTER TABLE users ADD n int GENERATED ALWAYS AS IDENTITY"),
    ("", "CREATE TABLE IF NOT EXISTS users (id int)"),
    ("", "CREATE SEQUENCE IF NOT EXISTS public.numbers"),
    ("ALTER TABLE users OWNER TO deployer", "CREATE INDEX IF NOT EXISTS users_pkey ON users (id)"),
    ("ALTER TABLE users OWNER TO deployer", "CREATE INDEX ON users (email)"),
    (
        "ALTER TABLE parts OWNER TO deployer; ALTER TABLE parts_1 OWNER TO deployer",
        "CREATE INDEX ON parts (a)",
    ),
    ("", "CREATE SCHEMA IF NOT EXISTS public"),
    ("ALTER TABLE users OWNER TO deployer", "ALTER TABLE users OWNER TO owner_of_all"),
    ("GRANT quiet TO deployer; ALTER TABLE users OWNER TO deployer", "ALTER TABLE users OWNER TO quiet"),
    ("ALTER TYPE mood OWNER TO deployer", "ALTER TYPE mood OWNER TO owner_of_all"),
    ("", "SET ROLE owner_of_all"),
    ("", "SET SESSION AUTHORIZATION owner_of_all"),
    ("GRANT CREATE ON SCHEMA public TO deployer", "CREATE TABLE heirs () INHERITS (users)"),
    ("GRANT INSERT (id) ON users TO deployer", "INSERT INTO users (id, email) VALUES (7, '')"),
    ("GRANT SELECT, UPDATE (email) ON users TO deployer", "UPDATE users SET id = 7, email = '' WHERE id = 8"),
    ("GRANT INSERT (id) ON users TO deployer", "COPY users (id, email) FROM stdin;\n7\tx\n\\.\nSELECT 1"),
    (
        "GRANT SELECT ON users TO deployer",
        "WITH gone AS (DELETE FROM users RETURNING id) SELECT id FROM gone",
    ),
    (
        "GRANT INSERT, SELECT ON users TO deployer",
        "INSERT INTO users VALUES (7) ON CONFLICT (id) DO UPDATE SET email = ''",
    ),
    ("", "REFRESH MATERIALIZED VIEW counts"),
    ("GRANT SELECT ON users TO deployer", "LOCK TABLE users"),
    ("GRANT UPDATE ON users TO deployer", "LOCK TABLE users; ALTER TABLE users ADD COLUMN name text"),
    ("ALTER TABLE users OWNER TO deployer", "CREATE PUBLICATION p FOR TABLE users"),
    ("GRANT CREATE ON DATABASE this TO deployer", "CREATE PUBLICATION p FOR TABLE users"),
    ("GRANT CREATE ON DATABASE this TO deployer", "CREATE PUBLICATION p FOR ALL TABLES"),
    (
        "GRANT CREATE ON SCHEMA public TO deployer",
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql LEAKPROOF RETURN 1",
    ),
    (
        "GRANT CREATE ON SCHEMA public TO deployer",
        "CREATE FUNCTION f() RETURNS int LANGUAGE internal AS 'int4pl'",
    ),
];

const ALLOWED: [(&str, &str); 32] = [
    ("ALTER TABLE users OWNER TO deployer", "ALTER TABLE users ADD COLUMN name text"),
    ("GRANT owner_of_all TO deployer", "ALTER TABLE users ADD COLUMN name text"),
    (
        "GRANT owner_of_all TO deployer",
        "CREATE INDEX users_email ON users (email); DROP VIEW emails; DROP FUNCTION twice(int)",
    ),
    ("GRANT owner_of_all TO deployer", "ALTER TYPE mood ADD VALUE 'angry'"),
    ("GRANT owner_of_all TO deployer", "SET LOCAL ROLE owner_of_all; ALTER TABLE users ADD COLUMN name text"),
    ("ALTER SCHEMA public OWNER TO deployer", "DROP TABLE orders"),
    (
        "GRANT CREATE ON SCHEMA public TO deployer",
        "CREATE TABLE notes (id serial PRIMARY KEY); ALTER TABLE notes ADD COLUMN a int; CREATE INDEX ON notes (a); DROP TABLE notes",
    ),
    (
        "GRANT CREATE ON DATABASE this TO deployer",
        "CREATE SCHEMA app; CREATE TABLE app.notes (id int); CREATE TYPE app.colour AS ENUM ('red')",
    ),
    (
        "GRANT CREATE ON SCHEMA public TO deployer; GRANT REFERENCES (id) ON users TO deployer",
        "CREATE TABLE notes (author int REFERENCES users)",
    ),
    (
        "GRANT TRIGGER ON users TO deployer",
        "CREATE TRIGGER seen BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION seen()",
    ),
    ("GRANT INSERT (id) ON users TO deployer", "INSERT INTO users (id) VALUES (7)"),
    ("GRANT TRUNCATE ON orders TO deployer", "TRUNCATE orders"),
    ("", "DROP TABLE IF EXISTS nothing; SELECT 1"),
    ("", "CREATE TEMPORARY TABLE t (id int); INSERT INTO t VALUES (1)"),
    ("ALTER ROLE deployer SUPERUSER", "ALTER TABLE users ADD COLUMN name text; CREATE SCHEMA app"),
    (
        "GRANT CREATE ON SCHEMA public TO deployer; ALTER FUNCTION twice(int) OWNER TO deployer",
        "CREATE OR REPLACE FUNCTION twice(int) RETURNS int LANGUAGE sql RETURN $1 * 3",
    ),
    (
        "GRANT CREATE ON SCHEMA public TO deployer; ALTER TABLE users OWNER TO deployer",
        "ALTER TABLE users ADD n serial; CREATE INDEX ON users (n); CREATE TABLE heirs () INHERITS (users); \
         ALTER TABLE users RENAME TO people",
    ),
    (
        "ALTER TABLE users OWNER TO deployer",
        "ALTER TABLE users RENAME email TO mail; ALTER TABLE users OWNER TO deployer; \
         ALTER TABLE users OWNER TO CURRENT_USER, ADD CONSTRAINT positive CHECK (id > 0)",
    ),
    (
        "GRANT owner_of_all TO deployer; ALTER TABLE users OWNER TO deployer",
        "ALTER TABLE users OWNER TO owner_of_all; ALTER TABLE users ADD COLUMN name text",
    ),
    ("GRANT owner_of_all TO deployer", "SET ROLE owner_of_all"),
    ("", "SET SESSION AUTHORIZATION deployer"),
    (
        "GRANT INSERT (id), UPDATE (email), SELECT ON users TO deployer",
        "INSERT INTO users (id) VALUES (7) ON CONFLICT (id) DO UPDATE SET email = ''; UPDATE users SET email = 'x'",
    ),
    ("GRANT INSERT (id) ON users TO deployer", "COPY users (id) FROM stdin;\n7\n\\.\nSELECT 1"),
    ("GRANT UPDATE ON users TO deployer", "LOCK TABLE users IN SHARE MODE"),
    ("GRANT SELECT ON users TO deployer", "LOCK TABLE users IN ACCESS SHARE MODE"),
    (
        "GRANT CREATE ON DATABASE this TO deployer; ALTER TABLE users OWNER TO deployer",
        "CREATE PUBLICATION p FOR TABLE users",
    ),
    (
        "GRANT CREATE ON SCHEMA public TO deployer",
        "CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql NOT LEAKPROOF AS 'BEGIN RETURN 1; END'",
    ),
    (
        "ALTER MATERIALIZED VIEW counts OWNER TO deployer; GRANT SELECT ON users TO deployer",
        "REFRESH MATERIALIZED VIEW counts",
    ),
    (
        "GRANT SELECT, DELETE ON orders TO deployer; GRANT SELECT ON users TO deployer",
        "WITH users AS (DELETE FROM orders RETURNING id) SELECT id FROM users",
    ),
    ("GRANT SELECT ON users TO deployer", "CREATE TABLE IF NOT EXISTS users AS SELECT 1"),
    (
        "ALTER SCHEMA other OWNER TO deployer; ALTER TABLE users OWNER TO deployer; ALTER FUNCTION twice(int) OWNER TO deployer",
        "ALTER TABLE users SET SCHEMA other; ALTER TABLE other.users RENAME TO people; \
         ALTER FUNCTION twice(int) SET SCHEMA other; \
         CREATE OR REPLACE FUNCTION other.twice(int) RETURNS int LANGUAGE sql RETURN $1 * 3",
    ),
    (
        "ALTER SCHEMA other OWNER TO deployer",
        "SET search_path = other, public; CREATE TABLE IF NOT EXISTS users (id int); CREATE SEQUENCE IF NOT EXISTS numbers",
    ),
];

/// A database of one role, and another that deploys to it. The names of the roles are of this database alone.
struct Deployed {
    setup: Setup,
}

impl Deployed {
    fn with(rights: &str, pending: &str) -> Deployed {
        let setup = Setup::with(&[(
            "0001_tables.sql",
            "-- migrate:up\nCREATE TABLE users (id int PRIMARY KEY, email text);\nCREATE TABLE orders (id int, buyer int);\n\
             CREATE INDEX orders_buyer ON orders (buyer);\nCREATE VIEW emails AS SELECT email FROM users;\n\
             CREATE TYPE mood AS ENUM ('fine');\nCREATE FUNCTION twice(int) RETURNS int LANGUAGE sql RETURN $1 * 2;\n\
             CREATE FUNCTION seen() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';\n\
             CREATE SCHEMA other;\nCREATE MATERIALIZED VIEW counts AS SELECT count(*) FROM users;\nCREATE SEQUENCE numbers;\n\
             CREATE TABLE parts (a int) PARTITION BY LIST (a);\nCREATE TABLE parts_1 PARTITION OF parts FOR VALUES IN (1);\n",
        )]);
        setup.up().success();
        let deployed = Deployed { setup };
        let mut sql =
            "CREATE ROLE owner_of_all; CREATE ROLE deployer LOGIN; CREATE ROLE quiet LOGIN NOINHERIT; \
            REVOKE CREATE ON SCHEMA public FROM PUBLIC; \
            GRANT CREATE ON SCHEMA public TO owner_of_all; GRANT ALL ON schema_migrations TO owner_of_all, deployer, quiet;"
                .to_owned();
        for thing in [
            "TABLE users",
            "TABLE orders",
            "VIEW emails",
            "TYPE mood",
            "FUNCTION twice(int)",
            "MATERIALIZED VIEW counts",
            "SCHEMA public",
        ] {
            let _ = write!(sql, "ALTER {thing} OWNER TO owner_of_all;");
        }
        sql.push_str(rights);
        deployed.setup.database.sql(&deployed.named(&sql));
        deployed
            .setup
            .project
            .migration("0002_change.sql", &deployed.named(&format!("-- migrate:up\n{pending};\n")));
        deployed
    }

    fn named(&self, sql: &str) -> String {
        let name = self.setup.database.name();
        let of_this = |sql: String, role: &str| sql.replace(role, &format!("{role}_{name}"));
        ["owner_of_all", "deployer", "quiet"]
            .into_iter()
            .fold(sql.to_owned(), of_this)
            .replace("DATABASE this", &format!("DATABASE {name}"))
    }

    fn run(&self, role: &str, args: &[&str]) -> Outcome {
        let login = self.named(role);
        let url = self.setup.database.url().replace("//postgres@", &format!("//{login}@"));
        self.setup.pmdb(args).env("DATABASE_URL", url).run()
    }

    fn findings(&self, role: &str, args: &[&str]) -> Vec<String> {
        let scratch = server().url("postgres");
        let document =
            self.run(role, &[&["plan", "--json", "--scratch-url", &scratch], args].concat()).success().json();
        let own = list(&document["findings"]).filter(|finding| finding["rule"] == "missing-rights");
        own.map(|finding| text(&finding["what"]).to_owned()).collect()
    }
}

impl Drop for Deployed {
    fn drop(&mut self) {
        let roles = self.named("owner_of_all, deployer, quiet");
        let _ = self.setup.database.try_sql(&format!(
            "REASSIGN OWNED BY {roles} TO postgres; DROP OWNED BY {roles}; DROP ROLE {roles}"
        ));
    }
}

#[test]
fn what_the_role_may_not_do_is_said_where_up_fails_and_nowhere_else() {
    let cases = REFUSED.iter().map(|case| (case, true)).chain(ALLOWED.iter().map(|case| (case, false)));
    let cases: Vec<_> = cases.collect();
    let wrong = side_by_side(&cases, |((rights, pending), fails)| {
        let deployed = Deployed::with(rights, pending);
        let role = if rights.contains("TO quiet") { "quiet" } else { "deployer" };
        let said = deployed.findings(role, &[]);
        let up = deployed.run(role, &["up"]);
        let is = up.code != Some(0);
        let is_wrong = said.is_empty() == *fails || is != *fails;
        is_wrong.then(|| format!("{rights}; {pending}: plan says {said:?}, it is {is}: {}", up.stderr))
    });
    let wrong: Vec<String> = wrong.into_iter().flatten().collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_the_other_role_may_do_is_asked_where_everything_is_done_as_that_one() {
    let deployed = Deployed::with("GRANT owner_of_all TO quiet", "ALTER TABLE users ADD COLUMN name text");
    let owner = deployed.named("owner_of_all");
    let said = deployed.findings("quiet", &[]);
    let name = deployed.setup.database.name();
    let expected = format!(
        "quiet_{name} may not change public.users, which belongs to {owner}: this file will fail at line 2"
    );
    assert_eq!(said, [expected]);
    assert_eq!(deployed.findings("quiet", &["--role", &owner]), [""; 0]);
    deployed.run("quiet", &["up", "--role", &owner]).success();
}

#[test]
fn a_table_that_a_pending_file_renames_or_makes_is_looked_at_by_the_name_that_the_target_has() {
    let rights = "GRANT CREATE ON SCHEMA public TO deployer";
    let deployed = Deployed::with(rights, "ALTER TABLE users RENAME TO people");
    let third = "-- migrate:up\nALTER TABLE people ADD COLUMN name text;\nCOMMENT ON TABLE people IS 'x';\n";
    deployed.setup.project.migration("0003_name.sql", third);
    let said = deployed.findings("deployer", &[]);
    assert_eq!(said.len(), 2, "{said:?}");
    assert!(said.iter().all(|what| what.contains(" may not change public.users,")), "{said:?}");
}

#[test]
fn what_an_earlier_file_has_moved_is_looked_at_in_its_new_schema() {
    let rights = "ALTER SCHEMA public OWNER TO postgres; REVOKE CREATE ON SCHEMA public FROM owner_of_all; \
        ALTER SCHEMA other OWNER TO owner_of_all; GRANT owner_of_all TO deployer; \
        ALTER TABLE users OWNER TO deployer; ALTER FUNCTION twice(int) OWNER TO deployer";
    let moved = "ALTER TABLE users SET SCHEMA other; ALTER FUNCTION twice(int) SET SCHEMA other";
    let deployed = Deployed::with(rights, moved);
    let third = deployed.named(
        "-- migrate:up\nALTER TABLE other.users OWNER TO owner_of_all;\nALTER FUNCTION other.twice(int) OWNER TO owner_of_all;\n\
         ALTER TABLE other.users RENAME TO people;\nCREATE INDEX ON other.people (email);\n",
    );
    deployed.setup.project.migration("0003_changed.sql", &third);
    assert_eq!(deployed.findings("deployer", &[]), [""; 0]);
    deployed.run("deployer", &["up"]).success();
}

#[test]
fn what_a_file_does_as_another_role_is_no_failure_of_a_scratch_server_where_that_role_owns_nothing() {
    let scratch = server().url("postgres");
    for takes in [
        "SET ROLE owner_of_all",
        "SET LOCAL ROLE 'owner_of_all'",
        "SET role TO owner_of_all",
        "SELECT pg_catalog.set_config('role', 'owner_of_all', true)",
    ] {
        let pending = format!("{takes}; ALTER TABLE users ADD COLUMN name text; RESET ROLE");
        let deployed = Deployed::with("GRANT owner_of_all TO deployer", &pending);
        deployed.run("deployer", &["plan", "--check"]).success();
        deployed.run("deployer", &["plan", "--check", "--scratch-url", &scratch]).success();
        deployed.run("deployer", &["up"]).success();
    }
}

#[test]
fn what_the_roles_of_a_scratch_server_may_not_do_is_told_as_not_tried() {
    let hidden =
        "DO $$BEGIN EXECUTE 'SET LOCAL ROLE owner_of_all'; END$$; ALTER TABLE users ADD COLUMN name text";
    let deployed = Deployed::with("GRANT owner_of_all TO deployer", hidden);
    let scratch = server().url("postgres");
    let document = deployed.run("deployer", &["plan", "--json", "--scratch-url", &scratch]).success().json();
    assert_eq!(document["findings"], serde_json::json!([]), "{document:#}");
    assert_eq!(document["complete"], false);
    let told = "the server of --scratch-url has roles of its own, and says must be owner of table users";
    let mut gaps = list(&document["gaps"]).map(text);
    assert!(
        gaps.any(|gap| gap.contains("was not tried from line 2 on") && gap.contains(told)),
        "{document:#}"
    );
    deployed.run("deployer", &["up"]).success();
}
