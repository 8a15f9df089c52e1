//! `--role`: everything is done as another role than the one that logs in.

use crate::support::{PgBouncer, Pmdb, Setup, server};

/// A database that belongs to a role that cannot log in, and a role that can, as its member. Their names are odd, and of
/// this database alone.
struct Owned {
    setup: Setup,
    owner: String,
    login: String,
}

impl Owned {
    fn with(files: &[(&str, &str)]) -> Owned {
        let setup = Setup::with(files);
        let name = setup.database.name();
        let (owner, login) = (format!("the o'wner\\ of {name}"), format!("deploy_{name}"));
        setup.database.sql(&format!(
            "CREATE ROLE \"{owner}\"; CREATE ROLE {login} LOGIN NOINHERIT; GRANT \"{owner}\" TO {login}; \
             ALTER DATABASE {name} OWNER TO \"{owner}\""
        ));
        Owned { setup, owner, login }
    }

    fn url(&self) -> String {
        self.setup.database.url().replace("//postgres@", &format!("//{}@", self.login))
    }

    fn pmdb(&self, args: &[&str]) -> Pmdb {
        self.setup.pmdb(&[args, &["--role", &self.owner]].concat()).env("DATABASE_URL", self.url())
    }

    fn value(&self, sql: &str) -> String {
        self.setup.database.value(sql)
    }

    /// Who owns the tables in `public`, each named once.
    fn owners(&self) -> String {
        self.value("SELECT string_agg(DISTINCT tableowner, ', ') FROM pg_tables WHERE schemaname = 'public'")
    }
}

impl Drop for Owned {
    fn drop(&mut self) {
        let Owned { owner, login, setup } = self;
        let _ = setup.database.try_sql(&format!(
            "ALTER DATABASE {} OWNER TO postgres; \
             REASSIGN OWNED BY \"{owner}\", {login} TO postgres; DROP OWNED BY \"{owner}\", {login}; \
             DROP ROLE \"{owner}\", {login}",
            setup.database.name()
        ));
    }
}

const TABLE: (&str, &str) =
    ("0001_t.sql", "-- migrate:up\nCREATE TABLE t (id int);\n-- migrate:down\nDROP TABLE t;\n");

/// What takes a role away, as far as a session can.
const RESETS: &str = "RESET ROLE;\nSET ROLE NONE;\nRESET SESSION AUTHORIZATION;\nRESET ALL;\nSELECT set_config('role', 'none', false);\n";

#[test]
fn everything_belongs_to_the_role_and_the_history_names_who_logged_in() {
    let owned = Owned::with(&[
        TABLE,
        ("0002_resets.sql", &format!("-- migrate:up\n{RESETS}")),
        ("0003_u.sql", "-- migrate:up\nCREATE TABLE u (id int);\nCOPY u FROM stdin;\n1\n\\.\n"),
        ("0004_outside.sql", &format!("-- migrate:up transaction:false\n{RESETS}")),
        (
            "0005_v.sql",
            "-- migrate:up transaction:false\nCREATE TABLE v (id int);\nCREATE INDEX CONCURRENTLY ON v (id);\n\
             RESET ROLE;\nCREATE TABLE w (id int);\n",
        ),
    ]);
    // As it is from PostgreSQL 15 on.
    let rights = format!("GRANT CREATE ON SCHEMA public TO \"{}\"", owned.owner);
    owned.setup.database.sql(&format!("REVOKE CREATE ON SCHEMA public FROM PUBLIC; {rights}"));
    let refused = owned.setup.pmdb(&["up"]).env("DATABASE_URL", owned.url()).run().fails(1);
    assert!(refused.stderr.contains("permission denied for schema public"), "{}", refused.stderr);
    owned.pmdb(&["up"]).run().success();
    assert_eq!(owned.owners(), owned.owner);
    let who = "SELECT string_agg(DISTINCT applied_by, ', ') FROM schema_migrations";
    assert_eq!(owned.value(who), owned.login);
    assert_eq!(owned.value("SELECT count(*) FROM schema_migrations"), "5");
    let status = owned.pmdb(&["status", "--check"]).run().success();
    assert!(status.stdout.contains(&owned.login), "{}", status.stdout);
}

