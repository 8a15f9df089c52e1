//! Reading the history.

use postgres_protocol::escape::escape_literal;
use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, SimpleQueryRow};

use super::{History, HistoryError, HistoryTable, TableState, Wanted, protection_of};
use crate::migration::{AppliedMigration, Direction, Progress, StoredDown, Version};
use crate::postgres::rows::rows;

const PROTECTED: &str = "pg_catalog.current_setting('pmdb.protected', true) AS protected";

impl HistoryTable {
    /// Reads the history, in one round trip when the table is complete.
    ///
    /// # Errors
    /// See [`HistoryError`].
    pub async fn read(&self, client: &Client, wanted: Wanted<'_>) -> Result<History, HistoryError> {
        let query = format!("SELECT {PROTECTED}; {}", self.select(wanted));
        let rows = match rows(client, &query).await {
            Ok(rows) => rows,
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

    /// A plan leaves out what only people read, which takes the server as long as all the rest. That the columns are
    /// there is checked all the same: the server looks them up before it sees that the condition is always true.
    fn select(&self, wanted: Wanted<'_>) -> String {
        let (shown, condition) = match wanted {
            Wanted::Shown => (
                "pg_catalog.to_char(applied_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') AS applied_at, \
                 applied_by, execution_ms",
                "",
            ),
            Wanted::Plan | Wanted::PlanWithDown(_) => (
                "NULL AS applied_at, NULL AS applied_by, NULL AS execution_ms",
                " WHERE true OR (applied_at, applied_by, execution_ms) IS NULL",
            ),
        };
        let down_sql = match wanted {
            Wanted::Shown | Wanted::Plan => "NULL".to_owned(),
            Wanted::PlanWithDown([]) => "down_sql".to_owned(),
            Wanted::PlanWithDown(known) => {
                let known: Vec<String> =
                    known.iter().map(|version| escape_literal(version.as_str())).collect();
                format!("CASE WHEN version::text NOT IN ({}) THEN down_sql END", known.join(","))
            }
        };
        format!(
            "SELECT version::text, name, checksum, {shown}, statements_done, statements_total, \
             CASE WHEN statements_done < statements_total THEN up_sql \
             WHEN statements_total < 0 THEN down_sql END AS progress_sql, \
             down_sql IS NOT NULL AS has_down, {down_sql} AS down_sql FROM {}{condition}",
            self.sql()
        )
    }

    /// Reads what there is without the columns of a complete table.
    async fn read_outline(&self, client: &Client, table: TableState) -> Result<History, HistoryError> {
        let versions = match table {
            TableState::Absent => "(SELECT NULL AS version) h".to_owned(),
            _ => format!("(SELECT version::text FROM {}) h", self.sql()),
        };
        let query =
            format!("SELECT h.version, s.protected FROM (SELECT {PROTECTED}) s LEFT JOIN {versions} ON true");
        let rows = rows(client, &query).await.map_err(|error| self.failed("read", error))?;
        let protection = protection_of(rows.first().and_then(|row| row.get("protected")));
        let mut applied = rows
            .iter()
            .filter_map(|row| row.get("version"))
            .map(|version| Ok(bare_row(self.version_of(version)?)))
            .collect::<Result<Vec<_>, HistoryError>>()?;
        applied.sort_by(|a, b| a.version.cmp(&b.version));
        Ok(History { table, rows: applied, protection })
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

fn is_code(error: &tokio_postgres::Error, code: &SqlState) -> bool {
    error.code() == Some(code)
}
