//! Data of COPY that are too long to be held.

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use super::peak_megabytes;
use crate::support::{Held, Running, Setup};

/// A file with this many rows for `t`, of 60 bytes each, and statements around them.
fn file(rows: usize, changed: Option<(usize, &str)>) -> String {
    let mut file = String::from("-- migrate:up\nCREATE TABLE t (id int, what text);\nCOPY t FROM stdin;\n");
    for row in 1..=rows {
        match changed.filter(|(at, _)| *at == row) {
            Some((_, line)) => writeln!(file, "{line}").unwrap(),
            None => writeln!(file, "{row}\t{}", "é".repeat(25)).unwrap(),
        }
    }
    file.push_str("\\.\nINSERT INTO t VALUES (0, 'behind');\n-- migrate:down\nDROP TABLE t;\n");
    file
}

#[test]
fn long_data_arrive_whole_and_the_history_keeps_their_length_and_checksum() {
    let setup = Setup::with(&[("0001_a.sql", &file(20_000, None))]);
    setup.up().success();
    let sums = setup.database.sql("SELECT count(*), sum(id), sum(length(what)) FROM t");
    assert_eq!(sums[0], ["20001", "200010000", "500006"].map(|sum| Some(sum.to_owned())));
    let stored = setup.database.value("SELECT up_sql FROM schema_migrations");
    assert!(stored.len() < 500, "{} bytes", stored.len());
    assert!(stored.contains("<data-left-out-by-pmdb> bytes=1128894 lines=20000 sha256="), "{stored}");
    setup.run(&["down"]).success();
    setup.up().success();
    setup.run(&["status"]).success();
}

#[test]
fn an_error_in_long_data_and_behind_them_names_the_line_of_the_file() {
    let setup = Setup::with(&[("0001_a.sql", &file(20_000, Some((19_999, "x\ty"))))]);
    let outcome = setup.up().fails(1);
    assert!(outcome.stderr.contains("0001_a.sql:20002:1: invalid input syntax"), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("x\ty") || outcome.stderr.contains("x y"), "{}", outcome.stderr);
    let behind = file(20_000, None).replace("(0, 'behind')", "(0, behind)");
    setup.project.migration("0001_a.sql", &behind);
    let outcome = setup.up().fails(1);
    assert!(outcome.stderr.contains("0001_a.sql:20005:26:"), "{}", outcome.stderr);
    assert_eq!(setup.database.value("SELECT to_regclass('t') IS NULL"), "t");
}

#[test]
fn a_text_of_the_history_without_its_data_is_no_file() {
    let setup = Setup::with(&[("0001_a.sql", &file(20_000, None))]);
    setup.up().success();
    let stored = setup.database.value("SELECT up_sql FROM schema_migrations");
    setup.run(&["down"]).success();
    let path = setup.project.path().join("migrations/0001_a.sql");
    fs::write(path, stored).unwrap();
    let outcome = setup.up().fails(1);
    assert!(outcome.stderr.contains("the data of this COPY are not"), "{}", outcome.stderr);
    assert_eq!(setup.database.value("SELECT to_regclass('t') IS NULL"), "t");
}

/// A file whose COPY stands still in the middle of its data, until the lock 50 is free; and then comes a second one.
fn standing_still() -> String {
    let stops = "CREATE TABLE t (id int, what text);\nCREATE TABLE u (id int, what text);
CREATE FUNCTION stop() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_advisory_xact_lock(50); RETURN NEW; END $$;
CREATE TRIGGER stop BEFORE INSERT ON t FOR EACH ROW WHEN (NEW.id = 20000) EXECUTE FUNCTION stop();\n";
    let mut file = format!("-- migrate:up\n{stops}");
    for table in ["t", "u"] {
        writeln!(file, "COPY {table} FROM stdin;").unwrap();
        for row in 1..=40_000 {
            writeln!(file, "{row}\t{}", "x".repeat(80)).unwrap();
        }
        file.push_str("\\.\n");
    }
    file + "-- migrate:down\nDROP TABLE t, u;\nDROP FUNCTION stop();\n"
}

/// `pmdb up` in the middle of its data, and what holds it there.
fn in_the_middle() -> (Setup, Running, Held) {
    let setup = Setup::with(&[("0001_a.sql", &standing_still())]);
    let held = setup.hold("SELECT pg_advisory_lock(50)");
    let running = setup.pmdb(&["up"]).spawn();
    setup.wait_for_statement("COPY t FROM stdin");
    (setup, running, held)
}

/// Nothing is left of the run, and the next one goes through.
fn leaves_no_trace(setup: &Setup) {
    setup.wait_until(
        "NOT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'pmdb%')",
    );
    assert_eq!(setup.database.value("SELECT to_regclass('t') IS NULL AND to_regproc('stop') IS NULL"), "t");
    assert_eq!(setup.states(), "0001 pending");
    setup.up().success();
    assert_eq!(setup.database.value("SELECT (SELECT count(*) FROM t) + (SELECT count(*) FROM u)"), "80000");
}

