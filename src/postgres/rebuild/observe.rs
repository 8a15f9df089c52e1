//! What is there: the history of a target, its catalog and its server environment, all at one point in time.

use std::time::Duration;

use super::{RebuildError, ServerEnvironment};
use crate::catalog::Catalog;
use crate::connect::Session;
use crate::migration::{AppliedMigration, Checksum, MigrationSet, Version};
use crate::postgres::{
    History, HistoryAccess, HistoryScope, HistoryTable, Interrupt, Listener, LockRetries, read_catalog,
};

/// Between two looks while another pmdb is at work.
const PAUSE: Duration = Duration::from_millis(200);

/// What is there.
#[derive(Debug)]
pub struct Observed {
    /// What was applied.
    pub history: History,
    /// The schema, without pmdb's own tables.
    pub catalog: Catalog,
    /// The roles and settings of the server.
    pub environment: ServerEnvironment,
}

/// Looks at a target. Nothing is written. What the history keeps of a file is read where it differs from the file's own.
///
/// Where another pmdb applies something meanwhile, it looks again.
///
/// # Errors
/// [`RebuildError::History`], [`RebuildError::Catalog`], [`RebuildError::Sql`].
pub async fn observe(
    session: &Session,
    set: &MigrationSet,
    table: &HistoryTable,
    seeds_table: &HistoryTable,
    interrupt: &Interrupt,
    listener: &mut dyn Listener,
) -> Result<Observed, RebuildError> {
    let files: Vec<(&Version, &Checksum)> =
        set.migrations().iter().map(|migration| (&migration.version, &migration.checksum)).collect();
    let wanted = HistoryScope::EffectiveMigrations(&files);
    let own_tables = [table.clone(), seeds_table.clone()];
    let lock_timeout = LockRetries::default().timeout;
    let access = HistoryAccess { session, table, interrupt, lock_timeout };
    let environment = ServerEnvironment::read(session).await?;
    let mut history = access.read(wanted, listener).await.map_err(RebuildError::History)?;
    loop {
        let catalog = read_catalog(session, &own_tables).await?;
        let again = access.read(wanted, listener).await.map_err(RebuildError::History)?;
        if same(&history.rows, &again.rows) {
            return Ok(Observed { history, catalog, environment });
        }
        history = again;
        tokio::time::sleep(PAUSE).await;
    }
}

fn same(one: &[AppliedMigration], other: &[AppliedMigration]) -> bool {
    let keys = |rows: &[AppliedMigration]| -> Vec<_> {
        let progress = |row: &AppliedMigration| row.progress.as_ref().map(|progress| progress.done);
        rows.iter().map(|row| (row.version.clone(), row.checksum.clone(), progress(row))).collect()
    };
    keys(one) == keys(other)
}
