//! Databases that another migration tool began.

use super::{add_table, pmdb, project_with, states, tables, words};
use crate::support::{Database, Project, Setup, server};

/// What dbmate leaves when it has applied 0001 and 0002.
fn made_by_dbmate() -> (Project, Database) {
    let (project, db) = (project_with(&["a", "b", "c"]), Database::new());
    db.sql(
        "CREATE TABLE schema_migrations (version varchar(128) PRIMARY KEY); \
         CREATE TABLE a (id int); CREATE TABLE b (id int); \
         INSERT INTO schema_migrations (version) VALUES ('0001'), ('0002')",
    );
    (project, db)
}

#[test]
fn status_and_dry_runs_leave_a_table_of_dbmate_as_it_is() {
    let (project, db) = made_by_dbmate();
    assert_eq!(states(&project, &db), "0001 applied, 0002 applied, 0003 pending");
    pmdb(&project, &db, &["up", "--dry-run"]).success();
    pmdb(&project, &db, &["status", "--check"]).fails(3);
    assert_eq!(
        words(
            &db,
            "SELECT attname FROM pg_attribute WHERE attrelid = 'schema_migrations'::regclass AND attnum > 0"
        ),
        "version"
    );
}

#[test]
fn a_database_of_dbmate_goes_on_and_its_old_rows_get_no_date_of_today() {
    let (project, db) = made_by_dbmate();
    pmdb(&project, &db, &["up"]).success();
    assert_eq!(states(&project, &db), "0001 applied, 0002 applied, 0003 applied");
    assert_eq!(tables(&db), "a b c");
    let query =
        "SELECT version FROM schema_migrations WHERE applied_at IS NULL AND applied_by IS NULL ORDER BY 1";
    assert_eq!(words(&db, query), "0001 0002");
}

#[test]
fn dbmate_can_still_write_and_pmdb_goes_on_from_there() {
    let (project, db) = made_by_dbmate();
    pmdb(&project, &db, &["up"]).success();
    add_table(&project, "0004", "d");
    add_table(&project, "0005", "e");
    db.sql("CREATE TABLE d (id int); INSERT INTO schema_migrations (version) VALUES ('0004')");
    assert_eq!(states(&project, &db), "0001 applied, 0002 applied, 0003 applied, 0004 applied, 0005 pending");
    pmdb(&project, &db, &["up"]).success();
    assert_eq!(tables(&db), "a b c d e");
    db.sql("DROP TABLE e; DELETE FROM schema_migrations WHERE version = '0005'");
    assert_eq!(states(&project, &db), "0001 applied, 0002 applied, 0003 applied, 0004 applied, 0005 pending");
    pmdb(&project, &db, &["down", "--all"]).success();
    assert_eq!(
        (tables(&db), words(&db, "SELECT version FROM schema_migrations")),
        (String::new(), String::new())
    );
}

#[test]
fn what_dbmate_applied_can_be_undone_at_once() {
    let (project, db) = made_by_dbmate();
    pmdb(&project, &db, &["down"]).success();
    assert_eq!(
        (tables(&db), states(&project, &db)),
        ("a".to_owned(), "0001 applied, 0002 pending, 0003 pending".to_owned())
    );
}

#[test]
fn dbmate_can_take_over_what_pmdb_began() {
    let (project, db) = (project_with(&["a", "b"]), Database::new());
    pmdb(&project, &db, &["up", "--steps", "1"]).success();
    db.sql("CREATE TABLE b (id int); INSERT INTO schema_migrations (version) VALUES ('0002')");
    pmdb(&project, &db, &["status", "--check"]).success();
    pmdb(&project, &db, &["down", "--all"]).success();
    assert_eq!(tables(&db), "");
}

#[test]
fn tables_of_rails_old_and_new_are_taken_over() {
    for key in ["PRIMARY KEY", "UNIQUE"] {
        a_table_of_rails_is_taken_over(key);
    }
}

fn a_table_of_rails_is_taken_over(key: &str) {
    let db = Database::new();
    let project = Project::new();
    add_table(&project, "20240101000000", "a");
    add_table(&project, "20240102000000", "b");
    db.sql(&format!(
        "CREATE TABLE schema_migrations (version character varying NOT NULL {key}); CREATE TABLE a (id int); \
         INSERT INTO schema_migrations VALUES ('20240101000000')"
    ));
    pmdb(&project, &db, &["up"]).success();
    assert_eq!(tables(&db), "a b");
}

