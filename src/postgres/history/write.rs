//! The statements that write the history. They travel inside the transaction of the half that they record.
//!
//! A role that may read the history need not know the secrets in files: they are masked in the texts. The checksum is
//! that of the text as it is.

use postgres_protocol::escape::escape_literal;

use super::{Asking, HistoryError, HistoryTable, Writer};
use crate::migration::{BackfillProgress, Direction, Half, Migration, Position, Version};

impl HistoryTable {
    /// One statement that records an applied migration, and returns how many milliseconds have passed since its message
    /// came. Should the file have replaced the table (its oid is another one then), it fails (division by zero), and
    /// with it the transaction.
    pub fn insert(&self, migration: &Migration, oid: &str, row: NewRow) -> String {
        let total = migration.up.statement_count();
        let null = || "NULL".to_owned();
        let (took, done, total) = match row {
            NewRow::FinishedFirst => (SINCE_MESSAGE, null(), null()),
            NewRow::FinishedLater => ("NULL", null(), null()),
            NewRow::Begun(position) => ("NULL", signed(Direction::Up, position), total.to_string()),
        };
        let [version, texts @ ..] = values(migration);
        let (applied_by, login) = self.login();
        format!(
            "WITH recorded AS (INSERT INTO {} (version, name, checksum, up_sql, down_sql, applied_at, execution_ms, \
             statements_done, statements_total{applied_by}) \
             VALUES ({}, {}, pg_catalog.clock_timestamp(), {took}, {done}, {total}{login}) RETURNING 1) \
             {SINCE_MESSAGE_IF_RECORDED}",
            self.sql(),
            self.if_it_is(oid, &version),
            texts.join(", "),
        )
    }

    /// What an INSERT adds to its columns and to its values, so that it names the role that logged in.
    fn login(&self) -> (&'static str, &'static str) {
        match self.writer {
            Writer::CurrentRole => ("", ""),
            Writer::Login => (", applied_by", ", session_user"),
        }
    }

    /// The version, if the table is still the one with this oid.
    fn if_it_is(&self, oid: &str, version: &str) -> String {
        format!(
            "CASE WHEN 1 OPERATOR(pg_catalog./) ({}::pg_catalog.regclass::pg_catalog.oid OPERATOR(pg_catalog.=) \
             {oid}::pg_catalog.oid)::pg_catalog.int4 IS NOT NULL THEN {version} END",
            self.literal()
        )
    }

    /// Makes a statement that records a migration as [`insert`](Self::insert) does for [`NewRow::FinishedLater`]. To plan
    /// that anew for each file takes the server longer than to carry it out. Should a file have replaced the table, the
    /// server plans it anew by itself (PostgreSQL manual, "PREPARE").
    pub fn prepare_insert(&self, name: &str, oid: &str) -> String {
        let (applied_by, login) = self.login();
        format!(
            "PREPARE {name} ({}) AS \
             WITH recorded AS (INSERT INTO {} (version, name, checksum, up_sql, down_sql, applied_at{applied_by}) \
             VALUES ({}, $2, $3, $4, $5, pg_catalog.clock_timestamp(){login}) RETURNING 1) \
             {SINCE_MESSAGE_IF_RECORDED}",
            ["pg_catalog.text"; 5].join(", "),
            self.sql(),
            self.if_it_is(oid, "$1"),
        )
    }

    /// Runs the statement of [`prepare_insert`](Self::prepare_insert).
    pub fn execute_insert(name: &str, migration: &Migration) -> String {
        format!("EXECUTE {name} ({})", values(migration).join(", "))
    }

    /// Adds how long migrations took that were not the first of their message: that is known when the answer has come.
    pub fn add_times(&self, times: &[(Version, u64)]) -> String {
        let times: Vec<String> = times
            .iter()
            .map(|(version, took)| format!("({}, {took})", escape_literal(version.as_str())))
            .collect();
        format!(
            "UPDATE {} AS history SET execution_ms = times.took FROM (VALUES {}) AS times (version, took) \
             WHERE history.version::pg_catalog.text OPERATOR(pg_catalog.=) times.version",
            self.sql(),
            times.join(", ")
        )
    }

    /// One statement that takes the row of an undone migration out. It fails (division by zero) when there is no such
    /// row, so that nothing is undone twice.
    pub fn delete(&self, version: &Version) -> String {
        format!(
            "WITH recorded AS (DELETE FROM {} WHERE {} RETURNING 1) {FAILS_UNLESS_RECORDED}",
            self.sql(),
            is_version(version)
        )
    }

