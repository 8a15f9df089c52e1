//! A database of Citus, or what stands in for one.

use std::env;

use super::Database;
use super::database::run_on;

/// Names a real cluster: the URL of its coordinator, `DATABASE` standing for the name of the database. The database
/// `postgres` there has Citus and knows all nodes, and each node takes the same role without a password.
const CLUSTER: &str = "PMDB_CITUS_URL";

impl Database {
    /// A database of Citus: on the cluster that `PMDB_CITUS_URL` names, else a plain one that behaves like it.
    pub fn of_citus() -> Database {
        match env::var(CLUSTER) {
            Ok(url) => on_all_nodes(&url),
            Err(_) => Database::like_citus(),
        }
    }

    /// One on the coordinator alone, which keeps the shards itself.
    pub fn of_citus_alone() -> Database {
        match env::var(CLUSTER) {
            Ok(url) => {
                let database = Database::at(&url);
                database.sql("CREATE EXTENSION citus");
                database
            }
            Err(_) => Database::like_citus(),
        }
    }

    /// The URLs of this database on the workers.
    pub fn on_workers(&self) -> Vec<String> {
        let nodes =
            self.sql("SELECT nodename, nodeport FROM pg_dist_node WHERE groupid <> 0 ORDER BY nodeport");
        let url = |node: &Vec<Option<String>>| match node.as_slice() {
            [Some(host), Some(port)] => format!("postgresql://postgres@{host}:{port}/{}", self.name()),
            node => panic!("{node:?}"),
        };
        nodes.iter().map(url).collect()
    }

    /// A plain database that behaves like one of Citus.
    pub fn like_citus() -> Database {
        let database = Database::new();
        database.sql(include_str!("../../testdata/citus/stand_in.sql"));
        database
    }

    /// Whether Citus itself is at work.
    pub fn is_of_real_citus(&self) -> bool {
        env::var(CLUSTER).is_ok()
    }
}

/// A database on each node of the cluster.
fn on_all_nodes(url: &str) -> Database {
    let nodes = run_on(
        &url.replace("DATABASE", "postgres"),
        "SELECT nodename, nodeport, groupid FROM pg_dist_node ORDER BY groupid <> 0",
    );
    let mut database = Database::at(url);
    database.sql("CREATE EXTENSION citus");
    for node in &nodes {
        let [Some(host), Some(port), Some(group)] = node.as_slice() else { panic!("{node:?}") };
        if group == "0" {
            database.sql(&format!("SELECT citus_set_coordinator_host('{host}', {port})"));
            continue;
        }
        let beside = |name: &str| format!("postgresql://postgres@{host}:{port}/{name}");
        run_on(&beside("postgres"), &format!("CREATE DATABASE {}", database.name()));
        database.is_beside_too(beside("postgres"));
        run_on(&beside(database.name()), "CREATE EXTENSION citus");
        database.sql(&format!("SELECT citus_add_node('{host}', {port})"));
    }
    database
}
