//! Backfills that are killed, and two at once.

use std::thread;

use super::{BACKFILL, hits, slow_down, with_rows};
use crate::support::Random;

#[test]
fn a_backfill_that_is_killed_again_and_again_changes_each_row_once() {
    let (setup, mut random) = (with_rows(6_000, BACKFILL), Random::new());
    slow_down(&setup);
    let mut kills = 0;
    while kills < 8 {
        let running = setup.pmdb(&["up"]).spawn();
        thread::sleep(random.shorter_than(std::time::Duration::from_millis(700)));
        match running.kill() {
            None => kills += 1,
            Some(code) => {
                assert_eq!(code, 0);
                break;
            }
        }
    }
    setup.up().success();
    assert_eq!(hits(&setup), "6000 × 1");
    assert_eq!(setup.states(), "0001 applied");
}

#[test]
fn status_shows_how_much_is_done_while_another_runner_is_at_it() {
    let setup = with_rows(8_000, BACKFILL);
    slow_down(&setup);
    let running = setup.pmdb(&["up"]).spawn();
    setup.wait_until("EXISTS (SELECT FROM pg_class WHERE relname = 'schema_migrations')");
    setup.wait_until("EXISTS (SELECT FROM schema_migrations WHERE (backfill->>'rows')::int > 0)");
    let status = setup.run(&["status", "--json"]).success().json();
    let share = &status["migrations"][0]["backfill"];
    assert_eq!(status["migrations"][0]["state"], "half_applied");
    assert!(share["rows"].as_u64().unwrap() > 0, "{share}");
    assert_eq!(share["of"], 8_000);
    let text = setup.run(&["status"]).success().stdout;
    assert!(text.contains("half applied (") && text.contains(" %)"), "{text}");
    let second = setup.pmdb(&["up"]).spawn();
    running.wait().success();
    second.wait().success();
    assert_eq!(hits(&setup), "8000 × 1");
}
