//! The rule about columns that have to have a value from now on.

use super::{Class, PlanRule, PlanRuleText};
use crate::catalog::{Identity, Kind, Object};
use crate::impact::RowWork;
use crate::impact::finding::{Finding, Recipe, RecipeFile, together};
use crate::impact::look::HalfView;
use crate::impact::names::{made_of, mentions};

pub(super) const NOT_NULL_CHECKED_AT_ONCE: PlanRuleText = PlanRuleText {
    id: "not-null-checked-at-once",
    class: Class::Blocks,
    title: "a column whose values are checked under a lock to become NOT NULL",
    text: "\
`SET NOT NULL` reads every row while nobody can read or write the table, unless a check constraint proves already that there \
is no NULL. So that constraint comes first, as `NOT VALID`; `VALIDATE CONSTRAINT` in a later transaction lets all go on, and \
then `SET NOT NULL` reads nothing. Since version 18 NOT NULL itself can be added as `NOT VALID`.",
    given: "CREATE TABLE users (id bigint PRIMARY KEY, email text);",
    breaks: "ALTER TABLE users ALTER COLUMN email SET NOT NULL;",
    safe: "\
-- migrate:up
ALTER TABLE users ADD CONSTRAINT email_given CHECK (email IS NOT NULL) NOT VALID;
-- migrate:up
ALTER TABLE users VALIDATE CONSTRAINT email_given;
-- migrate:up
ALTER TABLE users ALTER COLUMN email SET NOT NULL;
ALTER TABLE users DROP CONSTRAINT email_given;",
};

/// The first version that has NOT NULL … NOT VALID.
const NOT_VALID_SINCE: u32 = 18;

pub(super) fn find(look: &HalfView<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (number, statement, work) in look.work_under_lock() {
        let RowWork::Scan(table) = work else { continue };
        let own = look.name(table);
        let whole = look.whole(&own);
        let of = if mentions(&statement.text, &whole) { whole } else { own };
        for column in becoming(look, &of) {
            let doing = format!("while every row is checked for a NULL in {column}");
            let object = format!("{of}.{column}");
            let finding = |recipe| {
                let finding =
                    look.blocking_finding(PlanRule::NotNullCheckedAtOnce, number, work, &object, &doing)?;
                Some(finding.with_recipe(recipe))
            };
            if mentions(&statement.text, &column) && mentions(&statement.text, "null") {
                findings.extend(finding(Recipe::of(files(look, &of, &column))));
            } else if is_of_new_key(look, number, &of, &column) {
                let itself = together(statement.text.as_str());
                findings.extend(finding(Recipe::of(files(look, &of, &column).into_iter().chain([itself]))));
            }
        }
    }
    findings
}

/// The columns of a table that may be NULL before, and not after.
fn becoming(look: &HalfView<'_>, of: &str) -> Vec<String> {
    let columns = look.case.after.objects.iter().filter(|(identity, column)| {
        identity.kind == Kind::Column
            && identity.of.as_deref() == Some(of)
            && column.get("not null").is_some()
            && look.before(identity).is_some_and(|before| before.get("not null").is_none())
    });
    columns.map(|(identity, _)| identity.name.clone()).collect()
}

/// Whether the statement makes the column a part of the primary key, of an index that is there already: where it builds that,
/// the rule about keys has spoken.
fn is_of_new_key(look: &HalfView<'_>, number: usize, of: &str, column: &str) -> bool {
    let statement = look.case.trace.statements.get(number);
    let makes_key = statement.is_some_and(|one| {
        mentions(&one.text, "primary")
            && !one.work.iter().any(|work| matches!(work, RowWork::IndexBuild { .. }))
    });
    let is_in_key = |key: &Object| {
        key.get("type") == Some("primary key")
            && key.list("columns").iter().any(|name| look.column(of, name) == column)
    };
    makes_key && look.new_of(number, of, Kind::Constraint).any(|(_, key)| is_in_key(key))
}

/// What makes a column NOT NULL that may be NULL now; nothing where it is already.
pub(super) fn files_if_needed(look: &HalfView<'_>, of: &str, column: &str) -> Vec<RecipeFile> {
    let identity = Identity { kind: Kind::Column, of: Some(of.to_owned()), name: column.to_owned() };
    let is_done = look.before(&identity).is_some_and(|column| column.get("not null").is_some());
    if is_done { Vec::new() } else { files(look, of, column) }
}

/// What the server calls it, if nobody gives it a name.
pub(in crate::impact) fn name(of: &str, column: &str) -> String {
    made_of(&[of, column, "not_null"])
}

/// Whether NOT NULL is a constraint with a name.
pub(in crate::impact) fn is_named(look: &HalfView<'_>) -> bool {
    look.major().is_some_and(|major| major >= NOT_VALID_SINCE)
}

/// A column becomes NOT NULL while others go on.
pub(in crate::impact) fn files(look: &HalfView<'_>, of: &str, column: &str) -> Vec<RecipeFile> {
    let name = name(of, column);
    let validate = together(format!("ALTER TABLE {of} VALIDATE CONSTRAINT {name};"));
    if is_named(look) {
        let add = format!("ALTER TABLE {of} ADD CONSTRAINT {name} NOT NULL {column} NOT VALID;");
        return vec![together(add), validate];
    }
    let add = format!("ALTER TABLE {of} ADD CONSTRAINT {name} CHECK ({column} IS NOT NULL) NOT VALID;");
    let set = format!(
        "ALTER TABLE {of} ALTER COLUMN {column} SET NOT NULL;\nALTER TABLE {of} DROP CONSTRAINT {name};"
    );
    vec![together(add), validate, together(set)]
}
