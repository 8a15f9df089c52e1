//! What the bound of a partition says of its rows, where one column decides.

use crate::catalog::{Catalog, Identity, Kind, Object};

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

fn table<'a>(catalog: &'a Catalog, name: &str) -> Option<&'a Object> {
    let identity = Identity { kind: Kind::Table, of: None, name: name.to_owned() };
    catalog.objects.get(&identity).map(AsRef::as_ref)
}
