//! What the documents show is so. Each command is run, in the order of the text, and prints what is printed there; what is
//! no command of pmdb's is read by the one who would read it: a YAML parser, bash, the server, the compiler.
//!
//! A new block needs nothing here unless it needs something to be there before (`scenes`), or cannot be run (`not_run`).

mod command_lines;
mod markdown;
mod not_run;
mod other_languages;
mod recipes;
mod scenes;
mod sections;

use std::thread;

use command_lines::{is_a_mention, understood};
use markdown::{Block, Document};
use not_run::reason;
use sections::follow;

const DOCUMENTS: [Document; 11] = [
    Document { name: "README.md", text: include_str!("../../README.md") },
    Document { name: "docs/advise.md", text: include_str!("../../docs/advise.md") },
    Document { name: "docs/architecture.md", text: include_str!("../../docs/architecture.md") },
    Document { name: "docs/citus.md", text: include_str!("../../docs/citus.md") },
    Document { name: "docs/comparison.md", text: include_str!("../../docs/comparison.md") },
    Document { name: "docs/fill.md", text: include_str!("../../docs/fill.md") },
    Document { name: "docs/json.md", text: include_str!("../../docs/json.md") },
    Document { name: "docs/plan.md", text: include_str!("../../docs/plan.md") },
    Document { name: "docs/production.md", text: include_str!("../../docs/production.md") },
    Document { name: "docs/testing.md", text: include_str!("../../docs/testing.md") },
    Document { name: "docs/troubleshooting.md", text: include_str!("../../docs/troubleshooting.md") },
];

const EXAMPLES: Document =
    Document { name: "examples/README.md", text: include_str!("../../examples/README.md") };

fn blocks() -> Vec<Block> {
    DOCUMENTS.iter().chain([&EXAMPLES]).flat_map(Document::blocks).collect()
}

/// What a session in a shell is made of, with the files that it needs.
fn is_run(block: &Block) -> bool {
    matches!(block.language, "console" | "sh" | "sql" | "yaml") || block.path.is_some()
}

#[test]
fn every_document_is_among_these() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs");
    let names = folder.read_dir().unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    for name in names.filter(|name| name.ends_with(".md")) {
        let known = DOCUMENTS.iter().any(|document| document.name == format!("docs/{name}"));
        assert!(known, "docs/{name} is not held to what it shows");
    }
}

#[test]
fn every_command_of_the_documents_does_what_is_printed_there() {
    let mut sections: Vec<Vec<Block>> = Vec::new();
    for block in blocks().into_iter().filter(|block| is_run(block) && reason(block).is_none()) {
        match sections.last_mut().filter(|section| section[0].section() == block.section()) {
            Some(section) => section.push(block),
            None => sections.push(vec![block]),
        }
    }
    // Each has a server of its own, or runs a private one: they do not get in each other's way.
    thread::scope(|scope| {
        for section in &sections {
            scope.spawn(|| follow(section));
        }
    });
}

#[test]
fn every_block_that_is_not_run_is_read_by_who_would_read_it() {
    for block in blocks() {
        match (reason(&block), block.language) {
            (Some(_), "sh") => other_languages::shell(&block),
            (Some(_), _) => {}
            (None, "yaml") => recipes::yaml(&block),
            (None, "dockerfile") => recipes::dockerfile(&block),
            (None, "toml") => recipes::dependency(&block),
            (None, "rust") => other_languages::rust(&block),
            (None, "go") => other_languages::go(&block),
            (None, "js") => other_languages::node(&block),
            (None, "json") => other_languages::json(&block),
            (None, _) => assert!(is_run(&block), "{block}: nothing reads a block of {:?}", block.language),
        }
    }
}

#[test]
fn what_is_said_not_to_be_run_is_there() {
    for (document, heading, language, _) in not_run::NOT_RUN {
        let is_there = |block: &Block| not_run::is_about(block, document, heading, language);
        assert!(blocks().iter().any(is_there), "{document}, {heading:?}: no block of {language:?}");
    }
}

#[test]
fn every_command_line_in_the_text_is_understood() {
    for document in DOCUMENTS.iter().chain([&EXAMPLES]) {
        for mention in document.mentions() {
            if let Err(error) = is_a_mention(&mention) {
                panic!("{}: `{mention}`: {error}", document.name);
            }
        }
    }
}

#[test]
fn every_command_line_of_a_block_is_understood() {
    for block in blocks().iter().filter(|block| matches!(block.language, "sh" | "console")) {
        for line in block.command_lines() {
            if let Err(error) = understood(line) {
                panic!("{block}: {line}: {error}");
            }
        }
    }
}
