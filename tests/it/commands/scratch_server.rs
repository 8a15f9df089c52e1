//! Scratch databases on the server of the target: nothing that lives there changes, whatever migrations do.

use crate::support::{Outcome, Project, Server, wait_until};

/// What lives outside of databases: roles, memberships, settings, databases, tablespaces, slots, system settings.
const OUTSIDE: [&str; 10] = [
    "SELECT a::text FROM pg_authid a ORDER BY oid",
    "SELECT m::text FROM pg_auth_members m ORDER BY roleid, member",
    "SELECT s::text FROM pg_db_role_setting s ORDER BY setdatabase, setrole",
    "SELECT (to_jsonb(d) - 'datfrozenxid' - 'datminmxid')::text FROM pg_database d ORDER BY oid",
    "SELECT t::text FROM pg_tablespace t ORDER BY oid",
    "SELECT s::text FROM pg_shdescription s ORDER BY objoid",
    "SELECT s::text FROM pg_shseclabel s ORDER BY objoid",
    "SELECT slot_name::text FROM pg_replication_slots ORDER BY 1",
    "SELECT o::text FROM pg_replication_origin o ORDER BY roident",
    "SELECT name || '=' || setting FROM pg_file_settings ORDER BY 1",
];

/// A server in use.
struct Site {
    server: Server,
}

impl Site {
    fn new() -> Site {
        let server = Server::own();
        server.sql(
            "postgres",
            "CREATE ROLE svc LOGIN PASSWORD 'secret' CONNECTION LIMIT 7; CREATE ROLE admins",
        );
        server.sql("postgres", "CREATE ROLE spare; GRANT admins TO spare; COMMENT ON ROLE svc IS 'of mine'");
        for statement in ["CREATE DATABASE shop", "CREATE DATABASE other"] {
            server.sql("postgres", statement);
        }
        server.sql(
            "postgres",
            "ALTER DATABASE other SET work_mem = '9MB'; COMMENT ON DATABASE other IS 'of mine'",
        );
        Site { server }
    }

    fn outside(&self) -> Vec<Vec<Vec<Option<String>>>> {
        OUTSIDE.iter().map(|query| self.server.sql("postgres", query)).collect()
    }

    /// Runs a command with scratch databases on this server, and sees that nothing has changed afterwards.
    #[track_caller]
    fn harmless(&self, project: &Project, args: &[&str]) -> Outcome {
        let before = self.outside();
        let url = self.server.url("postgres");
        let outcome = project
            .pmdb(&[args, &["--scratch-url", &url]].concat())
            .env("DATABASE_URL", self.server.url("shop"))
            .run();
        assert_eq!(self.outside(), before, "{args:?}: {}{}", outcome.stdout, outcome.stderr);
        outcome
    }
}

/// What a DO block can do to a server, with what the refusal says of it.
const HIDDEN: [(&str, &str); 13] = [
    ("ALTER ROLE svc CONNECTION LIMIT 5", "role svc"),
    ("ALTER ROLE svc PASSWORD ''other''", "role svc"),
    ("DROP ROLE spare", "role spare"),
    ("CREATE ROLE fresh", "role fresh"),
    ("GRANT admins TO svc", "membership of svc in admins"),
    ("REVOKE admins FROM spare", "membership of spare in admins"),
    ("ALTER ROLE svc SET search_path = x", "settings of role svc"),
    ("ALTER ROLE ALL SET work_mem = ''5MB''", "settings"),
    ("ALTER DATABASE other SET work_mem = ''5MB''", "settings in database other"),
    ("REVOKE CONNECT ON DATABASE other FROM PUBLIC", "database other"),
    ("COMMENT ON ROLE svc IS ''x''", "comment on role svc"),
    ("COMMENT ON DATABASE other IS NULL", "comment on database other"),
    ("ALTER TABLESPACE pg_default SET (random_page_cost = 2)", "tablespace pg_default"),
];

fn block(statement: &str) -> String {
    format!("DO $$ BEGIN EXECUTE '{statement}'; END $$;\n")
}

