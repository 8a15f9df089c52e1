//! Rules that ask how a database has been used: on real scans.

use super::{found, only_fix, run};
use crate::support::{Setup, is_at_least, server};

/// A table with an index that nothing reads, after this many reads of the table.
fn read_so_often(reads: u32) -> Setup {
    let setup = Setup::new();
    setup.database.sql("CREATE TABLE t (id bigint PRIMARY KEY, a int NOT NULL); CREATE INDEX i ON t (a)");
    read(&setup, reads);
    setup
}

fn read(setup: &Setup, reads: u32) {
    setup.database.sql(&format!("DO $$ BEGIN FOR n IN 1..{reads} LOOP PERFORM FROM t; END LOOP; END $$"));
    setup.wait_until(&format!("(SELECT seq_scan FROM pg_stat_user_tables WHERE relname = 't') >= {reads}"));
}

const NOTHING: [&str; 0] = [];

#[test]
fn an_index_of_a_table_that_is_hardly_read_is_not_called_unused() {
    assert_eq!(found(&read_so_often(990).database), NOTHING);
}

#[test]
fn statistics_that_began_a_moment_ago_say_nothing_about_an_index() {
    let setup = read_so_often(1000);
    if server().major() >= 15 {
        assert_eq!(found(&setup.database), ["unused-index public.i"]);
        setup.database.sql("SELECT pg_stat_reset()");
        read(&setup, 1000);
    }
    // Before 15, the age is always known, and it is that of the database.
    assert_eq!(setup.database.value("SELECT stats_reset > now() - interval '1 day' FROM pg_stat_database WHERE datname = current_database()"), "t");
    assert_eq!(found(&setup.database), NOTHING);
}

#[test]
fn an_index_that_was_used_once_is_not_called_unused() {
    let setup = read_so_often(1000);
    setup.database.sql("SET enable_seqscan = off; SELECT FROM t WHERE a = 1");
    setup.wait_until("(SELECT idx_scan FROM pg_stat_user_indexes WHERE indexrelname = 'i') = 1");
    assert_eq!(found(&setup.database), NOTHING);
}

#[test]
fn an_index_that_works_unread_is_not_called_unused() {
    let setup = Setup::new();
    setup.database.sql(
        "CREATE TABLE p (id bigint PRIMARY KEY);
         CREATE TABLE t (id bigint PRIMARY KEY, a int NOT NULL UNIQUE, b int4range NOT NULL, p_id bigint NOT NULL REFERENCES p,
             EXCLUDE USING gist (b WITH &&));
         CREATE UNIQUE INDEX ON t (a, p_id); CREATE INDEX ON t (p_id)",
    );
    read(&setup, 1000);
    assert_eq!(found(&setup.database), NOTHING);
}

#[test]
fn an_index_that_is_to_take_the_place_of_another_is_not_called_unused() {
    let setup = Setup::new();
    setup.database.sql(
        "CREATE TABLE t (id bigint PRIMARY KEY, a int NOT NULL, b int NOT NULL, c int NOT NULL);
         CREATE INDEX short ON t (a); CREATE INDEX long ON t (a, b);
         CREATE INDEX one ON t (c); CREATE INDEX two ON t (c)",
    );
    read(&setup, 1000);
    let rules = ["duplicate-index public.two", "redundant-index public.short"];
    let unused = if server().major() >= 15 { &["unused-index public.short"][..] } else { &[] };
    assert_eq!(found(&setup.database), [&rules, unused].concat());
}

#[test]
fn the_sql_for_an_unused_index_drops_it() {
    if !is_at_least(15) {
        return;
    }
    let setup = read_so_often(1000);
    run(&setup.database, &only_fix(&setup.database));
    assert_eq!(setup.database.value("SELECT to_regclass('i') IS NULL"), "t");
}

/// A table of `rows` rows, with `scans` sequential scans and `lookups` reads by its key.
fn scanned(rows: u32, scans: u32, lookups: u32, condition: &str) -> Vec<String> {
    let setup = Setup::new();
    setup.database.sql(&format!(
        "CREATE TABLE t (id bigint PRIMARY KEY, a bigint NOT NULL);
         INSERT INTO t SELECT n, n FROM generate_series(1, {rows}) AS n; ANALYZE t;
         DO $$ BEGIN
             FOR n IN 1..{scans} LOOP PERFORM FROM t {condition}; END LOOP;
             FOR n IN 1..{lookups} LOOP PERFORM FROM t WHERE id = n; END LOOP;
         END $$"
    ));
    setup.wait_until(&format!(
        "SELECT seq_scan >= {scans} AND idx_scan >= {lookups} AND n_live_tup > 0 FROM pg_stat_user_tables WHERE relname = 't'"
    ));
    found(&setup.database)
}

#[test]
fn many_scans_of_a_large_table_are_a_finding_and_few_or_short_ones_are_not() {
    let finding = ["sequential-scans public.t"];
    assert_eq!(scanned(12_000, 105, 0, "WHERE a = n"), finding);
    assert_eq!(scanned(12_000, 105, 900, "WHERE a = n"), finding);
    assert_eq!(scanned(12_000, 105, 2000, "WHERE a = n"), NOTHING);
    assert_eq!(scanned(12_000, 90, 0, "WHERE a = n"), NOTHING);
    assert_eq!(scanned(9_500, 105, 0, "WHERE a = n"), NOTHING);
    assert_eq!(scanned(12_000, 105, 0, "LIMIT 3"), NOTHING);
}
