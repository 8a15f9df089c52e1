//! Roles and settings around the target: on a private scratch server they are as there.

use super::lines;
use crate::support::{Project, Server};

/// A server with roles of its own, and a project on its database `app`.
struct Site {
    server: Server,
    project: Project,
}

impl Site {
    fn new(roles: &str) -> Site {
        let server = Server::own();
        server.sql("postgres", roles);
        server.sql("postgres", "CREATE DATABASE app");
        Site { server, project: Project::new() }
    }

    fn as_role(&self, role: &str, args: &[&str]) -> crate::support::Outcome {
        let url = self.server.url("app").replace("postgres@", &format!("{role}@"));
        self.project.pmdb(args).env("DATABASE_URL", url).run()
    }
}

#[test]
fn owners_and_grants_are_those_of_the_roles_that_applied_the_migrations() {
    let site = Site::new(
        "CREATE ROLE deploy LOGIN; CREATE ROLE \"Odd \"\"role\" LOGIN; CREATE ROLE app_owner; CREATE ROLE reader; \
         GRANT app_owner TO deploy WITH ADMIN OPTION; GRANT pg_read_all_data TO reader; \
         CREATE ROLE watcher LOGIN",
    );
    site.server.sql("app", "GRANT ALL ON SCHEMA public TO deploy, app_owner, \"Odd \"\"role\"");
    site.server.sql("app", "ALTER ROLE \"Odd \"\"role\" IN DATABASE app SET role = 'app_owner'; GRANT app_owner TO \"Odd \"\"role\"");
    site.project.migration(
        "0001_a.sql",
        "-- migrate:up\nCREATE TABLE a (); GRANT SELECT ON a TO reader; ALTER TABLE a OWNER TO app_owner;\n\
         SET ROLE app_owner;\nCREATE TABLE b ();\nALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO reader;\n",
    );
    site.as_role("deploy", &["up"]).success();
    site.server.sql("app", "ALTER TABLE schema_migrations OWNER TO postgres");
    site.project.migration("0002_c.sql", "-- migrate:up\nCREATE TABLE c ();\n");
    site.as_role("postgres", &["up"]).success();
    site.project.migration("0003_d.sql", "-- migrate:up\nCREATE TABLE d ();\n");
    site.server.sql(
        "app",
        "GRANT ALL ON schema_migrations TO app_owner; GRANT SELECT ON schema_migrations TO watcher",
    );
    site.as_role("%4Fdd%20%22role", &["up"]).success();
    let owners = site.server.sql("app", "SELECT string_agg(tableowner, ' ' ORDER BY tablename) FROM pg_tables WHERE schemaname = 'public' AND length(tablename) = 1");
    assert_eq!(owners[0][0].as_deref(), Some("app_owner app_owner postgres app_owner"));

    let before = lines(&site.as_role("watcher", &["drift"]).fails(4));
    // What was granted before the first migration is by hand, too.
    assert_eq!(before.len(), 1, "{before:?}");
    assert!(before[0].starts_with("~ schema public: privileges + "), "{before:?}");
    site.server.sql("app", "ALTER TABLE c OWNER TO deploy; ALTER TABLE a OWNER TO deploy");
    let after = lines(&site.as_role("watcher", &["drift"]).fails(4));
    assert_eq!(
        after[1..],
        ["~ table public.a: owner `app_owner` → `deploy`", "~ table public.c: owner `postgres` → `deploy`"]
    );
}

#[test]
fn a_role_that_a_migration_makes_is_not_made_before_it() {
    let site = Site::new("CREATE ROLE deploy LOGIN CREATEROLE SUPERUSER");
    site.project.migration(
        "0001_roles.sql",
        "-- migrate:up\nCREATE ROLE made NOLOGIN;\nCREATE TABLE t ();\nGRANT SELECT ON t TO made;\n\
         DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'maybe') THEN CREATE ROLE maybe; END IF; END $$;\n\
         GRANT made TO maybe;\n",
    );
    site.as_role("deploy", &["up"]).success();
    site.as_role("deploy", &["drift"]).success();
}

#[test]
fn a_role_that_a_migration_makes_may_apply_later_ones() {
    let site = Site::new("CREATE ROLE chief LOGIN SUPERUSER");
    let made = "-- migrate:up\nCREATE ROLE made LOGIN;\nGRANT ALL ON SCHEMA public TO made;\n\
                ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO made;\n";
    site.project.migration("0001_role.sql", made);
    site.as_role("chief", &["up"]).success();
    site.server.sql("app", "GRANT ALL ON schema_migrations TO made");
    site.project.migration("0002_t.sql", "-- migrate:up\nCREATE TABLE t ();\n");
    site.as_role("made", &["up"]).success();
    site.as_role("chief", &["drift"]).success();
    site.server.sql("app", "ALTER TABLE t OWNER TO chief");
    assert_eq!(
        lines(&site.as_role("made", &["drift"]).fails(4)),
        ["~ table public.t: owner `made` → `chief`"]
    );
}

