//! Reading the history.

use postgres_protocol::escape::escape_literal;
use tokio_postgres::SimpleQueryRow;
use tokio_postgres::error::SqlState;

use super::elsewhere::Others;
use super::{
    Asking, Choice, Filled, History, HistoryError, HistoryScope, HistoryTable, OtherHistory, Protection,
    PutOffNote, READ, TableState, protection_of,
};
use crate::connect::{IgnoredSetting, OFF_FOR_THE_TRANSACTION};
use crate::migration::{
    AppliedMigration, BackfillProgress, Checksum, Direction, Progress, StoredDown, Version,
};
use crate::postgres::citus::{CITUS, Citus, on_worker};
use crate::postgres::rows::each_row;

const PROTECTED: &str = "pg_catalog.current_setting('pmdb.protected', true) AS protected";

/// How the server writes times, up to the end of the message, which is one transaction. To have it format each of them
/// (`to_char`) takes as long as to read the rows.
const TIMES_IN_UTC: &str =
    ", pg_catalog.set_config('datestyle', 'ISO', true), pg_catalog.set_config('timezone', 'UTC', true)";

/// That the columns are there is checked even where they are not read: the server looks them up before it sees that the
/// condition is always true.
const ALL_COLUMNS: &str = " WHERE true OR (applied_at, applied_by, execution_ms, backfill) IS NULL";

/// The same for the history of seeds.
const ALL_COLUMNS_OF_SEEDS: &str =
    " WHERE true OR (applied_at, applied_by, execution_ms, backfill, filled_tables) IS NULL";

impl HistoryTable {
    /// Reads the history, in one round trip when the table is complete. On Citus there is one more: a worker keeps none.
    ///
    /// # Errors
    /// See [`HistoryError`].
    pub(in crate::postgres) async fn read(
        &self,
        asking: &Asking<'_>,
        wanted: HistoryScope<'_>,
    ) -> Result<History, HistoryError> {
        let history = self.read_anywhere(asking, wanted).await?;
        if history.citus == Citus::Present {
            match on_worker(asking.client, &asking.mark).await {
                Ok(None) => {}
                Ok(Some(refused)) => return Err(refused.into()),
                Err(error) => return Err(self.failed(READ, error, asking).await),
            }
        }
        Ok(history)
    }

    async fn read_anywhere(
        &self,
        asking: &Asking<'_>,
        wanted: HistoryScope<'_>,
    ) -> Result<History, HistoryError> {
        self.must_not_be_in_system_schema()?;
        let settings = match wanted {
            HistoryScope::Shown => TIMES_IN_UTC,
            HistoryScope::Plan | HistoryScope::PlanWithDown(_) | HistoryScope::EffectiveMigrations(_) => "",
        };
        // Behind a pooler, another client may have left its role.
        let query = format!(
            "{} RESET SESSION AUTHORIZATION; RESET ROLE; {}SELECT {PROTECTED}, {CITUS}, pg_catalog.to_regclass({}) IS NOT NULL AS put_off, {OFF_FOR_THE_TRANSACTION}, {}{settings}; {}{}",
            asking.mark,
            asking.asked.query().map_or_else(String::new, |query| query + "; "),
            self.put_off().literal(),
            asking.settings(),
            self.trusted_to_read(),
            self.select(wanted)
        );
        let (mut protection, mut citus) = (Protection::None, Citus::Absent);
        let mut put_off = PutOffNote::Absent;
        let mut applied = Vec::new();
        let row = |row: SimpleQueryRow| -> Result<(), HistoryError> {
            // Answers to what is asked come first, the rows of the table last.
            if row.columns().first().is_some_and(|column| column.name() == "protected") {
                (protection, citus) = (protection_of(row.get(0)), Citus::of(&row));
                put_off = PutOffNote::of(&row);
            } else if let Some(answer) = IgnoredSetting::from_row(&row) {
                return answer.map_or(Ok(()), |ignored| Err(HistoryError::IgnoredSetting(ignored)));
            } else {
                applied.push(self.applied_of(&row)?);
            }
            Ok(())
        };
        match each_row(asking.client, &query, row).await {
            Ok(read) => read?,
            Err(error) if is_code(&error, &SqlState::UNDEFINED_TABLE) => {
                return self.read_absent(asking).await;
            }
            Err(error) if is_code(&error, &SqlState::INVALID_SCHEMA_NAME) => {
                return self.read_absent(asking).await;
            }
            Err(error) if is_code(&error, &SqlState::UNDEFINED_COLUMN) => {
                self.check_shape(asking).await?;
                return self.read_outline(asking).await;
            }
            Err(error) => return Err(self.failed(READ, error, asking).await),
        }
        applied.sort_by(|a, b| a.version.cmp(&b.version));
        Ok(History { table: TableState::Complete, rows: applied, protection, citus, put_off })
    }

