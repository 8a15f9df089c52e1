//! What migrations do outside of their database, on a private server: roles, and the database by its name.

use super::left_behind::Tmp;
use super::{TABLE, project, verdicts};
use crate::support::{Outcome, Project, Server};

fn privately(project: &Project, args: &[&str]) -> Outcome {
    let tmp = Tmp::new(project);
    let outcome = project.pmdb(&[&["verify"], args].concat()).env("TMPDIR", tmp.path()).run();
    tmp.assert_empty();
    outcome
}

#[test]
fn what_a_down_half_leaves_of_roles_and_settings_is_told() {
    let files = project(&[
        (
            "0001_r.sql",
            "-- migrate:up\nCREATE TABLE t (i int);\nDO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = \
             'leftover_role') THEN CREATE ROLE leftover_role; END IF; END $$;\n-- migrate:down\nDROP TABLE t;\n",
        ),
        (
            "0002_settings.sql",
            "-- migrate:up\nALTER ROLE leftover_role SET search_path = app;\nGRANT pg_monitor TO leftover_role;\n\
             DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET work_mem = ''8MB''', current_database()); \
             EXECUTE format('COMMENT ON DATABASE %I IS ''x''', current_database()); \
             EXECUTE format('REVOKE CONNECT ON DATABASE %I FROM PUBLIC', current_database()); END $$;\n\
             -- migrate:down\nSELECT 1;\n",
        ),
        (
            "0003_fine.sql",
            "-- migrate:up\nCREATE ROLE fine LOGIN PASSWORD 'x';\nGRANT leftover_role TO fine;\nALTER ROLE ALL SET jit = off;\n\
             -- migrate:down\nDROP ROLE fine;\nALTER ROLE ALL RESET jit;\n",
        ),
        (
            "0004_more.sql",
            "-- migrate:up transaction:false\nALTER SYSTEM SET work_mem = '5MB';\nCREATE DATABASE another;\n\
             ALTER ROLE leftover_role LOGIN PASSWORD 'x' CONNECTION LIMIT 3;\n-- migrate:down\nSELECT 1;\n",
        ),
        ("0005_t.sql", &TABLE.replace(" t ", " u ").replace(" t;", " u;")),
    ]);
    insta::assert_snapshot!(privately(&files, &[]).fails(1).filtered(), @r#"
    exit code: 1
    ----- stdout
    0001 r         not reversed
        + role leftover_role  left over
    0002 settings  not reversed
        ~ role leftover_role: member of + `pg_monitor`
        ~ role leftover_role: settings + `search_path=app`
        ~ database: comment none → `x`
        ~ database: privileges + `PUBLIC: TEMPORARY`
        + setting work_mem  left over
    0003 fine      exact
    0004 more      not reversed
        ~ role leftover_role: connection limit none → `3`
        ~ role leftover_role: login none → `true`
        ~ role leftover_role: password none → `(hidden)`
        + database another  left over
        + setting work_mem of the server  left over
        then the up half fails: migrations/0004_more.sql:3:1: database "another" already exists (SQLSTATE 42P04)
    0005 t         exact
    all down       not tried, since not every down half is right
    5 migrations verified in [DURATION]: 2 exact, 3 not reversed
    ----- stderr
    "#);
}

#[test]
fn migrations_may_name_their_database() {
    let names = "-- migrate:up\nGRANT CONNECT ON DATABASE shop TO PUBLIC;\nALTER DATABASE shop SET work_mem = '8MB';\n\
                 COMMENT ON DATABASE shop IS 'x';\n\
                 -- migrate:down\nCOMMENT ON DATABASE shop IS NULL;\nALTER DATABASE shop RESET work_mem;\n";
    let wrong = "-- migrate:up\nCREATE TABLE w (id int);\n-- migrate:down\nSELECT 1;\n";
    let files = project(&[("0001_names.sql", names), ("0002_wrong.sql", wrong), ("0003_t.sql", TABLE)]);
    let outcome = privately(&files, &["--json", "--database-name", "shop"]).fails(1);
    assert_eq!(verdicts(&outcome), "0001 exact, 0002 not_reversed, 0003 exact");

    let of_postgres = project(&[("0001_names.sql", &names.replace(" shop", " postgres"))]);
    privately(&of_postgres, &["--database-name", "postgres"]).success();
}

#[test]
fn the_targets_name_and_its_roles_are_taken_over_and_the_target_is_only_read() {
    let server = Server::own();
    server.sql(
        "postgres",
        "CREATE ROLE authenticated_users; CREATE ROLE table_owner; CREATE ROLE leftover_role",
    );
    server.sql("postgres", "CREATE ROLE spare_role");
    server.sql("postgres", "CREATE DATABASE shop");
    let uses = "-- migrate:up\nCREATE TABLE t (i int);\nGRANT SELECT ON t TO authenticated_users;\n\
                ALTER DEFAULT PRIVILEGES FOR ROLE table_owner GRANT SELECT ON TABLES TO authenticated_users;\n\
                GRANT CONNECT ON DATABASE shop TO authenticated_users;\n-- migrate:down\n\
                REVOKE CONNECT ON DATABASE shop FROM authenticated_users;\n\
                ALTER DEFAULT PRIVILEGES FOR ROLE table_owner REVOKE SELECT ON TABLES FROM authenticated_users;\nDROP TABLE t;\n";
    let makes = "-- migrate:up\nDO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'leftover_role') THEN \
                 CREATE ROLE leftover_role; END IF; END $$;\n-- migrate:down\nSELECT 1;\n";
    let files = project(&[
        ("0001_uses.sql", uses),
        ("0002_makes.sql", makes),
        ("0003_drops.sql", "-- migrate:up\nDROP ROLE spare_role;\n-- migrate:down\nSELECT 1;\n"),
    ]);
    let tmp = Tmp::new(&files);
    let run = files
        .pmdb(&["verify", "--json"])
        .env("DATABASE_URL", server.url("shop"))
        .env("TMPDIR", tmp.path())
        .run();
    assert_eq!(verdicts(&run.fails(1)), "0001 exact, 0002 not_reversed, 0003 not_reversed");
    assert_eq!(
        server.sql("shop", "SELECT FROM pg_class WHERE relnamespace = 'public'::regnamespace").len(),
        0
    );

    let alone = privately(&files, &[]).fails(1);
    assert!(alone.stderr.contains("role \"authenticated_users\" does not exist"), "{}", alone.stderr);
    assert!(
        alone.stderr.contains("hint: what the migrations need and do not make themselves"),
        "{}",
        alone.stderr
    );
}

#[test]
fn subscriptions_are_tried_without_a_publisher() {
    let files = project(&[
        ("0001_t.sql", TABLE),
        (
            "0002_sub.sql",
            "-- migrate:up transaction:false\nCREATE SUBSCRIPTION s CONNECTION 'host=127.0.0.1 port=1 dbname=x' PUBLICATION pub;\n\
             ALTER SUBSCRIPTION s REFRESH PUBLICATION;\n-- migrate:down transaction:false\nDROP SUBSCRIPTION s;\n",
        ),
        (
            "0003_more.sql",
            "-- migrate:up transaction:false\nCREATE SUBSCRIPTION kept CONNECTION 'host=127.0.0.1 port=1 dbname=x' \
             PUBLICATION pub WITH (slot_name = 'live');\n",
        ),
    ]);
    assert_eq!(
        verdicts(&privately(&files, &["--json"]).success()),
        "0001 exact, 0002 exact, 0003 irreversible"
    );
    files.migration(
        "0004_hidden.sql",
        "-- migrate:up\nDO $$ BEGIN EXECUTE 'CREATE SUBSCRIPTION h CONNECTION ''host=127.0.0.1 port=1 dbname=x'' \
         PUBLICATION pub WITH (connect = false, slot_name = ''live'')'; EXECUTE 'ALTER SUBSCRIPTION h ENABLE'; END $$;\n",
    );
    let outcome = privately(&files, &[]).fails(1);
    assert!(outcome.stderr.contains("subscription h, which is enabled"), "{}", outcome.stderr);
    assert!(outcome.stdout.contains("0002 sub   exact"), "the verdicts so far: {}", outcome.stdout);
}

/// Seventy migrations, of which the 60th makes a role and leaves it, and the 65th takes it away.
fn seventy(first: &str, make: &str, drop: &str) -> Project {
    let table =
        |number: usize| TABLE.replace(" t ", &format!(" t{number} ")).replace(" t;", &format!(" t{number};"));
    let mut files = vec![("0001_first.sql".to_owned(), first.to_owned())];
    files.extend((2..=70).map(|number| (format!("{number:04}_t.sql"), table(number))));
    files[59].1 = format!("-- migrate:up\n{make};\n-- migrate:down\nSELECT 1;\n");
    files[64].1 = format!("-- migrate:up\n{drop};\n-- migrate:down\nSELECT 1;\n");
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (&**name, &**text)).collect();
    project(&files)
}

