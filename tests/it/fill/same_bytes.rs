//! The same seed gives the same bytes: in every process, whatever works side by side, on every version of PostgreSQL, and under any
//! settings and any locale.

use crate::support::{Database, Project, server};

/// A column of each type that values are made for, in keys and outside of them, with checks whose constants the server shows as
/// its settings say, and rows that are there already, in an order that each locale sees otherwise.
const SCHEMA: &str = "
    CREATE TYPE mood AS ENUM ('low', 'high', 'Middle');
    CREATE DOMAIN price AS numeric(10, 2) CHECK (VALUE BETWEEN 1 AND 5000);
    CREATE TABLE country (code text PRIMARY KEY);
    INSERT INTO country VALUES ('b'), ('A'), ('_c'), ('B'), ('ä'), ('a'), ('a b'), ('ab'), ('Z');
    CREATE TABLE users (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, email text NOT NULL UNIQUE, full_name text NOT NULL,
        phone varchar(20), slug text UNIQUE, token char(12) UNIQUE, country text NOT NULL REFERENCES country, mood mood NOT NULL,
        parent bigint REFERENCES users, created_at timestamptz NOT NULL, updated_at timestamptz NOT NULL, birth_date date,
        CHECK (created_at < '2025-06-01 12:00:00+05'), CHECK (birth_date > '1970-02-03'));
    CREATE TABLE numbers (key uuid PRIMARY KEY, a int2 NOT NULL, b int4, c int8, d money CHECK (d > 12.34::money), e float4, f float8,
        g numeric, h numeric(5, 3) UNIQUE, p price, q price NOT NULL UNIQUE, user_id bigint NOT NULL REFERENCES users,
        CHECK (a > 5 AND a < 500), CHECK (f > 0.1), twice int GENERATED ALWAYS AS (b * 2) STORED);
    CREATE TABLE texts (id int PRIMARY KEY, title text, body text, code varchar(5) UNIQUE, j json, k jsonb, name name, s tsvector,
        v bytea, w bit(5), x varbit(9), status text NOT NULL CHECK (status IN ('new', 'Old', 'ärgerlich')),
        CHECK (length(title) > 3), sku text NOT NULL UNIQUE CHECK (sku ~ '^[A-Z]{3}-[0-9]{4}$'));
    CREATE TABLE times (at timestamp UNIQUE, day date UNIQUE, start time, finish timetz, lasts interval CHECK (lasts > '1 day 02:00'),
        years interval year to month, due_date date, started_at timestamp NOT NULL, finished_at timestamp,
        CHECK (started_at::date > '2024-03-01'), days daterange, EXCLUDE USING gist (days WITH &&));
    CREATE TABLE lists (id int PRIMARY KEY, a int[], b text[] NOT NULL, c mood[], d timestamptz[], e numeric(6, 2)[], f uuid[], g int4range,
        h numrange, i tstzrange, j int8range, k tsrange, ip inet, net cidr, mac macaddr);
    CREATE TABLE links (user_id bigint REFERENCES users, text_id int REFERENCES texts, mood mood, weight float8 NOT NULL,
        PRIMARY KEY (user_id, text_id, mood), CHECK (user_id > 3 OR mood = 'low'));
    CREATE TABLE events (id bigint, at timestamptz NOT NULL, user_id bigint REFERENCES users, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
    CREATE TABLE events_old PARTITION OF events FOR VALUES FROM ('2024-01-01 00:00+00') TO ('2025-01-01 00:00+00');
    CREATE TABLE events_new PARTITION OF events FOR VALUES FROM ('2025-01-01 00:00+00') TO ('2027-01-01 00:00+00');";

/// What all rows that `fill --rows 5000` makes come out as. Where a number here has to change, a seed gives other rows from then on,
/// and the CHANGELOG has to say so.
const SUMS: [(&str, &str); 7] = [
    ("users", "e2f21cb477b9a0a5993a020d9de5cdc0"),
    ("numbers", "1244bcdf4add43f8a24f46f0649861ab"),
    ("texts", "ee1b665edde15bdb3fdb0836934dd73b"),
    ("times", "d7e86716d80c8afedc885021f48b9ec5"),
    ("lists", "f7dca2b209e73be1efd142741fefd716"),
    ("links", "6aafb2837494252d84c0528b7b72ab44"),
    ("events", "e6da6f7483f401cfe49cefcb94faf4ae"),
];

/// Settings that values are written and read by, and constants in checks are shown by.
const OTHER_SETTINGS: [(&str, &str); 8] = [
    ("timezone", "Asia/Kathmandu"),
    ("datestyle", "German, DMY"),
    ("intervalstyle", "sql_standard"),
    ("extra_float_digits", "-5"),
    ("bytea_output", "escape"),
    ("array_nulls", "off"),
    ("xmloption", "document"),
    ("quote_all_identifiers", "on"),
];

/// The sum of the rows of each table, in the order in which they were written, shown the same way everywhere.
fn sums(db: &Database) -> Vec<(String, String)> {
    let sum = |table: &str| {
        let shown = "SET timezone = 'UTC'; SET datestyle = 'ISO'; SET intervalstyle = 'postgres'; SET extra_float_digits = 1; \
                     SET bytea_output = 'hex'; SET lc_monetary = 'C'";
        db.value(&format!("{shown}; SELECT md5(string_agg(t::text, ',' ORDER BY tableoid::regclass::text COLLATE \"C\", ctid)) FROM {table} t"))
    };
    SUMS.iter().map(|(table, _)| ((*table).to_owned(), sum(table))).collect()
}

fn filled(db: &Database, jobs: &str, environment: &[(&str, &str)]) -> Vec<(String, String)> {
    db.sql(SCHEMA);
    let project = Project::new();
    let command = project.pmdb(&["fill", "--rows", "5000", "--jobs", jobs]).database(db);
    let command = environment.iter().fold(command, |command, (name, value)| command.env(name, value));
    command.run().success();
    sums(db)
}

#[test]
fn a_seed_gives_the_same_bytes_on_every_version_under_any_settings() {
    let known = SUMS.map(|(table, sum)| (table.to_owned(), sum.to_owned()));
    assert_eq!(filled(&Database::new(), "1", &[]), known);
    let other = Database::new();
    for (setting, value) in OTHER_SETTINGS {
        other.sql(&format!("ALTER DATABASE {} SET {setting} = '{value}'", other.name()));
    }
    assert_eq!(
        filled(&other, "8", &[("TZ", "America/Lima"), ("LC_ALL", "de_DE.UTF-8"), ("PGTZ", "Asia/Tokyo")]),
        known
    );
    let has_icu = other.value("SELECT EXISTS (SELECT FROM pg_collation WHERE collname = 'sv-x-icu')");
    let locale = match server().major() >= 15 && has_icu == "t" {
        true => "LOCALE_PROVIDER icu ICU_LOCALE 'sv' LC_COLLATE 'C.UTF-8' LC_CTYPE 'C.UTF-8'",
        false => "LC_COLLATE 'C' LC_CTYPE 'C'",
    };
    let of_another_locale = Database::with(&format!("TEMPLATE template0 ENCODING 'UTF8' {locale}"));
    assert_eq!(filled(&of_another_locale, "3", &[]), known);
}

#[test]
fn it_does_not_matter_what_of_a_schema_was_made_first() {
    let statements = [
        "CREATE TABLE p (id int PRIMARY KEY, v text);",
        "CREATE TABLE q (id int PRIMARY KEY, v text);",
        "CREATE TABLE t (id int PRIMARY KEY, b decimal, a int, c text, d text, e text, p int NOT NULL, q int NOT NULL, r int);",
    ];
    let constraints = [
        "ALTER TABLE t ADD CONSTRAINT b CHECK (b >= 0);",
        "ALTER TABLE t ADD CONSTRAINT a CHECK (a >= 0);",
        "ALTER TABLE t ADD CONSTRAINT c UNIQUE (d, c);",
        "ALTER TABLE t ADD CONSTRAINT d UNIQUE (d, e);",
        "ALTER TABLE t ADD CONSTRAINT e UNIQUE (p, q, e);",
        "ALTER TABLE t ADD CONSTRAINT p FOREIGN KEY (p) REFERENCES p;",
        "ALTER TABLE t ADD CONSTRAINT q FOREIGN KEY (q) REFERENCES q;",
        "ALTER TABLE t ADD CONSTRAINT r FOREIGN KEY (r) REFERENCES t;",
    ];
    let made = |statements: Vec<&str>| {
        let db = Database::new();
        db.sql(&statements.concat());
        // 301 rows: somebody gets one more than the others.
        Project::new().pmdb(&["fill", "--rows", "301", "--jobs", "1"]).database(&db).run().success();
        ["p", "q", "t"].map(|table| {
            db.value(&format!("SELECT md5(string_agg(t::text, ',' ORDER BY ctid)) FROM {table} t"))
        })
    };
    let forwards = made(statements.into_iter().chain(constraints).collect());
    let backwards = made(statements.into_iter().rev().chain(constraints.into_iter().rev()).collect());
    assert_eq!(forwards, backwards);
}
