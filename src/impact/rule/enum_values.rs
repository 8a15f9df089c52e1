//! A rule about values of enums that get another name.

use super::{Class, PlanRule, PlanRuleText};
use crate::catalog::{Change, Item, Kind};
use crate::impact::finding::{Finding, Recipe};
use crate::impact::look::HalfView;

pub(super) const RENAMED_VALUE: PlanRuleText = PlanRuleText {
    id: "renamed-value",
    class: Class::Breaks,
    title: "a value of an enum that gets another name",
    text: "\
From then on, the old name is no value of the type: what writes it or asks for it today fails. Add the new value, release code that knows \
both and writes the new one, and change the rows that have the old one; PostgreSQL keeps a value that nobody uses.",
    given: "CREATE TYPE mood AS ENUM ('sad');",
    breaks: "ALTER TYPE mood RENAME VALUE 'sad' TO 'unhappy';",
    safe: "\
-- migrate:up
ALTER TYPE mood ADD VALUE 'unhappy';",
};

pub(super) fn find(look: &HalfView<'_>) -> Vec<Finding> {
    look.items(Kind::Enum).filter_map(|item| renamed(look, item)).collect()
}

/// An enum that stays itself loses a value only by another name.
fn renamed(look: &HalfView<'_>, item: &Item) -> Option<Finding> {
    let Change::Changed { .. } = &item.change else { return None };
    let old = look.case.trace.lineage.before(&item.identity)?;
    let (before, after) = (look.before(old)?.list("labels"), look.after(&item.identity)?.list("labels"));
    let today = look.today(old)?.list("labels");
    let is_gone = |label: &&String| !after.contains(label) && today.contains(label);
    let gone: Vec<String> = before.iter().filter(is_gone).map(|label| format!("'{label}'")).collect();
    if gone.is_empty() {
        return None;
    }
    let name = &item.identity.name;
    let number = if gone.len() == 1 { "value" } else { "values" };
    let what = format!(
        "{name} has the {number} {} no more, which gets another name: what runs today and writes it fails",
        gone.join(", ")
    );
    let note = "Add the new value, and release code that knows both, before the old one goes.";
    let finding = look.finding(PlanRule::RenamedValue, look.statement_naming(&[name]), name, what);
    Some(finding.with_recipe(Recipe::note(note)))
}