    /// A plan leaves out what only people read, which takes the server as long as all the rest.
    fn select(&self, wanted: HistoryScope<'_>) -> String {
        let (shown, condition) = match wanted {
            HistoryScope::Shown => ("applied_at, applied_by, execution_ms", ""),
            HistoryScope::EffectiveMigrations(_) => ("applied_at, applied_by, NULL", ALL_COLUMNS),
            HistoryScope::Plan | HistoryScope::PlanWithDown(_) => ("NULL, NULL, NULL", ALL_COLUMNS),
        };
        let condition = match self.filled {
            Filled::Unknown => condition,
            Filled::Noted => ALL_COLUMNS_OF_SEEDS,
        };
        let down_sql = match wanted {
            HistoryScope::Shown | HistoryScope::Plan | HistoryScope::EffectiveMigrations(_) => {
                "NULL".to_owned()
            }
            HistoryScope::PlanWithDown([]) => "down_sql".to_owned(),
            HistoryScope::PlanWithDown(known) => {
                let known: Vec<String> =
                    known.iter().map(|version| escape_literal(version.as_str())).collect();
                format!(
                    "CASE WHEN version::pg_catalog.text OPERATOR(pg_catalog.<>) ALL ({}) THEN down_sql END",
                    text_array(&known)
                )
            }
        };
        let up_sql = match wanted {
            HistoryScope::EffectiveMigrations([]) => "up_sql".to_owned(),
            HistoryScope::EffectiveMigrations(known) => unless_known(known),
            _ => "NULL".to_owned(),
        };
        format!(
            "SELECT version::pg_catalog.text, name, checksum, {shown}, statements_done, statements_total, \
             CASE WHEN statements_done OPERATOR(pg_catalog.<) statements_total THEN up_sql \
             WHEN statements_total OPERATOR(pg_catalog.<) 0 THEN down_sql END, down_sql IS NOT NULL, {down_sql}, {up_sql}, backfill FROM {}{condition}",
            self.sql()
        )
    }

    /// The answer where there is no table: an empty history, or an error that names another history.
    async fn read_absent(&self, asking: &Asking<'_>) -> Result<History, HistoryError> {
        let mut query = format!("{}SELECT {PROTECTED}, {CITUS}", asking.opening());
        if self.choice == Choice::Usual {
            query = format!("{query}; {}", self.query_for_others());
        }
        let rows = self.ask(asking, READ, &query).await?;
        // The first row is that of the opening.
        let rows = rows.get(1..).unwrap_or_default();
        let Others { list: others, total } = Others::of(rows);
        if !others.is_empty() {
            return Err(HistoryError::Elsewhere { table: self.to_string(), others, total });
        }
        let protection = protection_of(rows.first().and_then(|row| row.get("protected")));
        let citus = rows.first().map(Citus::of).unwrap_or_default();
        Ok(History {
            table: TableState::Absent,
            rows: Vec::new(),
            protection,
            citus,
            put_off: PutOffNote::Absent,
        })
    }

    /// Other histories that are there, whether or not this table is.
    ///
    /// # Errors
    /// See [`HistoryError`].
    pub(in crate::postgres) async fn others(
        &self,
        asking: &Asking<'_>,
    ) -> Result<Vec<OtherHistory>, HistoryError> {
        let query = format!("{}{}", asking.opening(), self.query_for_others());
        Ok(Others::of(&self.ask(asking, READ, &query).await?).list)
    }

    /// Reads a table that does not have all columns yet.
    async fn read_outline(&self, asking: &Asking<'_>) -> Result<History, HistoryError> {
        let versions = format!("(SELECT version::pg_catalog.text FROM {}) h", self.sql());
        let query = format!(
            "{}{}SELECT h.version, s.protected, s.citus FROM (SELECT {PROTECTED}, {CITUS}) s LEFT JOIN {versions} ON true",
            asking.opening(),
            self.trusted_to_read()
        );
        let rows = self.ask(asking, READ, &query).await?;
        // The first row is that of the opening.
        let rows = rows.get(1..).unwrap_or_default();
        let protection = protection_of(rows.first().and_then(|row| row.get("protected")));
        let mut applied = rows
            .iter()
            .filter_map(|row| row.get("version"))
            .map(|version| Ok(bare_row(self.version_of(version)?)))
            .collect::<Result<Vec<_>, HistoryError>>()?;
        applied.sort_by(|a, b| a.version.cmp(&b.version));
        let citus = rows.first().map(Citus::of).unwrap_or_default();
        Ok(History {
            table: TableState::Incomplete,
            rows: applied,
            protection,
            citus,
            put_off: PutOffNote::Absent,
        })
    }

