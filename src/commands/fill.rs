//! `pmdb fill`: rows for every table.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::thread::available_parallelism;
use std::time::Instant;

use super::context::Context;
use super::report::{FillReport, FilledTable, Report, RestoreReport, ShapeReport};
use super::reporter::Reporter;
use super::server_handle::ServerHandle;
use crate::catalog::schema::UnknownTable;
use crate::cli::{ConnectionString, DryRun, FillArgs};
use crate::commands::error::Error;
use crate::connect::{Session, Target};
use crate::fill::{
    FillError, FillPlan, Shape, Table, TableRows, Wanted, from_json, needs_given, parents_first, plan,
    spread, to_json,
};
use crate::postgres::fill::{
    AskError, FilledRows, Look, count_rows, find_allowed, given_keys, look, meet_checks, prove, read_tables,
    try_other_checks,
};
use crate::postgres::load::{LoadOptions, Loading, PutOff};
use crate::postgres::{Citus, Force, Protection, SqlError, read_shape};

/// How many rows all tables get where nobody says how many.
const USUAL_ROWS: u64 = 10_000;

/// How many children a row of a table has that is filled since another one refers to it.
const CHILDREN: u64 = 10;

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
    let Look { protection, citus } = look(&session).await?;
    if args.restore {
        let loading =
            Loading::begin(session, options(context, args, citus), reporter.load_listener()).await?;
        let restored = loading.put_back(reporter.load_listener()).await;
        loading.end().await.close().await;
        return Ok(Report::Restore(RestoreReport { database, restored: restored? }));
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
    if args.force.force() == Force::Obey && protection == Protection::Protected {
        return Err(Error::protected(session.target().database()));
    }
    if args.dry_run() == DryRun::Yes {
        let (plan, _) = planned(context, args, &session, citus, like.as_ref()).await?;
        session.close().await;
        return Ok(answer(filled(&plan), PutOff::default()));
    }
    let loading = Loading::begin(session, options(context, args, citus), reporter.load_listener()).await?;
    let done = write(context, args, &loading, (like.as_ref(), &|_, _| None), reporter).await;
    loading.end().await.close().await;
    let (tables, put_off) = done?;
    Ok(answer(tables, put_off))
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
    let (plan, truncate) = planned(context, args, loading.session(), loading.citus(), like).await?;
    let filled = filled(&plan);
    let (mut tables, rows) = FilledRows::of(plan);
    for table in &mut tables {
        table.noted = noted(&table.name, table.rows);
    }
    let loaded = loading.load(&tables, &truncate, Arc::new(rows), reporter.load_listener()).await?;
    Ok((filled, loaded.put_off))
}

/// What is to be written, tried on the server, and the tables to be emptied before.
async fn planned(
    context: &Context,
    args: &FillArgs,
    session: &Session,
    citus: Citus,
    like: Option<&Shape>,
) -> Result<(FillPlan, Vec<String>), Error> {
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
) -> Result<(FillPlan, Vec<String>), Error> {
    let mut tables = read_tables(session, &context.own_tables(), citus).await.map_err(looking)?;
    let named = named(&tables, &args.tables)?;
    let exactly: Vec<usize> =
        if args.truncate { Vec::new() } else { named.iter().map(|(place, _)| *place).collect() };
    let left_alone = left_alone(&tables, &named, args);
    count_rows(session, citus, &mut tables, &exactly, &left_alone).await.map_err(looking)?;
    let wanted = match like {
        Some(like) => wanted_like(&tables, &named, args, like),
        None => wanted(&tables, &named, args),
    };
    let mut truncate = Vec::new();
    if args.truncate {
        for (table, wanted) in tables.iter_mut().zip(&wanted) {
            if *wanted != Wanted::Nothing {
                truncate.push(table.from());
                table.rows = Some(0);
            }
        }
    }
    let all = if like.is_some() { 0 } else { all_rows(args, &named) };
    find_values(session, citus, &mut tables, &wanted, (args.seed, all)).await.map_err(looking)?;
    let mut wanted = wanted;
    loop {
        let rows = spread(&tables, &wanted, all)?;
        let tried = plan_these(session, citus, &tables, &rows, (args.seed, like)).await;
        match tried {
            // Where nobody has said how many rows a table gets, others get those that it cannot take.
            Err(Error::Fill(FillError::TooMany { table, most, .. }))
                if limit(&tables, &mut wanted, &table, most) => {}
            Err(error) => return Err(error),
            Ok(plan) => {
                prove(session, &plan, &truncate, citus).await?;
                return Ok((plan, truncate));
            }
        }
    }
}

