//! The files of the library.

use std::fs;
use std::path::{Path, PathBuf};

use pmdb::migration::Migration;

use crate::support::{has_extension, server};

/// A change of a schema and ways to undo it.
pub struct Case {
    pub name: String,
    /// What the change needs.
    pub setup: Option<Form>,
    /// The change, with a down half that reverses it.
    pub exact: Form,
    /// The change, with down halves that do not.
    pub twins: Vec<Form>,
    requires: Vec<String>,
}

/// A migration file.
pub struct Form {
    /// `column_add/broken/one_left`.
    pub name: String,
    pub text: String,
    pub expected: Expectation,
}

/// What verifying has to say of it.
#[derive(Debug, Clone)]
pub struct Expectation {
    /// Of which form.
    pub name: String,
    /// In the word of `pmdb verify --json`.
    pub verdict: String,
    /// Each line of the difference, or a part of it; of an error, a part of the message.
    pub lines: Vec<String>,
    pub witness: Witness,
}

/// Whether pg_dump can see what is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Witness {
    Sees,
    Blind,
}

/// All cases, by name.
pub fn read_all() -> Vec<Case> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/testdata/verify");
    entries(&root).iter().filter(|path| path.is_dir()).map(|folder| Case::read(folder)).collect()
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

impl Case {
    fn read(folder: &Path) -> Case {
        let name = stem(folder);
        let setup = folder.join("setup.sql");
        let mut requires = Vec::new();
        let mut form = |path: PathBuf, name: String| Form::read(&path, name, &mut requires);
        let setup = setup.exists().then(|| form(setup, format!("{name}/setup")));
        let exact = form(folder.join("exact.sql"), format!("{name}/exact"));
        let twins = entries(&folder.join("broken"))
            .into_iter()
            .map(|path| {
                let name = format!("{name}/broken/{}", stem(&path));
                form(path, name)
            })
            .collect();
        Case { name, setup, exact, twins, requires }
    }

    /// Whether the tests' server is new enough, and has the extensions.
    pub fn is_possible(&self) -> bool {
        self.requires.iter().all(|requirement| match requirement.strip_prefix("extension ") {
            Some(extension) => has_extension(extension),
            None => server().major() >= requirement.parse::<u32>().unwrap(),
        })
    }

    /// The exact form and the twins.
    pub fn forms(&self) -> impl Iterator<Item = &Form> {
        [&self.exact].into_iter().chain(&self.twins)
    }
}

fn stem(path: &Path) -> String {
    path.file_stem().unwrap().to_str().unwrap().to_owned()
}

impl Form {
    /// Its first lines are comments: what is expected of it, and what it needs.
    fn read(path: &Path, name: String, requires: &mut Vec<String>) -> Form {
        let text = fs::read_to_string(path).unwrap();
        let (mut expected, mut witness) = (Vec::new(), Witness::Sees);
        for line in text.lines().take_while(|line| !line.starts_with("-- migrate:up")) {
            match line.strip_prefix("-- ").and_then(|line| line.split_once(": ")) {
                Some(("expect", what)) => expected.push(what.to_owned()),
                Some(("requires", what)) => requires.push(what.to_owned()),
                Some(("witness", what)) if what.starts_with("blind, because ") => witness = Witness::Blind,
                _ => panic!("{name}: what is this line? {line}"),
            }
        }
        let is_twin = path.parent().unwrap().ends_with("broken");
        assert_eq!(
            is_twin,
            !expected.is_empty(),
            "{name}: broken twins, and they alone, say what is expected"
        );
        let verdict = if is_twin { expected.remove(0) } else { "exact".to_owned() };
        let expected = Expectation { name: name.clone(), verdict, lines: expected, witness };
        Form { name, text, expected }
    }

    /// Its name as a file in a folder of migrations.
    pub fn file_name(&self, version: usize) -> String {
        format!("{version:04}_{}.sql", self.name.replace('/', "_"))
    }

    pub fn migration(&self, version: usize) -> Migration {
        let parsed = Migration::parse(Path::new(&self.file_name(version)), self.text.as_bytes());
        parsed.unwrap_or_else(|error| panic!("{}: {error}", self.name))
    }
}

impl Expectation {
    /// What differs from the expectation, in words. Every line has to be expected, and every expectation has to be met:
    /// what is not off must not be blamed either.
    pub fn disagreement(&self, verdict: &str, lines: &[String]) -> Option<String> {
        let names = |line: &&String| !line.starts_with(' ');
        let missed = self.lines.iter().any(|expected| !lines.iter().any(|line| line.contains(expected)));
        let blamed =
            lines.iter().filter(names).any(|line| !self.lines.iter().any(|expected| line.contains(expected)));
        let agrees = verdict == self.verdict && !missed && !blamed;
        (!agrees).then(|| {
            let Expectation { name, verdict: expected, lines: expected_lines, .. } = self;
            format!("{name}\n  expected {expected} {expected_lines:#?}\n  found {verdict} {lines:#?}")
        })
    }
}
