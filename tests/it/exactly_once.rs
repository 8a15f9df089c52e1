//! Many runners at the same moment, directly and through a pooler that gives out a server per transaction.

use std::sync::{Mutex, PoisonError};

use crate::pooler::nothing_is_kept;
use crate::support::{Outcome, PgBouncer, Running, Setup};

/// One crowd at a time: the server of the tests has a limit for connections.
static CROWD: Mutex<()> = Mutex::new(());

const RUNNERS: usize = 50;
const MIGRATIONS: usize = 40;

/// Forty migrations, of which ten run outside a transaction, and five of those build an index concurrently. Each of
/// them leaves its number in a log.
fn forty_migrations() -> Setup {
    let setup = Setup::with(&[("0001_log.sql", "-- migrate:up\nCREATE TABLE log (n int);\n")]);
    for n in 2..=MIGRATIONS {
        let options = if n % 4 == 0 { " transaction:false" } else { "" };
        let index = if n % 8 == 0 {
            format!("CREATE INDEX CONCURRENTLY log_{n} ON log (n);\n")
        } else {
            format!("CREATE TABLE t_{n} (id int);\n")
        };
        setup.project.migration(
            &format!("{n:04}_n.sql"),
            &format!("-- migrate:up{options}\n{index}INSERT INTO log VALUES ({n});\n"),
        );
    }
    setup
}

/// Starts a `pmdb up` for each URL, all at once, and checks what came of it.
fn every_migration_runs_once(setup: &Setup, urls: &[&str]) {
    let runners: Vec<Running> =
        urls.iter().map(|url| setup.pmdb(&["up"]).env("DATABASE_URL", url).spawn()).collect();
    let outcomes: Vec<Outcome> = runners.into_iter().map(Running::wait).collect();
    for outcome in &outcomes {
        assert!(matches!(outcome.code, Some(0 | 5)), "{:?}\n{}", outcome.code, outcome.stderr);
    }
    let told: usize = outcomes.iter().map(|outcome| outcome.stderr.matches("applied 0").count()).sum();
    assert_eq!(told, MIGRATIONS);
    let value = |sql: &str| setup.database.value(sql);
    assert_eq!(value("SELECT count(*) || ' ' || count(DISTINCT n) FROM log"), "39 39");
    let finished =
        "SELECT count(*) FROM schema_migrations WHERE statements_done IS NOT DISTINCT FROM statements_total";
    assert_eq!(value(finished), "40");
    assert_eq!(value("SELECT count(*) FROM pg_index WHERE indrelid = 'log'::regclass AND indisvalid"), "5");
    assert_eq!(value("SELECT count(*) FROM pg_index WHERE NOT indisvalid"), "0");
    assert_eq!(value("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"), "0");
    let locks = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND database = \
                 (SELECT oid FROM pg_database WHERE datname = current_database())";
    assert_eq!(value(locks), "0");
}

#[test]
fn of_fifty_runners_at_once_each_migration_is_run_by_one() {
    let _alone = CROWD.lock().unwrap_or_else(PoisonError::into_inner);
    let setup = forty_migrations();
    every_migration_runs_once(&setup, &[setup.database.url(); RUNNERS]);
}

#[test]
fn of_fifty_runners_behind_a_pooler_each_migration_is_run_by_one() {
    let _alone = CROWD.lock().unwrap_or_else(PoisonError::into_inner);
    let Some(pooler) = PgBouncer::new(5) else { return };
    let setup = forty_migrations();
    every_migration_runs_once(&setup, &[pooler.url(&setup.database).as_str(); RUNNERS]);
    nothing_is_kept(&setup, &pooler);
}

#[test]
fn half_of_the_runners_may_come_through_the_pooler_and_half_directly() {
    let _alone = CROWD.lock().unwrap_or_else(PoisonError::into_inner);
    let Some(pooler) = PgBouncer::new(5) else { return };
    let setup = forty_migrations();
    let through = pooler.url(&setup.database);
    let urls: Vec<&str> =
        (0..RUNNERS).map(|n| if n % 2 == 0 { setup.database.url() } else { &through }).collect();
    every_migration_runs_once(&setup, &urls);
    nothing_is_kept(&setup, &pooler);
}