/// Which values the columns of keys may have in tables that get rows.
async fn find_values(
    session: &Session,
    citus: Citus,
    tables: &mut [Table],
    wanted: &[Wanted],
    (seed, all): (u64, u64),
) -> Result<(), SqlError> {
    let gets_rows = |place: &usize| wanted.get(*place).is_some_and(|wanted| *wanted != Wanted::Nothing);
    let places: Vec<usize> = (0..tables.len()).filter(gets_rows).collect();
    let named = wanted.iter().map(|wanted| if let Wanted::Rows(rows) = wanted { *rows } else { 0 });
    let most = named.max().unwrap_or(0).max(all);
    find_allowed(session, citus, tables, &places, (seed, most)).await
}

/// How the tables are filled with this many rows.
async fn plan_these(
    session: &Session,
    citus: Citus,
    tables: &[Table],
    rows: &[u64],
    (seed, like): (u64, Option<&Shape>),
) -> Result<FillPlan, Error> {
    if rows.iter().all(|rows| *rows == 0) {
        return Err(FillError::Nothing.into());
    }
    let given = given_keys(session, tables, &needs_given(tables, rows)).await.map_err(looking)?;
    let mut plan = plan(tables.to_vec(), rows, seed, &given, like)?;
    let asking = |error| match error {
        AskError::Sql(source) => looking(source),
        AskError::Fill(error) => error.into(),
    };
    meet_checks(session, citus, &mut plan).await.map_err(asking)?;
    try_other_checks(session, citus, &plan).await.map_err(asking)?;
    Ok(plan)
}

