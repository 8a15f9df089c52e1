//! Statements that would leave rows out, or take more than those of a batch.

use super::{BACKFILL, LONG, hits, slow_down, with_rows};
use crate::support::Setup;

/// What `up` says of a file with this backfill.
fn refusal(rows: u32, key: &str, statement: &str) -> String {
    let setup = with_rows(rows, &format!("-- migrate:up batch:{key}\n{statement};\n"));
    let error = setup.up().fails(1).stderr;
    assert_eq!(hits(&setup), format!("{rows} × 0"), "{statement}");
    error
}

#[test]
fn a_statement_that_skips_locked_rows_is_refused_before_anything_runs() {
    let statement =
        "UPDATE tasks SET hits = 1 WHERE id IN (SELECT id FROM tasks WHERE :batch FOR UPDATE SKIP LOCKED)";
    let error = refusal(10, "tasks(id)", statement);
    assert!(error.contains("0001_fill.sql:2:85: SKIP LOCKED in a backfill"), "{error}");
    assert!(error.contains("a row that is skipped would never be done"), "{error}");
}

#[test]
fn a_clause_that_leaves_rows_of_a_batch_out_is_refused_before_anything_runs() {
    for (clause, statement) in [
        ("LIMIT", "UPDATE tasks SET hits = 1 WHERE id IN (SELECT id FROM tasks WHERE :batch LIMIT 10)"),
        (
            "LIMIT",
            "WITH x AS (SELECT id FROM tasks WHERE :batch LIMIT 9) UPDATE tasks t SET hits = 1 FROM x WHERE x.id = t.id",
        ),
        ("LIMIT", "INSERT INTO tasks SELECT s.id + 1 FROM (SELECT id FROM tasks WHERE :batch) s LIMIT 5"),
        ("OFFSET", "DELETE FROM tasks WHERE id IN (SELECT id FROM tasks WHERE :batch OFFSET 5)"),
        (
            "LIMIT",
            "WITH x AS (SELECT id FROM tasks WHERE :batch), y AS (SELECT id FROM x LIMIT 9) UPDATE tasks t SET hits = 1 FROM y WHERE y.id = t.id",
        ),
        (
            "FETCH FIRST",
            "UPDATE tasks SET hits = 1 WHERE id IN (SELECT id FROM tasks WHERE :batch FETCH FIRST 2 ROWS ONLY)",
        ),
        (
            "TABLESAMPLE",
            "UPDATE tasks SET hits = 1 WHERE id IN (SELECT id FROM tasks TABLESAMPLE system (10) WHERE :batch)",
        ),
    ] {
        let error = refusal(10, "tasks(id)", statement);
        let place = statement.find(clause).unwrap() + 1;
        let expected = format!(
            "0001_fill.sql:2:{place}: {clause} beside :batch: the rows of a batch that it leaves out would never"
        );
        assert!(error.contains(&expected), "{statement}: {error}");
        assert!(error.contains("`:batch` alone says how many rows are done at a time"), "{error}");
    }
}

#[test]
fn what_is_no_alias_after_the_batch_is_refused_before_anything_runs() {
    for place in [":batch(public.tasks)", ":batch(t, u)", ":batch (t)"] {
        let error = refusal(10, "tasks(id)", &format!("UPDATE tasks AS t SET hits = 1 WHERE {place}"));
        let expected = format!("0001_fill.sql:2:38: `{place}` does not name the table of the batch");
        assert!(error.contains(&expected), "{place}: {error}");
        assert!(error.contains("its name without a schema: `:batch(t)`"), "{error}");
    }
}

#[test]
fn a_limit_on_other_rows_than_those_of_the_batch_stops_no_backfill() {
    for statement in [
        "UPDATE tasks SET hits = (SELECT n FROM generate_series(1, 9) n ORDER BY n LIMIT 1) WHERE :batch",
        "UPDATE tasks SET hits = 1 WHERE id IN (SELECT id FROM tasks WHERE :batch OFFSET 0)",
        "UPDATE tasks t SET hits = l.n FROM tasks s CROSS JOIN LATERAL (SELECT s.id - s.id + n AS n FROM generate_series(0, 9) n OFFSET 1 FETCH FIRST ROW ONLY) l WHERE s.id = t.id AND :batch(t)",
    ] {
        let setup = with_rows(2_000, &format!("-- migrate:up batch:tasks(id)\n{statement};\n"));
        setup.up().success();
        assert_eq!(hits(&setup), "2000 × 1", "{statement}");
    }
}

