//! How the bounds of two partitions of one table lie: whether they have values in common.

use std::cmp::Ordering;

use super::partition_bound::{self, list};
use crate::catalog::{Catalog, Identity, Kind, Object};

/// How the bounds of two partitions lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bounds {
    /// They have values in common: the server refuses the second one.
    Overlap,
    Apart,
    /// The one that was made by hand is the default partition, which must have no row of the new one.
    Default,
    /// Only the server can tell, or code of the file may take the other one away before.
    Unknown,
}

/// By which column a table is cut into partitions; without a type where it is more than one, or an expression.
pub(super) struct PartitionKey {
    pub type_name: String,
    /// Whether a value is written in one way only: two texts are two values.
    pub is_written_in_one_way: bool,
    /// Whether a text is the same value on the target as in the file.
    pub keeps_values: bool,
}

impl PartitionKey {
    /// That of the table above a partition.
    pub fn of(catalog: &Catalog, partition: &str) -> PartitionKey {
        PartitionKey::of_column(catalog, partition)
            .unwrap_or_else(|| PartitionKey::of_type(String::new(), false))
    }

    fn of_column(catalog: &Catalog, partition: &str) -> Option<PartitionKey> {
        let key = partition_bound::key(catalog, partition)?;
        let table = Identity { kind: Kind::Table, of: None, name: partition.to_owned() };
        let whole = catalog.objects.get(&table)?.list("inherits").into_iter().next()?;
        let column = catalog.objects.get(&Identity { kind: Kind::Column, of: Some(whole), name: key })?;
        let type_name = column.get("type")?.to_owned();
        let own_type = Identity { kind: Kind::Enum, of: None, name: type_name.clone() };
        let is_enum = catalog.objects.contains_key(&own_type);
        let key = PartitionKey::of_type(type_name, is_enum);
        // Another collation may take two texts for one.
        let is_plain = column.get("collation").is_none();
        Some(PartitionKey { is_written_in_one_way: key.is_written_in_one_way && is_plain, ..key })
    }

    fn of_type(type_name: String, is_enum: bool) -> PartitionKey {
        const WRITTEN_IN_ONE_WAY: [&str; 12] = [
            "smallint", "integer", "bigint", "oid", "boolean", "uuid", "text", "name", "date", "bytea",
            "inet", "cidr",
        ];
        let is_written_in_one_way = is_enum
            || WRITTEN_IN_ONE_WAY.contains(&type_name.as_str())
            || ["character varying", "timestamp"].iter().any(|word| type_name.starts_with(word));
        PartitionKey { type_name, is_written_in_one_way, keeps_values: true }
    }
}

pub(super) fn compared(key: &PartitionKey, by_hand: &Object, new: &Object) -> Bounds {
    let bound = |table: &Object| table.get("partition bound").unwrap_or_default().to_owned();
    let (by_hand, new) = (bound(by_hand), bound(new));
    match (by_hand.as_str(), new.as_str()) {
        ("DEFAULT", "DEFAULT") => Bounds::Overlap,
        ("DEFAULT", _) => Bounds::Default,
        // Its own rows must not belong into the other one.
        (_, "DEFAULT") => Bounds::Unknown,
        _ if !key.keeps_values => Bounds::Unknown,
        (one, other) if one == other => Bounds::Overlap,
        (one, other) => of_values(key, one, other).unwrap_or(Bounds::Unknown),
    }
}

