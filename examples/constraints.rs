//! Each constraint of the schema, tried with a row that breaks it; and each ON DELETE clause, tried with a deletion.
//!
//! The server refuses by SQLSTATE and by the name of the constraint. These two are what an application looks at, for
//! instance to answer "this address is taken"; the words of the message may change.
//!
//! ```text
//! cargo run --example constraints
//! ```
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "printing is how an example shows itself")]

mod support;

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result};
use include_dir::{Dir, include_dir};
use pmdb::load_compiled;
use pmdb::postgres::HistoryTable;
use tokio_postgres::error::DbError;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Error};
use uuid::Uuid;

use support::{MemberRole, Playground, print_table};

static MIGRATIONS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/examples/constraints/migrations");

/// Amara owns a project, Jonas owns none; nobody has the third id.
const AMARA: Uuid = Uuid::from_u128(0x1000_0000_0000_4000_8000_0000_0000_0001);
const JONAS: Uuid = Uuid::from_u128(0x1000_0000_0000_4000_8000_0000_0000_0005);
const NOBODY: Uuid = Uuid::from_u128(0x1000_0000_0000_4000_8000_0000_0000_9999);
/// A project, and one of its tasks.
const PROJECT: Uuid = Uuid::from_u128(0x2000_0000_0000_4000_8000_0000_0000_0001);
const TASK: Uuid = Uuid::from_u128(0x3000_0000_0000_4000_8000_0000_0000_0001);

/// A statement that a constraint does not let pass.
struct Violation {
    constraint: &'static str,
    statement: &'static str,
    values: &'static [&'static (dyn ToSql + Sync)],
}

const VIOLATIONS: [Violation; 9] = [
    Violation {
        constraint: "PRIMARY KEY",
        statement: "INSERT INTO users (id, email, full_name, password_hash) VALUES ($1, 'new@example.com', 'New', '!')",
        values: &[&AMARA],
    },
    Violation {
        constraint: "PRIMARY KEY, one-to-one",
        statement: "INSERT INTO user_profiles (user_id, bio) VALUES ($1, 'A second profile')",
        values: &[&AMARA],
    },
    Violation {
        constraint: "PRIMARY KEY of two columns",
        statement: "INSERT INTO project_members (project_id, user_id, role) VALUES ($1, $2, $3)",
        values: &[&PROJECT, &AMARA, &MemberRole::Member],
    },
    Violation {
        constraint: "NOT NULL",
        statement: "INSERT INTO users (email, password_hash) VALUES ($1, '!')",
        values: &[&"nameless@example.com"],
    },
    Violation {
        constraint: "UNIQUE",
        statement: "INSERT INTO users (email, full_name, password_hash) VALUES ($1, 'Another Amara', '!')",
        values: &[&"amara.okafor@example.com"],
    },
    Violation {
        constraint: "FOREIGN KEY",
        statement: "UPDATE tasks SET assigned_to = $1 WHERE id = $2",
        values: &[&NOBODY, &TASK],
    },
    Violation {
        constraint: "FOREIGN KEY, NOT NULL",
        statement: "INSERT INTO projects (name, owner_id) VALUES ('Nobody owns it', $1)",
        values: &[&NOBODY],
    },
    Violation {
        constraint: "CHECK",
        statement: "UPDATE tasks SET priority = $1 WHERE id = $2",
        values: &[&55, &TASK],
    },
    // The value travels as text here: a TaskStatus could not even hold it.
    Violation {
        constraint: "enum",
        statement: "UPDATE tasks SET status = $1::text::task_status WHERE id = $2",
        values: &[&"almost done", &TASK],
    },
];

/// A deletion, and a look at the table that points at what is deleted.
struct Deletion {
    clause: &'static str,
    what: &'static str,
    statement: &'static str,
    value: &'static (dyn ToSql + Sync),
    look: &'static str,
}

const DELETE_USER: &str = "DELETE FROM users WHERE id = $1";
const DELETE_QUEUE: &str = "DELETE FROM queues WHERE name = $1";
const TASKS: &str = "SELECT 'tasks: ' || count(*) || ', assigned: ' || count(assigned_to) FROM tasks";
const TICKETS: &str = "SELECT 'tickets: ' || string_agg(queue, ', ' ORDER BY id) FROM tickets";

