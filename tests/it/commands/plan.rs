//! `pmdb plan`: what a deploy will do to a database, seen before it does it.

mod around;
mod by_hand;
mod by_hand_lost;
mod by_hand_rebuilt;
mod by_hand_refusals;
mod by_hand_renamed;
mod by_hand_touched;
mod code_of_today;
mod deleted_parents;
mod expressions;
mod formats;
mod frozen;
mod held;
mod lost;
mod new_parents;
mod old_code;
mod only_with_rows;
mod partitions;
mod partitions_by_hand;
mod pending_triggers;
mod publications;
mod read_only;
mod refreshed;
mod renamed;
mod rights;
mod running_code;
mod sequences;
mod server_words;
mod taken_names;
mod too_wide;
mod trial;
mod within_a_file;
mod written_rows;

use serde_json::Value;

use crate::support::{Database, Outcome, Project, Setup, server};

/// `pmdb plan` with its scratch database on the server of the tests, which is faster than a private one.
fn plan(setup: &Setup, args: &[&str]) -> Outcome {
    setup.run(&[&["plan", "--scratch-url", &server().url("postgres")], args].concat())
}

/// A target with the schema of a migration and with what somebody has made by hand, and a pending file.
fn with_by_hand(schema: &str, by_hand: &str, file: &str) -> Setup {
    let setup = Setup::with(&[("0001_schema.sql", schema)]);
    setup.up().success();
    setup.database.sql(by_hand);
    setup.project.migration("0002_file.sql", &format!("-- migrate:up\n{file};\n"));
    setup
}

/// The files of its JSON document.
fn files(setup: &Setup, args: &[&str]) -> Vec<Value> {
    let document = plan(setup, &[&["--json"], args].concat()).success().json();
    document["files"].as_array().unwrap().clone()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

fn list(value: &Value) -> std::slice::Iter<'_, Value> {
    value.as_array().unwrap().iter()
}

/// Who has to wait for what in a file: `users reads_and_writes 1-3`.
fn blocked(file: &Value) -> Vec<String> {
    let line = |one: &Value| {
        let (from, to) = (&one["from_statement"], &one["to_statement"]);
        format!("{} {} {from}-{to}", text(&one["name"]), text(&one["blocks"]))
    };
    list(&file["blocked"]).map(line).collect()
}

/// The work of each statement of a file: `rewrite users`.
fn work(file: &Value) -> Vec<String> {
    let word = |work: &Value| {
        let table = work.get("name").unwrap_or_else(|| &work["table"]["name"]);
        format!("{} {}", text(&work["work"]), text(table))
    };
    let of_statement = |statement: &Value| list(&statement["work"]).map(word).collect::<Vec<_>>().join(", ");
    list(&file["statements"]).map(of_statement).collect()
}

/// A project in which these tables are applied, and this half is pending.
fn pending(half: &str) -> Setup {
    let setup = Setup::with(&[(
        "0001_tables.sql",
        "-- migrate:up\nCREATE TABLE users (id int PRIMARY KEY, email text, at timestamp);\n\
         CREATE TABLE posts (id int PRIMARY KEY, user_id int);\n-- migrate:down\nDROP TABLE posts, users;\n",
    )]);
    setup.up().success();
    setup.project.migration("0002_change.sql", half);
    setup
}

