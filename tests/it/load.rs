//! Loading rows in bulk: what is put off meanwhile, and that it comes back just as it was.

pub mod copying;
mod killed;
mod put_off;
mod schema;

use std::time::Duration;

use pmdb::NoopListener;
use pmdb::catalog::Catalog;
use pmdb::connect::{Session, Target};
use pmdb::postgres::load::{LoadError, LoadOptions, Loading, PutOff};
use pmdb::postgres::{Citus, HistoryTable, interrupt, read_catalog};

use crate::support::Database;

/// Does something within a run that loads rows.
fn loading<T>(url: &str, work: impl AsyncFnOnce(&Loading) -> Result<T, LoadError>) -> Result<T, LoadError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let session = Session::connect(&Target::from_url(url).unwrap()).await.unwrap();
        let loading = Loading::begin(session, options(), &mut NoopListener).await?;
        let done = work(&loading).await;
        loading.end().await.close().await;
        done
    })
}

fn options() -> LoadOptions {
    LoadOptions {
        history: HistoryTable::migrations(),
        jobs: 2,
        lock_wait: Duration::from_secs(60),
        lock_timeout: Duration::from_secs(5),
        lock_retries: 10,
        citus: Citus::Absent,
        interrupt: interrupt().1,
    }
}

fn put_off(url: &str, tables: &[&str]) -> Result<PutOff, LoadError> {
    let tables: Vec<String> = tables.iter().map(|table| (*table).to_owned()).collect();
    loading(url, async |loading| loading.put_off(&tables, &[]).await)
}

fn put_back(url: &str) -> Result<PutOff, LoadError> {
    loading(url, async |loading| loading.put_back(&mut NoopListener).await)
}

/// The schema of a database, without pmdb's own tables.
fn catalog(database: &Database) -> Catalog {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let session = Session::connect(&Target::from_url(database.url()).unwrap()).await.unwrap();
        read_catalog(&session, &HistoryTable::migrations().and_its_own()).await.unwrap()
    })
}

/// What of a schema is missing in another.
fn missing(before: &Catalog, now: &Catalog) -> Vec<String> {
    let gone = before.objects.keys().filter(|identity| !now.objects.contains_key(*identity));
    gone.map(ToString::to_string).collect()
}
