//! What a backfill waits for, and what it says of that.

use std::fs;
use std::io::Write;
use std::os::unix::net::UnixStream;
use std::path::Path;

use super::{BACKFILL, TASKS, hits, with_rows};
use crate::support::{Database, Held, Mode, Node, Project, Replicas, wait_until};

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
    does_nothing(&database);
    assert_ne!(done(&database), "20000");
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

/// A server of its own with a table of this many rows, and a project with the backfill of it.
fn alone(settings: &[&str], rows: u32) -> (Node, Project, Database) {
    let (node, project) = (Node::primary(settings), Project::new());
    let database = Database::at(&node.url());
    project.migration("0001_fill.sql", BACKFILL);
    database.sql(&TASKS.replace("ROWS", &rows.to_string()));
    (node, project, database)
}

/// Gives the server a setting, which it reads at once.
fn set(database: &Database, setting: &str, value: &str) {
    database.sql(&format!("ALTER SYSTEM SET {setting} = '{value}'"));
    database.sql("SELECT pg_reload_conf()");
}

fn done(database: &Database) -> String {
    database.value("SELECT count(*) FROM tasks WHERE hits = 1")
}

/// Asserts that no batch is done between two looks for reasons to wait, after one that has found some.
fn does_nothing(database: &Database) {
    let last_look = || {
        database.value(
            "SELECT coalesce(max(query_start)::text, '') FROM pg_stat_activity \
             WHERE application_name = 'pmdb' AND query LIKE '%AS reason%'",
        )
    };
    let before = done(database);
    for _ in 0..2 {
        let look = last_look();
        wait_until("pmdb looks again", || !["", &look].contains(&last_look().as_str()));
        assert_eq!(done(database), before);
    }
}

/// A client that asks for the WAL of a slot and never says that it has got any.
fn slow_reader(node: &Node, slot: &str, from: &str) -> UnixStream {
    let mut stream = UnixStream::connect(format!("{}/.s.PGSQL.5432", node.socket_dir())).unwrap();
    let startup = b"\0\x03\0\0user\0postgres\0replication\0true\0\0";
    stream.write_all(&(startup.len() as u32 + 4).to_be_bytes()).unwrap();
    stream.write_all(startup).unwrap();
    let start = format!("START_REPLICATION SLOT {slot} PHYSICAL {from}\0");
    stream.write_all(b"Q").unwrap();
    stream.write_all(&(start.len() as u32 + 4).to_be_bytes()).unwrap();
    stream.write_all(start.as_bytes()).unwrap();
    stream
}

#[test]
fn while_what_reads_a_slot_is_behind_a_backfill_waits_and_one_that_nothing_reads_is_named_once() {
    let (node, project, database) = alone(&[], 10);
    database.sql("SELECT pg_create_physical_replication_slot('slow', true)");
    let from = database.value("SELECT restart_lsn FROM pg_replication_slots");
    let reader = slow_reader(&node, "slow", &from);
    wait_until("the slot is in use", || database.value("SELECT active FROM pg_replication_slots") == "t");
    database.sql("INSERT INTO tasks (id) SELECT n FROM generate_series(100, 20000) AS n");
    let running = project.pmdb(&["up", "--max-lag", "100kB"]).env("DATABASE_URL", node.url()).spawn();
    running.wait_for_stderr("0001 fill waits: what reads the replication slot slow lags by ");
    does_nothing(&database);
    assert_eq!(done(&database), "0");
    drop(reader);
    let outcome = running.wait().success();
    assert!(outcome.stderr.contains("0001 fill goes on"), "{}", outcome.stderr);
    let idle =
        "0001 fill does not wait for the replication slot slow: nothing reads it, and the server keeps ";
    assert_eq!(outcome.stderr.matches(idle).count(), 1, "{}", outcome.stderr);
    assert_eq!(database.value("SELECT count(*) FROM tasks WHERE hits <> 1"), "0");
}

#[test]
fn while_wal_cannot_be_archived_a_backfill_waits() {
    let (node, project, database) = alone(&["archive_mode=on"], 5_000);
    set(&database, "archive_command", "false");
    database.sql("SELECT pg_switch_wal()");
    wait_until("archiving fails", || database.value("SELECT failed_count > 0 FROM pg_stat_archiver") == "t");
    let running = project.pmdb(&["up"]).env("DATABASE_URL", node.url()).spawn();
    running.wait_for_stderr("0001 fill waits: the server cannot archive its WAL (0000");
    does_nothing(&database);
    assert_eq!(done(&database), "0");
    set(&database, "archive_command", "true");
    let outcome = running.wait().success();
    assert!(outcome.stderr.contains("0001 fill goes on"), "{}", outcome.stderr);
    assert_eq!(done(&database), "5000");
}

