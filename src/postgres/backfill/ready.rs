//! Whether a pending backfill can do its work: what its statement and its key need has to be there, and the statement has to
//! change the rows of its table.

use std::collections::BTreeMap;

use serde_json::Value;
use tokio_postgres::{Client, SimpleQueryRow};

use super::explain::{explain, with_condition};
use super::key::{Key, LOOKING};
use super::key_error::KeyError;
use super::key_query::key_query;
use crate::migration::sql::names;
use crate::migration::{Half, PendingBackfill};
use crate::postgres::rows::rows;
use crate::postgres::sql_error::SqlError;

/// The path that a new session will have: the backfill runs in one, and a file may have set another path for the database or the
/// role. What the connection itself asks for comes first.
const PATH_OF_A_NEW_SESSION: &str = "SELECT pg_catalog.set_config('search_path', p.path, true) FROM ( \
     SELECT pg_catalog.substr(c.setting, 13) AS path FROM pg_catalog.pg_db_role_setting s \
     CROSS JOIN LATERAL pg_catalog.unnest(s.setconfig) AS c (setting) \
     WHERE pg_catalog.starts_with(c.setting, 'search_path=') \
     AND s.setdatabase OPERATOR(pg_catalog.=) ANY (SELECT 0::pg_catalog.oid UNION ALL SELECT d.oid FROM pg_catalog.pg_database d \
     WHERE d.datname OPERATOR(pg_catalog.=) pg_catalog.current_database()) \
     AND s.setrole OPERATOR(pg_catalog.=) ANY (SELECT 0::pg_catalog.oid UNION ALL SELECT r.oid FROM pg_catalog.pg_roles r \
     WHERE r.rolname OPERATOR(pg_catalog.=) session_user) \
     AND EXISTS (SELECT FROM pg_catalog.pg_settings g WHERE g.name OPERATOR(pg_catalog.=) 'search_path' \
     AND g.source OPERATOR(pg_catalog.<>) 'client') \
     ORDER BY s.setrole OPERATOR(pg_catalog.<>) 0::pg_catalog.oid DESC, \
     s.setdatabase OPERATOR(pg_catalog.<>) 0::pg_catalog.oid DESC LIMIT 1) AS p";

/// A temporary table of the file is gone when the backfill runs, and must not be taken for that of the backfill.
const TEMPORARY_LAST: &str = "SELECT pg_catalog.set_config('search_path', pg_catalog.ltrim(\
     pg_catalog.current_setting('search_path') OPERATOR(pg_catalog.||) ', pg_temp', ', '), true)";

/// What a backfill finds that can do its work.
#[derive(Debug)]
pub struct Readiness {
    key: Key,
    /// Whether its statement changes rows of its table: a rule may do something else instead.
    changes_its_table: bool,
    /// The columns of its table that its statement names, with the number that each has for as long as it is there.
    columns: BTreeMap<String, String>,
    /// What its table asks of its rows.
    constraints: String,
}

/// How many rows a statement is tried on.
const TRIED_ROWS: u64 = 1000;

/// Why a backfill cannot do its work.
#[derive(Debug)]
pub enum Obstacle {
    /// It needs something that there is not, in these words.
    Missing(String),
    /// The server did not say: somebody holds a lock, for one.
    Unknown(SqlError),
}

impl Readiness {
    /// Has the server plan the statement, and looks its key up, as the backfill itself does when it begins; after these statements,
    /// in the same message. `history_oid` is that of the history, where that knows the table of a half-done one.
    ///
    /// # Errors
    /// Why it cannot do its work.
    pub async fn look(
        client: &Client,
        before: &str,
        pending: &PendingBackfill,
        history_oid: Option<&str>,
    ) -> Result<Option<Readiness>, Obstacle> {
        let half = &pending.migration.up;
        let Some(backfill) = half.backfill() else { return Ok(None) };
        let question = question(before, half);
        let answer = match rows(client, &question).await.map_err(SqlError::from) {
            Ok(answer) => answer,
            Err(error) if is_about_objects(&error) => return Err(Obstacle::Missing(error.message)),
            Err(error) => return Err(Obstacle::Unknown(error)),
        };
        let missing = |error: KeyError| Obstacle::Missing(error.to_string());
        let key = Key::of_answer(backfill, &answer).map_err(missing)?;
        if let (Some(done), Some(history_oid)) = (&pending.done, history_oid) {
            key.check_place(done, &key.identity(history_oid)).map_err(missing)?;
        }
        let changes_its_table = changes(&answer, key.bare_table());
        let columns = columns_named(&answer, half);
        let constraints = constraints(&answer);
        Ok(Some(Readiness { key, changes_its_table, columns, constraints }))
    }

