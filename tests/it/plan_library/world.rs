//! The tables of the setup, with 200,000 rows, in as many databases as are needed.

use std::sync::{LazyLock, Mutex};

use super::operation::setup;
use crate::support::{Database, Server};

pub const ROWS: u32 = 200_000;

/// The server of the witness: one of its own, so that nothing else locks or reads there.
static SERVER: LazyLock<Server> = LazyLock::new(|| {
    let server = Server::own();
    server.sql("postgres", "ALTER SYSTEM SET autovacuum = off");
    server.sql("postgres", "SELECT pg_reload_conf()");
    server
});

/// The server that the operations run on.
pub fn server() -> &'static Server {
    &SERVER
}

/// The database that all others are copies of.
static WORLD: LazyLock<Database> = LazyLock::new(|| {
    let database = Database::on(&SERVER);
    database.sql(&setup(ROWS));
    database.sql("VACUUM (ANALYZE)");
    database
});

/// Databases in which everything was rolled back.
static UNCHANGED: Mutex<Vec<Database>> = Mutex::new(Vec::new());

/// A database with the tables of the setup.
pub fn world() -> Database {
    let kept = UNCHANGED.lock().unwrap().pop();
    kept.unwrap_or_else(|| WORLD.copy())
}

/// Keeps one that is as `world` gave it, for the next that asks.
pub fn keep(database: Database) {
    UNCHANGED.lock().unwrap().push(database);
}
