//! Files that got another number after they were applied, and `pmdb renumber`.

use super::{add_table, history, pmdb, project_with, remove, states, tables, words};
use crate::support::{Database, Project, Setup};

const PLANS: &str =
    "-- migrate:up\nINSERT INTO plan VALUES ('free'), ('pro');\n-- migrate:down\nDELETE FROM plan;\n";

/// 0002_add_plans was applied; then a merge brought another 0002, and it became 0003.
fn after_a_merge() -> (Project, Database) {
    let (project, db) = (Project::new(), Database::new());
    project.migration(
        "0001_t.sql",
        "-- migrate:up\nCREATE TABLE plan (name text);\n-- migrate:down\nDROP TABLE plan;\n",
    );
    project.migration("0002_add_plans.sql", PLANS);
    pmdb(&project, &db, &["up"]).success();
    remove(&project, "migrations/0002_add_plans.sql");
    project.migration("0003_add_plans.sql", PLANS);
    project.migration(
        "0002_other_branch.sql",
        "-- migrate:up\nCREATE TABLE other (i int);\n-- migrate:down\nDROP TABLE other;\n",
    );
    (project, db)
}

fn plans(db: &Database) -> String {
    db.value("SELECT count(*) FROM plan")
}

#[test]
fn up_stops_before_it_applies_something_again_under_its_new_number() {
    let (project, db) = after_a_merge();
    let outcome = pmdb(&project, &db, &["up"]).fails(4);
    insta::assert_snapshot!(outcome.filtered(), @"
    exit code: 4
    ----- stdout
    ----- stderr
    error: migrations/0003_add_plans.sql is what was applied as 0002
    migrations/0002_other_branch.sql is late: 0003 is applied already
    database: [DATABASE] on [SOCKET_DIR]/.s.PGSQL.[PORT] as postgres
    hint: `pmdb renumber 0002 0003` gives it that number in the history, and runs nothing; if it is another migration that says the same, restore the file of 0002
          give the file a number above the newest (`pmdb new NAME` finds it), or apply it now with `pmdb up --out-of-order`
    ");
    for options in [&["--out-of-order"][..], &["--strict"], &["--dry-run"], &["--steps", "1"], &["--to", "2"]]
    {
        pmdb(&project, &db, &[&["up"], options].concat()).fails(4);
    }
    assert_eq!((plans(&db), tables(&db)), ("2".to_owned(), "plan".to_owned()));
}

#[test]
fn a_renumbered_file_alone_is_neither_missing_nor_pending() {
    let (project, db) = after_a_merge();
    remove(&project, "migrations/0002_other_branch.sql");
    let outcome = pmdb(&project, &db, &["up"]).fails(4);
    assert!(!outcome.stdout.contains("without a file"), "{}", outcome.stdout);
    let outcome = pmdb(&project, &db, &["status", "--check"]).fails(4);
    insta::assert_snapshot!(outcome.filtered(), @"
    exit code: 4
    ----- stdout
    version  name       state                        applied at (UTC)  by        took
    0001     t          applied                      [TIME]  postgres  [DURATION]
    0003     add_plans  renumbered, applied as 0002  [TIME]  postgres  [DURATION]
    [DATABASE] on [SOCKET_DIR]/.s.PGSQL.[PORT]: 2 applied, 0 pending, 1 renumbered
    ----- stderr
    ");
    let json = pmdb(&project, &db, &["status", "--json"]).success().json();
    assert_eq!((&json["applied"], &json["pending"]), (&2.into(), &0.into()));
    let rows = json["migrations"].as_array().unwrap();
    assert_eq!((&rows[0]["applied_as"], &rows[1]["applied_as"]), (&serde_json::Value::Null, &"0002".into()));
    assert_eq!((&rows[1]["version"], &rows[1]["state"]), (&"0003".into(), &"renumbered".into()));
}

#[test]
fn down_and_redo_undo_nothing_as_long_as_numbers_disagree() {
    let (project, db) = after_a_merge();
    for command in [&["down"][..], &["down", "--all"], &["redo"], &["down", "--dry-run"]] {
        let outcome = pmdb(&project, &db, command).fails(4);
        assert!(outcome.stderr.contains("`pmdb renumber 0002 0003`"), "{}", outcome.stderr);
    }
    assert_eq!(plans(&db), "2");
}

#[test]
fn renumber_moves_the_row_and_runs_nothing() {
    let (project, db) = after_a_merge();
    let outcome = pmdb(&project, &db, &["renumber", "0002", "0003"]).success();
    insta::assert_snapshot!(outcome.filtered(), @"
    exit code: 0
    ----- stdout
    [DATABASE] on [SOCKET_DIR]/.s.PGSQL.[PORT]: 0002 is now 0003 add_plans (migrations/0003_add_plans.sql)
    ----- stderr
    ");
    assert_eq!((history(&db), plans(&db)), ("0001 0003".to_owned(), "2".to_owned()));
    assert_eq!(states(&project, &db), "0001 applied, 0002 late, 0003 applied");
    pmdb(&project, &db, &["up", "--out-of-order"]).success();
    assert_eq!((plans(&db), tables(&db)), ("2".to_owned(), "other plan".to_owned()));
    pmdb(&project, &db, &["down", "--all"]).success();
    assert_eq!(tables(&db), "");
}

#[test]
fn a_dry_run_says_what_would_be_renumbered_and_changes_nothing() {
    let (project, db) = after_a_merge();
    let outcome = pmdb(&project, &db, &["renumber", "2", "3", "--dry-run"]).success();
    let told = format!("{}: 0002 would become 0003 add_plans (migrations/0003_add_plans.sql)\n", db.shown());
    assert_eq!(outcome.stdout, told);
    assert_eq!(history(&db), "0001 0002");
}

#[test]
fn a_chain_and_an_exchange_of_numbers_are_renumbered_as_a_whole() {
    let (project, db) = (project_with(&["a", "b", "c"]), Database::new());
    pmdb(&project, &db, &["up"]).success();
    for (from, to) in [("0003_create_c", "0004_create_c"), ("0002_create_b", "0003_create_b")] {
        rename(&project, from, to);
    }
    add_table(&project, "0002", "x");
    let json = pmdb(&project, &db, &["renumber", "2", "3", "--json"]).success().json();
    let pairs: Vec<_> =
        json["renumbered"].as_array().unwrap().iter().map(|one| (&one["from"], &one["to"])).collect();
    assert_eq!(pairs, [(&"0002".into(), &"0003".into()), (&"0003".into(), &"0004".into())]);
    let rows = "SELECT version || name FROM schema_migrations ORDER BY version";
    assert_eq!(words(&db, rows), "0001create_a 0003create_b 0004create_c");

    rename(&project, "0003_create_b", "0009_create_b");
    rename(&project, "0004_create_c", "0003_create_c");
    rename(&project, "0009_create_b", "0004_create_b");
    pmdb(&project, &db, &["renumber", "0003", "0004"]).success();
    assert_eq!(words(&db, rows), "0001create_a 0003create_c 0004create_b");
    assert_eq!(states(&project, &db), "0001 applied, 0002 late, 0003 applied, 0004 applied");
}

fn rename(project: &Project, from: &str, to: &str) {
    let path = |name: &str| project.path().join(format!("migrations/{name}.sql"));
    std::fs::rename(path(from), path(to)).unwrap();
}

#[test]
fn what_cannot_be_renumbered_is_refused_and_stays() {
    let (project, db) = after_a_merge();
    let refused = |from: &str, to: &str| {
        let outcome = pmdb(&project, &db, &["renumber", from, to]).fails(1);
        outcome.stderr.lines().next().unwrap().to_owned()
    };
    assert_eq!(refused("1", "2"), "error: it cannot be renumbered: 1 has the file that was applied");
    assert_eq!(
        refused("2", "1"),
        "error: it cannot be renumbered: the file of 1 says something else than what was applied as 2"
    );
    assert_eq!(refused("2", "9"), "error: it cannot be renumbered: there is no file with the number 9");
    assert_eq!(refused("3", "2"), "error: it cannot be renumbered: 3 is not applied");
    db.sql("INSERT INTO schema_migrations (version, name, checksum) VALUES ('3', 'gone', 'of another file')");
    assert_eq!(
        refused("2", "3"),
        "error: it cannot be renumbered: the number 3 is taken: the history has it for another file"
    );
    db.sql("DELETE FROM schema_migrations WHERE version = '3'; UPDATE schema_migrations SET checksum = NULL");
    assert_eq!(
        refused("2", "3"),
        "error: it cannot be renumbered: the history does not know the checksum of what was applied as 2"
    );
    assert_eq!(history(&db), "0001 0002");
    let json = pmdb(&project, &db, &["renumber", "2", "9", "--json"]).fails(1).json();
    assert_eq!(json["error"]["code"], "renumber");
    pmdb(&project, &db, &["renumber", "2"]).fails(2);
}

#[test]
fn accept_takes_no_other_migration_for_what_was_applied() {
    let (project, db) = after_a_merge();
    for version in ["2", "3"] {
        let outcome = pmdb(&project, &db, &["accept", version]).fails(1);
        assert!(
            outcome.stderr.contains("has the number 0003 now: `pmdb renumber 0002 0003`"),
            "{}",
            outcome.stderr
        );
    }
    project.migration("0003_add_plans.sql", &PLANS.replace("pro", "paid"));
    let outcome = pmdb(&project, &db, &["accept", "2"]).fails(1);
    assert!(
        outcome.stderr.contains("its file is called other_branch, and what was applied add_plans"),
        "{}",
        outcome.stderr
    );
    let outcome = pmdb(&project, &db, &["up"]).fails(4);
    insta::assert_snapshot!(outcome.filtered(), @"
    exit code: 4
    ----- stdout
    ----- stderr
    error: migrations/0002_other_branch.sql is not what was applied as 0002, which was called add_plans
    database: [DATABASE] on [SOCKET_DIR]/.s.PGSQL.[PORT] as postgres
    hint: give the file a number of its own (`pmdb new NAME` finds one), and put the file of 0002 add_plans back; if it is the same migration, renamed and changed, give it its old name back
    ");
    db.sql("UPDATE schema_migrations SET name = NULL");
    pmdb(&project, &db, &["accept", "2"]).success();
}

#[test]
fn drift_takes_a_renumbered_file_for_what_ran() {
    let (project, db) = after_a_merge();
    let outcome = pmdb(&project, &db, &["drift", "--json"]).success().json();
    assert_eq!((&outcome["applied"], &outcome["from_history"]), (&2.into(), &serde_json::json!([])));
}

#[test]
fn a_row_that_another_program_takes_away_meanwhile_stops_all_of_it() {
    let (project, db) = after_a_merge();
    db.sql(
        "CREATE FUNCTION gone() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'; \
            CREATE TRIGGER gone BEFORE UPDATE ON schema_migrations FOR EACH ROW EXECUTE FUNCTION gone()",
    );
    let outcome = pmdb(&project, &db, &["renumber", "2", "3"]).fails(1);
    assert!(outcome.stderr.contains("another program has written to it"), "{}", outcome.stderr);
    assert_eq!(history(&db), "0001 0002");
}

#[test]
fn a_runner_at_work_is_waited_for() {
    let (project, database) = after_a_merge();
    let setup = Setup { project, database };
    let other = Project::new();
    other.migration("0009_slow.sql", "-- migrate:up\nSELECT pg_sleep(60);\n");
    let running = other.pmdb(&["up"]).database(&setup.database).spawn();
    setup.wait_for_statement("pg_sleep(60)");
    setup.run(&["renumber", "2", "3", "--lock-wait", "0s"]).fails(5);
    running.interrupt();
    running.wait().fails(130);
    setup.run(&["renumber", "2", "3"]).success();
}
