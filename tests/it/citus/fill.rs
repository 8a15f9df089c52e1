//! Rows for tables that Citus keeps on its servers.

use super::setup_with;
use crate::support::{Database, Project, Setup, skipped};

/// Tables of each kind: everywhere, in shards with a sequence, beside it, in partitions, and on the coordinator.
fn project() -> Setup {
    let setup = setup_with(&[]);
    setup.database.sql_one_by_one(
        "CREATE TABLE plans (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text UNIQUE NOT NULL);\n\
         CREATE TABLE accounts (id bigserial PRIMARY KEY, plan_id int NOT NULL REFERENCES plans);\n\
         CREATE TABLE items (account_id bigint NOT NULL, id bigint, n int CHECK (n > 3), PRIMARY KEY (account_id, id));\n\
         CREATE TABLE events (account_id bigint, at date NOT NULL) PARTITION BY RANGE (at);\n\
         CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM ('2020-01-01') TO ('2030-01-01');\n\
         CREATE TABLE notes (id serial PRIMARY KEY, plan_id int NOT NULL REFERENCES plans);\n\
         SELECT create_reference_table('plans');\n\
         SELECT create_distributed_table('accounts', 'id');\n\
         SELECT create_distributed_table('items', 'account_id', colocate_with => 'accounts');\n\
         SELECT create_distributed_table('events', 'account_id', colocate_with => 'accounts');\n\
         ALTER TABLE items ADD FOREIGN KEY (account_id) REFERENCES accounts (id);\n",
    );
    setup
}

fn count(setup: &Setup, table: &str) -> u64 {
    setup.database.value(&format!("SELECT count(*) FROM {table}")).parse().unwrap()
}

#[test]
fn tables_of_each_kind_are_filled_emptied_and_filled_again() {
    let setup = project();
    for arguments in [&["fill", "--rows", "500"][..], &["fill", "--rows", "600", "--truncate", "--jobs", "1"]]
    {
        setup.run(arguments).success();
        for table in ["plans", "accounts", "items", "events", "notes"] {
            assert!(count(&setup, table) > 10, "{table}");
        }
        // The distribution column has no NULL, also where the table would take one.
        assert_eq!(setup.database.value("SELECT count(*) FROM events WHERE account_id IS NULL"), "0");
        assert_eq!(
            setup.database.value(
                "SELECT count(*) FROM items LEFT JOIN accounts ON accounts.id = account_id WHERE accounts.id IS NULL"
            ),
            "0"
        );
    }
    setup.database.sql("INSERT INTO accounts (plan_id) SELECT min(id) FROM plans");
    let before = count(&setup, "items");
    setup.run(&["fill", "items=50"]).success();
    assert_eq!(count(&setup, "items"), before + 50);
}

#[test]
fn what_the_server_checks_row_by_row_is_tried_before_a_row_is_written() {
    let setup = setup_with(&[]);
    setup.database.sql_one_by_one(
        "CREATE TABLE a (id int PRIMARY KEY, b_id int NOT NULL);\n\
         CREATE TABLE b (id int PRIMARY KEY, a_id int NOT NULL REFERENCES a);\n\
         SELECT create_reference_table('a');\n\
         SELECT create_reference_table('b');\n\
         ALTER TABLE a ADD CONSTRAINT a_b FOREIGN KEY (b_id) REFERENCES b;\n",
    );
    let refused = setup.run(&["fill", "--rows", "100"]).fails(1);
    for part in ["a cannot be filled: a_b cannot be met: it closes a circle", "No row was written."] {
        assert!(refused.stderr.contains(part), "{}", refused.stderr);
    }
    assert_eq!((count(&setup, "a"), count(&setup, "b")), (0, 0));
}

#[test]
fn a_worker_is_not_filled() {
    let setup = Setup { project: Project::new(), database: Database::like_citus() };
    setup.database.sql("UPDATE pg_dist_local_group SET groupid = 1; CREATE TABLE t (id int)");
    for arguments in [&["fill", "--rows", "10"][..], &["fill", "--dry-run"], &["fill", "--restore"]] {
        let refused = setup.run(arguments).fails(1);
        let part = "this is a worker of a Citus cluster; its coordinator is coordinator:5432";
        assert!(refused.stderr.contains(part), "{}", refused.stderr);
    }
    assert_eq!(count(&setup, "t"), 0);
}

#[test]
fn a_database_that_sends_settings_on_is_filled_as_well() {
    let setup = project();
    if !setup.database.is_of_real_citus() {
        return skipped("settings that are sent on", "PMDB_CITUS_URL names a cluster");
    }
    setup
        .database
        .sql(&format!("ALTER DATABASE {} SET citus.propagate_set_commands = 'local'", setup.database.name()));
    setup.run(&["fill", "--rows", "100", "--truncate"]).success();
    assert!(count(&setup, "items") > 0);
}

#[test]
fn the_shape_of_what_lies_on_workers_is_how_many_rows_there_are() {
    let setup = project();
    if !setup.database.is_of_real_citus() {
        return skipped("the statistics of shards", "PMDB_CITUS_URL names a cluster");
    }
    setup.run(&["fill", "--rows", "500"]).success();
    let said = setup.run(&["fill", "--save-shape", "shape.json"]).success().stderr;
    assert!(said.contains("are on the workers of Citus, so that only the rows are counted"), "{said}");
    let before = count(&setup, "items");
    setup.run(&["fill", "--like", "shape.json", "--truncate"]).success();
    assert_eq!(count(&setup, "items"), before);
}

#[test]
fn a_run_that_is_killed_leaves_whole_tables() {
    let setup = project();
    if !setup.database.is_of_real_citus() {
        return skipped("tables in shards", "PMDB_CITUS_URL names a cluster");
    }
    for rows in [20_000, 21_000] {
        let running = setup.pmdb(&["fill", "--truncate", "--rows", &rows.to_string()]).spawn();
        setup.wait_until(
            "EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'COPY%')",
        );
        running.kill();
        setup.wait_until(
            "NOT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'pmdb')",
        );
        setup.run(&["fill", "--truncate", "--rows", "1000"]).success();
        assert!(count(&setup, "items") > 0);
    }
}
