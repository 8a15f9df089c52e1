//! Nothing stays behind: no databases, no processes, no folders, however pmdb ends.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use rustix::process::{Pid, Signal, kill_process};

use super::{TABLE, project};
use crate::support::{Project, Running, Server, wait_until};

/// A temporary folder for pmdb alone.
pub struct Tmp(PathBuf);

impl Tmp {
    pub fn new(project: &Project) -> Tmp {
        let path = project.path().join("tmp");
        fs::create_dir_all(&path).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o777)).unwrap();
        Tmp(path)
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(&self.0).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }

    /// Processes that have the folder in their command line.
    fn processes(&self) -> Vec<String> {
        let Ok(processes) = fs::read_dir("/proc") else { return Vec::new() };
        let lines = processes.flatten().filter_map(|entry| {
            let line = fs::read(entry.path().join("cmdline")).ok()?;
            Some(String::from_utf8_lossy(&line).replace('\0', " "))
        });
        lines.filter(|line| line.contains(self.0.to_str().unwrap())).collect()
    }

    /// The shared memory of the servers that have their data here.
    fn shared_memory(&self) -> Vec<PathBuf> {
        let segments = self.names().into_iter().flat_map(|name| {
            let pid_file = self.0.join(name).join("data/postmaster.pid");
            let pid = fs::read_to_string(pid_file).unwrap().lines().next().unwrap().to_owned();
            let maps = fs::read_to_string(format!("/proc/{pid}/maps")).unwrap();
            let start = |line: &str| line.find("/dev/shm/PostgreSQL.").map(|start| line[start..].to_owned());
            maps.lines().filter_map(start).map(PathBuf::from).collect::<Vec<_>>()
        });
        segments.collect()
    }

    #[track_caller]
    pub fn assert_empty(&self) {
        assert_eq!(self.names(), Vec::<String>::new());
        assert_eq!(self.processes(), Vec::<String>::new());
    }

    #[track_caller]
    fn becomes_empty(&self) {
        wait_until("the temporary folder is empty", || self.names().is_empty());
        wait_until("the processes are gone", || self.processes().is_empty());
    }
}

/// A set whose second file tells that it has begun, by a file, and then sleeps.
fn sleepy(tmp: &Tmp, marker: &str) -> (Project, PathBuf) {
    let begun = tmp.path().parent().unwrap().join("begun/here");
    fs::create_dir_all(begun.parent().unwrap()).unwrap();
    fs::set_permissions(begun.parent().unwrap(), Permissions::from_mode(0o777)).unwrap();
    let tells = format!("COPY (SELECT 1) TO '{}';", begun.display());
    let files = project(&[
        ("0001_t.sql", TABLE),
        (
            "0002_sleep.sql",
            &format!("{marker}\n{tells}\nSELECT pg_sleep(600);\n-- migrate:down\nSELECT 1;\n"),
        ),
    ]);
    (files, begun)
}

/// A `pmdb verify` on a private server that is in the middle of a migration.
fn in_the_middle(owner: &Project, marker: &str) -> (Tmp, Running) {
    let tmp = Tmp::new(owner);
    let (files, begun) = sleepy(&tmp, marker);
    let running = files.pmdb(&["verify"]).env("TMPDIR", tmp.path()).spawn();
    wait_until("the migration begins", || begun.exists());
    (tmp, running)
}

#[test]
fn ctrl_c_and_sigterm_in_a_migration_leave_nothing() {
    for (marker, stop) in [
        ("-- migrate:up", Running::interrupt as fn(&Running)),
        ("-- migrate:up transaction:false", Running::interrupt),
        ("-- migrate:up", Running::terminate),
    ] {
        let owner = Project::new();
        let (tmp, running) = in_the_middle(&owner, marker);
        stop(&running);
        let outcome = running.wait().fails(130);
        assert_eq!(outcome.stderr, "error: interrupted\n");
        tmp.assert_empty();
    }
}

#[test]
fn ctrl_c_while_the_server_starts_leaves_nothing() {
    for file in ["", "lock", "server.log", "data"] {
        let files = project(&[("0001_t.sql", TABLE)]);
        let tmp = Tmp::new(&files);
        let running = files.pmdb(&["verify"]).env("TMPDIR", tmp.path()).spawn();
        wait_until("the server's folder is there", || {
            tmp.names().iter().any(|name| tmp.path().join(name).join(file).exists())
        });
        running.interrupt();
        running.wait().fails(130);
        tmp.assert_empty();
    }
}

#[test]
fn a_killed_pmdb_leaves_nothing_since_its_watcher_sees_to_that() {
    let owner = Project::new();
    let (tmp, running) = in_the_middle(&owner, "-- migrate:up");
    running.kill();
    tmp.becomes_empty();
}

