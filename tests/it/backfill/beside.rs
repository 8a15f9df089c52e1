//! Files that are applied while a deferred backfill is still to run: what it needs has to be there afterwards as well.

use super::deferred::{DEFERRED, half_undone};
use super::{hits, in_use};
use crate::support::Setup;

/// Reads what may be taken away: a column, a view, a function, a table of another schema, an index by ON CONFLICT.
const NEEDY: &str = "-- migrate:up batch:tasks(id) deferred:true
WITH priorities AS (SELECT 1 AS id)
UPDATE tasks AS x SET priority = twice(length(x.old)) + priorities.id, hits = hits + 1
FROM shop.names AS n, priorities WHERE n.task = x.id AND :batch(x);
";

/// A project in use with that backfill, and with things that have nothing to do with it and share names with it.
fn needy() -> Setup {
    let setup = in_use(1_000, NEEDY);
    setup.database.sql(
        "ALTER TABLE tasks ADD old text DEFAULT 'old';
         CREATE FUNCTION twice(n int) RETURNS int LANGUAGE sql AS 'SELECT 2 * n';
         CREATE SCHEMA shop; CREATE TABLE shop.rows (task bigint, n text);
         CREATE VIEW shop.names AS SELECT * FROM shop.rows;
         INSERT INTO shop.rows SELECT id, 'a' FROM tasks;
         CREATE SCHEMA other; CREATE TABLE other.tasks (id int PRIMARY KEY, old text);
         CREATE TABLE x (old text); CREATE TABLE priorities (id int); CREATE VIEW length AS SELECT 1;",
    );
    setup
}

#[test]
fn a_later_file_after_which_a_pending_backfill_could_not_run_is_rolled_back() {
    let setup = needy();
    for (statements, words) in [
        ("ALTER TABLE tasks DROP old;", "column x.old does not exist"),
        ("ALTER TABLE tasks RENAME old TO o;", "column x.old does not exist"),
        (
            "ALTER TABLE tasks ALTER old DROP DEFAULT, ALTER old TYPE int USING 1;",
            "function length(integer) does not exist",
        ),
        ("DO $$ BEGIN ALTER TABLE tasks DROP old; END $$;", "column x.old does not exist"),
        ("ALTER TABLE tasks RENAME TO todo;", "relation \"tasks\" does not exist"),
        ("ALTER VIEW shop.names RENAME TO n;", "relation \"shop.names\" does not exist"),
        ("ALTER VIEW shop.names RENAME task TO t;", "column n.task does not exist"),
        ("DROP SCHEMA shop CASCADE;", "relation \"shop.names\" does not exist"),
        ("DROP FUNCTION twice(int);", "function twice(integer) does not exist"),
        ("ALTER TABLE tasks DROP CONSTRAINT tasks_pkey;", "tasks has no unique index on (id)"),
        ("DROP TABLE tasks;", "relation \"tasks\" does not exist"),
    ] {
        setup.project.migration("0002_later.sql", &format!("-- migrate:up\n{statements}\n"));
        let error = setup.up().fails(1).stderr;
        let expected = format!("0001 fill, a deferred backfill, could not do its work after this: {words}");
        assert!(
            error.contains("migrations/0002_later.sql: ") && error.contains(&expected),
            "{statements}: {error}"
        );
        assert!(error.contains("`pmdb up --backfills`") && error.contains("requires:0001"), "{error}");
        assert_eq!(setup.states(), "0000 applied, 0001 deferred, 0002 pending");
    }
    setup.run(&["up", "--backfills"]).success();
    assert_eq!(hits(&setup), "1000 × 1");
    setup.up().success();
}

