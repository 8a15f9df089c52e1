//! `pmdb reset` keeps what the database has as a whole.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Instant;

use sha2::{Digest, Sha256};

use super::{pmdb, project_with, tables};
use crate::support::{
    Database, Held, Outcome, PgBouncer, Project, Running, SetOnDrop, is_at_least, server, skipped, wait_until,
};

/// What the server's own catalogs say of a database, except its number, its contents and what the server counts.
fn as_a_whole(db: &Database) -> String {
    let name = db.name();
    let row = format!(
        "SELECT (to_jsonb(d) - '{{oid,datfrozenxid,datminmxid,datlastsysoid,datcollversion}}'::text[])::text \
         FROM pg_database d WHERE datname = '{name}'"
    );
    let settings = format!(
        "SELECT setrole::regrole || ' ' || setting FROM pg_db_role_setting JOIN pg_database d ON d.oid = setdatabase, \
         unnest(setconfig) AS setting WHERE datname = '{name}' ORDER BY 1"
    );
    let comment = format!(
        "SELECT description FROM pg_shdescription JOIN pg_database d ON d.oid = objoid \
         WHERE classoid = 'pg_database'::regclass AND datname = '{name}'"
    );
    [row, settings, comment].map(|query| format!("{:#?}", server().sql("postgres", &query))).join("\n")
}

/// Resets it, and compares it with what it was.
#[track_caller]
fn keeps_all(project: &Project, db: &Database) {
    let before = as_a_whole(db);
    pmdb(project, db, &["reset", "--force"]).success();
    assert_eq!(as_a_whole(db), before);
    assert_eq!(tables(db), "a");
    assert!(!there_is(&beside(db)));
}

/// The database that is made beside this one.
fn beside(db: &Database) -> String {
    let digest = Sha256::digest(db.name());
    digest[..8].iter().fold("pmdb_reset_".to_owned(), |name, byte| format!("{name}{byte:02x}"))
}

fn there_is(database: &str) -> bool {
    !server().sql("postgres", &format!("SELECT FROM pg_database WHERE datname = '{database}'")).is_empty()
}

/// A project with a migration, and a database that is created with these words.
fn created(with: &str) -> (Project, Database) {
    let (project, db) = (project_with(&["a"]), Database::new());
    server().sql("postgres", &format!("DROP DATABASE {}", db.name()));
    server().sql("postgres", &format!("CREATE DATABASE {} {with}", db.name()));
    (project, db)
}

#[test]
fn owner_settings_privileges_limit_and_comment_are_kept() {
    let (project, db) = created("");
    let name = db.name();
    db.sql(&format!(
        r#"CREATE ROLE "{name} Owner"; CREATE ROLE {name}_reader; CREATE ROLE {name}_admin;
         ALTER DATABASE {name} OWNER TO "{name} Owner";
         ALTER DATABASE {name} SET search_path = app, "$user", "a, ""b", public;
         ALTER DATABASE {name} SET work_mem = '65536';
         ALTER DATABASE {name} SET app.tenant = 'it''s \ 7';
         ALTER DATABASE {name} SET "TimeZone" = 'Europe/Berlin';
         ALTER DATABASE {name} SET DateStyle = 'ISO, DMY';
         ALTER DATABASE {name} SET pmdb.protected = on;
         ALTER DATABASE {name} SET temp_tablespaces = '';
         ALTER ROLE {name}_reader IN DATABASE {name} SET statement_timeout = '5s';
         ALTER ROLE {name}_reader IN DATABASE {name} SET search_path = '';
         ALTER DATABASE {name} CONNECTION LIMIT 77;
         COMMENT ON DATABASE {name} IS 'what''s in here: \ orders';
         REVOKE ALL ON DATABASE {name} FROM PUBLIC;
         GRANT CONNECT ON DATABASE {name} TO {name}_reader;
         GRANT CREATE, TEMPORARY ON DATABASE {name} TO {name}_admin WITH GRANT OPTION;
         SET ROLE {name}_admin; GRANT CREATE ON DATABASE {name} TO {name}_reader; RESET ROLE"#
    ));
    keeps_all(&project, &db);
    // It is protected still.
    pmdb(&project, &db, &["reset"]).fails(1);
}

