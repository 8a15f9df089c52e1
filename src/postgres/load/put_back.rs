//! Bringing back what was put off, each item in a transaction of its own: whenever a run is killed, an item is there or not,
//! and the next run goes on. The note goes when the catalog says of all of it what it said before.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use futures_util::stream::{FuturesUnordered, StreamExt};
use tokio_postgres::error::SqlState;

use super::error::LoadError;
use super::event::{LoadEvent, LoadListener};
use super::loading::Loading;
use super::note::{PutOffItem, Sort};
use super::proof;
use super::put_off::PutOff;
use crate::catalog::Catalog;
use crate::postgres::catalog::read_catalog;
use crate::postgres::message::{Message, Purpose};
use crate::postgres::own_path::{Lasting, by_own_path};
use crate::postgres::sql_error::SqlError;

/// What an index build may use of the server's memory, in kB, where it may not use more anyway: 256 MB.
const MAINTENANCE_MEMORY: u32 = 256 * 1024;

/// Whether a request to stop ends it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum StopRequest {
    Obey,
    /// It was what led here.
    Heard,
}

impl Loading {
    /// Brings back whatever is put off, by this run or by one that was killed. Does nothing where nothing is. A run that was
    /// interrupted before goes through with it.
    ///
    /// # Errors
    /// [`LoadError::PutBack`] for what the server refuses, such as rows that somebody has written meanwhile and that break
    /// a key; [`LoadError::Renamed`], [`LoadError::NotAsBefore`]. The note stays.
    pub async fn put_back(&self, listener: &mut dyn LoadListener) -> Result<PutOff, LoadError> {
        let items = self.noted().await?;
        if items.is_empty() {
            return Ok(PutOff::default());
        }
        let back = self.bring_back(&items, listener).await;
        back.map_err(|error| self.still_put_off(error))
    }

    async fn bring_back(
        &self,
        items: &[PutOffItem],
        listener: &mut dyn LoadListener,
    ) -> Result<PutOff, LoadError> {
        let missing = self.missing(items).await?;
        listener.load_event(LoadEvent::PuttingBack(PutOff::of(missing.iter().copied())));
        let stop = match self.options.interrupt.is_requested() {
            true => StopRequest::Heard,
            false => StopRequest::Obey,
        };
        let listener = Mutex::new(listener);
        // Keys are made of their indexes at once, and foreign keys need the keys.
        for sort in [Sort::Index, Sort::ClusteredIndex, Sort::Key, Sort::ForeignKey] {
            let items = missing.iter().copied().filter(|item| item.sort == sort);
            self.make_all(items.collect(), stop, &listener).await?;
        }
        self.prove(items).await?;
        Ok(PutOff::of(missing.into_iter()))
    }

    /// The same error, with what state things are in.
    pub(super) fn still_put_off(&self, error: LoadError) -> LoadError {
        match error.or_interrupted(&self.options.interrupt) {
            LoadError::Interrupted { .. } => LoadError::Interrupted { note: Some(self.note.to_string()) },
            error if error.note().is_some() => error,
            error => LoadError::StillPutOff { cause: Box::new(error), note: self.note.to_string() },
        }
    }

    /// Empties the tables that something is put off of, where it is missing: their rows may be what keeps it from coming back. They had
    /// none when it was put off. Gives back which these are.
    ///
    /// # Errors
    /// [`LoadError::Empty`] for what the server refuses; then nothing has changed.
    pub async fn empty_put_off(&self) -> Result<Vec<String>, LoadError> {
        let items = self.noted().await?;
        if self.missing(&items).await?.is_empty() {
            return Ok(Vec::new());
        }
        let catalog = self.catalog().await?;
        let tables = items.iter().filter(|item| item.sort == Sort::Table && !is_forgotten(&catalog, item));
        let tables: Vec<String> = tables.map(|item| item.of.clone()).collect();
        let only: Vec<String> = tables.iter().map(|table| format!("ONLY {table}")).collect();
        let emptying = [format!("TRUNCATE {}", only.join(", ")), "COMMIT".to_owned()];
        let emptying = self.opening().own(Purpose::Frame, &emptying);
        let work = emptying.send(self.session.client(), |_, _| {});
        match self.options.interrupt.cancels(&self.session, work).await {
            Ok(()) => Ok(tables),
            Err(failed) => {
                // A failure shows in whatever the session is used for next.
                let _ = self.session.client().batch_execute("ROLLBACK").await;
                Err(LoadError::Empty(failed.error).or_interrupted(&self.options.interrupt))
            }
        }
    }

    async fn noted(&self) -> Result<Vec<PutOffItem>, LoadError> {
        let read = self.note.read(self.session.client()).await;
        read.map_err(|error| match SqlError::from(error) {
            source if source.is(&SqlState::DIVISION_BY_ZERO) => {
                LoadError::StrangersNote(self.note.to_string())
            }
            source => LoadError::Note { note: self.note.to_string(), source },
        })
    }

    async fn catalog(&self) -> Result<Catalog, LoadError> {
        Ok(read_catalog(&self.session, &self.options.history.and_its_own()).await?)
    }