#[test]
fn what_a_block_does_to_the_server_is_rolled_back_and_told() {
    let site = Site::new();
    for (number, (statement, what)) in HIDDEN.into_iter().enumerate() {
        let mode = if number % 2 == 0 { "" } else { " transaction:false" };
        let project = Project::new();
        let up = format!("-- migrate:up{mode}\nCREATE TABLE t ();\n{}", block(statement));
        project.migration("0001_x.sql", &up);
        let diff = ["diff", &site.server.url("shop"), "--to", "1"];
        let command = if number % 3 == 0 { &diff[..] } else { &["verify"] };
        let outcome = site.harmless(&project, command).fails(1);
        let (_, told) =
            outcome.stderr.split_once("changes what is outside of the scratch database: ").unwrap();
        assert!(told.lines().next().unwrap().contains(what), "{statement}: {}", outcome.stderr);
        let project = Project::new();
        let down = format!(
            "-- migrate:up\nCREATE TABLE t ();\n-- migrate:down\nDROP TABLE t;\n{}",
            block(statement)
        );
        project.migration("0001_x.sql", &down);
        let json = site.harmless(&project, &["verify", "--json"]).fails(1).json();
        assert_eq!(json["migrations"][0]["verdict"], "down_fails", "{statement}");
    }
}

#[test]
fn no_search_path_leads_the_comparison_astray() {
    let site = Site::new();
    let project = Project::new();
    project.migration(
        "0001_x.sql",
        &format!(
            "-- migrate:up\nCREATE SCHEMA evil;\n\
             CREATE FUNCTION evil.md5(text) RETURNS text LANGUAGE sql AS 'SELECT ''x''::text';\n\
             CREATE FUNCTION evil.never(text, text) RETURNS bool LANGUAGE sql AS 'SELECT false';\n\
             CREATE OPERATOR evil.<> (LEFTARG = text, RIGHTARG = text, FUNCTION = evil.never);\n\
             CREATE VIEW evil.pg_roles AS SELECT 1 AS rolname;\n\
             DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET search_path = evil, pg_catalog', current_database()); END $$;\n\
             SET search_path = evil, pg_catalog;\n{}",
            block("ALTER ROLE svc CONNECTION LIMIT 5")
        ),
    );
    project
        .migration("0002_y.sql", &format!("-- migrate:up\n{}", block("ALTER ROLE svc CONNECTION LIMIT 6")));
    let outcome = site.harmless(&project, &["verify"]).fails(1);
    assert!(outcome.stderr.contains("outside of the scratch database: role svc"), "{}", outcome.stderr);
}

#[test]
fn statements_about_the_server_are_refused_before_anything_runs() {
    let site = Site::new();
    for statement in [
        "CREATE ROLE fresh",
        "ALTER ROLE svc PASSWORD 'change-me' CONNECTION LIMIT 5",
        "DROP ROLE spare",
        "GRANT admins TO svc",
        "ALTER DATABASE other SET work_mem = '5MB'",
        "GRANT CONNECT ON DATABASE other TO svc",
        "COMMENT ON DATABASE other IS 'x'",
        "ALTER SYSTEM SET work_mem = '5MB'",
        "CREATE DATABASE another",
        "DROP DATABASE other",
        "CREATE SUBSCRIPTION s CONNECTION 'host=127.0.0.1' PUBLICATION p",
        "SELECT pg_create_physical_replication_slot('mine')",
        "SELECT dblink_exec('', '')",
    ] {
        let project = Project::new();
        let file = format!("-- migrate:up transaction:false\n\n  {statement};\n");
        project.migration("0001_x.sql", &file);
        for command in [&["verify", "--json"][..], &["diff", "--json", &site.server.url("shop"), "--to", "1"]]
        {
            let json = site.harmless(&project, command).fails(1).json();
            assert_eq!(json["error"]["code"], "shared", "{statement}: {json:#}");
            let found = &json["error"]["statements"][0];
            assert_eq!(
                (&found["location"]["line"], &found["location"]["column"]),
                (&3.into(), &3.into()),
                "{statement}"
            );
            assert!(!json.to_string().contains("change-me"));
        }
    }
}