#[test]
fn a_later_file_that_leaves_all_that_a_pending_backfill_needs_is_applied() {
    let setup = needy();
    let statements = "DROP TABLE x, priorities, other.tasks; DROP VIEW length; ALTER TABLE shop.rows DROP n CASCADE;
        CREATE VIEW shop.names AS SELECT task FROM shop.rows;
        ALTER TABLE tasks DROP CONSTRAINT tasks_pkey; ALTER TABLE tasks ALTER id TYPE numeric, ADD UNIQUE (id);
        CREATE TEMP TABLE tasks (nothing int); CREATE TEMP TABLE old (tasks int); SET ROLE pg_monitor;";
    setup.project.migration("0002_later.sql", &format!("-- migrate:up\n{statements}\n"));
    setup
        .project
        .migration("0003_copy.sql", "-- migrate:up\nCREATE TABLE c (a int);\nCOPY c FROM stdin;\n1\n\\.\n");
    let up = setup.up().success();
    assert!(up.stdout.contains("2 migrations applied"), "{}", up.stdout);
    setup.run(&["up", "--backfills"]).success();
    assert_eq!(hits(&setup), "1000 × 1");
}

#[test]
fn files_before_the_one_that_is_rolled_back_stay_and_the_way_out_leads_on() {
    let setup = in_use(10, "-- migrate:up\nCREATE TABLE u ();\n");
    setup.project.migration("0002_fill.sql", DEFERRED);
    setup.project.migration("0003_v.sql", "-- migrate:up\nCREATE TABLE v ();\n");
    let drops = "DROP TABLE tasks;\n";
    setup.project.migration("0004_drop.sql", &format!("-- migrate:up\n{drops}"));
    let failed = setup.run(&["up", "--json"]).fails(1).json();
    assert_eq!(failed["error"]["code"], "needed_by_backfill");
    assert_eq!(setup.states(), "0000 applied, 0001 applied, 0002 deferred, 0003 applied, 0004 pending");
    setup.project.migration("0004_drop.sql", &format!("-- migrate:up requires:0002\n{drops}"));
    setup.up().fails(3);
    setup.run(&["up", "--backfills"]).success();
    setup.up().success();
    assert_eq!(setup.states(), "0000 applied, 0001 applied, 0002 applied, 0003 applied, 0004 applied");
}

#[test]
fn a_late_file_does_not_take_away_what_a_pending_backfill_needs() {
    let setup = in_use(10, "-- migrate:up\nCREATE TABLE u ();\n");
    setup.project.migration("0003_v.sql", "-- migrate:up\nCREATE TABLE v ();\n");
    setup.up().success();
    setup.project.migration("0004_fill.sql", DEFERRED);
    setup.project.migration("0002_drop.sql", "-- migrate:up\nALTER TABLE tasks DROP priority;\n");
    let error = setup.run(&["up", "--out-of-order"]).fails(1).stderr;
    assert!(error.contains("could not do its work after this: column \"priority\""), "{error}");
}

#[test]
fn what_a_backfill_on_its_way_down_needs_is_not_taken_away() {
    let setup = half_undone();
    setup.project.migration("0002_drop.sql", "-- migrate:up\nDROP TABLE tasks;\n");
    let error = setup.up().fails(1).stderr;
    assert!(error.contains("could not do its work after this: relation \"tasks\" does not exist"), "{error}");
    assert_eq!(hits(&setup), "3000 × 0");
    assert_eq!(setup.states(), "0000 applied, 0001 deferred, 0002 pending");
}

#[test]
fn the_table_of_a_half_done_backfill_is_not_replaced_by_a_later_file() {
    let stops = DEFERRED.replace(":batch", ":batch AND 1 / (id - 2000 * 3) IS NOT NULL");
    let setup = in_use(3_000, &stops);
    setup.run(&["up", "--backfills"]).fails(1);
    let later = "ALTER TABLE tasks RENAME TO old; CREATE TABLE tasks (LIKE old INCLUDING ALL);";
    setup.project.migration("0002_replace.sql", &format!("-- migrate:up\n{later}\n"));
    let error = setup.up().fails(1).stderr;
    assert!(error.contains("is not the table with which this backfill began"), "{error}");
}

