//! Which tables a seed has filled, and whether they are still there.
//!
//! They are noted in the transaction that fills them: the server says which tables the transaction has locked to write to
//! them, as `16412 public.users`. A table is known by its OID, so that one of the same name that was made later is another
//! one; but where that one has rows, a migration has moved them there, and nothing is gone. The first OID in a row is that of
//! the history table itself: in a restored copy of the database all have other OIDs, and nothing is known.

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
                 SELECT pg_catalog.format('%s %I.%I', c.oid, n.nspname, c.relname) FROM pg_catalog.pg_locks l \
                 JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) l.relation \
                 JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace \
                 WHERE l.pid OPERATOR(pg_catalog.=) pg_catalog.pg_backend_pid() \
                 AND l.locktype OPERATOR(pg_catalog.=) 'relation'::pg_catalog.text \
                 AND l.mode OPERATOR(pg_catalog.=) 'RowExclusiveLock'::pg_catalog.text \
                 AND (c.relkind OPERATOR(pg_catalog.=) 'r'::pg_catalog.\"char\" \
                 OR c.relkind OPERATOR(pg_catalog.=) 'p'::pg_catalog.\"char\") \
                 AND c.relpersistence OPERATOR(pg_catalog.<>) 't'::pg_catalog.\"char\" \
                 AND c.oid OPERATOR(pg_catalog.>=) 16384::pg_catalog.oid \
                 AND c.oid::pg_catalog.text OPERATOR(pg_catalog.<>) {own} \
                 AND NOT EXISTS (SELECT FROM pg_catalog.unnest(filled_tables) AS noted (entry) \
                 WHERE {OID_OF_ENTRY} OPERATOR(pg_catalog.=) c.oid)) \
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
            "{}{}SELECT version::pg_catalog.text AS seed, name, pg_catalog.cardinality(filled_tables) AS noted, {GONE} AS gone \
             FROM {} WHERE {} AND {SOME_GONE}",
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
            // The first entry is no table.
            let noted = row
                .get("noted")
                .and_then(|count| count.parse::<usize>().ok())
                .unwrap_or_default()
                .saturating_sub(1);
            let mut gone = 0;
            for table in row.get("gone").unwrap_or_default().lines() {
                gone += usize::from(!has_rows(asking, table).await);
            }
            if gone > 0 {
                lost.push(LostSeed {
                    version: self.version_of(text)?,
                    name: row.get("name").unwrap_or_default().to_owned(),
                    lost: if gone == noted { Lost::All } else { Lost::Part },
                });
            }
        }
        lost.sort_by(|one, other| one.version.cmp(&other.version));
        Ok(lost)
    }

    /// The statement that takes seeds out of the history of which nothing is left.
    pub(in crate::postgres) fn forget_lost(&self, lost: &[LostSeed]) -> String {
        let versions: Vec<String> = lost
            .iter()
            .filter(|seed| seed.lost == Lost::All)
            .map(|seed| postgres_protocol::escape::escape_literal(seed.version.as_str()))
            .collect();
        format!(
            "DELETE FROM {} WHERE {} AND {SOME_GONE} AND version::pg_catalog.text OPERATOR(pg_catalog.=) \
             ANY (ARRAY[{}]::pg_catalog.text[])",
            self.sql(),
            self.knows(),
            versions.join(", ")
        )
    }

    /// Whether the OIDs in a row are those of this database.
    fn knows(&self) -> String {
        format!("filled_tables[1] OPERATOR(pg_catalog.=) {}", self.own_oid())
    }

    fn own_oid(&self) -> String {
        format!("{}::pg_catalog.regclass::pg_catalog.oid::pg_catalog.text", self.literal())
    }
}

/// The table, its schema, or the column.
const NOT_THERE: [SqlState; 3] =
    [SqlState::UNDEFINED_TABLE, SqlState::INVALID_SCHEMA_NAME, SqlState::UNDEFINED_COLUMN];

/// The OID of an entry.
const OID_OF_ENTRY: &str = "pg_catalog.split_part(noted.entry, ' ', 1)::pg_catalog.oid";

/// The names of the tables that are gone, a line each.
const GONE: &str = "(SELECT pg_catalog.string_agg(pg_catalog.substr(noted.entry, pg_catalog.strpos(noted.entry, ' ') \
     OPERATOR(pg_catalog.+) 1), E'\\n') FROM pg_catalog.unnest(filled_tables[2:]) AS noted (entry) \
     WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.oid OPERATOR(pg_catalog.=) \
     pg_catalog.split_part(noted.entry, ' ', 1)::pg_catalog.oid))";

const SOME_GONE: &str = "EXISTS (SELECT FROM pg_catalog.unnest(filled_tables[2:]) AS noted (entry) \
     WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.oid OPERATOR(pg_catalog.=) \
     pg_catalog.split_part(noted.entry, ' ', 1)::pg_catalog.oid))";

/// Whether there is a table of this name, and something in it. One that cannot be looked into may hold anything.
async fn has_rows(asking: &Asking<'_>, table: &str) -> bool {
    let query = format!("{}SELECT EXISTS (SELECT 1 FROM {table}) AS has_rows", asking.opening());
    match rows(asking.client, &query).await {
        Ok(answers) => answers.iter().any(|row| row.try_get("has_rows").ok().flatten() == Some("t")),
        Err(error) => !error.code().is_some_and(|code| NOT_THERE.contains(code)),
    }
}

/// Those of these tables, quoted and qualified, that are there and have rows.
#[cfg(feature = "inspect")]
pub(in crate::postgres) async fn tables_with_rows(asking: &Asking<'_>, tables: &[&str]) -> Vec<String> {
    let mut with_rows = Vec::new();
    for table in tables {
        if has_rows(asking, table).await {
            with_rows.push((*table).to_owned());
        }
    }
    with_rows
}
