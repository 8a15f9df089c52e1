//! Backfills: each row once, batch by batch, and going on after whatever stopped them.

mod beside;
mod deferred;
mod ends;
mod foretold;
mod half_done;
mod key_columns;
mod keys;
mod killed;
mod order;
mod order_within;
mod pooled;
mod refused;
mod seeded;
mod slow;
mod waits;

use crate::support::{Database, Setup};

/// A table with ROWS rows, and columns that a backfill fills and counts its work in.
const TASKS: &str = "CREATE TABLE tasks (id bigint PRIMARY KEY, priority int, hits int NOT NULL DEFAULT 0);
    INSERT INTO tasks (id) SELECT n * 3 FROM generate_series(1, ROWS) AS n;
    ANALYZE tasks";

const BACKFILL: &str = "-- migrate:up batch:tasks(id)
UPDATE tasks SET priority = 1, hits = hits + 1 WHERE :batch;

-- migrate:down batch:tasks(id)
UPDATE tasks AS t SET priority = NULL, hits = hits - 1 WHERE :batch(t);
";

/// A project with one backfill, and its table with this many rows.
fn with_rows(rows: u32, file: &str) -> Setup {
    let setup = Setup::with(&[("0001_fill.sql", file)]);
    setup.database.sql(&TASKS.replace("ROWS", &rows.to_string()));
    setup
}

/// The same on a database that is in use: a migration is applied, so that deferred backfills are passed.
fn in_use(rows: u32, file: &str) -> Setup {
    let setup = Setup::with(&[("0000_first.sql", "-- migrate:up\nCREATE TABLE first ();\n")]);
    setup.up().success();
    setup.project.migration("0001_fill.sql", file);
    setup.database.sql(&TASKS.replace("ROWS", &rows.to_string()));
    setup
}

/// No batch takes this long, also on a slow machine: so that batches have 500, 500, 1000 … rows.
const LONG: &str = "60s";

/// How many rows there are with each number of hits: `20000 × 1`.
fn hits(setup: &Setup) -> String {
    let query = "SELECT string_agg(count || ' × ' || hits, ', ' ORDER BY hits) \
                 FROM (SELECT hits, count(*) FROM tasks GROUP BY hits) AS c";
    setup.database.value(query)
}

/// Makes each row take half a millisecond, so that a batch is seen at work.
fn slow_down(setup: &Setup) {
    slow_down_on(&setup.database);
}

/// The same for a database on a server of its own.
fn slow_down_on(database: &Database) {
    database.sql(
        "CREATE FUNCTION slowly() RETURNS trigger LANGUAGE plpgsql AS \
         'BEGIN PERFORM pg_sleep(0.0005); RETURN NEW; END'; \
         CREATE TRIGGER slowly BEFORE UPDATE ON tasks FOR EACH ROW EXECUTE FUNCTION slowly()",
    );
}

#[test]
fn a_backfill_changes_each_row_once_and_its_way_back_does_too() {
    let setup = with_rows(20_000, BACKFILL);
    setup.up().success();
    assert_eq!(hits(&setup), "20000 × 1");
    assert_eq!(setup.states(), "0001 applied");
    setup.run(&["down"]).success();
    assert_eq!(hits(&setup), "20000 × 0");
    assert_eq!(setup.states(), "0001 pending");
}

#[test]
fn a_table_of_no_rows_and_one_of_a_single_batch_are_done_at_once() {
    for rows in [0, 1, 500, 501] {
        let setup = with_rows(rows, BACKFILL);
        setup.up().success();
        let expected = if rows == 0 { "0".to_owned() } else { rows.to_string() };
        assert_eq!(setup.database.value("SELECT count(*) FROM tasks WHERE hits = 1"), expected);
        assert_eq!(setup.states(), "0001 applied");
    }
}

