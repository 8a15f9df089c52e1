//! A rule about tables whose rows nobody may see any more.

use super::{Class, PlanRule, PlanRuleText};
use crate::catalog::{Catalog, Identity, Kind, Object};
use crate::impact::finding::{Finding, Recipe};
use crate::impact::look::HalfView;

pub(super) const ROW_SECURITY_WITHOUT_POLICY: PlanRuleText = PlanRuleText {
    id: "row-security-without-policy",
    class: Class::Breaks,
    title: "row level security without a policy",
    text: "\
Where row level security is on and there is no policy, everybody but the owner and superusers sees no row of the table and can insert \
none, and no error says so to those who read: once it is enabled, or once the last policy is dropped. With `FORCE`, that holds for the \
owner as well. Policies that are `RESTRICTIVE` open nothing. Make the policies in the same migration.",
    given: "CREATE TABLE notes (id bigint PRIMARY KEY);",
    breaks: "ALTER TABLE notes ENABLE ROW LEVEL SECURITY;",
    safe: "\
-- migrate:up
CREATE POLICY everybody ON notes USING (true);
ALTER TABLE notes ENABLE ROW LEVEL SECURITY;",
};

/// Whom a table shows none of its rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum ClosedTo {
    Nobody,
    AllButOwner,
    OwnerToo,
}

pub(super) fn find(look: &HalfView<'_>) -> Vec<Finding> {
    let tables = look
        .case
        .after
        .objects
        .iter()
        .filter(|(identity, table)| identity.kind == Kind::Table && table.get("row security").is_some());
    tables.filter_map(|(identity, table)| closed(look, identity, table)).collect()
}

fn closed(look: &HalfView<'_>, identity: &Identity, table: &Object) -> Option<Finding> {
    let after = closed_to(look.case.after, identity, table);
    let old = look.case.trace.lineage.before(identity)?;
    let old_table = look.before(old)?;
    let there = look.name_on_target(old)?;
    let today = look.today(old)?;
    if after <= closed_to(look.case.before, old, old_table)
        || after <= closed_to(look.target, there, today)
        || has_policy(look.case.only_on_target, there)
    {
        return None;
    }
    let name = &identity.name;
    let all_but = match after {
        ClosedTo::OwnerToo => "everybody but superusers, also its owner,",
        _ => "everybody but its owner and superusers",
    };
    let what =
        format!("{name} has no policy: from now on, {all_but} sees none of its rows, and can insert none");
    let note = format!("In the same migration, before: CREATE POLICY … ON {name} …;");
    let is_switched = ["row security", "row security for the owner"]
        .iter()
        .any(|attribute| table.get(attribute) != old_table.get(attribute));
    let word = if is_switched { "SECURITY" } else { "POLICY" };
    let statement =
        look.statement_naming(&[name, word]).or_else(|| look.statement_naming(&[&old.name, word]));
    let finding = look.finding(PlanRule::RowSecurityWithoutPolicy, statement, name, what);
    Some(finding.with_recipe(Recipe::note(note)))
}

fn closed_to(catalog: &Catalog, identity: &Identity, table: &Object) -> ClosedTo {
    if table.get("row security").is_none() || has_policy(catalog, identity) {
        return ClosedTo::Nobody;
    }
    match table.get("row security for the owner") {
        Some(_) => ClosedTo::OwnerToo,
        None => ClosedTo::AllButOwner,
    }
}

/// Whether a policy shows somebody rows: one that is restrictive takes from what others show.
fn has_policy(catalog: &Catalog, table: &Identity) -> bool {
    catalog.parts(Kind::Policy, &table.name).any(|(_, policy)| policy.get("restrictive").is_none())
}
