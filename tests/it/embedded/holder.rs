//! A process beside the test that holds an embedded server.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use rustix::process::Pid;

use super::{postmaster, socket_dir};

/// Another process that holds a server: `pmdb dev` in the folder above the home.
pub struct Holder {
    process: Child,
    pub postmaster: Pid,
    pub socket_dir: PathBuf,
}

impl Holder {
    pub fn start(home: &Path) -> Holder {
        Holder::start_with(home, &[])
    }

    pub fn start_with(home: &Path, variables: &[(&str, &str)]) -> Holder {
        let project = home.parent().unwrap();
        fs::create_dir(project.join("migrations")).unwrap();
        let mut process = Command::new(env!("CARGO_BIN_EXE_pmdb"))
            .args(["dev", "--quiet"])
            .current_dir(project)
            .envs(variables.iter().copied())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut url = String::new();
        BufReader::new(process.stdout.as_mut().unwrap()).read_line(&mut url).unwrap();
        assert!(url.starts_with("postgresql://"), "{url}");
        let data = home.join("data");
        Holder { process, postmaster: postmaster(&data), socket_dir: socket_dir(&data) }
    }

    /// Its lock is free when it is gone, which is some time after the signal.
    pub fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    pub fn children(&self) -> Vec<Pid> {
        let process = self.process.id();
        let tasks = fs::read_dir(format!("/proc/{process}/task")).unwrap();
        let children = tasks.map(|task| fs::read_to_string(task.unwrap().path().join("children")).unwrap());
        let numbers =
            children.flat_map(|line| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>());
        numbers.map(|number| Pid::from_raw(number.parse().unwrap()).unwrap()).collect()
    }
}

impl Drop for Holder {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
