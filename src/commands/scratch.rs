//! The server for scratch databases: the one that the user names, else a private one. Never the target: nobody's data
//! are in the way.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::context::{Context, ServerChoice};
use super::reporter::Reporter;
use crate::catalog::Catalog;
use crate::cli::{ConnectionString, ScratchArgs};
use crate::commands::error::Error;
use crate::connect::{Session, Target};
use crate::migration::{
    FolderError, Halves, Migration, MigrationSet, Plan, Reach, Reaching, ReachingOut, Step, UpStep, reaching,
    reaching_in, without_connections,
};
use crate::postgres::Citus;
use crate::postgres::rebuild::{
    ObservedDatabase, ObservedHistory, Rebuild, RebuildError, ServerEnvironment, take_over_roles,
    without_what_differs_by_nature,
};
use crate::postgres::scratch::{BeforeFile, ScratchServer, Shared};
use crate::postgres::trace::{Trace, Traced};

/// How long to wait for a target that verifying can do without.
const PATIENCE: Duration = Duration::from_secs(5);

/// Holds SQL that runs first in each scratch database, when nothing else is named.
const DEFAULT_FOLDER: &str = "scratch";

/// A server for scratch databases, on which these halves may run, with what runs first in each.
pub(super) async fn server(
    context: &Context,
    args: &ScratchArgs,
    to_run: &[(&MigrationSet, Halves)],
    reporter: &mut dyn Reporter,
) -> Result<ScratchServer, Error> {
    let first = first_files(args)?;
    let mut found: Vec<Reaching> = to_run.iter().flat_map(|(set, halves)| reaching(set, *halves)).collect();
    found.extend(first.iter().flat_map(|file| reaching_in(&file.path().display().to_string(), file.half())));
    refuse(args, found, reporter)?;
    let mut scratch = match &args.scratch_url {
        None => own(context, reporter).await?,
        Some(url) => {
            let target = Target::resolve(Some(url.as_str()), &context.environment)?;
            tokio::select! {
                server = ScratchServer::at(&target, args.shared()) => {
                    server.map_err(|error| Error::from(error).on(&target))?
                }
                () = context.interrupt.requested() => return Err(Error::Interrupted),
            }
        }
    };
    scratch.run_first(first);
    Ok(scratch)
}

/// A start is not interrupted: what it has begun would be left behind.
async fn own(context: &Context, reporter: &mut dyn Reporter) -> Result<ScratchServer, Error> {
    let binaries = super::binaries::find(&context.environment, &context.interrupt, reporter).await?;
    let server = ScratchServer::own(binaries).await;
    if context.interrupt.is_requested() { Err(Error::Interrupted) } else { Ok(server?) }
}

/// Before anything runs: statements that would change what is not the scratch database's.
fn refuse(args: &ScratchArgs, found: Vec<Reaching>, reporter: &mut dyn Reporter) -> Result<(), Error> {
    let is_named = args.scratch_url.is_some();
    let is_refused = |reach: Reach| match reach {
        Reach::Server(_) => is_named && args.shared() == Shared::Untouched,
        Reach::Connection(_) => args.shared() == Shared::Untouched,
        Reach::Elsewhere(_) => false,
    };
    for Reaching { file, location, reach } in &found {
        if let Reach::Elsewhere(what) = reach {
            reporter.note(&format!(
                "{file}:{location}: {what} reaches out of the scratch database, to what is real"
            ));
        }
    }
    let refused: Vec<Reaching> = found.into_iter().filter(|one| is_refused(one.reach)).collect();
    if refused.is_empty() { Ok(()) } else { Err(ReachingOut(refused).into()) }
}

/// The files that run first in each database: those that are named, or those of the usual folder.
fn first_files(args: &ScratchArgs) -> Result<Vec<BeforeFile>, Error> {
    let usual = [PathBuf::from(DEFAULT_FOLDER)];
    let named = match args.run_first.as_slice() {
        [] if usual.iter().all(|folder| folder.is_dir()) => &usual,
        named => named,
    };
    let mut files = Vec::new();
    for path in named {
        for path in sql_files(path)? {
            let text = std::fs::read_to_string(&path).map_err(|source| Error::File {
                path: path.clone(),
                doing: "read",
                source,
            })?;
            let file = BeforeFile::parse(&path, &text).map_err(|error| FolderError::Files(vec![error]))?;
            files.push(file);
        }
    }
    Ok(files)
}

/// A file, or the SQL files of a folder in the order of their names.
fn sql_files(path: &Path) -> Result<Vec<PathBuf>, Error> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let unreadable = |source| Error::File { path: path.to_owned(), doing: "read", source };
    let mut files = Vec::new();
    for entry in std::fs::read_dir(path).map_err(unreadable)? {
        files.push(entry.map_err(unreadable)?.path());
    }
    files.retain(|file| file.extension().is_some_and(|extension| extension == "sql"));
    files.sort();
    Ok(files)
}

