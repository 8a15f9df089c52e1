//! COPY … FROM stdin with its data, and what pg_dump writes.

mod as_psql;
mod long;

use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::Command;

use crate::support::{Database, Project, Setup, client_program};

#[test]
fn data_in_all_formats_arrive_as_they_are() {
    let setup = Setup::with(&[(
        "0001_a.sql",
        "-- migrate:up\n\
         CREATE TABLE t (id int, what text);\n\
         COPY t FROM stdin;\n1\ttab\\tand\\nbreak\n2\t\\N\n3\t-- migrate:down\n\\.\n\
         COPY t (id, what) FROM STDIN WITH (FORMAT csv, HEADER);\nid,what\n4,\"a; \"\"b\"\", c\"\n5,ä😀\n\\.\n\
         COPY t FROM stdin;\n\\.\n\
         COPY t FROM stdin DELIMITER ',';\n6,$$ ' /* \n\\.\n\
         INSERT INTO t VALUES (7, 'behind');\n\
         -- migrate:down\nDROP TABLE t;\n",
    )]);
    setup.up().success();
    let rows = setup.database.sql("SELECT id, coalesce(what, 'NULL') FROM t ORDER BY id");
    let rows: Vec<String> = rows.iter().map(|row| row[1].clone().unwrap()).collect();
    assert_eq!(
        rows,
        ["tab\tand\nbreak", "NULL", "-- migrate:down", "a; \"b\", c", "ä😀", "$$ ' /* ", "behind"]
    );
    setup.run(&["down"]).success();
    setup.up().success();
    assert_eq!(setup.database.value("SELECT count(*) FROM t"), "7");
}

#[test]
fn a_file_with_crlf_gives_the_same_data() {
    let setup = Setup::with(&[(
        "0001_a.sql",
        "-- migrate:up\r\nCREATE TABLE t (id int, what text);\r\nCOPY t FROM stdin;\r\n1\ta\r\n2\tb\r\n\\.\r\nINSERT INTO t VALUES (3, 'c');\r\n",
    )]);
    setup.up().success();
    assert_eq!(setup.database.value("SELECT string_agg(id || what, ' ' ORDER BY id) FROM t"), "1a 2b 3c");
}

#[test]
fn data_of_a_copy_outside_a_transaction_are_one_step() {
    let file = |last: &str| {
        format!(
            "-- migrate:up transaction:false\nCREATE TABLE t (id int);\nCOPY t FROM stdin;\n1\n2\n\\.\n\
             BEGIN;\nCOPY t FROM stdin;\n3\n{last}\n\\.\nCOMMIT;\nVACUUM t;\n"
        )
    };
    let setup = Setup::with(&[("0001_a.sql", &file("x"))]);
    let outcome = setup.up().fails(1);
    assert!(outcome.stderr.contains("0001_a.sql:10:1: invalid input syntax"), "{}", outcome.stderr);
    assert_eq!(setup.states(), "0001 half applied (2 of 6)");
    setup.project.migration("0001_a.sql", &file("4"));
    setup.up().success();
    assert_eq!(setup.database.value("SELECT string_agg(id::text, ' ' ORDER BY id) FROM t"), "1 2 3 4");
}

#[test]
fn data_of_a_copy_that_is_refused_never_run_as_sql() {
    for copy in
        ["COPY nowhere FROM stdin;", "COPY t (nope) FROM stdin;", "COPY t FROM stdin WITH (FORMAT nope);"]
    {
        let file = format!("-- migrate:up\n{copy}\nDROP TABLE t;\n\\.\nDROP TABLE t;\n");
        let setup = Setup::with(&[
            ("0001_t.sql", "-- migrate:up\nCREATE TABLE t (id int);\n"),
            ("0002_a.sql", &file),
        ]);
        let outcome = setup.up().fails(1);
        assert!(outcome.stderr.contains("0002_a.sql:2:"), "{}", outcome.stderr);
        assert!(outcome.stderr.contains("was rolled back"), "{}", outcome.stderr);
        assert_eq!(setup.database.value("SELECT to_regclass('t') IS NOT NULL"), "t");
        setup.project.migration("0002_a.sql", "-- migrate:up\nCOPY t FROM stdin;\n1\n\\.\n");
        setup.up().success();
        assert_eq!(setup.database.value("SELECT count(*) FROM t"), "1");
    }
}

#[test]
fn an_error_in_the_first_of_many_lines_is_told_as_it_is() {
    let mut file = "-- migrate:up\nCREATE TABLE t (id int, what text);\nCOPY t FROM stdin;\n".to_owned();
    file.push_str("one\tx\n");
    for id in 0..200_000 {
        writeln!(file, "{id}\t{}", "x".repeat(20)).unwrap();
    }
    file.push_str("\\.\n");
    let setup = Setup::with(&[("0001_a.sql", &file)]);
    let outcome = setup.up().fails(1);
    assert!(
        outcome.stderr.contains("0001_a.sql:4:1: invalid input syntax for type integer"),
        "{}",
        outcome.stderr
    );
    assert_eq!(setup.states(), "0001 pending");
}

/// The most memory that a process has had so far.
fn peak_megabytes(pid: u32) -> usize {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<usize>().unwrap() / 1024
}

