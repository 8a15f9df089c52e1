//! The cases in `tests/testdata/splitting/cases.json`: SQL that other tools are known to cut wrongly.
//!
//! Each is cut as it stands, and then read as a migration file with an up marker before it. `error` is what
//! that says when it is refused (without the file's name; the text begins in line 2). A case with `bytes`
//! in place of `text` holds one byte a character.

use std::path::Path;

use pmdb::migration::sql::{Fragment, Splitter};
use pmdb::migration::{FileError, Half, Migration};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    text: Option<String>,
    bytes: Option<String>,
    statements: usize,
    markers: usize,
    copy_blocks: usize,
    psql_commands: usize,
    error: Option<String>,
}

impl Case {
    /// The case as a file would hold it, without a byte-order mark.
    fn bytes(&self) -> Vec<u8> {
        match (&self.text, &self.bytes) {
            (Some(text), None) => text.trim_start_matches('\u{feff}').as_bytes().to_vec(),
            (None, Some(bytes)) => bytes.chars().map(|c| u8::try_from(c).unwrap()).collect(),
            _ => panic!("{}: either text or bytes", self.name),
        }
    }

    fn as_migration(&self) -> Result<Migration, FileError> {
        let mut file = Vec::new();
        if self.text.as_ref().is_some_and(|text| text.starts_with('\u{feff}')) {
            file.extend("\u{feff}".as_bytes());
        }
        file.extend(b"-- migrate:up\n");
        file.extend(self.bytes());
        Migration::parse(Path::new("1_case.sql"), &file)
    }
}

fn cases() -> Vec<Case> {
    let cases: Vec<Case> = serde_json::from_str(include_str!("../testdata/splitting/cases.json"))
        .expect("cases.json is as documented");
    assert!(cases.len() >= 61);
    cases
}

#[test]
fn every_case_is_cut_into_the_right_pieces() {
    for case in cases() {
        let bytes = case.bytes();
        let (mut statements, mut markers, mut copy_blocks, mut psql_commands) = (0, 0, 0, 0);
        for piece in Splitter::new(&bytes, 0..bytes.len()) {
            match piece {
                Fragment::Statement(statement) => {
                    statements += 1;
                    copy_blocks += usize::from(statement.copy_data.is_some());
                }
                Fragment::Marker { .. } => markers += 1,
                Fragment::Backslash { .. } => psql_commands += 1,
                Fragment::StrayMarker { .. } | Fragment::Unclosed(_) => {}
            }
        }
        assert_eq!(
            (statements, markers, copy_blocks, psql_commands),
            (case.statements, case.markers, case.copy_blocks, case.psql_commands),
            "statements, markers, COPY blocks, psql commands of {}",
            case.name
        );
    }
}

#[test]
fn every_case_is_read_as_a_migration_or_refused_for_the_right_reason() {
    for case in cases() {
        let read = case.as_migration();
        let error = read.as_ref().err().map(|error| error.to_string().replace("1_case.sql:", ""));
        assert_eq!(error, case.error, "{}", case.name);
        if let Ok(migration) = read {
            let down = migration.down.as_ref().map_or(0, Half::statement_count);
            assert_eq!(migration.up.statement_count() + down, case.statements, "{}", case.name);
            assert_eq!(migration.up.statements().len(), migration.up.statement_count(), "{}", case.name);
        }
    }
}
