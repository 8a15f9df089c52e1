//! A connection for each request, against a pool that lends a few connections again and again.
//!
//! PostgreSQL starts a process for each connection, and has room for `max_connections` of them. The same requests are
//! answered in both ways, and the server itself says how many processes that took.
//!
//! ```text
//! cargo run --example pooling
//! ```
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "printing is how an example shows itself")]

mod support;

use std::collections::HashSet;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::Result;
use deadpool_postgres::{Manager, ManagerConfig, Pool, PoolError, Runtime, TimeoutType, Timeouts};
use futures_util::future::try_join_all;
use pmdb::Session;
use tokio_postgres::{Client, Error, NoTls};

use support::{Playground, print_table};

/// This many callers at once, each of which sends its requests one after the other.
const CALLERS: usize = 20;
const REQUESTS_EACH: usize = 10;

/// The most connections that the pool opens.
const POOL_SIZE: usize = 5;

/// How long a caller waits when all connections are lent. A pool without a limit waits for ever.
const PATIENCE: Duration = Duration::from_millis(100);

/// What a request wants is a user. Beside it comes what the server knows about itself: the process that answers, and
/// how many connections this database has at the moment.
const REQUEST: &str = "
    SELECT u.full_name,
        pg_backend_pid() AS process,
        (SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()) AS connections
    FROM users u
    WHERE u.email = $1";

const EMAIL: &str = "amara.okafor@example.com";

struct Answer {
    process: i32,
    connections: i64,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<ExitCode> {
    support::run(show).await
}

async fn show(playground: &Playground) -> Result<()> {
    println!("{CALLERS} callers, {REQUESTS_EACH} requests each.");
    let pool = open_pool(playground, POOL_SIZE).await?;
    let begin = Instant::now();
    let pooled = try_join_all((0..CALLERS).map(|_| borrow_for_each_request(&pool))).await?;
    let pooled = row(&format!("a pool of {POOL_SIZE}"), pooled, begin.elapsed());

    let begin = Instant::now();
    let connected = try_join_all((0..CALLERS).map(|_| connect_for_each_request(playground))).await?;
    let connected = row("a connection each", connected, begin.elapsed());
    print_table(["way", "requests", "server processes", "most at once", "time"], [connected, pooled]);

    let client = playground.connect().await?;
    let room: String = client.query_one("SHOW max_connections", &[]).await?.get(0);
    println!(
        "The server has room for {room} connections (max_connections), for all applications together.\n"
    );
    show_the_limit(&open_pool(playground, 2).await?).await
}

/// What many web applications do at first: connect, ask, hang up.
async fn connect_for_each_request(playground: &Playground) -> Result<Vec<Answer>> {
    let mut answers = Vec::new();
    for _ in 0..REQUESTS_EACH {
        let client = playground.connect().await?;
        answers.push(request(&client).await?);
    }
    Ok(answers)
}

/// What they do later: borrow, ask, give back. Giving back is nothing but the end of the variable.
async fn borrow_for_each_request(pool: &Pool) -> Result<Vec<Answer>> {
    let mut answers = Vec::new();
    for _ in 0..REQUESTS_EACH {
        let client = pool.get().await?;
        answers.push(request(&client).await?);
    }
    Ok(answers)
}

async fn request(client: &Client) -> Result<Answer, Error> {
    let row = client.query_one(REQUEST, &[&EMAIL]).await?;
    Ok(Answer { process: row.try_get("process")?, connections: row.try_get("connections")? })
}

/// A pool opens its connections when they are first needed. It takes the way in that pmdb has found: the server, the
/// password, TLS or not.
async fn open_pool(playground: &Playground, size: usize) -> Result<Pool> {
    let session = Session::connect(playground.target()).await?;
    let (config, manager) = (session.config().clone(), ManagerConfig::default());
    let manager = match session.tls() {
        Some(tls) => Manager::from_config(config, tls.clone(), manager),
        None => Manager::from_config(config, NoTls, manager),
    };
    session.close().await;
    Ok(Pool::builder(manager).max_size(size).runtime(Runtime::Tokio1).build()?)
}

/// When everything is lent, the next one waits in line. That is what keeps the server from being overrun.
async fn show_the_limit(pool: &Pool) -> Result<()> {
    println!("A pool of 2. The third caller waits until somebody gives back, or for {PATIENCE:?}.");
    let mut rows = Vec::new();
    let first = pool.get().await?;
    let _second = pool.get().await?;
    let lent = request(&first).await?.process;
    rows.push(step("two have borrowed", pool, "no waiting"));

    let patience = Timeouts { wait: Some(PATIENCE), ..Timeouts::default() };
    let outcome = match pool.timeout_get(&patience).await {
        Ok(_) => "no waiting",
        Err(PoolError::Timeout(TimeoutType::Wait)) => "timed out",
        Err(other) => return Err(other.into()),
    };
    rows.push(step("a third asks", pool, outcome));

    drop(first);
    let third = pool.get().await?;
    let outcome = if request(&third).await?.process == lent { "same process" } else { "another process" };
    rows.push(step("the first gives back, the third asks again", pool, outcome));
    print_table(["what happens", "open", "idle", "outcome"], rows);
    Ok(())
}

fn step(what: &str, pool: &Pool, outcome: &str) -> [String; 4] {
    let status = pool.status();
    [what.to_owned(), status.size.to_string(), status.available.to_string(), outcome.to_owned()]
}

fn row(way: &str, answers: Vec<Vec<Answer>>, took: Duration) -> [String; 5] {
    let answers: Vec<Answer> = answers.into_iter().flatten().collect();
    let processes: HashSet<i32> = answers.iter().map(|answer| answer.process).collect();
    let most = answers.iter().map(|answer| answer.connections).max().unwrap_or_default();
    [
        way.to_owned(),
        answers.len().to_string(),
        processes.len().to_string(),
        most.to_string(),
        format!("{} ms", took.as_millis()),
    ]
}
