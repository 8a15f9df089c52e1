//! Rules about tables and materialized views that are written anew as a whole.

use super::{Class, PlanRule, PlanRuleText};
use crate::catalog::{Change, Identity, Kind};
use crate::impact::finding::{Finding, Recipe, apart};
use crate::impact::look::HalfView;
use crate::impact::names::{begins, mentions};
use crate::impact::{RelationKind, RowWork};

pub(super) const TABLE_REWRITTEN: PlanRuleText = PlanRuleText {
    id: "table-rewritten",
    class: Class::Blocks,
    title: "a table that is written anew as a whole",
    text: "\
`VACUUM FULL`, `CLUSTER`, `SET LOGGED`, `SET UNLOGGED`, `SET TABLESPACE` and `SET ACCESS METHOD` write the table and its indexes \
again, and nobody can read or write it meanwhile. Where it is only about room on the disk, plain `VACUUM` makes it free for new \
rows; programs like pg_repack or pg_squeeze write a table anew beside the old one.",
    given: "CREATE TABLE events (id bigint PRIMARY KEY);",
    breaks: "ALTER TABLE events SET UNLOGGED;",
    safe: "",
};

pub(super) const REFRESH_NOT_CONCURRENTLY: PlanRuleText = PlanRuleText {
    id: "refresh-not-concurrently",
    class: Class::Blocks,
    title: "a materialized view that nobody can read while it is computed",
    text: "\
`REFRESH MATERIALIZED VIEW` keeps all queries of the view waiting until it is computed. `CONCURRENTLY` lets them read the old \
rows; it needs a unique index on columns of the view, without a condition.",
    given: "\
CREATE TABLE sales (day date, amount numeric);
CREATE MATERIALIZED VIEW sales_by_day AS SELECT day, sum(amount) AS amount FROM sales GROUP BY day;
CREATE UNIQUE INDEX sales_by_day_day ON sales_by_day (day);",
    breaks: "REFRESH MATERIALIZED VIEW sales_by_day;",
    safe: "\
-- migrate:up
REFRESH MATERIALIZED VIEW CONCURRENTLY sales_by_day;",
};

pub(super) fn find(look: &HalfView<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (number, statement, work) in look.work_under_lock() {
        let RowWork::Rewrite(relation) = work else { continue };
        let of = look.name(relation);
        if relation.kind == RelationKind::MaterializedView {
            let doing = "while it is computed";
            let finding = look.blocking_finding(PlanRule::RefreshNotConcurrently, number, work, &of, doing);
            findings.extend(finding.map(|finding| finding.with_recipe(refresh(look, &of))));
        } else if !is_explained(look, &of, &statement.text) {
            let doing = "while it is written anew";
            let finding = look.blocking_finding(PlanRule::TableRewritten, number, work, &of, doing);
            let recipe = Recipe::note(advice(&statement.text));
            findings.extend(finding.map(|finding| finding.with_recipe(recipe)));
        }
    }
    findings
}

/// Whether the rewrite comes from a column, of which another rule speaks.
fn is_explained(look: &HalfView<'_>, of: &str, text: &str) -> bool {
    look.items(Kind::Column)
        .filter(|item| {
            item.identity.of.as_deref() == Some(look.whole(of).as_str())
                && mentions(text, &item.identity.name)
        })
        .any(|item| match &item.change {
            Change::Added { .. } => true,
            Change::Changed { attributes } => attributes.iter().any(|change| change.attribute == "type"),
            Change::Removed { .. } => false,
        })
}

fn advice(text: &str) -> &'static str {
    if begins(text, "VACUUM") || begins(text, "CLUSTER") {
        "Plain VACUUM makes room for new rows and lets all go on. To give room back to the system, use pg_repack or pg_squeeze."
    } else {
        "Make a new table as it is to be, keep it up by a trigger, fill it a few rows at a time, and let the two change places; \
         or do this when nobody uses the table."
    }
}

fn refresh(look: &HalfView<'_>, view: &str) -> Recipe {
    let is_fit = |identity: &Identity| {
        identity.kind == Kind::Index
            && identity.of.as_deref() == Some(view)
            && look.after(identity).is_some_and(|index| {
                index.get("unique").is_some()
                    && index.get("predicate").is_none()
                    && index.get("valid").is_none()
            })
    };
    let recipe = Recipe::of([apart(format!("REFRESH MATERIALIZED VIEW CONCURRENTLY {view};"))]);
    if look.case.after.objects.keys().any(|identity| is_fit(identity)) {
        return recipe;
    }
    recipe.with_note(format!(
        "{view} has no unique index, which CONCURRENTLY needs: make one before, on columns that tell its rows apart."
    ))
}
