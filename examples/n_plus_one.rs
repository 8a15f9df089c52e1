//! Projects with their tasks, in four ways: a query for each project, or one or two queries for all of them.
//!
//! ```text
//! cargo run --example n_plus_one
//! ```
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "printing is how an example shows itself")]

mod support;

use std::cell::Cell;
use std::collections::HashMap;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Result, bail};
use serde::Deserialize;
use tokio_postgres::types::{Json, ToSql, Type};
use tokio_postgres::{Client, Error, Row};
use uuid::Uuid;

use support::{Playground, print_table};

/// All projects: the 1 of 1 + N.
const PROJECTS: &str = "SELECT id, name FROM projects ORDER BY id";

/// The tasks of one project: this is sent N times, in a loop.
const TASKS_OF_ONE: &str = "SELECT title FROM tasks WHERE project_id = $1 ORDER BY id";

/// The tasks of many projects: `$1` is an array of their ids.
const TASKS_OF_MANY: &str = "SELECT project_id, title FROM tasks WHERE project_id = ANY($1) ORDER BY id";

/// A row for each task, which repeats its project. LEFT JOIN keeps the projects that have no tasks.
const JOINED: &str = "
    SELECT p.id, p.name, t.title
    FROM projects p
    LEFT JOIN tasks t ON t.project_id = p.id
    ORDER BY p.id, t.id";

/// A row for each project, with its tasks nested in an array.
const NESTED: &str = "
    SELECT p.name, COALESCE(jsonb_agg(t.* ORDER BY t.id) FILTER (WHERE t.id IS NOT NULL), '[]') AS tasks
    FROM projects p
    LEFT JOIN tasks t ON t.project_id = p.id
    GROUP BY p.id
    ORDER BY p.id";

/// Enough projects to feel the difference.
const MORE_PROJECTS: &str = "
    INSERT INTO projects (name, owner_id)
    SELECT 'Project ' || number, $1
    FROM generate_series(1, 2000) AS number";

/// Five tasks for each of them, but none for every tenth: a way that loses those is wrong, however fast it is.
const MORE_TASKS: &str = "
    INSERT INTO tasks (project_id, title)
    SELECT id, 'Task ' || number
    FROM projects, generate_series(1, 5) AS number
    WHERE name LIKE 'Project %' AND name NOT LIKE '%0'";

#[derive(Debug, PartialEq)]
struct Project {
    name: String,
    tasks: Vec<Task>,
}

