//! A rule about what the role of a deploy may not do.

use super::{Class, PlanRule, PlanRuleText};
use crate::impact::finding::{Finding, Recipe};
use crate::impact::look::HalfView;
use crate::impact::names::{begins, quoted};
use crate::impact::{MissingRight, NeededRight, Right, RightOn};

pub(super) const MISSING_RIGHTS: PlanRuleText = PlanRuleText {
    id: "missing-rights",
    class: Class::Fails,
    title: "something that the role of the deploy may not do",
    text: "\
The target was asked what the role that `pmdb plan` runs as may do: `pmdb up` as the same role fails there. Only the owner of a table may \
change its definition, and one who has the owner's role (`--role`); something new needs `CREATE` on its schema, also where it gets \
another name, takes the place of something (`OR REPLACE`) or is there already (`IF NOT EXISTS`); a foreign key needs `REFERENCES` on the \
other table, a trigger `TRIGGER`, and rows `INSERT`, `UPDATE`, `DELETE` or `TRUNCATE`, on each column that the statement names. Who is a \
member of a role may take it (`SET ROLE`), change its default privileges and make it an owner, which needs `CREATE` on the schema \
itself. What blocks and functions do, which columns a statement reads, and what comes after a statement that gives rights or takes another role, is not looked at. \
The role also writes down in the history what has run: that takes `INSERT` on its table, `UPDATE` where a half does not run as one \
transaction, `DELETE` on the way down, and `CREATE` on its schema where the table is not there yet.",
    given: "\
CREATE TABLE users (id bigint PRIMARY KEY);
-- by hand: SET ROLE pg_read_all_data;",
    breaks: "ALTER TABLE users ADD COLUMN name text;",
    safe: "",
};

pub(super) fn find(look: &HalfView<'_>) -> Vec<Finding> {
    look.case.missing_rights.iter().map(|missing| finding(look, missing)).collect()
}

fn finding(look: &HalfView<'_>, missing: &MissingRight) -> Finding {
    let MissingRight { needed, role, owner } = missing;
    let (role, owner, object) = (quoted(role), quoted(owner), written(&needed.on));
    let new_owner = quoted(needed.new_owner.as_deref().unwrap_or_default());
    let statement = needed.statement.and_then(|number| look.case.trace.statements.get(number));
    let line = statement.map(|one| format!(" at line {}", one.location.line)).unwrap_or_default();
    let is_of = |words: &str| statement.is_some_and(|one| begins(&one.text, words));
    let what = match needed.right {
        _ if needed.statement.is_none() => of_history(needed, &object),
        Right::TakeOver => {
            format!("make anything in the schema of {object}, and so cannot become its owner")
        }
        Right::Own => format!("change {object}, which belongs to {owner}"),
        Right::Drop => format!("drop {object}, which belongs to {owner}"),
        Right::Create if needed.on == RightOn::Database && is_of("CREATE SCHEMA") => {
            "make a schema in this database".to_owned()
        }
        Right::Create if needed.on == RightOn::Database && is_of("ALTER SCHEMA") => {
            "give a schema of this database another name or owner".to_owned()
        }
        Right::Create if needed.on == RightOn::Database => "make a publication in this database".to_owned(),
        Right::Create => format!("make anything in the schema {object}"),
        Right::References => format!("refer to {object} by a foreign key"),
        Right::Trigger => format!("make a trigger on {object}"),
        Right::Truncate => format!("empty {object}"),
        Right::Insert => format!("insert into {object}{}", of_columns(&needed.columns)),
        Right::Update => format!("update {object}{}", of_columns(&needed.columns)),
        Right::Delete => format!("delete from {object}"),
        Right::Lock => format!("lock {object}"),
        Right::Maintain => format!("refresh or reindex {object}, which belongs to {owner}"),
        Right::GiveAway => format!("give {object} to {new_owner}, a role of which it is no member"),
        Right::ChangeDefaults => {
            format!("change the default privileges of {object}, a role of which it is no member")
        }
        Right::Grant => format!("give or take privileges on {object}, on which it has none"),
        Right::TakeRole => format!("take the role {object}, of which it is no member"),
        Right::BecomeUser => format!("become the user {object}: only a superuser may"),
        Right::UseLanguage => format!("make functions in the language {object}"),
        Right::BeSuperuser => "do what only a superuser may".to_owned(),
    };
    let who = if needed.right == Right::TakeOver { &new_owner } else { &role };
    let what = format!("{who} may not {what}: this file will fail{line}");
    let finding = look.finding(PlanRule::MissingRights, needed.statement, object.clone(), what);
    finding.with_recipe(Recipe::note(way_out(needed, &object, &role, &owner)))
}

