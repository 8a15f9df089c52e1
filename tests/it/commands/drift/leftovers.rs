//! Nothing is left behind on a server that is named, not even by a pmdb that was killed.

use crate::support::{Held, Server, Setup};

fn scratch_databases(server: &Server) -> Vec<String> {
    let rows = server.sql("postgres", "SELECT datname FROM pg_database WHERE datname LIKE 'pmdb\\_scratch\\_%'");
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
    let setup = Setup::with(&[("0001_t.sql", "-- migrate:up\nSELECT pg_advisory_xact_lock(4711);\n")]);
    setup.up().success();
    // An advisory lock belongs to a database: this one holds up what runs in any new one.
    server.sql("postgres", "CREATE ROLE gate");
    let slow = setup.pmdb(&["drift", "--scratch-url", &scratch]);
    let held = Held::new(&server.url("template1"), "BEGIN; SELECT 1");
    drop(held);
    let running = slow.spawn();
    running.kill();
    drop(scratch_databases(&server));
    setup.run(&["drift", "--scratch-url", &scratch]).success();
    assert_eq!(scratch_databases(&server), Vec::<String>::new());
}
