//! Who writes to the table when a backfill begins. A row that is inserted, but not committed, is not among those that the backfill
//! goes up to, and it may go past such a row.

use std::collections::BTreeSet;

use postgres_protocol::escape::escape_literal;
use tokio_postgres::SimpleQueryRow;

/// The open transactions that have written to a table, as the server numbers them. Prepared ones are among them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Writers(BTreeSet<String>);

impl Writers {
    /// From the rows of [`writers_query`].
    pub fn of(rows: &[SimpleQueryRow]) -> Writers {
        // What comes before has no such column.
        Writers(
            rows.iter().filter_map(|row| row.try_get("writer").ok().flatten()).map(str::to_owned).collect(),
        )
    }

    /// Those of them that are among the others as well.
    pub fn still_among(&self, others: &Writers) -> Writers {
        Writers(self.0.intersection(&others.0).cloned().collect())
    }

    /// How many.
    pub fn count(&self) -> usize {
        self.0.len()
    }
}

/// A query for the [`Writers`] of a table, which is quoted and has its schema.
pub fn writers_query(table: &str) -> String {
    include_str!("sql/writers.sql").replace("$TABLE", escape_literal(table).trim_start())
}
