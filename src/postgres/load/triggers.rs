//! What of the user's runs when rows are written or tables emptied, and may refuse it, change rows or write others.

use tokio_postgres::{Client, Error, SimpleQueryRow};

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
    triggers(client, tables, 1 << 2).await
}

/// The same for those that run when these tables are emptied.
pub(in crate::postgres) async fn truncate_triggers(client: &Client, tables: &[String]) -> Vec<InsertTrigger> {
    triggers(client, tables, 1 << 5).await
}

/// The bits are those of `tgtype` (PostgreSQL, `pg_trigger.h`).
async fn triggers(client: &Client, tables: &[String], event: i16) -> Vec<InsertTrigger> {
    let query = format!(
        "SELECT tgname::pg_catalog.text AS name, tgrelid::pg_catalog.regclass::pg_catalog.text AS table \
         FROM pg_catalog.pg_trigger WHERE tgrelid OPERATOR(pg_catalog.=) ANY ({}) AND NOT tgisinternal \
         AND tgenabled OPERATOR(pg_catalog.<>) 'D'::pg_catalog.\"char\" \
         AND (tgtype OPERATOR(pg_catalog.&) {event}::pg_catalog.int2) OPERATOR(pg_catalog.<>) 0 ORDER BY tgrelid, tgname",
        oids(tables)
    );
    let answer = rows(client, &by_own_path(Lasting::ForTheTransaction, &query)).await.unwrap_or_default();
    let text = |row: &SimpleQueryRow, column| row.try_get(column).ok().flatten().map(str::to_owned);
    answer
        .iter()
        .filter_map(|row| Some(InsertTrigger { name: text(row, "name")?, table: text(row, "table")? }))
        .collect()
}

/// How many rows the transaction that is open has put into each of these tables, in their order, those that triggers have written among
/// them. Where the server does not count, none.
pub(in crate::postgres) async fn rows_inserted(
    client: &Client,
    tables: &[String],
) -> Result<Vec<u64>, Error> {
    let query = format!(
        "SELECT (SELECT pg_catalog.sum(pg_catalog.pg_stat_get_xact_tuples_inserted(part)) FROM (SELECT root UNION \
         SELECT relid::pg_catalog.oid FROM pg_catalog.pg_partition_tree(root::pg_catalog.regclass)) AS parts (part)) \
         FROM pg_catalog.unnest({}) WITH ORDINALITY AS tables (root, place) ORDER BY place",
        oids(tables)
    );
    // The search path stays: triggers find their tables by it.
    let answer = rows(client, &query).await?;
    Ok(answer.iter().map(|row| row.get(0).and_then(|text| text.parse().ok()).unwrap_or(0)).collect())
}

/// Adds to what failed which triggers have run, and how to keep one from running.
pub(in crate::postgres) fn tell_triggers(
    diagnosis: Diagnosis,
    when: &str,
    triggers: &[InsertTrigger],
) -> Diagnosis {
    let Some(first) = triggers.first() else { return diagnosis };
    let all: Vec<String> = triggers.iter().map(|one| format!("{} on {}", one.name, one.table)).collect();
    let mut state = diagnosis.state.clone();
    state.push(format!("Triggers that run {when}: {}.", all.join(", ")));
    let name = postgres_protocol::escape::escape_identifier(&first.name);
    diagnosis.state(state).hint(format!(
        "`ALTER TABLE {} DISABLE TRIGGER {name}` keeps one from running meanwhile",
        first.table
    ))
}
