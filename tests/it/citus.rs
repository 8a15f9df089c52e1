//! Citus, the extension that spreads tables over several servers. It does not come with PostgreSQL: a plain database that
//! behaves as it does stands in for it (`tests/testdata/citus/stand_in.sql`). With `PMDB_CITUS_URL` most of these tests run
//! on a real cluster.

mod backfill;
mod fill;
mod killed;
mod reported;
mod runners;
mod single_node;
mod trouble;

use std::time::Duration;

use crate::support::{Database, Held, Project, Proxy, Setup, server, skipped};

fn setup_with(files: &[(&str, &str)]) -> Setup {
    let setup = Setup { project: Project::new(), database: Database::of_citus() };
    for (name, content) in files {
        setup.project.migration(name, content);
    }
    setup
}

/// Two tables, which on Citus itself are distributed by the same column.
fn tables(setup: &Setup) -> String {
    let distribute = match setup.database.is_of_real_citus() {
        true => {
            "SELECT create_distributed_table('a', 'id');\nSELECT create_distributed_table('b', 'a_id');\n"
        }
        false => "",
    };
    format!(
        "-- migrate:up\n\
         CREATE TABLE a (id bigint PRIMARY KEY, name text);\n\
         CREATE TABLE b (a_id bigint, id bigint, n int, PRIMARY KEY (a_id, id));\n\
         {distribute}\
         -- migrate:down\n\
         DROP TABLE b;\n\
         DROP TABLE a;\n"
    )
}

/// What Citus refuses when it comes with other statements in one message, and how to undo it.
const CHANGES: [(&str, &str); 13] = [
    (
        "INSERT INTO a SELECT g FROM generate_series(1, 100) g; INSERT INTO b SELECT g, g FROM generate_series(1, 100) g; \
      UPDATE b SET n = 1",
        "DELETE FROM b; DELETE FROM a",
    ),
    ("CREATE INDEX a_name ON a (name)", "DROP INDEX a_name"),
    (
        "ALTER TABLE b ADD CONSTRAINT b_a FOREIGN KEY (a_id) REFERENCES a (id)",
        "ALTER TABLE b DROP CONSTRAINT b_a",
    ),
    (
        "ALTER TABLE b ADD CONSTRAINT b_a2 FOREIGN KEY (a_id) REFERENCES a (id) NOT VALID",
        "ALTER TABLE b DROP CONSTRAINT b_a2",
    ),
    ("ALTER TABLE b ADD CONSTRAINT b_n CHECK (n > 0)", "ALTER TABLE b DROP CONSTRAINT b_n"),
    ("ALTER TABLE b ALTER n SET NOT NULL", "ALTER TABLE b ALTER n DROP NOT NULL"),
    ("ALTER TABLE b ALTER n TYPE bigint", "ALTER TABLE b ALTER n TYPE int"),
    ("ALTER TABLE b RENAME n TO m", "ALTER TABLE b RENAME m TO n"),
    ("ALTER TABLE a ADD COLUMN extra int", "ALTER TABLE a DROP COLUMN extra"),
    ("CREATE POLICY p ON a USING (id > 0)", "DROP POLICY p ON a"),
    ("ALTER TABLE a ENABLE ROW LEVEL SECURITY", "ALTER TABLE a DISABLE ROW LEVEL SECURITY"),
    ("ALTER TABLE b DROP COLUMN m", "ALTER TABLE b ADD COLUMN m bigint CONSTRAINT b_n CHECK (m > 0)"),
    ("REINDEX TABLE a", "SELECT 1"),
];

#[test]
fn statements_that_citus_takes_only_one_by_one_run_in_ordinary_files() {
    for database in [Database::of_citus(), Database::of_citus_alone()] {
        let setup = Setup { project: Project::new(), database };
        setup.project.migration("0001_tables.sql", &tables(&setup));
        for (index, (up, down)) in CHANGES.iter().enumerate() {
            let content = format!("-- migrate:up\n{up};\nSELECT 1;\n-- migrate:down\n{down};\nSELECT 1;\n");
            setup.project.migration(&format!("{:04}_change.sql", index + 2), &content);
        }
        for _ in 0..2 {
            let up = setup.up().success();
            // The stand-in warns of each commit that is not on the disk when it is answered.
            assert!(!up.stderr.contains("deferred commit"), "{}", up.stderr);
            // A worker would run what else stands in the message of a setting.
            assert!(!up.stderr.contains("already a transaction"), "{}", up.stderr);
            assert_eq!(setup.database.value("SELECT count(*) FROM schema_migrations"), "14");
            let down = setup.run(&["down", "--all"]).success();
            assert!(!down.stderr.contains("deferred commit"), "{}", down.stderr);
            assert_eq!(setup.database.value("SELECT count(*) FROM schema_migrations"), "0");
        }
    }
}

