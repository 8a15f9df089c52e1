//! The values of a row.

use std::str::FromStr;

use serde::de::DeserializeOwned;
use tokio_postgres::SimpleQueryRow;

pub(super) fn list<T: DeserializeOwned>(row: &SimpleQueryRow, column: &str) -> Vec<T> {
    value(row, column).and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
}

pub(super) fn number<T: FromStr>(row: &SimpleQueryRow, column: &str) -> Option<T> {
    value(row, column)?.parse().ok()
}

pub(super) fn text(row: &SimpleQueryRow, column: &str) -> String {
    value(row, column).unwrap_or_default().to_owned()
}

pub(super) fn value<'a>(row: &'a SimpleQueryRow, column: &str) -> Option<&'a str> {
    row.try_get(column).ok().flatten()
}
