//! The rows that comments of seeds ask for (`-- pmdb:fill tasks=100000`), made by the code of `pmdb fill`.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Instant;

use crate::cli::{FillArgs, WaitingArgs};
use crate::commands::context::Context;
use crate::commands::error::Error;
use crate::commands::fill::{add, looking, named, options};
use crate::commands::report::{FilledTable, SeedRows};
use crate::commands::reporter::Reporter;
use crate::commands::server_handle::ServerHandle;
use crate::connect::Session;
use crate::fill::{FillNote, TableRows, fill_notes};
use crate::migration::{Location, Migration, MigrationSet, NoteError, Version};
use crate::postgres::fill::{FillTarget, look, read_tables};
use crate::postgres::load::Loading;
use crate::postgres::{Citus, MadeNote, MadeRows, Migrator};

/// A seed whose comments ask for rows.
pub(super) struct RowRequest {
    pub version: Version,
    name: String,
    path: PathBuf,
    notes: Vec<FillNote>,
}

/// The seeds whose comments ask for rows.
pub(super) fn asking(seeds: &MigrationSet) -> Result<Vec<RowRequest>, NoteError> {
    let of = |seed: &Migration| {
        let (version, name, path) = (seed.version.clone(), seed.name.clone(), seed.path.clone());
        Ok(RowRequest { version, name, path, notes: fill_notes(seed)? })
    };
    let all: Vec<RowRequest> = seeds.migrations().iter().map(of).collect::<Result<_, _>>()?;
    Ok(all.into_iter().filter(|asking| !asking.notes.is_empty()).collect())
}

/// Looks whether there are the tables that are asked for, before a statement runs. Those that seeds make themselves come later.
pub(super) async fn check_tables(
    context: &Context,
    seeder: &Migrator,
    all: &[RowRequest],
) -> Result<(), Error> {
    if all.is_empty() {
        return Ok(());
    }
    let FillTarget { citus, .. } = look(seeder.session()).await?;
    let tables = read_tables(seeder.session(), &context.own_tables(), citus).await.map_err(looking)?;
    let made = seeder.set().table_names();
    for asking in all {
        for note in &asking.notes {
            for (at, asked) in note.tables.iter().filter(|(_, asked)| !made.contains(&asked.table)) {
                named(seeder.session(), citus, &tables, std::slice::from_ref(asked))
                    .await
                    .map_err(|error| asking.refused(None, *at, &note.line, error))?;
            }
        }
    }
    Ok(())
}

/// Makes the rows that a seed asks for and that it has not made yet. Where it has made all, no lock is taken.
pub(super) async fn make(
    context: &Context,
    server: &ServerHandle,
    waiting: &WaitingArgs,
    seeder: &Migrator,
    asking: &RowRequest,
    reporter: &mut dyn Reporter,
) -> Result<Option<SeedRows>, Error> {
    let made = seeder.made_rows(reporter.listener()).await?;
    let FillTarget { citus, .. } = look(seeder.session()).await?;
    if asking.left(context, seeder.session(), citus, made.rows()).await?.is_empty() {
        return Ok(None);
    }
    let start = Instant::now();
    let session = context.connect(&server.target, reporter.listener()).await?;
    let options = options(context, &FillArgs::of_tables(Vec::new(), waiting), citus);
    let loading = Loading::begin(session, options, reporter.load_listener()).await;
    let loading = loading?;
    let done = make_locked(context, waiting, seeder, asking, &loading, reporter).await;
    loading.end().await.close().await;
    let execution_ms = u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX);
    let (version, name, tables) = (asking.version.clone(), asking.name.clone(), done?);
    Ok((!tables.is_empty()).then_some(SeedRows { version, name, tables, execution_ms }))
}

/// Another run may have made some before this one got the lock.
async fn make_locked(
    context: &Context,
    waiting: &WaitingArgs,
    seeder: &Migrator,
    asking: &RowRequest,
    loading: &Loading,
    reporter: &mut dyn Reporter,
) -> Result<Vec<FilledTable>, Error> {
    let made = seeder.made_rows(reporter.listener()).await?;
    if made == MadeNote::NoColumn {
        seeder.make_room_for_made_rows(reporter.listener()).await?;
    }
    let mut tables = Vec::new();
    for (note, left) in asking.left(context, loading.session(), loading.citus(), made.rows()).await? {
        let args = FillArgs::of_tables(left, waiting);
        let noted = |table: &str, rows| Some(seeder.history_table().note_made(&asking.version, table, rows));
        let added = add(context, &args, loading, &noted, reporter).await;
        tables.extend(added.map_err(|error| asking.failed(note.location, &note.line, error))?);
    }
    Ok(tables)
}

impl RowRequest {
    /// What each comment asks for beyond what the seed has made.
    async fn left(
        &self,
        context: &Context,
        session: &Session,
        citus: Citus,
        made: &[MadeRows],
    ) -> Result<Vec<(&FillNote, Vec<TableRows>)>, Error> {
        let tables = read_tables(session, &context.own_tables(), citus).await.map_err(looking)?;
        let mut done: BTreeMap<&str, u64> = BTreeMap::new();
        for made in made.iter().filter(|made| made.version == self.version) {
            *done.entry(&made.table).or_default() += made.rows;
        }
        let mut all = Vec::new();
        for note in &self.notes {
            let mut left = Vec::new();
            for (at, asked) in &note.tables {
                let found = named(session, citus, &tables, std::slice::from_ref(asked)).await;
                let found = found.map_err(|error| self.failed(*at, &note.line, error))?;
                let Some(table) = found.first().and_then(|(place, _)| tables.get(*place)) else { continue };
                // Two comments may name the same table.
                let done = done.entry(&table.sql).or_default();
                let counted = asked.rows.min(*done);
                *done -= counted;
                if asked.rows > counted {
                    left.push(TableRows { table: table.sql.clone(), rows: asked.rows - counted });
                }
            }
            if !left.is_empty() {
                all.push((note, left));
            }
        }
        Ok(all)
    }

    fn failed(&self, location: Location, line: &str, source: Error) -> Error {
        let applied = Some(format!("{} {}", self.version, self.name));
        self.refused(applied, location, line, source)
    }

    fn refused(&self, applied: Option<String>, location: Location, line: &str, source: Error) -> Error {
        Error::SeedRows {
            applied,
            path: self.path.clone(),
            location,
            line: line.to_owned(),
            source: Box::new(source),
        }
    }
}

/// Says which rows of seeds are still there that were taken out. That is done, whether this can be read or not.
pub(in crate::commands) async fn tell_left(
    seeder: &Migrator,
    made: impl Iterator<Item = &MadeRows>,
    reporter: &mut dyn Reporter,
) {
    let mut by_table: BTreeMap<&str, u64> = BTreeMap::new();
    for made in made {
        *by_table.entry(&made.table).or_default() += made.rows;
    }
    let tables: Vec<&str> = by_table.keys().copied().collect();
    let with_rows = seeder.tables_with_rows(&tables, reporter.listener()).await.unwrap_or_default();
    let left = by_table.iter().filter(|(table, _)| with_rows.iter().any(|one| one == *table));
    let left: Vec<String> = left.map(|(table, rows)| format!("{table} ({rows} were made)")).collect();
    if !left.is_empty() {
        reporter.note(&format!(
            "rows are left in {}: what pmdb:fill has made stays unless a down half deletes it, and `pmdb seed` makes as many again",
            left.join(", ")
        ));
    }
}
