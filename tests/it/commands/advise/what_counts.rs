//! What counts for each rule, and what does not.

use super::{found, only_fix, run};
use crate::support::{Database, server};

/// What is found after this SQL.
fn after(sql: &str) -> Vec<String> {
    let database = Database::new();
    database.sql(sql);
    found(&database)
}

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
    if server().major() < 15 {
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

#[test]
fn a_trigger_keeps_updated_at_if_it_runs_before_each_row_and_names_the_column() {
    let table = "CREATE TABLE t (id bigint PRIMARY KEY, updated_at timestamptz NOT NULL);
        CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.updated_at := now(); RETURN NEW; END $$;
        CREATE FUNCTION audit() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;";
    for keeps in [
        "BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION touch()",
        "BEFORE INSERT OR UPDATE OF id ON t FOR EACH ROW EXECUTE FUNCTION touch()",
        "BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION audit('updated_at')",
        "BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()",
    ] {
        assert_eq!(after(&format!("{table} CREATE TRIGGER g {keeps}")), NOTHING, "{keeps}");
    }
    for does_not in [
        "AFTER UPDATE ON t FOR EACH ROW EXECUTE FUNCTION touch()",
        "BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION touch()",
        "BEFORE UPDATE ON t FOR EACH STATEMENT EXECUTE FUNCTION touch()",
        "BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION audit()",
        "BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION touch(); ALTER TABLE t DISABLE TRIGGER g",
    ] {
        let expected = ["updated-at-without-trigger public.t.updated_at"];
        assert_eq!(after(&format!("{table} CREATE TRIGGER g {does_not}")), expected, "{does_not}");
    }
}

#[test]
fn the_trigger_that_is_advised_calls_the_function_that_is_there() {
    let database = Database::new();
    database.sql(
        "CREATE SCHEMA \"a b\"; CREATE TABLE t (id bigint PRIMARY KEY, updated_at date NOT NULL);
         CREATE FUNCTION \"a b\".\"touch!\"() RETURNS trigger LANGUAGE plpgsql
         AS $$ BEGIN NEW.updated_at := now(); RETURN NEW; END $$",
    );
    let fix = only_fix(&database);
    assert!(
        fix.contains("EXECUTE FUNCTION \"a b\".\"touch!\"()") && !fix.contains("CREATE OR REPLACE"),
        "{fix}"
    );
    run(&database, &fix);
    assert_eq!(found(&database), NOTHING);
}

#[test]
fn a_table_with_a_column_id_is_advised_to_make_it_the_key() {
    let database = Database::new();
    database.sql("CREATE TABLE t (id bigint NOT NULL, name text NOT NULL); INSERT INTO t VALUES (1, 'a')");
    run(&database, &only_fix(&database));
    assert_eq!(database.value("SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = 't'::regclass AND contype = 'p'"), "PRIMARY KEY (id)");
}

#[test]
fn every_kind_of_counting_key_is_measured_against_its_own_end() {
    let database = Database::new();
    database.sql(
        "CREATE TABLE small (id smallint GENERATED ALWAYS AS IDENTITY (START 24576) PRIMARY KEY);
         CREATE TABLE half (id smallint GENERATED ALWAYS AS IDENTITY (START 24575) PRIMARY KEY);
         CREATE TABLE fresh (id smallserial PRIMARY KEY);
         CREATE TABLE widened (id serial PRIMARY KEY); ALTER TABLE widened ALTER COLUMN id TYPE bigint;
         CREATE TABLE down (id int GENERATED ALWAYS AS IDENTITY (INCREMENT -1) PRIMARY KEY);
         SELECT setval('widened_id_seq', 2147483647);
         INSERT INTO small DEFAULT VALUES; INSERT INTO half DEFAULT VALUES; INSERT INTO down DEFAULT VALUES",
    );
    assert_eq!(found(&database), ["key-near-its-end public.small.id", "key-near-its-end public.widened.id"]);
    for finding in super::findings(&database) {
        run(&database, super::text(&finding, "fix"));
    }
    assert_eq!(found(&database), NOTHING);
    database
        .sql("INSERT INTO widened DEFAULT VALUES; INSERT INTO small SELECT FROM generate_series(1, 9999)");
}

#[test]
fn less_than_seventy_percent_not_null_is_a_finding_and_seventy_is_not() {
    let columns = |not_null: usize, nullable: usize| {
        let not_null = (0..not_null).map(|n| format!(", n{n} int NOT NULL")).collect::<String>();
        let nullable = (0..nullable).map(|n| format!(", o{n} int")).collect::<String>();
        after(&format!("CREATE TABLE t (id int PRIMARY KEY{not_null}{nullable})"))
    };
    assert_eq!(columns(6, 3), NOTHING);
    assert_eq!(columns(5, 3), ["nullable-columns public.t"]);
    assert_eq!(columns(1, 1), NOTHING);
    assert_eq!(
        after(
            "CREATE DOMAIN full_text AS text NOT NULL; CREATE TABLE t (id int PRIMARY KEY, a full_text, b full_text, c text,
             d int GENERATED ALWAYS AS (id + 1) STORED, e int GENERATED ALWAYS AS (id + 2) STORED)"
        ),
        NOTHING
    );
}

