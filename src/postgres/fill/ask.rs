//! What only the rows of a database tell: how many there are, which keys, and which values meet a check.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use postgres_protocol::escape::escape_literal;
use tokio_postgres::types::{FromSql, Type as ServerType};

use super::ask_once;
use crate::connect::Session;
use crate::fill::{CANDIDATES, Check, Column, FillError, FillPlan, GivenKeys, Source, Table, Value};
use crate::postgres::citus::Citus;
use crate::postgres::sql_error::SqlError;

/// How many keys of a table that is not filled are read: others get no new children.
const MOST_KEYS: u64 = 100_000;

/// Why the values of a plan could not be asked for.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    /// What the server said.
    #[error(transparent)]
    Sql(#[from] SqlError),
    /// Nothing meets a check.
    #[error(transparent)]
    Fill(#[from] FillError),
}

/// Sets the number of rows that each of these tables has, and the largest numbers in its keys. Of the others no
/// more than can be referred to are counted, and those in `left_alone` are not read at all: what their policies and indexes call
/// is nobody's business here.
///
/// # Errors
/// What the server said.
pub async fn count_rows(
    session: &Session,
    citus: Citus,
    tables: &mut [Table],
    exactly: &[usize],
    left_alone: &BTreeSet<usize>,
) -> Result<(), SqlError> {
    let ask = |(place, table): (usize, &Table)| match left_alone.contains(&place) {
        true => "SELECT NULL".to_owned(),
        false => question(table, exactly.contains(&place)),
    };
    let questions: Vec<String> = tables.iter().enumerate().map(ask).collect();
    if questions.is_empty() {
        return Ok(());
    }
    let answer = ask_once(session, citus, &questions.join("; ")).await?;
    for (table, row) in tables.iter_mut().zip(answer) {
        table.rows = row.get(0).and_then(|text| text.parse().ok());
        let numbers = table.columns.iter_mut().filter(|column| column.of.is_whole());
        for (column, at) in numbers.zip(1..row.len()) {
            column.largest = row.get(at).and_then(|text| text.parse().ok());
        }
    }
    Ok(())
}

fn question(table: &Table, exactly: bool) -> String {
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
struct Sent(Option<Bytes>);

impl<'a> FromSql<'a> for Sent {
    fn from_sql(_: &ServerType, raw: &'a [u8]) -> Result<Sent, Box<dyn std::error::Error + Sync + Send>> {
        Ok(Sent(Some(Bytes::copy_from_slice(raw))))
    }

    fn from_sql_null(_: &ServerType) -> Result<Sent, Box<dyn std::error::Error + Sync + Send>> {
        Ok(Sent(None))
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
    tables: &[Table],
    keys: &[(usize, usize)],
) -> Result<GivenKeys, SqlError> {
    let mut given = BTreeMap::new();
    for (table, key) in keys {
        let Some(foreign_key) = tables.get(*table).and_then(|table| table.foreign_keys.get(*key)) else {
            continue;
        };
        let Some(parent) = tables.get(foreign_key.parent).filter(|parent| parent.rows.unwrap_or(0) > 0)
        else {
            continue;
        };
        let columns = foreign_key.parent_columns.iter().filter_map(|column| parent.columns.get(*column));
        let columns: Vec<&str> = columns.map(|column| column.sql.as_str()).collect();
        let columns = columns.join(", ");
        let query = format!("SELECT {columns} FROM {} ORDER BY {columns} LIMIT {MOST_KEYS}", parent.from());
        let rows = session.client().query_typed(&query, &[]).await.map_err(SqlError::from)?;
        let keys = rows.iter().map(|row| (0..row.len()).map(|at| row.get::<_, Sent>(at).0).collect());
        given.insert((*table, *key), keys.collect());
    }
    Ok(given)
}

/// Asks which candidates meet the checks, and keeps those.
///
/// # Errors
/// [`FillError::Unsolvable`] names a check that none of them meets.
pub async fn meet_checks(session: &Session, citus: Citus, plan: &mut FillPlan) -> Result<(), AskError> {
    for place in 0..plan.tables.len() {
        let Some(groups) = plan.fills.get(place).and_then(Option::as_ref).map(|fill| fill.candidates.len())
        else {
            continue;
        };
        for group in 0..groups {
            let Some(question) = plan.question(place, group) else { continue };
            let answer = ask_once(session, citus, &question).await?;
            let met = |row: &tokio_postgres::SimpleQueryRow, at: usize| row.get(at) == Some("t");
            let passing: Vec<u64> = answer
                .iter()
                .filter(|row| (1..row.len()).all(|at| met(row, at)))
                .filter_map(|row| row.get(0)?.parse().ok())
                .collect();
            if passing.is_empty() {
                return Err(plan.unmet(place, group, |at| !answer.iter().any(|row| met(row, at + 1))).into());
            }
            plan.keep(place, group, passing);
        }
    }
    Ok(())
}

/// Asks whether rows of a plan meet the checks whose columns are decided elsewhere: by keys, or by other tables.
///
/// # Errors
/// [`FillError::Unsolvable`] names a check that one of them breaks.
pub async fn try_other_checks(session: &Session, citus: Citus, plan: &FillPlan) -> Result<(), AskError> {
    for (place, table, _) in plan.filled() {
        for check in plan.other_checks(place) {
            let Some(question) = plan.question_of_rows(place, check) else { continue };
            let answer = ask_once(session, citus, &question).await?;
            if answer.first().and_then(|row| row.get(0)) == Some("f") {
                let (table, constraint) = (table.shown(), check.name.clone());
                let reason = "keys or other tables decide its columns, and some rows break it".to_owned();
                return Err(FillError::Unsolvable { table, constraint, reason }.into());
            }
        }
    }
    Ok(())
}

/// How many rows are tried.
const TRIED: u64 = 1000;

impl FillPlan {
    /// The checks of a table that no group of candidates takes care of.
    fn other_checks(&self, place: usize) -> Vec<&Check> {
        let (Some(table), Some(Some(fill))) = (self.tables.get(place), self.fills.get(place)) else {
            return Vec::new();
        };
        let is_bound = |check: &usize| fill.candidates.iter().any(|group| group.checks.contains(check));
        let all = table.checks.iter().enumerate();
        let other = all.filter(|(at, check)| !is_bound(at) && !check.columns.is_empty());
        let is_left_out = |column: &usize| fill.sources.get(*column) == Some(&Source::LeftOut);
        other.map(|(_, check)| check).filter(|check| !check.columns.iter().any(is_left_out)).collect()
    }

    /// Whether rows from the beginning, the end and between them meet a check.
    fn question_of_rows(&self, place: usize, check: &Check) -> Option<String> {
        let (table, fill) = (self.tables.get(place)?, self.fills.get(place)?.as_ref()?);
        let tried = fill.rows.min(TRIED);
        let spread = (0..tried).map(|row| row * fill.rows / tried);
        let mut rows = Vec::new();
        for row in (0..tried.min(100)).chain(spread).chain([fill.rows - 1]) {
            let values = check.columns.iter().map(|column| match self.value(place, *column, row) {
                // What only the server can read.
                Value::Raw(_) => None,
                value => Some(literal(value.text())),
            });
            rows.push(values.collect::<Option<Vec<String>>>()?);
        }
        let met = format!("pg_catalog.bool_and(({}) IS NOT FALSE)", check.expression);
        Some(select(&met, "", table, &check.columns, &rows))
    }

    /// Which candidates meet each of the checks of a group.
    fn question(&self, place: usize, group: usize) -> Option<String> {
        let (table, fill) = (self.tables.get(place)?, self.fills.get(place)?.as_ref()?);
        let candidates = fill.candidates.get(group)?;
        let row = |number| {
            let values = candidates
                .columns
                .iter()
                .map(|column| literal(self.candidate(place, group, *column, number)));
            [number.to_string()].into_iter().chain(values).collect()
        };
        let rows: Vec<Vec<String>> = (0..CANDIDATES).map(row).collect();
        let checks = candidates.checks.iter().filter_map(|check| table.checks.get(*check));
        let met = checks.map(|check| format!(", ({}) IS NOT FALSE", check.expression));
        let met = format!("pmdb_number{}", met.collect::<String>());
        Some(select(&met, "pmdb_number", table, &candidates.columns, &rows))
    }
}

/// A query of expressions over rows that are given, under the names of a table and its columns; before these stands the number of
/// the row, where it has a name.
fn select(expressions: &str, number: &str, table: &Table, columns: &[usize], rows: &[Vec<String>]) -> String {
    let columns: Vec<&Column> = columns.iter().filter_map(|column| table.columns.get(*column)).collect();
    let names: Vec<String> = (0..columns.len()).map(|at| format!("pmdb_{at}")).collect();
    // Not the domain: it would refuse what its check says instead of answering.
    let typed = columns.iter().zip(&names);
    let typed = typed.map(|(column, name)| format!("CAST({name} AS {}) AS {}", column.base_name, column.sql));
    let number = (!number.is_empty()).then(|| number.to_owned());
    let given: Vec<String> = number.iter().cloned().chain(names.iter().cloned()).collect();
    let named: Vec<String> = number.into_iter().chain(typed).collect();
    let rows: Vec<String> = rows.iter().map(|row| format!("({})", row.join(", "))).collect();
    format!(
        "SELECT {expressions} FROM (SELECT {} FROM (VALUES {}) AS pmdb_values ({})) AS {}",
        named.join(", "),
        rows.join(", "),
        given.join(", "),
        table.alias(),
    )
}

fn literal(text: Option<String>) -> String {
    text.map_or_else(|| "NULL".to_owned(), |text| escape_literal(&text).trim_start().to_owned())
}
