//! The history table: what was applied, and how it is read and written.
//!
//! Everything goes by the simple query protocol, since named statements break behind a pooler that hands out a
//! server per transaction. The table is always addressed by its qualified name: a migration may change `search_path`.

use std::fmt;

use postgres_protocol::escape::{escape_identifier, escape_literal};
use thiserror::Error;
use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, SimpleQueryMessage, SimpleQueryRow};

use super::sql_error::SqlError;
use crate::migration::{AppliedMigration, Direction, Migration, Progress, StoredDown, Version};

/// The name of a history table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryTable {
    schema: String,
    name: String,
}

/// Which texts a reader of the history wants beside the rest of the rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Texts<'a> {
    /// None: the rows stay small.
    None,
    /// The down halves, but for versions that have a file, since the file's own is used then.
    DownOfMissing(&'a [&'a Version]),
}

/// What stands in the database.
#[derive(Debug)]
pub struct History {
    /// Whether there is a table, and how complete it is.
    pub table: TableState,
    /// The rows, lowest version first.
    pub rows: Vec<AppliedMigration>,
    /// Whether the database is marked as protected (`ALTER DATABASE … SET pmdb.protected = on`).
    pub protection: Protection,
}

/// How complete the history table is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TableState {
    /// There is none yet.
    Absent,
    /// It has all columns.
    Complete,
    /// Another tool made it with fewer columns; the first write adds the rest.
    Incomplete,
}

/// Whether destroying commands need `--force`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protection {
    /// They don't.
    None,
    /// They do.
    Protected,
}

/// Why the history could not be read or prepared.
#[derive(Debug, Error)]
pub enum HistoryError {
    /// A table of that name has another shape.
    #[error("{table} is not a history table that pmdb can use: {reason}")]
    Foreign {
        /// The table.
        table: String,
        /// Whose it looks like.
        reason: String,
    },
    /// A row holds a version that is no number.
    #[error("{table} holds the version {version:?}, which is not a number")]
    BadVersion {
        /// The table.
        table: String,
        /// What stands there.
        version: String,
    },
    /// The server refused.
    #[error("the history table {table} cannot be {doing}: {source}")]
    Sql {
        /// The table.
        table: String,
        /// "read", "prepared" or "written".
        doing: &'static str,
        /// What the server said.
        source: SqlError,
    },
}

impl HistoryError {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            HistoryError::Foreign { .. } => {
                Some("keep pmdb's history elsewhere with --table [SCHEMA.]NAME".to_owned())
            }
            HistoryError::BadVersion { .. } => {
                Some("remove the row if no file of yours has that version, or use another --table".to_owned())
            }
            HistoryError::Sql { source, .. } => source.hint(),
        }
    }
}

/// Columns beside `version`, with their types; the order is that of a new table.
const COLUMNS: [(&str, &str); 9] = [
    ("name", "text"),
    ("checksum", "text"),
    ("up_sql", "text"),
    ("down_sql", "text"),
    ("applied_at", "timestamptz"),
    ("applied_by", "text"),
    ("execution_ms", "bigint"),
    ("statements_done", "integer"),
    ("statements_total", "integer"),
];

/// Defaults are set after the columns are there, so that rows of another tool don't get a date and a name that are
/// not theirs.
const DEFAULTS: [(&str, &str); 2] = [("applied_at", "pg_catalog.now()"), ("applied_by", "current_user")];

impl HistoryTable {
    /// A table by its schema and name, as they are (no folding, no quotes).
    pub fn new(schema: impl Into<String>, name: impl Into<String>) -> HistoryTable {
        HistoryTable { schema: schema.into(), name: name.into() }
    }

    /// `schema_migrations` in `public`.
    pub fn migrations() -> HistoryTable {
        HistoryTable::new("public", "schema_migrations")
    }

    /// `schema_seeds` in `public`.
    pub fn seeds() -> HistoryTable {
        HistoryTable::new("public", "schema_seeds")
    }

    /// The schema, as it is.
    pub fn schema(&self) -> &str {
        &self.schema
    }

    /// The same schema, another name.
    pub fn sibling(&self, name: &str) -> HistoryTable {
        HistoryTable::new(self.schema.clone(), name)
    }

