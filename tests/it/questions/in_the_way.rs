//! What keeps the target from answering, and what it must not do for an answer.

use std::sync::Arc;
use std::time::Duration;

use pmdb::catalog::{Catalog, Lineage};
use pmdb::impact::{
    ChangedRows, FileTrace, HalfStage, Question, Relation, RelationKind, RelationStats, RowAnswer, RowCount,
    RowWork, TargetName, TargetStats, questions,
};
use pmdb::postgres::{Estimated, Inquiry, estimate_rows};
use pmdb::{Session, Target};

use super::{answers, asked, catalog, half, run};
use crate::support::{Database, Mode, Replicas, Server, Setup, wait_until};

const LIMIT: Duration = Duration::from_secs(5);
const SCHEMA: &str = "CREATE TABLE t (a int, b text)";

/// A question about all rows of `t`.
fn about_nulls() -> Vec<Question> {
    asked(SCHEMA, &["ALTER TABLE t ALTER a SET NOT NULL"])
}

fn outcomes(answers: &[RowAnswer]) -> Vec<&RowCount> {
    answers.iter().map(|answer| &answer.outcome).collect()
}

#[test]
fn a_locked_table_is_not_waited_for() {
    let setup = Setup::new();
    setup.database.sql(SCHEMA);
    let held = setup.hold("BEGIN; LOCK TABLE t");
    assert_eq!(outcomes(&answers(setup.database.url(), &about_nulls(), LIMIT)), [&RowCount::Locked]);
    drop(held);
}

#[test]
fn a_role_that_may_not_read_all_rows_gets_no_answer() {
    let database = Database::new();
    let role = format!("poor_{}", database.name());
    database.sql(&format!("{SCHEMA}; INSERT INTO t VALUES (NULL); CREATE ROLE {role} LOGIN"));
    let url = database.url().replace("postgres@", &format!("{role}@"));
    assert_eq!(outcomes(&answers(&url, &about_nulls(), LIMIT)), [&RowCount::NotAllowed]);
    // A policy that hides rows would make a wrong answer of it.
    database.sql(&format!("ALTER TABLE t ENABLE ROW LEVEL SECURITY; GRANT SELECT ON t TO {role}"));
    assert_eq!(outcomes(&answers(&url, &about_nulls(), LIMIT)), [&RowCount::NotAllowed]);
    database.sql("ALTER TABLE t DISABLE ROW LEVEL SECURITY");
    assert_eq!(outcomes(&answers(&url, &about_nulls(), LIMIT)), [&RowCount::Rows(1)]);
    database.sql(&format!("DROP OWNED BY {role}; DROP ROLE {role}"));
}

#[test]
fn what_the_target_does_not_have_yet_is_said() {
    let database = Database::new();
    let answers = answers(database.url(), &about_nulls(), LIMIT);
    let [RowCount::NotThere { message }] = outcomes(&answers)[..] else { panic!("{answers:?}") };
    assert!(message.starts_with("relation \"public.t\" does not exist"), "{message}");
}

#[test]
fn the_time_limit_ends_a_question_and_the_next_one_is_answered() {
    let schema = format!(
        "{SCHEMA}; CREATE FUNCTION public.slow(int) RETURNS boolean LANGUAGE plpgsql AS \
         'BEGIN PERFORM pg_sleep(1000); RETURN true; END'"
    );
    let questions = asked(
        &schema,
        &[
            "ALTER TABLE t ADD CONSTRAINT c CHECK (public.slow(a))",
            "ALTER TABLE t ADD CONSTRAINT d CHECK (a > 0)",
        ],
    );
    let database = Database::new();
    database.sql(&format!("{schema}; INSERT INTO t VALUES (0)"));
    let answers = answers(database.url(), &questions, Duration::from_millis(200));
    assert_eq!(outcomes(&answers), [&RowCount::TimedOut, &RowCount::Rows(1)]);
}

