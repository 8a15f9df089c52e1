//! Rules about check constraints.

use super::keys::{is_of_new, once_dropped};
use super::{Class, PlanRule, PlanRuleText};
use crate::catalog::{Change, Item, Kind};
use crate::impact::RowWork;
use crate::impact::finding::{Finding, Recipe, together};
use crate::impact::look::HalfView;
use crate::impact::names::{begins, mentions, says};
use crate::impact::recipe::{new_columns, not_valid};

pub(super) const CHECK_CHECKED_AT_ONCE: PlanRuleText = PlanRuleText {
    id: "check-checked-at-once",
    class: Class::Blocks,
    title: "a check constraint whose rows are checked under a lock",
    text: "\
`ADD CHECK` reads every row while nobody can read or write the table. Added as `NOT VALID` it holds for new rows at once; \
`VALIDATE CONSTRAINT` in a later transaction checks the old ones and lets all go on.",
    given: "CREATE TABLE products (id bigint PRIMARY KEY, price numeric);",
    breaks: "ALTER TABLE products ADD CONSTRAINT price_positive CHECK (price > 0);",
    safe: "\
-- migrate:up
ALTER TABLE products ADD CONSTRAINT price_positive CHECK (price > 0) NOT VALID;
-- migrate:up
ALTER TABLE products VALIDATE CONSTRAINT price_positive;",
};

pub(super) const DOMAIN_CHECKED_AT_ONCE: PlanRuleText = PlanRuleText {
    id: "domain-checked-at-once",
    class: Class::Blocks,
    title: "a rule of a domain that is checked in all its tables",
    text: "\
A constraint or NOT NULL of a domain is checked in every table that has a column of it, and nobody can write to these tables \
until the last row is read. A constraint can be added as `NOT VALID`; `VALIDATE CONSTRAINT` in a later transaction still keeps \
writers waiting, since the server knows no weaker lock for domains. Where a table is large, a check constraint of the table is \
the better place.",
    given: "\
CREATE DOMAIN email AS text;
CREATE TABLE users (id bigint PRIMARY KEY, email email);",
    breaks: "ALTER DOMAIN email ADD CONSTRAINT has_at CHECK (VALUE LIKE '%@%');",
    safe: "\
-- migrate:up
ALTER DOMAIN email ADD CONSTRAINT has_at CHECK (VALUE LIKE '%@%') NOT VALID;",
};

pub(super) fn find(look: &HalfView<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (number, statement, work) in look.work_under_lock() {
        let RowWork::Scan(table) = work else { continue };
        if begins(&statement.text, "ALTER DOMAIN") {
            findings.extend(domain(look, number, &statement.text, work));
        }
        if says(&statement.text, "VALIDATE CONSTRAINT") {
            continue;
        }
        let own = look.name(table);
        let whole = look.whole(&own);
        let of = if mentions(&statement.text, &whole) { whole } else { own };
        for (identity, object) in look.new_of(number, &of, Kind::Constraint) {
            let definition = object.get("definition").unwrap_or_default();
            let columns = object.list("columns");
            let is_named = mentions(&statement.text, &identity.name)
                || mentions(&statement.text, "check")
                    && columns.iter().all(|column| mentions(&statement.text, column));
            if object.get("type") != Some("check") || definition.ends_with(" NOT VALID") || !is_named {
                continue;
            }
            let name = &identity.name;
            let doing = format!("while every row is checked for {name}");
            let finding = look.blocking_finding(
                PlanRule::CheckCheckedAtOnce,
                number,
                work,
                format!("{of}.{name}"),
                &doing,
            );
            let with_column = new_columns(look, number, &of).filter(|_| is_of_new(look, object, &of));
            let recipe = with_column.unwrap_or_else(|| Recipe::of(not_valid(&of, name, definition)));
            let recipe = once_dropped(look, identity, recipe);
            findings.extend(finding.map(|finding| finding.with_recipe(recipe)));
        }
    }
    findings
}

fn domain(look: &HalfView<'_>, number: usize, text: &str, work: &RowWork) -> Option<Finding> {
    let domains = look.items(Kind::Domain).map(|item| item.identity.name.as_str());
    let constraints = look.items(Kind::Constraint).filter_map(|item| item.identity.of.as_deref());
    let domain = domains.chain(constraints).find(|name| mentions(text, name))?;
    let doing = format!("while its rows are checked for the domain {domain}");
    let finding = look.blocking_finding(PlanRule::DomainCheckedAtOnce, number, work, domain, &doing)?;
    let added = |item: &&Item| {
        item.identity.of.as_deref() == Some(domain) && matches!(item.change, Change::Added { .. })
    };
    let recipe = look.items(Kind::Constraint).find(added).and_then(|item| {
        let definition = look.after(&item.identity)?.get("definition")?;
        let name = &item.identity.name;
        let add = format!("ALTER DOMAIN {domain} ADD CONSTRAINT {name} {definition} NOT VALID;");
        let validate = format!("ALTER DOMAIN {domain} VALIDATE CONSTRAINT {name};");
        let note = "VALIDATE keeps writers of the tables waiting as well: run it when there are few, or leave it out.";
        Some(Recipe::of([together(add), together(validate)]).with_note(note))
    });
    Some(finding.with_recipe(recipe))
}
