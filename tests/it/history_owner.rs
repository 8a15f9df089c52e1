//! What hangs on the history table runs as the role that reads or writes it: nothing of a stranger's may.

use crate::support::{Outcome, Setup};

/// A role that may create in `public`, and nothing else. It goes with the value.
struct Stranger<'s> {
    setup: &'s Setup,
    name: String,
}

impl Stranger<'_> {
    fn new<'s>(setup: &'s Setup, called: &str) -> Stranger<'s> {
        let name = format!("{called}_{}", setup.database.name());
        setup.database.sql(&format!("CREATE ROLE {name} LOGIN; GRANT CREATE ON SCHEMA public TO {name}"));
        Stranger { setup, name }
    }

    fn url(&self) -> String {
        self.setup.database.url().replace("postgres@", &format!("{}@", self.name))
    }

    /// Runs SQL as this role; `MALLORY` stands for its name.
    fn sql(&self, sql: &str) {
        let Stranger { setup, name } = self;
        setup.database.sql(&format!("SET SESSION AUTHORIZATION {name}; {}", sql.replace("MALLORY", name)));
    }

    /// Runs pmdb as this role.
    fn run(&self, args: &[&str]) -> Outcome {
        self.setup.pmdb(args).env("DATABASE_URL", self.url()).run()
    }

    fn is_superuser(&self) -> bool {
        self.setup.database.value(&format!("SELECT rolsuper FROM pg_roles WHERE rolname = '{}'", self.name))
            == "t"
    }
}

impl Drop for Stranger<'_> {
    fn drop(&mut self) {
        let Stranger { setup, name } = self;
        let _ = setup.database.try_sql(&format!("DROP OWNED BY {name} CASCADE; DROP ROLE {name}"));
    }
}

const FILE: (&str, &str) =
    ("0001_t.sql", "-- migrate:up\nCREATE TABLE public.t (i int);\n-- migrate:down\nDROP TABLE public.t;\n");

/// Makes its owner a superuser when a superuser calls it.
const GRAB: &str = "CREATE FUNCTION public.grab() RETURNS bool LANGUAGE plpgsql AS $$ BEGIN \
    IF (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN EXECUTE 'ALTER ROLE MALLORY SUPERUSER'; END IF; \
    RETURN true; END $$; \
    CREATE FUNCTION public.grab_row() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
    PERFORM public.grab(); RETURN coalesce(NEW, OLD); END $$; ";

/// The columns of a complete history.
const COLUMNS: &str = "version text PRIMARY KEY, name text, checksum text, up_sql text, down_sql text, \
    applied_at timestamptz DEFAULT now(), applied_by text DEFAULT current_user, execution_ms bigint, \
    statements_done integer, statements_total integer";

#[test]
fn an_operator_of_another_role_in_public_is_never_called() {
    let setup = Setup::with(&[FILE]);
    let mallory = Stranger::new(&setup, "mallory");
    // Every pair of types for which there is an operator of that name, but none of the server's own that takes just these.
    mallory.sql(&format!(
        "{GRAB} DO $do$ DECLARE o record; BEGIN FOR o IN \
         WITH types AS (SELECT oid FROM pg_type WHERE oid < 10000 AND typtype = 'b' AND typname IN ('oid', 'int2', 'int4', \
         'int8', 'numeric', 'float8', 'text', 'varchar', 'bpchar', 'name', 'char', 'bool', 'regclass', 'interval', \
         'timestamptz', 'xid', '_text', '_name', '_oid', 'int2vector', 'oidvector')), \
         names AS (SELECT DISTINCT oprname FROM pg_operator WHERE oprkind = 'b' AND oprname IN ('=', '<>', '<', '>', '<=', \
         '>=', '+', '-', '*', '/', '%', '||', '~', '!~', '~*', '~~', '!~~', '@>', '&')) \
         SELECT oprname, format_type(l.oid, NULL) AS l, format_type(r.oid, NULL) AS r FROM names, types l, types r \
         WHERE NOT EXISTS (SELECT FROM pg_operator p WHERE p.oprname = names.oprname AND p.oprleft = l.oid AND p.oprright = r.oid) \
         LOOP IF to_regprocedure(format('public.cap(%s, %s)', o.l, o.r)) IS NULL THEN \
         EXECUTE format('CREATE FUNCTION public.cap(a %s, b %s) RETURNS bool LANGUAGE sql AS $$ SELECT public.grab() $$', o.l, o.r); \
         END IF; \
         EXECUTE format('CREATE OPERATOR public.%s (LEFTARG = %s, RIGHTARG = %s, FUNCTION = public.cap)', o.oprname, o.l, o.r); \
         END LOOP; END $do$"
    ));
    for command in ["up", "down", "up", "redo", "status", "advise", "drift", "schema"] {
        setup.run(&[command]);
        assert!(!mallory.is_superuser(), "{command}");
    }
    setup.project.migration(
        "0002_i.sql",
        "-- migrate:up transaction:false\nCREATE INDEX CONCURRENTLY ON public.t (i);\n",
    );
    setup.up().success();
    setup.project.migration(FILE.0, &FILE.1.replace("i int", "i bigint"));
    setup.run(&["accept", "0001"]).success();
    assert!(!mallory.is_superuser());
}