#[test]
fn settings_of_the_database_and_of_roles_decide_where_things_are_built() {
    let site = Site::new("CREATE ROLE deploy LOGIN SUPERUSER");
    site.server.sql("app", "CREATE SCHEMA \"A, b\"; CREATE SCHEMA r");
    site.server.sql(
        "app",
        "ALTER DATABASE app SET search_path = \"A, b\", public; ALTER DATABASE app SET \"app.tenant\" = 'it''s'; \
         ALTER DATABASE app SET TimeZone = 'Asia/Tokyo'; ALTER DATABASE app SET DateStyle = 'SQL, DMY'; \
         ALTER ROLE deploy SET search_path = r",
    );
    let schemas = "-- migrate:up\nCREATE SCHEMA IF NOT EXISTS \"A, b\"; CREATE SCHEMA IF NOT EXISTS r;\n";
    site.project.migration("0001_schemas.sql", schemas);
    site.as_role("postgres", &["up"]).success();
    site.project.migration(
        "0002_t.sql",
        "-- migrate:up\nCREATE TABLE t (x timestamptz DEFAULT '2026-02-01 00:00', d date DEFAULT '01/02/2026');\n\
         DO $$ BEGIN EXECUTE format('COMMENT ON TABLE t IS %L', current_setting('app.tenant')); END $$;\n",
    );
    site.as_role("postgres", &["up"]).success();
    site.project.migration("0003_u.sql", "-- migrate:up\nCREATE TABLE u ();\n");
    site.as_role("deploy", &["up"]).success();
    let where_they_are = site.server.sql(
        "app",
        "SELECT string_agg(schemaname, '|' ORDER BY tablename) FROM pg_tables WHERE tablename IN ('t', 'u')",
    );
    assert_eq!(where_they_are[0][0].as_deref(), Some("A, b|r"));
    site.as_role("postgres", &["drift"]).success();
    site.as_role("deploy", &["drift"]).success();
    let scratch = site.server.url("postgres");
    let named = site.as_role("deploy", &["drift", "--scratch-url", &scratch.replace("postgres@", "deploy@")]);
    // There, deploy builds everything: its own search_path comes before that of the database.
    named.fails(4);
}

#[test]
fn options_of_the_url_hold_for_the_scratch_database_too() {
    let site = Site::new("CREATE ROLE deploy LOGIN SUPERUSER");
    site.project
        .migration("0001_s.sql", "-- migrate:up\nCREATE SCHEMA IF NOT EXISTS s;\nCREATE TABLE t ();\n");
    let options = "-csearch_path%3Ds%20-cdefault_transaction_read_only%3Doff%20-cstatement_timeout%3D60s";
    let url = format!("{}&options={options}", site.server.url("app"));
    let run = |args: &[&str]| site.project.pmdb(args).env("DATABASE_URL", &url).run();
    run(&["up"]).success();
    let url = url.replace("read_only%3Doff", "read_only%3Don");
    site.project.pmdb(&["drift"]).env("DATABASE_URL", &url).run().success();
}

#[test]
fn a_superuser_of_another_name_builds_what_every_database_begins_with() {
    let site = Site::new("CREATE ROLE helper LOGIN SUPERUSER");
    site.project.migration("0001_t.sql", "-- migrate:up\nCREATE TABLE t ();\n");
    let database = site.server.url("app").replace("postgres@", "helper@");
    crate::support::Held::new(&database, "ALTER ROLE postgres RENAME TO \"Chief \"\"x\"");
    let run = |args: &[&str]| site.project.pmdb(args).env("DATABASE_URL", &database).run();
    run(&["up"]).success();
    run(&["drift"]).success();
}

#[test]
fn somebody_whose_role_is_gone_leaves_the_others_work_in_peace() {
    let site = Site::new("CREATE ROLE gone LOGIN SUPERUSER");
    site.project.migration("0001_t.sql", "-- migrate:up\nCREATE TABLE t ();\n");
    site.as_role("gone", &["up"]).success();
    site.server.sql("app", "REASSIGN OWNED BY gone TO postgres; DROP ROLE gone");
    site.as_role("postgres", &["drift"]).success();
}

#[test]
fn on_a_server_that_is_named_the_builder_stands_for_whoever_applied() {
    let site = Site::new("CREATE ROLE deploy LOGIN SUPERUSER");
    site.project.migration("0001_t.sql", "-- migrate:up\nCREATE TABLE t ();\n");
    site.as_role("deploy", &["up"]).success();
    let scratch = site.server.url("postgres");
    site.as_role("deploy", &["drift", "--scratch-url", &scratch]).success();
    site.server.sql("app", "ALTER TABLE t OWNER TO postgres");
    let drifted = site.as_role("deploy", &["drift", "--scratch-url", &scratch]).fails(4);
    assert_eq!(lines(&drifted), ["~ table public.t: owner `deploy` → `postgres`"]);
}
