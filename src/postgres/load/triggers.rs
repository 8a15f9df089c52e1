//! What of the user's runs for each row that is written, and may refuse it, change it or write others.

use tokio_postgres::Client;

use super::candidates::oids;
use crate::diagnosis::Diagnosis;
use crate::postgres::own_path::{Lasting, by_own_path};
use crate::postgres::rows::rows;

/// A trigger, and its table, both as SQL names them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InsertTrigger {
    /// Its name.
    pub name: String,
    /// Its table, or the partition.
    pub table: String,
}

/// The triggers that run when rows are inserted into these tables. Where they cannot be asked for, there are none: something else
/// has failed, and that is what is told.
pub(in crate::postgres) async fn insert_triggers(client: &Client, tables: &[String]) -> Vec<InsertTrigger> {
    let query = format!(
        "SELECT tgname::pg_catalog.text AS name, tgrelid::pg_catalog.regclass::pg_catalog.text AS table \
         FROM pg_catalog.pg_trigger WHERE tgrelid OPERATOR(pg_catalog.=) ANY ({}) AND NOT tgisinternal \
         AND tgenabled OPERATOR(pg_catalog.<>) 'D'::pg_catalog.\"char\" \
         AND (tgtype OPERATOR(pg_catalog.&) 4::pg_catalog.int2) OPERATOR(pg_catalog.<>) 0 ORDER BY tgrelid, tgname",
        oids(tables)
    );
    let answer = rows(client, &by_own_path(Lasting::ForTheTransaction, &query)).await.unwrap_or_default();
    let text =
        |row: &tokio_postgres::SimpleQueryRow, column| row.try_get(column).ok().flatten().map(str::to_owned);
    answer
        .iter()
        .filter_map(|row| Some(InsertTrigger { name: text(row, "name")?, table: text(row, "table")? }))
        .collect()
}

/// Adds to what failed which triggers have run, and how to keep one from running.
pub(in crate::postgres) fn tell_triggers(diagnosis: Diagnosis, triggers: &[InsertTrigger]) -> Diagnosis {
    let Some(first) = triggers.first() else { return diagnosis };
    let all: Vec<String> = triggers.iter().map(|one| format!("{} on {}", one.name, one.table)).collect();
    let mut state = diagnosis.state.clone();
    state.push(format!("Triggers that run for new rows: {}.", all.join(", ")));
    let name = postgres_protocol::escape::escape_identifier(&first.name);
    diagnosis.state(state).hint(format!(
        "`ALTER TABLE {} DISABLE TRIGGER {name}` keeps one from running meanwhile",
        first.table
    ))
}
