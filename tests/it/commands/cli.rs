//! The command line itself: help, completions, usage, and the options that every command takes.

use super::{add_table, pmdb, project_with, tables};
use crate::support::{Database, Project, skipped};

const COMMANDS: [&str; 25] = [
    "up",
    "down",
    "redo",
    "status",
    "schema",
    "new",
    "seed",
    "fill",
    "accept",
    "baseline",
    "resolve",
    "renumber",
    "advise",
    "diff",
    "plan",
    "drift",
    "verify",
    "create",
    "drop",
    "reset",
    "wait",
    "init",
    "dev",
    "completions",
    "man",
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
        assert!(own.stdout.contains("--json"), "{command}: {}", own.stdout);
        usages.push_str(own.stdout.lines().find(|line| line.starts_with("Usage:")).unwrap());
        usages.push('\n');
    }
    insta::assert_snapshot!(usages, @"
    Usage: pmdb up [OPTIONS]
    Usage: pmdb down [OPTIONS]
    Usage: pmdb redo [OPTIONS]
    Usage: pmdb status [OPTIONS]
    Usage: pmdb schema [OPTIONS] [TABLE]...
    Usage: pmdb new [OPTIONS] <NAME>
    Usage: pmdb seed [OPTIONS]
    Usage: pmdb fill [OPTIONS] [TABLE=ROWS]...
    Usage: pmdb accept [OPTIONS] <VERSION>
    Usage: pmdb baseline [OPTIONS] <VERSION>
    Usage: pmdb resolve [OPTIONS] <VERSION>
    Usage: pmdb renumber [OPTIONS] <FROM> <TO>
    Usage: pmdb advise [OPTIONS]
    Usage: pmdb diff [OPTIONS] <A> [B]
    Usage: pmdb plan [OPTIONS]
    Usage: pmdb drift [OPTIONS]
    Usage: pmdb verify [OPTIONS]
    Usage: pmdb create [OPTIONS]
    Usage: pmdb drop [OPTIONS]
    Usage: pmdb reset [OPTIONS]
    Usage: pmdb wait [OPTIONS]
    Usage: pmdb init [OPTIONS]
    Usage: pmdb dev [OPTIONS]
    Usage: pmdb completions [OPTIONS] <SHELL>
    Usage: pmdb man [OPTIONS] <DIR>
    ");
}

#[test]
fn the_help_shows_the_commands_in_groups() {
    let help = Project::new().pmdb(&["--help"]).run().success().stdout;
    let lines = help.lines().filter(|line| !line.starts_with(' '));
    let titles: Vec<&str> = lines.filter_map(|line| line.strip_suffix(':')).collect();
    assert_eq!(
        titles,
        ["Migrate", "Develop", "Inspect", "Check", "Database", "Other", "Options", "Examples"]
    );
    let wide: Vec<&str> = help.lines().filter(|line| line.chars().count() > 100).collect();
    assert_eq!(wide, [""; 0]);
}

#[test]
fn help_before_a_command_is_its_help() {
    let project = Project::new();
    let help = project.pmdb(&["help", "up"]).run().success();
    assert_eq!(help.stdout, project.pmdb(&["up", "--help"]).run().success().stdout);
    let help = project.pmdb(&["help"]).run().success();
    assert_eq!(help.stdout, project.pmdb(&["--help"]).run().success().stdout);
}

#[test]
fn a_command_lists_no_option_that_does_nothing_for_it_but_takes_it() {
    let project = Project::new();
    let lists = |command: &str, option: &str| {
        let help = project.pmdb(&[command, "--help"]).run().success().stdout;
        help.lines().any(|line| line.trim_start().starts_with(option))
    };
    for (command, option) in [
        ("new", "--url"),
        ("new", "--seeds"),
        ("init", "--table"),
        ("up", "--seeds"),
        ("seed", "--dir"),
        ("create", "--dir"),
        ("schema", "--seeds"),
        ("diff", "--url"),
        ("dev", "--url"),
        ("completions", "--url"),
    ] {
        assert!(!lists(command, option), "{command} {option}");
    }
    for (command, option) in [("new", "--dir"), ("up", "--url"), ("seed", "--seeds"), ("verify", "--url")] {
        assert!(lists(command, option), "{command} {option}");
    }
    project.pmdb(&["new", "a", "--url", "postgresql://localhost/x", "--seeds", "s"]).run().success();
}

#[test]
fn the_options_of_all_commands_stand_in_the_same_order() {
    let project = Project::new();
    let order = ["Arguments", "Options", "Waiting", "Scratch databases", "Target", "Files", "Output"];
    for command in COMMANDS {
        let help = project.pmdb(&["help", command]).run().success().stdout;
        let headings = help.lines().filter_map(|line| line.strip_suffix(':'));
        let places: Vec<usize> =
            headings.filter_map(|heading| order.iter().position(|title| *title == heading)).collect();
        assert!(places.is_sorted() && places.len() > 1, "{command}: {help}");
    }
}