#[test]
fn plan_foretells_that_a_column_of_a_pending_backfill_is_made_anew() {
    let setup = Setup::with(&[(
        "0000_tasks.sql",
        "-- migrate:up\nCREATE TABLE tasks (id int PRIMARY KEY, priority int, hits int);\n",
    )]);
    setup.up().success();
    setup.project.migration("0001_fill.sql", DEFERRED);
    let anew = "ALTER TABLE tasks DROP hits; ALTER TABLE tasks ADD hits int;";
    setup.project.migration("0002_anew.sql", &format!("-- migrate:up\n{anew}\n"));
    let plan = setup.run(&["plan"]).success().stdout;
    assert!(
        plan.contains("the column hits of public.tasks, which it names, is dropped and made anew"),
        "{plan}"
    );
}

#[test]
fn a_later_file_that_adds_a_constraint_which_the_rows_of_a_pending_backfill_would_break_is_rolled_back() {
    let setup = in_use(3_000, DEFERRED);
    for (statement, words) in [
        (
            "ALTER TABLE tasks ADD CONSTRAINT none CHECK (priority IS NULL);",
            "violates check constraint \"none\"",
        ),
        (
            "ALTER TABLE tasks ADD CONSTRAINT low CHECK (priority > 1) NOT VALID;",
            "violates check constraint \"low\"",
        ),
        ("CREATE UNIQUE INDEX one ON tasks (priority);", "violates unique constraint \"one\""),
    ] {
        setup.project.migration("0002_later.sql", &format!("-- migrate:up\n{statement}\n"));
        let error = setup.up().fails(1).stderr;
        assert!(
            error.contains("0001 fill, a deferred backfill, could not do its work after this"),
            "{error}"
        );
        assert!(error.contains(words), "{statement}: {error}");
        assert_eq!(setup.states(), "0000 applied, 0001 deferred, 0002 pending");
        assert_eq!(hits(&setup), "3000 × 0");
    }
    let fine = "ALTER TABLE tasks ADD CHECK (priority IS NOT NULL) NOT VALID; ALTER TABLE tasks ADD CHECK (hits >= 0);";
    setup.project.migration("0002_later.sql", &format!("-- migrate:up\n{fine}\n"));
    setup.up().success();
    assert_eq!(hits(&setup), "3000 × 0");
    setup.run(&["up", "--backfills"]).success();
    assert_eq!(hits(&setup), "3000 × 1");
}

#[test]
fn what_a_backfill_is_tried_on_is_taken_back_and_a_trial_that_takes_long_stops_no_file() {
    let setup = in_use(3_000, DEFERRED);
    setup.database.sql("CREATE TABLE log (id bigint)");
    setup.database.sql(
        "CREATE FUNCTION log() RETURNS trigger LANGUAGE plpgsql AS \
         'BEGIN INSERT INTO log VALUES (NEW.id); PERFORM pg_sleep(0.01); RETURN NEW; END'; \
         CREATE TRIGGER log BEFORE UPDATE ON tasks FOR EACH ROW EXECUTE FUNCTION log()",
    );
    setup.project.migration("0002_later.sql", "-- migrate:up\nALTER TABLE tasks ADD CHECK (hits >= 0);\n");
    setup.up().success();
    assert_eq!(setup.database.value("SELECT count(*) FROM log"), "0");
    assert_eq!(hits(&setup), "3000 × 0");
}

/// Sets a path for all new sessions of the database, or those of this role there.
fn with_path(of: &str, path: &str) -> String {
    format!("DO $$ BEGIN EXECUTE format('ALTER {of} SET search_path = {path}', current_database()); END $$;")
}

