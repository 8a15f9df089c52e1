//! `pmdb plan` says what a backfill lacks on the target, which its migrations have made.

use crate::support::{Setup, server};

fn noted(by_hand: &str, pending: &[(&str, &str)]) -> (Vec<String>, Option<i32>) {
    let setup = Setup::with(&[(
        "0001_tasks.sql",
        "-- migrate:up\nCREATE TABLE tasks (id int CONSTRAINT tasks_key PRIMARY KEY, hits int NOT NULL DEFAULT 0);\n",
    )]);
    setup.up().success();
    setup.database.sql(by_hand);
    for (name, sql) in pending {
        setup.project.migration(name, sql);
    }
    let url = server().url("postgres");
    let document = setup.run(&["plan", "--json", "--scratch-url", &url]).success().json();
    let gaps = document["gaps"].as_array().unwrap().iter().filter_map(|gap| gap.as_str());
    let gaps = gaps.filter(|gap| gap.contains("before its first batch")).map(str::to_owned).collect();
    (gaps, setup.run(&["plan", "--check", "--scratch-url", &url]).code)
}

const BACKFILL: (&str, &str) =
    ("0003_count.sql", "-- migrate:up batch:tasks(id)\nUPDATE tasks SET hits = 1 WHERE :batch;\n");

#[test]
fn an_index_that_is_missing_or_not_valid_on_the_target_stops_a_backfill() {
    let stops = "0003 count stops on the target before its first batch: tasks has no unique index on (id) that a backfill can go along";
    for by_hand in [
        "ALTER TABLE tasks DROP CONSTRAINT tasks_key; ALTER TABLE tasks ALTER id SET NOT NULL",
        "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'tasks_key'::regclass",
    ] {
        assert_eq!(noted(by_hand, &[BACKFILL]), (vec![stops.to_owned()], Some(3)), "{by_hand}");
    }
    assert_eq!(noted("SELECT 1", &[BACKFILL]), (vec![], Some(0)));
}

#[test]
fn nothing_is_said_of_a_table_that_a_file_before_it_names() {
    let makes =
        ("0002_key.sql", "-- migrate:up\nCREATE UNIQUE INDEX IF NOT EXISTS tasks_id ON tasks (id);\n");
    let by_hand = "ALTER TABLE tasks DROP CONSTRAINT tasks_key; ALTER TABLE tasks ALTER id SET NOT NULL";
    assert_eq!(noted(by_hand, &[makes, BACKFILL]).0, Vec::<String>::new());
}
