//! `docs/advise.md` says of the rules what the list of the rules says.

use std::fmt::Write;
use std::path::Path;

use pmdb::advise::Rule;

/// What stands below this heading comes from the list.
const HEADING: &str = "## The rules\n";

#[test]
fn the_documentation_has_every_rule_as_the_list_has_it() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/advise.md");
    let text = std::fs::read_to_string(&path).unwrap();
    let (introduction, _) = text.split_once(HEADING).unwrap();
    let expected = format!("{introduction}{HEADING}\n{}", rules());
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, &expected).unwrap();
        return;
    }
    let changed = text.lines().zip(expected.lines()).find(|(is, should_be)| is != should_be);
    assert!(
        text == expected,
        "UPDATE_DOCS=1 cargo test --test it advise::documentation brings it up to date: {changed:?}"
    );
}

fn rules() -> String {
    let table: String =
        Rule::ALL.map(|rule| format!("| [`{rule}`](#{rule}) | {} |\n", rule.about().title)).concat();
    format!("| rule | what it finds |\n|---|---|\n{table}{}", Rule::ALL.map(section).concat())
}

fn section(rule: Rule) -> String {
    let about = rule.about();
    let mut text = format!("\n### {rule}\n\n{}\n", filled(about.text));
    if !about.thresholds.is_empty() {
        text.push_str("\nA finding is made when all of this is so:\n\n");
    }
    for threshold in about.thresholds {
        let _ = writeln!(text, "- {}", threshold.condition());
    }
    let _ = write!(
        text,
        "\n```sql\n-- breaks the rule\n{}\n\n-- does not\n{}\n```\n",
        about.breaks, about.corrected
    );
    text
}

/// Paragraphs with lines of at most 120 characters.
fn filled(text: &str) -> String {
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