    /// Quoted and qualified, for SQL.
    fn sql(&self) -> String {
        format!("{}.{}", escape_identifier(&self.schema), escape_identifier(&self.name))
    }

    /// Quoted and qualified, as a string literal, for `regclass`.
    fn literal(&self) -> String {
        escape_literal(&self.sql())
    }

    /// A number of its own for the advisory lock of this table.
    pub fn lock_key(&self) -> i64 {
        use sha2::{Digest, Sha256};
        let digest = Sha256::digest(format!("pmdb history {}", self.sql()));
        digest.iter().take(8).fold(0_i64, |key, byte| (key << 8) | i64::from(*byte))
    }

    fn select(&self, texts: Texts<'_>) -> String {
        let down_sql = match texts {
            Texts::None => "NULL".to_owned(),
            Texts::DownOfMissing([]) => "down_sql".to_owned(),
            Texts::DownOfMissing(known) => {
                let known: Vec<String> =
                    known.iter().map(|version| escape_literal(version.as_str())).collect();
                format!("CASE WHEN version::text NOT IN ({}) THEN down_sql END", known.join(","))
            }
        };
        format!(
            "SELECT version::text, name, checksum, \
             pg_catalog.to_char(applied_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') AS applied_at, \
             applied_by, execution_ms, statements_done, statements_total, \
             CASE WHEN statements_done < statements_total THEN up_sql \
             WHEN statements_total < 0 THEN down_sql END AS progress_sql, \
             down_sql IS NOT NULL AS has_down, {down_sql} AS down_sql FROM {}",
            self.sql()
        )
    }

    /// Reads the history, in one round trip when the table is complete.
    ///
    /// # Errors
    /// See [`HistoryError`].
    pub async fn read(&self, client: &Client, texts: Texts<'_>) -> Result<History, HistoryError> {
        let query = format!("SELECT {PROTECTED}; {}", self.select(texts));
        let rows = match client.simple_query(&query).await {
            Ok(messages) => rows_of(messages),
            Err(error) if is_code(&error, &SqlState::UNDEFINED_TABLE) => {
                return self.read_outline(client, TableState::Absent).await;
            }
            Err(error) if is_code(&error, &SqlState::INVALID_SCHEMA_NAME) => {
                return self.read_outline(client, TableState::Absent).await;
            }
            Err(error) if is_code(&error, &SqlState::UNDEFINED_COLUMN) => {
                self.check_shape(client).await?;
                return self.read_outline(client, TableState::Incomplete).await;
            }
            Err(error) => return Err(self.failed("read", error)),
        };
        let protection = protection_of(rows.first().and_then(|row| row.get("protected")));
        let mut applied =
            rows.iter().skip(1).map(|row| self.applied_of(row)).collect::<Result<Vec<_>, _>>()?;
        applied.sort_by(|a, b| a.version.cmp(&b.version));
        Ok(History { table: TableState::Complete, rows: applied, protection })
    }

    /// Reads what there is without the columns of a complete table.
    async fn read_outline(&self, client: &Client, table: TableState) -> Result<History, HistoryError> {
        let versions = match table {
            TableState::Absent => "(SELECT NULL AS version) h".to_owned(),
            _ => format!("(SELECT version::text FROM {}) h", self.sql()),
        };
        let query =
            format!("SELECT h.version, s.protected FROM (SELECT {PROTECTED}) s LEFT JOIN {versions} ON true");
        let messages = client.simple_query(&query).await.map_err(|error| self.failed("read", error))?;
        let rows = rows_of(messages);
        let protection = protection_of(rows.first().and_then(|row| row.get("protected")));
        let mut applied = rows
            .iter()
            .filter_map(|row| row.get("version"))
            .map(|version| Ok(bare_row(self.version_of(version)?)))
            .collect::<Result<Vec<_>, HistoryError>>()?;
        applied.sort_by(|a, b| a.version.cmp(&b.version));
        Ok(History { table, rows: applied, protection })
    }

