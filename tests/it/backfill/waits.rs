//! What a backfill waits for, and what it says of that.

use super::{BACKFILL, TASKS, hits, with_rows};
use crate::support::{Database, Project};
use crate::support::{Mode, Replicas};

#[test]
fn while_a_replica_is_behind_a_backfill_waits_and_says_so() {
    let Some(replicas) = Replicas::new(Mode::Asynchronous) else { return };
    let (project, url) = (Project::new(), replicas.url_for("read-write"));
    let database = Database::at(&url);
    project.migration("0001_fill.sql", BACKFILL);
    replicas.pause_replay();
    database.sql(&TASKS.replace("ROWS", "20000"));
    let running = project.pmdb(&["up", "--max-lag", "100kB"]).env("DATABASE_URL", &url).spawn();
    running.wait_for_stderr("0001 fill waits: the replica ");
    assert_ne!(database.value("SELECT count(*) FROM tasks WHERE hits = 0"), "0");
    replicas.resume_replay();
    let outcome = running.wait().success();
    assert!(outcome.stderr.contains("0001 fill goes on"), "{}", outcome.stderr);
    assert_eq!(database.value("SELECT count(*) FROM tasks WHERE hits = 1"), "20000");
}

#[test]
fn a_role_that_may_not_see_replicas_is_told_so_once() {
    let Some(replicas) = Replicas::new(Mode::Asynchronous) else { return };
    let (project, url) = (Project::new(), replicas.url_for("read-write"));
    let database = Database::at(&url);
    project.migration("0001_fill.sql", BACKFILL);
    database.sql(&TASKS.replace("ROWS", "2000"));
    database.sql("CREATE ROLE al LOGIN; GRANT ALL ON tasks TO al; GRANT ALL ON SCHEMA public TO al");
    let outcome =
        project.pmdb(&["up"]).env("DATABASE_URL", url.replace("user=postgres", "user=al")).run().success();
    let told = outcome.stderr.matches("does not wait for replicas: this role may not see").count();
    assert_eq!(told, 1, "{}", outcome.stderr);
}

#[test]
fn sessions_that_wait_for_rows_of_a_batch_are_let_through() {
    let setup = with_rows(3_000, BACKFILL);
    super::slow_down(&setup);
    let running = setup.pmdb(&["up"]).spawn();
    setup.wait_until("EXISTS (SELECT FROM pg_stat_activity WHERE query LIKE '%UPDATE tasks SET%' AND application_name = 'pmdb')");
    for id in (3..9_000).step_by(300) {
        setup.database.sql(&format!("UPDATE tasks SET priority = 2 WHERE id = {id}"));
    }
    running.wait().success();
    assert_eq!(hits(&setup), "3000 × 1");
}
