//! The primary is killed in the middle of a run, and its standby takes over: history and schema agree there, and the next
//! run finishes.

use std::env;
use std::thread;

use pmdb::{Session, Target};

use crate::killed::ladder::Ladder;
use crate::support::{Database, Mode, Project, Random, Replicas, Setup};

/// How often the primary is killed; `PMDB_FAILOVERS` sets another number, and longer runs.
const ROUNDS: usize = 3;

/// How many migrations a run has, a quarter of them outside a transaction.
const FILES: usize = 40;
const MANY_FILES: usize = 200;

/// Rounds and files.
fn extent() -> (usize, usize) {
    match env::var("PMDB_FAILOVERS") {
        Ok(rounds) => (rounds.parse().unwrap(), MANY_FILES),
        Err(_) => (ROUNDS, FILES),
    }
}

#[expect(clippy::print_stdout, reason = "what a test prints is shown when it fails")]
fn runs_survive_a_failover(mode: Mode) {
    let Some(mut replicas) = Replicas::new(mode) else { return };
    let ((rounds, files), mut random) = (extent(), Random::new());
    let ladder_of = |replicas: &Replicas| {
        let database = Database::at(&replicas.url());
        Ladder::of(Setup { project: Project::new(), database }, files)
    };
    let whole = ladder_of(&replicas).time(&["up"]);
    let (mut killed, mut found) = (0, Vec::new());
    while killed < rounds {
        let ladder = ladder_of(&replicas);
        let running = ladder.setup.pmdb(&["up"]).spawn();
        thread::sleep(random.shorter_than(whole));
        replicas.kill_primary();
        let outcome = running.wait();
        // Both servers are named: this one goes on as soon as one of them can be written to.
        let waiting = ladder.setup.pmdb(&["wait"]).spawn();
        replicas.promote();
        waiting.wait().success();

        let there = ladder.setup.database.sql("SELECT to_regclass('schema_migrations') IS NOT NULL");
        let applied = if there == [[Some("t".to_owned())]] { ladder.check() } else { 0 };
        match outcome.code {
            // The run was faster. What has been told as done is there, if the standby had to confirm it.
            Some(0) => assert!(mode == Mode::Asynchronous || applied == files, "{applied} of {files}"),
            code => {
                assert_eq!(code, Some(1), "{}", outcome.stderr);
                killed += 1;
                found.push(applied);
            }
        }
        let next = ladder.setup.run(&["up"]);
        println!("{mode:?}: {applied} of {files} were there; the next run ended with {:?}", next.code);
        next.success();
        assert_eq!(ladder.check(), files);
        replicas = replicas.renewed();
    }
    println!("{mode:?}: killed {killed} times, with this many applied on the standby: {found:?}");
}

#[test]
fn a_run_goes_on_after_a_failover_to_an_asynchronous_standby() {
    runs_survive_a_failover(Mode::Asynchronous);
}

#[test]
fn a_run_goes_on_after_a_failover_to_a_synchronous_standby() {
    runs_survive_a_failover(Mode::Synchronous);
}

#[tokio::test]
async fn prefer_standby_takes_the_standby_and_else_whoever_answers() {
    let Some(mut replicas) = Replicas::new(Mode::Asynchronous) else { return };
    let is_standby = async |attributes: &str| {
        let target = Target::from_url(&replicas.url_for(attributes)).unwrap();
        let session = Session::connect(&target).await.unwrap();
        let row = session.client().query_one("SELECT pg_is_in_recovery()", &[]).await.unwrap();
        row.get::<_, bool>(0)
    };
    for (attributes, expected) in [
        ("any", false),
        ("read-write", false),
        ("primary", false),
        ("read-only", true),
        ("standby", true),
        ("prefer-standby", true),
    ] {
        assert_eq!(is_standby(attributes).await, expected, "{attributes}");
    }
    replicas.kill_primary();
    replicas.promote();
    let target = Target::from_url(&replicas.url_for("prefer-standby")).unwrap();
    let session = Session::connect(&target).await.unwrap();
    let row = session.client().query_one("SELECT pg_is_in_recovery()", &[]).await.unwrap();
    assert!(!row.get::<_, bool>(0));
}