#[test]
fn each_table_is_told_with_who_waits_for_it_from_where_to_where_and_during_what_work() {
    let setup = pending(
        "-- migrate:up\nALTER TABLE users ADD name text;\nCREATE INDEX posts_user ON posts (user_id);\n",
    );
    insta::assert_snapshot!(plan(&setup, &[]).filtered(), @"
    exit code: 0
    ----- stdout
    0002 change (one transaction; migrations/0002_change.sql)
      public.users (16 kB, 0 rows): reads and writes wait, statements 1 to 2 (lines 2 to 3)
        statement 2 builds the index posts_user from every row of public.posts (8.0 kB, 0 rows)
      public.posts (8.0 kB, 0 rows): writes wait, statement 2 (line 3), during the same work

    [DATABASE] on [SOCKET_DIR]/.s.PGSQL.[PORT]: 1 file, no finding
    ----- stderr
    ");
}

#[test]
fn a_lock_is_held_to_the_commit_while_later_statements_work_on_other_tables() {
    let setup = pending(
        "-- migrate:up\nALTER TABLE users ADD name text;\nSELECT 1;\nCREATE INDEX ON posts (user_id);\n",
    );
    let [file] = &files(&setup, &[])[..] else { panic!("one file is pending") };
    assert_eq!(blocked(file), ["users reads_and_writes 1-3", "posts writes 3-3"]);
    assert_eq!(file["blocked"][0]["meanwhile"][0]["table"]["name"], "posts");
    assert_eq!(file["blocked"][0]["meanwhile"][0]["statement"], 3);
}

#[test]
fn what_is_held_already_is_not_told_again_and_a_stronger_lock_is() {
    let setup = pending(
        "-- migrate:up\nCREATE INDEX ON users (email);\nCREATE INDEX ON users (at);\nALTER TABLE users ADD a int;\n",
    );
    let [file] = &files(&setup, &[])[..] else { panic!("one file is pending") };
    assert_eq!(blocked(file), ["users writes 1-3", "users reads_and_writes 3-3"]);
}

#[test]
fn nobody_waits_for_what_the_file_itself_has_made() {
    let setup = pending(
        "-- migrate:up\nCREATE TABLE t (id int);\nCREATE INDEX ON t (id);\nALTER TABLE t ALTER id TYPE bigint;\n",
    );
    let [file] = &files(&setup, &[])[..] else { panic!("one file is pending") };
    assert!(blocked(file).is_empty(), "{file:#}");
    assert_eq!(work(file), ["", "", ""]);
}

#[test]
fn nobody_waits_for_what_an_earlier_pending_file_has_made_and_a_new_name_is_no_new_table() {
    let setup = pending("-- migrate:up\nCREATE TABLE t (id int);\nALTER TABLE users RENAME TO people;\n");
    setup.project.migration(
        "0003_more.sql",
        "-- migrate:up\nALTER TABLE t ALTER id TYPE bigint;\nALTER TABLE people ALTER id TYPE bigint;\n",
    );
    let found = files(&setup, &[]);
    let more = &found[1];
    assert_eq!(blocked(more), ["people reads_and_writes 2-2"]);
    assert_eq!(more["blocked"][0]["on_target"]["name"], "users");
    assert!(!more["blocked"][0]["size"].is_null(), "its size is that of users: {more:#}");
}

#[test]
fn a_half_outside_a_transaction_holds_a_lock_no_longer_than_its_statement_or_block() {
    let setup = pending(
        "-- migrate:up transaction:false\nCREATE INDEX CONCURRENTLY i ON users (email);\nALTER TABLE users ADD a int;\n\
         BEGIN;\nALTER TABLE posts ADD a int;\nCREATE INDEX ON users (at);\nCOMMIT;\nVACUUM FULL posts;\n\
         DROP INDEX CONCURRENTLY i;\n",
    );
    let [file] = &files(&setup, &[])[..] else { panic!("one file is pending") };
    assert_eq!(
        blocked(file),
        [
            "users definitions 1-1",
            "users reads_and_writes 2-2",
            "posts reads_and_writes 4-6",
            "users writes 5-6",
            "posts reads_and_writes 7-7",
            "users definitions 8-8",
        ]
    );
    assert_eq!(work(file), ["index_build users", "", "", "", "index_build users", "", "rewrite posts", ""]);
    assert_eq!(file["statements"][0]["work"][0]["concurrently"], true);
}

#[test]
fn what_a_half_does_to_tables_that_it_does_not_name_counts() {
    let setup = pending("-- migrate:up\nDROP TABLE children;\n");
    setup.project.migration(
        "0001_tables.sql",
        "-- migrate:up\nCREATE TABLE users (id int PRIMARY KEY);\n\
         CREATE TABLE children (id int, user_id int REFERENCES users);\n-- migrate:down\nDROP TABLE children, users;\n",
    );
    setup.run(&["accept", "1"]).success();
    setup.database.sql(
        "DROP TABLE users CASCADE; DROP TABLE posts; CREATE TABLE users (id int PRIMARY KEY); \
         CREATE TABLE children (id int, user_id int REFERENCES users)",
    );
    let [file] = &files(&setup, &[])[..] else { panic!("one file is pending") };
    let mut blocked = blocked(file);
    blocked.sort();
    assert_eq!(blocked, ["children reads_and_writes 1-1", "users reads_and_writes 1-1"]);
}

#[test]
fn a_file_that_fails_on_the_scratch_database_is_told_with_its_place_and_those_after_it_are_not_tried() {
    let setup =
        pending("-- migrate:up\nALTER TABLE users ADD name text;\nALTER TABLE users\n  DROP nothing;\n");
    setup.project.migration("0003_more.sql", "-- migrate:up\nSELECT 1;\n");
    let found = files(&setup, &[]);
    assert_eq!(found.len(), 1);
    let error = &found[0]["error"];
    assert_eq!(error["location"]["line"], 3, "{error}");
    assert_eq!(error["sqlstate"], "42703");
    assert_eq!(blocked(&found[0]), ["users reads_and_writes 1-1"]);
}

#[test]
fn what_is_deferred_fails_at_the_last_statement() {
    let setup = pending(
        "-- migrate:up\nALTER TABLE posts ADD FOREIGN KEY (user_id) REFERENCES users DEFERRABLE INITIALLY DEFERRED;\n\
         INSERT INTO posts VALUES (1, 7);\n",
    );
    let [file] = &files(&setup, &[])[..] else { panic!("one file is pending") };
    assert_eq!(file["error"]["sqlstate"], "23503");
    assert_eq!(file["error"]["location"]["line"], 3);
}

#[test]
fn the_way_down_is_told_with_down() {
    let setup = pending("-- migrate:up\nSELECT 1;\n");
    let found = files(&setup, &["--down"]);
    assert_eq!(found[0]["direction"], "down");
    assert_eq!(blocked(&found[0]).len(), 2);
    assert_eq!(found[0]["version"], "0001");
}

#[test]
fn only_as_many_files_are_told_as_were_asked_for() {
    let setup = pending("-- migrate:up\nSELECT 1;\n");
    setup.project.migration("0003_more.sql", "-- migrate:up\nSELECT 1;\n");
    for (args, versions) in
        [(&["--steps", "1"][..], &["0002"][..]), (&["--to", "0002"], &["0002"]), (&[], &["0002", "0003"])]
    {
        let found = files(&setup, args);
        let found: Vec<&str> = found.iter().map(|file| text(&file["version"])).collect();
        assert_eq!(found, versions, "{args:?}");
    }
}

#[test]
fn with_nothing_pending_no_scratch_database_is_made() {
    let setup = Setup::with(&[("0001_t.sql", "-- migrate:up\nCREATE TABLE t ();\n")]);
    setup.up().success();
    let outcome = setup.pmdb(&["plan"]).env("PMDB_PG_BIN", "/nowhere").run().success();
    assert!(outcome.stdout.ends_with(": nothing to apply\n"), "{}", outcome.stdout);
}

#[test]
fn the_bundled_set_has_no_finding_on_an_empty_database() {
    let (project, database) = (Project::new(), Database::new());
    let plan = project.pmdb(&["plan", "--bundled", "--json"]).database(&database).run().success().json();
    assert_eq!(list(&plan["files"]).len(), 8);
    assert!(list(&plan["findings"]).next().is_none(), "{:#}", plan["findings"]);
    for file in list(&plan["files"]) {
        assert!(blocked(file).is_empty() && file["error"].is_null(), "{file:#}");
    }
}