/// The set as it runs on a scratch database.
pub(super) fn as_tried(set: &MigrationSet) -> Result<MigrationSet, Error> {
    let migrations: Vec<Migration> = set.migrations().iter().map(without_connections).collect();
    Ok(MigrationSet::new(migrations)?)
}

/// Builds what these migrations make, with around it what is around the target, and reads it.
pub(super) async fn build(
    context: &Context,
    args: &ScratchArgs,
    target: &Session,
    observed: &ObservedDatabase,
    set: &MigrationSet,
    reporter: &mut dyn Reporter,
) -> Result<Catalog, Error> {
    let set = &as_tried(set)?;
    let sets = [(set, Halves::Up)];
    let scratch = server_like(context, args, target, &observed.environment, &sets, reporter).await?;
    if let Some(differ) = versions_differ(&scratch, target.server_version()) {
        reporter.note(&differ);
    }
    let rebuild = Rebuild {
        scratch: &scratch,
        environment: &observed.environment,
        history: &observed.history.rows,
        set,
        table: &observed.table,
        left_out: &observed.left_out,
        interrupt: &context.interrupt,
    };
    let built = Box::pin(rebuild.run()).await;
    Ok(without_what_differs_by_nature(close(scratch, built).await?))
}

/// Builds what these migrations make of an empty database, where there is no target to be like, and reads it.
pub(super) async fn build_alone(
    context: &Context,
    args: &ScratchArgs,
    set: &MigrationSet,
    reporter: &mut dyn Reporter,
) -> Result<Catalog, Error> {
    let set = &as_tried(set)?;
    let mut scratch = server(context, args, &[(set, Halves::Up)], reporter).await?;
    if let Some(name) = &args.database_name {
        scratch.call_databases(name).await?;
    }
    let session = context.connect_once(scratch.target()).await?;
    let environment = ServerEnvironment::read(&session).await?;
    session.close().await;
    let rebuild = Rebuild {
        scratch: &scratch,
        environment: &environment,
        history: &[],
        set,
        table: &context.table,
        left_out: &[context.table.clone(), context.seeds_table()],
        interrupt: &context.interrupt,
    };
    let built = Box::pin(rebuild.run()).await;
    Ok(without_what_differs_by_nature(close(scratch, built).await?))
}

/// Builds what is applied on the target, with around it what is around the target, and sees what these steps do there.
pub(super) async fn trace(
    context: &Context,
    args: &ScratchArgs,
    target: &Session,
    observed: &ObservedHistory,
    applied: &MigrationSet,
    Plan { steps, pending_backfills, .. }: &Plan,
    reporter: &mut dyn Reporter,
) -> Result<(Traced, OnVersion), Error> {
    let (applied, steps) = (&as_tried(applied)?, steps.iter().map(step_as_tried).collect::<Vec<_>>());
    let pending = steps.iter().filter_map(|step| match step {
        Step::Up(up) => Some(up.migration.clone()),
        Step::Down(_) => None,
    });
    let pending = MigrationSet::new(pending.collect())?;
    let sets = [(applied, Halves::Up), (&pending, Halves::Up)];
    let scratch = server_like(context, args, target, &observed.environment, &sets, reporter).await?;
    let left_out = [context.table.clone(), context.seeds_table()];
    let rebuild = Rebuild {
        scratch: &scratch,
        environment: &observed.environment,
        history: &observed.history.rows,
        set: applied,
        table: &context.table,
        left_out: &left_out,
        interrupt: &context.interrupt,
    };
    let traced = Box::pin(Trace { rebuild: &rebuild, steps: &steps, pending_backfills }.run()).await;
    let theirs = target.server_version();
    let on = OnVersion {
        major: scratch.version(),
        is_older: scratch.version() < theirs,
        has_roles_of_its_own: !scratch.is_own(),
        differs: versions_differ(&scratch, theirs),
    };
    Ok((close(scratch, traced).await?, on))
}

/// On what server steps were tried.
pub(super) struct OnVersion {
    /// Its major version.
    pub major: u32,
    /// Whether the target has a newer one: it may know what this one does not.
    pub is_older: bool,
    /// Whether its roles are others than the target's.
    pub has_roles_of_its_own: bool,
    /// In a sentence, that the target has another one.
    pub differs: Option<String>,
}

/// The step as it runs on a scratch database.
fn step_as_tried(step: &Step) -> Step {
    match step {
        Step::Up(up) => {
            Step::Up(UpStep { migration: without_connections(&up.migration), resume: up.resume.clone() })
        }
        Step::Down(_) => step.clone(),
    }
}