#[test]
fn several_places_of_one_statement_take_the_same_batch() {
    let file = "-- migrate:up batch:tasks(id)
WITH old AS (SELECT id FROM tasks WHERE :batch)
UPDATE tasks AS t SET hits = hits + (SELECT count(*) FROM old WHERE old.id = t.id) WHERE :batch(t) AND hits < 9;
";
    let setup = with_rows(3_000, file);
    setup.up().success();
    assert_eq!(hits(&setup), "3000 × 1");
}

#[test]
fn an_error_of_the_statement_points_into_the_file_and_the_batches_before_it_stay() {
    let file = "-- migrate:up batch:tasks(id)
UPDATE tasks SET hits = hits + 1 WHERE :batch AND 1 / (id - 6000) IS NOT NULL;
";
    let setup = with_rows(4_000, file);
    let error = setup.up().fails(1).stderr;
    assert!(error.contains("migrations/0001_fill.sql:2:"), "{error}");
    assert!(error.contains("division by zero"), "{error}");
    assert!(
        error.contains("0001 fill is a backfill: 1000 of about 4000 rows are done and stay done"),
        "{error}"
    );
    assert!(error.contains("BATCH: public.tasks WHERE id > '3000' AND id <= '6000'"), "{error}");
    assert_eq!(hits(&setup), "3000 × 0, 1000 × 1");

    setup.project.migration(
        "0001_fill.sql",
        "-- migrate:up batch:tasks(id)\nUPDATE tasks SET hits = 1, nope = 2 WHERE :batch;\n",
    );
    let error = setup.up().fails(4).stderr;
    assert!(error.contains("has passed 1000 rows already, and the file now says something else"), "{error}");
}

#[test]
fn the_batch_that_an_error_names_shows_no_secret_of_the_statement() {
    let file = "-- migrate:up batch:keys(tenant, name)
UPDATE keys SET password = 'hunter2-hunter2' WHERE :batch AND 1 / (length(name) - 15) IS NOT NULL;
";
    let setup = Setup::with(&[("0001_fill.sql", file)]);
    setup.database.sql(
        "CREATE TABLE keys (tenant int, name text, password text, PRIMARY KEY (tenant, name)); \
         INSERT INTO keys VALUES (7, 'hunter2-hunter2')",
    );
    let error = setup.up().fails(1).stderr;
    assert!(error.contains("BATCH: public.keys WHERE (tenant, name) <= ('7', '"), "{error}");
    assert!(!error.contains("hunter2"), "{error}");
    setup.database.sql("INSERT INTO keys VALUES (8, 'fifteen letters')");
    let json = setup.run(&["up", "--json"]).fails(1).json();
    let batch = json["error"]["server"]["batch"].as_str().unwrap_or_default();
    assert_eq!(setup.database.value(&format!("SELECT count(*) FROM {batch}")), "2", "{json}");
}

#[test]
fn a_place_after_the_condition_is_found_in_the_file() {
    let file = "-- migrate:up batch:tasks(id)\nUPDATE tasks SET hits = 1 WHERE :batch AND nope = 2;\n";
    let setup = with_rows(10, file);
    let error = setup.up().fails(1).stderr;
    assert!(error.contains("migrations/0001_fill.sql:2:44: column \"nope\" does not exist"), "{error}");
}

#[test]
fn a_deferred_constraint_that_fails_at_commit_names_the_statement() {
    let file = "-- migrate:up batch:tasks(id)\n\nUPDATE tasks SET priority = 7 WHERE :batch;\n";
    let setup = with_rows(10, file);
    setup.database.sql(
        "CREATE TABLE priorities (id int PRIMARY KEY); \
         ALTER TABLE tasks ADD FOREIGN KEY (priority) REFERENCES priorities DEFERRABLE INITIALLY DEFERRED",
    );
    let error = setup.up().fails(1).stderr;
    assert!(error.contains("migrations/0001_fill.sql:3:1"), "{error}");
    assert_eq!(setup.states(), "0001 pending");
}
