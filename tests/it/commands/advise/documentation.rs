//! `docs/advise.md` says of the rules what the list of the rules says.

use std::fmt::Write;

use pmdb::advise::Rule;

use crate::support::{assert_page_has_rules, filled};

#[test]
fn the_documentation_has_every_rule_as_the_list_has_it() {
    assert_page_has_rules("docs/advise.md", &rules(), "advise::documentation");
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
