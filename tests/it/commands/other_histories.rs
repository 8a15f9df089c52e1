//! Databases that were migrated before, where the usual history table is not: no second history is begun silently.

use pmdb::{Goal, HistoryTable, Migrator, NoopListener, Session, Target, load_folder};

use super::{add_table, exists, pmdb, project_with, states, tables, words};
use crate::support::{Database, Project};

/// What dbmate leaves with `search_path=shop,public`, when it has applied 0001.
fn migrated_in_shop() -> (Project, Database) {
    let (project, db) = (Project::new(), Database::new());
    project.migration(
        "0001_seed.sql",
        "-- migrate:up\nCREATE TABLE IF NOT EXISTS plan (name text);\nINSERT INTO plan VALUES ('free');\n\
         -- migrate:down\nDROP TABLE plan;\n",
    );
    db.sql(
        "CREATE SCHEMA shop; CREATE TABLE shop.schema_migrations (version varchar(128) PRIMARY KEY); \
         INSERT INTO shop.schema_migrations VALUES ('0001'); \
         CREATE TABLE plan (name text); INSERT INTO plan VALUES ('free')",
    );
    (project, db)
}

#[test]
fn up_stops_where_the_history_is_in_another_schema_and_says_what_to_type() {
    let (project, db) = migrated_in_shop();
    let outcome = pmdb(&project, &db, &["up"]).fails(1);
    insta::assert_snapshot!(outcome.filtered(), @"
    exit code: 1
    ----- stdout
    ----- stderr
    error: there is no public.schema_migrations, but what looks like another history: shop.schema_migrations (dbmate's or Rails')
    database: [DATABASE] on [SOCKET_DIR]/.s.PGSQL.[PORT] as postgres
    hint: `--table shop.schema_migrations` goes on with that one; `--table public.schema_migrations` begins a history of pmdb's own, in which every file is pending
    ");
    for command in ["status", "down", "redo", "up"] {
        let json = pmdb(&project, &db, &[command, "--json"]).fails(1).json();
        assert_eq!(json["error"]["code"], "other_history", "{command}");
    }
    pmdb(&project, &db, &["up", "--dry-run"]).fails(1);
    pmdb(&project, &db, &["drift"]).fails(1);
    assert_eq!(
        (db.value("SELECT count(*) FROM plan"), exists(&db, "public.schema_migrations")),
        ("1".into(), false)
    );
}

#[test]
fn the_table_that_is_named_in_the_hint_is_taken_over() {
    let (project, db) = migrated_in_shop();
    add_table(&project, "0002", "b");
    pmdb(&project, &db, &["up", "--table", "shop.schema_migrations"]).success();
    assert_eq!((db.value("SELECT count(*) FROM plan"), tables(&db)), ("1".into(), "b plan".into()));
    assert_eq!(words(&db, "SELECT version FROM shop.schema_migrations ORDER BY 1"), "0001 0002");
    let outcome = pmdb(&project, &db, &["up"]).fails(1);
    assert!(outcome.stderr.contains("shop.schema_migrations (pmdb's)"), "{}", outcome.stderr);
}

#[test]
fn a_table_that_is_named_is_an_answer_also_if_it_is_the_usual_one() {
    let (project, db) = migrated_in_shop();
    pmdb(&project, &db, &["up", "--table", "public.schema_migrations"]).success();
    assert_eq!(db.value("SELECT count(*) FROM plan"), "2");
    assert_eq!(states(&project, &db), "0001 applied");
    let (project, db) = migrated_in_shop();
    pmdb(&project, &db, &["up", "--table", "tenant_2.schema_migrations"]).success();
    pmdb(&project, &db, &["seed", "--table", "tenant_2.schema_migrations"]).success();
}

#[test]
fn a_history_of_pmdb_is_known_whatever_it_is_called() {
    let (project, db) = (project_with(&["a"]), Database::new());
    pmdb(&project, &db, &["up", "--table", "internal.history"]).success();
    let outcome = pmdb(&project, &db, &["up"]).fails(1);
    assert!(outcome.stderr.contains("internal.history (pmdb's)\n"), "{}", outcome.stderr);
    let hint = "hint: `--table internal.history` goes on with that one";
    assert!(outcome.stderr.contains(hint), "{}", outcome.stderr);
}

/// Tables as the tools make them.
const TABLES: &[(&str, &str)] = &[
    ("golang-migrate's", "other.schema_migrations (version bigint PRIMARY KEY, dirty boolean NOT NULL)"),
    ("Ecto's", "other.schema_migrations (version bigint PRIMARY KEY, inserted_at timestamp(0))"),
    (
        "goose's",
        "goose_db_version (id int PRIMARY KEY, version_id bigint NOT NULL, is_applied boolean NOT NULL, tstamp timestamp)",
    ),
    (
        "Flyway's",
        "flyway_schema_history (installed_rank int PRIMARY KEY, version varchar(50), description varchar(200), \
         type varchar(20), script varchar(1000), checksum int, installed_by varchar(100), installed_on timestamp, \
         execution_time int, success boolean)",
    ),
    (
        "sqlx's",
        "_sqlx_migrations (version bigint PRIMARY KEY, description text, installed_on timestamptz, success boolean, \
         checksum bytea, execution_time bigint)",
    ),
    (
        "refinery's",
        "refinery_schema_history (version int4 PRIMARY KEY, name varchar, applied_on varchar, checksum varchar)",
    ),
    ("Diesel's", "__diesel_schema_migrations (version varchar(50) PRIMARY KEY, run_on timestamp)"),
    (
        "Prisma's",
        "_prisma_migrations (id varchar(36) PRIMARY KEY, checksum varchar(64), finished_at timestamptz, \
         migration_name varchar(255), logs text, rolled_back_at timestamptz, started_at timestamptz, \
         applied_steps_count int)",
    ),
    (
        "Sqitch's",
        "other.changes (change_id text PRIMARY KEY, script_hash text, change text, project text, note text, \
         committed_at timestamptz, planned_at timestamptz)",
    ),
    (
        "Liquibase's",
        "databasechangelog (id varchar(255), author varchar(255), filename varchar(255), dateexecuted timestamp, \
         orderexecuted int, exectype varchar(10), md5sum varchar(35))",
    ),
    ("Alembic's", "alembic_version (version_num varchar(32) PRIMARY KEY)"),
    ("node-pg-migrate's", "pgmigrations (id int PRIMARY KEY, name varchar(255), run_on timestamp)"),
    (
        "Knex's",
        "knex_migrations (id int PRIMARY KEY, name varchar(255), batch int, migration_time timestamptz)",
    ),
    ("Sequelize's", "\"SequelizeMeta\" (name varchar(255) PRIMARY KEY)"),
    ("tern's", "schema_version (version int4 NOT NULL)"),
    (
        "Atlas's",
        "other.atlas_schema_revisions (version varchar PRIMARY KEY, description varchar, type bigint, applied bigint, total bigint)",
    ),
    (
        "graphile-migrate's",
        "other.migrations (hash text PRIMARY KEY, previous_hash text, filename text, date timestamptz)",
    ),
    (
        "pgroll's",
        "other.migrations (schema name, name text, migration jsonb, created_at timestamp, parent text, done boolean)",
    ),
    // Under names that were given with an option.
    ("golang-migrate's", "app_versions (version bigint PRIMARY KEY, dirty boolean NOT NULL)"),
    (
        "Flyway's",
        "app_history (installed_rank int PRIMARY KEY, version varchar(50), description varchar(200), type varchar(20), \
         script varchar(1000), checksum int, success boolean)",
    ),
];

#[test]
fn the_history_of_every_well_known_tool_is_named_and_not_begun_anew() {
    let (project, db) = (project_with(&["a"]), Database::new());
    db.sql("CREATE SCHEMA other");
    for (whose, table) in TABLES {
        db.sql(&format!("CREATE TABLE {table}"));
        let name = table.split_once(" (").unwrap().0;
        let outcome = pmdb(&project, &db, &["up"]).fails(1);
        let shown = name.replace('"', "");
        assert!(outcome.stderr.contains(&format!("{shown} ({whose})")), "{}", outcome.stderr);
        assert!(outcome.stderr.contains(
            "hint: pmdb cannot go on with it; `pmdb baseline VERSION` records what the database has"
        ));
        db.sql(&format!("DROP TABLE {name}"));
    }
    pmdb(&project, &db, &["up"]).success();
}

#[test]
fn a_table_of_dbmate_or_rails_elsewhere_can_be_taken_over() {
    let (project, db) = (project_with(&["a"]), Database::new());
    db.sql("CREATE TABLE app_versions (version varchar(128) PRIMARY KEY)");
    let outcome = pmdb(&project, &db, &["up"]).fails(1);
    assert!(outcome.stderr.contains("public.app_versions (dbmate's)"), "{}", outcome.stderr);
    assert!(
        outcome.stderr.contains("`--table public.app_versions` goes on with that one"),
        "{}",
        outcome.stderr
    );
    db.sql("DROP TABLE app_versions");
    db.sql("CREATE SCHEMA app; CREATE TABLE app.schema_migrations (version character varying NOT NULL PRIMARY KEY)");
    let outcome = pmdb(&project, &db, &["status"]).fails(1);
    assert!(outcome.stderr.contains("app.schema_migrations (dbmate's or Rails')"), "{}", outcome.stderr);
}

#[test]
fn what_only_bears_the_name_of_a_history_does_not_count() {
    let (project, db) = (project_with(&["a"]), Database::new());
    let role = format!("app_{}", db.name());
    let _temporary = crate::support::Held::new(
        db.url(),
        "CREATE TEMPORARY TABLE schema_migrations (version varchar(128) PRIMARY KEY)",
    );
    db.sql(&format!(
        "CREATE SCHEMA evil; CREATE VIEW evil.schema_migrations AS SELECT '1'::varchar AS version; \
         CREATE TABLE evil.flyway_schema_history (id int); CREATE TABLE evil.migrations (id int, name text); \
         CREATE SCHEMA closed; CREATE TABLE closed.schema_migrations (version varchar(128) PRIMARY KEY); \
         CREATE TABLE evil.goose_db_version (version_id bigint, is_applied boolean); \
         CREATE ROLE {role} LOGIN; GRANT USAGE ON SCHEMA evil TO {role}; GRANT CREATE ON SCHEMA public TO {role}"
    ));
    let url = db.url().replace("postgres@", &format!("{role}@"));
    let outcome = project.pmdb(&["up", "--url", &url]).run();
    db.sql(&format!("DROP OWNED BY {role}; DROP ROLE {role}"));
    outcome.success();
}

#[test]
fn of_thousands_of_tenants_a_few_are_named() {
    let (project, db) = (project_with(&["a"]), Database::new());
    db.sql(
        "DO $$ BEGIN FOR i IN 1..300 LOOP \
         EXECUTE format('CREATE SCHEMA tenant_%s', i); \
         EXECUTE format('CREATE TABLE tenant_%s.schema_migrations (version varchar(128) PRIMARY KEY)', i); \
         END LOOP; END $$",
    );
    let outcome = pmdb(&project, &db, &["up"]).fails(1);
    assert!(
        outcome.stderr.contains(
            "other histories: tenant_1.schema_migrations (dbmate's or Rails'), tenant_10.schema_migrations (dbmate's or \
             Rails'), tenant_100.schema_migrations (dbmate's or Rails') and 297 more\n"
        ),
        "{}",
        outcome.stderr
    );
}

#[test]
fn seeds_have_a_history_of_their_own_that_is_looked_for_alone() {
    let (project, db) = (project_with(&["a"]), Database::new());
    project.write("seeds/0001_s.sql", "-- migrate:up\nSELECT 1;\n");
    pmdb(&project, &db, &["seed"]).success();
    pmdb(&project, &db, &["up"]).success();

    let db = Database::new();
    pmdb(&project, &db, &["up"]).success();
    pmdb(&project, &db, &["seed", "--table", "internal.history"]).success();
    let outcome = pmdb(&project, &db, &["seed"]).fails(1);
    assert!(outcome.stderr.contains("internal.schema_seeds (pmdb's)"), "{}", outcome.stderr);
}

#[tokio::test]
async fn a_program_gets_the_same_answer_and_gives_it_by_naming_a_table() {
    let (project, db) = migrated_in_shop();
    let target = Target::from_url(db.url()).unwrap();
    let set = load_folder(&project.path().join("migrations")).unwrap();
    let mut usual = Migrator::new(Session::connect(&target).await.unwrap(), set.clone());
    let error = usual.run(&Goal::newest(), &mut NoopListener).await.unwrap_err();
    assert!(error.to_string().contains("shop.schema_migrations"), "{error}");
    let named = Migrator::new(Session::connect(&target).await.unwrap(), set);
    let mut named = named.table(HistoryTable::new("public", "schema_migrations"));
    assert_eq!(named.run(&Goal::newest(), &mut NoopListener).await.unwrap().finished.len(), 1);
}

#[test]
fn operators_and_functions_that_others_have_made_are_not_called() {
    let (project, db) = migrated_in_shop();
    db.sql(&format!(
        "CREATE SCHEMA evil; CREATE TABLE evil.calls (name text); \
         CREATE FUNCTION evil.eq(name, name) RETURNS boolean LANGUAGE plpgsql AS \
         'BEGIN INSERT INTO evil.calls VALUES (''=''); RETURN false; END'; \
         CREATE FUNCTION evil.eq(oid, oid) RETURNS boolean LANGUAGE plpgsql AS \
         'BEGIN INSERT INTO evil.calls VALUES (''=''); RETURN false; END'; \
         CREATE FUNCTION evil.starts_with(text, text) RETURNS boolean LANGUAGE plpgsql AS \
         'BEGIN INSERT INTO evil.calls VALUES (''starts_with''); RETURN true; END'; \
         CREATE OPERATOR evil.= (FUNCTION = evil.eq, LEFTARG = name, RIGHTARG = name); \
         CREATE OPERATOR evil.= (FUNCTION = evil.eq, LEFTARG = oid, RIGHTARG = oid); \
         ALTER DATABASE {} SET search_path = evil, pg_catalog",
        db.name()
    ));
    let outcome = pmdb(&project, &db, &["up"]).fails(1);
    assert!(outcome.stderr.contains("shop.schema_migrations (dbmate's or Rails')"), "{}", outcome.stderr);
    assert_eq!(db.value("SELECT pg_catalog.count(*) FROM evil.calls"), "0");
}
