//! `pmdb fill`: rows for every table.

mod left_alone;
mod named;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::thread::available_parallelism;
use std::time::Instant;

use self::left_alone::{because_of, end_circle, hidden, leave_alone, refer_to_nothing};
pub(super) use self::named::named;
use super::context::Context;
use super::report::{FillReport, FilledTable, Report, RestoreReport, ShapeReport};
use super::reporter::Reporter;
use super::server_handle::ServerHandle;
use crate::cli::{ConnectionString, DryRun, FillArgs};
use crate::commands::error::Error;
use crate::connect::{Session, Target};
use crate::fill::{
    FillError, FillPlan, FillRequest, FillTable, Shape, WantedRows, enough_parents, fewer_than, from_json,
    limit, needs_given, parents_first, plan, refuse_to_empty, spread, to_json,
};
use crate::postgres::fill::{
    AskError, FillTarget, FilledRows, ProofError, count_rows, find_allowed, given_keys, look, meet_checks,
    prove, read_tables, try_other_checks,
};
use crate::postgres::load::{LoadError, LoadOptions, Loading, PutOff};
use crate::postgres::{Citus, Force, Protection, SqlError, read_shape};

/// How many rows all tables get where nobody says how many.
const USUAL_ROWS: u64 = 10_000;

pub(super) async fn run(
    context: &Context,
    args: &FillArgs,
    reporter: &mut dyn Reporter,
) -> Result<Report, Error> {
    let work = async |server: &ServerHandle, reporter: &mut dyn Reporter| {
        fill(context, args, server, reporter).await
    };
    context.with_server(args.waiting.lock_wait, reporter, work).await
}

async fn fill(
    context: &Context,
    args: &FillArgs,
    server: &ServerHandle,
    reporter: &mut dyn Reporter,
) -> Result<Report, Error> {
    let start = Instant::now();
    let session = context.connect(&server.target, reporter.listener()).await?;
    let database = session.target().name();
    if let Some(path) = &args.save_shape {
        let shape = read_shape(&session).await.map_err(looking)?;
        tell_gaps(&shape, reporter);
        session.close().await;
        save(path, &shape)?;
        return Ok(Report::Shape(ShapeReport {
            database,
            file: path.display().to_string(),
            tables: shape.tables.values().map(BTreeMap::len).sum(),
        }));
    }
    let like = match &args.like {
        Some(like) => Some(shape_of(context, like, reporter).await?),
        None => None,
    };
    let FillTarget { protection, citus } = look(&session).await?;
    let is_harmless = args.restore && !args.truncate;
    if args.force.force() == Force::Obey && !is_harmless && protection == Protection::Protected {
        return Err(Error::protected(session.target().database()));
    }
    if args.restore {
        let loading =
            Loading::begin(session, options(context, args, citus), reporter.load_listener()).await?;
        let done = restore(args, &loading, reporter).await;
        loading.end().await.close().await;
        let (emptied, restored) = done?;
        return Ok(Report::Restore(RestoreReport { database, emptied, restored }));
    }
    let answer = |tables, put_off| {
        Report::Fill(FillReport {
            database,
            dry_run: args.dry_run,
            seed: args.seed,
            tables,
            put_off,
            execution_ms: u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX),
        })
    };
    if args.dry_run() == DryRun::Yes {
        let Planned { plan, notes, .. } = planned(context, args, &session, citus, like.as_ref()).await?;
        tell(&notes, reporter);
        session.close().await;
        return Ok(answer(filled(&plan), PutOff::default()));
    }
    let loading = Loading::begin(session, options(context, args, citus), reporter.load_listener()).await?;
    let done = write(context, args, &loading, (like.as_ref(), &|_, _| None), reporter).await;
    loading.end().await.close().await;
    let (tables, put_off) = done?;
    Ok(answer(tables, put_off))
}

/// Brings back what is put off; where somebody wants it so, the tables are emptied first.
async fn restore(
    args: &FillArgs,
    loading: &Loading,
    reporter: &mut dyn Reporter,
) -> Result<(Vec<String>, PutOff), LoadError> {
    let emptied = if args.truncate { loading.empty_put_off().await? } else { Vec::new() };
    Ok((emptied, loading.put_back(reporter.load_listener()).await?))
}