/// The case of a role that was changed by hand after the migrations were applied.
#[test]
fn drift_resets_no_role() {
    let site = Site::new();
    let project = Project::new();
    project.migration(
        "0001_role.sql",
        "-- migrate:up\nDO $$ BEGIN EXECUTE 'ALTER ROLE svc CONNECTION LIMIT 5'; END $$;\nCREATE TABLE t ();\n",
    );
    project.pmdb(&["up"]).env("DATABASE_URL", site.server.url("shop")).run().success();
    site.server.sql("postgres", "ALTER ROLE svc CONNECTION LIMIT 50");
    let outcome = site.harmless(&project, &["drift"]).fails(1);
    insta::assert_snapshot!(outcome.filtered(), @r"
    exit code: 1
    ----- stdout
    ----- stderr
    error: migrations/0001_role.sql: this file changes what is outside of the scratch database: role svc
    This is the scratch database: the target is untouched.
    database: postgres on [SOCKET_DIR]/.s.PGSQL.[PORT] as postgres
    hint: without --scratch-url pmdb uses a private server, where nobody is harmed; on a server on which nothing else lives, --allow-shared lets it
    ");
}

#[test]
fn what_a_migration_does_to_its_own_scratch_database_is_fine() {
    let site = Site::new();
    let project = Project::new();
    let own = "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET work_mem = ''8MB''', current_database()); \
               EXECUTE format('COMMENT ON DATABASE %I IS ''x''', current_database()); \
               EXECUTE format('REVOKE CONNECT ON DATABASE %I FROM PUBLIC', current_database()); END $$;\n";
    project.migration("0001_x.sql", &format!("-- migrate:up\n{own}"));
    site.harmless(&project, &["verify"]).success();
}

#[test]
fn somebody_who_changes_a_role_meanwhile_is_not_blamed_on_a_migration() {
    const WAIT: &str = "WHILE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'meanwhile') LOOP \
        PERFORM pg_sleep(0.01); END LOOP";
    let function = format!(
        "CREATE TABLE t (a int);\nINSERT INTO t VALUES (1);\n\
         CREATE FUNCTION see(a int) RETURNS int LANGUAGE plpgsql VOLATILE AS $$ BEGIN {WAIT}; RETURN a; END $$;\n\
         CREATE FUNCTION wait(a int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN public.see(a); END $$;\n"
    );
    let in_a_half = [
        ("", "DO $$ BEGIN WAIT; END $$;\n"),
        (" transaction:false", "CREATE TABLE u ();\nSELECT wait(1);\nCREATE TABLE v ();\n"),
        (" transaction:false", "CREATE TABLE u ();\nBEGIN;\nSELECT wait(1);\nCREATE TABLE v ();\nCOMMIT;\n"),
        (" transaction:false", "CREATE INDEX CONCURRENTLY i ON t (wait(a));\nCREATE TABLE v ();\n"),
    ];
    for (option, half) in in_a_half {
        let site = Site::new();
        let project = Project::new();
        let half = half.replace("WAIT", WAIT);
        project.migration(
            "0001_f.sql",
            &format!(
                "-- migrate:up\n{function}-- migrate:down\nDROP TABLE t; DROP FUNCTION wait(int), see(int);\n"
            ),
        );
        project.migration("0002_waits.sql", &format!("-- migrate:up{option}\n{half}"));
        let running = project.pmdb(&["verify", "--scratch-url", &site.server.url("postgres")]).spawn();
        let sleeps =
            "SELECT FROM pg_stat_activity WHERE datname LIKE 'pmdb\\_scratch%' AND wait_event = 'PgSleep'";
        wait_until(&half, || !site.server.sql("postgres", sleeps).is_empty());
        site.server.sql("postgres", "CREATE ROLE meanwhile");
        let outcome = running.wait();
        assert_eq!(outcome.code, Some(0), "{half}\n{}{}", outcome.stdout, outcome.stderr);
    }
}

#[test]
fn on_a_server_that_nobody_else_uses_migrations_may_do_as_they_like() {
    let server = Server::own();
    let project = Project::new();
    project.migration(
        "0001_role.sql",
        "-- migrate:up\nCREATE ROLE fresh;\nDO $$ BEGIN EXECUTE 'CREATE ROLE hidden'; END $$;\n\
         -- migrate:down\nDROP ROLE fresh, hidden;\n",
    );
    let url = server.url("postgres");
    project.pmdb(&["verify", "--scratch-url", &url]).run().fails(1);
    project.pmdb(&["verify", "--scratch-url", &url, "--allow-shared"]).run().success();
}

/// Only a superuser may read passwords; a role that may make roles may set them all the same.
#[test]
fn a_role_that_may_not_read_passwords_notices_a_change_of_one() {
    let site = Site::new();
    site.server.sql("postgres", "CREATE ROLE maker LOGIN CREATEDB CREATEROLE");
    if site.server.major() >= 16 {
        site.server.sql("postgres", "GRANT svc TO maker WITH ADMIN OPTION");
    }
    let project = Project::new();
    project
        .migration("0001_x.sql", &format!("-- migrate:up\n{}", block("ALTER ROLE svc PASSWORD ''other''")));
    let before = site.outside();
    let url = site.server.url("postgres").replace("postgres@", "maker@");
    let outcome = project.pmdb(&["verify", "--scratch-url", &url]).run().fails(1);
    assert_eq!(site.outside(), before);
    assert!(outcome.stderr.contains("outside of the scratch database: the password"), "{}", outcome.stderr);
}