/// Whether a table, as people call it, may get fewer rows: then it gets no more than these.
fn limit(tables: &[Table], wanted: &mut [Wanted], table: &str, most: u64) -> bool {
    let place = tables.iter().position(|one| one.shown() == table);
    match place.and_then(|place| wanted.get_mut(place)) {
        Some(wanted @ Wanted::Share(_)) if *wanted != Wanted::Share(most) => {
            *wanted = Wanted::Share(most);
            true
        }
        _ => false,
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

/// The tables that are named, by their places, with their rows.
pub(super) fn named(tables: &[Table], wanted: &[TableRows]) -> Result<Vec<(usize, u64)>, Error> {
    let find = |name: &str| {
        let fits = |table: &Table| {
            table.name == name || table.sql == name || format!("{}.{}", table.schema, table.name) == name
        };
        let found: Vec<usize> =
            (0..tables.len()).filter(|place| tables.get(*place).is_some_and(fits)).collect();
        match found.as_slice() {
            [] => {
                let all: Vec<String> = tables.iter().map(Table::shown).collect();
                let all: Vec<&str> = all.iter().map(String::as_str).collect();
                let similar =
                    similar::get_close_matches(name, &all, 3, 0.6).into_iter().map(str::to_owned).collect();
                Err(Error::UnknownTable(UnknownTable { pattern: name.to_owned(), similar }))
            }
            [place] => Ok(*place),
            places => {
                let names: Vec<String> = places
                    .iter()
                    .filter_map(|place| {
                        tables.get(*place).map(|table| format!("{}.{}", table.schema, table.name))
                    })
                    .collect();
                Err(Error::Usage {
                    message: format!("there are several tables {name}"),
                    hint: Some(format!("name one of {}", names.join(", "))),
                })
            }
        }
    };
    wanted.iter().map(|wanted| Ok((find(&wanted.table)?, wanted.rows))).collect()
}

/// The tables that have nothing to do with those that are named, where these alone are filled.
fn left_alone(tables: &[Table], named: &[(usize, u64)], args: &FillArgs) -> BTreeSet<usize> {
    if named.is_empty() || args.rows.is_some() || args.like.is_some() {
        return BTreeSet::new();
    }
    let mut involved = BTreeSet::new();
    let mut left: Vec<usize> = named.iter().map(|(place, _)| *place).collect();
    while let Some(place) = left.pop() {
        if involved.insert(place) {
            let keys = tables.get(place).map(|table| table.foreign_keys.as_slice()).unwrap_or_default();
            left.extend(keys.iter().map(|key| key.parent));
        }
    }
    (0..tables.len()).filter(|place| !involved.contains(place)).collect()
}

/// What each table gets: those that are named their number; those without rows a part of `--rows`, or, without it, as many as
/// the named ones need that refer to them.
fn wanted(tables: &[Table], named: &[(usize, u64)], args: &FillArgs) -> Vec<Wanted> {
    let may_be_filled = |table: &Table| !table.is_of_an_extension && (args.truncate || table.rows == Some(0));
    let shares = named.is_empty() || args.rows.is_some();
    let mut wanted: Vec<Wanted> = tables
        .iter()
        .map(|table| if shares && may_be_filled(table) { Wanted::Share(u64::MAX) } else { Wanted::Nothing })
        .collect();
    for (place, rows) in named {
        if let Some(slot) = wanted.get_mut(*place) {
            *slot = Wanted::Rows(*rows);
        }
    }
    for place in parents_first(tables).into_iter().rev() {
        let (Some(table), Some(Wanted::Rows(rows))) = (tables.get(place), wanted.get(place).copied()) else {
            continue;
        };
        let parents: BTreeSet<usize> = table.foreign_keys.iter().map(|key| key.parent).collect();
        for parent in parents {
            let is_empty =
                tables.get(parent).is_some_and(|parent| parent.rows == Some(0) && !parent.is_of_an_extension);
            if let Some(slot @ Wanted::Nothing) = wanted.get_mut(parent)
                && is_empty
            {
                *slot = Wanted::Rows(rows.div_ceil(CHILDREN));
            }
        }
    }
    wanted
}

/// As many rows as the other database has; with `--rows`, in proportion.
fn wanted_like(tables: &[Table], named: &[(usize, u64)], args: &FillArgs, like: &Shape) -> Vec<Wanted> {
    let there =
        |table: &Table| like.table(&table.schema, &table.name).and_then(|table| table.rows).unwrap_or(0);
    let all: u64 = tables.iter().map(there).sum();
    let scaled = |rows: u64| match args.rows {
        Some(wanted) if rows > 0 => (u128::from(rows) * u128::from(wanted)).div_ceil(u128::from(all.max(1))),
        _ => u128::from(rows),
    };
    let of = |table: &Table| {
        let may_be_filled = !table.is_of_an_extension && (args.truncate || table.rows == Some(0));
        match u64::try_from(scaled(there(table))).unwrap_or(u64::MAX) {
            rows if rows > 0 && may_be_filled => Wanted::Rows(rows),
            _ => Wanted::Nothing,
        }
    };
    let mut wanted: Vec<Wanted> = tables.iter().map(of).collect();
    for (place, rows) in named {
        if let Some(slot) = wanted.get_mut(*place) {
            *slot = Wanted::Rows(*rows);
        }
    }
    wanted
}

/// The shape in a file, or of another database, which is only read.
async fn shape_of(
    context: &Context,
    like: &ConnectionString,
    reporter: &mut dyn Reporter,
) -> Result<Shape, Error> {
    let path = Path::new(like.as_str());
    if path.is_file() {
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

fn all_rows(args: &FillArgs, named: &[(usize, u64)]) -> u64 {
    match args.rows {
        Some(rows) => rows,
        None if named.is_empty() => USUAL_ROWS,
        None => 0,
    }
}

fn filled(plan: &FillPlan) -> Vec<FilledTable> {
    let order = parents_first(&plan.tables);
    let of = |place: usize| plan.filled().find(|(one, _, _)| *one == place);
    let tables = order.into_iter().filter_map(of);
    tables.map(|(_, table, fill)| FilledTable { table: table.shown(), rows: fill.rows }).collect()
}

pub(super) fn looking(source: SqlError) -> Error {
    Error::Sql { doing: "the tables cannot be looked at".to_owned(), source }
}
