//! Data of COPY that are too long to be held.

use std::fmt::Write as _;
use std::fs;

use crate::support::Setup;

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
