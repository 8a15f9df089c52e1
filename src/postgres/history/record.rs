//! Recording migrations as applied without running them.

use tokio_postgres::error::SqlState;

use super::{Asking, HistoryError, HistoryTable, NewRow, TableState};
use crate::migration::{Migration, Position, TransactionMode};
use crate::postgres::citus::Citus;

impl HistoryTable {
    /// Records migrations as applied, all of them or none, and makes the table where it is not there: in one transaction, so
    /// that a table without their rows is never left behind.
    ///
    /// # Errors
    /// [`HistoryError::Meddled`] when a row is not kept, as by a trigger; [`HistoryError::Sql`], [`HistoryError::Locked`].
    pub(in crate::postgres) async fn record(
        &self,
        asking: &Asking<'_>,
        state: TableState,
        citus: Citus,
        migrations: &[Migration],
    ) -> Result<(), HistoryError> {
        // Nothing runs that could replace the table.
        let oid = format!("{}::pg_catalog.regclass", self.literal());
        let row = |migration: &Migration| self.insert(migration, &oid, as_finished(migration));
        let rows: Vec<String> = migrations.iter().map(row).collect();
        match self.make_and(asking, state, citus, "written", &rows.join("; ")).await {
            Err(HistoryError::Sql { source, .. }) if source.is(&SqlState::DIVISION_BY_ZERO) => {
                Err(HistoryError::Meddled { table: self.to_string() })
            }
            written => written.map(drop),
        }
    }
}

/// What the row of a migration says that is wholly applied, except for how long it took.
fn as_finished(migration: &Migration) -> NewRow {
    match migration.up.mode() {
        TransactionMode::Transactional => NewRow::FinishedLater,
        TransactionMode::NonTransactional => NewRow::Begun(Position::Done(migration.up.statement_count())),
    }
}
