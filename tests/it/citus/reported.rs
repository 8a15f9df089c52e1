//! What people have reported of migrations on Citus. Each works here, up, down and up again, or is refused with everything rolled
//! back. The numbers are those of the issues of citusdata/citus.

use super::setup_with;
use crate::support::{Setup, skipped};

/// A report: its files, up and down.
struct Report {
    what: &'static str,
    files: &'static [(&'static str, &'static str)],
}

const REPORTS: [Report; 9] = [
    Report {
        what: "a distributed table and then a reference table are altered in one transaction",
        files: &[
            (
                "CREATE TABLE s (tenant int, id int, m text, PRIMARY KEY (tenant, id));\n\
                 CREATE TABLE standard (id int PRIMARY KEY, m text CONSTRAINT c CHECK (m <> ''));\n\
                 SELECT create_distributed_table('s', 'tenant');\nSELECT create_reference_table('standard');\n\
                 INSERT INTO s SELECT g % 10, g, 'a' FROM generate_series(1, 100) g;",
                "DROP TABLE s, standard;",
            ),
            (
                "ALTER TABLE s DROP COLUMN m;\nALTER TABLE standard DROP CONSTRAINT IF EXISTS c;\n\
                 ALTER TABLE standard DROP COLUMN m;",
                "ALTER TABLE s ADD COLUMN m text;\nALTER TABLE standard ADD COLUMN m text CONSTRAINT c CHECK (m <> '');",
            ),
        ],
    },
    Report {
        what: "a reference table is written to after a distributed one",
        files: &[
            (
                "CREATE TABLE d (tenant int, id int, PRIMARY KEY (tenant, id));\nCREATE TABLE r (id int PRIMARY KEY, t text);\n\
                 SELECT create_distributed_table('d', 'tenant');\nSELECT create_reference_table('r');\n\
                 INSERT INTO d SELECT g % 10, g FROM generate_series(1, 100) g;",
                "DROP TABLE d, r;",
            ),
            (
                "INSERT INTO r SELECT id, 'x' FROM d ON CONFLICT (id) DO UPDATE SET t = 'x';\nUPDATE d SET id = id + 1000;\n\
                 INSERT INTO r VALUES (1, 'y') ON CONFLICT (id) DO UPDATE SET t = 'y';",
                "DELETE FROM d;\nDELETE FROM r;",
            ),
        ],
    },
    Report {
        what: "5117: an enum of a reference table with foreign keys is replaced",
        files: &[
            (
                "CREATE TYPE p AS ENUM ('MAIN', 'SECONDARY');\nCREATE TABLE r (id int PRIMARY KEY);\n\
                 CREATE TABLE c (r_id int REFERENCES r ON UPDATE CASCADE ON DELETE CASCADE, p p NOT NULL, PRIMARY KEY (r_id, p));\n\
                 SELECT create_reference_table('r');\nSELECT create_reference_table('c');\n\
                 INSERT INTO r VALUES (1), (2);\nINSERT INTO c VALUES (1, 'MAIN'), (2, 'SECONDARY');",
                "DROP TABLE c, r;\nDROP TYPE p;",
            ),
            (
                "ALTER TYPE p RENAME TO p_old;\nCREATE TYPE p AS ENUM ('MAIN', 'SECONDARY', 'OTHER');\n\
                 ALTER TABLE c ALTER COLUMN p TYPE p USING p::text::p;\nDROP TYPE p_old;",
                "ALTER TYPE p RENAME TO p_new;\nCREATE TYPE p AS ENUM ('MAIN', 'SECONDARY');\n\
                 ALTER TABLE c ALTER COLUMN p TYPE p USING p::text::p;\nDROP TYPE p_new;",
            ),
        ],
    },
    Report {
        what: "2956: a type is dropped with its column and made again",
        files: &[
            (
                "CREATE TYPE mood AS ENUM ('sad', 'ok');\nCREATE TABLE t (id int, b mood);\nSELECT create_distributed_table('t', 'id');",
                "DROP TABLE t;\nDROP TYPE mood;",
            ),
            (
                "DROP TYPE mood CASCADE;\nSELECT * FROM t;\nCREATE TYPE mood AS ENUM ('worse', 'sad', 'ok');\n\
                 ALTER TABLE t ADD COLUMN b mood;",
                "DROP TYPE mood CASCADE;\nCREATE TYPE mood AS ENUM ('sad', 'ok');\nALTER TABLE t ADD COLUMN b mood;",
            ),
        ],
    },
    Report {
        what: "7385: an enum, a serial column and the distribution in one transaction",
        files: &[(
            "SET LOCAL citus.multi_shard_modify_mode TO 'sequential';\nCREATE TYPE s AS ENUM ('PENDING', 'DONE');\n\
             CREATE TABLE job (id serial NOT NULL, s s NOT NULL, tenant_id int NOT NULL);\n\
             SELECT create_distributed_table('job', 'tenant_id');",
            "DROP TABLE job;\nDROP TYPE s;",
        )],
    },
    Report {
        what: "refinery 314: a file with a transaction of its own",
        files: &[(
            "BEGIN;\nSET LOCAL citus.multi_shard_modify_mode TO 'sequential';\n\
             CREATE TABLE t (id int8 NOT NULL GENERATED ALWAYS AS IDENTITY PRIMARY KEY);\nSELECT create_reference_table('t');\nCOMMIT;",
            "DROP TABLE t;",
        )],
    },
    Report {
        what: "django-multitenant 18: tables with foreign keys and rows are distributed",
        files: &[
            (
                "CREATE TABLE a (id int PRIMARY KEY);\nCREATE TABLE o (id int, a_id int REFERENCES a, PRIMARY KEY (id, a_id));\n\
                 INSERT INTO a VALUES (1);\nINSERT INTO o VALUES (1, 1);",
                "DROP TABLE o, a;",
            ),
            (
                "SELECT create_distributed_table('a', 'id');\nSELECT create_distributed_table('o', 'a_id');",
                "SELECT undistribute_table('a', cascade_via_foreign_keys => true);",
            ),
        ],
    },
    Report {
        what: "3735: a table with rows and a foreign key to a reference table is distributed",
        files: &[(
            "CREATE TABLE r (a int PRIMARY KEY);\nSELECT create_reference_table('r');\nCREATE TABLE t (x int, y int REFERENCES r);\n\
             INSERT INTO r VALUES (1);\nINSERT INTO t VALUES (1, 1);\nSELECT create_distributed_table('t', 'x');",
            "DROP TABLE t, r;",
        )],
    },
    Report {
        what: "2484: a check that the server has named is dropped, and 4211: a table gets a long name",
        files: &[
            (
                "CREATE TABLE t (id int CHECK (id > 0), n int);\nSELECT create_distributed_table('t', 'id');",
                "DROP TABLE t;",
            ),
            (
                "ALTER TABLE t DROP CONSTRAINT t_id_check;",
                "ALTER TABLE t ADD CONSTRAINT t_id_check CHECK (id > 0);",
            ),
            (
                "ALTER TABLE t RENAME TO this_name_is_padded_so_that_it_has_fifty_seven_characters;",
                "ALTER TABLE this_name_is_padded_so_that_it_has_fifty_seven_characters RENAME TO t;",
            ),
        ],
    },
];

