//! Under load: nobody who writes waits for drift.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use super::drift;
use crate::support::{SetOnDrop, Setup, wait_until};

/// Each writer has a table of its own, so that nobody but drift could be in its way. Views make the server lock what they
/// read from.
const TABLES: &str = "-- migrate:up
CREATE TABLE w0 (a int CHECK (a >= 0), b text DEFAULT 'x') WITH (autovacuum_enabled = off);
CREATE TABLE w1 (LIKE w0 INCLUDING ALL) WITH (autovacuum_enabled = off);
CREATE TABLE w2 (LIKE w0 INCLUDING ALL) WITH (autovacuum_enabled = off);
CREATE INDEX i0 ON w0 (lower(b)) WHERE a > 1;
CREATE VIEW v0 AS SELECT w0.a, w1.b FROM w0, w1, w2;
CREATE MATERIALIZED VIEW v1 AS SELECT a FROM w1;
";

/// Gives up at once where the lock is not free.
const WRITES: &str = "SET lock_timeout = '10ms'; BEGIN; INSERT INTO w# VALUES (1), (2); UPDATE w# SET a = a + 1; \
                      DELETE FROM w#; COMMIT";

/// Tables that come and go. Here the server's own short locks may be met, and are waited for.
const CHANGES: &str = "CREATE TABLE short (a int PRIMARY KEY, b text DEFAULT 'x'); ALTER TABLE short ADD c int; \
                       CREATE INDEX ON short (lower(b)); ALTER TABLE short DROP b; DROP TABLE short";

#[test]
fn nobody_who_writes_waits_for_drift() {
    let setup = Setup::with(&[("0001_w.sql", TABLES)]);
    setup.up().success();
    let (stop, writes, changes) = (AtomicBool::new(false), AtomicUsize::new(0), AtomicUsize::new(0));
    let repeat = |sql: String, count: &AtomicUsize| {
        while !stop.load(Ordering::Relaxed) {
            if let Err(error) = setup.database.try_sql(&sql) {
                stop.store(true, Ordering::Relaxed);
                panic!("{:?} in {sql}", error.as_db_error());
            }
            count.fetch_add(1, Ordering::Relaxed);
        }
    };
    thread::scope(|scope| {
        for table in ["0", "1", "2"] {
            scope.spawn(|| repeat(WRITES.replace('#', table), &writes));
        }
        scope.spawn(|| repeat(CHANGES.to_owned(), &changes));
        let end = SetOnDrop(&stop);
        // What is written while drift reads, of all its runs.
        let (mut runs, mut written, mut changed) = (0, 0, 0);
        wait_until("there is more than one write and one change in a run", || {
            let before = (writes.load(Ordering::Relaxed), changes.load(Ordering::Relaxed));
            let outcome = drift(&setup);
            // The table that comes and goes may have been there.
            assert!(matches!(outcome.code, Some(0 | 4)), "{}", outcome.filtered());
            runs += 1;
            written += writes.load(Ordering::Relaxed) - before.0;
            changed += changes.load(Ordering::Relaxed) - before.1;
            stop.load(Ordering::Relaxed) || runs >= 5 && written > runs && changed > runs
        });
        drop(end);
    });
    drift(&setup).success();
}
