//! Running an example, and reading the tables that it prints.

use std::collections::HashMap;
use std::env;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::sync::LazyLock;

use serde_json::Value;

use crate::support::server;

/// The programs by their names. A run of a single module of the tests has not built the examples.
static PROGRAMS: LazyLock<HashMap<String, PathBuf>> = LazyLock::new(|| {
    let mut cargo = Command::new(env!("CARGO"));
    // What cargo has told this process of its package looks like a change of the environment to the build scripts of some
    // dependencies, which would then be built again each time.
    for (name, _) in env::vars_os() {
        let bytes = name.as_encoded_bytes();
        if bytes.starts_with(b"CARGO_PKG_") || bytes.starts_with(b"CARGO_MANIFEST_") {
            cargo.env_remove(name);
        }
    }
    cargo.args(["build", "--quiet", "--locked", "--examples", "--message-format", "json"]);
    let Output { status, stdout, stderr } = cargo.current_dir(env!("CARGO_MANIFEST_DIR")).output().unwrap();
    assert!(status.success(), "{}", String::from_utf8_lossy(&stderr));
    let messages = stdout.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    messages.filter_map(|line| program(&serde_json::from_slice(line).unwrap())).collect()
});

/// The example that this message of cargo's tells of.
fn program(message: &Value) -> Option<(String, PathBuf)> {
    let is_example = message["target"]["kind"][0] == "example";
    let (name, path) = (message["target"]["name"].as_str()?, message["executable"].as_str()?);
    is_example.then(|| (name.to_owned(), PathBuf::from(path)))
}

/// An example to be run, on the server of the tests.
pub fn example(name: &str) -> Command {
    let mut command = Command::new(&PROGRAMS[name]);
    command.current_dir(env!("CARGO_MANIFEST_DIR")).env("DATABASE_URL", server().url("postgres"));
    command.stdin(Stdio::null());
    command
}

/// What this example prints. It has to succeed.
#[track_caller]
pub fn run(name: &str, args: &[&str]) -> Printed {
    succeed(example(name).args(args))
}

/// What this command prints. It has to succeed.
#[track_caller]
pub fn succeed(command: &mut Command) -> Printed {
    let Output { status, stdout, stderr } = command.output().unwrap();
    let error = String::from_utf8_lossy(&stderr);
    assert!(status.success(), "{status}:\n{error}");
    Printed::new(String::from_utf8(stdout).unwrap())
}

/// What an example has printed.
pub struct Printed {
    pub text: String,
    pub tables: Vec<Table>,
}

/// A table: the cells of each row by the titles of their columns.
pub struct Table {
    titles: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Printed {
    fn new(text: String) -> Printed {
        let mut tables: Vec<Table> = Vec::new();
        for line in text.lines() {
            if line.starts_with('┌') {
                tables.push(Table { titles: Vec::new(), rows: Vec::new() });
            }
            let (Some(table), true) = (tables.last_mut(), line.starts_with('│')) else { continue };
            let cells = line.trim_matches('│').split('┆').map(|cell| cell.trim().to_owned()).collect();
            if table.titles.is_empty() {
                table.titles = cells;
            } else {
                table.rows.push(cells);
            }
        }
        Printed { text, tables }
    }

    /// The only table that has a column of this title.
    #[track_caller]
    pub fn table(&self, title: &str) -> &Table {
        let mut with_it = self.tables.iter().filter(|table| table.titles.iter().any(|other| other == title));
        match (with_it.next(), with_it.next()) {
            (Some(table), None) => table,
            _ => panic!("not one table with a column {title:?} in\n{}", self.text),
        }
    }
}

impl Table {
    /// The cells below this title.
    #[track_caller]
    pub fn column(&self, title: &str) -> Vec<&str> {
        let number = self.number(title);
        self.rows.iter().map(|row| row[number].as_str()).collect()
    }

    /// The cell below this title in the row that begins so.
    #[track_caller]
    pub fn cell(&self, row: &str, title: &str) -> &str {
        let number = self.number(title);
        match self.rows.iter().find(|cells| cells[0] == row) {
            Some(cells) => &cells[number],
            None => panic!("no row {row:?} among {:?}", self.rows),
        }
    }

    /// How many rows there are.
    pub fn rows(&self) -> usize {
        self.rows.len()
    }

    #[track_caller]
    fn number(&self, title: &str) -> usize {
        let found = self.titles.iter().position(|other| other == title);
        found.unwrap_or_else(|| panic!("no column {title:?} among {:?}", self.titles))
    }
}
