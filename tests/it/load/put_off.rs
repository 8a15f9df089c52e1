//! What is put off comes back as it was; what could not, stays.

use pmdb::diagnosis::Diagnose;
use pmdb::postgres::load::{LoadError, PutOff};

use super::schema::{PUT_OFF, STAYS};
use super::{catalog, missing, put_back, put_off};
use crate::support::{Database, Setup};

const TABLES: &[&str] = &["public.a", "\"Odd schema\".\"Odd table\"", "public.u"];
const NOTHING: PutOff = PutOff { indexes: 0, keys: 0, foreign_keys: 0 };

fn with_everything() -> Database {
    let database = Database::new();
    database.sql(PUT_OFF);
    database
}

fn with(sql: &str) -> Database {
    let database = Database::new();
    database.sql(sql);
    database
}

fn notes(database: &Database) -> String {
    database.value("SELECT count(*) FROM pg_class WHERE relname = 'pmdb_put_off'")
}

#[track_caller]
fn fails_to_put_back(database: &Database) -> LoadError {
    let error = put_back(database.url()).unwrap_err();
    assert_eq!(notes(database), "1", "{error}");
    let diagnosis = error.diagnosis();
    let state = match error {
        LoadError::NotAsBefore { .. } => "All are there; what they were is in public.pmdb_put_off.",
        _ => "Indexes or constraints are still missing; what makes them is in public.pmdb_put_off.",
    };
    assert_eq!((diagnosis.code, diagnosis.state.join(" ").as_str()), ("put_off", state));
    error
}

#[test]
fn indexes_and_keys_of_every_sort_are_put_off_and_come_back_as_they_were() {
    let database = with_everything();
    let before = catalog(&database);
    let put = put_off(database.url(), TABLES).unwrap();
    assert_eq!(put, PutOff { indexes: 12, keys: 5, foreign_keys: 4 });
    assert_eq!(missing(&before, &catalog(&database)).len(), put.steps());
    assert_eq!(put_back(database.url()).unwrap(), put);
    assert_eq!(catalog(&database), before);
    assert_eq!(notes(&database), "0");
    assert_eq!(put_back(database.url()).unwrap(), NOTHING);
}

#[test]
fn what_could_not_be_made_again_just_as_it_is_stays() {
    let database = with(STAYS);
    let before = catalog(&database);
    let tables = "by_others in_a_view identified published parted part excluded with_code off";
    let tables: Vec<String> = tables.split(' ').map(|table| format!("public.{table}")).collect();
    let tables: Vec<&str> = tables.iter().map(String::as_str).collect();
    assert_eq!(put_off(database.url(), &tables).unwrap(), NOTHING);
    assert_eq!(catalog(&database), before);
    assert_eq!(notes(&database), "0");
}

#[test]
fn a_table_with_rows_keeps_everything() {
    let database = with(
        "CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t VALUES (1); CREATE TABLE u (id int PRIMARY KEY)",
    );
    let put = put_off(database.url(), &["public.t", "public.u"]).unwrap();
    assert_eq!(put, PutOff { indexes: 1, keys: 1, foreign_keys: 0 });
    assert_eq!(database.value("SELECT count(*) FROM pg_index WHERE indrelid = 'public.t'::regclass"), "1");
}

#[test]
fn with_an_event_trigger_nothing_is_put_off() {
    let database = with(
        "CREATE TABLE t (id int PRIMARY KEY); \
        CREATE FUNCTION e() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'; \
        CREATE EVENT TRIGGER e ON ddl_command_end EXECUTE FUNCTION e()",
    );
    assert_eq!(put_off(database.url(), &["public.t"]).unwrap(), NOTHING);
}

#[test]
fn a_role_that_does_not_own_a_table_puts_nothing_of_it_off() {
    let database = with("CREATE TABLE t (id int PRIMARY KEY)");
    let role = format!("loader_{}", database.name());
    database.sql(&format!(
        "CREATE ROLE {role}; GRANT INSERT, SELECT ON t TO {role}; GRANT ALL ON SCHEMA public TO {role}"
    ));
    let url = format!("{}&options=-c%20role%3D{role}", database.url());
    assert_eq!(put_off(&url, &["public.t"]).unwrap(), NOTHING);
    database.sql(&format!("ALTER TABLE t OWNER TO {role}"));
    let before = catalog(&database);
    assert_eq!(put_off(&url, &["public.t"]).unwrap().indexes, 1);
    put_back(&url).unwrap();
    assert_eq!(catalog(&database), before);
    database.sql(&format!("DROP OWNED BY {role}; DROP ROLE {role}"));
}

