//! `-- pmdb:fill tasks=100`: rows on top of those of a seed.

use crate::support::{Setup, wait_until};

const SCHEMA: &str = "-- migrate:up
CREATE TABLE users (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, email text NOT NULL UNIQUE);
CREATE TABLE projects (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    owner_id bigint NOT NULL REFERENCES users,
    name text NOT NULL
);
CREATE TABLE tasks (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    project_id bigint NOT NULL REFERENCES projects,
    title text NOT NULL
);
-- migrate:down
DROP TABLE tasks, projects, users;
";

const USERS: &str = "INSERT INTO users (email) VALUES ('ada@example.com'), ('grace@example.com');\n";

/// The three tables, and a seed with two users, whose comment asks for this.
fn asking_for(rows: &str) -> Setup {
    let setup = Setup::with(&[("0001_schema.sql", SCHEMA)]);
    setup.project.write("seeds/0001_users.sql", seed(rows, ""));
    setup.up().success();
    setup
}

fn seed(rows: &str, down: &str) -> String {
    format!("-- migrate:up\n-- pmdb:fill {rows}\n{USERS}-- migrate:down\n{down}\n")
}

fn counts(setup: &Setup) -> String {
    setup.database.value(
        "SELECT concat_ws(' ', (SELECT count(*) FROM users), (SELECT count(*) FROM projects), (SELECT count(*) FROM tasks))",
    )
}

