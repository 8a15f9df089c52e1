//! Code of the user's that runs when pmdb writes to the history: it changes nothing for the files.

use crate::support::Setup;

fn tables(setup: &Setup) {
    for number in 1..=9 {
        let file = format!(
            "-- migrate:up\nCREATE TABLE x_{number} (a int);\n-- migrate:down\nDROP TABLE public.x_{number};\n"
        );
        setup.project.migration(&format!("{number:04}_x.sql"), &file);
    }
}

const OTHER: &str = "CREATE SCHEMA other; CREATE FUNCTION other.says() RETURNS text LANGUAGE plpgsql AS $$ \
    BEGIN PERFORM set_config('search_path', 'other', false); RETURN 'x'; END $$; \
    CREATE FUNCTION other.fires() RETURNS trigger LANGUAGE plpgsql AS $$ \
    BEGIN PERFORM set_config('search_path', 'other', false); RETURN NEW; END $$";

/// Where the tables are.
const PLACES: &str = "SELECT string_agg(DISTINCT relnamespace::regnamespace::text, ' ') FROM pg_class WHERE relname LIKE 'x\\_%'";

#[test]
fn what_the_history_runs_in_between_leads_no_file_elsewhere() {
    for code in [
        "ALTER TABLE schema_migrations ADD env text DEFAULT other.says()",
        "ALTER TABLE schema_migrations ADD CHECK (other.says() = 'x')",
        "CREATE TRIGGER r BEFORE INSERT ON schema_migrations FOR EACH ROW EXECUTE FUNCTION other.fires()",
    ] {
        // Before the run, and by one of its files.
        for place in ["before", "in a file"] {
            let setup = Setup::new();
            tables(&setup);
            setup.database.sql(OTHER);
            setup.run(&["up", "--to", "1"]).success();
            match place {
                "before" => drop(setup.database.sql(code)),
                _ => setup.project.migration("0004_x.sql", &format!("-- migrate:up\nCREATE TABLE x_4 (a int);\n{code};\n-- migrate:down\nDROP TABLE public.x_4;\n")),
            }
            setup.up().success();
            assert_eq!(setup.database.value(PLACES), "public", "{code}, {place}");
        }
    }
}

#[test]
fn a_row_that_a_trigger_keeps_out_of_the_history_is_not_told_as_applied() {
    let setup = Setup::new();
    tables(&setup);
    setup.run(&["up", "--to", "1"]).success();
    setup.database.sql(
        "CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'; \
         CREATE TRIGGER r BEFORE INSERT ON schema_migrations FOR EACH ROW EXECUTE FUNCTION nothing()",
    );
    let outcome = setup.up().fails(1);
    assert!(outcome.stderr.contains("a trigger keeps its row out"), "{}", outcome.stderr);
    assert_eq!(setup.database.value("SELECT to_regclass('x_2') IS NULL"), "t");
}
