//! Row level security on the history never makes it look shorter than it is.

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

#[test]
fn a_history_in_a_temporary_or_a_system_schema_is_refused() {
    let setup = Setup::with(&[("0001_t.sql", "-- migrate:up\nCREATE TABLE t ();\n")]);
    for table in ["pg_temp.history", "pg_catalog.history", "information_schema.history"] {
        let outcome = setup.run(&["up", "--table", table]).fails(2);
        assert!(outcome.stderr.contains("of the server's own"), "{}", outcome.stderr);
    }
}