#[test]
fn a_statement_that_does_not_name_the_table_of_the_key_is_refused_before_anything_runs() {
    let error = refusal(10, "small(id)", "UPDATE tasks SET hits = 1 WHERE :batch");
    assert!(error.contains("0001_fill.sql:2:1: this backfill does not name small"), "{error}");
    let error = refusal(10, "app.tasks(id)", "UPDATE public.tasks SET hits = 1 WHERE :batch");
    assert!(error.contains("0001_fill.sql:2:1: this backfill does not name app.tasks, the table"), "{error}");
}

#[test]
fn a_batch_that_changes_more_rows_than_it_has_is_rolled_back_and_stops_the_run() {
    for condition in ["NOT :batch", "CASE WHEN hits = 0 THEN true ELSE :batch END"] {
        let error = refusal(3_000, "tasks(id)", &format!("UPDATE tasks SET hits = 1 WHERE {condition}"));
        assert!(error.contains("0001_fill.sql:2:1: this changed "), "{condition}: {error}");
        assert!(
            error.contains("rows, in a batch of 500: it does not keep to the rows of the batch"),
            "{error}"
        );
    }
}

#[test]
fn an_or_beside_the_batch_is_refused_before_anything_runs() {
    for statement in [
        "UPDATE tasks SET hits = 1 WHERE priority IS NULL OR hits > 5 AND :batch",
        "MERGE INTO tasks t USING tasks s ON s.id = t.id WHEN MATCHED AND (true OR :batch(s)) THEN DELETE",
        "WITH u AS (UPDATE tasks SET hits = 9 WHERE id > 0 OR :batch RETURNING 1) SELECT FROM u",
        "INSERT INTO tasks SELECT 1 FROM tasks WHERE :batch OR id > 0",
    ] {
        let error = refusal(10, "tasks(id)", statement);
        let place = statement.find(" OR ").unwrap() + 2;
        let expected = format!(
            "0001_fill.sql:2:{place}: OR beside :batch: the statement would change rows of other batches"
        );
        assert!(error.contains(&expected), "{statement}: {error}");
        assert!(error.contains("in parentheses, as in `WHERE (a OR b) AND :batch`"), "{error}");
    }
}

#[test]
fn a_run_that_goes_on_looks_at_its_first_batch_too() {
    let file = "-- migrate:up batch:tasks(id)
UPDATE tasks SET hits = hits + 1 WHERE CASE WHEN (SELECT v FROM wide) THEN true ELSE :batch END AND 1 / (id - (SELECT v FROM bad)) IS NOT NULL;
";
    let setup = with_rows(4_000, file);
    setup.database.sql("CREATE TABLE wide AS SELECT false AS v; CREATE TABLE bad AS SELECT 6000 AS v");
    setup.run(&["up", "--batch-time", LONG]).fails(1);
    setup.database.sql("UPDATE bad SET v = 0; UPDATE wide SET v = true");
    let error = setup.up().fails(1).stderr;
    assert!(error.contains("this changed 4000 rows, in a batch of 500"), "{error}");
    assert_eq!(hits(&setup), "3000 × 0, 1000 × 1");
}

#[test]
fn a_statement_may_change_more_rows_of_another_table_than_a_batch_has() {
    let file = "-- migrate:up batch:tasks(id)
UPDATE parts SET done = true FROM tasks WHERE parts.task = tasks.id AND :batch(tasks);
";
    let setup = with_rows(1_000, file);
    setup
        .database
        .sql("CREATE TABLE parts AS SELECT id AS task, false AS done FROM tasks, generate_series(1, 5)");
    setup.up().success();
    assert_eq!(setup.database.value("SELECT count(*) FROM parts WHERE done"), "5000");
}

