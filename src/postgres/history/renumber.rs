//! Giving rows of the history other versions.

use postgres_protocol::escape::escape_literal;
use tokio_postgres::error::SqlState;

use super::{Asking, HistoryError, HistoryTable};
use crate::migration::Renumbering;

/// What a version begins with while its row is on the way: no version of a file does.
const ON_THE_WAY: &str = "renumbered ";

impl HistoryTable {
    /// Gives rows other versions, all of them or none. They may take each other's: so each first gets a version that no
    /// file can have, since the primary key is checked row by row.
    ///
    /// # Errors
    /// [`HistoryError::Meddled`] when a row is gone, [`HistoryError::Sql`].
    pub(in crate::postgres) async fn renumber(
        &self,
        asking: &Asking<'_>,
        renumberings: &[Renumbering],
    ) -> Result<(), HistoryError> {
        let mut statements = Vec::new();
        for Renumbering { from, .. } in renumberings {
            let on_the_way = escape_literal(&format!("{ON_THE_WAY}{from}"));
            statements.push(self.set(&format!("version = {on_the_way}"), from.as_str()));
        }
        for Renumbering { from, to, name, .. } in renumberings {
            let (to, name) = (escape_literal(to.as_str()), escape_literal(name));
            statements
                .push(self.set(&format!("version = {to}, name = {name}"), &format!("{ON_THE_WAY}{from}")));
        }
        match self.write(asking, &statements).await {
            Err(HistoryError::Sql { source, .. }) if source.is(&SqlState::DIVISION_BY_ZERO) => {
                Err(HistoryError::Meddled { table: self.to_string() })
            }
            written => written,
        }
    }

    /// Changes the row of a version. It fails (division by zero) when there is none.
    fn set(&self, values: &str, version: &str) -> String {
        format!(
            "WITH changed AS (UPDATE {} SET {values} WHERE version::pg_catalog.text OPERATOR(pg_catalog.=) {} RETURNING 1) \
             SELECT 1 OPERATOR(pg_catalog./) pg_catalog.count(*) FROM changed",
            self.sql(),
            escape_literal(version)
        )
    }
}