fn of_values(key: &PartitionKey, one: &str, other: &str) -> Option<Bounds> {
    if let Some((one, other)) = values_in(one).zip(values_in(other)) {
        let pairs = || one.iter().flat_map(|value| other.iter().map(move |of_other| (value, of_other)));
        if pairs().any(|(value, of_other)| {
            value == of_other || order(key, value, of_other) == Some(Ordering::Equal)
        }) {
            return Some(Bounds::Overlap);
        }
        let differ =
            |value: &str, of_other: &str| key.is_written_in_one_way || order(key, value, of_other).is_some();
        let all_differ =
            pairs().all(|(value, of_other)| is_null(value) || is_null(of_other) || differ(value, of_other));
        return all_differ.then_some(Bounds::Apart);
    }
    let ((from, to), (other_from, other_to)) = (range(one)?, range(other)?);
    if from == other_from || to == other_to {
        return Some(Bounds::Overlap);
    }
    let is_before = |end: &str, begin: &str| order(key, end, begin).map(Ordering::is_le);
    let is_apart = is_before(to, other_from)? || is_before(other_to, from)?;
    Some(if is_apart { Bounds::Apart } else { Bounds::Overlap })
}

fn values_in(bound: &str) -> Option<Vec<String>> {
    Some(list(bound.strip_prefix("FOR VALUES IN (")?.strip_suffix(')')?))
}

fn range(bound: &str) -> Option<(&str, &str)> {
    let (from, to) = bound.strip_prefix("FOR VALUES FROM (")?.split_once(") TO (")?;
    Some((from, to.strip_suffix(')')?))
}

/// Which of two values comes first. `None` where that is not seen in how they are written.
fn order(key: &PartitionKey, one: &str, other: &str) -> Option<Ordering> {
    let key_type = key.type_name.as_str();
    match (one, other) {
        _ if one == other => Some(Ordering::Equal),
        ("MINVALUE", _) | (_, "MAXVALUE") => Some(Ordering::Less),
        ("MAXVALUE", _) | (_, "MINVALUE") => Some(Ordering::Greater),
        _ if matches!(key_type, "smallint" | "integer" | "bigint") || key_type.starts_with("numeric") => {
            Some(Decimal::of(one)?.cmp(&Decimal::of(other)?))
        }
        _ if key_type == "date" || key_type.starts_with("timestamp") => {
            let by_end = |value: &str| match value {
                "'-infinity'" => Ordering::Less,
                "'infinity'" => Ordering::Greater,
                _ => Ordering::Equal,
            };
            let ends = by_end(one).cmp(&by_end(other));
            if ends.is_ne() {
                return Some(ends);
            }
            let (point, rest) = point_in_time(one)?;
            let (other_point, other_rest) = point_in_time(other)?;
            // Years before Christ count the other way.
            (!rest.contains("BC")).then_some(())?;
            (rest == other_rest).then(|| point.cmp(other_point))
        }
        _ => None,
    }
}

/// `'2026-01-31 12:00:00`, and what follows: parts of a second, the zone, the end of the literal.
fn point_in_time(literal: &str) -> Option<(&str, &str)> {
    const DAY: &str = "'0000-00-00";
    const SECOND: &str = "'0000-00-00 00:00:00";
    let has_form = |form: &str| {
        let mut letters = literal.chars();
        form.chars().all(|expected| {
            letters.next().is_some_and(|is| is == expected || expected == '0' && is.is_ascii_digit())
        })
    };
    let form = [SECOND, DAY].into_iter().find(|form| has_form(form))?;
    literal.split_at_checked(form.len())
}

fn is_null(value: &str) -> bool {
    value == "NULL"
}

/// A number as it is written, however many digits it has.
#[derive(PartialEq, Eq)]
struct Decimal<'a> {
    is_negative: bool,
    /// Without zeros in front.
    whole: &'a str,
    /// Without zeros at the end.
    fraction: &'a str,
}

impl Decimal<'_> {
    fn of(literal: &str) -> Option<Decimal<'_>> {
        let text = literal.trim_matches('\'');
        let (is_negative, digits) = match text.strip_prefix('-') {
            Some(digits) => (true, digits),
            None => (false, text),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let is_number =
            !whole.is_empty() && whole.chars().chain(fraction.chars()).all(|c| c.is_ascii_digit());
        let (whole, fraction) = (whole.trim_start_matches('0'), fraction.trim_end_matches('0'));
        let is_zero = whole.is_empty() && fraction.is_empty();
        is_number.then_some(Decimal { is_negative: is_negative && !is_zero, whole, fraction })
    }
}