#[test]
fn a_database_without_anything_special_stays_without() {
    let (project, db) = created("");
    keeps_all(&project, &db);
    let name = db.name();
    db.sql(&format!("REVOKE ALL ON DATABASE {name} FROM PUBLIC, postgres"));
    keeps_all(&project, &db);
}

/// Whether the server was built with ICU, as most are.
fn has_icu() -> bool {
    let there_is = !server()
        .sql("postgres", "SELECT FROM pg_collation WHERE collprovider = 'i' AND collname = 'de-x-icu'")
        .is_empty();
    if !there_is {
        skipped("a PostgreSQL with ICU", "PMDB_PG_BIN names another one");
    }
    there_is
}

#[test]
fn encoding_and_locale_are_kept() {
    for with in [
        "TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'",
        "TEMPLATE template0 ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'POSIX'",
    ] {
        let (project, db) = created(with);
        keeps_all(&project, &db);
    }
    if is_at_least(15) && has_icu() {
        let (project, db) =
            created("TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'de-DE' ENCODING 'UTF8' LOCALE 'C'");
        keeps_all(&project, &db);
    }
    if is_at_least(16) && has_icu() {
        let (project, db) = created(
            "TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'und' ICU_RULES '&V << w' ENCODING 'UTF8' LOCALE 'C'",
        );
        keeps_all(&project, &db);
    }
    if is_at_least(17) {
        let (project, db) =
            created("TEMPLATE template0 LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8' ENCODING 'UTF8'");
        keeps_all(&project, &db);
    }
}

#[test]
fn the_tablespace_is_kept() {
    if !is_at_least(15) {
        return;
    }
    let space = format!("space_{}", std::process::id());
    server().sql("postgres", "ALTER ROLE postgres SET allow_in_place_tablespaces = on");
    server().sql("postgres", &format!("CREATE TABLESPACE {space} LOCATION ''"));
    let (project, db) = created(&format!("TABLESPACE {space}"));
    keeps_all(&project, &db);
}

#[test]
fn an_owner_who_is_no_superuser_keeps_what_he_may_set() {
    let (project, db) = created("");
    let name = db.name();
    db.sql(&format!(
        "CREATE ROLE {name}_owner LOGIN CREATEDB; CREATE ROLE {name}_reader; ALTER DATABASE {name} OWNER TO {name}_owner; \
         SET ROLE {name}_owner; ALTER DATABASE {name} SET work_mem = '1MB'; \
         ALTER ROLE {name}_owner IN DATABASE {name} SET search_path = app, public; COMMENT ON DATABASE {name} IS 'his'; \
         REVOKE CONNECT ON DATABASE {name} FROM PUBLIC; GRANT CONNECT ON DATABASE {name} TO {name}_reader; \
         ALTER DATABASE {name} CONNECTION LIMIT 9; RESET ROLE; ALTER ROLE {name}_owner IN DATABASE {name} RESET search_path"
    ));
    let url = db.url().replace("postgres@", &format!("{name}_owner@"));
    let reset = || project.pmdb(&["reset", "--force"]).env("DATABASE_URL", &url).run();
    let before = as_a_whole(&db);
    reset().success();
    assert_eq!((as_a_whole(&db), tables(&db)), (before, "a".to_owned()));
    // Only a superuser may set what no extension has defined.
    db.sql(&format!("ALTER DATABASE {name} SET pmdb.protected = on; CREATE TABLE precious ()"));
    let before = as_a_whole(&db);
    let outcome = reset().fails(1);
    assert!(outcome.stderr.contains("without losing its setting pmdb.protected: "), "{}", outcome.stderr);
    assert_eq!((as_a_whole(&db), tables(&db)), (before, "a precious".to_owned()));
}