#[test]
fn rows_that_break_a_key_are_told_and_all_comes_back_when_they_are_fixed() {
    let database = with_everything();
    let before = catalog(&database);
    put_off(database.url(), TABLES).unwrap();
    database.sql("INSERT INTO u VALUES (1, 2), (1, 3)");
    let error = fails_to_put_back(&database);
    assert_eq!(
        error.to_string(),
        "the index u_pkey of public.u, which was put off, cannot be brought back: could not create unique index \"u_pkey\" (SQLSTATE 23505)"
    );
    assert_eq!(
        error.diagnosis().hint.as_deref(),
        Some(
            "correct the rows of public.u, and `pmdb fill --restore` brings it back; or `pmdb fill --restore --truncate` \
             empties the tables that something is missing of first"
        )
    );
    database.sql("DELETE FROM u WHERE a = 3");
    put_back(database.url()).unwrap();
    assert_eq!(catalog(&database), before);
}

#[test]
fn what_somebody_has_made_by_hand_counts_if_it_is_the_same() {
    let database = with_everything();
    let before = catalog(&database);
    put_off(database.url(), TABLES).unwrap();
    database.sql("CREATE INDEX u_a ON u (a)");
    put_back(database.url()).unwrap();
    assert_eq!(catalog(&database), before);
}

#[test]
fn what_somebody_has_made_otherwise_is_told() {
    let database = with_everything();
    put_off(database.url(), TABLES).unwrap();
    database.sql("CREATE INDEX u_a ON u (a DESC)");
    let error = fails_to_put_back(&database).to_string();
    assert_eq!(
        error,
        "what was put off is back, but not as it was: index u_a on public.u: its definition was CREATE INDEX u_a ON public.u \
         USING btree (a), and is CREATE INDEX u_a ON public.u USING btree (a DESC)"
    );
    database.sql("DROP INDEX u_a");
    put_back(database.url()).unwrap();
    assert_eq!(notes(&database), "0");
}

#[test]
fn what_somebody_has_changed_of_a_table_meanwhile_is_no_matter_of_what_was_put_off() {
    let database = with_everything();
    put_off(database.url(), TABLES).unwrap();
    database.sql("ALTER TABLE u ADD COLUMN more int NOT NULL DEFAULT 4; ALTER TABLE u ALTER a TYPE bigint");
    put_back(database.url()).unwrap();
    assert_eq!(notes(&database), "0");
}

#[test]
fn where_something_is_no_longer_there_by_its_name_the_way_out_is_named() {
    for (change, lost) in [
        ("ALTER TABLE t RENAME COLUMN w TO ww", "the index t_w of public.t"),
        ("ALTER TABLE t DROP COLUMN w", "the index t_w of public.t"),
        ("DROP TABLE p CASCADE", "the foreign key t_p_fkey of public.t"),
        ("ALTER TABLE p RENAME TO pp", "the foreign key t_p_fkey of public.t"),
    ] {
        let database = with(
            "CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE t (id int PRIMARY KEY, w int, p int REFERENCES p); CREATE INDEX t_w ON t (w)",
        );
        put_off(database.url(), &["public.t"]).unwrap();
        database.sql(change);
        let error = fails_to_put_back(&database);
        assert!(error.to_string().starts_with(lost), "{error}");
        let hint = error.diagnosis().hint.unwrap();
        let (_, delete) = hint.split_once("then `").unwrap();
        database.sql(delete.split_once('`').unwrap().0);
        put_back(database.url()).unwrap();
        assert_eq!(notes(&database), "0", "{change}");
        assert_eq!(
            database.value("SELECT count(*) FROM pg_constraint WHERE conname = 't_pkey'"),
            "1",
            "{change}"
        );
    }
}

#[test]
fn of_a_table_that_was_dropped_nothing_comes_back() {
    let database = with("CREATE TABLE t (id int PRIMARY KEY); CREATE TABLE u (id int PRIMARY KEY)");
    put_off(database.url(), &["public.t", "public.u"]).unwrap();
    database.sql("DROP TABLE t");
    assert_eq!(put_back(database.url()).unwrap().indexes, 1);
    assert_eq!(notes(&database), "0");
}

#[test]
fn a_table_that_has_another_name_is_told() {
    let database = with("CREATE TABLE t (id int PRIMARY KEY)");
    put_off(database.url(), &["public.t"]).unwrap();
    database.sql("ALTER TABLE t RENAME TO u");
    let error = fails_to_put_back(&database).to_string();
    assert!(error.ends_with("cannot be brought back: public.t has another name now"), "{error}");
    database.sql("ALTER TABLE u RENAME TO t");
    put_back(database.url()).unwrap();
}

