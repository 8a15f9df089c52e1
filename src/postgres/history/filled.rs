//! Which tables a seed has filled, and whether they are still there.
//!
//! They are noted in the transaction that fills them: the server says which tables the transaction has locked to write to
//! them. A table is known by its OID, so that one of the same name that was made later is another one. The first OID in a row
//! is that of the history table itself: in a restored copy of the database all have other OIDs, and nothing is known.

use tokio_postgres::error::SqlState;

use super::{Asking, Filled, HistoryError, HistoryTable, READ};
use crate::migration::Version;
use crate::postgres::rows::rows;

/// A seed some of whose tables have been dropped since.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LostSeed {
    /// Its version.
    pub version: Version,
    /// Its name.
    pub name: String,
    /// How much of it.
    pub lost: Lost,
}

impl LostSeed {
    /// As in "seed 0001 users, seed 0002 posts".
    pub fn list(seeds: &[LostSeed]) -> String {
        let name = |seed: &LostSeed| format!("seed {} {}", seed.version, seed.name);
        seeds.iter().map(name).collect::<Vec<_>>().join(", ")
    }
}

/// How many of the tables that a seed has filled are gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lost {
    /// All: nothing is left of it.
    All,
    /// Some.
    Part,
}

impl HistoryTable {
    /// The statement that notes which tables this transaction has written to. `None` where that is not noted.
    pub fn note_filled(&self, version: &Version) -> Option<String> {
        (self.filled == Filled::Noted).then(|| {
            format!(
                "UPDATE {table} SET filled_tables = coalesce(filled_tables, ARRAY[{own}]) OPERATOR(pg_catalog.||) ARRAY( \
                 SELECT l.relation FROM pg_catalog.pg_locks l \
                 JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) l.relation \
                 WHERE l.pid OPERATOR(pg_catalog.=) pg_catalog.pg_backend_pid() \
                 AND l.locktype OPERATOR(pg_catalog.=) 'relation'::pg_catalog.text \
                 AND l.mode OPERATOR(pg_catalog.=) 'RowExclusiveLock'::pg_catalog.text \
                 AND (c.relkind OPERATOR(pg_catalog.=) 'r'::pg_catalog.\"char\" \
                 OR c.relkind OPERATOR(pg_catalog.=) 'p'::pg_catalog.\"char\") \
                 AND c.relpersistence OPERATOR(pg_catalog.<>) 't'::pg_catalog.\"char\" \
                 AND c.oid OPERATOR(pg_catalog.>=) 16384::pg_catalog.oid \
                 AND c.oid OPERATOR(pg_catalog.<>) {own} \
                 AND NOT c.oid OPERATOR(pg_catalog.=) ANY (coalesce(filled_tables, ARRAY[{own}]))) \
                 WHERE version::pg_catalog.text OPERATOR(pg_catalog.=) {version}",
                table = self.sql(),
                own = self.own_oid(),
                version = postgres_protocol::escape::escape_literal(version.as_str()),
            )
        })
    }

    /// The seeds that have lost tables, lowest version first. None where there is no table, or one that does not say.
    ///
    /// # Errors
    /// [`HistoryError::Sql`], [`HistoryError::Locked`], [`HistoryError::Strangers`].
    pub(in crate::postgres) async fn lost(&self, asking: &Asking<'_>) -> Result<Vec<LostSeed>, HistoryError> {
        let query = format!(
            "{}{}SELECT version::pg_catalog.text AS seed, name, {ALL_GONE} AS all_gone FROM {} WHERE {} AND {SOME_GONE}",
            asking.opening(),
            self.trusted_to_read(),
            self.sql(),
            self.knows(),
        );
        let answers = match rows(asking.client, &query).await {
            Ok(answers) => answers,
            Err(error) if error.code().is_some_and(|code| NOT_THERE.contains(code)) => return Ok(Vec::new()),
            Err(error) => return Err(self.failed(READ, error, asking).await),
        };
        let seeds =
            answers.iter().filter(|row| row.columns().first().is_some_and(|column| column.name() == "seed"));
        let mut lost = Vec::new();
        for row in seeds {
            let text = row.get("seed").unwrap_or_default();
            lost.push(LostSeed {
                version: self.version_of(text)?,
                name: row.get("name").unwrap_or_default().to_owned(),
                lost: if row.get("all_gone") == Some("t") { Lost::All } else { Lost::Part },
            });
        }
        lost.sort_by(|one, other| one.version.cmp(&other.version));
        Ok(lost)
    }

    /// The statement that takes seeds out of the history of which nothing is left.
    pub(in crate::postgres) fn forget_lost(&self) -> String {
        format!("DELETE FROM {} WHERE {} AND {SOME_GONE} AND {ALL_GONE}", self.sql(), self.knows())
    }

    /// Whether the OIDs in a row are those of this database.
    fn knows(&self) -> String {
        format!("filled_tables[1] OPERATOR(pg_catalog.=) {}", self.own_oid())
    }

    fn own_oid(&self) -> String {
        format!("{}::pg_catalog.regclass::pg_catalog.oid", self.literal())
    }
}

/// The table, its schema, or the column.
const NOT_THERE: [SqlState; 3] =
    [SqlState::UNDEFINED_TABLE, SqlState::INVALID_SCHEMA_NAME, SqlState::UNDEFINED_COLUMN];

const ALL_GONE: &str = "NOT EXISTS (SELECT FROM pg_catalog.unnest(filled_tables[2:]) AS noted (table_oid) \
     JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) noted.table_oid)";

const SOME_GONE: &str = "EXISTS (SELECT FROM pg_catalog.unnest(filled_tables[2:]) AS noted (table_oid) \
     WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.oid OPERATOR(pg_catalog.=) noted.table_oid))";