    /// A query that tells how many of these, which are to be applied or to be undone, are done and committed, in a column
    /// `counted`.
    pub fn count_done(&self, direction: Direction, versions: &[&Version]) -> String {
        let list: Vec<String> = versions.iter().map(|version| escape_literal(version.as_str())).collect();
        let are_there = format!(
            "FROM {} WHERE version::pg_catalog.text OPERATOR(pg_catalog.=) ANY (ARRAY[{}])",
            self.sql(),
            list.join(", ")
        );
        match direction {
            Direction::Up => {
                format!("SELECT pg_catalog.count(*) AS counted {are_there} AND statements_done IS NULL")
            }
            Direction::Down => format!(
                "SELECT {}::pg_catalog.int8 OPERATOR(pg_catalog.-) pg_catalog.count(*) AS counted {are_there}",
                versions.len()
            ),
        }
    }

    /// Takes out the row of a half that was begun and has nothing done.
    pub fn delete_begun(&self, version: &Version) -> String {
        format!(
            "DELETE FROM {} WHERE {} AND statements_done OPERATOR(pg_catalog.=) 0",
            self.sql(),
            is_version(version)
        )
    }

    /// Renews the row of a half-applied migration from its file, which may have been corrected since. It fails (division by
    /// zero) when the row is gone or another run has recorded something else.
    pub fn resume_up(
        &self,
        version: &Version,
        migration: &Migration,
        before: Position,
        now: Position,
    ) -> String {
        format!(
            "WITH recorded AS (UPDATE {} SET checksum = {}, up_sql = {}, down_sql = {}, statements_done = {}, \
             statements_total = {} WHERE {} RETURNING 1) {}",
            self.sql(),
            escape_literal(migration.checksum.as_str()),
            escape_literal(&migration.up.masked_sql()),
            down_literal(migration),
            signed(Direction::Up, now),
            migration.up.statement_count(),
            stands(version, Direction::Up, before),
            FAILS_UNLESS_RECORDED,
        )
    }

    /// Begins a down half outside a transaction, or renews one that stood at `before`. It fails (division by zero) when the
    /// row is gone or another run has recorded something else.
    pub fn begin_down(
        &self,
        version: &Version,
        half: &Half,
        before: Option<Position>,
        now: Position,
    ) -> String {
        let condition = match before {
            None => {
                format!("{} AND coalesce(statements_total, 0) OPERATOR(pg_catalog.>=) 0", is_version(version))
            }
            Some(before) => stands(version, Direction::Down, before),
        };
        format!(
            "WITH recorded AS (UPDATE {} SET down_sql = {}, statements_done = {}, statements_total = -{} \
             WHERE {condition} RETURNING 1) {FAILS_UNLESS_RECORDED}",
            self.sql(),
            escape_literal(&half.masked_sql()),
            signed(Direction::Down, now),
            half.statement_count(),
        )
    }

    /// Records where a half stands now. It fails (division by zero) when the row is gone or says something else than that
    /// the half stood at `before`: then another runner is at work, and the transaction that this travels in must not
    /// commit.
    pub fn progress(
        &self,
        version: &Version,
        direction: Direction,
        before: Position,
        now: Position,
    ) -> String {
        format!(
            "WITH recorded AS (UPDATE {} SET statements_done = {} WHERE {} RETURNING 1) {FAILS_UNLESS_RECORDED}",
            self.sql(),
            signed(direction, now),
            stands(version, direction, before),
        )
    }

    /// Records how far a backfill has come, or that it has come to its end: after the last batch. It fails (division by
    /// zero) when the row is gone or says something else than `before`: then another runner has done this batch, and the
    /// transaction that this travels in must not commit.
    pub fn batch_done(
        &self,
        version: &Version,
        before: Option<&BackfillProgress>,
        now: &BackfillProgress,
        position: Position,
    ) -> String {
        let direction = now.direction;
        let stood = match before {
            Some(before) => format!("backfill OPERATOR(pg_catalog.=) {}", jsonb(before)),
            None => format!(
                "coalesce(backfill OPERATOR(pg_catalog.->>) 'direction', '') OPERATOR(pg_catalog.<>) '{direction}'"
            ),
        };
        format!(
            "WITH recorded AS (UPDATE {} SET statements_done = {}, backfill = {} WHERE {} AND {stood} RETURNING 1) \
             {FAILS_UNLESS_RECORDED}",
            self.sql(),
            signed(direction, position),
            jsonb(now),
            stands(version, direction, Position::Done(0)),
        )
    }

    /// Records that an up half outside a transaction is done. It fails (division by zero) when the row is gone.
    pub fn finish_up(&self, version: &Version, milliseconds: u128) -> String {
        format!(
            "WITH recorded AS (UPDATE {} SET statements_done = statements_total, applied_at = pg_catalog.now(), \
             execution_ms = coalesce(execution_ms, 0) OPERATOR(pg_catalog.+) {milliseconds}::pg_catalog.int8 \
             WHERE {} RETURNING 1) {FAILS_UNLESS_RECORDED}",
            self.sql(),
            is_version(version)
        )
    }