/// The condition of a CHECK is somebody's code.
#[test]
fn what_a_condition_does_beside_is_refused_or_undone() {
    let schema = format!(
        "{SCHEMA}; CREATE TABLE log (a int); CREATE FUNCTION public.writes(int) RETURNS boolean LANGUAGE plpgsql AS \
         'BEGIN INSERT INTO public.log VALUES ($1); RETURN true; END'; \
         CREATE FUNCTION public.unreadable(int) RETURNS boolean LANGUAGE plpgsql AS \
         'BEGIN SET transaction_read_only = off; INSERT INTO public.log VALUES ($1); RETURN true; END'"
    );
    let questions = asked(
        &schema,
        &[
            "ALTER TABLE t ADD CONSTRAINT c CHECK (public.writes(a))",
            "ALTER TABLE t ADD CONSTRAINT d CHECK (public.unreadable(a))",
        ],
    );
    let database = Database::new();
    database.sql(&format!("{schema}; INSERT INTO t VALUES (0)"));
    let answers = answers(database.url(), &questions, LIMIT);
    for outcome in outcomes(&answers) {
        assert!(
            matches!(outcome, RowCount::Unanswered { message } if message.contains("SQLSTATE 25")),
            "{outcome:?}"
        );
    }
    assert_eq!(database.value("SELECT count(*) FROM log"), "0");
}

/// Names in pmdb's own SQL, and in what the catalog has written down, are not looked up where others may write.
#[test]
fn a_function_of_the_same_name_in_public_is_not_called() {
    let database = Database::new();
    database.sql(&format!(
        "{SCHEMA}; INSERT INTO t VALUES (1, 'a'), (1, 'a'); \
         CREATE FUNCTION public.count(int) RETURNS bigint LANGUAGE sql AS 'SELECT 7'; \
         CREATE FUNCTION public.lower(text) RETURNS text LANGUAGE sql AS $$SELECT 'b'$$; \
         CREATE FUNCTION public.no(int, int) RETURNS boolean LANGUAGE sql AS 'SELECT false'; \
         CREATE OPERATOR public.> (LEFTARG = int, RIGHTARG = int, FUNCTION = public.no)"
    ));
    database.sql(&format!("ALTER DATABASE {} SET search_path = public, pg_catalog", database.name()));
    let questions = asked(SCHEMA, &["CREATE UNIQUE INDEX i ON t (lower(b), a) WHERE a > 0"]);
    assert_eq!(outcomes(&answers(database.url(), &questions, LIMIT)), [&RowCount::Rows(1)]);
}

#[test]
fn a_million_rows_are_answered() {
    // On a machine that does nothing else, each takes less than the usual limit of 5 s.
    let limit = Duration::from_secs(300);
    let schema = "CREATE TABLE u (id bigint PRIMARY KEY); CREATE TABLE t (a bigint, b text, c bigint)";
    let questions = asked(
        schema,
        &[
            "ALTER TABLE t ALTER a SET NOT NULL",
            "ALTER TABLE t ADD UNIQUE (b)",
            "ALTER TABLE t ADD FOREIGN KEY (c) REFERENCES u",
            "ALTER TABLE t ADD CHECK (a > 0)",
            "ALTER TABLE t ALTER b TYPE varchar(40)",
        ],
    );
    // Whether a text is too large for an index is the sixth.
    assert_eq!(questions.len(), 6, "{questions:?}");
    let database = Database::new();
    database.sql(&format!(
        "{schema}; INSERT INTO u SELECT n FROM generate_series(1, 1000) n; \
         INSERT INTO t SELECT n, md5(n::text), n % 1000 + 1 FROM generate_series(1, 1000000) n"
    ));
    let answers = answers(database.url(), &questions, limit);
    assert_eq!(outcomes(&answers), [&RowCount::None; 6], "{answers:?}");
}

