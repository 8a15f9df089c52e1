//! A worker that does not answer, or has no room left.

use std::net::TcpListener;

use super::{setup_with, tables};
use crate::support::{Setup, run_elsewhere, skipped};

/// A distributed table, and a file that changes it; `None` without a cluster.
fn setup() -> Option<Setup> {
    let setup = setup_with(&[]);
    if !setup.database.is_of_real_citus() {
        skipped("a worker of Citus", "PMDB_CITUS_URL names a cluster");
        return None;
    }
    setup.project.migration("0001_tables.sql", &tables(&setup));
    setup.up().success();
    setup
        .project
        .migration("0002_c.sql", "-- migrate:up\nCREATE TABLE x ();\nALTER TABLE a ADD COLUMN c int;\n");
    Some(setup)
}

#[test]
fn where_a_worker_is_down_a_file_is_rolled_back_and_runs_when_it_is_back() {
    let Some(setup) = setup() else { return };
    // Nobody listens there.
    let port = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
    let (node, was) = (
        "(SELECT max(nodeid) FROM pg_dist_node)",
        setup.database.value("SELECT nodeport FROM pg_dist_node ORDER BY nodeid DESC LIMIT 1"),
    );
    setup.database.sql(&format!("UPDATE pg_dist_node SET nodeport = {port} WHERE nodeid = {node}"));
    let failed = setup.up().fails(1);
    for part in [
        "SQLSTATE: 08006",
        &format!("127.0.0.1:{port}"),
        "The transaction was rolled back: nothing of 0002 c remains.",
        "citus_check_cluster_node_health",
    ] {
        assert!(failed.stderr.contains(part), "{part}: {}", failed.stderr);
    }
    assert_eq!(setup.states(), "0001 applied, 0002 pending");
    for command in [&["status"][..], &["schema"], &["advise"]] {
        setup.run(command).success();
    }
    let refused = setup.run(&["fill", "--rows", "10"]).fails(1);
    assert!(
        refused.stderr.contains("no row was written") || refused.stderr.contains("cannot be looked at"),
        "{}",
        refused.stderr
    );
    setup.database.sql(&format!("UPDATE pg_dist_node SET nodeport = {was} WHERE nodeid = {node}"));
    setup.up().success();
    assert_eq!(setup.states(), "0001 applied, 0002 applied");
}

#[test]
fn where_a_worker_has_no_room_left_a_file_is_rolled_back_and_runs_when_it_has() {
    let Some(setup) = setup() else { return };
    // What sorts more than that ends as on a full disk does.
    let on_workers = |what: &str| {
        let here = "SET citus.enable_ddl_propagation = off";
        for worker in setup.database.on_workers() {
            run_elsewhere(&worker, &format!("{here}; ALTER DATABASE {} {what}", setup.database.name()));
        }
    };
    setup.project.migration(
        "0003_big.sql",
        "-- migrate:up\nCREATE TABLE big (id int, name text);\nSELECT create_distributed_table('big', 'id', shard_count => 2);\n\
         INSERT INTO big SELECT g, md5(g::text) FROM generate_series(1, 200000) g;\n",
    );
    setup.up().success();
    setup.project.migration(
        "0004_index.sql",
        "-- migrate:up\nCREATE TABLE y ();\nCREATE INDEX big_name ON big (name);\n",
    );
    on_workers("SET maintenance_work_mem = '1MB'");
    on_workers("SET temp_file_limit = '8kB'");
    let failed = setup.up().fails(1);
    for part in ["SQLSTATE: 53400", "0004_index.sql:3:1", "nothing of 0004 index remains"] {
        assert!(failed.stderr.contains(part), "{part}: {}", failed.stderr);
    }
    assert_eq!(setup.database.value("SELECT to_regclass('y') IS NULL"), "t");
    on_workers("RESET temp_file_limit");
    setup.up().success();
    assert_eq!(setup.states(), "0001 applied, 0002 applied, 0003 applied, 0004 applied");
}
