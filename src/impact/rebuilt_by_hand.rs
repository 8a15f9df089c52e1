//! What was made by hand over a column that gets another type: the server makes it anew with the new one, and may not be able to.

use super::FileTrace;
use super::by_hand::{Fate, Preceding};
use super::dependents::{Dependent, on_target, with_other_type};
use super::foreign_keys::column_pairs;
use super::identifiers::has_column;
use super::names::{bare, in_quotes, quoted};
use super::removal::{RemovedBy, removal};
use crate::catalog::{Catalog, Identity, Kind, Object};
use crate::migration::sql::{Cursor, StandardStrings, split_at_commas};

/// A column of the target that a half gives another type.
struct Retyped<'a> {
    /// As the target calls it.
    column: &'a Identity,
    from: &'a str,
    to: &'a str,
}

/// Those of the last of these halves whose type is of another family then.
fn retyped(halves: &[FileTrace]) -> Vec<Retyped<'_>> {
    let Some((half, earlier)) = halves.split_last() else { return Vec::new() };
    let Some((before, after)) = half.stages.first().zip(half.stages.last()) else { return Vec::new() };
    let columns = with_other_type(half).filter_map(|old| {
        let from = before.before.objects.get(old)?.get("type")?;
        let to = after.after.objects.get(half.lineage.after(old)?)?.get("type")?;
        let column = on_target(old, earlier)?;
        (family(from) != family(to) || family(from).is_none()).then_some(Retyped { column, from, to })
    });
    columns.collect()
}

/// The foreign keys that cannot be made anew, since their columns cannot be compared any more.
pub fn incomparable_keys(halves: &[FileTrace], only_on_target: &Catalog) -> Vec<Dependent> {
    let Some(target) = halves.first().and_then(|half| half.stages.first()) else { return Vec::new() };
    let type_of = |column: &Identity| {
        let known = target.before.objects.get(column).or_else(|| only_on_target.objects.get(column));
        known.and_then(|column| column.get("type"))
    };
    let mut found: Vec<Dependent> = Vec::new();
    let all = retyped(halves);
    let keys = only_on_target.objects.iter().filter(|(one, key)| {
        // That of a partition comes and goes with the one above.
        one.kind == Kind::Constraint && key.get("parent").is_none()
    });
    for (identity, key) in keys {
        for pair in column_pairs(identity, key) {
            let Some(one) = all.iter().find(|one| pair.contains(one.column)) else { continue };
            let others = pair.iter().filter(|other| *other != one.column);
            // Within one statement, both may change.
            let mut types = others.filter(|other| !all.iter().any(|one| one.column == *other)).map(type_of);
            let is_comparable = |other: Option<&str>| {
                let other = other.and_then(family);
                other.is_none() || family(one.to).is_none() || other == family(one.to)
            };
            if types.any(|other| !is_comparable(other)) {
                found.push(Dependent {
                    object: identity.as_ref().clone(),
                    needs: one.column.clone(),
                    stays: false,
                });
            }
        }
    }
    found.dedup();
    found
}

/// Whether what else needs the column can be made anew is not known: each in a sentence.
pub fn unseen_rebuilt(halves: &[FileTrace], only_on_target: &Catalog, target_now: &Catalog) -> Vec<String> {
    let Some((half, earlier)) = halves.split_last() else { return Vec::new() };
    let mut told = Vec::new();
    for Retyped { column, from, to } in retyped(halves) {
        let number = match removal(earlier, half, column) {
            RemovedBy::Cascade(number) | RemovedBy::Statement(number) => number,
            RemovedBy::Unknown => continue,
        };
        let Some(line) = half.statements.get(number).map(|one| one.location.line) else { continue };
        let (of, name) = (column.of.as_deref().unwrap_or_default(), &column.name);
        let preceding = Preceding::new(earlier, (half, number), only_on_target);
        let own = only_on_target.objects.iter().filter(|(one, object)| {
            one.of.as_deref() == Some(of)
                && computes_with(one, object, name)
                && !matches!(preceding.fate_of(one), Fate::Gone)
        });
        let mut things: Vec<String> =
            own.map(|(one, _)| format!("the {one}, which no migration has made,")).collect();
        things.extend(
            has_default_by_hand(halves, target_now, column)
                .then(|| format!("the default of {of}.{name}, which no migration has given it,")),
        );
        told.extend(things.into_iter().map(|thing| {
            format!(
                "whether {thing} can do with {to} instead of {from} in {of}.{name} (line {line} of {}) is not known: else it fails",
                half.version
            )
        }));
    }
    told
}

/// Whether something calls a function or an operator with a column.
fn computes_with(identity: &Identity, object: &Object, column: &str) -> bool {
    let in_definition = || object.get("definition").is_some_and(|text| has_column(text, column));
    match identity.kind {
        Kind::Index => {
            let of_expressions = object.list("columns").into_iter().filter(|listed| !is_name(listed, column));
            of_expressions
                .chain(object.get("predicate").map(str::to_owned))
                .any(|sql| has_column(&sql, column))
        }
        Kind::Constraint => object.get("type") == Some("check") && in_definition(),
        Kind::Statistics => {
            let list = object.get("definition").and_then(|text| text.split_once(" ON "));
            let list = list.map(|(_, list)| Cursor::new(list.as_bytes(), StandardStrings::On));
            list.is_some_and(|list| {
                split_at_commas(list).into_iter().any(|one| one.contains('(') && has_column(one, column))
            })
        }
        _ => false,
    }
}

fn is_name(listed: &str, column: &str) -> bool {
    listed == bare(column) || [quoted(listed), in_quotes(listed)].iter().any(|name| name == column)
}

/// Whether a column has a default on the target that its migrations do not give it.
fn has_default_by_hand(halves: &[FileTrace], target_now: &Catalog, column: &Identity) -> bool {
    let known = halves.first().and_then(|half| half.stages.first()?.before.objects.get(column));
    let there = target_now.objects.get(column).and_then(|column| column.get("default"));
    there.is_some() && known.is_some_and(|known| known.get("default").is_none())
}

/// Types whose values can be compared with one another; `None` where that is not known.
fn family(type_name: &str) -> Option<&'static str> {
    let base = type_name.split('(').next().unwrap_or_default().trim_end();
    if type_name.ends_with("[]") {
        return None;
    }
    Some(match base {
        "smallint" | "integer" | "bigint" | "numeric" | "real" | "double precision" => "number",
        "text" | "character varying" | "character" => "text",
        "date" | "timestamp" | "timestamp without time zone" | "timestamp with time zone" => "time",
        "uuid" => "uuid",
        "boolean" => "boolean",
        "bytea" => "bytea",
        "jsonb" => "jsonb",
        _ => return None,
    })
}
