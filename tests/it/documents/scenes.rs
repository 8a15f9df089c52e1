//! What is there before the commands of a section are run.

use std::env;
use std::fs;
use std::path::Path;

use crate::support::{Outcome, Pmdb, Project, Server};

/// A project, and a server where the section has one.
pub struct Room {
    pub project: Project,
    server: Option<Server>,
}

/// Sections in which pmdb runs a private server, in a folder that has nothing yet.
const PRIVATE: [&str; 2] = ["A first session", "Proving the down halves"];

const USERS: &str = "-- migrate:up\nCREATE TABLE users (id int);\n-- migrate:down\nDROP TABLE users;\n";
const TASKS: &str = "-- migrate:up\nCREATE TABLE tasks (id int);\n-- migrate:down\nDROP TABLE tasks;\n";

/// Makes the room of a section. Most need a database `app` and two migrations, no more.
pub fn prepare((document, heading): (&str, &str)) -> Room {
    let project = Project::new();
    if PRIVATE.contains(&heading) {
        fs::remove_dir_all(project.path().join("migrations")).unwrap();
        return Room { project, server: None };
    }
    let server = Server::own();
    server.sql("postgres", "CREATE DATABASE app");
    let room = Room { project, server: Some(server) };
    room.project.migration("0001_create_users.sql", USERS);
    room.project.migration("0002_create_tasks.sql", TASKS);
    match (document, heading) {
        (_, "Migration files") => {
            room.sql("app", "CREATE TABLE users (id int); CREATE TABLE tasks (id int)");
        }
        (_, "Comparing two databases") => two_databases(&room),
        (_, "Detect drift") => changed_by_hand(&room),
        (_, "The schema as a picture") => room.up(),
        (_, "Lint the database") => without_an_index(&room),
        ("docs/advise.md", _) => with_an_index_too_many(&room),
        (_, "Several services in one database") => two_services(&room),
        _ => {}
    }
    room
}

impl Room {
    /// Runs SQL in a database of the section's server.
    pub fn sql(&self, database: &str, sql: &str) {
        self.server.as_ref().unwrap().sql(database, sql);
    }

    /// A shell in the project, with `pmdb` on its PATH, and the server as psql's variables name it.
    pub fn command(&self, shell: &str, script: &str) -> Pmdb {
        let pmdb = Path::new(env!("CARGO_BIN_EXE_pmdb")).parent().unwrap();
        let path = format!("{}:{}", pmdb.display(), env::var("PATH").unwrap());
        let mut command = self.project.pmdb(&[]).env("PATH", path);
        if let Some(server) = &self.server {
            let port = server.tcp_port().to_string();
            command = command.env("PGHOST", "localhost").env("PGPORT", port).env("PGDATABASE", "app");
            command = command.env("PGUSER", "postgres").env("PGPASSWORD", server.password());
        }
        command.within(&[shell, "-c", script])
    }

    /// Runs it to its end.
    pub fn shell(&self, shell: &str, script: &str) -> Outcome {
        self.command(shell, script).run()
    }

    fn up(&self) {
        self.shell("sh", "pmdb up").success();
    }
}

fn two_databases(room: &Room) {
    room.sql("postgres", "CREATE DATABASE staging");
    room.sql(
        "app",
        "CREATE TABLE tasks (owner_id int, due_date date DEFAULT now());
                     CREATE VIEW open_tasks AS SELECT owner_id FROM tasks",
    );
    room.sql(
        "staging",
        "CREATE TABLE tasks (owner_id int, due_date date);
                         CREATE INDEX tasks_owner_idx ON tasks (owner_id)",
    );
}

fn changed_by_hand(room: &Room) {
    let checked = TASKS.replace("(id int)", "(id int, title text CHECK (title <> ''))");
    room.project.migration("0002_create_tasks.sql", &checked);
    room.up();
    room.sql(
        "app",
        "CREATE ROLE report; GRANT SELECT ON tasks TO report;
                     CREATE INDEX tasks_hotfix_idx ON tasks (id);
                     ALTER TABLE tasks DROP CONSTRAINT tasks_title_check",
    );
}

fn without_an_index(room: &Room) {
    room.sql("app", "CREATE TABLE users (id bigint PRIMARY KEY, a text, b text, c text, d text, e text, f text, g text);
                     CREATE TABLE projects (id bigint PRIMARY KEY, owner_id bigint NOT NULL REFERENCES users)");
}

fn with_an_index_too_many(room: &Room) {
    room.sql(
        "app",
        "CREATE TABLE users (id bigint PRIMARY KEY, email text NOT NULL UNIQUE);
                     CREATE INDEX idx_users_email ON users (email)",
    );
}

fn two_services(room: &Room) {
    for service in ["billing", "shipping"] {
        let file = USERS.replace("users", service);
        room.project.write(&format!("{service}/migrations/0001_create_{service}.sql"), file);
    }
}
