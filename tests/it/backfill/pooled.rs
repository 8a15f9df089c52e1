//! Behind a pooler that gives pmdb connections on which other clients have left their settings.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use super::{BACKFILL, hits, slow_down, with_rows};
use crate::support::{Database, PgBouncer, SetOnDrop};

/// Leaves a setting behind on one connection of the pooler after the other.
fn leave_behind(pooled: &Database, setting: &str, stop: &AtomicBool) {
    while !stop.load(Ordering::Relaxed) {
        pooled.try_sql(setting).ok();
    }
}

#[test]
fn what_other_clients_leave_behind_has_no_effect_on_a_backfill() {
    for setting in [
        "SET search_path = nowhere",
        "SET search_path = other",
        "SET statement_timeout = '200ms'",
        "SET lock_timeout = '1ms'",
        "SET ROLE pg_monitor",
        "SET default_transaction_read_only = on",
        "SET standard_conforming_strings = off",
        "SET datestyle = 'German'",
    ] {
        let Some(pooler) = PgBouncer::new(3) else { return };
        let setup = with_rows(1_500, BACKFILL);
        // A table of the same name, on which the ends of batches are others.
        setup.database.sql("CREATE SCHEMA other; CREATE TABLE other.tasks (id bigint PRIMARY KEY)");
        let url = pooler.url(&setup.database);
        // A batch takes longer than the timeout.
        slow_down(&setup);
        let pooled = Database::at(&url);
        pooler.on_every_connection(&setup.database, &format!("{setting}; COMMIT; BEGIN"));
        let stop = AtomicBool::new(false);
        thread::scope(|scope| {
            let _stopped = SetOnDrop(&stop);
            scope.spawn(|| leave_behind(&pooled, setting, &stop));
            let up = setup.pmdb(&["up"]).env("DATABASE_URL", &url).run();
            assert!(up.stdout.contains("1 migration applied"), "{setting}: {}{}", up.stdout, up.stderr);
        });
        assert_eq!(hits(&setup), "1500 × 1", "{setting}");
    }
}

#[test]
fn a_role_that_another_client_has_left_keeps_no_command_from_the_history() {
    let Some(pooler) = PgBouncer::new(3) else { return };
    let setup = with_rows(1_500, BACKFILL);
    let url = pooler.url(&setup.database);
    for left in ["SET ROLE pg_monitor", "SET SESSION AUTHORIZATION pg_monitor"] {
        let run = |args: &[&str]| {
            pooler.on_every_connection(&setup.database, &format!("{left}; COMMIT; BEGIN"));
            setup.pmdb(args).env("DATABASE_URL", &url).run().success()
        };
        run(&["up"]);
        for args in [&["status"][..], &["up"], &["up", "--backfills"], &["up", "--dry-run"], &["down"]] {
            run(args);
        }
        assert_eq!(hits(&setup), "1500 × 0", "{left}");
    }
}