#[test]
fn a_history_table_of_a_stranger_is_refused_before_anything_of_it_runs() {
    for made in [
        "CREATE TABLE public.schema_migrations (COLUMNS); CREATE TRIGGER t BEFORE INSERT ON public.schema_migrations \
         FOR EACH ROW EXECUTE FUNCTION public.grab_row()",
        "CREATE TABLE public.schema_migrations (COLUMNS, extra bool DEFAULT public.grab())",
        "CREATE TABLE public.schema_migrations (COLUMNS); CREATE RULE r AS ON INSERT TO public.schema_migrations \
         DO ALSO SELECT public.grab()",
        // It looks as if dbmate had made it.
        "CREATE TABLE public.schema_migrations (version varchar PRIMARY KEY); INSERT INTO public.schema_migrations VALUES ('0001'); \
         CREATE TRIGGER t BEFORE UPDATE ON public.schema_migrations FOR EACH ROW EXECUTE FUNCTION public.grab_row()",
        "CREATE TABLE public.other (COLUMNS); INSERT INTO public.other (version) VALUES ('0001'); \
         CREATE VIEW public.schema_migrations AS SELECT * FROM public.other WHERE public.grab()",
        "CREATE TABLE public.schema_migrations (COLUMNS); CREATE FUNCTION public.one(int) RETURNS text IMMUTABLE \
         LANGUAGE plpgsql AS $$ BEGIN PERFORM public.grab(); RETURN '1'; END $$; \
         CREATE INDEX ON public.schema_migrations ((public.one(1) || version))",
    ] {
        let setup = Setup::with(&[FILE]);
        let mallory = Stranger::new(&setup, "mallory");
        mallory.sql(&(GRAB.to_owned() + &made.replace("COLUMNS", COLUMNS)));
        for command in [
            &["status"][..],
            &["up", "--dry-run"],
            &["up"],
            &["down"],
            &["redo"],
            &["accept", "0001"],
            &["drift"],
        ] {
            let outcome = setup.run(command).fails(1);
            let complaint = format!("public.schema_migrations belongs to {}, which is neither", mallory.name);
            assert!(outcome.stderr.contains(&complaint), "{made}\n{command:?}\n{}", outcome.stderr);
            assert!(!mallory.is_superuser(), "{made}, {command:?}");
        }
        assert_eq!(setup.database.value("SELECT to_regclass('public.t') IS NULL"), "t");
    }
}

#[test]
fn what_a_stranger_hangs_on_a_history_table_of_ours_is_refused() {
    for (hung, what) in [
        (
            "CREATE TRIGGER bad BEFORE INSERT ON public.schema_migrations FOR EACH ROW EXECUTE FUNCTION public.grab_row()",
            "trigger (bad) whose function belongs to",
        ),
        (
            "CREATE TRIGGER bad BEFORE UPDATE ON public.schema_migrations FOR EACH ROW WHEN (public.grab()) \
             EXECUTE FUNCTION pg_catalog.suppress_redundant_updates_trigger()",
            "trigger with a condition (bad)",
        ),
        (
            "CREATE TABLE public.bad (v text REFERENCES public.schema_migrations ON DELETE CASCADE)",
            "is referred to by a table (bad) that belongs to",
        ),
    ] {
        let setup = Setup::with(&[FILE]);
        setup.up().success();
        let mallory = Stranger::new(&setup, "mallory");
        setup.database.sql(&format!("GRANT ALL ON public.schema_migrations TO {}", mallory.name));
        mallory.sql(&(GRAB.to_owned() + hung));
        setup.project.migration("0002_u.sql", "-- migrate:up\nCREATE TABLE public.u ();\n");
        for command in ["up", "down", "redo"] {
            let outcome = setup.run(&[command]).fails(1);
            assert!(outcome.stderr.contains(what), "{hung}\n{}", outcome.stderr);
        }
        setup.project.migration(FILE.0, &FILE.1.replace("i int", "i bigint"));
        assert!(setup.run(&["accept", "0001"]).fails(1).stderr.contains(what));
        // To read it runs nothing of that.
        setup.run(&["status"]).success();
        assert!(!mallory.is_superuser());
    }
}

