//! `pmdb create` and `pmdb drop`.

use tokio_postgres::error::SqlState;

use super::context::{Context, DEFAULT_WAIT, ServerHandle};
use super::report::{DatabaseAction, DatabaseReport, Report};
use super::reporter::Reporter;
use crate::commands::error::Error;
use crate::connect::Target;
use crate::postgres::databases::{self, DatabaseChange, Sessions};
use crate::postgres::{Force, Protection};

pub(super) async fn create(context: &Context, reporter: &mut dyn Reporter) -> Result<Report, Error> {
    let creating = async |server: &ServerHandle, _: &mut dyn Reporter| {
        let action = match context.create_database(&server.target).await? {
            DatabaseChange::Made => DatabaseAction::Created,
            DatabaseChange::None => DatabaseAction::ExistedAlready,
        };
        let database = server.target.name();
        Ok(Report::Database(DatabaseReport { database, action, sessions_ended: None }))
    };
    context.with_server(DEFAULT_WAIT, reporter, creating).await
}

pub(super) async fn drop(
    context: &Context,
    force: Force,
    reporter: &mut dyn Reporter,
) -> Result<Report, Error> {
    let dropping = async |server: &ServerHandle, _: &mut dyn Reporter| {
        Ok(Report::Database(drop_on(context, &server.target, force).await?))
    };
    context.with_server(DEFAULT_WAIT, reporter, dropping).await
}

/// Drops the target's database, unless it is protected or in use.
pub(super) async fn drop_on(
    context: &Context,
    target: &Target,
    force: Force,
) -> Result<DatabaseReport, Error> {
    let session = context.maintenance_session(target).await?;
    let client = session.client();
    let database = target.database();
    let failed = |source| context.refused(target, "dropped", source);
    let (sessions, in_use) = match force {
        Force::Obey => {
            if databases::protection(client, database).await.map_err(failed)? == Protection::Protected {
                return Err(Error::protected(database).on(target));
            }
            (Sessions::Leave, 0)
        }
        Force::Override => {
            (Sessions::End, databases::count_sessions(client, database).await.map_err(failed)?)
        }
    };
    let dropping = databases::drop(client, database, sessions);
    match context.interrupt.cancels(&session, dropping).await {
        Ok(DatabaseChange::Made) => Ok(DatabaseReport {
            database: target.name(),
            action: DatabaseAction::Dropped,
            sessions_ended: Some(in_use).filter(|_| sessions == Sessions::End),
        }),
        Ok(DatabaseChange::None) => {
            let action = DatabaseAction::DidNotExist;
            Ok(DatabaseReport { database: target.name(), action, sessions_ended: None })
        }
        Err(source) if source.is(&SqlState::OBJECT_IN_USE) => {
            let sessions = databases::count_sessions(client, database).await.map_err(failed)?;
            Err(Error::DatabaseInUse { database: database.to_owned(), sessions, source }.on(target))
        }
        Err(source) => Err(failed(source)),
    }
}