#[test]
fn a_later_file_after_which_a_pending_backfill_would_change_something_else_is_rolled_back() {
    let setup = in_use(1_000, DEFERRED);
    setup.database.sql("CREATE SCHEMA other; CREATE TABLE other.tasks (LIKE tasks INCLUDING ALL)");
    let instead = "a rule does something else instead of changing the rows of public.tasks";
    let another = "it would change other.tasks instead of public.tasks";
    for (statements, words) in [
        ("CREATE RULE r AS ON UPDATE TO tasks DO INSTEAD NOTHING;".to_owned(), instead),
        (
            "CREATE RULE r AS ON UPDATE TO tasks DO INSTEAD UPDATE other.tasks SET hits = 1 WHERE id = old.id;"
                .to_owned(),
            instead,
        ),
        (
            "CREATE RULE r AS ON UPDATE TO tasks WHERE old.id > 5 DO INSTEAD NOTHING;".to_owned(),
            "the rule r of tasks does something else instead of changing some of its rows",
        ),
        (
            "ALTER TABLE tasks DROP priority; ALTER TABLE tasks ADD priority int;".to_owned(),
            "the column priority of public.tasks, which it names, is dropped and made anew",
        ),
        (with_path("DATABASE %I", "other, public"), another),
        (with_path("ROLE CURRENT_USER IN DATABASE %I", "other, public"), another),
        (with_path("DATABASE %I", "other") + "DROP TABLE other.tasks;", "relation \"tasks\" does not exist"),
    ] {
        setup.project.migration("0002_later.sql", &format!("-- migrate:up\n{statements}\n"));
        let error = setup.up().fails(1).stderr;
        let expected = format!("could not do its work after this: {words}");
        assert!(error.contains(&expected), "{statements}: {error}");
        assert_eq!(setup.states(), "0000 applied, 0001 deferred, 0002 pending");
    }
    setup.run(&["up", "--backfills"]).success();
    assert_eq!(hits(&setup), "1000 × 1");
}

#[test]
fn a_later_file_that_moves_the_table_or_adds_to_what_is_done_is_applied() {
    let setup = in_use(1_000, DEFERRED);
    let moves = "CREATE SCHEMA app; ALTER TABLE tasks SET SCHEMA app; CREATE TABLE n ();
        CREATE RULE n AS ON UPDATE TO n DO INSTEAD NOTHING; CREATE RULE r AS ON UPDATE TO app.tasks DO ALSO NOTHING;";
    let path = with_path("DATABASE %I", "app, public");
    setup.project.migration("0002_move.sql", &format!("-- migrate:up\n{moves}\n{path}\n"));
    setup.project.migration("0003_v.sql", "-- migrate:up\nCREATE TABLE public.v ();\n");
    setup.up().success();
    setup.run(&["up", "--backfills"]).success();
    assert_eq!(setup.database.value("SELECT count(*) FROM app.tasks WHERE hits = 1"), "1000");
}

#[test]
fn a_statement_outside_of_a_transaction_is_not_committed_that_takes_away_what_a_pending_backfill_needs() {
    for drops in ["ALTER TABLE tasks DROP priority;", "BEGIN; ALTER TABLE tasks DROP priority; COMMIT;"] {
        let setup = in_use(1_000, DEFERRED);
        let file = format!(
            "-- migrate:up transaction:false\nCREATE TABLE v ();\n{drops}\nCREATE INDEX CONCURRENTLY i ON tasks (hits);\n"
        );
        setup.project.migration("0002_later.sql", &file);
        let error = setup.up().fails(1).stderr;
        let expected =
            "0001 fill, a deferred backfill, could not do its work after this: column \"priority\"";
        assert!(error.contains(expected) && error.contains("1 of "), "{error}");
        assert!(setup.states().contains("0002 half applied (1 of "), "{}", setup.states());
        setup.run(&["up", "--backfills"]).success();
        assert_eq!(hits(&setup), "1000 × 1");
        setup.up().success();
        assert_eq!(setup.states(), "0000 applied, 0001 applied, 0002 applied");
    }
}

#[test]
fn a_statement_that_no_transaction_may_hold_and_that_takes_away_what_a_pending_backfill_needs_is_told() {
    let setup = in_use(1_000, DEFERRED);
    let unique = "CREATE UNIQUE INDEX by_id ON tasks (id)";
    setup.database.sql(&format!("ALTER TABLE tasks DROP CONSTRAINT tasks_pkey; {unique}"));
    let file = "-- migrate:up transaction:false\nDROP INDEX CONCURRENTLY by_id;\nCREATE TABLE v ();\n";
    setup.project.migration("0002_drop.sql", file);
    let told = setup.up().success().stderr;
    let expected = "0002 drop has taken away what 0001 fill, a deferred backfill that is not done, needs: \
                    tasks has no unique index on (id)";
    assert_eq!(told.matches(expected).count(), 1, "{told}");
    setup.database.sql(unique);
    setup.run(&["up", "--backfills"]).success();
    assert_eq!(hits(&setup), "1000 × 1");
}