    /// Why a backfill that could do its work here cannot do it there, with what was found later on.
    pub fn lost_by(&self, later: &Readiness, pending: &PendingBackfill) -> Option<String> {
        let (table, now) = (self.key.table(), later.key.table());
        let is_another = self.key.table_oid() != later.key.table_oid();
        if is_another && pending.done.is_some() {
            return Some(KeyError::Replaced { table: now.to_owned() }.to_string());
        }
        if pending.done.is_some() && self.key.identity("").has_other_columns(&later.key.identity("")) {
            return Some(later.key.other_columns().to_string());
        }
        if pending.done.is_some() && !self.key.values_order().is_same(&later.key.values_order()) {
            return Some(later.key.sorted_anew().to_string());
        }
        if pending.done.is_some() && self.key.is_rewritten(&later.key) {
            return Some(format!("the rows of {now} are written anew, perhaps with other values in the key"));
        }
        if is_another && table != now {
            return Some(format!("it would change {now} instead of {table}"));
        }
        let is_anew = |(column, number): &(&String, &String)| {
            later.columns.get(*column).is_some_and(|later| later != *number)
        };
        if let Some((column, _)) = self.columns.iter().find(is_anew).filter(|_| !is_another) {
            return Some(format!(
                "the column {column} of {now}, which it names, is dropped and made anew, and its values are gone"
            ));
        }
        let is_left_out = self.changes_its_table && !later.changes_its_table;
        is_left_out.then(|| format!("a rule does something else instead of changing the rows of {now}"))
    }
}

impl Readiness {
    /// Whether a table that asks something else of its rows by now takes those that the backfill would change next: the statement is run
    /// for some of them, in the transaction that is open, which the caller rolls back. What the server says where they break a
    /// constraint. Nothing of what fails otherwise, or takes longer than a second, is known.
    ///
    /// # Errors
    /// When the connection is lost.
    pub async fn refused_rows(
        &self,
        later: &Readiness,
        client: &Client,
        pending: &PendingBackfill,
    ) -> Result<Option<String>, SqlError> {
        let half = &pending.migration.up;
        let Some(backfill) = half.backfill().filter(|_| self.constraints != later.constraints) else {
            return Ok(None);
        };
        let after = pending.done.as_ref().map(|done| done.after.as_slice());
        let last = later.key.last_of_batch(after, None, TRIED_ROWS);
        let limits = "SET LOCAL statement_timeout = '1s'; SET LOCAL lock_timeout = '1s'";
        let tried = async {
            let found = rows(client, &format!("{limits}; {LOOKING}; {last}")).await?;
            let key = found.last().and_then(|row| row.try_get("to_json").ok().flatten());
            let upto: Option<Vec<String>> = key.and_then(|key| serde_json::from_str(key).ok());
            let condition = |alias: Option<&str>| later.key.condition(alias, after, upto.as_deref());
            client.batch_execute(&with_condition(half, backfill, condition)).await
        };
        match tried.await.map_err(SqlError::from) {
            Err(error) if error.is_connection_lost() => Err(error),
            Err(error) if error.is_of_class(CONSTRAINT_VIOLATION) => Ok(Some(error.message)),
            _ => Ok(None),
        }
    }
}

const CONSTRAINT_VIOLATION: &str = "23";

fn constraints(answer: &[SimpleQueryRow]) -> String {
    let of_row = |row: &SimpleQueryRow| row.try_get("constraints").ok().flatten().map(str::to_owned);
    answer.iter().find_map(of_row).unwrap_or_default()
}

fn question(before: &str, half: &Half) -> String {
    let Some(backfill) = half.backfill() else { return String::new() };
    let (explain, key) = (explain(half, backfill), key_query(&backfill.key));
    format!("{before} {PATH_OF_A_NEW_SESSION}; {TEMPORARY_LAST}; {explain}; {key}")
}

fn columns_named(answer: &[SimpleQueryRow], half: &Half) -> BTreeMap<String, String> {
    let text = |row: &SimpleQueryRow, name: &str| row.try_get(name).ok().flatten().map(str::to_owned);
    let columns = answer.iter().filter_map(|row| Some((text(row, "attname")?, text(row, "attnum")?)));
    columns.filter(|(column, _)| names(half.body(), column)).collect()
}

/// Whether the plan in the answer changes rows of this table, given by its schema and its name.
fn changes(answer: &[SimpleQueryRow], table: (&str, &str)) -> bool {
    let plans = answer.iter().filter_map(|row| row.try_get("QUERY PLAN").ok().flatten());
    plans.filter_map(|plan| serde_json::from_str(plan).ok()).any(|plan| changes_in(&plan, table))
}

fn changes_in(plan: &Value, table: (&str, &str)) -> bool {
    match plan {
        Value::Array(parts) => parts.iter().any(|part| changes_in(part, table)),
        Value::Object(node) => {
            let is = |name: &str, text: &str| node.get(name).and_then(Value::as_str) == Some(text);
            is("Node Type", "ModifyTable") && is("Schema", table.0) && is("Relation Name", table.1)
                || node.values().any(|part| changes_in(part, table))
        }
        _ => false,
    }
}

/// Whether something is missing, of another type, or not allowed (classes 42 and 3F).
fn is_about_objects(error: &SqlError) -> bool {
    error.is_of_class("42") || error.is_of_class("3F")
}
