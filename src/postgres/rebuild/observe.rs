//! What is there: the history of a target, its catalog and its server environment, all at one point in time.

use std::time::Duration;

use super::{RebuildError, ServerEnvironment};
use crate::catalog::Catalog;
use crate::connect::Session;
use crate::migration::{AppliedMigration, Checksum, MigrationSet, Version};
use crate::postgres::catalog::read_catalog;
use crate::postgres::event::Listener;
use crate::postgres::history::{History, HistoryScope, HistoryTable};
use crate::postgres::history_access::HistoryAccess;
use crate::postgres::interrupt::Interrupt;
use crate::postgres::run::LockRetries;

/// Between two looks while another pmdb is at work.
const PAUSE: Duration = Duration::from_millis(200);

/// What is there.
#[derive(Debug)]
pub struct ObservedDatabase {
    /// What was applied.
    pub history: History,
    /// The schema, without the tables that are left out.
    pub catalog: Catalog,
    /// The roles and settings of the server.
    pub environment: ServerEnvironment,
    /// The history table.
    pub table: HistoryTable,
    /// The tables that are no part of the schema: those of pmdb, and the histories of other tools.
    pub left_out: Vec<HistoryTable>,
}

/// What was applied, and on what server.
#[derive(Debug)]
pub struct ObservedHistory {
    /// What was applied.
    pub history: History,
    /// The roles and settings of the server.
    pub environment: ServerEnvironment,
}

/// Looks at the history of a target and what is around it, and at nothing else. What the history keeps of a file is read
/// where it differs from the file's own.
///
/// # Errors
/// [`RebuildError::History`], [`RebuildError::Sql`].
pub async fn observe_history(
    session: &Session,
    set: &MigrationSet,
    table: &HistoryTable,
    interrupt: &Interrupt,
    listener: &mut dyn Listener,
) -> Result<ObservedHistory, RebuildError> {
    let files = checksums(set);
    let lock_timeout = LockRetries::default().timeout;
    let access = HistoryAccess { session, table, interrupt, lock_timeout };
    let environment = ServerEnvironment::read(session).await?;
    let history = access.read(HistoryScope::EffectiveMigrations(&files), listener).await;
    Ok(ObservedHistory { history: history.map_err(RebuildError::History)?, environment })
}

/// Looks at a target, except for the tables that are to be left out. Nothing is written. What the history keeps of a file is read where it differs from the file's own.
///
/// Where another pmdb applies something meanwhile, it looks again.
///
/// # Errors
/// [`RebuildError::History`], [`RebuildError::Catalog`], [`RebuildError::Sql`].
pub async fn observe(
    session: &Session,
    set: &MigrationSet,
    table: &HistoryTable,
    left_out: Vec<HistoryTable>,
    interrupt: &Interrupt,
    listener: &mut dyn Listener,
) -> Result<ObservedDatabase, RebuildError> {
    let files = checksums(set);
    let wanted = HistoryScope::EffectiveMigrations(&files);
    let lock_timeout = LockRetries::default().timeout;
    let access = HistoryAccess { session, table, interrupt, lock_timeout };
    let environment = ServerEnvironment::read(session).await?;
    let mut history = access.read(wanted, listener).await.map_err(RebuildError::History)?;
    loop {
        let catalog = read_catalog(session, &left_out).await?;
        let again = access.read(wanted, listener).await.map_err(RebuildError::History)?;
        if same(&history.rows, &again.rows) {
            let table = table.clone();
            return Ok(ObservedDatabase { history, catalog, environment, table, left_out });
        }
        history = again;
        tokio::time::sleep(PAUSE).await;
    }
}

fn checksums(set: &MigrationSet) -> Vec<(&Version, &Checksum)> {
    set.migrations().iter().map(|migration| (&migration.version, &migration.checksum)).collect()
}

fn same(one: &[AppliedMigration], other: &[AppliedMigration]) -> bool {
    let keys = |rows: &[AppliedMigration]| -> Vec<_> {
        let progress = |row: &AppliedMigration| row.progress.as_ref().map(|progress| progress.done);
        rows.iter().map(|row| (row.version.clone(), row.checksum.clone(), progress(row))).collect()
    };
    keys(one) == keys(other)
}
