//! pmdb, a worker or the coordinator is killed in the middle of a run: the next one finishes, and all servers have the same.

use std::env;
use std::thread;
use std::time::{Duration, Instant};

use super::{setup_with, tables};
use crate::support::{Random, Setup, run_elsewhere, skipped, try_run_elsewhere, wait_until};

/// How often each is killed; `PMDB_CITUS_CRASHES` sets it. A server that crashes takes the sessions of all other tests along: then
/// these run alone.
const ROUNDS: &str = "PMDB_CITUS_CRASHES";

/// How many files change the tables.
const FILES: usize = 24;

/// Who is killed.
#[derive(Debug, Clone, Copy)]
enum Victim {
    Pmdb,
    Worker,
    Coordinator,
}

/// A quarter runs outside a transaction; each leaves a column and an index, and the rest a distributed table.
fn ladder() -> Setup {
    let setup = setup_with(&[]);
    setup.project.migration("0001_tables.sql", &tables(&setup));
    setup.up().success();
    setup.database.sql("INSERT INTO a SELECT g, 'name' FROM generate_series(1, 1000) g");
    for n in 2..=FILES {
        let (options, up) = match n % 4 {
            0 => (
                " transaction:false",
                format!("ALTER TABLE a ADD COLUMN c_{n} int;\nCREATE INDEX CONCURRENTLY i_{n} ON a (c_{n});"),
            ),
            _ => (
                "",
                format!(
                    "ALTER TABLE a ADD COLUMN c_{n} int;\nUPDATE a SET c_{n} = {n};\nCREATE INDEX i_{n} ON a (c_{n});\n\
                     CREATE TABLE t_{n} (id int);\nSELECT create_distributed_table('t_{n}', 'id');"
                ),
            ),
        };
        setup.project.migration(&format!("{n:04}_n.sql"), &format!("-- migrate:up{options}\n{up}\n"));
    }
    setup
}

/// Kills the process that answers this, so that its server ends all sessions, forgets what is not on the disk, and recovers.
fn crash(url: &str) {
    let _ = try_run_elsewhere(url, "COPY (SELECT 1) TO PROGRAM 'kill -9 $PPID'");
    wait_until("the server is back", || try_run_elsewhere(url, "SELECT 1").is_ok());
}

/// What the shards and the coordinator's own table have: columns, and indexes that are valid.
fn assert_same_everywhere(setup: &Setup) {
    for (what, query) in [
        (
            "columns",
            "SELECT string_agg(attname, ' ' ORDER BY attname) FROM pg_attribute WHERE attrelid = '%s'::regclass AND attnum > 0",
        ),
        (
            "indexes",
            "SELECT count(*) || ' of ' || count(*) FILTER (WHERE indisvalid) FROM pg_index WHERE indrelid = '%s'::regclass",
        ),
    ] {
        let here = setup.database.value(&query.replace("%s", "a"));
        let there = setup
            .database
            .sql(&format!("SELECT DISTINCT result FROM run_command_on_shards('a', $$ {query} $$)"));
        assert_eq!(there, [[Some(here)]], "{what}");
    }
    assert_eq!(setup.database.value("SELECT count(*) FROM a"), "1000");
    assert_eq!(
        setup.database.value("SELECT count(*) FROM pg_dist_partition"),
        (2 + (2..=FILES).filter(|n| n % 4 != 0).count()).to_string()
    );
}

fn survives(victim: Victim, rounds: usize) {
    let mut random = Random::new();
    let whole = {
        let (setup, start) = (ladder(), Instant::now());
        setup.up().success();
        start.elapsed()
    };
    let mut killed = 0;
    while killed < rounds {
        let setup = ladder();
        killed += usize::from(is_cut_off(&setup, victim, random.shorter_than(whole)));
        setup.up().success();
        assert_eq!(
            setup.database.value("SELECT count(*) FROM schema_migrations"),
            FILES.to_string(),
            "{victim:?}"
        );
        assert_same_everywhere(&setup);
    }
}