#[test]
fn an_error_points_at_its_statement_and_undoes_the_whole_file() {
    for (bad, place) in [
        ("CREATE TABLE é (a nonsense)", ":6:19"),
        // Without a place, the number of the statement tells.
        ("SELECT 1 / 0", ":6:1"),
        ("ALTER TABLE a ADD COLUMN name text", ":6:1"),
        ("SELECT FROM nowhere WHERE", ":6:26"),
    ] {
        let setup = setup_with(&[]);
        setup.project.migration("0001_tables.sql", &tables(&setup));
        let content = format!(
            "-- migrate:up\n\
             ALTER TABLE a ADD COLUMN first int;\n\
             /* é; */ ALTER TABLE a ADD COLUMN second int;\n\
             -- before\n\
             -- it\n\
             {bad};\n\
             ALTER TABLE a ADD COLUMN third int;\n"
        );
        setup.project.migration("0002_bad.sql", &content);
        setup.project.migration("0003_later.sql", "-- migrate:up\nCREATE TABLE later ();\n");
        let failed = setup.up().fails(1);
        assert!(failed.stderr.contains(&format!("0002_bad.sql{place}:")), "{bad}: {}", failed.stderr);
        let columns = "SELECT count(*) FROM pg_attribute WHERE attrelid = 'a'::regclass AND attnum > 0";
        assert_eq!(setup.database.value(columns), "2");
        assert_eq!(setup.states(), "0001 applied, 0002 pending, 0003 pending");
        assert_eq!(setup.database.value("SELECT to_regclass('later') IS NULL"), "t");
    }
}

#[test]
fn rolling_back_to_a_savepoint_does_not_hide_an_error_before_it() {
    let setup = setup_with(&[(
        "0001_t.sql",
        "-- migrate:up\n\
         CREATE TABLE t ();\n\
         SAVEPOINT s;\n\
         SELECT 1 / 0;\n\
         ROLLBACK TO SAVEPOINT s;\n\
         CREATE TABLE u ();\n",
    )]);
    let failed = setup.up().fails(1);
    assert!(failed.stderr.contains("0001_t.sql:4:1: division by zero"), "{}", failed.stderr);
    assert_eq!(setup.database.value("SELECT to_regclass('t') IS NULL AND to_regclass('u') IS NULL"), "t");
    setup.project.migration(
        "0001_t.sql",
        "-- migrate:up\n\
         CREATE TABLE t ();\n\
         SAVEPOINT s;\n\
         CREATE TABLE v ();\n\
         ROLLBACK TO SAVEPOINT s;\n\
         CREATE TABLE u ();\n",
    );
    setup.up().success();
    assert_eq!(setup.database.value("SELECT to_regclass('u') IS NOT NULL AND to_regclass('v') IS NULL"), "t");
}

#[test]
fn a_half_outside_a_transaction_runs_with_its_blocks_settings_and_copies() {
    let setup = setup_with(&[(
        "0001_t.sql",
        "-- migrate:up transaction:false\n\
         CREATE SCHEMA other;\n\
         SET search_path = other;\n\
         CREATE TABLE t (a int);\n\
         BEGIN;\n\
         ALTER TABLE t ADD COLUMN b int;\n\
         CREATE INDEX t_b ON t (b);\n\
         COMMIT;\n\
         COPY t FROM stdin;\n\
         1\t2\n\
         \\.\n\
         CREATE INDEX CONCURRENTLY t_a ON t (a);\n\
         -- migrate:down\n\
         DROP SCHEMA other CASCADE;\n",
    )]);
    setup.up().success();
    assert_eq!(setup.database.value("SELECT count(*) FROM pg_indexes WHERE schemaname = 'other'"), "2");
    assert_eq!(setup.database.value("SELECT b FROM other.t"), "2");
    setup.run(&["down"]).success();
    assert_eq!(setup.states(), "0001 pending");
}

