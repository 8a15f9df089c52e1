//! Rules about a column that gets another type.

use std::collections::BTreeSet;

use super::is_checked_domain;
use super::{Class, PlanRule, PlanRuleText};
use crate::catalog::{Identity, Kind, Object};
use crate::impact::RowWork;
use crate::impact::finding::{Finding, Recipe, together};
use crate::impact::look::HalfView;
use crate::impact::names::{begins, made_of, mentions};
use crate::impact::question::{Conversion, Statements};
use crate::impact::recipe::Successor;

pub(super) const TYPE_CHANGE_REWRITES: PlanRuleText = PlanRuleText {
    id: "type-change-rewrites",
    class: Class::Blocks,
    title: "a type change that writes every row again",
    text: "\
Where the new type is stored in another way, the server writes the whole table and all its indexes again, and nobody can read \
or write it meanwhile. A new column beside the old one can be filled a few rows at a time, while a trigger keeps it up with \
what changes; then the two change places. Type changes that only lift a limit (`varchar(20)` to `varchar(40)` or `text`) \
write nothing and are no finding.",
    given: "CREATE TABLE payments (id bigint PRIMARY KEY, amount integer);",
    breaks: "ALTER TABLE payments ALTER COLUMN amount TYPE bigint;",
    safe: "\
-- migrate:up
ALTER TABLE payments ADD COLUMN amount_big bigint;",
};

pub(super) const NARROWER_TYPE: PlanRuleText = PlanRuleText {
    id: "narrower-type",
    class: Class::Breaks,
    title: "a type that takes less than the one before",
    text: "\
What runs today may write values that the new type does not take, and read values as the old type. First release code that \
writes only what both types take. A type that takes all that the old one took is no finding.",
    given: "CREATE TABLE users (id bigint PRIMARY KEY, name varchar(40));",
    breaks: "ALTER TABLE users ALTER COLUMN name TYPE varchar(20);",
    safe: "\
-- migrate:up
ALTER TABLE users ALTER COLUMN name TYPE varchar(60);
ANALYZE users (name);",
};

pub(super) const STATISTICS_LOST: PlanRuleText = PlanRuleText {
    id: "statistics-lost",
    class: Class::Careless,
    title: "a type change after which the planner knows nothing of a column",
    text: "\
A column that gets another type loses its statistics, even where no row is written: until autovacuum comes round, the planner guesses, \
and may take a slow way. `ANALYZE` in the same file makes them anew. Besides, a prepared statement that returns the column fails once \
in each session that has it (`cached plan must not change result type`): where the application or its pool prepares statements, \
connect anew, or `DEALLOCATE ALL`.",
    given: "CREATE TABLE users (id bigint PRIMARY KEY, name varchar(40));",
    breaks: "ALTER TABLE users ALTER COLUMN name TYPE varchar(60);",
    safe: "\
-- migrate:up
ALTER TABLE users ALTER COLUMN name TYPE varchar(60);
ANALYZE users (name);",
};

/// Types, each of which takes all that those before it take.
const WIDENING: &[&[&str]] = &[
    &["smallint", "integer", "bigint", "numeric"],
    &["real", "double precision"],
    &["character varying", "text"],
    &["character varying", "citext"],
    &["text", "citext"],
    &["citext", "text"],
    &["cidr", "inet"],
    &["date", "timestamp without time zone", "timestamp with time zone"],
    &["json", "jsonb"],
];

/// A column, its type before and after. Its names are those after the half.
pub(super) struct TypeChange<'a> {
    pub of: &'a str,
    pub column: &'a str,
    pub before: &'a str,
    pub after: &'a str,
    /// What it was called before the half.
    old: &'a Identity,
}

