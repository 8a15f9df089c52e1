//! `pmdb dev`: beside other commands, with an application, and while files change.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use rustix::process::{Pid, Signal, kill_process, test_kill_process};

use crate::support::{Project, Running, wait_until};

const USERS: &str =
    "-- migrate:up\nCREATE TABLE users (id int PRIMARY KEY);\n-- migrate:down\nDROP TABLE users;\n";
const SLOW: &str =
    "-- migrate:up\nSELECT pg_sleep(1.5);\nCREATE TABLE slow ();\n-- migrate:down\nDROP TABLE slow;\n";

fn project() -> Project {
    let project = Project::new();
    project.migration("0001_users.sql", USERS);
    project
}

fn dev(project: &Project, options: &[&str]) -> Running {
    let dev = project.pmdb(&[&["dev"], options].concat()).spawn();
    dev.wait_for_stderr("ready");
    dev
}

/// The tables and their columns, as the private server has them.
fn tables(project: &Project) -> String {
    project.pmdb(&["schema", "--embedded"]).run().success().stdout
}

fn number(path: &Path) -> Pid {
    let text = fs::read_to_string(path).unwrap();
    Pid::from_raw(text.lines().next().unwrap().trim().parse().unwrap()).unwrap()
}

fn postmaster(project: &Project) -> Pid {
    number(&project.path().join(".pmdb/data/postmaster.pid"))
}

fn is_gone(pid: Pid) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    test_kill_process(pid).is_err() || stat.contains(") Z ")
}

/// Neither the server nor the folder of its socket.
fn wait_until_nothing_is_left(project: &Project) {
    let pid_file = project.path().join(".pmdb/data/postmaster.pid");
    let Ok(text) = fs::read_to_string(&pid_file) else { return };
    let socket_dir = text.lines().nth(4).unwrap().to_owned();
    wait_until("the server ends", || !pid_file.exists());
    wait_until("its folder goes", || !Path::new(&socket_dir).exists());
}

#[test]
fn other_commands_use_the_server_of_dev_and_leave_it_running() {
    let project = project();
    let dev = dev(&project, &[]);
    let server = postmaster(&project);
    for command in [&["status"][..], &["down"], &["up"], &["redo"], &["reset"], &["drop"], &["up"]] {
        let outcome = project.pmdb(&[command, &["--embedded"]].concat()).run().success();
        assert!(!outcome.stderr.contains("waiting"), "{}", outcome.stderr);
    }
    assert_eq!(postmaster(&project), server);
    dev.interrupt();
    dev.wait().success();
    wait_until_nothing_is_left(&project);
}

#[test]
fn a_second_dev_is_told_of_the_first_and_gives_up_with_5() {
    let project = project();
    let first = dev(&project, &[]);
    let second = project.pmdb(&["dev", "--lock-wait", "0s"]).run().fails(5);
    let (home, pid) = (project.path().join(".pmdb"), first.pid());
    let told = format!("error: {} is in use by `pmdb dev` (process {pid}, for ", home.display());
    assert!(second.stderr.contains(&told), "{}", second.stderr);
    let waiting = project.pmdb(&["dev"]).spawn();
    waiting.wait_for_stderr(&format!("waiting for `pmdb dev` (process {pid}, for "));
    waiting.interrupt();
    waiting.wait().fails(130);
}

#[test]
fn the_url_stays_the_same_and_another_port_serves_only_while_it_is_taken() {
    let project = project();
    let url = |options: &[&str]| {
        let dev = dev(&project, options);
        dev.interrupt();
        dev.wait().success()
    };
    let first = url(&[]).stdout;
    assert_eq!(url(&[]).stdout, first);
    let file = project.path().join(".pmdb/port");
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let port: u16 = fs::read_to_string(&file).unwrap().trim().parse().unwrap();
    assert!(first.contains(&format!("@127.0.0.1:{port}/")), "{first}");

    let taken = TcpListener::bind(("127.0.0.1", port)).unwrap();
    let elsewhere = url(&[]);
    assert_ne!(elsewhere.stdout, first);
    assert!(elsewhere.stderr.contains(&format!("another program has taken port {port}")));
    let refused = project.pmdb(&["dev", "--port", &port.to_string()]).run().fails(1);
    assert!(refused.stderr.contains(&format!("cannot listen on 127.0.0.1:{port}")), "{}", refused.stderr);
    drop(taken);
    assert_eq!(url(&[]).stdout, first);

    let free = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
    let chosen = url(&["--port", &free.to_string()]).stdout;
    assert!(chosen.contains(&format!(":{free}/")), "{chosen}");
    assert_eq!(url(&[]).stdout, chosen);
}

