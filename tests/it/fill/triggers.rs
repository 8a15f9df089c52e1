//! Triggers that refuse rows, keep them out or write others: named, with what state things are in.

use crate::support::{Database, Project};

fn refused(body: &str, before: &str) -> (String, Database) {
    let db = Database::new();
    db.sql(&format!(
        "CREATE TABLE q (id int PRIMARY KEY); CREATE TABLE t (id int PRIMARY KEY, n int NOT NULL REFERENCES q); \
         CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} RETURN new; END $$; \
         CREATE TRIGGER \"the trigger\" {before} INSERT ON t FOR EACH ROW EXECUTE FUNCTION f()"
    ));
    let outcome =
        Project::new().pmdb(&["fill", "t=3000", "q=10", "--jobs", "1"]).database(&db).run().fails(1);
    (outcome.stderr, db)
}

#[test]
fn a_trigger_that_stands_in_the_way_is_named_with_what_keeps_it_from_running() {
    for (body, before, said, state) in [
        (
            "RAISE 'no';",
            "BEFORE",
            "t cannot be filled: no (SQLSTATE P0001)",
            "taken back: no row was written.",
        ),
        (
            "RETURN NULL;",
            "BEFORE",
            "t cannot be filled: a trigger keeps rows out",
            "taken back: no row was written.",
        ),
        ("new.n = -1;", "BEFORE", "violates foreign key constraint \"t_n_fkey\"", "no "),
        // Of the rows that are tried beforehand, none is the one.
        (
            "IF new.id = 2222 THEN RAISE 'not this one'; END IF;",
            "AFTER",
            "t cannot be filled: not this one",
            "Filled as a whole: public.q;",
        ),
        (
            "IF new.id = 2222 THEN RETURN NULL; END IF;",
            "BEFORE",
            "t cannot be filled: a trigger keeps 1 of its rows out",
            "Filled as a whole: public.q;",
        ),
    ] {
        let (stderr, db) = refused(body, before);
        assert!(stderr.contains(said) && stderr.contains(state), "{stderr}");
        assert!(stderr.contains("Triggers that run for new rows: the trigger on public.t."), "{stderr}");
        assert!(
            stderr.contains("hint: `ALTER TABLE public.t DISABLE TRIGGER \"the trigger\"` keeps one from"),
            "{stderr}"
        );
        assert_eq!(db.value("SELECT count(*) FROM t"), "0");
        db.sql("ALTER TABLE t DISABLE TRIGGER \"the trigger\"");
        Project::new().pmdb(&["fill", "t=3000", "--jobs", "1"]).database(&db).run().success();
    }
}
