//! Runs that are killed at each step: what was put off comes back, and no table is half full.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::Instant;

use pmdb::postgres::interrupt;
use pmdb::postgres::load::{LoadError, LoadEvent, LoadListener, Loading};
use pmdb::{Event, Listener, NoopListener, Session, Target};

use rustix::process::{Pid, Signal, kill_process};

use super::copying::{FAMILY, Numbers, tables};
use super::{catalog, options, put_back};
use crate::support::{Database, PgBouncer, Random, Server, wait_until};

/// What the process says when it has come to the step where it is to be killed.
const HERE: &str = "it is here";

const TABLES: &[(&str, u64)] = &[("child", 3000), ("parent", 2000)];

/// Stops at an event, for good.
struct StopsAt(usize);

impl Listener for StopsAt {
    fn event(&mut self, _event: Event<'_>) {}
}

impl LoadListener for StopsAt {
    fn load_event(&mut self, event: LoadEvent<'_>) {
        // How often rows are told is nobody's promise.
        if matches!(event, LoadEvent::Rows { .. }) {
            return;
        }
        if self.0 == 0 {
            let line = format!("{HERE}\n");
            std::io::stderr().write_all(line.as_bytes()).unwrap();
            loop {
                thread::park();
            }
        }
        self.0 -= 1;
    }
}

fn load(url: &str, listener: &mut dyn LoadListener) {
    try_load(url, TABLES, listener).unwrap();
}

fn try_load(url: &str, names: &[(&str, u64)], listener: &mut dyn LoadListener) -> Result<(), LoadError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let session = Session::connect(&Target::from_url(url).unwrap()).await?;
        let loading = Loading::begin(session, options(), listener).await?;
        loading.put_back(listener).await?;
        let rows = Arc::new(Numbers(|_, row| row % 1000));
        loading.load(&tables(names), &[], rows, listener).await?;
        loading.end().await.close().await;
        Ok(())
    })
}

/// No test, but the process that the others start.
#[test]
#[ignore = "the process that other tests kill"]
fn the_one_that_is_killed() {
    let url = std::env::var("PMDB_TEST_LOAD_URL").unwrap();
    let step = std::env::var("PMDB_TEST_LOAD_STEP").unwrap().parse().unwrap();
    load(&url, &mut StopsAt(step));
}

/// Whether the process came to the step at all, and was killed there.
fn killed_at(step: usize, database: &Database) -> bool {
    killed_on(database.url(), step)
}

fn killed_on(url: &str, step: usize) -> bool {
    let mut process = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "load::killed::the_one_that_is_killed", "--ignored", "--nocapture"])
        .env("PMDB_TEST_LOAD_URL", url)
        .env("PMDB_TEST_LOAD_STEP", step.to_string())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(process.stderr.take().unwrap()).lines();
    let is_here = lines.map_while(Result::ok).any(|line| line == HERE);
    process.kill().unwrap();
    process.wait().unwrap();
    is_here
}

fn assert_whole_tables(database: &Database) {
    for (table, rows) in TABLES {
        let count = database.value(&format!("SELECT count(*) FROM {table}"));
        assert!(count == "0" || count == rows.to_string(), "{table}: {count}");
    }
}

#[test]
fn wherever_a_run_is_killed_all_comes_back_and_no_table_is_half_full() {
    let mut step = 0;
    loop {
        let database = Database::new();
        database.sql(FAMILY);
        let before = catalog(&database);
        if !killed_at(step, &database) {
            break;
        }
        put_back(database.url()).unwrap();
        assert_eq!(catalog(&database), before, "step {step}");
        assert_whole_tables(&database);
        // The next run fills what is empty.
        database.sql("TRUNCATE child, parent");
        load(database.url(), &mut NoopListener);
        assert_eq!(catalog(&database), before, "step {step}");
        step += 1;
    }
    // Two tables begin and end, three indexes, two keys and two foreign keys come back, and before each of both and at the end there is
    // an event.
    assert_eq!(step, 1 + 2 * 2 + 1 + 7 + 1);
}

#[test]
fn of_two_runs_that_bring_back_at_once_one_waits() {
    let database = Database::new();
    database.sql(FAMILY);
    let before = catalog(&database);
    assert!(killed_at(5, &database));
    thread::scope(|scope| {
        let runs: Vec<_> = (0..4).map(|_| scope.spawn(|| put_back(database.url()).unwrap())).collect();
        let indexes: usize = runs.into_iter().map(|run| run.join().unwrap().indexes).sum();
        assert_eq!(indexes, 3);
    });
    assert_eq!(catalog(&database), before);
}

