//! The other truth beside the files: a row of the history table.

use super::{BackfillProgress, Direction, Migration, Version};

/// One row of the history table, as it was read. The texts `up_sql` and `down_sql` are only there where a plan
/// needs them, so that a long history stays cheap to read.
#[derive(Debug, Clone)]
pub struct AppliedMigration {
    /// The version, written as the row has it.
    pub version: Version,
    /// The name; `None` in a row that another tool wrote.
    pub name: Option<String>,
    /// Hex SHA-256 over the tokens of the up half; `None` in a row that another tool wrote.
    pub checksum: Option<String>,
    /// When it was applied, in UTC, as `2026-01-31T12:00:00Z`.
    pub applied_at: Option<String>,
    /// The role that applied it.
    pub applied_by: Option<String>,
    /// How long it took, in milliseconds.
    pub execution_ms: Option<i64>,
    /// Set while a half outside a transaction is not finished.
    pub progress: Option<Progress>,
    /// Whether the row holds a down half.
    pub has_stored_down: StoredDown,
    /// The text of the up half that ran, marker line included, where it was asked for and the history has it.
    pub stored_up: Option<String>,
}

/// What a row knows of the down half.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoredDown {
    /// The row has none.
    None,
    /// The row has one, but its text was not read.
    Unread,
    /// Its text, marker line included.
    Text(String),
}

/// How far a half outside a transaction has come.
#[derive(Debug, Clone)]
pub struct Progress {
    /// Which half is under way.
    pub direction: Direction,
    /// Statements that are done.
    pub done: usize,
    /// Whether the statement after them was running: then it may have taken effect, and nobody has recorded it.
    pub in_flight: bool,
    /// Statements in all, when the half was last begun.
    pub total: usize,
    /// The text of the half as it was when its statements ran, marker line included.
    pub sql: Option<String>,
    /// How far it has come, where it is a backfill.
    pub backfill: Option<BackfillProgress>,
}

/// Where a half outside a transaction stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Position {
    /// This many statements are done, and none is running.
    Done(usize),
    /// This many are done, and the one after them is running, or was when the run broke off.
    InFlight(usize),
}

impl Position {
    /// Statements that are done.
    pub fn done(self) -> usize {
        match self {
            Position::Done(done) | Position::InFlight(done) => done,
        }
    }
}

impl Progress {
    /// Where the half stands.
    pub fn position(&self) -> Position {
        match self.in_flight {
            true => Position::InFlight(self.done),
            false => Position::Done(self.done),
        }
    }

    /// The same in words: `1 of 3 statements`, of a backfill `1000 rows`.
    pub fn so_far(&self) -> String {
        match &self.backfill {
            Some(backfill) => format!("{} rows", backfill.rows),
            None => format!("{} of {} statements", self.done, self.total),
        }
    }
}

impl AppliedMigration {
    /// What the history says of a migration that has just been applied, as far as plans are made from it.
    pub fn of(migration: &Migration) -> AppliedMigration {
        AppliedMigration {
            version: migration.version.clone(),
            name: Some(migration.name.clone()),
            checksum: Some(migration.checksum.as_str().to_owned()),
            applied_at: None,
            applied_by: None,
            execution_ms: None,
            progress: None,
            has_stored_down: if migration.is_reversible() { StoredDown::Unread } else { StoredDown::None },
            stored_up: None,
        }
    }

    /// The row's own name, if it has one and that is another one than this.
    pub fn other_name_than(&self, name: &str) -> Option<&str> {
        self.name.as_deref().filter(|own| !own.is_empty() && *own != name)
    }

    /// The name to show: the row's own, or nothing.
    pub fn shown_name(&self) -> &str {
        self.name.as_deref().unwrap_or("")
    }
}

/// Where a migration stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// In the history, and the file is the one that ran.
    Applied,
    /// Not in the history.
    Pending,
    /// Not in the history, and a backfill that `up` passes.
    Deferred,
    /// Not in the history, though a newer one is.
    #[serde(rename = "late")]
    OutOfOrder,
    /// In the history, but the up half of the file differs from what ran.
    Changed,
    /// In the history, but there is no file.
    #[serde(rename = "file_missing")]
    Missing,
    /// In the history under another number, which the file had when it was applied.
    Renumbered,
    /// Some statements of the up half ran, not all.
    #[serde(rename = "half_applied")]
    PartiallyApplied,
    /// Some statements of the down half ran, not all.
    #[serde(rename = "half_undone")]
    PartiallyReverted,
}

impl State {
    /// The word for people.
    pub fn word(self) -> &'static str {
        match self {
            State::Applied => "applied",
            State::Pending => "pending",
            State::Deferred => "deferred",
            State::OutOfOrder => "late",
            State::Changed => "changed",
            State::Missing => "file missing",
            State::Renumbered => "renumbered",
            State::PartiallyApplied => "half applied",
            State::PartiallyReverted => "half undone",
        }
    }

    /// Whether `up` still has something to do for it.
    pub fn is_pending(self) -> bool {
        matches!(
            self,
            State::Pending | State::OutOfOrder | State::PartiallyApplied | State::PartiallyReverted
        )
    }
}
