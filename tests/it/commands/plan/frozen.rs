//! A target that stops answering: `pmdb plan` ends, and says what it does not know.

use std::thread;
use std::time::{Duration, Instant};

use super::{pending, text};
use crate::support::{Outcome, Proxy, Setup, server};

const CHANGE: &str = "-- migrate:up\nALTER TABLE users ALTER email SET NOT NULL;\nUPDATE posts SET user_id = 1;\n\
     ALTER TABLE users DROP at;\n";

/// The longest of pmdb's own limits, and what else a busy machine takes.
const LONGEST: Duration = Duration::from_secs(45);

/// The plan by way of this proxy.
fn plan(setup: &Setup, proxy: &Proxy) -> Outcome {
    let (url, scratch) = (proxy.url(setup.database.name()), server().url("postgres"));
    setup
        .pmdb(&["plan", "--json", "--url", &url, "--scratch-url", &scratch])
        .env("PGCONNECT_TIMEOUT", "5")
        .run()
}

/// What is said where the server falls silent after this many answers.
fn silent_after(setup: &Setup, answers: usize) -> String {
    let proxy = Proxy::new(server().socket(), Duration::ZERO);
    proxy.fall_silent_after(answers);
    let start = Instant::now();
    let outcome = plan(setup, &proxy);
    assert!(start.elapsed() < LONGEST, "{answers} answers: {:?}", start.elapsed());
    let document = outcome.json();
    if outcome.code != Some(0) {
        return text(&document["error"]["code"]).to_owned();
    }
    assert!(document.to_string().contains("does not answer any more"), "{answers} answers: {document:#}");
    "a gap".to_owned()
}

#[test]
fn a_target_that_falls_silent_at_any_answer_ends_the_plan_in_time() {
    let setup = pending(CHANGE);
    let proxy = Proxy::new(server().socket(), Duration::ZERO);
    plan(&setup, &proxy).success();
    let all = proxy.traffic().iter().map(|traffic| traffic.answers).max().unwrap();
    let told: Vec<String> = thread::scope(|scope| {
        let setup = &setup;
        let runs: Vec<_> =
            (0..all).map(|answers| scope.spawn(move || silent_after(setup, answers))).collect();
        runs.into_iter().map(|run| run.join().unwrap()).collect()
    });
    assert_eq!(told[..3], ["connect", "no_answer", "no_answer"], "{told:?}");
    assert!(told.iter().filter(|one| *one == "a gap").count() > 5, "{told:?}");
}
