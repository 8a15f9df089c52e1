//! What is around a half decides what it does: settings, roles, what the session of the file sets, an interrupted run.

use super::{blocked, files, list, pending, plan, text, work};
use crate::support::{Project, Setup};

const TO_TIMESTAMPTZ: &str = "-- migrate:up\nALTER TABLE users ALTER at TYPE timestamptz;\n";

#[test]
fn the_time_zone_of_the_target_decides_whether_a_timestamp_is_written_again() {
    for (zone, expected) in [("UTC", ""), ("Europe/Berlin", "rewrite users")] {
        let setup = pending(TO_TIMESTAMPTZ);
        let name = setup.database.name();
        setup.database.sql(&format!("ALTER DATABASE \"{name}\" SET TimeZone = '{zone}'"));
        assert_eq!(work(&files(&setup, &[])[0]), [expected], "{zone}");
    }
}

#[test]
fn a_private_server_sees_the_same_as_a_named_one() {
    let setup = pending("-- migrate:up\nCREATE ROLE plan_reader;\nALTER TABLE users ALTER id TYPE bigint;\n");
    let found = setup.run(&["plan", "--json"]).success().json();
    assert_eq!(work(&found["files"][0]), ["", "rewrite users"]);
    assert_eq!(blocked(&found["files"][0]), ["users reads_and_writes 2-2"]);
}

#[test]
fn what_reaches_out_of_the_database_is_refused_on_a_named_server() {
    let setup = pending("-- migrate:up\nCREATE ROLE plan_reader;\n");
    let error = plan(&setup, &["--json"]).fails(1).json();
    assert_eq!(error["error"]["code"], "shared");
    assert_eq!(error["error"]["statements"][0]["location"]["line"], 2, "{error:#}");
}

/// What a block hides comes to light as it runs, and is no failure of the file: on the target it goes well.
#[test]
fn what_reaches_out_from_within_a_block_is_not_known_and_tried_twice_at_most() {
    let subscription = "CREATE SUBSCRIPTION s CONNECTION ''host=127.0.0.1 dbname=x'' PUBLICATION p \
         WITH (connect = false, enabled = false, slot_name = NONE)";
    for statement in ["CREATE ROLE plan_reader", subscription] {
        let setup = pending(&format!("-- migrate:up\nDO $$ BEGIN EXECUTE '{statement}'; END $$;\n"));
        let document = plan(&setup, &["--json"]).success().json();
        assert_eq!(document["findings"], serde_json::json!([]), "{document:#}");
        assert_eq!(document["complete"], false);
        let checked = plan(&setup, &["--check"]).fails(3).stdout;
        assert!(checked.ends_with("1 file, no finding, not tried to the end\n"), "{checked}");
        assert!(!checked.contains("nobody has to wait"), "{checked}");
        let markdown = plan(&setup, &["--format", "markdown"]).success().stdout;
        assert!(markdown.starts_with("### `pmdb plan`: no finding in what could be seen\n"), "{markdown}");
        let gaps: Vec<&str> = list(&document["gaps"]).map(text).collect();
        let told = "was not tried from line 1 on, nor what comes after it: it changes what is outside";
        assert!(gaps.iter().any(|gap| gap.contains(told)), "{gaps:?}");
    }
}

#[test]
fn a_file_may_set_what_it_likes_in_its_session() {
    let setup = pending(
        "-- migrate:up\nSET TRANSACTION ISOLATION LEVEL SERIALIZABLE;\nSET client_min_messages = error;\n\
         SET search_path = '';\nSET standard_conforming_strings = off;\n\
         ALTER TABLE public.users ALTER id TYPE bigint;\nRESET ALL;\nALTER TABLE posts ALTER id TYPE bigint;\n",
    );
    setup.project.migration("0003_more.sql", "-- migrate:up\nALTER TABLE users ALTER email SET NOT NULL;\n");
    let found = files(&setup, &[]);
    assert_eq!(work(&found[0]), ["", "", "", "", "rewrite users", "", "rewrite posts"]);
    assert_eq!(work(&found[1]), ["scan users"]);
}

#[test]
fn data_of_a_copy_are_loaded_on_the_scratch_database() {
    let setup = pending("-- migrate:up\nCOPY posts FROM stdin;\n1\t2\n\\.\nCOPY posts TO stdout;\n");
    let found = files(&setup, &[]);
    assert_eq!(work(&found[0]), ["changed_rows posts", "query posts"]);
    let wrong = pending("-- migrate:up\nCOPY posts FROM stdin;\n1\t2\nx\t2\n\\.\n");
    let found = files(&wrong, &[]);
    assert_eq!(found[0]["error"]["location"]["line"], 4, "{:#}", found[0]["error"]);
}

#[test]
fn only_what_an_interrupted_run_has_left_is_told() {
    let setup = pending(
        "-- migrate:up transaction:false\nCREATE INDEX CONCURRENTLY i ON users (email);\nALTER TABLE users DROP nothing;\n",
    );
    setup.up().fails(1);
    setup.project.migration(
        "0002_change.sql",
        "-- migrate:up transaction:false\nCREATE INDEX CONCURRENTLY i ON users (email);\nALTER TABLE users DROP at;\n",
    );
    let found = files(&setup, &[]);
    let statements: Vec<&str> = list(&found[0]["statements"]).map(|one| text(&one["sql"])).collect();
    assert_eq!(statements, ["ALTER TABLE users DROP at;"]);
}

#[test]
fn secrets_are_masked() {
    let setup = pending("-- migrate:up\nCREATE ROLE plan_secret PASSWORD 'hunter2hunter2';\n");
    let outcome = setup.run(&["plan", "--json"]).success();
    assert!(!outcome.stdout.contains("hunter2hunter2"), "{}", outcome.stdout);
}

#[test]
fn a_late_file_is_refused_as_up_refuses_it() {
    let setup = pending("-- migrate:up\nSELECT 1;\n");
    let late = setup.project.path().join("migrations/0002_change.sql");
    std::fs::rename(&late, setup.project.path().join("late")).unwrap();
    setup.project.migration("0003_newer.sql", "-- migrate:up\nSELECT 1;\n");
    setup.up().success();
    std::fs::rename(setup.project.path().join("late"), late).unwrap();
    plan(&setup, &[]).fails(4);
    assert_eq!(files(&setup, &["--out-of-order"]).len(), 1);
}

#[test]
fn a_folder_without_migrations_is_an_error() {
    let setup = Setup { project: Project::new(), ..Setup::new() };
    setup.run(&["plan"]).fails(1);
    setup.run(&["plan", "--allow-empty"]).success();
}
