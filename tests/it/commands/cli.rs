//! The command line itself: help, completions, usage, and the options that every command takes.

use super::{add_table, pmdb, project_with, tables};
use crate::support::{Database, Project};

const COMMANDS: [&str; 15] = [
    "up",
    "down",
    "redo",
    "status",
    "new",
    "seed",
    "accept",
    "advise",
    "create",
    "drop",
    "reset",
    "wait",
    "init",
    "dev",
    "completions",
];

#[test]
fn help_lists_every_command_and_each_has_a_help_of_its_own() {
    let project = Project::new();
    let help = project.pmdb(&["--help"]).run().success();
    let mut usages = String::new();
    for command in COMMANDS {
        assert!(help.stdout.contains(&format!("\n  {command} ")), "{command} in {}", help.stdout);
        let own = project.pmdb(&[command, "--help"]).run().success();
        assert_eq!(own.stderr, "", "{command}");
        assert!(own.stdout.contains("--url") && own.stdout.contains("--json"), "{command}: {}", own.stdout);
        usages.push_str(own.stdout.lines().find(|line| line.starts_with("Usage:")).unwrap());
        usages.push('\n');
    }
    insta::assert_snapshot!(usages, @"
    Usage: pmdb up [OPTIONS]
    Usage: pmdb down [OPTIONS]
    Usage: pmdb redo [OPTIONS]
    Usage: pmdb status [OPTIONS]
    Usage: pmdb new [OPTIONS] <NAME>
    Usage: pmdb seed [OPTIONS]
    Usage: pmdb accept [OPTIONS] <VERSION>
    Usage: pmdb advise [OPTIONS]
    Usage: pmdb create [OPTIONS]
    Usage: pmdb drop [OPTIONS]
    Usage: pmdb reset [OPTIONS]
    Usage: pmdb wait [OPTIONS]
    Usage: pmdb init [OPTIONS]
    Usage: pmdb dev [OPTIONS]
    Usage: pmdb completions [OPTIONS] <SHELL>
    ");
}

#[test]
fn without_a_command_the_help_is_shown_and_the_exit_code_is_2() {
    let outcome = Project::new().pmdb(&[]).run().fails(2);
    assert_eq!(outcome.stdout, "");
    assert!(outcome.stderr.contains("Usage: pmdb"), "{}", outcome.stderr);
}

#[test]
fn the_version_is_that_of_the_package() {
    let outcome = Project::new().pmdb(&["--version"]).run().success();
    assert_eq!(outcome.stdout, format!("pmdb {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn every_shell_has_its_completions() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let outcome = Project::new().pmdb(&["completions", shell]).run().success();
        let complete = COMMANDS.iter().all(|command| outcome.stdout.contains(command));
        assert!(complete && outcome.stdout.contains("out-of-order"), "{shell}");
    }
    Project::new().pmdb(&["completions", "tcsh"]).run().fails(2);
}

#[test]
fn the_completions_for_bash_are_a_script_that_bash_reads() {
    let project = Project::new();
    let script = project.pmdb(&["completions", "bash"]).run().success().stdout;
    let path = project.write("pmdb.bash", script);
    let status = std::process::Command::new("bash").arg("-n").arg(path).status().unwrap();
    assert!(status.success());
}

#[test]
fn wrong_usage_exits_with_2_and_touches_nothing() {
    let (project, db) = (project_with(&["a"]), Database::new());
    let lines: [&[&str]; 14] = [
        &["frobnicate"],
        &["up", "--nope"],
        &["up", "extra"],
        &["up", "--to", "1", "--steps", "1"],
        &["up", "--steps", "0"],
        &["up", "--steps", "-1"],
        &["up", "--to", "0001_create_a"],
        &["up", "--lock-wait", "soon"],
        &["up", "--lock-timeout", "0"],
        &["down", "--all", "--steps", "1"],
        &["down", "--all", "--to", "1"],
        &["new"],
        &["up", "--bundled", "--dir", "migrations"],
        &["--bundled", "up", "--dir", "migrations"],
    ];
    for line in lines {
        let outcome = pmdb(&project, &db, line).fails(2);
        assert!(
            outcome.stdout.is_empty() && outcome.stderr.starts_with("error: "),
            "{line:?}: {}",
            outcome.stderr
        );
    }
    assert_eq!(tables(&db), "");
}

#[test]
fn two_targets_at_once_are_wrong_usage_wherever_they_stand() {
    let (project, db) = (project_with(&["a"]), Database::new());
    for line in [
        ["--url", db.url(), "up", "--embedded"],
        ["--embedded", "up", "--url", db.url()],
        ["up", "--embedded", "--url", db.url()],
    ] {
        let outcome = project.pmdb(&line).run().fails(2);
        assert!(outcome.stderr.contains("--embedded"), "{}", outcome.stderr);
    }
    assert!(!project.path().join(".pmdb").exists());
}

#[test]
fn quiet_leaves_the_answer_and_the_errors_alone() {
    let (project, db) = (project_with(&["a"]), Database::new());
    let outcome = pmdb(&project, &db, &["up", "--quiet"]).success();
    assert_eq!(outcome.stderr, "");
    assert!(outcome.stdout.contains("1 migration applied"), "{}", outcome.stdout);
    let outcome = pmdb(&project, &db, &["-q", "down", "--to", "7"]).fails(1);
    assert!(outcome.stderr.starts_with("error: there is no migration 7\n"), "{}", outcome.stderr);
}

#[test]
fn colour_is_for_terminals_unless_it_is_forced_and_never_with_no_color() {
    let (project, db) = (project_with(&["a"]), Database::new());
    pmdb(&project, &db, &["up"]).success();
    let coloured = |args: &[&str], variables: &[&str]| {
        let command = project.pmdb(args).database(&db);
        let outcome = variables.iter().fold(command, |command, name| command.env(name, "1")).run();
        format!("{}{}", outcome.stdout, outcome.stderr).contains('\u{1b}')
    };
    for args in [["status"].as_slice(), &["down", "--to", "7"], &["up", "--dry-run", "--to", "7"]] {
        assert!(!coloured(args, &[]), "{args:?}");
        assert!(coloured(args, &["CLICOLOR_FORCE"]), "{args:?}");
        assert!(!coloured(args, &["CLICOLOR_FORCE", "NO_COLOR"]), "{args:?}");
    }
}

#[test]
fn the_folder_is_named_by_dir_before_or_after_the_command_else_by_pmdb_dir() {
    let (project, db) = (Project::new(), Database::new());
    for folder in ["one", "two", "three", "four"] {
        project.write(
            &format!("{folder}/{}_x.sql", folder.len()),
            format!("-- migrate:up\nCREATE TABLE {folder} ();\n"),
        );
    }
    let table = |folder: &'static str| ["--table", folder];
    let run = |args: &[&str]| project.pmdb(args).database(&db).env("PMDB_DIR", "three").run().success();
    run(&[&["--dir", "one", "up"], table("h.one").as_slice()].concat());
    run(&[&["up", "--dir", "two"], table("h.two").as_slice()].concat());
    assert_eq!(tables(&db), "one two");
    run(&[&["up"], table("h.three").as_slice()].concat());
    assert_eq!(tables(&db), "one three two");
    project.write(".env", "PMDB_DIR=four\n");
    pmdb(&project, &db, &["up", "--table", "h.four"]).success();
    assert_eq!(tables(&db), "four one three two");
}

#[test]
fn a_folder_that_is_not_there_is_an_error_that_says_how_to_name_one() {
    let (project, db) = (Project::new(), Database::new());
    let outcome = pmdb(&project, &db, &["up", "--dir", "nowhere"]).fails(1);
    insta::assert_snapshot!(outcome.filtered(), @"
    exit code: 1
    ----- stdout
    ----- stderr
    error: there is no folder [PROJECT]/nowhere
    hint: name the folder with --dir (or PMDB_DIR), or write a first migration with `pmdb new NAME`
    ");
}

#[test]
fn the_database_comes_from_url_else_the_environment_else_the_env_file() {
    let (project, in_file, in_environment, given) =
        (project_with(&["a"]), Database::new(), Database::new(), Database::new());
    project.write(".env", format!("DATABASE_URL='{}'\n", in_file.url()));
    project.pmdb(&["up"]).run().success();
    assert_eq!(tables(&in_file), "a");
    add_table(&project, "0002", "b");
    project.pmdb(&["up"]).database(&in_environment).run().success();
    project.pmdb(&["up", "--url", given.url()]).database(&in_environment).run().success();
    assert_eq!(
        (tables(&in_file), tables(&in_environment), tables(&given)),
        ("a".into(), "a b".into(), "a b".into())
    );
}

#[test]
fn with_nothing_configured_the_error_names_the_ways() {
    let outcome = project_with(&["a"]).pmdb(&["up"]).run().fails(1);
    for way in ["--url", "DATABASE_URL", "PGHOST", "--embedded"] {
        assert!(outcome.stderr.contains(way), "{way} in {}", outcome.stderr);
    }
}

#[test]
fn a_connection_string_in_the_wrong_place_is_not_repeated() {
    let project = project_with(&["a"]);
    let url = "postgresql://al:s3cret@h/d";
    let lines: [&[&str]; 5] = [
        &["up", url],
        &[url],
        &["up", "host=h password=s3cret"],
        &["up", &format!("--lock-wait={url}")],
        &["up", url, "--json"],
    ];
    for line in lines {
        let outcome = project.pmdb(line).run().fails(2);
        assert!(!format!("{}{}", outcome.stdout, outcome.stderr).contains("s3cret"), "{}", outcome.stderr);
        assert!(format!("{}{}", outcome.stdout, outcome.stderr).contains("(a connection string)"));
    }
}

#[cfg(target_os = "linux")]
#[test]
fn an_answer_that_cannot_be_written_is_a_failure_and_a_reader_that_goes_away_is_none() {
    let (project, db) = (project_with(&["a"]), Database::new());
    let shell = |line: &str| {
        let mut command = std::process::Command::new("bash");
        command.args(["-c", line]).current_dir(project.path());
        command.env("PMDB", env!("CARGO_BIN_EXE_pmdb")).env("DATABASE_URL", db.url()).output().unwrap()
    };
    let full = shell("$PMDB up --dry-run >/dev/full");
    assert_eq!(full.status.code(), Some(1));
    let stderr = String::from_utf8_lossy(&full.stderr);
    assert!(stderr.contains("the answer cannot be written: No space left"), "{stderr}");
    assert_eq!(shell("$PMDB status | head -c 0; exit ${PIPESTATUS[0]}").status.code(), Some(0));
}
