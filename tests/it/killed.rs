//! Runs that are killed, and runs whose server is: history and schema agree, and the next run finishes by itself.

pub mod ladder;

use std::path::Path;
use std::thread;

use rustix::process::{Pid, Signal, kill_process};

use crate::support::{Database, Project, Random, Server, Setup, wait_until};
use ladder::{FILES, Ladder};

const UP: &[&str] = &["up"];
const DOWN: &[&str] = &["down", "--all"];

#[test]
fn after_two_hundred_kills_history_and_schema_agree_and_nothing_ran_twice() {
    let (ladder, mut random) = (Ladder::new(Setup::new()), Random::new());
    let whole = ladder.time(UP).max(ladder.time(DOWN));
    let (mut kills, mut direction) = (0, UP);
    while kills < 200 {
        let running = ladder.setup.pmdb(direction).spawn();
        thread::sleep(random.shorter_than(whole));
        match running.kill() {
            None => kills += 1,
            Some(code) => assert_eq!(code, 0),
        }
        // Now and then the next runner comes while the server still works for the last one.
        if random.below(3) == 0 {
            continue;
        }
        ladder.settle();
        direction = Ladder::direction(ladder.check(), direction);
        if random.below(10) == 0 {
            ladder.setup.run(direction).success();
            direction = Ladder::direction(ladder.check(), direction);
        }
    }
    ladder.setup.run(UP).success();
    assert_eq!(ladder.check(), FILES);
}

/// Ends a server process of the run, whichever; false when there is none.
fn terminate_one(setup: &Setup) -> bool {
    let ended = setup.database.sql(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
         WHERE datname = current_database() AND application_name = 'pmdb' ORDER BY random() LIMIT 1",
    );
    ended == [[Some("t".to_owned())]]
}

#[test]
fn after_fifty_lost_connections_the_next_run_finishes_by_itself() {
    let (ladder, mut random) = (Ladder::new(Setup::new()), Random::new());
    let whole = ladder.time(UP).max(ladder.time(DOWN));
    let (mut lost, mut direction) = (0, UP);
    while lost < 50 {
        let running = ladder.setup.pmdb(direction).spawn();
        thread::sleep(random.shorter_than(whole));
        if terminate_one(&ladder.setup) {
            lost += 1;
        }
        let outcome = running.wait();
        assert!(matches!(outcome.code, Some(0 | 1)), "{:?}\n{}", outcome.code, outcome.stderr);
        ladder.settle();
        ladder.check();
        ladder.setup.run(direction).success();
        direction = Ladder::direction(ladder.check(), direction);
    }
}

/// Kills a server process of the run, whichever, so that the server ends all of them and recovers; false when there is
/// none, or when it was ending by itself, which does the server no harm.
fn crash(server: &Server, setup: &Setup) -> bool {
    let pids = setup.database.sql(
        "SELECT pid FROM pg_stat_activity \
         WHERE datname = current_database() AND application_name = 'pmdb' ORDER BY random() LIMIT 1",
    );
    let Some(Some(pid)) = pids.first().map(|row| row[0].as_deref()) else { return false };
    if kill_process(Pid::from_raw(pid.parse().unwrap()).unwrap(), Signal::KILL).is_err() {
        return false;
    }
    // Once the process is gone, the server knows how it has ended.
    wait_until("the process ends", || !Path::new("/proc").join(pid).exists());
    setup.run(&["wait"]).success();
    server.log().contains(&format!("(PID {pid}) was terminated by signal 9"))
}

/// Waits until the server has started and then recovered this many times.
#[track_caller]
fn wait_for_recovery(server: &Server, crashes: usize) {
    wait_until("the server has recovered", || {
        server.log().matches("ready to accept connections").count() > crashes
    });
}

#[test]
fn after_a_crash_of_the_server_the_next_run_finishes_by_itself() {
    let server = Server::own();
    let setup = Setup { project: Project::new(), database: Database::on(&server) };
    // As on every server but those of tests: what is committed survives a crash.
    let name = setup.database.name();
    setup.database.sql(&format!("ALTER DATABASE {name} SET synchronous_commit = on"));
    let (ladder, mut random) = (Ladder::new(setup), Random::new());
    let whole = ladder.time(UP).max(ladder.time(DOWN));
    let (mut crashes, mut direction) = (0, UP);
    while crashes < 8 {
        let running = ladder.setup.pmdb(direction).spawn();
        thread::sleep(random.shorter_than(whole));
        if crash(&server, &ladder.setup) {
            crashes += 1;
        }
        let outcome = running.wait();
        assert!(matches!(outcome.code, Some(0 | 1)), "{:?}\n{}", outcome.code, outcome.stderr);
        wait_for_recovery(&server, crashes);
        ladder.settle();
        ladder.check();
        ladder.setup.run(direction).success();
        direction = Ladder::direction(ladder.check(), direction);
    }
    // What a run has told to be applied is there after a crash that comes right after it.
    ladder.setup.run(UP).success();
    let _somebody = ladder.setup.hold("SET application_name = 'pmdb'");
    assert!(crash(&server, &ladder.setup));
    wait_for_recovery(&server, crashes + 1);
    assert_eq!(ladder.check(), FILES);
}
