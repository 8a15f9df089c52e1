//! What counts as an index that serves, one that is there twice, and one that is redundant.

use super::{after, found, only_fix, run};
use crate::support::{Database, is_at_least};

const NOTHING: [&str; 0] = [];

/// Two tables, the second with a foreign key of two columns to the first.
const PAIR: &str = "CREATE TABLE p (a int NOT NULL, b int NOT NULL, PRIMARY KEY (a, b));
    CREATE TABLE c (id bigint PRIMARY KEY, x int NOT NULL, y int NOT NULL, z int[] NOT NULL,
        FOREIGN KEY (x, y) REFERENCES p);";

#[test]
fn an_index_serves_a_foreign_key_if_it_begins_with_its_columns_in_any_order() {
    let finding = ["foreign-key-without-index public.c (x, y)"];
    for serves in ["(x, y)", "(y, x)", "(y, x, id)", "(x) INCLUDE (y); CREATE INDEX ON c (y, x)"] {
        assert!(
            !after(&format!("{PAIR} CREATE INDEX ON c {serves}")).iter().any(|f| f == finding[0]),
            "{serves}"
        );
    }
    for does_not in [
        "(x)",
        "(x) INCLUDE (y)",
        "(id, x, y)",
        "(x, id, y)",
        "(x, y) WHERE id > 5",
        "((x + 0), y)",
        "(x, y) WHERE id IS NOT NULL",
        "(x, y) WHERE x IS NULL",
        "(x, y) WHERE x IS NOT NULL AND id > 5",
        "USING brin (x, y)",
    ] {
        assert_eq!(after(&format!("{PAIR} CREATE INDEX ON c {does_not}")), finding, "{does_not}");
    }
}

#[test]
fn a_partial_index_serves_a_foreign_key_if_it_leaves_out_nulls_only() {
    let tables = "CREATE TABLE p (id bigint PRIMARY KEY);
        CREATE TABLE c (id bigint PRIMARY KEY, p_id bigint REFERENCES p, q bigint NOT NULL);";
    assert_eq!(after(&format!("{tables} CREATE INDEX ON c (p_id) WHERE p_id IS NOT NULL")), NOTHING);
    assert_eq!(after(&format!("{tables} CREATE INDEX ON c USING hash (p_id)")), NOTHING);
    assert_eq!(
        after(&format!("{tables} CREATE INDEX ON c (p_id) WHERE (p_id + 1) IS NOT NULL")),
        ["foreign-key-without-index public.c.p_id"]
    );
}

#[test]
fn an_invalid_index_serves_no_foreign_key() {
    let database = Database::new();
    database.sql(
        "CREATE TABLE p (id bigint PRIMARY KEY);
         CREATE TABLE c (id bigint PRIMARY KEY, p_id bigint NOT NULL REFERENCES p);
         INSERT INTO p VALUES (1); INSERT INTO c VALUES (1, 1), (2, 1)",
    );
    database.try_sql("CREATE UNIQUE INDEX CONCURRENTLY ON c (p_id)").unwrap_err();
    assert_eq!(database.value("SELECT count(*) FROM pg_index WHERE NOT indisvalid"), "1");
    assert_eq!(found(&database), ["foreign-key-without-index public.c.p_id"]);
}

#[test]
fn a_foreign_key_that_is_not_enforced_wants_no_index() {
    if !is_at_least(18) {
        return;
    }
    assert_eq!(
        after(
            "CREATE TABLE t (id int PRIMARY KEY, up int NOT NULL, FOREIGN KEY (up) REFERENCES t NOT ENFORCED)"
        ),
        NOTHING
    );
}

#[test]
fn two_foreign_keys_over_the_same_columns_want_one_index() {
    let database = Database::new();
    database.sql(
        "CREATE TABLE p (id bigint PRIMARY KEY); CREATE TABLE q (id bigint PRIMARY KEY);
         CREATE TABLE c (id bigint PRIMARY KEY REFERENCES p, x bigint NOT NULL REFERENCES p, FOREIGN KEY (x) REFERENCES q)",
    );
    assert_eq!(found(&database), ["foreign-key-without-index public.c.x"]);
    run(&database, &only_fix(&database));
    assert_eq!(found(&database), NOTHING);
}

