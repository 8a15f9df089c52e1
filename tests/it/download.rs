//! On a machine without PostgreSQL.
//!
//! The programs of this one are hidden in a namespace of its own, which only root can make. What a download may meet
//! otherwise, the tests beside its source know.

use std::fs;
use std::path::Path;

use crate::support::{Delivery, Mirror, Pmdb, Project, Running, binaries, skipped, wait_until};

/// Runs a program where the folder `$1` is empty, and those of other PostgreSQLs are.
const HIDDEN: &str = r#"
for folder in "$1" /usr/lib/postgresql/*/bin /usr/pgsql-*/bin /opt/PostgreSQL/*/bin; do
    if [ -d "$folder" ]; then mount -t tmpfs -o ro none "$folder" || exit; fi
done
shift
exec "$@"
"#;

/// A project, a cache beside it, and a mirror.
struct Machine {
    project: Project,
    mirror: Mirror,
}

impl Machine {
    /// `None`: skip the test.
    fn new(delivery: Delivery) -> Option<Machine> {
        let is_apart = !binaries().bin_dir.join("env").exists();
        if !cfg!(target_os = "linux") || !rustix::process::geteuid().is_root() || !is_apart {
            let how =
                "run the tests as root on Linux, with a PostgreSQL whose folder is not that of all programs";
            skipped("a machine without PostgreSQL", how);
            return None;
        }
        let machine = Machine { project: Project::new(), mirror: Mirror::new(delivery) };
        machine.project.migration("0001_t.sql", "-- migrate:up\nCREATE TABLE t (a int);\n");
        Some(machine)
    }

    fn pmdb(&self, args: &[&str]) -> Pmdb {
        let bin = binaries().bin_dir;
        let hidden = ["unshare", "--mount", "sh", "-c", HIDDEN, "sh", bin.to_str().unwrap()];
        self.project
            .pmdb(args)
            .within(&hidden)
            .env_remove("PMDB_PG_BIN")
            .env("PATH", "/usr/bin:/bin")
            .env("XDG_CACHE_HOME", self.cache())
            .env("PMDB_PG_MIRROR", self.mirror.url())
    }

    fn cache(&self) -> String {
        self.project.path().with_file_name("cache").to_str().unwrap().to_owned()
    }

    fn kept(&self) -> Vec<String> {
        let entries = fs::read_dir(Path::new(&self.cache()).join("pmdb")).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

#[test]
fn without_postgresql_it_is_fetched_and_found_the_next_time() {
    let Some(machine) = Machine::new(Delivery::Whole) else { return };
    let first = machine.pmdb(&["up", "--embedded"]).run().success();
    assert!(first.stderr.contains("there is no PostgreSQL on this machine: fetching"), "{}", first.stderr);
    assert!(first.stderr.contains("PMDB_DOWNLOAD=never forbids it"), "{}", first.stderr);
    assert!(first.stderr.contains("applied 0001 t"), "{}", first.stderr);
    assert_eq!(machine.mirror.requests().len(), 2);
    let verified = machine.pmdb(&["verify"]).env("PMDB_DOWNLOAD", "never").run().success();
    assert!(verified.stdout.contains("0001 t"), "{}", verified.stdout);
    assert_eq!(machine.mirror.requests().len(), 2);
}

#[test]
fn a_download_that_is_forbidden_or_fails_is_the_last_line_of_the_message() {
    let Some(machine) = Machine::new(Delivery::Whole) else { return };
    let forbidden = machine.pmdb(&["verify"]).env("PMDB_DOWNLOAD", "never").run().fails(1);
    assert!(forbidden.stderr.contains("found no PostgreSQL server on this machine"), "{}", forbidden.stderr);
    assert!(forbidden.stderr.ends_with("  pmdb would fetch it, but PMDB_DOWNLOAD is `never`\n"));
    let nobody =
        machine.pmdb(&["verify", "--json"]).env("PMDB_PG_MIRROR", "http://127.0.0.1:1").run().fails(1);
    let message = nobody.json()["error"]["message"].as_str().unwrap().to_owned();
    assert!(message.contains("pmdb could not fetch it from http://127.0.0.1:1/"), "{message}");
    assert!(machine.mirror.requests().is_empty());
}

#[test]
fn a_download_can_be_interrupted_and_killed_and_is_begun_again() {
    let Some(machine) = Machine::new(Delivery::Half) else { return };
    let ways: [fn(Running) -> Option<i32>; 2] = [interrupted, Running::kill];
    for (end, code) in ways.into_iter().zip([Some(130), None]) {
        let running = machine.pmdb(&["up", "--embedded"]).spawn();
        running.wait_for_stderr("fetching");
        let is_half_there = || machine.kept().iter().any(|name| name.starts_with(".new-"));
        let folder = Path::new(&machine.cache()).join("pmdb");
        wait_until("the download begins", || folder.exists() && is_half_there());
        assert_eq!(end(running), code);
    }
    let whole = Mirror::new(Delivery::Whole);
    machine.pmdb(&["up", "--embedded"]).env("PMDB_PG_MIRROR", whole.url()).run().success();
    assert_eq!(machine.kept().len(), 2, "{:?}", machine.kept());
}

fn interrupted(running: Running) -> Option<i32> {
    running.interrupt();
    running.wait().code
}

#[test]
fn a_mirror_elsewhere_is_reached_by_the_proxy_that_the_environment_names() {
    let Some(machine) = Machine::new(Delivery::Whole) else { return };
    let elsewhere = machine.pmdb(&["verify"]).env("PMDB_PG_MIRROR", "https://al:s3cret@mirror.invalid/pg");
    let outcome = elsewhere.env("HTTPS_PROXY", machine.mirror.url()).run().fails(1);
    assert!(
        outcome.stderr.contains("could not fetch it from https://mirror.invalid/pg/"),
        "{}",
        outcome.stderr
    );
    assert!(!outcome.stderr.contains("s3cret"), "{}", outcome.stderr);
    assert_eq!(machine.mirror.requests(), ["CONNECT mirror.invalid:443 HTTP/1.1"]);
}
