//! Pages of the documentation that say of rules what the list of the rules says.

use std::path::Path;

/// What stands below this heading comes from the list.
const HEADING: &str = "## The rules\n";

/// Asserts that a page ends with the rules, or writes them there. `module` is the test's.
#[track_caller]
pub fn assert_page_has_rules(page: &str, rules: &str, module: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(page);
    let text = std::fs::read_to_string(&path).unwrap();
    let (introduction, _) = text.split_once(HEADING).unwrap();
    let expected = format!("{introduction}{HEADING}\n{rules}");
    if std::env::var_os("PMDB_TEST_WRITE").is_some() {
        std::fs::write(&path, &expected).unwrap();
        return;
    }
    let changed = text.lines().zip(expected.lines()).find(|(is, should_be)| is != should_be);
    assert!(
        text == expected,
        "PMDB_TEST_WRITE=1 cargo test --test it {module} brings it up to date: {changed:?}"
    );
}

/// Paragraphs with lines of at most 120 characters.
pub fn filled(text: &str) -> String {
    let paragraphs = text.split("\n\n").map(|paragraph| {
        let mut lines = vec![String::new()];
        for word in paragraph.split(' ') {
            let line = lines.last_mut().unwrap();
            if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > 120 {
                lines.push(word.to_owned());
            } else {
                line.push_str(if line.is_empty() { "" } else { " " });
                line.push_str(word);
            }
        }
        lines.join("\n")
    });
    paragraphs.collect::<Vec<_>>().join("\n\n")
}