#[test]
fn what_the_role_may_not_give_back_is_named_and_nothing_is_lost() {
    let (project, db) = created("");
    let name = db.name();
    db.sql(&format!(
        "CREATE ROLE {name}_owner LOGIN CREATEDB; CREATE ROLE {name}_other; ALTER DATABASE {name} OWNER TO {name}_owner; \
         ALTER ROLE {name}_other IN DATABASE {name} SET work_mem = '1MB'; CREATE TABLE precious ()"
    ));
    let before = as_a_whole(&db);
    let url = db.url().replace("postgres@", &format!("{name}_owner@"));
    let outcome = project.pmdb(&["reset"]).database(&db).env("DATABASE_URL", url).run().fails(1);
    for part in [
        format!(
            "cannot be reset without losing its setting work_mem for role {name}_other: permission denied"
        ),
        "\nNothing was changed.\n".to_owned(),
        "hint: a superuser may give it back; `pmdb drop`, `pmdb create` and `pmdb up` begin anew without it"
            .to_owned(),
    ] {
        assert!(outcome.stderr.contains(&part), "{part} in {}", outcome.stderr);
    }
    assert_eq!((as_a_whole(&db), tables(&db)), (before, "precious".to_owned()));
    assert!(!there_is(&beside(&db)));
}

#[test]
fn a_mark_that_cannot_be_kept_is_named_and_nothing_is_lost() {
    let (project, db) = created("");
    db.sql(&format!("CREATE TABLE precious (); ALTER DATABASE {} IS_TEMPLATE true", db.name()));
    let json = pmdb(&project, &db, &["reset", "--json"]).fails(1).json();
    db.sql(&format!("ALTER DATABASE {} IS_TEMPLATE false", db.name()));
    assert_eq!(json["error"]["code"], "not_kept");
    assert!(
        json["error"]["message"].as_str().unwrap().contains("without losing its mark as a template"),
        "{json}"
    );
    assert_eq!(tables(&db), "precious");
    assert!(!there_is(&beside(&db)));
}

/// Killed resets leave none to which somebody could connect.
#[test]
fn a_database_that_somebody_else_has_put_beside_it_is_not_dropped() {
    let (project, db) = created("");
    pmdb(&project, &db, &["up"]).success();
    let beside = beside(&db);
    db.sql(&format!("CREATE DATABASE {beside}"));
    server().sql(&beside, "CREATE TABLE precious ()");
    let refused = pmdb(&project, &db, &["reset"]).fails(1);
    assert!(
        refused.stderr.contains(&format!("is not touched, and whether {beside} is")),
        "{}",
        refused.stderr
    );
    // Closed it may be another role's all the same.
    let role = format!("{beside}_owner");
    db.sql(&format!("CREATE ROLE {role}; ALTER DATABASE {beside} OWNER TO {role}"));
    db.sql(&format!("ALTER DATABASE {beside} ALLOW_CONNECTIONS false"));
    pmdb(&project, &db, &["reset"]).fails(1);
    assert!(there_is(&beside));
    assert_eq!(tables(&db), "a");
    db.sql(&format!("DROP DATABASE {beside}"));
    db.sql(&format!("DROP ROLE {role}"));
}

#[test]
fn a_database_in_use_stays_and_nothing_is_left_beside_it() {
    let (project, db) = created("");
    let held = Held::new(db.url(), "CREATE TABLE precious ()");
    let json = pmdb(&project, &db, &["reset", "--json"]).fails(1).json();
    assert_eq!(json["error"]["code"], "database_in_use");
    assert_eq!(tables(&db), "precious");
    assert!(!there_is(&beside(&db)));
    drop(held);
}

#[test]
fn the_next_reset_finishes_what_a_killed_one_has_begun() {
    let (project, db) = created("");
    let (name, beside) = (db.name(), beside(&db));
    // Killed before the old one was gone: what it had made is not complete.
    db.sql(&format!("ALTER DATABASE {name} SET app.tenant = '7'"));
    db.sql(&format!("CREATE DATABASE {beside} ALLOW_CONNECTIONS false"));
    keeps_all(&project, &db);
    // Killed after it.
    let before = as_a_whole(&db);
    server().sql("postgres", &format!("ALTER DATABASE {name} RENAME TO {beside}"));
    // Anybody may have made one of that name, and have put something in it.
    let unknown = pmdb(&project, &db, &["reset"]).fails(1);
    assert!(unknown.stderr.contains(&format!("`DROP DATABASE {beside}` removes it")), "{}", unknown.stderr);
    server().sql("postgres", &format!("ALTER DATABASE {beside} ALLOW_CONNECTIONS false"));
    pmdb(&project, &db, &["reset"]).success();
    assert_eq!((as_a_whole(&db), tables(&db)), (before, "a".to_owned()));
    assert!(!there_is(&beside));
}

