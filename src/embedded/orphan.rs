//! A server that outlived its pmdb.
//!
//! When pmdb is killed, the watcher stops the server, which takes some time; and when the watcher was killed
//! too, nobody does. Both leave a server running on data whose lock is free. Only a process that holds
//! the lock, and has seen that nobody uses the server ([`super::users::close`]), may come here: it is stopped.

use std::fs;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process, test_kill_process};

use super::files::failed_to;
use super::pid_file::PidFile;
use super::{EmbeddedError, Holder, run_dir};

/// How long the server may take to stop. It writes all changed pages before it ends.
const PATIENCE: Duration = Duration::from_secs(60);

/// Stops a server that still runs on the data and waits for its end.
pub(super) fn stop(home: &Path, data: &Path) -> Result<(), EmbeddedError> {
    let Some(server) = PidFile::read(data) else { return Ok(()) };
    let postmaster = server.pid;
    let deadline = Instant::now() + PATIENCE;
    let mut running = running_on(data, postmaster);
    if is_known_server(postmaster, data) {
        // It may have ended since.
        let _ = kill_process(postmaster, Signal::INT);
    }
    while let Some(&pid) = running.first() {
        if Instant::now() > deadline {
            let holder = Holder { pid: Some(pid), ..Holder::default() };
            return Err(EmbeddedError::Busy { home: home.to_owned(), holder });
        }
        thread::sleep(Duration::from_millis(20));
        running = running_on(data, postmaster);
    }
    if let Some(folder) = server.socket_dir.filter(|folder| run_dir::is_one(folder)) {
        // Nothing is lost when this fails: its name is not used again.
        let _ = fs::remove_dir_all(folder);
    }
    forget(postmaster, &PidFile::path(data))
}

/// After a crash PostgreSQL removes `postmaster.pid` itself, unless its number belongs to a living process
/// of the same user: then it believes that the server still runs. In containers, where numbers
/// are small, that is common. Here it is known that nobody runs on this data.
fn forget(postmaster: Pid, pid_file: &Path) -> Result<(), EmbeddedError> {
    let number_is_taken = test_kill_process(postmaster).is_ok();
    if !number_is_taken || !pid_file.exists() {
        return Ok(());
    }
    fs::remove_file(pid_file).map_err(failed_to("remove", pid_file))
}

/// The processes of PostgreSQL that have the data open: the server, or what a killed one left.
fn running_on(data: &Path, postmaster: Pid) -> Vec<u32> {
    let Ok(processes) = fs::read_dir("/proc") else {
        // Without /proc (macOS) the number is all there is.
        let alive = test_kill_process(postmaster).is_ok();
        return alive.then_some(postmaster.as_raw_nonzero().get().unsigned_abs()).into_iter().collect();
    };
    let pids = processes.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    pids.filter(|&pid| works_in(pid, data)).collect()
}

fn is_known_server(postmaster: Pid, data: &Path) -> bool {
    works_in(postmaster.as_raw_nonzero().get().unsigned_abs(), data)
}

/// Every process of a server has the data directory as its working directory. So has a shell whose user
/// looks around there, hence the look at the name.
fn works_in(pid: u32, data: &Path) -> bool {
    let process = Path::new("/proc").join(pid.to_string());
    let is_postgres = || fs::read_to_string(process.join("comm")).is_ok_and(|name| name.trim() == "postgres");
    fs::read_link(process.join("cwd")).is_ok_and(|folder| folder == data) && is_postgres()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_living_process_that_is_no_server_does_not_keep_the_data() {
        let data = tempfile::tempdir().unwrap();
        let pid_file = data.path().join("postmaster.pid");
        fs::write(&pid_file, format!("{}\n", std::process::id())).unwrap();
        stop(data.path(), data.path()).unwrap();
        assert!(!pid_file.exists());
    }

    #[test]
    fn a_pid_file_with_anything_else_inside_is_left_to_the_server() {
        let data = tempfile::tempdir().unwrap();
        let pid_file = data.path().join("postmaster.pid");
        for text in ["", "-1\n", "0\n", "many\n", "99999999999\n"] {
            fs::write(&pid_file, text).unwrap();
            stop(data.path(), data.path()).unwrap();
            assert!(pid_file.exists());
        }
    }
}