/// Ends the server after something was done on it.
async fn close<T>(scratch: ScratchServer, done: Result<T, RebuildError>) -> Result<T, Error> {
    let on = scratch.target().clone();
    let closed = scratch.close().await;
    let done = done.map_err(|error| Error::from(error).on(&on))?;
    closed.map_err(|error| Error::from(error).on(&on))?;
    Ok(done)
}

/// The server, for building what is to be compared with a target.
async fn server_like(
    context: &Context,
    args: &ScratchArgs,
    target: &Session,
    environment: &ServerEnvironment,
    sets: &[(&MigrationSet, Halves)],
    reporter: &mut dyn Reporter,
) -> Result<ScratchServer, Error> {
    let mut scratch = server(context, args, sets, reporter).await?;
    let name = args.database_name.as_deref().unwrap_or(target.target().database());
    scratch.call_databases(name).await?;
    if let Some(name) = environment.first_role() {
        let on = scratch.target().clone();
        scratch.rename_superuser(name).await.map_err(|error| Error::from(error).on(&on))?;
    }
    if environment.citus() == Citus::Present && !sets.iter().any(|(set, _)| brings_citus(set)) {
        give_citus(&mut scratch, reporter).await?;
    }
    Ok(scratch)
}

/// Gives the scratch databases Citus, as the target has it.
async fn give_citus(scratch: &mut ScratchServer, reporter: &mut dyn Reporter) -> Result<(), Error> {
    if scratch.give_citus().await? == Citus::Absent {
        reporter.note(
            "the target has Citus, and the server of the scratch database has not: --scratch-url names one that has, such \
             as a single node",
        );
    }
    Ok(())
}

/// Whether a migration makes the extension. One that makes it only where it is missing is content with ours.
fn brings_citus(set: &MigrationSet) -> bool {
    set.migrations().iter().any(|migration| {
        let words: Vec<String> =
            migration.up.body().split_whitespace().map(str::to_ascii_lowercase).collect();
        words.windows(3).any(|three| match three {
            [create, extension, name] => {
                create == "create" && extension == "extension" && name.trim_matches(['"', ';']) == "citus"
            }
            _ => false,
        })
    })
}

/// That the target is of another major version, which may be the cause of a difference or a failure.
fn versions_differ(scratch: &ScratchServer, theirs: u32) -> Option<String> {
    let ours = scratch.version();
    if ours == theirs {
        return None;
    }
    let remedy = match scratch.is_own() {
        true => format!("PMDB_PG_BIN names the programs of another, such as a {theirs}"),
        false => format!("--scratch-url names a server of another, such as a {theirs}"),
    };
    Some(format!(
        "the scratch database is on PostgreSQL {ours}, the target on {theirs}: what fails or differs may come from that; \
         {remedy}"
    ))
}

/// For verifying on a private server: its database is called as the target's, and it has the roles that the target's server
/// has and that no migration makes. Without a target, or where it cannot be reached, it does without.
pub(super) async fn be_like_the_target(
    context: &Context,
    args: &ScratchArgs,
    scratch: &mut ScratchServer,
    set: &MigrationSet,
    reporter: &mut dyn Reporter,
) -> Result<(), Error> {
    if !scratch.is_own() {
        if !brings_citus(set) {
            scratch.give_citus().await?;
        }
        return Ok(());
    }
    let target = match &context.place {
        ServerChoice::Named(url) => {
            Target::resolve(url.as_ref().map(ConnectionString::as_str), &context.environment).ok()
        }
        ServerChoice::Embedded => None,
    };
    if let Some(name) = args.database_name.as_deref().or(target.as_ref().map(Target::database)) {
        scratch.call_databases(name).await?;
    }
    let Some(target) = target else { return Ok(()) };
    let reading = Box::pin(async {
        let session = Session::connect(&target).await?;
        let environment = ServerEnvironment::read(&session).await?;
        let version = session.server_version();
        session.close().await;
        Ok::<_, Error>((environment, version))
    });
    let environment = tokio::select! {
        environment = tokio::time::timeout(PATIENCE, reading) => environment,
        () = context.interrupt.requested() => return Err(Error::Interrupted),
    };
    match environment {
        Ok(Ok((environment, version))) => {
            if let Some(differ) = versions_differ(scratch, version) {
                reporter.note(&differ);
            }
            if environment.citus() == Citus::Present && !brings_citus(set) {
                give_citus(scratch, reporter).await?;
            }
            Ok(take_over_roles(scratch, &environment, set).await?)
        }
        Ok(Err(error)) => {
            reporter.note(&format!("the roles of the target's server are not taken over: {error}"));
            Ok(())
        }
        Err(_) => {
            reporter.note("the roles of the target's server are not taken over: it does not answer");
            Ok(())
        }
    }
}