#[derive(Debug, PartialEq, Deserialize)]
struct Task {
    title: String,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<ExitCode> {
    support::run(show).await
}

async fn show(playground: &Playground) -> Result<()> {
    let client = playground.connect().await?;
    let owner: Uuid = client.query_one("SELECT id FROM users ORDER BY id LIMIT 1", &[]).await?.try_get(0)?;
    client.execute(MORE_PROJECTS, &[&owner]).await?;
    client.execute(MORE_TASKS, &[]).await?;
    client.batch_execute("ANALYZE projects, tasks").await?;

    let database = Counting { client, round_trips: Cell::new(0) };
    let measured = [
        measure("1 + N queries", &database, one_by_one).await?,
        measure("JOIN", &database, joined).await?,
        measure("= ANY($1)", &database, batched).await?,
        measure("jsonb_agg", &database, nested).await?,
    ];
    println!("Every project with its tasks. The answer is the same; the number of round trips is not.");
    print_table(
        ["way", "round trips", "projects", "tasks", "without tasks", "time"],
        measured.iter().map(Measured::row),
    );
    if measured.iter().any(|way| way.projects != measured[0].projects) {
        bail!("the four ways do not agree");
    }
    println!("Here the server is on this machine. Across a network that takes 1 ms there and back,");
    println!("the first way would wait {} ms more, and each other way 1 or 2 ms.", measured[0].round_trips);
    Ok(())
}

/// 1 + N round trips. In an ORM this loop hides in `project.tasks`.
async fn one_by_one(database: &Counting) -> Result<Vec<Project>, Error> {
    let mut projects = Vec::new();
    for row in database.query(PROJECTS, &[]).await? {
        let id: Uuid = row.try_get("id")?;
        let tasks = database.query(TASKS_OF_ONE, &[(&id, Type::UUID)]).await?;
        let tasks = tasks.iter().map(Task::from_row).collect::<Result<_, _>>()?;
        projects.push(Project { name: row.try_get("name")?, tasks });
    }
    Ok(projects)
}

/// One round trip. The rows of a project come one after the other.
async fn joined(database: &Counting) -> Result<Vec<Project>, Error> {
    let mut projects: Vec<Project> = Vec::new();
    let mut current = None;
    for row in database.query(JOINED, &[]).await? {
        let id: Uuid = row.try_get("id")?;
        if current != Some(id) {
            current = Some(id);
            projects.push(Project { name: row.try_get("name")?, tasks: Vec::new() });
        }
        if let (Some(project), Some(title)) = (projects.last_mut(), row.try_get("title")?) {
            project.tasks.push(Task { title });
        }
    }
    Ok(projects)
}

/// Two round trips: the projects, then the tasks of all of them.
async fn batched(database: &Counting) -> Result<Vec<Project>, Error> {
    let rows = database.query(PROJECTS, &[]).await?;
    let ids = rows.iter().map(|row| row.try_get("id")).collect::<Result<Vec<Uuid>, _>>()?;
    let mut tasks: HashMap<Uuid, Vec<Task>> = HashMap::new();
    for row in database.query(TASKS_OF_MANY, &[(&ids, Type::UUID_ARRAY)]).await? {
        tasks.entry(row.try_get("project_id")?).or_default().push(Task::from_row(&row)?);
    }
    let projects = rows.iter().zip(ids).map(|(row, id)| {
        Ok(Project { name: row.try_get("name")?, tasks: tasks.remove(&id).unwrap_or_default() })
    });
    projects.collect()
}

/// One round trip, and the server has done all the work.
async fn nested(database: &Counting) -> Result<Vec<Project>, Error> {
    let rows = database.query(NESTED, &[]).await?;
    let projects = rows.iter().map(|row| {
        let Json(tasks) = row.try_get("tasks")?;
        Ok(Project { name: row.try_get("name")?, tasks })
    });
    projects.collect()
}

impl Task {
    fn from_row(row: &Row) -> Result<Task, Error> {
        Ok(Task { title: row.try_get("title")? })
    }
}

/// A client that counts how often it waits for the server.
struct Counting {
    client: Client,
    round_trips: Cell<usize>,
}

impl Counting {
    /// With the types of the values at hand, the query and its values travel together: one round trip. (`Client::query`
    /// would ask for the types first, which is another one.)
    async fn query(&self, query: &str, values: &[(&(dyn ToSql + Sync), Type)]) -> Result<Vec<Row>, Error> {
        self.round_trips.set(self.round_trips.get() + 1);
        self.client.query_typed(query, values).await
    }
}

struct Measured {
    way: &'static str,
    projects: Vec<Project>,
    round_trips: usize,
    milliseconds: f64,
}

async fn measure(
    way: &'static str,
    database: &Counting,
    load: impl AsyncFnOnce(&Counting) -> Result<Vec<Project>, Error>,
) -> Result<Measured, Error> {
    database.round_trips.set(0);
    let start = Instant::now();
    let projects = load(database).await?;
    let milliseconds = start.elapsed().as_secs_f64() * 1000.0;
    Ok(Measured { way, projects, round_trips: database.round_trips.get(), milliseconds })
}

impl Measured {
    fn row(&self) -> [String; 6] {
        let tasks: usize = self.projects.iter().map(|project| project.tasks.len()).sum();
        let without = self.projects.iter().filter(|project| project.tasks.is_empty()).count();
        [
            self.way.to_owned(),
            self.round_trips.to_string(),
            self.projects.len().to_string(),
            tasks.to_string(),
            without.to_string(),
            format!("{:.1} ms", self.milliseconds),
        ]
    }
}
