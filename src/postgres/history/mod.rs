//! The history table: what was applied, and how it is read and written.
//!
//! Everything goes by the simple query protocol, since named statements break behind a pooler that hands out a
//! server per transaction. The table is always addressed by its qualified name: a migration may change `search_path`.

mod elsewhere;
mod error;
mod filled;
#[cfg(feature = "inspect")]
mod made;
mod owner;
mod read;
mod record;
mod renumber;
mod shape;
mod write;

use std::fmt;
use std::time::Duration;

use postgres_protocol::escape::{escape_identifier, escape_literal};
use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, SimpleQueryRow};

pub use elsewhere::{OtherHistory, Takeover};
pub use error::HistoryError;
#[cfg(feature = "inspect")]
pub(in crate::postgres) use filled::tables_with_rows;
pub use filled::{Lost, LostSeed};
#[cfg(feature = "inspect")]
pub use made::{MadeNote, MadeRows};
pub use owner::{Stranger, StrangersPart};
pub use write::NewRow;

use super::citus::Citus;
use super::rows::rows;
use super::run::RESET;
use super::sql_error::SqlError;
use crate::connect::{AskedSettings, OFF_FOR_THE_TRANSACTION, Target};
use crate::migration::{AppliedMigration, Checksum, Version};

/// The name of a history table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryTable {
    schema: String,
    name: String,
    choice: Choice,
    writer: Writer,
    filled: Filled,
}

/// Whom the rows name, in `applied_by`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Writer {
    /// The role that everything is done as: the default of the column.
    CurrentRole,
    /// The role that logged in, since the session does everything as another one.
    Login,
}

/// Whether a row says which tables its half wrote to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Filled {
    /// It does not.
    Unknown,
    /// It does, in a column of its own.
    Noted,
}

/// Whether somebody named the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Choice {
    /// Nobody did. Where it is not there, the history may be in another one.
    Usual,
    /// Somebody did, and means it.
    Named,
}

/// What a reader of the history wants to know: the less it is, the faster it comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HistoryScope<'a> {
    /// What people are shown: when, by whom, how long.
    Shown,
    /// What a plan upwards is made from.
    Plan,
    /// What any plan is made from: also the texts of the down halves, except for versions that have a file, since the
    /// file's own is used then.
    PlanWithDown(&'a [&'a Version]),
    /// What was run, when and by whom: also the texts of the up halves, except those that have a file with this version
    /// and checksum.
    EffectiveMigrations(&'a [(&'a Version, &'a Checksum)]),
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
    /// Whether it is on Citus.
    pub citus: Citus,
    /// Whether indexes or constraints are missing that `pmdb fill` has put off.
    pub put_off: PutOffNote,
}

/// Whether the table is there that keeps what `pmdb fill` has put off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PutOffNote {
    /// It is not: nothing is missing.
    Absent,
    /// It is.
    Present,
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

/// How the table is asked.
pub(in crate::postgres) struct Asking<'a> {
    /// Whom.
    pub client: &'a Client,
    /// What each message begins with, so that it can be found in `pg_stat_activity`.
    pub mark: String,
    /// How long it may wait for a lock on the table: every session that comes after it waits too.
    pub lock_timeout: Duration,
    /// What the session should have; checked when the history is read.
    pub asked: AskedSettings,
}

impl Asking<'_> {
    /// What stands before every message that writes: its mark, a transaction that takes away what another client of a pooler may have
    /// left behind, and settings that hold to the end of the message, which is the end of the transaction after that.
    fn opening(&self) -> String {
        let (mark, reset) = (&self.mark, RESET.join("; "));
        format!("{mark} BEGIN; {reset}; COMMIT; SELECT {OFF_FOR_THE_TRANSACTION}, {}; ", self.settings())
    }

    /// How long to wait for a lock; and that the server refuses a query whose rows it would have to hide: a history with
    /// rows missing would be taken for the whole of it.
    fn settings(&self) -> String {
        format!(
            "pg_catalog.set_config('lock_timeout', '{}', true), pg_catalog.set_config('row_security', 'off', true)",
            self.lock_timeout.as_millis()
        )
    }
}

/// What could not be done when the history could not be read.
const READ: &str = "read";

impl HistoryTable {
    /// A table by its schema and name, as they are (no folding, no quotes). It is taken at its word: no other history is
    /// looked for where it is not there.
    pub fn new(schema: impl Into<String>, name: impl Into<String>) -> HistoryTable {
        HistoryTable {
            schema: schema.into(),
            name: name.into(),
            choice: Choice::Named,
            writer: Writer::CurrentRole,
            filled: Filled::Unknown,
        }
    }

    /// The usual table of migrations, `schema_migrations` in `public`. Where it is not there but another history is, reading
    /// it is an error: [`HistoryError::Elsewhere`].
    pub fn migrations() -> HistoryTable {
        HistoryTable { choice: Choice::Usual, ..HistoryTable::new("public", "schema_migrations") }
    }

    /// The usual table of seeds, `schema_seeds` in `public`, by the same rule.
    pub fn seeds() -> HistoryTable {
        HistoryTable { choice: Choice::Usual, ..HistoryTable::new("public", "schema_seeds") }
    }

    /// The same table, taken at its word.
    pub fn named(self) -> HistoryTable {
        HistoryTable { choice: Choice::Named, ..self }
    }