const DELETIONS: [Deletion; 5] = [
    Deletion {
        clause: "RESTRICT",
        what: "Amara, who owns a project",
        statement: DELETE_USER,
        value: &AMARA,
        look: "SELECT 'projects: ' || count(*) FROM projects",
    },
    Deletion {
        clause: "CASCADE",
        what: "a project",
        statement: "DELETE FROM projects WHERE id = $1",
        value: &PROJECT,
        look: TASKS,
    },
    Deletion {
        clause: "SET NULL",
        what: "Jonas, who has tasks",
        statement: DELETE_USER,
        value: &JONAS,
        look: TASKS,
    },
    Deletion {
        clause: "SET DEFAULT",
        what: "the queue \"billing\"",
        statement: DELETE_QUEUE,
        value: &"billing",
        look: TICKETS,
    },
    // The default has to exist, too.
    Deletion {
        clause: "SET DEFAULT, itself",
        what: "the queue \"inbox\"",
        statement: DELETE_QUEUE,
        value: &"inbox",
        look: TICKETS,
    },
];

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<ExitCode> {
    support::run(show).await
}

async fn show(playground: &Playground) -> Result<()> {
    let files = MIGRATIONS.files().map(|file| (file.path(), file.contents()));
    let tickets = load_compiled(files, Path::new("examples/constraints/migrations"))?;
    playground.apply(tickets, HistoryTable::new("public", "schema_tickets")).await?;
    let mut client = playground.connect().await?;

    let mut refusals = Vec::new();
    for violation in &VIOLATIONS {
        refusals.push(violate(&client, violation).await?);
    }
    print_table(["constraint", "SQLSTATE", "what is broken"], refusals);

    println!("What a deletion does to the rows that point at what is deleted. Each is taken back.");
    let mut rows = Vec::new();
    for deletion in &DELETIONS {
        rows.push(delete(&mut client, deletion).await?);
    }
    print_table(["ON DELETE", "deleted", "before", "after", "outcome"], rows);
    Ok(())
}

/// Breaks a constraint, and prints what the server says to it.
async fn violate(client: &Client, violation: &Violation) -> Result<[String; 3]> {
    let refusal = refusal(client.execute(violation.statement, violation.values).await)?
        .with_context(|| format!("nothing stood in the way of {}", violation.statement))?;
    println!("{}\n    values: {:?}", violation.statement, violation.values);
    println!("    {}\n", refusal.message());
    Ok([violation.constraint.to_owned(), refusal.code().code().to_owned(), broken_rule(&refusal)])
}

/// Deletes, looks, and takes the deletion back.
async fn delete(client: &mut Client, deletion: &Deletion) -> Result<[String; 5], Error> {
    let before = look(client, deletion).await?;
    let transaction = client.transaction().await?;
    let (outcome, after) = match refusal(transaction.execute(deletion.statement, &[deletion.value]).await)? {
        None => ("done".to_owned(), look(transaction.client(), deletion).await?),
        Some(no) => {
            (format!("{}: {}", no.code().code(), no.constraint().unwrap_or("no constraint")), before.clone())
        }
    };
    transaction.rollback().await?;
    Ok([deletion.clause.to_owned(), deletion.what.to_owned(), before, after, outcome])
}

async fn look(client: &Client, deletion: &Deletion) -> Result<String, Error> {
    client.query_one(deletion.look, &[]).await?.try_get(0)
}

/// The name of the constraint. For NOT NULL the server names the column instead.
fn broken_rule(refusal: &DbError) -> String {
    match (refusal.constraint(), refusal.column()) {
        (Some(constraint), _) => constraint.to_owned(),
        (None, Some(column)) => format!("column {column}"),
        (None, None) => "none".to_owned(),
    }
}

/// What the server refused, if it did. Any other error, such as a lost connection, remains one.
fn refusal(result: Result<u64, Error>) -> Result<Option<DbError>, Error> {
    match result {
        Ok(_) => Ok(None),
        Err(error) => match error.as_db_error() {
            Some(refusal) => Ok(Some(refusal.clone())),
            None => Err(error),
        },
    }
}
