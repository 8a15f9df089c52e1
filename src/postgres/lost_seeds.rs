//! Seeds whose rows went with their tables.

use super::event::Listener;
use super::history::{HistoryTable, LostSeed};
use super::history_access::HistoryAccess;
use super::migrator::Migrator;
use super::migrator_error::MigratorError;

impl Migrator {
    /// The seeds of which tables have been dropped since they filled them, if this is their history
    /// ([`HistoryTable::noting_filled_tables`]). Nothing is written.
    ///
    /// # Errors
    /// [`MigratorError::History`], [`MigratorError::Interrupted`].
    pub async fn lost_seeds(&self, listener: &mut dyn Listener) -> Result<Vec<LostSeed>, MigratorError> {
        self.history_access().lost(listener).await
    }

    /// The same for seeds whose history is another table than this migrator's.
    ///
    /// # Errors
    /// As [`Migrator::lost_seeds`].
    pub async fn lost_seeds_of(
        &self,
        table: &HistoryTable,
        listener: &mut dyn Listener,
    ) -> Result<Vec<LostSeed>, MigratorError> {
        HistoryAccess { table, ..self.history_access() }.lost(listener).await
    }

    /// Takes the seeds out of the history of which nothing is left, so that they are pending.
    ///
    /// # Errors
    /// [`MigratorError::History`], [`MigratorError::Interrupted`], [`MigratorError::Unconfirmed`].
    pub async fn forget_lost_seeds(
        &self,
        lost: &[LostSeed],
        listener: &mut dyn Listener,
    ) -> Result<(), MigratorError> {
        let (access, table) = (self.history_access(), self.history_table());
        let asking = access.asking();
        access.write(&asking, listener, table.write(&asking, &[table.forget_lost(lost)])).await
    }
}
