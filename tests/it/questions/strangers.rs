//! Who owns a table must not get code of his own run by a question about it.

use std::time::Duration;

use pmdb::impact::Outcome;

use super::{answers, asked};
use crate::support::Database;

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
        let Outcome::Unanswered { message } = &answer.outcome else { panic!("{trap}: {answer:?}") };
        assert!(message.starts_with("it could run "), "{trap}: {message}");
        database.sql(&format!("DROP OWNED BY {role} CASCADE; DROP ROLE {role}"));
    }
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
    assert_eq!(answers.iter().map(|answer| &answer.outcome).collect::<Vec<_>>(), [&Outcome::Rows(1)]);
}