fn setup_of(report: &Report) -> Setup {
    let setup = setup_with(&[]);
    for (number, (up, down)) in (1..).zip(report.files) {
        let options = if up.starts_with("BEGIN") { " transaction:false" } else { "" };
        let content = format!("-- migrate:up{options}\n{up}\n-- migrate:down\n{down}\n");
        setup.project.migration(&format!("{number:04}_file.sql"), &content);
    }
    setup
}

#[test]
fn what_was_reported_goes_up_down_and_up() {
    for report in &REPORTS {
        let setup = setup_of(report);
        if !setup.database.is_of_real_citus() {
            return skipped("what Citus itself does", "PMDB_CITUS_URL names a cluster");
        }
        for command in [&["up"][..], &["down", "--all", "--yes"], &["up"]] {
            let outcome = setup.run(command);
            assert_eq!(outcome.code, Some(0), "{}: {command:?}: {}", report.what, outcome.stderr);
        }
        let scratch = setup.database.beside_url();
        let drift = setup.run(&["drift", "--scratch-url", scratch]);
        assert_eq!(drift.code, Some(0), "{}: {}", report.what, drift.stdout);
    }
}

/// 8338: Citus makes a valid index an invalid one.
#[test]
fn an_index_that_is_there_already_stays_valid_when_it_is_to_be_made_concurrently_if_it_is_not() {
    let setup = setup_with(&[(
        "0002_again.sql",
        "-- migrate:up transaction:false\n\
         CREATE INDEX CONCURRENTLY IF NOT EXISTS a_name ON a (name);\n\
         CREATE INDEX CONCURRENTLY IF NOT EXISTS b_n ON b (n);\n\
         CREATE INDEX CONCURRENTLY IF NOT EXISTS b ON a (name);\n",
    )]);
    let first =
        super::tables(&setup).replace("-- migrate:down", "CREATE INDEX a_name ON a (name);\n-- migrate:down");
    setup.project.migration("0001_tables.sql", &first);
    let up = setup.up().success();
    assert!(up.stderr.contains("0002 again: a_name is there already, skipping"), "{}", up.stderr);
    assert!(!up.stderr.contains("b_n is there"), "{}", up.stderr);
    let invalid = "SELECT count(*) FROM pg_index WHERE NOT indisvalid";
    assert_eq!(setup.database.value(invalid), "0");
    assert_eq!(
        setup.database.value("SELECT count(*) FROM pg_indexes WHERE indexname IN ('a_name', 'b_n')"),
        "2"
    );
}

/// 1898, and the like: Citus connects to its workers as the current role.
#[test]
fn a_role_that_cannot_log_in_on_the_workers_is_named_and_one_that_can_works() {
    let setup = setup_with(&[]);
    if !setup.database.is_of_real_citus() {
        return skipped("how Citus connects to its workers", "PMDB_CITUS_URL names a cluster");
    }
    let role = format!("{}_app", setup.database.name());
    setup.database.sql(&format!("CREATE ROLE {role} NOLOGIN; GRANT ALL ON SCHEMA public TO {role}"));
    setup.project.migration(
        "0001_t.sql",
        "-- migrate:up\nCREATE TABLE t (id int PRIMARY KEY);\nINSERT INTO t SELECT generate_series(1, 100);\n\
         SELECT create_distributed_table('t', 'id');\nALTER TABLE t ADD CHECK (id > 0);\n-- migrate:down\nDROP TABLE t;\n",
    );
    let failed = setup.run(&["up", "--role", &role]).fails(1);
    for part in ["as the current role, which has to be one that logs in there", "nothing of 0001 t remains"] {
        assert!(failed.stderr.contains(part), "{part}: {}", failed.stderr);
    }
    setup.database.sql(&format!("ALTER ROLE {role} LOGIN"));
    setup.run(&["up", "--role", &role]).success();
    assert_eq!(setup.database.value("SELECT count(*) FROM t"), "100");
    setup.run(&["down", "--all", "--yes", "--role", &role]).success();
    setup.database.sql(&format!("DROP OWNED BY {role}"));
    setup.database.sql(&format!("DROP ROLE {role}"));
}
