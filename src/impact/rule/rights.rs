//! A rule about what the role of a deploy may not do.

use super::{Class, PlanRule, PlanRuleText};
use crate::impact::finding::{Finding, Recipe};
use crate::impact::look::HalfView;
use crate::impact::names::quoted;
use crate::impact::{MissingRight, Right, RightOn};

pub(super) const MISSING_RIGHTS: PlanRuleText = PlanRuleText {
    id: "missing-rights",
    class: Class::Fails,
    title: "something that the role of the deploy may not do",
    text: "\
The target was asked what the role that `pmdb plan` runs as may do: `pmdb up` as the same role fails there. Only the owner of a table may \
change its definition, and one who has the owner's role (`--role`); something new needs `CREATE` on its schema, a foreign key \
`REFERENCES` on the other table, a trigger `TRIGGER`, and rows `INSERT`, `UPDATE`, `DELETE` or `TRUNCATE`. What blocks and functions do, \
which columns a statement reads, and what comes after a statement that gives rights or takes another role, is not looked at.",
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
    let statement = look.case.trace.statements.get(needed.statement);
    let line = statement.map(|one| format!(" at line {}", one.location.line)).unwrap_or_default();
    let what = match needed.right {
        Right::Own => format!("change {object}, which belongs to {owner}"),
        Right::Drop => format!("drop {object}, which belongs to {owner}"),
        Right::Create if needed.on == RightOn::Database => "make a schema in this database".to_owned(),
        Right::Create => format!("make anything in the schema {object}"),
        Right::References => format!("refer to {object} by a foreign key"),
        Right::Trigger => format!("make a trigger on {object}"),
        Right::Truncate => format!("empty {object}"),
        Right::Insert => format!("insert into {object}"),
        Right::Update => format!("update {object}"),
        Right::Delete => format!("delete from {object}"),
    };
    let what = format!("{role} may not {what}: this file will fail{line}");
    let finding = look.finding(PlanRule::MissingRights, Some(needed.statement), object.clone(), what);
    finding.with_recipe(Recipe::note(way_out(needed.right, &needed.on, &object, &role, &owner)))
}

fn way_out(right: Right, on: &RightOn, object: &str, role: &str, owner: &str) -> String {
    let Some(privilege) = right.privilege() else {
        return format!("`pmdb up --role {owner}` may do it, where {role} is a member of that role.");
    };
    match on {
        RightOn::Database => {
            format!("The owner of the database, {owner}, can give {role} the right CREATE on it.")
        }
        RightOn::Schema(_) => {
            format!("{owner} can give the right: GRANT {privilege} ON SCHEMA {object} TO {role};")
        }
        _ => format!("{owner} can give the right: GRANT {privilege} ON {object} TO {role};"),
    }
}

fn written(on: &RightOn) -> String {
    match on {
        RightOn::Database => "the database".to_owned(),
        RightOn::Schema(name) => quoted(name),
        RightOn::Relation(schema, name) => format!("{}.{}", quoted(schema), quoted(name)),
        RightOn::Function(name) | RightOn::Type(name) => name.clone(),
    }
}
