//! `pmdb baseline`: a database that was built without pmdb, and whose files are there.

use super::{exists, remove, words};
use crate::support::{Outcome, Project, Setup, server};

const USERS: &str = "CREATE TABLE users (id int PRIMARY KEY, email text NOT NULL);\n";
const INDEX: &str = "CREATE INDEX CONCURRENTLY users_email ON users (email);\n";
const LATER: &str = "ALTER TABLE users ADD later date;\n";

/// Three files.
fn project() -> Setup {
    let index = format!("-- migrate:up transaction:false\n{INDEX}-- migrate:down\nDROP INDEX users_email;\n");
    Setup::with(&[
        ("0001_users.sql", &format!("-- migrate:up\n{USERS}-- migrate:down\nDROP TABLE users;\n")),
        ("0002_index.sql", &index),
        ("0003_later.sql", &format!("-- migrate:up\n{LATER}")),
    ])
}

/// The three files, and a database that somebody has built by hand up to the second of them.
fn built_by_hand() -> Setup {
    let setup = project();
    setup.database.sql(&format!("{USERS}{}", INDEX.replace("CONCURRENTLY", "")));
    setup
}

fn baseline(setup: &Setup, args: &[&str]) -> Outcome {
    let scratch = server().url("postgres");
    setup.run(&[&["baseline", "--scratch-url", &scratch], args].concat())
}

fn has_history(setup: &Setup) -> bool {
    exists(&setup.database, "public.schema_migrations")
}

#[test]
fn a_first_up_on_what_exists_points_to_it_and_a_later_one_does_not() {
    let setup = built_by_hand();
    let outcome = setup.up().fails(1);
    let hint = "hint: if the database was built without pmdb, `pmdb baseline VERSION` records";
    assert!(outcome.stderr.contains(hint), "{}", outcome.stderr);
    baseline(&setup, &["0002"]).success();
    setup.database.sql(LATER);
    let outcome = setup.up().fails(1);
    assert!(!outcome.stderr.contains("baseline"), "{}", outcome.stderr);
}

#[test]
fn types_schemas_functions_and_columns_that_exist_point_to_it_too() {
    for sql in [
        "CREATE TYPE plan AS ENUM ('free');",
        "CREATE SCHEMA shop;",
        "CREATE FUNCTION one() RETURNS int LANGUAGE sql AS 'SELECT 1';",
        "ALTER TABLE there ADD name text;",
        "CREATE INDEX there_id ON there (id);",
    ] {
        let setup = Setup::with(&[("0001_a.sql", &format!("-- migrate:up\n{sql}\n"))]);
        setup.database.sql(&format!("CREATE TABLE there (id int); {sql}"));
        let outcome = setup.up().fails(1);
        assert!(outcome.stderr.contains("`pmdb baseline VERSION`"), "{sql}: {}", outcome.stderr);
    }
    let setup = Setup::with(&[("0001_a.sql", "-- migrate:up\nDROP TABLE nowhere;\n")]);
    assert!(!setup.up().fails(1).stderr.contains("baseline"));
}