#[test]
fn a_run_that_is_interrupted_brings_back_what_it_has_put_off() {
    let database = Database::new();
    database.sql(FAMILY);
    let before = catalog(&database);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let error = runtime.block_on(async {
        let (interrupter, interrupt) = interrupt();
        let session = Session::connect(&Target::from_url(database.url()).unwrap()).await.unwrap();
        let options = pmdb::postgres::load::LoadOptions { interrupt, ..options() };
        let loading = Loading::begin(session, options, &mut NoopListener).await.unwrap();
        let many = tables(&[("parent", 2000), ("child", u64::MAX / 2)]);
        let mut interrupts = InterruptsAt { rows: 100_000, interrupter };
        let rows = Arc::new(Numbers(|_, row| row % 1000));
        let error = loading.load(&many, &[], rows, &mut interrupts).await.unwrap_err();
        loading.end().await.close().await;
        error
    });
    let diagnosis = pmdb::diagnosis::Diagnose::diagnosis(&error);
    assert_eq!(diagnosis.state, ["Filled as a whole: public.parent; no other has new rows."]);
    assert_eq!(diagnosis.code, "interrupted");
    assert_eq!(catalog(&database), before);
    wait_until("the server has noticed", || database.value("SELECT count(*) FROM child") == "0");
}

/// Asks to stop after this many rows.
struct InterruptsAt {
    rows: u64,
    interrupter: pmdb::postgres::Interrupter,
}

impl Listener for InterruptsAt {
    fn event(&mut self, _event: Event<'_>) {}
}

impl LoadListener for InterruptsAt {
    fn load_event(&mut self, event: LoadEvent<'_>) {
        if matches!(event, LoadEvent::Rows { rows, .. } if rows > self.rows) {
            self.interrupter.interrupt();
        }
    }
}

const MANY: &[(&str, u64)] = &[("child", 60_000), ("parent", 40_000)];

/// Disturbs runs at random moments, this often; after each, all comes back and no table is half full.
fn disturb(database: &Database, times: usize, disturb: impl Fn(&Database) -> bool) {
    let (before, mut random) = (catalog(database), Random::new());
    let start = Instant::now();
    try_load(database.url(), MANY, &mut NoopListener).unwrap();
    let whole = start.elapsed();
    let mut disturbed = 0;
    while disturbed < times {
        database.sql("TRUNCATE child, parent");
        thread::scope(|scope| {
            let run = scope.spawn(|| try_load(database.url(), MANY, &mut NoopListener));
            thread::sleep(random.shorter_than(whole));
            disturbed += usize::from(disturb(database));
            let _ = run.join().unwrap();
        });
        wait_until("the server takes connections", || database.try_sql("SELECT 1").is_ok());
        put_back(database.url()).unwrap();
        assert_eq!(catalog(database), before);
        for (table, rows) in MANY {
            let count = database.value(&format!("SELECT count(*) FROM {table}"));
            assert!(count == "0" || count == rows.to_string(), "{table}: {count}");
        }
    }
}

const ONE_OF_THE_RUN: &str = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() \
    ORDER BY random() LIMIT 1";

#[test]
fn after_lost_connections_all_comes_back_and_no_table_is_half_full() {
    let database = Database::new();
    database.sql(FAMILY);
    disturb(&database, 20, |database| {
        let ended = database.sql(&format!("SELECT pg_terminate_backend(pid) {ONE_OF_THE_RUN}"));
        ended == [[Some("t".to_owned())]]
    });
}

#[test]
fn after_crashes_of_the_server_all_comes_back_and_no_table_is_half_full() {
    let server = Server::own();
    let database = Database::on(&server);
    database.sql(&format!("{FAMILY} ALTER DATABASE {} SET synchronous_commit = on", database.name()));
    disturb(&database, 4, |database| {
        let crashes = server.log().matches("ready to accept connections").count();
        let pids = database.sql(&format!("SELECT pid {ONE_OF_THE_RUN}"));
        let Some(Some(pid)) = pids.first().map(|row| row[0].as_deref()) else { return false };
        let pid = Pid::from_raw(pid.parse().unwrap()).unwrap();
        if kill_process(pid, Signal::KILL).is_err() {
            return false;
        }
        wait_until("the process has ended", || {
            !Path::new(&format!("/proc/{}", pid.as_raw_nonzero())).exists()
        });
        // Only then does its end stand in the log: the process is gone briefly before.
        wait_until("the server takes connections", || database.try_sql("SELECT 1").is_ok());
        let has_crashed =
            server.log().contains(&format!("(PID {}) was terminated by signal 9", pid.as_raw_nonzero()));
        if has_crashed {
            wait_until("the server has recovered", || {
                server.log().matches("ready to accept connections").count() > crashes
            });
        }
        has_crashed
    });
}

#[test]
fn behind_a_pooler_a_run_that_is_killed_is_brought_back_too() {
    let Some(pooler) = PgBouncer::new(4) else { return };
    let database = Database::new();
    database.sql(FAMILY);
    let before = catalog(&database);
    let url = pooler.url(&database);
    try_load(&url, TABLES, &mut NoopListener).unwrap();
    assert_eq!(catalog(&database), before);
    database.sql("TRUNCATE child, parent");
    assert!(killed_on(&url, 7));
    put_back(&url).unwrap();
    assert_eq!(catalog(&database), before);
    assert_whole_tables(&database);
}

#[test]
fn with_two_servers_of_a_pooler_tables_are_filled_one_after_the_other() {
    let Some(pooler) = PgBouncer::new(2) else { return };
    let database = Database::new();
    database.sql(FAMILY);
    // The lock of the runners takes one of them.
    try_load(&pooler.url(&database), TABLES, &mut NoopListener).unwrap();
    assert_whole_tables(&database);
}
