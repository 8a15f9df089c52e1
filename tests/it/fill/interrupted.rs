//! Ctrl-C, once and twice.

use crate::support::Setup;

/// A row in whose trigger the server stays, whatever asks it to stop, and that is not among those that are tried beforehand.
const STUBBORN: &str = "CREATE TABLE t (id int PRIMARY KEY, n int NOT NULL);
    CREATE FUNCTION stays() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        LOOP
            EXIT WHEN new.id <> 2222;
            BEGIN PERFORM pg_sleep(600); EXCEPTION WHEN query_canceled THEN PERFORM pg_advisory_lock(77); END;
        END LOOP;
        RETURN new;
    END $$;
    CREATE TRIGGER stays BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION stays()";

#[test]
fn a_second_ctrl_c_ends_it_at_once_without_an_answer_and_restore_brings_back_what_is_put_off() {
    let setup = Setup::new();
    setup.database.sql(STUBBORN);
    let running = setup.pmdb(&["fill", "t=3000", "--json"]).spawn();
    let at_it =
        "EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep')";
    setup.wait_until(at_it);
    running.interrupt();
    setup.wait_until("EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND objid = 77)");
    running.interrupt();
    let outcome = running.wait().fails(130);
    assert_eq!(outcome.stdout, "");
    setup.database.sql(
        "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND objid = 77 AND database = \
         (SELECT oid FROM pg_database WHERE datname = current_database())",
    );
    setup.run(&["fill", "--restore"]).success();
    assert_eq!(setup.database.value("SELECT count(*) FROM t"), "0");
    assert_eq!(setup.database.value("SELECT count(*) FROM pg_index WHERE indrelid = 't'::regclass"), "1");
}
