//! `docs/json.md` shows what `--json` really prints: each example has the keys of the document that the command gives.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::support::{Database, Outcome, Project, Setup, server};

const UP: &str = "-- migrate:up\nCREATE TABLE t (id int);\n\n-- migrate:down\nDROP TABLE t;\n";
const COPY: &str = "-- migrate:up\nCREATE TABLE u (id int);\nCOPY u FROM stdin;\n1\n\\.\n";
const FAILS_HALFWAY: &str =
    "-- migrate:up transaction:false\nCREATE TABLE v (id int);\nDROP TABLE nowhere;\n";
const REORDERS: &str =
    "-- migrate:up\nALTER TABLE t DROP id;\n\n-- migrate:down\nALTER TABLE t ADD id int;\n";
const FAILS_DOWN: &str =
    "-- migrate:up\nCREATE INDEX t_a ON t (a);\n\n-- migrate:down\nDROP INDEX nowhere;\n";
const TIDY: &str = "-- migrate:up\nINSERT INTO t VALUES (1);\n\n-- migrate:down\nDELETE FROM t;\n";
const UNTIDY: &str = "-- migrate:up\nINSERT INTO t VALUES (1);\n\n-- migrate:down\nSELECT 1;\n";
const BROKEN: &str = "-- migrate:up\nSELECT (1;\n";

#[test]
fn every_example_of_the_documentation_has_the_keys_that_the_command_prints() {
    let documented = examples(include_str!("../../docs/json.md"));
    let real: BTreeMap<String, Value> =
        answers().into_iter().chain(errors()).map(|(title, document)| (title.to_owned(), document)).collect();

    let titles = |map: &BTreeMap<String, Value>| map.keys().cloned().collect::<Vec<_>>();
    assert_eq!(titles(&documented), titles(&real), "the sections with an example");
    for (title, document) in &real {
        assert_eq!(keys(&documented[title]), keys(document), "{title}: documented, and real: {document:#}");
    }
}

fn answers() -> Vec<(&'static str, Value)> {
    let (project, database) = (Project::new(), Database::new());
    let json = |args: &[&str]| project.pmdb(args).env("DATABASE_URL", database.url()).run().success().json();

    project.migration("0001_t.sql", COPY);
    let plan = json(&["--json", "up", "--dry-run"]);
    project.migration("0001_t.sql", UP);
    let up = json(&["--json", "up"]);
    let status = json(&["--json", "status"]);
    project.migration("0001_t.sql", &UP.replace("int", "bigint"));
    let accept = json(&["--json", "accept", "1"]);
    let new = json(&["--json", "new", "second"]);
    database.sql("CREATE TABLE keyless (id int NOT NULL)");
    std::fs::rename(
        project.path().join("migrations/0001_t.sql"),
        project.path().join("migrations/0003_t.sql"),
    )
    .unwrap();
    let renumber = json(&["--json", "renumber", "1", "3"]);
    let advise = json(&["--json", "advise"]);
    let create = json(&["--json", "create"]);
    let wait = json(&["--json", "wait"]);
    let init = json(&["--json", "init", "--dir", "other", "--seeds", "others"]);
    let explain = json(&["--json", "advise", "--explain", "unused-index"]);
    let man = json(&["--json", "man", "man1"]);
    let completions = json(&["--json", "completions", "bash"]);
    vec![
        ("up", up),
        ("up --dry-run", plan),
        ("status", status),
        ("schema", schema()),
        ("new", new),
        ("accept", accept),
        ("resolve", resolve()),
        ("fill --restore", fill_restore()),
        ("baseline", baseline(UP).success().json()),
        ("renumber", renumber),
        ("advise", advise),
        ("advise --explain", explain),
        ("create", create),
        ("diff", diff()),
        ("plan", impact()),
        ("drift", drift()),
        ("verify", verify(REORDERS, TIDY).success().json()),
        ("verify with failures", verify(FAILS_DOWN, UNTIDY).fails(1).json()),
        ("wait", wait),
        ("init", init),
        ("completions", completions),
        ("man", man),
        ("dev", dev().json()),
    ]
}

/// Of a statement that was running when a run was killed.
fn resolve() -> Value {
    let setup = Setup::with(&[("0001_a.sql", "-- migrate:up transaction:false\nCALL p();\n")]);
    setup.database.sql("CREATE PROCEDURE p() LANGUAGE sql AS 'SELECT 1'");
    setup.up().success();
    setup.database.sql("UPDATE schema_migrations SET statements_done = -1");
    setup.run(&["--json", "resolve", "1", "--done"]).success().json()
}

/// Of a database where nothing is missing.
fn fill_restore() -> Value {
    Setup::new().run(&["--json", "fill", "--restore"]).success().json()
}

/// Of a database that has one of everything.
fn schema() -> Value {
    let (project, database) = (Project::new(), Database::new());
    database.sql(
        "CREATE TYPE task_status AS ENUM ('pending', 'done');
         CREATE TABLE users (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY);
         CREATE TABLE tasks (id bigint PRIMARY KEY, assigned_to bigint REFERENCES users ON DELETE SET NULL,
             priority int NOT NULL DEFAULT 1 CHECK (priority > 0), slug text NOT NULL UNIQUE);
         CREATE INDEX ON tasks (assigned_to);
         CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
         CREATE TRIGGER touch BEFORE UPDATE ON tasks FOR EACH ROW EXECUTE FUNCTION touch();
         CREATE TABLE watchers (task_id bigint REFERENCES tasks, user_id bigint REFERENCES users,
             PRIMARY KEY (task_id, user_id));
         CREATE TABLE log (at date NOT NULL) PARTITION BY RANGE (at);
         CREATE TABLE log_2026 PARTITION OF log FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
         CREATE VIEW urgent AS SELECT id FROM tasks WHERE priority > 3;",
    );
    project.pmdb(&["--json", "schema"]).env("DATABASE_URL", database.url()).run().success().json()
}