#[test]
fn a_block_that_fails_is_undone_as_a_whole_and_resumed() {
    let half = |second: &str| {
        format!(
            "-- migrate:up transaction:false\n\
             CREATE TABLE t (a int);\n\
             BEGIN;\n\
             ALTER TABLE t ADD COLUMN b int;\n\
             {second};\n\
             COMMIT;\n"
        )
    };
    let setup = setup_with(&[("0001_t.sql", &half("SELECT 1 / 0"))]);
    let failed = setup.up().fails(1);
    assert!(failed.stderr.contains("0001_t.sql:5:1: division by zero"), "{}", failed.stderr);
    assert_eq!(setup.states(), "0001 half applied (1 of 5)");
    setup.project.migration("0001_t.sql", &half("ALTER TABLE t ADD COLUMN c int"));
    setup.up().success();
    assert_eq!(setup.states(), "0001 applied");
}

#[test]
fn a_file_waits_for_the_server_twice_however_many_statements_it_has() {
    let round_trips = |files: usize| {
        let setup = Setup { project: Project::new(), database: Database::like_citus() };
        for number in 1..=files {
            let columns = (1..=20).map(|c| format!("ALTER TABLE t_{number} ADD COLUMN c_{c} int;\n"));
            let content =
                format!("-- migrate:up\nCREATE TABLE t_{number} ();\n{}", columns.collect::<String>());
            setup.project.migration(&format!("{number:04}_t.sql"), &content);
        }
        let proxy = Proxy::new(server().socket(), Duration::from_millis(5));
        setup.project.pmdb(&["up"]).env("DATABASE_URL", proxy.url(setup.database.name())).run().success();
        proxy.traffic()[0].turns
    };
    assert_eq!(round_trips(6) - round_trips(2), 4 * 2);
}

#[test]
fn a_lock_that_is_held_on_a_worker_is_not_waited_for_long_and_the_worker_named() {
    let setup = setup_with(&[]);
    if !setup.database.is_of_real_citus() {
        return skipped("a worker of Citus", "PMDB_CITUS_URL names a cluster");
    }
    setup.project.migration("0001_tables.sql", &tables(&setup));
    setup.up().success();
    setup.project.migration("0002_c.sql", "-- migrate:up\nALTER TABLE a ADD COLUMN c int;\n");
    let worker = setup
        .database
        .value("SELECT nodename || ':' || nodeport FROM pg_dist_node WHERE groupid <> 0 LIMIT 1");
    let url = format!("postgresql://postgres@{worker}/{}", setup.database.name());
    let reader = Held::new(&url, "SET application_name = 'the reader'; BEGIN; SELECT count(*) FROM a");
    let failed = setup.run(&["up", "--lock-timeout", "200ms", "--lock-retries", "1"]).fails(1);
    for part in [
        format!("a lock was not free in time on the worker {worker}"),
        "; everything was rolled back, and try 2".to_owned(),
        format!("could not get a lock within 0.2 s on the worker {worker}, tried 2 times"),
    ] {
        assert!(failed.stderr.contains(&part), "{part}: {}", failed.stderr);
    }
    // Seen in the middle of the wait, by way of the coordinator.
    let failed = setup.run(&["up", "--lock-timeout", "3s", "--lock-retries", "0"]).fails(1);
    for part in [
        format!(" on {worker}, user postgres, application the reader, "),
        "idle in transaction since ".to_owned(),
        format!(")` on {worker}"),
    ] {
        assert!(failed.stderr.contains(&part), "{part}: {}", failed.stderr);
    }
    let running = setup.pmdb(&["up", "--lock-timeout", "200ms"]).spawn();
    running.wait_for_stderr("a lock was not free in time on the worker");
    drop(reader);
    running.wait().success();
}

#[test]
fn the_extension_is_seen_by_the_files_after_the_one_that_brings_it() {
    let setup = Setup::new();
    let stand_in = include_str!("../testdata/citus/stand_in.sql");
    setup.project.migration("0001_t.sql", "-- migrate:up\nCREATE TABLE t (a int);\n");
    setup.project.migration("0002_citus.sql", &format!("-- migrate:up\n{stand_in}"));
    setup.project.migration("0003_index.sql", "-- migrate:up\nCREATE INDEX ON t (a);\nSELECT 1;\n");
    setup.up().success();
}

