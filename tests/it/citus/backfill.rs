//! Backfills of tables that Citus keeps on its servers.

use super::setup_with;
use crate::support::{Setup, skipped};

/// A backfill of this table, which counts how often it has come to a row.
fn backfill(table: &str, key: &str) -> String {
    format!(
        "-- migrate:up batch:{table}({key})\nUPDATE {table} SET hits = hits + 1 WHERE :batch;\n\
         -- migrate:down batch:{table}({key})\nUPDATE {table} AS t SET hits = hits - 1 WHERE :batch(t);\n"
    )
}

fn hits(setup: &Setup, table: &str) -> String {
    setup
        .database
        .value(&format!("SELECT string_agg(DISTINCT hits::text, ' ') || ' × ' || count(*) FROM {table}"))
}

/// A table on a worker, with 3000 rows, and its backfill.
fn on_one_worker() -> Setup {
    let setup = setup_with(&[("0001_fill.sql", &backfill("alone.a", "id"))]);
    setup.database.sql_one_by_one(
        "CREATE SCHEMA alone;\n\
         CREATE TABLE alone.a (id bigint PRIMARY KEY, hits int NOT NULL DEFAULT 0);\n\
         INSERT INTO alone.a SELECT generate_series(1, 3000);\n",
    );
    match setup.database.is_of_real_citus() {
        true => setup.database.sql("SELECT citus_schema_distribute('alone')"),
        false => setup.database.sql(
            "SET allow_system_table_mods = on; INSERT INTO pg_dist_shard VALUES ('alone.a', 7); \
             INSERT INTO pg_dist_placement VALUES (7, 1)",
        ),
    };
    setup
}

#[test]
fn a_backfill_comes_to_each_row_of_each_kind_of_table_once() {
    let setup = setup_with(&[
        ("0001_a.sql", &backfill("a", "id")),
        ("0002_b.sql", &backfill("b", "a_id,id")),
        ("0003_parts.sql", &backfill("parts", "a_id,at")),
        ("0004_everywhere.sql", &backfill("everywhere", "id")),
        ("0005_here.sql", &backfill("here", "id")),
    ]);
    setup.database.sql_one_by_one(
        "CREATE TABLE a (id text PRIMARY KEY, hits int NOT NULL DEFAULT 0);\n\
         CREATE TABLE b (a_id text, id bigint, hits int NOT NULL DEFAULT 0, PRIMARY KEY (a_id, id));\n\
         CREATE TABLE parts (a_id text, at date, hits int NOT NULL DEFAULT 0, PRIMARY KEY (a_id, at)) PARTITION BY RANGE (at);\n\
         CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');\n\
         CREATE TABLE parts_2 PARTITION OF parts FOR VALUES FROM ('2021-01-01') TO ('2040-01-01');\n\
         CREATE TABLE everywhere (id bigint PRIMARY KEY, hits int NOT NULL DEFAULT 0);\n\
         CREATE TABLE here (id bigint PRIMARY KEY, hits int NOT NULL DEFAULT 0);\n\
         SELECT create_distributed_table('a', 'id');\n\
         SELECT create_distributed_table('b', 'a_id', colocate_with => 'a');\n\
         SELECT create_distributed_table('parts', 'a_id', colocate_with => 'a');\n\
         SELECT create_reference_table('everywhere');\n\
         INSERT INTO a SELECT md5(n::text) FROM generate_series(1, 3000) n;\n\
         INSERT INTO b SELECT n % 7, n FROM generate_series(1, 3000) n;\n\
         INSERT INTO parts SELECT n % 7, date '2020-01-01' + n FROM generate_series(1, 3000) n;\n\
         INSERT INTO everywhere SELECT generate_series(1, 3000);\n\
         INSERT INTO here SELECT generate_series(1, 3000);\n",
    );
    let tables = ["a", "b", "parts", "everywhere", "here"];
    setup.up().success();
    assert_eq!(tables.map(|table| hits(&setup, table)), ["1 × 3000"; 5]);
    setup.run(&["down", "--all"]).success();
    assert_eq!(tables.map(|table| hits(&setup, table)), ["0 × 3000"; 5]);
}

#[test]
fn a_table_on_one_worker_is_not_gone_through_where_a_crash_could_repeat_a_batch() {
    let setup = on_one_worker();
    let refused = setup.up().fails(1).stderr;
    for part in [
        "alone.a is on one worker of Citus, which commits a batch before the coordinator notes it",
        "SELECT citus_add_local_table_to_metadata('public.schema_migrations')",
    ] {
        assert!(refused.contains(part), "{refused}");
    }
    assert_eq!((setup.states(), hits(&setup, "alone.a")), ("0001 pending".to_owned(), "0 × 3000".to_owned()));

    match setup.database.is_of_real_citus() {
        true => setup.database.sql("SELECT citus_add_local_table_to_metadata('public.schema_migrations')"),
        false => setup.database.sql(
            "SET allow_system_table_mods = on; \
             INSERT INTO pg_dist_partition VALUES ('public.schema_migrations', 'n', NULL, 0, 's')",
        ),
    };
    setup.up().success();
    assert_eq!((setup.states(), hits(&setup, "alone.a")), ("0001 applied".to_owned(), "1 × 3000".to_owned()));
    setup.run(&["redo"]).success();
    assert_eq!(hits(&setup, "alone.a"), "1 × 3000");
}

#[test]
fn a_history_in_the_same_schema_on_a_worker_keeps_step_with_a_backfill() {
    let setup = on_one_worker();
    if !setup.database.is_of_real_citus() {
        return skipped("schemas on workers", "PMDB_CITUS_URL names a cluster");
    }
    setup.database.sql(&format!(
        "ALTER DATABASE {} SET citus.enable_schema_based_sharding = on",
        setup.database.name()
    ));
    setup.run(&["up", "--table", "alone.schema_migrations"]).success();
    assert_eq!(hits(&setup, "alone.a"), "1 × 3000");
}

#[test]
fn how_many_rows_there_are_is_told_by_the_shards() {
    let file = "-- migrate:up batch:a(id)\nUPDATE a SET hits = hits + 1 WHERE :batch AND 1 / (id - 30000) IS NOT NULL;\n";
    let setup = setup_with(&[("0001_fill.sql", file)]);
    if !setup.database.is_of_real_citus() {
        return skipped("tables in shards", "PMDB_CITUS_URL names a cluster");
    }
    setup.database.sql_one_by_one(
        "CREATE TABLE a (id bigint PRIMARY KEY, hits int NOT NULL DEFAULT 0);\n\
         SELECT create_distributed_table('a', 'id');\n\
         INSERT INTO a SELECT generate_series(1, 30000);\n\
         ANALYZE a;\n",
    );
    let failed = setup.up().fails(1).stderr;
    assert!(failed.contains("division by zero"), "{failed}");
    let of = failed.split_once("of about ").and_then(|(_, rest)| rest.split_once(' ')).unwrap().0;
    let of: u64 = of.parse().unwrap();
    assert!((25_000..35_000).contains(&of), "{failed}");
}
