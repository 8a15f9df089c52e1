//! Each command as a user runs it, on a real server: what it does, what it prints, how it exits.

mod accept;
mod advise;
mod baseline;
mod cli;
mod confirm;
mod databases;
mod disagreement;
mod down;
mod drift;
mod init;
mod json;
mod new;
mod nothing;
mod other_histories;
mod other_tools;
mod other_tools_files;
mod plan;
mod protected;
mod redo;
mod renumber;
mod reset;
mod schema;
mod scratch_server;
mod seed;
mod status;
mod table;
mod up;
mod verify;
mod wait;

use crate::support::{Database, Outcome, Project};

/// A project that makes one table a file: `0001_create_a.sql`, `0002_create_b.sql` and so on, each with its way back.
fn project_with(tables: &[&str]) -> Project {
    let project = Project::new();
    for (index, table) in tables.iter().enumerate() {
        add_table(&project, &format!("{:04}", index + 1), table);
    }
    project
}

/// Writes a migration that makes a table.
fn add_table(project: &Project, version: &str, table: &str) {
    project.migration(
        &format!("{version}_create_{table}.sql"),
        &format!("-- migrate:up\nCREATE TABLE {table} (id int);\n-- migrate:down\nDROP TABLE {table};\n"),
    );
}

/// Removes a file of the project.
fn remove(project: &Project, relative: &str) {
    std::fs::remove_file(project.path().join(relative)).unwrap();
}

/// Runs pmdb in the project on the database.
fn pmdb(project: &Project, db: &Database, args: &[&str]) -> Outcome {
    project.pmdb(args).database(db).run()
}

/// The tables of the schema `public` that are not pmdb's own, in alphabetical order.
fn tables(db: &Database) -> String {
    words(
        db,
        "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename !~ '^schema_' ORDER BY 1",
    )
}

/// The versions in the history, in the order in which they came into it.
fn history(db: &Database) -> String {
    words(db, "SELECT version FROM schema_migrations ORDER BY applied_at, version")
}

/// The first column of a query, separated by blanks.
fn words(db: &Database, query: &str) -> String {
    let cells = db.sql(query).into_iter().map(|row| row[0].clone().unwrap_or("NULL".to_owned()));
    cells.collect::<Vec<_>>().join(" ")
}

/// Whether there is a relation of that name.
fn exists(db: &Database, relation: &str) -> bool {
    db.value(&format!("SELECT to_regclass('{relation}') IS NOT NULL")) == "t"
}

/// The state of each migration, as in `0001 applied, 0002 pending`.
fn states(project: &Project, db: &Database) -> String {
    let status = pmdb(project, db, &["status", "--json"]).success().json();
    let rows = status["migrations"].as_array().unwrap().iter();
    let state = |row: &serde_json::Value| {
        format!("{} {}", row["version"].as_str().unwrap(), row["state"].as_str().unwrap())
    };
    rows.map(state).collect::<Vec<_>>().join(", ")
}
