//! What `psql -1 -f` runs, pmdb runs; what it refuses, pmdb refuses in the server's same words.

use std::path::Path;
use std::process::Command;

use crate::support::{Database, Project, Setup, client_program};

/// What is there, what the file says, and where to look afterwards.
type Case = (&'static str, &'static str, &'static str);

const CASES: &[Case] = &[
    // A default that only works under another search_path; pg_dump sets an empty one.
    (
        "CREATE SEQUENCE s;
         CREATE FUNCTION next() RETURNS bigint LANGUAGE sql AS $$ SELECT nextval('s') $$;
         CREATE TABLE t (a int, b bigint DEFAULT next())",
        "SELECT pg_catalog.set_config('search_path', '', false);\nCOPY public.t (a, b) FROM stdin;\n1\t2\n\\.\n",
        "SELECT * FROM public.t",
    ),
    // A default that no row can take.
    ("CREATE TABLE t (a int, b int DEFAULT ('abc'::text)::int)", "COPY t FROM stdin;\n1\t2\n\\.\n", "SELECT * FROM t"),
    // A default that this role may not ask for.
    (
        "CREATE FUNCTION secret() RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 1';
         REVOKE ALL ON FUNCTION secret FROM PUBLIC;
         CREATE TABLE t (a int, b int DEFAULT secret()); GRANT INSERT ON t TO copy_writer",
        "SET ROLE copy_writer;\nCOPY t FROM stdin;\n1\t2\n\\.\n",
        "SELECT * FROM t",
    ),
    (
        "CREATE TABLE t (a int); CREATE TABLE u (a int);
         CREATE RULE r AS ON INSERT TO t DO INSTEAD INSERT INTO u VALUES (NEW.a);
         CREATE RULE r AS ON INSERT TO u DO INSTEAD INSERT INTO t VALUES (NEW.a)",
        "COPY t FROM stdin;\n1\n\\.\n",
        "SELECT * FROM t",
    ),
    (
        "CREATE TABLE t (a int); CREATE VIEW v AS SELECT a, 1 AS b FROM t;
         CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO t VALUES (NEW.a); RETURN NEW; END $$;
         CREATE TRIGGER g INSTEAD OF INSERT ON v FOR EACH ROW EXECUTE FUNCTION f()",
        "COPY v (a) FROM stdin;\n1\n\\.\n",
        "SELECT * FROM t",
    ),
    // Refused: a view without such a trigger, a sequence, a foreign table that nobody can write to.
    ("CREATE TABLE t (a int); CREATE VIEW v AS SELECT a FROM t", "COPY v FROM stdin;\n1\n\\.\n", "SELECT * FROM t"),
    ("CREATE SEQUENCE s", "COPY s FROM stdin;\n1\n\\.\n", "SELECT 1"),
    (
        "CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w; CREATE FOREIGN TABLE t (a int) SERVER s",
        "COPY t FROM stdin;\n1\n\\.\n",
        "SELECT 1",
    ),
    (
        "CREATE TABLE t (a int) PARTITION BY LIST (a); CREATE TABLE t1 PARTITION OF t FOR VALUES IN (1)",
        "COPY t FROM stdin;\n1\n\\.\n",
        "SELECT * FROM t1",
    ),
    // Rights to a column only.
    (
        "CREATE TABLE t (a int, b int DEFAULT 7); GRANT INSERT (a) ON t TO copy_writer",
        "SET ROLE copy_writer;\nCOPY t (a) FROM stdin;\n1\n\\.\n",
        "SELECT * FROM t",
    ),
    (
        "CREATE TABLE t (a int, b int DEFAULT 7); GRANT INSERT (a) ON t TO copy_writer",
        "SET ROLE copy_writer;\nCOPY t FROM stdin;\n1\t2\n\\.\n",
        "SELECT * FROM t",
    ),
    // Row security does not let a COPY in.
    (
        "CREATE TABLE t (a int); GRANT INSERT ON t TO copy_writer; ALTER TABLE t ENABLE ROW LEVEL SECURITY",
        "SET ROLE copy_writer;\nCOPY t FROM stdin;\n1\n\\.\n",
        "SELECT * FROM t",
    ),
    // Only for a table that the same transaction has made.
    ("SELECT 1", "CREATE TABLE t (a int);\nCOPY t FROM stdin WITH (FREEZE);\n1\n\\.\n", "SELECT * FROM t"),
    (
        "SELECT 1",
        "SAVEPOINT pmdb_copy;\nCREATE TABLE t (a int);\nCOPY t FROM stdin WITH (FREEZE);\n1\n\\.\nRELEASE SAVEPOINT pmdb_copy;\n",
        "SELECT * FROM t",
    ),
    ("CREATE TABLE t (a int)", "COPY t FROM stdin WITH (FREEZE);\n1\n\\.\n", "SELECT * FROM t"),
    // Names.
    (
        "CREATE SCHEMA \"Ä\"; CREATE TABLE \"Ä\".\"d\"\"a\" (a int)",
        "COPY U&\"!00c4\" UESCAPE '!' . -- which?\n \"d\"\"a\"-- that one\n (a) FROM stdin;\n1\n\\.\n",
        "SELECT * FROM \"Ä\".\"d\"\"a\"",
    ),
    (
        "CREATE TABLE t (a int); CREATE SCHEMA other; CREATE TABLE other.t (a int)",
        "SET search_path = other;\nCOPY t FROM stdin;\n1\n\\.\n",
        "SELECT * FROM other.t",
    ),
    (
        "CREATE TABLE t (a int)",
        "CREATE TEMPORARY TABLE t (a int);\nCOPY t FROM stdin;\n1\n\\.\nCOPY public.t FROM stdin;\n2\n\\.\n",
        "SELECT * FROM t",
    ),
    // Cases for which there is no row without values.
    (
        "CREATE DOMAIN d AS int NOT NULL CHECK (VALUE > 0) DEFAULT -1;
         CREATE TABLE t (id int GENERATED ALWAYS AS IDENTITY, a d, twice int GENERATED ALWAYS AS (a * 2) STORED NOT NULL)",
        "COPY t (a) FROM stdin;\n1\n\\.\n",
        "SELECT * FROM t",
    ),
    // The transaction, and what lives in the session.
    (
        "CREATE TABLE t (a int)",
        "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE;\nCOPY t FROM stdin;\n1\n\\.\nSAVEPOINT s;\nCOPY t FROM stdin;\n2\n\\.\nROLLBACK TO s;\n",
        "SELECT * FROM t",
    ),
    ("CREATE TABLE t (a int)", "SET TRANSACTION READ ONLY;\nCOPY t FROM stdin;\n1\n\\.\n", "SELECT * FROM t"),
    (
        "CREATE TABLE t (a int)",
        "COPY t FROM stdin;\n1\n\\.\nSET TRANSACTION ISOLATION LEVEL SERIALIZABLE;\n",
        "SELECT * FROM t",
    ),
    (
        "CREATE TABLE t (a int)",
        "PREPARE pmdb_copy AS INSERT INTO t VALUES (2);\nCOPY t FROM stdin;\n1\n\\.\nEXECUTE pmdb_copy;\n\
         COPY (SELECT 1) TO stdout;\nEXECUTE pmdb_copy;\n",
        "SELECT * FROM t",
    ),
    (
        "CREATE TABLE t (a int)",
        "PREPARE s0 AS SELECT 1;\nPREPARE pmdb_copy AS SELECT 1;\nCOPY t FROM stdin;\n1\n\\.\n",
        "SELECT * FROM t",
    ),
    (
        "CREATE TABLE t (a int)",
        "DECLARE c CURSOR FOR SELECT 1;\nCOPY t FROM stdin;\n1\n\\.\nFETCH c;\n",
        "SELECT * FROM t",
    ),
    // Refused while its data are read.
    ("CREATE TABLE t (a int CHECK (a > 1))", "COPY t FROM stdin;\n1\n\\.\n", "SELECT * FROM t"),
    ("SELECT 1", "COPY nowhere FROM stdin;\n1\n\\.\n", "SELECT 1"),
    ("CREATE TABLE t (a int)", "COPY t (nope) FROM stdin;\n1\n\\.\n", "SELECT * FROM t"),
    ("CREATE TABLE t (a int)", "COPY t FROM stdin (FORMAT nope);\n1\n\\.\n", "SELECT * FROM t"),
];

#[test]
fn a_copy_runs_and_is_refused_as_it_is_by_psql() {
    let Some(psql) = client_program("psql") else { return };
    let mut wrong = Vec::new();
    for (setup, file, look) in CASES {
        let by_psql = by_psql(&psql, setup, file, look);
        for (mode, half) in [
            ("in a transaction", format!("-- migrate:up\n{file}")),
            ("in a block of its own", format!("-- migrate:up transaction:false\nBEGIN;\n{file}COMMIT;\n")),
        ] {
            let by_pmdb = by_pmdb(setup, &half, look);
            let same = match (&by_psql, &by_pmdb) {
                (Ok(one), Ok(other)) => one == other,
                (Err(message), Err(stderr)) => stderr.contains(message),
                _ => false,
            };
            if !same {
                wrong.push(format!("{file}\n{mode}: {by_psql:?} by psql, {by_pmdb:?} by pmdb\n"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.concat());
}

fn database(setup: &str) -> Database {
    let database = Database::new();
    database.sql("DO $$ BEGIN CREATE ROLE copy_writer; EXCEPTION WHEN duplicate_object OR unique_violation THEN END $$");
    database.sql("GRANT USAGE ON SCHEMA public TO copy_writer");
    database.sql(setup);
    database
}

/// What is there afterwards, or the server's message.
fn by_psql(psql: &Path, setup: &str, file: &str, look: &str) -> Result<String, String> {
    let (database, project) = (database(setup), Project::new());
    let path = project.write("file.sql", file);
    let output = Command::new(psql)
        .args(["-1qX", "-v", "ON_ERROR_STOP=1", "-f"])
        .arg(path)
        .arg(database.url())
        .output()
        .unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    match stderr.split_once("ERROR:  ") {
        None => Ok(format!("{:?}", database.sql(look))),
        Some((_, message)) => Err(message.lines().next().unwrap_or_default().to_owned()),
    }
}

/// What is there afterwards, or all that pmdb says.
fn by_pmdb(setup: &str, half: &str, look: &str) -> Result<String, String> {
    let (database, project) = (database(setup), Project::new());
    project.migration("0001_a.sql", half);
    let outcome = project.pmdb(&["up", "--table", "pmdb_history"]).database(&database).run();
    match outcome.code {
        Some(0) => Ok(format!("{:?}", database.sql(look))),
        _ => Err(outcome.stderr),
    }
}

#[test]
fn a_table_that_only_a_rule_writes_to_is_not_waited_for() {
    let setup = Setup::with(&[("0001_a.sql", "-- migrate:up\nCOPY t FROM stdin;\n1\n\\.\n")]);
    setup.database.sql(
        "CREATE TABLE t (a int); CREATE TABLE log (a int);
         CREATE RULE r AS ON INSERT TO t DO ALSO INSERT INTO log VALUES (NEW.a)",
    );
    let _held = setup.hold("BEGIN; LOCK TABLE log");
    setup.run(&["up", "--lock-timeout", "50ms", "--lock-retries", "0"]).success();
    assert_eq!(setup.database.value("SELECT a FROM t"), "1");
}
