//! Loading tables side by side, each unit of them in a transaction: a run that is stopped or killed leaves whole tables.

use std::collections::BTreeMap;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::stream::{self, StreamExt};
use postgres_protocol::escape::escape_literal;
use tokio::sync::watch;
use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, SimpleQueryRow};

use super::candidates::oids;
use super::copy::{column_list, copy};
use super::error::LoadError;
use super::event::{LoadEvent, LoadListener};
use super::loading::Loading;
use super::order::{Unit, units};
use super::put_off::PutOff;
use super::rows::{LoadTable, RowSource};
use super::triggers::insert_triggers;
use crate::connect::Session;
use crate::postgres::interrupt::{Interrupt, Interrupter, interrupt};
use crate::postgres::own_path::{Lasting, by_own_path};
use crate::postgres::rows::rows;
use crate::postgres::run::NAMES_TAKEN;
use crate::postgres::sql_error::SqlError;

/// What was loaded.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Loaded {
    /// The tables that are there as a whole, by their places, as they were finished.
    pub tables: Vec<usize>,
    /// What was put off, and is back.
    pub put_off: PutOff,
}

/// What is known of a table before it is loaded.
#[derive(Debug, Clone, PartialEq, Eq)]
struct KnownTable {
    can_be_frozen: bool,
    /// Statements that set its sequences.
    sequences: Option<String>,
}

/// A foreign key between two tables, by their places: from, to.
type TableReference = (usize, usize);

/// How far a unit has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    NotBegun,
    /// It has a connection, and its transaction has begun.
    Begun,
    /// It is committed.
    There,
}

/// All that the transactions of a run share.
struct SharedLoad<'a> {
    loading: &'a Loading,
    tables: &'a [LoadTable],
    source: Arc<dyn RowSource>,
    known: Vec<KnownTable>,
    /// The foreign keys that the server checks row by row.
    kept: Vec<TableReference>,
    /// How far each unit has come, by its place.
    stages: Vec<watch::Sender<Stage>>,
    /// Ends all as soon as one fails.
    stopper: Interrupter,
    stop: Interrupt,
    listener: Mutex<&'a mut dyn LoadListener>,
    finished: Mutex<Vec<usize>>,
    setting_sequences: tokio::sync::Mutex<()>,
}

impl Loading {
    /// Loads these tables; before, it empties those whose names are in `truncate`. What can be put off meanwhile is, and is
    /// back at the end, also where something fails. Then all that has rows now is analyzed.
    ///
    /// # Errors
    /// [`LoadError::Stopped`] says which tables are there. See [`put_off`](Self::put_off), [`put_back`](Self::put_back).
    pub async fn load(
        &self,
        tables: &[LoadTable],
        truncate: &[String],
        source: Arc<dyn RowSource>,
        listener: &mut dyn LoadListener,
    ) -> Result<Loaded, LoadError> {
        let names: Vec<String> = tables.iter().map(|table| table.name.clone()).collect();
        let references = self.references(&names).await?;
        let put_off = self.put_off(&names, truncate).await?;
        listener.load_event(LoadEvent::Begins(tables));
        let (copied, finished) = self.copy_all(tables, &names, &references, source, listener).await;
        let put_back = self.put_back(listener).await;
        let put_back =
            if put_off.steps() > 0 { put_back.map_err(|error| self.still_put_off(error)) } else { put_back };
        if let Err(mut cause) = copied {
            if let LoadError::Copy { triggers, .. } | LoadError::KeptOut { triggers, .. } = &mut cause {
                *triggers = insert_triggers(self.session.client(), &names).await;
            }
            let whole = finished.iter().filter_map(|place| names.get(*place).cloned()).collect();
            return Err(LoadError::Stopped {
                cause: Box::new(cause),
                whole,
                emptied: truncate.to_vec(),
                put_back: put_back.err().map(Box::new),
            });
        }
        put_back?;
        listener.load_event(LoadEvent::Analyzing);
        self.analyze(tables).await?;
        Ok(Loaded { tables: finished, put_off })
    }

