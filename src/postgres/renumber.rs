//! Gives applied migrations other numbers, as their files have them now.

use super::event::{Listener, NoopListener};
use super::history::HistoryScope;
use super::migrator::Migrator;
use super::migrator_error::MigratorError;
use crate::migration::{Goal, Renumbering, Version, renumber};

impl Migrator {
    /// What [`Migrator::renumber`] would do now. Nothing is written, and no lock is taken.
    ///
    /// # Errors
    /// [`MigratorError::History`], [`MigratorError::Renumber`], [`MigratorError::Interrupted`].
    pub async fn plan_renumbering(
        &self,
        from: &Version,
        to: &Version,
    ) -> Result<Vec<Renumbering>, MigratorError> {
        let history = self.read(HistoryScope::Plan, &mut NoopListener).await?;
        Ok(renumber(self.set(), &history.rows, from, to)?)
    }

    /// Gives what was applied as `from` the version `to`, which its file has now, and those in its way theirs. Runs
    /// nothing of any file.
    ///
    /// # Errors
    /// [`MigratorError::Lock`], [`MigratorError::History`], [`MigratorError::Renumber`], [`MigratorError::Interrupted`].
    pub async fn renumber(
        &self,
        from: &Version,
        to: &Version,
        listener: &mut dyn Listener,
    ) -> Result<Vec<Renumbering>, MigratorError> {
        self.plan_renumbering(from, to).await?;
        let lock = self.lock(listener).await?;
        let result = self.renumber_locked(from, to, listener).await;
        lock.release().await;
        result
    }

    /// What was found before the lock was taken may be out of date.
    async fn renumber_locked(
        &self,
        from: &Version,
        to: &Version,
        listener: &mut dyn Listener,
    ) -> Result<Vec<Renumbering>, MigratorError> {
        let history = self.history_under_lock(&Goal::newest(), listener).await?;
        let renumberings = renumber(self.set(), &history.rows, from, to)?;
        let access = self.history_access();
        let asking = access.asking();
        access.write(&asking, listener, self.history_table().renumber(&asking, &renumberings)).await?;
        Ok(renumberings)
    }
}
