//! Rules about keys: unique, primary, foreign, and exclusion constraints.

use super::{Class, PlanRule, PlanRuleText};
use crate::catalog::{Identity, Kind, Object};
use crate::impact::finding::{Finding, Recipe};
use crate::impact::look::HalfView;
use crate::impact::names::{bare, says};
use crate::impact::recipe::{foreign_key as key_of_other, key, new_columns};
use crate::impact::{Relation, RowWork};

pub(super) const KEY_BUILDS_INDEX: PlanRuleText = PlanRuleText {
    id: "key-builds-index",
    class: Class::Blocks,
    title: "a unique or primary key whose index is built under a lock",
    text: "\
`ADD UNIQUE` and `ADD PRIMARY KEY` build an index while nobody can read or write the table. The index can be built \
CONCURRENTLY before; the constraint then takes it with `USING INDEX`, which takes no time. The columns of a primary \
key have to be NOT NULL before, or that is checked under the lock as well.",
    given: "CREATE TABLE users (id bigint PRIMARY KEY, email text NOT NULL);",
    breaks: "ALTER TABLE users ADD CONSTRAINT users_email_key UNIQUE (email);",
    safe: "\
-- migrate:up transaction:false
CREATE UNIQUE INDEX CONCURRENTLY users_email_key ON users (email);
-- migrate:up
ALTER TABLE users ADD CONSTRAINT users_email_key UNIQUE USING INDEX users_email_key;",
};

pub(super) const EXCLUSION_BUILDS_INDEX: PlanRuleText = PlanRuleText {
    id: "exclusion-builds-index",
    class: Class::Blocks,
    title: "an exclusion constraint on rows that are there",
    text: "\
`EXCLUDE` builds its index while nobody can read or write the table, and there is no way to build it before. Where the table is \
large, make a new one with the constraint and move the rows, or let a trigger keep the rule.",
    given: "CREATE TABLE bookings (during int4range);",
    breaks: "ALTER TABLE bookings ADD CONSTRAINT no_overlap EXCLUDE USING gist (during WITH &&);",
    safe: "",
};

pub(super) const FOREIGN_KEY_CHECKED_AT_ONCE: PlanRuleText = PlanRuleText {
    id: "foreign-key-checked-at-once",
    class: Class::Blocks,
    title: "a foreign key whose rows are checked under a lock",
    text: "\
`ADD FOREIGN KEY` looks up every row of the one table in the other, and nobody can write to either of them meanwhile. Added as \
`NOT VALID` it holds for new rows at once; `VALIDATE CONSTRAINT` in a later transaction checks the old ones and lets all go on.",
    given: "\
CREATE TABLE users (id bigint PRIMARY KEY);
CREATE TABLE orders (id bigint PRIMARY KEY, buyer bigint);",
    breaks: "ALTER TABLE orders ADD CONSTRAINT orders_buyer_fkey FOREIGN KEY (buyer) REFERENCES users;",
    safe: "\
-- migrate:up
ALTER TABLE orders ADD CONSTRAINT orders_buyer_fkey FOREIGN KEY (buyer) REFERENCES users NOT VALID;
-- migrate:up
ALTER TABLE orders VALIDATE CONSTRAINT orders_buyer_fkey;",
};

pub(super) fn find(look: &HalfView<'_>) -> Vec<Finding> {
    look.work_under_lock()
        .filter_map(|(number, _, work)| match work {
            RowWork::IndexBuild { index, table, concurrently: false } => {
                built(look, number, work, index, table)
            }
            RowWork::ForeignKeyCheck { table, parent } => foreign_key(look, number, work, table, parent),
            _ => None,
        })
        .collect()
}

