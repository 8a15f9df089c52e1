//! The target is only read, whatever `pmdb plan` asks it.

use super::{list, text};
use crate::support::{Database, Mode, Outcome, Project, Replicas, Server, server, wait_until};

const TABLES: &str = "-- migrate:up\nCREATE TABLE users (id int PRIMARY KEY, email text, plan text);\n\
                      CREATE TABLE posts (id int PRIMARY KEY, user_id int);\n-- migrate:down\nDROP TABLE posts, users;\n";

/// Everything that a plan asks about: sizes, rows in the way, rows that change.
const CHANGE: &str = "-- migrate:up\nALTER TABLE users ALTER email SET NOT NULL;\nALTER TABLE users ALTER plan TYPE int USING plan::int;\n\
                      ALTER TABLE posts ADD FOREIGN KEY (user_id) REFERENCES users;\nUPDATE posts SET user_id = 1;\nDROP TABLE posts;\n";

const ROWS: &str = "INSERT INTO users SELECT g, NULL, 'x' FROM generate_series(1, 1000) g;
    INSERT INTO posts SELECT g, g + 1 FROM generate_series(1, 1000) g; ANALYZE";

/// A project whose first file is applied there, with rows in its tables, and whose second one is pending.
fn pending(database: &Database) -> Project {
    let project = Project::new();
    project.migration("0001_tables.sql", TABLES);
    project.pmdb(&["up"]).database(database).run().success();
    database.sql(ROWS);
    project.migration("0002_change.sql", CHANGE);
    project
}

fn plan(project: &Project, url: &str) -> Outcome {
    let scratch = server().url("postgres");
    project.pmdb(&["plan", "--json", "--url", url, "--scratch-url", &scratch]).run().success()
}

/// The rules of its findings.
fn rules(outcome: &Outcome) -> Vec<String> {
    let document = outcome.json();
    let rules = list(&document["findings"]).map(|finding| text(&finding["rule"]).to_owned());
    rules.collect()
}

#[test]
fn the_target_writes_nothing() {
    let own = Server::own();
    let database = Database::on(&own);
    let project = pending(&database);
    database.sql("VACUUM (FREEZE)");
    database.sql("CHECKPOINT");
    let written = || {
        database.beside(&format!(
            "SELECT pg_current_wal_insert_lsn()::text || (SELECT row(tup_inserted, tup_updated, tup_deleted, temp_files)::text
             FROM pg_stat_database WHERE datname = '{}')",
            database.name()
        ))
    };
    // The server's own processes write now and then.
    let is_quiet = (0..10).any(|_| {
        let before = written();
        let found = rules(&plan(&project, database.url()));
        assert!(found.iter().any(|rule| rule == "null-values"), "{found:?}");
        written() == before
    });
    assert!(is_quiet);
}

#[test]
fn a_standby_answers_as_its_primary_does() {
    let Some(replicas) = Replicas::new(Mode::Asynchronous) else { return };
    let database = Database::at(&replicas.url());
    let project = pending(&database);
    let standby =
        replicas.url_for("prefer-standby").replace("dbname=postgres", &format!("dbname={}", database.name()));
    let primary = plan(&project, database.url());
    wait_until("the standby has the rows", || {
        let outcome = project.pmdb(&["status", "--json", "--url", &standby]).run();
        outcome.code == Some(0) && rules(&plan(&project, &standby)) == rules(&primary)
    });
    let document = plan(&project, &standby).json();
    let gaps: Vec<&str> = list(&document["gaps"]).map(text).collect();
    assert!(gaps.iter().any(|gap| gap.contains("standby")), "{gaps:?}");
}
