//! What a session holds and has done so far, as the server sees it from within its transaction.

use std::collections::BTreeMap;

use tokio_postgres::{Client, SimpleQueryRow};

use super::relations::Number;
use crate::impact::LockMode;
use crate::postgres::rows::rows;
use crate::postgres::sql_error::SqlError;

/// Relations by their numbers.
pub(super) type Observation = BTreeMap<Number, Observed>;

/// What the session holds and has done on a relation.
#[derive(Debug, Clone, Default)]
pub(super) struct Observed {
    /// What it is called within the transaction; `None` once it is dropped.
    pub name: Option<String>,
    /// The strongest lock on it.
    pub lock: Option<LockMode>,
    /// The file with its rows.
    pub filenode: Option<Number>,
    /// How often all of it was read, in this transaction and perhaps those before it.
    pub scans: u64,
    /// How many rows were inserted, changed and deleted, counted likewise.
    pub changes: u64,
}

/// What each relation is asked.
const COLUMNS: &str = "c.relname AS name, pg_catalog.pg_relation_filenode(r.number) AS filenode, \
    pg_catalog.pg_stat_get_xact_numscans(r.number) AS scans, \
    pg_catalog.pg_stat_get_xact_tuples_inserted(r.number) \
    OPERATOR(pg_catalog.+) pg_catalog.pg_stat_get_xact_tuples_updated(r.number) \
    OPERATOR(pg_catalog.+) pg_catalog.pg_stat_get_xact_tuples_deleted(r.number) AS changes";

/// What the open transaction has locked, and what it has done there. Whatever it has worked on, it has locked.
pub(super) async fn of_transaction(client: &Client) -> Result<Observation, SqlError> {
    read(
        client,
        &format!(
            "SELECT r.number, r.modes, {COLUMNS} FROM (SELECT l.relation AS number, \
             pg_catalog.string_agg(l.mode, ' ') AS modes FROM pg_catalog.pg_locks l \
             WHERE l.locktype OPERATOR(pg_catalog.=) 'relation' AND l.granted \
             AND l.pid OPERATOR(pg_catalog.=) pg_catalog.pg_backend_pid() \
             AND l.relation OPERATOR(pg_catalog.>=) 16384::pg_catalog.oid GROUP BY l.relation) AS r \
             LEFT JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) r.number"
        ),
    )
    .await
}

/// What the session has done on all relations. Outside of a transaction it holds no locks.
pub(super) async fn of_session(client: &Client) -> Result<Observation, SqlError> {
    read(
        client,
        &format!(
            "SELECT r.number, NULL AS modes, {COLUMNS} FROM pg_catalog.pg_class c \
             CROSS JOIN LATERAL (SELECT c.oid AS number) AS r \
             WHERE c.oid OPERATOR(pg_catalog.>=) 16384::pg_catalog.oid \
             AND c.relkind OPERATOR(pg_catalog.=) ANY ('{{r,m}}'::pg_catalog.\"char\"[])"
        ),
    )
    .await
}

async fn read(client: &Client, query: &str) -> Result<Observation, SqlError> {
    let rows = rows(client, query).await?;
    Ok(rows.iter().filter_map(observed).collect())
}

fn observed(row: &SimpleQueryRow) -> Option<(Number, Observed)> {
    let number = |column: &str| row.get(column).and_then(|number| number.parse().ok());
    let count = |column: &str| row.get(column).and_then(|count| count.parse().ok()).unwrap_or_default();
    let modes = row.get("modes").unwrap_or_default().split(' ');
    let observed = Observed {
        name: row.get("name").map(str::to_owned),
        lock: modes.filter_map(LockMode::by_server_name).max(),
        filenode: number("filenode"),
        scans: count("scans"),
        changes: count("changes"),
    };
    Some((number("number")?, observed))
}
