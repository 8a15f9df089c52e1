//! What a page tells beside the schema: the migrations that touched each table, and what advise finds.

use crate::catalog::schema::Schema;
use crate::commands::advise;
use crate::commands::context::Context;
use crate::commands::error::Error;
use crate::commands::report::{AroundSchema, SchemaMigration};
use crate::commands::reporter::Reporter;
use crate::connect::Session;
use crate::migration::{AppliedMigration, Direction, Half, MigrationSet};
use crate::postgres::{HistoryAccess, HistoryScope, LockRetries};

/// From the history of a database, and from its catalog. A role that may not read the history sees no migrations.
pub(super) async fn of_a_database(
    context: &Context,
    session: &Session,
    schema: &Schema,
    reporter: &mut dyn Reporter,
) -> Result<AroundSchema, Error> {
    let (table, interrupt) = (&context.table, &context.interrupt);
    let lock_timeout = LockRetries::default().timeout;
    let access = HistoryAccess { session, table, interrupt, lock_timeout };
    let rows = match access.read(HistoryScope::EffectiveMigrations(&[]), reporter.listener()).await {
        Ok(history) => history.rows,
        Err(error) => {
            reporter
                .note(&format!("the page names no migrations, since the history cannot be read: {error}"));
            Vec::new()
        }
    };
    let findings = advise::not_known(context, session).await?;
    Ok(AroundSchema { migrations: of_the_history(&rows, schema), findings })
}

/// From the files alone.
pub(super) fn of_files(set: &MigrationSet, schema: &Schema) -> AroundSchema {
    let halves: Vec<Option<&Half>> = set.migrations().iter().map(|migration| Some(&migration.up)).collect();
    let touched = schema.touched_by(&halves);
    let migrations = set.migrations().iter().zip(touched).map(|(migration, tables)| SchemaMigration {
        version: migration.version.clone(),
        name: migration.name.clone(),
        applied_at: None,
        applied_by: None,
        tables,
    });
    AroundSchema { migrations: migrations.collect(), findings: Vec::new() }
}

fn of_the_history(rows: &[AppliedMigration], schema: &Schema) -> Vec<SchemaMigration> {
    let half = |row: &AppliedMigration| Half::from_stored(row.stored_up.as_deref()?, Direction::Up).ok();
    let halves: Vec<Option<Half>> = rows.iter().map(half).collect();
    let touched = schema.touched_by(&halves.iter().map(Option::as_ref).collect::<Vec<_>>());
    let migrations = rows.iter().zip(touched).map(|(row, tables)| SchemaMigration {
        version: row.version.clone(),
        name: row.shown_name().to_owned(),
        applied_at: row.applied_at.clone(),
        applied_by: row.applied_by.clone(),
        tables,
    });
    migrations.collect()
}
