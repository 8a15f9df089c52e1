//! What only the rows of a database tell: how many there are, and which keys.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use tokio_postgres::Row;
use tokio_postgres::types::{FromSql, Type as ServerType};

use super::{ask_once, begin};
use crate::connect::Session;
use crate::fill::{FillColumn, FillTable, FillType, Given, GivenKeys};
use crate::postgres::citus::Citus;
use crate::postgres::sql_error::SqlError;

/// How many keys of a table that is not filled are read: others get no new children.
const MOST_KEYS: u64 = 100_000;

/// Sets the number of rows that each of these tables has, and the largest numbers in its keys. Of the others no
/// more than can be referred to are counted, and those in `left_alone` are not read at all: what their policies and indexes call
/// is nobody's business here.
///
/// # Errors
/// What the server said.
pub async fn count_rows(
    session: &Session,
    citus: Citus,
    tables: &mut [FillTable],
    exactly: &[usize],
    left_alone: &BTreeSet<usize>,
) -> Result<(), SqlError> {
    let ask = |without: fn(&FillTable) -> bool| {
        let questions = tables.iter().enumerate().map(|(place, table)| {
            match left_alone.contains(&place) || table.is_foreign || without(table) {
                true => "SELECT NULL".to_owned(),
                false if !table.can_be_read && !exactly.contains(&place) => "SELECT NULL".to_owned(),
                false => question(table, exactly.contains(&place)),
            }
        });
        questions.collect::<Vec<String>>().join("; ")
    };
    if tables.is_empty() {
        return Ok(());
    }
    let answer = match ask_once(session, citus, &ask(|_| false)).await {
        // A policy may ask for what only the application sets. Such a table takes no rows by COPY, which is said later on.
        Err(_) if tables.iter().any(|table| table.has_row_security) => {
            ask_once(session, citus, &ask(|table| table.has_row_security)).await?
        }
        answer => answer?,
    };
    for (table, row) in tables.iter_mut().zip(answer) {
        table.rows = row.get(0).and_then(|text| text.parse().ok());
        let numbers = table.columns.iter_mut().filter(|column| column.of.is_whole());
        for (column, at) in numbers.zip(1..row.len()) {
            column.largest = row.get(at).and_then(|text| text.parse().ok());
        }
    }
    Ok(())
}

fn question(table: &FillTable, exactly: bool) -> String {
    let from = table.from();
    if !exactly {
        return format!(
            "SELECT pg_catalog.count(*) FROM (SELECT 1 FROM {from} LIMIT {MOST_KEYS}) AS some_rows"
        );
    }
    let numbers = table.columns.iter().filter(|column| column.of.is_whole());
    let largest: Vec<String> =
        numbers.map(|column| format!(", pg_catalog.max({})::pg_catalog.int8", column.sql)).collect();
    format!("SELECT pg_catalog.count(*){} FROM {from}", largest.concat())
}

/// A value as the server sent it.
struct SentValue(Option<Bytes>);

impl<'a> FromSql<'a> for SentValue {
    fn from_sql(
        _: &ServerType,
        raw: &'a [u8],
    ) -> Result<SentValue, Box<dyn std::error::Error + Sync + Send>> {
        Ok(SentValue(Some(Bytes::copy_from_slice(raw))))
    }

    fn from_sql_null(_: &ServerType) -> Result<SentValue, Box<dyn std::error::Error + Sync + Send>> {
        Ok(SentValue(None))
    }

    fn accepts(_: &ServerType) -> bool {
        true
    }
}

/// Reads the keys of tables that are referred to and not filled: for each of these foreign keys, by table and place.
///
/// # Errors
/// What the server said.
pub async fn given_keys(
    session: &Session,
    citus: Citus,
    tables: &[FillTable],
    keys: &[(usize, usize)],
) -> Result<GivenKeys, SqlError> {
    if keys.is_empty() {
        return Ok(BTreeMap::new());
    }
    let client = session.client();
    let read = async {
        client.batch_execute(&begin(citus)).await?;
        let given = read_keys(session, tables, keys).await?;
        client.batch_execute("COMMIT").await?;
        Ok(given)
    };
    let read: Result<GivenKeys, tokio_postgres::Error> = read.await;
    if read.is_err() {
        // A failure shows in whatever the session is used for next.
        let _ = client.batch_execute("ROLLBACK").await;
    }
    Ok(read?)
}

