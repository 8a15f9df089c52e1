//! Privileges on what takes the place of something else.

use super::case;

const GIVEN: &str = "CREATE TABLE t (id int PRIMARY KEY, n int); GRANT SELECT, INSERT ON t TO pg_monitor;\n\
    CREATE TABLE c (id int, n int); GRANT SELECT (id) ON c TO pg_monitor;\n\
    CREATE TABLE p (id int PRIMARY KEY, n int);\n\
    CREATE VIEW v AS SELECT 1 AS n; GRANT SELECT ON v TO pg_monitor;\n\
    CREATE FUNCTION f(a int) RETURNS int LANGUAGE sql AS 'SELECT 1'; REVOKE ALL ON FUNCTION f FROM PUBLIC; GRANT EXECUTE ON FUNCTION f TO pg_monitor;\n\
    CREATE FUNCTION open(a int) RETURNS int LANGUAGE sql AS 'SELECT 1'; GRANT EXECUTE ON FUNCTION open TO pg_monitor";

#[test]
fn what_takes_the_place_of_something_needs_its_privileges() {
    const READS: &str = "SET LOCAL ROLE pg_monitor; SELECT id FROM t";
    const WRITES: &str = "SET LOCAL ROLE pg_monitor; INSERT INTO t VALUES (1, 1)";
    const READS_ID: &str = "SET LOCAL ROLE pg_monitor; SELECT id FROM c";
    const READS_VIEW: &str = "SET LOCAL ROLE pg_monitor; SELECT n FROM v";
    const CALLS: &str = "SET LOCAL ROLE pg_monitor; SELECT f(1)";
    let lost = Some("privileges-lost");
    for case in [
        case("ALTER TABLE t RENAME TO tn; CREATE VIEW t AS SELECT * FROM tn", READS, lost),
        case(
            "ALTER TABLE t RENAME TO tn; CREATE VIEW t AS SELECT * FROM tn; GRANT SELECT ON t TO pg_monitor",
            WRITES,
            lost,
        ),
        case(
            "CREATE TABLE n (LIKE t INCLUDING ALL); ALTER TABLE t RENAME TO old; ALTER TABLE n RENAME TO t",
            READS,
            lost,
        ),
        case("ALTER TABLE c RENAME TO cn; CREATE VIEW c AS SELECT * FROM cn", READS_ID, lost),
        case("DROP VIEW v; CREATE MATERIALIZED VIEW v AS SELECT 1 AS n", READS_VIEW, lost),
        case("ALTER VIEW v RENAME TO w; CREATE VIEW v AS SELECT n FROM w", READS_VIEW, lost),
        case(
            "DROP FUNCTION f; CREATE FUNCTION f(a int, b int DEFAULT 0) RETURNS int LANGUAGE sql AS 'SELECT 1'; \
             REVOKE ALL ON FUNCTION f FROM PUBLIC",
            CALLS,
            lost,
        ),
        case(
            "ALTER TABLE t RENAME TO tn; CREATE VIEW t AS SELECT * FROM tn; GRANT INSERT, SELECT ON t TO pg_monitor",
            WRITES,
            None,
        ),
        case(
            "ALTER TABLE t RENAME TO tn; CREATE VIEW t AS SELECT * FROM tn; GRANT ALL ON t TO pg_monitor",
            WRITES,
            None,
        ),
        case(
            "ALTER TABLE c RENAME TO cn; CREATE VIEW c AS SELECT * FROM cn; GRANT SELECT ON c TO pg_monitor",
            READS_ID,
            None,
        ),
        case(
            "DROP FUNCTION f; CREATE FUNCTION f(a int, b int DEFAULT 0) RETURNS int LANGUAGE sql AS 'SELECT 1'; \
             REVOKE ALL ON FUNCTION f FROM PUBLIC; GRANT EXECUTE ON FUNCTION f TO pg_monitor",
            CALLS,
            None,
        ),
        case(
            "DROP FUNCTION open; CREATE FUNCTION open(a int, b int DEFAULT 0) RETURNS int LANGUAGE sql AS 'SELECT 1'",
            "SET LOCAL ROLE pg_monitor; SELECT open(1)",
            None,
        ),
        case(
            "DROP FUNCTION open; CREATE FUNCTION open(a int) RETURNS int LANGUAGE sql AS 'SELECT 1'; \
             REVOKE ALL ON FUNCTION open FROM PUBLIC",
            "SET LOCAL ROLE pg_monitor; SELECT open(1)",
            lost,
        ),
        case("DROP VIEW v; CREATE VIEW v AS SELECT 2 AS n; GRANT SELECT ON v TO PUBLIC", READS_VIEW, None),
        case(
            "ALTER TABLE p RENAME TO pn; CREATE VIEW p AS SELECT * FROM pn",
            "INSERT INTO p VALUES (1, 1)",
            None,
        ),
        case(
            "ALTER TABLE p RENAME TO pn; CREATE VIEW p AS SELECT id FROM pn",
            "SELECT n FROM p",
            Some("renamed-table"),
        ),
    ] {
        case.holds(GIVEN, "SELECT 1");
    }
}
