//! A backfill takes the rows that there are when it begins, and comes to an end whatever is added meanwhile.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use super::{BACKFILL, LONG, hits, slow_down, with_rows};
use crate::support::{Database, SetOnDrop};

#[test]
fn a_statement_that_assigns_a_column_of_the_key_is_refused_before_anything_runs() {
    let setup = with_rows(10, BACKFILL);
    let of_tasks = [
        ("tasks(id)", "UPDATE tasks SET hits = 1, id = id + 100000 WHERE :batch", "id"),
        ("tasks(id)", "UPDATE ONLY public.tasks AS t SET (hits, \"id\") = (1, id + 1) WHERE :batch(t)", "id"),
        ("public.tasks(id)", "UPDATE tasks SET ID = DEFAULT WHERE :batch", "id"),
        (
            "tasks(id)",
            "WITH moved AS (UPDATE tasks SET id = -id WHERE :batch RETURNING id) SELECT count(*) FROM moved",
            "id",
        ),
        (
            "tasks(priority, hits)",
            "MERGE INTO tasks t USING tasks s ON t.id = s.id AND :batch(s) WHEN MATCHED THEN UPDATE SET hits = 1",
            "hits",
        ),
        (
            "tasks(id)",
            "INSERT INTO tasks (id) SELECT id FROM tasks WHERE :batch ON CONFLICT (id) DO UPDATE SET id = -tasks.id",
            "id",
        ),
    ];
    for (key, statement, column) in of_tasks {
        setup.project.migration("0001_fill.sql", &format!("-- migrate:up batch:{key}\n{statement};\n"));
        let error = setup.up().fails(1).stderr;
        let expected = format!("this backfill assigns {column}, a column of the key that it goes along");
        assert!(error.contains(&expected) && error.contains("0001_fill.sql:2:"), "{statement}: {error}");
    }
    assert_eq!(hits(&setup), "10 × 0");
    assert_eq!(setup.database.value("SELECT to_regclass('schema_migrations') IS NULL"), "t");
}

#[test]
fn a_column_of_the_same_name_in_another_table_may_be_assigned() {
    let file = "-- migrate:up batch:tasks(id)
UPDATE copies SET id = tasks.id FROM tasks WHERE copies.old = tasks.id AND :batch(tasks);
";
    let setup = with_rows(2_000, file);
    setup.database.sql("CREATE TABLE copies AS SELECT id AS old, NULL::bigint AS id FROM tasks");
    setup.up().success();
    assert_eq!(setup.database.value("SELECT count(*) FROM copies WHERE id = old"), "2000");
}

#[test]
fn it_ends_where_a_trigger_moves_keys_up_and_takes_each_row_once() {
    let setup = with_rows(5_000, BACKFILL);
    setup.database.sql(
        "CREATE FUNCTION up() RETURNS trigger LANGUAGE plpgsql AS \
         'BEGIN NEW.id = NEW.id + 1000000; RETURN NEW; END'; \
         CREATE TRIGGER up BEFORE UPDATE ON tasks FOR EACH ROW EXECUTE FUNCTION up()",
    );
    setup.up().success();
    assert_eq!(hits(&setup), "5000 × 1");
}

#[test]
fn it_ends_where_a_trigger_adds_a_row_for_each_that_is_changed() {
    let setup = with_rows(5_000, BACKFILL);
    setup.database.sql(
        "CREATE FUNCTION add() RETURNS trigger LANGUAGE plpgsql AS \
         'BEGIN INSERT INTO tasks (id) VALUES (NEW.id + 1000000); RETURN NULL; END'; \
         CREATE TRIGGER add AFTER UPDATE ON tasks FOR EACH ROW EXECUTE FUNCTION add()",
    );
    setup.up().success();
    assert_eq!(hits(&setup), "5000 × 0, 5000 × 1");
}

#[test]
fn it_ends_where_the_statement_adds_rows_above_the_last() {
    let file = "-- migrate:up batch:tasks(id)
INSERT INTO tasks (id, hits) SELECT id + 1000000, 1 FROM tasks WHERE :batch;
";
    let setup = with_rows(5_000, file);
    setup.up().success();
    assert_eq!(hits(&setup), "5000 × 0, 5000 × 1");
}