#[test]
fn rows_come_on_top_of_those_of_the_seed_and_refer_to_them() {
    let setup = asking_for("tasks=100");
    let outcome = setup.run(&["seed"]).success();
    insta::assert_snapshot!(outcome.filtered(), @"
    exit code: 0
    ----- stdout
    [DATABASE] on [SOCKET_DIR]/.s.PGSQL.[PORT]: 1 seed applied, 110 rows made in [DURATION]
    ----- stderr
    applied 0001 users ([DURATION])
    filled  0001 users: 10 projects, 100 tasks ([DURATION])
    ");
    assert_eq!(counts(&setup), "2 10 100");
    assert_eq!(
        setup
            .database
            .value("SELECT string_agg(DISTINCT email, ' ') FROM projects JOIN users ON owner_id = users.id"),
        "ada@example.com grace@example.com"
    );
}

#[test]
fn a_second_run_makes_none_and_takes_no_lock() {
    let setup = asking_for("tasks=100");
    setup.run(&["seed"]).success();
    let _held = setup.hold(
        "BEGIN; LOCK TABLE tasks, projects, users IN EXCLUSIVE MODE; LOCK TABLE schema_seeds IN EXCLUSIVE MODE",
    );
    let again = setup.run(&["seed", "--lock-wait", "0s"]).success();
    assert!(again.stdout.contains("nothing to apply"), "{}", again.stdout);
    assert_eq!(counts(&setup), "2 10 100");
}

#[test]
fn as_json_the_rows_of_each_seed_are_told() {
    let setup = asking_for("users=5 tasks=100");
    let json = setup.run(&["seed", "--json"]).success().json();
    assert_eq!(json["steps"][0]["version"], "0001");
    let rows = &json["rows"][0];
    assert_eq!((&rows["version"], &rows["name"]), (&"0001".into(), &"users".into()));
    let table = |name: &str, rows: u64| serde_json::json!({ "table": name, "rows": rows });
    assert_eq!(
        rows["tables"],
        serde_json::json!([table("users", 5), table("projects", 10), table("tasks", 100)])
    );
    let again = setup.run(&["seed", "--json"]).success().json();
    assert_eq!(again.get("rows"), None);
}

#[test]
fn rows_come_before_the_next_seed_and_each_comment_is_a_fill_of_its_own() {
    let setup = asking_for("users=8\n-- pmdb:fill projects=50");
    setup.project.write(
        "seeds/0002_count.sql",
        "-- migrate:up\nCREATE TABLE seen AS SELECT (SELECT count(*) FROM users) AS users, count(*) AS projects FROM projects;\n",
    );
    setup.run(&["seed"]).success();
    assert_eq!(setup.database.value("SELECT concat_ws(' ', users, projects) FROM seen"), "10 50");
}

#[test]
fn a_seed_may_consist_of_nothing_but_rows() {
    let setup = Setup::with(&[("0001_schema.sql", SCHEMA)]);
    setup.project.write("seeds/0001_rows.sql", "-- migrate:up\n-- pmdb:fill tasks=1k\n");
    setup.up().success();
    setup.run(&["seed"]).success();
    assert_eq!(counts(&setup), "10 100 1000");
}

#[test]
fn where_a_comment_asks_for_more_than_was_made_the_rest_is_made() {
    let setup = asking_for("tasks=100");
    setup.run(&["seed"]).success();
    for (rows, tasks) in
        [("tasks=130", 130), ("public.tasks=130", 130), ("tasks=30", 130), ("tasks=130 projects=5", 130)]
    {
        setup.project.write("seeds/0001_users.sql", seed(rows, ""));
        setup.run(&["seed"]).success();
        assert_eq!(setup.database.value("SELECT count(*) FROM tasks"), tasks.to_string(), "{rows}");
    }
    // Ten projects were made for the tasks.
    assert_eq!(counts(&setup), "2 10 130");
}

#[test]
fn a_comment_that_asks_for_nothing_stops_before_anything_runs() {
    let setup = asking_for("tasks=many");
    let outcome = setup.run(&["seed"]).fails(1);
    insta::assert_snapshot!(outcome.filtered(), @"
    exit code: 1
    ----- stdout
    ----- stderr
    error: seeds/0001_users.sql:2:14: a number of rows is wanted, as in 100000, 100k or 5M
      |
    2 | -- pmdb:fill tasks=many
      |              ^
    hint: write `-- pmdb:fill TABLE=ROWS` below `-- migrate:up` of a seed, as in `-- pmdb:fill users=500 tasks=100k`
    ");
    assert_eq!(counts(&setup), "0 0 0");
    setup.run(&["seed", "--json"]).fails(1).json();
}

#[test]
fn a_table_that_is_not_there_is_an_error_at_the_comment() {
    let setup = asking_for("tasks=5 projets=5");
    let outcome = setup.run(&["seed"]).fails(1);
    insta::assert_snapshot!(outcome.filtered(), @"
    exit code: 1
    ----- stdout
    ----- stderr
    error: seeds/0001_users.sql:2:22: there is no table projets
      |
    2 | -- pmdb:fill tasks=5 projets=5
      |                      ^
    database: [DATABASE] on [SOCKET_DIR]/.s.PGSQL.[PORT] as postgres
    hint: did you mean projects?
    ");
    assert_eq!(counts(&setup), "0 0 0");
    setup.project.write("seeds/0001_users.sql", seed("tasks=5 projects=5", ""));
    setup.run(&["seed"]).success();
    assert_eq!(counts(&setup), "2 5 5");
}

#[test]
fn rows_that_the_server_refuses_are_an_error_at_the_comment() {
    let setup = asking_for("tasks=5");
    setup.database.sql(
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'not today'; END $$; \
         CREATE TRIGGER refuse BEFORE INSERT ON tasks FOR EACH ROW EXECUTE FUNCTION refuse()",
    );
    let outcome = setup.run(&["seed", "--json"]).fails(1).json();
    let error = &outcome["error"];
    assert_eq!(error["message"], "tasks cannot be filled: not today (SQLSTATE P0001)");
    assert_eq!((&error["location"]["line"], &error["location"]["column"]), (&2.into(), &9.into()));
    setup.database.sql("DROP TRIGGER refuse ON tasks");
    setup.run(&["seed"]).success();
    assert_eq!(counts(&setup), "2 1 5");
}

#[test]
fn after_a_kill_in_the_middle_the_next_run_makes_the_rows_once() {
    let setup = asking_for("tasks=100");
    setup.run(&["seed"]).success();
    setup.project.write("seeds/0001_users.sql", seed("tasks=200", ""));
    let held = setup.hold("BEGIN; SELECT FROM schema_seeds FOR UPDATE");
    let seeding = setup.pmdb(&["seed"]).spawn();
    setup.wait_until(
        "EXISTS (SELECT FROM pg_stat_activity WHERE application_name = 'pmdb' AND wait_event_type = 'Lock' \
         AND datname = current_database())",
    );
    assert_eq!(counts(&setup), "2 10 100");
    seeding.kill();
    drop(held);
    wait_until("the server notices", || {
        setup.database.value("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'pmdb' AND datname = current_database()") == "0"
    });
    assert_eq!(counts(&setup), "2 10 100");
    setup.run(&["seed"]).success();
    assert_eq!(counts(&setup), "2 10 200");
}

#[test]
fn five_at_once_make_the_rows_once() {
    let setup = asking_for("tasks=300 users=20");
    let running: Vec<_> = (0..5).map(|_| setup.pmdb(&["seed"]).spawn()).collect();
    for running in running {
        running.wait().success();
    }
    assert_eq!(counts(&setup), "22 30 300");
}

#[test]
fn taking_the_seeds_out_says_which_rows_stay() {
    let setup = asking_for("tasks=100");
    setup.project.write("seeds/0001_users.sql", seed("tasks=100", "DELETE FROM tasks;"));
    setup.run(&["seed"]).success();
    let outcome = setup.run(&["seed", "--down"]).success();
    insta::assert_snapshot!(outcome.filtered(), @"
    exit code: 0
    ----- stdout
    [DATABASE] on [SOCKET_DIR]/.s.PGSQL.[PORT]: 1 seed undone in [DURATION]
    ----- stderr
    undone  0001 users ([DURATION])
    note: rows are left in public.projects (10 were made): what pmdb:fill has made stays unless a down half deletes it, and `pmdb seed` makes as many again
    ");
    assert_eq!(counts(&setup), "2 10 0");
    setup.project.write(
        "seeds/0001_users.sql",
        seed("tasks=100", "DELETE FROM tasks; DELETE FROM projects; DELETE FROM users;"),
    );
    setup.database.sql("DELETE FROM projects; DELETE FROM users");
    setup.run(&["seed"]).success();
    let outcome = setup.run(&["seed", "--down"]).success();
    assert!(!outcome.stderr.contains("note"), "{}", outcome.stderr);
    assert_eq!(counts(&setup), "0 0 0");
    setup.run(&["seed"]).success();
    assert_eq!(counts(&setup), "2 10 100");
}

#[test]
fn rows_that_went_with_their_tables_are_made_again() {
    let setup = asking_for("tasks=100");
    setup.run(&["seed"]).success();
    setup.run(&["redo"]).success();
    setup.run(&["seed"]).success();
    assert_eq!(counts(&setup), "2 10 100");
}

#[test]
fn a_history_of_seeds_without_the_notes_gets_them() {
    let setup = asking_for("tasks=100");
    setup.project.write("seeds/0001_users.sql", format!("-- migrate:up\n{USERS}"));
    setup.run(&["seed"]).success();
    let column = "SELECT count(*) FROM pg_attribute WHERE attrelid = 'schema_seeds'::regclass AND attname = 'filled_rows'";
    assert_eq!(setup.database.value(column), "0");
    setup.project.write("seeds/0001_users.sql", seed("tasks=100", ""));
    setup.run(&["seed"]).success();
    assert_eq!((setup.database.value(column).as_str(), counts(&setup).as_str()), ("1", "2 10 100"));
}

#[test]
fn dev_makes_them_too_and_more_when_the_file_asks_for_more() {
    let setup = asking_for("tasks=100");
    let count = "psql -X -A -t -d \"$DATABASE_URL\" -c 'SELECT count(*) FROM tasks'";
    let Some(_) = crate::support::client_program("psql") else { return };
    let dev = setup.project.pmdb(&["dev", "--exec", count]).run().success();
    assert!(dev.stdout.contains("100"), "{}", dev.stdout);
    let dev = setup.project.pmdb(&["dev", "--watch"]).spawn();
    dev.wait_for_stderr("ready");
    setup.project.write("seeds/0001_users.sql", seed("tasks=150", ""));
    dev.wait_for_stderr("filled  0001 users: 50 tasks");
    dev.interrupt();
    dev.wait().success();
}

#[test]
fn a_table_that_there_is_not_is_named_before_a_statement_of_a_seed_runs() {
    let setup = asking_for("tusks=5");
    let error = setup.run(&["seed"]).fails(1).stderr;
    assert!(error.contains("seeds/0001_users.sql:2") && error.contains("tusks"), "{error}");
    assert_eq!(counts(&setup), "0 0 0");
    // One that a seed makes may come later.
    let makes = "-- migrate:up\n-- pmdb:fill tusks=5\nCREATE TABLE tusks (id int PRIMARY KEY);\n";
    setup.project.write("seeds/0001_users.sql", makes);
    setup.run(&["seed"]).success();
    assert_eq!(setup.database.value("SELECT count(*) FROM tusks"), "5");
}

#[test]
fn a_comment_in_a_migration_that_asks_for_rows_is_said_to_do_nothing() {
    let setup = Setup::with(&[(
        "0001_schema.sql",
        &SCHEMA.replace("-- migrate:up", "-- migrate:up\n-- pmdb:fill tasks=5"),
    )]);
    let up = setup.up().success();
    let expected =
        "migrations/0001_schema.sql:2:9: `pmdb:fill` does nothing in a migration: it stands in a seed";
    assert!(up.stderr.contains(expected), "{}", up.stderr);
}
