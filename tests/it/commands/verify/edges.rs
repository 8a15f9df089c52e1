//! Migrations that do unusual things.

use super::{TABLE, project, verdicts, verdicts_of, verify};
use crate::support::has_extension;

#[test]
fn what_a_migration_sets_in_its_session_does_not_change_the_verdict() {
    let files = [
        ("0001_t.sql", TABLE),
        (
            "0002_path.sql",
            "-- migrate:up\nCREATE SCHEMA s;\nSET search_path = s;\nCREATE TABLE inside (id int);\n\
             -- migrate:down\nSET search_path = '';\nDROP SCHEMA s CASCADE;\n",
        ),
        (
            "0003_role.sql",
            "-- migrate:up\nCREATE TEMP TABLE aside (id int);\nINSERT INTO aside VALUES (1);\nSET ROLE pg_monitor;\n\
             -- migrate:down\nSET ROLE pg_monitor;\nCREATE TEMP TABLE aside (id int);\n",
        ),
        (
            "0004_settings.sql",
            "-- migrate:up\nSET DateStyle = 'SQL, DMY';\nSET standard_conforming_strings = off;\n\
             ALTER TABLE t ADD COLUMN day date DEFAULT '24.12.2026';\n\
             -- migrate:down\nALTER TABLE t DROP COLUMN day;\n",
        ),
    ];
    assert_eq!(verdicts_of(&files, 0), "0001 exact, 0002 exact, 0003 exact, 0004 exact");
}

#[test]
fn halves_outside_a_transaction_are_tried_too() {
    let files = [
        ("0001_t.sql", TABLE),
        (
            "0002_index.sql",
            "-- migrate:up transaction:false\nCREATE INDEX CONCURRENTLY t_a ON t (a);\nVACUUM t;\n\
             -- migrate:down transaction:false\nDROP INDEX CONCURRENTLY t_a;\n",
        ),
        (
            "0003_mixed.sql",
            "-- migrate:up transaction:false\nCREATE INDEX CONCURRENTLY t_b ON t (b);\nALTER TABLE t ADD c int;\n\
             -- migrate:down\nALTER TABLE t DROP c;\n",
        ),
        (
            "0004_up_again.sql",
            "-- migrate:up transaction:false\nCREATE TABLE IF NOT EXISTS u (id int);\nCREATE INDEX CONCURRENTLY u_i ON u (id);\nCREATE TABLE v (id int);\n\
             -- migrate:down transaction:false\nDROP INDEX CONCURRENTLY u_i;\nDROP TABLE u;\n",
        ),
        ("0005_v.sql", "-- migrate:up\nALTER TABLE v ADD c int;\n-- migrate:down\nALTER TABLE v DROP c;\n"),
    ];
    assert_eq!(
        verdicts_of(&files, 1),
        "0001 exact, 0002 exact, 0003 not_reversed, 0004 not_reversed, 0005 exact"
    );
}

#[test]
fn extensions_come_and_go_with_all_that_is_theirs() {
    if !has_extension("citext") {
        return;
    }
    let makes = "-- migrate:up\nCREATE EXTENSION citext;\nCREATE TABLE c (name citext);\n";
    let files = |down: &str| format!("{makes}-- migrate:down\nDROP TABLE c;\n{down}");
    assert_eq!(verdicts_of(&[("0001_e.sql", &files("DROP EXTENSION citext;\n"))], 0), "0001 exact");
    assert_eq!(verdicts_of(&[("0001_e.sql", &files(""))], 1), "0001 not_reversed");
}

#[test]
fn another_history_table_does_not_count_as_part_of_the_schema() {
    let creates = "-- migrate:up\nCREATE TABLE t (id int);\n-- migrate:down\nDROP TABLE t;\n";
    let files = project(&[("0001_t.sql", creates)]);
    files.write(
        "seeds/0001_rows.sql",
        "-- migrate:up\nINSERT INTO t VALUES (1);\n-- migrate:down\nDELETE FROM t;\n",
    );
    for table in ["log", "ops.history", "My Ops.hist ory"] {
        let answer = verify(&files, &["--json", "--table", table]).run().success().json();
        assert_eq!(answer["all_down"]["differences"], serde_json::json!([]), "{table}");
        assert_eq!(answer["seeds"]["leftovers"], serde_json::json!([]), "{table}");
    }
}

