//! `docs/plan.md` says of the rules what the list of the rules says.

use std::path::Path;

use pmdb::impact::Rule;

/// What stands below this heading comes from the list.
const HEADING: &str = "## The rules\n";

#[test]
fn the_documentation_has_every_rule_as_the_list_has_it() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/plan.md");
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
        "UPDATE_DOCS=1 cargo test --test it plan_recipes::documentation brings it up to date: {changed:?}"
    );
}

fn rules() -> String {
    let line =
        |rule: &Rule| format!("| [`{rule}`](#{rule}) | {} | {} |\n", rule.about().class, rule.about().title);
    let table: String = Rule::ALL.iter().map(line).collect();
    let sections: String = Rule::ALL.iter().map(|rule| section(*rule)).collect();
    format!("| rule | class | what it finds |\n|---|---|---|\n{table}{sections}")
}

fn section(rule: Rule) -> String {
    let about = rule.about();
    let given = if about.given.is_empty() { String::new() } else { format!("-- given\n{}\n\n", about.given) };
    let safe = if about.safe.is_empty() { String::new() } else { format!("\n\n-- is safe\n{}", about.safe) };
    format!(
        "\n### {rule}\n\n{}\n\n```sql\n{given}-- breaks the rule\n{}{safe}\n```\n",
        filled(about.text),
        about.breaks
    )
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
