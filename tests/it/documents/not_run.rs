//! What is shown and cannot be run here, and why.

use super::markdown::Block;

/// The document, the heading (of all if empty), the language, and why it is not run.
pub const NOT_RUN: [(&str, &str, &str, &str); 9] = [
    ("README.md", "Install", "sh", "it builds pmdb, which the tests have done"),
    ("docs/testing.md", "A server that pmdb brings along", "sh", "it runs the suites of other projects"),
    ("docs/advise.md", "", "sql", "it is made from the rules, whose examples have tests of their own"),
    (
        "docs/plan.md",
        "",
        "sql",
        "it is made from the rules, whose examples and recipes have tests of their own",
    ),
    (
        "README.md",
        "Before a deploy",
        "text",
        "its tables have millions of rows; the tests of plan hold such answers",
    ),
    ("docs/citus.md", "", "sh", "it takes a cluster of Citus"),
    ("docs/citus.md", "", "sql", "it takes a cluster of Citus"),
    ("docs/citus.md", "", "text", "it takes a cluster of Citus"),
    ("docs/architecture.md", "", "text", "it says what pmdb does, not what somebody types"),
];

pub fn is_about(block: &Block, document: &str, heading: &str, language: &str) -> bool {
    let same_heading = heading.is_empty() || block.heading == heading;
    block.document == document && same_heading && block.language == language
}

/// Why a block is not run; `None` where it is.
pub fn reason(block: &Block) -> Option<&'static str> {
    let about =
        NOT_RUN.iter().find(|(document, heading, language, _)| is_about(block, document, heading, language));
    about.map(|(.., reason)| *reason)
}
