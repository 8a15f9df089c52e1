//! Servers, and ways to them, that no longer say a word.

use std::fs;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::support::{Running, Setup, server, wait_until};

/// A server process that hears and says nothing until the value is dropped.
struct Stopped(Pid);

impl Stopped {
    /// The one whose number this query gives.
    fn of(setup: &Setup, query: &str) -> Stopped {
        let pid = Pid::from_raw(setup.database.value(query).parse().unwrap()).unwrap();
        kill_process(pid, Signal::STOP).unwrap();
        Stopped(pid)
    }
}

impl Drop for Stopped {
    fn drop(&mut self) {
        let _ = kill_process(self.0, Signal::CONT);
    }
}

/// A run in the middle of its only file, for as long as the second value is there.
fn in_the_middle(setup: &Setup, url: &str) -> (Running, crate::support::Held) {
    let held = setup.hold("SELECT pg_advisory_lock(7)");
    setup.project.migration("0001_a.sql", "-- migrate:up\nSELECT pg_advisory_xact_lock(7);\n");
    let running = setup.pmdb(&["up", "--lock-timeout", "60s"]).env("DATABASE_URL", url).spawn();
    setup.wait_for_statement("pg_advisory_xact_lock(7)");
    (running, held)
}

/// The session that holds the lock of the runners.
const LOCK_HOLDER: &str = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() \
     AND application_name = 'pmdb' AND state = 'idle in transaction'";

#[test]
fn a_run_ends_although_the_server_process_with_the_lock_is_silent() {
    let setup = Setup::new();
    let (running, held) = in_the_middle(&setup, setup.database.url());
    let stopped = Stopped::of(&setup, LOCK_HOLDER);
    let start = Instant::now();
    drop(held);
    running.wait().success();
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
    drop(stopped);
    assert_eq!(setup.states(), "0001 applied");
}

/// The keepalive timers of the TCP connections that a process has to this port: after how many hundredths of a second
/// the peer is asked for a sign of life (Linux, `Documentation/networking/proc_net_tcp.rst`). `None` for a connection without one.
fn keepalives(pid: u32, port: u16) -> Vec<Option<u64>> {
    let sockets: Vec<String> = fs::read_dir(format!("/proc/{pid}/fd"))
        .unwrap()
        .filter_map(|entry| fs::read_link(entry.unwrap().path()).ok()?.to_str().map(str::to_owned))
        .collect();
    let table = fs::read_to_string(format!("/proc/{pid}/net/tcp")).unwrap();
    let timer = |line: &str| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let is_ours = sockets.contains(&format!("socket:[{}]", fields[9]));
        let (kind, when) = fields[5].split_once(':').unwrap();
        (is_ours && fields[2].ends_with(&format!(":{port:04X}")))
            .then(|| (kind == "02").then(|| u64::from_str_radix(when, 16).unwrap()))
    };
    table.lines().skip(1).filter_map(timer).collect()
}

#[test]
fn every_connection_over_tcp_is_asked_for_a_sign_of_life() {
    let setup = Setup::new();
    let url = server().tcp_url(setup.database.name());
    let (running, held) = in_the_middle(&setup, &url);
    running.wait_for_stderr("waiting for a lock");
    // Its own, that of the lock, and the one that looks what it is waiting for.
    let mut timers = Vec::new();
    wait_until("three connections have a timer", || {
        timers = keepalives(running.pid(), server().tcp_port());
        // One on which something has just been sent waits for its acknowledgement.
        timers.len() == 3 && timers.iter().all(Option::is_some)
    });
    assert!(timers.iter().all(|timer| timer.is_some_and(|hundredths| hundredths <= 3000)), "{timers:?}");
    drop(held);
    running.wait().success();
}