#[test]
fn rows_that_a_policy_hides_from_the_role_are_an_error() {
    let setup = with_rows(2_000, BACKFILL);
    let role = format!("{}_writer", setup.database.name());
    setup.database.sql(&format!(
        "CREATE ROLE {role} LOGIN; GRANT ALL ON tasks TO {role}; GRANT ALL ON SCHEMA public TO {role}; \
         ALTER TABLE tasks ENABLE ROW LEVEL SECURITY; CREATE POLICY half ON tasks USING (id % 2 = 0)"
    ));
    let url = setup.database.url().replacen("postgres@", &format!("{role}@"), 1);
    let error = setup.project.pmdb(&["up"]).env("DATABASE_URL", &url).run().fails(1).stderr;
    let expected = "row security hides rows of public.tasks from this role";
    assert!(error.contains(expected), "{error}");
    assert_eq!(hits(&setup), "2000 × 0");
    // Who sees all rows is not concerned.
    setup.database.sql(&format!("ALTER TABLE tasks OWNER TO {role}"));
    setup.project.pmdb(&["up"]).env("DATABASE_URL", &url).run().success();
    assert_eq!(hits(&setup), "2000 × 1");
    setup.database.sql(&format!("DROP OWNED BY {role} CASCADE; DROP ROLE {role}"));
}

/// A project with the backfill, and the URL of a role that is subject to row security and owns the history.
fn with_role(rows: u32) -> (Setup, String, String) {
    let setup = with_rows(rows, BACKFILL);
    let role = format!("{}_writer", setup.database.name());
    setup.database.sql(&format!(
        "CREATE ROLE {role} LOGIN; GRANT ALL ON SCHEMA public TO {role}; GRANT ALL ON tasks TO {role}"
    ));
    let url = setup.database.url().replacen("postgres@", &format!("{role}@"), 1);
    (setup, role, url)
}

#[test]
fn row_security_that_hides_no_row_stops_no_backfill() {
    for tables in [
        "ALTER TABLE tasks ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON tasks USING (true)",
        "ALTER TABLE tasks ENABLE ROW LEVEL SECURITY; CREATE POLICY r ON tasks FOR SELECT USING (true);
         CREATE POLICY w ON tasks FOR UPDATE USING (true); CREATE POLICY i ON tasks FOR INSERT WITH CHECK (false);
         CREATE POLICY o ON tasks AS RESTRICTIVE TO pg_monitor USING (false)",
        "CREATE TABLE audit (task bigint); ALTER TABLE audit ENABLE ROW LEVEL SECURITY;
         CREATE POLICY p ON audit FOR INSERT WITH CHECK (true); GRANT ALL ON audit TO NAME;
         CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO audit VALUES (NEW.id); RETURN NEW; END';
         CREATE TRIGGER note AFTER UPDATE ON tasks FOR EACH ROW EXECUTE FUNCTION note()",
    ] {
        let (setup, role, url) = with_role(2_000);
        setup.database.sql(&tables.replace("NAME", &role));
        setup.project.pmdb(&["up"]).env("DATABASE_URL", &url).run().success();
        assert_eq!(hits(&setup), "2000 × 1", "{tables}");
        setup.database.sql(&format!("DROP OWNED BY {role} CASCADE; DROP ROLE {role}"));
    }
}

#[test]
fn row_security_that_hides_rows_by_any_policy_is_an_error() {
    for policies in [
        "CREATE POLICY p ON tasks FOR SELECT USING (true)",
        "CREATE POLICY p ON tasks USING (true); CREATE POLICY r ON tasks AS RESTRICTIVE FOR UPDATE USING (id > 9)",
        "CREATE POLICY p ON tasks TO pg_monitor USING (true)",
    ] {
        let (setup, role, url) = with_role(1_000);
        setup.database.sql(&format!("ALTER TABLE tasks ENABLE ROW LEVEL SECURITY; {policies}"));
        let error = setup.project.pmdb(&["up"]).env("DATABASE_URL", &url).run().fails(1).stderr;
        assert!(
            error.contains("row security hides rows of public.tasks from this role"),
            "{policies}: {error}"
        );
        assert!(error.contains("BYPASSRLS"), "{error}");
        setup.database.sql(&format!("DROP OWNED BY {role} CASCADE; DROP ROLE {role}"));
    }
}

#[test]
fn row_security_that_comes_while_a_backfill_runs_leaves_no_row_out() {
    let (setup, role, url) = with_role(6_000);
    slow_down(&setup);
    let up =
        |batch_time: &str| setup.project.pmdb(&["up", "--batch-time", batch_time]).env("DATABASE_URL", &url);
    let job = up("20ms").spawn();
    setup.wait_until("EXISTS (SELECT FROM tasks WHERE hits > 0)");
    setup.database.sql("CREATE POLICY p ON tasks USING (false); ALTER TABLE tasks ENABLE ROW LEVEL SECURITY");
    let error = job.wait().fails(1).stderr;
    assert!(error.contains("row-level security"), "{error}");
    setup.database.sql("ALTER TABLE tasks DISABLE ROW LEVEL SECURITY");
    up("500ms").run().success();
    assert_eq!(hits(&setup), "6000 × 1");
    setup.database.sql(&format!("DROP OWNED BY {role} CASCADE; DROP ROLE {role}"));
}

