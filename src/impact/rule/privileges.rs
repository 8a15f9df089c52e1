//! A rule about privileges that go with what is dropped and made anew.

use super::{Class, PlanRule, PlanRuleText};
use crate::catalog::{Catalog, Identity, Kind};
use crate::impact::finding::{Finding, Recipe};
use crate::impact::look::HalfView;

pub(super) const PRIVILEGES_LOST: PlanRuleText = PlanRuleText {
    id: "privileges-lost",
    class: Class::Breaks,
    title: "privileges that are gone once something is dropped and made anew",
    text: "\
What is dropped and made anew has the privileges of something new: what was granted is gone, so that others may not use it any more, and \
what was revoked from everybody is open again, as a function is. `CREATE OR REPLACE` keeps them; else grant and revoke them in the same \
migration. What was granted by hand on the target counts as well.",
    given: "\
CREATE VIEW answers AS SELECT 42 AS answer;
GRANT SELECT ON answers TO PUBLIC;",
    breaks: "\
DROP VIEW answers;
CREATE VIEW answers AS SELECT 43 AS answer;",
    safe: "\
-- migrate:up
CREATE OR REPLACE VIEW answers AS SELECT 43 AS answer;",
};

pub(super) fn find(look: &HalfView<'_>) -> Vec<Finding> {
    // What is new has those that somebody has made the usual ones by hand.
    let has_unknown = look.case.only_on_target.objects.keys().any(|one| one.kind == Kind::DefaultPrivileges);
    let gone = look.case.trace.lineage.gone.iter().filter(|_| !has_unknown);
    gone.filter_map(|identity| lost(look, identity)).collect()
}

fn lost(look: &HalfView<'_>, identity: &Identity) -> Option<Finding> {
    let has_own = matches!(
        identity.kind,
        Kind::View
            | Kind::MaterializedView
            | Kind::Function
            | Kind::Procedure
            | Kind::Aggregate
            | Kind::Sequence
    );
    let made_anew =
        look.after(identity).filter(|_| has_own && look.case.trace.lineage.is_taken_over(identity))?;
    let there = look.name_on_target(identity).filter(|_| look.is_on_target(identity))?;
    let privileges_in = |catalog: &Catalog, one: &Identity| {
        catalog.objects.get(one).map(|object| object.list("privileges")).unwrap_or_default()
    };
    // What a pending half has granted, nobody uses; what one has revoked is gone already.
    let (known, kept) = (privileges_in(look.target, there), privileges_in(look.case.before, identity));
    let mut before = privileges_in(look.case.target_now, there);
    before.retain(|one| !known.contains(one));
    before.extend(known.into_iter().filter(|one| kept.contains(one)));
    let after = made_anew.list("privileges");
    let mut lost: Vec<String> = before.into_iter().filter(|one| !after.contains(one)).collect();
    lost.sort();
    lost.dedup();
    if lost.is_empty() {
        return None;
    }
    let name = &identity.name;
    let what =
        format!("the {identity} is dropped and made anew, and its privileges are gone: {}", lost.join("; "));
    let note = "Grant and revoke them in the same migration, after it is made anew; or use CREATE OR REPLACE, which keeps them.";
    let bare_name = name.split('(').next().unwrap_or(name);
    let finding = look.finding(PlanRule::PrivilegesLost, look.statement_naming(&[bare_name]), name, what);
    Some(finding.with_recipe(Recipe::note(note)))
}