#[test]
fn the_word_of_another_tool_is_answered_with_the_command() {
    let outcome = Project::new().pmdb(&["rollback"]).run().fails(2);
    insta::assert_snapshot!(outcome.filtered(), @"
    exit code: 2
    ----- stdout
    ----- stderr
    error: unrecognized subcommand 'rollback'

      tip: use `pmdb down` to undo the newest migration, or several

    Usage: pmdb [OPTIONS] <COMMAND>

    For more information, try '--help'.
    ");
    let json = Project::new().pmdb(&["up", "0002", "--json"]).run().fails(2).json();
    assert_eq!(json["error"]["hint"], "use `pmdb up --to 0002` to stop after version 0002");
}

#[test]
fn there_is_a_man_page_for_each_command_without_a_warning_of_troff() {
    let project = Project::new();
    let written = project.pmdb(&["man", "share/man1"]).run().success().stdout;
    assert_eq!(written.lines().count(), COMMANDS.len() + 1);
    for command in COMMANDS {
        let page =
            std::fs::read_to_string(project.path().join(format!("share/man1/pmdb-{command}.1"))).unwrap();
        for part in [".TH pmdb", ".SH NAME", ".SH SYNOPSIS", ".SH DESCRIPTION", ".SH EXAMPLES"] {
            assert!(page.contains(part), "{command}: {part}");
        }
    }
    if std::process::Command::new("groff").arg("--version").output().is_err() {
        skipped("groff", "install it (on Debian: apt-get install groff)");
        return;
    }
    for page in written.lines() {
        let mut groff = std::process::Command::new("groff");
        groff.args(["-man", "-Tutf8", "-K", "utf8", "-ww", page]).current_dir(project.path());
        let shown = groff.output().unwrap();
        assert_eq!(String::from_utf8_lossy(&shown.stderr), "", "{page}");
        assert!(shown.stdout.len() > 1000, "{page}");
    }
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

/// What a shell offers in a folder with two migrations, and two others in `db`.
fn offered(shell: &str, script: impl Fn(&str) -> String, line: &str) -> Option<Vec<String>> {
    let project = project_with(&["a", "b"]);
    project.write("db/7_x.sql", "");
    project.write("seeds/3_rows.sql", "");
    project.write("completions", project.pmdb(&["completions", shell]).run().success().stdout);
    let pmdb = std::path::Path::new(env!("CARGO_BIN_EXE_pmdb")).parent().unwrap();
    let path = format!("{}:{}", pmdb.display(), std::env::var("PATH").unwrap());
    let mut command = std::process::Command::new(shell);
    let outcome = command.args(["-c", &script(line)]).env("PATH", path).current_dir(project.path()).output();
    let Ok(outcome) = outcome else {
        skipped(shell, &format!("install it (on Debian: apt-get install {shell})"));
        return None;
    };
    let text = String::from_utf8_lossy(&outcome.stdout).into_owned();
    Some(text.split_whitespace().map(str::to_owned).collect())
}

#[test]
fn the_completions_offer_the_versions_and_tables_that_the_files_have() {
    let bash = |line: &str| {
        format!(
            "source ./completions; read -ra COMP_WORDS <<<'{line}'; COMP_WORDS+=(''); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); \
             _pmdb_in_the_project pmdb '' \"${{COMP_WORDS[COMP_CWORD - 1]}}\"; echo \"${{COMPREPLY[@]}}\""
        )
    };
    let fish = |line: &str| format!("source ./completions; complete -C'{line} '");
    for (line, values) in [
        ("pmdb up --to", vec!["0001", "0002"]),
        ("pmdb verify --only", vec!["0001", "0002"]),
        ("pmdb --dir db accept", vec!["7"]),
        ("pmdb renumber", vec!["0001", "0002"]),
        ("pmdb accept --seed", vec!["3"]),
        ("pmdb schema", vec!["a", "b"]),
        ("pmdb schema a", vec!["a", "b"]),
    ] {
        for offered in [offered("bash", bash, line), offered("fish", fish, line)].into_iter().flatten() {
            assert_eq!(offered, values, "{line}");
        }
    }
}

#[test]
fn the_completions_for_zsh_look_for_versions_wherever_one_is_wanted() {
    let script = Project::new().pmdb(&["completions", "zsh"]).run().success().stdout;
    let wanted = script.lines().filter(|line| line.contains(":VERSION:") || line.contains("':version --"));
    let (found, all) = wanted
        .fold((0, 0), |(found, all), line| (found + usize::from(line.contains(":_pmdb_versions'")), all + 1));
    assert!(all > 5 && found == all, "{found} of {all}");
    let (before, _) = script.split_once("if [ \"$funcstack[1]\"").unwrap();
    assert!(before.contains("_pmdb_versions() {") && before.contains("_pmdb_tables() {"));
    assert!(script.contains("in which * stands for anything:_pmdb_tables'"));
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
fn table_and_seeds_are_named_by_options_else_by_variables() {
    let (project, db) = (project_with(&["a"]), Database::new());
    for folder in ["one", "two"] {
        let text =
            format!("-- migrate:up\nINSERT INTO a VALUES (1);\n-- migrate:down\nDELETE FROM {folder};\n");
        project.write(&format!("{folder}/1_row.sql"), text);
    }
    let run = |args: &[&str]| {
        project.pmdb(args).database(&db).env("PMDB_TABLE", "app.history").env("PMDB_SEEDS", "one").run()
    };
    let there_is = |table: &str| db.value(&format!("SELECT to_regclass('{table}') IS NOT NULL")) == "t";
    run(&["up"]).success();
    assert!(there_is("app.history") && !there_is("public.schema_migrations"));
    run(&["seed"]).success();
    assert!(there_is("app.schema_seeds"));
    assert!(db.value("SELECT down_sql FROM app.schema_seeds").contains("DELETE FROM one"));
    run(&["seed", "--seeds", "two", "--table", "other.history"]).success();
    assert!(db.value("SELECT down_sql FROM other.schema_seeds").contains("DELETE FROM two"));
    project.write(".env", "PMDB_TABLE='not.a.name'\n");
    let outcome = pmdb(&project, &db, &["status"]).fails(2);
    assert!(outcome.stderr.starts_with("error: PMDB_TABLE is \"not.a.name\": "), "{}", outcome.stderr);
    pmdb(&project, &db, &["status", "--table", "app.history"]).success();
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