    /// Whether somebody named it.
    pub fn is_named(&self) -> bool {
        self.choice == Choice::Named
    }

    /// The schema, as it is.
    pub fn schema(&self) -> &str {
        &self.schema
    }

    /// The name, as it is.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The same table, whose rows say which tables their halves wrote to: as seeds do, whose rows go with their tables.
    pub fn noting_filled_tables(self) -> HistoryTable {
        HistoryTable { filled: Filled::Noted, ..self }
    }

    /// Whether its rows say that: those of seeds do.
    pub(super) fn is_of_seeds(&self) -> bool {
        self.filled == Filled::Noted
    }

    /// The same schema, another name; named by somebody if this one was.
    pub fn sibling(&self, name: &str) -> HistoryTable {
        HistoryTable { name: name.to_owned(), ..self.clone() }
    }

    /// The table beside this history that keeps what `pmdb fill` has put off.
    pub fn put_off(&self) -> HistoryTable {
        self.sibling("pmdb_put_off")
    }

    /// This history of migrations, and pmdb's other tables beside it: none of them is part of the schema.
    pub fn and_its_own(&self) -> [HistoryTable; 3] {
        let seeds = self.sibling("schema_seeds").noting_filled_tables();
        [self.clone(), seeds, self.put_off()]
    }

    /// The same table as a session on this target writes it.
    pub(super) fn written_by(self, target: &Target) -> HistoryTable {
        let writer = if target.role().is_some() { Writer::Login } else { Writer::CurrentRole };
        HistoryTable { writer, ..self }
    }

    /// Quoted and qualified, for SQL.
    pub(super) fn sql(&self) -> String {
        format!("{}.{}", escape_identifier(&self.schema), escape_identifier(&self.name))
    }

    /// Quoted and qualified, as a string literal, for `regclass`.
    pub(super) fn literal(&self) -> String {
        escape_literal(&self.sql())
    }

    /// A number of its own for the advisory lock of this table.
    pub fn lock_key(&self) -> i64 {
        self.number_of("history")
    }

    /// Another one for the job that runs its deferred backfills.
    pub(super) fn backfills_lock_key(&self) -> i64 {
        self.number_of("backfills")
    }

    fn number_of(&self, what: &str) -> i64 {
        use sha2::{Digest, Sha256};
        let digest = Sha256::digest(format!("pmdb {what} {}", self.sql()));
        digest.iter().take(8).fold(0_i64, |key, byte| (key << 8) | i64::from(*byte))
    }

    /// Whether the schema is the server's own: names that begin with `pg_` are, and temporary schemas end with the session.
    pub(crate) fn is_in_system_schema(&self) -> bool {
        self.schema.starts_with("pg_") || self.schema == "information_schema"
    }

    fn must_not_be_in_system_schema(&self) -> Result<(), HistoryError> {
        match self.is_in_system_schema() {
            true => Err(HistoryError::SystemSchema { table: self.clone() }),
            false => Ok(()),
        }
    }

    /// The rows of a message.
    async fn ask(
        &self,
        asking: &Asking<'_>,
        doing: &'static str,
        message: &str,
    ) -> Result<Vec<SimpleQueryRow>, HistoryError> {
        match rows(asking.client, message).await {
            Ok(rows) => Ok(rows),
            Err(error) => Err(self.failed(doing, error, asking).await),
        }
    }

    async fn failed(
        &self,
        doing: &'static str,
        error: tokio_postgres::Error,
        asking: &Asking<'_>,
    ) -> HistoryError {
        // The words are translated, the name of the server's function is not.
        let routine = error.as_db_error().and_then(tokio_postgres::error::DbError::routine);
        if routine == Some("check_enable_rls") {
            return HistoryError::RowSecurity { table: self.sql() };
        }
        let (table, source) = (self.to_string(), SqlError::from(error));
        if let Some(stranger) = self.stranger(&source, asking).await {
            return HistoryError::Strangers { table, stranger };
        }
        if source.is(&SqlState::LOCK_NOT_AVAILABLE) {
            return HistoryError::Locked { table, timeout: asking.lock_timeout, blockers: Vec::new() };
        }
        HistoryError::Sql { table, doing, source }
    }
}

impl PutOffNote {
    /// From a row with the column `put_off`.
    fn of(row: &SimpleQueryRow) -> PutOffNote {
        match row.try_get("put_off") {
            Ok(Some("t")) => PutOffNote::Present,
            _ => PutOffNote::Absent,
        }
    }
}

impl fmt::Display for HistoryTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.schema, self.name)
    }
}

/// The server takes any text for a setting of this kind. One that does not clearly say no protects.
pub(in crate::postgres) fn protection_of(setting: Option<&str>) -> Protection {
    match setting.map(|value| value.trim().to_ascii_lowercase()).as_deref() {
        None | Some("" | "off" | "false" | "no" | "0" | "f" | "n") => Protection::None,
        Some(_) => Protection::Protected,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_clearly_says_no_leaves_a_database_unprotected() {
        for no in [None, Some(""), Some("off"), Some("False"), Some("0")] {
            assert_eq!(protection_of(no), Protection::None, "{no:?}");
        }
        for yes in ["on", "TRUE", "t", "y", "1", "enabled"] {
            assert_eq!(protection_of(Some(yes)), Protection::Protected, "{yes}");
        }
    }
}