impl Ord for Decimal<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        let size = |one: &Self| (one.whole.len(), one.whole, one.fraction);
        match (self.is_negative, other.is_negative) {
            (false, true) => Ordering::Greater,
            (true, false) => Ordering::Less,
            (true, true) => size(other).cmp(&size(self)),
            (false, false) => size(self).cmp(&size(other)),
        }
    }
}

impl PartialOrd for Decimal<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_compared_where_their_values_say_how_they_lie() {
        for (key_type, one, other, bounds) in [
            ("text", "IN ('a', 'b')", "IN ('b')", Bounds::Overlap),
            ("text", "IN ('a', 'b')", "IN ('c')", Bounds::Apart),
            ("numeric(10,2)", "IN (1.0, 2)", "IN ('1.00')", Bounds::Overlap),
            ("numeric", "IN (1.0, NULL)", "IN (-1, '1.01')", Bounds::Apart),
            ("numeric", "IN (1.0)", "IN ('NaN')", Bounds::Unknown),
            ("interval", "IN ('1 day')", "IN ('24:00:00')", Bounds::Unknown),
            ("interval", "IN ('1 day', NULL)", "IN ('1 day')", Bounds::Overlap),
            ("numeric", "FROM (-10.5) TO (-9.25)", "FROM (-9.3) TO (0)", Bounds::Overlap),
            ("numeric", "FROM (9.5) TO (10.5)", "FROM ('10.50') TO (100)", Bounds::Apart),
            ("integer", "FROM (1) TO (10)", "FROM (10) TO (20)", Bounds::Apart),
            ("integer", "FROM (1) TO (10)", "FROM (9) TO (20)", Bounds::Overlap),
            ("integer", "FROM (MINVALUE) TO (10)", "FROM (2) TO (MAXVALUE)", Bounds::Overlap),
            ("bigint", "FROM (MINVALUE) TO ('10')", "FROM ('9') TO ('12')", Bounds::Overlap),
            (
                "date",
                "FROM ('2020-01-01') TO ('2021-01-01')",
                "FROM ('2021-01-01') TO ('2022-01-01')",
                Bounds::Apart,
            ),
            (
                "date",
                "FROM ('2020-01-01') TO ('2021-01-01')",
                "FROM ('2020-03-01') TO ('2022-01-01')",
                Bounds::Overlap,
            ),
            (
                "timestamp with time zone",
                "FROM ('2020-01-01 00:00:00+00') TO ('2020-01-02 00:00:00+00')",
                "FROM ('2020-01-01 23:00:00+02') TO ('2020-01-03 00:00:00+02')",
                Bounds::Unknown,
            ),
            (
                "date",
                "FROM ('2020-01-01') TO ('2021-01-01')",
                "FROM ('2030-03-01') TO ('infinity')",
                Bounds::Apart,
            ),
            (
                "date",
                "FROM ('0044-01-01 BC') TO ('0042-01-01 BC')",
                "FROM ('0041-01-01 BC') TO ('0040-01-01 BC')",
                Bounds::Unknown,
            ),
            ("text", "FROM ('9') TO ('10')", "FROM ('2') TO ('30')", Bounds::Unknown),
            ("text", "FROM ('a') TO ('b')", "FROM ('a') TO ('d')", Bounds::Overlap),
            ("", "FROM (1, 5) TO (2, 1)", "FROM (2, 0) TO (3, 1)", Bounds::Unknown),
            ("", "WITH (modulus 2, remainder 0)", "WITH (modulus 2, remainder 1)", Bounds::Unknown),
        ] {
            let bound = |values: &str| format!("FOR VALUES {values}");
            let key = PartitionKey::of_type(key_type.to_owned(), false);
            let is = of_values(&key, &bound(one), &bound(other)).unwrap_or(Bounds::Unknown);
            assert_eq!(is, bounds, "{one}; {other}");
        }
    }
}
