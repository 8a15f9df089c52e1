//! What the bound of a partition says of its rows.

use crate::catalog::{Catalog, Identity, Kind, Object};
use crate::migration::sql::{Cursor, StandardStrings, split_at_commas};

/// The only column by which the table above is cut into partitions.
pub(super) fn key(catalog: &Catalog, partition: &str) -> Option<String> {
    key_of(catalog, table(catalog, partition)?.list("inherits").first()?)
}

/// The only column by which a table is cut into partitions.
pub(super) fn key_of(catalog: &Catalog, whole: &str) -> Option<String> {
    let (strategy, key) = table(catalog, whole)?.get("partition by")?.split_once('(')?;
    let key = key.strip_suffix(')')?;
    let is_hash = strategy.trim().eq_ignore_ascii_case("hash");
    (!is_hash && !key.contains([',', '(', ' '])).then(|| key.to_owned())
}

/// `at >= '2026-01-01' AND at < '2027-01-01'`.
pub(super) fn condition(key: &str, bound: &str) -> Option<String> {
    let bound = bound.strip_prefix("FOR VALUES ")?;
    if let Some(values) = bound.strip_prefix("IN ") {
        let has_null = values.trim_matches(['(', ')']).split(", ").any(|value| value == "NULL");
        return (!has_null).then(|| format!("{key} IS NOT NULL AND {key} IN {values}"));
    }
    let (from, to) = bound.strip_prefix("FROM (")?.split_once(") TO (")?;
    let to = to.strip_suffix(')')?;
    let mut conditions = vec![format!("{key} IS NOT NULL")];
    conditions.extend((from != "MINVALUE").then(|| format!("{key} >= {from}")));
    conditions.extend((to != "MAXVALUE").then(|| format!("{key} < {to}")));
    Some(conditions.join(" AND "))
}

/// What is true of the rows of a partition, also where more than one column decides, or an expression. `None` where only the
/// server can tell.
pub(super) fn all_conditions(catalog: &Catalog, partition: &str) -> Option<String> {
    let partition = table(catalog, partition)?;
    let whole = partition.list("inherits").into_iter().next()?;
    let (_, keys) = table(catalog, &whole)?.get("partition by")?.split_once('(')?;
    let keys = list(keys.strip_suffix(')')?);
    let bound = partition.get("partition bound")?.strip_prefix("FOR VALUES ")?;
    if let Some(numbers) = bound.strip_prefix("WITH (") {
        return of_hash(&whole, &keys, numbers.strip_suffix(')')?);
    }
    // Another collation or operator class orders the values in its own way.
    if keys.iter().any(|key| key.contains(' ') && !key.ends_with(')')) {
        return None;
    }
    if let Some(values) = bound.strip_prefix("IN (") {
        return of_list(keys.first()?, &list(values.strip_suffix(')')?));
    }
    let (from, to) = bound.strip_prefix("FROM (")?.split_once(") TO (")?;
    let mut conditions: Vec<String> = keys.iter().map(|key| format!("{key} IS NOT NULL")).collect();
    conditions.extend(compared(&keys, &list(from), [">=", ">"]));
    conditions.extend(compared(&keys, &list(to.strip_suffix(')')?), ["<", "<="]));
    Some(conditions.join(" AND "))
}

fn of_list(key: &str, values: &[String]) -> Option<String> {
    let (nulls, values): (Vec<&String>, Vec<&String>) = values.iter().partition(|value| *value == "NULL");
    let values: Vec<&str> = values.into_iter().map(String::as_str).collect();
    let is_one = format!("{key} IS NOT NULL AND {key} IN ({})", values.join(", "));
    Some(match (nulls.is_empty(), values.is_empty()) {
        (true, _) => is_one,
        (false, true) => format!("{key} IS NULL"),
        (false, false) => format!("{key} IS NULL OR {key} IN ({})", values.join(", ")),
    })
}

/// `modulus 4, remainder 1`.
fn of_hash(whole: &str, keys: &[String], numbers: &str) -> Option<String> {
    let (modulus, remainder) = numbers.split_once(", ")?;
    let (modulus, remainder) = (modulus.strip_prefix("modulus ")?, remainder.strip_prefix("remainder ")?);
    let whole = whole.replace('\'', "''");
    let keys = keys.join(", ");
    Some(format!("satisfies_hash_partition(CAST('{whole}' AS regclass), {modulus}, {remainder}, {keys})"))
}

/// Rows are compared from left to right, as far as the bound has values. What comes after MINVALUE or MAXVALUE does not count.
fn compared(keys: &[String], values: &[String], [before_least, before_most]: [&str; 2]) -> Option<String> {
    let end = values.iter().position(|value| value == "MINVALUE" || value == "MAXVALUE");
    let is_most = end.is_some_and(|end| values.get(end).is_some_and(|value| value == "MAXVALUE"));
    let count = end.unwrap_or(values.len());
    let (keys, values) = (keys.get(..count)?, values.get(..count)?);
    let operator = if is_most { before_most } else { before_least };
    (count > 0).then(|| format!("({}) {operator} ({})", keys.join(", "), values.join(", ")))
}

/// The values of a list, or the keys.
pub(super) fn list(sql: &str) -> Vec<String> {
    let parts = split_at_commas(Cursor::new(sql.as_bytes(), StandardStrings::On));
    parts.into_iter().map(str::to_owned).collect()
}

fn table<'a>(catalog: &'a Catalog, name: &str) -> Option<&'a Object> {
    let identity = Identity { kind: Kind::Table, of: None, name: name.to_owned() };
    catalog.objects.get(&identity).map(AsRef::as_ref)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_of_several_columns_are_compared_from_left_to_right() {
        let keys = list("a, lower((b)::text)");
        assert_eq!(keys, ["a", "lower((b)::text)"]);
        let compare = |values: &str, operators| compared(&keys, &list(values), operators);
        let (from, to) = ([">=", ">"], ["<", "<="]);
        for (values, operators, condition) in [
            ("1, 'x, y'", from, Some("(a, lower((b)::text)) >= (1, 'x, y')")),
            ("1, MINVALUE", from, Some("(a) >= (1)")),
            ("1, MAXVALUE", from, Some("(a) > (1)")),
            ("1, MINVALUE", to, Some("(a) < (1)")),
            ("1, MAXVALUE", to, Some("(a) <= (1)")),
            ("MINVALUE, MINVALUE", from, None),
        ] {
            assert_eq!(compare(values, operators).as_deref(), condition, "{values}");
        }
    }
}