#[test]
fn a_batch_may_go_along_the_parents_of_the_rows_that_it_changes() {
    for statement in [
        "UPDATE tasks c SET hits = c.hits + 1 FROM tasks p WHERE c.priority = p.id AND :batch(p)",
        "DELETE FROM tasks c USING tasks p WHERE c.priority = p.id AND c.id > 6 AND :batch(p)",
    ] {
        let setup = with_rows(3_000, &format!("-- migrate:up batch:tasks(id)\n{statement};\n"));
        setup.database.sql("UPDATE tasks SET priority = id % 2 * 3 + 3");
        setup.up().success();
        let left = if statement.starts_with("DELETE") { "2 × 0" } else { "3000 × 1" };
        assert_eq!(hits(&setup), left, "{statement}");
    }
}

#[test]
fn rows_that_others_add_to_a_batch_while_it_waits_are_not_held_against_its_statement() {
    let setup = with_rows(3_000, BACKFILL);
    let other = setup.hold("BEGIN; LOCK TABLE tasks IN SHARE ROW EXCLUSIVE MODE");
    let job = setup.pmdb(&["up", "--batch-time", "5s"]).spawn();
    setup.wait_until("EXISTS (SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%UPDATE tasks%')");
    other.send("INSERT INTO tasks (id) SELECT n * 3 + 1 FROM generate_series(1, 450) AS n; COMMIT");
    job.wait().success();
    assert_eq!(hits(&setup), "3450 × 1");
}

#[test]
fn rows_that_a_rule_changes_instead_are_not_counted() {
    let setup = with_rows(2_000, BACKFILL);
    setup.database.sql(
        "CREATE TABLE parts AS SELECT id AS task, 0 AS hits FROM tasks, generate_series(1, 3); CREATE INDEX ON parts (task);
         CREATE RULE r AS ON UPDATE TO tasks DO INSTEAD UPDATE parts SET hits = hits + 1 WHERE task = NEW.id",
    );
    setup.up().success();
    assert_eq!(setup.database.value("SELECT count(*) FROM parts WHERE hits = 1"), "6000");
}

/// A trigger on the tasks, with this body.
fn with_trigger(setup: &Setup, when: &str, body: &str) {
    setup.database.sql(&format!(
        "CREATE FUNCTION changes() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} RETURN NEW; END $$; \
         CREATE TRIGGER \"Moves\" {when} UPDATE ON tasks FOR EACH ROW EXECUTE FUNCTION changes()"
    ));
}

#[test]
fn a_trigger_that_gives_rows_another_key_stops_the_run_before_a_batch_is_committed() {
    for (when, body, moved) in [
        ("BEFORE", "NEW.id := NEW.id + 1501;", "500 are"),
        ("BEFORE", "NEW.id := NEW.id + 1;", "1 is"),
        ("BEFORE", "IF NEW.id % 1500 = 0 THEN NEW.id := NEW.id + 1; END IF;", "1 is"),
        (
            "AFTER",
            "IF NEW.id % 1500 = 0 THEN UPDATE tasks SET id = id + 1 WHERE id = NEW.id; END IF;",
            "1 is",
        ),
    ] {
        let setup = with_rows(2_000, BACKFILL);
        with_trigger(&setup, when, body);
        let error = setup.up().fails(1).stderr;
        let expected = format!(
            "0001_fill.sql:2:1: of the 500 rows that this changed, {moved} no longer among those of the batch: the \
             trigger \"Moves\" may give"
        );
        assert!(error.contains(&expected), "{body}: {error}");
        assert!(error.contains("Disable the trigger while the backfill runs"), "{error}");
        assert!(error.contains("BATCH: public.tasks WHERE id <= '1500'"), "{error}");
        assert_eq!(hits(&setup), "2000 × 0");
        setup.database.sql("ALTER TABLE tasks DISABLE TRIGGER \"Moves\"");
        setup.up().success();
        assert_eq!(hits(&setup), "2000 × 1");
    }
}

