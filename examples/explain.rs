//! Does an index earn its keep? For each of the six in the schema: the query that it was made for, without it and with
//! it, as `EXPLAIN ANALYZE` measures it. And two queries for which the planner leaves an index alone, rightly.
//!
//! ```text
//! cargo run --example explain
//! ```
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "printing is how an example shows itself")]

mod support;

use std::process::ExitCode;

use anyhow::{Context, Result};
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Error};
use uuid::Uuid;

use support::{Plan, Playground, TaskStatus, explain, print_table};

const USERS: i32 = 20_000;
const PROJECTS: i32 = 500;
const TASKS: i32 = 50_000;

const MORE_USERS: &str = "
    INSERT INTO users (email, full_name, password_hash, created_at)
    SELECT 'user' || n || '@example.com', 'User ' || n, '!', now() - random() * interval '2 years'
    FROM generate_series(1, $1) AS n";

const MORE_PROJECTS: &str = "
    INSERT INTO projects (name, owner_id)
    SELECT 'A project of ' || full_name, id FROM users ORDER BY random() LIMIT $1";

/// Most tasks are completed, as in a company that has been at work for a while.
const MORE_TASKS: &str = "
    INSERT INTO tasks (project_id, assigned_to, title, status, created_at)
    SELECT p.ids[1 + n % cardinality(p.ids)], u.ids[1 + n % cardinality(u.ids)], 'Task ' || n,
        (CASE n % 200 WHEN 0 THEN 'pending' WHEN 1 THEN 'in_progress' ELSE 'completed' END)::task_status,
        now() - random() * interval '2 years'
    FROM generate_series(1, $1) AS n,
        (SELECT array_agg(id) AS ids FROM projects) AS p,
        (SELECT array_agg(id) AS ids FROM users) AS u";

/// An index, and the query that it was made for.
struct Case {
    index: &'static str,
    create: &'static str,
    /// The table that the index belongs to.
    table: &'static str,
    query: &'static str,
    values: &'static [&'static (dyn ToSql + Sync)],
}

const PROJECT: Uuid = Uuid::from_u128(0x2000_0000_0000_4000_8000_0000_0000_0001);

const BY_EMAIL: Case = Case {
    index: "idx_users_email",
    create: "CREATE INDEX idx_users_email ON users (email)",
    table: "users",
    query: "SELECT * FROM users WHERE email = $1",
    values: &[&"amara.okafor@example.com"],
};

const CASES: [Case; 6] = [
    BY_EMAIL,
    Case {
        index: "idx_users_created_at",
        create: "CREATE INDEX idx_users_created_at ON users (created_at DESC)",
        table: "users",
        query: "
            SELECT u.*, to_jsonb(up.*) AS profile
            FROM users u LEFT JOIN user_profiles up ON u.id = up.user_id
            ORDER BY u.created_at DESC LIMIT 10",
        values: &[],
    },
    Case {
        index: "idx_tasks_project_id",
        create: "CREATE INDEX idx_tasks_project_id ON tasks (project_id)",
        table: "tasks",
        query: "SELECT t.* FROM projects p JOIN tasks t ON t.project_id = p.id WHERE p.id = $1",
        values: &[&PROJECT],
    },
    Case {
        index: "idx_tasks_assigned_to",
        create: "CREATE INDEX idx_tasks_assigned_to ON tasks (assigned_to)",
        table: "tasks",
        query: "SELECT t.* FROM users u JOIN tasks t ON t.assigned_to = u.id WHERE u.email = $1",
        values: &[&"amara.okafor@example.com"],
    },
    Case {
        index: "idx_tasks_status",
        create: "CREATE INDEX idx_tasks_status ON tasks (status)",
        table: "tasks",
        query: OF_STATUS,
        values: &[&TaskStatus::Pending],
    },
    Case {
        index: "idx_tasks_created_at",
        create: "CREATE INDEX idx_tasks_created_at ON tasks (created_at DESC)",
        table: "tasks",
        query: "SELECT * FROM tasks ORDER BY created_at DESC LIMIT 10",
        values: &[],
    },
];

const OF_STATUS: &str = "SELECT * FROM tasks WHERE status = $1";

