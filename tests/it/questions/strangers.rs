//! Who owns a table must not get code of his own run by a question about it.

use std::thread;
use std::time::Duration;

use pmdb::impact::RowCount;

use super::{answers, asked};
use crate::support::{Database, Setup};

#[test]
fn no_question_runs_what_the_owner_of_a_table_has_put_into_its_place() {
    let questions = asked("CREATE TABLE t (a int)", &["ALTER TABLE t ALTER a SET NOT NULL"]);
    for trap in [
        "CREATE INDEX ON t ((a + evil(1)))",
        "CREATE INDEX ON t (a) WHERE evil(2) > 0",
        "CREATE STATISTICS s ON (a + evil(3)), (a + 1) FROM t",
        "CREATE TABLE child () INHERITS (t); CREATE INDEX ON child ((a + evil(4)))",
        "ALTER TABLE t RENAME TO was; CREATE VIEW t AS SELECT evil(5) AS a",
        "ALTER TABLE t RENAME TO was; CREATE VIEW t AS SELECT pg_sleep(0)::text::int AS a",
    ] {
        let database = Database::new();
        let role = format!("mallory_{}", database.name());
        database.sql(&format!(
            "CREATE ROLE {role}; GRANT CREATE, USAGE ON SCHEMA public TO {role};
             CREATE SEQUENCE runs; GRANT ALL ON SEQUENCE runs TO PUBLIC; SET ROLE {role};
             CREATE FUNCTION really(n int) RETURNS int LANGUAGE plpgsql VOLATILE AS
                 'BEGIN IF current_user = ''postgres'' THEN RAISE ''it runs''; END IF; RETURN n; END';
             CREATE FUNCTION evil(n int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN public.really(n); END';
             CREATE TABLE t (a int); INSERT INTO t VALUES (1); {trap}; RESET ROLE"
        ));
        let answers = answers(database.url(), &questions, Duration::from_secs(5));
        let [answer] = answers.as_slice() else { panic!("{answers:?}") };
        let RowCount::Unanswered { message } = &answer.outcome else { panic!("{trap}: {answer:?}") };
        assert!(message.starts_with("it could run "), "{trap}: {message}");
        database.sql(&format!("DROP OWNED BY {role} CASCADE; DROP ROLE {role}"));
    }
}

/// Since version 16, a value is read as a type whose name stands in a string.
#[test]
fn no_question_runs_the_checks_of_a_strangers_domain() {
    let schema = "CREATE DOMAIN amount AS int; CREATE TABLE t (a text)";
    let questions = asked(schema, &["ALTER TABLE t ALTER a TYPE amount USING a::amount"]);
    let database = Database::new();
    let role = format!("mallory_{}", database.name());
    database.sql(&format!(
        "CREATE ROLE {role}; GRANT CREATE, USAGE ON SCHEMA public TO {role}; CREATE TABLE t (a text); INSERT INTO t VALUES ('1');
         SET ROLE {role};
         CREATE FUNCTION evil(n int) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RAISE ''it runs''; END';
         CREATE DOMAIN amount AS int CHECK (public.evil(VALUE)); RESET ROLE"
    ));
    let answers = answers(database.url(), &questions, Duration::from_secs(5));
    match &answers[0].outcome {
        // Since 16, the server says of a text whether it is a number, without the domain.
        RowCount::None if database.value("SHOW server_version_num").parse::<u32>().unwrap() >= 160_000 => {}
        RowCount::Unanswered { message } => assert!(message.starts_with("it could run "), "{message}"),
        _ => panic!("{answers:?}"),
    }
    database.sql(&format!("DROP OWNED BY {role} CASCADE; DROP ROLE {role}"));
}

/// A table of a stranger's, and a check whose question takes its time.
const SLOW: &str = "CREATE FUNCTION public.slow(n int) RETURNS boolean LANGUAGE plpgsql AS
     'BEGIN PERFORM pg_sleep(2); RETURN n > 0; END'";

#[test]
fn the_owner_of_a_table_changes_nothing_of_it_between_the_look_and_the_end_of_the_question() {
    let schema = format!("{SLOW}; CREATE TABLE t (a int)");
    let questions = asked(&schema, &["ALTER TABLE t ADD CONSTRAINT c CHECK (public.slow(a))"]);
    let setup = Setup::new();
    let role = format!("mallory_{}", setup.database.name());
    setup.database.sql(&format!(
        "{schema}; INSERT INTO t VALUES (0); CREATE ROLE {role}; GRANT CREATE ON SCHEMA public TO {role}; ALTER TABLE t OWNER TO {role}"
    ));
    thread::scope(|scope| {
        let asking = scope.spawn(|| answers(setup.database.url(), &questions, Duration::from_secs(30)));
        setup.wait_until("EXISTS (SELECT FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database())");
        for change in [
            "CREATE INDEX ON t ((a + 1))",
            "CREATE STATISTICS s ON (a + 1), (a + 2) FROM t",
            "CREATE TABLE child () INHERITS (t)",
            "ALTER TABLE t RENAME TO was",
        ] {
            let change = format!("SET ROLE {role}; SET lock_timeout = '50ms'; {change}");
            let error = format!("{:?}", setup.database.try_sql(&change).unwrap_err());
            assert!(error.contains("lock timeout"), "{change}: {error}");
        }
        // Those who work with its rows do not mind.
        setup
            .database
            .sql("SET lock_timeout = '50ms'; INSERT INTO t VALUES (1); UPDATE t SET a = 2 WHERE a = 1");
        let answers = asking.join().unwrap();
        assert_eq!(answers[0].outcome, RowCount::Rows(1), "{answers:?}");
    });
    setup.database.sql(&format!("DROP OWNED BY {role} CASCADE; DROP ROLE {role}"));
}

#[test]
fn a_role_that_cannot_keep_the_owner_of_a_table_from_changing_it_does_not_ask() {
    let questions = asked("CREATE TABLE t (a int)", &["ALTER TABLE t ALTER a SET NOT NULL"]);
    let database = Database::new();
    let (owner, reader) = (format!("owner_{}", database.name()), format!("reader_{}", database.name()));
    database.sql(&format!(
        "CREATE TABLE t (a int); CREATE ROLE {owner}; CREATE ROLE {reader} LOGIN; ALTER TABLE t OWNER TO {owner};
         GRANT SELECT ON t TO {reader}"
    ));
    let url = database.url().replace("postgres@", &format!("{reader}@"));
    let answers = answers(&url, &questions, Duration::from_secs(5));
    let RowCount::Unanswered { message } = &answers[0].outcome else { panic!("{answers:?}") };
    assert!(message.contains("this role may not lock it"), "{message}");
    database.sql(&format!("DROP OWNED BY {owner}, {reader} CASCADE; DROP ROLE {owner}, {reader}"));
}

#[test]
fn what_the_current_role_has_written_itself_may_run_in_a_question() {
    let questions = asked("CREATE TABLE t (a int)", &["ALTER TABLE t ALTER a SET NOT NULL"]);
    let database = Database::new();
    database.sql(
        "CREATE FUNCTION own(n int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN n; END';
         CREATE TABLE t (a int); CREATE INDEX ON t (own(a)); INSERT INTO t VALUES (NULL)",
    );
    let answers = answers(database.url(), &questions, Duration::from_secs(5));
    assert_eq!(answers.iter().map(|answer| &answer.outcome).collect::<Vec<_>>(), [&RowCount::Rows(1)]);
}