async fn read_keys(
    session: &Session,
    tables: &[FillTable],
    keys: &[(usize, usize)],
) -> Result<GivenKeys, tokio_postgres::Error> {
    let mut given = BTreeMap::new();
    for (table, key) in keys {
        let Some(foreign_key) = tables.get(*table).and_then(|table| table.foreign_keys.get(*key)) else {
            continue;
        };
        let Some(parent) = tables.get(foreign_key.parent).filter(|parent| parent.rows.unwrap_or(0) > 0)
        else {
            continue;
        };
        let Some(described) = tables.get(*table) else { continue };
        let both = foreign_key.parent_columns.iter().zip(&foreign_key.columns);
        let both = both.filter_map(|(there, here)| {
            Some((&parent.columns.get(*there)?.sql, &described.columns.get(*here)?.base_name))
        });
        let both: Vec<_> = both.collect();
        let held: Vec<String> = foreign_key
            .parent_columns
            .iter()
            .zip(&foreign_key.columns)
            .filter_map(|(there, here)| held(parent.columns.get(*there)?, &described.columns.get(*here)?.of))
            .collect();
        let held = if held.is_empty() { String::new() } else { format!(" WHERE {}", held.join(" AND ")) };
        // As the type that refers to it, which may be another one.
        let values =
            both.iter().map(|(there, here)| format!("{there}::{here}, {there}::{here}::pg_catalog.text"));
        let values: Vec<String> = values.collect();
        let order = foreign_key.parent_columns.iter().filter_map(|column| parent.columns.get(*column));
        let order: Vec<String> = order
            .map(|column| format!("{}.{}{}", parent.alias(), column.sql, in_the_same_order(&column.of)))
            .collect();
        let query = format!(
            "SELECT {} FROM {} AS {}{held} ORDER BY {} LIMIT {MOST_KEYS}",
            values.join(", "),
            parent.from(),
            parent.alias(),
            order.join(", ")
        );
        let rows = session.client().query_typed(&query, &[]).await?;
        let value = |row: &Row, at: usize| {
            let (SentValue(binary), text) = (row.get(at), row.get::<_, Option<String>>(at + 1));
            Some(Given { binary: binary?, text: text? })
        };
        let keys = rows.iter().map(|row| (0..row.len()).step_by(2).map(|at| value(row, at)).collect());
        given.insert((*table, *key), keys.collect());
    }
    Ok(given)
}

/// The condition for values of a key that a column of this type can hold which refers to it. `None` where it can hold all.
fn held(key: &FillColumn, of: &FillType) -> Option<String> {
    let name = &key.sql;
    let (least, most) = match of {
        FillType::Int2 => (i64::from(i16::MIN), i64::from(i16::MAX)),
        FillType::Int4 => (i64::from(i32::MIN), i64::from(i32::MAX)),
        _ => (i64::MIN, i64::MAX),
    };
    let between = format!("{name} OPERATOR(pg_catalog.>=) {least} AND {name} OPERATOR(pg_catalog.<=) {most}");
    match (&key.of, of) {
        (there, here) if there == here => None,
        (FillType::Int2 | FillType::Int4 | FillType::Int8, FillType::Int2 | FillType::Int4) => Some(between),
        (FillType::Numeric(_), FillType::Int2 | FillType::Int4 | FillType::Int8) => {
            Some(format!("{between} AND {name} OPERATOR(pg_catalog.=) pg_catalog.trunc({name})"))
        }
        (FillType::Text(_) | FillType::Char(_), FillType::Text(Some(length)) | FillType::Char(length)) => {
            Some(format!("pg_catalog.char_length({name}::pg_catalog.text) OPERATOR(pg_catalog.<=) {length}"))
        }
        _ => None,
    }
}

/// Texts stand in another order in each locale.
fn in_the_same_order(of: &FillType) -> &'static str {
    match of {
        FillType::Text(_) | FillType::Char(_) => " COLLATE pg_catalog.\"C\"",
        _ => "",
    }
}
