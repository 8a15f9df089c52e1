//! Blocks in other languages, read by their own programs where they are installed.

use std::fs;
use std::process::Command;

use super::markdown::Block;
use crate::support::{assert_as_published, skipped};

/// bash reads it without running it.
pub fn shell(block: &Block) {
    read_by(block, "bash", &["-n"], "sh", &block.text);
}

/// It has no package of its own.
pub fn go(block: &Block) {
    read_by(block, "gofmt", &["-e", "-l"], "go", &format!("package app\n\n{}", block.text));
}

pub fn node(block: &Block) {
    read_by(block, "node", &["--check"], "mjs", &block.text);
}

fn read_by(block: &Block, program: &str, options: &[&str], ending: &str, text: &str) {
    let file = tempfile::Builder::new().suffix(&format!(".{ending}")).tempfile().unwrap();
    fs::write(&file, text).unwrap();
    match Command::new(program).args(options).arg(file.path()).output() {
        Ok(output) => {
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "{block}: {program} says:\n{said}");
            // gofmt names what it would write in another way.
            assert!(output.stdout.is_empty(), "{block}: {program} would write it in another way");
        }
        Err(_) => skipped(&format!("{program} (to read {block})"), "it is read where that is installed"),
    }
}

/// It is compiled as a test of the documentation.
pub fn rust(block: &Block) {
    let crate_root = include_str!("../../../src/lib.rs");
    let compiled = format!("#[doc = include_str!(\"../{}\")]", block.document);
    assert!(crate_root.contains(&compiled), "{block}: src/lib.rs does not have {compiled}");
}

/// It is a document as the published schema has it.
pub fn json(block: &Block) {
    let document = serde_json::from_str(&block.text).unwrap_or_else(|error| panic!("{block}: {error}"));
    assert_as_published(&document);
}