#[test]
fn nothing_is_written_for_an_answer() {
    let own = Server::own();
    let database = Database::on(&own);
    database.sql(&format!("{SCHEMA}; INSERT INTO t SELECT n, 'a' FROM generate_series(1, 1000) n"));
    database.sql("VACUUM (FREEZE)");
    database.sql("CHECKPOINT");
    let questions = asked(SCHEMA, &["ALTER TABLE t ADD UNIQUE (a)", "ALTER TABLE t DROP b"]);
    let written = || database.value("SELECT pg_current_wal_insert_lsn()");
    // The server's own processes write now and then.
    let quiet = (0..20).any(|_| {
        let before = written();
        answers(database.url(), &questions, LIMIT);
        estimate(&database, "UPDATE t SET a = 1", None);
        written() == before
    });
    assert!(quiet);
}

#[test]
fn a_standby_answers() {
    let Some(replicas) = Replicas::new(Mode::Asynchronous) else { return };
    let database = Database::at(&replicas.url());
    database.sql(&format!("{SCHEMA}; INSERT INTO t VALUES (NULL); ANALYZE t"));
    let url =
        replicas.url_for("prefer-standby").replace("dbname=postgres", &format!("dbname={}", database.name()));
    wait_until("the standby has the rows", || {
        run(async { Session::connect(&Target::from_url(&url).unwrap()).await.is_ok() })
            && outcomes(&answers(&url, &about_nulls(), LIMIT)) == [&RowCount::Rows(1)]
    });
    let rows = run(async {
        let session = Session::connect(&Target::from_url(&url).unwrap()).await.unwrap();
        let statement = Estimated { text: "DELETE FROM t", tables: &[], changed: None };
        estimate_rows(&Inquiry::new(&session), statement, None).await.changed
    });
    assert_eq!(rows, ChangedRows::Planned { rows: 1 });
}

/// A file that repairs the rows first does not fail by them.
#[test]
fn rows_that_are_changed_before_they_matter_are_told() {
    let (before, after) = (Database::new(), Database::new());
    before.sql(SCHEMA);
    after.sql("CREATE TABLE t (a int NOT NULL, b text)");
    let (before, after) = (Arc::new(catalog(&before)), Arc::new(catalog(&after)));
    let relation = Relation {
        schema: "public".to_owned(),
        name: "t".to_owned(),
        kind: RelationKind::Table,
        on_target: None,
        of: None,
    };
    let stage = |count: usize, after: &Arc<Catalog>| HalfStage {
        statements: 0..count,
        before: Arc::clone(&before),
        after: Arc::clone(after),
        lineage: Lineage::default(),
    };
    let update = ("UPDATE t SET a = 0", RowWork::ChangedRows(relation.clone()));
    let set = ("ALTER TABLE t ALTER a SET NOT NULL", RowWork::Scan(relation));
    let file = |version: &str, statements: &[&(&str, RowWork)], after: &Arc<Catalog>| {
        let texts: Vec<&str> = statements.iter().map(|(text, _)| *text).collect();
        let mut file = FileTrace { stages: vec![stage(statements.len(), after)], ..half(version, &texts) };
        for (statement, (_, work)) in file.statements.iter_mut().zip(statements) {
            statement.work.push(work.clone());
        }
        file
    };
    let changed = |halves: &[FileTrace]| {
        let questions = questions(halves).pop().unwrap();
        let [question] = &questions[..] else { panic!("one question: {questions:?}") };
        question.changed_before.as_ref().map(|before| (before.version.to_string(), before.location.line))
    };
    assert_eq!(changed(&[file("0003", &[&update, &set], &after)]), Some(("0003".to_owned(), 3)));
    assert_eq!(changed(&[file("0003", &[&set, &update], &after)]), None);
    let halves = [file("0002", &[&update], &before), file("0003", &[&set], &after)];
    assert_eq!(changed(&halves), Some(("0002".to_owned(), 3)));
}

