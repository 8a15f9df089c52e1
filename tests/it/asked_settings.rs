//! What the connection string asks for in `options` is what the session has, or an error.

use crate::support::{PgBouncer, Setup};

fn project() -> Setup {
    Setup::with(&[("0001_t.sql", "-- migrate:up\nCREATE TABLE t ();\n-- migrate:down\nDROP TABLE t;\n")])
}

/// A pooler that takes `options`, and does nothing with them.
fn pooler_that_drops_options() -> Option<PgBouncer> {
    PgBouncer::with(4, "ignore_startup_parameters = options\n")
}

#[test]
fn a_setting_that_a_pooler_drops_without_a_word_is_an_error_before_anything_is_done() {
    let setup = project();
    let Some(pooler) = pooler_that_drops_options() else { return };
    setup.database.sql("CREATE SCHEMA tenant");
    let url = pooler.url(&setup.database);
    for command in ["up", "down", "redo", "status", "accept 0001", "seed"] {
        setup.project.write("seeds/0001_s.sql", "-- migrate:up\n");
        let args: Vec<&str> = command.split(' ').collect();
        let with_options = format!("{url}?options=-csearch_path%3Dtenant");
        let outcome = setup.pmdb(&args).env("DATABASE_URL", with_options).run().fails(1);
        for part in [
            "the connection string asks for search_path = tenant (options), and the session has search_path = \"$user\", public",
            "hint: a pooler on the way drops `options`",
            "ALTER ROLE … SET search_path = tenant",
        ] {
            assert!(outcome.stderr.contains(part), "{command}: {part}: {}", outcome.stderr);
        }
    }
    // The variable of psql does as well as the connection string.
    let outcome =
        setup.pmdb(&["up", "--json"]).env("DATABASE_URL", &url).env("PGOPTIONS", "-c app.tenant=7").run();
    let json = outcome.fails(1).json();
    assert_eq!(json["error"]["code"], "ignored_setting", "{json}");
    assert!(json["error"]["message"].as_str().unwrap().ends_with("has no such setting"), "{json}");
    assert_eq!(
        setup.database.value("SELECT count(*) FROM pg_class WHERE relname IN ('t', 'schema_migrations')"),
        "0"
    );

    // Where the session is like that anyway, nothing is wrong.
    let name = setup.database.name();
    setup.database.sql(&format!("ALTER DATABASE {name} SET search_path = tenant"));
    let Some(pooler) = pooler_that_drops_options() else { return };
    let url = format!("{}?options=-csearch_path%3Dtenant", pooler.url(&setup.database));
    setup.pmdb(&["up"]).env("DATABASE_URL", url).run().success();
    assert_eq!(setup.database.value("SELECT to_regclass('tenant.t') IS NOT NULL"), "t");
}

#[test]
fn a_value_may_be_written_in_any_way_that_the_server_takes() {
    let setup = project();
    setup.database.sql("CREATE SCHEMA tenant");
    let superusers = [
        "-c search_path=tenant,public",
        "-csearch_path=tenant,\\ public",
        "-c statement_timeout=60000",
        "--statement-timeout=1min",
        "-c geqo=no -c GEQO=1",
        "-c timezone=utc -c DateStyle=iso,dmy",
        "-c work_mem=65536",
        "-c random_page_cost=1.50",
        "-c log_min_messages=warning -c log_statement=none",
        "-c log_connections=0",
        "-c app.tenant=7 -c App.Other=x\\ y",
        "-c role=pg_monitor -c role=postgres",
        "-c client_min_messages=warning -e",
    ];
    for options in superusers {
        let command = setup.pmdb(&["status"]).env("PGOPTIONS", options);
        let outcome = command.run();
        assert_eq!(outcome.code, Some(0), "{options}: {}", outcome.stderr);
    }
}

#[test]
fn a_pooler_that_refuses_options_is_told_with_a_way_out() {
    let setup = project();
    let Some(pooler) = PgBouncer::new(4) else { return };
    let url = pooler.url(&setup.database);
    let with_options = format!("{url}?options=-csearch_path%3Dtenant");
    let outcome = setup.pmdb(&["up"]).env("DATABASE_URL", with_options).run().fails(1);
    assert!(outcome.stderr.contains("unsupported startup parameter"), "{}", outcome.stderr);
    assert!(
        outcome.stderr.contains("hint: a pooler on the way does not take `options`"),
        "{}",
        outcome.stderr
    );
    setup.pmdb(&["up"]).env("DATABASE_URL", url).run().success();
}

#[test]
fn a_pooler_that_gives_out_a_connection_per_statement_is_told_as_such() {
    let setup = project();
    let Some(pooler) = PgBouncer::with(4, "pool_mode = statement\n") else { return };
    let outcome = setup.pmdb(&["up"]).env("DATABASE_URL", pooler.url(&setup.database)).run().fails(1);
    assert!(outcome.stderr.contains("statement pooling"), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("pool_mode = transaction or session"), "{}", outcome.stderr);
}
