//! `pmdb reset`: drop the database, create it, apply everything.

use super::confirm::{Loss, LossKind};
use super::context::{Context, MigratorOptions};
use super::database::{drop_on, must_be_free_to_go, must_be_named};
use super::report::{Report, StatusSubject};
use super::reporter::Reporter;
use super::server_handle::ServerHandle;
use super::up::report;
use crate::cli::ResetArgs;
use crate::commands::error::Error;
use crate::connect::{Session, Target};
use crate::migration::{Direction, Goal};
use crate::postgres::MigratorError;
use crate::postgres::databases::{Replacement, ReplacementError, Turn};

pub(super) async fn run(
    context: &Context,
    args: &ResetArgs,
    reporter: &mut dyn Reporter,
) -> Result<Report, Error> {
    // A broken file, or the wrong folder, must be found before the database is gone.
    let set = super::context::load(&context.migrations, reporter)?;
    context.must_have_migrations(&set, "`pmdb drop` and `pmdb create` make an empty database")?;
    let work = async |server: &ServerHandle, reporter: &mut dyn Reporter| {
        reset(context, args, server, reporter).await
    };
    context.with_server(args.waiting.lock_wait, reporter, work).await
}

async fn reset(
    context: &Context,
    args: &ResetArgs,
    server: &ServerHandle,
    reporter: &mut dyn Reporter,
) -> Result<Report, Error> {
    must_be_named(&server.target, "reset")?;
    make_anew(context, args, &server.target, reporter).await?;
    let mut migrator = context.migrator(server, &MigratorOptions::up(&args.waiting), reporter).await?;
    let outcome = migrator.run(&Goal::newest().with_backfills(), reporter.listener()).await?;
    let report = report(context, &migrator, StatusSubject::Migrations, Direction::Up, outcome);
    Ok(report)
}

/// Puts an empty database in the place of the target's, which has all that this one had as a whole.
async fn make_anew(
    context: &Context,
    args: &ResetArgs,
    target: &Target,
    reporter: &mut dyn Reporter,
) -> Result<(), Error> {
    let session = context.maintenance_session(target).await?;
    let database = target.database();
    must_be_free_to_go(context, &session, target, args.force.force()).await?;
    let loss = Loss { session: &session, database, kind: LossKind::Reset };
    loss.confirm(context, args.yes.consent(), reporter).await?;

    let turn = Turn::take(&session, database, &context.interrupt).await;
    let turn = turn.map_err(|error| not_replaced(context, target, error))?;
    let replaced = replace(context, args, target, &session, reporter).await;
    turn.end(&session).await;
    // A new one may be made of the database that this session is on.
    session.close().await;
    match replaced? {
        Replaced::Yes => Ok(()),
        Replaced::NothingThere => context.create_database(target).await.map(drop),
    }
}

/// Whether there was a database to replace.
enum Replaced {
    Yes,
    NothingThere,
}

async fn replace(
    context: &Context,
    args: &ResetArgs,
    target: &Target,
    session: &Session,
    reporter: &mut dyn Reporter,
) -> Result<Replaced, Error> {
    let (client, database) = (session.client(), target.database());
    let preparing = Replacement::prepare(client, database);
    let prepared = context.interrupt.cancels(session, preparing).await;
    let Some(replacement) = prepared.map_err(|error| not_replaced(context, target, error))? else {
        return Ok(Replaced::NothingThere);
    };
    match drop_on(context, session, target, args.force.force()).await {
        Ok(dropped) => tell_of_sessions(dropped.sessions_ended, reporter),
        Err(error) => {
            // What is left of it, the next run drops.
            let _ = replacement.discard(client, database).await;
            return Err(error);
        }
    }
    let renamed = replacement.take_the_place_of(client, database).await;
    renamed.map(|()| Replaced::Yes).map_err(|source| context.refused(target, "created", source))
}

fn not_replaced(context: &Context, target: &Target, error: ReplacementError) -> Error {
    let database = target.database().to_owned();
    match error {
        ReplacementError::Lock(error) => Error::from(MigratorError::Lock(error)),
        ReplacementError::Busy => Error::ResetElsewhere { database }.on(target),
        ReplacementError::NotKept { source: Some(source), .. } if context.is_interruption(&source) => {
            Error::Interrupted
        }
        ReplacementError::NotKept { what, source } => Error::NotKept { database, what, source }.on(target),
        ReplacementError::Left { name, old_is_there } => {
            Error::ResetLeft { database, name, is_there: old_is_there }.on(target)
        }
        ReplacementError::Sql(source) => context.refused(target, "reset", source),
    }
}

fn tell_of_sessions(ended: Option<u64>, reporter: &mut dyn Reporter) {
    match ended {
        None | Some(0) => {}
        Some(1) => reporter.note("1 session of the database was ended"),
        Some(many) => reporter.note(&format!("{many} sessions of the database were ended")),
    }
}
