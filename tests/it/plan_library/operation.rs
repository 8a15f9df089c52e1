//! The files of the library.

use std::fs;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use super::truth::Truth;

/// An operation, and what it does.
#[derive(Debug)]
pub struct Operation {
    pub name: String,
    /// The major versions that know it.
    pub versions: RangeInclusive<u32>,
    /// What is there beside the setup of all.
    pub given: String,
    pub sql: String,
    pub run: Run,
    /// Why pmdb does not see what it does, where that is so.
    pub unseen: Option<String>,
    /// What it does, and on which versions.
    thens: Vec<(RangeInclusive<u32>, String)>,
}

/// How an operation is run.
#[derive(Debug, PartialEq, Eq)]
pub enum Run {
    InTransaction,
    /// No transaction may hold it.
    Outside {
        /// An open transaction of another session that makes it stop on its way.
        meanwhile: String,
    },
}

/// Where the lines belong that come next.
enum Part {
    Given,
    When,
}

const ALL_VERSIONS: RangeInclusive<u32> = 0..=u32::MAX;

/// All operations: file by file, in the order in which they stand there.
pub fn read_all() -> Vec<Operation> {
    let mut files: Vec<PathBuf> =
        fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let subjects = files.iter().filter(|path| {
        path.extension().is_some_and(|extension| extension == "sql") && !path.ends_with("setup.sql")
    });
    subjects.flat_map(|path| read(path)).collect()
}

/// The setup of all, with this many rows in a large table.
pub fn setup(rows: u32) -> String {
    fs::read_to_string(folder().join("setup.sql")).unwrap().replace(":rows", &rows.to_string())
}

/// The statements of the setup that make rows.
pub fn rows(rows: u32) -> String {
    let setup = setup(rows);
    let inserts = setup.split_inclusive(";\n").filter(|statement| statement.starts_with("INSERT "));
    inserts.chain(["REFRESH MATERIALIZED VIEW latest;"]).collect()
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/testdata/plan")
}

fn read(path: &Path) -> Vec<Operation> {
    let text = fs::read_to_string(path).unwrap();
    // What stands before the first one is for people.
    text.split("-- operation: ").skip(1).map(Operation::parse).collect()
}

impl Operation {
    fn parse(text: &str) -> Operation {
        let (name, lines) = text.split_once('\n').unwrap();
        let mut operation = Operation {
            name: name.to_owned(),
            versions: ALL_VERSIONS,
            given: String::new(),
            sql: String::new(),
            run: Run::InTransaction,
            unseen: None,
            thens: Vec::new(),
        };
        let mut part = Part::When;
        for line in lines.lines() {
            operation.line(line, &mut part);
        }
        assert!(!operation.thens.is_empty(), "{name}: what does it do?");
        operation
    }

    fn line(&mut self, line: &str, part: &mut Part) {
        let Some((word, rest)) = line.strip_prefix("-- ").and_then(|line| line.split_once(':')) else {
            match part {
                Part::Given => self.given += &format!("{line}\n"),
                Part::When => self.sql += &format!("{line}\n"),
            }
            return;
        };
        let rest = rest.trim().to_owned();
        match word.split_once(' ').unwrap_or((word, "")) {
            ("needs", "") => self.versions = versions(&rest),
            ("given", "") => *part = Part::Given,
            ("when", "") => *part = Part::When,
            ("meanwhile", "") => self.run = Run::Outside { meanwhile: rest },
            ("unseen", "") => self.unseen = Some(rest),
            ("then", on) => self.thens.push((versions(on), rest)),
            _ => panic!("{}: what is this line? {line}", self.name),
        }
    }

    /// Whether the database is as before once its transaction is rolled back.
    pub fn leaves_nothing(&self) -> bool {
        self.run == Run::InTransaction && self.given.is_empty()
    }

    /// What it does on a version.
    pub fn truth(&self, major: u32) -> Truth {
        let mut truth = Truth::default();
        self.thens.iter().filter(|(on, _)| on.contains(&major)).for_each(|(_, line)| truth.add(line));
        truth
    }
}

/// `from 18`, `until 17`, or nothing.
fn versions(text: &str) -> RangeInclusive<u32> {
    match text.split_once(' ') {
        None if text.is_empty() => ALL_VERSIONS,
        Some(("from", version)) => version.parse().unwrap()..=u32::MAX,
        Some(("until", version)) => 0..=version.parse().unwrap(),
        _ => panic!("which versions are these? {text}"),
    }
}