#[test]
fn every_sort_of_name_with_capitals_is_found_and_its_rename_runs() {
    let database = Database::new();
    database.sql(
        "CREATE SCHEMA \"App\"; CREATE TABLE \"App\".\"userID\" (\"Id\" bigint PRIMARY KEY, \"createdAt\" date NOT NULL);
         CREATE VIEW \"App\".\"someView\" AS SELECT * FROM \"App\".\"userID\";
         CREATE MATERIALIZED VIEW \"Kept\" AS SELECT 1 AS \"One\";
         CREATE FUNCTION \"doIt\"(integer, \"App\".\"userID\") RETURNS int LANGUAGE sql AS 'SELECT 1';
         CREATE PROCEDURE \"doIt\"() LANGUAGE sql AS '';
         CREATE AGGREGATE \"sumUp\"(integer) (SFUNC = int4pl, STYPE = integer);
         CREATE TYPE \"Mood\" AS ENUM ('Good'); CREATE DOMAIN \"Word\" AS text; CREATE TYPE \"Pair\" AS (\"A\" int);
         CREATE TYPE \"Span\" AS RANGE (SUBTYPE = integer); CREATE SEQUENCE \"Counter\"",
    );
    let rule = "mixed-case-name ";
    assert_eq!(
        found(&database).iter().map(|finding| finding.strip_prefix(rule).unwrap()).collect::<Vec<_>>(),
        [
            "\"App\"",
            "\"App\".\"someView\"",
            "\"App\".\"userID\"",
            "\"App\".\"userID\".\"Id\"",
            "\"App\".\"userID\".\"createdAt\"",
            "public.\"Kept\"",
            "public.\"Mood\"",
            "public.\"Pair\"",
            "public.\"Span\"",
            "public.\"Word\"",
            "public.\"doIt\"()",
            "public.\"doIt\"(integer,\"App\".\"userID\")",
            "public.\"sumUp\"(integer)",
        ]
    );
    // One by one, since each rename changes the names in those that follow.
    for _ in 0..13 {
        let finding = findings_first(&database);
        run(&database, &finding);
    }
    assert_eq!(found(&database), NOTHING);
    assert_eq!(database.value("SELECT count(*) FROM app.user_id WHERE id = 1 OR created_at IS NULL"), "0");
}

fn findings_first(database: &Database) -> String {
    super::text(&super::findings(database)[0], "fix").to_owned()
}

#[test]
fn a_float_is_a_price_if_a_word_of_its_name_says_so() {
    let prices = ["price", "unit_prices", "amountDue", "salary", "salaries", "order_total", "COSTS"];
    let others = ["weight", "total_distance", "priceless", "coffee", "costume", "accost"];
    for (names, expected) in [(&prices[..], 1), (&others[..], 0)] {
        for name in names {
            let findings = after(&format!("CREATE TABLE t (id int PRIMARY KEY, \"{name}\" real NOT NULL)"));
            let count = findings.iter().filter(|finding| finding.starts_with("float-price ")).count();
            assert_eq!(count, expected, "{name}: {findings:?}");
        }
    }
}

#[test]
fn only_the_types_themselves_count_for_the_rules_of_types() {
    let sql = "CREATE DOMAIN code AS varchar(3); CREATE DOMAIN cents AS double precision;
        CREATE TABLE t (id int PRIMARY KEY, a varchar NOT NULL, b code NOT NULL, c text NOT NULL, d jsonb NOT NULL,
            price numeric NOT NULL, fee int NOT NULL, cost cents NOT NULL, e \"char\" NOT NULL, f date NOT NULL)";
    assert_eq!(after(sql), NOTHING);
    assert_eq!(after("CREATE TABLE t (id int PRIMARY KEY, a char NOT NULL)"), ["char-column public.t.a"]);
}

#[test]
fn the_change_of_a_type_keeps_what_is_in_the_column() {
    let database = Database::new();
    database.sql(
        "CREATE TABLE t (id int PRIMARY KEY, a char(5) NOT NULL DEFAULT 'x', b varchar(9) NOT NULL DEFAULT 'y',
            c timestamp NOT NULL DEFAULT now(), d json NOT NULL DEFAULT '{}', e money NOT NULL DEFAULT 0,
            price real NOT NULL DEFAULT 0, UNIQUE (a, b));
         INSERT INTO t VALUES (1, 'ab', 'cd', '2026-01-31 12:00', '{\"k\": 1}', 12.34, 0.1)",
    );
    for finding in super::findings(&database) {
        run(&database, super::text(&finding, "fix"));
    }
    assert_eq!(found(&database), NOTHING);
    database.sql("INSERT INTO t (id) VALUES (2)");
    let row = database.sql("SELECT a || b, c AT TIME ZONE 'UTC', d, e, price FROM t WHERE id = 1");
    let row: Vec<&str> = row[0].iter().map(|cell| cell.as_deref().unwrap()).collect();
    assert_eq!(row, ["abcd", "2026-01-31 12:00:00", "{\"k\": 1}", "12.34", "0.1"]);
}
