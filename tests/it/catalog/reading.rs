//! What is read, and what is not.

use std::process::Command;
use std::sync::Arc;
use std::time::Instant;

use super::again::Again;
use super::{attribute, lines, make_roles, names, read, read_as, read_with_definitions_of};
use crate::support::{Database, Held, PgBouncer, Project, client_program, has_extension, server};
use pmdb::catalog::{Difference, Kind};
use pmdb::postgres::HistoryTable;

/// Every kind of object that a table can have as a part, and some beside it.
const MUCH: &str = "
    CREATE TYPE mood AS ENUM ('good', 'bad');
    CREATE DOMAIN positive AS int CHECK (VALUE > 0);
    CREATE SEQUENCE numbers INCREMENT 2;
    CREATE FUNCTION double(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1 * 2';
    CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
    CREATE TABLE people (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text COLLATE \"C\" NOT NULL, mood mood DEFAULT 'good',
        age positive, twice int GENERATED ALWAYS AS (double(id::int)) STORED, UNIQUE (name, age), CHECK (length(name) > 1));
    CREATE TABLE pets (owner bigint REFERENCES people ON DELETE CASCADE DEFERRABLE, span tstzrange, at timestamptz DEFAULT '2026-01-01 12:00+02',
        took interval DEFAULT '1 day 02:00', share float8 DEFAULT 0.1, EXCLUDE USING gist (span WITH &&)) WITH (fillfactor = 80);
    CREATE INDEX ON pets (lower(owner::text)) WHERE share > 0;
    CREATE STATISTICS linked ON owner, at FROM pets;
    CREATE VIEW old AS SELECT p.name, count(*) FROM people p JOIN pets ON owner = p.id WHERE age > 80 GROUP BY 1;
    CREATE MATERIALIZED VIEW ages AS SELECT age FROM people;
    CREATE TRIGGER touched BEFORE UPDATE ON people FOR EACH ROW EXECUTE FUNCTION touch();
    ALTER TABLE people ENABLE ROW LEVEL SECURITY;
    CREATE POLICY own ON people USING (name = current_user);
    CREATE RULE keep AS ON DELETE TO pets DO INSTEAD NOTHING;
    CREATE TABLE log (at date) PARTITION BY RANGE (at);
    CREATE TABLE log_2026 PARTITION OF log FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
    GRANT SELECT ON people TO alice; GRANT UPDATE (name) ON people TO bob WITH GRANT OPTION;
    ALTER TABLE pets OWNER TO alice;
    COMMENT ON TABLE people IS 'it''s people'; COMMENT ON COLUMN people.name IS 'how they are called';
    CREATE PUBLICATION news FOR TABLE people;
    ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO bob";

fn database_with_much() -> Database {
    make_roles();
    let database = Database::new();
    database.sql(MUCH);
    database
}

#[test]
fn definitions_are_read_of_some_tables_and_all_else_of_all() {
    let database = database_with_much();
    let whole = read(&database);
    for (tables, expected) in [
        (&[][..], "nothing of tables"),
        (&["people"], "what people has, and the key that refers to it"),
        (&["it's \\ :any_option"], "nothing of tables"),
        (&["people", "pets", "log", "log_2026", "ages"], "all"),
    ] {
        let mut some = read_with_definitions_of(tables, &database);
        let mut left_out = Vec::new();
        for (identity, object) in &mut some.objects {
            let whole = whole.objects.get(identity).unwrap_or_else(|| panic!("{identity}"));
            if let (None, Some(definition)) = (object.get("definition"), whole.get("definition")) {
                left_out.push(identity.to_string());
                Arc::make_mut(object).attributes.insert("definition".to_owned(), definition.to_owned());
            }
        }
        let has = |what: &str| left_out.iter().any(|one| one.contains(what));
        let seen = match (has("on public.people"), has("pets_owner_fkey"), has("on public.pets")) {
            (true, true, true) => "nothing of tables",
            (false, false, true) => "what people has, and the key that refers to it",
            (false, false, false) => "all",
            _ => "something else",
        };
        assert_eq!(seen, expected, "{left_out:?}");
        assert!(
            left_out.iter().all(|one| one.starts_with("constraint ") || one.starts_with("index ")),
            "{left_out:?}"
        );
        assert_eq!(some, whole);
    }
}

#[test]
fn an_untouched_database_reads_the_same_whatever_the_settings_are() {
    let database = database_with_much();
    let before = read(&database);
    for setting in [
        "search_path = public, pg_catalog",
        "quote_all_identifiers = on",
        "datestyle = 'German'",
        "intervalstyle = 'iso_8601'",
        "timezone = 'Asia/Tokyo'",
        "extra_float_digits = -5",
        "standard_conforming_strings = off",
        "bytea_output = 'escape'",
    ] {
        database.sql(&format!("ALTER DATABASE {} SET {setting}", database.name()));
    }
    let mut after = read(&database);
    let settings: Vec<_> =
        after.objects.extract_if(.., |identity, _| identity.kind == Kind::Setting).collect();
    assert_eq!(settings.len(), 8);
    assert_eq!(lines(&Difference::between(&before, &after)), [""; 0]);
    assert_eq!(before, after);
}

#[test]
fn a_restored_dump_has_the_same_catalog() {
    let (Some(dump), Some(psql)) = (client_program("pg_dump"), client_program("psql")) else { return };
    let (one, other) = (database_with_much(), Database::new());
    let dumped = Command::new(dump).arg(one.url()).output().unwrap();
    assert!(dumped.status.success(), "{}", String::from_utf8_lossy(&dumped.stderr));
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(&file, dumped.stdout).unwrap();
    let restored = Command::new(psql)
        .args(["-qX", "-v", "ON_ERROR_STOP=1", "-f"])
        .arg(file.path())
        .arg(other.url())
        .output()
        .unwrap();
    assert!(restored.status.success(), "{}", String::from_utf8_lossy(&restored.stderr));
    assert_eq!(lines(&Difference::between(&read(&one), &read(&other))), [""; 0]);
}

#[test]
fn the_attributes_have_their_conventional_names() {
    let database = database_with_much();
    let catalog = read(&database);
    for (object, name, value) in [
        ("table public.people", "columns", r#"["id", "name", "mood", "age", "twice"]"#),
        ("table public.people", "comment", "it's people"),
        ("table public.people", "privileges", r#"["alice: SELECT"]"#),
        ("table public.pets", "owner", "alice"),
        ("table public.log", "partition by", "RANGE (at)"),
        ("table public.log_2026", "inherits", r#"["public.log"]"#),
        ("column public.people.name", "not null", "true"),
        ("column public.people.name", "privileges", r#"["bob: UPDATE with grant option"]"#),
        ("column public.people.mood", "type", "public.mood"),
        ("column public.people.mood", "default", "'good'::public.mood"),
        ("column public.people.id", "identity", "always"),
        ("column public.people.twice", "generated", "public.double((id)::integer) STORED"),
        ("column public.pets.at", "default", "'2026-01-01 10:00:00+00'::timestamp with time zone"),
        ("enum public.mood", "labels", r#"["good", "bad"]"#),
        ("constraint people_pkey on public.people", "type", "primary key"),
        ("constraint people_name_age_key on public.people", "columns", r#"["name", "age"]"#),
        ("constraint pets_owner_fkey on public.pets", "type", "foreign key"),
        ("constraint pets_owner_fkey on public.pets", "references", "public.people"),
        ("constraint pets_owner_fkey on public.pets", "referenced columns", r#"["id"]"#),
        ("constraint positive_check on public.positive", "type", "check"),
        ("index people_pkey on public.people", "constraint", "people_pkey"),
        ("index people_pkey on public.people", "unique", "true"),
        ("index pets_lower_idx on public.pets", "columns", r#"["lower((owner)::text)"]"#),
        ("index pets_lower_idx on public.pets", "predicate", "(share > (0)::double precision)"),
        ("trigger touched on public.people", "enabled", "yes"),
        ("sequence public.people_id_seq", "owned by", "public.people.id"),
        ("function public.double(integer)", "body", "SELECT $1 * 2"),
    ] {
        assert_eq!(attribute(&catalog, object, name), Some(value), "{object}: {name}");
    }
}

#[test]
fn pmdbs_own_tables_are_left_out_with_all_that_is_theirs() {
    let (project, database) = (Project::new(), Database::new());
    let before = read(&database);
    project.migration("0001_t.sql", "-- migrate:up\nSELECT 1;\n");
    project.write("seeds/0001_t.sql", "-- migrate:up\nSELECT 1;\n");
    project.pmdb(&["up"]).database(&database).run().success();
    project.pmdb(&["seed"]).database(&database).run().success();
    assert_eq!(read(&database), before);
    let other = read_as(database.url(), &[HistoryTable::new("public", "schema_seeds")]);
    assert!(attribute(&other, "table public.schema_migrations", "owner").is_some());
    assert!(
        attribute(&other, "index schema_migrations_pkey on public.schema_migrations", "definition").is_some()
    );
}

#[test]
fn the_bundled_set_taken_back_leaves_the_catalog_as_it_was() {
    let (project, database) = (Project::new(), Database::new());
    let before = read(&database);
    project.pmdb(&["up", "--bundled"]).database(&database).run().success();
    let there = read(&database);
    assert!(there.objects.len() > 50, "{:?}", names(&there));
    project.pmdb(&["down", "--all", "--bundled"]).database(&database).run().success();
    assert_eq!(lines(&Difference::between(&before, &read(&database))), [""; 0]);
}

#[test]
#[expect(clippy::print_stdout, reason = "which extensions there were is worth knowing")]
fn of_an_extension_nothing_is_listed_but_itself() {
    if !has_extension("pg_trgm") {
        return;
    }
    let template = Database::new();
    let available = template.sql(
        "SELECT name FROM pg_available_extensions WHERE name NOT IN ('plpgsql') AND installed_version IS NULL ORDER BY 1",
    );
    let mut tried = Vec::new();
    for row in available {
        let name = row[0].as_deref().unwrap();
        let database = Database::new();
        // Some have to be loaded when the server starts, or stand for programs that are not installed.
        if database.try_sql(&format!("CREATE EXTENSION \"{name}\" CASCADE")).is_err() {
            continue;
        }
        let others: Vec<String> =
            names(&read(&database)).into_iter().filter(|name| !name.starts_with("extension ")).collect();
        // The schema that an extension is made in may be one that it makes itself.
        assert_eq!(others, [""; 0], "of {name}");
        tried.push(name.to_owned());
    }
    println!("read with {} extensions: {}", tried.len(), tried.join(", "));
    assert!(!tried.is_empty());
}

#[test]
fn a_role_without_rights_reads_the_same_catalog() {
    let database = database_with_much();
    database.sql(
        "CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w;
         CREATE SUBSCRIPTION sub CONNECTION 'password=geheim' PUBLICATION p WITH (connect = false, slot_name = NONE);
         REVOKE ALL ON ALL TABLES IN SCHEMA public FROM PUBLIC; REVOKE ALL ON SCHEMA public FROM PUBLIC;
         DO $$ BEGIN IF to_regrole('nobody') IS NULL THEN CREATE ROLE nobody LOGIN; END IF; END $$",
    );
    let as_nobody = database.url().replace("postgres@", "nobody@");
    let own = [HistoryTable::migrations(), HistoryTable::seeds()];
    assert_eq!(lines(&Difference::between(&read(&database), &read_as(&as_nobody, &own))), [""; 0]);
}

/// Databases that came from PostgreSQL 8.2 often have such casts, as it cast everything to text by itself.
#[test]
fn casts_to_text_of_the_databases_own_do_not_confuse_the_queries() {
    let database = database_with_much();
    let before = read(&database);
    for source in [
        "smallint",
        "integer",
        "bigint",
        "oid",
        "numeric",
        "date",
        "json",
        "regclass",
        "regprocedure",
        "regtype",
        "regnamespace",
    ] {
        database.sql(&format!("CREATE CAST ({source} AS text) WITH INOUT AS IMPLICIT"));
    }
    let difference = Difference::between(&before, &read(&database));
    assert!(difference.items.iter().all(|item| item.identity.kind == Kind::Cast), "{:?}", lines(&difference));
    assert_eq!(difference.items.len(), 11);
}

#[test]
fn behind_a_pooler_the_same_catalog_is_read() {
    let Some(pooler) = PgBouncer::new(1) else { return };
    let database = database_with_much();
    assert_eq!(read_as(&pooler.url(&database), &[]), read(&database));
}

#[test]
fn secrets_are_not_read() {
    make_roles();
    let database = Database::new();
    database.sql(
        "CREATE FOREIGN DATA WRAPPER w OPTIONS (api_token 'geheim'); CREATE SERVER s FOREIGN DATA WRAPPER w OPTIONS (password 'geheim');
         CREATE USER MAPPING FOR bob SERVER s OPTIONS (user 'geheim', password 'geheim');
         CREATE FOREIGN TABLE t (a int) SERVER s OPTIONS (secret 'geheim');
         CREATE SUBSCRIPTION sub CONNECTION 'password=geheim' PUBLICATION p WITH (connect = false, slot_name = NONE);
         DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET app.jwt_secret = %L', current_database(), 'geheim'); END $$",
    );
    let catalog = read(&database);
    assert_eq!(attribute(&catalog, "user mapping bob on s", "options"), Some(r#"["password", "user"]"#));
    assert!(!format!("{catalog:?}").contains("geheim"), "{catalog:?}");
}

/// PostgreSQL 19 has property graphs; what they say is not known. No older server makes one, so a view is said to be one.
#[test]
fn an_object_that_only_newer_servers_have_is_refused_by_name() {
    let database = Database::new();
    let mut again = Again::on(&database);
    again.read_both_ways("nothing");
    database.sql(
        "CREATE VIEW \"My graph\" AS SELECT 1 AS a; SET allow_system_table_mods = on;
         UPDATE pg_class SET relkind = 'g' WHERE relname = 'My graph'",
    );
    let outcome = Project::new().pmdb(&["diff", database.url(), database.url()]).run().fails(1);
    let refusal = "cannot be read: it holds the property graph public.\"My graph\", which pmdb does not know";
    assert!(outcome.stderr.contains(refusal), "{}", outcome.stderr);
    assert!(again.read().unwrap_err().to_string().contains(refusal));
}

/// The server locks a table to write down its indexes. That must neither hang nor stay unexplained.
#[test]
fn a_table_that_another_session_has_locked_is_waited_for_briefly() {
    let database = Database::new();
    database.sql("CREATE TABLE t (id int PRIMARY KEY)");
    let _held = Held::new(database.url(), "BEGIN; LOCK TABLE t IN ACCESS EXCLUSIVE MODE");
    let outcome = Project::new().pmdb(&["diff", database.url(), database.url()]).run().fails(1);
    assert!(
        outcome.stderr.contains("cannot be read: canceling statement due to lock timeout"),
        "{}",
        outcome.stderr
    );
    assert!(outcome.stderr.contains("hint: another session is changing a table"), "{}", outcome.stderr);
}

#[test]
#[allow(
    clippy::print_stdout,
    reason = "how long it took is worth knowing, and differs from machine to machine"
)]
fn a_thousand_tables_are_read() {
    let database = Database::new();
    database.sql(
        "DO $$ BEGIN FOR i IN 1..1000 LOOP
             EXECUTE format('CREATE TABLE t%s (id int PRIMARY KEY, b text NOT NULL DEFAULT ''x'', c int, d int, e int, f int, g date, h bool, i int, j int)', i);
         END LOOP; END $$",
    );
    let start = Instant::now();
    let catalog = read(&database);
    println!("1000 tables were read in {:?} by PostgreSQL {}", start.elapsed(), server().major());
    let count = |kind| catalog.objects.keys().filter(|identity| identity.kind == kind).count();
    assert_eq!((count(Kind::Table), count(Kind::Column), count(Kind::Index)), (1000, 10_000, 1000));
}