    /// Takes a file as it is now for what was run, and gives back the text that was.
    ///
    /// # Errors
    /// [`HistoryError::Sql`].
    pub async fn accept(
        &self,
        client: &Client,
        version: &Version,
        migration: &Migration,
    ) -> Result<Option<String>, HistoryError> {
        let version = escape_literal(version.as_str());
        let query = format!(
            "WITH before AS (SELECT up_sql FROM {table} WHERE version = {version}) \
             UPDATE {table} SET name = {}, checksum = {}, up_sql = {}, down_sql = {} FROM before \
             WHERE version = {version} RETURNING before.up_sql",
            escape_literal(&migration.name),
            escape_literal(migration.checksum.as_str()),
            escape_literal(migration.up.sql()),
            down_literal(migration),
            table = self.sql(),
        );
        let messages = client.simple_query(&query).await.map_err(|error| self.failed("written", error))?;
        Ok(rows_of(messages).first().and_then(|row| row.get(0)).map(str::to_owned))
    }

    /// Makes the table, or adds what an incomplete one lacks. A complete one is left alone.
    ///
    /// # Errors
    /// [`HistoryError::Sql`].
    pub async fn prepare(&self, client: &Client, state: TableState) -> Result<(), HistoryError> {
        let sql = match state {
            TableState::Complete => return Ok(()),
            TableState::Absent => self.create(client).await?,
            TableState::Incomplete => self.complete(),
        };
        client.batch_execute(&sql).await.map_err(|error| self.failed("prepared", error))
    }

    async fn create(&self, client: &Client) -> Result<String, HistoryError> {
        // CREATE SCHEMA IF NOT EXISTS asks for the right to create one even when there is nothing to create.
        let query = format!(
            "SELECT pg_catalog.to_regnamespace({})",
            escape_literal(&escape_identifier(&self.schema))
        );
        let messages = client.simple_query(&query).await.map_err(|error| self.failed("prepared", error))?;
        let schema_exists = rows_of(messages).first().and_then(|row| row.get(0)).is_some();
        let schema = if schema_exists {
            String::new()
        } else {
            format!("CREATE SCHEMA IF NOT EXISTS {};", escape_identifier(&self.schema))
        };
        let columns: Vec<String> = COLUMNS
            .iter()
            .map(|(column, kind)| match DEFAULTS.iter().find(|(name, _)| name == column) {
                Some((_, default)) => format!("{column} {kind} DEFAULT {default}"),
                None => format!("{column} {kind}"),
            })
            .collect();
        Ok(format!(
            "{schema}CREATE TABLE IF NOT EXISTS {} (version text PRIMARY KEY, {})",
            self.sql(),
            columns.join(", ")
        ))
    }

    fn complete(&self) -> String {
        let added = COLUMNS.iter().map(|(name, kind)| format!("ADD COLUMN IF NOT EXISTS {name} {kind}"));
        let defaults =
            DEFAULTS.iter().map(|(name, default)| format!("ALTER COLUMN {name} SET DEFAULT {default}"));
        let actions: Vec<String> = added.chain(defaults).collect();
        format!("ALTER TABLE {} {}", self.sql(), actions.join(", "))
    }

