//! Whatever takes long while a lock is held is found, and what does not is not.

use super::{list, plan, text};
use crate::support::Setup;

/// A short statement that locks `users`, and then this one.
fn rules(after: &str) -> Vec<String> {
    let setup = Setup::with(&[(
        "0001_tables.sql",
        "-- migrate:up\nCREATE TABLE users (id int PRIMARY KEY);\nCREATE TABLE copies (id int, note text);\n\
         CREATE TABLE posts (id int PRIMARY KEY, user_id int);\n",
    )]);
    setup.up().success();
    setup.database.sql("INSERT INTO posts SELECT n, n FROM generate_series(1, 150000) n; ANALYZE");
    setup.project.migration(
        "0002_change.sql",
        &format!("-- migrate:up\nALTER TABLE users ADD name text;\n{after};\n"),
    );
    let document = plan(&setup, &["--json"]).success().json();
    list(&document["findings"]).map(|finding| text(&finding["rule"]).to_owned()).collect()
}

#[test]
fn long_work_of_any_sort_is_found_while_a_lock_is_held() {
    let long = [
        "SELECT count(*) FROM posts",
        "INSERT INTO copies SELECT id, '' FROM posts",
        "INSERT INTO copies SELECT n, '' FROM generate_series(1, 200000) n",
        "CREATE TABLE more AS SELECT * FROM posts",
        "DO $$ BEGIN PERFORM count(*) FROM posts; END $$",
        "UPDATE posts SET user_id = 1",
        "DELETE FROM posts WHERE user_id IN (SELECT user_id FROM posts)",
        "SELECT pg_sleep(1)",
        "CREATE INDEX ON posts (user_id)",
    ];
    let missed: Vec<&str> = long
        .into_iter()
        .filter(|sql| !rules(sql).iter().any(|rule| rule == "lock-held-during-work"))
        .collect();
    assert_eq!(missed, [""; 0]);
}

#[test]
fn short_work_is_not() {
    let short = [
        "SELECT FROM posts WHERE id = 7",
        "INSERT INTO copies SELECT id, '' FROM posts WHERE id = 7",
        "INSERT INTO posts VALUES (0, 0)",
        "UPDATE posts SET user_id = 1 WHERE id = 7",
        "SELECT count(*) FROM copies",
        "SELECT set_config('pmdb.a', 'b', true)",
    ];
    let wrong: Vec<(&str, Vec<String>)> =
        short.into_iter().map(|sql| (sql, rules(sql))).filter(|(_, rules)| !rules.is_empty()).collect();
    assert_eq!(wrong, []);
}
