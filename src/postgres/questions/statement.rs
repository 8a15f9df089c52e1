//! A question as SQL. Names, conditions and types are as the catalog writes them.

use postgres_protocol::escape::escape_literal;

use crate::impact::{About, NewValue, ParentRows, Question, with_columns};

/// Nobody needs to know it more exactly.
pub(super) const MOST: u64 = 1_000_000;

/// What asks the question, on a server of this major version.
pub(super) fn statement(question: &Question, server_version: u32) -> String {
    let table = format!("{}{}", if question.own_rows { "ONLY " } else { "" }, question.table);
    let table = table.as_str();
    let about = question.about.clone().with_columns(|sql| with_values(&sql, &question.new_values));
    match &about {
        About::NewColumn { .. } | About::DroppedTable => {
            fill(include_str!("sql/rows.sql"), &[("table", table)])
        }
        About::Nulls { column } => {
            fill(include_str!("sql/nulls.sql"), &[("table", table), ("column", column)])
        }
        About::DroppedColumn { column } => {
            fill(include_str!("sql/values.sql"), &[("table", table), ("column", column)])
        }
        About::Breaking { condition, .. } => {
            fill(include_str!("sql/breaking.sql"), &[("table", table), ("condition", condition)])
        }
        About::Misplaced { condition, .. } => {
            fill(include_str!("sql/misplaced.sql"), &[("table", table), ("condition", condition)])
        }
        About::Conflicts { keys, operators, predicate, .. } => {
            conflicts(table, keys, operators, predicate.as_deref())
        }
        About::Rounded { column, from, to, using } => {
            let value = using.as_deref().unwrap_or(column);
            fill(
                include_str!("sql/rounded.sql"),
                &[("table", table), ("column", column), ("value", value), ("from", from), ("to", to)],
            )
        }
        About::Unindexable { keys, predicate, .. } => {
            let computed: Vec<String> = keys.iter().map(|key| format!("count({key})")).collect();
            let computed = if computed.is_empty() { "count(*)".to_owned() } else { computed.join(" + ") };
            let condition = predicate.as_deref().unwrap_or("true");
            let values = [("table", table), ("computed", &*computed), ("condition", condition)];
            fill(include_str!("sql/unindexable.sql"), &values)
        }
        About::TooWide { columns, predicate, .. } => {
            let size: Vec<String> = columns.iter().map(|column| least_size(column)).collect();
            let condition = predicate.as_deref().unwrap_or("true");
            let values = [("table", table), ("condition", condition), ("size", &*size.join(" + "))];
            fill(include_str!("sql/too_wide.sql"), &values)
        }
        About::EnumValues { column, is_array, values } => {
            let file =
                if *is_array { include_str!("sql/enum_arrays.sql") } else { include_str!("sql/enums.sql") };
            let values: Vec<String> = values.iter().map(|value| escape_literal(value)).collect();
            fill(file, &[("table", table), ("column", column), ("values", &values.join(", "))])
        }
        About::Refreshed { query, .. } => refreshed(query, &about),
        About::Orphans { .. } => orphans(table, &about),
        About::Duplicates { .. } => duplicates(table, &about),
        About::Uncastable { column, using, labels, .. } if !labels.is_empty() => {
            let labels: Vec<String> = labels.iter().map(|label| escape_literal(label)).collect();
            let value = using.as_deref().unwrap_or(column);
            fill(
                include_str!("sql/no_labels.sql"),
                &[("table", table), ("value", value), ("labels", &labels.join(", "))],
            )
        }
        About::Uncastable { column, from, to, using, .. } => {
            uncastable(table, column, from, to, using.as_deref(), server_version)
        }
        About::Uncomputable { column, to, expression } => {
            uncastable(table, column, to, to, Some(expression), server_version)
        }
        About::Used { column, next, increment, known, .. } => {
            used(table, column, (*next, *increment), known.as_deref())
        }
        About::OutOfRange { minimum, maximum, .. } => fill(
            include_str!("sql/out_of_range.sql"),
            &[
                ("sequence", &escape_literal(table)),
                ("minimum", &minimum.to_string()),
                ("maximum", &maximum.to_string()),
            ],
        ),
    }
}

/// How much of a value an index holds at least.
fn least_size(column: &str) -> String {
    fill(include_str!("sql/least_size.sql"), &[("column", column)])
}

/// An expression over columns that are not there yet, by those that are.
fn with_values(sql: &str, new_values: &[NewValue]) -> String {
    with_columns(sql, |name| {
        let new = new_values.iter().find(|new| new.column == name)?;
        Some(format!("({})", new.value))
    })
}

fn orphans(table: &str, about: &About) -> String {
    let About::Orphans { columns, parent, parent_columns, deleted, parent_rows, .. } = about else {
        return String::new();
    };
    // None has a parent in a table that is empty.
    let (parent, parent_columns, stays) = match parent_rows {
        ParentRows::None => (table, columns, "false"),
        ParentRows::OfTarget | ParentRows::OfFile => (parent.as_str(), parent_columns, "true"),
    };
    // A comment at the end of a condition ends with its line.
    let stay: Vec<String> = deleted.iter().map(|gone| format!("({gone}\n) IS NOT TRUE")).collect();
    let stay = if stay.is_empty() { stays.to_owned() } else { stay.join(" AND ") };
    let have_values: Vec<String> = columns.iter().map(|column| format!("{column} IS NOT NULL")).collect();
    fill(
        include_str!("sql/orphans.sql"),
        &[
            ("table", table),
            ("columns", &columns.join(", ")),
            ("have_values", &have_values.join(" AND ")),
            ("parent_columns", &parent_columns.join(", ")),
            ("parent", parent),
            ("stay", &stay),
        ],
    )
}

