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

/// What `fill` says for these arguments where each new row of `a` is noted in `b`, and the database.
fn noting(arguments: &[&str], more: &str) -> (String, Database) {
    let db = Database::new();
    db.sql(&format!(
        "CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (id bigserial PRIMARY KEY, x int); {more}
         CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO b (x) VALUES (1); RETURN NULL; END $$;
         CREATE TRIGGER noting AFTER INSERT ON a FOR EACH ROW EXECUTE FUNCTION f()"
    ));
    let outcome = Project::new().pmdb(&[&["fill"], arguments].concat()).database(&db).run();
    (format!("{}{}", outcome.stdout, outcome.stderr), db)
}

#[test]
fn a_table_into_which_triggers_write_is_left_to_them() {
    for jobs in ["1", "4"] {
        let (said, db) = noting(&["--rows", "300", "--jobs", jobs], "");
        assert!(said.contains("note: b is left alone: triggers write rows into it, too"), "{said}");
        assert_eq!(db.value("SELECT count(*) FROM a"), "300");
        assert_eq!(db.value("SELECT count(*) FROM b"), "300");
        assert_eq!(db.value("SELECT count(*) FROM pg_index WHERE indrelid = 'b'::regclass"), "1");
    }
    for (arguments, more) in [
        (["a=30", "b=30"], ""),
        (["--rows", "300"], "CREATE TABLE c (id int PRIMARY KEY, b bigint NOT NULL REFERENCES b);"),
    ] {
        let (said, db) = noting(&arguments, more);
        assert!(said.contains("b cannot be filled: triggers write rows into it, too"), "{said}");
        assert!(said.contains("Triggers that run for new rows: noting on public.a."), "{said}");
        assert_eq!(db.value("SELECT (SELECT count(*) FROM a) + (SELECT count(*) FROM b)"), "0");
    }
}

#[test]
fn of_several_tables_into_which_triggers_write_the_one_is_named_whose_rows_are_needed() {
    let db = Database::new();
    db.sql(
        "CREATE TABLE users (id int PRIMARY KEY); CREATE TABLE audit (id bigserial PRIMARY KEY, what text);
         CREATE TABLE profiles (id int PRIMARY KEY REFERENCES users);
         CREATE TABLE photos (id int PRIMARY KEY, profile int NOT NULL REFERENCES profiles);
         CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS
         $$ BEGIN INSERT INTO audit (what) VALUES ('new'); INSERT INTO profiles VALUES (new.id); RETURN NULL; END $$;
         CREATE TRIGGER t AFTER INSERT ON users FOR EACH ROW EXECUTE FUNCTION f()",
    );
    let said = Project::new().pmdb(&["fill", "--rows", "300"]).database(&db).run().fails(1).stderr;
    assert!(said.contains("profiles cannot be filled: triggers write rows into it, too"), "{said}");
    db.sql("DROP TABLE photos");
    let said = Project::new().pmdb(&["fill", "--rows", "300"]).database(&db).run().success().stderr;
    assert!(said.contains("audit is left alone") && said.contains("profiles is left alone"), "{said}");
}

#[test]
fn a_dry_run_empties_nothing_and_moves_no_sequence() {
    let (said, db) = noting(&["a=30", "--truncate", "--dry-run"], "INSERT INTO a VALUES (1);");
    assert!(said.contains("30 rows in 1 table would be made"), "{said}");
    assert_eq!(db.value("SELECT count(*) FROM a"), "1");
    assert_eq!(db.value("SELECT is_called FROM b_id_seq"), "f");
    db.sql(&format!("ALTER DATABASE \"{}\" SET default_transaction_read_only = on", db.name()));
    Project::new().pmdb(&["fill", "--truncate", "--dry-run"]).database(&db).run().success();
}

#[test]
fn a_trigger_that_keeps_a_table_from_being_emptied_is_named() {
    let (_, db) = noting(&["a=3"], "");
    db.sql(
        "CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'append only'; END $$;
         CREATE TRIGGER keeps BEFORE TRUNCATE ON a EXECUTE FUNCTION no()",
    );
    let said = Project::new().pmdb(&["fill", "a=30", "--truncate"]).database(&db).run().fails(1).stderr;
    assert!(said.contains("public.a cannot be emptied: append only"), "{said}");
    assert!(said.contains("Triggers that run when a table is emptied: keeps on public.a."), "{said}");
    assert_eq!(db.value("SELECT count(*) FROM a"), "3");
}

#[test]
fn triggers_find_their_tables_in_the_trial_as_later_on() {
    let db = Database::new();
    db.sql(
        "CREATE TABLE team (id int PRIMARY KEY, lead int NOT NULL); CREATE TABLE person (id int PRIMARY KEY, team int NOT NULL REFERENCES team);
         ALTER TABLE team ADD FOREIGN KEY (lead) REFERENCES person;
         CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM FROM person; RETURN new; END $$;
         CREATE TRIGGER t AFTER INSERT ON team FOR EACH ROW EXECUTE FUNCTION f()",
    );
    Project::new().pmdb(&["fill", "--rows", "100"]).database(&db).run().success();
}

#[test]
fn triggers_that_look_into_tables_which_are_filled_meanwhile_do_not_wait_for_them_for_ever() {
    let quiet = "CREATE FUNCTION quiet() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END'";
    for schema in [
        "CREATE TABLE ev (id bigint PRIMARY KEY, v int); \
         CREATE TABLE stats (id bigint PRIMARY KEY, ev_id bigint NOT NULL REFERENCES ev, n int); \
         CREATE FUNCTION looks() RETURNS trigger LANGUAGE plpgsql AS \
         'BEGIN PERFORM count(*) FROM stats WHERE ev_id = new.id; RETURN new; END'; \
         CREATE TRIGGER t AFTER INSERT ON ev FOR EACH ROW EXECUTE FUNCTION looks(); \
         CREATE TRIGGER u BEFORE UPDATE ON stats FOR EACH ROW EXECUTE FUNCTION quiet()",
        "CREATE TABLE stats (id bigint PRIMARY KEY, n int); \
         CREATE FUNCTION filled() RETURNS bool LANGUAGE plpgsql AS 'BEGIN RETURN (SELECT count(*) FROM stats) >= 0; END'; \
         CREATE TABLE ev (id bigint PRIMARY KEY, CHECK (filled())); ALTER TABLE stats ADD ev_id bigint NOT NULL REFERENCES ev",
    ] {
        let db = Database::new();
        db.sql(&format!("{quiet}; {schema}"));
        Project::new().pmdb(&["fill", "ev=3000", "stats=3000", "--jobs", "4"]).database(&db).run().success();
        assert_eq!(db.value("SELECT count(*) FROM stats"), "3000", "{schema}");
    }
}
