//! Schemas as odd as PostgreSQL allows them, roles with few rights, and databases in use.

use super::{findings, found, run, text};
use crate::support::{Database, Project, Setup};

#[test]
fn odd_names_are_quoted_in_the_object_and_in_the_sql_that_mends_it() {
    for name in
        ["with blank", "do.t", "quo\"te", "it's", "per%cent %s", "🐘", "line\nbreak", "select", "$$", "--"]
    {
        let database = Database::new();
        let quoted = format!("\"{}\"", name.replace('"', "\"\""));
        run(
            &database,
            &format!(
                "CREATE SCHEMA {quoted};\nCREATE TABLE {quoted}.p (id bigint PRIMARY KEY);
                 CREATE TABLE {quoted}.{quoted} ({quoted} json NOT NULL REFERENCES {quoted}.p (id), y varchar(3),
                     z timestamp, updated_at timestamp);\nSELECT 1"
            )
            .replace("json NOT NULL REFERENCES", "bigint NOT NULL REFERENCES"),
        );
        let before = findings(&database);
        let rules: Vec<&str> = before.iter().map(|finding| text(finding, "rule")).collect();
        assert_eq!(
            rules,
            [
                "foreign-key-without-index",
                "no-primary-key",
                "nullable-columns",
                "updated-at-without-trigger",
                "varchar-limit",
                "timestamp-without-time-zone",
                "timestamp-without-time-zone",
            ],
            "{name}"
        );
        for finding in before {
            assert!(text(&finding, "object").starts_with(&format!("{quoted}.{quoted}")), "{finding}");
            database.sql(text(&finding, "fix"));
        }
        assert_eq!(found(&database), Vec::<String>::new(), "{name}");
    }
}

#[test]
fn a_line_break_in_a_name_does_not_end_a_comment() {
    let database = Database::new();
    database.sql(
        "CREATE TABLE \"x\n; DROP TABLE victim; --\" (\"y\nDROP\" timestamp NOT NULL) PARTITION BY RANGE (\"y\nDROP\");
         CREATE TABLE victim (id int PRIMARY KEY)",
    );
    let comments =
        findings(&database).into_iter().filter(|finding| text(finding, "rule") != "mixed-case-name");
    for finding in comments {
        let fix = text(&finding, "fix");
        assert!(fix.lines().all(|line| line.starts_with("--")), "{fix}");
    }
    let stdout = Project::new()
        .pmdb(&["advise", "--ignore", "mixed-case-name"])
        .database(&database)
        .run()
        .success()
        .stdout;
    assert!(!stdout.lines().any(|line| line.trim_start().starts_with(';')), "{stdout}");
}

#[test]
fn tables_of_the_same_name_in_several_schemas_are_told_apart() {
    let database = Database::new();
    database.sql(
        "CREATE SCHEMA a; CREATE SCHEMA b; CREATE TABLE a.t (name text NOT NULL); CREATE TABLE b.t (name text NOT NULL);
         CREATE TABLE a.k (id int PRIMARY KEY); CREATE TABLE b.k (id int PRIMARY KEY REFERENCES a.k)",
    );
    assert_eq!(found(&database), ["no-primary-key a.t", "no-primary-key b.t"]);
}

#[test]
fn unusual_relations_are_looked_at_without_failing() {
    let database = Database::new();
    database.sql(
        "CREATE TABLE nothing (); CREATE UNLOGGED TABLE u (id int PRIMARY KEY); CREATE TYPE c AS (\"a\" int);
         CREATE TABLE typed OF c (PRIMARY KEY (a)); CREATE TABLE dropped (id int PRIMARY KEY, x int); ALTER TABLE dropped DROP x;
         CREATE VIEW v AS SELECT 1 AS one; CREATE MATERIALIZED VIEW m AS SELECT 1 AS one; CREATE INDEX ON m (one);
         CREATE RULE r AS ON INSERT TO u DO ALSO NOTIFY x;
         CREATE TABLE x (r int4range, EXCLUDE USING gist (r WITH &&), EXCLUDE USING gist (r WITH &&));
         CREATE TABLE self (id int PRIMARY KEY, up int, x int, y int GENERATED ALWAYS AS (id) STORED);
         ALTER TABLE self ADD FOREIGN KEY (up) REFERENCES self;
         CREATE INDEX ON self ((id + up), lower(x::text)) WHERE id > 3 AND x IS NULL;
         CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w; CREATE FOREIGN TABLE f (a char(3)) SERVER s",
    );
    assert_eq!(
        found(&database),
        [
            "foreign-key-without-index public.self.up",
            "no-primary-key public.nothing",
            "no-primary-key public.x",
            "nullable-columns public.self",
        ]
    );
}

