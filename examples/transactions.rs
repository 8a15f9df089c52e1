//! Transactions: a transfer that happens wholly or not at all, and two writers who do not overwrite each other.
//!
//! ```text
//! cargo run --example transactions
//! ```
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "printing is how an example shows itself")]

mod support;

use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Result;
use include_dir::{Dir, include_dir};
use pmdb::load_compiled;
use pmdb::postgres::HistoryTable;
use tokio::time::sleep;
use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, Error, GenericClient};

use support::{Playground, print_table};

static MIGRATIONS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/examples/transactions/migrations");

const OPEN_ACCOUNT: &str = "INSERT INTO accounts (id, owner, balance) VALUES ($1, $2, $3)";
const BALANCE: &str = "SELECT balance FROM accounts WHERE id = $1";
/// Locks the row until the transaction ends: any other session that wants to change or lock it has to wait.
const BALANCE_AND_LOCK: &str = "SELECT balance FROM accounts WHERE id = $1 FOR UPDATE";
const SET_BALANCE: &str = "UPDATE accounts SET balance = $2 WHERE id = $1";
/// Reads and writes in one step. The server locks the row, so nobody can come in between.
const ADD: &str = "UPDATE accounts SET balance = balance + $2 WHERE id = $1";
const ONE_WAITS: &str = "
    SELECT EXISTS (
        SELECT FROM pg_stat_activity
        WHERE datname = current_database() AND cardinality(pg_blocking_pids(pid)) > 0
    )";

const ASHA: i32 = 1;
const BINA: i32 = 2;
/// The account that two people change at the same moment.
const SHARED: i32 = 3;
/// An account that does not exist.
const NOBODY: i32 = 99;