/// Every command that looks at the history refuses, and the table stays as it is.
#[track_caller]
fn refused(create: &str, reason: &str) {
    let (project, db) = (project_with(&["a"]), Database::new());
    db.sql(create);
    let shape = "SELECT string_agg(attname || ' ' || atttypid::regtype, ', ' ORDER BY attnum) FROM pg_attribute \
                 WHERE attrelid = 'schema_migrations'::regclass AND attnum > 0";
    let before = db.value(shape);
    for command in ["up", "status", "down", "redo"] {
        let outcome = pmdb(&project, &db, &[command]).fails(1);
        let expected = format!(
            "error: public.schema_migrations is not a history table that pmdb can use: {reason}\n\
             database: {} on {} as postgres\n\
             hint: keep pmdb's history elsewhere with --table [SCHEMA.]NAME; with it, `pmdb baseline VERSION` records what the database has as applied, and runs nothing\n",
            db.name(),
            server().socket().display()
        );
        assert_eq!(outcome.stderr, expected, "{command}");
        let json = pmdb(&project, &db, &[command, "--json"]).fails(1).json();
        assert_eq!(json["error"]["code"], "history", "{command}");
    }
    assert_eq!((db.value(shape), tables(&db)), (before, String::new()));
    pmdb(&project, &db, &["up", "--table", "pmdb.history"]).success();
}

#[test]
fn the_table_of_golang_migrate_is_refused_by_name() {
    refused(
        "CREATE TABLE schema_migrations (version bigint PRIMARY KEY, dirty boolean NOT NULL); \
         INSERT INTO schema_migrations VALUES (3, false)",
        "it looks like golang-migrate's (version bigint, dirty boolean)",
    );
}

#[test]
fn the_table_of_ecto_is_refused_by_name() {
    refused(
        "CREATE TABLE schema_migrations (version bigint PRIMARY KEY, inserted_at timestamp(0)); \
         INSERT INTO schema_migrations VALUES (20240101000000, now())",
        "it looks like Ecto's (version bigint, inserted_at timestamp)",
    );
}

#[test]
fn any_other_table_of_that_name_is_refused() {
    refused("CREATE TABLE schema_migrations (id int)", "it has no column version");
    refused("CREATE TABLE schema_migrations (version int PRIMARY KEY)", "its column version is not text");
    let no_key = "its column version is no key: it has to be the primary key, or unique and NOT NULL";
    refused("CREATE TABLE schema_migrations (version text)", no_key);
    refused("CREATE TABLE schema_migrations (version text UNIQUE)", no_key);
    refused("CREATE TABLE schema_migrations (app text, version text, PRIMARY KEY (app, version))", no_key);
}

#[test]
fn a_row_whose_version_is_no_number_is_named() {
    let (project, db) = made_by_dbmate();
    db.sql("INSERT INTO schema_migrations VALUES ('v1.2')");
    for command in ["status", "up"] {
        let outcome = pmdb(&project, &db, &[command]).fails(1);
        assert!(
            outcome.stderr.starts_with(
                "error: public.schema_migrations holds the version \"v1.2\", which is not a number\n"
            ),
            "{}",
            outcome.stderr
        );
    }
    assert_eq!(tables(&db), "a b");
}

#[test]
fn a_table_of_another_tool_is_not_waited_for_longer_than_the_lock_timeout() {
    let setup = Setup::with(&[("0001_a.sql", "-- migrate:up\n-- nothing\n")]);
    setup.database.sql("CREATE TABLE schema_migrations (version varchar(128) PRIMARY KEY)");
    let held = setup.hold("BEGIN; SELECT * FROM schema_migrations");
    let outcome = setup.run(&["up", "--lock-timeout", "1s"]).fails(1);
    let told = "could not get a lock on the history table public.schema_migrations within 1 s; held by pid ";
    assert!(outcome.stderr.contains(told), "{}", outcome.stderr);
    drop(held);
    setup.up().success();
}