    /// Copies all rows, and tells which tables are there now.
    async fn copy_all(
        &self,
        tables: &[LoadTable],
        names: &[String],
        references: &[TableReference],
        source: Arc<dyn RowSource>,
        listener: &mut dyn LoadListener,
    ) -> (Result<(), LoadError>, Vec<usize>) {
        let (known, kept) = match self.known_and_kept(names).await {
            Ok(both) => both,
            Err(error) => return (Err(error), Vec::new()),
        };
        let units = units(tables.len(), references);
        let (stopper, stop) = interrupt();
        let stages = units.iter().map(|_| watch::channel(Stage::NotBegun).0).collect();
        let shared = SharedLoad {
            loading: self,
            tables,
            source,
            known,
            kept,
            stages,
            stopper,
            stop,
            listener: Mutex::new(listener),
            finished: Mutex::default(),
            setting_sequences: tokio::sync::Mutex::default(),
        };
        let work =
            stream::iter(units.iter().enumerate()).map(|(place, unit)| shared.load(place, unit, &units));
        let results: Vec<Result<(), LoadError>> = work.buffer_unordered(self.options.jobs).collect().await;
        let finished = shared.finished.into_inner().unwrap_or_else(PoisonError::into_inner);
        (first_error(results), finished)
    }

    async fn known_and_kept(
        &self,
        names: &[String],
    ) -> Result<(Vec<KnownTable>, Vec<TableReference>), LoadError> {
        let query = include_str!("sql/tables.sql").trim_end().trim_end_matches(';');
        let query = by_own_path(Lasting::ForTheTransaction, &query.replace("$1", &oids(names)));
        let answer = rows(self.session.client(), &query).await;
        let known =
            answer.map_err(|error| LoadError::Look(error.into()))?.iter().map(KnownTable::of).collect();
        Ok((known, self.references(names).await?))
    }

    /// The foreign keys among these tables, those of their partitions among them.
    async fn references(&self, names: &[String]) -> Result<Vec<TableReference>, LoadError> {
        let root = |table: &str| {
            let root = format!("pg_catalog.pg_partition_root({table}::pg_catalog.regclass)::pg_catalog.oid");
            format!("COALESCE({root}, {table})")
        };
        let oids = oids(names);
        let query = format!(
            "SELECT oid AS table FROM pg_catalog.unnest({oids}) AS tables (oid); \
             SELECT {} AS conrelid, {} AS confrelid FROM pg_catalog.pg_constraint \
             WHERE contype OPERATOR(pg_catalog.=) 'f'::pg_catalog.\"char\"",
            root("conrelid"),
            root("confrelid"),
        );
        let answer = rows(self.session.client(), &query).await;
        let answer = answer.map_err(|error| LoadError::Look(error.into()))?;
        let text = |row: &SimpleQueryRow, column: &str| row.try_get(column).ok().flatten().map(str::to_owned);
        let tables = answer.iter().filter_map(|row| text(row, "table"));
        let places: BTreeMap<String, usize> = tables.zip(0..).collect();
        let place = |row: &SimpleQueryRow, column| places.get(&text(row, column)?).copied();
        Ok(answer
            .iter()
            .filter_map(|row| Some((place(row, "conrelid")?, place(row, "confrelid")?)))
            .collect())
    }

    /// Has the server look at the rows, so that it plans for them: at the largest tables first, which take longest.
    async fn analyze(&self, tables: &[LoadTable]) -> Result<(), LoadError> {
        let mut largest_first: Vec<&LoadTable> = tables.iter().collect();
        largest_first.sort_by_key(|table| std::cmp::Reverse(table.rows));
        let analyzed = stream::iter(largest_first).map(|table| async move {
            let session = self.take_session().await?;
            let done = analyze(&session, table).await;
            done.map_err(|error| LoadError::Analyze { table: table.name.clone(), source: error.into() })?;
            self.give_back(session);
            Ok(())
        });
        first_error(analyzed.buffer_unordered(self.options.jobs).collect().await)
    }
}

/// Index-only scans look into each page that VACUUM has not found to be all visible: what is not frozen needs VACUUM, and so do the empty
/// pages that PostgreSQL 16 adds ahead of the rows. In a table that had rows it could take long.
async fn analyze(session: &Session, table: &LoadTable) -> Result<(), tokio_postgres::Error> {
    let LoadTable { name, is_new, .. } = table;
    let analyze = format!("ANALYZE {name}");
    if !is_new {
        return session.client().batch_execute(&analyze).await;
    }
    if session.server_version() < 16 {
        let look = include_str!("sql/hidden_pages.sql").replace("$1", &escape_literal(name));
        let look = by_own_path(Lasting::ForTheTransaction, &look);
        let found = rows(session.client(), &format!("{analyze}; {look}")).await?;
        if found.last().and_then(|row| row.get("has_hidden_pages")) == Some("f") {
            return Ok(());
        }
    }
    session.client().batch_execute(&format!("VACUUM (ANALYZE) {name}")).await
}

impl KnownTable {
    fn of(row: &SimpleQueryRow) -> KnownTable {
        KnownTable {
            can_be_frozen: row.try_get("can_be_frozen").ok().flatten() == Some("t"),
            sequences: row.try_get("sequences").ok().flatten().map(str::to_owned),
        }
    }
}

