//! Which rows the comments of a seed have made, beside those of its statements.
//!
//! They are noted in the transaction that copies them, as `100000 public.tasks`, in a column that is there once a seed has
//! asked for rows.

use postgres_protocol::escape::escape_literal;

use super::write::{FAILS_UNLESS_RECORDED, is_version};
use super::{Asking, HistoryError, HistoryTable, READ};
use crate::migration::Version;

/// Rows that a comment of a seed has made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MadeRows {
    /// The version of the seed.
    pub version: Version,
    /// The table, quoted and qualified.
    pub table: String,
    /// How many.
    pub rows: u64,
}

/// What is noted of the rows that seeds have made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MadeNote {
    /// There is no column for that yet.
    NoColumn,
    /// This.
    Rows(Vec<MadeRows>),
}

impl MadeNote {
    /// All rows that were made.
    pub fn rows(&self) -> &[MadeRows] {
        match self {
            MadeNote::NoColumn => &[],
            MadeNote::Rows(rows) => rows,
        }
    }
}

impl HistoryTable {
    /// Reads which rows the seeds have made.
    ///
    /// # Errors
    /// [`HistoryError::Sql`], [`HistoryError::Locked`], [`HistoryError::Strangers`].
    pub(in crate::postgres) async fn made(&self, asking: &Asking<'_>) -> Result<MadeNote, HistoryError> {
        let has_column = format!(
            "{}SELECT EXISTS (SELECT FROM pg_catalog.pg_attribute \
             WHERE attrelid OPERATOR(pg_catalog.=) pg_catalog.to_regclass({}) \
             AND attname OPERATOR(pg_catalog.=) 'filled_rows'::pg_catalog.name) AS has_column",
            asking.opening(),
            self.literal()
        );
        let answer = self.ask(asking, READ, &has_column).await?;
        if !answer.iter().any(|row| row.try_get("has_column").ok().flatten() == Some("t")) {
            return Ok(MadeNote::NoColumn);
        }
        let query = format!(
            "{}{}SELECT version::pg_catalog.text AS seed, noted.entry FROM {} CROSS JOIN \
             pg_catalog.unnest(filled_rows) WITH ORDINALITY AS noted (entry, place) ORDER BY noted.place",
            asking.opening(),
            self.trusted_to_read(),
            self.sql(),
        );
        let answers = self.ask(asking, READ, &query).await?;
        let mut made = Vec::new();
        for row in &answers {
            let (Ok(Some(seed)), Ok(Some(entry))) = (row.try_get("seed"), row.try_get("entry")) else {
                continue;
            };
            let Some((rows, table)) = entry.split_once(' ') else { continue };
            let (version, table) = (self.version_of(seed)?, table.to_owned());
            made.push(MadeRows { version, table, rows: rows.parse().unwrap_or(0) });
        }
        Ok(MadeNote::Rows(made))
    }

    /// The statement that makes room for such notes.
    pub(in crate::postgres) fn add_room_for_made(&self) -> String {
        format!("ALTER TABLE {} ADD COLUMN IF NOT EXISTS filled_rows pg_catalog.text[]", self.sql())
    }

    /// Statements that note, in the transaction that has made them, that a seed has made rows. They fail (division by zero)
    /// when its row is gone: then somebody has taken the seed out meanwhile, and nothing may commit.
    pub fn note_made(&self, version: &Version, table: &str, rows: u64) -> String {
        let noted = format!(
            "{}WITH recorded AS (UPDATE {} SET filled_rows = \
             pg_catalog.array_append(coalesce(filled_rows, ARRAY[]::pg_catalog.text[]), {}::pg_catalog.text) WHERE {} \
             RETURNING 1) {FAILS_UNLESS_RECORDED}",
            self.trusted_to_write(),
            self.sql(),
            escape_literal(&format!("{rows} {table}")),
            is_version(version),
        );
        match self.note_filled(version) {
            Some(filled) => format!("{noted}; {filled}"),
            None => noted,
        }
    }
}
