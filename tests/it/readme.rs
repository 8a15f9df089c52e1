//! README.md names the commands and options that there are: none is missing, and none is made up.

use std::collections::BTreeSet;
use std::path::Path;

use regex::Regex;

use crate::support::Project;

const README: &str = include_str!("../../README.md");

/// Options of other programs that README shows.
const OF_OTHERS: [&str; 2] = ["--example", "--path"];

#[test]
fn every_option_is_in_the_readme_and_the_readme_has_no_other() {
    let of_others = OF_OTHERS.map(str::to_owned);
    let in_readme: BTreeSet<String> = options(README).difference(&of_others.into()).cloned().collect();
    let in_help = commands().iter().flat_map(|command| options_of(command)).collect();
    assert_eq!(in_readme, in_help);
}

#[test]
fn every_command_is_in_the_readme_and_the_readme_has_no_other() {
    let mentioned = Regex::new(r"(?:`|\$ |run: )pmdb ([a-z]+)").unwrap();
    let in_readme: BTreeSet<String> =
        mentioned.captures_iter(README).map(|found| found[1].to_owned()).collect();
    assert_eq!(in_readme, commands());
}

#[test]
fn the_table_of_commands_gives_each_command_its_own_options() {
    for line in README.lines().filter(|line| line.starts_with("| `pmdb ")) {
        let command = line.trim_start_matches("| `pmdb ").split([' ', '`']).next().unwrap();
        let (real, stated) = (options_of(command), options(line));
        assert!(stated.is_subset(&real), "{command}: {stated:?} in {real:?}");
    }
}

#[test]
fn every_example_is_in_the_readme_of_the_examples_and_it_has_no_other() {
    let mentioned = Regex::new(r"cargo run --example ([a-z_]+)").unwrap();
    let readme = include_str!("../../examples/README.md");
    let in_readme: BTreeSet<String> =
        mentioned.captures_iter(readme).map(|found| found[1].to_owned()).collect();
    let files = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").read_dir().unwrap();
    let programs = files.map(|file| file.unwrap().file_name().into_string().unwrap());
    let names = programs.filter_map(|name| name.strip_suffix(".rs").map(str::to_owned));
    assert_eq!(in_readme, names.collect());
}

#[test]
fn every_link_to_a_file_leads_to_one() {
    let link = Regex::new(r"\]\(([^)#:]+)(#[^)]*)?\)").unwrap();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let documents = ["", "docs", "examples"].map(|folder| root.join(folder).read_dir().unwrap());
    for document in documents.into_iter().flatten().map(|entry| entry.unwrap().path()) {
        if document.extension().is_some_and(|extension| extension == "md") {
            let text = std::fs::read_to_string(&document).unwrap();
            for target in link.captures_iter(&text).map(|found| found[1].to_owned()) {
                let there = document.parent().unwrap().join(&target).exists();
                assert!(there, "{target} in {}", document.display());
            }
        }
    }
}

/// The names in the groups of the help.
fn commands() -> BTreeSet<String> {
    let help = help(&["--help"]);
    let (list, _) = help.split_once("\nOptions:\n").unwrap();
    list.lines()
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
        .map(|line| line.split_whitespace().next().unwrap().to_owned())
        .collect()
}

fn options_of(command: &str) -> BTreeSet<String> {
    if command == "help" {
        return BTreeSet::new();
    }
    // The top level alone has --version.
    let (own, top) = (help(&[command, "--help"]), help(&["--help"]));
    let lines = own.lines().chain(top.lines()).filter(|line| line.trim_start().starts_with('-'));
    lines.flat_map(|line| options(line.split("   ").find(|part| part.contains("--")).unwrap_or(""))).collect()
}

fn help(args: &[&str]) -> String {
    Project::new().pmdb(args).run().success().stdout
}

/// Every `--option` in a text.
fn options(text: &str) -> BTreeSet<String> {
    let option = Regex::new(r"--[a-z][a-z-]*").unwrap();
    option.find_iter(text).map(|found| found.as_str().to_owned()).collect()
}