#[test]
fn a_role_that_comes_and_goes_in_hidden_code_is_seen_whatever_number_of_databases_suits_the_machine() {
    let run = "-- migrate:up\nCREATE FUNCTION run(sql text) RETURNS int LANGUAGE plpgsql AS \
               $$ BEGIN EXECUTE sql; RETURN 1; END $$;\n-- migrate:down\nDROP FUNCTION run(text);\n";
    let with = |sql: &str| format!("WITH r AS (SELECT run('{sql}')) SELECT * FROM r");
    let files = seventy(run, &with("CREATE ROLE hidden_role"), &with("DROP ROLE hidden_role"));
    let report = privately(&files, &["--json"]).fails(1);
    let wrong: Vec<_> =
        verdicts(&report).split(", ").filter(|one| !one.ends_with(" exact")).map(str::to_owned).collect();
    assert_eq!(wrong, ["0060 not_reversed", "0065 not_reversed"]);
}

#[test]
fn a_role_that_a_trigger_makes_is_seen_whatever_number_of_databases_suits_the_machine() {
    let mut files = vec![(
        "0001_maker.sql".to_owned(),
        "-- migrate:up\nCREATE TABLE wishes (name text);\nCREATE FUNCTION make() RETURNS trigger LANGUAGE plpgsql AS \
         $$ BEGIN EXECUTE format('CREATE ROLE %I', NEW.name); RETURN NEW; END $$;\n\
         CREATE TRIGGER make BEFORE INSERT ON wishes FOR EACH ROW EXECUTE FUNCTION make();\n\
         -- migrate:down\nDROP TABLE wishes;\nDROP FUNCTION make();\n"
            .to_owned(),
    )];
    let table =
        |number: usize| TABLE.replace(" t ", &format!(" t{number} ")).replace(" t;", &format!(" t{number};"));
    files.extend((2..=70).map(|number| (format!("{number:04}_t.sql"), table(number))));
    files[59].1 =
        "-- migrate:up\nINSERT INTO wishes VALUES ('wished_for');\n-- migrate:down\nDELETE FROM wishes;\n"
            .to_owned();
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (&**name, &**text)).collect();
    let report = privately(&project(&files), &["--json"]).fails(1);
    let wrong: Vec<_> =
        verdicts(&report).split(", ").filter(|one| !one.ends_with(" exact")).map(str::to_owned).collect();
    assert_eq!(wrong, ["0060 not_reversed"]);
}