    /// A table that lacks columns is taken over only if it could be ours, dbmate's or Rails': a textual version that
    /// is the whole key.
    async fn check_shape(&self, client: &Client) -> Result<(), HistoryError> {
        let query = format!(
            "SELECT a.attname, pg_catalog.format_type(a.atttypid, NULL) AS type, a.attnotnull AND EXISTS ( \
             SELECT FROM pg_catalog.pg_index i WHERE i.indrelid = a.attrelid AND i.indisunique \
             AND i.indpred IS NULL AND i.indnkeyatts = 1 AND i.indkey[0] = a.attnum) AS is_key \
             FROM pg_catalog.pg_attribute a WHERE a.attrelid = {}::pg_catalog.regclass \
             AND a.attnum > 0 AND NOT a.attisdropped",
            self.literal()
        );
        let messages = client.simple_query(&query).await.map_err(|error| self.failed("read", error))?;
        let columns = rows_of(messages);
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

    fn applied_of(&self, row: &SimpleQueryRow) -> Result<AppliedMigration, HistoryError> {
        let text = |column: &str| row.get(column).map(str::to_owned);
        let number = |column: &str| row.get(column).and_then(|value| value.parse::<i64>().ok());
        let stored_down = match (row.get("down_sql"), row.get("has_down")) {
            (Some(sql), _) => StoredDown::Text(sql.to_owned()),
            (None, Some("t")) => StoredDown::Unread,
            _ => StoredDown::None,
        };
        Ok(AppliedMigration {
            version: self.version_of(row.get("version").unwrap_or_default())?,
            name: text("name"),
            checksum: text("checksum"),
            applied_at: text("applied_at"),
            applied_by: text("applied_by"),
            execution_ms: number("execution_ms"),
            progress: progress_of(
                number("statements_done"),
                number("statements_total"),
                text("progress_sql"),
            ),
            has_stored_down: stored_down,
        })
    }

    fn version_of(&self, text: &str) -> Result<Version, HistoryError> {
        text.parse()
            .map_err(|_| HistoryError::BadVersion { table: self.to_string(), version: text.to_owned() })
    }

    fn failed(&self, doing: &'static str, error: tokio_postgres::Error) -> HistoryError {
        HistoryError::Sql { table: self.to_string(), doing, source: SqlError::from(error) }
    }
}

/// Statements that write the history: they travel inside the transaction of the half that they record.
impl HistoryTable {
    /// Notes which table this is, for [`HistoryTable::insert`].
    ///
    /// # Errors
    /// [`HistoryError::Sql`].
    pub async fn oid(&self, client: &Client) -> Result<String, HistoryError> {
        let query = format!("SELECT {}::pg_catalog.regclass::pg_catalog.oid", self.literal());
        let messages = client.simple_query(&query).await.map_err(|error| self.failed("read", error))?;
        Ok(rows_of(messages).first().and_then(|row| row.get(0)).unwrap_or("0").to_owned())
    }

    /// One statement that records an applied migration, and returns how long it took. Should the file have replaced
    /// the table (its oid is another one then), it fails (division by zero), and with it the transaction.
    pub fn insert(&self, migration: &Migration, oid: &str, row: NewRow<'_>) -> String {
        let (done, total, took) = match row {
            NewRow::Finished { since } => ("NULL".to_owned(), "NULL".to_owned(), self.milliseconds(since)),
            NewRow::Begun => (
                "0".to_owned(),
                migration.up.statement_count().to_string(),
                "NULL::pg_catalog.int8".to_owned(),
            ),
        };
        format!(
            "INSERT INTO {} (version, name, checksum, up_sql, down_sql, applied_at, execution_ms, statements_done, \
             statements_total) VALUES (CASE 1 / ({}::pg_catalog.regclass::pg_catalog.oid = {oid})::pg_catalog.int4 \
             WHEN 1 THEN {} END, {}, {}, {}, {}, pg_catalog.clock_timestamp(), {took}, {done}, {total}) \
             RETURNING execution_ms",
            self.sql(),
            self.literal(),
            escape_literal(migration.version.as_str()),
            escape_literal(&migration.name),
            escape_literal(migration.checksum.as_str()),
            escape_literal(migration.up.sql()),
            down_literal(migration),
        )
    }

    /// The time that has passed, in whole milliseconds. `now()` does not tell it for all: it is the moment at which the
    /// message came that began the transaction, and a message may hold several.
    fn milliseconds(&self, since: Since<'_>) -> String {
        let start = match since {
            Since::Message => "pg_catalog.now()".to_owned(),
            Since::Applied(version) => format!(
                "(SELECT applied_at FROM {} WHERE version = {})",
                self.sql(),
                escape_literal(version.as_str())
            ),
        };
        format!("(extract(epoch FROM pg_catalog.clock_timestamp() - {start}) * 1000)::pg_catalog.int8")
    }

    /// One statement that takes the row of an undone migration out. It fails (division by zero) when there is no such
    /// row, so that nothing is undone twice.
    pub fn delete(&self, version: &Version) -> String {
        format!(
            "WITH gone AS (DELETE FROM {} WHERE version = {} RETURNING 1) SELECT 1 / count(*) FROM gone",
            self.sql(),
            escape_literal(version.as_str())
        )
    }

    /// Takes out the row of a half that was begun and has nothing done.
    pub fn delete_begun(&self, version: &Version) -> String {
        format!(
            "DELETE FROM {} WHERE version = {} AND statements_done = 0",
            self.sql(),
            escape_literal(version.as_str())
        )
    }