/// Adds rows above the last one until it is told to stop.
fn insert_above(url: &str, stop: &AtomicBool) {
    let database = Database::at(url);
    let mut next = 1_000_000;
    while !stop.load(Ordering::Relaxed) {
        database.sql(&format!("INSERT INTO tasks (id) SELECT {next} + n FROM generate_series(1, 5000) AS n"));
        next += 5_000;
    }
}

#[test]
fn it_ends_while_rows_are_added_above_the_last_faster_than_it_changes_them() {
    let setup = with_rows(5_000, BACKFILL);
    slow_down(&setup);
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        let _stopped = SetOnDrop(&stop);
        scope.spawn(|| insert_above(setup.database.url(), &stop));
        let running = setup.pmdb(&["up"]).spawn();
        setup.wait_until("EXISTS (SELECT FROM tasks WHERE hits = 1)");
        running.wait().success();
    });
    assert_eq!(setup.database.value("SELECT min(hits) FROM tasks WHERE id <= 15000"), "1");
    // Some came before it began.
    assert_eq!(setup.database.value("SELECT hits FROM tasks ORDER BY id DESC LIMIT 1"), "0");
}

#[test]
fn a_run_that_goes_on_goes_up_to_where_the_first_one_would_have() {
    let file = "-- migrate:up batch:tasks(id)
UPDATE tasks SET hits = hits + 1 WHERE :batch AND 1 / (id - (SELECT v FROM bad)) IS NOT NULL;
";
    let setup = with_rows(3_000, file);
    setup.database.sql("CREATE TABLE bad AS SELECT 6000 AS v");
    setup.run(&["up", "--batch-time", LONG]).fails(1);
    assert_eq!(hits(&setup), "2000 × 0, 1000 × 1");
    setup.database.sql("UPDATE bad SET v = 0; INSERT INTO tasks (id) VALUES (9001), (7)");
    setup.up().success();
    assert_eq!(
        setup.database.value("SELECT string_agg(id::text, ' ' ORDER BY id) FROM tasks WHERE hits = 0"),
        "7 9001"
    );
}

#[test]
fn a_table_without_a_row_is_done_though_its_statement_is_tried() {
    let setup = with_rows(0, BACKFILL);
    setup.up().success();
    assert_eq!(setup.states(), "0001 applied");
    let wrong = "-- migrate:up batch:tasks(id)\nUPDATE tasks SET nope = 1 WHERE :batch;\n";
    setup.project.migration("0002_wrong.sql", wrong);
    let error = setup.up().fails(1).stderr;
    assert!(error.contains("column \"nope\""), "{error}");
}

/// Rows that were inserted before the backfill began are among its rows, whenever they are committed.
#[test]
fn it_waits_for_transactions_that_have_inserted_rows_before_it_began() {
    for ends in ["COMMIT", "ROLLBACK"] {
        let setup = with_rows(1_000, BACKFILL);
        let writer = setup.hold("BEGIN; INSERT INTO tasks (id) VALUES (1), (4), (3001)");
        let running = setup.pmdb(&["up"]).spawn();
        running.wait_for_stderr(
            "0001 fill waits: a transaction that has changed rows of the table is still open",
        );
        assert_eq!(hits(&setup), "1000 × 0");
        // Those that begin later are not waited for.
        let later = setup.hold("BEGIN; INSERT INTO tasks (id) VALUES (100000)");
        writer.send(ends);
        let outcome = running.wait().success();
        assert!(outcome.stderr.contains("0001 fill goes on"), "{}", outcome.stderr);
        drop(later);
        let expected = if ends == "COMMIT" { "1003 × 1" } else { "1000 × 1" };
        assert_eq!(hits(&setup), expected);
    }
}

#[test]
fn it_waits_for_those_who_have_written_to_a_table_that_inherits_from_its_own() {
    let setup = with_rows(1_000, BACKFILL);
    setup.database.sql(
        "CREATE TABLE children (PRIMARY KEY (id)) INHERITS (tasks); \
         CREATE TABLE grandchildren (PRIMARY KEY (id)) INHERITS (children)",
    );
    let writer = setup.hold("BEGIN; INSERT INTO grandchildren (id) VALUES (1), (4)");
    let running = setup.pmdb(&["up"]).spawn();
    running
        .wait_for_stderr("0001 fill waits: a transaction that has changed rows of the table is still open");
    writer.send("COMMIT");
    running.wait().success();
    assert_eq!(hits(&setup), "1002 × 1");
}
