//! Nothing is left behind on a server that is named, not even by a pmdb that was killed.

use crate::support::{Server, Setup, wait_until};

fn scratch_databases(server: &Server) -> Vec<String> {
    let rows =
        server.sql("postgres", "SELECT datname FROM pg_database WHERE datname LIKE 'pmdb\\_scratch\\_%'");
    rows.into_iter().map(|mut row| row.remove(0).unwrap()).collect()
}

#[test]
fn nothing_stays_on_the_scratch_server_however_drift_ends() {
    let server = Server::own();
    let scratch = server.url("postgres");
    let setup = Setup::with(&[("0001_t.sql", "-- migrate:up\nCREATE TABLE t ();\n")]);
    let drift = || setup.run(&["drift", "--scratch-url", &scratch]);
    setup.up().success();
    drift().success();
    setup.database.sql("CREATE TABLE by_hand ()");
    drift().fails(4);
    setup.database.sql(
        "INSERT INTO schema_migrations (version, checksum, up_sql) VALUES ('2', '', E'-- migrate:up\\nDROP TABLE u;')",
    );
    drift().fails(1);
    assert_eq!(scratch_databases(&server), Vec::<String>::new());
}

#[test]
fn what_a_killed_run_leaves_behind_the_next_one_takes_away() {
    let server = Server::own();
    let scratch = server.url("postgres");
    let sleeps_on_scratch = "-- migrate:up\nDO $$ BEGIN IF current_database() LIKE 'pmdb\\_scratch%' THEN \
                             PERFORM pg_sleep(3600); END IF; END $$;\n";
    let setup = Setup::with(&[("0001_t.sql", sleeps_on_scratch)]);
    setup.up().success();
    let running = setup.pmdb(&["drift", "--scratch-url", &scratch]).spawn();
    let sessions = |condition: &str| {
        let count = format!("SELECT count(*) FROM pg_stat_activity WHERE {condition}");
        server.sql("postgres", &count)[0][0].clone().unwrap()
    };
    wait_until("drift is at work", || sessions("wait_event = 'PgSleep'") == "1");
    assert_eq!(running.kill(), None);
    wait_until("its sessions end", || sessions("application_name LIKE 'pmdb\\_scratch%'") == "0");
    assert_eq!(scratch_databases(&server).len(), 1);
    Setup::new().run(&["drift", "--scratch-url", &scratch]).success();
    assert_eq!(scratch_databases(&server), Vec::<String>::new());
}

#[test]
fn runs_side_by_side_leave_each_other_alone() {
    let server = Server::own();
    let scratch = server.url("postgres");
    let setup = Setup::with(&[("0001_t.sql", "-- migrate:up\nCREATE TABLE t ();\n")]);
    setup.up().success();
    for _ in 0..3 {
        let running: Vec<_> =
            (0..4).map(|_| setup.pmdb(&["drift", "--scratch-url", &scratch]).spawn()).collect();
        running.into_iter().for_each(|drift| drop(drift.wait().success()));
    }
    assert_eq!(scratch_databases(&server), Vec::<String>::new());
}