fn built(
    look: &HalfView<'_>,
    number: usize,
    work: &RowWork,
    index: &str,
    table: &Relation,
) -> Option<Finding> {
    let of = look.name(table);
    let (_, index) = look.added_index(number, &of, index)?;
    let name = index.get("constraint")?;
    if let Some(parent) = index.get("parent") {
        return on_partitions(look, number, work, &of, parent);
    }
    let identity = Identity { kind: Kind::Constraint, of: Some(of.clone()), name: name.to_owned() };
    let object = look.after(&identity)?;
    let name = &identity.name;
    let doing = format!("while the index of {name} is built");
    let object_name = format!("{of}.{name}");
    match object.get("type")? {
        "unique" | "primary key" => {
            let finding =
                look.blocking_finding(PlanRule::KeyBuildsIndex, number, work, object_name, &doing)?;
            let recipe = using_index(look, number, &identity, object, &of);
            Some(finding.with_recipe(recipe.map(|recipe| once_dropped(look, &identity, recipe))))
        }
        "exclude" => {
            let finding =
                look.blocking_finding(PlanRule::ExclusionBuildsIndex, number, work, object_name, &doing)?;
            Some(finding.with_recipe(Recipe::note(
                "The server knows no way to build the index of an exclusion constraint before. Make a new table with the \
                 constraint, keep it up by a trigger, fill it a few rows at a time, and let the two change places.",
            )))
        }
        _ => None,
    }
}

/// A key of a partitioned table.
fn on_partitions(
    look: &HalfView<'_>,
    number: usize,
    work: &RowWork,
    partition: &str,
    parent: &str,
) -> Option<Finding> {
    let (root, _) = super::indexes::root(look, partition, parent)?;
    let name = format!("{}.{}", root.of.as_deref()?, root.name);
    let doing = format!("while the index of {} is built on all partitions", root.name);
    let finding = look.blocking_finding(PlanRule::KeyBuildsIndex, number, work, name, &doing)?;
    let of = root.of.as_deref()?;
    let constraint = Identity { kind: Kind::Constraint, of: Some(of.to_owned()), name: root.name.clone() };
    let recipe = using_index(look, number, &constraint, look.after(&constraint)?, of)?;
    Some(finding.with_recipe(once_dropped(look, &constraint, recipe)))
}

/// What is dropped and comes back cannot be added beside what is there.
pub(super) fn once_dropped(look: &HalfView<'_>, identity: &Identity, recipe: Recipe) -> Recipe {
    match look.before(identity) {
        Some(_) => recipe.with_note(format!("Once {} is dropped, in a migration before:", identity.name)),
        None => recipe,
    }
}

/// The columns of a primary key first, then the index, then the constraint.
fn using_index(
    look: &HalfView<'_>,
    number: usize,
    identity: &Identity,
    object: &Object,
    of: &str,
) -> Option<Recipe> {
    if let Some(recipe) = new_columns(look, number, of).filter(|_| is_of_new(look, object, of)) {
        return Some(recipe);
    }
    let mut files = Vec::new();
    if object.get("type") == Some("primary key") {
        for column in object.list("columns") {
            let column = look.column(of, &column);
            files.extend(super::not_null::files_if_needed(look, of, &column));
        }
    }
    files.extend(key(look, of, &identity.name, object)?);
    Some(Recipe::of(files))
}

/// Whether a constraint has a column that the half adds.
pub(super) fn is_of_new(look: &HalfView<'_>, object: &Object, of: &str) -> bool {
    object.list("columns").iter().any(|column| {
        let name = look.column(of, column);
        look.before(&Identity { kind: Kind::Column, of: Some(of.to_owned()), name }).is_none()
    })
}

fn foreign_key(
    look: &HalfView<'_>,
    number: usize,
    work: &RowWork,
    table: &Relation,
    parent: &Relation,
) -> Option<Finding> {
    let of = look.whole(&look.name(table));
    let is_it = |object: &Object| {
        let references = object.get("references").unwrap_or_default();
        object.get("type") == Some("foreign key") && bare(references) == parent.name
    };
    let (identity, object) = look.new_of(number, &of, Kind::Constraint).find(|(_, object)| is_it(object))?;
    if look.statements().nth(number).is_some_and(|(_, one)| says(&one.text, "VALIDATE CONSTRAINT")) {
        return None;
    }
    let name = &identity.name;
    let doing = format!("while its rows are looked up in {} for {name}", look.name(parent));
    let finding = look.blocking_finding(
        PlanRule::ForeignKeyCheckedAtOnce,
        number,
        work,
        format!("{of}.{name}"),
        &doing,
    )?;
    let with_column = new_columns(look, number, &of).filter(|_| is_of_new(look, object, &of));
    let recipe = with_column.or_else(|| Some(Recipe::of(key_of_other(look, &of, name, object)?)));
    Some(finding.with_recipe(recipe.map(|recipe| once_dropped(look, identity, recipe))))
}
