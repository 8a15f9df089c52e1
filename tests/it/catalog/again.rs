//! Reading again only what has changed comes to the same as reading everything.

use pmdb::catalog::{Catalog, Difference};
use pmdb::connect::{Session, Target};
use pmdb::migration::{Direction, Half, Objects};
use pmdb::postgres::{CatalogError, CatalogReader, HistoryTable};
use tokio::runtime::Runtime;

use super::{lines, make_roles};
use crate::support::{Database, Server, has_extension};

/// Reads the catalog of a database again and again.
pub struct Again {
    runtime: Runtime,
    reader: CatalogReader,
}

impl Again {
    pub fn on(database: &Database) -> Again {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let target = Target::from_url(database.url()).unwrap();
        let session = runtime.block_on(Session::connect(&target)).unwrap();
        let reader = CatalogReader::new(session, &[HistoryTable::migrations(), HistoryTable::seeds()]);
        Again { runtime, reader }
    }

    /// What has changed.
    pub fn read(&mut self) -> Result<Catalog, CatalogError> {
        self.runtime.block_on(self.reader.read(Objects::Any))
    }

    /// The catalog, read as what has changed, and as a whole.
    #[track_caller]
    pub fn read_both_ways(&mut self, done: &str) -> Catalog {
        self.read_both_ways_after(Objects::Any, done)
    }

    #[track_caller]
    fn read_both_ways_after(&mut self, changed: Objects, done: &str) -> Catalog {
        let changes = self.runtime.block_on(self.reader.read(changed));
        let changes = changes.unwrap_or_else(|error| panic!("{error}"));
        let whole = self.runtime.block_on(self.reader.read_whole()).unwrap_or_else(|error| panic!("{error}"));
        assert!(
            changes == whole,
            "{done}\nwhat is missing: {:#?}",
            lines(&Difference::between(&changes, &whole))
        );
        whole
    }
}