#[cfg(target_os = "linux")]
#[test]
fn what_a_pmdb_leaves_that_was_killed_with_its_watcher_is_cleared_by_the_next_one() {
    let owner = Project::new();
    let (tmp, running) = in_the_middle(&owner, "-- migrate:up");
    let tasks = fs::read_dir(format!("/proc/{}/task", running.pid())).unwrap();
    let children = tasks.map(|task| fs::read_to_string(task.unwrap().path().join("children")).unwrap());
    let children: Vec<String> =
        children.flat_map(|line| line.split(' ').map(str::to_owned).collect::<Vec<_>>()).collect();
    for child in children.iter().filter(|child| !child.is_empty()) {
        let name = fs::read_to_string(format!("/proc/{child}/comm")).unwrap();
        if name.trim() == "sh" {
            kill_process(Pid::from_raw(child.parse().unwrap()).unwrap(), Signal::KILL).unwrap();
        }
    }
    running.kill();
    assert!(!tmp.names().is_empty() && !tmp.processes().is_empty(), "nobody was there to stop the server");
    let segments = tmp.shared_memory();
    assert!(!segments.is_empty() && segments.iter().all(|segment| segment.exists()), "{segments:?}");
    let files = project(&[("0001_t.sql", TABLE)]);
    files.pmdb(&["verify"]).env("TMPDIR", tmp.path()).run().success();
    tmp.becomes_empty();
    assert!(!segments.iter().any(|segment| segment.exists()), "it was killed, not stopped: {segments:?}");
}

/// The scratch databases on a server.
fn scratch_databases(server: &Server) -> usize {
    server.sql("postgres", "SELECT datname FROM pg_database WHERE datname LIKE 'pmdb_scratch%'").len()
}

/// A `pmdb verify` on this server that is in the middle of a migration.
fn in_the_middle_on(server: &Server, args: &[&str]) -> Running {
    let files = project(&[
        ("0001_t.sql", TABLE),
        ("0002_sleep.sql", "-- migrate:up\nSELECT pg_sleep(600);\n-- migrate:down\nSELECT 1;\n"),
        ("0003_u.sql", "-- migrate:up\nCREATE TABLE u (id int);\n-- migrate:down\nDROP TABLE u;\n"),
    ]);
    let url = server.url("postgres");
    let running = files.pmdb(&[&["verify", "--scratch-url", &url], args].concat()).spawn();
    wait_until("the migration sleeps", || sleeping(server) > 0);
    running
}

fn sleeping(server: &Server) -> usize {
    server.sql("postgres", "SELECT pid FROM pg_stat_activity WHERE wait_event = 'PgSleep'").len()
}

#[test]
fn no_database_stays_on_a_scratch_server() {
    let server = Server::own();
    let url = server.url("postgres");
    for jobs in ["1", "3"] {
        let good = project(&[("0001_t.sql", TABLE)]);
        good.pmdb(&["verify", "--scratch-url", &url, "--jobs", jobs]).run().success();
        let wrong = super::verdicts::one_of_each();
        wrong.pmdb(&["verify", "--scratch-url", &url, "--jobs", jobs]).run().fails(1);
        wrong.migration("0099_bad.sql", "-- migrate:up\nSELECT 1/0;\n");
        wrong.pmdb(&["verify", "--scratch-url", &url, "--jobs", jobs]).run().fails(1);
        assert_eq!(scratch_databases(&server), 0);
    }
    for stop in [Running::interrupt as fn(&Running), Running::terminate] {
        let running = in_the_middle_on(&server, &[]);
        stop(&running);
        running.wait().fails(130);
        assert_eq!((scratch_databases(&server), sleeping(&server)), (0, 0));
    }
}

#[test]
fn the_databases_of_a_killed_run_are_dropped_by_the_next_and_those_of_a_living_one_are_not() {
    let server = Server::own();
    let living = in_the_middle_on(&server, &[]);
    assert_eq!(scratch_databases(&server), 1);
    let files = project(&[("0001_t.sql", TABLE)]);
    let verify = || files.pmdb(&["verify", "--scratch-url", &server.url("postgres")]).run().success();
    verify();
    assert_eq!((scratch_databases(&server), sleeping(&server)), (1, 1), "the living one goes on");
    living.kill();
    let has_gone = "SELECT FROM pg_stat_activity WHERE application_name LIKE 'pmdb_scratch%' \
                    OR datname LIKE 'pmdb_scratch%' AND state = 'idle in transaction'";
    wait_until("the server sees that it is gone", || server.sql("postgres", has_gone).is_empty());
    verify();
    assert_eq!((scratch_databases(&server), sleeping(&server)), (0, 0));
}

#[test]
fn only_databases_with_the_name_of_a_run_are_dropped() {
    let server = Server::own();
    server.sql("postgres", "CREATE DATABASE pmdb_scratch_0123456789abcdef_1");
    server.sql("postgres", "CREATE DATABASE pmdb_scratch_of_mine");
    let files = project(&[("0001_t.sql", TABLE)]);
    files.pmdb(&["verify", "--scratch-url", &server.url("postgres")]).run().success();
    let names = server.sql("postgres", "SELECT datname FROM pg_database WHERE datname LIKE 'pmdb%'");
    assert_eq!(names, [[Some("pmdb_scratch_of_mine".to_owned())]]);
}