#[test]
fn what_the_files_build_is_recorded_and_up_goes_on_after_it() {
    let setup = built_by_hand();
    let outcome = baseline(&setup, &["2"]).success();
    insta::assert_snapshot!(outcome.filtered(), @"
    exit code: 0
    ----- stdout
    recorded 0001 users
    recorded 0002 index
    [DATABASE] on [SOCKET_DIR]/.s.PGSQL.[PORT]: 2 migrations recorded as applied; nothing ran; the database is what the files build
    ----- stderr
    ");
    assert_eq!(setup.states(), "0001 applied, 0002 applied, 0003 pending");
    setup.up().success();
    setup.run(&["down", "--to", "2"]).fails(1);
    setup.database.sql("DELETE FROM schema_migrations WHERE version = '0003'");
    setup.run(&["down", "--all"]).success();
    assert!(!exists(&setup.database, "public.users"));
}

#[test]
fn the_rows_are_those_that_up_would_have_written() {
    let (by_hand, by_up) = (built_by_hand(), project());
    baseline(&by_hand, &["2"]).success();
    by_up.run(&["up", "--to", "2"]).success();
    let rows = |setup: &Setup| {
        setup.database.sql(
            "SELECT version, name, checksum, up_sql, down_sql, applied_by, statements_done, statements_total, \
             applied_at > now() - interval '1 minute' FROM schema_migrations ORDER BY applied_at",
        )
    };
    assert_eq!(rows(&by_hand), rows(&by_up));
    let shape = |setup: &Setup| {
        setup.database.sql(
            "SELECT attname, atttypid::regtype::text, pg_get_expr(adbin, adrelid), attnotnull FROM pg_attribute \
             LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum \
             WHERE attrelid = 'schema_migrations'::regclass AND attnum > 0 ORDER BY attnum",
        )
    };
    assert_eq!(shape(&by_hand), shape(&by_up));
    by_hand.database.sql("ALTER TABLE users ADD by_hand int");
    let took = by_hand.database.value("SELECT count(execution_ms) FROM schema_migrations");
    assert_eq!(took, "0", "nothing ran that could have taken time");
}

#[test]
fn what_differs_is_named_and_nothing_is_recorded() {
    let setup = built_by_hand();
    setup.database.sql("DROP INDEX users_email; ALTER TABLE users ALTER email DROP NOT NULL; CREATE VIEW v AS SELECT 1 AS one");
    for dry_run in [&[][..], &["--dry-run"]] {
        let outcome = baseline(&setup, &[&["2"], dry_run].concat()).fails(4);
        insta::allow_duplicates! { insta::assert_snapshot!(outcome.filtered(), @"
        exit code: 4
        ----- stdout
        ----- stderr
        error: the database is not what the files up to 0002 build: 3 objects differ
          ~ column public.users.email: not null `true` → none
          - index users_email on public.users
          + view public.v
        `+` stands for what the database alone has, `-` for what the files alone build, `~` for what is another one there.
        Nothing was recorded.
        database: [DATABASE] on [SOCKET_DIR]/.s.PGSQL.[PORT] as postgres
        hint: make both the same, or leave out what is meant so with --ignore KIND:NAME; --force records it all the same
        "); }
        assert!(!has_history(&setup));
    }
    baseline(&setup, &["2", "--ignore", "index", "--ignore", "column", "--ignore", "view:public.v"])
        .success();
}

#[test]
fn where_the_owner_is_all_that_differs_the_hint_names_the_role_to_build_as() {
    let setup = built_by_hand();
    let owner = format!("owner_of_{}", setup.database.name());
    setup.database.sql(&format!("CREATE ROLE {owner}; ALTER TABLE users OWNER TO {owner}"));
    let outcome = baseline(&setup, &["2"]).fails(4);
    let hint = format!("hint: the owner is all that differs: `--role {owner}` builds as that role");
    assert!(outcome.stderr.contains(&hint), "{}", outcome.stderr);
    let database = setup.database.name();
    setup.database.sql(&format!("ALTER DATABASE {database} OWNER TO {owner}"));
    let as_owner = baseline(&setup, &["2", "--role", &owner]);
    setup.database.sql(&format!("REASSIGN OWNED BY {owner} TO postgres; DROP ROLE {owner}"));
    as_owner.success();
}

#[test]
fn force_records_what_differs_and_says_it() {
    let setup = built_by_hand();
    setup.database.sql("DROP INDEX users_email");
    let outcome = baseline(&setup, &["2", "--force"]).success();
    insta::assert_snapshot!(outcome.filtered(), @"
    exit code: 0
    ----- stdout
    - index users_email on public.users
    recorded 0001 users
    recorded 0002 index
    [DATABASE] on [SOCKET_DIR]/.s.PGSQL.[PORT]: 2 migrations recorded as applied; nothing ran; 1 object is not what the files build
    ----- stderr
    ");
    assert_eq!(setup.states(), "0001 applied, 0002 applied, 0003 pending");
}

#[test]
fn files_that_cannot_be_built_stop_it_and_with_force_are_told() {
    let setup = built_by_hand();
    setup.project.migration("0001_users.sql", "-- migrate:up\nCREATE EXTENSION nowhere;\n");
    let outcome = baseline(&setup, &["2"]).fails(1);
    assert!(
        outcome.stderr.contains("This is the scratch database: the target is untouched."),
        "{}",
        outcome.stderr
    );
    assert!(!has_history(&setup));
    let outcome = baseline(&setup, &["2", "--force"]).success();
    assert!(outcome.stdout.contains("was not compared with the files: "), "{}", outcome.stdout);
    let json = baseline(&built_by_hand(), &["1", "--force", "--json"]).success().json();
    assert_eq!(json["not_compared"], serde_json::Value::Null);
    assert_eq!(json["differences"][0]["name"], "users_email");
}

#[test]
fn a_dry_run_changes_nothing() {
    let setup = built_by_hand();
    let outcome = baseline(&setup, &["2", "--dry-run"]).success();
    assert!(
        outcome.stdout.starts_with("would record 0001 users\nwould record 0002 index\n"),
        "{}",
        outcome.stdout
    );
    assert!(!has_history(&setup));
}

#[test]
fn a_history_that_holds_something_else_is_not_contradicted() {
    let setup = project();
    setup.run(&["up"]).success();
    let outcome = baseline(&setup, &["2"]).success();
    assert!(
        outcome.stdout.ends_with("everything up to 0002 is recorded already; nothing was changed\n"),
        "{}",
        outcome.stdout
    );
    setup.database.sql("DELETE FROM schema_migrations WHERE version = '0001'");
    let outcome = baseline(&setup, &["2"]).fails(4);
    let error = "error: 0003 is applied already, and is newer than 2\n";
    assert!(outcome.stderr.starts_with(error), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("`pmdb baseline 0003`"), "{}", outcome.stderr);
    baseline(&setup, &["3"]).success();
    assert_eq!(setup.states(), "0001 applied, 0002 applied, 0003 applied");
    setup.project.migration("0002_index.sql", "-- migrate:up\nSELECT 1;\n");
    assert!(
        baseline(&setup, &["3"]).fails(4).stderr.contains("0002_index.sql has changed since it was applied")
    );
    remove(&setup.project, "migrations/0002_index.sql");
    assert!(
        baseline(&setup, &["3", "--force"])
            .fails(4)
            .stderr
            .contains("applied, but without a file here: 0002")
    );
    assert!(baseline(&setup, &["9"]).fails(1).stderr.contains("there is no file with the version 9"));
}

#[test]
fn the_table_of_another_tool_points_to_it_and_is_not_compared() {
    let setup = built_by_hand();
    setup.database.sql(
        "CREATE TABLE goose_db_version (id serial PRIMARY KEY, version_id bigint NOT NULL, is_applied boolean NOT NULL, \
         tstamp timestamp)",
    );
    let outcome = setup.up().fails(1);
    assert!(
        outcome.stderr.contains("`pmdb baseline VERSION` records what the database has"),
        "{}",
        outcome.stderr
    );
    let outcome = baseline(&setup, &["2"]).success();
    let note = "note: left out of the comparison: public.goose_db_version (goose's)\n";
    assert_eq!(outcome.stderr, note);
    assert_eq!(setup.states(), "0001 applied, 0002 applied, 0003 pending");
}

#[test]
fn the_table_of_golang_migrate_has_the_usual_name_and_needs_another_one_beside_it() {
    let setup = built_by_hand();
    setup.database.sql("CREATE TABLE schema_migrations (version bigint PRIMARY KEY, dirty boolean NOT NULL)");
    let outcome = baseline(&setup, &["2"]).fails(1);
    assert!(outcome.stderr.contains("with it, `pmdb baseline VERSION` records"), "{}", outcome.stderr);
    baseline(&setup, &["2", "--table", "pmdb.history"]).success();
    assert_eq!(words(&setup.database, "SELECT version FROM pmdb.history ORDER BY 1"), "0001 0002");
}

#[test]
fn a_history_that_pmdb_can_go_on_with_still_stops_it() {
    let setup = built_by_hand();
    setup
        .database
        .sql("CREATE SCHEMA shop; CREATE TABLE shop.schema_migrations (version varchar(128) PRIMARY KEY)");
    let json = baseline(&setup, &["2", "--json"]).fails(1).json();
    assert_eq!(json["error"]["code"], "other_history");
    assert!(!has_history(&setup));
}

#[test]
fn rows_that_are_not_kept_leave_no_table_behind() {
    let setup = built_by_hand();
    setup.database.sql(
        "CREATE FUNCTION no_row() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
         CREATE FUNCTION refuse() RETURNS event_trigger LANGUAGE plpgsql AS $$BEGIN
             CREATE TRIGGER no_row BEFORE INSERT ON schema_migrations FOR EACH ROW EXECUTE FUNCTION no_row();
         END$$;
         CREATE EVENT TRIGGER refuse ON ddl_command_end WHEN tag IN ('CREATE TABLE') EXECUTE FUNCTION refuse()",
    );
    let outcome = baseline(&setup, &["2", "--force"]).fails(1);
    assert!(outcome.stderr.contains("nothing was changed: run the command again"), "{}", outcome.stderr);
    assert!(!has_history(&setup));
}

#[test]
fn a_kill_in_the_middle_leaves_nothing_behind() {
    let setup = built_by_hand();
    setup.database.sql(
        "CREATE FUNCTION wait() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_advisory_xact_lock(7); END';
         CREATE EVENT TRIGGER wait ON ddl_command_end WHEN tag IN ('CREATE TABLE') EXECUTE FUNCTION wait()",
    );
    let held = setup.hold("SELECT pg_advisory_lock(7)");
    let scratch = server().url("postgres");
    let running = setup.pmdb(&["baseline", "2", "--force", "--scratch-url", &scratch]).spawn();
    setup.wait_for_statement("CREATE TABLE");
    running.kill();
    setup.database.sql(
        "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = current_database() \
         AND application_name = 'pmdb'",
    );
    drop(held);
    assert!(!has_history(&setup));
    setup.database.sql("DROP EVENT TRIGGER wait; DROP FUNCTION wait");
    baseline(&setup, &["2"]).success();
    assert_eq!(setup.states(), "0001 applied, 0002 applied, 0003 pending");
}

#[test]
fn two_at_once_record_everything_once() {
    let setup = built_by_hand();
    let scratch = server().url("postgres");
    let args = ["baseline", "2", "--scratch-url", &scratch];
    let both = [setup.pmdb(&args).spawn(), setup.pmdb(&args).spawn()];
    let said: Vec<String> = both.into_iter().map(|one| one.wait().success().stdout).collect();
    assert!(said.iter().any(|stdout| stdout.contains("2 migrations recorded as applied")), "{said:?}");
    assert_eq!(words(&setup.database, "SELECT version FROM schema_migrations ORDER BY 1"), "0001 0002");
}

#[test]
fn a_runner_at_work_is_waited_for() {
    let setup = built_by_hand();
    let other = Project::new();
    other.migration("0009_slow.sql", "-- migrate:up\nSELECT pg_sleep(60);\n");
    let running = other.pmdb(&["up"]).database(&setup.database).spawn();
    setup.wait_for_statement("pg_sleep(60)");
    baseline(&setup, &["2", "--lock-wait", "0s"]).fails(5);
    running.interrupt();
    running.wait().fails(130);
    baseline(&setup, &["2"]).success();
}
