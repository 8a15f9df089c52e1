//! Backfills that are slow, and the server's own limits.

use std::time::{Duration, Instant};

use super::{BACKFILL, hits, slow_down, with_rows};
use crate::support::server;

/// The statement takes this many seconds for each batch, however few rows it has.
fn slow_anyway(seconds: f64) -> String {
    format!(
        "-- migrate:up batch:tasks(id)\n\
         UPDATE tasks SET hits = hits + 1 WHERE (SELECT 1 FROM pg_sleep({seconds})) IS NOT NULL AND :batch;\n"
    )
}

#[test]
fn a_statement_that_is_slow_however_few_rows_it_has_is_said_to_be_and_gets_more_rows() {
    let setup = with_rows(3_000, &slow_anyway(0.1));
    let begin = Instant::now();
    let up = setup.run(&["up", "--batch-time", "20ms"]).success();
    // One row at a time would take five minutes.
    assert!(begin.elapsed() < Duration::from_secs(60), "{:?}", begin.elapsed());
    assert_eq!(hits(&setup), "3000 × 1");
    let told = up.stderr.matches("0001 fill takes 0.1 s for a batch however few rows that has").count();
    assert_eq!(told, 1, "{}", up.stderr);
}

#[test]
fn a_single_row_that_takes_longer_than_a_batch_may_is_done() {
    let setup = with_rows(3_000, BACKFILL);
    setup.database.sql(
        "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS \
         'BEGIN IF NEW.id = 4500 THEN PERFORM pg_sleep(1); END IF; RETURN NEW; END'; \
         CREATE TRIGGER slow BEFORE UPDATE ON tasks FOR EACH ROW EXECUTE FUNCTION slow()",
    );
    let up = setup.run(&["up", "--batch-time", "100ms"]).success();
    assert_eq!(hits(&setup), "3000 × 1");
    assert!(!up.stderr.contains("however few rows"), "{}", up.stderr);
}

#[test]
fn limits_of_the_database_for_statements_and_transactions_do_not_end_a_batch() {
    let setup = with_rows(2_000, BACKFILL);
    slow_down(&setup);
    let name = setup.database.name();
    let mut limits = vec!["statement_timeout", "idle_in_transaction_session_timeout"];
    if server().major() >= 17 {
        limits.push("transaction_timeout");
    }
    for limit in limits {
        setup.database.sql(&format!("ALTER DATABASE {name} SET {limit} = '50ms'"));
    }
    setup.up().success();
    assert_eq!(hits(&setup), "2000 × 1");
}
