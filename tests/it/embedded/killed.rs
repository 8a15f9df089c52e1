//! What becomes of the embedded server when the process that holds it is killed.

use rustix::process::{Signal, kill_process};

use super::holder::Holder;
use super::{is_gone, project, start};
use crate::support::wait_until;

#[test]
fn killing_the_process_takes_its_server_and_its_socket_away() {
    let (_folder, home) = project(0o755);
    let mut holder = Holder::start(&home);
    holder.kill();
    wait_until("the server ends", || is_gone(holder.postmaster));
    wait_until("its socket folder goes", || !holder.socket_dir.exists());
    assert!(!home.join("data/postmaster.pid").exists());
}

#[test]
fn a_start_right_after_a_kill_waits_for_the_old_server() {
    let (_folder, home) = project(0o755);
    let mut holder = Holder::start(&home);
    holder.kill();
    start(&home).unwrap().stop().unwrap();
    assert!(is_gone(holder.postmaster));
}

#[cfg(target_os = "linux")]
#[test]
fn a_server_whose_watcher_was_killed_too_is_stopped_by_the_next_start() {
    let (_folder, home) = project(0o755);
    let mut holder = Holder::start(&home);
    for child in holder.children() {
        if child != holder.postmaster {
            kill_process(child, Signal::KILL).unwrap();
        }
    }
    holder.kill();
    assert!(!is_gone(holder.postmaster), "nobody was there to stop it");
    start(&home).unwrap().stop().unwrap();
    assert!(is_gone(holder.postmaster));
    assert!(!holder.socket_dir.exists());
}