impl TypeChange<'_> {
    pub fn is_on_target(&self, look: &HalfView<'_>) -> bool {
        look.is_on_target(self.old)
    }

    /// The last statement that names it and a type.
    fn statement(&self, look: &HalfView<'_>) -> Option<usize> {
        let tables = [Some(self.of), self.old.of.as_deref()];
        let columns = [self.column, &self.old.name];
        let is_named = |text: &str| {
            tables.into_iter().flatten().any(|of| mentions(text, of))
                && columns.into_iter().any(|column| mentions(text, column))
        };
        let named = || look.statements().filter(|(_, one)| is_named(&one.text)).map(|(number, _)| number);
        let says_type = |number: &usize| {
            look.case.trace.statements.get(*number).is_some_and(|one| mentions(&one.text, "TYPE"))
        };
        named().filter(says_type).last().or_else(|| named().last())
    }
}

pub(super) fn find(look: &HalfView<'_>) -> Vec<Finding> {
    let changes = type_changes(look);
    let mut findings = Vec::new();
    for (number, statement, work) in look.work_under_lock() {
        let table = match work {
            RowWork::Rewrite(table) | RowWork::IndexBuild { table, .. } => table,
            // Constraints of the column are checked anew.
            RowWork::Scan(table) if mentions(&statement.text, "type") => table,
            _ => continue,
        };
        let own = look.name(table);
        let whole = look.whole(&own);
        let of = if mentions(&statement.text, &whole) { whole } else { own };
        let mine = changes.iter().filter(|change| {
            let is_of_table = change.of == of || change.old.of.as_ref() == Some(&of);
            let names = [change.column, &change.old.name];
            is_of_table && names.into_iter().any(|name| mentions(&statement.text, name))
        });
        for change in mine {
            if matches!(work, RowWork::IndexBuild { index, .. } if is_new_index(look, &of, index)) {
                continue;
            }
            findings.extend(rewrites(look, number, work, change));
        }
    }
    for change in &changes {
        let (before, after) = (below_domain(look, change.before), below_domain(look, change.after));
        let today = look.today(change.old).and_then(|today| today.get("type"));
        let took_more = today.is_some_and(|today| !takes_all(below_domain(look, today), after));
        if took_more && !takes_all(before, after) {
            let what = format!(
                "{}.{} becomes {} and was {}: what runs today may write what that does not take",
                change.of, change.column, change.after, change.before
            );
            let statement = change.statement(look);
            let object = format!("{}.{}", change.of, change.column);
            let note = "First release code that writes only values which both types take.";
            findings.push(
                look.finding(PlanRule::NarrowerType, statement, object, what).with_recipe(Recipe::note(note)),
            );
        }
    }
    // The safe way of a type change that writes all rows ends with ANALYZE.
    let is_told = |change: &TypeChange<'_>| {
        let object = format!("{}.{}", change.of, change.column);
        findings.iter().any(|one| one.rule == PlanRule::TypeChangeRewrites && one.object == object)
    };
    let free: Vec<&TypeChange<'_>> = changes.iter().filter(|change| !is_told(change)).collect();
    let lost: Vec<Finding> =
        look.statements().filter_map(|(number, _)| statistics(look, number, &free)).collect();
    findings.extend(lost);
    findings
}

fn statistics(look: &HalfView<'_>, number: usize, changes: &[&TypeChange<'_>]) -> Option<Finding> {
    let of_statement =
        |change: &&&TypeChange<'_>| change.statement(look) == Some(number) && change.is_on_target(look);
    let mut own = changes.iter().filter(of_statement);
    let of = own.clone().next()?.of;
    let columns: Vec<&str> =
        own.by_ref().filter(|change| change.of == of).map(|change| change.column).collect();
    let columns = columns.join(", ");
    let is_analyzed = look.statements().skip(number).any(|(_, one)| begins(&one.text, "ANALYZE"));
    if is_analyzed || !look.matters(look.relation(of)?) {
        return None;
    }
    let what = format!(
        "{columns} of {of} has no statistics afterwards, so that the planner guesses, and a prepared statement that returns it fails once"
    );
    let itself = together(look.case.trace.statements.get(number)?.text.as_str());
    let recipe = Recipe::of([itself, together(format!("ANALYZE {of} ({columns});"))]);
    Some(look.finding(PlanRule::StatisticsLost, Some(number), of, what).with_recipe(recipe))
}

