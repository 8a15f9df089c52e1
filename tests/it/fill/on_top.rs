//! Keys whose values are taken in part: how many rows fit beside those that are there.

use crate::support::{Database, Project};

const SCHEMA: &str = "CREATE TYPE e AS ENUM ('a', 'b', 'c', 'd', 'e');
    CREATE TABLE u (e e PRIMARY KEY); INSERT INTO u VALUES ('a'), ('c');
    CREATE TABLE b (x bool PRIMARY KEY); INSERT INTO b VALUES (true);
    CREATE TABLE bits (x bit(2) PRIMARY KEY); INSERT INTO bits VALUES ('11'), ('00'), ('01');
    CREATE TABLE uu (a e, b e, PRIMARY KEY (a, b)); INSERT INTO uu SELECT 'a', x FROM unnest(enum_range(NULL::e)) AS x;
    CREATE TABLE p (id int PRIMARY KEY); INSERT INTO p SELECT generate_series(1, 15);
    CREATE TABLE q (id int PRIMARY KEY); INSERT INTO q SELECT generate_series(1, 15);
    CREATE TABLE l (p int REFERENCES p, q int REFERENCES q, PRIMARY KEY (p, q)); INSERT INTO l SELECT p.id, q.id FROM p, q ORDER BY 1, 2 LIMIT 100;
    CREATE TABLE one (p int PRIMARY KEY REFERENCES p); INSERT INTO one VALUES (3), (5)";

#[test]
fn as_many_rows_fit_as_an_error_says_and_they_are_made() {
    let db = Database::new();
    db.sql(SCHEMA);
    let fill = |asked: &str| Project::new().pmdb(&["fill", asked]).database(&db).run();
    for (table, most) in [("u", 3), ("b", 1), ("bits", 1), ("uu", 20), ("l", 125), ("one", 13)] {
        for asked in [most + 1, 1000] {
            let stderr = fill(&format!("{table}={asked}")).fails(1).stderr;
            assert!(stderr.contains(&format!("hint: {table}={most} is the most")), "{asked}: {stderr}");
        }
        fill(&format!("{table}={most}")).success();
        let stderr = fill(&format!("{table}=1")).fails(1).stderr;
        assert!(stderr.contains("allows 0") && stderr.contains("--truncate"), "{table}: {stderr}");
    }
}

#[test]
fn where_null_may_stand_in_a_key_rows_beyond_its_combinations_have_it_on_top_of_others_too() {
    let db = Database::new();
    db.sql(
        "CREATE TYPE e AS ENUM ('a', 'b'); CREATE TABLE p (id int PRIMARY KEY); INSERT INTO p SELECT generate_series(1, 4);
         CREATE TABLE t (p int REFERENCES p, e e, UNIQUE (p, e)); INSERT INTO t VALUES (1, 'a'), (2, 'b')",
    );
    Project::new().pmdb(&["fill", "t=50"]).database(&db).run().success();
    assert_eq!(db.value("SELECT count(*) FROM t"), "52");
    assert_eq!(db.value("SELECT count(*) FROM t WHERE p IS NOT NULL AND e IS NOT NULL"), "8");
}

#[test]
fn a_check_that_the_server_cannot_compute_by_itself_is_named() {
    let db = Database::new();
    db.sql(
        "CREATE TABLE o (id int PRIMARY KEY, most int NOT NULL);
         CREATE FUNCTION fits(int) RETURNS bool LANGUAGE sql AS 'SELECT NOT EXISTS (SELECT FROM o WHERE most < $1)';
         CREATE TABLE t (id int PRIMARY KEY, n int NOT NULL, m int NOT NULL CHECK (m > 3), CONSTRAINT fits CHECK (fits(n)))",
    );
    let fill = || Project::new().pmdb(&["fill", "t=30"]).database(&db).run();
    let stderr = fill().fails(1).stderr;
    let said = "t cannot be filled: the server cannot compute fits where no schema is on the path: relation \"o\" does not exist";
    assert!(stderr.contains(said) && stderr.contains("hint: "), "{stderr}");
    assert_eq!(db.value("SELECT count(*) FROM t"), "0");
    db.sql("ALTER FUNCTION fits SET search_path = public");
    fill().success();
}

#[test]
fn a_check_whose_function_finds_its_tables_by_the_path_of_the_session_is_met() {
    let db = Database::new();
    db.sql(
        "CREATE TABLE o (most int NOT NULL); INSERT INTO o VALUES (40);
         CREATE FUNCTION fits(n int) RETURNS bool LANGUAGE plpgsql AS 'BEGIN RETURN NOT EXISTS (SELECT FROM o WHERE most < n); END';
         CREATE TABLE t (a int NOT NULL, n int NOT NULL, UNIQUE (a, n), CONSTRAINT fits CHECK (n > 3 AND fits(n)))",
    );
    Project::new().pmdb(&["fill", "t=300"]).database(&db).run().success();
    assert_eq!(db.value("SELECT count(*) || ' ' || bool_and(n <= 40) FROM t"), "300 true");
    // Names of the check itself are still the server's own.
    db.sql("CREATE FUNCTION more(int, int) RETURNS bool LANGUAGE sql AS 'SELECT false'; CREATE OPERATOR > (FUNCTION = more, LEFTARG = int, RIGHTARG = int)");
    Project::new().pmdb(&["fill", "t=30"]).database(&db).run().success();
}

#[test]
fn a_check_that_asks_its_function_about_some_rows_alone_is_named() {
    let db = Database::new();
    db.sql(
        "CREATE TABLE o (most int NOT NULL);
         CREATE FUNCTION fits(int) RETURNS bool LANGUAGE sql AS 'SELECT NOT EXISTS (SELECT FROM o WHERE most < $1)';
         CREATE TABLE t (a int NOT NULL, n int NOT NULL, UNIQUE (a, n), CONSTRAINT few CHECK (a > 3 AND fits(n)))",
    );
    let stderr = Project::new().pmdb(&["fill", "t=300"]).database(&db).run().fails(1).stderr;
    assert!(stderr.contains("t cannot be filled: the server cannot compute few"), "{stderr}");
}
