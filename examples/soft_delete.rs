//! A deleted user stays in the table, with the time of the deletion: what that takes, and what goes wrong on the way.
//!
//! Two migrations follow the eight of the schema. The first adds `deleted_at` and a view of the living. The second
//! makes the e-mail address unique among the living only, as a plain UNIQUE would keep it from being used again.
//!
//! ```text
//! cargo run --example soft_delete
//! ```
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "printing is how an example shows itself")]

mod support;

use std::path::Path;
use std::process::ExitCode;

use anyhow::Result;
use include_dir::{Dir, include_dir};
use pmdb::migration::UpTarget;
use pmdb::{Goal, Migrator, NoopListener, Session, load_compiled};
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Error};
use uuid::Uuid;

use support::{Playground, print_table};

static MIGRATIONS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/examples/soft_delete/migrations");

/// Jonas Lindqvist of the sample data, and his address.
const JONAS: Uuid = Uuid::from_u128(0x1000_0000_0000_4000_8000_0000_0000_0005);
const HIS_ADDRESS: &str = "jonas.lindqvist@example.com";

/// The second condition keeps the time of the first deletion.
const SOFT_DELETE: &str = "UPDATE users SET deleted_at = now() WHERE id = $1 AND deleted_at IS NULL";
const RESTORE: &str = "UPDATE users SET deleted_at = NULL WHERE id = $1";
const HARD_DELETE: &str = "DELETE FROM users WHERE id = $1";
const REGISTER: &str = "INSERT INTO users (email, full_name, password_hash) VALUES ($1, $2, '!')";

/// All rows, as a query counts them that forgets the condition, and the living.
const COUNT: &str = "SELECT (SELECT count(*) FROM users), (SELECT count(*) FROM live_users)";

/// What other tables have of a user.
const BELONGINGS: &str = "
    SELECT (SELECT count(*) FROM user_profiles WHERE user_id = $1),
        (SELECT count(*) FROM project_members WHERE user_id = $1),
        (SELECT count(*) FROM tasks WHERE assigned_to = $1)";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<ExitCode> {
    support::run(show).await
}

async fn show(playground: &Playground) -> Result<()> {
    let mut client = playground.connect().await?;
    migrate_one(playground).await?;
    show_belongings(&mut client).await?;

    println!("\"users\" counts all rows; \"live_users\" is the view, and what applications should read.");
    let steps = [
        step(&client, "delete Jonas: an UPDATE", SOFT_DELETE, &[&JONAS]).await?,
        step(&client, "delete him again", SOFT_DELETE, &[&JONAS]).await?,
        step(&client, "register his address", REGISTER, &[&HIS_ADDRESS, &"Jonas the Second"]).await?,
    ];
    print_table(["while the address is UNIQUE", "outcome", "users", "live_users"], steps);

    migrate_one(playground).await?;
    let steps = [
        step(&client, "register his address", REGISTER, &[&HIS_ADDRESS, &"Jonas the Second"]).await?,
        step(&client, "register it once more", REGISTER, &[&HIS_ADDRESS, &"Jonas the Third"]).await?,
        step(&client, "bring the first Jonas back", RESTORE, &[&JONAS]).await?,
    ];
    print_table(["while it is unique among the living", "outcome", "users", "live_users"], steps);
    Ok(())
}

/// Applies the next migration of this example. It goes on with the history that the schema has begun.
async fn migrate_one(playground: &Playground) -> Result<()> {
    let files = MIGRATIONS.files().map(|file| (file.path(), file.contents()));
    let migrations = load_compiled(files, Path::new("examples/soft_delete/migrations"))?;
    let session = Session::connect(playground.target()).await?;
    let one = Goal::up(UpTarget::Steps(1));
    let outcome = Migrator::new(session, migrations).run(&one, &mut NoopListener).await?;
    for step in outcome.finished {
        println!("applied {} {}", step.version, step.name);
    }
    Ok(())
}

/// Nothing is deleted, so no ON DELETE comes into play.
async fn show_belongings(client: &mut Client) -> Result<(), Error> {
    let mut rows = vec![belongings(client, "before").await?];
    for (what, statement) in [("after UPDATE … SET deleted_at", SOFT_DELETE), ("after DELETE", HARD_DELETE)]
    {
        let transaction = client.transaction().await?;
        transaction.execute(statement, &[&JONAS]).await?;
        rows.push(belongings(transaction.client(), what).await?);
        transaction.rollback().await?;
    }
    println!("What belongs to Jonas. His projects and tasks do not know that he has been deleted softly.");
    print_table(["Jonas", "profiles", "memberships", "assigned tasks"], rows);
    Ok(())
}

async fn belongings(client: &Client, when: &str) -> Result<[String; 4], Error> {
    let row = client.query_one(BELONGINGS, &[&JONAS]).await?;
    let count = |column: usize| row.try_get::<_, i64>(column).map(|count| count.to_string());
    Ok([when.to_owned(), count(0)?, count(1)?, count(2)?])
}

/// Runs a statement, and tells what came of it. That the server refuses it is an answer here, not a failure.
async fn step(
    client: &Client,
    what: &str,
    statement: &str,
    values: &[&(dyn ToSql + Sync)],
) -> Result<[String; 4], Error> {
    let outcome = match client.execute(statement, values).await {
        Ok(1) => "1 row".to_owned(),
        Ok(rows) => format!("{rows} rows"),
        Err(error) => match error.as_db_error() {
            Some(no) => format!("{}: {}", no.code().code(), no.constraint().unwrap_or(no.message())),
            None => return Err(error),
        },
    };
    let counts = client.query_one(COUNT, &[]).await?;
    let (all, live): (i64, i64) = (counts.try_get(0)?, counts.try_get(1)?);
    Ok([what.to_owned(), outcome, all.to_string(), live.to_string()])
}
