//! Files that travel in one message: each is a transaction of its own all the same.

use insta::assert_snapshot;
use pmdb::{Event, Goal, Migrator, Session, Target, load_folder};

use crate::support::{Proxy, Setup, server};

/// This many files, each of which makes a table.
fn tables(count: usize) -> Setup {
    let setup = Setup::new();
    for number in 1..=count {
        let content = format!(
            "-- migrate:up\n-- größer 😀\nCREATE TABLE t_{number} ();\n-- migrate:down\nDROP TABLE t_{number};\n"
        );
        setup.project.migration(&format!("{number:04}_t_{number}.sql"), &content);
    }
    setup
}

/// The numbers of the tables that are there, and of the files that are recorded.
fn done(setup: &Setup) -> [String; 2] {
    let tables = "SELECT string_agg(n, ' ' ORDER BY n::int) FROM (SELECT substr(relname, 3) AS n FROM pg_class \
                  WHERE relname LIKE 't\\_%' AND relkind = 'r') t";
    let rows = "SELECT string_agg(version::int::text, ' ' ORDER BY version) FROM schema_migrations";
    [setup.database.value(tables), setup.database.value(rows)]
}

/// What is told after the lines about single files.
fn error_of(outcome: &crate::support::Outcome) -> String {
    let text = outcome.filtered();
    text.lines().filter(|line| !line.starts_with("applied ")).collect::<Vec<_>>().join("\n")
}

