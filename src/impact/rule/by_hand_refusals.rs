//! A rule about what was made by hand and refuses what the files do, whatever the rows are.

use super::{Class, PlanRule, PlanRuleText};
use crate::catalog::{Identity, Kind, Object};
use crate::impact::by_hand;
use crate::impact::finding::{Finding, Recipe};
use crate::impact::foreign_keys::referring;
use crate::impact::look::HalfView;
use crate::impact::names::{bare, begins, mentions, says};
use crate::impact::rights::{NamedRelation, named, relation};
use crate::impact::unseen::written_on_target;
use crate::impact::{Right, StatementTrace};

pub(super) const REFUSED_BY_HAND_MADE: PlanRuleText = PlanRuleText {
    id: "refused-by-hand-made",
    class: Class::Fails,
    title: "something made by hand that refuses what the file does",
    text: "\
The target has a foreign key that no migration has made, and the file empties the table that it refers to: the server refuses that, whatever \
the rows are, unless it says `CASCADE`, and then the other table is emptied as well. Or the target has a column that was made by hand, that may not \
be NULL and has no default, and the file inserts rows without a value for it; or one of any kind, and the file copies rows without a list of columns. \
Where an earlier statement may have taken it away, or a trigger gives the column a value, or a query no rows, it is *careless* and not *fails*.",
    given: "\
CREATE TABLE users (id bigint PRIMARY KEY);
-- by hand: CREATE TABLE letters (reader bigint REFERENCES users);",
    breaks: "TRUNCATE users;",
    safe: "",
};

pub(super) fn find(look: &HalfView<'_>) -> Vec<Finding> {
    if look.case.only_on_target.objects.is_empty() {
        return Vec::new();
    }
    let mut findings = Vec::new();
    for (number, statement) in look.statements() {
        let named = named(&statement.text);
        findings.extend(emptied(look, number, statement, &named));
        findings.extend(named.iter().filter_map(|one| without_value(look, number, statement, one)));
    }
    findings
}

/// `TRUNCATE` of a table, and not of all that refer to it.
fn emptied(
    look: &HalfView<'_>,
    number: usize,
    statement: &StatementTrace,
    named: &[NamedRelation],
) -> Option<Finding> {
    if !begins(&statement.text, "TRUNCATE") || says(&statement.text, "CASCADE") {
        return None;
    }
    // What an earlier statement has locked or renamed shows by its rows alone.
    let emptied = statement.emptied.iter().filter_map(|one| written_on_target(&one.table));
    let named = named.iter().filter_map(|one| table_on_target(look, number, one));
    let tables: Vec<String> = named.chain(emptied).collect();
    let mut keys = tables
        .iter()
        .flat_map(|table| referring(look.case.only_on_target, table.clone()).map(move |key| (table, key)));
    let (table, key) = keys.find(|(_, key)| !tables.iter().any(|table| table == key.table))?;
    let identity =
        Identity { kind: Kind::Constraint, of: Some(key.table.to_owned()), name: key.name.to_owned() };
    let what = format!("the {identity}, which no migration has made, refers to {table}");
    let note =
        format!("Drop {} before, and make it anew afterwards, or empty {} as well.", key.name, key.table);
    refusal(look, number, (&identity, table), what, None, note)
}

/// Rows that are inserted without a value that they need there.
fn without_value(
    look: &HalfView<'_>,
    number: usize,
    statement: &StatementTrace,
    named: &NamedRelation,
) -> Option<Finding> {
    if named.right != Right::Insert {
        return None;
    }
    let table = table_on_target(look, number, named)?;
    let copies = begins(&statement.text, "COPY");
    let of_table =
        |identity: &Identity| identity.kind == Kind::Column && identity.of.as_deref() == Some(&table);
    let mut columns = look.case.only_on_target.objects.iter().filter(|(identity, _)| of_table(identity));
    let (column, _) = columns.find(|(identity, column)| {
        let is_missing = !named.columns.contains(&bare(&identity.name)) && column.get("generated").is_none();
        is_missing && (copies && named.columns.is_empty() || needs_value(look, column))
    })?;
    let what = format!("the {column}, which no migration has made, gets no value from the rows");
    let note = format!("Give {} a default, or name it in the file.", column.name);
    refusal(look, number, (column, &table), what, may_go_well(look, &table, statement), note)
}

/// Whether a row must give the column a value. A domain may have a default of its own.
fn needs_value(look: &HalfView<'_>, column: &Object) -> bool {
    let is_domain = || {
        let mut domains = look.case.target_now.objects.keys().filter(|one| one.kind == Kind::Domain);
        domains.any(|domain| column.get("type").is_some_and(|name| bare(name) == bare(&domain.name)))
    };
    column.get("not null").is_some()
        && column.get("default").is_none()
        && column.get("identity").is_none()
        && !is_domain()
}

/// Why it may be none: the rows may be none, or a trigger may give what they lack.
fn may_go_well(look: &HalfView<'_>, table: &str, statement: &StatementTrace) -> Option<String> {
    let objects = [look.case.target_now, look.case.before].into_iter().flat_map(|schema| &schema.objects);
    let mut triggers = objects.filter(|(identity, _)| {
        matches!(identity.kind, Kind::Trigger | Kind::Rule) && identity.of.as_deref() == Some(table)
    });
    if triggers.next().is_some() {
        return Some("unless a trigger gives it one".to_owned());
    }
    let text = &statement.text;
    let has_rows = begins(text, "COPY")
        || begins(text, "INSERT")
            && !mentions(text, "SELECT")
            && !mentions(text, "TABLE")
            && !mentions(text, "EXECUTE");
    (!has_rows).then(|| "unless there are none".to_owned())
}

fn refusal(
    look: &HalfView<'_>,
    number: usize,
    (thing, table): (&Identity, &str),
    what: String,
    may_go_well: Option<String>,
    note: String,
) -> Option<Finding> {
    let fate = look.preceding(number).fate_of(thing);
    if fate == by_hand::Fate::Gone {
        return None;
    }
    let line = look.case.trace.statements.get(number).map(|one| one.location.line);
    let doubt = fate.doubt().map(str::to_owned).or(may_go_well);
    let what = format!("{what}: {}", by_hand::fails(line, doubt.as_deref()));
    let finding = look.finding(PlanRule::RefusedByHandMade, Some(number), table, what);
    let class = if doubt.is_none() { finding.class } else { Class::Careless };
    Some(Finding { class, ..finding.with_recipe(Recipe::note(note)) })
}

/// What the target calls a table that a statement names; `None` where a pending file has made it.
fn table_on_target(look: &HalfView<'_>, number: usize, named: &NamedRelation) -> Option<String> {
    written_on_target(relation(look.case.trace, number, &named.name)?)
}
