//! What commands say in cases where a wrong word would mislead.

use insta::assert_snapshot;

use crate::support::{Database, Project};

#[test]
fn a_redo_with_nothing_applied_does_not_speak_of_pending_migrations() {
    let (project, database) = (Project::new(), Database::new());
    project.migration("0001_t.sql", "-- migrate:up\nCREATE TABLE t ();\n-- migrate:down\nDROP TABLE t;\n");
    assert_snapshot!(project.pmdb(&["redo"]).database(&database).run().filtered(), @"
    exit code: 0
    ----- stdout
    [DATABASE] on [SOCKET_DIR]/.s.PGSQL.[PORT]: nothing to undo: no migration is applied
    ----- stderr
    ");
}

#[test]
fn a_redo_that_fails_on_its_way_up_says_that_the_migration_was_undone() {
    let (project, database) = (Project::new(), Database::new());
    project.migration("0001_t.sql", "-- migrate:up\nCREATE TABLE t ();\n-- migrate:down\nDROP TABLE t;\n");
    project.pmdb(&["up"]).database(&database).run().success();
    project.migration(
        "0001_t.sql",
        "-- migrate:up\nCREATE TABLE t (x nothing);\n-- migrate:down\nDROP TABLE t;\n",
    );
    assert_snapshot!(project.pmdb(&["redo"]).database(&database).run().filtered(), @r#"
    exit code: 1
    ----- stdout
    ----- stderr
    undone  0001 t ([DURATION])
    error: migrations/0001_t.sql:2:19: type "nothing" does not exist
      |
    2 | CREATE TABLE t (x nothing);
      |                   ^
    SQLSTATE: 42704
    The transaction was rolled back: nothing of 0001 t remains.
    Before it, 1 migration was undone and stays so.
    database: [DATABASE] on [SOCKET_DIR]/.s.PGSQL.[PORT] as postgres
    "#);
}

#[test]
fn a_wait_in_vain_does_not_advise_to_wait() {
    let outcome =
        Project::new().pmdb(&["wait", "--url", "postgresql://al@localhost:1/app", "--timeout", "0"]).run();
    assert_snapshot!(outcome.filtered(), @r#"
    exit code: 1
    ----- stdout
    ----- stderr
    error: the server did not answer within [DURATION]: cannot connect to app on localhost:[PORT] as al: no server listens there (connection refused)
    hint: is the server running there? --timeout gives it more time
    "#);
}
