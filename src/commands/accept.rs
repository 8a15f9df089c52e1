//! `pmdb accept V`: take a changed file as it is now for what was applied, without running it.

use similar::TextDiff;

use super::context::{Context, DEFAULT_WAIT, MigratorOptions};
use super::report::{AcceptReport, Report, StatusSubject, shown};
use super::reporter::Reporter;
use super::server_handle::ServerHandle;
use crate::cli::AcceptArgs;
use crate::commands::error::Error;
use crate::migration::sql::secrets::{is_masked, masked};
use crate::migration::{Entry, Half, State, Version, reconcile};
use crate::postgres::Migrator;

pub(super) async fn run(
    context: &Context,
    args: &AcceptArgs,
    reporter: &mut dyn Reporter,
) -> Result<Report, Error> {
    let accepting = async |server: &ServerHandle, reporter: &mut dyn Reporter| {
        let options = match subject(args) {
            StatusSubject::Migrations => MigratorOptions::reading(),
            StatusSubject::Seeds => MigratorOptions::reading_seeds(),
        };
        let migrator = context.migrator(server, &options, reporter).await?;
        Ok(Report::Accept(accept(&migrator, args, reporter).await?))
    };
    context.with_server(DEFAULT_WAIT, reporter, accepting).await
}

async fn accept(
    migrator: &Migrator,
    args: &AcceptArgs,
    reporter: &mut dyn Reporter,
) -> Result<AcceptReport, Error> {
    let refuse = |reason: &str| Error::Accept {
        version: args.version.clone(),
        reason: reason.to_owned(),
        subject: subject(args),
    };
    let history = migrator.history().await?;
    let entries = reconcile(migrator.set(), &history.rows);
    if let Some(entry) = entries.iter().find(|entry| is_renumbered(entry, &args.version)) {
        let from = entry.applied.map_or(entry.version, |row| &row.version);
        let to = entry.version;
        let what_to_do = match subject(args) {
            StatusSubject::Migrations => format!("`pmdb renumber {from} {to}`"),
            StatusSubject::Seeds => format!("give it its number {from} back"),
        };
        return Err(refuse(&format!(
            "the file of what was applied as {from} has the number {to} now: {what_to_do}"
        )));
    }
    let entry = entries
        .iter()
        .find(|entry| *entry.version == args.version)
        .ok_or_else(|| refuse(&format!("there is no such {}", subject(args).noun())))?;
    let migration = match (entry.state, entry.migration) {
        (State::Changed, Some(migration)) => migration,
        (State::Applied, _) => return Err(refuse("its file is the one that was applied")),
        (State::Missing | State::Renumbered, _) | (_, None) => return Err(refuse("it has no file")),
        (State::PartiallyApplied | State::PartiallyReverted, _) => return Err(refuse("it is not finished")),
        (State::Pending | State::Deferred | State::OutOfOrder, _) => return Err(refuse("it is not applied")),
    };
    if let Some(applied) = entry.applied.and_then(|row| row.other_name_than(&migration.name)) {
        return Err(refuse(&format!(
            "its file is called {}, and what was applied {applied}; if it is the same migration, rename the file back first",
            migration.name
        )));
    }
    let before = migrator.accept(entry.version, migration, reporter.listener()).await?;
    let difference = before.map(|before| difference(&before, &migration.up));
    Ok(AcceptReport {
        database: migrator.session().target().name(),
        version: entry.version.clone(),
        name: migration.name.clone(),
        file: shown(&migration.path),
        difference,
    })
}

/// A migration, or a seed.
fn subject(args: &AcceptArgs) -> StatusSubject {
    if args.seed { StatusSubject::Seeds } else { StatusSubject::Migrations }
}

/// Whether it is one, and this the number that it has or had.
fn is_renumbered(entry: &Entry<'_>, version: &Version) -> bool {
    entry.state == State::Renumbered
        && (entry.version == version || entry.applied.is_some_and(|row| row.version == *version))
}

/// The history does not know the secrets that ran.
fn difference(before: &str, now: &Half) -> String {
    let (before, now) = (masked(before), now.masked_sql());
    let diff = TextDiff::from_lines(before.as_ref(), now.as_ref());
    let difference = diff.unified_diff().header("applied", "file").to_string();
    match difference.is_empty() && is_masked(&now) {
        true => "nothing differs but secrets, which are masked in the history\n".to_owned(),
        false => difference,
    }
}
