//! The catalog of a real database: what is read, and what a change of the database changes in it.

#[macro_use]
mod cases;
mod again;
mod columns;
mod diff;
mod names;
mod options;
mod others;
mod reading;
mod routines;
mod tables;
mod types;

use std::sync::Once;

use pmdb::catalog::{Catalog, Difference};
use pmdb::connect::{Session, Target};
use pmdb::postgres::{HistoryTable, read_catalog, read_catalog_with_definitions_of};

use crate::support::{Database, server};

/// The catalog of a database.
fn read(database: &Database) -> Catalog {
    read_as(database.url(), &[HistoryTable::migrations(), HistoryTable::seeds()])
}

/// The catalog of the database that a URL names, without these tables.
fn read_as(url: &str, leave_out: &[HistoryTable]) -> Catalog {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let session = Session::connect(&Target::from_url(url).unwrap()).await.unwrap();
        read_catalog(&session, leave_out).await.unwrap_or_else(|error| panic!("{error}"))
    })
}

/// The same with the definitions of constraints and indexes of some tables alone.
fn read_with_definitions_of(tables: &[&str], database: &Database) -> Catalog {
    let tables = tables.iter().map(|table| (*table).to_owned()).collect();
    let left_out = [HistoryTable::migrations(), HistoryTable::seeds()];
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let session = Session::connect(&Target::from_url(database.url()).unwrap()).await.unwrap();
        read_catalog_with_definitions_of(&tables, &session, &left_out).await.unwrap()
    })
}

/// The names of the objects, except what every database has.
fn names(catalog: &Catalog) -> Vec<String> {
    let everywhere = ["database", "schema public", "extension plpgsql"];
    let names = catalog.objects.keys().map(|identity| identity.to_string());
    names.filter(|name| !everywhere.contains(&name.as_str())).collect()
}

/// An attribute of an object; `None` when there is no such object or attribute.
fn attribute<'a>(catalog: &'a Catalog, object: &str, attribute: &str) -> Option<&'a str> {
    let (_, object) = catalog.objects.iter().find(|(identity, _)| identity.to_string() == object)?;
    object.get(attribute)
}

/// Every line of a difference.
fn lines(difference: &Difference) -> Vec<String> {
    difference.items.iter().flat_map(pmdb::catalog::Item::lines).collect()
}

/// Two roles that any test may grant something to or make the owner of something.
fn make_roles() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        Database::on(server()).sql("CREATE ROLE alice; CREATE ROLE bob");
    });
}
