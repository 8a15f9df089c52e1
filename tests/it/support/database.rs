//! A database of its own for each test.

use std::panic::resume_unwind;
use std::process;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;

use tokio::time::timeout;
use tokio_postgres::{Client, Error, NoTls, SimpleQueryMessage};

use super::wait::PATIENCE;
use super::{Server, server};

static NUMBER: AtomicU32 = AtomicU32::new(1);

/// The rows of a query as text.
pub type Rows = Vec<Vec<Option<String>>>;

/// A fresh, empty database, dropped with the value.
pub struct Database {
    name: String,
    url: String,
    /// Where databases are made and dropped.
    beside: String,
    /// Other servers with a database of this name that belongs to it.
    elsewhere: Vec<String>,
}

impl Database {
    /// Creates the database.
    pub fn new() -> Database {
        Database::on(server())
    }

    /// Creates the database on this server.
    pub fn on(server: &Server) -> Database {
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("test_{}_{number}", process::id());
        let (url, beside) = (server.url(&name), server.url("postgres"));
        run_on(&beside, &format!("CREATE DATABASE {name}{}", strategy(server.major())));
        Database { name, url, beside, elsewhere: Vec::new() }
    }

    /// Creates the database with options of `CREATE DATABASE`.
    pub fn with(options: &str) -> Database {
        let database = Database::new();
        let Database { name, beside, .. } = &database;
        run_on(beside, &format!("DROP DATABASE {name}"));
        run_on(beside, &format!("CREATE DATABASE {name} {options}"));
        database
    }

    /// Creates the database on the server that this URL leads to, `DATABASE` standing for its name.
    pub fn at(url: &str) -> Database {
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("test_{}_{number}", process::id());
        let (url, beside) = (url.replace("DATABASE", &name), url.replace("DATABASE", "postgres"));
        run_on(&beside, &format!("CREATE DATABASE {name}"));
        Database { name, url, beside, elsewhere: Vec::new() }
    }

    /// Drops the database of the same name on this server with it.
    pub(super) fn is_beside_too(&mut self, server: String) {
        self.elsewhere.push(server);
    }

    /// A database with all that this one has. Nobody may be connected to this one.
    pub fn copy(&self) -> Database {
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("test_{}_{number}", process::id());
        let (url, beside) = (self.url.replace(&self.name, &name), self.beside.clone());
        let version = value_of(&run_on(&beside, "SHOW server_version_num"), "SHOW server_version_num");
        let strategy = strategy(version.parse::<u32>().unwrap() / 10_000);
        run_on(&beside, &format!("CREATE DATABASE {name} TEMPLATE {}{strategy}", self.name));
        Database { name, url, beside, elsewhere: Vec::new() }
    }

    /// Its URL, through the socket.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The URL of the database beside it, where databases are made and dropped.
    pub fn beside_url(&self) -> &str {
        &self.beside
    }

    /// As pmdb names it in an answer.
    pub fn shown(&self) -> String {
        pmdb::Target::from_url(&self.url).unwrap().name().to_string()
    }

    /// Its name, safe to write in SQL without quotes.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// A connection that lives in the runtime of the caller.
    pub async fn client(&self) -> Client {
        connect(&self.url).await.unwrap()
    }

    /// Runs SQL, blocking, in a session of its own, and returns the rows of all its results. Panics with the
    /// server's message.
    pub fn sql(&self, sql: &str) -> Rows {
        run_on(&self.url, sql)
    }

    /// The same, with a message for each line that ends with `;`.
    pub fn sql_one_by_one(&self, sql: &str) {
        block_on(async {
            let client = connect(&self.url).await.unwrap();
            for statement in sql.split_inclusive(";\n") {
                client.batch_execute(statement).await.unwrap();
            }
        });
    }

    /// Like [`sql`](Self::sql), for statements that may fail.
    pub fn try_sql(&self, sql: &str) -> Result<Rows, Error> {
        try_run_on(&self.url, sql)
    }

    /// The single value that a query returns. Panics when it returns anything else, NULL included.
    pub fn value(&self, sql: &str) -> String {
        value_of(&self.sql(sql), sql)
    }

    /// Like [`value`](Self::value), asked from another database of the server.
    pub fn beside(&self, sql: &str) -> String {
        value_of(&run_on(&self.beside, sql), sql)
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        // A database that stays behind goes with the server.
        for server in self.elsewhere.iter().chain([&self.beside]) {
            let _ = try_run_on(server, &format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name));
        }
    }
}

/// How a server of this major version makes a database fastest: to copy the files takes half of the time that it takes to
/// write all pages to the log. Before 15 there is no other way.
fn strategy(major: u32) -> &'static str {
    if major >= 15 { " STRATEGY file_copy" } else { "" }
}

fn value_of(rows: &Rows, sql: &str) -> String {
    match rows.as_slice() {
        [row] if row.len() == 1 => row[0].clone().unwrap_or_else(|| panic!("NULL from {sql}")),
        rows => panic!("not a single value but {rows:?} from {sql}"),
    }
}

pub fn run_on(url: &str, sql: &str) -> Rows {
    try_run_on(url, sql).unwrap_or_else(|error| match error.as_db_error() {
        Some(db) => panic!("{db} ({:?})\nin {sql}", db.code()),
        None => panic!("{error}\nin {sql}"),
    })
}

pub fn try_run_on(url: &str, sql: &str) -> Result<Rows, Error> {
    let work = async { Ok(rows_of(connect(url).await?.simple_query(sql).await?)) };
    block_on(async {
        timeout(PATIENCE, work).await.unwrap_or_else(|_| panic!("no answer in {PATIENCE:?} to {sql}"))
    })
}

/// The rows among the messages, as text.
pub(super) fn rows_of(messages: Vec<SimpleQueryMessage>) -> Rows {
    let rows = messages.into_iter().filter_map(|message| match message {
        SimpleQueryMessage::Row(row) => {
            Some((0..row.len()).map(|column| row.get(column).map(str::to_owned)).collect())
        }
        _ => None,
    });
    rows.collect()
}

async fn connect(url: &str) -> Result<Client, Error> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    // How the connection ends is told by the client's next call.
    tokio::spawn(connection);
    Ok(client)
}

/// Runs a future on a thread of its own, so that tests with and without a runtime can call it.
fn block_on<T: Send>(future: impl Future<Output = T> + Send) -> T {
    thread::scope(|scope| {
        let thread = scope.spawn(|| {
            tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
        });
        thread.join().unwrap_or_else(|panic| resume_unwind(panic))
    })
}