/// What became of a query when its index came.
struct Comparison {
    index: String,
    without: Plan,
    with: Plan,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<ExitCode> {
    support::run(show).await
}

async fn show(playground: &Playground) -> Result<()> {
    let client = playground.connect().await?;
    // Plans are easier to read, and to compare, when a single process carries them out.
    client.batch_execute("SET max_parallel_workers_per_gather = 0").await?;

    client.batch_execute("ANALYZE tasks").await?;
    let tiny = left_alone(&client, "'pending' of 60 tasks", TaskStatus::Pending).await?;

    println!("{USERS} users and {TASKS} tasks.\n");
    for case in &CASES {
        client.batch_execute(&format!("DROP INDEX {}", case.index)).await?;
    }
    fill(&client).await?;
    let mut comparisons = Vec::new();
    for case in &CASES {
        comparisons.push(compare(&client, case).await?);
    }
    // UNIQUE has an index of its own: only without it can the other one show what an index does for this query.
    client
        .batch_execute("DROP INDEX idx_users_email; ALTER TABLE users DROP CONSTRAINT users_email_key")
        .await?;
    let mut alone = compare(&client, &BY_EMAIL).await?;
    alone.index += ", no UNIQUE";
    comparisons.push(alone);
    print_comparisons(&comparisons);

    println!(
        "An index is not always the faster way. The planner estimates the cost of each way, and takes the least:"
    );
    let most = left_alone(&client, &format!("'completed' of {TASKS} tasks"), TaskStatus::Completed).await?;
    print_table(["query", "its choice", "cost", "with the index", "its cost"], [tiny, most]);
    println!("On few rows, or when most rows are wanted, reading the table from end to end costs less.");
    Ok(())
}

async fn fill(client: &Client) -> Result<(), Error> {
    client.execute(MORE_USERS, &[&USERS]).await?;
    client.execute(MORE_PROJECTS, &[&i64::from(PROJECTS)]).await?;
    client.execute(MORE_TASKS, &[&TASKS]).await?;
    // The planner decides by statistics. A server gathers them by itself, but not at once.
    client.batch_execute("VACUUM ANALYZE users, projects, tasks").await
}

async fn compare(client: &Client, case: &Case) -> Result<Comparison> {
    let without = measure(client, case).await?;
    client.batch_execute(case.create).await?;
    let with = measure(client, case).await?;
    Ok(Comparison { index: case.index.to_owned(), without, with })
}

/// The fastest of five: whatever else the machine does can only make a query slower.
async fn measure(client: &Client, case: &Case) -> Result<Plan> {
    let mut fastest: Option<Plan> = None;
    for _ in 0..5 {
        let plan = explain(client, case.query, case.values, case.table).await?;
        if fastest.as_ref().is_none_or(|fastest| plan.milliseconds < fastest.milliseconds) {
            fastest = Some(plan);
        }
    }
    fastest.context("nothing was measured")
}

/// A status for which the planner does not use the index, and what it would cost if it had to.
async fn left_alone(client: &Client, what: &str, status: TaskStatus) -> Result<[String; 5]> {
    let choice = explain(client, OF_STATUS, &[&status], "tasks").await?;
    client.batch_execute("SET enable_seqscan = off").await?;
    let forced = explain(client, OF_STATUS, &[&status], "tasks").await?;
    client.batch_execute("RESET enable_seqscan").await?;
    let cost = |plan: &Plan| format!("{:.1}", plan.cost);
    let (cost_of_choice, cost_of_index) = (cost(&choice), cost(&forced));
    Ok([what.to_owned(), choice.steps, cost_of_choice, forced.steps, cost_of_index])
}

fn print_comparisons(comparisons: &[Comparison]) {
    println!("How the table is read. A Seq Scan looks at every row of it.");
    print_table(
        ["index", "plan without it", "plan with it", "index that is used"],
        comparisons.iter().map(|Comparison { index, without, with }| {
            let used = with.index.clone().unwrap_or_else(|| "none".to_owned());
            [index.clone(), without.steps.clone(), with.steps.clone(), used]
        }),
    );
    println!("What it takes. A page has 8 kB.");
    print_table(
        ["index", "time without", "time with", "times faster", "pages without", "pages with"],
        comparisons.iter().map(|Comparison { index, without, with }| {
            [
                index.clone(),
                format!("{:.3} ms", without.milliseconds),
                format!("{:.3} ms", with.milliseconds),
                format!("{:.0}", without.milliseconds / with.milliseconds),
                without.pages.to_string(),
                with.pages.to_string(),
            ]
        }),
    );
    println!(
        "The first line changes little: UNIQUE on the column has brought an index already. The last one"
    );
    println!("shows the same query on a table without UNIQUE.\n");
}
