//! `pmdb create` and `pmdb drop`.

use tokio_postgres::error::SqlState;

use super::context::{Context, DEFAULT_WAIT, Reporter, ServerHandle};
use super::report::{DatabaseAction, DatabaseReport, Report};
use crate::commands::error::Error;
use crate::connect::{Session, Target};
use crate::postgres::databases::{self, Sessions};
use crate::postgres::{Force, Protection, SqlError};

pub(super) async fn create(context: &Context, reporter: &mut dyn Reporter) -> Result<Report, Error> {
    let creating = async |server: &ServerHandle, _: &mut dyn Reporter| {
        let action = create_on(context, &server.target).await?;
        let database = server.target.database().to_owned();
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

/// Creates the target's database.
pub(super) async fn create_on(context: &Context, target: &Target) -> Result<DatabaseAction, Error> {
    let session = maintenance_session(context, target).await?;
    let creating = databases::create(session.client(), target.database());
    let created = context.interrupt.cancels(&session, creating).await;
    let created = created.map_err(|source| failed(context, target, "created", source))?;
    Ok(if created == databases::DatabaseChange::Made {
        DatabaseAction::Created
    } else {
        DatabaseAction::ExistedAlready
    })
}

/// Drops the target's database, unless it is protected or in use.
pub(super) async fn drop_on(
    context: &Context,
    target: &Target,
    force: Force,
) -> Result<DatabaseReport, Error> {
    let session = maintenance_session(context, target).await?;
    let client = session.client();
    let database = target.database().to_owned();
    let failed = |source| failed(context, target, "dropped", source);
    let (sessions, in_use) = match force {
        Force::Obey => {
            if databases::protection(client, &database).await.map_err(failed)? == Protection::Protected {
                return Err(Error::protected(&database).on(target));
            }
            (Sessions::Leave, 0)
        }
        Force::Override => {
            (Sessions::End, databases::count_sessions(client, &database).await.map_err(failed)?)
        }
    };
    let dropping = databases::drop(client, &database, sessions);
    match context.interrupt.cancels(&session, dropping).await {
        Ok(databases::DatabaseChange::Made) => Ok(DatabaseReport {
            database,
            action: DatabaseAction::Dropped,
            sessions_ended: Some(in_use).filter(|_| sessions == Sessions::End),
        }),
        Ok(databases::DatabaseChange::None) => {
            Ok(DatabaseReport { database, action: DatabaseAction::DidNotExist, sessions_ended: None })
        }
        Err(source) if source.is(&SqlState::OBJECT_IN_USE) => {
            let sessions = databases::count_sessions(client, &database).await.map_err(failed)?;
            Err(Error::DatabaseInUse { database, sessions, source }.on(target))
        }
        Err(source) => Err(failed(source)),
    }
}

fn failed(context: &Context, target: &Target, doing: &str, source: SqlError) -> Error {
    if context.interrupt.is_requested() && source.is(&SqlState::QUERY_CANCELED) {
        return Error::Interrupted;
    }
    let doing = format!("the database {} cannot be {doing}", target.database());
    Error::Sql { doing, source }.on(target)
}

/// A database cannot be created or dropped from inside: `postgres` is there for that, and `template1` where somebody
/// has dropped it.
async fn maintenance_session(context: &Context, target: &Target) -> Result<Session, Error> {
    let other = if target.database() == "postgres" { "template1" } else { "postgres" };
    match context.connect_once(&target.with_database(other)).await {
        Err(Error::Connect(error)) if error.is_unknown_database() => {
            context.connect_once(&target.with_database("template1")).await
        }
        result => result,
    }
}