/// Whether `pmdb up` was cut off when its victim was killed after this time.
fn is_cut_off(setup: &Setup, victim: Victim, after: Duration) -> bool {
    let running = setup.pmdb(&["up"]).spawn();
    thread::sleep(after);
    let code = match victim {
        Victim::Pmdb => running.kill(),
        Victim::Worker => {
            let workers = setup.database.on_workers();
            crash(&workers[Random::new().below(workers.len() as u64) as usize]);
            running.wait().code
        }
        Victim::Coordinator => {
            crash(setup.database.url());
            running.wait().code
        }
    };
    // A coordinator that was killed finishes on its workers what it has decided.
    run_elsewhere(setup.database.url(), "SELECT recover_prepared_transactions()");
    code != Some(0)
}

/// Two backfills, of a table in shards and of one on a worker, in a database whose history Citus knows.
fn backfills() -> Setup {
    let setup = setup_with(&[("0001_begin.sql", "-- migrate:up\nSELECT 1;\n")]);
    setup.up().success();
    setup.database.sql_one_by_one(
        "CREATE TABLE a (id bigint PRIMARY KEY, hits int NOT NULL DEFAULT 0);\n\
         SELECT create_distributed_table('a', 'id');\n\
         CREATE SCHEMA alone;\n\
         CREATE TABLE alone.a (id bigint PRIMARY KEY, hits int NOT NULL DEFAULT 0);\n\
         SELECT citus_schema_distribute('alone');\n\
         INSERT INTO a SELECT generate_series(1, 20000);\n\
         INSERT INTO alone.a SELECT generate_series(1, 20000);\n\
         SELECT citus_add_local_table_to_metadata('schema_migrations');\n",
    );
    for (file, table) in [("0002_a.sql", "a"), ("0003_alone.sql", "alone.a")] {
        setup.project.migration(
            file,
            &format!("-- migrate:up batch:{table}(id)\nUPDATE {table} SET hits = hits + 1 WHERE :batch;\n"),
        );
    }
    setup
}

/// Each row is done once, whenever the victim is killed.
fn backfills_survive(victim: Victim, rounds: usize) {
    let mut random = Random::new();
    let whole = {
        let (setup, start) = (backfills(), Instant::now());
        setup.up().success();
        start.elapsed()
    };
    let mut killed = 0;
    while killed < rounds {
        let setup = backfills();
        killed += usize::from(is_cut_off(&setup, victim, random.shorter_than(whole)));
        setup.up().success();
        for table in ["a", "alone.a"] {
            let hits = setup.database.value(&format!("SELECT count(*) FROM {table} WHERE hits = 1"));
            assert_eq!(hits, "20000", "{victim:?} {table}");
        }
    }
}

fn is_wanted(setup: &str) -> Option<usize> {
    match env::var("PMDB_CITUS_URL") {
        Ok(_) => {}
        Err(_) => {
            skipped(setup, "PMDB_CITUS_URL names a cluster");
            return None;
        }
    }
    match env::var(ROUNDS) {
        Ok(rounds) => Some(rounds.parse().unwrap()),
        Err(_) => {
            skipped(setup, "PMDB_CITUS_CRASHES says how often, and no other test uses the cluster");
            None
        }
    }
}

#[test]
fn a_run_that_is_killed_on_a_cluster_is_finished_by_the_next() {
    if env::var("PMDB_CITUS_URL").is_err() {
        return skipped("a cluster of Citus", "PMDB_CITUS_URL names one");
    }
    let rounds = env::var(ROUNDS).map_or(2, |rounds| rounds.parse().unwrap());
    survives(Victim::Pmdb, rounds);
    backfills_survive(Victim::Pmdb, rounds);
}

#[test]
fn a_run_whose_worker_crashes_is_finished_by_the_next() {
    if let Some(rounds) = is_wanted("the crash of a worker") {
        survives(Victim::Worker, rounds);
        backfills_survive(Victim::Worker, rounds);
    }
}

#[test]
fn a_run_whose_coordinator_crashes_is_finished_by_the_next() {
    if let Some(rounds) = is_wanted("the crash of a coordinator") {
        survives(Victim::Coordinator, rounds);
        backfills_survive(Victim::Coordinator, rounds);
    }
}