#[test]
fn the_history_of_another_tool_is_taken_over() {
    let setup = setup_with(&[("0002_u.sql", "-- migrate:up\nCREATE TABLE u ();\n")]);
    setup.database.sql("CREATE TABLE schema_migrations (version varchar(128) PRIMARY KEY)");
    setup.project.migration("0001_t.sql", "-- migrate:up\nCREATE TABLE t ();\n");
    setup.database.sql("INSERT INTO schema_migrations VALUES ('0001')");
    setup.up().success();
    assert_eq!(setup.states(), "0001 applied, 0002 applied");
}

#[test]
fn a_worker_is_refused_and_the_coordinator_named() {
    let setup = Setup { project: Project::new(), database: Database::like_citus() };
    setup.project.migration("0001_t.sql", "-- migrate:up\nCREATE TABLE t ();\n");
    setup.database.sql("UPDATE pg_dist_local_group SET groupid = 1");
    for command in [&["up"][..], &["status"], &["down"], &["baseline", "0001"]] {
        let refused = setup.run(command).fails(1);
        for part in ["this is a worker of a Citus cluster; its coordinator is coordinator:5432", "connect to"]
        {
            assert!(refused.stderr.contains(part), "{command:?}: {}", refused.stderr);
        }
    }
    assert_eq!(setup.run(&["up", "--json"]).fails(1).json()["error"]["code"], "citus_worker");
    assert_eq!(setup.database.value("SELECT to_regclass('schema_migrations') IS NULL"), "t");
}

#[test]
fn drop_and_reset_leave_a_database_of_citus_alone() {
    let setup =
        setup_with(&[("0001_t.sql", "-- migrate:up\nCREATE TABLE t ();\n-- migrate:down\nDROP TABLE t;\n")]);
    setup.up().success();
    // A server that loads Citus knows its settings.
    let url = format!("{}&options=-c%20citus.shard_count%3D32", setup.database.url());
    let url = if setup.database.is_of_real_citus() { setup.database.url().to_owned() } else { url };
    for command in [&["drop", "--yes"][..], &["drop", "--yes", "--force"], &["reset", "--yes"]] {
        let refused = setup.project.pmdb(command).env("DATABASE_URL", &url).run().fails(1);
        for part in ["is one of Citus, and its tables lie on several servers", "`pmdb down --all`"] {
            assert!(refused.stderr.contains(part), "{command:?}: {}", refused.stderr);
        }
    }
    assert_eq!(setup.states(), "0001 applied");
}