fn estimate(database: &Database, statement: &str, rows: Option<u64>) -> ChangedRows {
    let name = TargetName { schema: "public".to_owned(), name: "t".to_owned() };
    let table = Relation {
        schema: name.schema.clone(),
        name: name.name.clone(),
        kind: RelationKind::Table,
        on_target: Some(name),
        of: None,
    };
    let of_table = RelationStats { rows, ..RelationStats::default() };
    let relations = [("public".to_owned(), [("t".to_owned(), of_table)].into())].into();
    let stats = TargetStats { relations, ..TargetStats::default() };
    run(async {
        let session = Session::connect(&Target::from_url(database.url()).unwrap()).await.unwrap();
        let statement = Estimated { text: statement, tables: &[], changed: Some(&table) };
        estimate_rows(&Inquiry::new(&session), statement, Some(&stats)).await.changed
    })
}

#[test]
fn the_planner_tells_how_many_rows_a_statement_changes() {
    let database = Database::new();
    database
        .sql(&format!("{SCHEMA}; INSERT INTO t SELECT n, 'x' FROM generate_series(1, 10000) n; ANALYZE t"));
    for (statement, least, most) in [
        ("UPDATE t SET b = 'y'", 10_000, 10_000),
        ("UPDATE t SET b = 'y' WHERE a <= 100", 90, 110),
        ("DELETE FROM t WHERE a = 7;", 1, 1),
        ("INSERT INTO t SELECT a + 1, b FROM t", 10_000, 10_000),
        ("INSERT INTO t VALUES (1, 'x'), (2, 'y')", 2, 2),
        ("WITH d AS (DELETE FROM t RETURNING *) INSERT INTO t SELECT * FROM d", 20_000, 20_000),
    ] {
        let ChangedRows::Planned { rows } = estimate(&database, statement, None) else {
            panic!("{statement}")
        };
        assert!((least..=most).contains(&rows), "{statement}: {rows}");
    }
    assert_eq!(database.value("SELECT count(*) FROM t WHERE b = 'x'"), "10000");
}

#[test]
fn where_the_planner_is_not_asked_the_table_has_no_more_rows_than_it_has() {
    let database = Database::new();
    database.sql(&format!(
        "{SCHEMA}; CREATE FUNCTION public.f(int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS \
         'BEGIN RAISE EXCEPTION ''called''; END'; CREATE VIEW v AS SELECT a FROM t WHERE a = f(1); \
         CREATE TABLE u (a int, CHECK (f(a) > 0))"
    ));
    for (statement, why) in [
        ("UPDATE t SET a = f(1)", "planning it could run the function f"),
        ("UPDATE t SET a = \"f\" (1)", "planning it could run the function f"),
        ("UPDATE v SET a = 1", "planning it could run code of users or of another server, by way of v"),
        ("DELETE FROM u", "planning it could run code of users or of another server, by way of u"),
        ("UPDATE t SET a = 1 WHERE txid_current() = 1", "planning it could run the function txid_current"),
        ("UPDATE later SET a = 1", "it names what the target does not have yet"),
        ("UPDATE t SET later = 1", "it names what the target does not have yet"),
    ] {
        let rows = estimate(&database, statement, Some(5));
        assert_eq!(rows, ChangedRows::AtMost { rows: 5, why: why.to_owned() }, "{statement}");
        let rows = estimate(&database, statement, None);
        assert_eq!(rows, ChangedRows::Unknown { why: why.to_owned() }, "{statement}");
    }
    let rows = estimate(&database, "INSERT INTO t SELECT f(1)", Some(5));
    assert!(matches!(rows, ChangedRows::Unknown { .. }), "{rows:?}");
}

#[test]
fn an_estimate_waits_for_no_lock_and_runs_no_second_statement() {
    let setup = Setup::new();
    setup.database.sql(SCHEMA);
    let held = setup.hold("BEGIN; LOCK TABLE t");
    let why = "another session has locked the table".to_owned();
    assert_eq!(estimate(&setup.database, "DELETE FROM t", Some(5)), ChangedRows::AtMost { rows: 5, why });
    drop(held);
    setup.database.sql("INSERT INTO t VALUES (1)");
    let rows = estimate(&setup.database, "DELETE FROM t; COMMIT; DELETE FROM t", None);
    assert!(matches!(rows, ChangedRows::Unknown { .. }), "{rows:?}");
    assert_eq!(setup.database.value("SELECT count(*) FROM t"), "1");
}