#[test]
fn a_trigger_that_gives_a_row_another_key_in_a_later_batch_stops_the_run_there() {
    let setup = with_rows(4_000, BACKFILL);
    with_trigger(&setup, "BEFORE", "IF NEW.id = 6000 THEN NEW.id := 6001; END IF;");
    let error = setup.run(&["up", "--batch-time", LONG]).fails(1).stderr;
    assert!(error.contains("of the 1000 rows that this changed, 1 is no longer"), "{error}");
    assert_eq!(hits(&setup), "3000 × 0, 1000 × 1");
}

#[test]
fn triggers_by_which_no_row_comes_again_stop_no_backfill() {
    for (when, body, left) in [
        // Down, to where the backfill has been.
        ("BEFORE", "NEW.id := -NEW.id;", "3000 × 1"),
        ("AFTER", "DELETE FROM tasks WHERE id = NEW.id AND id % 6 = 0;", "1500 × 1"),
    ] {
        let setup = with_rows(3_000, BACKFILL);
        with_trigger(&setup, when, body);
        setup.up().success();
        assert_eq!(hits(&setup), left, "{body}");
    }
}

#[test]
fn a_trigger_that_moves_rows_from_one_partition_to_another_stops_no_backfill() {
    let setup = Setup::with(&[("0001_fill.sql", BACKFILL)]);
    setup.database.sql(
        "CREATE TABLE tasks (id bigint, part int, priority int, hits int NOT NULL DEFAULT 0, PRIMARY KEY (id, part)) PARTITION BY LIST (part); \
         CREATE TABLE one PARTITION OF tasks FOR VALUES IN (1); CREATE TABLE two PARTITION OF tasks FOR VALUES IN (2); \
         INSERT INTO tasks SELECT n, 2 FROM generate_series(1, 3000) AS n",
    );
    with_trigger(&setup, "BEFORE", "NEW.part := 1;");
    setup.project.migration("0001_fill.sql", &BACKFILL.replace("tasks(id)", "tasks(id, part)"));
    setup.up().success();
    assert_eq!(hits(&setup), "3000 × 1");
}

#[test]
fn triggers_that_leave_the_key_stop_no_backfill() {
    let setup = with_rows(3_000, BACKFILL);
    setup.database.sql("CREATE TABLE log (id bigint)");
    with_trigger(
        &setup,
        "BEFORE",
        "IF NEW.id % 5 = 0 THEN RETURN NULL; END IF; \
         BEGIN INSERT INTO log VALUES (NEW.id); EXCEPTION WHEN others THEN NULL; END;",
    );
    setup.database.sql(
        "CREATE FUNCTION later() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
         BEGIN UPDATE tasks SET priority = 7 WHERE id = NEW.id AND priority = 1; EXCEPTION WHEN others THEN NULL; END; \
         RETURN NEW; END $$; \
         CREATE TRIGGER later AFTER UPDATE OF hits ON tasks FOR EACH ROW EXECUTE FUNCTION later()",
    );
    setup.up().success();
    assert_eq!(hits(&setup), "600 × 0, 2400 × 1");
}

#[test]
fn a_rule_that_does_something_else_for_some_rows_stops_a_backfill_before_anything_runs() {
    for (event, statement) in
        [("UPDATE", "UPDATE tasks SET hits = 1 WHERE :batch"), ("DELETE", "DELETE FROM tasks WHERE :batch")]
    {
        let setup = with_rows(10, &format!("-- migrate:up batch:tasks(id)\n{statement};\n"));
        setup.database.sql(&format!(
            "CREATE RULE \"R\" AS ON {event} TO tasks WHERE old.id > 5 DO INSTEAD NOTHING; \
             CREATE RULE other AS ON INSERT TO tasks WHERE new.id < 0 DO INSTEAD NOTHING"
        ));
        let error = setup.up().fails(1).stderr;
        assert!(
            error.contains("the rule \"R\" of tasks does something else instead of changing some"),
            "{error}"
        );
        assert!(error.contains("`ALTER TABLE tasks DISABLE RULE \"R\"`"), "{error}");
        assert_eq!(hits(&setup), "10 × 0");
        setup.database.sql("ALTER TABLE tasks DISABLE RULE \"R\"");
        setup.up().success();
    }
}
