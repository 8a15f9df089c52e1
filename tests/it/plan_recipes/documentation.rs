//! `docs/plan.md` says of the rules what the list of the rules says.

use pmdb::impact::PlanRule;

use crate::support::{assert_page_has_rules, filled};

#[test]
fn the_documentation_has_every_rule_as_the_list_has_it() {
    assert_page_has_rules("docs/plan.md", &rules(), "plan_recipes::documentation");
}

fn rules() -> String {
    let line = |rule: &PlanRule| {
        format!("| [`{rule}`](#{rule}) | {} | {} |\n", rule.about().class, rule.about().title)
    };
    let table: String = PlanRule::ALL.iter().map(line).collect();
    let sections: String = PlanRule::ALL.iter().map(|rule| section(*rule)).collect();
    format!("| rule | class | what it finds |\n|---|---|---|\n{table}{sections}")
}

fn section(rule: PlanRule) -> String {
    let about = rule.about();
    let given = if about.given.is_empty() { String::new() } else { format!("-- given\n{}\n\n", about.given) };
    let safe = if about.safe.is_empty() { String::new() } else { format!("\n\n-- is safe\n{}", about.safe) };
    format!(
        "\n### {rule}\n\n{}\n\n```sql\n{given}-- breaks the rule\n{}{safe}\n```\n",
        filled(about.text),
        about.breaks
    )
}
