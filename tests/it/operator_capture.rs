//! No SQL of pmdb's own finds a function, an operator, a type or a relation by way of a schema that others can write to.
//! A role that may create something in such a schema could otherwise have it run as the role that migrates.

mod bare;
mod every_command;
mod owner;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crate::support::{Outcome, Project, Server};

/// A server whose every database is full of traps, which a role without rights has set.
struct Trapped {
    server: Server,
    project: Project,
}

/// Where the traps are.
#[derive(Clone, Copy)]
enum Traps {
    /// In `public`, where everybody may create something, as in PostgreSQL 14 and in what was upgraded from there.
    InPublic,
    /// In a schema that stands before the server's own.
    First,
}

const DATABASE: &str = "app";

impl Trapped {
    fn new(traps: Traps) -> Trapped {
        let server = Server::own();
        server.sql("template1", "CREATE ROLE mallory; CREATE SCHEMA evil AUTHORIZATION mallory; GRANT CREATE ON SCHEMA public TO PUBLIC");
        let (schema, exact, path) = match traps {
            Traps::InPublic => ("public", "off", "\"$user\", public"),
            Traps::First => ("evil", "on", "evil, pg_catalog"),
        };
        let functions: Vec<String> = functions_called().into_iter().collect();
        let plant = fs::read_to_string(Path::new("tests/testdata/operator_capture/plant.sql")).unwrap();
        server.sql(
            "template1",
            &format!(
                "SET ROLE mallory; SET plant.schema = '{schema}'; SET plant.exact = '{exact}'; SET plant.functions = '{}'; {plant}",
                functions.join(",")
            ),
        );
        // As if they came with an extension: to read their definitions again and again takes long, and is not the point.
        for catalog in ["pg_operator", "pg_proc", "pg_class", "pg_type"] {
            server.sql(
                "template1",
                &format!(
                    "SET search_path = pg_catalog; SET allow_system_table_mods = on; INSERT INTO pg_depend \
                     SELECT '{catalog}'::regclass, o.oid, 0, 'pg_extension'::regclass, e.oid, 0, 'e' \
                     FROM {catalog} o, pg_extension e WHERE o.oid >= 16384"
                ),
            );
        }
        for statement in [
            "DROP DATABASE postgres",
            "CREATE DATABASE postgres",
            &format!("ALTER ROLE ALL SET search_path = {path}"),
            "ALTER SYSTEM SET log_statement = 'all'",
            "ALTER SYSTEM SET log_line_prefix = '@@ %a|%p|'",
            "SELECT pg_catalog.pg_reload_conf()",
        ] {
            server.sql("template1", statement);
        }
        Trapped { server, project: Project::new() }
    }

    fn run(&self, args: &[&str]) -> Outcome {
        self.project.pmdb(args).env("DATABASE_URL", self.server.url(DATABASE)).run()
    }

    /// Runs SQL that meets no trap itself.
    fn sql(&self, sql: &str) {
        self.server.sql(DATABASE, &format!("SET search_path = pg_catalog; {sql}"));
    }

    /// What the server refused to pmdb, with the statements, except what pmdb finds out by being refused: a trap may fail
    /// in other ways than by its own words, where it does not fit.
    fn caught(&self) -> Vec<String> {
        const EXPECTED: [&str; 6] = [
            "relation \"public.schema_migrations\" does not exist",
            "relation \"public.schema_seeds\" does not exist",
            "relation \"later.history\" does not exist",
            "schema \"later\" does not exist",
            "column \"name\" does not exist",
            "database \"app\" already exists",
        ];
        let log = self.server.log();
        let entries: Vec<&str> = log.split("\n@@ ").collect();
        let is_caught = |entry: &str| {
            let refused = entry.starts_with("pmdb") && entry.contains("ERROR:  ");
            entry.contains("captured") || refused && !EXPECTED.iter().any(|expected| entry.contains(expected))
        };
        let caught = entries.iter().enumerate().filter(|(_, entry)| is_caught(entry));
        caught.map(|(at, _)| entries[at..(at + 3).min(entries.len())].join("\n")).collect()
    }
}

/// Whatever stands before a parenthesis in the sources of pmdb. The server knows which of these are functions.
fn functions_called() -> BTreeSet<String> {
    let mut called = BTreeSet::new();
    let mut folders = vec![Path::new("src/postgres").to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = fs::read_to_string(&path).unwrap();
            let before = text
                .split('(')
                .map(|before| before.rsplit(|c: char| !c.is_ascii_alphanumeric() && c != '_').next());
            called.extend(
                before
                    .flatten()
                    .filter(|word| word.starts_with(|c: char| c.is_ascii_lowercase()))
                    .map(str::to_owned),
            );
        }
    }
    let server = crate::support::server();
    let names: Vec<String> = called.iter().map(|name| format!("('{name}')")).collect();
    let known = server.sql(
        "template1",
        &format!(
            "SELECT name FROM (VALUES {}) v (name) WHERE EXISTS (SELECT FROM pg_proc WHERE proname = name)",
            names.join(",")
        ),
    );
    known.into_iter().flatten().flatten().collect()
}
