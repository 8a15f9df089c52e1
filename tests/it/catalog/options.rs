//! What users can set among options is read, and nothing else.

use std::collections::BTreeSet;
use std::fs;

use super::{attribute, lines, read};
use crate::support::{Database, binaries};
use pmdb::catalog::Difference;

/// Objects with options of every sort.
const OBJECTS: &str = "
    CREATE TABLE plain (a int, b text);
    CREATE TABLE tuned (a int, b text) WITH (fillfactor = 80, toast.autovacuum_enabled = off);
    ALTER TABLE tuned ALTER a SET (n_distinct = 5);
    CREATE VIEW v WITH (security_barrier = true) AS SELECT a FROM tuned;
    CREATE VIEW plain_view AS SELECT a FROM tuned;
    CREATE MATERIALIZED VIEW m WITH (fillfactor = 70) AS SELECT a FROM tuned;
    CREATE INDEX plain_index ON tuned (a) WHERE a > 0;
    CREATE INDEX tuned_index ON tuned USING gin (to_tsvector('simple', b)) WITH (fastupdate = off, gin_pending_list_limit = 64);
    CREATE TABLE keys (a int PRIMARY KEY WITH (fillfactor = 60), r int4range, b int UNIQUE,
        EXCLUDE USING gist (r WITH &&) WITH (buffering = off), EXCLUDE USING gist (r WITH =));
    CREATE TABLE log (at date) PARTITION BY RANGE (at);
    CREATE TYPE pair AS (x int, y int);
    CREATE FOREIGN DATA WRAPPER w OPTIONS (a '1'); CREATE SERVER s FOREIGN DATA WRAPPER w OPTIONS (b '2');
    CREATE USER MAPPING FOR PUBLIC SERVER s OPTIONS (c '3');
    CREATE FOREIGN TABLE f (x int OPTIONS (d '4'), y int) SERVER s OPTIONS (e '5');
    CREATE FUNCTION g() RETURNS int LANGUAGE sql SET work_mem = '1MB' SET pg_thing.size = '1' AS 'SELECT 1';
    CREATE FUNCTION h() RETURNS int LANGUAGE sql AS 'SELECT 1';
    DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET work_mem = ''1MB''', current_database()); END $$;";

/// A minor release of PostgreSQL began to keep a mark of its own among the options of every column.
#[test]
fn what_the_server_keeps_for_itself_among_options_is_not_read() {
    let database = Database::new();
    database.sql(OBJECTS);
    let before = read(&database);
    // Names that nobody has heard of, where the server knows all that users can set; else, names that are the server's.
    database.sql(
        "SET allow_system_table_mods = on;
         UPDATE pg_attribute SET attoptions = array_cat(ARRAY['mark=' || attrelid, 'pg_attver=' || attnum], attoptions)
             FROM pg_class c WHERE c.oid = attrelid AND relkind NOT IN ('i', 'I') AND attrelid >= 16384 AND attnum > 0;
         UPDATE pg_class SET reloptions = array_cat(ARRAY['mark=it''s \\', 'pg_relver=' || oid], array_append(reloptions, 'mark_2=on'))
             WHERE oid >= 16384;
         UPDATE pg_attribute SET attfdwoptions = array_prepend('pg_fdwver=1', attfdwoptions)
             WHERE attrelid = 'f'::regclass AND attnum > 0;
         UPDATE pg_foreign_table SET ftoptions = array_prepend('pg_fdwver=2', ftoptions);
         UPDATE pg_foreign_server SET srvoptions = array_prepend('pg_fdwver=3', srvoptions);
         UPDATE pg_foreign_data_wrapper SET fdwoptions = array_prepend('pg_fdwver=4', fdwoptions);
         UPDATE pg_user_mapping SET umoptions = array_prepend('pg_fdwver=5', umoptions);
         UPDATE pg_proc SET proconfig = array_prepend('pg_procver=1', proconfig) WHERE proname IN ('g', 'h');
         UPDATE pg_db_role_setting SET setconfig = array_append(setconfig, 'pg_setver=1')
             FROM pg_database d WHERE d.oid = setdatabase AND datname = current_database();",
    );
    let after = read(&database);
    assert_eq!(lines(&Difference::between(&before, &after)), [""; 0]);
    assert_eq!(before, after);
    for (object, name, value) in [
        ("table public.tuned", "options", r#"["fillfactor=80", "toast.autovacuum_enabled=off"]"#),
        ("column public.tuned.a", "options", r#"["n_distinct=5"]"#),
        ("view public.v", "options", r#"["security_barrier=true"]"#),
        ("materialized view public.m", "options", r#"["fillfactor=70"]"#),
        (
            "index tuned_index on public.tuned",
            "definition",
            "CREATE INDEX tuned_index ON public.tuned USING gin (to_tsvector('simple'::regconfig, b)) \
             WITH (fastupdate=off, gin_pending_list_limit='64')",
        ),
        (
            "index plain_index on public.tuned",
            "definition",
            "CREATE INDEX plain_index ON public.tuned USING btree (a) WHERE (a > 0)",
        ),
        ("index keys_r_excl on public.keys", "options", r#"["buffering=off"]"#),
        ("constraint keys_r_excl on public.keys", "definition", "EXCLUDE USING gist (r WITH &&)"),
        ("foreign table public.f", "foreign options", r#"["e=5"]"#),
        ("function public.g()", "settings", r#"["pg_thing.size=1", "work_mem=1MB"]"#),
    ] {
        assert_eq!(attribute(&after, object, name), Some(value), "{object}: {name}");
    }
}

#[test]
fn values_of_options_that_sound_secret_are_not_read() {
    let database = Database::new();
    database.sql(
        "CREATE FOREIGN DATA WRAPPER w OPTIONS (api_token 'hunter2', a '1');
         CREATE SERVER s FOREIGN DATA WRAPPER w OPTIONS (secret_access_key 'hunter2', password_required 'false');
         CREATE USER MAPPING FOR PUBLIC SERVER s OPTIONS (\"user\" 'hunter2', password 'hunter2');
         CREATE FOREIGN TABLE f (x int OPTIONS (\"Passwd\" 'hunter2', name 'n'), y int OPTIONS (private_key 'hunter2'))
             SERVER s OPTIONS (credentials 'hunter2', tablename 't')",
    );
    let catalog = read(&database);
    for (object, name, value) in [
        ("foreign data wrapper w", "options", r#"["a=1", "api_token"]"#),
        ("server s", "options", r#"["password_required=false", "secret_access_key"]"#),
        ("user mapping PUBLIC on s", "options", r#"["password", "user"]"#),
        ("foreign table public.f", "foreign options", r#"["credentials", "tablename=t"]"#),
        ("column public.f.x", "foreign options", r#"["Passwd", "name=n"]"#),
        ("column public.f.y", "foreign options", r#"["private_key"]"#),
    ] {
        assert_eq!(attribute(&catalog, object, name), Some(value), "{object}: {name}");
    }
}

/// Tries each word in the server's program as an option of each sort of object: what it takes has to be read.
#[test]
fn every_option_that_the_server_knows_is_read() {
    let database = Database::new();
    database.sql(
        "CREATE TABLE t (a int, b text, r int4range); CREATE VIEW v AS SELECT a FROM t; CREATE MATERIALIZED VIEW m AS SELECT b FROM t;
         CREATE INDEX btree_index ON t USING btree (a); CREATE INDEX hash_index ON t USING hash (a);
         CREATE INDEX gist_index ON t USING gist (r); CREATE INDEX spgist_index ON t USING spgist (b);
         CREATE INDEX gin_index ON t USING gin (to_tsvector('simple', b)); CREATE INDEX brin_index ON t USING brin (a)",
    );
    let words: Vec<String> = words_of_the_server().into_iter().collect();
    let known = database.sql(&format!(
        "CREATE TEMPORARY TABLE known (object text, option text, is_set bool);
         DO $$ DECLARE o record; v text; is_set bool; BEGIN
             FOR o IN SELECT object, word, attribute, format(command, attribute) AS command FROM (VALUES
                 ('table public.t', '%s', 'ALTER TABLE t SET (%s = %%L)'), ('table public.t', 'toast.%s', 'ALTER TABLE t SET (%s = %%L)'),
                 ('materialized view public.m', '%s', 'ALTER MATERIALIZED VIEW m SET (%s = %%L)'),
                 ('materialized view public.m', 'toast.%s', 'ALTER MATERIALIZED VIEW m SET (%s = %%L)'),
                 ('view public.v', '%s', 'ALTER VIEW v SET (%s = %%L)'), ('column public.t.a', '%s', 'ALTER TABLE t ALTER a SET (%s = %%L)'),
                 ('index btree_index on public.t', '%s', 'ALTER INDEX btree_index SET (%s = %%L)'),
                 ('index hash_index on public.t', '%s', 'ALTER INDEX hash_index SET (%s = %%L)'),
                 ('index gist_index on public.t', '%s', 'ALTER INDEX gist_index SET (%s = %%L)'),
                 ('index spgist_index on public.t', '%s', 'ALTER INDEX spgist_index SET (%s = %%L)'),
                 ('index gin_index on public.t', '%s', 'ALTER INDEX gin_index SET (%s = %%L)'),
                 ('index brin_index on public.t', '%s', 'ALTER INDEX brin_index SET (%s = %%L)')
             ) AS targets (object, attribute_form, command), unnest('{{{}}}'::text[]) AS word,
                 LATERAL (SELECT format(attribute_form, quote_ident(word)) AS attribute) AS a
             LOOP
                 is_set := false;
                 <<values>>
                 FOREACH v IN ARRAY ARRAY['1', 'on', '90', '200', '128', '100000', 'local', 'auto'] LOOP
                     BEGIN
                         EXECUTE format(o.command, v);
                         is_set := true;
                         EXIT values;
                     EXCEPTION WHEN OTHERS THEN
                         EXIT values WHEN SQLERRM LIKE 'unrecognized parameter%';
                         INSERT INTO known VALUES (o.object, o.attribute, false);
                     END;
                 END LOOP;
                 IF is_set THEN INSERT INTO known VALUES (o.object, o.attribute, true); END IF;
             END LOOP;
         END $$;
         SELECT object, option, bool_or(is_set) FROM known WHERE option NOT LIKE 'pg\\_%' GROUP BY 1, 2",
        words.join(","),
    ));
    let catalog = read(&database);
    let mut sorts = BTreeSet::new();
    for row in &known {
        let [Some(object), Some(option), Some(is_set)] = row.as_slice() else { panic!("{row:?}") };
        assert_eq!(is_set, "t", "no value was found for {option} of {object}");
        let what = if object.starts_with("index") { "definition" } else { "options" };
        let read = attribute(&catalog, object, what).unwrap_or_default();
        assert!(read.contains(&format!("{option}=")), "{option} of {object} is not in {read}");
        sorts.insert((object.as_str(), option.starts_with("toast.")));
    }
    // What such a test finds depends on how the program was linked.
    assert!(known.len() >= 60 && sorts.len() == 12, "{known:?}");
}

/// What may be names in the server's program. Linkers keep a string that ends another one within that.
fn words_of_the_server() -> BTreeSet<String> {
    let program = fs::read(binaries().bin_dir.join("postgres")).unwrap();
    let is_name = |text: &&[u8]| {
        (5..60).contains(&text.len()) && text.iter().all(|byte| byte.is_ascii_lowercase() || *byte == b'_')
    };
    let names = program
        .split(|byte| *byte == 0)
        .filter(is_name)
        .map(|name| String::from_utf8(name.to_vec()).unwrap());
    let ends = |name: String| {
        let starts: Vec<usize> = name.match_indices('_').map(|(at, _)| at + 1).collect();
        [0].into_iter().chain(starts).map(move |start| name[start..].to_owned()).collect::<Vec<_>>()
    };
    names.flat_map(ends).filter(|name| name.len() > 4).collect()
}
