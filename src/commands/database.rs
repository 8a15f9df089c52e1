//! `pmdb create` and `pmdb drop`.

use tokio_postgres::error::SqlState;

use super::context::{Context, Story, USUAL_WAIT};
use super::report::{DatabaseAction, DatabaseReport, Report};
use crate::error::Error;
use crate::postgres::{Force, Listen, Protection, Session, SqlError, Target, databases};

pub(super) async fn create(context: &Context, story: &mut dyn Story) -> Result<Report, Error> {
    let reached = context.reach(Listen::Socket, USUAL_WAIT, story).await?;
    let action = create_on(context, &reached.target).await?;
    let database = reached.target.database().to_owned();
    reached.leave()?;
    Ok(Report::Database(DatabaseReport { database, action }))
}

pub(super) async fn drop(context: &Context, force: Force, story: &mut dyn Story) -> Result<Report, Error> {
    let reached = context.reach(Listen::Socket, USUAL_WAIT, story).await?;
    let action = drop_on(context, &reached.target, force).await?;
    let database = reached.target.database().to_owned();
    reached.leave()?;
    Ok(Report::Database(DatabaseReport { database, action }))
}

/// Creates the target's database.
pub(super) async fn create_on(context: &Context, target: &Target) -> Result<DatabaseAction, Error> {
    let session = maintenance_session(context, target).await?;
    let creating = databases::create(session.client(), target.database());
    let created = context.interrupt.cancels(&session, creating).await;
    let created = created.map_err(|source| failed(context, target, "created", source))?;
    Ok(if created == databases::Change::Made {
        DatabaseAction::Created
    } else {
        DatabaseAction::ExistedAlready
    })
}

/// Drops the target's database, unless it is protected.
pub(super) async fn drop_on(
    context: &Context,
    target: &Target,
    force: Force,
) -> Result<DatabaseAction, Error> {
    let session = maintenance_session(context, target).await?;
    let failed = |source| failed(context, target, "dropped", source);
    if force == Force::Obey {
        let protection = databases::protection(session.client(), target.database()).await.map_err(failed)?;
        if protection == Protection::Protected {
            return Err(Error::protected(target.database()).on(target));
        }
    }
    let dropping = databases::drop(session.client(), target.database());
    let dropped = context.interrupt.cancels(&session, dropping).await.map_err(failed)?;
    Ok(if dropped == databases::Change::Made { DatabaseAction::Dropped } else { DatabaseAction::DidNotExist })
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
