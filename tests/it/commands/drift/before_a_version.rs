//! `pmdb diff A --to V`: a database against what the files up to a version build.

use crate::support::{Outcome, Setup, server};

fn three_tables() -> Setup {
    let setup = Setup::new();
    for (number, table) in ["a", "b", "c"].iter().enumerate() {
        let name = format!("{:04}_{table}.sql", number + 1);
        setup.project.migration(&name, &format!("-- migrate:up\nCREATE TABLE {table} (x int);\n"));
    }
    setup
}

fn diff_to(setup: &Setup, version: &str) -> Outcome {
    let scratch = server().url("postgres");
    setup.run(&["diff", setup.database.url(), "--to", version, "--scratch-url", &scratch])
}

fn signs(outcome: &Outcome) -> Vec<&str> {
    outcome.stdout.lines().filter(|line| line.starts_with(['+', '-', '~'])).collect()
}

#[test]
fn a_database_is_compared_with_what_the_files_build() {
    let setup = three_tables();
    setup.run(&["up", "--to", "2"]).success();
    diff_to(&setup, "0002").success();
    assert_eq!(signs(&diff_to(&setup, "1").fails(4)), ["- table public.b"]);
    assert_eq!(signs(&diff_to(&setup, "3").fails(4)), ["+ table public.c"]);
    assert_eq!(signs(&diff_to(&setup, "0").fails(4)), ["- table public.a", "- table public.b"]);
}

#[test]
fn the_files_count_and_not_what_the_history_keeps() {
    let setup = three_tables();
    setup.up().success();
    setup.project.migration("0003_c.sql", "-- migrate:up\nCREATE TABLE c (x bigint);\n");
    let outcome = diff_to(&setup, "3").fails(4);
    assert_eq!(signs(&outcome), ["~ column public.c.x: type `integer` → `bigint`"]);
    let summary = outcome.stdout.lines().last().unwrap();
    assert!(summary.ends_with(" and the files up to 3: 1 object differs"), "{summary}");
}

#[test]
fn a_server_of_ones_own_does_as_well() {
    let setup = three_tables();
    setup.up().success();
    let json = setup.run(&["diff", setup.database.url(), "--to", "3", "--json"]).success().json();
    assert_eq!(json["after"], "the files up to 3");
    assert_eq!(json["differences"], serde_json::json!([]));
}

#[test]
fn there_is_one_thing_to_compare_with() {
    let setup = three_tables();
    let url = setup.database.url();
    setup.run(&["diff", url]).fails(2);
    setup.run(&["diff", url, url, "--to", "1"]).fails(2);
    setup.run(&["diff", url, url, "--scratch-url", url]).fails(2);
    setup.run(&["diff", "--to", "1"]).fails(2);
    setup.run(&["diff", url, "--to", "1", "--embedded"]).fails(2);
}

#[test]
fn an_unknown_version_is_an_error() {
    let outcome = diff_to(&three_tables(), "9").fails(1);
    assert_eq!(outcome.stderr, "error: there is no migration 9\nhint: `pmdb status` lists the versions\n");
}