#[test]
fn a_note_of_somebody_else_is_not_run() {
    let database = with("CREATE TABLE t (id int PRIMARY KEY)");
    put_off(database.url(), &["public.t"]).unwrap();
    let role = format!("stranger_{}", database.name());
    database.sql(&format!("CREATE ROLE {role}; ALTER TABLE pmdb_put_off OWNER TO {role}"));
    assert!(matches!(put_back(database.url()), Err(LoadError::StrangersNote(_))));
    database.sql("ALTER TABLE pmdb_put_off OWNER TO CURRENT_USER");
    put_back(database.url()).unwrap();
    database.sql(&format!("DROP ROLE {role}"));
}

#[test]
fn while_something_is_put_off_up_and_status_say_so_and_drift_takes_no_offence_at_the_note() {
    let setup = Setup::with(&[("0001_t.sql", "-- migrate:up\nCREATE TABLE t (id int PRIMARY KEY);\n")]);
    setup.up().success();
    put_off(setup.database.url(), &["public.t"]).unwrap();
    for args in [["status"], ["up"]] {
        let said = setup.run(&args).success().stderr;
        assert_eq!(
            said,
            "note: indexes or constraints are missing that `pmdb fill` has put off (public.pmdb_put_off keeps them): \
             `pmdb fill --restore` brings them back\n",
            "{args:?}"
        );
    }
    let differs = setup.run(&["drift"]).fails(4).stdout;
    assert!(differs.contains("t_pkey") && !differs.contains("pmdb_put_off"), "{differs}");
    put_back(setup.database.url()).unwrap();
    assert_eq!(setup.run(&["status"]).success().stderr, "");
    setup.run(&["drift"]).success();
}

#[test]
fn fill_restore_brings_back_what_is_put_off() {
    let setup = Setup::with(&[(
        "0001_t.sql",
        "-- migrate:up\nCREATE TABLE t (id int PRIMARY KEY, a int REFERENCES t);\n",
    )]);
    setup.up().success();
    put_off(setup.database.url(), &["public.t"]).unwrap();
    let restored = setup.run(&["fill", "--restore"]).success();
    assert_eq!(
        restored.stdout,
        format!("{}: back as before: 1 index and 1 foreign key\n", setup.database.shown())
    );
    let nothing = setup.run(&["fill", "--restore"]).success();
    assert_eq!(nothing.stdout, format!("{}: nothing is put off\n", setup.database.shown()));
    setup.run(&["drift"]).success();
}

#[test]
fn rows_that_keep_something_from_coming_back_are_emptied_on_demand() {
    let setup = Setup::with(&[(
        "0001_t.sql",
        "-- migrate:up\nCREATE TABLE other (id int PRIMARY KEY);\nCREATE TABLE t (id int PRIMARY KEY, a int REFERENCES t, b int);\n\
         CREATE INDEX ON t ((100 / b));\n",
    )]);
    setup.up().success();
    setup.database.sql("INSERT INTO other VALUES (1)");
    put_off(setup.database.url(), &["public.t", "public.other"]).unwrap();
    for broken in [
        "INSERT INTO t VALUES (1, 1, 1), (1, 1, 1)",
        "INSERT INTO t VALUES (1, 7, 1)",
        "INSERT INTO t VALUES (1, 1, 0)",
    ] {
        setup.database.sql(&format!("TRUNCATE t; {broken}"));
        let failed = setup.run(&["fill", "--restore"]).fails(1);
        assert!(failed.stderr.contains("`pmdb fill --restore --truncate` empties"), "{}", failed.stderr);
        let restored = setup.run(&["fill", "--restore", "--truncate"]).success();
        assert!(restored.stdout.starts_with("emptied public.t\n"), "{}", restored.stdout);
        assert!(restored.stdout.contains("back as before: "), "{}", restored.stdout);
        setup.run(&["drift"]).success();
        put_off(setup.database.url(), &["public.t", "public.other"]).unwrap();
    }
    assert_eq!(setup.database.value("SELECT count(*) FROM other"), "1");
    setup.database.sql(&format!("ALTER DATABASE \"{}\" SET pmdb.protected = on", setup.database.name()));
    let refused = setup.run(&["fill", "--restore", "--truncate"]).fails(1);
    assert!(refused.stderr.contains("protected"), "{}", refused.stderr);
    setup.run(&["fill", "--restore"]).success();
    let nothing = setup.run(&["fill", "--restore", "--truncate", "--force"]).success();
    assert!(nothing.stdout.ends_with("nothing is put off\n"), "{}", nothing.stdout);
}