/// From the next value on; of a sequence that has had values, up to the last one.
fn used(table: &str, column: &str, (next, increment): (Option<i64>, i64), known: Option<&str>) -> String {
    let last = match known {
        Some(name) => format!("pg_sequence_last_value({}::regclass)", escape_literal(name)),
        None => "NULL::bigint".to_owned(),
    };
    let first = next.map_or_else(|| format!("{last} + ({increment})"), |next| next.to_string());
    let (follows, precedes) = if increment < 0 { ("<=", ">=") } else { (">=", "<=") };
    let file = match (next, known) {
        (Some(_), Some(_)) => include_str!("sql/used_again.sql"),
        _ => include_str!("sql/used.sql"),
    };
    let (own, signs) =
        ([("table", table), ("column", column)], [("follows", follows), ("precedes", precedes)]);
    fill(file, &[&own[..], &signs, &[("first", &first), ("last", &last)]].concat())
}

/// A key holds for the rows of the table itself, those of its children left out, unless they are its partitions.
fn duplicates(table: &str, about: &About) -> String {
    let About::Duplicates { key, predicate, nulls_are_equal, with_partitions, .. } = about else {
        return String::new();
    };
    let only = if *with_partitions { "" } else { "ONLY " };
    let (key, condition) = key_and_rows(key, predicate.as_deref(), *nulls_are_equal);
    let table = format!("{only}{table}");
    fill(include_str!("sql/duplicates.sql"), &[("table", &table), ("condition", &condition), ("key", &key)])
}

fn refreshed(query: &str, about: &About) -> String {
    let About::Refreshed { key, predicate, nulls_are_equal, .. } = about else { return String::new() };
    let (key, condition) = key_and_rows(key, predicate.as_deref(), *nulls_are_equal);
    fill(include_str!("sql/refreshed.sql"), &[("query", query), ("condition", &condition), ("key", &key)])
}

/// What must be unique, and in which rows.
fn key_and_rows(key: &[String], predicate: Option<&str>, nulls_are_equal: bool) -> (String, String) {
    let key: Vec<String> = key.iter().map(|part| format!("({part})")).collect();
    let mut conditions: Vec<String> = predicate.iter().map(|predicate| format!("({predicate})")).collect();
    if !nulls_are_equal {
        conditions.extend(key.iter().map(|part| format!("{part} IS NOT NULL")));
    }
    if conditions.is_empty() {
        conditions.push("true".to_owned());
    }
    (key.join(", "), conditions.join(" AND "))
}

/// Two rows are in conflict where all operators are true of them. Names of columns are not in quotes in the list of keys.
fn conflicts(table: &str, keys: &[String], operators: &[String], predicate: Option<&str>) -> String {
    let values: Vec<String> =
        keys.iter().enumerate().map(|(place, key)| format!("({key}) AS key_{place}")).collect();
    let conflict: Vec<String> = operators
        .iter()
        .enumerate()
        .map(|(place, operator)| format!("one.key_{place} {operator} other.key_{place}"))
        .collect();
    fill(
        include_str!("sql/conflicts.sql"),
        &[
            ("table", table),
            ("keys", &values.join(", ")),
            ("condition", predicate.unwrap_or("true")),
            ("conflict", &conflict.join(" AND ")),
        ],
    )
}

/// A cast that is written out cuts a text that is too long; the one of ALTER TABLE refuses it. Since 16, values can be
/// counted that are no input of a type; else the first one ends the question.
fn uncastable(
    table: &str,
    column: &str,
    from: &str,
    to: &str,
    using: Option<&str>,
    server_version: u32,
) -> String {
    let value = using.unwrap_or(column);
    if let Some(length) = length_of(to) {
        return fill(
            include_str!("sql/too_long.sql"),
            &[("table", table), ("value", value), ("length", length)],
        );
    }
    let is_text = from == "text" || from.starts_with("character varying");
    let is_as_it_is = using.is_none_or(|using| is_plain_cast(using, column));
    if server_version >= 16 && is_text && is_as_it_is {
        return fill(
            include_str!("sql/invalid.sql"),
            &[("table", table), ("column", column), ("to", &escape_literal(to))],
        );
    }
    fill(include_str!("sql/uncastable.sql"), &[("table", table), ("value", value), ("to", to)])
}

/// Whether it is `c::type` of this very column, and nothing else.
fn is_plain_cast(using: &str, column: &str) -> bool {
    using.split_once("::").is_some_and(|(before, after)| {
        let value = before.trim().trim_start_matches('(').trim_end_matches(')').trim();
        value == column && after.chars().all(|c| c.is_alphanumeric() || " _.\"".contains(c))
    })
}

/// How many characters a type holds.
fn length_of(type_name: &str) -> Option<&str> {
    let inside = ["character varying(", "character("].iter().find_map(|base| type_name.strip_prefix(base))?;
    inside.strip_suffix(')')
}

/// The file with each `:name` replaced, in one go: what is filled in may hold anything.
fn fill(file: &str, values: &[(&str, &str)]) -> String {
    let most = MOST.to_string();
    let mut text = String::new();
    let mut rest = file;
    while let Some((before, after)) = rest.split_once(':') {
        text.push_str(before);
        let end = after.find(|c: char| c != '_' && !c.is_ascii_lowercase()).unwrap_or(after.len());
        let (name, after) = after.split_at(end);
        let value = match name {
            "most" => most.as_str(),
            name => values.iter().find(|(known, _)| *known == name).map_or("", |(_, value)| value),
        };
        text.push_str(value);
        rest = after;
    }
    text + rest
}