/// Why a transfer did not happen.
#[derive(Debug, thiserror::Error)]
enum TransferError {
    #[error("account {0} does not have so much")]
    TooLittle(i32),
    #[error("there is no account {0}")]
    NoAccount(i32),
    #[error("the database failed")]
    Database(#[from] Error),
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<ExitCode> {
    support::run(show).await
}

async fn show(playground: &Playground) -> Result<()> {
    let files = MIGRATIONS.files().map(|file| (file.path(), file.contents()));
    let accounts = load_compiled(files, Path::new("migrations"))?;
    playground.apply(accounts, HistoryTable::new("public", "schema_accounts")).await?;
    let mut client = playground.connect().await?;
    for (id, owner, balance) in [(ASHA, "Asha", 1000_i64), (BINA, "Bina", 200), (SHARED, "Shared", 0)] {
        client.execute(OPEN_ACCOUNT, &[&id, &owner, &balance]).await?;
    }
    show_transfers(&mut client).await?;
    show_two_writers(playground).await
}

async fn show_transfers(client: &mut Client) -> Result<()> {
    println!("Transfers: the money of both is the same before and after, whatever happens.");
    let mut rows = vec![balances(client, "at the beginning", "").await?];
    let transfers = [
        ("500 from Asha to Bina", ASHA, BINA, 500),
        ("500 from Asha to nobody", ASHA, NOBODY, 500),
        ("5000 from Bina to Asha", BINA, ASHA, 5000),
    ];
    for (what, from, to, amount) in transfers {
        let end = match transfer(client, from, to, amount).await {
            Ok(()) => "COMMIT".to_owned(),
            Err(TransferError::Database(error)) => return Err(error.into()),
            Err(refused) => format!("ROLLBACK: {refused}"),
        };
        rows.push(balances(client, what, &end).await?);
    }
    print_table(["transfer", "end", "Asha", "Bina", "together"], rows);
    Ok(())
}

/// Takes from one and gives to the other: both, or neither.
async fn transfer(client: &mut Client, from: i32, to: i32, amount: i64) -> Result<(), TransferError> {
    let transaction = client.transaction().await?;
    // Each `?` leaves before the COMMIT. A transaction that is dropped without it is rolled back.
    add(&transaction, from, -amount).await?;
    add(&transaction, to, amount).await?;
    transaction.commit().await?;
    Ok(())
}

async fn add(client: &impl GenericClient, account: i32, amount: i64) -> Result<(), TransferError> {
    match client.execute(ADD, &[&account, &amount]).await {
        // Not an error to the server: an UPDATE may well find no row.
        Ok(0) => Err(TransferError::NoAccount(account)),
        Ok(_) => Ok(()),
        Err(error) if error.code() == Some(&SqlState::CHECK_VIOLATION) => {
            Err(TransferError::TooLittle(account))
        }
        Err(error) => Err(error.into()),
    }
}

async fn balances(client: &Client, what: &str, end: &str) -> Result<[String; 5], Error> {
    let (asha, bina) = (balance(client, ASHA).await?, balance(client, BINA).await?);
    Ok([what.to_owned(), end.to_owned(), asha.to_string(), bina.to_string(), (asha + bina).to_string()])
}

async fn balance(client: &impl GenericClient, account: i32) -> Result<i64, Error> {
    client.query_one(BALANCE, &[&account]).await?.try_get(0)
}

async fn show_two_writers(playground: &Playground) -> Result<()> {
    println!("Two writers: the balance is 40. At the same moment A adds 20 and B takes 20 away.");
    let (a, b, watcher) =
        (playground.connect().await?, playground.connect().await?, playground.connect().await?);
    let mut writers = Writers { a, b, watcher };
    let rows = [
        writers.read_then_write().await?.row("SELECT, then UPDATE"),
        writers.atomic_update().await?.row("UPDATE … balance + $2"),
        writers.select_for_update().await?.row("SELECT … FOR UPDATE"),
    ];
    print_table(["way", "A reads", "B reads", "B waits for A", "balance", "verdict"], rows);
    Ok(())
}

/// Two people with a connection each, and a third who looks on.
struct Writers {
    a: Client,
    b: Client,
    watcher: Client,
}

/// What was seen of the two.
struct Seen {
    a_reads: Option<i64>,
    b_reads: Option<i64>,
    b_waits: &'static str,
    balance: i64,
}

impl Writers {
    /// Both read 40. What A writes is overwritten by B, who knows nothing of it. That both are transactions is no help, at
    /// least on the usual isolation level, READ COMMITTED.
    async fn read_then_write(&mut self) -> Result<Seen, Error> {
        self.reset().await?;
        let (a, b) = (self.a.transaction().await?, self.b.transaction().await?);
        let (a_reads, b_reads) = (balance(&a, SHARED).await?, balance(&b, SHARED).await?);
        a.execute(SET_BALANCE, &[&SHARED, &(a_reads + 20)]).await?;
        a.commit().await?;
        b.execute(SET_BALANCE, &[&SHARED, &(b_reads - 20)]).await?;
        b.commit().await?;
        self.seen(Some(a_reads), Some(b_reads), "no").await
    }

    /// The server does the sum. B's UPDATE waits for the end of A's transaction and goes on from the new balance.
    async fn atomic_update(&mut self) -> Result<Seen, Error> {
        self.reset().await?;
        let a = self.a.transaction().await?;
        a.execute(ADD, &[&SHARED, &20_i64]).await?;
        let a_ends = async {
            until_one_waits(&self.watcher).await?;
            a.commit().await
        };
        let b_adds = self.b.execute(ADD, &[&SHARED, &-20_i64]);
        tokio::try_join!(a_ends, b_adds)?;
        self.seen(None, None, "yes").await
    }

    /// The program does the sum, but only while it holds the lock. B waits before it reads, and so reads A's balance.
    async fn select_for_update(&mut self) -> Result<Seen, Error> {
        self.reset().await?;
        let (a, b) = (self.a.transaction().await?, self.b.transaction().await?);
        let a_reads = balance_and_lock(&a, SHARED).await?;
        let a_ends = async {
            until_one_waits(&self.watcher).await?;
            a.execute(SET_BALANCE, &[&SHARED, &(a_reads + 20)]).await?;
            a.commit().await
        };
        let ((), b_reads) = tokio::try_join!(a_ends, balance_and_lock(&b, SHARED))?;
        b.execute(SET_BALANCE, &[&SHARED, &(b_reads - 20)]).await?;
        b.commit().await?;
        self.seen(Some(a_reads), Some(b_reads), "yes").await
    }

    async fn reset(&self) -> Result<(), Error> {
        self.watcher.execute(SET_BALANCE, &[&SHARED, &40_i64]).await?;
        Ok(())
    }

    async fn seen(
        &self,
        a_reads: Option<i64>,
        b_reads: Option<i64>,
        b_waits: &'static str,
    ) -> Result<Seen, Error> {
        Ok(Seen { a_reads, b_reads, b_waits, balance: balance(&self.watcher, SHARED).await? })
    }
}

async fn balance_and_lock(client: &impl GenericClient, account: i32) -> Result<i64, Error> {
    client.query_one(BALANCE_AND_LOCK, &[&account]).await?.try_get(0)
}

/// Asks the server until a connection to this database waits for another one.
async fn until_one_waits(watcher: &Client) -> Result<(), Error> {
    while !watcher.query_one(ONE_WAITS, &[]).await?.try_get::<_, bool>(0)? {
        sleep(Duration::from_millis(5)).await;
    }
    Ok(())
}

impl Seen {
    fn row(&self, way: &str) -> [String; 6] {
        let or_nothing = |value: Option<i64>| value.map_or(String::new(), |value| value.to_string());
        let verdict = if self.balance == 40 { "right" } else { "A's 20 are lost" };
        [
            way.to_owned(),
            or_nothing(self.a_reads),
            or_nothing(self.b_reads),
            self.b_waits.to_owned(),
            self.balance.to_string(),
            verdict.to_owned(),
        ]
    }
}