/// Ends a reset at twenty moments of its way. The next one goes through then, and the database as a whole is as it was.
fn broken_off_at_any_time(setting: &str, break_off: impl Fn(Running, &dyn Fn(&[&str]) -> Outcome)) {
    let (project, db) = created("");
    db.sql(&format!("ALTER DATABASE {} {setting}", db.name()));
    let before = as_a_whole(&db);
    let run = |args: &[&str]| pmdb(&project, &db, args);
    let start = Instant::now();
    run(&["reset"]).success();
    let whole = start.elapsed();
    for part in 1..=20 {
        let running = project.pmdb(&["reset"]).database(&db).spawn();
        thread::sleep(whole * part / 20);
        break_off(running, &run);
        assert_eq!((as_a_whole(&db), tables(&db)), (before.clone(), "a".to_owned()), "{part} of 20");
        assert!(!there_is(&beside(&db)));
    }
}

#[test]
fn killed_at_any_time_it_loses_neither_the_settings_nor_the_database() {
    broken_off_at_any_time("SET app.tenant = '7'", |running, run| {
        running.kill();
        // The server ends what it had begun, and until then the database is the killed one's.
        wait_until("a reset goes through", || run(&["reset"]).code == Some(0));
    });
}

#[test]
fn interrupted_at_any_time_it_leaves_a_database_that_can_be_used_and_reset() {
    broken_off_at_any_time("CONNECTION LIMIT 21", |running, run| {
        running.interrupt();
        let code = running.wait().code;
        assert!(matches!(code, Some(0 | 130) | None), "{code:?}");
        run(&["up"]).success();
        run(&["reset"]).success();
    });
}

#[test]
fn a_database_that_a_broken_off_drop_has_left_can_be_reset() {
    let (project, db) = created("");
    let name = db.name();
    server().sql("postgres", &format!("UPDATE pg_database SET datconnlimit = -2 WHERE datname = '{name}'"));
    pmdb(&project, &db, &["reset"]).success();
    assert_eq!(tables(&db), "a");
}

/// A pooler gives the session now this server connection, now that one: others use it meanwhile.
#[test]
fn behind_a_pooler_it_leaves_no_lock_to_anybody() {
    let Some(pooler) = PgBouncer::new(4) else { return };
    let (project, outside) = created("");
    let db = Database::at(&pooler.url(&outside).replace(outside.name(), "DATABASE"));
    let ended = AtomicBool::new(false);
    thread::scope(|scope| {
        let _end = SetOnDrop(&ended);
        for _ in 0..2 {
            scope.spawn(|| {
                while !ended.load(Ordering::Relaxed) {
                    db.beside("SELECT pg_sleep(0.002)::text");
                }
            });
        }
        for _ in 0..5 {
            // The pooler keeps connections to the database, which are its sessions.
            project.pmdb(&["reset", "--force"]).database(&db).run().success();
        }
    });
    let key = u64::from_str_radix(beside(&db).trim_start_matches("pmdb_reset_"), 16).unwrap();
    let held = format!(
        "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND classid = {} AND objid = {}",
        key >> 32,
        key & 0xffff_ffff
    );
    assert_eq!(outside.value(&held), "0");
}

#[test]
fn of_several_at_once_none_loses_the_settings_or_the_database() {
    let (project, db) = created("");
    db.sql(&format!("ALTER DATABASE {} SET app.tenant = '7'", db.name()));
    let before = as_a_whole(&db);
    let running: Vec<_> = (0..4).map(|_| project.pmdb(&["reset"]).database(&db).spawn()).collect();
    let codes: Vec<_> = running.into_iter().map(|running| running.wait().code).collect();
    assert!(codes.contains(&Some(0)), "{codes:?}");
    assert_eq!(as_a_whole(&db), before);
    pmdb(&project, &db, &["up"]).success();
    assert!(!there_is(&beside(&db)));
}