    /// Renews the row of a half-applied migration from its file, which may have been mended since.
    pub fn resume_up(&self, version: &Version, migration: &Migration) -> String {
        format!(
            "UPDATE {} SET checksum = {}, up_sql = {}, down_sql = {}, statements_total = {} WHERE version = {}",
            self.sql(),
            escape_literal(migration.checksum.as_str()),
            escape_literal(migration.up.sql()),
            down_literal(migration),
            migration.up.statement_count(),
            escape_literal(version.as_str())
        )
    }

    /// Begins or renews a down half outside a transaction.
    pub fn begin_down(&self, version: &Version, down_sql: &str, done: usize, total: usize) -> String {
        format!(
            "UPDATE {} SET down_sql = {}, statements_done = {}, statements_total = {} WHERE version = {}",
            self.sql(),
            escape_literal(down_sql),
            signed(Direction::Down, done),
            signed(Direction::Down, total),
            escape_literal(version.as_str())
        )
    }

    /// Records how many statements of a half are done. It fails (division by zero) when the row is gone.
    pub fn progress(&self, version: &Version, direction: Direction, done: usize) -> String {
        format!(
            "WITH recorded AS (UPDATE {} SET statements_done = {} WHERE version = {} RETURNING 1) \
             SELECT 1 / count(*) FROM recorded",
            self.sql(),
            signed(direction, done),
            escape_literal(version.as_str())
        )
    }

    /// Records that an up half outside a transaction is done. It fails (division by zero) when the row is gone.
    pub fn finish_up(&self, version: &Version, milliseconds: u128) -> String {
        format!(
            "WITH recorded AS (UPDATE {} SET statements_done = statements_total, applied_at = pg_catalog.now(), \
             execution_ms = coalesce(execution_ms, 0) + {milliseconds} WHERE version = {} RETURNING 1) \
             SELECT 1 / count(*) FROM recorded",
            self.sql(),
            escape_literal(version.as_str())
        )
    }
}

impl fmt::Display for HistoryTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.schema, self.name)
    }
}

/// What a new row says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NewRow<'a> {
    /// The whole half ran in this transaction, which began then.
    Finished {
        /// When.
        since: Since<'a>,
    },
    /// The half runs outside a transaction, and none of it has run.
    Begun,
}

/// When a half began to run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Since<'a> {
    /// When its message came.
    Message,
    /// When this migration, just before it in the same message, was applied.
    Applied(&'a Version),
}

const PROTECTED: &str = "pg_catalog.current_setting('pmdb.protected', true) AS protected";

/// A down half under way is written with negative numbers: the table has one pair of columns for both halves.
fn signed(direction: Direction, count: usize) -> String {
    match direction {
        Direction::Up => count.to_string(),
        Direction::Down => format!("-{count}"),
    }
}

fn progress_of(done: Option<i64>, total: Option<i64>, sql: Option<String>) -> Option<Progress> {
    let (done, total) = (done?, total?);
    let direction = if total < 0 { Direction::Down } else { Direction::Up };
    if direction == Direction::Up && done >= total {
        return None;
    }
    let count = |number: i64| usize::try_from(number.unsigned_abs()).unwrap_or(usize::MAX);
    Some(Progress { direction, done: count(done), total: count(total), sql })
}

fn bare_row(version: Version) -> AppliedMigration {
    AppliedMigration {
        version,
        name: None,
        checksum: None,
        applied_at: None,
        applied_by: None,
        execution_ms: None,
        progress: None,
        has_stored_down: StoredDown::None,
    }
}

fn down_literal(migration: &Migration) -> String {
    match &migration.down {
        Some(down) if down.statement_count() > 0 => escape_literal(down.sql()),
        _ => "NULL".to_owned(),
    }
}

/// How the server writes a setting that is on.
pub(super) fn protection_of(setting: Option<&str>) -> Protection {
    match setting.map(str::to_ascii_lowercase).as_deref() {
        Some("on" | "true" | "yes" | "1") => Protection::Protected,
        _ => Protection::None,
    }
}

fn rows_of(messages: Vec<SimpleQueryMessage>) -> Vec<SimpleQueryRow> {
    messages
        .into_iter()
        .filter_map(|message| match message {
            SimpleQueryMessage::Row(row) => Some(row),
            _ => None,
        })
        .collect()
}

fn is_code(error: &tokio_postgres::Error, code: &SqlState) -> bool {
    error.code() == Some(code)
}