#[test]
fn while_archiving_lags_a_backfill_waits() {
    let settings =
        ["archive_mode=on", "archive_command=while [ ! -e ../go ]; do sleep 0.1; done", "wal_init_zero=off"];
    let (node, project, database) = alone(&settings, 5_000);
    let go = Path::new(&node.socket_dir()).join("go");
    let switch = || database.sql("SELECT pg_logical_emit_message(false, '', ''); SELECT pg_switch_wal()");
    fs::write(&go, "").unwrap();
    switch();
    wait_until("a file is archived", || {
        database.value("SELECT archived_count > 0 FROM pg_stat_archiver") == "t"
    });
    fs::remove_file(&go).unwrap();
    (0..20).for_each(|_| drop(switch()));
    let running = project.pmdb(&["up"]).env("DATABASE_URL", node.url()).spawn();
    running.wait_for_stderr("0001 fill waits: archiving of WAL lags by ");
    does_nothing(&database);
    assert_eq!(done(&database), "0");
    fs::write(&go, "").unwrap();
    let outcome = running.wait().success();
    assert!(outcome.stderr.contains("0001 fill goes on"), "{}", outcome.stderr);
    assert_eq!(done(&database), "5000");
}

#[test]
fn a_session_that_waits_for_a_row_of_a_batch_makes_the_backfill_wait_and_is_let_through() {
    let setup = with_rows(3_000, BACKFILL);
    setup.database.sql("ALTER TABLE tasks ADD written boolean, ADD at timestamptz");
    // The last row of the second batch.
    setup.database.sql(
        "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS \
         'BEGIN IF NEW.id = 3000 THEN PERFORM pg_sleep(2); END IF; NEW.at := clock_timestamp(); RETURN NEW; END'; \
         CREATE TRIGGER slow BEFORE UPDATE ON tasks FOR EACH ROW EXECUTE FUNCTION slow()",
    );
    let running = setup.pmdb(&["up", "--batch-time", "20s"]).spawn();
    setup.wait_until(
        "EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'pmdb' AND wait_event = 'PgSleep')",
    );
    let writer = setup.begin("UPDATE tasks SET written = true WHERE id = 2997");
    let outcome = running.wait().success();
    drop(writer);
    assert!(
        outcome.stderr.contains("0001 fill waits: another session waited for its locks"),
        "{}",
        outcome.stderr
    );
    assert_eq!(hits(&setup), "3000 × 1");
    assert_eq!(setup.database.value("SELECT count(*) FROM tasks WHERE written"), "1");
    let pause = "SELECT min(at) FILTER (WHERE id > 3000) - max(at) FILTER (WHERE id <= 3000 AND id <> 2997) >= '0.9 s' FROM tasks";
    assert_eq!(setup.database.value(pause), "t");
}

/// A backfill by this user, in whose middle autovacuum begins to prevent wraparound of its table, or of what this expression says. It
/// cannot end as long as a cursor is on a page of that.
fn waits_for_autovacuum(user: &str, of: &str, options: &str) {
    let (node, project, database) = alone(&["autovacuum_naptime=1s"], 8_000);
    database.sql(
        "CREATE ROLE al LOGIN; GRANT ALL ON SCHEMA public TO al; GRANT ALL ON tasks TO al; ALTER TABLE tasks ADD big text;
         ALTER TABLE tasks ALTER big SET STORAGE external; UPDATE tasks SET big = repeat('x', 3000) WHERE id = 3",
    );
    super::slow_down_on(&database);
    database.sql("DO 'BEGIN FOR n IN 1..110000 LOOP PERFORM pg_current_xact_id(); COMMIT; END LOOP; END'");
    let relation = database.value(&format!("SELECT ({of})::regclass FROM pg_class WHERE relname = 'tasks'"));
    let cursor = format!("BEGIN; DECLARE c CURSOR FOR SELECT * FROM {relation}; FETCH c");
    let cursor = Held::new(&node.url(), &cursor);
    let url = node.url().replace("user=postgres", &format!("user={user}"));
    let running = project.pmdb(&["up"]).env("DATABASE_URL", url).spawn();
    wait_until("the first batch is done", || done(&database) != "0");
    let settings = ["freeze_max_age = 100000", "freeze_min_age = 0", "freeze_table_age = 0"];
    let settings = settings.map(|setting| format!("{options}autovacuum_{setting}")).join(", ");
    database.sql(&format!("ALTER TABLE tasks SET ({settings})"));
    running.wait_for_stderr("0001 fill waits: autovacuum works on public.tasks to prevent wraparound");
    does_nothing(&database);
    assert_ne!(done(&database), "8000");
    drop(cursor);
    let outcome = running.wait().success();
    assert!(outcome.stderr.contains("0001 fill goes on"), "{}", outcome.stderr);
    assert_eq!(done(&database), "8000");
}

#[test]
fn while_autovacuum_prevents_wraparound_of_the_table_a_backfill_waits() {
    waits_for_autovacuum("postgres", "oid", "");
}

#[test]
fn while_autovacuum_prevents_wraparound_of_its_large_values_a_backfill_waits() {
    waits_for_autovacuum("postgres", "reltoastrelid", "toast.");
}

#[test]
fn a_role_that_may_not_see_what_autovacuum_does_waits_for_it_too() {
    waits_for_autovacuum("al", "oid", "");
}