#[test]
fn every_command_takes_the_role() {
    let owned = Owned::with(&[TABLE]);
    owned.setup.project.write(
        "seeds/0001_s.sql",
        "-- migrate:up\nINSERT INTO t VALUES (1);\n-- migrate:down\nDELETE FROM t;\n",
    );
    for args in [
        &["wait"][..],
        &["up"],
        &["redo"],
        &["seed"],
        &["schema"],
        &["advise"],
        &["seed", "--down"],
        &["down"],
        &["up"],
    ] {
        owned.pmdb(args).run().success();
    }
    assert_eq!(owned.owners(), owned.owner);
    let (url, role) = (owned.url(), owned.owner.clone());
    let other = url.replace("?host=", "_other?host=");
    let create = || owned.pmdb(&["create", "--url", &other]).run();
    let refused = create().fails(1);
    assert!(refused.stderr.contains("permission denied to create database"), "{}", refused.stderr);
    owned.setup.database.sql(&format!("ALTER ROLE \"{role}\" CREATEDB"));
    create().success();
    owned.pmdb(&["diff", &other, &other]).run().success();
    let owner =
        "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname LIKE current_database() || '_other'";
    assert_eq!(owned.value(owner), role);
    owned.pmdb(&["drop", "--url", &other]).run().success();
}

#[test]
fn what_was_applied_as_a_role_is_no_drift() {
    let owned = Owned::with(&[TABLE]);
    owned.pmdb(&["up"]).run().success();
    owned.pmdb(&["drift"]).run().success();
    owned.setup.database.sql(&format!("ALTER TABLE t OWNER TO {}", owned.login));
    let drift = owned.pmdb(&["drift"]).run().fails(4);
    assert!(drift.stdout.contains("~ table public.t: owner"), "{}", drift.stdout);
}

#[test]
fn a_role_that_is_not_to_be_had_is_an_error_before_anything_is_done() {
    let owned = Owned::with(&[TABLE]);
    let refusal = |role: &str| {
        let outcome =
            owned.setup.pmdb(&["up", "--role", role]).env("DATABASE_URL", owned.url()).run().fails(1);
        let database = owned.setup.database.name();
        let text = outcome.filtered().replace(&owned.login.replace(database, "[DATABASE]"), "[LOGIN]");
        text.replace(&format!(".s.PGSQL.{}", server().tcp_port()), ".s.PGSQL.[PORT]")
    };
    insta::assert_snapshot!(refusal("nobody's"), @r#"
    exit code: 1
    ----- stdout
    ----- stderr
    error: cannot connect to [DATABASE] on [SOCKET_DIR]/.s.PGSQL.[PORT] as [LOGIN], role nobody's: role "nobody's" does not exist
    hint: --role needs a role that is there, with [LOGIN] as its member (`GRANT role TO [LOGIN]`)
    "#);
    insta::assert_snapshot!(refusal("pg_monitor"), @r#"
    exit code: 1
    ----- stdout
    ----- stderr
    error: cannot connect to [DATABASE] on [SOCKET_DIR]/.s.PGSQL.[PORT] as [LOGIN], role pg_monitor: permission denied to set role "pg_monitor"
    hint: --role needs a role that is there, with [LOGIN] as its member (`GRANT role TO [LOGIN]`)
    "#);
    insta::assert_snapshot!(refusal("none"), @r#"
    exit code: 1
    ----- stdout
    ----- stderr
    error: cannot connect to [DATABASE] on [SOCKET_DIR]/.s.PGSQL.[PORT] as [LOGIN], role none: the session has the role [LOGIN], not the one asked for
    hint: a pooler on the way drops the role: connect past it, or make it the role's own setting (`ALTER ROLE [LOGIN] SET role = …`) and leave out --role
    "#);
    owned.setup.pmdb(&["up", "--role", ""]).run().fails(2);
    assert_eq!(owned.value("SELECT to_regclass('schema_migrations') IS NULL"), "t");
}

#[test]
fn a_statement_that_a_killed_run_has_left_is_waited_for() {
    let slow = "-- migrate:up\nSELECT pg_advisory_xact_lock(7);\nCREATE TABLE slow (id int);\n";
    let owned = Owned::with(&[TABLE, ("0002_slow.sql", slow)]);
    let held = owned.setup.hold("SELECT pg_advisory_lock(7)");
    let first = owned.pmdb(&["up", "--lock-timeout", "60s"]).spawn();
    owned.setup.wait_for_statement("pg_advisory_xact_lock(7)");
    first.kill();
    let second = owned.pmdb(&["up"]).spawn();
    second.wait_for_stderr("waiting for another pmdb (pid ");
    drop(held);
    second.wait().success();
    assert_eq!(owned.setup.states(), "0001 applied, 0002 applied");
}

#[test]
fn a_pooler_that_does_not_pass_the_role_on_is_named() {
    let Some(pooler) = PgBouncer::new(4) else { return };
    let setup = Setup::with(&[TABLE]);
    let outcome = setup
        .pmdb(&["up", "--role", "pg_monitor"])
        .env("DATABASE_URL", pooler.url(&setup.database))
        .run()
        .fails(1);
    assert!(outcome.stderr.contains("pooler"), "{}", outcome.stderr);
    assert_eq!(setup.database.value("SELECT to_regclass('schema_migrations') IS NULL"), "t");
}