#[test]
fn a_command_that_uses_the_server_outlives_the_dev_that_started_it() {
    for kill in [true, false] {
        let project = project();
        let dev = dev(&project, &[]);
        project.migration("0002_slow.sql", SLOW);
        let up = project.pmdb(&["up", "--embedded"]).spawn();
        wait_until("its migration runs", || messages(&project).contains("pg_sleep"));
        if kill {
            dev.kill();
        } else {
            dev.interrupt();
            let outcome = dev.wait().success();
            assert!(outcome.stderr.contains("another pmdb still uses the server"), "{}", outcome.stderr);
        }
        project.pmdb(&["status", "--embedded"]).run().success();
        let outcome = up.wait().success();
        assert!(outcome.stderr.contains("applied 0002 slow"), "{}", outcome.stderr);
        wait_until_nothing_is_left(&project);
    }
}

/// What sessions do at the moment.
fn messages(project: &Project) -> String {
    let text = fs::read_to_string(project.path().join(".pmdb/data/postmaster.pid")).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let query = "SELECT query FROM pg_stat_activity WHERE pid <> pg_backend_pid()";
    let psql = std::process::Command::new(crate::support::binaries().bin_dir.join("psql"))
        .args(["-h", lines[4], "-p", lines[3], "-U", "postgres", "-Atc", query])
        .output()
        .unwrap();
    String::from_utf8(psql.stdout).unwrap()
}

#[test]
fn a_dev_killed_with_its_watcher_leaves_the_server_to_those_who_use_it_and_the_next_start_takes_it_away() {
    let project = project();
    let dev = dev(&project, &[]);
    project.migration("0002_slow.sql", SLOW);
    let up = project.pmdb(&["up", "--embedded"]).spawn();
    wait_until("its migration runs", || messages(&project).contains("pg_sleep"));
    let server = postmaster(&project);
    for task in fs::read_dir(format!("/proc/{}/task", dev.pid())).unwrap() {
        let children = fs::read_to_string(task.unwrap().path().join("children")).unwrap();
        let children =
            children.split_whitespace().map(|child| Pid::from_raw(child.parse().unwrap()).unwrap());
        children
            .filter(|child| *child != server)
            .for_each(|child| kill_process(child, Signal::KILL).unwrap());
    }
    dev.kill();
    let waiting = project.pmdb(&["dev", "--lock-wait", "0s"]).run().fails(5);
    assert!(waiting.stderr.contains("is in use by another process"), "{}", waiting.stderr);
    up.wait().success();
    assert!(!is_gone(server), "nobody was there to stop it");
    let next = self::dev(&project, &[]);
    assert!(is_gone(server));
    next.interrupt();
    next.wait().success();
    wait_until_nothing_is_left(&project);
}

#[test]
fn several_commands_that_come_at_once_share_one_server() {
    let project = project();
    let all: Vec<Running> = (0..6).map(|_| project.pmdb(&["up", "--embedded"]).spawn()).collect();
    let outcomes: Vec<_> = all.into_iter().map(|one| one.wait().success()).collect();
    let applied = outcomes.iter().filter(|outcome| outcome.stderr.contains("applied 0001")).count();
    assert_eq!(applied, 1);
    wait_until_nothing_is_left(&project);
}

#[test]
fn dev_ends_when_its_server_has_been_killed() {
    let project = project();
    let dev = dev(&project, &[]);
    kill_process(postmaster(&project), Signal::KILL).unwrap();
    let outcome = dev.wait().fails(1);
    assert!(outcome.stderr.contains("the PostgreSQL server did not stop cleanly"), "{}", outcome.stderr);
    project.pmdb(&["status", "--embedded"]).run().success();
}

#[test]
fn an_application_gets_the_url_and_gives_its_exit_code() {
    let project = project();
    let application = "test -n \"$DATABASE_URL\" && echo \"$DATABASE_URL\" && exit 7";
    let outcome = project.pmdb(&["dev", "--exec", application]).run().fails(7);
    assert!(outcome.stdout.starts_with("postgresql://postgres:"), "{}", outcome.stdout);
    assert_eq!(outcome.stdout.lines().count(), 1, "standard output is the application's alone");
    wait_until_nothing_is_left(&project);
    project.pmdb(&["dev", "--exec", "no-such-program"]).run().fails(127);
    project.pmdb(&["dev", "--exec", "true", "--json"]).run().fails(2);
}

#[test]
fn signals_are_passed_on_to_the_application_and_its_end_is_waited_for() {
    let project = project();
    project.write(
        "serve.sh",
        "trap 'sleep 0.3; echo bye; exit 3' TERM INT\necho up >&2\nwhile :; do sleep 0.05; done\n",
    );
    for application in ["sh serve.sh", "PORT=1 sh serve.sh"] {
        let dev = project.pmdb(&["dev", "--exec", application]).spawn();
        dev.wait_for_stderr("up\n");
        dev.terminate();
        let outcome = dev.wait().fails(3);
        assert_eq!(outcome.stdout, "bye\n");
        wait_until_nothing_is_left(&project);
    }
}

