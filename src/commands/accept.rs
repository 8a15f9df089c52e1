//! `pmdb accept V`: take a changed file as it is now for what was applied.

use similar::TextDiff;

use super::context::{Context, Story};
use super::report::{AcceptReport, Report, shown};
use crate::cli::AcceptArgs;
use crate::error::Error;
use crate::migration::{State, survey};
use crate::postgres::{Listen, Migrator};

pub(super) async fn run(
    context: &Context,
    args: &AcceptArgs,
    story: &mut dyn Story,
) -> Result<Report, Error> {
    let reached = context.reach(Listen::Socket, super::context::USUAL_WAIT, story).await?;
    let migrator = context.reader(&reached, story).await?;
    let report = accept(&migrator, args, story).await?;
    drop(migrator);
    reached.leave()?;
    Ok(Report::Accept(report))
}

async fn accept(
    migrator: &Migrator,
    args: &AcceptArgs,
    story: &mut dyn Story,
) -> Result<AcceptReport, Error> {
    let refuse = |reason| Error::Accept { version: args.version.clone(), reason };
    let history = migrator.history().await?;
    let entries = survey(migrator.set(), &history.rows);
    let entry = entries
        .iter()
        .find(|entry| *entry.version == args.version)
        .ok_or_else(|| refuse("there is no such migration"))?;
    let migration = match (entry.state, entry.migration) {
        (State::Changed, Some(migration)) => migration,
        (State::Applied, _) => return Err(refuse("its file is the one that was applied")),
        (State::Missing, _) | (_, None) => return Err(refuse("it has no file")),
        (State::HalfApplied | State::HalfUndone, _) => return Err(refuse("it is not finished")),
        (State::Pending | State::Late, _) => return Err(refuse("it is not applied")),
    };
    let before = migrator.accept(entry.version, migration, story.listener()).await?;
    let difference = before.map(|before| difference(&before, migration.up.sql()));
    Ok(AcceptReport {
        version: entry.version.clone(),
        name: migration.name.clone(),
        file: shown(&migration.path),
        difference,
    })
}

fn difference(before: &str, now: &str) -> String {
    TextDiff::from_lines(before, now).unified_diff().header("applied", "file").to_string()
}