#[test]
fn the_seeds_have_a_history_of_the_same_care() {
    let setup = Setup::with(&[FILE]);
    setup.project.write("seeds/0001_s.sql", "-- migrate:up\nINSERT INTO public.t VALUES (1);\n");
    setup.up().success();
    let mallory = Stranger::new(&setup, "mallory");
    mallory.sql(&format!(
        "{GRAB} CREATE TABLE public.schema_seeds ({COLUMNS}, extra bool DEFAULT public.grab())"
    ));
    let outcome = setup.run(&["seed"]).fails(1);
    assert!(outcome.stderr.contains("public.schema_seeds belongs to"), "{}", outcome.stderr);
    assert!(!mallory.is_superuser());
}

#[test]
fn a_table_of_our_own_a_role_that_we_are_in_the_owner_of_the_database_or_a_superuser_is_trusted() {
    let setup = Setup::with(&[FILE]);
    let (deploy, team) = (Stranger::new(&setup, "deploy"), Stranger::new(&setup, "team"));
    let db = &setup.database;
    // Our own.
    deploy.run(&["up"]).success();
    deploy.run(&["down"]).success();
    // A role that it is a member of.
    db.sql(&format!(
        "GRANT {} TO {}; ALTER TABLE schema_migrations OWNER TO {}",
        team.name, deploy.name, team.name
    ));
    deploy.run(&["up"]).success();
    // For a superuser, who is treated as a member of every role, it is not.
    setup.run(&["status"]).fails(1);
    // A superuser.
    db.sql(&format!(
        "ALTER TABLE schema_migrations OWNER TO postgres; GRANT ALL ON schema_migrations TO {}",
        deploy.name
    ));
    deploy.run(&["down"]).success();
    setup.run(&["status"]).success();
    // The owner of the database.
    db.sql(&format!(
        "ALTER TABLE schema_migrations OWNER TO {0}; ALTER DATABASE {1} OWNER TO {0}; REVOKE {0} FROM {2}; \
         GRANT ALL ON schema_migrations TO {2}",
        team.name,
        db.name(),
        deploy.name
    ));
    deploy.run(&["up"]).success();
    setup.run(&["status"]).success();
    db.sql(&format!("ALTER DATABASE {} OWNER TO postgres", db.name()));
}

#[test]
fn triggers_of_those_who_are_trusted_run() {
    let setup = Setup::with(&[FILE]);
    setup.up().success();
    setup.database.sql(
        "CREATE TABLE log (v text); CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS \
         $$ BEGIN INSERT INTO public.log VALUES (NEW.version); RETURN NEW; END $$; \
         CREATE TRIGGER note AFTER INSERT ON schema_migrations FOR EACH ROW EXECUTE FUNCTION note(); \
         CREATE TABLE refers (v text REFERENCES schema_migrations)",
    );
    setup.project.migration("0002_b.sql", "-- migrate:up\nCREATE TABLE b ();\n");
    setup.up().success();
    assert_eq!(setup.database.value("SELECT v FROM log"), "0002");
}

#[test]
fn the_case_of_the_operator_that_made_its_owner_a_superuser() {
    // As a setup for an older server, where everybody may create in public.
    let setup = Setup::with(&[FILE]);
    let mallory = Stranger::new(&setup, "mallory");
    mallory.sql(
        "CREATE FUNCTION public.cap(a oid, b int4) RETURNS bool LANGUAGE plpgsql AS $$ BEGIN \
         IF (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN EXECUTE 'ALTER ROLE MALLORY SUPERUSER'; END IF; \
         RETURN a::int8 = b::int8; END $$; CREATE OPERATOR public.= (LEFTARG = oid, RIGHTARG = int4, FUNCTION = public.cap)",
    );
    setup.up().success();
    assert!(!mallory.is_superuser());
}
