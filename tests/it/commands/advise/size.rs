//! A database of thousands of tables.

use std::time::{Duration, Instant};

use super::found;
use crate::support::Database;

/// Makes a function for triggers.
const FUNCTION: &str = "CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql
    AS $$ BEGIN NEW.updated_at = now(); RETURN NEW; END $$";

/// Makes a hundred times: a table with a sequence, an expression index and a trigger; one that refers to it; a
/// partitioned one with two partitions; and a child of the second. Five of them hold rows.
const HUNDRED: &str = r#"DO $$ BEGIN
    FOR n IN 1..100 LOOP
        EXECUTE format('CREATE TABLE "a.%1$s" (id serial PRIMARY KEY, name text NOT NULL UNIQUE,
            updated_at timestamptz NOT NULL, at timestamptz NOT NULL)', n);
        EXECUTE format('CREATE INDEX ON "a.%s" (lower(name)) WHERE id > 5', n);
        EXECUTE format('CREATE TRIGGER g BEFORE UPDATE ON "a.%s" FOR EACH ROW EXECUTE FUNCTION public.touch()', n);
        EXECUTE format('CREATE TABLE b%1$s (id bigint PRIMARY KEY, a_id int NOT NULL REFERENCES "a.%1$s")', n);
        EXECUTE format('CREATE INDEX ON b%s (a_id, id)', n);
        EXECUTE format('CREATE TABLE c%s (id bigint PRIMARY KEY) PARTITION BY HASH (id)', n);
        EXECUTE format('CREATE TABLE "c%1$s 0" PARTITION OF c%1$s FOR VALUES WITH (MODULUS 2, REMAINDER 0)', n);
        EXECUTE format('CREATE TABLE "c%1$s 1" PARTITION OF c%1$s FOR VALUES WITH (MODULUS 2, REMAINDER 1)', n);
        EXECUTE format('CREATE TABLE d%1$s (PRIMARY KEY (id)) INHERITS (b%1$s)', n);
    END LOOP;
END $$"#;

#[test]
#[expect(clippy::print_stdout, reason = "the time is there to be looked at, with --nocapture")]
fn five_thousand_tables_are_looked_at_in_a_moment() {
    let database = Database::new();
    database.sql(FUNCTION);
    // In ten transactions, since one would hold more locks than a server has room for.
    for schema in 0..10 {
        database.sql(&format!("CREATE SCHEMA \"s {schema}\"; SET search_path = \"s {schema}\"; {HUNDRED}"));
    }
    let count = "SELECT count(*) FROM pg_stat_user_tables WHERE schemaname LIKE 's %'";
    assert!(database.value(count).parse::<u32>().unwrap() >= 5000);

    let start = Instant::now();
    let found = found(&database);
    let took = start.elapsed();
    println!("advise on 5,000 tables: {took:?}");
    assert_eq!(found, Vec::<String>::new());
    assert!(took < Duration::from_secs(60), "{took:?}");
}