    /// Runs statements that write the history, in one transaction: without a BEGIN, those of one message are one.
    ///
    /// # Errors
    /// [`HistoryError::Sql`], [`HistoryError::Locked`].
    pub(in crate::postgres) async fn write(
        &self,
        asking: &Asking<'_>,
        statements: &[String],
    ) -> Result<(), HistoryError> {
        let message = asking.opening() + &self.trusted_to_write() + &statements.join("; ");
        self.ask(asking, WRITTEN, &message).await.map(drop)
    }

    /// Takes a file as it is now for what was run, and gives back the text that was.
    ///
    /// # Errors
    /// [`HistoryError::Sql`], [`HistoryError::Locked`].
    pub(in crate::postgres) async fn accept(
        &self,
        asking: &Asking<'_>,
        version: &Version,
        migration: &Migration,
    ) -> Result<Option<String>, HistoryError> {
        let is_version = is_version(version);
        let query = format!(
            "{}{}WITH before AS (SELECT up_sql FROM {table} WHERE {is_version}) \
             UPDATE {table} SET name = {}, checksum = {}, up_sql = {}, down_sql = {} FROM before \
             WHERE {is_version} RETURNING before.up_sql",
            asking.opening(),
            self.trusted_to_write(),
            escape_literal(&migration.name),
            escape_literal(migration.checksum.as_str()),
            escape_literal(&migration.up.masked_sql()),
            down_literal(migration),
            table = self.sql(),
        );
        let rows = self.ask(asking, WRITTEN, &query).await?;
        // The first row is that of the opening.
        Ok(rows.get(1).and_then(|row| row.get(0)).map(str::to_owned))
    }
}

/// What could not be done when the history could not be written.
const WRITTEN: &str = "written";

/// What a new row says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NewRow {
    /// The whole half ran in this transaction, the first of its message.
    FinishedFirst,
    /// The whole half ran in this transaction, after others in the same message.
    FinishedLater,
    /// The half runs outside a transaction.
    Begun(Position),
}

/// `now()` is the moment at which the message came that began the transaction.
const SINCE_MESSAGE: &str = "(extract(epoch FROM pg_catalog.clock_timestamp() OPERATOR(pg_catalog.-) pg_catalog.now()) \
     OPERATOR(pg_catalog.*) 1000::pg_catalog.numeric)::pg_catalog.int8";

/// After `WITH recorded AS (INSERT … RETURNING 1)`: fails (division by zero) where the row was not kept, as by a trigger.
const SINCE_MESSAGE_IF_RECORDED: &str = "SELECT (extract(epoch FROM pg_catalog.clock_timestamp() OPERATOR(pg_catalog.-) pg_catalog.now()) \
     OPERATOR(pg_catalog.*) 1000::pg_catalog.numeric)::pg_catalog.int8, \
    1::pg_catalog.int8 OPERATOR(pg_catalog./) pg_catalog.count(*) FROM recorded";

/// After `WITH recorded AS (UPDATE … RETURNING 1)`, or a DELETE.
pub(super) const FAILS_UNLESS_RECORDED: &str =
    "SELECT 1::pg_catalog.int8 OPERATOR(pg_catalog./) pg_catalog.count(*) FROM recorded";

pub(super) fn is_version(version: &Version) -> String {
    format!("version::pg_catalog.text OPERATOR(pg_catalog.=) {}", escape_literal(version.as_str()))
}

fn stands(version: &Version, direction: Direction, at: Position) -> String {
    format!("{} AND statements_done OPERATOR(pg_catalog.=) ({})", is_version(version), signed(direction, at))
}

fn jsonb(progress: &BackfillProgress) -> String {
    // Text and numbers alone can always be written.
    let json = serde_json::to_string(progress).unwrap_or_default();
    format!("{}::pg_catalog.jsonb", escape_literal(&json))
}

/// A down half is written with negative numbers: the table has one pair of columns for both halves. While a statement is in
/// flight, the number of those before it plus one has the other sign: `read.rs` is the way back.
fn signed(direction: Direction, position: Position) -> String {
    match (direction, position) {
        (Direction::Up, Position::Done(done)) => done.to_string(),
        (Direction::Down, Position::Done(done)) => format!("-{done}"),
        (Direction::Up, Position::InFlight(done)) => format!("-{}", done + 1),
        (Direction::Down, Position::InFlight(done)) => (done + 1).to_string(),
    }
}

/// Version, name, checksum, up half and down half, as literals.
fn values(migration: &Migration) -> [String; 5] {
    [
        escape_literal(migration.version.as_str()),
        escape_literal(&migration.name),
        escape_literal(migration.checksum.as_str()),
        escape_literal(&migration.up.masked_sql()),
        down_literal(migration),
    ]
}

fn down_literal(migration: &Migration) -> String {
    match &migration.down {
        Some(down) if down.statement_count() > 0 => escape_literal(&down.masked_sql()),
        _ => "NULL".to_owned(),
    }
}
