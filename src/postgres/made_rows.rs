//! The rows that comments of seeds have made, in the history of the seeds and in the tables.

use super::event::Listener;
use super::history::{MadeNote, tables_with_rows};
use super::migrator::Migrator;
use super::migrator_error::MigratorError;

impl Migrator {
    /// Which rows comments of seeds have made, if this is their history. Nothing is written.
    ///
    /// # Errors
    /// [`MigratorError::History`], [`MigratorError::Interrupted`].
    pub async fn made_rows(&self, listener: &mut dyn Listener) -> Result<MadeNote, MigratorError> {
        let access = self.history_access();
        let asking = access.asking();
        access.ask(&asking, listener, self.history_table().made(&asking)).await
    }

    /// Makes room in the history for notes of such rows.
    ///
    /// # Errors
    /// [`MigratorError::History`], [`MigratorError::Interrupted`], [`MigratorError::Unconfirmed`].
    pub async fn make_room_for_made_rows(&self, listener: &mut dyn Listener) -> Result<(), MigratorError> {
        let access = self.history_access();
        let asking = access.asking();
        access
            .write(
                &asking,
                listener,
                self.history_table().write(&asking, &[self.history_table().add_room_for_made()]),
            )
            .await
    }

    /// Those of these tables, quoted and qualified, that are there and have rows.
    ///
    /// # Errors
    /// [`MigratorError::Interrupted`].
    pub async fn tables_with_rows(
        &self,
        tables: &[&str],
        listener: &mut dyn Listener,
    ) -> Result<Vec<String>, MigratorError> {
        let access = self.history_access();
        let asking = access.asking();
        let looking = async { Ok(tables_with_rows(&asking, tables).await) };
        access.ask(&asking, listener, looking).await
    }
}
