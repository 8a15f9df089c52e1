//! `pmdb create` and `pmdb drop`.

use super::context::{Context, Story, USUAL_WAIT};
use super::report::{DatabaseAction, DatabaseReport, Report};
use crate::error::Error;
use crate::postgres::{Force, Listen, Protection, Session, Target, databases};

pub(super) async fn create(context: &Context, story: &mut dyn Story) -> Result<Report, Error> {
    let reached = context.reach(Listen::Socket, USUAL_WAIT, story).await?;
    let action = create_on(&reached.target).await?;
    let database = reached.target.database().to_owned();
    reached.leave()?;
    Ok(Report::Database(DatabaseReport { database, action }))
}

pub(super) async fn drop(context: &Context, force: Force, story: &mut dyn Story) -> Result<Report, Error> {
    let reached = context.reach(Listen::Socket, USUAL_WAIT, story).await?;
    let action = drop_on(&reached.target, force).await?;
    let database = reached.target.database().to_owned();
    reached.leave()?;
    Ok(Report::Database(DatabaseReport { database, action }))
}

/// Creates the target's database.
pub(super) async fn create_on(target: &Target) -> Result<DatabaseAction, Error> {
    let session = maintenance_session(target).await?;
    let created = databases::create(session.client(), target.database()).await.map_err(|source| {
        Error::Sql { doing: format!("the database {} cannot be created", target.database()), source }
    })?;
    Ok(if created == databases::Change::Made {
        DatabaseAction::Created
    } else {
        DatabaseAction::ExistedAlready
    })
}

/// Drops the target's database, unless it is protected.
pub(super) async fn drop_on(target: &Target, force: Force) -> Result<DatabaseAction, Error> {
    let session = maintenance_session(target).await?;
    let failed = |source| Error::Sql {
        doing: format!("the database {} cannot be dropped", target.database()),
        source,
    };
    if force == Force::Obey {
        let protection = databases::protection(session.client(), target.database()).await.map_err(failed)?;
        if protection == Protection::Protected {
            return Err(Error::protected(target.database()));
        }
    }
    let dropped = databases::drop(session.client(), target.database()).await.map_err(failed)?;
    Ok(if dropped == databases::Change::Made { DatabaseAction::Dropped } else { DatabaseAction::DidNotExist })
}

/// A database cannot be created or dropped from inside: `postgres` is there for that, and `template1` where somebody
/// has dropped it.
async fn maintenance_session(target: &Target) -> Result<Session, Error> {
    let other = if target.database() == "postgres" { "template1" } else { "postgres" };
    match Session::connect(&target.with_database(other)).await {
        Err(error) if error.is_unknown_database() => {
            Ok(Session::connect(&target.with_database("template1")).await?)
        }
        result => Ok(result?),
    }
}