/// What a domain is made of, if it takes every value of that.
fn below_domain<'t>(look: &HalfView<'t>, type_name: &'t str) -> &'t str {
    let identity = Identity { kind: Kind::Domain, of: None, name: type_name.to_owned() };
    let domain = look.after(&identity).filter(|_| !is_checked_domain(look, type_name));
    domain.and_then(|domain| domain.get("type")).unwrap_or(type_name)
}

fn is_new_index(look: &HalfView<'_>, of: &str, index: &str) -> bool {
    look.added_to(of, Kind::Index).any(|(identity, _)| crate::impact::names::bare(&identity.name) == index)
}

/// The columns that have another type than before. Only those that differ from what has their name before, or have got their name,
/// are looked at: a target has thousands.
pub(super) fn type_changes<'a>(look: &HalfView<'a>) -> Vec<TypeChange<'a>> {
    let changed = look.items(Kind::Column).map(|item| &item.identity);
    let renamed = look.case.trace.lineage.renamed().map(|(_, new)| new);
    let columns: BTreeSet<&Identity> =
        changed.chain(renamed).filter(|identity| identity.kind == Kind::Column).collect();
    let now = columns.into_iter().filter_map(|identity| Some((identity, look.after(identity)?)));
    now.filter_map(|(identity, column)| type_change(look, identity, column)).collect()
}

/// A type that gets another name is the same.
fn type_change<'a>(look: &HalfView<'a>, column: &'a Identity, now: &'a Object) -> Option<TypeChange<'a>> {
    let lineage = &look.case.trace.lineage;
    let old = lineage.before(column)?;
    let (before, after) = (look.before(old)?.get("type")?, now.get("type")?);
    if before == after {
        return None;
    }
    let element = |name: &'a str| name.trim_end_matches("[]");
    let is_renamed = lineage
        .renamed()
        .any(|(old, new)| old.of.is_none() && old.name == element(before) && new.name == element(after));
    (!is_renamed).then_some(TypeChange {
        of: column.of.as_deref()?,
        column: &column.name,
        before,
        after,
        old,
    })
}

/// Whether the second type takes all that the first one takes.
pub(super) fn takes_all(before: &str, after: &str) -> bool {
    let ((one, limit), (other, other_limit)) = (split(before), split(after));
    let is_widened = WIDENING.iter().any(|family| {
        let place = |wanted: &str| family.iter().position(|name| *name == wanted);
        place(&one).zip(place(&other)).is_some_and(|(one, other)| one < other)
    });
    // Blanks at the end are no part of a value of the first type.
    let is_unpadded = one == "character" && matches!(&*other, "character varying" | "text");
    if is_unpadded {
        return other_limit.is_empty() || fits(&limit, &other_limit);
    }
    let has_no_limit = other_limit.is_empty() || other_limit == [DIGITS_OF_A_SECOND];
    if one == other { fits(&limit, &other_limit) } else { is_widened && has_no_limit }
}

/// Whether limits such as `(10,2)` become none, or larger ones with the same number of digits after the point.
fn fits(before: &[u32], after: &[u32]) -> bool {
    match (before, after) {
        (_, []) => true,
        ([before], [after]) => before <= after,
        ([before, scale], [after, other]) => {
            other >= scale && after - other.min(after) >= before - scale.min(before)
        }
        _ => false,
    }
}

/// The digits of a second that a type of time keeps, unless it says less.
const DIGITS_OF_A_SECOND: u32 = 6;

/// A type without its limits, and these: `numeric(10,2)`, `timestamp(3) without time zone`.
fn split(name: &str) -> (String, Vec<u32>) {
    // The schema of the extension matters to nobody.
    if name.ends_with(".citext") {
        return ("citext".to_owned(), Vec::new());
    }
    let Some((before, rest)) = name.split_once('(') else {
        let is_of_time = name.starts_with("time") || name == "interval";
        return (name.to_owned(), if is_of_time { vec![DIGITS_OF_A_SECOND] } else { Vec::new() });
    };
    let Some((limits, after)) = rest.split_once(')') else { return (name.to_owned(), Vec::new()) };
    let limits = limits.split(',').filter_map(|limit| limit.trim().parse().ok()).collect();
    (format!("{before}{after}"), limits)
}