#[test]
fn a_migration_that_speaks_of_the_history_finds_it_as_in_a_real_run() {
    let reads = "-- migrate:up\nDO $$ BEGIN IF (SELECT count(*) FROM public.schema_migrations) <> 1 THEN RAISE 'how many?'; \
                 END IF; END $$;\nCOMMENT ON TABLE schema_migrations IS 'read me';\n\
                 -- migrate:down\nCOMMENT ON TABLE schema_migrations IS NULL;\n";
    let replaces = "-- migrate:up\nSELECT 1;\n-- migrate:down\nDROP TABLE schema_migrations;\n";
    let files = project(&[("0001_t.sql", TABLE), ("0002_reads.sql", reads), ("0003_replaces.sql", replaces)]);
    let outcome = verify(&files, &["--json"]).run().fails(1);
    assert_eq!(verdicts(&outcome), "0001 exact, 0002 exact, 0003 down_fails");
    let message = outcome.json()["migrations"][2]["error"]["message"].as_str().unwrap().to_owned();
    assert!(message.contains("this file drops or replaces public.schema_migrations"), "{message}");
}

#[test]
fn files_as_dbmate_writes_them_are_verified() {
    let files = [
        (
            "20240101120000_create_users.sql",
            "-- migrate:up\ncreate table users (id serial, name text);\n\n-- migrate:down\ndrop table users;\n",
        ),
        ("20240102120000_empty.sql", "-- migrate:up\n\n\n-- migrate:down\n\n"),
        (
            "20240103120000_index.sql",
            "-- migrate:up transaction:false\ncreate index concurrently users_name on users (name);\n\n-- migrate:down\ndrop index users_name;\n",
        ),
    ];
    assert_eq!(
        verdicts_of(&files, 0),
        "20240101120000 exact, 20240102120000 irreversible, 20240103120000 exact"
    );
}

#[test]
fn data_of_a_migration_go_through_copy_up_and_up_again() {
    let copies =
        "-- migrate:up\nCOPY t FROM stdin;\n1\ta\tb\n2\tc\td\n\\.\n-- migrate:down\nDELETE FROM t;\n";
    assert_eq!(verdicts_of(&[("0001_t.sql", TABLE), ("0002_rows.sql", copies)], 0), "0001 exact, 0002 exact");
}

#[test]
fn settings_of_the_database_are_part_of_the_schema() {
    let set = |value: &str| {
        format!("DO $$ BEGIN EXECUTE format('ALTER DATABASE %I {value}', current_database()); END $$;\n")
    };
    let files = |down: &str| {
        let migration = format!("-- migrate:up\n{}-- migrate:down\n{down}", set("SET work_mem = ''8MB''"));
        [("0001_s.sql".to_owned(), migration)]
    };
    let verdict = |down: &str, code| {
        let files = files(down);
        verdicts_of(&[(files[0].0.as_str(), files[0].1.as_str())], code)
    };
    assert_eq!(verdict(&set("RESET work_mem"), 0), "0001 exact");
    assert_eq!(verdict("SELECT 1;\n", 1), "0001 not_reversed");
}

#[test]
fn each_file_begins_with_the_defaults_that_the_file_before_it_has_given_the_database() {
    let block = "-- migrate:up\nCREATE SCHEMA app;\n\
        DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET search_path = app', current_database()); END $$;\n\
        -- migrate:down\nDROP SCHEMA app;\n\
        DO $$ BEGIN EXECUTE format('ALTER DATABASE %I RESET search_path', current_database()); END $$;\n";
    let table = "-- migrate:up\nCREATE TABLE t (id int);\n-- migrate:down\nDROP TABLE app.t;\n";
    let outside = "-- migrate:up transaction:false\nCREATE TABLE u (id int);\nCREATE TABLE v (id int);\n\
        -- migrate:down transaction:false\nDROP TABLE app.v;\nDROP TABLE app.u;\n";
    let set = project(&[("0001_app.sql", block), ("0002_t.sql", table), ("0003_u.sql", outside)]);
    for jobs in ["1", "3"] {
        let outcome = verify(&set, &["--json", "--jobs", jobs]).run();
        assert_eq!(verdicts(&outcome), "0001 exact, 0002 exact, 0003 exact", "{jobs}");
    }
}