#[test]
fn an_error_in_the_middle_of_a_message_has_the_right_file_line_and_caret() {
    let setup = tables(20);
    setup.project.migration("0011_t_11.sql", "-- migrate:up\nCREATE TABLE t_11 ();\n\n  SELECT 'ä', nope;\n");
    assert_snapshot!(error_of(&setup.up().fails(1)), @r#"
    exit code: 1
    ----- stdout
    ----- stderr
    error: migrations/0011_t_11.sql:4:15: column "nope" does not exist
      |
    4 |   SELECT 'ä', nope;
      |               ^
    SQLSTATE: 42703
    The transaction was rolled back: nothing of 0011 t_11 remains.
    Before it, 10 migrations were applied and stay so.
    database: [DATABASE] on [SOCKET_DIR]/.s.PGSQL.[PORT] as postgres
    "#);
    assert_eq!(done(&setup), ["1 2 3 4 5 6 7 8 9 10", "1 2 3 4 5 6 7 8 9 10"]);
}

#[test]
fn an_error_without_a_position_in_the_middle_of_a_message_points_at_its_statement() {
    let setup = tables(20);
    setup.project.migration(
        "0013_t_13.sql",
        "-- migrate:up\nCREATE TABLE t_13 ();\n\n  CREATE TABLE\n t_2 ();\nSELECT 1;\n",
    );
    let outcome = setup.up().fails(1);
    assert!(
        outcome.stderr.contains("error: migrations/0013_t_13.sql:4:3: relation \"t_2\" already exists\n")
    );
    assert!(outcome.stderr.contains("Before it, 12 migrations were applied"), "{}", outcome.stderr);
    let twelve = "1 2 3 4 5 6 7 8 9 10 11 12";
    assert_eq!(done(&setup), [twelve, twelve]);
}

#[test]
fn an_error_in_the_middle_of_a_way_down_leaves_the_files_before_it_applied() {
    let setup = tables(12);
    setup.up().success();
    setup.database.sql("CREATE VIEW v AS SELECT FROM t_4");
    let outcome = setup.run(&["down", "--all"]).fails(1);
    assert!(outcome.stderr.contains("error: migrations/0004_t_4.sql:5:1: cannot drop table t_4"));
    assert!(outcome.stderr.contains("Before it, 8 migrations were undone"), "{}", outcome.stderr);
    assert_eq!(done(&setup), ["1 2 3 4", "1 2 3 4"]);
}

#[test]
fn a_statement_timeout_in_the_middle_of_a_message_ends_one_file_alone() {
    let setup = tables(12);
    setup.project.migration("0010_t_10.sql", "-- migrate:up\nCREATE TABLE t_10 ();\nSELECT pg_sleep(60);\n");
    let database = setup.database.name();
    setup.database.sql(&format!("ALTER DATABASE {database} SET statement_timeout = '2s'"));
    assert_snapshot!(error_of(&setup.up().fails(1)), @r"
    exit code: 1
    ----- stdout
    ----- stderr
    error: migrations/0010_t_10.sql:3:1: canceling statement due to statement timeout
      |
    3 | SELECT pg_sleep(60);
      | ^
    SQLSTATE: 57014
    The transaction was rolled back: nothing of 0010 t_10 remains.
    Before it, 9 migrations were applied and stay so.
    database: [DATABASE] on [SOCKET_DIR]/.s.PGSQL.[PORT] as postgres
    ");
    assert_eq!(done(&setup), ["1 2 3 4 5 6 7 8 9", "1 2 3 4 5 6 7 8 9"]);
}

/// The limit stands for a disk that is full, which a test cannot make everywhere.
#[test]
fn too_little_room_on_the_disk_in_the_middle_of_a_message_ends_one_file_alone() {
    let setup = tables(12);
    let sort = "CREATE TABLE t_10 AS SELECT g FROM generate_series(1, 200000) g ORDER BY g DESC;\n";
    setup.project.migration("0010_t_10.sql", &format!("-- migrate:up\n{sort}"));
    let database = setup.database.name();
    setup.database.sql(&format!("ALTER DATABASE {database} SET temp_file_limit = '100kB'"));
    setup.database.sql(&format!("ALTER DATABASE {database} SET work_mem = '64kB'"));
    // PostgreSQL 18 puts the setting in quotes.
    let error = error_of(&setup.up().fails(1)).replace("\"temp_file_limit\"", "temp_file_limit");
    assert_snapshot!(error, @r"
    exit code: 1
    ----- stdout
    ----- stderr
    error: migrations/0010_t_10.sql:2:1: temporary file size exceeds temp_file_limit (100kB)
      |
    2 | CREATE TABLE t_10 AS SELECT g FROM generate_series(1, 200000) g ORDER BY g DESC;
      | ^
    SQLSTATE: 53400
    The transaction was rolled back: nothing of 0010 t_10 remains.
    Before it, 9 migrations were applied and stay so.
    database: [DATABASE] on [SOCKET_DIR]/.s.PGSQL.[PORT] as postgres
    ");
    assert_eq!(done(&setup), ["1 2 3 4 5 6 7 8 9", "1 2 3 4 5 6 7 8 9"]);
}

#[test]
fn only_the_last_commit_of_a_run_waits_for_the_disk() {
    let setup = Setup::new();
    setup.project.migration(
        "0001_watch.sql",
        "-- migrate:up\n\
         CREATE TABLE commits (n serial, version text, within text, at_commit text);\n\
         CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN\n\
         UPDATE public.commits SET at_commit = current_setting('synchronous_commit') WHERE version = NEW.version;\n\
         RETURN NULL; END $$;\n\
         CREATE CONSTRAINT TRIGGER note AFTER INSERT ON schema_migrations INITIALLY DEFERRED\n\
         FOR EACH ROW EXECUTE FUNCTION note();\n",
    );
    for number in 2..=9 {
        let note = format!(
            "-- migrate:up\nINSERT INTO commits (version, within) \
             VALUES ('{number}', current_setting('synchronous_commit'));\n"
        );
        setup.project.migration(&format!("{number}_note.sql"), &note);
    }
    let database = setup.database.name();
    setup.database.sql(&format!("ALTER DATABASE {database} SET synchronous_commit = on"));
    setup.up().success();
    let seen = setup.database.value("SELECT string_agg(version || at_commit, ' ' ORDER BY n) FROM commits");
    assert_eq!(seen, "2off 3off 4off 5off 6off 7off 8off 9on");
    assert_eq!(setup.database.value("SELECT string_agg(DISTINCT within, ' ') FROM commits"), "on");
}

#[tokio::test]
async fn events_come_one_per_file_in_order() {
    let setup = tables(40);
    let session = Session::connect(&Target::from_url(setup.database.url()).unwrap()).await.unwrap();
    let set = load_folder(&setup.project.path().join("migrations")).unwrap();
    let mut told = Vec::new();
    let mut listener = |event: Event<'_>| match event {
        Event::Started(steps) => {
            told.extend(steps.iter().map(|step| format!("started {}", step.version().unpadded())));
        }
        Event::Finished(report) => told.push(format!("finished {}", report.version.unpadded())),
        _ => {}
    };
    Migrator::new(session, set).run(&Goal::newest(), &mut listener).await.unwrap();
    for what in ["started", "finished"] {
        let numbers: Vec<String> = (1..=40).map(|number| format!("{what} {number}")).collect();
        let of_this: Vec<String> = told.iter().filter(|event| event.starts_with(what)).cloned().collect();
        assert_eq!(of_this, numbers);
    }
    // The first message holds one file, the second two, the third four.
    let expected =
        "started 1, finished 1, started 2, started 3, finished 2, finished 3, started 4, started 5";
    assert_eq!(told[..8].join(", "), expected);
}

#[test]
fn messages_stay_small_when_files_are_large() {
    let setup = Setup::new();
    let long = "x".repeat(100_000);
    for number in 1..=40 {
        let content = format!("-- migrate:up\nCREATE TABLE t_{number} ();\nSELECT '{long}';\n");
        setup.project.migration(&format!("{number:04}_t_{number}.sql"), &content);
    }
    let proxy = Proxy::new(server().socket(), std::time::Duration::ZERO);
    setup.project.pmdb(&["up"]).env("DATABASE_URL", proxy.url(setup.database.name())).run().success();
    assert_eq!(setup.database.value("SELECT count(*) FROM schema_migrations"), "40");
    let largest = proxy.longest_message();
    assert!(
        (200_000..600_000).contains(&largest),
        "{largest} bytes, for files of 100 kB that go there twice"
    );
}
