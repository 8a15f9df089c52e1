//! The attributes of an object that is in both catalogs.

use std::collections::BTreeSet;

use super::{AttributeChange, DifferenceClass};
use crate::catalog::{Kind, Object};
use crate::migration::sql::secrets::{is_masked, masked};
use crate::migration::sql::{Lexer, StandardStrings};

/// Attributes that hold SQL, which may be laid out in another way.
const SQL: [&str; 8] =
    ["arguments", "body", "default", "definition", "generated", "predicate", "using", "with check"];

/// Of an index that belongs to a constraint, what the constraint says as well.
const SAID_BY_CONSTRAINT: [&str; 6] =
    ["columns", "constraint", "definition", "parent", "predicate", "unique"];

/// What differs.
pub(super) fn changes(kind: Kind, before: &Object, after: &Object) -> Vec<AttributeChange> {
    let names: BTreeSet<&String> = before.attributes.keys().chain(after.attributes.keys()).collect();
    let of_constraint = before.get("constraint").or(after.get("constraint")).is_some();
    names
        .into_iter()
        .filter(|name| before.get(name) != after.get(name))
        .filter(|name| !differ_in_a_mask(before.get(name), after.get(name)))
        .filter(|name| !of_constraint || !SAID_BY_CONSTRAINT.contains(&name.as_str()))
        .filter_map(|name| match (name.as_str(), kind) {
            // An index or a view says it in its definition, and its columns are no objects that could be added to it.
            ("columns", Kind::Index | Kind::Constraint | Kind::View | Kind::MaterializedView)
            | ("unique" | "predicate", Kind::Index)
            | ("type" | "references" | "referenced columns", Kind::Constraint) => None,
            ("columns", Kind::Table | Kind::ForeignTable | Kind::CompositeType) => {
                order_of_columns(before, after)
            }
            _ => Some(AttributeChange {
                attribute: name.clone(),
                class: class(kind, name, before, after),
                before: before.get(name).map(shown),
                after: after.get(name).map(shown),
            }),
        })
        .collect()
}

/// Whether one of two texts comes from the history, where its secrets are masked, and that is all that differs.
fn differ_in_a_mask(before: Option<&str>, after: Option<&str>) -> bool {
    let Some((before, after)) = before.zip(after) else { return false };
    (is_masked(before) || is_masked(after)) && masked(before) == masked(after)
}

/// The SQL of a function may hold a secret.
fn shown(value: &str) -> String {
    masked(value).into_owned()
}

/// Columns that only one of them has are objects of their own: the order of the others is what matters.
pub(super) fn order_of_columns(before: &Object, after: &Object) -> Option<AttributeChange> {
    let (mut before, mut after) = (before.list("columns"), after.list("columns"));
    let common: BTreeSet<String> = before.iter().filter(|column| after.contains(column)).cloned().collect();
    before.retain(|column| common.contains(column));
    after.retain(|column| common.contains(column));
    let shown = |columns: &[String]| serde_json::to_string(columns).ok();
    (before != after).then(|| AttributeChange {
        attribute: "columns".to_owned(),
        class: DifferenceClass::ColumnOrder,
        before: shown(&before),
        after: shown(&after),
    })
}

fn class(kind: Kind, attribute: &str, before: &Object, after: &Object) -> DifferenceClass {
    if differ_in_layout(attribute, before, after) {
        return DifferenceClass::Cosmetic;
    }
    // The server writes the columns of statistics in the order of the table.
    let sorted = |object: &Object| {
        let mut tokens: Vec<Vec<u8>> = tokens(object.get(attribute).unwrap_or_default())
            .filter(|token| *token != b",")
            .map(<[u8]>::to_vec)
            .collect();
        tokens.sort();
        tokens
    };
    let is_of_statistics = (kind, attribute) == (Kind::Statistics, "definition");
    if is_of_statistics && sorted(before) == sorted(after) {
        DifferenceClass::ColumnOrder
    } else {
        DifferenceClass::Structural
    }
}

/// Whether two texts of SQL have the same tokens. White space matters to languages such as Python.
fn differ_in_layout(attribute: &str, before: &Object, after: &Object) -> bool {
    let is_sql = |object: &Object| matches!(object.get("language"), None | Some("sql" | "plpgsql"));
    match (before.get(attribute), after.get(attribute)) {
        (Some(one), Some(other)) if SQL.contains(&attribute) && is_sql(before) && is_sql(after) => {
            tokens(one).eq(tokens(other))
        }
        _ => false,
    }
}

/// The tokens of a text, without white space and comments.
pub(super) fn tokens(text: &str) -> impl Iterator<Item = &[u8]> {
    let bytes = text.as_bytes();
    Lexer::new(bytes, 0, bytes.len(), StandardStrings::On)
        .filter(|token| !token.kind.is_trivia())
        .filter_map(|token| bytes.get(token.span))
}