/// Of a database with the table `t`, which another tool has made, against this file.
fn baseline(file: &str) -> Outcome {
    let setup = Setup::with(&[("0001_t.sql", file)]);
    setup.database.sql(
        "CREATE TABLE t (id int);
         CREATE TABLE __diesel_schema_migrations (version varchar(50) PRIMARY KEY, run_on timestamp)",
    );
    setup.run(&["--json", "baseline", "1", "--scratch-url", &server().url("postgres")])
}

fn diff() -> Value {
    let (one, other) = (Database::new(), Database::new());
    one.sql("CREATE TABLE tasks (due_date date DEFAULT now())");
    other.sql("CREATE TABLE tasks (due_date date); CREATE TABLE labels (id int)");
    Project::new().pmdb(&["--json", "diff", one.url(), other.url()]).run().fails(4).json()
}

/// Of a file that waits for a row, and builds an index meanwhile.
fn impact() -> Value {
    let setup = Setup::with(&[(
        "0001_tables.sql",
        "-- migrate:up\nCREATE TABLE users (id int, email text);\nCREATE TABLE tasks (due date);\n",
    )]);
    setup.up().success();
    setup.database.sql("INSERT INTO users VALUES (1, NULL)");
    setup.project.migration(
        "0002_emails.sql",
        "-- migrate:up\nALTER TABLE users ALTER email SET NOT NULL;\nCREATE INDEX tasks_due ON tasks (due);\n",
    );
    let args = ["--json", "plan", "--small", "0", "--scratch-url", &server().url("postgres")];
    setup.run(&args).success().json()
}

fn drift() -> Value {
    let (project, database) = (Project::new(), Database::new());
    project.migration("0001_t.sql", UP);
    let run = |args: &[&str]| project.pmdb(args).database(&database).run();
    run(&["up"]).success();
    project.migration("0001_t.sql", &UP.replace("int", "bigint"));
    database.sql("CREATE INDEX hotfix ON t (id)");
    run(&["--json", "drift"]).fails(4).json()
}

/// Verifies a table, this migration and this seed.
fn verify(second: &str, seed: &str) -> Outcome {
    let project = Project::new();
    project.migration("0001_t.sql", &UP.replace("id int", "id int, a int"));
    project.migration("0002_second.sql", second);
    project.write("seeds/0001_rows.sql", seed);
    project.pmdb(&["--json", "verify", "--scratch-url", &server().url("postgres")]).run()
}

fn dev() -> Outcome {
    let project = Project::new();
    let dev = project.pmdb(&["--json", "dev", "--bundled"]).spawn();
    dev.wait_for_stdout("}");
    dev.interrupt();
    dev.wait().success()
}

fn errors() -> Vec<(&'static str, Value)> {
    let (project, database) = (Project::new(), Database::new());
    let run = |args: &[&str]| project.pmdb(args).env("DATABASE_URL", database.url()).run();

    let any = project.pmdb(&["--json", "up"]).run().fails(1).json();
    project.migration("0001_t.sql", UP);
    project.migration("0002_v.sql", FAILS_HALFWAY);
    let half = run(&["--json", "up"]).fails(1).json();
    project.migration("0001_t.sql", &UP.replace("int", "bigint"));
    let disagreement = run(&["--json", "up"]).fails(4).json();
    project.migration("0003_broken.sql", BROKEN);
    let files = run(&["--json", "up"]).fails(1).json();
    vec![
        ("Any error", any),
        ("A half that failed", half),
        ("Files and history disagree", disagreement),
        (
            "The database is not what the files build",
            baseline(&UP.replace("TABLE t", "TABLE other")).fails(4).json(),
        ),
        ("Files that break the rules", files),
        ("The server refused a command of pmdb's own", refused(&project)),
    ]
}

/// A template database cannot be dropped, not even by the superuser.
fn refused(project: &Project) -> Value {
    let database = Database::new();
    database.sql(&format!("ALTER DATABASE {} IS_TEMPLATE true", database.name()));
    let outcome = project.pmdb(&["--json", "drop"]).env("DATABASE_URL", database.url()).run();
    database.sql(&format!("ALTER DATABASE {} IS_TEMPLATE false", database.name()));
    outcome.fails(1).json()
}

/// The JSON examples of a Markdown text, by the heading above each.
fn examples(markdown: &str) -> BTreeMap<String, Value> {
    let mut examples = BTreeMap::new();
    for section in markdown.split("\n### ").skip(1) {
        let (title, text) = section.split_once('\n').unwrap();
        let (_, after) = text.split_once("```json\n").unwrap_or_else(|| panic!("no example in {title}"));
        let (example, _) = after.split_once("\n```").unwrap();
        let value = serde_json::from_str(example).unwrap_or_else(|error| panic!("{title}: {error}"));
        examples.insert(title.to_owned(), value);
    }
    examples
}

/// Every key with the keys above it: `steps[].version`. The elements of a list are taken together.
fn keys(value: &Value) -> BTreeSet<String> {
    let mut keys = BTreeSet::new();
    collect(value, "", &mut keys);
    keys
}

fn collect(value: &Value, above: &str, keys: &mut BTreeSet<String>) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                let key = format!("{above}{key}");
                collect(value, &format!("{key}."), keys);
                keys.insert(key);
            }
        }
        Value::Array(list) => {
            let above = format!("{}[].", above.trim_end_matches('.'));
            list.iter().for_each(|element| collect(element, &above, keys));
        }
        _ => {}
    }
}
