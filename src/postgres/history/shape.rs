//! The shape of the history table: making it, completing another tool's, and telling a stranger.

use postgres_protocol::escape::escape_identifier;
use tokio_postgres::error::SqlState;
use tokio_postgres::{Error, SimpleQueryRow};

use super::{Asking, Filled, HistoryError, HistoryTable, READ, TableState};
use crate::postgres::citus::Citus;
use crate::postgres::rows::rows;
use crate::postgres::sql_error::SqlError;
use crate::postgres::starting_point::StartingPoint;

/// Columns beside `version`, with their types; the order is that of a new table.
const COLUMNS: [(&str, &str); 11] = [
    ("name", "pg_catalog.text"),
    ("checksum", "pg_catalog.text"),
    ("up_sql", "pg_catalog.text"),
    ("down_sql", "pg_catalog.text"),
    ("applied_at", "pg_catalog.timestamptz"),
    ("applied_by", "pg_catalog.text"),
    ("execution_ms", "bigint"),
    ("statements_done", "integer"),
    ("statements_total", "integer"),
    ("backfill", "pg_catalog.jsonb"),
    FILLED,
];

/// The tables that a half wrote to; see [`super::filled`]. Only where they are noted.
const FILLED: (&str, &str) = ("filled_tables", "pg_catalog.text[]");

/// Defaults are set after the columns are there, so that rows of another tool don't get a date and a name that are
/// not theirs.
const DEFAULTS: [(&str, &str); 2] = [("applied_at", "pg_catalog.now()"), ("applied_by", "current_user")];

impl HistoryTable {
    /// Makes the table, or adds what an incomplete one lacks; a complete one is left alone. Gives back what the run relies on:
    /// the table's oid, by which [`HistoryTable::insert`] knows it again, and more.
    ///
    /// # Errors
    /// [`HistoryError::Sql`], [`HistoryError::Locked`].
    pub(in crate::postgres) async fn prepare(
        &self,
        asking: &Asking<'_>,
        state: TableState,
        citus: Citus,
    ) -> Result<StartingPoint, HistoryError> {
        let query = format!(
            "SELECT {}::pg_catalog.regclass::pg_catalog.oid AS oid, {}",
            self.literal(),
            StartingPoint::columns(&self.literal())
        );
        let rows = self.make_and(asking, state, citus, "prepared", &query).await?;
        let row = rows.last().ok_or_else(|| HistoryError::Sql {
            table: self.to_string(),
            doing: "prepared",
            source: SqlError::lost("the server gave no answer"),
        })?;
        Ok(StartingPoint::of(&self.literal(), row.get("oid").unwrap_or("0"), row))
    }

    /// Makes the table, or adds what an incomplete one lacks, and then does something with it, all in one transaction. Gives
    /// back the rows of the message.
    pub(super) async fn make_and(
        &self,
        asking: &Asking<'_>,
        state: TableState,
        citus: Citus,
        doing: &'static str,
        then: &str,
    ) -> Result<Vec<SimpleQueryRow>, HistoryError> {
        self.must_not_be_in_system_schema()?;
        let trusted = self.trusted_to_write();
        let (schema, table, change) = match state {
            TableState::Complete => (String::new(), trusted, String::new()),
            // Somebody else may be faster, and make a table of that name.
            TableState::Absent => (self.create_schema(), self.create() + &trusted, String::new()),
            TableState::Incomplete => (String::new(), trusted, self.complete()),
        };
        let opening = asking.opening();
        let send = async |schema: &str| match (state, citus) {
            (TableState::Incomplete, Citus::Present) => {
                one_by_one(asking, &[&format!("{opening}{table}"), &change, then]).await
            }
            _ => rows(asking.client, &format!("{opening}{schema}{table}{change}{then}")).await,
        };
        // CREATE SCHEMA IF NOT EXISTS asks for the right to create one even when there is nothing to create.
        let rows = match send("").await {
            Err(error) if error.code() == Some(&SqlState::INVALID_SCHEMA_NAME) && !schema.is_empty() => {
                send(&schema).await
            }
            result => result,
        };
        match rows {
            Ok(rows) => Ok(rows),
            Err(error) => Err(self.failed(doing, error, asking).await),
        }
    }