#[test]
fn schema_shows_how_tables_are_spread_and_no_shards() {
    let setup = setup_with(&[]);
    setup.project.migration("0001_tables.sql", &tables(&setup));
    setup.up().success();
    if setup.database.is_of_real_citus() {
        setup.database.sql("CREATE TABLE c (id int PRIMARY KEY); SELECT create_reference_table('c')");
    } else {
        setup.database.sql(
            "CREATE TABLE c (id int PRIMARY KEY); \
             INSERT INTO pg_dist_colocation VALUES (1, 32), (2, 1); \
             INSERT INTO pg_dist_partition VALUES ('a', 'h', 'id', 1, 's'), ('b', 'h', 'a_id', 1, 's'), \
             ('c', 'n', NULL, 2, 't')",
        );
    }
    let text = setup.run(&["schema"]).success().stdout;
    for part in [
        "\na  distributed by id, 32 shards\n",
        "\nb  distributed by a_id, 32 shards, with a\n",
        "\nc  reference table\n",
        "3 tables",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let tables = setup.run(&["schema", "--json"]).success().json()["tables"].clone();
    assert_eq!(tables[1]["distribution"]["kind"], "by a_id");
    assert_eq!(tables[1]["distribution"]["shards"], 32);
    assert_eq!(tables[1]["distribution"]["co_located_with"]["name"], "a");
    let picture = setup.run(&["schema", "--format", "svg"]).success().stdout;
    assert!(picture.contains("distributed by a_id, 32 shards, with a"), "{picture}");
}

#[test]
fn plan_knows_the_size_of_what_lies_in_shards_and_says_that_it_does() {
    let setup = setup_with(&[]);
    if !setup.database.is_of_real_citus() {
        return skipped("the shards of Citus", "PMDB_CITUS_URL names a cluster");
    }
    setup.project.migration("0001_tables.sql", &tables(&setup));
    setup.up().success();
    setup.database.sql("INSERT INTO b SELECT g % 100, g, g FROM generate_series(1, 50000) g");
    setup.database.sql("ANALYZE b");
    let change = "-- migrate:up\nALTER TABLE b ALTER n TYPE bigint;\n";
    setup.project.migration("0002_n.sql", change);
    let scratch = std::env::var("PMDB_CITUS_URL").unwrap().replace("DATABASE", "postgres");
    let plan = setup.run(&["plan", "--json", "--scratch-url", &scratch]).success().json();
    let size = &plan["files"][0]["blocked"][0]["size"];
    let bytes = setup.database.value("SELECT citus_total_relation_size('b')");
    assert_eq!((size["bytes"].to_string(), &size["rows"]), (bytes, &50_000.into()));
    let gap = plan["gaps"][0].as_str().unwrap();
    assert!(gap.starts_with("Citus keeps public.b (distributed by a_id) on its servers"), "{gap}");
    assert!(!plan.to_string().contains("DO $batches$"), "{plan}");
}

#[test]
fn a_server_without_citus_is_asked_for_it_once_and_for_nothing_of_it() {
    let setup = Setup::new();
    setup.project.migration("0001_t.sql", "-- migrate:up\nCREATE TABLE t (id int);\n");
    for command in [&["up"][..], &["status"], &["advise"]] {
        let proxy = Proxy::new(server().socket(), Duration::ZERO);
        setup.project.pmdb(command).env("DATABASE_URL", proxy.url(setup.database.name())).run().success();
        let sent = proxy.sent();
        assert!(sent.contains("'citus'::"), "{command:?}: {sent}");
        assert!(!sent.contains("citus.") && !sent.contains("pg_dist_"), "{command:?}: {sent}");
    }
}

#[test]
fn a_table_is_distributed_while_others_write_and_taken_back() {
    let setup = setup_with(&[]);
    if !setup.database.is_of_real_citus() {
        return skipped("create_distributed_table_concurrently", "PMDB_CITUS_URL names a cluster");
    }
    setup.project.migration(
        "0001_t.sql",
        "-- migrate:up\nCREATE TABLE t (id bigint PRIMARY KEY);\n-- migrate:down\nDROP TABLE t;\n",
    );
    setup.project.migration(
        "0002_distribute.sql",
        "-- migrate:up transaction:false\n\
         SELECT create_distributed_table_concurrently('t', 'id');\n\
         CREATE INDEX CONCURRENTLY t_id ON t (id);\n\
         -- migrate:down\n\
         SELECT undistribute_table('t');\n\
         DROP INDEX t_id;\n",
    );
    for command in [&["up"][..], &["down", "--all", "--yes"], &["up"]] {
        setup.run(command).success();
    }
    assert_eq!(setup.database.value("SELECT count(*) FROM pg_dist_partition"), "1");
}

#[test]
fn a_migration_that_updates_the_extension_does_not_bring_it() {
    let setup = setup_with(&[]);
    if !setup.database.is_of_real_citus() {
        return skipped("the extension itself", "PMDB_CITUS_URL names a cluster");
    }
    setup.project.migration("0001_tables.sql", &tables(&setup));
    setup.project.migration("0002_update.sql", "-- migrate:up\nALTER EXTENSION citus UPDATE;\n");
    setup.up().success();
    setup.run(&["drift", "--scratch-url", setup.database.beside_url()]).success();
}

#[test]
fn a_migration_can_take_the_extension_out_and_put_it_in_again() {
    let setup = setup_with(&[(
        "0001_extension.sql",
        "-- migrate:up\nDROP EXTENSION citus;\n-- migrate:down\nCREATE EXTENSION citus;\n",
    )]);
    if !setup.database.is_of_real_citus() {
        return skipped("the extension itself", "PMDB_CITUS_URL names a cluster");
    }
    // pmdb's own lock is not in the way.
    for command in [&["up", "--lock-retries", "0"][..], &["down", "--lock-retries", "0"]] {
        setup.run(command).success();
    }
}