/// What is noted of a table and its rows, in the transaction that copies them.
type Noted<'n> = &'n (dyn Fn(&str, u64) -> Option<String> + Sync);

/// Adds rows to tables, as `pmdb fill TABLE=ROWS` does, in a run that holds the lock.
pub(super) async fn add(
    context: &Context,
    args: &FillArgs,
    loading: &Loading,
    noted: Noted<'_>,
    reporter: &mut dyn Reporter,
) -> Result<Vec<FilledTable>, Error> {
    Ok(write(context, args, loading, (None, noted), reporter).await?.0)
}

/// Under the lock, so that no migration changes a table meanwhile.
async fn write(
    context: &Context,
    args: &FillArgs,
    loading: &Loading,
    (like, noted): (Option<&Shape>, Noted<'_>),
    reporter: &mut dyn Reporter,
) -> Result<(Vec<FilledTable>, PutOff), Error> {
    loading.put_back(reporter.load_listener()).await?;
    let Planned { plan, truncate, notes } =
        planned(context, args, loading.session(), loading.citus(), like).await?;
    tell(&notes, reporter);
    let filled = filled(&plan);
    let (mut tables, rows) = FilledRows::of(plan);
    for table in &mut tables {
        table.noted = noted(&table.name, table.rows);
    }
    let loaded = loading.load(&tables, &truncate, Arc::new(rows), reporter.load_listener()).await?;
    Ok((filled, loaded.put_off))
}

/// What is to be written, tried on the server.
struct Planned {
    plan: FillPlan,
    /// The tables to be emptied before.
    truncate: Vec<String>,
    /// What people should know: why there are fewer rows than somebody asked for, and which tables are left alone.
    notes: Vec<String>,
}

async fn planned(
    context: &Context,
    args: &FillArgs,
    session: &Session,
    citus: Citus,
    like: Option<&Shape>,
) -> Result<Planned, Error> {
    let work = plan_rows(context, args, session, citus, like);
    tokio::select! {
        planned = work => planned,
        () = context.interrupt.requested() => {
            session.cancel().await;
            Err(Error::Interrupted)
        }
    }
}

async fn plan_rows(
    context: &Context,
    args: &FillArgs,
    session: &Session,
    citus: Citus,
    like: Option<&Shape>,
) -> Result<Planned, Error> {
    let mut tables = read_tables(session, &context.own_tables(), citus).await.map_err(looking)?;
    let named = named(session, citus, &tables, &args.tables).await?;
    refuse_without_partitions(&tables, &named)?;
    let request = FillRequest { named, rows: args.rows, truncate: args.truncate };
    count(session, citus, &mut tables, &request, like.is_some()).await?;
    let mut wanted = match like {
        Some(like) if !tables.iter().any(|table| like.table(&table.schema, &table.name).is_some()) => {
            return Err(FillError::NoneAlike.into());
        }
        Some(like) => request.wanted_like(&tables, like),
        None => request.wanted(&tables),
    };
    let mut truncate = Vec::new();
    if args.truncate {
        refuse_to_empty(&tables, &wanted)?;
        for (table, wanted) in tables.iter_mut().zip(&wanted) {
            if *wanted != WantedRows::Nothing {
                truncate.push(table.from());
                table.rows = Some(0);
            }
        }
    }
    let all = if like.is_some() { 0 } else { all_rows(&request) };
    find_values(session, citus, &mut tables, &wanted, (args.seed, all)).await.map_err(asking)?;
    enough_parents(&tables, &mut wanted);
    let mut left_alone: Vec<ProofError> = Vec::new();
    let mut cut: Vec<String> = Vec::new();
    loop {
        let tried = match spread(&tables, &wanted, all) {
            Ok(rows) => plan_these(session, citus, &tables, &rows, (args.seed, like)).await,
            Err(error) => Err(error.into()),
        };
        let (plan, rows) = match tried {
            Ok(both) => both,
            Err(Error::Fill(error)) if gives_way(&error, &mut tables, &mut wanted) => continue,
            Err(Error::Fill(error)) => match end_circle(&error, &mut tables) {
                Some(note) => {
                    cut.push(note);
                    continue;
                }
                None => return Err(because_of(error, &tables, left_alone)),
            },
            Err(error) => return Err(error),
        };
        // A dry run changes nothing: what runs for a row could.
        if args.dry_run() == DryRun::No {
            match prove(session, &plan, &truncate, (citus, args.waiting.lock_timeout)).await {
                Err(error) if leave_alone(&error, &tables, &mut wanted) => {
                    left_alone.push(error);
                    continue;
                }
                Err(error) => match refer_to_nothing(&error, &mut tables) {
                    Some(note) => {
                        cut.push(note);
                        continue;
                    }
                    None => return Err(error.into()),
                },
                Ok(()) => {}
            }
        }
        let left_alone = left_alone.iter().map(|one| format!("{} is left alone: {}", one.table, one.cause));
        // Where only named tables are filled, nobody expects anything of the others.
        let hidden = if request.is_of_all() { hidden(&tables, &wanted) } else { Vec::new() };
        let notes =
            fewer_than(all, &tables, &rows).into_iter().chain(left_alone).chain(hidden).chain(cut).collect();
        return Ok(Planned { plan, truncate, notes });
    }
}

/// Whether the plan can be changed so that this is no error any more: a table for which nobody has said how many rows it gets has as
/// many as it can take, and the rows stay out of a partial index that allows too few.
fn gives_way(error: &FillError, tables: &mut [FillTable], wanted: &mut [WantedRows]) -> bool {
    let Some((table, constraint)) = error.constraint() else { return false };
    let Some(place) = tables.iter().position(|one| one.shown() == table) else { return false };
    if tables.get_mut(place).is_some_and(|table| table.stay_out_of(constraint)) {
        return true;
    }
    matches!(error, FillError::TooMany { most, .. } if limit(wanted, place, *most))
}

fn refuse_without_partitions(tables: &[FillTable], named: &[(usize, u64)]) -> Result<(), FillError> {
    let named = named.iter().filter_map(|(place, _)| tables.get(*place));
    match named.into_iter().find(|table| !table.takes_rows) {
        Some(table) => Err(takes_no_rows(table)),
        None => Ok(()),
    }
}

fn takes_no_rows(table: &FillTable) -> FillError {
    let name = table.shown();
    match table.is_foreign {
        true => FillError::ForeignPartition { table: name },
        false => FillError::NoPartition { table: name },
    }
}

/// Counts the rows that tables have already.
async fn count(
    session: &Session,
    citus: Citus,
    tables: &mut [FillTable],
    request: &FillRequest,
    is_like: bool,
) -> Result<(), Error> {
    let exactly: Vec<usize> = match request.truncate {
        true => Vec::new(),
        false => request.named.iter().map(|(place, _)| *place).collect(),
    };
    let left_alone = match request.is_of_all() || is_like {
        true => BTreeSet::new(),
        false => request.left_alone(tables),
    };
    count_rows(session, citus, tables, &exactly, &left_alone).await.map_err(looking)
}

/// Which values the columns of keys may have in tables that get rows.
async fn find_values(
    session: &Session,
    citus: Citus,
    tables: &mut [FillTable],
    wanted: &[WantedRows],
    (seed, all): (u64, u64),
) -> Result<(), AskError> {
    let gets_rows = |place: &usize| wanted.get(*place).is_some_and(|wanted| *wanted != WantedRows::Nothing);
    let places: Vec<usize> = (0..tables.len()).filter(gets_rows).collect();
    let named = wanted.iter().map(|wanted| match wanted {
        WantedRows::Rows(rows) | WantedRows::Needed(rows) => *rows,
        WantedRows::Nothing | WantedRows::Share(_) => 0,
    });
    let most = named.max().unwrap_or(0).max(all);
    find_allowed(session, citus, tables, &places, (seed, most)).await
}

/// How the tables are filled with this many rows.
async fn plan_these(
    session: &Session,
    citus: Citus,
    tables: &[FillTable],
    rows: &[u64],
    (seed, like): (u64, Option<&Shape>),
) -> Result<(FillPlan, Vec<u64>), Error> {
    if rows.iter().all(|rows| *rows == 0) {
        return Err(nothing(tables).into());
    }
    let given = given_keys(session, citus, tables, &needs_given(tables, rows)).await.map_err(looking)?;
    let mut plan = plan(tables.to_vec(), rows, seed, &given, like)?;
    meet_checks(session, citus, &mut plan).await.map_err(asking)?;
    try_other_checks(session, citus, &plan).await.map_err(asking)?;
    Ok((plan, rows.to_vec()))
}

/// Why no table gets a row.
fn nothing(tables: &[FillTable]) -> FillError {
    if let Some(table) = tables.iter().find(|table| !table.takes_rows) {
        return takes_no_rows(table);
    }
    let has_rows = |table: &FillTable| table.rows.is_some_and(|rows| rows > 0);
    match tables.iter().any(has_rows) {
        true => FillError::AllHaveRows,
        false => FillError::Nothing,
    }
}

pub(super) fn options(context: &Context, args: &FillArgs, citus: Citus) -> LoadOptions {
    LoadOptions {
        history: context.table.clone(),
        jobs: args.jobs.unwrap_or_else(|| available_parallelism().map_or(2, usize::from)),
        lock_wait: args.waiting.lock_wait,
        lock_timeout: args.waiting.lock_timeout,
        lock_retries: args.waiting.lock_retries,
        citus,
        interrupt: context.interrupt.clone(),
    }
}

/// The shape in a file, or of another database, which is only read.
async fn shape_of(
    context: &Context,
    like: &ConnectionString,
    reporter: &mut dyn Reporter,
) -> Result<Shape, Error> {
    let path = Path::new(like.as_str());
    // A connection string has one of these.
    let is_path = !like.as_str().contains("://") && !like.as_str().contains('=');
    if path.is_file() || is_path {
        let text = fs::read_to_string(path).map_err(|source| file_error(path, "read", source))?;
        return from_json(&text).map_err(|source| Error::Shape { path: path.to_owned(), source });
    }
    let target = Target::resolve(Some(like.as_str()), &context.environment)?;
    let session = context.connect_once(&context.in_role(target)).await?;
    let shape = read_shape(&session).await.map_err(looking)?;
    session.close().await;
    tell_gaps(&shape, reporter);
    Ok(shape)
}

fn tell(notes: &[String], reporter: &mut dyn Reporter) {
    for note in notes {
        reporter.note(note);
    }
}

fn tell_gaps(shape: &Shape, reporter: &mut dyn Reporter) {
    for gap in &shape.gaps {
        reporter.note(&gap.to_string());
    }
}

fn save(path: &Path, shape: &Shape) -> Result<(), Error> {
    let text = to_json(shape).map_err(|error| file_error(path, "written", error.into()))?;
    fs::write(path, text).map_err(|source| file_error(path, "written", source))
}

fn file_error(path: &Path, doing: &'static str, source: std::io::Error) -> Error {
    Error::File { path: path.to_owned(), doing, source }
}

fn all_rows(request: &FillRequest) -> u64 {
    match request.rows {
        Some(rows) => rows,
        None if request.named.is_empty() => USUAL_ROWS,
        None => 0,
    }
}

fn filled(plan: &FillPlan) -> Vec<FilledTable> {
    let order = parents_first(&plan.tables);
    let of = |place: usize| plan.filled().find(|(one, _, _)| *one == place);
    let tables = order.into_iter().filter_map(of);
    tables.map(|(_, table, fill)| FilledTable { table: table.shown(), rows: fill.rows }).collect()
}

fn asking(error: AskError) -> Error {
    match error {
        AskError::Sql(source) => looking(source),
        AskError::Fill(error) => error.into(),
    }
}

pub(super) fn looking(source: SqlError) -> Error {
    Error::Sql { doing: "the tables cannot be looked at".to_owned(), source }
}