#[test]
fn a_kill_in_the_middle_of_long_data_leaves_no_trace() {
    let (setup, running, held) = in_the_middle();
    running.kill();
    drop(held);
    leaves_no_trace(&setup);
}

#[test]
fn ctrl_c_in_the_middle_of_long_data_leaves_no_trace() {
    let (setup, running, held) = in_the_middle();
    running.interrupt();
    let outcome = running.wait().fails(130);
    assert!(outcome.stderr.contains("nothing of 0001 a remains"), "{}", outcome.stderr);
    drop(held);
    leaves_no_trace(&setup);
}

#[test]
fn a_terminated_backend_in_the_middle_of_long_data_leaves_no_trace() {
    let (setup, running, held) = in_the_middle();
    setup.database.value(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() \
         AND query LIKE '%COPY t FROM stdin%' AND wait_event_type = 'Lock'",
    );
    let outcome = running.wait().fails(1);
    assert!(outcome.stderr.contains("the connection to the server was lost"), "{}", outcome.stderr);
    drop(held);
    leaves_no_trace(&setup);
}

#[test]
fn data_that_are_changed_between_the_two_readings_are_refused_before_the_commit() {
    for changed in [Change::OtherDigit, Change::CutOff, Change::Gone] {
        let (setup, running, held) = in_the_middle();
        let path: PathBuf = setup.project.path().join("migrations/0001_a.sql");
        let whole = fs::read_to_string(&path).unwrap();
        match changed {
            // Written to the same file, as an editor or a copy does.
            Change::OtherDigit => fs::write(&path, whole.replace("39999\tx", "39998\tx")).unwrap(),
            Change::CutOff => fs::write(&path, &whole[..whole.len() / 3]).unwrap(),
            Change::Gone => fs::remove_file(&path).unwrap(),
        }
        drop(held);
        let outcome = running.wait().fails(1);
        let said = match changed {
            Change::Gone => "No such file",
            _ => "0001_a.sql has changed since it was read",
        };
        assert!(outcome.stderr.contains(said), "{}", outcome.stderr);
        assert!(outcome.stderr.contains("nothing of 0001 a remains"), "{}", outcome.stderr);
        fs::write(&path, whole).unwrap();
        leaves_no_trace(&setup);
    }
}

#[test]
fn drift_says_in_one_sentence_that_the_data_are_gone() {
    let setup = Setup::with(&[("0001_a.sql", &file(20_000, None))]);
    setup.up().success();
    setup.run(&["drift"]).success();
    fs::remove_file(setup.project.path().join("migrations/0001_a.sql")).unwrap();
    let outcome = setup.run(&["drift"]).fails(1);
    insta::assert_snapshot!(outcome.filtered(), @"
    exit code: 1
    ----- stdout
    ----- stderr
    note: 0001: the file is gone or has changed since, so the text in the history counts
    error: what 0001 a builds cannot be built: its file is gone or has changed since, and the history keeps of its COPY data the length and SHA-256 alone
    database: postgres on [SOCKET_DIR]/.s.PGSQL.[PORT] as postgres
    hint: bring back the file as it was when it was applied
    ");
    // What undoes it is kept.
    setup.run(&["down", "--stored"]).success();
}

#[test]
fn a_terminal_shows_how_many_of_the_bytes_are_sent() {
    let setup = Setup::with(&[("0001_a.sql", &standing_still())]);
    let held = setup.hold("SELECT pg_advisory_lock(50)");
    let (running, _terminal) = setup.pmdb(&["up"]).env("TERM", "xterm").on_a_terminal();
    running.wait_for_stderr("0001 a: ");
    running.wait_for_stderr(" of 4 MB");
    drop(held);
    running.wait().success();
}

#[derive(Clone, Copy)]
enum Change {
    OtherDigit,
    CutOff,
    Gone,
}

#[test]
fn two_hundred_megabytes_go_through_in_64() {
    let setup = Setup::new();
    let mut file =
        String::from("-- migrate:up\nCREATE UNLOGGED TABLE t (id int, what text);\nCOPY t FROM stdin;\n");
    let what = "x".repeat(990);
    for id in 0..200_000 {
        writeln!(file, "{id}\t{what}").unwrap();
    }
    file.push_str("\\.\nSELECT pg_advisory_xact_lock(50);\n");
    assert!(file.len() > 190 << 20);
    setup.project.migration("0001_a.sql", &file);
    drop(file);
    let held = setup.hold("SELECT pg_advisory_lock(50)");
    let running = setup.pmdb(&["up", "--lock-timeout", "60s"]).spawn();
    setup.wait_for_statement("pg_advisory_xact_lock(50)");
    let peak = peak_megabytes(running.pid());
    assert!(peak < 64, "{peak} MB");
    drop(held);
    running.wait().success();
    assert_eq!(setup.database.value("SELECT count(*) FROM t"), "200000");
}