#[test]
fn plan_foretells_that_a_pending_backfill_stops_a_file() {
    let table = super::TASKS.replace("ROWS", "10");
    let setup = Setup::with(&[("0000_tasks.sql", &format!("-- migrate:up\n{table};\n"))]);
    setup.up().success();
    setup.project.migration("0001_fill.sql", DEFERRED);
    setup.project.migration("0002_u.sql", "-- migrate:up\nCREATE TABLE u ();\n");
    setup.project.migration("0003_drop.sql", "-- migrate:up\nALTER TABLE tasks DROP priority;\n");
    setup.project.migration("0004_v.sql", "-- migrate:up\nCREATE TABLE v ();\n");
    let plan = setup.run(&["plan", "--json"]).success().json();
    let stopped: Vec<&serde_json::Value> = plan["findings"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|finding| finding["rule"] == "fails-in-trial")
        .collect();
    let [stopped] = stopped.as_slice() else { panic!("{plan:#}") };
    assert_eq!(stopped["version"], "0003");
    let what = stopped["what"].as_str().unwrap();
    assert!(
        what.contains("0001 fill, a deferred backfill that is not done, could not do its work"),
        "{what}"
    );
    assert!(what.contains("column \"priority\"") && what.contains("requires:0001"), "{what}");
    assert_eq!(plan["files"].as_array().unwrap().len(), 2, "{plan:#}");
    setup.up().fails(1);
    setup.run(&["up", "--backfills"]).success();
    let plan = setup.run(&["plan", "--json"]).success().json();
    assert!(!plan["findings"].to_string().contains("fails-in-trial"), "{plan:#}");
    setup.up().success();
}

#[test]
fn a_backfill_that_cannot_run_yet_stops_no_file() {
    let setup = in_use(10, &DEFERRED.replace("priority = 1", "priority = nope(id)"));
    setup.project.migration("0002_drop.sql", "-- migrate:up\nALTER TABLE tasks DROP priority;\n");
    setup.up().success();
    assert_eq!(setup.states(), "0000 applied, 0001 deferred, 0002 applied");
}

#[test]
fn a_lock_on_what_a_pending_backfill_needs_stops_no_file() {
    let setup = in_use(10, DEFERRED);
    setup.project.migration("0002_u.sql", "-- migrate:up\nCREATE TABLE u ();\n");
    let _held = setup.hold("BEGIN; LOCK TABLE tasks IN SHARE MODE");
    setup.run(&["up", "--lock-timeout", "100ms", "--lock-retries", "0"]).success();
    assert_eq!(setup.states(), "0000 applied, 0001 deferred, 0002 applied");
}

#[test]
fn a_lock_that_a_pending_backfill_would_wait_for_before_the_commit_stops_no_file() {
    let setup = in_use(10, DEFERRED);
    let file = "-- migrate:up\nSELECT pg_advisory_xact_lock(7);\nCREATE TABLE u ();\n";
    setup.project.migration("0002_u.sql", file);
    // pmdb has looked for the first time when the file waits.
    let file_waits = setup.hold("SELECT pg_advisory_lock(7)");
    let up = setup.pmdb(&["up", "--lock-timeout", "2s", "--lock-retries", "0"]).spawn();
    setup.wait_for_statement("pg_advisory_xact_lock");
    let _held = setup.hold("BEGIN; LOCK TABLE tasks IN SHARE MODE");
    drop(file_waits);
    up.wait().success();
    assert_eq!(setup.states(), "0000 applied, 0001 deferred, 0002 applied");
}