/// What `pg_dump` writes of a database.
fn dump(pg_dump: &Path, database: &Database, options: &[&str]) -> String {
    let output = Command::new(pg_dump).args(options).arg(database.url()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// A database with the bundled schema and its sample data, and nothing of pmdb's.
fn bundled() -> Setup {
    let setup = Setup::new();
    setup.run(&["up", "--bundled"]).success();
    setup.run(&["seed", "--bundled"]).success();
    setup.database.sql("DROP TABLE schema_migrations, schema_seeds");
    setup
}

const CONTENT: &str = "SELECT md5(string_agg(t::text, ' ' ORDER BY t::text)) FROM tasks t";

#[test]
fn a_dump_is_a_migration() {
    let Some(pg_dump) = client_program("pg_dump") else { return };
    let source = bundled();
    for options in [&[][..], &["--inserts"], &["--column-inserts", "--no-owner"], &["--schema-only"]] {
        let dump = dump(&pg_dump, &source.database, options);
        assert!(dump.contains("\n\\restrict ") == dump.contains("\n\\unrestrict "));
        let setup = Setup::with(&[
            ("0001_dump.sql", &format!("-- migrate:up\n{dump}")),
            ("0002_next.sql", "-- migrate:up\nALTER TABLE users ADD COLUMN later int;\n"),
        ]);
        setup.up().success();
        let tables =
            "SELECT count(*) FROM pg_tables WHERE schemaname = 'public' AND tablename NOT LIKE 'schema_%'";
        assert_eq!(setup.database.value(tables), "5");
        if !options.contains(&"--schema-only") {
            assert_eq!(setup.database.value(CONTENT), source.database.value(CONTENT), "{options:?}");
        }
    }
}

/// Some with long data, some with a few rows, some with none.
#[test]
fn a_dump_of_a_hundred_tables_is_a_migration() {
    let Some(pg_dump) = client_program("pg_dump") else { return };
    let source = Database::new();
    source.sql(
        "DO $$ BEGIN FOR n IN 1 .. 100 LOOP \
         EXECUTE format('CREATE TABLE t_%s (id int PRIMARY KEY, what text)', n); \
         EXECUTE format('INSERT INTO t_%1$s SELECT id, repeat(md5(id::text || %1$s), 3) \
         FROM generate_series(1, %1$s %% 5 * 400) id', n); END LOOP; END $$",
    );
    let dump = dump(&pg_dump, &source, &[]);
    assert!(dump.len() > 6 << 20, "{}", dump.len());
    let setup = Setup::with(&[("0001_dump.sql", &format!("-- migrate:up\n{dump}"))]);
    setup.up().success();
    let content = "SELECT string_agg(name || ' ' || content::text, ' ' ORDER BY name) FROM (SELECT tablename AS name, \
                   query_to_xml(format('SELECT count(*), md5(string_agg(what, NULL ORDER BY id)) FROM %I', tablename), \
                   true, false, '') AS content FROM pg_tables WHERE tablename LIKE 't\\_%') tables";
    assert_eq!(setup.database.value(content), source.value(content));
    let stored = setup.database.value("SELECT up_sql FROM schema_migrations");
    assert_eq!(stored.matches("<data-left-out-by-pmdb>").count(), 60, "the others have no rows, or a few");
}

#[test]
fn a_dump_with_restrict_lines_is_a_migration() {
    let Some(pg_dump) = client_program("pg_dump") else { return };
    let source = bundled();
    let plain = dump(&pg_dump, &source.database, &[]);
    let body: String =
        plain.lines().filter(|line| !line.contains("restrict ")).map(|line| format!("{line}\n")).collect();
    let restricted = format!("--\n\n\\restrict aZ09\n\n{body}\n\\unrestrict aZ09\n\n");
    let setup = Setup::with(&[("0001_dump.sql", &format!("-- migrate:up\n{restricted}"))]);
    setup.up().success();
    assert_eq!(setup.database.value(CONTENT), source.database.value(CONTENT));
}

#[test]
fn a_dump_of_data_is_a_seed() {
    let Some(pg_dump) = client_program("pg_dump") else { return };
    let source = bundled();
    for options in [&["--data-only"][..], &["--data-only", "--inserts"]] {
        let setup = Setup::new();
        setup.run(&["up", "--bundled"]).success();
        setup.project.write(
            "seeds/0001_data.sql",
            format!("-- migrate:up\n{}", dump(&pg_dump, &source.database, options)),
        );
        setup.run(&["seed"]).success();
        assert_eq!(setup.database.value(CONTENT), source.database.value(CONTENT), "{options:?}");
    }
}

#[test]
fn a_copy_to_stdout_runs_and_its_rows_go_nowhere() {
    for marker in ["-- migrate:up", "-- migrate:up transaction:false"] {
        let file = format!(
            "{marker}\nCREATE TABLE t (a int);\nINSERT INTO t SELECT generate_series(1, 10000);\n\
             COPY t TO STDOUT;\nCOPY (SELECT 1) TO stdin;\nINSERT INTO t VALUES (0);\n"
        );
        let (project, database) = (Project::new(), Database::new());
        project.migration("0001_t.sql", &file);
        project.pmdb(&["up"]).database(&database).run().success();
        assert_eq!(database.value("SELECT count(*) FROM t"), "10001", "{marker}");
    }
}

#[test]
fn a_copy_to_stdout_that_fails_is_rolled_back_with_its_file() {
    let (project, database) = (Project::new(), Database::new());
    project.migration(
        "0001_t.sql",
        "-- migrate:up\nCREATE TABLE t (a int);\nCOPY (SELECT 1/a FROM (VALUES (0)) v (a)) TO STDOUT;\n",
    );
    let outcome = project.pmdb(&["up"]).database(&database).run().fails(1);
    assert!(outcome.stderr.contains("0001_t.sql:3:1: division by zero"), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("nothing of 0001 t remains"), "{}", outcome.stderr);
    assert_eq!(database.value("SELECT to_regclass('t') IS NULL"), "t");
}
