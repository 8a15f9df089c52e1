//! The history table of a stranger, whose triggers, defaults and functions would run as the role that migrates.

use crate::support::Setup;

/// A superuser on a database in whose `public` everybody may create something, and a role that does.
fn setup_with(sql: &str) -> (Setup, String) {
    let setup = Setup::with(&[("0001_t.sql", "-- migrate:up\nCREATE TABLE t ();\n")]);
    let stranger = format!("stranger_{}", setup.database.name());
    setup.database.sql(&format!(
        "CREATE ROLE {stranger} LOGIN; GRANT CREATE ON SCHEMA public TO PUBLIC; SET SESSION AUTHORIZATION {stranger}; {sql}"
    ));
    (setup, stranger)
}

fn forget(setup: &Setup, role: &str) {
    setup.database.sql(&format!("DROP OWNED BY {role}; DROP ROLE {role}"));
}

const COLUMNS: &str = "version text PRIMARY KEY, name text, checksum text, up_sql text, down_sql text, \
    applied_at timestamptz, applied_by text, execution_ms bigint, statements_done integer, statements_total integer";

#[test]
fn a_history_of_a_strangers_is_refused_before_anything_of_it_runs() {
    let trap =
        "CREATE FUNCTION trap() RETURNS text LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''captured''; END'";
    for history in [
        format!("CREATE TABLE schema_migrations ({COLUMNS}, more text DEFAULT trap())"),
        "CREATE TABLE schema_migrations (version text PRIMARY KEY)".to_owned(),
        "CREATE VIEW schema_migrations AS SELECT trap() AS version".to_owned(),
        "CREATE VIEW schema_migrations AS SELECT trap() AS version, ''::text AS name, '' AS checksum, '' AS up_sql, \
         '' AS down_sql, now() AS applied_at, '' AS applied_by, 1 AS execution_ms, 1 AS statements_done, \
         1 AS statements_total"
            .to_owned(),
    ] {
        let (setup, stranger) = setup_with(&format!("{trap}; {history}"));
        for command in [&["up"][..], &["status"], &["down"], &["up", "--dry-run"]] {
            let outcome = setup.run(command).fails(1);
            let said = format!("public.schema_migrations belongs to {stranger}, which is neither");
            assert!(outcome.stderr.contains(&said), "{history}, {command:?}\n{}", outcome.stderr);
            assert!(outcome.stderr.contains("OWNER TO"), "{}", outcome.stderr);
        }
        forget(&setup, &stranger);
    }
}

#[test]
fn the_seeds_history_of_a_stranger_is_refused_too() {
    let (setup, stranger) = setup_with(&format!("CREATE TABLE schema_seeds ({COLUMNS})"));
    setup.project.write("seeds/0001_s.sql", "-- migrate:up\nSELECT 1;\n");
    setup.up().success();
    let outcome = setup.run(&["seed"]).fails(1);
    assert!(outcome.stderr.contains("public.schema_seeds belongs to"), "{}", outcome.stderr);
    forget(&setup, &stranger);
}

#[test]
fn a_history_of_those_who_may_do_anything_here_is_not_refused() {
    // The owner of the database, whichever role migrates.
    let (setup, owner) = setup_with("");
    let database = setup.database.name();
    setup.database.sql(&format!("ALTER DATABASE {database} OWNER TO {owner}"));
    let as_owner = setup.database.url().replace("postgres@", &format!("{owner}@"));
    setup.run(&["up", "--url", &as_owner]).success();
    setup.run(&["status", "--check"]).success();
    // A superuser, and the role of a group that the current role is a member of.
    setup.database.sql(&format!(
        "ALTER DATABASE {database} OWNER TO postgres; GRANT ALL ON schema_migrations TO PUBLIC"
    ));
    let member = format!("member_{database}");
    setup.database.sql(&format!("CREATE ROLE {member} LOGIN; GRANT {owner} TO {member}"));
    let as_member = setup.database.url().replace("postgres@", &format!("{member}@"));
    setup.run(&["status", "--url", &as_member]).success();
    setup.database.sql("ALTER TABLE schema_migrations OWNER TO postgres");
    setup.database.sql(&format!("REVOKE {owner} FROM {member}"));
    setup.run(&["status", "--url", &as_member]).success();
    // And nobody else.
    setup.database.sql(&format!("ALTER TABLE schema_migrations OWNER TO {owner}"));
    setup.run(&["status", "--url", &as_member]).fails(1);
    forget(&setup, &member);
    forget(&setup, &owner);
}
