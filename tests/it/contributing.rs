//! CONTRIBUTING.md leads a newcomer to files and names that exist.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use regex::Regex;

const CONTRIBUTING: &str = include_str!("../../CONTRIBUTING.md");

/// A file that answers a question is read at once.
const MOST_LINES: usize = 250;

#[test]
fn each_of_the_ten_questions_of_the_tour_is_answered_by_one_short_file() {
    let row = Regex::new(r"(?m)^\| (.+\?) \| `([^`]+)` \|$").unwrap();
    let answers: Vec<(&str, &str)> =
        row.captures_iter(section("A tour in ten questions")).map(|found| found.extract().1.into()).collect();
    assert_eq!(answers.len(), 10);
    for (question, file) in answers {
        let text =
            fs::read_to_string(root().join(file)).unwrap_or_else(|_| panic!("{question} {file} is gone"));
        let lines = text.lines().count();
        assert!(lines < MOST_LINES, "{question} {file} has {lines} lines");
    }
}

#[test]
fn every_name_in_the_glossary_is_a_type_of_the_source() {
    let name = Regex::new("`([A-Z][A-Za-z]+)`").unwrap();
    let names: Vec<&str> =
        name.captures_iter(section("Glossary")).map(|found| found.extract::<1>().1[0]).collect();
    assert!(names.len() >= 20, "{names:?}");
    let source = source_below(&root().join("src"));
    let definition =
        Regex::new(r"(?m-u)^\s*(?:pub(?:\([a-z: ]+\))? )?(?:struct|enum|trait) ([A-Za-z]+)").unwrap();
    let types: BTreeSet<&str> =
        definition.captures_iter(&source).map(|found| found.extract::<1>().1[0]).collect();
    let unknown: Vec<&str> = names.into_iter().filter(|name| !types.contains(name)).collect();
    assert!(unknown.is_empty(), "no types: {unknown:?}");
}

/// What stands below a heading, up to the next one.
fn section(heading: &str) -> &'static str {
    let (_, below) = CONTRIBUTING.split_once(&format!("\n## {heading}\n")).unwrap();
    below.split_once("\n## ").unwrap().0
}

fn source_below(folder: &Path) -> String {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let text = |path: std::path::PathBuf| match path.extension() {
        _ if path.is_dir() => source_below(&path),
        Some(ending) if ending == "rs" => fs::read_to_string(path).unwrap(),
        _ => String::new(),
    };
    entries.map(text).collect()
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