/// What cannot be written down, or prepared.
fn of_history(needed: &NeededRight, object: &str) -> String {
    match (&needed.on, needed.right) {
        (RightOn::NewSchema(_), _) => format!("make the schema {object} for the history"),
        (RightOn::NewRelation(schema, _), _) => {
            format!("make the history {object}, nor anything in the schema {}", quoted(schema))
        }
        (_, Right::Update) => {
            format!("change rows of {object}, where pmdb writes down how far a half has come")
        }
        (_, Right::Delete) => format!("delete from {object}, where pmdb writes down what is applied"),
        _ => format!("insert into {object}, where pmdb writes down what is applied"),
    }
}

fn of_columns(columns: &[String]) -> String {
    let columns: Vec<String> = columns.iter().map(|column| quoted(column)).collect();
    if columns.is_empty() { String::new() } else { format!(" ({})", columns.join(", ")) }
}

fn way_out(needed: &NeededRight, object: &str, role: &str, owner: &str) -> String {
    let new_owner = quoted(needed.new_owner.as_deref().unwrap_or_default());
    match (needed.right, &needed.on) {
        (Right::TakeRole | Right::ChangeDefaults, _) => {
            format!("Who may give the role can do so: GRANT {object} TO {role};")
        }
        (Right::GiveAway, _) => format!("Who may give the role can do so: GRANT {new_owner} TO {role};"),
        (Right::TakeOver, _) => {
            format!("The owner of the schema can give the right: GRANT CREATE ON SCHEMA … TO {new_owner};")
        }
        (Right::BecomeUser | Right::UseLanguage | Right::BeSuperuser, _) => {
            "Run it as a superuser, or leave it out of the migrations.".to_owned()
        }
        (Right::Lock, _) => {
            format!("{owner} can give a right that suffices: GRANT UPDATE ON {object} TO {role};")
        }
        (Right::Own | Right::Drop | Right::Maintain | Right::Grant, _) => {
            format!("`pmdb up --role {owner}` may do it, where {role} is a member of that role.")
        }
        (_, RightOn::NewRelation(schema, _)) => {
            format!("{owner} can give the right: GRANT CREATE ON SCHEMA {} TO {role};", quoted(schema))
        }
        (_, RightOn::Database | RightOn::NewSchema(_)) => {
            format!("The owner of the database, {owner}, can give {role} the right CREATE on it.")
        }
        _ if needed.statement.is_none() => {
            format!(
                "{owner} can give the rights: GRANT SELECT, INSERT, UPDATE, DELETE ON {object} TO {role};"
            )
        }
        (right, on) => {
            let privilege = right.privilege().unwrap_or_default();
            let columns = of_columns(&needed.columns);
            let schema = if matches!(on, RightOn::Schema(_)) { "SCHEMA " } else { "" };
            format!("{owner} can give the right: GRANT {privilege}{columns} ON {schema}{object} TO {role};")
        }
    }
}

fn written(on: &RightOn) -> String {
    match on {
        RightOn::Database => "the database".to_owned(),
        RightOn::Schema(name) | RightOn::NewSchema(name) => quoted(name),
        RightOn::Relation(schema, name) | RightOn::NewRelation(schema, name) => {
            format!("{}.{}", quoted(schema), quoted(name))
        }
        RightOn::Function(name) | RightOn::Type(name) => name.clone(),
        RightOn::Role(name) | RightOn::Language(name) => quoted(name),
    }
}
