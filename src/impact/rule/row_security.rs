//! A rule about tables whose rows nobody may see any more.

use super::{Class, PlanRule, PlanRuleText};
use crate::catalog::{Catalog, Change, Item, Kind};
use crate::impact::finding::{Finding, Recipe};
use crate::impact::look::HalfView;

pub(super) const ROW_SECURITY_WITHOUT_POLICY: PlanRuleText = PlanRuleText {
    id: "row-security-without-policy",
    class: Class::Breaks,
    title: "row level security without a policy",
    text: "\
Where row level security is on and there is no policy, everybody but the owner and superusers sees no row of the table and can insert \
none, and no error says so to those who read. Make the policies in the same migration.",
    given: "CREATE TABLE notes (id bigint PRIMARY KEY);",
    breaks: "ALTER TABLE notes ENABLE ROW LEVEL SECURITY;",
    safe: "\
-- migrate:up
CREATE POLICY everybody ON notes USING (true);
ALTER TABLE notes ENABLE ROW LEVEL SECURITY;",
};

pub(super) fn find(look: &HalfView<'_>) -> Vec<Finding> {
    look.items(Kind::Table).filter_map(|item| closed(look, item)).collect()
}

fn closed(look: &HalfView<'_>, item: &Item) -> Option<Finding> {
    let Change::Changed { attributes } = &item.change else { return None };
    let table = &item.identity;
    let is_enabled = attributes.iter().any(|one| one.attribute == "row security" && one.after.is_some());
    let old = look.case.trace.lineage.before(table)?;
    let there = look.name_on_target(old)?;
    let has_policy = |catalog: &Catalog, name: &str| {
        catalog.objects.keys().any(|one| one.kind == Kind::Policy && one.of.as_deref() == Some(name))
    };
    let row_security = look.after(table).and_then(|table| table.get("row security"));
    let is_closed_today = look.today(old).is_none_or(|today| today.get("row security") == row_security)
        && !has_policy(look.target, &there.name);
    if !is_enabled
        || is_closed_today
        || has_policy(look.case.after, &table.name)
        || has_policy(look.case.only_on_target, &there.name)
    {
        return None;
    }
    let name = &table.name;
    let what = format!(
        "{name} has no policy: from now on, everybody but its owner and superusers sees none of its rows, and can insert none"
    );
    let note = format!("In the same migration, before: CREATE POLICY … ON {name} …;");
    let finding = look.finding(
        PlanRule::RowSecurityWithoutPolicy,
        look.statement_naming(&[name, "SECURITY"]),
        name,
        what,
    );
    Some(finding.with_recipe(Recipe::note(note)))
}
