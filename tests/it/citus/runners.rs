//! Several runners, several databases, and a pooler.

use super::{setup_with, tables};
use crate::support::{Database, PgBouncer, Project, Running, Setup};

/// As many as a deployment may start at once.
const RUNNERS: usize = 5;

/// Two distributed tables, and files that change them.
fn files(setup: &Setup) {
    setup.project.migration("0001_tables.sql", &tables(setup));
    for n in 2..=8 {
        let (options, up) = match n % 3 {
            0 => (" transaction:false", format!("CREATE INDEX CONCURRENTLY i_{n} ON a (name);")),
            _ => ("", format!("ALTER TABLE b ADD COLUMN c_{n} int;\nCREATE INDEX i_{n} ON b (c_{n});")),
        };
        setup.project.migration(&format!("{n:04}_n.sql"), &format!("-- migrate:up{options}\n{up}\n"));
    }
}

/// Runs `pmdb up` on the same database at once, and tells how many files each has applied.
fn all_at_once(setup: &Setup, url: &str) -> Vec<u64> {
    let up = || setup.project.pmdb(&["up", "--json"]).env("DATABASE_URL", url).spawn();
    let runners: Vec<Running> = (0..RUNNERS).map(|_| up()).collect();
    let applied = |runner: Running| runner.wait().success().json()["steps"].as_array().unwrap().len() as u64;
    runners.into_iter().map(applied).collect()
}

#[test]
fn of_five_runners_at_once_one_does_it_all() {
    for database in [Database::of_citus(), Database::of_citus_alone()] {
        let setup = Setup { project: Project::new(), database };
        files(&setup);
        let mut applied = all_at_once(&setup, setup.database.url());
        applied.sort_unstable();
        assert_eq!(applied, [0, 0, 0, 0, 8]);
    }
}

#[test]
fn of_five_runners_behind_a_pooler_one_does_it_all() {
    let setup = setup_with(&[]);
    files(&setup);
    let config: tokio_postgres::Config = setup.database.url().parse().unwrap();
    let host = match &config.get_hosts()[0] {
        tokio_postgres::config::Host::Tcp(host) => host.clone(),
        tokio_postgres::config::Host::Unix(path) => path.display().to_string(),
    };
    let port = config.get_ports().first().copied().unwrap_or(5432);
    // Each runner needs two, and each transaction goes to another one.
    let entry = format!("[databases]\n{} = host={host} port={port} user=postgres\n", setup.database.name());
    let Some(pooler) = PgBouncer::with(2 * RUNNERS, &entry) else { return };
    let mut applied = all_at_once(&setup, &pooler.url(&setup.database));
    applied.sort_unstable();
    assert_eq!(applied, [0, 0, 0, 0, 8]);
    setup.project.pmdb(&["status"]).env("DATABASE_URL", pooler.url(&setup.database)).run().success();
}

#[test]
fn two_databases_of_a_cluster_go_up_side_by_side() {
    let setups = [setup_with(&[]), setup_with(&[])];
    setups.iter().for_each(files);
    let running = setups.each_ref().map(|setup| setup.pmdb(&["up"]).spawn());
    for runner in running {
        runner.wait().success();
    }
    for setup in &setups {
        assert_eq!(setup.database.value("SELECT count(*) FROM schema_migrations"), "8");
    }
}
