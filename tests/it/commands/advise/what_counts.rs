//! What counts for the rules about tables, columns, types and names, and what does not.

use super::{after, found, only_fix, run};
use crate::support::{Database, server};

const NOTHING: [&str; 0] = [];

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

#[test]
fn a_publication_counts_that_carries_a_history_table_in_whatever_way() {
    let tables =
        "CREATE TABLE t (id bigint PRIMARY KEY); CREATE TABLE schema_migrations (version text PRIMARY KEY);
        CREATE SCHEMA s; CREATE TABLE s.u (id bigint PRIMARY KEY);";
    let named = [
        ("FOR ALL TABLES", true),
        ("FOR TABLE t, schema_migrations", true),
        ("FOR TABLE t, s.u", false),
        ("", false),
    ];
    let by_schema = [("FOR TABLES IN SCHEMA s, public", true), ("FOR TABLES IN SCHEMA s", false)];
    let by_schema = if server().major() >= 15 { &by_schema[..] } else { &[] };
    for (what, counts) in named.iter().chain(by_schema) {
        let database = Database::new();
        database.sql(&format!("{tables} CREATE PUBLICATION \"p q\" {what}"));
        let expected = if *counts { vec!["publication-with-history \"p q\""] } else { Vec::new() };
        assert_eq!(found(&database), expected, "{what}");
        if *counts {
            run(&database, &only_fix(&database));
            assert_eq!(found(&database), NOTHING);
            let published = "SELECT string_agg(tablename, ' ' ORDER BY tablename) FROM pg_publication_tables";
            assert_eq!(database.value(published), "t u");
        }
    }
}