#[test]
fn indexes_are_duplicates_if_nothing_tells_them_apart() {
    let table = "CREATE TABLE t (id bigint PRIMARY KEY, a text NOT NULL, b text NOT NULL);";
    let pairs = [
        ("(lower(a))", "( lower( a ) )"),
        ("(a) WHERE b = 'x'", "(a)   WHERE (b = 'x')"),
        ("(a) INCLUDE (b)", "(a) INCLUDE (b)"),
        ("USING hash (a)", "USING hash (a)"),
        ("(a COLLATE \"C\" DESC)", "(a COLLATE \"C\" DESC)"),
    ];
    for (one, other) in pairs {
        let sql = format!("{table} CREATE INDEX one ON t {one}; CREATE INDEX other ON t {other}");
        assert_eq!(after(&sql), ["duplicate-index public.other"], "{one}");
    }
    let differ = [
        ("(lower(a))", "(upper(a))"),
        ("(a) WHERE b = 'x'", "(a) WHERE b = 'y'"),
        ("(a)", "(a) WHERE b = 'y'"),
        ("(a)", "(a DESC)"),
        ("(a)", "(a COLLATE \"C\")"),
        ("(a)", "(a text_pattern_ops)"),
        ("(a)", "USING hash (a)"),
        ("(a, b)", "(b, a)"),
    ];
    for (one, other) in differ {
        assert_eq!(
            after(&format!("{table} CREATE INDEX ON t {one}; CREATE INDEX ON t {other}")),
            NOTHING,
            "{other}"
        );
    }
}

#[test]
fn of_duplicates_the_one_that_the_server_needs_more_stays() {
    let database = Database::new();
    database.sql("CREATE TABLE t (id bigint PRIMARY KEY); CREATE UNIQUE INDEX older ON t (id); ALTER TABLE t ADD UNIQUE (id)");
    assert_eq!(found(&database), ["duplicate-index public.older", "duplicate-index public.t_id_key"]);
    database.sql("DROP INDEX older");
    run(&database, &only_fix(&database));
    assert_eq!(found(&database), NOTHING);

    assert_eq!(
        after(
            "CREATE TABLE t (id bigint PRIMARY KEY, a int NOT NULL); CREATE INDEX older ON t (a); CREATE UNIQUE INDEX ON t (a)"
        ),
        ["duplicate-index public.older"]
    );
}

#[test]
fn what_a_foreign_key_or_the_replica_identity_stands_on_is_never_advised_away() {
    let database = Database::new();
    database.sql(
        "CREATE TABLE t (id bigint NOT NULL UNIQUE); CREATE TABLE u (id bigint PRIMARY KEY REFERENCES t (id));
         ALTER TABLE t ADD PRIMARY KEY (id); CREATE UNIQUE INDEX identity ON t (id);
         ALTER TABLE t REPLICA IDENTITY USING INDEX identity",
    );
    assert_eq!(found(&database), NOTHING);
}

#[test]
fn a_unique_that_counts_nulls_as_equal_is_no_duplicate_of_one_that_does_not() {
    if !is_at_least(15) {
        return;
    }
    assert_eq!(
        after("CREATE TABLE t (id bigint PRIMARY KEY, a int UNIQUE, UNIQUE NULLS NOT DISTINCT (a))"),
        NOTHING
    );
}

#[test]
fn an_index_is_redundant_if_a_longer_one_begins_with_it() {
    let table = "CREATE TABLE t (id bigint PRIMARY KEY, a int NOT NULL, b int NOT NULL, c int NOT NULL);";
    let redundant = [
        ("(a)", "(a, b, c)"),
        ("(a, b)", "(a, b, c)"),
        ("(a)", "(a) INCLUDE (b)"),
        ("(a DESC)", "(a DESC, b)"),
        ("(a) WHERE b > 1", "(a, c) WHERE b > 1"),
        ("(a)", "(a, (b + c))"),
    ];
    for (short, long) in redundant {
        let sql = format!("{table} CREATE INDEX short ON t {short}; CREATE UNIQUE INDEX ON t {long}");
        assert_eq!(after(&sql), ["redundant-index public.short"], "{short} {long}");
    }
    let not = [
        ("(b)", "(a, b)"),
        ("(a)", "(a DESC, b)"),
        ("(a)", "(a, b) WHERE c > 1"),
        ("(a) INCLUDE (c)", "(a, b)"),
        ("(a, b)", "(a) INCLUDE (b, c)"),
        ("USING hash (a)", "(a, b)"),
    ];
    for (short, long) in not {
        let sql = format!("{table} CREATE INDEX ON t {short}; CREATE INDEX ON t {long}");
        assert_eq!(after(&sql), NOTHING, "{short} {long}");
    }
    assert_eq!(after(&format!("{table} CREATE UNIQUE INDEX ON t (a); CREATE INDEX ON t (a, b)")), NOTHING);
}