fn rewrites(look: &HalfView<'_>, number: usize, work: &RowWork, change: &TypeChange<'_>) -> Option<Finding> {
    let TypeChange { of, column, before, after, .. } = change;
    let doing = format!("while every row is written again to turn {column} from {before} into {after}");
    let doing = match work {
        RowWork::Rewrite(_) => doing,
        RowWork::Scan(_) => format!("while every row is checked anew as {column} becomes {after}"),
        _ => format!("while indexes of {column} are built anew for the type {after}"),
    };
    let object = format!("{of}.{column}");
    let finding = look.blocking_finding(PlanRule::TypeChangeRewrites, number, work, object, &doing)?;
    // One that gets another name as well would need steps of its own for that.
    let keeps_its_name = change.old.name == change.column && change.old.of.as_deref() == Some(change.of);
    Some(finding.with_recipe(keeps_its_name.then(|| recipe(look, change)).flatten()))
}

/// A new column, a trigger that keeps it up, a backfill, and a swap.
fn recipe(look: &HalfView<'_>, change: &TypeChange<'_>) -> Option<Recipe> {
    let TypeChange { of, column, after, .. } = change;
    if is_checked_domain(look, after) {
        return Some(Recipe::note(format!(
            "{after} checks each value, so that a column of it is never added without writing the table. Let {column} have the type \
             below the domain, and add what it checks as a check constraint: NOT VALID, and validated in a migration of its own."
        )));
    }
    let value = match Statements::of(&look.case.trace.statements).conversion(of, column) {
        Conversion::Using(expression) => expression,
        Conversion::Assignment if depends_on_time_zone(change) => {
            return Some(Recipe::note(format!(
                "Which moment a value means depends on TimeZone, which each session sets for itself. Write \
                 USING {column} AT TIME ZONE '…': then there is a way to do it a few rows at a time."
            )));
        }
        Conversion::Assignment => format!("{column}::{after}"),
        Conversion::Unknown => return None,
    };
    let new = made_of(&[column, "new"]);
    let successor =
        Successor { of, old: column, meanwhile: &new, last: column, value: &value, kept_up: None };
    successor.recipe(look, &format!("{column} stands last in the table afterwards."))
}

/// Whether one type has a time zone, and the other one has not.
fn depends_on_time_zone(change: &TypeChange<'_>) -> bool {
    let is_of_time = |name: &str| name == "date" || name.starts_with("time");
    let has_zone = |name: &str| name.ends_with("with time zone");
    is_of_time(change.before) && is_of_time(change.after) && has_zone(change.before) != has_zone(change.after)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_that_takes_all_of_the_old_one_breaks_nothing() {
        for (before, after) in [
            ("integer", "bigint"),
            ("smallint", "numeric"),
            ("character varying(20)", "character varying(40)"),
            ("character varying(20)", "character varying"),
            ("character varying(20)", "text"),
            ("character(10)", "character varying(10)"),
            ("character(10)", "text"),
            ("numeric(10,2)", "numeric(12,2)"),
            ("numeric(10,2)", "numeric"),
            ("timestamp(3) without time zone", "timestamp without time zone"),
        ] {
            assert!(takes_all(before, after), "{before} {after}");
            assert!(before == after || !takes_all(after, before), "{after} {before}");
        }
        for (before, after) in [
            ("timestamp without time zone", "timestamp(6) without time zone"),
            ("interval(6)", "interval"),
            ("text", "public.citext"),
            ("public.citext", "text"),
        ] {
            assert!(takes_all(before, after) && takes_all(after, before), "{before} {after}");
        }
        assert!(takes_all("date", "timestamp with time zone") && takes_all("cidr", "inet"));
        assert!(!takes_all("text", "integer") && !takes_all("numeric(10,2)", "numeric(10,4)"));
    }
}