    fn applied_of(&self, row: &SimpleQueryRow) -> Result<AppliedMigration, HistoryError> {
        let [
            version,
            name,
            checksum,
            applied_at,
            applied_by,
            execution_ms,
            done,
            total,
            sql,
            has_down,
            down,
            up,
            backfill,
        ] = std::array::from_fn(|column| row.try_get(column).ok().flatten());
        let number = |value: Option<&str>| value.and_then(|value| value.parse::<i64>().ok());
        let stored_down = match (down, has_down) {
            (Some(sql), _) => StoredDown::Text(sql.to_owned()),
            (None, Some("t")) => StoredDown::Unread,
            _ => StoredDown::None,
        };
        Ok(AppliedMigration {
            version: self.version_of(version.unwrap_or_default())?,
            name: name.map(str::to_owned),
            checksum: checksum.map(str::to_owned),
            applied_at: applied_at.map(without_fractions),
            applied_by: applied_by.map(str::to_owned),
            execution_ms: number(execution_ms),
            progress: progress_of(number(done), number(total), sql, backfill),
            has_stored_down: stored_down,
            stored_up: up.map(str::to_owned),
        })
    }

    pub(super) fn version_of(&self, text: &str) -> Result<Version, HistoryError> {
        text.parse()
            .map_err(|_| HistoryError::BadVersion { table: self.to_string(), version: text.to_owned() })
    }
}

/// `2026-01-31T12:00:00Z`, from what the server writes in the ISO style: `2026-01-31 12:00:00.123456+00`. Anything else
/// (`infinity`, a year before Christ) stays as it is.
fn without_fractions(time: &str) -> String {
    const SECONDS: usize = "2026-01-31 12:00:00".len();
    match (time.get(..SECONDS).and_then(|time| time.split_once(' ')), time.ends_with("+00")) {
        (Some((day, time)), true) => [day, "T", time, "Z"].concat(),
        _ => time.to_owned(),
    }
}

/// A half on its way down has negative numbers, since the table has one pair of columns for both. While a statement is in
/// flight, the number of those before it plus one has the other sign.
fn progress_of(
    done: Option<i64>,
    total: Option<i64>,
    sql: Option<&str>,
    backfill: Option<&str>,
) -> Option<Progress> {
    let (done, total) = (done?, total?);
    let direction = if total < 0 { Direction::Down } else { Direction::Up };
    let forward = if direction == Direction::Down { done.saturating_neg() } else { done };
    if direction == Direction::Up && forward >= total {
        return None;
    }
    let in_flight = forward < 0;
    let count = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
    let done = count(forward.unsigned_abs()).saturating_sub(usize::from(in_flight));
    let sql = sql.map(str::to_owned);
    // What the way up has left there is of no use on the way down.
    let backfill = backfill
        .and_then(|json| serde_json::from_str::<BackfillProgress>(json).ok())
        .filter(|backfill| backfill.direction == direction);
    Some(Progress { direction, done, in_flight, total: count(total.unsigned_abs()), sql, backfill })
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
        stored_up: None,
    }
}

/// The text of the up half, except for files that are known. A row without a checksum stands for its file, if there is one.
fn unless_known(files: &[(&Version, &Checksum)]) -> String {
    let versions: Vec<String> = files.iter().map(|(version, _)| escape_literal(version.as_str())).collect();
    let pairs: Vec<String> =
        files.iter().map(|(version, checksum)| escape_literal(&format!("{version} {checksum}"))).collect();
    format!(
        "CASE WHEN CASE WHEN checksum IS NULL THEN version::pg_catalog.text OPERATOR(pg_catalog.<>) ALL ({}) \
         ELSE pg_catalog.concat(version, ' ', checksum) OPERATOR(pg_catalog.<>) ALL ({}) END THEN up_sql END",
        text_array(&versions),
        text_array(&pairs)
    )
}

fn text_array(literals: &[String]) -> String {
    format!("ARRAY[{}]::pg_catalog.text[]", literals.join(","))
}

fn is_code(error: &tokio_postgres::Error, code: &SqlState) -> bool {
    error.code() == Some(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_shown_to_the_second_as_iso_8601_writes_them() {
        for time in ["2026-01-31 12:00:00+00", "2026-01-31 12:00:00.123456+00"] {
            assert_eq!(without_fractions(time), "2026-01-31T12:00:00Z");
        }
        for odd in ["infinity", "-infinity", "0044-03-15 00:00:00+00 BC", "", "ä"] {
            assert_eq!(without_fractions(odd), odd);
        }
    }
}
