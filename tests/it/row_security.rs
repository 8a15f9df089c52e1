//! Row level security on the history never makes it look shorter than it is.

use pmdb::{Goal, HistoryTable, Migrator, NoopListener, Session, Target, load_folder};

use crate::support::Setup;

#[test]
fn a_history_whose_rows_would_be_hidden_is_refused_by_every_command_that_reads_it() {
    let setup =
        Setup::with(&[("0001_t.sql", "-- migrate:up\nCREATE TABLE t ();\n-- migrate:down\nDROP TABLE t;\n")]);
    setup.project.write("seeds/0001_s.sql", "-- migrate:up\nSELECT 1;\n-- migrate:down\nSELECT 2;\n");
    let role = format!("{}_owner", setup.database.name());
    setup.database.sql(&format!(
        "CREATE ROLE {role} LOGIN; GRANT ALL ON SCHEMA public TO {role}; \
         GRANT ALL ON DATABASE {} TO {role}",
        setup.database.name()
    ));
    let url = setup.database.url().replacen("postgres@", &format!("{role}@"), 1);
    let run = |args: &[&str]| setup.project.pmdb(args).env("DATABASE_URL", &url).run();
    run(&["up"]).success();
    run(&["seed"]).success();
    for table in ["schema_migrations", "schema_seeds"] {
        setup.database.sql(&format!(
            "ALTER TABLE {table} OWNER TO {role}; ALTER TABLE {table} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY"
        ));
    }
    setup
        .project
        .migration("0002_u.sql", "-- migrate:up\nCREATE TABLE u ();\n-- migrate:down\nDROP TABLE u;\n");
    for args in [
        &["status"][..],
        &["up"],
        &["up", "--dry-run"],
        &["down"],
        &["redo"],
        &["seed"],
        &["seed", "--down"],
        &["accept", "1"],
        &["renumber", "1", "2"],
        &["resolve", "1", "--done"],
        &["drift"],
    ] {
        let outcome = run(args).fails(1);
        assert!(outcome.stderr.contains("row level security hides rows"), "{args:?}\n{}", outcome.stderr);
        assert!(outcome.stderr.contains("DISABLE ROW LEVEL SECURITY"), "{args:?}\n{}", outcome.stderr);
    }
    setup.database.sql("ALTER TABLE schema_migrations NO FORCE ROW LEVEL SECURITY");
    run(&["up"]).success();
    setup.database.sql(&format!("DROP OWNED BY {role}; DROP ROLE {role}"));
}

#[tokio::test]
async fn a_program_cannot_have_its_history_there_either() {
    let setup = Setup::with(&[("0001_t.sql", "-- migrate:up\nCREATE TABLE t ();\n")]);
    let set = load_folder(&setup.project.path().join("migrations")).unwrap();
    let session = Session::connect(&Target::from_url(setup.database.url()).unwrap()).await.unwrap();
    let mut migrator = Migrator::new(session, set).table(HistoryTable::new("pg_temp", "history"));
    let error = migrator.run(&Goal::newest(), &mut NoopListener).await.unwrap_err();
    assert!(error.to_string().contains("a schema of the server's own"), "{error}");
    assert_eq!(setup.database.value("SELECT to_regclass('t') IS NULL"), "t");
}

#[test]
fn a_history_in_a_temporary_or_a_system_schema_is_refused() {
    let setup = Setup::with(&[("0001_t.sql", "-- migrate:up\nCREATE TABLE t ();\n")]);
    for table in ["pg_temp.history", "pg_catalog.history", "information_schema.history"] {
        let outcome = setup.run(&["up", "--table", table]).fails(2);
        assert!(outcome.stderr.contains("of the server's own"), "{}", outcome.stderr);
    }
}

const FILES: [(&str, &str); 2] = [
    ("0001_t.sql", "-- migrate:up\nCREATE TABLE IF NOT EXISTS t (i int);\n-- migrate:down\nDROP TABLE t;\n"),
    ("0002_u.sql", "-- migrate:up\nINSERT INTO t VALUES (1);\n-- migrate:down\nDELETE FROM t;\n"),
];

/// A project whose files were applied by an ordinary role that owns the database, and the URL of that role.
fn applied_by_an_ordinary_role() -> (Setup, String, String) {
    let setup = Setup::with(&FILES);
    let role = format!("owner_{}", setup.database.name());
    let database = setup.database.name();
    setup.database.sql(&format!("CREATE ROLE {role} LOGIN; ALTER DATABASE {database} OWNER TO {role}"));
    let url = setup.database.url().replace("postgres@", &format!("{role}@"));
    setup.pmdb(&["up"]).env("DATABASE_URL", &url).run().success();
    (setup, url, role)
}

#[test]
fn a_table_with_too_few_columns_is_read_with_the_same_care() {
    let (setup, url, role) = applied_by_an_ordinary_role();
    setup.database.sql(
        "ALTER TABLE schema_migrations DROP COLUMN checksum; \
         ALTER TABLE schema_migrations ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY",
    );
    for command in ["status", "up", "down"] {
        let outcome = setup.pmdb(&[command]).env("DATABASE_URL", &url).run().fails(1);
        assert!(outcome.stderr.contains("row level security hides rows"), "{}", outcome.stderr);
    }
    let database = setup.database.name();
    setup
        .database
        .sql(&format!("ALTER DATABASE {database} OWNER TO postgres; DROP OWNED BY {role}; DROP ROLE {role}"));
}

#[test]
fn files_keep_the_row_security_that_they_have_anywhere_else() {
    let (setup, url, role) = applied_by_an_ordinary_role();
    setup.project.migration(
        "0003_rows.sql",
        "-- migrate:up\nALTER TABLE t ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;\n\
         CREATE TABLE seen AS SELECT count(*) AS n, current_setting('row_security') AS setting FROM t;\n",
    );
    setup.project.migration(
        "0004_more.sql",
        "-- migrate:up\nINSERT INTO seen SELECT count(*), current_setting('row_security') FROM t;\n",
    );
    setup.pmdb(&["up"]).env("DATABASE_URL", &url).run().success();
    assert_eq!(setup.database.value("SELECT string_agg(n || ' ' || setting, ', ') FROM seen"), "0 on, 0 on");
    let database = setup.database.name();
    setup
        .database
        .sql(&format!("ALTER DATABASE {database} OWNER TO postgres; DROP OWNED BY {role}; DROP ROLE {role}"));
}
