//! Rows that a deferred constraint has yet to look at: the server refuses to change their table.

use super::{list, plan, text};
use crate::support::{Setup, side_by_side};

const TABLES: &str = "-- migrate:up
CREATE TABLE p (id int PRIMARY KEY, n text);
CREATE TABLE t (id int PRIMARY KEY, p int REFERENCES p DEFERRABLE INITIALLY DEFERRED, n text,
    u int UNIQUE DEFERRABLE INITIALLY DEFERRED, late int REFERENCES p DEFERRABLE);
CREATE TABLE c (t int REFERENCES t DEFERRABLE INITIALLY DEFERRED);
CREATE TABLE plain (id int PRIMARY KEY, p int REFERENCES p);
CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE CONSTRAINT TRIGGER seen AFTER UPDATE ON plain DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION nothing();
CREATE TABLE parts (id int, p int REFERENCES p DEFERRABLE INITIALLY DEFERRED) PARTITION BY LIST (id);
CREATE TABLE parts_1 PARTITION OF parts FOR VALUES IN (1);
CREATE TABLE empty (id int PRIMARY KEY, p int REFERENCES p DEFERRABLE INITIALLY DEFERRED);
";

const ROWS: &str = "INSERT INTO p VALUES (1), (2); INSERT INTO t VALUES (1, 1, 'a', 1), (2, 2, 'b', 2); \
    INSERT INTO plain VALUES (1, 1); INSERT INTO parts VALUES (1, 1); ANALYZE";

const REFUSED: [&str; 21] = [
    "UPDATE t SET p = 2; ALTER TABLE t ADD x int",
    "UPDATE t SET p = 2; ALTER TABLE t ALTER p SET NOT NULL",
    "UPDATE t SET p = 2; CREATE INDEX t_n ON t (n)",
    "UPDATE t SET p = 2; CREATE UNIQUE INDEX t_n ON t (n)",
    "UPDATE t SET p = 2; DROP TABLE c; DROP TABLE t",
    "UPDATE t SET p = 2; TRUNCATE t CASCADE",
    "UPDATE t SET u = u + 1; ALTER TABLE t ADD x int",
    "UPDATE t SET id = id + 10; ALTER TABLE t ADD x int",
    "DELETE FROM t; ALTER TABLE t ADD x int",
    "INSERT INTO t (id, p) SELECT id + 5, p FROM t; ALTER TABLE t ADD x int",
    "UPDATE t SET p = 2; UPDATE p SET n = 'x'; ALTER TABLE p ADD x int; ALTER TABLE t ADD x int",
    "SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED; UPDATE t SET p = 2; ALTER TABLE t ADD x int",
    "SET CONSTRAINTS ALL DEFERRED; UPDATE t SET late = 2; ALTER TABLE t ADD x int",
    "UPDATE plain SET id = 5; ALTER TABLE plain ADD x int",
    "ALTER TABLE t ADD x int; UPDATE t SET p = 2; ALTER TABLE t ALTER x SET DEFAULT 1",
    "UPDATE t SET p = 2; DROP TABLE t CASCADE",
    "UPDATE t SET p = 2; ALTER TABLE t DROP CONSTRAINT t_p_fkey",
    "UPDATE t SET p = 2; CLUSTER t USING t_pkey",
    "UPDATE t SET p = 2; SET CONSTRAINTS t_u_key IMMEDIATE; ALTER TABLE t ADD x int",
    "UPDATE parts_1 SET p = 2; ALTER TABLE parts ADD x int",
    "CREATE TABLE n (id int, p int REFERENCES p DEFERRABLE INITIALLY DEFERRED); INSERT INTO n SELECT id, p FROM t; \
     ALTER TABLE n ADD x int",
];

const FINE: [&str; 20] = [
    "UPDATE t SET n = 'x'; ALTER TABLE t ADD x int",
    "UPDATE t SET late = 2; ALTER TABLE t ADD x int",
    "UPDATE t SET p = 2; ALTER TABLE t RENAME n TO m",
    "UPDATE t SET p = 2; ALTER TABLE t RENAME TO tt",
    "UPDATE t SET p = 2; ALTER TABLE p ADD x int",
    "UPDATE t SET p = 2; CREATE TABLE z (t int REFERENCES t)",
    "UPDATE t SET p = 2; COMMENT ON TABLE t IS 'x'",
    "UPDATE t SET p = 2; REINDEX TABLE t",
    "UPDATE t SET p = 2; SET CONSTRAINTS ALL IMMEDIATE; ALTER TABLE t ADD x int",
    "ALTER TABLE t ADD x int; UPDATE t SET p = 2",
    "DELETE FROM t; ALTER TABLE c ADD x int",
    "UPDATE plain SET p = 2 WHERE false; ALTER TABLE p ADD x int",
    "DELETE FROM plain; ALTER TABLE plain ADD x int",
    "ALTER TABLE t DROP CONSTRAINT t_p_fkey; UPDATE t SET p = 2; ALTER TABLE t ADD x int",
    "UPDATE empty SET p = 2; ALTER TABLE empty ADD x int",
    "INSERT INTO p VALUES (7); ALTER TABLE p ADD x int",
    "SET CONSTRAINTS ALL IMMEDIATE; UPDATE t SET p = 2; ALTER TABLE t ADD x int",
    "SET CONSTRAINTS t_p_fkey IMMEDIATE; UPDATE t SET p = 2; ALTER TABLE t ADD x int",
    "UPDATE t SET p = 2; SET CONSTRAINTS t_p_fkey, t_u_key IMMEDIATE; ALTER TABLE t ADD x int",
    "CREATE TABLE n (id int, p int REFERENCES p); INSERT INTO n SELECT id, p FROM t; ALTER TABLE n ADD x int",
];

#[test]
fn a_table_whose_rows_wait_for_a_deferred_constraint_is_told_where_up_fails_and_nowhere_else() {
    let cases = REFUSED.iter().map(|file| (*file, true)).chain(FINE.iter().map(|file| (*file, false)));
    let cases: Vec<(&str, bool)> = cases.collect();
    let wrong = side_by_side(&cases, |(file, fails)| {
        let setup = Setup::with(&[("0001_tables.sql", TABLES)]);
        setup.up().success();
        setup.database.sql(ROWS);
        setup.project.migration("0002_file.sql", &format!("-- migrate:up\n{file};\n"));
        let document = plan(&setup, &["--json"]).success().json();
        let own = list(&document["findings"]).filter(|one| one["rule"] == "pending-trigger-events");
        let said: Vec<&str> = own.map(|one| text(&one["what"])).collect();
        let up = setup.run(&["up"]);
        let is = up.stderr.contains("pending trigger events");
        let is_wrong = said.is_empty() == *fails || is != *fails;
        is_wrong.then(|| format!("{file}: plan says {said:?}, it is {is}: {}", up.stderr))
    });
    let wrong: Vec<String> = wrong.into_iter().flatten().collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_file_outside_of_a_transaction_has_nothing_pending() {
    let setup = Setup::with(&[("0001_tables.sql", TABLES)]);
    setup.up().success();
    setup.database.sql(ROWS);
    let file = "-- migrate:up transaction:false\nUPDATE t SET p = 2;\nALTER TABLE t ADD x int;\n";
    setup.project.migration("0002_file.sql", file);
    let document = plan(&setup, &["--json"]).success().json();
    assert!(list(&document["findings"]).all(|one| one["rule"] != "pending-trigger-events"), "{document:#}");
    setup.up().success();
}