impl SharedLoad<'_> {
    /// Loads a unit, unless another one has failed; then that is what is told.
    async fn load(&self, place: usize, unit: &Unit, units: &[Unit]) -> Result<(), LoadError> {
        let loaded = self.load_unless_stopped(place, unit, units).await;
        if loaded.is_err() {
            self.stopper.interrupt();
        }
        loaded
    }

    async fn load_unless_stopped(&self, place: usize, unit: &Unit, units: &[Unit]) -> Result<(), LoadError> {
        // Where a pooler has few servers to give, those that others wait for have to come first.
        let before = if self.refers_by_kept(unit, units) { Stage::There } else { Stage::Begun };
        self.unless_stopped(self.parents_are_at(unit, before)).await?;
        let session = self.unless_stopped(self.loading.take_session()).await??;
        match self.load_on(&session, place, unit).await {
            Ok(()) => self.loading.give_back(session),
            Err(error) => {
                // A connection that is dropped takes its transaction with it, but the server may be busy with a trigger.
                if matches!(error, LoadError::Interrupted { .. } | LoadError::ByAnother) {
                    session.cancel().await;
                }
                return Err(error);
            }
        }
        self.finished.lock().unwrap_or_else(PoisonError::into_inner).extend(&unit.tables);
        self.is_at(place, Stage::There);
        Ok(())
    }

    async fn load_on(&self, session: &Session, place: usize, unit: &Unit) -> Result<(), LoadError> {
        self.unless_stopped(self.begin(session, unit)).await??;
        self.is_at(place, Stage::Begun);
        self.unless_stopped(self.copy_unit(session.client(), unit)).await??;
        self.unless_stopped(self.parents_are_at(unit, Stage::There)).await?;
        self.unless_stopped(self.note(session.client(), unit)).await??;
        let committed = session.client().batch_execute("COMMIT").await;
        committed.map_err(|error| self.failed(unit, error.into()))
    }

    async fn begin(&self, session: &Session, unit: &Unit) -> Result<(), LoadError> {
        let begun = self.loading.opening().send(session.client(), |_, _| {}).await;
        begun.map_err(|failed| self.failed(unit, failed.error))?;
        if unit.tables.len() > 1 {
            // Of a circle of keys, one has to wait for the end. Those that can't are put off.
            let deferred = session.client().batch_execute("SET CONSTRAINTS ALL DEFERRED").await;
            deferred.map_err(|error| self.failed(unit, error.into()))?;
        }
        Ok(())
    }

    async fn copy_unit(&self, client: &Client, unit: &Unit) -> Result<(), LoadError> {
        let freeze = self.empty_again(client, unit).await?;
        for place in &unit.tables {
            self.copy_table(client, *place, freeze).await?;
        }
        Ok(())
    }

    /// COPY may write rows as frozen where the table was emptied in the same transaction. Where somebody has written to it
    /// since it was seen to be empty, or reads it, it is not emptied.
    async fn empty_again(&self, client: &Client, unit: &Unit) -> Result<Freeze, LoadError> {
        let is_referred_to =
            |table: &usize| self.kept.iter().any(|(from, to)| to == table && !unit.tables.contains(from));
        let can_be = |table: &usize| self.known.get(*table).is_some_and(|known| known.can_be_frozen);
        if unit.tables.iter().any(is_referred_to) || !unit.tables.iter().all(can_be) {
            return Ok(Freeze::No);
        }
        let names: Vec<String> = self.of(unit).map(|table| format!("ONLY {}", table.name)).collect();
        // Nobody waits for this: those who read the table meanwhile do not, nor do others who come after it in the queue.
        let lock = format!("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE NOWAIT", names.join(", "));
        let exists: Vec<String> = names.iter().map(|name| format!("EXISTS (SELECT FROM {name})")).collect();
        let query = format!(
            "SAVEPOINT pmdb_freeze; {lock}; SELECT {} AS has_rows; RELEASE SAVEPOINT pmdb_freeze",
            exists.join(" OR ")
        );
        let answer = match rows(client, &query).await.map_err(SqlError::from) {
            Err(error) if error.is(&SqlState::LOCK_NOT_AVAILABLE) => {
                let back = client.batch_execute("ROLLBACK TO SAVEPOINT pmdb_freeze").await;
                return back.map(|()| Freeze::No).map_err(|error| self.failed(unit, error.into()));
            }
            answer => answer.map_err(|error| self.failed(unit, error))?,
        };
        if answer.first().and_then(|row| row.get("has_rows")) != Some("f") {
            return Ok(Freeze::No);
        }
        let truncate = format!("TRUNCATE {}", names.join(", "));
        client.batch_execute(&truncate).await.map_err(|error| self.failed(unit, error.into()))?;
        Ok(Freeze::Yes)
    }

    async fn copy_table(&self, client: &Client, place: usize, freeze: Freeze) -> Result<(), LoadError> {
        let (Some(table), Some(known)) = (self.tables.get(place), self.known.get(place)) else {
            return Ok(());
        };
        let failed = |error: tokio_postgres::Error| LoadError::Copy {
            table: table.name.clone(),
            source: error.into(),
            triggers: Vec::new(),
        };
        self.tell(LoadEvent::Copying { table: place });
        // The driver prepares a COPY under a name that somebody else may have left on a pooler's connection.
        for taken in rows(client, NAMES_TAKEN).await.map_err(failed)? {
            if let Some(deallocate) = taken.get(0) {
                client.batch_execute(deallocate).await.map_err(failed)?;
            }
        }
        let freeze = if freeze == Freeze::Yes { ", FREEZE" } else { "" };
        let columns = column_list(&table.columns);
        let statement = format!("COPY {}{columns} FROM STDIN (FORMAT binary{freeze})", table.name);
        let progress = |rows| self.tell(LoadEvent::Rows { table: place, rows });
        let kept =
            copy(client, &statement, (place, table.rows), &self.source, progress).await.map_err(failed)?;
        if kept < table.rows {
            let (lost, table) = (table.rows - kept, table.name.clone());
            return Err(LoadError::KeptOut { table, lost, triggers: Vec::new() });
        }
        if let Some(sequences) = &known.sequences {
            // Several tables may take values from one.
            let _alone = self.setting_sequences.lock().await;
            client.batch_execute(sequences).await.map_err(failed)?;
        }
        self.tell(LoadEvent::Copied { table: place });
        Ok(())
    }

    /// Says what is to be said in the same transaction. Last of all: others may wait for the row that it writes.
    async fn note(&self, client: &Client, unit: &Unit) -> Result<(), LoadError> {
        for table in self.of(unit) {
            if let Some(noted) = &table.noted {
                client.batch_execute(noted).await.map_err(|error| self.failed(unit, error.into()))?;
            }
        }
        Ok(())
    }

    /// Whether a row of this unit is checked by the server against rows that another unit makes.
    fn refers_by_kept(&self, unit: &Unit, units: &[Unit]) -> bool {
        let parents = unit.parents.iter().filter_map(|parent| units.get(*parent));
        let parents: Vec<&usize> = parents.flat_map(|parent| &parent.tables).collect();
        self.kept.iter().any(|(from, to)| unit.tables.contains(from) && parents.contains(&to))
    }

    fn is_at(&self, place: usize, stage: Stage) {
        if let Some(one) = self.stages.get(place) {
            one.send_replace(stage);
        }
    }

    async fn parents_are_at(&self, unit: &Unit, stage: Stage) {
        for parent in unit.parents.iter().filter_map(|parent| self.stages.get(*parent)) {
            // The sender lives as long as this.
            let _ = parent.subscribe().wait_for(|now| *now >= stage).await;
        }
    }

    /// Ends with an error as soon as another unit has failed or somebody asks to stop.
    async fn unless_stopped<T>(&self, work: impl Future<Output = T>) -> Result<T, LoadError> {
        let mut work = pin!(work);
        tokio::select! {
            biased;
            () = self.loading.options.interrupt.requested() => Err(LoadError::Interrupted { note: None }),
            () = self.stop.requested() => Err(LoadError::ByAnother),
            done = &mut work => Ok(done),
        }
    }

    fn of(&self, unit: &Unit) -> impl Iterator<Item = &LoadTable> {
        unit.tables.iter().filter_map(|place| self.tables.get(*place))
    }

    fn failed(&self, unit: &Unit, source: SqlError) -> LoadError {
        match self.of(unit).next() {
            Some(table) => LoadError::Copy { table: table.name.clone(), source, triggers: Vec::new() },
            None => LoadError::Look(source),
        }
    }

    fn tell(&self, event: LoadEvent<'_>) {
        self.listener.lock().unwrap_or_else(PoisonError::into_inner).load_event(event);
    }
}

/// Whether COPY writes rows as frozen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Freeze {
    Yes,
    No,
}

/// The first error that is one of its own, and not what another one has led to.
fn first_error(results: Vec<Result<(), LoadError>>) -> Result<(), LoadError> {
    let (led_to, own): (Vec<LoadError>, Vec<LoadError>) =
        results.into_iter().filter_map(Result::err).partition(|error| matches!(error, LoadError::ByAnother));
    own.into_iter().chain(led_to).next().map_or(Ok(()), Err)
}