    /// What is to be made. Whatever has the name of an item is taken for it: the proof finds out if it is another thing.
    async fn missing<'i>(&self, items: &'i [PutOffItem]) -> Result<Vec<&'i PutOffItem>, LoadError> {
        let catalog = self.catalog().await?;
        let is_missing = |item: &&PutOffItem| {
            item.sort != Sort::Table && !is_forgotten(&catalog, item) && !proof::is_there(&catalog, item)
        };
        let missing: Vec<&PutOffItem> = items.iter().filter(is_missing).collect();
        match missing.iter().find(|item| !proof::has_table(&catalog, item)) {
            Some(item) => {
                let (table, what) = (item.of.clone(), item.shown());
                Err(LoadError::Renamed { table, what, note: self.note.to_string() })
            }
            None => Ok(missing),
        }
    }

    /// Makes these side by side, each as soon as no other has a table locked that it needs. Where one fails, the others still come back,
    /// and the first error is told.
    async fn make_all(
        &self,
        mut items: Vec<&PutOffItem>,
        stop: StopRequest,
        listener: &Mutex<&mut dyn LoadListener>,
    ) -> Result<(), LoadError> {
        let (mut locked, mut results) = (HashSet::new(), Vec::new());
        let mut at_work = FuturesUnordered::new();
        loop {
            let is_free = |item: &&PutOffItem| locks(item).iter().all(|table| !locked.contains(table));
            if at_work.len() < self.options.jobs
                && let Some(place) = items.iter().position(is_free)
            {
                let item = items.remove(place);
                locked.extend(locks(item));
                at_work.push(async move { (item, self.make(item, stop, listener).await) });
                continue;
            }
            let Some((item, made)) = at_work.next().await else { break };
            locks(item).iter().for_each(|table| {
                locked.remove(table);
            });
            results.push(made);
        }
        results.into_iter().collect()
    }

    async fn make(
        &self,
        item: &PutOffItem,
        stop: StopRequest,
        listener: &Mutex<&mut dyn LoadListener>,
    ) -> Result<(), LoadError> {
        let interrupt = &self.options.interrupt;
        if stop == StopRequest::Obey && interrupt.is_requested() {
            return Err(LoadError::Interrupted { note: Some(self.note.to_string()) });
        }
        let session = self.take_session().await?;
        let making = self.making(item);
        let work = making.send(session.client(), |_, _| {});
        let made = match stop {
            StopRequest::Obey => interrupt.cancels(&session, work).await,
            StopRequest::Heard => work.await,
        };
        if let Err(failed) = made {
            let error = LoadError::PutBack {
                what: item.shown(),
                name: item.name.clone(),
                table: item.of.clone(),
                note: self.note.to_string(),
                source: failed.error,
            };
            return Err(error.or_interrupted(interrupt));
        }
        self.give_back(session);
        let mut listener = listener.lock().unwrap_or_else(PoisonError::into_inner);
        listener.load_event(LoadEvent::IsBack(&item.shown()));
        Ok(())
    }

    /// One transaction.
    fn making(&self, item: &PutOffItem) -> Message {
        let memory = format!(
            "SELECT pg_catalog.set_config('maintenance_work_mem', '{MAINTENANCE_MEMORY}', true) \
             FROM pg_catalog.pg_settings WHERE name OPERATOR(pg_catalog.=) 'maintenance_work_mem' \
             AND setting::pg_catalog.int4 OPERATOR(pg_catalog.<) {MAINTENANCE_MEMORY}"
        );
        let put_back = by_own_path(Lasting::ForTheTransaction, &item.put_back);
        self.opening().own(Purpose::Frame, &[memory, put_back, "COMMIT".to_owned()])
    }

    /// Compares what is there with what was, and removes the note where it is the same.
    async fn prove(&self, items: &[PutOffItem]) -> Result<(), LoadError> {
        let catalog = self.catalog().await?;
        let differences: Vec<String> = items
            .iter()
            .filter(|item| !is_forgotten(&catalog, item))
            .flat_map(|item| proof::differences(&catalog, item))
            .collect();
        if !differences.is_empty() {
            return Err(LoadError::NotAsBefore { differences, note: self.note.to_string() });
        }
        let removed = self.session.client().batch_execute(&self.note.remove()).await;
        removed.map_err(|error| LoadError::Note { note: self.note.to_string(), source: error.into() })
    }
}

/// Whether the table of an item has been dropped: then nothing of it is missing.
fn is_forgotten(catalog: &Catalog, item: &PutOffItem) -> bool {
    !item.table_is_there && !proof::has_table(catalog, item)
}

/// The tables that the making of an item locks to its end, so that others of these tables have to wait. Indexes can be made side by side,
/// also those of one table.
fn locks(item: &PutOffItem) -> Vec<&str> {
    match item.sort {
        Sort::Table | Sort::Index => Vec::new(),
        Sort::ClusteredIndex | Sort::Key => vec![&item.of],
        Sort::ForeignKey => vec![&item.of, &item.refers_to],
    }
}