#[test]
fn an_application_ends_with_a_dev_that_is_killed_and_with_a_server_that_is_killed() {
    let project = project();
    let start = || {
        let dev = project.pmdb(&["dev", "--exec", "sleep 600 & echo $! > pid; wait"]).spawn();
        wait_until("the application runs", || {
            fs::read_to_string(project.path().join("pid")).is_ok_and(|text| text.ends_with('\n'))
        });
        dev.wait_for_stderr("ready");
        let application = number(&project.path().join("pid"));
        fs::remove_file(project.path().join("pid")).unwrap();
        (dev, application)
    };
    let (dev, application) = start();
    dev.kill();
    wait_until("the application ends", || is_gone(application));
    wait_until_nothing_is_left(&project);
    let (dev, application) = start();
    kill_process(postmaster(&project), Signal::KILL).unwrap();
    dev.wait().fails(1);
    assert!(is_gone(application));
}

#[test]
fn watching_redoes_what_has_changed_as_it_was_applied() {
    let project = project();
    project.migration(
        "0002_posts.sql",
        "-- migrate:up\nCREATE TABLE posts (id int);\n-- migrate:down\nDROP TABLE posts;\n",
    );
    let dev = dev(&project, &["--watch"]);
    let changed = "-- migrate:up\nCREATE TABLE people (name text);\n-- migrate:down\nDROP TABLE people;\n";
    project.migration("0001_users.sql", changed);
    dev.wait_for_stderr("migration 0001 users has changed: undoing everything from there on");
    dev.wait_for_stderr("all that has changed is applied");
    let now = tables(&project);
    assert!(now.contains("people") && now.contains("posts") && !now.contains("users"), "{now}");
    dev.interrupt();
    let outcome = dev.wait().success();
    let [.., undone_posts, undone_users, users, posts, _, _] = outcome.stderr.lines().collect::<Vec<_>>()[..]
    else {
        panic!("{}", outcome.stderr)
    };
    for (line, start) in [
        (undone_posts, "undone  0002 posts"),
        (undone_users, "undone  0001 users"),
        (users, "applied 0001 users"),
        (posts, "applied 0002 posts"),
    ] {
        assert!(line.starts_with(start), "{}", outcome.stderr);
    }
}

#[test]
fn a_change_that_fails_is_told_and_the_next_one_is_tried() {
    let project = project();
    let dev = dev(&project, &["--watch"]);
    project.migration("0002_posts.sql", "-- migrate:up\nCREATE TABLE posts (id no_such_type);\n");
    dev.wait_for_stderr("type \"no_such_type\" does not exist");
    dev.wait_for_stderr("the next change of a file is tried again");
    project.migration("0002_posts.sql", "no marker");
    dev.wait_for_stderr("there is no line `-- migrate:up`");
    project.migration("0002_posts.sql", "-- migrate:up\n-- migrate:down\n");
    dev.wait_for_stderr("0002_posts.sql: the up half is still empty");
    project.migration("0002_posts.sql", "-- migrate:up\nCREATE TABLE posts (id int);\n");
    dev.wait_for_stderr("applied 0002 posts");
    project.migration("0002_posts.sql", "-- migrate:up\nCREATE TABLE posts (id bigint);\n");
    dev.wait_for_stderr("no down half");
    // A down half that is written only now helps.
    let whole = "-- migrate:up\nCREATE TABLE posts (id bigint);\n-- migrate:down\nDROP TABLE posts;\n";
    project.migration("0002_posts.sql", whole);
    dev.wait_for_stderr("undone  0002 posts");
    wait_until("it is applied again", || tables(&project).contains("bigint"));
    fs::remove_file(project.path().join("migrations/0002_posts.sql")).unwrap();
    dev.wait_for_stderr("migration 0002 posts has no file any more");
    wait_until("it is undone", || !tables(&project).contains("posts"));
    dev.interrupt();
    dev.wait().success();
}

#[test]
fn seeds_that_lost_tables_while_files_changed_are_loaded_again() {
    let project = project();
    let posts = |kind: &str| {
        project.migration(
            "0002_posts.sql",
            &format!("-- migrate:up\nCREATE TABLE posts (id {kind});\n-- migrate:down\nDROP TABLE posts;\n"),
        );
    };
    posts("int");
    project.write("seeds/0001_posts.sql", "-- migrate:up\nINSERT INTO posts VALUES (1);\n");
    project.write(
        "seeds/0002_both.sql",
        "-- migrate:up\nINSERT INTO users VALUES (1);\nINSERT INTO posts VALUES (2);\n-- migrate:down\nDELETE FROM users;\n",
    );
    let dev = dev(&project, &["--watch"]);
    posts("bigint");
    dev.wait_for_stderr("the rows of seed 0001 posts are gone with their tables");
    dev.wait_for_stderr("seed 0002 both has lost some of its tables: undoing everything from there on");
    dev.wait_for_stderr("all that has changed is applied");
    dev.interrupt();
    dev.wait().success();
    let application =
        "psql -Atc 'SELECT (SELECT count(*) FROM users), count(*) FROM posts' \"$DATABASE_URL\"";
    let path = std::env::var("PATH").unwrap();
    let path = format!("{}:{path}", crate::support::binaries().bin_dir.display());
    let counted = project.pmdb(&["dev", "--exec", application]).env("PATH", path).run().success();
    assert_eq!(counted.stdout, "1|2\n");
}