#[test]
fn a_role_with_few_rights_gets_the_same_advice_but_for_sequences() {
    let (project, database) = (Project::new(), Database::new());
    database.sql(
        "CREATE SCHEMA hidden; CREATE TABLE hidden.t (id serial, a char(3) NOT NULL); SELECT setval('hidden.t_id_seq', 2e9::int);
         REVOKE ALL ON SCHEMA public FROM PUBLIC",
    );
    assert_eq!(
        found(&database),
        ["key-near-its-end hidden.t.id", "no-primary-key hidden.t", "char-column hidden.t.a"]
    );
    let role = format!("poor_{}", database.name());
    database.sql(&format!("CREATE ROLE {role} LOGIN"));
    let url = database.url().replace("postgres@", &format!("{role}@"));
    let outcome = project.pmdb(&["advise", "--url", &url, "--table", "hidden.history", "--json"]).run();
    database.sql(&format!("DROP ROLE {role}"));
    let json = outcome.success().json();
    let rules: Vec<&str> = json["findings"].as_array().unwrap().iter().map(|f| text(f, "rule")).collect();
    assert_eq!(rules, ["no-primary-key", "char-column"]);
}

#[test]
fn it_waits_for_no_lock() {
    let setup = Setup::new();
    setup.database.sql(
        "CREATE TABLE t (id serial PRIMARY KEY, a int NOT NULL); CREATE TABLE gone (id serial PRIMARY KEY);
         CREATE INDEX i ON t ((a + 1)) WHERE a > 5; CREATE INDEX j ON t ((a + 1)) WHERE a > 5;
         CREATE TABLE e (id int PRIMARY KEY, p_id int REFERENCES t); CREATE INDEX ON e (p_id) WHERE p_id IS NOT NULL;
         SELECT setval('t_id_seq', 2e9::int), setval('gone_id_seq', 2e9::int)",
    );
    let _held = setup.hold("BEGIN; DROP TABLE gone; LOCK TABLE t, e IN ACCESS EXCLUSIVE MODE");
    assert_eq!(found(&setup.database), ["duplicate-index public.j", "key-near-its-end public.t.id"]);
}

#[test]
fn ctrl_c_ends_it_where_it_has_to_wait() {
    let setup = Setup::new();
    // Nothing that the server reads while a session begins: advise has to come as far as its question.
    let held = setup.hold("BEGIN; LOCK TABLE pg_depend IN ACCESS EXCLUSIVE MODE");
    let running = setup.pmdb(&["advise"]).spawn();
    setup.wait_for_statement("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
    running.interrupt();
    running.wait().fails(130);
    drop(held);
}

#[test]
fn the_names_are_the_same_whatever_the_database_has_as_its_settings() {
    let database = Database::new();
    database.sql(
        "CREATE TABLE t (name text NOT NULL); CREATE TABLE u (id int PRIMARY KEY, at timestamp NOT NULL)",
    );
    let before = findings(&database);
    database.sql(&format!(
        "ALTER DATABASE {0} SET quote_all_identifiers = on; ALTER DATABASE {0} SET search_path = public, pg_catalog;
         ALTER DATABASE {0} SET standard_conforming_strings = off; ALTER DATABASE {0} SET work_mem = '64kB'",
        database.name()
    ));
    assert_eq!(findings(&database), before);
}

#[test]
fn a_database_of_a_small_encoding_is_looked_at() {
    let (project, beside) = (Project::new(), Database::new());
    let name = format!("{}_latin", beside.name());
    beside.sql(&format!("CREATE DATABASE {name} ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0"));
    let url = beside.url().replace(beside.name(), &name);
    let outcome = project.pmdb(&["advise", "--url", &url]).run();
    beside.sql(&format!("DROP DATABASE {name} WITH (FORCE)"));
    assert!(outcome.success().stdout.ends_with(": nothing to advise\n"));
}

#[test]
fn without_a_database_or_a_server_the_error_is_the_usual_one() {
    let project = Project::new();
    project.pmdb(&["advise"]).run().fails(1);
    project.pmdb(&["advise", "--url", "postgresql://nobody@127.0.0.1:1/x", "--json"]).run().fails(1).json();
}