    fn create_schema(&self) -> String {
        format!("CREATE SCHEMA IF NOT EXISTS {}; ", escape_identifier(&self.schema))
    }

    fn create(&self) -> String {
        let columns: Vec<String> = self
            .columns()
            .map(|(column, kind)| match DEFAULTS.iter().find(|(name, _)| name == column) {
                Some((_, default)) => format!("{column} {kind} DEFAULT {default}"),
                None => format!("{column} {kind}"),
            })
            .collect();
        format!(
            "CREATE TABLE IF NOT EXISTS {} (version pg_catalog.text PRIMARY KEY, {}); ",
            self.sql(),
            columns.join(", ")
        )
    }

    fn columns(&self) -> impl Iterator<Item = &'static (&'static str, &'static str)> {
        COLUMNS.iter().filter(|column| self.filled == Filled::Noted || **column != FILLED)
    }

    fn complete(&self) -> String {
        let added = self.columns().map(|(name, kind)| format!("ADD COLUMN IF NOT EXISTS {name} {kind}"));
        let defaults =
            DEFAULTS.iter().map(|(name, default)| format!("ALTER COLUMN {name} SET DEFAULT {default}"));
        let actions: Vec<String> = added.chain(defaults).collect();
        format!("ALTER TABLE {} {}; ", self.sql(), actions.join(", "))
    }

    /// A table that lacks columns is taken over only if it could be ours, dbmate's or Rails': a textual version that
    /// is the whole key.
    pub(super) async fn check_shape(&self, asking: &Asking<'_>) -> Result<(), HistoryError> {
        let query = format!(
            "SELECT a.attname, pg_catalog.format_type(a.atttypid, NULL) AS type, a.attnotnull AND EXISTS ( \
             SELECT FROM pg_catalog.pg_index i WHERE i.indrelid OPERATOR(pg_catalog.=) a.attrelid \
             AND i.indisunique AND i.indpred IS NULL AND i.indnkeyatts OPERATOR(pg_catalog.=) 1 \
             AND i.indkey[0] OPERATOR(pg_catalog.=) a.attnum) AS is_key \
             FROM pg_catalog.pg_attribute a \
             WHERE a.attrelid OPERATOR(pg_catalog.=) {}::pg_catalog.regclass::pg_catalog.oid \
             AND a.attnum OPERATOR(pg_catalog.>) 0 AND NOT a.attisdropped",
            self.literal()
        );
        let columns = self.ask(asking, READ, &query).await?;
        let column = |name| columns.iter().find(|row| row.get("attname") == Some(name));
        let has = |name| column(name).is_some();
        let version = column("version");
        let is_key = version.and_then(|row| row.get("is_key")) == Some("t");
        let reason = match version.and_then(|row| row.get("type")) {
            Some("bigint") if has("dirty") => {
                "it looks like golang-migrate's (version bigint, dirty boolean)"
            }
            Some("bigint") if has("inserted_at") => {
                "it looks like Ecto's (version bigint, inserted_at timestamp)"
            }
            Some("text" | "character varying") if is_key => return Ok(()),
            Some("text" | "character varying") => {
                "its column version is no key: it has to be the primary key, or unique and NOT NULL"
            }
            Some(_) => "its column version is not text",
            None => "it has no column version",
        };
        Err(HistoryError::Foreign { table: self.to_string(), reason: reason.to_owned() })
    }
}

/// One transaction over several messages: Citus takes no other statement in that of an ALTER TABLE, if the history is one of
/// its tables.
async fn one_by_one(asking: &Asking<'_>, parts: &[&str]) -> Result<Vec<SimpleQueryRow>, Error> {
    let mut all = Vec::new();
    for part in [&["BEGIN"], parts, &["COMMIT"]].concat() {
        match rows(asking.client, &format!("{} {part}", asking.mark)).await {
            Ok(rows) => all.extend(rows),
            Err(error) => {
                let _ = asking.client.batch_execute("ROLLBACK").await;
                return Err(error);
            }
        }
    }
    Ok(all)
}
