//! `pmdb create` and `pmdb drop`.

use tokio_postgres::error::SqlState;

use super::confirm::{Loss, LossKind};
use super::context::{Context, DEFAULT_WAIT};
use super::report::{DatabaseAction, DatabaseReport, Report};
use super::reporter::Reporter;
use super::server_handle::ServerHandle;
use crate::cli::DropArgs;
use crate::commands::error::Error;
use crate::connect::{Session, Target};
use crate::postgres::databases::{self, DatabaseChange, Sessions};
use crate::postgres::{Citus, Force, Protection};

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
    args: &DropArgs,
    reporter: &mut dyn Reporter,
) -> Result<Report, Error> {
    let dropping = async |server: &ServerHandle, reporter: &mut dyn Reporter| {
        let target = &server.target;
        must_be_named(target, "drop")?;
        let session = context.maintenance_session(target).await?;
        must_be_free_to_go(context, &session, target, args.force.force()).await?;
        let loss = Loss { session: &session, database: target.database(), kind: LossKind::Drop };
        loss.confirm(context, args.yes.consent(), reporter).await?;
        Ok(Report::Database(drop_on(context, &session, target, args.force.force()).await?))
    };
    context.with_server(DEFAULT_WAIT, reporter, dropping).await
}

/// Refuses to destroy a database that nobody has named: the connection string may have lost its name.
pub(super) fn must_be_named(target: &Target, command: &str) -> Result<(), Error> {
    match target.names_database() {
        true => Ok(()),
        false => Err(Error::Usage {
            message: format!("`pmdb {command}` needs the name of the database, and nothing gives it"),
            hint: Some("name it, as in postgresql://user@host/database or PGDATABASE".to_owned()),
        }),
    }
}

/// Refuses a protected database, and one that Citus spreads over several servers.
pub(super) async fn must_be_free_to_go(
    context: &Context,
    session: &Session,
    target: &Target,
    force: Force,
) -> Result<(), Error> {
    let obstacles = databases::obstacles(session.client(), target.database()).await;
    let obstacles = obstacles.map_err(|source| context.refused(target, "dropped", source))?;
    if obstacles.protection == Protection::Protected && force == Force::Obey {
        return Err(Error::protected(target.database()).on(target));
    }
    match obstacles.citus {
        Citus::Present => must_not_be_on_citus(context, target).await,
        Citus::Absent => Ok(()),
    }
}

/// The server has loaded Citus; only the database itself knows whether it has the extension.
async fn must_not_be_on_citus(context: &Context, target: &Target) -> Result<(), Error> {
    let session = match context.connect_once(target).await {
        Err(Error::Connect(error)) if error.is_unknown_database() => return Ok(()),
        connected => connected?,
    };
    let citus = databases::citus(session.client()).await;
    session.close().await;
    match citus.map_err(|source| context.refused(target, "dropped", source))? {
        Citus::Present => Err(Error::OnCitus { database: target.database().to_owned() }.on(target)),
        Citus::Absent => Ok(()),
    }
}

/// Drops the target's database, unless it is in use.
pub(super) async fn drop_on(
    context: &Context,
    session: &Session,
    target: &Target,
    force: Force,
) -> Result<DatabaseReport, Error> {
    let client = session.client();
    let database = target.database();
    let failed = |source| context.refused(target, "dropped", source);
    let (sessions, in_use) = match force {
        Force::Obey => (Sessions::Leave, 0),
        Force::Override => {
            (Sessions::End, databases::count_sessions(client, database).await.map_err(failed)?)
        }
    };
    if context.interrupt.is_requested() {
        return Err(Error::Interrupted);
    }
    // A DROP that is cancelled may leave a database that nobody can use any more: one that has begun is brought to its end.
    match databases::drop(client, database, sessions).await {
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
