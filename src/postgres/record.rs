//! Recording migrations as applied without running them: a database that was built without pmdb.

use super::event::Listener;
use super::history::{HistoryError, HistoryScope, OtherHistory};
use super::migrator::Migrator;
use super::migrator_error::MigratorError;
use crate::migration::{Goal, Migration, Version, baseline};

impl Migrator {
    /// The migrations up to and with this version that the history does not have. Nothing is written, and no lock is taken.
    ///
    /// # Errors
    /// [`MigratorError::History`], [`MigratorError::Baseline`], [`MigratorError::Interrupted`].
    pub async fn plan_baseline(
        &self,
        version: &Version,
        listener: &mut dyn Listener,
    ) -> Result<Vec<Migration>, MigratorError> {
        let history = self.read(HistoryScope::Plan, listener).await?;
        Ok(baseline(self.set(), &history.rows, version)?)
    }

    /// Records what [`Migrator::plan_baseline`] has found, in one transaction. Runs nothing of any file. Gives back what was
    /// recorded: nothing, where another runner has done it meanwhile.
    ///
    /// # Errors
    /// [`MigratorError::Lock`], [`MigratorError::History`], [`MigratorError::Baseline`], [`MigratorError::Interrupted`].
    pub async fn record_baseline(
        &self,
        version: &Version,
        planned: &[Migration],
        listener: &mut dyn Listener,
    ) -> Result<Vec<Migration>, MigratorError> {
        let lock = self.lock(listener).await?;
        let result = self.record_locked(version, planned, listener).await;
        lock.release().await;
        result
    }

    /// What was found before the lock was taken may be out of date.
    async fn record_locked(
        &self,
        version: &Version,
        planned: &[Migration],
        listener: &mut dyn Listener,
    ) -> Result<Vec<Migration>, MigratorError> {
        let history = self.history_under_lock(&Goal::newest(), listener).await?;
        let now = baseline(self.set(), &history.rows, version)?;
        if now.is_empty() {
            return Ok(now);
        }
        let table = self.history_table();
        let versions = |list: &[Migration]| -> Vec<Version> {
            list.iter().map(|migration| migration.version.clone()).collect()
        };
        if versions(&now) != versions(planned) {
            return Err(HistoryError::Meddled { table: table.to_string() }.into());
        }
        let access = self.history_access();
        let asking = access.asking();
        let recording = table.record(&asking, history.table, history.citus, &now);
        access.write(&asking, listener, recording).await?;
        Ok(now)
    }

    /// Tables beside the history in which something else has recorded what was applied.
    ///
    /// # Errors
    /// [`MigratorError::History`].
    pub async fn other_histories(&self) -> Result<Vec<OtherHistory>, MigratorError> {
        Ok(self.history_table().others(&self.history_access().asking()).await?)
    }
}
