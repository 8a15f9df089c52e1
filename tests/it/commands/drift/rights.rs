//! A role with few rights, and a table that somebody holds: clear messages, and no hanging.

use crate::support::{Server, Setup};

#[test]
fn a_role_that_may_not_read_the_history_is_told_so() {
    let setup = Setup::with(&[("0001_t.sql", "-- migrate:up\nCREATE TABLE t ();\n")]);
    let server = Server::own();
    server.sql("postgres", "CREATE ROLE nobody LOGIN");
    let run = |role: &str, args: &[&str]| {
        let url = server.url("postgres").replace("postgres@", &format!("{role}@"));
        setup.project.pmdb(args).env("DATABASE_URL", url).run()
    };
    run("postgres", &["up"]).success();
    let refused = run("nobody", &["drift"]).fails(1);
    assert_eq!(
        refused.stderr.replace(&server.socket().display().to_string(), "SOCKET"),
        "error: the history table public.schema_migrations cannot be read: permission denied for table \
         schema_migrations (SQLSTATE 42501)\n\
         database: postgres on SOCKET as nobody\n\
         hint: connect as a role that owns these objects, or grant it the right\n"
    );
    server.sql("postgres", "GRANT SELECT ON schema_migrations TO nobody");
    run("nobody", &["drift"]).success();
    let scratch = server.url("postgres").replace("postgres@", "nobody@");
    let refused = run("nobody", &["drift", "--scratch-url", &scratch]).fails(1);
    assert!(
        refused.stderr.starts_with("error: a scratch database cannot be created: permission denied"),
        "{}",
        refused.stderr
    );
}

#[test]
fn a_history_that_somebody_holds_is_waited_for_only_so_long() {
    let setup = Setup::with(&[("0001_t.sql", "-- migrate:up\nCREATE TABLE t ();\n")]);
    setup.up().success();
    let _held = setup.hold("BEGIN; LOCK schema_migrations IN ACCESS EXCLUSIVE MODE");
    let refused = super::drift(&setup).fails(1);
    let told =
        "error: could not get a lock on the history table public.schema_migrations within 5 s; held by pid ";
    assert!(refused.stderr.contains(told), "{}", refused.stderr);
}

#[test]
fn a_table_that_somebody_holds_is_waited_for_only_so_long() {
    let view = "-- migrate:up\nCREATE TABLE t (a int DEFAULT 1);\nCREATE TABLE u (a int DEFAULT 1);\n\
                CREATE VIEW v AS SELECT a FROM t;\n";
    let setup = Setup::with(&[("0001_t.sql", view)]);
    setup.up().success();
    {
        let _held = setup.hold("BEGIN; LOCK u IN ACCESS EXCLUSIVE MODE");
        super::drift(&setup).success();
    }
    // To write a view down, the server locks what it reads from.
    let held = setup.hold("BEGIN; LOCK t IN ACCESS EXCLUSIVE MODE");
    let refused = super::drift(&setup).fails(1);
    assert!(refused.stderr.contains("hint: another session is changing a table"), "{}", refused.stderr);
    drop(held);
    super::drift(&setup).success();
}

#[test]
fn ctrl_c_ends_it() {
    let setup = Setup::with(&[("0001_t.sql", "-- migrate:up\nCREATE TABLE t (a int DEFAULT 1);\n")]);
    setup.up().success();
    let _held = setup.hold("BEGIN; LOCK schema_migrations IN ACCESS EXCLUSIVE MODE");
    let running = setup.pmdb(&["drift"]).spawn();
    setup.wait_until(
        "EXISTS (SELECT FROM pg_stat_activity WHERE application_name = 'pmdb' AND wait_event_type = 'Lock' \
         AND datname = current_database())",
    );
    running.interrupt();
    assert_eq!(running.wait().fails(130).stderr, "error: interrupted\n");
}