/// Much that depends on each other.
const WEB: &str = r#"
    CREATE SCHEMA s; CREATE TYPE mood AS ENUM ('good', 'bad'); CREATE TYPE pair AS (a int, b mood);
    CREATE DOMAIN positive AS int CHECK (VALUE > 0); CREATE COLLATION plain FROM "C"; CREATE SEQUENCE numbers;
    CREATE FUNCTION double(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1 * 2';
    CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
    CREATE TABLE people (id int PRIMARY KEY DEFAULT nextval('numbers'), name text COLLATE plain, mood mood DEFAULT 'good' CHECK (mood <> 'bad'),
        age positive, twins pair, UNIQUE (name, age));
    CREATE TABLE s.pets (owner int REFERENCES people, twice int DEFAULT double(2), id serial, UNIQUE (owner));
    CREATE INDEX doubled ON people (double(id)) WHERE mood = 'bad';
    CREATE VIEW joined AS SELECT * FROM people JOIN (SELECT owner AS id, twice FROM s.pets) p USING (id);
    CREATE VIEW far AS SELECT name FROM joined WHERE mood = 'good';
    CREATE MATERIALIZED VIEW kept AS SELECT name FROM far;
    CREATE TRIGGER touched BEFORE UPDATE OF name ON people FOR EACH ROW WHEN (NEW.mood = 'bad') EXECUTE FUNCTION touch();
    CREATE POLICY own ON people TO alice USING (mood = 'good' AND double(id) > 1);
    CREATE RULE keep AS ON DELETE TO s.pets DO INSTEAD UPDATE people SET name = 'x';
    CREATE STATISTICS linked ON name, age FROM people;
    CREATE TABLE log (at date, mood mood) PARTITION BY LIST (mood);
    CREATE TABLE log_good PARTITION OF log FOR VALUES IN ('good');
    CREATE TABLE log_bad (at date, mood mood); CREATE INDEX ON log (at);
    CREATE TABLE child () INHERITS (log_bad); CREATE TABLE empty (); CREATE TABLE empty_child () INHERITS (empty);
    CREATE TABLE told (a int, b mood); CREATE PUBLICATION feed FOR TABLE told;
    CREATE FUNCTION same(int, int) RETURNS bool LANGUAGE sql AS 'SELECT $1 = $2';
    CREATE OPERATOR === (LEFTARG = int, RIGHTARG = int, FUNCTION = same);
    CREATE FUNCTION noted() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN END $$;
    CREATE EVENT TRIGGER noted_event ON ddl_command_end EXECUTE FUNCTION noted();
    COMMENT ON TABLE people IS 'them'; COMMENT ON COLUMN people.name IS 'theirs'; COMMENT ON INDEX doubled IS 'i';
    GRANT SELECT ON people TO bob; GRANT UPDATE (name) ON people TO bob;"#;

/// One after the other, in the same database.
const CHANGES: &[&str] = &[
    "ALTER TABLE told ADD c int",
    "CREATE INDEX ON told (a)",
    "CREATE OR REPLACE FUNCTION same(int, int) RETURNS bool LANGUAGE sql AS 'SELECT $1 IN ($2)'",
    "CREATE OR REPLACE FUNCTION noted() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN NULL; END $$",
    "ALTER TABLE told ALTER b TYPE text",
    "ALTER TYPE mood RENAME VALUE 'good' TO 'fine'",
    "ALTER TYPE mood ADD VALUE 'worse'",
    "ALTER TYPE mood RENAME TO humour",
    "ALTER TABLE people RENAME name TO called",
    "ALTER TABLE people RENAME TO folk",
    "ALTER TABLE folk RENAME TO people; ALTER TABLE people RENAME called TO name",
    "ALTER FUNCTION double RENAME TO twofold",
    "ALTER FUNCTION touch SET SCHEMA s",
    "ALTER COLLATION plain RENAME TO plainer",
    "ALTER DOMAIN positive RENAME TO above_zero",
    "ALTER SEQUENCE numbers RENAME TO counted",
    "ALTER SCHEMA s RENAME TO \"S\"",
    "ALTER SCHEMA \"S\" RENAME TO s; ALTER FUNCTION s.touch SET SCHEMA public",
    "ALTER INDEX doubled RENAME TO indexed",
    "ALTER TABLE people RENAME CONSTRAINT people_pkey TO key",
    "ALTER VIEW joined RENAME TO linked_view",
    "ALTER VIEW linked_view RENAME COLUMN twice TO two",
    "ALTER TABLE s.pets ADD name text, ADD mood int",
    "ALTER TYPE pair ADD ATTRIBUTE c int",
    "ALTER TYPE pair RENAME ATTRIBUTE c TO d",
    "ALTER TABLE child NO INHERIT log_bad; ALTER TABLE log ATTACH PARTITION log_bad FOR VALUES IN ('bad')",
    "ALTER TABLE log ADD PRIMARY KEY (mood)",
    "ALTER TABLE log DETACH PARTITION log_bad",
    "ALTER TABLE empty_child NO INHERIT empty",
    "ALTER TABLE s.pets DISABLE TRIGGER ALL",
    "ALTER TABLE s.pets ENABLE TRIGGER ALL",
    "ALTER TABLE people DISABLE TRIGGER ALL",
    "ALTER TABLE people ENABLE TRIGGER ALL",
    "ALTER SEQUENCE s.pets_id_seq OWNED BY NONE",
    "ALTER SEQUENCE s.pets_id_seq OWNED BY s.pets.id",
    "COMMENT ON TABLE people IS NULL; COMMENT ON COLUMN people.name IS NULL",
    "COMMENT ON INDEX indexed IS NULL; COMMENT ON SCHEMA s IS 'it'",
    "COMMENT ON SCHEMA s IS NULL",
    "REVOKE ALL ON people FROM bob; REVOKE UPDATE (name) ON people FROM bob",
    "ALTER TABLE people OWNER TO alice",
    "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO bob",
    "GRANT USAGE ON SCHEMA s TO bob",
    "BEGIN; CREATE TABLE never (a int); ALTER TABLE people DROP age CASCADE; ROLLBACK",
    "DO $$ BEGIN BEGIN CREATE TABLE never (a int); RAISE 'x'; EXCEPTION WHEN raise_exception THEN CREATE TABLE caught (a int); END; END $$",
    "INSERT INTO people (id) VALUES (7), (8)",
    "TRUNCATE people CASCADE",
    "REINDEX TABLE people",
    "CLUSTER people USING key",
    "REFRESH MATERIALIZED VIEW kept",
    "VACUUM FULL people",
    "VACUUM FREEZE",
    "ANALYZE",
    "VACUUM FULL pg_class",
    "VACUUM FULL pg_depend",
    "ALTER TABLE empty SET UNLOGGED",
    "CREATE TEMP TABLE fleeting (a int); ALTER TABLE people DROP CONSTRAINT people_name_age_key",
    "CREATE EXTENSION pg_trgm",
    "ALTER EXTENSION pg_trgm DROP FUNCTION show_limit()",
    "DROP EXTENSION pg_trgm",
    "CREATE OPERATOR CLASS c DEFAULT FOR TYPE humour USING btree AS STORAGE humour",
    "CREATE TABLE schema_migrations (version text); CREATE INDEX ON schema_migrations (version)",
    "DROP TABLE schema_migrations; CREATE TYPE span AS RANGE (SUBTYPE = int)",
    "CREATE PUBLICATION p FOR TABLE people; ALTER TABLE people RENAME name TO named",
    "DROP TABLE s.pets CASCADE; CREATE TABLE s.pets (a int)",
    "ALTER ROLE again_owner RENAME TO again_other",
    "DO $$ BEGIN FOR i IN 1..300 LOOP EXECUTE format('CREATE TABLE many_%s (id int PRIMARY KEY)', i); END LOOP; END $$",
    "CREATE TABLE one_more (id int PRIMARY KEY REFERENCES many_1)",
    "DROP TABLE many_1 CASCADE",
    "DROP TYPE humour CASCADE",
    "DROP FUNCTION twofold CASCADE",
    "DROP SCHEMA s CASCADE; DROP SCHEMA public CASCADE; CREATE SCHEMA public",
];

#[test]
fn what_has_changed_is_what_is_read_again() {
    make_roles();
    let database = Database::new();
    database.sql("CREATE ROLE again_owner; CREATE TABLE theirs (); ALTER TABLE theirs OWNER TO again_owner");
    database.sql(WEB);
    let mut again = Again::on(&database);
    again.read_both_ways("at first");
    let has_pg_trgm = has_extension("pg_trgm");
    for change in CHANGES.iter().filter(|change| has_pg_trgm || !change.contains("pg_trgm")) {
        database.sql(change);
        again.read_both_ways(change);
        again.read_both_ways(change);
    }
}

#[test]
fn small_changes_of_tables_do_not_lead_to_a_whole_reading() {
    // On a server of its own: roles that other tests make are a reason to read everything.
    let server = Server::own();
    let database = Database::on(&server);
    database.sql("CREATE ROLE alice; CREATE ROLE bob");
    database.sql(WEB);
    let mut again = Again::on(&database);
    let small = [
        "CREATE TABLE t (id int PRIMARY KEY, of int REFERENCES people)",
        "CREATE INDEX i ON t (of); COMMENT ON TABLE t IS 't'; GRANT SELECT ON t TO bob",
        "CREATE VIEW v AS SELECT * FROM t",
        "DROP TABLE t CASCADE",
        "ALTER TABLE people ADD x text DEFAULT 'x'",
        "ALTER TABLE people DROP x",
        "CREATE OR REPLACE FUNCTION double(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1 + $1'",
        "INSERT INTO log VALUES ('2026-01-01', 'good')",
        "TRUNCATE people CASCADE",
    ];
    again.read_both_ways("at first");
    for change in small {
        database.sql(change);
        again.read_both_ways(change);
        assert_eq!(again.reader.whole_readings(), 1, "{change}");
    }
    database.sql("ALTER TABLE people RENAME TO folk");
    again.read_both_ways("a new name");
    assert_eq!(again.reader.whole_readings(), 2);
}

/// Which objects these statements may change, as a half with them says.
fn objects_of(statements: &str) -> Objects {
    let half = Half::from_stored(&format!("-- migrate:up\n{statements};\n"), Direction::Up);
    half.map_or(Objects::Any, |half| half.objects())
}

#[test]
fn what_statements_about_common_objects_change_is_among_these_objects() {
    make_roles();
    let database = Database::new();
    database.sql(WEB);
    database.sql("DROP EVENT TRIGGER noted_event; DROP PUBLICATION feed");
    let mut again = Again::on(&database);
    again.read_both_ways("at first");
    let more = ["DROP TABLE told", "DROP VIEW IF EXISTS far", "COMMENT ON POLICY own ON people IS 'own'"];
    // The role is another test's.
    for change in more.iter().chain(CHANGES).filter(|change| !change.contains("again_owner")) {
        // Some fail: what they are about is not there here.
        let _ = database.try_sql(change);
        again.read_both_ways_after(objects_of(change), change);
    }
    let common = CHANGES.iter().filter(|change| objects_of(change) == Objects::Common).count();
    assert!(common > 20, "{common}");
}

/// The web without what lets others follow, on a server of its own: a transaction that runs elsewhere for long is a reason for
/// doubt.
fn web_alone() -> (Server, Database) {
    let server = Server::own();
    let database = Database::on(&server);
    database.sql("CREATE ROLE alice; CREATE ROLE bob");
    database.sql(WEB);
    database.sql("DROP EVENT TRIGGER noted_event; DROP PUBLICATION feed");
    (server, database)
}

/// Whether the locks of its transaction tell what a change of common objects has changed.
fn is_told_by_locks(change: &str) -> bool {
    let half = Half::from_stored(&format!("-- migrate:up\n{change};\n"), Direction::Up);
    let is_about_the_history = change.contains("schema_migrations");
    half.is_ok_and(|half| half.objects() == Objects::Common && !half.grants() && !is_about_the_history)
}

impl Again {
    /// Makes a change within the transaction that is open, and reads it there, as what has changed and as a whole. Whether
    /// the first was without a doubt.
    #[track_caller]
    fn change_and_read(&mut self, change: &str) -> bool {
        let message = format!(
            "SAVEPOINT before; SET LOCAL search_path = public; {change}; SET LOCAL search_path = pg_catalog, pg_temp"
        );
        let reader = &mut self.reader;
        self.runtime.block_on(async {
            // Some fail: what they are about is not there here.
            if reader.session().client().batch_execute(&message).await.is_err() {
                reader.session().client().batch_execute("ROLLBACK TO before").await.unwrap();
            }
            let Some(changes) = reader.read_open_transaction().await else { return false };
            let whole = reader.read_whole_in_transaction().await.unwrap_or_else(|error| panic!("{error}"));
            let missing = lines(&Difference::between(&changes, &whole));
            assert!(changes == whole, "{change}\nwhat is missing: {missing:#?}");
            true
        })
    }

    fn batch(&self, statements: &str) {
        self.runtime.block_on(self.reader.session().client().batch_execute(statements)).unwrap();
    }
}

#[test]
fn what_a_transaction_has_changed_is_told_by_its_locks() {
    let (_server, database) = web_alone();
    let mut again = Again::on(&database);
    let read = [
        "DROP TABLE told",
        "DROP VIEW IF EXISTS far",
        "COMMENT ON POLICY own ON people IS 'own'",
        "CREATE TABLE t (id int PRIMARY KEY, of int REFERENCES people, at date NOT NULL DEFAULT '2026-01-01')",
        "CREATE INDEX i ON t (of); COMMENT ON TABLE t IS 't'",
        "ALTER TABLE t ADD x positive DEFAULT 1, ALTER at DROP DEFAULT, ADD CHECK (of > 0)",
        "ALTER TABLE t SET SCHEMA s",
        "ALTER TABLE s.t OWNER TO bob",
        "ALTER TABLE s.t CLUSTER ON i; ALTER TABLE s.t REPLICA IDENTITY USING INDEX t_pkey",
        "ALTER INDEX s.t_pkey RENAME TO other",
        "ALTER STATISTICS linked SET STATISTICS 7",
        "DROP INDEX s.i; DROP TABLE s.t",
        "CREATE TABLE log_rest PARTITION OF log DEFAULT; CREATE TRIGGER g AFTER INSERT ON log FOR EACH ROW EXECUTE FUNCTION touch()",
        "DROP TABLE log_rest",
        "DROP TRIGGER IF EXISTS g ON log; ALTER TABLE people DISABLE TRIGGER touched",
        "ALTER POLICY own ON people RENAME TO mine; DROP RULE keep ON s.pets",
        "ALTER DOMAIN positive ADD CONSTRAINT small CHECK (VALUE < 100); ALTER DOMAIN positive DROP CONSTRAINT positive_check",
        "ALTER SEQUENCE numbers INCREMENT 2; ALTER TABLE people ALTER id DROP DEFAULT",
        "CREATE OR REPLACE VIEW joined AS SELECT p.id, 1 AS n FROM people p",
    ];
    let mut told = 0;
    for change in read.iter().chain(CHANGES).filter(|change| is_told_by_locks(change)) {
        again.read_both_ways(change);
        again.batch("BEGIN");
        told += usize::from(again.change_and_read(change));
        again.batch("COMMIT");
    }
    assert!(told > 25, "{told}");
}

#[test]
fn what_one_transaction_changes_step_by_step_is_told_by_its_locks() {
    let (_server, database) = web_alone();
    let mut again = Again::on(&database);
    again.read_both_ways("at first");
    again.batch("BEGIN");
    let steps = [
        "CREATE TABLE t (id int PRIMARY KEY, of int REFERENCES people)",
        "CREATE INDEX i ON t (of); COMMENT ON TABLE t IS 't'",
        "ALTER TABLE people ADD x text DEFAULT 'x'",
        "ALTER TABLE nothing ADD x text",
        "DROP TABLE t",
        "CREATE VIEW v AS SELECT id, x FROM people; CREATE TYPE size AS ENUM ('s', 'm')",
        "DROP VIEW v; ALTER TABLE people DROP x",
        "CREATE TABLE t (id int PRIMARY KEY, size size)",
        "DROP TYPE size CASCADE",
        "DROP TABLE t; ALTER TABLE people DROP CONSTRAINT people_name_age_key",
        "ALTER TABLE people DISABLE TRIGGER ALL",
        "ALTER TABLE people ENABLE TRIGGER ALL",
    ];
    for step in steps {
        assert!(again.change_and_read(step), "{step}");
    }
    again.batch("COMMIT");
    again.read_both_ways("after it");
}

#[test]
fn what_changes_along_with_a_common_object_is_seen_too() {
    make_roles();
    let database = Database::new();
    database.sql(WEB);
    let mut again = Again::on(&database);
    again.read_both_ways("at first");
    for change in ["DROP TABLE told", "CREATE TABLE t (a int)"] {
        assert_eq!(objects_of(change), Objects::Common);
        database.sql(change);
        again.read_both_ways_after(Objects::Common, change);
    }
    database.sql(
        "DROP PUBLICATION feed; CREATE OR REPLACE FUNCTION noted() RETURNS event_trigger LANGUAGE plpgsql AS \
         $$ BEGIN IF tg_tag = 'CREATE TABLE' THEN COMMENT ON SCHEMA s IS 'noted'; END IF; END $$",
    );
    again.read_both_ways("without a publication");
    database.sql("CREATE TABLE u ()");
    again.read_both_ways_after(Objects::Common, "what the event trigger does");
}
